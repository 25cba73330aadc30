//! No request asks the database once for each row that it shows: whatever can be read is read with few rows in the
//! database and with many, and sends as many statements.

use crate::{inbox::heard_from, isolation::upload, kit::*};
use domain::ids::JobId;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::plans::{Asked, each, listen};

both! {
    many_rows_cost_as_many_statements_as_few,
}

const FEW: usize = 3;
const MANY: usize = 24;
/// Most statements of one request, those among them that find out who asks.
const MOST: usize = 14;

/// Lists that have as many rows with many as with few, and why.
const FIXED: [(&str, &str); 11] = [
    ("key_scopes", "what a key may be given is in the code"),
    ("provider_list", "providers are in the code"),
    ("notification_choices", "events are in the code"),
    ("campaign_split_list", "a graph with few splits is read as one with none: once"),
    ("campaign_versions", "the versions of one campaign are read in one statement with their graphs"),
    ("conversation_drafts", "a member has one draft in a conversation"),
    ("contact_duplicates", "nobody here is there twice"),
    ("funnel_webhooks", "incoming webhooks of the graph of a started campaign"),
    ("import_mappings", "what is known of one file"),
    ("sender_template_list", "templates come from WhatsApp"),
    ("erasure_list", "who is erased is gone from everything else that is counted here"),
];

/// What is asked beside a bare address: conditions that read further tables.
const NARROWED: [(&str, &[&str]); 6] = [
    ("contact_list", &["search=person", "sort=name", "status=No%20Activity"]),
    ("conversation_list", &["view=all", "view=all&search=hello", "view=mentions", "view=unread&channel=sms"]),
    ("conversation_count", &["view=all", "view=all&search=hello"]),
    ("search_find", &["q=person&limit=20", "q=hello&limit=20"]),
    ("draft_list", &["view=all"]),
    ("message_list", &["direction=in", "direction=out"]),
];

/// What a request sent, and how many rows it showed.
struct Cost {
    sent: Vec<Asked>,
    rows: usize,
}

async fn many_rows_cost_as_many_statements_as_few(app: TestApp) {
    let mut ids = app.fixtures().await;
    app.furnish(0..FEW, &mut ids).await;
    let few = walk(&app, &ids).await;
    app.furnish(FEW..MANY, &mut ids).await;
    let many = walk(&app, &ids).await;
    let (mut bad, mut still, mut most) = (Vec::new(), BTreeSet::new(), (0, ""));
    for (request, few) in &few {
        let many = &many[request];
        if few.sent.len() != many.sent.len() || many.sent.len() > MOST {
            bad.push(format!("{request}\n{}", differences(few, many)));
        }
        most = most.max((many.sent.len(), request.as_str()));
        if few.rows == many.rows && !request.contains('?') {
            still.insert(request.split(' ').next().unwrap().to_owned());
        }
    }
    println!("{} requests, at most {} statements ({})", few.len(), most.0, most.1);
    assert!(bad.is_empty(), "{} requests ask more often for more:\n\n{}", bad.len(), bad.join("\n\n"));
    // A list that did not grow proves nothing: whoever adds one lets `furnish` fill it, or says here why not.
    let is_list = |name: &str| {
        let tool = app.app.registry.iter().find(|tool| tool.name == name).unwrap();
        tool.output()["properties"]["data"]["type"] == "array"
    };
    let fixed: BTreeSet<String> = FIXED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let still: BTreeSet<String> = still.into_iter().filter(|name| is_list(name)).collect();
    assert_eq!(still, fixed, "lists that are as long as before");
}

