//! What Messenger's error codes mean for a message, with their subcodes.

use crate::Class;

/// The class of a code and its subcode, if we know it. A subcode that we do not know counts for nothing.
pub fn class_of(code: u32, subcode: Option<u32>) -> Option<Class> {
    if let Some(subcode) = subcode {
        match (code, subcode) {
            (10, 2_018_278 | 2_018_065) => return Some(Class::Window),
            (100, 2_018_001) | (200 | 551, 1_545_041) => return Some(Class::BadRecipient),
            _ => {}
        }
    }
    Some(match code {
        1 | 2 | 1200 => Class::Retry,
        4 | 17 | 32 | 613 => Class::Throttle,
        190 => Class::Reauth,
        10 | 200 | 230 | 368 | 2_018_344 => Class::Config,
        100 => Class::Permanent,
        551 => Class::BadRecipient,
        _ => return None,
    })
}

/// What to tell the user about a code, where there is something better to say than the class does.
pub fn meaning(code: u32, subcode: Option<u32>) -> Option<&'static str> {
    Some(match (code, subcode) {
        (10, Some(2_018_278 | 2_018_065)) => {
            "more time has passed since they last wrote than Messenger allows; it opens again when they write"
        }
        (100, Some(2_018_001)) => "nobody on this page has this id",
        (200 | 551, _) if subcode == Some(1_545_041) || code == 551 => "the person cannot be reached now",
        (4 | 17 | 32 | 613, _) => "too many messages at once",
        (190, _) => "the page access token is wrong or has run out",
        (10 | 200 | 230, _) => "the page access token lacks a permission, pages_messaging most likely",
        (368, _) => "the page is blocked for a breach of policy",
        (100, _) => "a value of the message is missing or wrong",
        _ => return None,
    })
}
