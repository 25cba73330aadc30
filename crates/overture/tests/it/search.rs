//! The search box and the search of the contact list.

use crate::{
    imports::uploaded,
    isolation::{RITA, book},
    kit::*,
};
use serde_json::{Value, json};

both! {
    people_are_found_by_beginnings_of_words_and_whole_addresses,
    a_mistyped_name_is_found_and_said_so,
    everything_else_is_found_in_one_box,
    words_follow_what_is_changed_and_go_with_who_goes,
    what_an_import_wrote_is_found_at_once_in_the_list_and_soon_in_the_box,
    a_key_finds_what_it_may_read,
    many_that_have_a_word_come_page_by_page,
    whose_name_it_is_comes_before_whose_begins_so_however_many_these_are,
    targets_are_found_by_whose_they_are_until_they_are_contacts,
}

async fn person(app: &TestApp, fields: Value) -> String {
    app.admin.post("/api/contacts", fields).await["id"].as_str().unwrap().to_owned()
}

async fn find(client: &Client, text: &str) -> Value {
    client.get(&format!("/api/search?q={}", url(text))).await
}

fn url(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn names<'a>(found: &'a Value, kind: &str) -> Vec<&'a str> {
    let name = if kind == "conversations" { "contact_name" } else { "name" };
    let all = found[kind].as_array().unwrap_or_else(|| panic!("{found}"));
    all.iter().map(|one| one[name].as_str().unwrap()).collect()
}

async fn people_are_found_by_beginnings_of_words_and_whole_addresses(app: TestApp) {
    for fields in [
        json!({ "first_name": "José", "last_name": "García", "email": "jose@uno.example", "city": "Århus" }),
        json!({ "first_name": "Anna", "last_name": "Smith", "email": "anna.smith@acme.example", "phone": ANN }),
        json!({ "first_name": "Annabel", "last_name": "Lee", "email": "lee@acme.example", "title": "Head of Smithing" }),
    ] {
        person(&app, fields).await;
    }
    let table: [(&str, &[&str]); 16] = [
        ("jose", &["José García"]),
        ("GARCIA josé", &["José García"]),
        ("arhus", &["José García"]),
        // Whole names first, then the newest.
        ("anna", &["Anna Smith", "Annabel Lee"]),
        ("ann", &["Annabel Lee", "Anna Smith"]),
        ("smith", &["Anna Smith", "Annabel Lee"]),
        ("lee ann", &["Annabel Lee"]),
        ("acme.example", &["Annabel Lee", "Anna Smith"]),
        ("anna.smith@acme.example", &["Anna Smith"]),
        ("ANNA.SMITH@acme.example", &["Anna Smith"]),
        (ANN, &["Anna Smith"]),
        (&ANN[..8], &["Anna Smith"]),
        ("nna", &[]),
        ("zed", &[]),
        ("!?", &[]),
        ("\"' OR * :*& (", &[]),
    ];
    for (text, expected) in table {
        let found = find(&app.admin, text).await;
        assert_eq!(names(&found, "contacts"), expected, "{text}");
        assert_eq!(found["corrected"], json!(null), "{text}");
        if text.contains('@') {
            continue;
        }
        // The list finds the same people, the newest first.
        let list = app.admin.get(&format!("/api/contacts?search={}", url(text))).await;
        assert_eq!(list["total"], expected.len(), "{text}: {list}");
    }
    let spaced = format!("{} {}-{}", &ANN[..5], &ANN[5..8], &ANN[8..]);
    assert_eq!(names(&find(&app.admin, &spaced).await, "contacts"), ["Anna Smith"]);
    let answer = app.admin.call("GET", &format!("/api/search?q={}", "a".repeat(201)), &json!({})).await;
    assert_eq!(answer.brief(), "422 4001");
}