/// Everything that can be read, asked for.
async fn walk(app: &TestApp, ids: &BTreeMap<&'static str, String>) -> BTreeMap<String, Cost> {
    while overture::search::keep_up(app.app.clone()).await.unwrap() {}
    let narrowed = BTreeMap::from(NARROWED);
    let mut costs = BTreeMap::new();
    for tool in app.app.registry.iter().filter(|tool| tool.method == "GET") {
        let noun = match tool.name {
            "delivery_list" => "webhook",
            "icp_profile_get" => "profile",
            name => name.split('_').next().unwrap(),
        };
        let path = match (tool.path.contains('{'), ids.get(noun)) {
            (false, _) => tool.path.to_owned(),
            (true, Some(id)) => tool.path.replace("{id}", id).replace("{version}", "1"),
            (true, None) => panic!("{} is not asked for: make one {noun} in `fixtures`", tool.name),
        };
        let page = if tool.input()["properties"]["limit"].is_object() { "limit=200" } else { "" };
        let queries = narrowed.get(tool.name).copied().unwrap_or_default().iter();
        for query in [page.to_owned()].into_iter().chain(queries.map(|query| format!("{query}&{page}"))) {
            let path = format!("/api{path}?{query}");
            let mut cost: Option<Cost> = None;
            // The watch of the emergency stop asks meanwhile: the least of a few is what the request costs.
            for _ in 0..4 {
                listen();
                let answer = app.admin.call("GET", &path, &json!({})).await;
                let sent = each();
                assert!(answer.status.is_success() || answer.status.is_client_error(), "{path}: {answer:?}");
                if cost.as_ref().is_none_or(|least| sent.len() < least.sent.len()) {
                    cost = Some(Cost { sent, rows: rows_of(&answer.json()) });
                }
            }
            let told = if query.contains('=') && query != page { format!("?{query}") } else { String::new() };
            costs.insert(format!("{} {}{told}", tool.name, tool.path), cost.unwrap());
        }
    }
    assert!(costs.len() > 90, "the walk has become short: {}", costs.len());
    costs
}

fn rows_of(answer: &Value) -> usize {
    answer["data"].as_array().map_or(0, Vec::len)
}

