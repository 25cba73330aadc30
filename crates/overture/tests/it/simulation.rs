//! The engine lives through stories that chance has written: graphs, people, what they do, edits of a running campaign,
//! pauses, and nodes that die in the middle. After every round of events the promises of the engine are checked.
//!
//! Stories are told many at once: each has a campaign and people of its own, while time passes, and nodes die, for all of
//! a telling together. So what a story costs is its own events, and not the loops' looks at an empty queue. A story
//! follows from its number and that of its telling; one that fails prints both, and `OVERTURE_SIMULATION=<number>` tells
//! its telling again. What dies in the middle dies after so many looks at its future, which is the same place as long as
//! the database answers at the same speed.

use crate::kit::*;
use domain::funnel::{Graph, Severity, returns, validate};
use domain::ids::ContactId;
use overture::loops;
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    future::Future,
    ops::Range,
    pin::pin,
    task::Poll,
};
use store::contact::{self, Fields};

/// Makes a test of each range of tellings, on a database of the kind.
macro_rules! tellings {
    ($($name:ident: $kind:ident $range:expr),* $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn the_engine_keeps_its_promises_whatever_happens() {
                super::tell(super::Kind::$kind, $range).await;
            }
        })*
    };
}

// 2,000 stories; each range is a process of its own under nextest.
tellings! {
    sqlite_first: Sqlite 0..16,
    sqlite_second: Sqlite 16..32,
    sqlite_third: Sqlite 32..48,
    sqlite_fourth: Sqlite 48..64,
    postgres_first: Postgres 64..72,
    postgres_second: Postgres 72..80,
}

#[derive(Clone, Copy)]
enum Kind {
    Sqlite,
    Postgres,
}

/// Stories of one telling.
const STORIES: u64 = 25;
/// Rounds of events.
const ROUNDS: usize = 12;
/// People who are there from the beginning, and who come later.
const PEOPLE: usize = 2;

async fn tell(kind: Kind, tellings: Range<u64>) {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let (one, many) = (number("OVERTURE_SIMULATION"), number("OVERTURE_SIMULATIONS"));
    let tellings: Vec<u64> = match (one, many) {
        (Some(story), _) if tellings.contains(&(story / STORIES)) => vec![story / STORIES],
        (Some(_), _) => vec![],
        // Others than every time, in the same share of each range.
        (None, Some(count)) => {
            let share = (count / STORIES).max(1).div_ceil(80) * (tellings.end - tellings.start);
            let from = 1_000 + tellings.start * share;
            (from..from + share).collect()
        }
        (None, None) => tellings.collect(),
    };
    for telling in tellings {
        let app = match kind {
            Kind::Sqlite => TestApp::sqlite().await,
            Kind::Postgres => match TestApp::postgres().await {
                Some(app) => app,
                None => return,
            },
        };
        println!("stories {} to {}", telling * STORIES, (telling + 1) * STORIES - 1);
        Telling::new(&app, telling).await.live().await;
    }
}

/// Stories that are told at once.
struct Telling<'a> {
    app: &'a TestApp,
    chance: SmallRng,
    stories: Vec<Story>,
    /// What everybody got, oldest first, by phone.
    letters: HashMap<String, Vec<String>>,
    /// How many letters that is.
    known: u64,
    told: Vec<String>,
    /// Who brings what people write.
    post: Client,
}

/// One campaign, its people, and what is known of them from outside.
struct Story {
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
    /// Who says in this round that they want no more.
    saying: Vec<String>,
    is_paused: bool,
    told: Vec<String>,
}

/// Somebody in a campaign, as the database has them.
struct Person {
    contact: String,
    status: String,
    node: String,
    is_due: bool,
    has_reason: bool,
    open: i64,
    queued: i64,
    /// What there is to say of a message that is not through.
    message: Option<String>,
}

