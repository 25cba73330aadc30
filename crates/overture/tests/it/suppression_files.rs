//! The suppression list as a file: out, and into another workspace as it was.

use crate::kit::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

both! {
    a_list_is_the_same_after_its_way_through_a_file,
    what_cannot_be_used_comes_back_and_what_is_there_stays,
    a_file_withdraws_what_is_queued_to_its_addresses,
    a_long_file_is_taken_in_slices,
    a_rep_takes_their_own_along_and_brings_none,
    files_of_no_use_are_refused,
}

async fn take_in(client: &Client, file: impl Into<Vec<u8>>) -> Answer {
    let path = "/api/suppressions/import?name=stop.csv";
    client.raw("POST", path, &[("content-type", "text/csv")], file.into()).await
}

/// Takes in a file that is fine: added, unchanged, failed.
async fn taken(client: &Client, file: impl Into<Vec<u8>>) -> (Value, [i64; 3]) {
    let answer = take_in(client, file).await;
    let said = answer.json();
    assert_eq!(answer.status.as_u16(), 200, "{said}");
    let counts = ["added", "unchanged", "failed"].map(|name| said[name].as_i64().unwrap());
    assert_eq!(counts.iter().sum::<i64>(), said["rows_read"].as_i64().unwrap(), "{said}");
    (said, counts)
}

async fn exported(client: &Client) -> String {
    let answer = client.raw("GET", "/api/suppressions/export.csv", &[], "").await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"suppressions.csv\"");
    String::from_utf8(answer.bytes).unwrap()
}

