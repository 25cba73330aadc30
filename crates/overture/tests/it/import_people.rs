//! What an import finds people by, whose the new ones become, and what all of them agreed to: by the numbers of the
//! database, and undone with the rest.

use crate::{
    imports::{Dice, claim, counts, look, made_by, mapping, uploaded},
    kit::*,
};
use overture::imports::{check, run::run_in_transactions, undo::run_in_rounds};
use serde_json::{Value, json};
use std::collections::BTreeMap;

both! {
    whatever_finds_people_a_model_says_what_happens,
    new_contacts_are_given_out_in_turn,
    who_may_no_longer_come_in_is_given_nothing,
    a_rep_keeps_what_they_import,
    a_consent_is_written_down_once_and_never_against_a_withdrawal,
    what_people_agreed_to_goes_with_the_undo,
    options_that_make_no_sense_are_refused,
}

fn path(import: &Value, action: &str) -> String {
    format!("/api/imports/{}/{action}", import["id"].as_str().unwrap())
}

/// The guesses as rules, with more.
fn rules(import: &Value, more: Value) -> Value {
    let mut rules = json!({ "mapping": mapping(import), "default_country": "US", "on_match": "fill" });
    rules.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rules
}

async fn import_with(app: &TestApp, file: impl Into<Vec<u8>>, more: Value, rows: i64) -> Value {
    let made = uploaded(&app.admin, file).await;
    app.admin.post(&path(&made, "start"), rules(&made, more)).await;
    run_in_transactions(&app.app, claim(app, "tester").await.unwrap(), "tester", rows).await.unwrap();
    look(app, &made).await
}

async fn everybody(app: &TestApp) -> Vec<Value> {
    all_of(app, "").await
}

/// Every contact that fits.
async fn all_of(app: &TestApp, query: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.admin.get(&format!("/api/contacts?limit=200{query}{cursor}")).await;
        all.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn consents(app: &TestApp, contact: &Value) -> Vec<Value> {
    let id = contact["id"].as_str().unwrap();
    let said = app.admin.get(&format!("/api/contacts/{id}/consents")).await;
    said["data"].as_array().unwrap().clone()
}

async fn me(client: &Client) -> Value {
    client.get("/api/auth/me").await["member"]["id"].clone()
}

/// What an import should do, in the simplest words. A person is e-mail, phone, first name, city.
#[derive(Default)]
struct Model {
    people: Vec<[String; 4]>,
    /// Created, updated, unchanged, skipped, failed, suppressed.
    counts: [i64; 6],
    /// By place of the person: consents of imports.
    agreed: BTreeMap<usize, i64>,
}

struct Round<'a> {
    match_by: &'a str,
    without_key: &'a str,
    on_match: &'a str,
    agrees: bool,
}

const STOPPED: [&str; 2] = ["p3@x.example", "+14155557004"];

impl Model {
    fn row(&mut self, cells: [String; 4], round: &Round<'_>, met: &mut Vec<usize>) {
        // A blank line is no row.
        if cells.iter().all(String::is_empty) {
            return;
        }
        let [email, phone, ..] = &cells;
        let has_key = match round.match_by {
            "email" => !email.is_empty(),
            "phone" => !phone.is_empty(),
            _ => true,
        };
        if (email.is_empty() && phone.is_empty()) || (!has_key && round.without_key == "reject") {
            self.counts[4] += 1;
            return;
        }
        let by_phone = round.match_by == "phone" || round.match_by == "email_then_phone" && email.is_empty();
        let is_it = |person: &[String; 4]| if by_phone { person[1] == *phone } else { person[0] == *email };
        let found = self.people.iter().position(|person| has_key && is_it(person));
        let is_taken = !email.is_empty() && self.people.iter().any(|person| person[0] == *email);
        if found.is_none() && is_taken {
            self.counts[4] += 1;
            return;
        }
        self.counts[5] += i64::from(STOPPED.contains(&email.as_str()) || STOPPED.contains(&phone.as_str()));
        let Some(at) = found else {
            self.people.push(cells);
            self.counts[0] += 1;
            met.push(self.people.len() - 1);
            return;
        };
        if round.on_match == "skip" {
            self.counts[3] += 1;
            return;
        }
        met.push(at);
        let person = &mut self.people[at];
        let before = person.clone();
        for (old, new) in person.iter_mut().zip(cells).skip(1) {
            if !new.is_empty() && (round.on_match == "overwrite" || old.is_empty()) {
                *old = new;
            }
        }
        self.counts[if *person == before { 2 } else { 1 }] += 1;
    }

