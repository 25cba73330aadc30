//! A split: by chance, but always the same way for one person.

use crate::inbound::ReplyKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the ways that a split offers. The edge that leads there asks for it with `{"split","variant"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Unique in the split, for example `a`.
    pub key: String,
    /// How many of all go this way, in relation to the weights of the others.
    pub weight: u32,
}

/// When a split need not part people any more: the variant that gets more answers wins, and whoever comes later goes its
/// way. Who is in a variant by then stays in it. What it takes is worked out in [`crate::contest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Winner {
    /// Fewest people of each variant that must have been written to before anybody compares them.
    pub sample: u32,
    /// How sure it must be that the winner is better than every other, in percent.
    pub confidence: u8,
    /// The answers that count. Left out, those of all people but the ones who opt out.
    #[serde(default = "usual_answers", skip_serializing_if = "are_usual")]
    pub answers: Vec<ReplyKind>,
    /// Hours that people are given to answer, 24 where it is left out: who was written to later than that is not counted
    /// yet.
    #[serde(default = "usual_hours", skip_serializing_if = "is_usual")]
    pub answer_hours: u32,
}

const USUAL_HOURS: u32 = 24;

const fn usual_hours() -> u32 {
    USUAL_HOURS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_usual(hours: &u32) -> bool {
    *hours == USUAL_HOURS
}

/// The answers that count where a split does not say: those of people who do not opt out.
pub fn usual_answers() -> Vec<ReplyKind> {
    vec![ReplyKind::Answer, ReplyKind::Positive, ReplyKind::Negative, ReplyKind::Question]
}

fn are_usual(answers: &[ReplyKind]) -> bool {
    answers == usual_answers()
}

/// The variant of somebody. `seed` names the person in the campaign, `node` the split; the same two always get the same
/// variant, also on another machine. `None` where no variant has a weight.
pub fn pick<'a>(variants: &'a [Variant], node: &str, seed: &str) -> Option<&'a Variant> {
    let all: u64 = variants.iter().map(|variant| u64::from(variant.weight)).sum();
    let mut place = chance(node, seed).checked_rem(all)?;
    variants.iter().find(|variant| {
        let weight = u64::from(variant.weight);
        let is_it = place < weight;
        place = place.saturating_sub(weight);
        is_it
    })
}

/// A number that looks like chance and is not: FNV-1a over both texts, mixed by the finalizer of SplitMix64, whose
/// lowest bits are as good as its highest.
pub(crate) fn chance(node: &str, seed: &str) -> u64 {
    let bytes = node.bytes().chain([0]).chain(seed.bytes());
    let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
