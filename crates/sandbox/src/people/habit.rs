//! Who somebody is: drawn from the seed and the address, or said by the address itself.

use crate::dice::Dice;

/// What an answer is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Interested,
    Asking,
    Declining,
}

/// How somebody treats mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Nothing is ever heard of them.
    Silent,
    Opens,
    Clicks,
    Answers(Mood),
    /// On holiday: a machine answers the first mail.
    Away,
    /// There is no such mailbox, and the server says so at once.
    Unknown,
    /// The mail is taken and comes back.
    Bounces,
    /// Presses the unsubscribe button.
    Leaves,
}

/// How somebody treats texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texter {
    Silent,
    Answers(Mood),
    /// Answers STOP.
    Stops,
    /// The network reports this error code.
    Unreachable(u32),
}

/// A reader, and whether the address asked for it: then they are quick and never hesitate.
pub(crate) fn reader(seed: u64, address: &str) -> (Reader, bool) {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let word = local.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let asked = match word {
        "silent" => Some(Reader::Silent),
        "open" => Some(Reader::Opens),
        "click" => Some(Reader::Clicks),
        "reply" => Some(Reader::Answers(Mood::Interested)),
        "ooo" => Some(Reader::Away),
        "reject" => Some(Reader::Unknown),
        "bounce" => Some(Reader::Bounces),
        "stop" => Some(Reader::Leaves),
        _ => None,
    };
    if let Some(reader) = asked {
        return (reader, true);
    }
    let mut dice = Dice::about(seed, &address.to_ascii_lowercase(), "reader");
    let reader = match dice.unit() {
        share if share < 0.35 => Reader::Silent,
        share if share < 0.65 => Reader::Opens,
        share if share < 0.75 => Reader::Clicks,
        share if share < 0.90 => Reader::Answers(mood(&mut dice)),
        share if share < 0.94 => Reader::Away,
        share if share < 0.955 => Reader::Unknown,
        share if share < 0.97 => Reader::Bounces,
        _ => Reader::Leaves,
    };
    (reader, false)
}

/// A texter, and whether the number asked for it.
pub(crate) fn texter(seed: u64, number: &str) -> (Texter, bool) {
    let asked = match number.get(number.len().saturating_sub(4)..) {
        Some("0001") => Some(Texter::Answers(Mood::Interested)),
        Some("0002") => Some(Texter::Stops),
        Some("0003") => Some(Texter::Unreachable(30003)),
        Some("0004") => Some(Texter::Silent),
        _ => None,
    };
    if let Some(texter) = asked {
        return (texter, true);
    }
    let mut dice = Dice::about(seed, number, "texter");
    let texter = match dice.unit() {
        share if share < 0.15 => Texter::Answers(mood(&mut dice)),
        share if share < 0.19 => Texter::Stops,
        share if share < 0.22 => Texter::Unreachable(*dice.pick(&[30003, 30005, 30006])),
        _ => Texter::Silent,
    };
    (texter, false)
}

fn mood(dice: &mut Dice) -> Mood {
    match dice.unit() {
        share if share < 0.45 => Mood::Interested,
        share if share < 0.75 => Mood::Asking,
        _ => Mood::Declining,
    }
}

/// Whether the mail server refuses the address outright.
pub(crate) fn is_unknown_here(seed: u64, address: &str) -> bool {
    reader(seed, address).0 == Reader::Unknown
}

/// Whether the number has opted out of everything already (21610).
pub(crate) fn refuses_all_texts(number: &str) -> bool {
    number.ends_with("0005")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crowd_is_as_described() {
        let mut counts = std::collections::BTreeMap::<String, u32>::new();
        for n in 0..20_000 {
            let (reader, asked) = reader(7, &format!("person{n}@example.com"));
            assert!(!asked);
            let name = format!("{reader:?}");
            *counts.entry(name.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        let percent = |name: &str| f64::from(counts.get(name).copied().unwrap_or(0)) / 200.0;
        for (name, expected) in [
            ("Silent", 35.0),
            ("Opens", 30.0),
            ("Clicks", 10.0),
            ("Answers", 15.0),
            ("Away", 4.0),
            ("Unknown", 1.5),
            ("Bounces", 1.5),
            ("Leaves", 3.0),
        ] {
            assert!(
                (percent(name) - expected).abs() < 1.0,
                "{name}: {} %, expected {expected} %",
                percent(name)
            );
        }
    }

    #[test]
    fn the_same_seed_knows_the_same_people() {
        let crowd = |seed| (0..500).map(|n| reader(seed, &format!("p{n}@x.test"))).collect::<Vec<_>>();
        assert_eq!(crowd(3), crowd(3));
        assert_ne!(crowd(3), crowd(4));
        let texters = |seed| (0..500).map(|n| texter(seed, &format!("+1555867{n:04}"))).collect::<Vec<_>>();
        assert_eq!(texters(3), texters(3));
        assert_eq!(reader(3, "Ann@X.test"), reader(3, "ann@x.test"));
    }

    #[test]
    fn an_address_can_ask_for_it() {
        for (address, expected) in [
            ("bounce@x.test", Reader::Bounces),
            ("reject+1@x.test", Reader::Unknown),
            ("Reply.7@x.test", Reader::Answers(Mood::Interested)),
            ("ooo2@x.test", Reader::Away),
            ("stop@x.test", Reader::Leaves),
            ("silent@x.test", Reader::Silent),
            ("click@x.test", Reader::Clicks),
        ] {
            assert_eq!(reader(1, address), (expected, true), "{address}");
        }
        assert!(!reader(1, "stopford@x.test").1);
        assert_eq!(texter(1, "+15558670002"), (Texter::Stops, true));
        assert!(refuses_all_texts("+15558670005"));
        assert!(!texter(1, "é1").1);
    }
}
