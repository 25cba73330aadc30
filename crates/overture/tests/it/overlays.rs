//! What the picture of a campaign counts at its steps: every number is as long as the list behind it.

use crate::kit::*;
use overture::engagement;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

both! {
    every_number_of_an_overlay_is_as_long_as_the_list_behind_it,
}

const OVERLAYS: [&str; 6] = ["here", "sent", "opened", "replied", "trouble", "won"];

async fn counts(client: &Client, campaign: &str, overlay: &str) -> BTreeMap<String, i64> {
    let told = client.get(&format!("/api/campaigns/{campaign}/overlay?of={overlay}")).await;
    let line = |line: &Value| (line["node"].as_str().unwrap().to_owned(), line["people"].as_i64().unwrap());
    told["data"].as_array().unwrap().iter().map(line).collect()
}

async fn behind(client: &Client, campaign: &str, overlay: &str, node: &str) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/campaigns/{campaign}/people?overlay={overlay}&node={node}&limit=3{cursor}");
        let page = client.get(&path).await;
        let ids =
            page["data"].as_array().unwrap().iter().map(|p| p["contact_id"].as_str().unwrap().to_owned());
        all.extend(ids);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn every_number_of_an_overlay_is_as_long_as_the_list_behind_it(app: TestApp) {
    // A loop, so that some are written to twice by one step.
    let graph = json!({
        "nodes": [email("E1", "Hi {{ contact.first_name }}", "Hello"), wait("W1", DAY), sms("T1", "Hello"), wait("W2", DAY)],
        "edges": [edge("E1", "W1"), edge("W1", "T1"), edge("T1", "W2"), edge("W2", "T1")],
    });
    let mut graph = graph;
    graph["nodes"].as_array_mut().unwrap().push(exit("END"));
    graph["edges"].as_array_mut().unwrap()[3]["condition"] =
        json!({ "field": "contact.city", "op": "missing" });
    graph["edges"].as_array_mut().unwrap().push(edge("W2", "END"));
    let rita = app.member("rep").await;
    let mut people = Vec::new();
    for n in 0..8 {
        // One has no first name and is held.
        let name = if n == 7 { Value::Null } else { json!(format!("P{n}")) };
        let fields = json!({ "email": format!("p{n}@people.example"), "phone": format!("+1415555{n:04}"), "first_name": name });
        let id = rita.post("/api/contacts", fields).await["id"].as_str().unwrap().to_owned();
        people.push(id);
    }
    let funnel = app.admin.post("/api/funnels", json!({ "name": "Funnel", "graph": graph })).await;
    let asked = json!({ "name": "C", "funnel_id": funnel["id"], "audience": { "contact_ids": people } });
    let campaign = rita.post("/api/campaigns", asked).await["id"].as_str().unwrap().to_owned();
    app.admin.post(&format!("/api/campaigns/{campaign}/start"), json!({})).await;
    app.run_due().await;
    // It is her campaign, and most of its people have been handed over since.
    let me = app.admin.get("/api/auth/me").await["member"]["id"].clone();
    let give = json!({ "who": { "contact_ids": people[2..] }, "owner_id": me });
    app.admin.post("/api/contacts/assign", give).await;
    let mails = app.sent().await;
    for mail in &mails[..3] {
        let id = mail["id"].as_str().unwrap().parse().unwrap();
        engagement::note_opened(&app.app, &id).await.unwrap();
        engagement::note_opened(&app.app, &id).await.unwrap();
    }
    app.live(4 * DAY, DAY).await;
    Post::text("SM1", "+14155550001", "Yes, sounds great, let's talk").to(&Client::anonymous(&app.app)).await;
    Post::text("SM2", "+14155550002", "Not interested").to(&Client::anonymous(&app.app)).await;
    app.run_due().await;

    let mut seen = BTreeMap::new();
    for overlay in OVERLAYS {
        for client in [&app.admin, &rita] {
            let counted = counts(client, &campaign, overlay).await;
            for node in ["E1", "W1", "T1", "W2", "END"] {
                let list = behind(client, &campaign, overlay, node).await;
                let distinct: BTreeSet<&String> = list.iter().collect();
                assert_eq!(distinct.len(), list.len(), "{overlay} {node}: somebody twice");
                let number = counted.get(node).copied().unwrap_or(0);
                assert_eq!(number, i64::try_from(list.len()).unwrap(), "{overlay} {node}");
                seen.insert((overlay, node, std::ptr::eq(client, &rita)), number);
            }
        }
    }
    let of = |overlay, node| (seen[&(overlay, node, false)], seen[&(overlay, node, true)]);
    assert_eq!(
        (of("sent", "E1"), of("sent", "T1")),
        ((7, 2), (7, 2)),
        "a person once, a rep's own people only"
    );
    assert_eq!(of("opened", "E1").0, 3);
    assert_eq!((of("replied", "T1"), of("won", "T1"), of("won", "E1")), ((2, 1), (1, 1), (1, 1)));
    assert_eq!((of("trouble", "E1"), of("trouble", "T1")), ((1, 0), (0, 0)), "who is held");
    assert_eq!(of("here", "E1").0, 1);
    let all: i64 = ["E1", "W1", "T1", "W2"].iter().map(|node| of("here", node).0).sum();
    assert_eq!(all, 6, "two have answered");
    assert_eq!(
        app.admin.call("GET", &format!("/api/campaigns/{campaign}/overlay?of=love"), &json!({})).await.status,
        422
    );
}
