//! What is not yours is not there (P-X1): a rep walks over everything a colleague owns. What another workspace owns is
//! in `http`.

use crate::kit::{Client, Post, TestApp, one_text};
use axum::body::Body;
use overture::tool::Access;
use serde_json::{Value, json};
use std::collections::BTreeMap;

both!(
    a_colleagues_things_are_not_there,
    a_colleagues_things_inside_an_input_are_not_there,
    numbers_are_those_of_ones_own_book,
    a_manager_sees_the_workspace_and_a_shared_one_shows_everything,
    a_book_can_be_handed_over,
    a_campaign_enrolls_from_the_book_of_its_owner,
    an_import_leaves_a_colleagues_contact_alone,
    live_events_reach_those_who_own_what_they_are_about,
    the_database_itself_keeps_workspaces_apart,
);

fn text(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

async fn upload(client: &Client, file: &str) -> Value {
    let headers = [("content-type", "text/csv")];
    client.raw("POST", "/api/imports?name=people.csv", &headers, file.to_owned()).await.json()
}

/// One of everything that has an owner, by the noun of the tools that take its id. Its address is
/// `{name}@people.example`.
pub async fn book(client: &Client, name: &str, phone: &str) -> BTreeMap<&'static str, String> {
    let contact = json!({ "email": format!("{name}@people.example"), "phone": phone, "company": format!("{name} Inc") });
    let contact = client.post("/api/contacts", contact).await;
    let company = contact["company_id"].as_str().unwrap().to_owned();
    let contact = text(&contact);
    let funnel = text(&client.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await);
    let audience = json!({ "contact_ids": [contact] });
    let campaign =
        json!({ "name": format!("Campaign of {name}"), "funnel_id": funnel, "audience": audience });
    let campaign = text(&client.post("/api/campaigns", campaign).await);
    let message = json!({ "client_id": format!("client-{name}"), "channel": "sms", "to": phone, "text": format!("From {name}") });
    let message = client.post("/api/messages", message).await;
    let import = upload(client, &format!("email,first name\n{name}.two@people.example,Two\n")).await;
    let start = format!("/api/imports/{}/start", text(&import));
    let mapping = json!({ "mapping": { "email": "email", "first name": "first_name" } });
    let started = client.post(&start, mapping).await;
    let view = json!({ "name": format!("{name} view"), "page": "contacts", "query": format!("q={name}@") });
    BTreeMap::from([
        ("contact", contact),
        ("company", company),
        ("target", text(&client.post("/api/targets", json!({ "name": format!("{name} target") })).await)),
        ("campaign", campaign),
        ("view", text(&client.post("/api/views", view).await)),
        ("message", text(&message)),
        ("conversation", message["conversation_id"].as_str().unwrap().to_owned()),
        ("import", text(&import)),
        ("job", started["job_id"].as_str().unwrap().to_owned()),
    ])
}

pub const RITA: &str = "+14155550101";
const RON: &str = "+14155550102";

