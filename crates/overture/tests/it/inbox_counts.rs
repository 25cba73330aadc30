//! The numbers beside the parts of the inbox, which triggers keep, against what is counted from scratch: whatever is
//! done, in whatever order, and whenever they are summed up.

use crate::{
    imports::Dice,
    inbox::{at, member_id},
    kit::*,
    receiving::letter,
    sla::day_and_night,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

both! {
    whatever_is_done_the_parts_hold_what_they_show,
}

const DEEDS: usize = 220;
/// Who writes, some of them nobody knows.
const PEOPLE: u64 = 9;
/// Parts whose number is that of the conversations in them. In `mentions` it is that of those not seen.
const PARTS: [&str; 9] =
    ["open", "unread", "mine", "unassigned", "late", "snoozed", "done", "unmatched", "blocked"];

struct Play {
    app: TestApp,
    dice: Dice,
    rita: Client,
    /// The members who can be asked to answer.
    members: Vec<String>,
    written: usize,
    /// What was merged into what.
    merged: Vec<(String, String)>,
    /// How often each deed was taken, and how often it was refused.
    done: BTreeMap<&'static str, [usize; 2]>,
}

async fn whatever_is_done_the_parts_hold_what_they_show(app: TestApp) {
    let rita = app.member("rep").await;
    let members = vec![member_id(&app.admin).await, member_id(&rita).await];
    app.admin.patch("/api/reply-times", day_and_night(60)).await;
    let mut play = Play {
        app,
        dice: Dice(20_261_123),
        rita,
        members,
        written: 0,
        merged: vec![],
        done: BTreeMap::new(),
    };
    for n in 0..DEEDS {
        let deed = play.act().await;
        play.check(&format!("{deed}, deed {n}")).await;
    }
    play.app.advance(3 * HOUR).await;
    play.check("some hours later").await;
    println!("{:?}", play.done);
    let rare: Vec<_> = play.done.iter().filter(|(_, [taken, refused])| taken == refused).collect();
    assert!(rare.is_empty(), "never done: {rare:?}");
    assert!(play.done.len() >= 18, "{:?}", play.done);
}

impl Play {
    /// Does something that comes to mind; its name.
    async fn act(&mut self) -> &'static str {
        let deeds = [
            "text",
            "text",
            "text",
            "text",
            "text",
            "mail",
            "mail",
            "read",
            "unread",
            "done",
            "reopen",
            "snooze",
            "block",
            "unblock",
            "assign",
            "give back",
            "merge",
            "merge",
            "unmerge",
            "unmerge",
            "split",
            "split",
            "link",
            "join",
            "erase",
            "hand over",
            "know",
            "know",
            "know",
            "many",
            "time",
            "sum",
        ];
        let deed = self.dice.pick(&deeds);
        let taken = self.take(deed).await;
        let count = self.done.entry(deed).or_default();
        count[0] += 1;
        count[1] += usize::from(!taken);
        deed
    }

    /// Whether it was done: what is not possible is refused.
    async fn take(&mut self, deed: &'static str) -> bool {
        let (one, other) = (self.conversation().await, self.conversation().await);
        let nothing = json!({});
        match deed {
            "text" | "mail" => return self.hear(deed).await,
            "time" => {
                self.app.advance(40 * MINUTE).await;
                return true;
            }
            "sum" => {
                while store::conversation::sum_up(&self.app.app.db).await.unwrap() {}
                return true;
            }
            "know" => {
                let who = self.dice.below(PEOPLE);
                return self.post("/api/contacts", json!({ "phone": phone(who), "email": mail(who) })).await;
            }
            "join" | "erase" | "hand over" => return self.change_people(deed).await,
            _ => {}
        }
        let (Some(one), Some(other)) = (one, other) else { return false };
        let (one, other) = match deed {
            "merge" => self.two_of_one_person().await.unwrap_or((one, other)),
            "unmerge" => self.merged.pop().unwrap_or((one, other)),
            _ => (one, other),
        };
        let member = &self.members[self.dice.below(2) as usize].clone();
        let body = match deed {
            "snooze" => json!({ "until": "in 2 hours" }),
            "assign" => json!({ "assignee_id": member }),
            "merge" | "unmerge" => json!({ "other_id": other }),
            "split" => {
                let said = self.app.admin.get(&at(&one, "messages")).await;
                json!({ "from_message_id": said["data"][0]["id"] })
            }
            "link" => json!({ "contact_id": self.contact().await }),
            "many" => {
                let kind = self.dice.pick(&["done", "reopen", "read", "block", "unblock"]);
                let body = json!({ "ids": [one, other], "action": { "kind": kind } });
                return self.post("/api/conversations/bulk", body).await;
            }
            _ => nothing,
        };
        let verb = if deed == "give back" { "assign" } else { deed };
        let is_done = self.post(&at(&one, verb), body).await;
        if is_done && deed == "merge" {
            self.merged.push((one, other));
        }
        is_done
    }

    async fn post(&self, path: &str, body: Value) -> bool {
        let answer = self.app.admin.call("POST", path, &body).await;
        assert!(!answer.status.is_server_error(), "{path} {body}: {answer:?}");
        answer.status.is_success()
    }

    /// Somebody writes, known or not.
    async fn hear(&mut self, way: &str) -> bool {
        self.written += 1;
        let (n, who) = (self.written, self.dice.below(PEOPLE));
        let post = if way == "text" {
            Post::text(&format!("SM{n}"), &phone(who), &format!("Text {n}"))
        } else {
            let id = format!("<{n}@people.example>");
            let raw = letter(&mail(who), &our_email(1), &id, "", &format!("Mail {n}"));
            Post::mail(self.app.email_sender.as_str(), raw)
        };
        self.app.deliver(post).await;
        true
    }

    /// Two become one, one goes, or all of somebody's go to somebody else.
    async fn change_people(&mut self, deed: &str) -> bool {
        let (Some(one), Some(other)) = (self.contact().await, self.contact().await) else { return false };
        match deed {
            "join" => self.post(&format!("/api/contacts/{one}/merge"), json!({ "other_id": other })).await,
            "erase" => {
                let person = self.app.admin.get(&format!("/api/contacts/{one}")).await;
                let confirm = person["email"].as_str().or(person["phone"].as_str()).unwrap_or("ERASE");
                self.post(&format!("/api/contacts/{one}/erase"), json!({ "confirm": confirm })).await
            }
            _ => {
                let owner = &self.members[self.dice.below(2) as usize];
                let body = json!({ "owner_id": owner, "who": { "contact_ids": [one, other] } });
                self.post("/api/contacts/assign", body).await
            }
        }
    }

    async fn conversation(&mut self) -> Option<String> {
        let part = self.dice.pick(&["all", "all", "all", "done", "blocked", "snoozed", "unmatched"]);
        self.one_of(&format!("/api/conversations?limit=200&view={part}")).await
    }

    async fn two_of_one_person(&mut self) -> Option<(String, String)> {
        let page = self.app.admin.get("/api/conversations?limit=200&view=all").await;
        let all = page["data"].as_array().unwrap();
        let start = self.dice.below(all.len().max(1) as u64) as usize;
        let id = |c: &Value| c["id"].as_str().unwrap().to_owned();
        all.iter().cycle().skip(start).take(all.len()).find_map(|one| {
            let is_same = |other: &&Value| {
                other["id"] != one["id"]
                    && other["contact_id"] == one["contact_id"]
                    && one["contact_id"].is_string()
            };
            Some((id(one), id(all.iter().find(is_same)?)))
        })
    }

    async fn contact(&mut self) -> Option<String> {
        self.one_of("/api/contacts?limit=200").await
    }

    async fn one_of(&mut self, path: &str) -> Option<String> {
        let page = self.app.admin.get(path).await;
        let data = page["data"].as_array().unwrap();
        let one = data.get(self.dice.below(data.len().max(1) as u64) as usize)?;
        Some(one["id"].as_str().unwrap().to_owned())
    }

    /// The numbers of who sees all and of who sees their own are those of the lists; and each line that triggers wrote
    /// has its conversation.
    async fn check(&self, after: &str) {
        for client in [&self.app.admin, &self.rita] {
            let counts = client.get("/api/conversations?limit=1").await["counts"].clone();
            for part in PARTS {
                let all = client.get(&format!("/api/conversations/count?view={part}")).await;
                assert_eq!(counts[part], all["total"], "{part} after: {after}: {counts}");
            }
        }
        self.app.numbers_are_right().await;
    }
}

fn phone(who: u64) -> String {
    format!("+141555501{who:02}")
}

fn mail(who: u64) -> String {
    format!("p{who}@people.example")
}
