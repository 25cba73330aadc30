use super::*;
use crate::schedule::SendWindow;
use jiff::civil::DateTime;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Friday noon in New York, everything in order.
struct Case {
    zone: TimeZone,
    hours: Hours,
    now: i64,
}

impl Case {
    fn new() -> Case {
        let zone = schedule::zone("America/New_York").unwrap();
        let now = at(&zone, "2027-06-04T12:00");
        let windows = vec![SendWindow::new(&[1, 2, 3, 4, 5], 9 * 60, 17 * 60).unwrap()];
        Case { zone, now, hours: Hours { windows, holidays: vec![] } }
    }

    fn facts(&self) -> GuardFacts<'_> {
        GuardFacts {
            now: self.now,
            due_at: self.now,
            not_before: None,
            held_until: None,
            lateness_ms: Some(DEFAULT_LATENESS_MS),
            lateness: Lateness::Skip,
            late_since: None,
            sending_stopped: false,
            sender_status: "active",
            sender_problem: None,
            resting: None,
            suppressed: None,
            is_blocked: false,
            consent_missing: None,
            channel: Channel::Email,
            last_inbound: None,
            unanswered: 0,
            is_person: false,
            is_template: false,
            template_problem: None,
            campaign_status: Some(CampaignStatus::Active),
            enrollment_over: None,
            hours: &self.hours,
            zone: &self.zone,
            is_their_zone: true,
            sender_zone: &self.zone,
            sent_today: 0,
            daily_cap: Some(100),
            next_slot_at: None,
            allowances: &[],
            to: "+12125550123",
            are_texts_quiet: false,
            is_by_state: true,
        }
    }
}

fn at(zone: &TimeZone, local: &str) -> i64 {
    zone.to_ambiguous_timestamp(local.parse::<DateTime>().unwrap()).earlier().unwrap().as_millisecond()
}

fn say(facts: &GuardFacts<'_>) -> String {
    let verdict = decide(facts);
    let (word, until) = match &verdict {
        Verdict::Go => return "go".into(),
        Verdict::Hold { until: Some(until), .. } => ("hold", format!(" {}m", (until - facts.now) / MINUTE)),
        Verdict::Hold { until: None, .. } => ("hold", String::new()),
        Verdict::Suppress(_) => ("suppress", String::new()),
        Verdict::Ask(_) => ("ask", String::new()),
        Verdict::Cancel(_) => ("cancel", String::new()),
        Verdict::Expire(_) => ("expire", String::new()),
        Verdict::Refuse(_) => ("refuse", String::new()),
    };
    let reason = verdict.reason().unwrap();
    format!("{word}{until} {}: {}", reason.code, reason.text)
}

/// Every rule, as a sales rep reads it. They are turned on from the last to the first, and each one overrides
/// what was there before: that is the order of the rules.
#[test]
fn every_rule_in_its_order() {
    let mut case = Case::new();
    let noon = case.now;
    let mut out = String::new();
    let mut line = |facts: &GuardFacts<'_>| out += &format!("{}\n", say(facts));

    line(&case.facts());
    let slot = Some(noon + 90 * 1_000);
    line(&GuardFacts { next_slot_at: slot, ..case.facts() });
    line(&GuardFacts { next_slot_at: slot, sent_today: 100, ..case.facts() });
    case.now = at(&case.zone, "2027-06-04T17:00");
    let closed = GuardFacts { next_slot_at: slot, sent_today: 100, ..case.facts() };
    line(&closed);
    let scheduled = GuardFacts { not_before: Some(at(&case.zone, "2027-06-06T08:00")), ..closed };
    line(&scheduled);
    let late = GuardFacts { not_before: None, due_at: noon - HOUR, ..scheduled };
    line(&late);
    for over in ExitReason::ALL {
        line(&GuardFacts { enrollment_over: Some(*over), ..late.clone() });
    }
    for status in CampaignStatus::ALL {
        let facts = GuardFacts {
            campaign_status: Some(*status),
            enrollment_over: Some(ExitReason::Replied),
            ..late.clone()
        };
        line(&facts);
    }
    let suppressed = GuardFacts {
        suppressed: Some("unsubscribed on 3 May."),
        campaign_status: Some(CampaignStatus::Archived),
        ..late
    };
    line(&suppressed);
    line(&GuardFacts { suppressed: Some(""), ..suppressed.clone() });
    line(&GuardFacts { sender_status: "paused", ..suppressed.clone() });
    let broken = GuardFacts {
        sender_status: "broken",
        sender_problem: Some("the password was refused."),
        ..suppressed
    };
    line(&broken);
    line(&GuardFacts { sender_problem: None, ..broken.clone() });
    line(&GuardFacts { sending_stopped: true, ..broken });
    insta::assert_snapshot!(out);
}