async fn a_mistyped_name_is_found_and_said_so(app: TestApp) {
    person(
        &app,
        json!({ "first_name": "Anna", "last_name": "Müller", "email": "a@x.example", "company": "Globex" }),
    )
    .await;
    for (text, corrected, expected) in [
        ("Mueller", json!("muller"), vec!["Anna Müller"]),
        ("anan muller", json!("anna muller"), vec!["Anna Müller"]),
        ("globx", json!("globex"), vec!["Anna Müller"]),
        ("moler", json!(null), vec![]),
        // An address is what it is.
        ("b@x.example", json!(null), vec![]),
        ("mullr@x.example", json!(null), vec![]),
    ] {
        let found = find(&app.admin, text).await;
        assert_eq!((names(&found, "contacts"), &found["corrected"]), (expected, &corrected), "{text}");
    }
    assert_eq!(names(&find(&app.admin, "globxe").await, "companies"), ["Globex"]);
    assert_eq!(names(&find(&app.neighbour(2).await.1, "muller").await, "contacts"), [""; 0]);
}

async fn everything_else_is_found_in_one_box(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let theirs = book(&rita, "rita", RITA).await;
    for client in [&app.admin, &rita] {
        let found = find(client, "rita").await;
        assert_eq!(found["contacts"][0]["id"], json!(theirs["contact"]));
        assert_eq!(names(&found, "companies"), ["rita Inc"]);
        assert_eq!(found["conversations"][0]["id"], json!(theirs["conversation"]));
        assert_eq!(names(&found, "campaigns"), ["Campaign of rita"]);
        assert_eq!(find(client, RITA).await["conversations"][0]["id"], json!(theirs["conversation"]));
    }
    let (_, neighbour) = app.neighbour(2).await;
    for (client, text) in
        [(&ron, "rita"), (&ron, RITA), (&ron, "ritta"), (&neighbour, "rita"), (&neighbour, "ritta")]
    {
        let found = find(client, text).await;
        let nothing = json!({ "contacts": [], "companies": [], "targets": [], "conversations": [], "campaigns": [], "corrected": null });
        assert_eq!(found, nothing, "{text}");
    }
    // Whoever writes to us without being known is found by their address.
    app.deliver(Post::text("SM1", "+14155550777", "Who is this?")).await;
    assert_eq!(names(&find(&app.admin, "(415) 555-0777").await, "conversations"), ["+14155550777"]);
}