impl<'a> Telling<'a> {
    async fn new(app: &'a TestApp, number: u64) -> Telling<'a> {
        // All stories share a sender, and more people opt out here than any sender should go on after.
        let never = json!({ "most_per_10000": 10_000, "sample": 10_000 });
        let thresholds = json!({ "bounces": never, "complaints": never, "opt_outs": never });
        let tx = app.app.db.begin().await.unwrap();
        tx.execute_unprepared(&format!("update workspaces set thresholds = '{thresholds}'")).await.unwrap();
        app.app.commit(tx).await.unwrap();
        let mut stories = Vec::new();
        for place in 0..STORIES {
            stories.push(Story::new(app, number * STORIES + place, place).await);
        }
        let chance = SmallRng::seed_from_u64(u64::MAX - number);
        Telling {
            app,
            chance,
            stories,
            letters: HashMap::new(),
            known: 0,
            told: Vec::new(),
            post: Client::anonymous(&app.app),
        }
    }

    async fn live(mut self) {
        for _ in 0..ROUNDS {
            let runs = self.happen().await;
            // What left when a node died is known before anybody wants no more.
            self.look().await;
            for story in &mut self.stories {
                let event = story.happen(self.app, &self.post, runs, &self.letters).await;
                story.told.push(event);
            }
            if runs {
                self.app.run_due().await;
            }
            self.look().await;
            self.judge().await;
        }
        for story in self.stories.iter().filter(|story| story.is_paused) {
            self.app.admin.post(&format!("/api/campaigns/{}/resume", story.campaign), json!({})).await;
        }
        // Whatever rests has a longest rest of three days, and there are fewer steps than twelve.
        for _ in 0..12 {
            self.app.advance(3 * DAY + HOUR).await;
        }
        self.look().await;
        let people = self.judge().await;
        // Where a way leads back a text may come again, but never the same message.
        self.app.world.taken("sms").await;
        for story in &self.stories {
            // Somebody may go round for ever where a way leads back.
            let round =
                story.published.iter().any(|graph| graph.nodes.iter().any(|n| returns(graph, &n.key)));
            for person in &people[&story.campaign] {
                self.check(
                    story,
                    round || matches!(person.status.as_str(), "completed" | "exited" | "failed" | "paused"),
                    format!(
                        "{} is {} for ever, at {}: {:?}",
                        person.contact, person.status, person.node, person.message
                    ),
                );
            }
        }
    }

    /// What happens to all. Whether the loops run to their end in this round.
    async fn happen(&mut self) -> bool {
        let looks = self.chance.random_range(1..60);
        let told = match self.chance.random_range(0..10) {
            0 => {
                let died = dies_after(looks, loops::steps::run(self.app.app.clone())).await;
                format!("a node dies after {looks} looks at the steps: {died}")
            }
            1 => {
                let died = dies_after(looks, loops::outbox::drain(&self.app.app)).await;
                format!("a node dies after {looks} looks at the outbox: {died}")
            }
            2 | 3 => {
                loops::steps::run(self.app.app.clone()).await.unwrap();
                self.dies_unheard().await;
                "a node dies between its calls and their record".into()
            }
            4 | 5 => {
                self.app.clock.advance(self.chance.random_range(1..30) * HOUR);
                loops::steps::run(self.app.app.clone()).await.unwrap();
                "hours pass, and what is written waits in the queue".into()
            }
            _ => {
                let ms = self.chance.random_range(1..80) * HOUR;
                self.app.clock.advance(ms);
                self.told.push(format!("{} hours pass", ms / HOUR));
                return true;
            }
        };
        self.told.push(told);
        false
    }

    /// What a node sent is never written down; its leases end.
    async fn dies_unheard(&self) {
        let (begin, end): (&[&str], &[&str]) = if self.app.is_sqlite() {
            (
                &["create trigger unheard before update on messages when old.status = 'sending' and new.status <> 'sending'
                   begin select raise(abort, 'the power is out'); end"],
                &["drop trigger unheard"],
            )
        } else {
            (
                &[
                    "create function unheard() returns trigger language plpgsql as $$
                     begin raise exception 'the power is out'; end $$",
                    "create trigger unheard before update on messages for each row
                     when (old.status = 'sending' and new.status <> 'sending') execute function unheard()",
                ],
                &["drop trigger unheard on messages", "drop function unheard()"],
            )
        };
        self.run(begin).await;
        loops::outbox::drain(&self.app.app).await.unwrap();
        self.run(end).await;
        self.run(&["update messages set lease_until = 1 where status = 'sending'"]).await;
    }

    async fn run(&self, statements: &[&str]) {
        let tx = self.app.app.db.begin().await.unwrap();
        for statement in statements {
            tx.execute_unprepared(statement).await.unwrap();
        }
        self.app.app.commit(tx).await.unwrap();
    }

    /// Reads what came to the outside since the last look.
    async fn look(&mut self) {
        let taken = self.app.world.received("sms").await;
        let mut left = taken - self.known;
        assert!(left <= 1_000, "the sandbox tells of 1,000 texts at once");
        for letter in self.app.world.newest("sms", left).await.into_iter().rev() {
            let to = letter["to"][0].as_str().unwrap().to_owned();
            self.letters.entry(to).or_default().push(letter["text"].as_str().unwrap().to_owned());
            left -= 1;
        }
        assert_eq!(left, 0);
        self.known = taken;
        for story in &mut self.stories {
            for phone in std::mem::take(&mut story.saying) {
                let so_far = self.letters.get(&phone).map_or(0, Vec::len);
                story.over.entry(phone).or_insert(so_far);
            }
        }
    }

    fn check(&self, story: &Story, holds: bool, what: impl std::fmt::Display) {
        if holds {
            return;
        }
        let rounds: Vec<String> = self
            .told
            .iter()
            .zip(story.told.iter().map(Some).chain(std::iter::repeat(None)))
            .map(|(all, own)| format!("{all}; {}", own.map_or("", String::as_str)))
            .collect();
        panic!(
            "{what}\nin story {} (OVERTURE_SIMULATION={}), of which this is told:\n  {}\nwith these graphs: {:#?}",
            story.number,
            story.number,
            rounds.join("\n  "),
            story.published
        );
    }

    /// The promises; everybody, by campaign.
    async fn judge(&self) -> HashMap<String, Vec<Person>> {
        let none = Vec::new();
        for story in &self.stories {
            for (_, phone) in &story.people {
                let texts = self.letters.get(phone).unwrap_or(&none);
                let mut seen = BTreeSet::new();
                for text in texts {
                    let key = text.split(' ').next().unwrap();
                    let again = story.published.iter().any(|graph| returns(graph, key));
                    let what = || format!("{phone} got the text of {key} twice: {texts:?}");
                    self.check(story, again || seen.insert(key), Later(what));
                }
                if let Some(most) = story.over.get(phone) {
                    let late = texts.len().saturating_sub(*most);
                    let what = || format!("{phone} got {late} texts after the end: {texts:?}");
                    self.check(story, late == 0, Later(what));
                }
            }
        }
        let people = self.people().await;
        for story in &self.stories {
            let nodes: HashSet<&str> =
                story.published.iter().flat_map(|graph| &graph.nodes).map(|node| node.key.as_str()).collect();
            for person in &people[&story.campaign] {
                let who = &person.contact;
                let (open, queued) = (person.open, person.queued);
                match person.status.as_str() {
                    "waiting" => {
                        let what = || format!("{who} waits for one of {open} messages");
                        self.check(story, open == 1, Later(what));
                    }
                    "active" => {
                        self.check(
                            story,
                            open == 0,
                            Later(|| format!("{who} goes on beside {open} messages")),
                        );
                        self.check(story, person.is_due, Later(|| format!("{who} is never looked at again")));
                    }
                    "paused" => {
                        self.check(
                            story,
                            person.has_reason,
                            Later(|| format!("{who} is held for no reason")),
                        );
                    }
                    _ => {
                        let what = || format!("{who} is through and has {queued} messages in the queue");
                        self.check(story, queued == 0, Later(what));
                    }
                }
                let what = || format!("{who} stands on {}, no step of any version", person.node);
                self.check(story, nodes.contains(person.node.as_str()), Later(what));
            }
        }
        people
    }

    async fn people(&self) -> HashMap<String, Vec<Person>> {
        let sql = "select e.campaign_id, e.contact_id, e.status, e.node_key, e.due_at, e.reason,
               (select count(*) from messages m where m.enrollment_id = e.id and m.status in ('queued', 'sending', 'uncertain')) as open,
               (select count(*) from messages m where m.enrollment_id = e.id and m.status = 'queued') as queued,
               (select max(m.status || ' at attempt ' || m.attempt || ', for a person ' || m.needs_decision || ', not before ' || m.not_before
                    || ', lease ' || m.lease_until || ', ' || coalesce(m.error_text, 'no error'))
                from messages m where m.enrollment_id = e.id and m.status in ('queued', 'sending', 'uncertain')) as message
             from enrollments e";
        let tx = self.app.app.db.begin().await.unwrap();
        let rows = tx.query_all_raw(Statement::from_string(tx.get_database_backend(), sql)).await.unwrap();
        let mut people: HashMap<String, Vec<Person>> = HashMap::new();
        for row in rows {
            let text = |name: &str| row.try_get::<String>("", name).unwrap();
            people.entry(text("campaign_id")).or_default().push(Person {
                contact: text("contact_id"),
                status: text("status"),
                node: text("node_key"),
                is_due: row.try_get::<Option<i64>>("", "due_at").unwrap().is_some(),
                has_reason: row.try_get::<Option<String>>("", "reason").unwrap().is_some(),
                open: row.try_get("", "open").unwrap(),
                queued: row.try_get("", "queued").unwrap(),
                message: row.try_get("", "message").unwrap(),
            });
        }
        people
    }
}

/// Words that nobody makes unless they are needed.
struct Later<F: Fn() -> String>(F);

impl<F: Fn() -> String> std::fmt::Display for Later<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0())
    }
}

