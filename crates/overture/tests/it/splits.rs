//! Splits that look for a winner: who is counted, who decides, and what becomes of those who come later.

use crate::kit::*;
use overture::campaigns::splits::look;
use serde_json::{Value, json};
use store::campaign::splits;

both! {
    a_variant_wins_once_and_only_those_who_come_later_go_its_way,
    a_person_decides_takes_it_back_and_is_written_down,
}

/// Two texts by chance; who waits behind them is asked later which one they had.
fn contest(winner: Value) -> Value {
    let variants = json!([{ "key": "a", "weight": 1 }, { "key": "b", "weight": 1 }]);
    let mut split = json!({ "key": "ab", "type": "split", "name": "Which text?", "config": { "variants": variants }, "x": 0, "y": 0 });
    if !winner.is_null() {
        split["config"]["winner"] = winner;
    }
    let asks = |from: &str, to: &str, variant: &str| {
        let mut edge = edge(from, to);
        edge["condition"] = json!({ "split": "ab", "variant": variant });
        edge
    };
    let nodes = json!([
        split,
        sms("TA", "Hello"),
        sms("TB", "Good morning"),
        wait("REST", 10 * DAY),
        condition("ASK"),
        wait("WA", 30 * DAY),
        wait("WB", 30 * DAY),
        exit("END"),
    ]);
    let edges = json!([
        asks("ab", "TA", "a"),
        asks("ab", "TB", "b"),
        edge("TA", "REST"),
        edge("TB", "REST"),
        edge("REST", "ASK"),
        asks("ASK", "WA", "a"),
        edge("ASK", "WB"),
        edge("WA", "END"),
        edge("WB", "END"),
    ]);
    json!({ "nodes": nodes, "edges": edges })
}

/// The split as the API tells it.
async fn told(app: &TestApp, campaign: &str) -> Value {
    app.admin.get(&format!("/api/campaigns/{campaign}/splits")).await["data"][0].clone()
}

fn variant<'a>(told: &'a Value, key: &str) -> &'a Value {
    told["variants"].as_array().unwrap().iter().find(|line| line["key"] == key).unwrap()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// Phones of those who were sent this text.
