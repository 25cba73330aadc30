//! What the picture of a campaign can count at its steps: people, each once, so that the number is the length of the list
//! of those behind it.

use crate::text::words;

words! {
    /// Whom it counts at a step.
    pub enum Overlay {
        /// Who is there now, whatever they wait for.
        Here = "here",
        /// To whom the message of the step has left.
        Sent = "sent",
        /// Who opened it or clicked in it.
        Opened = "opened",
        /// Who answered it.
        Replied = "replied",
        /// Who is held there or cannot go on, and to whom its message could not be delivered.
        Trouble = "trouble",
        /// Who got its message and has said yes since, to it or to a later one.
        Won = "won",
    }
}
