//! What a failure means for the message. The classes are those of `error_classes.json`.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What a failure means for the message and for its sender. Only [`Class::Unknown`] leaves it open
        /// whether the message left.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Class { $($(#[$doc])* #[serde(rename = $text)] $variant),+ }

        impl Class {
            /// Every class, in the order of declaration.
            pub const ALL: &'static [Class] = &[$(Class::$variant),+];

            /// The one spelling, as stored and as sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Class::$variant => $text),+ }
            }
        }

        impl FromStr for Class {
            type Err = domain::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Class::$variant),)+
                    _ => Err(domain::UnknownWord { kind: "Class", text: text.to_owned() }),
                }
            }
        }
    };
}

classes! {
    /// Not sent, for a passing reason: back off and try again.
    Retry = "retry",
    /// Not sent: the provider asks us to slow the whole account down.
    Throttle = "throttle",
    /// Not sent, and never will be in this form.
    Permanent = "permanent",
    /// Not sent: the recipient opted out at the provider. Suppress the address on this channel.
    OptOut = "opt_out",
    /// Not sent: the address does not exist or cannot be reached on this channel.
    BadRecipient = "bad_recipient",
    /// Not sent: the credentials are refused. Stop the sender and ask its owner to reconnect.
    Reauth = "reauth",
    /// Not sent: the account or the sender is set up wrong. Stop the sender and tell its owner.
    Config = "config",
    /// Not sent: the channel's policy window is closed (WhatsApp's 24 hours).
    Window = "window",
    /// May have been sent. Never repeat it without proof.
    Unknown = "unknown",
    /// The gate was closed; nothing left.
    GaveBack = "gave_back",
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A call to a provider that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fail {
    /// What it means for the message.
    pub class: Class,
    /// The provider's own code, as it wrote it (`21610`, `550 5.1.1`).
    pub code: Option<String>,
    /// What happened, why and what to do, in plain words. Holds no address, token or text of the message.
    pub message: String,
    /// How long the provider asks us to wait, in milliseconds.
    pub retry_after_ms: Option<i64>,
}

impl Fail {
    /// A failure without a provider code.
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, code: None, message: message.into(), retry_after_ms: None }
    }

    /// The same failure with the provider's code.
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The gate was closed: nothing left.
    pub(crate) fn gave_back() -> Self {
        Self::new(
            Class::GaveBack,
            "The message was given back before anything was sent: its claim was too old, or sending was stopped.",
        )
    }

    /// Credentials that do not fit their schema.
    pub(crate) fn credentials(provider: &str, error: impl fmt::Display) -> Self {
        Self::new(
            Class::Config,
            format!(
                "The {provider} credentials are incomplete or wrong: {error}. Open the sender and correct them."
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_spelt_one_way() {
        for class in Class::ALL {
            assert_eq!(class.as_str().parse::<Class>().unwrap(), *class);
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
        assert!("unknown_outcome".parse::<Class>().is_err());
    }
}
