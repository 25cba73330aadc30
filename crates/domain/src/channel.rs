//! How a message travels.

use crate::text::words;

words! {
    /// A channel of design.md section 1.
    pub enum Channel {
        /// E-mail.
        Email = "email",
        /// Text message.
        Sms = "sms",
        /// Voicemail drop.
        Voicemail = "voicemail",
        /// WhatsApp.
        Whatsapp = "whatsapp",
        /// Facebook Messenger.
        Messenger = "messenger",
        /// TikTok direct message.
        Tiktok = "tiktok",
        /// Telegram, relayed by the rep's own machine.
        Telegram = "telegram",
    }
}

impl Channel {
    /// Its name, for people to read.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Email => "e-mail",
            Channel::Sms => "text message",
            Channel::Voicemail => "voicemail",
            Channel::Whatsapp => "WhatsApp",
            Channel::Messenger => "Messenger",
            Channel::Tiktok => "TikTok",
            Channel::Telegram => "Telegram",
        }
    }

    /// What is sent on it, for people to read.
    pub const fn messages(self) -> &'static str {
        match self {
            Channel::Email => "e-mails",
            Channel::Sms => "texts",
            Channel::Voicemail => "voicemails",
            Channel::Whatsapp => "WhatsApp messages",
            Channel::Messenger => "Messenger messages",
            Channel::Tiktok => "TikTok messages",
            Channel::Telegram => "Telegram messages",
        }
    }

    /// How long an `uncertain` message rests before anybody asks what became of it, in milliseconds:
    /// longer than our timeout plus the longest time the provider may still apply the request
    /// (reliability.md section 2, column "Settle").
    pub const fn settle_ms(self) -> i64 {
        match self {
            Channel::Email => 11 * 60_000,
            Channel::Sms => 2 * 60_000,
            Channel::Whatsapp => 10 * 60_000,
            Channel::Messenger | Channel::Tiktok => 5 * 60_000,
            Channel::Voicemail | Channel::Telegram => 60_000,
        }
    }
}