async fn a_colleagues_things_are_not_there(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let theirs = book(&rita, "rita", RITA).await;
    let mut walked = 0;
    for tool in app.app.registry.iter().filter(|tool| tool.path.contains("{id}")) {
        let noun = tool.name.split('_').next().unwrap();
        let Some(id) = theirs.get(noun) else { continue };
        let path = format!("/api{}", tool.path.replace("{id}", id));
        let answer = ron.call(tool.method, &path, &json!({})).await;
        let said = String::from_utf8_lossy(&answer.bytes).into_owned();
        let expected = if tool.access >= Access::Manage { "403 1004" } else { "404 404" };
        assert_eq!(answer.brief(), expected, "{} {said}", tool.name);
        assert!(!said.contains("rita") && !said.contains(id.as_str()), "{} {said}", tool.name);
        walked += 1;
    }
    assert!(walked > 20, "the walk has become short: {walked}");
    let rejected =
        ron.call("GET", &format!("/api/imports/{}/rejected.csv", theirs["import"]), &json!({})).await;
    assert_eq!(rejected.brief(), "404 404");
    for tool in app.app.registry.iter().filter(|tool| tool.method == "GET" && !tool.path.contains("{id}")) {
        for query in ["", "?search=rita", "?q=rita", "?view=all", "?limit=200"] {
            let answer = ron.call("GET", &format!("/api{}{query}", tool.path), &json!({})).await;
            let said = String::from_utf8_lossy(&answer.bytes).into_owned();
            let leaked = theirs.values().find(|id| said.contains(id.as_str()));
            assert!(leaked.is_none(), "{}{query} shows {leaked:?}", tool.name);
            // The query itself is told in an error.
            let shown = said.replace("search=rita", "").replace("q=rita", "");
            assert!(!shown.contains("rita@") && !shown.contains(RITA), "{}{query}: {said}", tool.name);
        }
    }
    // She sees all of it.
    for (noun, id) in &theirs {
        let plural = if *noun == "company" { "companies" } else { &format!("{noun}s") };
        rita.get(&format!("/api/{plural}/{id}")).await;
    }
}

async fn a_colleagues_things_inside_an_input_are_not_there(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let theirs = book(&rita, "rita", RITA).await;
    let mine = book(&ron, "ron", RON).await;
    let funnel = text(&ron.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await);
    let audience = |who: Value| json!({ "name": "C", "funnel_id": funnel, "audience": who });
    let attempts = [
        (
            "/api/messages".to_owned(),
            json!({ "client_id": "client-9", "channel": "sms", "contact_id": theirs["contact"], "text": "Hi" }),
        ),
        (
            "/api/campaigns".to_owned(),
            audience(json!({ "contact_ids": [mine["contact"], theirs["contact"]] })),
        ),
        ("/api/campaigns".to_owned(), audience(json!({ "import_id": theirs["import"] }))),
        (
            format!("/api/conversations/{}/link", mine["conversation"]),
            json!({ "contact_id": theirs["contact"] }),
        ),
    ];
    for (path, body) in attempts {
        let answer = ron.call("POST", &path, &body).await;
        assert_eq!(answer.brief(), "404 404", "{path} {body}");
    }
    // By her address it is no other: it can neither be written to nor be taken.
    let written = json!({ "client_id": "client-8", "channel": "sms", "to": RITA, "text": "Hi" });
    let answer = ron.call("POST", "/api/messages", &written).await;
    assert_eq!(answer.brief(), "409 4002");
    assert!(!String::from_utf8_lossy(&answer.bytes).contains("rita"));
    let answer = ron.call("POST", "/api/contacts", &json!({ "email": "rita@people.example" })).await;
    assert_eq!(answer.brief(), "409 4002");
    let thread = rita.get(&format!("/api/conversations/{}/messages", theirs["conversation"])).await;
    assert_eq!(thread["data"].as_array().unwrap().len(), 1, "{thread}");
}

