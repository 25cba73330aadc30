use super::*;
use crate::ids::MessageId;

fn message(n: u128) -> MessageId {
    MessageId::from_uuid(uuid::Uuid::from_u128(n))
}

fn message_of(at: i64) -> Came {
    Came { id: message(at as u128), is_hot: false, set_aside_at: None, woke_at: None }
}

fn came(at: i64) -> Said {
    Said { at, what: What::Came(message_of(at)) }
}

fn hot(at: i64) -> Said {
    Said { at, what: What::Came(Came { is_hot: true, ..message_of(at) }) }
}

fn aside(at: i64, set_aside_at: i64) -> Said {
    Said { at, what: What::Came(Came { set_aside_at: Some(set_aside_at), ..message_of(at) }) }
}

fn woke(at: i64, woke_at: i64) -> Said {
    Said { at, what: What::Came(Came { woke_at: Some(woke_at), ..message_of(at) }) }
}

fn answered(at: i64, sent_at: i64) -> Said {
    Said { at, what: What::Answered { sent_at, by: None } }
}

fn opted_out(at: i64) -> Said {
    Said { at, what: What::OptedOut }
}

/// `since` of what is owed, and `since > at` of what was answered; `!` for a first answer, `@` from when it counts, `*`
/// for somebody interested.
fn words(said: Vec<Said>) -> String {
    let story = tell(said, true);
    let owed = |owed: &Owed| {
        let first = if owed.is_first { "!" } else { "" };
        let from = if owed.from == owed.since { String::new() } else { format!("@{}", owed.from) };
        let hot = owed.hot_from.map_or(String::new(), |at| format!("*{at}"));
        format!("{}{first}{from}{hot}", owed.since)
    };
    let mut words: Vec<String> =
        story.answered.iter().map(|one| format!("{}>{}", owed(&one.owed), one.at)).collect();
    words.extend(story.owed.as_ref().map(|one| format!("owed {}", owed(one))));
    words.join(", ")
}

#[test]
fn the_oldest_message_that_nobody_answered_counts() {
    for (said, expected) in [
        (vec![], ""),
        (vec![came(1)], "owed 1!"),
        (vec![came(1), came(2)], "owed 1!"),
        (vec![came(1), came(2), answered(3, 4)], "1!>4"),
        (vec![came(1), answered(3, 4), came(5)], "1!>4, owed 5"),
        (vec![came(1), answered(3, 4), answered(5, 5), came(6), answered(7, 7)], "1!>4, 6>7"),
        (vec![answered(1, 1), came(2)], "owed 2"),
        // An answer that was written before they wrote again does not answer that, whenever it left.
        (vec![came(1), answered(2, 9), came(5)], "1!>9, owed 5"),
        // In one instant what came is answered.
        (vec![answered(1, 1), came(1)], "1!>1"),
        (vec![aside(1, 2)], ""),
        (vec![aside(1, 2), came(3)], "owed 3!"),
        (vec![aside(1, 2), answered(3, 3)], ""),
        // Answered and closed in one go, the answer leaving later.
        (vec![aside(1, 2), answered(2, 9)], "1!>9"),
        (vec![came(1), answered(2, 2), aside(3, 4), came(5)], "1!>2, owed 5"),
        (vec![woke(1, 7)], "owed 1!@7"),
        (vec![woke(1, 7), came(8)], "owed 1!@7"),
        (vec![woke(1, 7), answered(8, 8)], "1!@7>8"),
        (vec![came(1), opted_out(2)], ""),
        (vec![came(1), opted_out(2), came(3)], "owed 3!"),
        (vec![came(1), hot(2), hot(3)], "owed 1!*2"),
        (vec![hot(1), answered(2, 2), came(3)], "1!*1>2, owed 3"),
    ] {
        let shown = format!("{said:?}");
        assert_eq!(words(said), expected, "{shown}");
    }
    assert!(
        !tell(vec![came(1)], false).owed.is_some_and(|owed| owed.is_first),
        "something older was left out"
    );
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

#[test]
fn an_answer_is_due_by_channel_and_by_interest() {
    let times = ReplyTimes {
        windows: vec![],
        first_minutes: 60,
        later_minutes: 120,
        hot_minutes: Some(15),
        channels: vec![ChannelTimes { channel: Channel::Sms, first_minutes: 5, later_minutes: 10 }],
        ..ReplyTimes::default()
    };
    let clock = times.clock("UTC", &[]);
    let owed = |is_first, hot_from| Owed { message: message(1), since: 0, from: 0, hot_from, is_first };
    for (owed, channel, expected) in [
        (owed(true, None), Channel::Email, HOUR),
        (owed(false, None), Channel::Email, 2 * HOUR),
        (owed(true, None), Channel::Sms, 5 * MINUTE),
        (owed(false, None), Channel::Sms, 10 * MINUTE),
        (owed(false, Some(0)), Channel::Email, 15 * MINUTE),
        // Interest makes it sooner, never later, and counts from when it was shown.
        (owed(false, Some(HOUR)), Channel::Email, HOUR + 15 * MINUTE),
        (owed(false, Some(2 * HOUR)), Channel::Email, 2 * HOUR),
        (owed(true, Some(0)), Channel::Sms, 5 * MINUTE),
        (Owed { from: 10 * HOUR, ..owed(true, None) }, Channel::Email, 11 * HOUR),
    ] {
        assert_eq!(clock.due(&owed, channel), Some(expected), "{owed:?} {channel:?}");
    }
}

#[test]
fn holidays_of_the_workspace_do_not_count_where_that_is_chosen() {
    let zone = schedule::zone("Europe/Oslo").unwrap();
    let at = |text: &str| {
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone.clone()).unwrap().timestamp()
    };
    let holidays = [Holiday { day: "2026-12-25".parse().unwrap(), name: String::new() }];
    for (rests_on_holidays, expected) in [(true, "2026-12-28T12:00"), (false, "2026-12-25T12:00")] {
        let times = ReplyTimes { rests_on_holidays, ..ReplyTimes::default() };
        let due =
            times.clock("Europe/Oslo", &holidays).after(at("2026-12-24T16:00").as_millisecond(), 4 * 60);
        assert_eq!(due, Some(at(expected).as_millisecond()));
    }
}

#[test]
fn what_cannot_be_kept_is_said() {
    let narrow = vec![SendWindow { days: vec![1], from: 0, until: 10 }];
    let twice = ChannelTimes { channel: Channel::Sms, first_minutes: 5, later_minutes: 5 };
    let usual = ReplyTimes::default;
    for (times, field) in [
        (usual(), None),
        (ReplyTimes { windows: vec![], first_minutes: MAX_MINUTES, ..usual() }, None),
        (ReplyTimes { time_zone: Some("Mars/Base".into()), ..usual() }, Some("time_zone")),
        (ReplyTimes { first_minutes: 0, ..usual() }, Some("first_minutes")),
        (ReplyTimes { later_minutes: MAX_MINUTES + 1, ..usual() }, Some("later_minutes")),
        (ReplyTimes { windows: narrow, ..usual() }, Some("first_minutes")),
        (ReplyTimes { hot_minutes: Some(0), ..usual() }, Some("hot_minutes")),
        (ReplyTimes { channels: vec![twice, twice], ..usual() }, Some("channels")),
    ] {
        assert_eq!(times.wrong().map(|(field, _)| field), field, "{times:?}");
    }
}
