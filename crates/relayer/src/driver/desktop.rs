//! Telegram Desktop, by the link that opens a chat with a text already in it, and one press of Return.
//!
//! Telegram Desktop has no interface for programs: what can be known is which program is in front and what its window is
//! called. Return is pressed only while Telegram is in front and its window bears the name of whom the message is for;
//! where that cannot be seen, nothing is pressed. Whether the message arrived cannot be seen either.

use super::{Driver, Fail};
use crate::server::Lent;
use async_trait::async_trait;
use std::time::Duration;
use tokio::process::Command;
use url::form_urlencoded::byte_serialize;

/// How long the program may take to show a chat.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Telegram Desktop on macOS and, under X11, on Linux.
#[derive(Debug, Default)]
pub struct TelegramDesktop;

/// The link that opens a chat with the text in its composer. A text that begins with an @ would open the menu of bots.
pub fn link(handle: &str, text: &str) -> String {
    let name: String = byte_serialize(handle.trim_start_matches('@').as_bytes()).collect();
    let guarded = if text.starts_with('@') { format!(" {text}") } else { text.to_owned() };
    let text: String = byte_serialize(guarded.as_bytes()).collect();
    // A link knows %20 alone as a blank.
    format!("tg://resolve?domain={name}&text={}", text.replace('+', "%20"))
}

/// Whether a window is that of a chat with this person, by its title: `Ann Lee`, `Ann Lee – (3)`.
pub fn is_chat_with(title: &str, message: &Lent) -> bool {
    let title = title.to_lowercase();
    let title = title.trim_start_matches(|c: char| c == '(' || c.is_ascii_digit() || c == ')' || c == ' ');
    let name = title.split(['–', '—', '@']).next().unwrap_or_default().trim();
    let known = message.contact_name.as_deref().unwrap_or_default().trim().to_lowercase();
    let handle = message.contact_handle.trim_start_matches('@').to_lowercase();
    let name = name.split(" (").next().unwrap_or_default().trim();
    !name.is_empty() && name != "telegram" && (name == known || name == handle)
}

async fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let call = Command::new(program).args(arguments).kill_on_drop(true).output();
    let done = tokio::time::timeout(PATIENCE, call)
        .await
        .map_err(|_| format!("{program} did not answer"))?
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    if !done.status.success() {
        return Err(format!("{program} failed: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

const MAC_FRONT: &str = "tell application \"System Events\" to tell (first application process whose frontmost is true) \
                         to return name & linefeed & (title of front window)";
const MAC_RETURN: &str = "tell application \"System Events\" to key code 36";

/// The name of the program in front and the title of its window.
async fn front() -> Result<(String, String), String> {
    if cfg!(target_os = "macos") {
        let both = run("osascript", &["-e", MAC_FRONT]).await?;
        let (program, title) = both.split_once('\n').unwrap_or((&both, ""));
        return Ok((program.to_owned(), title.to_owned()));
    }
    let window = run("xdotool", &["getactivewindow"]).await?;
    let program = run("xdotool", &["getwindowclassname", &window]).await?;
    Ok((program, run("xdotool", &["getwindowname", &window]).await?))
}

async fn require_chat(message: &Lent) -> Result<(), String> {
    let (program, title) = front().await?;
    if !program.to_lowercase().contains("telegram") {
        return Err(format!("{program} is in front, not Telegram"));
    }
    if !is_chat_with(&title, message) {
        return Err(
            "The chat in front cannot be told to be the right one by its name: nothing was pressed".into()
        );
    }
    Ok(())
}

#[async_trait]
impl Driver for TelegramDesktop {
    fn name(&self) -> &'static str {
        "telegram-desktop"
    }

    fn is_practice(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<String, String> {
        let (program, _) = front().await?;
        Ok(format!("The window in front can be seen ({program})."))
    }

    async fn prepare(&self, message: &Lent) -> Result<(), String> {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        run(opener, &[&link(&message.contact_handle, &message.text)]).await?;
        let mut seen = require_chat(message).await;
        for _ in 0..PATIENCE.as_millis() / LOOK_AGAIN.as_millis() {
            if seen.is_ok() {
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            seen = require_chat(message).await;
        }
        seen
    }

    async fn press(&self, message: &Lent) -> Result<(), Fail> {
        // Somebody may have clicked elsewhere meanwhile.
        require_chat(message).await.map_err(Fail::NotSent)?;
        let pressed = if cfg!(target_os = "macos") {
            run("osascript", &["-e", MAC_RETURN]).await
        } else {
            run("xdotool", &["key", "--clearmodifiers", "Return"]).await
        };
        pressed.map(drop).map_err(Fail::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(handle: &str, name: Option<&str>) -> Lent {
        Lent {
            id: "msg_1".into(),
            contact_handle: handle.into(),
            contact_name: name.map(str::to_owned),
            text: "Hi".into(),
            lease: "msg_1.1".into(),
            lease_seconds: 120,
            sandbox: false,
        }
    }

    #[test]
    fn a_link_holds_whatever_text_it_is_given() {
        assert_eq!(
            link("@Ann_Lee", "Hi & bye\n+1 100%"),
            "tg://resolve?domain=Ann_Lee&text=Hi%20%26%20bye%0A%2B1%20100%25"
        );
        assert_eq!(link("ann", "@gif cat"), "tg://resolve?domain=ann&text=%20%40gif%20cat");
    }

    #[test]
    fn only_the_window_of_the_right_person_is_typed_into() {
        let ann = to("@Ann_Lee", Some("Ann Lee"));
        for title in ["Ann Lee", "Ann Lee – (3)", "(2) Ann Lee", "ann_lee", "Ann Lee (12)"] {
            assert!(is_chat_with(title, &ann), "{title}");
        }
        for title in
            ["", "Telegram", "Telegram (3)", "Ann", "Ann Leeds", "Bob", "Team Ann Lee", "Saved Messages"]
        {
            assert!(!is_chat_with(title, &ann), "{title}");
        }
        assert!(!is_chat_with("", &to("", None)));
        assert!(!is_chat_with("Telegram", &to("@telegram", None)), "the name of the program is no chat");
    }
}