#[test]
fn a_message_of_no_campaign_only_asks_what_concerns_it() {
    let case = Case::new();
    let facts = GuardFacts {
        campaign_status: None,
        hours: &Hours::default(),
        daily_cap: None,
        lateness_ms: None,
        due_at: 0,
        ..case.facts()
    };
    assert_eq!(say(&facts), "go");
}

/// Lateness counts from when it could have left (reliability.md P-S6, T-S9).
#[test]
fn only_what_nobody_was_there_to_send_is_late() {
    let case = Case::new();
    let local = |text| at(&case.zone, text);
    let code = |facts: GuardFacts<'_>| decide(&facts).reason().map(|reason| reason.code);
    // Two hours to the millisecond are not late, one more is.
    assert_eq!(code(GuardFacts { due_at: case.now - 2 * HOUR, ..case.facts() }), None);
    assert_eq!(code(GuardFacts { due_at: case.now - 2 * HOUR - 1, ..case.facts() }), Some("message.late"));
    // Due on the evening before: it could leave at nine.
    let evening = local("2027-06-03T18:00");
    assert_eq!(code(GuardFacts { due_at: evening, now: local("2027-06-04T11:00"), ..case.facts() }), None);
    assert_eq!(
        code(GuardFacts { due_at: evening, now: local("2027-06-04T11:01"), ..case.facts() }),
        Some("message.late")
    );
    // Held over the weekend by a pause, by a cap, or in the middle of a long queue.
    let old = local("2027-05-28T10:00");
    assert_eq!(code(GuardFacts { due_at: old, held_until: Some(case.now - MINUTE), ..case.facts() }), None);
    assert_eq!(code(GuardFacts { due_at: old, not_before: Some(case.now - MINUTE), ..case.facts() }), None);
    assert_eq!(
        code(GuardFacts { due_at: old, held_until: Some(case.now - 3 * HOUR), ..case.facts() }),
        Some("message.late")
    );
    // A campaign may say that late is better than never.
    assert_eq!(code(GuardFacts { due_at: old, lateness_ms: None, ..case.facts() }), None);
    // While it is paused nothing expires, and while the window is closed what is on time waits.
    let paused = GuardFacts { due_at: old, campaign_status: Some(CampaignStatus::Paused), ..case.facts() };
    assert_eq!(code(paused), Some("campaign.paused"));
    let night =
        GuardFacts { due_at: local("2027-06-04T16:30"), now: local("2027-06-04T18:00"), ..case.facts() };
    assert_eq!(code(night), Some("window.closed"));
}

#[test]
fn the_cap_is_the_senders_day_and_the_hours_are_the_contacts() {
    let case = Case::new();
    let tokyo = schedule::zone("Asia/Tokyo").unwrap();
    // Tokyo's next day begins at 11:00 in New York; then it is within the hours there.
    let now = at(&case.zone, "2027-06-04T10:00");
    let full = GuardFacts {
        now,
        due_at: now,
        sent_today: 5,
        daily_cap: Some(5),
        sender_zone: &tokyo,
        ..case.facts()
    };
    assert_eq!(
        say(&full),
        "hold 60m sender.daily_cap: The sender has reached its 5 messages for today; it goes on today 11:00 (New York time)."
    );
    let nothing = GuardFacts { daily_cap: Some(0), sent_today: 0, ..full };
    assert!(matches!(decide(&nothing), Verdict::Hold { .. }));
}

#[test]
fn windows_that_never_open_say_so() {
    let case = Case::new();
    let never = [SendWindow { days: vec![], from: 0, until: 60 }];
    let never = Hours { windows: never.to_vec(), holidays: vec![] };
    let facts = GuardFacts { hours: &never, ..case.facts() };
    assert_eq!(say(&facts), "hold window.never: The sending hours of this campaign never open; change them.");
}