impl Story {
    async fn new(app: &TestApp, number: u64, place: u64) -> Story {
        let mut chance = SmallRng::seed_from_u64(number);
        let mut people = Vec::new();
        let tx = app.app.db.begin().await.unwrap();
        for n in 0..2 * PEOPLE {
            let phone = format!("+120255{:05}", place * 2 * PEOPLE as u64 + n as u64);
            let city = *["Oslo", "Rome", "Lima"].choose(&mut chance).unwrap();
            let id = store::new_id(ContactId::from_uuid);
            let fields = Fields {
                phone: Some(phone.clone()),
                last_name: Some(format!("S{number}N{n}")),
                city: Some(city.into()),
                ..Fields::default()
            };
            contact::create(&tx, &app.scope, &id, &fields, app.clock.now()).await.unwrap();
            people.push((id.to_string(), phone));
        }
        app.app.commit(tx).await.unwrap();
        let graph = drawn(&mut chance);
        let ids: Vec<String> = people[..PEOPLE].iter().map(|(id, _)| id.clone()).collect();
        let campaign = app.campaign(graph.clone(), &ids).await;
        let published = vec![serde_json::from_value(graph.clone()).unwrap()];
        Story {
            number,
            chance,
            campaign,
            people,
            inside: PEOPLE,
            graph,
            published,
            edition: 0,
            over: HashMap::new(),
            saying: Vec::new(),
            is_paused: false,
            told: Vec::new(),
        }
    }

