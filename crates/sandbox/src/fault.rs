//! Failing on command: which faults stand, and the one seeded draw that decides who meets them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::dice::Dice;
use crate::world::locked;

/// Where a fault can strike. The draws of two places do not touch each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    TwilioSend,
    TwilioFind,
    WhatsappSend,
    MessengerSend,
    TiktokSend,
    TiktokToken,
    BonzoSend,
    GmailSend,
    GmailRead,
    GmailToken,
    SlybroadcastSend,
    ElevenlabsSpeak,
    SmtpConnect,
    SmtpRcpt,
    SmtpData,
}

/// What goes wrong. Kinds that begin with "accept" have taken the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An HTTP status and the provider's error body; nothing was taken.
    Status(u16),
    /// The provider's error code with status 400; nothing was taken.
    Code(u32),
    /// Meta's error code with its subcode; nothing was taken.
    Subcode(u32, u32),
    /// The provider's own word for what is wrong, of [`SAID`]; nothing was taken.
    Named(&'static str),
    /// No answer; nothing was taken.
    Timeout,
    /// The connection is reset; nothing was taken.
    Reset,
    /// A 200 whose JSON is cut short; nothing was taken.
    Malformed,
    /// A 200 without a body; nothing was taken.
    Empty,
    /// A 200 with somebody's HTML page; nothing was taken.
    Html,
    /// Taken, and answered with 500.
    AcceptThen500,
    /// Taken, and never answered.
    AcceptThenHang,
    /// Taken, and the connection is reset.
    AcceptThenReset,
    /// Taken, and answered with 201 and noise.
    AcceptThenGarbage,
    /// The connection is reset at once; taken after the delay.
    LateApply,
    /// Everything as always, after the delay.
    Slow,
    /// The mail server says nothing at all.
    GreetHang,
    /// The mail server's reply code.
    Smtp(u16),
    /// The mail server's reply code with its enhanced code.
    Enhanced(u16, u8, u8, u8),
    /// The mail is kept; the connection closes instead of the reply to the final dot.
    CloseAfterData,
    /// The mail is not kept; the connection closes instead of the reply to the final dot.
    DropBeforeReply,
}

impl Kind {
    /// How long it lasts when the order does not say.
    fn usual_delay(self) -> Duration {
        match self {
            Kind::Timeout | Kind::AcceptThenHang | Kind::GreetHang => Duration::from_secs(60),
            Kind::Slow => Duration::from_secs(3),
            Kind::LateApply => Duration::from_secs(2),
            _ => Duration::ZERO,
        }
    }

    fn places(self) -> &'static [Place] {
        use Place::{
            BonzoSend, ElevenlabsSpeak, GmailRead, GmailSend, GmailToken, MessengerSend, SlybroadcastSend,
            SmtpConnect, SmtpData, SmtpRcpt, TiktokSend, TiktokToken, TwilioFind, TwilioSend, WhatsappSend,
        };
        match self {
            Kind::Code(_) => &[TwilioSend, TwilioFind, WhatsappSend, MessengerSend, TiktokSend, TiktokToken],
            Kind::Subcode(..) => &[MessengerSend],
            Kind::Enhanced(..) => &[SmtpRcpt, SmtpData],
            Kind::Named(_) => &[SlybroadcastSend, ElevenlabsSpeak, GmailSend, GmailRead, GmailToken],
            Kind::Status(_) | Kind::Malformed | Kind::Empty | Kind::Html => &[
                TwilioSend,
                TwilioFind,
                WhatsappSend,
                MessengerSend,
                TiktokSend,
                BonzoSend,
                SlybroadcastSend,
                ElevenlabsSpeak,
                GmailSend,
                GmailRead,
                GmailToken,
                TiktokToken,
            ],
            Kind::Timeout | Kind::Reset | Kind::Slow => &[
                TwilioSend,
                SmtpData,
                TwilioFind,
                WhatsappSend,
                MessengerSend,
                TiktokSend,
                BonzoSend,
                SlybroadcastSend,
                ElevenlabsSpeak,
                GmailSend,
                GmailRead,
                GmailToken,
                TiktokToken,
            ],
            Kind::AcceptThen500 | Kind::AcceptThenGarbage => {
                &[TwilioSend, WhatsappSend, MessengerSend, TiktokSend, BonzoSend, SlybroadcastSend, GmailSend]
            }
            Kind::AcceptThenHang | Kind::AcceptThenReset | Kind::LateApply => &[
                TwilioSend,
                SmtpData,
                WhatsappSend,
                MessengerSend,
                TiktokSend,
                BonzoSend,
                SlybroadcastSend,
                GmailSend,
            ],
            Kind::GreetHang => &[SmtpConnect],
            Kind::Smtp(421) => &[SmtpConnect, SmtpRcpt, SmtpData],
            Kind::Smtp(_) => &[SmtpRcpt, SmtpConnect, SmtpData],
            Kind::CloseAfterData | Kind::DropBeforeReply => &[SmtpData],
        }
    }
}