/// The statements that are sent more often for many.
fn differences(few: &Cost, many: &Cost) -> String {
    let count = |cost: &Cost, sql: &str| cost.sent.iter().filter(|asked| asked.sql == sql).count();
    let texts: BTreeSet<&str> = many.sent.iter().map(|asked| asked.sql.as_str()).collect();
    let more = texts.into_iter().filter(|sql| count(many, sql) > count(few, sql).max(1));
    let told: Vec<String> = more.map(|sql| format!("  {} times: {sql}", count(many, sql))).collect();
    let (few, many) = ((few.sent.len(), few.rows), (many.sent.len(), many.rows));
    format!("  (statements, rows): {few:?}, then {many:?}\n{}", told.join("\n"))
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

impl TestApp {
    /// What is there once, and grows: by the noun of the tools that take its id.
    async fn fixtures(&self) -> BTreeMap<&'static str, String> {
        let ann = self.ann().await;
        let caller = json!({ "provider": "slybroadcast", "name": "Nora", "address": "+12025550199" });
        self.admin.post("/api/senders", caller).await;
        let thread = heard_from(self, "SM999", ANN, "Hello, the first").await;
        let fits = json!([{ "field": "title", "op": "exists", "weight": 5 }]);
        let profile =
            self.admin.post("/api/icp-profiles", json!({ "name": "First", "criteria": fits })).await;
        let hook = json!({ "url": "http://127.0.0.1:9999/", "kinds": ["message.sent"] });
        let hook = id_of(&self.admin.post("/api/webhooks", hook).await);
        let delivery = self.admin.post(&format!("/api/webhooks/{hook}/test"), json!({})).await;
        let company = json!({ "email": "boss@people.example", "company": "Works" });
        let company = self.admin.post("/api/contacts", company).await["company_id"].clone();
        let gone = self.contact(json!({ "email": "gone@people.example" })).await;
        let erase = format!("/api/contacts/{gone}/erase");
        let erasure = self.admin.post(&erase, json!({ "confirm": "gone@people.example" })).await;
        let view = json!({ "name": "First", "page": "contacts", "query": "q=x" });
        BTreeMap::from([
            ("contact", ann),
            ("conversation", thread),
            ("message", id_of(self.received().await.first().unwrap())),
            ("icp", id_of(&profile)),
            ("profile", id_of(&profile)),
            ("webhook", hook),
            ("delivery", id_of(&delivery)),
            ("company", company.as_str().unwrap().to_owned()),
            ("erasure", id_of(&erasure)),
            ("view", id_of(&self.admin.post("/api/views", view).await)),
            ("sender", self.sms_sender.to_string()),
        ])
    }

    /// One more of everything for each of these numbers, tied to one another.
    async fn furnish(&self, numbers: std::ops::Range<usize>, ids: &mut BTreeMap<&'static str, String>) {
        let (me, tag) = (self.scope.member.clone().unwrap(), "T0");
        let mut people = Vec::new();
        for n in numbers.clone() {
            let new = json!({ "email": format!("person{n}@people.example"), "phone": format!("+14155551{n:03}"),
                "first_name": "Person", "last_name": format!("Number{n}"), "title": "CTO", "company": "Works" });
            let person = self.contact(new).await;
            self.make_sets(n, ids).await;
            self.make_templates(n, ids, tag).await;
            self.write_with(n, &person, ids, me.as_str()).await;
            self.open_doors(n, ids).await;
            people.push(person);
        }
        // One campaign with all of them, and a bulk action on them.
        let call = json!({ "key": "C1", "type": "task", "name": "C1", "x": 0, "y": 0,
            "config": { "kind": "call", "title": "Call {{ contact.last_name }}", "instructions": "Ask" } });
        let graph = json!({ "nodes": [call, exit("END")], "edges": [edge("C1", "END")] });
        let all: Vec<String> = self.admin.get("/api/contacts?limit=200").await["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(id_of)
            .collect();
        ids.insert("campaign", self.campaign(graph, &all).await);
        let tagged = json!({ "who": { "contact_ids": people }, "action": { "kind": "add_tag", "tag_id": ids["tag"] } });
        ids.insert("bulk", id_of(&self.admin.post("/api/contacts/bulk", tagged).await));
        self.run_due().await;
    }

    /// Sets of people, and how they are described.
    async fn make_sets(&self, n: usize, ids: &mut BTreeMap<&'static str, String>) {
        let named = json!({ "name": format!("Thing {n}") });
        ids.insert("tag", id_of(&self.admin.post("/api/tags", named.clone()).await));
        self.admin.post("/api/lists", named.clone()).await;
        let rule = json!({ "set_id": ids["tag"] });
        let segment = json!({ "name": format!("Thing {n}"), "rule": rule });
        ids.insert("segment", id_of(&self.admin.post("/api/segments", segment).await));
        let field = json!({ "name": format!("Thing {n}"), "kind": "text" });
        self.admin.post("/api/custom-fields", field).await;
        ids.insert("target", id_of(&self.admin.post("/api/targets", named).await));
        let company = json!({ "name": format!("Company {n}") });
        self.admin.post("/api/companies", company).await;
        let import = upload(&self.admin, &format!("email\nfile{n}@people.example\n")).await;
        let mapping = json!({ "name": format!("Thing {n}"), "import_id": import["id"], "mapping": { "email": "email" } });
        self.admin.post("/api/mappings", mapping).await;
        ids.insert("import", id_of(&import));
        let view = json!({ "name": format!("Thing {n}"), "page": "contacts", "query": format!("q={n}") });
        self.admin.post("/api/views", view).await;
        let twins = [format!("one{n}@people.example"), format!("two{n}@people.example")];
        let [one, two] = twins.map(|email| self.contact(json!({ "email": email })));
        let (one, two) = (one.await, two.await);
        self.admin.post(&format!("/api/contacts/{one}/merge"), json!({ "other_id": two })).await;
    }

    /// What is written once and used often.
    async fn make_templates(&self, n: usize, ids: &mut BTreeMap<&'static str, String>, text: &str) {
        let name = format!("Thing {n}");
        let snippet = json!({ "name": name, "channel": "sms", "body": text });
        self.admin.post("/api/snippets", snippet).await;
        let steps = json!({ "name": name, "steps": [{ "kind": "note", "text": text }] });
        self.admin.post("/api/macros", steps).await;
        let fits = json!([{ "field": "title", "op": "exists", "weight": 5 }]);
        self.admin.post("/api/icp-profiles", json!({ "name": name, "criteria": fits })).await;
        let funnel =
            id_of(&self.admin.post("/api/funnels", json!({ "name": name, "graph": one_text() })).await);
        let campaign =
            json!({ "name": name, "funnel_id": funnel, "audience": { "contact_ids": [ids["contact"]] } });
        self.admin.post("/api/campaigns", campaign).await;
        ids.insert("funnel", funnel);
    }

    /// What is said with a person, and with the one who is always there.
    async fn write_with(&self, n: usize, person: &str, ids: &mut BTreeMap<&'static str, String>, me: &str) {
        let phone = format!("+14155551{n:03}");
        self.write(&format!("client-{n:04}"), "sms", &phone, "Hello from us").await;
        let spoken = json!({ "client_id": format!("client-v{n:04}"), "channel": "voicemail", "contact_id": ids["contact"],
            "text": format!("Hello, this is call number {n} about next week, and nothing else") });
        self.admin.post("/api/messages", spoken).await;
        self.write(&format!("client-a{n:04}"), "sms", ANN, &format!("Hello Ann {n}")).await;
        let thread = heard_from(self, &format!("SM{n}"), &phone, &format!("Hello {n}")).await;
        heard_from(self, &format!("SA{n}"), ANN, &format!("Hello again {n}")).await;
        let label = id_of(&self.admin.post("/api/labels", json!({ "name": format!("Thing {n}") })).await);
        for thread in [&thread, &ids["conversation"]] {
            let path = format!("/api/conversations/{thread}");
            self.admin.post(&format!("{path}/labels"), json!({ "label_id": label })).await;
            let note = json!({ "text": format!("Look {n}"), "mention_ids": [me] });
            self.admin.post(&format!("{path}/notes"), note).await;
        }
        let draft = json!({ "channel": "sms", "contact_id": person, "text": format!("Draft {n}") });
        ids.insert("draft", id_of(&self.admin.post("/api/drafts", draft).await));
        let consent = json!({ "channel": "email", "state": "given", "source": format!("Form {n}") });
        self.admin.post(&format!("/api/contacts/{}/consents", ids["contact"]), consent).await;
    }

    /// Who and what comes in.
    async fn open_doors(&self, n: usize, ids: &mut BTreeMap<&'static str, String>) {
        let name = format!("Thing {n}");
        let rep = self.member("rep").await;
        rep.post("/api/relayers", json!({ "name": name })).await;
        // Somebody who signs in once more.
        Client::of(&self.app, &self.scope).await;
        add_sender(&self.app, &self.scope, domain::Channel::Email, &format!("s{n}@w1.example")).await;
        self.admin.post("/api/api-keys", json!({ "name": name, "scopes": ["*"] })).await;
        self.admin.post("/api/invitations", json!({ "role": "rep" })).await;
        let stop = json!({ "channel": "email", "value": format!("never{n}@people.example") });
        self.admin.post("/api/suppressions", stop).await;
        let hook = json!({ "url": format!("http://127.0.0.1:9999/{n}"), "kinds": ["message.sent"] });
        self.admin.post("/api/webhooks", hook).await;
        self.admin.post(&format!("/api/webhooks/{}/test", ids["webhook"]), json!({})).await;
        self.deliver(Post::mail(self.email_sender.as_str(), "")).await;
        let job = store::new_id(JobId::from_uuid);
        let tx = self.app.db.begin().await.unwrap();
        store::job::enqueue(&tx, &self.scope, &job, "import", &json!({}), self.clock.now()).await.unwrap();
        self.app.commit(tx).await.unwrap();
        ids.insert("job", job.to_string());
    }
}
