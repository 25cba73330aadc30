//! What people say. A script is what one of them says turn by turn; after its last line they only read.

use super::habit::Mood;
use crate::dice::Dice;

type Script = [&'static str; 4];

const MAIL_INTERESTED: &[Script] = &[
    [
        "Thanks for getting in touch, this sounds interesting. Could you send me a few times for a call next week?",
        "Tuesday at 10 works well for me. Can you send an invite?",
        "Got it, thank you. I'll bring a colleague along, she looks after our events.",
        "Perfect, thanks. Looking forward to it!",
    ],
    [
        "Yes, I'd like to come. Please count me in.",
        "Just me this time. Where exactly is it, and when do the doors open?",
        "Great, that is easy to reach from our office. I have put it in my calendar.",
        "Thank you, see you there!",
    ],
    [
        "Good timing, we talked about exactly this on Monday. Happy to hear more, what would be the next step?",
        "That works. Thursday afternoon is best, any time after 2.",
        "Fine with me. Could you share the agenda beforehand, so that I can forward it?",
        "Excellent, thanks a lot for the quick answers.",
    ],
    [
        "Sounds great, let's talk. My direct line is in the signature, mornings are best.",
        "Tomorrow between 9 and 11 is fine, just give me a ring.",
        "Good. Please send the two or three points you want to go through.",
        "That's all I need. Thanks, speak soon!",
    ],
];

const MAIL_ASKING: &[Script] = &[
    [
        "Could you tell me what this would cost for a team of about 40 people?",
        "Okay, that is within what I had in mind. Is there a trial we could run first?",
        "Two weeks would be enough for us. Who would help us to set it up?",
        "Good to know, thank you. I'll take it to the team and come back to you.",
    ],
    [
        "Is this an online event or do I have to travel?",
        "I see. Will there be a recording for those who can't make it?",
        "And does it cost anything to take part?",
        "Thanks for clearing that up, very helpful.",
    ],
    [
        "How did you get my address, and what exactly is this about?",
        "Fair enough. How is it different from what everybody else offers?",
        "Do you have a customer in our industry that I could speak to?",
        "Thanks, I'll have a look at it.",
    ],
    [
        "Does it work together with the CRM we have already? We are on HubSpot.",
        "And where is the data kept? Our legal team will want to know.",
        "Could you send the data processing agreement over?",
        "Received, thank you. I'll pass it on.",
    ],
];

const MAIL_DECLINING: &[Script] = &[
    [
        "Thanks, but we are not interested at the moment.",
        "As I said, it is not a topic for us this year.",
        "I understand, but the answer is still no. Please don't follow up on this again.",
        "Thanks for understanding.",
    ],
    [
        "No thank you, we have a supplier for this and are happy with them.",
        "No, we are not planning to change.",
        "Our contract runs for another two years, so it is really not worth your time.",
        "All the best, thanks.",
    ],
    [
        "Unfortunately I can't make it on that date.",
        "That date doesn't work for me either, I'm afraid. I have to decline.",
        "I'd rather not commit to anything this quarter.",
        "Thanks anyway, and good luck with it.",
    ],
];

const TEXT_INTERESTED: &[Script] = &[
    [
        "Yes please, tell me more",
        "Works for me. Tomorrow morning?",
        "10 is good, call me then",
        "Great, thanks!",
    ],
    ["Sounds good, count me in", "Just me. Where is it?", "Ok, see you there", "Thanks!"],
    ["Sure, send me the details", "Got them. Is Friday ok too?", "Perfect, Friday then", "Thank you"],
];

const TEXT_ASKING: &[Script] = &[
    ["Who is this?", "Ok. And what is it about?", "How long does it take?", "Alright, thanks"],
    ["When does it start?", "And where do I park?", "Can I bring a colleague?", "Thanks, good to know"],
    ["How much is it?", "Is that per person?", "Can I pay by invoice?", "Ok thanks, I'll think about it"],
];

const TEXT_DECLINING: &[Script] = &[
    ["No thanks", "Really not interested, sorry", "Still no", "Ok, thanks"],
    ["Not interested, sorry", "No, we're all set", "It's a no from us", "No worries, thanks"],
    ["Can't make it, sorry", "That day doesn't work either", "Maybe next year", "Thanks anyway"],
];

/// Which kind of message is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Mail,
    Text,
}

/// What a person says at a turn, counted from 0; nothing once everything is said.
pub(crate) fn line(medium: Medium, mood: Mood, seed: u64, address: &str, turn: u32) -> Option<&'static str> {
    let scripts = match (medium, mood) {
        (Medium::Mail, Mood::Interested) => MAIL_INTERESTED,
        (Medium::Mail, Mood::Asking) => MAIL_ASKING,
        (Medium::Mail, Mood::Declining) => MAIL_DECLINING,
        (Medium::Text, Mood::Interested) => TEXT_INTERESTED,
        (Medium::Text, Mood::Asking) => TEXT_ASKING,
        (Medium::Text, Mood::Declining) => TEXT_DECLINING,
    };
    let script = Dice::about(seed, address, "script").pick(scripts);
    script.get(usize::try_from(turn).ok()?).copied()
}

/// How many answers a person has.
pub(crate) const TURNS: u32 = 4;

/// A mail's answer around the line: now and then a greeting by name or a word on the subject, and a name
/// under it.
pub(crate) fn mail_text(
    line: &str,
    seed: u64,
    address: &str,
    turn: u32,
    greeting: Option<&str>,
    name: &str,
) -> String {
    let mut dice = Dice::about(seed, address, &format!("manner {turn}"));
    let hello = match (greeting, dice.unit()) {
        (Some(first), share) if share < 0.4 => format!("Hi {first},\n\n"),
        (_, share) if share < 0.7 => "Hi,\n\n".to_owned(),
        _ => String::new(),
    };
    let closing = dice.pick(&["\n\nBest regards,\n", "\n\nBest,\n", "\n\nKind regards\n", "\n\n"]);
    let first_name = name.split(' ').next().unwrap_or(name);
    let signed = if dice.unit() < 0.5 { name } else { first_name };
    let phone = if dice.unit() < 0.3 { "\n\nSent from my phone" } else { "" };
    format!("{hello}{line}{closing}{signed}{phone}\n")
}

/// What the machine of somebody on holiday says.
pub(crate) fn away_text(seed: u64, address: &str, name: &str) -> String {
    let mut dice = Dice::about(seed, address, "away");
    let text = dice.pick(&[
        "Thank you for your message. I am out of the office until Monday with limited access to e-mail.\n\
         In urgent cases please contact our front desk.",
        "I'm on holiday and will be back in two weeks. Your message has not been forwarded.",
        "Thanks for your e-mail. I am on parental leave and will answer when I return.",
    ]);
    format!("{text}\n\n{name}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_three_turns_and_then_says_thanks() {
        for mood in [Mood::Interested, Mood::Asking, Mood::Declining] {
            for medium in [Medium::Mail, Medium::Text] {
                for n in 0..50 {
                    let address = format!("p{n}@x.test");
                    let said: Vec<_> =
                        (0..9).map_while(|turn| line(medium, mood, 1, &address, turn)).collect();
                    assert_eq!(said.len(), TURNS as usize);
                    let last = said[3].to_lowercase();
                    assert!(last.contains("thank") || last.contains("see you"), "{last}");
                }
            }
        }
    }
}