const WORDS: &[(&str, Kind)] = &[
    ("timeout", Kind::Timeout),
    ("reset", Kind::Reset),
    ("malformed", Kind::Malformed),
    ("empty", Kind::Empty),
    ("html", Kind::Html),
    ("accept_then_500", Kind::AcceptThen500),
    ("accept_then_hang", Kind::AcceptThenHang),
    ("accept_then_reset", Kind::AcceptThenReset),
    ("accept_then_garbage", Kind::AcceptThenGarbage),
    ("late_apply", Kind::LateApply),
    ("slow", Kind::Slow),
    ("greet_hang", Kind::GreetHang),
    ("close_after_data", Kind::CloseAfterData),
    ("drop_before_reply", Kind::DropBeforeReply),
];

/// What Google and ElevenLabs call their refusals, and Slybroadcast's by short names of ours.
const SAID: &[&str] = &[
    "invalid_api_key",
    "quota_exceeded",
    "voice_not_found",
    "max_character_limit_exceeded",
    "too_many_concurrent_requests",
    "system_busy",
    "c_uid",
    "c_password",
    "c_callerid",
    "c_phone",
    "bad_audio",
    "balance",
    "other",
    "invalid_grant",
    "invalid_client",
    "authError",
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "dailyLimitExceeded",
    "insufficientPermissions",
    "accessNotConfigured",
    "failedPrecondition",
    "invalidArgument",
];

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Status(status) => write!(f, "status:{status}"),
            Kind::Code(code) => write!(f, "code:{code}"),
            Kind::Subcode(code, subcode) => write!(f, "code:{code}/{subcode}"),
            Kind::Enhanced(code, class, subject, detail) => {
                write!(f, "smtp:{code}/{class}.{subject}.{detail}")
            }
            Kind::Named(word) => write!(f, "says:{word}"),
            Kind::Smtp(code) => write!(f, "smtp:{code}"),
            other => f.write_str(WORDS.iter().find(|(_, kind)| kind == other).map_or("?", |(word, _)| word)),
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, kind)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*kind);
        }
        let number = |low: u32, high: u32, digits: &str| {
            digits.parse().ok().filter(|n| (low..=high).contains(n)).ok_or_else(|| {
                format!("{text:?}: the number after the colon must lie between {low} and {high}")
            })
        };
        match text.split_once(':') {
            Some(("status", digits)) => Ok(Kind::Status(number(400, 599, digits)? as u16)),
            Some(("code", digits)) => match digits.split_once('/') {
                None => Ok(Kind::Code(number(0, 9_999_999, digits)?)),
                Some((code, sub)) => {
                    Ok(Kind::Subcode(number(0, 9_999_999, code)?, number(0, 9_999_999, sub)?))
                }
            },
            Some(("says", word)) => match SAID.iter().find(|said| **said == word) {
                Some(said) => Ok(Kind::Named(said)),
                None => Err(format!("nobody says {word:?}; there are {}", SAID.join(", "))),
            },
            Some(("smtp", digits)) => match digits.split_once('/') {
                None => Ok(Kind::Smtp(number(400, 599, digits)? as u16)),
                Some((code, enhanced)) => {
                    let parts: Vec<u8> = enhanced
                        .split('.')
                        .filter_map(|part| number(0, 255, part).ok())
                        .map(|n| n as u8)
                        .collect();
                    let [class, subject, detail] = parts[..] else {
                        return Err(format!("{text:?}: an enhanced code looks like 5.7.1"));
                    };
                    Ok(Kind::Enhanced(number(400, 599, code)? as u16, class, subject, detail))
                }
            },
            _ => {
                let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
                Err(format!(
                    "there is no fault {text:?}; there are status:NNN, code:NNNNN, code:NNN/NNNNN, says:WORD, smtp:NNN, smtp:NNN/N.N.N, {}",
                    words.join(", ")
                ))
            }
        }
    }
}

