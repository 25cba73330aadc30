//! One id type per noun: a UUIDv7 in 26 characters behind a prefix that names the noun, the same on
//! the wire and in the database (`con_01jd0m…`). Ids sort by the time they were drawn.

use crate::text::text_column;
use std::{fmt, str::FromStr};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The prefix, and in Crockford base 32 the 128 bits, most significant first, so that text order is number order.
fn encode(prefix: &str, uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    let mut text = String::with_capacity(prefix.len() + 27);
    text.push_str(prefix);
    text.push('_');
    text.extend((0..26).rev().map(|i| ALPHABET[((bits >> (i * 5)) & 31) as usize] as char));
    text
}

fn is_encoded(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|b| ALPHABET.contains(&b)) && text.as_bytes()[0] <= b'7'
}

/// The text is not an id of the noun that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {noun} id")]
pub struct BadId {
    /// The noun that was expected, for example `contact`.
    pub noun: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $noun:literal;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The letters before the underscore.
            pub const PREFIX: &'static str = $prefix;
            /// Wraps a UUIDv7 that the caller drew: `domain` draws nothing.
            pub fn from_uuid(uuid: Uuid) -> Self { Self(encode($prefix, uuid)) }
            /// The wire and column form.
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                match text.split_once('_') {
                    Some(($prefix, rest)) if is_encoded(rest) => Ok(Self(text.to_owned())),
                    _ => Err(BadId { noun: $noun }),
                }
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn inline_schema() -> bool { true }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
                    "description": concat!("Id of a ", $noun),
                })
            }
        }
        text_column!($name);
    )+ };
}

ids! {
    /// A tenant.
    WorkspaceId = "wsp", "workspace";
    /// A person who signs in.
    UserId = "usr", "user";
    /// A person in a workspace.
    MemberId = "mem", "member";
    /// A signed-in browser.
    SessionId = "ses", "session";
    /// A way in for a program.
    ApiKeyId = "key", "API key";
    /// A key on a person's device.
    PasskeyId = "psk", "passkey";
    /// A way into a workspace for one more person.
    InvitationId = "inv", "invitation";
    /// An account.
    CompanyId = "cmp", "company";
    /// A person that messages go to.
    ContactId = "con", "contact";
    /// A field that a workspace defines for its contacts.
    CustomFieldId = "fld", "custom field";
    /// A word that contacts carry.
    TagId = "tag", "tag";
    /// A fixed set of contacts.
    ListId = "lst", "list";
    /// A computed set of contacts.
    SegmentId = "seg", "segment";
    /// What the ideal customer is like.
    IcpProfileId = "icp", "ICP profile";
    /// Somebody to be researched.
    TargetId = "tgt", "target";
    /// What a list showed, under a name.
    ViewId = "viw", "view";
    /// A reusable text.
    SnippetId = "snp", "snippet";
    /// A template graph.
    FunnelId = "fun", "funnel";
    /// A run of a funnel.
    CampaignId = "cam", "campaign";
    /// Something that a person is to do in a campaign.
    TaskId = "tsk", "task";
    /// One line of what a member was told.
    NotificationId = "ntf", "notification";
    /// Something that a member is still to hear outside of the page.
    NoticeId = "ntc", "notice";
    /// A browser that a member wants to hear in.
    PushId = "psh", "push subscription";
    /// One contact in one campaign.
    EnrollmentId = "enr", "enrollment";
    /// A thread with one contact on one channel.
    ConversationId = "cnv", "conversation";
    /// A word that conversations carry.
    LabelId = "lbl", "label";
    /// Steps that are done in conversations, under a name.
    MacroId = "mac", "macro";
    /// What a macro did, once.
    MacroRunId = "mrn", "run of a macro";
    /// What a member says to colleagues in a conversation.
    NoteId = "nte", "note";
    /// One message in or out.
    MessageId = "msg", "message";
    /// A spoken text.
    RecordingId = "rec", "recording";
    /// A fact about a message or an enrollment.
    EventId = "evt", "event";
    /// What a provider told us, raw.
    InboundEventId = "inb", "inbound event";
    /// An account that messages leave from.
    SenderId = "snd", "sender";
    /// An address that must not be written to.
    SuppressionId = "sup", "suppression";
    /// Background work.
    JobId = "job", "job";
    /// One action on many contacts.
    BulkActionId = "blk", "bulk action";
    /// A file of contacts.
    ImportId = "imp", "import";
    /// What the columns of a file became, for the next one.
    MappingId = "map", "saved mapping";
    /// A line of the audit log.
    AuditId = "aud", "audit entry";
    /// A program of somebody else that is told what happens.
    WebhookId = "whk", "webhook";
    /// One thing that one webhook is told.
    DeliveryId = "dlv", "delivery";
    /// A record of somebody's data being erased.
    ErasureId = "era", "erasure certificate";
    /// Two contacts that were made one.
    MergeId = "mrg", "merge";
    /// What somebody said about being written to.
    ConsentId = "cst", "consent";
}

/// The id of a tag, a list or a segment, where any of them will do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct SetId(String);

impl SetId {
    /// The wire and column form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SetId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let is_one = text.parse::<TagId>().is_ok()
            || text.parse::<ListId>().is_ok()
            || text.parse::<SegmentId>().is_ok();
        if is_one { Ok(Self(text.to_owned())) } else { Err(BadId { noun: "tag, list or segment" }) }
    }
}

impl<'de> serde::Deserialize<'de> for SetId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for SetId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SetId".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let ways = [
            generator.subschema_for::<TagId>(),
            generator.subschema_for::<ListId>(),
            generator.subschema_for::<SegmentId>(),
        ];
        schemars::json_schema!({ "anyOf": ways })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_wire_and_sorts_by_time() {
        let early = ContactId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000));
        let late = ContactId::from_uuid(Uuid::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0000));
        assert!(early < late);
        assert_eq!(early.as_str().parse::<ContactId>().unwrap(), early);
        assert_eq!(early.as_str().len(), 30);
    }

    #[test]
    fn other_nouns_and_garbage_are_refused() {
        let company = CompanyId::from_uuid(Uuid::from_u128(7));
        for bad in [company.as_str(), "", "con_", "con_../../etc/passwd", "con_zzzzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert!(bad.parse::<ContactId>().is_err(), "{bad}");
        }
    }
}