    fn file(&mut self, dice: &mut Dice, round: &Round<'_>) -> String {
        let mut file = String::from("email,phone,first name,city\n");
        let mut met = Vec::new();
        for _ in 0..1 + dice.below(150) {
            let (mut email, mut phone) = (String::new(), String::new());
            // Where phone numbers find people, nobody comes to have the number of somebody else.
            if round.match_by == "phone" || dice.below(5) > 0 {
                email = format!("p{}@x.example", dice.below(60));
            }
            if round.match_by == "phone" || email.is_empty() {
                phone = format!("+1415555{:04}", 7_000 + dice.below(60));
            }
            match dice.below(8) {
                0 => email.clear(),
                1 => phone.clear(),
                _ => {}
            }
            let cells = [
                email,
                phone,
                dice.pick(&["", "Ann", "Bob"]).to_owned(),
                dice.pick(&["", "Oslo"]).to_owned(),
            ];
            file += &(cells.join(",") + "\n");
            self.row(cells, round, &mut met);
        }
        if round.agrees {
            met.sort_unstable();
            met.dedup();
            for at in met {
                if !STOPPED.iter().any(|stopped| self.people[at].iter().any(|cell| cell == stopped)) {
                    *self.agreed.entry(at).or_default() += 1;
                }
            }
        }
        file
    }
}

async fn whatever_finds_people_a_model_says_what_happens(app: TestApp) {
    for value in STOPPED {
        app.admin
            .post("/api/suppressions", json!({ "channel": "all", "value": value, "reason": "asked" }))
            .await;
    }
    let seed = 0x5EED_0027;
    let mut dice = Dice(seed);
    let members =
        [me(&app.admin).await, me(&app.member("rep").await).await, me(&app.member("rep").await).await];
    for match_by in ["email", "phone", "email_then_phone"] {
        let mut model = Model::default();
        for n in 0..6 {
            let round = Round {
                match_by,
                without_key: dice.pick(&["create", "reject"]),
                on_match: dice.pick(&["skip", "fill", "overwrite"]),
                agrees: dice.below(2) == 0,
            };
            let before = model.counts;
            let file = model.file(&mut dice, &round);
            let owners = &members[..dice.below(4) as usize];
            let consent = json!({ "channels": ["email"], "source": "Fair" });
            let options = json!({
                "match_by": match_by, "without_key": round.without_key, "on_match": round.on_match,
                "owner_ids": owners, "consent": if round.agrees { consent } else { Value::Null },
            });
            let place = format!("seed {seed:#x}, {match_by}, round {n}, {options}:\n{file}");
            let made = uploaded(&app.admin, file).await;
            let body = rules(&made, options);
            app.admin.post(&path(&made, "check"), body.clone()).await;
            check::run(&app.app, claim(&app, "checker").await.unwrap(), "checker").await.unwrap();
            let found = look(&app, &made).await["check"]["found"].clone();
            app.admin.post(&path(&made, "start"), body).await;
            let rows = 1 + i64::try_from(dice.below(60)).unwrap();
            run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", rows)
                .await
                .unwrap();
            let done = look(&app, &made).await;
            let said = counts(&done);
            let expected: Vec<i64> = model.counts.iter().zip(before).map(|(now, was)| now - was).collect();
            assert_eq!(said[..], expected[..], "chunks of {rows}, {place}");
            let checked = ["created", "updated", "unchanged", "skipped", "failed", "suppressed"]
                .map(|name| found[name].as_i64().unwrap());
            assert_eq!(checked, said, "the check, {place}");
            assert_eq!(made_by(&app, &done).await, said[0], "{place}");
            let all = everybody(&app).await;
            let mut people: Vec<[String; 4]> = all
                .iter()
                .map(|c| {
                    ["email", "phone", "first_name", "city"]
                        .map(|f| c[f].as_str().unwrap_or_default().to_owned())
                })
                .collect();
            people.sort_unstable();
            let mut wanted = model.people.clone();
            wanted.sort_unstable();
            assert_eq!(people, wanted, "{place}");
            // New ones are given out evenly.
            let new = all_of(&app, &format!("&import_id={}", done["id"].as_str().unwrap())).await;
            let mut given: BTreeMap<String, i64> = BTreeMap::new();
            for contact in new {
                *given.entry(contact["owner_id"].to_string()).or_default() += 1;
            }
            let owners = if owners.is_empty() { &members[..1] } else { owners };
            let each: Vec<i64> =
                owners.iter().map(|owner| given.remove(&owner.to_string()).unwrap_or(0)).collect();
            assert_eq!((each.iter().sum::<i64>(), given.len()), (said[0], 0), "{place}");
            assert!(each.iter().max().unwrap() - each.iter().min().unwrap() <= 1, "{each:?}, {place}");
        }
        let mut agreed = 0;
        for contact in everybody(&app).await {
            agreed += consents(&app, &contact).await.len() as i64;
        }
        assert_eq!(agreed, model.agreed.values().sum::<i64>(), "{match_by}");
        for contact in everybody(&app).await {
            app.admin
                .call("DELETE", &format!("/api/contacts/{}", contact["id"].as_str().unwrap()), &json!({}))
                .await;
        }
    }
}