/// One order for faults, as `POST /_sandbox/fault` takes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// `twilio`, `whatsapp`, `messenger`, `tiktok`, `bonzo`, `slybroadcast`, `elevenlabs`, `gmail` or `smtp`.
    provider: String,
    /// See [`Kind`].
    kind: String,
    /// The share of requests that meet it, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    /// How many more will meet it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// How long it lasts, in real milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    /// What a refusal says in `Retry-After`, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// `send` or `find` for Twilio, `send` for WhatsApp and Messenger; `send` or `token` for TikTok; `send`, `read` or `token` for Gmail; `connect`, `rcpt` or `data` for SMTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<String>,
}

impl Order {
    fn place(&self, kind: Kind) -> Result<Place, String> {
        let wanted = |place: &Place| match (self.provider.as_str(), self.on.as_deref()) {
            ("twilio", None) => matches!(place, Place::TwilioSend),
            ("smtp", None) => matches!(place, Place::SmtpConnect | Place::SmtpRcpt | Place::SmtpData),
            ("twilio", Some("send")) => matches!(place, Place::TwilioSend),
            ("whatsapp", None | Some("send")) => matches!(place, Place::WhatsappSend),
            ("messenger", None | Some("send")) => matches!(place, Place::MessengerSend),
            ("tiktok", None | Some("send")) => matches!(place, Place::TiktokSend),
            ("tiktok", Some("token")) => matches!(place, Place::TiktokToken),
            ("bonzo", None | Some("send")) => matches!(place, Place::BonzoSend),
            ("gmail", None | Some("send")) => matches!(place, Place::GmailSend),
            ("gmail", Some("read")) => matches!(place, Place::GmailRead),
            ("gmail", Some("token")) => matches!(place, Place::GmailToken),
            ("slybroadcast", None | Some("send")) => matches!(place, Place::SlybroadcastSend),
            ("elevenlabs", None) => matches!(place, Place::ElevenlabsSpeak),
            ("twilio", Some("find")) => matches!(place, Place::TwilioFind),
            ("smtp", Some("connect")) => matches!(place, Place::SmtpConnect),
            ("smtp", Some("rcpt")) => matches!(place, Place::SmtpRcpt),
            ("smtp", Some("data")) => matches!(place, Place::SmtpData),
            _ => false,
        };
        kind.places().iter().find(|place| wanted(place)).copied().ok_or_else(|| {
            let on = self.on.as_deref().map(|on| format!(" on {on:?}")).unwrap_or_default();
            format!(
                "{kind} cannot happen to provider {:?}{on}; the providers are twilio, whatsapp, messenger, tiktok, bonzo, slybroadcast, elevenlabs, gmail and smtp",
                self.provider
            )
        })
    }
}

/// A fault that somebody meets now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) kind: Kind,
    pub(crate) delay: Duration,
    retry_after: Option<u64>,
}

