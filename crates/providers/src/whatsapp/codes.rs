//! What WhatsApp's error codes mean for a message. They appear as `error.code` of a refused request and as
//! `errors[0].code` of a status webhook.

use crate::Class;

/// The class of a code, if we know it.
pub fn class_of(code: u32) -> Option<Class> {
    Some(match code {
        0 | 190 => Class::Reauth,
        1 | 2 | 131016 | 131057 => Class::Retry,
        4 | 80007 | 130429 | 131048 | 131056 | 131064 | 133016 => Class::Throttle,
        3
        | 10
        | 200..=299
        | 368
        | 130497
        | 131005
        | 131030
        | 131031
        | 131037
        | 131042
        | 131045
        | 131063
        | 132001
        | 132007
        | 132015
        | 132016 => Class::Config,
        130472 | 131008 | 131009 | 131021 | 131049 | 131051 | 131052 | 131053 | 131062 | 132000 | 132005
        | 132008 | 132012 | 135000 | 137000 => Class::Permanent,
        131026 => Class::BadRecipient,
        131047 => Class::Window,
        131050 => Class::OptOut,
        131000 => Class::Unknown,
        _ => return None,
    })
}

/// What to tell the user about a code, where there is something better to say than the class does.
pub fn meaning(code: u32) -> Option<&'static str> {
    Some(match code {
        0 | 190 => "the access token is wrong or has run out",
        3 | 10 | 200..=299 => "the access token lacks a permission, whatsapp_business_messaging most likely",
        4 | 80007 | 130429 => "too many messages at once",
        131048 => "too many people blocked or reported the number; WhatsApp slows it down",
        131056 => "too many messages to the same person in a short time",
        368 | 131031 => "the account is locked for a breach of WhatsApp's policy",
        130472 => "the person is part of one of Meta's experiments and gets no marketing messages",
        131005 => "the access token may not do this",
        131008 | 131009 => "a value of the message is missing or wrong",
        131021 => "sender and recipient are the same number",
        131026 => "the number is not on WhatsApp, or uses a version of it that is too old",
        131030 => "a test number sends only to numbers on its list",
        131037 => "the number has no display name that was approved",
        131042 => "there is a problem with the payment method of the account",
        131045 => "the number is not registered",
        131047 => "more than 24 hours have passed since they last wrote; send an approved template instead",
        131049 => "Meta did not deliver it, to keep marketing messages few",
        131050 => "the person does not want marketing messages from this business",
        131051 => "this kind of message is not supported",
        132000 => "the template has another number of values",
        132001 => "there is no such approved template in this language",
        132005 => "the template's text becomes too long with these values",
        132007 => "the template breaks a rule of WhatsApp",
        132012 => "a value of the template has the wrong form",
        132015 | 132016 => "the template is paused or switched off for low quality",
        _ => return None,
    })
}
