//! A walk over the API description (P-X1, P-X5): for every operation, and for every id that it takes in its address, its
//! query or its body, somebody else's. Whoever adds an operation adds a step of this walk.

use crate::{
    http::furnished,
    isolation::{RITA, book},
    kit::{Answer, Client, Device, PASSWORD, TestApp, contract::document, contract::resolved, invited},
    passkeys,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

both! {
    whatever_another_workspace_has_is_not_there,
    whatever_a_colleague_has_is_not_there,
    who_is_nobody_or_no_more_gets_nothing,
    a_key_without_the_scope_gets_nothing,
}

/// Names that end like those of ids and are none of ours, with the reason.
const NO_IDS: [&str; 2] = [
    // Drawn by the caller.
    "client_id",
    // Where a text was copied from, for people to read: nothing is looked up by it.
    "snippet_id",
];

/// An operation of the description.
struct Operation {
    name: &'static str,
    method: String,
    path: &'static str,
    told: &'static Value,
}

fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, told) in methods.as_object().unwrap() {
            let name = told["operationId"].as_str().unwrap();
            all.push(Operation { name, method: method.to_uppercase(), path, told });
        }
    }
    assert!(all.len() > 130, "the walk has become short: {}", all.len());
    all
}

/// Where an id goes.
#[derive(Debug, Clone)]
enum Place {
    Path(&'static str),
    Query(&'static str),
    /// The names on the way down; an empty one stands for the first item of a list.
    Body(Vec<&'static str>),
}

fn is_name_of_id(name: &str) -> bool {
    (name == "id" || name.ends_with("_id") || name == "ids" || name.ends_with("_ids"))
        && !NO_IDS.contains(&name)
}

/// The prefix of the ids that a schema takes.
fn prefix(schema: &'static Value) -> Option<&'static str> {
    let schema = resolved(schema);
    let items = (!schema["items"].is_null()).then(|| prefix(&schema["items"])).flatten();
    let ways = schema["anyOf"].as_array().into_iter().flatten().find_map(prefix);
    let own =
        schema["pattern"].as_str().and_then(|p| p.strip_prefix('^')?.split_once("_[0-7]")).map(|(p, _)| p);
    own.or(items).or(ways)
}

impl Operation {
    fn schema(&self) -> Option<&'static Value> {
        Some(&self.told["requestBody"]["content"].get("application/json")?["schema"])
    }

    /// Every place of an id, and the prefix of the ids that go there.
    fn places(&self) -> Vec<(Place, &'static str)> {
        let mut places = Vec::new();
        for parameter in self.told["parameters"].as_array().unwrap() {
            let parameter = resolved(parameter);
            let name = parameter["name"].as_str().unwrap();
            let place = match parameter["in"].as_str() {
                Some("path") => Place::Path(name),
                Some("query") => Place::Query(name),
                _ => continue,
            };
            match prefix(&parameter["schema"]) {
                Some(prefix) => places.push((place, prefix)),
                None => assert!(!is_name_of_id(name), "{} takes an id {name} of no kind", self.name),
            }
        }
        if let Some(schema) = self.schema() {
            self.inside(schema, &mut Vec::new(), &mut places);
        }
        places
    }

    fn inside(
        &self,
        schema: &'static Value,
        way: &mut Vec<&'static str>,
        places: &mut Vec<(Place, &'static str)>,
    ) {
        if way.len() > 6 {
            return;
        }
        let schema = resolved(schema);
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            way.push(name);
            match prefix(field) {
                Some(prefix) => {
                    let is_list = field["items"].is_object();
                    way.extend(is_list.then_some(""));
                    places.push((Place::Body(way.clone()), prefix));
                    if is_list {
                        way.pop();
                    }
                }
                None => {
                    assert!(!is_name_of_id(name), "{} takes an id {name} of no kind", self.name);
                    self.inside(field, way, places);
                }
            }
            way.pop();
        }
        if schema["items"].is_object() {
            way.push("");
            self.inside(&schema["items"], way, places);
            way.pop();
        }
        for kind in ["anyOf", "oneOf"] {
            for one in schema[kind].as_array().into_iter().flatten() {
                self.inside(one, way, places);
            }
        }
    }

    /// Asks with this id at this place, ids of the caller's own at the others, and whatever else is needed.
    async fn ask(&self, client: &Client, place: &Place, id: &str, own: &BTreeMap<String, String>) -> Answer {
        let (mut path, mut body) = (self.path.to_owned(), json!({}));
        for parameter in self.told["parameters"].as_array().unwrap() {
            let parameter = resolved(parameter);
            if parameter["in"] == "path" {
                let name = parameter["name"].as_str().unwrap();
                let here = matches!(place, Place::Path(other) if *other == name);
                let mine = prefix(&parameter["schema"])
                    .and_then(|prefix| own.get(prefix))
                    .map_or("x", String::as_str);
                path = path.replace(&format!("{{{name}}}"), if here { id } else { mine });
            }
        }
        if let Some(schema) = self.schema() {
            body = example(schema, own);
        }
        match place {
            Place::Path(_) => {}
            Place::Query(name) => path = format!("{path}?{name}={id}"),
            Place::Body(way) => put(&mut body, way, id),
        }
        client.call(&self.method, &path, &body).await
    }
}

/// The smallest value that fits a schema.
fn example(schema: &'static Value, own: &BTreeMap<String, String>) -> Value {
    let schema = resolved(schema);
    if let Some(word) = schema["enum"].get(0) {
        return word.clone();
    }
    if let Some(prefix) = prefix(schema).filter(|_| schema["items"].is_null()) {
        return own.get(prefix).cloned().unwrap_or_default().into();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match kind {
        "string" if schema["format"] == "date-time" => "2026-06-15T00:00:00Z".into(),
        "string" => "resend".into(),
        "integer" | "number" => 1.into(),
        "boolean" => true.into(),
        "array" => json!([]),
        _ => {
            let mut object = Map::new();
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let value = match name {
                    "client_id" => "client-walk".into(),
                    _ => example(&schema["properties"][name], own),
                };
                object.insert(name.to_owned(), value);
            }
            if schema["properties"]["password"].is_object() {
                object.insert("password".into(), PASSWORD.into());
            }
            object.into()
        }
    }
}

fn put(body: &mut Value, way: &[&str], id: &str) {
    match way {
        [] => *body = id.into(),
        ["", rest @ ..] => {
            let mut item = json!({});
            put(&mut item, rest, id);
            *body = json!([item]);
        }
        [name, rest @ ..] => {
            if !body.is_object() {
                *body = json!({});
            }
            put(&mut body[*name], rest, id);
        }
    }
}

fn by_prefix<'a>(ids: impl IntoIterator<Item = &'a String>) -> BTreeMap<String, String> {
    ids.into_iter().map(|id| (id.split_once('_').unwrap().0.to_owned(), id.clone())).collect()
}

/// An answer that gives nothing away.
fn assert_silent(answer: &Answer, expected: &str, what: &str, id: &str) {
    let said = String::from_utf8_lossy(&answer.bytes).into_owned();
    assert_eq!(answer.brief(), expected, "{what}: {said}");
    answer.assert_error_shape(what);
    assert!(!said.contains(id) && !said.contains("eve@") && !said.contains("rita@"), "{what}: {said}");
}

async fn whatever_another_workspace_has_is_not_there(app: TestApp) {
    let (ines, me) = invited(&app, "ines@acme.example", "admin").await;
    let own = by_prefix(&[app.ann().await, me["member"]["id"].as_str().unwrap().to_owned()]);
    let mut theirs = by_prefix(furnished(&app).await.values());
    let (scope, stranger) = app.neighbour(3).await;
    theirs.insert("wsp".into(), scope.workspace.to_string());
    let import =
        stranger.raw("POST", "/api/imports", &[("content-type", "text/csv")], "email\na@b.example\n").await;
    theirs.insert("imp".into(), import.json()["id"].as_str().unwrap().to_owned());
    let asked =
        json!({ "name": "Theirs", "import_id": import.json()["id"], "mapping": { "email": "email" } });
    let mapping = stranger.post("/api/mappings", asked).await;
    theirs.insert("map".into(), mapping["id"].as_str().unwrap().to_owned());
    let view =
        stranger.post("/api/views", json!({ "name": "Theirs", "page": "contacts", "query": "" })).await;
    theirs.insert("viw".into(), view["id"].as_str().unwrap().to_owned());
    let graph =
        json!({ "nodes": [{ "key": "C1", "type": "task", "config": { "kind": "call", "title": "Call" } }] });
    let funnel = stranger.post("/api/funnels", json!({ "name": "Theirs", "graph": graph })).await;
    stranger.post("/api/contacts", json!({ "email": "call@people.example" })).await;
    let asked = json!({ "name": "Theirs", "funnel_id": funnel["id"], "audience": { "all": true } });
    let campaign = stranger.post("/api/campaigns", asked).await;
    stranger.post(&format!("/api/campaigns/{}/start", campaign["id"].as_str().unwrap()), json!({})).await;
    app.run_due().await;
    let tasks = stranger.get("/api/tasks").await;
    theirs.insert("tsk".into(), tasks["data"][0]["id"].as_str().unwrap().to_owned());
    let text =
        json!({ "client_id": "client-of-theirs", "channel": "sms", "to": "+14155550109", "text": "Hello" });
    let conversation = stranger.post("/api/messages", text).await["conversation_id"].clone();
    let tx = app.app.db.begin().await.unwrap();
    let conversation = conversation.as_str().unwrap().parse().unwrap();
    store::notification::answered(&tx, &scope, &conversation, 0).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let told = stranger.get("/api/notifications").await;
    theirs.insert("ntf".into(), told["data"][0]["id"].as_str().unwrap().to_owned());
    let (olga, her) = invited(&app, "olga@acme.example", "rep").await;
    let made = passkeys::make(&olga, &Device::new(7, &passkeys::user_id(&app, &her).await)).await;
    theirs.insert("psk".into(), made.json()["id"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned());
    let (mut walked, mut wrong) = (0, Vec::new());
    for operation in operations().iter().filter(|operation| !is_for_devices(operation)) {
        for (place, prefix) in operation.places() {
            let what = format!("{} {place:?}", operation.name);
            let id = theirs.get(prefix).unwrap_or_else(|| panic!("{what}: nobody has a {prefix} to try"));
            let answer = operation.ask(&ines, &place, id, &own).await;
            walked += 1;
            if answer.brief() == "404 404" {
                assert_silent(&answer, "404 404", &what, id);
            } else {
                wrong.push(format!("{what}: {} {}", answer.brief(), answer.json()["error"]["message"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(walked > 70, "the walk has become short: {walked}");
}

async fn whatever_a_colleague_has_is_not_there(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let theirs = by_prefix(book(&rita, "rita", RITA).await.values());
    let mine = by_prefix(book(&ron, "ron", "+14155550102").await.values());
    let mut walked = 0;
    for operation in operations().iter().filter(|operation| !is_for_devices(operation)) {
        let for_others =
            ["manage", "admin"].contains(&operation.told["x-access"].as_str().unwrap_or_default());
        for (place, prefix) in operation.places() {
            let Some(id) = theirs.get(prefix) else { continue };
            let answer = operation.ask(&ron, &place, id, &mine).await;
            let expected = if for_others { "403 1004" } else { "404 404" };
            assert_silent(&answer, expected, &format!("{} {place:?}", operation.name), id);
            walked += 1;
        }
    }
    assert!(walked > 40, "the walk has become short: {walked}");
}

/// Whether an operation is for the devices of members, which show keys of their own: `relay.rs` walks those.
fn is_for_devices(operation: &Operation) -> bool {
    operation.told["security"].as_array().unwrap().iter().any(|way| way["relayerKey"].is_array())
}

/// Whether an operation is for members, by what the description says of it.
fn is_for_members(operation: &Operation) -> bool {
    operation.told["security"].as_array().unwrap().iter().any(|way| way["cookieAuth"].is_array())
}

async fn who_is_nobody_or_no_more_gets_nothing(app: TestApp) {
    let own = by_prefix(&[app.ann().await]);
    let expired = app.expired().await;
    let mut walked = 0;
    for operation in operations().iter().filter(|operation| is_for_members(operation)) {
        for (client, expected) in [(&Client::anonymous(&app.app), "401 401"), (&expired, "401 1001")] {
            let answer = operation.ask(client, &Place::Path(""), "", &own).await;
            assert_silent(&answer, expected, operation.name, "con_");
        }
        walked += 1;
    }
    assert!(walked > 100, "the walk has become short: {walked}");
}

async fn a_key_without_the_scope_gets_nothing(app: TestApp) {
    let own = by_prefix(&[app.ann().await]);
    // The first has everything but one scope's worth; so has each operation one that is not `stats:read`.
    let key = |scopes: Value| app.admin.post("/api/api-keys", json!({ "name": "Narrow", "scopes": scopes }));
    let narrow = key(json!(["stats:read"])).await["key"].as_str().unwrap().to_owned();
    let narrow = Client::anonymous(&app.app).with_key(&narrow);
    let mut walked = 0;
    for operation in operations().iter().filter(|operation| is_for_members(operation)) {
        // What every key may: ask who it is. And what this one may.
        if ["auth_me", "stats_get"].contains(&operation.name) {
            continue;
        }
        let answer = operation.ask(&narrow, &Place::Path(""), "", &own).await;
        assert_silent(&answer, "403 1004", operation.name, "con_");
        walked += 1;
    }
    assert!(walked > 100, "the walk has become short: {walked}");
}
