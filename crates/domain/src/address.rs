//! Addresses that a contact has beside its own e-mail address and phone number.

use crate::{
    Channel,
    identity::{self, IdentityError},
    text::words,
};

/// Most further addresses of one contact.
pub const MAX: i64 = 50;
/// Longest name or number on a platform, in characters.
const MAX_HANDLE: usize = 100;

words! {
    /// What a further address is one of.
    pub enum AddressKind {
        /// E-mail address.
        Email = "email",
        /// Phone number.
        Phone = "phone",
        /// WhatsApp number, or the id by which a business knows somebody there.
        Whatsapp = "whatsapp",
        /// Somebody on Messenger, as a page knows them.
        Messenger = "messenger",
        /// Name or number on Telegram.
        Telegram = "telegram",
        /// Name on TikTok.
        Tiktok = "tiktok",
    }
}

impl AddressKind {
    /// What people are called on a channel where that is no e-mail address and no plain phone number.
    pub const fn of_channel(channel: Channel) -> Option<AddressKind> {
        match channel {
            Channel::Email | Channel::Sms | Channel::Voicemail => None,
            Channel::Whatsapp => Some(AddressKind::Whatsapp),
            Channel::Messenger => Some(AddressKind::Messenger),
            Channel::Telegram => Some(AddressKind::Telegram),
            Channel::Tiktok => Some(AddressKind::Tiktok),
        }
    }
}

/// An address as written and as compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As written; phone numbers in E.164.
    pub value: String,
    /// What it is compared by.
    pub key: String,
}

/// Reads an address of a kind. A number without a country code is one of `default_country`.
pub fn read(kind: AddressKind, text: &str, default_country: &str) -> Result<Address, IdentityError> {
    match kind {
        AddressKind::Email => {
            identity::email(text).map(|email| Address { value: email.display, key: email.key })
        }
        AddressKind::Phone => {
            identity::phone(text, default_country).map(|phone| Address { value: phone.clone(), key: phone })
        }
        AddressKind::Whatsapp => {
            identity::whatsapp(text, default_country).map(|id| Address { value: id.clone(), key: id })
        }
        AddressKind::Messenger | AddressKind::Telegram | AddressKind::Tiktok => handle(text),
    }
}

/// A name on a platform, with or without the @ before it: none of them tells small letters from capital ones.
fn handle(text: &str) -> Result<Address, IdentityError> {
    let value = text.trim();
    let name = value.strip_prefix('@').unwrap_or(value);
    if name.is_empty() {
        return Err(IdentityError { code: "handle.empty", message: "the name is empty" });
    }
    if name.chars().count() > MAX_HANDLE {
        return Err(IdentityError {
            code: "handle.too_long",
            message: "the name is longer than 100 characters",
        });
    }
    if !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+')) {
        let message = "a name on a platform has letters, digits, dots, hyphens and underscores only";
        return Err(IdentityError { code: "handle.characters", message });
    }
    Ok(Address { value: value.to_owned(), key: name.to_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_as_what_it_is() {
        let cases = [
            (
                AddressKind::Email,
                " <Ann@People.example> ",
                Some(("Ann@People.example", "ann@people.example")),
            ),
            (AddressKind::Email, "ann", None),
            (AddressKind::Phone, "(415) 555-0123", Some(("+14155550123", "+14155550123"))),
            (AddressKind::Whatsapp, "+47 900 00 001", Some(("+4790000001", "+4790000001"))),
            (AddressKind::Whatsapp, "ann", None),
            (AddressKind::Whatsapp, "US.134912086553", Some(("US.134912086553", "US.134912086553"))),
            (AddressKind::Telegram, " @Ann_Lee ", Some(("@Ann_Lee", "ann_lee"))),
            (AddressKind::Tiktok, "ann.lee", Some(("ann.lee", "ann.lee"))),
            (AddressKind::Messenger, "7319203847", Some(("7319203847", "7319203847"))),
            (AddressKind::Telegram, "@", None),
            (AddressKind::Telegram, "ann lee", None),
            (AddressKind::Tiktok, "ann/lee", None),
        ];
        for (kind, text, expected) in cases {
            let read = read(kind, text, "US").ok();
            let read = read.as_ref().map(|address| (address.value.as_str(), address.key.as_str()));
            assert_eq!(read, expected, "{kind} {text:?}");
        }
        assert!(read(AddressKind::Telegram, &"x".repeat(101), "US").is_err());
    }
}