fn crowd(from: usize, to: usize) -> String {
    let rows = (from..to).map(|n| format!("p{n}@x.example,P{n}\n")).collect::<String>();
    format!("email,first name\n{rows}")
}

/// How many contacts each of these has.
async fn shares(app: &TestApp, members: &[Value]) -> Vec<usize> {
    let all = everybody(app).await;
    members.iter().map(|member| all.iter().filter(|contact| contact["owner_id"] == *member).count()).collect()
}

async fn new_contacts_are_given_out_in_turn(app: TestApp) {
    let members = [
        me(&app.member("rep").await).await,
        me(&app.member("rep").await).await,
        me(&app.member("manager").await).await,
    ];
    // Known already, and everybody's own: they stay whose they are.
    import_with(&app, crowd(0, 5), json!({}), 100).await;
    let done = import_with(&app, crowd(0, 35), json!({ "owner_ids": members }), 7).await;
    assert_eq!(counts(&done)[0], 30, "{done}");
    assert_eq!(shares(&app, &members).await, [10, 10, 10]);
    assert_eq!(done["owners"].as_array().unwrap().len(), 3, "{done}");
    // One alone; named twice makes no second turn.
    let one = json!({ "owner_ids": [members[1], members[1]] });
    import_with(&app, crowd(35, 40), one, 2).await;
    assert_eq!(shares(&app, &members).await, [10, 15, 10]);
}

async fn who_may_no_longer_come_in_is_given_nothing(app: TestApp) {
    let (stays, goes) = (me(&app.member("rep").await).await, me(&app.member("rep").await).await);
    let made = uploaded(&app.admin, crowd(0, 9)).await;
    app.admin.post(&path(&made, "start"), rules(&made, json!({ "owner_ids": [goes, stays] }))).await;
    let other = uploaded(&app.admin, crowd(9, 12)).await;
    app.admin.post(&path(&other, "start"), rules(&other, json!({ "owner_ids": [goes] }))).await;
    app.admin.patch(&format!("/api/members/{}", goes.as_str().unwrap()), json!({ "disabled": true })).await;
    for _ in 0..2 {
        run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", 4).await.unwrap();
    }
    let importer = me(&app.admin).await;
    assert_eq!(shares(&app, &[stays, goes.clone(), importer]).await, [9, 0, 3]);
    let third = uploaded(&app.admin, crowd(20, 21)).await;
    let body = rules(&third, json!({ "owner_ids": [goes] }));
    let refused = app.admin.call("POST", &path(&third, "start"), &body).await.json()["error"].clone();
    assert_eq!(refused["fields"][0]["field"], "owner_ids", "{refused}");
}

async fn a_rep_keeps_what_they_import(app: TestApp) {
    let (rep, other) = (app.member("rep").await, me(&app.member("rep").await).await);
    let made = uploaded(&rep, crowd(0, 3)).await;
    for action in ["check", "start"] {
        let body = rules(&made, json!({ "owner_ids": [other] }));
        let refused = rep.call("POST", &path(&made, action), &body).await;
        assert_eq!(refused.status.as_u16(), 403, "{}", refused.json());
    }
    let mine = me(&rep).await;
    rep.post(&path(&made, "start"), rules(&made, json!({ "owner_ids": [mine] }))).await;
    run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", 2).await.unwrap();
    assert_eq!(shares(&app, &[mine]).await, [3]);
}