async fn sent_to(app: &TestApp, text: &str) -> Vec<String> {
    let outbound = app.sent().await;
    outbound
        .iter()
        .filter(|m| m["text"] == text)
        .map(|m| m["to_address"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_variant_wins_once_and_only_those_who_come_later_go_its_way(app: TestApp) {
    let crowd = app.crowd(90).await;
    let campaign =
        app.campaign_with(contest(json!({ "sample": 20, "confidence": 80 })), &crowd[..80], json!({})).await;
    app.run_due().await;
    let [a, b] = [sent_to(&app, "Hello").await, sent_to(&app, "Good morning").await];
    assert_eq!(a.len() + b.len(), 80);
    for (at, phone) in a.iter().take(12).enumerate() {
        Post::text(&format!("SM{at}"), phone, "Yes, please").to(&Client::anonymous(&app.app)).await;
    }
    // An opt-out is no answer that counts.
    Post::text("SM-stop", &b[0], "STOP").to(&Client::anonymous(&app.app)).await;
    app.advance(23 * HOUR).await;
    let early = told(&app, &campaign).await;
    let counted = |told: &Value| {
        ["a", "b"].map(|key| ["people", "written", "answered"].map(|what| number(&variant(told, key)[what])))
    };
    let (in_a, in_b) = (i64::try_from(a.len()).unwrap(), i64::try_from(b.len()).unwrap());
    assert_eq!(counted(&early), [[in_a, 0, 0], [in_b, 0, 0]], "they still have time to answer");
    assert_eq!(
        (&early["decision"], &early["looks"], &early["is_watched"]),
        (&Value::Null, &json!(0), &json!(true))
    );
    assert_eq!(early["needs"], json!({ "written": 20, "certainty": 0.9 }));

    // Two nodes look at the same moment.
    app.clock.advance(2 * HOUR);
    let now = app.clock.now();
    let due = splits::due(&app.app.db, now).await.unwrap();
    let (one, two) = tokio::join!(look(&app.app, &due[0], now), look(&app.app, &due[0], now));
    one.and(two).unwrap();
    app.run_due().await;
    let decided = told(&app, &campaign).await;
    assert_eq!(counted(&decided), [[in_a, in_a, 12], [in_b, in_b, 0]]);
    let decision = &decided["decision"];
    assert_eq!(
        (&decision["winner"], &decision["by"], &decided["looks"]),
        (&json!("a"), &Value::Null, &json!(1)),
        "{decided}"
    );
    assert!(decision["numbers"]["certainty"].as_f64().unwrap() > 0.9, "{decision}");
    assert_eq!(
        decision["numbers"]["variants"][0],
        json!({ "key": "a", "people": in_a, "written": in_a, "answered": 12 })
    );
    let facts = app.admin.get("/api/stats").await["recent"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["kind"] == "split_decided")
        .count();
    assert_eq!(facts, 1, "one of them decided");

    // Whoever comes now goes its way and counts for nobody; whoever was there stays and is still asked about their own.
    let audience = json!({ "audience": { "contact_ids": crowd[80..] } });
    app.admin.post(&format!("/api/campaigns/{campaign}/people"), audience).await;
    app.run_due().await;
    assert_eq!(
        [sent_to(&app, "Hello").await.len(), sent_to(&app, "Good morning").await.len()],
        [a.len() + 10, b.len()]
    );
    let after = told(&app, &campaign).await;
    assert_eq!(counted(&after), counted(&decided));
    assert_eq!(["a", "b"].map(|key| number(&variant(&after, key)["as_winner"])), [10, 0]);
    app.live(11 * DAY, DAY).await;
    // Who wants no more texts goes on without them.
    let here = async |node: &str| number(&app.node_of(&campaign, node).await["here"]);
    assert_eq!((here("WA").await, here("WB").await), (in_a - 12 + 10, in_b));
}

async fn a_person_decides_takes_it_back_and_is_written_down(app: TestApp) {
    let crowd = app.crowd(60).await;
    let campaign = app.campaign_with(contest(Value::Null), &crowd[..20], json!({})).await;
    app.run_due().await;
    let path = format!("/api/campaigns/{campaign}/splits");
    let open = told(&app, &campaign).await;
    assert_eq!(
        (&open["rule"], &open["needs"], &open["is_watched"]),
        (&Value::Null, &Value::Null, &json!(false))
    );
    assert_eq!(number(&variant(&open, "a")["written"]) + number(&variant(&open, "b")["written"]), 20);
    for (body, brief) in [
        (json!({ "node": "ab", "variant": "c" }), "422 4001"),
        (json!({ "node": "TA", "variant": "a" }), "422 4001"),
    ] {
        assert_eq!(app.admin.call("POST", &format!("{path}/choose"), &body).await.brief(), brief);
    }
    let chosen = app.admin.post(&format!("{path}/choose"), json!({ "node": "ab", "variant": "b" })).await;
    let decision = &chosen["data"][0]["decision"];
    assert_eq!((&decision["winner"], &decision["numbers"]["by_hand"]), (&json!("b"), &json!(true)));
    assert!(decision["by"].is_string());
    let join = async |from: usize, to: usize| {
        let audience = json!({ "audience": { "contact_ids": crowd[from..to] } });
        app.admin.post(&format!("/api/campaigns/{campaign}/people"), audience).await;
        app.run_due().await;
        sent_to(&app, "Good morning").await.len()
    };
    let before = sent_to(&app, "Good morning").await.len();
    assert_eq!(join(20, 30).await, before + 10);
    // No rule, so nobody decides but a person.
    let refused =
        app.admin.call("POST", &format!("{path}/reopen"), &json!({ "node": "ab", "automatic": true })).await;
    assert_eq!(refused.brief(), "422 4001");
    let back = app.admin.post(&format!("{path}/reopen"), json!({ "node": "ab" })).await;
    assert_eq!((&back["data"][0]["decision"], &back["data"][0]["is_held"]), (&Value::Null, &json!(true)));
    let by_chance = join(30, 60).await - before - 10;
    assert!((1..30).contains(&by_chance), "{by_chance} of 30");
    assert_eq!(number(&variant(&told(&app, &campaign).await, "b")["as_winner"]), 10);
    let audit = app.admin.get("/api/audit?limit=50").await;
    let done: Vec<&str> =
        audit["data"].as_array().unwrap().iter().filter_map(|line| line["action"].as_str()).collect();
    for action in ["campaign_split_choose", "campaign_split_reopen"] {
        assert!(done.contains(&action), "{done:?}");
    }
    let (_, stranger) = app.neighbour(2).await;
    assert_eq!(stranger.call("GET", &path, &json!({})).await.status, 404);
}
