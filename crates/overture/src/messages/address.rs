//! Where a message goes to, read as its channel writes it.

use crate::error::{Error, Result};
use domain::{AddressKind, Channel, identity};

/// An address as written and as compared.
pub struct Address {
    /// As written.
    pub display: String,
    /// As compared.
    pub key: String,
}

impl Address {
    /// Reads an address of a channel.
    pub fn parse(channel: Channel, text: &str, country: &str) -> Result<Self> {
        let parsed = match channel {
            Channel::Email => identity::email(text).map(|e| Self { display: e.display, key: e.key }),
            Channel::Whatsapp => {
                identity::whatsapp(text, country).map(|p| Self { display: p.clone(), key: p })
            }
            Channel::Messenger => identity::page_scoped(text).map(|p| Self { display: p.clone(), key: p }),
            Channel::Tiktok => identity::tiktok(text).map(|p| Self { display: p.clone(), key: p }),
            Channel::Telegram => domain::address::read(AddressKind::Telegram, text, country).map(|name| {
                Self { display: format!("@{}", name.value.trim_start_matches('@')), key: name.key }
            }),
            _ => identity::phone(text, country).map(|p| Self { display: p.clone(), key: p }),
        };
        let parsed = parsed.and_then(|it| match channel {
            // What drops them knows the North American plan only.
            Channel::Voicemail if !it.key.starts_with("+1") => Err(identity::NOT_IN_AMERICA),
            _ => Ok(it),
        });
        parsed.map_err(|error| {
            let message = match channel {
                Channel::Email => format!("This is not an e-mail address: {error}"),
                Channel::Messenger => format!("This is not an id on Messenger: {error}"),
                Channel::Tiktok => format!("This is not an id on TikTok: {error}"),
                Channel::Telegram => format!("This is not a name on Telegram: {error}"),
                _ => format!(
                    "This is not a phone number: {error}. Write it with its country code, such as +1 202 555 0188"
                ),
            };
            Error::field("message.address_invalid", "to", message)
        })
    }
}
