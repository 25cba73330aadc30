//! The engine lives through stories that chance has written: graphs, people, what they do, edits of a running campaign,
//! pauses, and workers that die in the middle. After every event the promises of the engine are checked.
//!
//! A story follows from its number. One that fails prints it, and `OVERTURE_SIMULATION=<number>` tells it again. What
//! dies in the middle dies after so many looks at its future, which is the same place as long as the database answers
//! at the same speed.

use crate::kit::*;
use domain::funnel::{Graph, Severity, returns, validate};
use overture::loops;
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
    pin::pin,
    task::Poll,
};

both! {
    the_engine_keeps_its_promises_whatever_happens,
}

/// Stories of one run where nobody says how many; there are phone numbers for 12,500.
const STORIES: u64 = 40;
/// Events of a story.
const EVENTS: usize = 14;
/// People who are there from the beginning, and who come later.
const PEOPLE: usize = 4;

async fn the_engine_keeps_its_promises_whatever_happens(app: TestApp) {
    let asked = std::env::var("OVERTURE_SIMULATION").ok().map(|text| text.parse().expect("a number"));
    let count = std::env::var("OVERTURE_SIMULATIONS").map_or(STORIES, |text| text.parse().expect("a number"));
    let stories: Vec<u64> = match asked {
        Some(number) => vec![number],
        None => (0..count).collect(),
    };
    for number in stories {
        Story::new(&app, number).await.live().await;
    }
}

/// One campaign, its people, and what is known of them from outside.
struct Story<'a> {
    app: &'a TestApp,
    number: u64,
    chance: SmallRng,
    campaign: String,
    /// Contact and phone of everybody, those first who are in the campaign.
    people: Vec<(String, String)>,
    /// How many of them are in it.
    inside: usize,
    graph: Value,
    /// Every graph that was published.
    published: Vec<Graph>,
    /// Counts the changes of texts.
    edition: u32,
    /// How many messages somebody had got when they wanted no more.
    over: HashMap<String, usize>,
    is_paused: bool,
    told: Vec<String>,
}