    /// What happens in this story alone. Only where the loops run afterwards does anybody answer.
    async fn happen(
        &mut self,
        app: &TestApp,
        client: &Client,
        runs: bool,
        letters: &HashMap<String, Vec<String>>,
    ) -> String {
        let somebody = self.chance.random_range(0..self.inside);
        let (contact, phone) = self.people[somebody].clone();
        match self.chance.random_range(0..13) {
            4 | 5 if runs => {
                let text = *["Call me tomorrow", "STOP"].choose(&mut self.chance).unwrap();
                let sid = format!("SM{}n{}", self.number, self.told.len());
                let post = Post::text(&sid, &phone, text);
                let answer = post.to(client).await;
                assert_eq!(answer.status, 200, "{}", answer.brief());
                self.saying.push(phone.clone());
                format!("{phone} answers {text}")
            }
            6 => {
                let path = format!("/api/campaigns/{}/people/remove", self.campaign);
                app.admin.post(&path, json!({ "contact_ids": [contact] })).await;
                let so_far = letters.get(&phone).map_or(0, Vec::len);
                self.over.entry(phone.clone()).or_insert(so_far);
                format!("{phone} is taken out")
            }
            7 | 8 if self.inside < self.people.len() => {
                let (id, phone) = self.people[self.inside].clone();
                let path = format!("/api/campaigns/{}/people", self.campaign);
                let body = json!({ "audience": { "contact_ids": [id] } });
                // A campaign in which everybody is through takes nobody in.
                if app.admin.call("POST", &path, &body).await.status == 200 {
                    self.inside += 1;
                }
                format!("{phone} comes in")
            }
            9 => {
                let verb = if self.is_paused { "resume" } else { "pause" };
                let path = format!("/api/campaigns/{}/{verb}", self.campaign);
                if app.admin.call("POST", &path, &json!({})).await.status == 200 {
                    self.is_paused = !self.is_paused;
                }
                format!("somebody presses {verb}")
            }
            10..=12 => self.edit(app).await,
            _ => "nothing".into(),
        }
    }

    /// Another graph is published, with people sent here and there.
    async fn edit(&mut self, app: &TestApp) -> String {
        self.edition += 1;
        let next = edited(&self.graph, self.edition, &mut self.chance);
        let path = format!("/api/campaigns/{}", self.campaign);
        let saved = app.admin.call("PUT", &format!("{path}/draft"), &json!({ "graph": next })).await;
        if saved.status != 200 {
            return "an edit of what is over is refused".into();
        }
        let plan = app.admin.get(&format!("{path}/draft/check")).await;
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
        let answer = app.admin.call("POST", &format!("{path}/publish"), &body).await;
        if answer.status == 200 {
            self.graph = next;
            self.published.push(serde_json::from_value(self.graph.clone()).unwrap());
        } else {
            // What cannot run is not published, and nothing else keeps a version back.
            assert_eq!(answer.json()["error"]["name"], "funnel.invalid", "{}", answer.brief());
        }
        format!("version {} is published with {body}", self.published.len())
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