/// Everything that an entry says.
async fn list(client: &Client) -> BTreeSet<Vec<String>> {
    let (mut all, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let page = client.get(&format!("/api/suppressions?limit=200{cursor}")).await;
        for entry in page["data"].as_array().unwrap() {
            let cells = ["channel", "value", "reason", "source", "created_at"]
                .map(|name| entry[name].as_str().unwrap());
            assert!(all.insert(cells.map(str::to_owned).to_vec()), "twice: {entry}");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn suppress(app: &TestApp, channel: &str, value: &str, reason: &str) {
    let entry = json!({ "channel": channel, "value": value, "reason": reason });
    app.admin.post("/api/suppressions", entry).await;
    app.clock.advance(MINUTE);
}

async fn a_list_is_the_same_after_its_way_through_a_file(app: TestApp) {
    suppress(&app, "all", "ann@x.example", "Said no, on the phone").await;
    suppress(&app, "email", "=cmd@x.example", "=HYPERLINK(\"http://x.example\")").await;
    suppress(&app, "sms", "+1 415 555 2671", "-1 \"quoted\"\nand a line").await;
    suppress(&app, "all", "+14155552672", "@SUM(A1)").await;
    suppress(&app, "email", "zoe@x.example", "N\u{e3}o").await;
    for n in 0..420 {
        let entry = json!({ "channel": "email", "value": format!("p{n}@x.example") });
        app.admin.post("/api/suppressions", entry).await;
    }
    // Of an erased person nothing goes along.
    let gone = app.contact(json!({ "email": "gone@x.example" })).await;
    app.admin.post(&format!("/api/contacts/{gone}/erase"), json!({ "confirm": "gone@x.example" })).await;
    let file = exported(&app.admin).await;
    assert!(!file.contains("erased") && !file.contains("gone@"), "{file}");
    for line in file.lines().skip(1) {
        assert!(
            !line.starts_with(['=', '-', '@']) && !line.contains(",=") && !line.contains(",@SUM"),
            "{line}"
        );
    }
    app.clock.advance(DAY);
    let empty = app.neighbour(7).await.1;
    let (said, counts) = taken(&empty, file.clone()).await;
    assert_eq!(counts, [425, 0, 0], "{said}");
    let here: BTreeSet<Vec<String>> =
        list(&app.admin).await.into_iter().filter(|entry| !entry[1].starts_with("erased:")).collect();
    assert_eq!(list(&empty).await, here);
    assert_eq!(
        exported(&empty).await.lines().collect::<BTreeSet<_>>(),
        file.lines().collect::<BTreeSet<_>>()
    );
    // Once more, and back home: everything is there.
    assert_eq!(taken(&empty, file.clone()).await.1, [0, 425, 0]);
    assert_eq!(taken(&app.admin, file).await.1, [0, 425, 0]);
}

async fn what_cannot_be_used_comes_back_and_what_is_there_stays(app: TestApp) {
    suppress(&app, "all", "ann@x.example", "Asked").await;
    let before = list(&app.admin).await;
    let file = "Email;Channel;Reason;Sender;Since;Note\n\
        ANN@x.example;all;Other;;;kept\n\
        bob@x.example;e-mail;Complained;;2026-05-31;new\n\
        bob@x.example;email;Twice;;;\n\
        nobody;;;;;=1+1\n\
        ;;;;;blank\n\
        cy@x.example;pigeon;;;;\n\
        di@x.example;;;who@us.example;;\n\
        eve@x.example;;;;2126-01-01;\n\
        fay@x.example;;;;yesterday;\n\
        (415) 555-2673;text;;;;\n";
    let (said, counts) = taken(&app.admin, file).await;
    assert_eq!(counts, [2, 2, 6], "{said}");
    let told: Vec<(&str, &str)> = said["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["place"].as_str().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    let expected = [
        ("Line 5", "This is not"),
        ("Line 6", "There is no address"),
        ("Line 7", "\"pigeon\" is no channel"),
        ("Line 8", "There is no sender who@us.example here"),
        ("Line 9", "The time is in the future"),
        ("Line 10", "The time must look like"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ((place, reason), (line, begin)) in told.iter().zip(expected) {
        assert!(*place == line && reason.starts_with(begin), "{told:?}");
    }
    let mut after = before;
    let since = |at: &str| at.to_owned();
    after.insert(
        ["email", "bob@x.example", "Complained", "file", "2026-05-31T00:00:00.000Z"].map(since).to_vec(),
    );
    let now = domain::time::rfc3339(app.clock.now());
    after.insert(["sms", "+14155552673", "From a file", "file", &now].map(since).to_vec());
    assert_eq!(list(&app.admin).await, after);
    // The rejected rows are a file of their own, harmless and to be corrected.
    let back = said["rejected_csv"].as_str().unwrap();
    assert!(back.starts_with("Email,Channel,Reason,Sender,Since,Note,_error\n"), "{back}");
    assert!(back.contains("'=1+1"), "{back}");
    let corrected = back
        .replace("nobody", "nora@x.example")
        .replace("pigeon", "email")
        .replace("who@us.example", "")
        .replace("2126", "2026")
        .replace("yesterday", "2026-06-14");
    let (said, counts) = taken(&app.admin, corrected).await;
    assert_eq!(counts, [5, 0, 1], "{said}");
    assert_eq!(taken(&app.admin, "value\nann@x.example\n").await.0["rejected_csv"], Value::Null);
}

async fn a_file_withdraws_what_is_queued_to_its_addresses(app: TestApp) {
    let ann = app.ann().await;
    let bea = app.contact(json!({ "email": "bea@x.example" })).await;
    let campaign = app.campaign(chain(vec![wait("W", DAY), email("E", "Hi", "Hello")]), &[ann, bea]).await;
    app.run_due().await;
    let first = app.write("0196f0a1-0000-7000-8000-000000000001", "sms", "+14155550101", "one").await;
    let second = app.write("0196f0a1-0000-7000-8000-000000000002", "sms", "+14155550102", "two").await;
    let file = "value,channel\nann@people.example,all\n+14155550101,sms\n+14155550102,whatsapp\n";
    let (said, counts) = taken(&app.admin, file).await;
    assert_eq!((counts, said["withdrawn"].as_i64()), ([3, 0, 0], Some(1)), "{said}");
    let stands = [
        app.message(&first["id"]).await["status"].clone(),
        app.message(&second["id"]).await["status"].clone(),
    ];
    assert_eq!(stands, ["suppressed", "queued"]);
    let mut people: Vec<String> =
        app.people(&campaign).await.iter().map(|p| format!("{} {}", p["status"], p["reason"])).collect();
    people.sort();
    assert_eq!(people, ["\"active\" null", "\"exited\" \"opted_out\""]);
}

async fn a_long_file_is_taken_in_slices(app: TestApp) {
    let rows: String = (0..3_210).map(|n| format!("p{}@x.example,all\n", n % 3_000)).collect();
    let (said, counts) = taken(&app.admin, format!("value,channel\n{rows}")).await;
    assert_eq!(counts, [3_000, 210, 0], "{said}");
    assert_eq!(list(&app.admin).await.len(), 3_000);
    assert_eq!(exported(&app.admin).await.lines().count(), 3_001);
    // One of them by its whole address, however it is written.
    suppress(&app, "sms", "+1 415 555 2671", "Asked").await;
    for (text, expected) in
        [("P17@X.example", 1), ("p17@x", 0), ("(415) 555-2671", 1), ("p3000@x.example", 0)]
    {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("value", text).finish();
        let page = app.admin.get(&format!("/api/suppressions?{query}")).await;
        assert_eq!(page["data"].as_array().unwrap().len(), expected, "{text}: {page}");
    }
}

async fn a_rep_takes_their_own_along_and_brings_none(app: TestApp) {
    suppress(&app, "all", "ann@x.example", "Asked").await;
    suppress(&app, "all", "bob@x.example", "Asked").await;
    let rep = app.member("rep").await;
    rep.post("/api/contacts", json!({ "email": "bob@x.example" })).await;
    let file = exported(&rep).await;
    assert!(file.contains("bob@x.example") && !file.contains("ann@x.example"), "{file}");
    assert_eq!(take_in(&rep, "value\ncy@x.example\n").await.status.as_u16(), 403);
    assert_eq!(taken(&app.member("manager").await, "value\ncy@x.example\n").await.1, [1, 0, 0]);
    let log = app.admin.get("/api/audit?action=suppression_import").await;
    assert_eq!(log["data"].as_array().unwrap().len(), 1, "{log}");
    let log = app.admin.get("/api/audit?action=suppression_file").await;
    assert_eq!(log["data"].as_array().unwrap().len(), 1, "{log}");
}

async fn files_of_no_use_are_refused(app: TestApp) {
    for (file, part) in [("", "empty"), ("name,city\nAnn,Oslo\n", "No column"), ("value\n", "")] {
        let answer = take_in(&app.admin, file).await;
        let said = answer.json();
        assert_eq!(answer.status.as_u16(), 422, "{file:?}: {said}");
        assert!(said["error"]["message"].as_str().unwrap().contains(part), "{said}");
    }
    assert!(list(&app.admin).await.is_empty());
}