impl<'a> Story<'a> {
    async fn new(app: &'a TestApp, number: u64) -> Story<'a> {
        let mut chance = SmallRng::seed_from_u64(number);
        let mut people = Vec::new();
        for n in 0..2 * PEOPLE {
            let phone = format!("+120255{:05}", number * 2 * PEOPLE as u64 + n as u64);
            let city = *["Oslo", "Rome", "Lima"].choose(&mut chance).unwrap();
            let contact = json!({ "phone": phone, "last_name": format!("S{number}N{n}"), "city": city });
            people.push((app.contact(contact).await, phone));
        }
        let graph = drawn(&mut chance);
        let ids: Vec<String> = people[..PEOPLE].iter().map(|(id, _)| id.clone()).collect();
        let campaign = app.campaign(graph.clone(), &ids).await;
        let published = vec![serde_json::from_value(graph.clone()).unwrap()];
        Story {
            app,
            number,
            chance,
            campaign,
            people,
            inside: PEOPLE,
            graph,
            published,
            edition: 0,
            over: HashMap::new(),
            is_paused: false,
            told: Vec::new(),
        }
    }

    async fn live(mut self) {
        for _ in 0..EVENTS {
            let event = self.happen().await;
            self.told.push(event);
            self.judge().await;
        }
        if self.is_paused {
            self.app.admin.post(&format!("/api/campaigns/{}/resume", self.campaign), json!({})).await;
        }
        // Whatever rests has a longest rest of three days, and there are fewer steps than twelve.
        for _ in 0..12 {
            self.app.advance(3 * DAY + HOUR).await;
        }
        self.judge().await;
        let states = self.states().await;
        for (contact, person) in &states {
            let state = person["status"].as_str().unwrap();
            // Somebody may go round for ever where a way leads back.
            let round = self.published.iter().any(|graph| graph.nodes.iter().any(|n| returns(graph, &n.key)));
            self.check(
                round || matches!(state, "completed" | "exited" | "failed" | "paused"),
                format!("{contact} is {state} for ever: {person}"),
            );
        }
    }

    async fn happen(&mut self) -> String {
        let somebody = self.chance.random_range(0..self.inside);
        let (contact, phone) = self.people[somebody].clone();
        match self.chance.random_range(0..13) {
            0..=3 => {
                let ms = self.chance.random_range(1..80) * HOUR;
                self.app.advance(ms).await;
                format!("{} hours pass", ms / HOUR)
            }
            4 => {
                let looks = self.chance.random_range(1..60);
                let died = dies_after(looks, loops::steps::run(self.app.app.clone())).await;
                format!("a worker dies after {looks} looks at the steps: {died}")
            }
            5 => {
                let looks = self.chance.random_range(1..60);
                let died = dies_after(looks, loops::outbox::drain(&self.app.app)).await;
                format!("a worker dies after {looks} looks at the outbox: {died}")
            }
            6 => {
                let sid = format!("SM{}n{}", self.number, self.told.len());
                self.app.deliver(Post::text(&sid, &phone, "Call me tomorrow")).await;
                self.want_no_more(&phone).await;
                format!("{phone} answers")
            }
            7 => {
                let sid = format!("SM{}n{}", self.number, self.told.len());
                self.app.deliver(Post::text(&sid, &phone, "STOP")).await;
                self.want_no_more(&phone).await;
                format!("{phone} opts out")
            }
            8 => {
                let path = format!("/api/campaigns/{}/people/remove", self.campaign);
                self.app.admin.post(&path, json!({ "contact_ids": [contact] })).await;
                self.want_no_more(&phone).await;
                format!("{phone} is taken out")
            }
            9 if self.inside < self.people.len() => {
                let (id, phone) = self.people[self.inside].clone();
                let path = format!("/api/campaigns/{}/people", self.campaign);
                let body = json!({ "audience": { "contact_ids": [id] } });
                // A campaign in which everybody is through takes nobody in.
                if self.app.admin.call("POST", &path, &body).await.status == 200 {
                    self.inside += 1;
                }
                format!("{phone} comes in")
            }
            10 => {
                let verb = if self.is_paused { "resume" } else { "pause" };
                let path = format!("/api/campaigns/{}/{verb}", self.campaign);
                if self.app.admin.call("POST", &path, &json!({})).await.status == 200 {
                    self.is_paused = !self.is_paused;
                }
                format!("somebody presses {verb}")
            }
            _ => self.edit().await,
        }
    }

    /// Another graph is published, with people sent here and there.
    async fn edit(&mut self) -> String {
        self.edition += 1;
        let next = edited(&self.graph, self.edition, &mut self.chance);
        let path = format!("/api/campaigns/{}", self.campaign);
        let saved = self.app.admin.call("PUT", &format!("{path}/draft"), &json!({ "graph": next })).await;
        if saved.status != 200 {
            return "an edit of what is over is refused".into();
        }
        let plan = self.app.admin.get(&format!("{path}/draft/check")).await;
        let keys: Vec<&str> =
            next["nodes"].as_array().unwrap().iter().map(|n| n["key"].as_str().unwrap()).collect();
        let mut choices = Vec::new();
        for place in plan["places"].as_array().unwrap() {
            let mut choice = json!({ "version": place["version"], "node": place["node"] });
            match self.chance.random_range(0..5) {
                0 => choice["do"] = json!("stay"),
                1 => choice["do"] = json!("end"),
                2 => {
                    choice["do"] = json!("move");
                    choice["to"] = json!(keys.choose(&mut self.chance).unwrap());
                }
                _ => continue,
            }
            choices.push(choice);
        }
        let body = json!({ "choices": choices });
        let answer = self.app.admin.call("POST", &format!("{path}/publish"), &body).await;
        if answer.status == 200 {
            self.graph = next;
            self.published.push(serde_json::from_value(self.graph.clone()).unwrap());
        } else {
            // What cannot run is not published, and nothing else keeps a version back.
            self.check(answer.json()["error"]["name"] == "funnel.invalid", answer.brief());
        }
        format!("version {} is published with {body}", self.published.len())
    }

    async fn want_no_more(&mut self, phone: &str) {
        let so_far = self.letters().await.get(phone).map_or(0, Vec::len);
        self.over.entry(phone.to_owned()).or_insert(so_far);
    }

    /// What everybody got, oldest first.
    async fn letters(&self) -> BTreeMap<String, Vec<String>> {
        let mut got: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for letter in self.app.world.letters("sms").await.into_iter().rev() {
            let to = letter["to"][0].as_str().unwrap();
            if self.people.iter().any(|(_, phone)| phone == to) {
                got.entry(to.to_owned()).or_default().push(letter["text"].as_str().unwrap().to_owned());
            }
        }
        got
    }

    async fn states(&self) -> BTreeMap<String, Value> {
        let people = self.app.people(&self.campaign).await;
        people.into_iter().map(|p| (p["contact_id"].as_str().unwrap().to_owned(), p)).collect()
    }

    fn check(&self, holds: bool, what: impl std::fmt::Display) {
        assert!(
            holds,
            "{what}\nin story {} of which this is told:\n  {}\nwith these graphs: {:#?}",
            self.number,
            self.told.join("\n  "),
            self.published
        );
    }

    async fn judge(&self) {
        let got = self.letters().await;
        for (phone, texts) in &got {
            let mut seen = BTreeSet::new();
            for text in texts {
                let key = text.split(' ').next().unwrap();
                let again = self.published.iter().any(|graph| returns(graph, key));
                self.check(
                    again || seen.insert(key),
                    format!("{phone} got the text of {key} twice: {texts:?}"),
                );
            }
            if let Some(most) = self.over.get(phone) {
                // One that was on its way when they said so may still arrive.
                let late = texts.len().saturating_sub(*most);
                self.check(late == 0, format!("{phone} got {late} texts after the end: {texts:?}"));
            }
        }
        let messages = self.messages().await;
        for (contact, person) in self.states().await {
            let open: Vec<&Value> = messages.iter().filter(|m| m["contact_id"] == contact.as_str()).collect();
            match person["status"].as_str().unwrap() {
                "waiting" => self.check(open.len() == 1, format!("{person} waits for one of {open:?}")),
                "active" => {
                    self.check(open.is_empty(), format!("{person} goes on beside {open:?}"));
                    self.check(!person["due_at"].is_null(), format!("{person} is never looked at again"));
                }
                "paused" => self.check(!person["why"].is_null(), format!("{person} is held for no reason")),
                _ => {
                    let queued = open.iter().filter(|m| m["status"] == "queued").count();
                    self.check(queued == 0, format!("{person} is through and has {open:?}"));
                }
            }
            let node = person["node_key"].as_str().unwrap();
            self.check(
                self.published.iter().any(|graph| graph.node(node).is_some()),
                format!("{person} stands on no step of any version"),
            );
        }
    }

    /// Every message that waits, is leaving or is in doubt.
    async fn messages(&self) -> Vec<Value> {
        let mut open = Vec::new();
        for status in ["queued", "sending", "uncertain"] {
            let page = self.app.admin.get(&format!("/api/messages?limit=200&status={status}")).await;
            open.extend(page["data"].as_array().unwrap().iter().cloned());
        }
        open
    }
}

/// Looks at a future so many times and then drops it, as if its process had died. Whether it did.
async fn dies_after<T>(looks: usize, work: impl Future<Output = T>) -> bool {
    let mut work = pin!(work);
    let mut left = looks;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(true);
        }
        left -= 1;
        work.as_mut().poll(cx).map(|_| false)
    })
    .await
}

