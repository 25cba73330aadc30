//! What TikTok's codes mean for a message. They stand in the body as `code`, mostly of an answer with HTTP 200.

use crate::Class;

/// The class of a code, if we know it; 0 is no failure.
pub fn class_of(code: i64) -> Option<Class> {
    Some(match code {
        40001 => Class::Config,
        40002 => Class::Permanent,
        40064 | 40100 => Class::Throttle,
        40104 | 40105 | 40110 => Class::Reauth,
        50000 => Class::Unknown,
        50002 => Class::Retry,
        _ => return None,
    })
}

/// What to tell the user about a code, where there is something better to say than the class does.
pub(super) fn meaning(code: i64) -> Option<&'static str> {
    Some(match code {
        40001 => "the app or the account lacks a permission for messages",
        40002 => "a value of the message is missing or wrong, or the conversation does not take it any more",
        40064 => "too many conversations today, or messages too fast",
        40100 => "too many requests",
        40104 | 40105 | 40110 => "the access token is wrong or has run out",
        50002 => "it is not available just now",
        _ => return None,
    })
}