async fn words_follow_what_is_changed_and_go_with_who_goes(app: TestApp) {
    let first = person(&app, json!({ "first_name": "Zebedee", "email": "z1@x.example" })).await;
    let second = person(&app, json!({ "first_name": "Yolanda", "email": "z2@x.example" })).await;
    let path = format!("/api/contacts/{first}");
    app.admin.patch(&path, json!({ "first_name": "Xanthippe" })).await;
    assert_eq!(names(&find(&app.admin, "zebedee").await, "contacts"), [""; 0]);
    assert_eq!(names(&find(&app.admin, "xanthippe").await, "contacts"), ["Xanthippe"]);
    app.admin
        .post(&format!("{path}/addresses"), json!({ "kind": "telegram", "value": "@quetzalcoatl" }))
        .await;
    assert_eq!(names(&find(&app.admin, "quetzal").await, "contacts"), ["Xanthippe"]);
    let merge = app.admin.post(&format!("{path}/merge"), json!({ "other_id": second })).await;
    assert_eq!(names(&find(&app.admin, "z2").await, "contacts"), ["Xanthippe"], "the address went over");
    assert_eq!(names(&find(&app.admin, "yolanda").await, "contacts"), [""; 0]);
    app.admin.post(&format!("/api/merges/{}/undo", merge["merge"]["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(names(&find(&app.admin, "yolanda").await, "contacts"), ["Yolanda"]);
    for id in [second, first] {
        let answer = app.admin.call("DELETE", &format!("/api/contacts/{id}"), &json!({})).await;
        assert_eq!(answer.status, 200);
    }
    for text in ["yolanda", "xanthippe", "quetzalcoatl", "yolnada", "xantippe"] {
        let found = find(&app.admin, text).await;
        assert_eq!((names(&found, "contacts"), &found["corrected"]), (vec![], &json!(null)), "{text}");
    }
}

async fn what_an_import_wrote_is_found_at_once_in_the_list_and_soon_in_the_box(app: TestApp) {
    let known = person(&app, json!({ "email": "known@x.example" })).await;
    let made = uploaded(
        &app.admin,
        "email,name,company\nnew@x.example,Wilhelmina,Initech\nknown@x.example,Ottokar,\n",
    )
    .await;
    let mapping = json!({ "email": "email", "name": "first_name", "company": "company" });
    app.admin
        .post(&format!("/api/imports/{}/start", made["id"].as_str().unwrap()), json!({ "mapping": mapping }))
        .await;
    while overture::loops::jobs::run(app.app.clone()).await.unwrap() {}
    let people = [("wilhelmina", "Wilhelmina"), ("ottokar", "Ottokar")];
    for (text, _) in people {
        let list = app.admin.get(&format!("/api/contacts?search={text}")).await;
        assert_eq!(list["total"], 1, "{text} is in the list before its words are read");
        assert_eq!(names(&find(&app.admin, text).await, "contacts"), [""; 0]);
    }
    while overture::search::keep_up(app.app.clone()).await.unwrap() {}
    for (text, name) in people {
        assert_eq!(names(&find(&app.admin, text).await, "contacts"), [name]);
    }
    assert_eq!(names(&find(&app.admin, "initech").await, "companies"), ["Initech"]);
    app.admin.post(&format!("/api/imports/{}/undo", made["id"].as_str().unwrap()), json!({})).await;
    while overture::loops::jobs::run(app.app.clone()).await.unwrap() {}
    for (text, _) in people {
        assert_eq!(names(&find(&app.admin, text).await, "contacts"), [""; 0], "{text} went with the import");
    }
    assert_eq!(find(&app.admin, "known@x.example").await["contacts"][0]["id"], json!(known));
}

async fn a_key_finds_what_it_may_read(app: TestApp) {
    book(&app.admin, "rita", RITA).await;
    app.admin.post("/api/targets", json!({ "name": "Rita Research" })).await;
    let kinds = ["contacts", "companies", "conversations", "campaigns", "targets"];
    for (scopes, expected) in [
        (vec!["*:read"], [true; 5]),
        (vec!["search:read"], [false; 5]),
        (vec!["search:read", "contact:read"], [true, false, false, false, false]),
        (vec!["search:read", "conversation:read"], [false, false, true, false, false]),
        (vec!["search:read", "company:read", "campaign:read"], [false, true, false, true, false]),
        (vec!["search:read", "target:read"], [false, false, false, false, true]),
    ] {
        let key = app.admin.post("/api/api-keys", json!({ "name": "k", "scopes": scopes })).await;
        let client = Client::anonymous(&app.app).with_key(key["key"].as_str().unwrap());
        let found = find(&client, "rita").await;
        let seen = kinds.map(|kind| !found[kind].as_array().unwrap().is_empty());
        assert_eq!(seen, expected, "{scopes:?}");
    }
}

async fn targets_are_found_by_whose_they_are_until_they_are_contacts(app: TestApp) {
    let (rep, other) = (app.member("rep").await, app.member("rep").await);
    let target = json!({ "name": "Jos\u{e9} Garc\u{ed}a", "company": "Uno", "email": "jose@uno.example", "x": "josegarcia" });
    let made = rep.post("/api/targets", target).await;
    let path = format!("/api/targets/{}", made["id"].as_str().unwrap());
    for text in ["jose", "uno gar", "josegarcia", "jose@uno.example"] {
        assert_eq!(names(&find(&rep, text).await, "targets"), ["Jos\u{e9} Garc\u{ed}a"], "{text}");
    }
    assert_eq!(names(&find(&app.admin, "jose").await, "targets"), ["Jos\u{e9} Garc\u{ed}a"]);
    assert!(names(&find(&other, "jose").await, "targets").is_empty());
    // A typing mistake; what it is called follows a change, and goes with it.
    let found = find(&rep, "garsia").await;
    assert_eq!((names(&found, "targets").len(), found["corrected"].as_str()), (1, Some("garcia")), "{found}");
    rep.patch(&path, json!({ "name": "Maria Lopez" })).await;
    assert!(names(&find(&rep, "jose@uno.example").await, "targets") == ["Maria Lopez"]);
    assert!(names(&find(&rep, "garcia").await, "targets").is_empty());
    let second = rep.post("/api/targets", json!({ "name": "Lopez Ltd" })).await;
    assert_eq!(names(&find(&rep, "lopez").await, "targets").len(), 2);
    rep.post(&format!("{path}/convert"), json!({ "email": "maria@uno.example" })).await;
    let found = find(&rep, "lopez").await;
    assert_eq!(
        (names(&found, "targets"), names(&found, "contacts")),
        (vec!["Lopez Ltd"], vec!["Maria Lopez"])
    );
    rep.call("DELETE", &format!("/api/targets/{}", second["id"].as_str().unwrap()), &json!({})).await;
    assert!(names(&find(&rep, "lopez").await, "targets").is_empty());
}

async fn many_that_have_a_word_come_page_by_page(app: TestApp) {
    let mut made = Vec::new();
    for n in 0..11 {
        let city = if n % 3 == 0 { "Bergen" } else { "Oslo" };
        made.push(
            person(&app, json!({ "first_name": "Kim", "city": city, "email": format!("p{n}@x.example") }))
                .await,
        );
    }
    // A company and a stranger of that name are none of them.
    app.admin.post("/api/companies", json!({ "name": "Oslo" })).await;
    app.admin.post("/api/targets", json!({ "name": "Kim Oslo" })).await;
    let mut wanted: Vec<String> =
        made.iter().enumerate().filter(|(n, _)| n % 3 != 0).map(|(_, id)| id.clone()).rev().collect();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.admin.get(&format!("/api/contacts?search=kim%20osl&limit=2{cursor}")).await;
        assert_eq!(page["total"], wanted.len(), "{page}");
        seen.extend(
            page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={}", url(next));
        // Whoever stands at the end of a page may go before the next one is asked for.
        if seen.len() == 4 {
            let last = seen[3].clone();
            app.admin.call("DELETE", &format!("/api/contacts/{last}"), &json!({})).await;
            wanted.retain(|id| *id != last);
        }
        // Words that are read again change nothing.
        app.admin
            .patch(&format!("/api/contacts/{}", seen[0]), json!({ "title": format!("T{}", seen.len()) }))
            .await;
    }
    seen.remove(3);
    assert_eq!(seen, wanted);
}

async fn whose_name_it_is_comes_before_whose_begins_so_however_many_these_are(app: TestApp) {
    let first = person(&app, json!({ "first_name": "Ro", "email": "first@x.example" })).await;
    let lines: Vec<String> = (0..300).map(|n| format!("p{n}@x.example,Roa,Roma")).collect();
    let file = format!("email,first name,city\n{}\n", lines.join("\n"));
    let made = uploaded(&app.admin, file).await;
    let start = format!("/api/imports/{}/start", made["id"].as_str().unwrap());
    let mapping = json!({ "email": "email", "first name": "first_name", "city": "city" });
    app.admin.post(&start, json!({ "mapping": mapping })).await;
    while overture::loops::jobs::run(app.app.clone()).await.unwrap() {}
    while overture::search::keep_up(app.app.clone()).await.unwrap() {}
    let found = find(&app.admin, "ro").await;
    assert_eq!(found["contacts"][0]["id"], json!(first), "{found}");
    assert_eq!(found["contacts"].as_array().unwrap().len(), 8);
    let page = app.admin.get("/api/contacts?search=ro&limit=1").await;
    assert_eq!(page["total"], 301);
    // Cities are found as well where no name begins so.
    assert_eq!(find(&app.admin, "rom").await["contacts"].as_array().unwrap().len(), 8);
}