/// A sound graph of four to seven steps in a row, with ways past some of them and back.
fn drawn(chance: &mut SmallRng) -> Value {
    loop {
        let count = chance.random_range(4..8);
        let mut nodes = vec![sms("T0", "T0 of 0")];
        for n in 1..count {
            nodes.push(any_node(&format!("N{n}"), 0, chance));
        }
        let graph = ways(nodes, chance);
        let problems = validate(&serde_json::from_value(graph.clone()).unwrap());
        if problems.iter().all(|problem| problem.severity != Severity::Error) {
            return graph;
        }
    }
}

fn any_node(key: &str, edition: u32, chance: &mut SmallRng) -> Value {
    match chance.random_range(0..6) {
        0..=2 => sms(key, &format!("{key} of {edition}")),
        3 | 4 => wait(key, chance.random_range(1..72) * HOUR),
        _ => condition(key),
    }
}

/// Leads from each step to the next, sometimes past it, sometimes back.
fn ways(nodes: Vec<Value>, chance: &mut SmallRng) -> Value {
    let keys: Vec<String> = nodes.iter().map(|node| node["key"].as_str().unwrap().to_owned()).collect();
    let mut edges = Vec::new();
    for (n, key) in keys.iter().enumerate() {
        if n + 2 < keys.len() && chance.random_bool(0.3) {
            let past = chance.random_range(n + 2..keys.len());
            let city = *["Oslo", "Rome"].choose(chance).unwrap();
            let asked = json!({ "field": "contact.city", "op": "is", "value": city });
            edges.push(json!({ "from": key, "to": keys[past], "condition": asked }));
        }
        if n > 0 && chance.random_bool(0.08) {
            let asked = json!({ "field": "contact.city", "op": "is", "value": "Lima" });
            edges.push(json!({ "from": key, "to": keys[chance.random_range(1..=n)], "condition": asked }));
        }
        if let Some(next) = keys.get(n + 1) {
            edges.push(edge(key, next));
        }
    }
    json!({ "nodes": nodes, "edges": edges })
}

/// The graph with a step more, a step fewer, other words, another order, or other ways.
fn edited(graph: &Value, edition: u32, chance: &mut SmallRng) -> Value {
    let mut nodes = graph["nodes"].as_array().unwrap().clone();
    let at = chance.random_range(0..nodes.len());
    match chance.random_range(0..6) {
        0 => nodes.insert(at, any_node(&format!("E{edition}"), edition, chance)),
        1 if nodes.len() > 2 => {
            nodes.remove(at);
        }
        2 => {
            let other = chance.random_range(0..nodes.len());
            nodes.swap(at, other);
        }
        3 => {
            let key = nodes[at]["key"].as_str().unwrap().to_owned();
            nodes[at] = any_node(&key, edition, chance);
        }
        4 => {
            for node in nodes.iter_mut().filter(|node| node["type"] == "sms_send") {
                let key = node["key"].as_str().unwrap().to_owned();
                *node = sms(&key, &format!("{key} of {edition}"));
            }
        }
        _ => {}
    }
    ways(nodes, chance)
}