impl Hit {
    /// A refusal, with when to come again where the order says so.
    pub(crate) fn refusal(self, mut response: axum::response::Response) -> axum::response::Response {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

struct Standing {
    order: Order,
    kind: Kind,
    place: Place,
}

struct Book {
    dice: Dice,
    standing: Vec<Standing>,
    fired: BTreeMap<String, u64>,
}

/// The faults that stand.
pub(crate) struct Faults {
    /// Spares the lock on the way of every message while nothing is ordered.
    any: AtomicBool,
    book: Mutex<Book>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Faults {
        let dice = Dice::about(seed, "faults", "draw");
        let book = Book { dice, standing: Vec::new(), fired: BTreeMap::new() };
        Faults { any: AtomicBool::new(false), book: Mutex::new(book) }
    }

    /// Adds all of the orders, or none and says which one is wrong.
    pub(crate) fn order(&self, orders: Vec<Order>) -> Result<(), String> {
        let mut book = locked(&self.book);
        let mut added = Vec::new();
        for order in orders {
            let kind: Kind = order.kind.parse()?;
            let place = order.place(kind)?;
            if let Some(p) = order.probability
                && !(0.0..=1.0).contains(&p)
            {
                return Err(format!("the probability of {kind} is {p}; it must lie between 0 and 1"));
            }
            added.push(Standing { order, kind, place });
        }
        for place in added.iter().map(|standing| standing.place) {
            let both = book.standing.iter().chain(&added).filter(|standing| standing.place == place);
            let sum: f64 = both.filter_map(|standing| standing.order.probability).sum();
            if sum > 1.0 + 1e-9 {
                return Err(format!(
                    "the probabilities at {place:?} add up to {sum:.3}; they share one draw, so it \
                     must be 1 at most (DELETE /_sandbox/fault clears the earlier ones)"
                ));
            }
        }
        book.standing.extend(added);
        self.any.store(!book.standing.is_empty(), Ordering::Release);
        Ok(())
    }

    /// Ends all faults; what has struck stays counted.
    pub(crate) fn clear(&self) {
        locked(&self.book).standing.clear();
        self.any.store(false, Ordering::Release);
    }

    /// Who comes by this place now: does a fault strike? First those that strike a number of times for
    /// certain, then one draw among the probabilities, then those that always strike.
    pub(crate) fn draw(&self, place: Place) -> Option<Hit> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut book = locked(&self.book);
        let index = book.choose(place)?;
        let standing = &mut book.standing[index];
        let kind = standing.kind;
        let delay = standing.order.delay_ms.map_or(kind.usual_delay(), Duration::from_millis);
        let retry_after = standing.order.retry_after;
        let spent = standing.order.count.as_mut().is_some_and(|left| {
            *left = left.saturating_sub(1);
            *left == 0
        });
        if spent {
            book.standing.remove(index);
            self.any.store(!book.standing.is_empty(), Ordering::Release);
        }
        *book.fired.entry(kind.to_string()).or_default() += 1;
        Some(Hit { kind, delay, retry_after })
    }

    /// What stands and what has struck how often, for the control API.
    pub(crate) fn report(&self) -> serde_json::Value {
        let book = locked(&self.book);
        let standing: Vec<&Order> = book.standing.iter().map(|standing| &standing.order).collect();
        serde_json::json!({ "standing": standing, "fired": book.fired })
    }
}

impl Book {
    fn choose(&mut self, place: Place) -> Option<usize> {
        let here = |standing: &Standing| standing.place == place && standing.order.count != Some(0);
        let mut in_order = self.standing.iter().enumerate().filter(|(_, standing)| here(standing));
        let certain = in_order.find(|(_, s)| s.order.probability.is_none() && s.order.count.is_some());
        if let Some((index, _)) = certain {
            return Some(index);
        }
        if self.standing.iter().any(|s| here(s) && s.order.probability.is_some()) {
            let mut rest = self.dice.unit();
            for (index, standing) in self.standing.iter().enumerate().filter(|(_, standing)| here(standing)) {
                let Some(share) = standing.order.probability else { continue };
                if rest < share {
                    return Some(index);
                }
                rest -= share;
            }
        }
        self.standing.iter().position(|s| here(s) && s.order.probability.is_none() && s.order.count.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(json: serde_json::Value) -> Order {
        serde_json::from_value(json).expect("an order")
    }

    fn faults(seed: u64, orders: serde_json::Value) -> Faults {
        let faults = Faults::new(seed);
        faults.order(serde_json::from_value(orders).expect("orders")).expect("good orders");
        faults
    }

    #[test]
    fn counted_faults_come_first_and_end() {
        let faults = faults(
            1,
            serde_json::json!([
                {"provider": "twilio", "kind": "status:429", "count": 2},
                {"provider": "twilio", "kind": "code:21610", "count": 1, "delay_ms": 5},
            ]),
        );
        let drawn: Vec<_> = (0..4).map(|_| faults.draw(Place::TwilioSend).map(|hit| hit.kind)).collect();
        assert_eq!(drawn, [Some(Kind::Status(429)), Some(Kind::Status(429)), Some(Kind::Code(21610)), None]);
        assert_eq!(faults.draw(Place::SmtpData), None);
    }

    #[test]
    fn a_mix_follows_its_shares_and_its_seed() {
        let mix = serde_json::json!([
            {"provider": "twilio", "kind": "accept_then_500", "probability": 0.08},
            {"provider": "twilio", "kind": "status:502", "probability": 0.05},
        ]);
        let run = |seed| {
            let faults = faults(seed, mix.clone());
            (0..10_000).map(|_| faults.draw(Place::TwilioSend).map(|hit| hit.kind)).collect::<Vec<_>>()
        };
        let drawn = run(3);
        assert_eq!(drawn, run(3));
        assert_ne!(drawn, run(4));
        let share = |kind| drawn.iter().filter(|hit| **hit == Some(kind)).count();
        assert!((700..900).contains(&share(Kind::AcceptThen500)), "{}", share(Kind::AcceptThen500));
        assert!((420..580).contains(&share(Kind::Status(502))), "{}", share(Kind::Status(502)));
    }

    #[test]
    fn orders_that_make_no_sense_are_refused() {
        let faults = Faults::new(1);
        let refused = |json| faults.order(vec![order(json)]).expect_err("must be refused");
        assert!(
            refused(serde_json::json!({"provider": "twilio", "kind": "status:42"})).contains("between 400")
        );
        assert!(
            refused(serde_json::json!({"provider": "twilio", "kind": "explode"}))
                .contains("there is no fault")
        );
        assert!(refused(serde_json::json!({"provider": "smtp", "kind": "html"})).contains("cannot happen"));
        assert!(refused(serde_json::json!({"provider": "fax", "kind": "slow"})).contains("cannot happen"));
        assert!(
            refused(serde_json::json!({"provider": "smtp", "kind": "slow", "probability": 2}))
                .contains("between 0")
        );
        let half = serde_json::json!({"provider": "smtp", "kind": "slow", "probability": 0.6});
        let twice = faults.order(vec![order(half.clone()), order(half)]).expect_err("120 %");
        assert!(twice.contains("add up to 1.200"), "{twice}");
        assert_eq!(faults.draw(Place::SmtpData), None);
    }

    #[test]
    fn every_kind_reads_back() {
        for (word, kind) in WORDS {
            assert_eq!(kind.to_string(), *word);
            assert_eq!(word.parse::<Kind>().as_ref(), Ok(kind));
        }
        for said in
            ["smtp:550", "smtp:550/5.1.10", "code:10/2018278", "code:21610", "status:429", "says:c_uid"]
        {
            assert_eq!(said.parse::<Kind>().map(|kind| kind.to_string()), Ok(said.to_owned()));
        }
        for wrong in ["smtp:550/5.1", "smtp:550/5.1.x", "smtp:550/5.1.999", "code:10/", "code:/1"] {
            assert!(wrong.parse::<Kind>().is_err(), "{wrong}");
        }
    }
}