#[test]
fn wild_numbers_do_not_panic() {
    let case = Case::new();
    for wild in [i64::MIN, -1, 0, i64::MAX] {
        for other in [i64::MIN, 0, i64::MAX] {
            decide(&GuardFacts {
                now: wild,
                due_at: other,
                not_before: Some(other),
                held_until: Some(other),
                next_slot_at: Some(i64::MAX),
                lateness_ms: Some(wild),
                ..case.facts()
            });
            decide(&GuardFacts {
                now: wild,
                due_at: wild,
                next_slot_at: Some(i64::MAX),
                hours: &Hours::default(),
                ..case.facts()
            });
        }
    }
}

/// A closed window refuses, except a template; a person has longer than a machine where the platform says so.
#[test]
fn a_channel_closes_after_its_window() {
    let case = Case::new();
    let day = 24 * HOUR;
    let ask = |channel, last: Option<i64>, is_person, is_template| {
        let last_inbound = last.map(|ago| case.now - ago);
        say(&GuardFacts { channel, last_inbound, is_person, is_template, ..case.facts() })
    };
    use Channel::{Messenger, Sms, Whatsapp};
    assert_eq!(ask(Whatsapp, Some(day), false, false), "go");
    let closed = ask(Whatsapp, Some(day + 1), true, false);
    assert!(closed.starts_with("refuse channel.window_closed: The window is closed"), "{closed}");
    assert_eq!(ask(Whatsapp, Some(day + 1), false, true), "go");
    assert_eq!(ask(Whatsapp, None, false, true), "go");
    assert!(ask(Whatsapp, None, true, false).starts_with("refuse"));
    assert_eq!(ask(Messenger, Some(6 * day), true, false), "go");
    assert!(ask(Messenger, Some(6 * day), false, false).starts_with("refuse"));
    assert!(ask(Messenger, Some(7 * day + 1), true, false).starts_with("refuse"));
    assert!(ask(Messenger, None, true, false).starts_with("refuse"));
    assert_eq!(ask(Sms, None, false, false), "go");
}

#[test]
fn a_template_that_may_not_be_sent_waits_and_is_looked_at_again() {
    let case = Case::new();
    let paused = GuardFacts {
        channel: Channel::Whatsapp,
        is_template: true,
        template_problem: Some("The template offer (en_US) cannot be sent: WhatsApp paused it."),
        ..case.facts()
    };
    assert_eq!(
        say(&paused),
        "hold 15m template.blocked: The template offer (en_US) cannot be sent: WhatsApp paused it. The message waits until \
         WhatsApp lets it be sent, or until you cancel it."
    );
    assert!(say(&GuardFacts { suppressed: Some("x"), ..paused }).starts_with("suppress"));
}

#[test]
fn what_is_late_is_skipped_sent_or_asked_about() {
    let case = Case::new();
    let late = |lateness| GuardFacts { due_at: case.now - 3 * HOUR, lateness, ..case.facts() };
    assert!(say(&late(Lateness::Skip)).starts_with("expire"), "{}", say(&late(Lateness::Skip)));
    assert_eq!(say(&late(Lateness::Send)), "go");
    assert!(say(&late(Lateness::Ask)).starts_with("ask"), "{}", say(&late(Lateness::Ask)));
    // Whoever is asked about waits, whatever the rule has become; an answer ends it all the same.
    let asked = GuardFacts { late_since: Some(case.now), ..late(Lateness::Send) };
    assert!(say(&asked).starts_with("ask"));
    let answered = GuardFacts { enrollment_over: Some(ExitReason::Replied), ..asked };
    assert!(say(&answered).starts_with("cancel"));
}

