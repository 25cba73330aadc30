//! What Twilio's error codes mean for a message. Source: Twilio's error dictionary, classified by hand;
//! codes appear as `code` of a refused request and as `ErrorCode` of a status callback.

use crate::Class;

/// The class of a code, if we know it. An unknown code is news: treat it by the HTTP status, and log it.
pub fn class_of(code: &str) -> Option<Class> {
    Some(match code.parse::<u32>().ok()? {
        20503 | 30001 | 30003 | 30008 | 30017 | 30020 | 30410 => Class::Retry,
        14107 | 20429 | 21611 | 30022 | 30023 | 30027 | 63018 | 63038 => Class::Throttle,
        21602 | 21604 | 21617 | 21619 | 21620 | 21623 | 21654 | 21656 | 30004 | 30007 | 30010 | 30011
        | 30019 | 30450 | 63032 => Class::Permanent,
        21610 => Class::OptOut,
        21211 | 21214 | 21217 | 21265 | 21612 | 21614 | 30005 | 30006 | 63024 => Class::BadRecipient,
        20003 => Class::Reauth,
        20005 | 20404 | 21408 | 21601 | 21603 | 21606 | 21608 | 21609 | 21660 | 21701 | 21703 | 21704
        | 21705 | 30002 | 30018 | 30024 | 30032 | 30034 | 30035 | 30440 | 30883 | 30884 | 30885 => {
            Class::Config
        }
        63016 => Class::Window,
        20500 => Class::Unknown,
        _ => return None,
    })
}

/// What to tell the user about a code, where there is something better to say than the class does.
pub(super) fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "21610" => "the recipient replied STOP to this number",
        "21211" | "21214" | "21217" => "the number does not exist",
        "21612" => "this number cannot be reached from the sender",
        "21614" | "30006" => "the number is a landline or cannot receive texts",
        "21408" => "the account may not send to this country",
        "21606" | "21212" | "21603" => "the sender number cannot send texts from this account",
        "21608" => "a trial account sends only to numbers that were verified",
        "21611" => "the sender's queue is full",
        "21602" => "the text is empty",
        "21617" => "the text is longer than 1,600 characters",
        "20003" => "account SID or auth token is wrong",
        "20429" | "14107" => "too many requests",
        "30003" => "the phone is switched off or unreachable",
        "30004" => "the recipient blocked the message",
        "30005" => "the number is unknown or out of service",
        "30007" => "the carrier filtered the message",
        "30034" => "the number is not registered for business texting (A10DLC)",
        _ => return None,
    })
}