async fn numbers_are_those_of_ones_own_book(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    book(&rita, "rita", RITA).await;
    app.run_due().await;
    app.deliver(Post::text("SM9", RITA, "Yes, please call")).await;
    let zero = [
        "contacts",
        "campaigns_active",
        "waiting_replies",
        "queued",
        "sending",
        "uncertain",
        "enrolled",
        "jobs",
        "sent_today",
        "messaged",
        "replied",
        "respondedPos",
    ];
    let stats = ron.get("/api/stats").await;
    for name in zero {
        assert_eq!(stats[name], 0, "{name} {stats}");
    }
    assert_eq!(stats["recent"], json!([]));
    let inbox = ron.get("/api/conversations").await;
    let counts = inbox["counts"].as_object().unwrap();
    assert!(counts.len() == 11 && counts.values().all(|count| *count == 0), "{counts:?}");
    assert_eq!(ron.get("/api/contacts?search=rita").await["total"], 0);
    assert_eq!(ron.get("/api/companies").await["data"], json!([]));
    let stats = rita.get("/api/stats").await;
    assert_eq!(
        (&stats["contacts"], &stats["messaged"], &stats["waiting_replies"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(rita.get("/api/companies").await["data"][0]["contacts"], 1);
    // Managers see the totals of each.
    let manager = app.member("manager").await;
    let totals = manager.get("/api/team/totals").await;
    let of = |client: &Value| {
        let data = totals["data"].as_array().unwrap();
        data.iter().find(|t| t["member_id"] == client["member"]["id"]).cloned().unwrap_or_default()
    };
    let hers = of(&rita.get("/api/auth/me").await);
    assert_eq!(
        (&hers["contacts"], &hers["sent_today"], &hers["waiting_replies"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let his = of(&ron.get("/api/auth/me").await);
    assert_eq!((&his["contacts"], &his["sent_today"]), (&json!(0), &json!(0)));
    assert_eq!(ron.call("GET", "/api/team/totals", &json!({})).await.brief(), "403 1004");
}

async fn a_manager_sees_the_workspace_and_a_shared_one_shows_everything(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let theirs = book(&rita, "rita", RITA).await;
    let contact = format!("/api/contacts/{}", theirs["contact"]);
    let manager = app.member("manager").await;
    assert_eq!(text(&manager.get(&contact).await), theirs["contact"]);
    assert_eq!(manager.get("/api/contacts").await["total"], 1);
    assert_eq!(ron.get("/api/auth/me").await["member"]["sees_all"], false);
    assert_eq!(manager.get("/api/auth/me").await["member"]["sees_all"], true);
    app.admin.patch("/api/settings", json!({ "visibility": "shared" })).await;
    assert_eq!(text(&ron.get(&contact).await), theirs["contact"]);
    assert_eq!(ron.get("/api/auth/me").await["member"]["sees_all"], true);
    app.admin.patch("/api/settings", json!({ "visibility": "private" })).await;
    assert_eq!(ron.call("GET", &contact, &json!({})).await.brief(), "404 404");
    // A new workspace is private.
    assert_eq!(app.admin.get("/api/settings").await["visibility"], "private");
    assert_eq!(
        ron.call("PATCH", "/api/settings", &json!({ "visibility": "shared" })).await.brief(),
        "403 1004"
    );
}

async fn a_book_can_be_handed_over(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let theirs = book(&rita, "rita", RITA).await;
    let id = |me: Value| me["member"]["id"].clone();
    let (rita_id, ron_id) = (id(rita.get("/api/auth/me").await), id(ron.get("/api/auth/me").await));
    let hand_over = json!({ "owner_id": ron_id, "who": { "owner_id": rita_id } });
    for rep in [&rita, &ron] {
        assert_eq!(rep.call("POST", "/api/contacts/assign", &hand_over).await.brief(), "403 1004");
    }
    let manager = app.member("manager").await;
    assert_eq!(manager.post("/api/contacts/assign", hand_over.clone()).await["assigned"], 1);
    assert_eq!(manager.post("/api/contacts/assign", hand_over).await["assigned"], 0);
    for (noun, path) in [("contact", "contacts"), ("conversation", "conversations"), ("message", "messages")]
    {
        let path = format!("/api/{path}/{}", theirs[noun]);
        assert_eq!(text(&ron.get(&path).await), theirs[noun]);
        assert_eq!(rita.call("GET", &path, &json!({})).await.brief(), "404 404");
    }
    // Nobody is handed over to who may not come in, or to somebody of another workspace.
    let disable = format!("/api/members/{}", rita_id.as_str().unwrap());
    app.admin.patch(&disable, json!({ "disabled": true })).await;
    let back = json!({ "owner_id": rita_id, "who": { "all": true } });
    assert_eq!(manager.call("POST", "/api/contacts/assign", &back).await.brief(), "422 4001");
    let (_, other) = app.neighbour(2).await;
    let away = json!({ "owner_id": id(other.get("/api/auth/me").await), "who": { "all": true } });
    assert_eq!(manager.call("POST", "/api/contacts/assign", &away).await.brief(), "404 404");
}

async fn a_campaign_enrolls_from_the_book_of_its_owner(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    book(&rita, "rita", RITA).await;
    let mine = book(&ron, "ron", RON).await;
    let funnel = text(&ron.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await);
    let all = json!({ "name": "Everybody", "funnel_id": funnel, "audience": { "all": true } });
    let campaign = text(&ron.post("/api/campaigns", all).await);
    let check = ron.get(&format!("/api/campaigns/{campaign}/check")).await;
    assert_eq!(check["audience"]["total"], 1, "{check}");
    // Also when somebody starts it who sees more.
    app.admin.post(&format!("/api/campaigns/{campaign}/start"), json!({})).await;
    let people = app.people(&campaign).await;
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(people[0]["contact_id"], mine["contact"].as_str());
}

async fn an_import_leaves_a_colleagues_contact_alone(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let theirs = book(&rita, "rita", RITA).await;
    let file =
        format!("email,phone,city\nrita@people.example,,Oslo\n,{RITA},Oslo\nnew@people.example,,Oslo\n");
    let import = upload(&ron, &file).await;
    let rules =
        json!({ "mapping": { "email": "email", "phone": "phone", "city": "city" }, "on_match": "overwrite" });
    ron.post(&format!("/api/imports/{}/start", text(&import)), rules).await;
    while let Some(job) = store::job::claim(&app.app.db, "worker", 30_000, app.clock.now()).await.unwrap() {
        overture::imports::run::run(&app.app, job, "worker").await.unwrap();
    }
    let done = ron.get(&format!("/api/imports/{}", text(&import))).await;
    assert_eq!(
        (&done["created"], &done["skipped"], &done["updated"]),
        (&json!(1), &json!(2), &json!(0)),
        "{done}"
    );
    assert_eq!(ron.get("/api/contacts").await["total"], 1);
    assert_eq!(rita.get(&format!("/api/contacts/{}", theirs["contact"])).await["city"], Value::Null);
}

/// A client of Socket.IO over long polling.
struct Live {
    client: Client,
    path: String,
}

impl Live {
    async fn open(client: &Client) -> Self {
        let path = "/socket.io/?EIO=4&transport=polling".to_owned();
        let hello = client.raw("GET", &path, &[], Body::empty()).await;
        let hello = String::from_utf8(hello.bytes).unwrap();
        let hello: Value = serde_json::from_str(&hello[1..]).unwrap();
        let live =
            Self { client: client.clone(), path: format!("{path}&sid={}", hello["sid"].as_str().unwrap()) };
        assert_eq!(live.say("40").await, 200);
        live.until("authenticated").await;
        live
    }

    async fn say(&self, packet: &str) -> u16 {
        let headers = [("content-type", "text/plain;charset=UTF-8")];
        self.client.raw("POST", &self.path, &headers, packet.to_owned()).await.status.as_u16()
    }

    /// What it hears, up to something with this text in it.
    async fn until(&self, text: &str) -> String {
        let mut heard = String::new();
        while !heard.contains(text) {
            let answer = self.client.raw("GET", &self.path, &[], Body::empty()).await;
            assert_eq!(answer.status, 200, "{heard}");
            heard += &String::from_utf8(answer.bytes).unwrap();
        }
        heard
    }
}

async fn live_events_reach_those_who_own_what_they_are_about(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let manager = app.member("manager").await;
    let theirs = book(&rita, "rita", RITA).await;
    let mine = book(&ron, "ron", RON).await;
    let (hers, his, all) = (Live::open(&rita).await, Live::open(&ron).await, Live::open(&manager).await);
    let read = |book: &BTreeMap<&str, String>| format!("/api/conversations/{}/read", book["conversation"]);
    rita.post(&read(&theirs), json!({})).await;
    // What he hears of last comes after what he must not hear of.
    ron.post(&read(&mine), json!({})).await;
    let heard = his.until(&mine["conversation"]).await;
    assert!(!heard.contains(&theirs["conversation"]), "{heard}");
    hers.until(&theirs["conversation"]).await;
    let heard = all.until(&mine["conversation"]).await;
    assert!(heard.contains(&theirs["conversation"]), "{heard}");
    // Nor does he hear who is typing there.
    his.say(&format!("42[\"join\",\"conversation:{}\"]", theirs["conversation"])).await;
    app.app.hub.publish(&format!("conversation:{}", theirs["conversation"]), "secret", &json!({}));
    ron.post(&read(&mine), json!({})).await;
    assert!(!his.until(&mine["conversation"]).await.contains("secret"));
    // Nor who looks at it: the manager and she herself do hear that.
    let says = |what: &str| format!("42[\"{what}\",{{\"id\":\"{}\"}}]", theirs["conversation"]);
    all.say(&says("join:conversation")).await;
    all.say(&says("viewing")).await;
    hers.until("presence:viewing").await;
    all.say(&says("typing:start")).await;
    hers.until("presence:typing").await;
    his.say(&says("viewing")).await;
    his.until("Join the conversation first").await;
    all.say(&says("leave:conversation")).await;
    hers.until("presence:left").await;
    ron.post(&read(&mine), json!({})).await;
    assert!(!his.until(&mine["conversation"]).await.contains("presence"));
    // That sending has stopped concerns everybody.
    app.admin.post("/api/sending/stop", json!({})).await;
    his.until("sending_stopped").await;
}

/// A statement of ours that names the wrong workspace: on PostgreSQL the database itself shows it nothing and takes
/// nothing from it. Each attempt is made twice, behind the wall and as the product's own work, which gets through: so it
/// is the wall that refuses, and not the statement.
async fn the_database_itself_keeps_workspaces_apart(app: TestApp) {
    let db = &app.app.db;
    assert_eq!(db.is_walled(), db.is_postgres());
    let (theirs, stranger) = app.neighbour(2).await;
    let contact = text(&stranger.post("/api/contacts", json!({ "email": "eve@people.example" })).await);
    let contact: domain::ids::ContactId = contact.parse().unwrap();
    for walled in [true, false] {
        let holds = walled && db.is_walled();
        let begin = async || if walled { db.begin_for(&app.scope).await } else { db.begin().await };
        let now = app.clock.now();
        // A look.
        let tx = begin().await.unwrap();
        let seen = store::contact::by_address(&tx, &theirs, "eve@people.example").await.unwrap();
        assert_eq!(seen.is_none(), holds);
        tx.rollback().await.unwrap();
        // A new row.
        let tx = begin().await.unwrap();
        let id = store::new_id(domain::ids::ContactId::from_uuid);
        let fields = store::contact::Fields { phone: Some(RON.into()), ..Default::default() };
        assert_eq!(store::contact::create(&tx, &theirs, &id, &fields, now).await.is_err(), holds);
        tx.rollback().await.unwrap();
        // A removal, and a line in the log.
        let tx = begin().await.unwrap();
        let deleted = store::contact::delete(&tx, &theirs, &contact).await;
        assert_eq!(deleted.is_err(), holds, "{deleted:?}");
        tx.rollback().await.unwrap();
        let tx = begin().await.unwrap();
        let deed = store::audit::Deed { action: "test", subject: "", address: None, data: &json!({}) };
        assert_eq!(store::audit::write(&tx, &theirs, deed, now).await.is_err(), holds);
        tx.rollback().await.unwrap();
    }
    // What they have is still there for them.
    assert_eq!(stranger.get("/api/contacts").await["total"], 1);
}
