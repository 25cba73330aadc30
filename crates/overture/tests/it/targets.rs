//! Targets: a rep's list of whom to research, and how somebody on it becomes a contact.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_target_is_made_read_changed_and_removed,
    what_cannot_be_used_is_told_field_by_field,
    several_are_added_in_the_order_in_which_they_were_written,
    a_target_becomes_a_contact_once,
    a_target_is_tied_to_a_contact_that_is_there,
    reps_see_their_own_targets,
    what_becomes_of_the_contact_is_known_to_the_target,
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap_or_else(|| panic!("no id: {of}"))
}

async fn target(client: &Client, input: Value) -> Value {
    client.post("/api/targets", input).await
}

async fn a_target_is_made_read_changed_and_removed(app: TestApp) {
    let given = json!({
        "name": " Ada  Lovelace ", "company": "Acme", "title": "CTO", "telegram": "https://t.me/Ada_L",
        "x": "https://x.com/ada/status/1", "url": "https://ada.example", "notes": "Met\nat the fair", "email": "Ada@x.example",
    });
    let made = target(&app.admin, given).await;
    let expected = json!({
        "name": "Ada  Lovelace", "company": "Acme", "title": "CTO", "telegram": "Ada_L", "x": "ada", "url": "https://ada.example",
        "notes": "Met\nat the fair", "email": "Ada@x.example", "state": "to_research", "contact_id": null,
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(made[field], *value, "{field}");
    }
    let path = format!("/api/targets/{}", id(&made));
    assert_eq!(app.admin.get(&path).await, made);
    for state in ["researching", "ready", "dropped", "to_research"] {
        assert_eq!(app.admin.patch(&path, json!({ "state": state })).await["state"], state);
    }
    let changed = app.admin.patch(&path, json!({ "company": "", "telegram": " ", "notes": "New" })).await;
    assert_eq!((&changed["company"], &changed["telegram"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&changed["notes"], &changed["x"], &changed["state"]),
        (&json!("New"), &json!("ada"), &json!("to_research"))
    );
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 200);
    assert_eq!(app.admin.call("GET", &path, &json!({})).await.brief(), "404 404");
}

async fn what_cannot_be_used_is_told_field_by_field(app: TestApp) {
    for (input, field) in [
        (json!({}), "name"),
        (json!({ "name": "x".repeat(201) }), "name"),
        (json!({ "name": "A", "telegram": "ann lee" }), "telegram"),
        (json!({ "name": "A", "x": "a name that is none" }), "x"),
        (json!({ "name": "A", "email": "ann" }), "email"),
        (json!({ "name": "A", "url": "javascript:1" }), "url"),
        (json!({ "name": "A", "state": "approached" }), "state"),
        (json!({ "name": "A", "notes": "x".repeat(10_001) }), "notes"),
    ] {
        let answer = app.admin.call("POST", "/api/targets", &input).await;
        assert_eq!(answer.brief(), "422 4001", "{input}");
        assert_eq!(answer.json()["error"]["fields"][0]["field"], field, "{input}");
        let several = json!({ "targets": [{ "name": "Good" }, input] });
        let answer = app.admin.call("POST", "/api/targets/batch", &several).await;
        assert_eq!(answer.json()["error"]["fields"][0]["field"], format!("targets[1].{field}"), "{input}");
    }
    let many: Vec<Value> = (0..201).map(|n| json!({ "name": n.to_string() })).collect();
    for several in [json!([]), json!(many)] {
        let answer = app.admin.call("POST", "/api/targets/batch", &json!({ "targets": several })).await;
        assert_eq!(answer.brief(), "422 4001");
    }
    assert_eq!(app.admin.get("/api/targets").await["data"], json!([]), "all or none");
}

async fn several_are_added_in_the_order_in_which_they_were_written(app: TestApp) {
    let several = json!({ "targets": [{ "name": "Ada" }, { "name": "Bo", "company": "Acme" }, { "name": "Cy", "state": "ready" }] });
    app.admin.post("/api/targets/batch", several).await;
    let names = async |query: &str| -> Vec<String> {
        let page = app.admin.get(&format!("/api/targets?{query}")).await;
        page["data"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("").await, ["Ada", "Bo", "Cy"]);
    assert_eq!(names("search=ACM").await, ["Bo"]);
    assert_eq!(names("state=ready").await, ["Cy"]);
    let first = app.admin.get("/api/targets?limit=2").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(names(&format!("limit=2&cursor={cursor}")).await, ["Cy"]);
    let counts = app.admin.get("/api/targets?state=ready&search=c").await["counts"].clone();
    let expected = json!({ "to_research": 1, "researching": 0, "ready": 1, "approached": 0, "dropped": 0 });
    assert_eq!(counts, expected, "Bo is at Acme; Cy is ready");
}

async fn a_target_becomes_a_contact_once(app: TestApp) {
    let ada = json!({ "name": "Dr. Ada van Dam", "company": "Acme", "title": "CTO", "telegram": "@ada" });
    let ada = target(&app.admin, ada).await;
    let path = format!("/api/targets/{}/convert", id(&ada));
    let answer = app.admin.call("POST", &path, &json!({})).await;
    assert_eq!(answer.brief(), "422 4001", "a contact needs an address");
    assert_eq!(answer.json()["error"]["fields"][0]["field"], "email");
    let done = app.admin.post(&path, json!({ "email": "ada@x.example" })).await;
    let contact = &done["contact"];
    for (field, value) in
        [("first_name", "Ada"), ("last_name", "van Dam"), ("company", "Acme"), ("title", "CTO")]
    {
        assert_eq!(contact[field], value, "{field}");
    }
    assert_eq!(
        (&contact["addresses"][0]["kind"], &contact["addresses"][0]["value"]),
        (&json!("telegram"), &json!("@ada"))
    );
    assert_eq!(
        (&done["target"]["state"], &done["target"]["contact_id"]),
        (&json!("approached"), &contact["id"])
    );
    assert_eq!(app.admin.call("POST", &path, &json!({ "email": "b@x.example" })).await.brief(), "409 4002");
    assert_eq!(app.admin.get("/api/contacts").await["total"], 1, "nothing is left of the second");
    let back =
        app.admin.call("PATCH", &format!("/api/targets/{}", id(&ada)), &json!({ "state": "ready" })).await;
    assert_eq!(back.brief(), "409 4002");
    // Two at once make one contact.
    let bo = target(&app.admin, json!({ "name": "Bo", "email": "bo@x.example" })).await;
    let path = format!("/api/targets/{}/convert", id(&bo));
    let (one, two) = (json!({}), json!({ "email": "bo.two@x.example" }));
    let (first, second) =
        tokio::join!(app.admin.call("POST", &path, &one), app.admin.call("POST", &path, &two));
    assert_eq!([first.status, second.status].iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(app.admin.get("/api/contacts").await["total"], 2);
}

async fn a_target_is_tied_to_a_contact_that_is_there(app: TestApp) {
    let ann = app.ann().await;
    let taken =
        target(&app.admin, json!({ "name": "Ann", "email": "ann@people.example", "telegram": "ann" })).await;
    let path = format!("/api/targets/{}/convert", id(&taken));
    let answer = app.admin.call("POST", &path, &json!({})).await;
    assert_eq!(answer.brief(), "409 4002");
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains(&ann), "{}", answer.json());
    let done = app.admin.post(&path, json!({ "contact_id": ann })).await;
    assert_eq!((&done["contact"]["id"], &done["target"]["contact_id"]), (&json!(ann), &json!(ann)));
    assert_eq!(done["contact"]["addresses"][0]["value"], "ann");
}

async fn reps_see_their_own_targets(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let hers = target(&rita, json!({ "name": "Ada" })).await;
    let his = ron.post("/api/contacts", json!({ "email": "his@x.example" })).await;
    assert_eq!(ron.get("/api/targets").await["data"], json!([]));
    assert_eq!(ron.get("/api/targets").await["counts"]["to_research"], 0);
    assert_eq!(app.admin.get("/api/targets").await["data"][0]["owner_id"], hers["owner_id"]);
    let path = format!("/api/targets/{}", id(&hers));
    for (method, path, input) in [
        ("GET", path.clone(), json!({})),
        ("PATCH", path.clone(), json!({ "name": "X" })),
        ("DELETE", path.clone(), json!({})),
        ("POST", format!("{path}/convert"), json!({ "email": "a@x.example" })),
    ] {
        assert_eq!(ron.call(method, &path, &input).await.brief(), "404 404", "{method} {path}");
    }
    let foreign = json!({ "contact_id": his["id"] });
    assert_eq!(rita.call("POST", &format!("{path}/convert"), &foreign).await.brief(), "404 404");
    assert_eq!(
        rita.post(&format!("{path}/convert"), json!({ "email": "a@x.example" })).await["target"]["state"],
        "approached"
    );
}

async fn what_becomes_of_the_contact_is_known_to_the_target(app: TestApp) {
    let mut made = Vec::new();
    for n in 0..4 {
        let one =
            target(&app.admin, json!({ "name": format!("N{n}"), "email": format!("n{n}@x.example") })).await;
        let done = app.admin.post(&format!("/api/targets/{}/convert", id(&one)), json!({})).await;
        made.push((id(&one).to_owned(), id(&done["contact"]).to_owned()));
    }
    let of = async |n: usize| app.admin.get(&format!("/api/targets/{}", made[n].0)).await;
    // Deleted: it is not to be done again.
    app.admin.call("DELETE", &format!("/api/contacts/{}", made[0].1), &json!({})).await;
    assert_eq!((&of(0).await["contact_id"], &of(0).await["state"]), (&Value::Null, &json!("dropped")));
    // Erased: so is the target.
    let exported = app.admin.get(&format!("/api/contacts/{}/export", made[1].1)).await;
    assert_eq!(exported["targets"][0]["name"], "N1", "{exported}");
    let again = target(&app.admin, json!({ "name": "The same", "email": "N1@x.example" })).await;
    let done = app
        .admin
        .post(&format!("/api/contacts/{}/erase", made[1].1), json!({ "confirm": "n1@x.example" }))
        .await;
    assert_eq!(done["erased"]["targets"], 2);
    for gone in [made[1].0.as_str(), id(&again)] {
        assert_eq!(
            app.admin.call("GET", &format!("/api/targets/{gone}"), &json!({})).await.brief(),
            "404 404"
        );
    }
    // Folded into another, and taken apart again.
    let merge = json!({ "other_id": made[3].1 });
    let merge = app.admin.post(&format!("/api/contacts/{}/merge", made[2].1), merge).await;
    assert_eq!(of(3).await["contact_id"], json!(made[2].1));
    app.admin.post(&format!("/api/merges/{}/undo", id(&merge["merge"])), json!({})).await;
    assert_eq!(
        (&of(2).await["contact_id"], &of(3).await["contact_id"]),
        (&json!(made[2].1), &json!(made[3].1))
    );
}