async fn a_consent_is_written_down_once_and_never_against_a_withdrawal(app: TestApp) {
    let known = app.contact(json!({ "email": "p1@x.example" })).await;
    let away = app.contact(json!({ "email": "p2@x.example" })).await;
    app.contact(json!({ "email": "p3@x.example" })).await;
    let withdrawn =
        json!({ "channel": "email", "state": "withdrawn", "source": "Call", "at": "2026-05-01T10:00:00Z" });
    app.admin.post(&format!("/api/contacts/{away}/consents"), withdrawn).await;
    app.admin.post("/api/suppressions", json!({ "channel": "email", "value": "p3@x.example" })).await;
    let consent = json!({ "channels": ["sms", "email", "sms"], "source": " Fair\n2026 ", "at": "2026-05-31T14:00:00Z" });
    let twice = crowd(0, 5) + "p1@x.example,Again\nP0@x.example,Again\n";
    let done = import_with(&app, twice, json!({ "consent": consent, "on_match": "overwrite" }), 3).await;
    assert_eq!(
        done["consent"],
        json!({ "channels": ["email", "sms"], "source": "Fair 2026", "at": "2026-05-31T14:00:00.000Z" })
    );
    let mut said = BTreeMap::new();
    for contact in everybody(&app).await {
        let mut lines: Vec<String> = consents(&app, &contact)
            .await
            .iter()
            .map(|c| {
                [&c["channel"], &c["state"], &c["source"], &c["at"]].map(|v| v.as_str().unwrap()).join(" ")
            })
            .collect();
        lines.sort();
        said.insert(contact["email"].as_str().unwrap().to_owned(), lines);
    }
    let given = |channel: &str| format!("{channel} given Fair 2026 2026-05-31T14:00:00.000Z");
    let both = vec![given("email"), given("sms")];
    let expected = BTreeMap::from([
        ("p0@x.example".to_owned(), both.clone()),
        ("p1@x.example".to_owned(), both.clone()),
        (
            "p2@x.example".to_owned(),
            vec!["email withdrawn Call 2026-05-01T10:00:00.000Z".to_owned(), given("sms")],
        ),
        ("p3@x.example".to_owned(), vec![given("sms")]),
        ("p4@x.example".to_owned(), both),
    ]);
    assert_eq!(said, expected);
    // Who is left alone is left alone.
    let skipped = import_with(&app, crowd(1, 2), json!({ "consent": consent, "on_match": "skip" }), 3).await;
    assert_eq!(counts(&skipped)[3], 1);
    assert_eq!(consents(&app, &json!({ "id": known })).await.len(), 2);
}

async fn what_people_agreed_to_goes_with_the_undo(app: TestApp) {
    let known = app.contact(json!({ "email": "p0@x.example", "first_name": "P0" })).await;
    let form = json!({ "channel": "sms", "state": "given", "source": "Form" });
    app.admin.post(&format!("/api/contacts/{known}/consents"), form).await;
    let before = everybody(&app).await;
    let consent = json!({ "consent": { "channels": ["email", "sms"], "source": "Fair" } });
    let first = import_with(&app, crowd(0, 7), consent.clone(), 3).await;
    // Nothing of the contacts themselves changes.
    let second = import_with(&app, crowd(0, 1), consent, 3).await;
    assert_eq!(counts(&second)[..3], [0, 0, 1]);
    assert_eq!(consents(&app, &json!({ "id": known })).await.len(), 5);
    for (import, left) in [(&second, 3), (&first, 1)] {
        app.admin.post(&path(import, "undo"), json!({})).await;
        run_in_rounds(&app.app, claim(&app, "tester").await.unwrap(), "tester", 2).await.unwrap();
        assert_eq!(look(&app, import).await["undo"]["status"], "done");
        assert_eq!(consents(&app, &json!({ "id": known })).await.len(), left);
    }
    assert_eq!(look(&app, &first).await["undo"]["removed"], 6);
    assert_eq!(everybody(&app).await, before);
}

async fn options_that_make_no_sense_are_refused(app: TestApp) {
    let made = uploaded(&app.admin, crowd(0, 3)).await;
    let neighbour = app.neighbour(7).await.1;
    let table = [
        (json!({ "match_by": "phone" }), "match_by"),
        (json!({ "match_by": "name" }), "match_by"),
        (json!({ "without_key": "keep" }), "without_key"),
        (json!({ "consent": { "channels": [], "source": "Fair" } }), "consent.channels"),
        (json!({ "consent": { "channels": ["email"], "source": " " } }), "consent.source"),
        (json!({ "consent": { "channels": ["email"], "source": "x".repeat(201) } }), "consent.source"),
        (
            json!({ "consent": { "channels": ["email"], "source": "Fair", "at": "2126-01-01T00:00:00Z" } }),
            "consent.at",
        ),
    ];
    for (more, field) in table {
        for action in ["check", "start"] {
            let answer = app.admin.call("POST", &path(&made, action), &rules(&made, more.clone())).await;
            assert_eq!(answer.status.as_u16(), 422, "{more}");
            let error = answer.json()["error"].clone();
            let fields: Vec<&str> =
                error["fields"].as_array().unwrap().iter().map(|f| f["field"].as_str().unwrap()).collect();
            assert!(fields.iter().any(|named| named.starts_with(field)), "{action} {more}: {error}");
        }
    }
    let stranger = rules(&made, json!({ "owner_ids": [me(&neighbour).await] }));
    assert_eq!(app.admin.call("POST", &path(&made, "start"), &stranger).await.status.as_u16(), 404);
    assert_eq!(look(&app, &made).await["status"], "uploaded");
}