#[test]
fn the_hours_of_a_state_hold_calls_and_the_texts_of_campaigns() {
    let case = Case::new();
    let always = Hours::default();
    let text = |local: &str| GuardFacts {
        now: at(&case.zone, local),
        due_at: at(&case.zone, local),
        channel: Channel::Sms,
        hours: &always,
        to: "+13055550123",
        are_texts_quiet: true,
        lateness_ms: None,
        ..case.facts()
    };
    let night = "2027-06-04T20:30";
    let held = say(&text(night));
    assert!(
        held.starts_with("hold 690m calling.state_hours") && held.contains("Fla. Stat. § 501.616"),
        "{held}"
    );
    for (local, expected) in [
        ("2027-06-04T19:59", "go"),
        ("2027-06-04T20:00", "hold 720m calling.state_hours"),
        ("2027-06-04T21:00", "hold 660m calling.hours"),
        ("2027-03-13T20:00", "hold 660m calling.state_hours"),
        ("2027-11-06T20:00", "hold 780m calling.state_hours"),
    ] {
        assert!(say(&text(local)).starts_with(expected), "{local}: {}", say(&text(local)));
    }
    // What a person writes, who is somewhere else, a mail, and what an admin decided.
    let go = [
        GuardFacts { is_person: true, ..text(night) },
        GuardFacts { to: "+12125550123", ..text(night) },
        GuardFacts { to: "+4790000000", ..text("2027-06-04T03:00") },
        GuardFacts { channel: Channel::Email, ..text(night) },
        GuardFacts { is_by_state: false, ..text(night) },
        GuardFacts { are_texts_quiet: false, ..text(night) },
    ];
    for facts in go {
        assert_eq!(say(&facts), "go");
    }
    // A call keeps them whoever makes it, and without a zone from coast to coast.
    let call =
        GuardFacts { channel: Channel::Voicemail, is_person: true, are_texts_quiet: false, ..text(night) };
    assert!(say(&call).starts_with("hold 690m calling.state_hours"), "{}", say(&call));
    // Eight in the evening in Newfoundland is half past six in New York.
    let anywhere = GuardFacts { is_their_zone: false, ..text("2027-06-04T18:29") };
    assert_eq!(say(&anywhere), "go");
    let anywhere = GuardFacts { is_their_zone: false, ..text("2027-06-04T18:30") };
    assert!(say(&anywhere).contains("calling.state_hours"), "{}", say(&anywhere));
}

#[test]
fn what_counts_as_a_call_arrives_in_calling_hours_where_they_are() {
    let case = Case::new();
    let new_york = |local: &str| at(&case.zone, local);
    let ask = |now: i64, is_their_zone: bool, windows: &[SendWindow]| {
        let hours = Hours { windows: windows.to_vec(), holidays: vec![] };
        say(&GuardFacts {
            now,
            due_at: now,
            channel: Channel::Voicemail,
            is_their_zone,
            hours: &hours,
            is_person: true,
            lateness_ms: None,
            ..case.facts()
        })
    };
    // Eight to nine in the evening, to the minute; a day of 23 hours has the same hours.
    for (now, expected) in [
        ("2027-06-04T07:59", "hold 1m calling.hours"),
        ("2027-06-04T08:00", "go"),
        ("2027-06-04T20:59", "go"),
        ("2027-06-04T21:00", "hold 660m calling.hours"),
        ("2027-06-06T12:00", "go"),
        ("2027-03-13T21:00", "hold 600m calling.hours"),
    ] {
        assert!(
            ask(new_york(now), true, &[]).starts_with(expected),
            "{now}: {}",
            ask(new_york(now), true, &[])
        );
    }
    // Of whom nobody knows where they are: eight in Honolulu is two in the afternoon in New York, nine in the evening
    // in Newfoundland half past seven.
    for (now, expected) in [
        ("2027-06-04T13:59", "hold 1m calling.hours"),
        ("2027-06-04T14:00", "go"),
        ("2027-06-04T19:29", "go"),
        ("2027-06-04T19:30", "hold 1110m calling.hours"),
    ] {
        assert!(
            ask(new_york(now), false, &[]).starts_with(expected),
            "{now}: {}",
            ask(new_york(now), false, &[])
        );
    }
    // The hours of a campaign and the calling hours both have to be open.
    let early = vec![SendWindow::new(&[1], 6 * 60, 9 * 60).unwrap()];
    assert!(ask(new_york("2027-06-04T12:00"), true, &early).starts_with("hold 4080m window.closed"));
    let never = vec![SendWindow::new(&[1], 6 * 60, 7 * 60).unwrap()];
    assert!(ask(new_york("2027-06-07T06:00"), true, &never).contains("window.never"));
    // Hours in which it may not arrive do not make it late.
    let night = GuardFacts {
        channel: Channel::Voicemail,
        now: new_york("2027-06-05T08:30"),
        due_at: new_york("2027-06-04T21:30"),
        hours: &Hours::default(),
        ..case.facts()
    };
    assert_eq!(say(&night), "go");
}

#[test]
fn a_platform_that_counts_what_waits_for_an_answer_refuses_the_eleventh() {
    let case = Case::new();
    for (channel, unanswered, expected) in
        [(Channel::Tiktok, 9, "go"), (Channel::Tiktok, 10, "refuse"), (Channel::Whatsapp, 10, "go")]
    {
        let facts = GuardFacts { channel, last_inbound: Some(case.now), unanswered, ..case.facts() };
        assert!(say(&facts).starts_with(expected), "{channel} {unanswered}: {}", say(&facts));
    }
}
