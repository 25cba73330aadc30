//! The check says what an import would do: in the very numbers of the import that follows.

use crate::{
    imports::{Dice, claim, counts, import, look, made_by, mapping, uploaded},
    kit::TestApp,
};
use overture::imports::{check, run::run_in_transactions};
use serde_json::{Value, json};
use store::contact::{self, Query};

both!(
    a_check_says_what_the_import_then_does,
    rows_are_grouped_by_cause_and_can_be_mended,
    a_check_writes_nothing_and_ends_when_it_is_not_wanted,
    whom_one_may_not_see_is_skipped_by_the_check_too,
    values_can_be_left_out_instead_of_rows,
    single_columns_have_rules_of_their_own,
);

async fn ask(app: &TestApp, import: &Value, body: &Value) -> Value {
    let path = format!("/api/imports/{}/check", import["id"].as_str().unwrap());
    app.admin.post(&path, body.clone()).await
}

/// Asks for a check and runs it; the import as it is then.
async fn checked(app: &TestApp, import: &Value, body: &Value) -> Value {
    let asked = ask(app, import, body).await;
    assert_eq!(asked["check"]["status"], "running", "{asked}");
    let job = claim(app, "checker").await.expect("a job");
    assert_eq!(job.kind, "import_check");
    check::run(&app.app, job, "checker").await.unwrap();
    look(app, import).await
}

async fn start(app: &TestApp, import: &Value, body: &Value) -> Value {
    app.admin.post(&format!("/api/imports/{}/start", import["id"].as_str().unwrap()), body.clone()).await;
    let job = claim(app, "tester").await.expect("a job");
    run_in_transactions(&app.app, job, "tester", 40_000).await.unwrap();
    look(app, import).await
}

/// The counts that a check and an import have in common.
fn outcome(of: &Value) -> [i64; 7] {
    ["rows_read", "created", "updated", "unchanged", "skipped", "failed", "suppressed"]
        .map(|name| of[name].as_i64().unwrap_or_else(|| panic!("{name} of {of}")))
}

async fn everybody(app: &TestApp) -> i64 {
    contact::count(&app.app.db, &app.scope, &Query::default()).await.unwrap()
}

/// A file of people who are there, who are not, twice, by phone, wrongly written, suppressed, with a custom field.
fn random_file(dice: &mut Dice) -> String {
    let mut file = String::from("email,phone,first name,company,Tier,age\n");
    let crowd = 10 + dice.below(400);
    for _ in 0..dice.below(300) + 1 {
        let who = dice.below(crowd);
        let (mut email, mut phone) = (format!("p{who}@x.example"), String::new());
        match dice.below(12) {
            0 => email = email.to_uppercase(),
            1 | 2 => (email, phone) = (String::new(), format!("+1415555{:04}", dice.below(30) + 1000)),
            3 => phone = format!("+1415555{:04}", dice.below(30) + 1000),
            4 => email = dice.pick(&["nobody", "a@b", "a b@x.example"]).to_owned(),
            5 => phone = dice.pick(&["12", "+0012345678", "1.5E+10", "(415) 555-2671"]).to_owned(),
            6 => email = format!("other{}@x.example", dice.below(5)),
            7 => email = String::new(),
            _ => {}
        }
        let first = dice.pick(&["", "Ann", "Bob", "#N/A"]);
        let company = dice.pick(&["", "Acme", "acme ", "Beta"]);
        let tier = dice.pick(&["", "Gold", "silver", "Gold", "none"]);
        let age = dice.pick(&["", "12", "13", "x"]);
        file += &format!("{email},{phone},{first},{company},{tier},{age}\n");
    }
    file
}

async fn a_check_says_what_the_import_then_does(app: TestApp) {
    app.admin
        .post(
            "/api/custom-fields",
            json!({ "name": "Tier", "kind": "choice", "choices": ["Gold", "Silver"] }),
        )
        .await;
    app.admin.post("/api/custom-fields", json!({ "name": "Age", "kind": "number" })).await;
    for value in ["p3@x.example", "p5@x.example", "+14155551003"] {
        let channel = if value.starts_with('+') { "sms" } else { "email" };
        app.admin
            .post("/api/suppressions", json!({ "channel": channel, "value": value, "reason": "asked" }))
            .await;
    }
    let ann = app.contact(json!({ "email": "p1@x.example", "phone": "+14155551004" })).await;
    for n in 0..3 {
        let path = format!("/api/contacts/{}/addresses", ann.as_str());
        let further = json!({ "kind": "email", "value": format!("other{n}@x.example") });
        app.admin.post(&path, further).await;
    }
    let gone = app.contact(json!({ "email": "p7@x.example" })).await;
    app.admin
        .post(&format!("/api/contacts/{}/erase", gone.as_str()), json!({ "confirm": "p7@x.example" }))
        .await;
    let mut dice = Dice(0x5EED_0007);
    for round in 0..12 {
        let file = random_file(&mut dice);
        let made = uploaded(&app.admin, file.clone()).await;
        let on_match = dice.pick(&["skip", "fill", "overwrite"]);
        let leave_out = if dice.below(3) == 0 { json!(["phone", "Tier"]) } else { json!([]) };
        let mut columns = mapping(&made);
        columns["Tier"] = json!("custom.tier");
        columns["age"] = json!("custom.age");
        let mut own = json!({});
        for column in ["first name", "company", "phone", "Tier", "age"] {
            if dice.below(4) == 0 {
                own[column] = json!(dice.pick(&["skip", "fill", "overwrite"]));
            }
        }
        let body = json!({ "mapping": columns, "default_country": "US", "on_match": on_match, "on_match_columns": own,
            "leave_out": leave_out });
        let before = everybody(&app).await;
        let said = checked(&app, &made, &body).await;
        let found = &said["check"]["found"];
        assert_eq!(said["check"]["status"], "done", "{said}");
        assert_eq!((everybody(&app).await, said["status"].as_str()), (before, Some("uploaded")));
        let done = start(&app, &made, &body).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(outcome(found), outcome(&done), "round {round}, {body}:\n{file}");
        // The page of the result says what is in the database.
        let [created, .., failed, _] = counts(&done);
        assert_eq!(made_by(&app, &done).await, created, "round {round}");
        assert_eq!(everybody(&app).await, before + created, "round {round}");
        let causes: i64 =
            found["causes"].as_array().unwrap().iter().map(|cause| cause["count"].as_i64().unwrap()).sum();
        assert_eq!(causes, failed, "round {round}: {found}");
        let met: i64 = outcome(found)[2..5].iter().sum();
        assert!(found["duplicates"].as_i64().unwrap() <= met, "round {round}: {found}");
        assert_eq!(done["check"], Value::Null, "what was checked is kept no longer than it is needed");
    }
}

async fn rows_are_grouped_by_cause_and_can_be_mended(app: TestApp) {
    let mut file = String::from("Email,Mobile,Name\n");
    for n in 0..9 {
        file += &format!("n{n}@x.example,9001010{n},N{n}\n");
    }
    file += "nobody,,X\nann@x.example,,Ann\nANN@x.example,,Ann\nshort@x.example\n";
    let made = uploaded(&app.admin, file).await;
    let mut body = json!({ "mapping": { "Email": "email", "Mobile": "phone", "Name": "first_name" }, "default_country": "US" });
    let found = checked(&app, &made, &body).await["check"]["found"].clone();
    assert_eq!(outcome(&found), [13, 1, 0, 1, 0, 11, 0], "{found}");
    assert_eq!(found["duplicates"], 1);
    let causes = found["causes"].as_array().unwrap();
    let (first, rest) = causes.split_first().unwrap();
    assert_eq!((first["count"].as_i64(), first["column"].as_str()), (Some(9), Some("Mobile")), "{found}");
    assert!(first["code"].as_str().unwrap().starts_with("phone."), "{found}");
    assert_eq!(first["examples"].as_array().unwrap().len(), 5);
    assert_eq!(first["examples"][1], json!({ "place": "Line 3", "value": "90010101" }));
    let mut rest: Vec<(Value, Value)> =
        rest.iter().map(|c| (c["column"].clone(), c["examples"][0].clone())).collect();
    rest.sort_by_key(|(column, _)| column.to_string());
    assert_eq!(
        rest,
        [
            (json!("Email"), json!({ "place": "Line 11", "value": "nobody" })),
            (Value::Null, json!({ "place": "Line 14", "value": "short@x.example" })),
        ]
    );
    // Another country mends them.
    body["default_country"] = json!("NO");
    let found = checked(&app, &made, &body).await["check"]["found"].clone();
    assert_eq!(outcome(&found), [13, 10, 0, 1, 0, 2, 0], "{found}");
    assert_eq!(look(&app, &made).await["check"]["asked"]["default_country"], "NO");
    assert_eq!(outcome(&start(&app, &made, &body).await), [13, 10, 0, 1, 0, 2, 0]);
}

async fn values_can_be_left_out_instead_of_rows(app: TestApp) {
    let file = "Email,Mobile,Zone\nann@x.example,12,Mars\nbob@x.example,+14155552671,Europe/Oslo\n,12,\n";
    let made = uploaded(&app.admin, file).await;
    let body = json!({ "mapping": { "Email": "email", "Mobile": "phone", "Zone": "time_zone" }, "leave_out": ["Mobile", "Zone"] });
    let found = checked(&app, &made, &body).await["check"]["found"].clone();
    assert_eq!(outcome(&found), [3, 2, 0, 0, 0, 1, 0], "{found}");
    assert_eq!(found["left_out"], 2, "{found}");
    assert_eq!(found["causes"][0]["cause"], "Neither an e-mail address nor a phone number");
    assert_eq!(outcome(&start(&app, &made, &body).await), [3, 2, 0, 0, 0, 1, 0]);
    let people = app.admin.get("/api/contacts").await;
    let phones: Vec<&Value> = people["data"].as_array().unwrap().iter().map(|c| &c["phone"]).collect();
    assert!(phones.contains(&&Value::Null) && phones.contains(&&json!("+14155552671")), "{people}");
    let made = uploaded(&app.admin, file).await;
    let path = format!("/api/imports/{}/check", made["id"].as_str().unwrap());
    let wrong = json!({ "mapping": { "Email": "email" }, "leave_out": ["Nope"] });
    let refused = app.admin.call("POST", &path, &wrong).await;
    assert_eq!(
        (refused.status.as_u16(), refused.json()["error"]["fields"][0]["field"].as_str()),
        (422, Some("leave_out"))
    );
    // It is remembered with the mapping.
    let fitting = app.admin.get(&format!("/api/imports/{}/mappings", made["id"].as_str().unwrap())).await;
    assert_eq!(fitting["data"][0]["leave_out"], json!(["Mobile", "Zone"]));
}

async fn a_check_writes_nothing_and_ends_when_it_is_not_wanted(app: TestApp) {
    let file = "email,first name\na@x.example,Ann\n";
    let body = json!({ "mapping": { "email": "email" } });
    // A newer one takes its place.
    let made = uploaded(&app.admin, file).await;
    ask(&app, &made, &body).await;
    let old = claim(&app, "checker").await.expect("a job");
    ask(&app, &made, &body).await;
    check::run(&app.app, old, "checker").await.unwrap();
    assert_eq!(look(&app, &made).await["check"]["status"], "running");
    // Starting the import makes it pointless; the import is not held up by it.
    let newer = claim(&app, "checker").await.expect("a job");
    assert_eq!(outcome(&start(&app, &made, &body).await), [1, 1, 0, 0, 0, 0, 0]);
    check::run(&app.app, newer.clone(), "checker").await.unwrap();
    let jobs = app.admin.get("/api/jobs").await;
    let of = |id: &str| jobs["data"].as_array().unwrap().iter().find(|job| job["id"] == id).unwrap().clone();
    assert_eq!(of(newer.id.as_str())["status"], "cancelled");
    // One whose file is gone says so.
    let made = uploaded(&app.admin, file).await;
    std::fs::remove_file(
        overture::imports::folder(&app.app).join(format!("{}.upload", made["id"].as_str().unwrap())),
    )
    .unwrap();
    let said = checked(&app, &made, &body).await;
    assert_eq!(said["check"]["status"], "failed", "{said}");
    assert!(said["check"]["error"].as_str().unwrap().contains("Upload it again"), "{said}");
    // What is no mapping is refused at once, and so is what is over.
    let path = format!("/api/imports/{}/check", made["id"].as_str().unwrap());
    let refused = app.admin.call("POST", &path, &json!({ "mapping": { "email": "city" } })).await;
    assert_eq!(refused.status, 422);
    let done = import(&app, file, "fill", 10).await;
    let path = format!("/api/imports/{}/check", done["id"].as_str().unwrap());
    assert_eq!(app.admin.call("POST", &path, &body).await.status, 409);
    let left = std::fs::read_dir(overture::imports::folder(&app.app)).unwrap();
    assert!(left.flatten().all(|entry| !entry.file_name().to_string_lossy().starts_with("check-")));
}

async fn whom_one_may_not_see_is_skipped_by_the_check_too(app: TestApp) {
    app.contact(json!({ "email": "hers@x.example" })).await;
    let rep = app.member("rep").await;
    let made = uploaded(&rep, "email,first name\nhers@x.example,Ann\nmine@x.example,Bob\n").await;
    let id = made["id"].as_str().unwrap().to_owned();
    let body =
        json!({ "mapping": { "email": "email", "first name": "first_name" }, "on_match": "overwrite" });
    rep.post(&format!("/api/imports/{id}/check"), body.clone()).await;
    let job = claim(&app, "checker").await.expect("a job");
    check::run(&app.app, job, "checker").await.unwrap();
    let said = rep.get(&format!("/api/imports/{id}")).await;
    assert_eq!(outcome(&said["check"]["found"]), [2, 1, 0, 0, 1, 0, 0], "{said}");
    rep.post(&format!("/api/imports/{id}/start"), body).await;
    let job = claim(&app, "tester").await.expect("a job");
    run_in_transactions(&app.app, job, "tester", 100).await.unwrap();
    assert_eq!(outcome(&rep.get(&format!("/api/imports/{id}")).await), [2, 1, 0, 0, 1, 0, 0]);
}

async fn single_columns_have_rules_of_their_own(app: TestApp) {
    app.admin.post("/api/custom-fields", json!({ "name": "Room", "kind": "text" })).await;
    let person = json!({ "email": "ann@x.example", "first_name": "Ann", "last_name": "Lee", "city": "Oslo", "company": "Acme" });
    let ann = app.contact(person).await;
    let file = "Email,Name,Town,Firm,Room\nann@x.example,Anna Lie,Bergen,Beta,12\nbob@x.example,Bob Ray,Lyon,Acme,1\n";
    let columns = json!({ "Email": "email", "Name": "full_name", "Town": "city", "Firm": "company", "Room": "custom.room" });
    let import_with = |on_match: &'static str, own: Value| {
        let (app, columns) = (&app, columns.clone());
        async move {
            let made = uploaded(&app.admin, file).await;
            let body = json!({ "mapping": columns, "on_match": on_match, "on_match_columns": own });
            let said = checked(app, &made, &body).await["check"]["found"].clone();
            let done = start(app, &made, &body).await;
            assert_eq!(outcome(&said), outcome(&done), "{body}");
            outcome(&done)
        }
    };
    let fields = || async {
        let contact = app.admin.get(&format!("/api/contacts/{ann}")).await;
        let text = |name: &str| contact[name].as_str().unwrap_or_default().to_owned();
        let room = contact["custom"]["room"].as_str().unwrap_or_default().to_owned();
        [text("first_name"), text("last_name"), text("city"), text("company"), room]
    };
    // Everybody is left alone, but for one column.
    let counts = import_with("skip", json!({ "Town": "overwrite", "Firm": "fill" })).await;
    assert_eq!(counts, [2, 1, 1, 0, 0, 0, 0]);
    assert_eq!(fields().await, ["Ann", "Lee", "Bergen", "Acme", ""]);
    // A full name is two fields.
    let counts = import_with("fill", json!({ "Name": "overwrite", "Room": "skip", "Town": "skip" })).await;
    assert_eq!(counts, [2, 0, 1, 1, 0, 0, 0]);
    assert_eq!(fields().await, ["Anna", "Lie", "Bergen", "Acme", ""]);
    let counts = import_with("overwrite", json!({ "Firm": "skip", "Room": "fill" })).await;
    assert_eq!(counts, [2, 0, 1, 1, 0, 0, 0]);
    assert_eq!(fields().await, ["Anna", "Lie", "Bergen", "Acme", "12"]);
    // With every column left alone, a row is as good as skipped.
    let counts = import_with("skip", json!({ "Town": "skip" })).await;
    assert_eq!(counts, [2, 0, 0, 0, 2, 0, 0]);
    let made = uploaded(&app.admin, file).await;
    let fitting = app.admin.get(&format!("/api/imports/{}/mappings", made["id"].as_str().unwrap())).await;
    assert_eq!(fitting["data"][0]["on_match_columns"], json!({ "Town": "skip" }));
    let path = format!("/api/imports/{}/start", made["id"].as_str().unwrap());
    let wrong = json!({ "mapping": { "Email": "email" }, "on_match_columns": { "Nope": "fill" } });
    let refused = app.admin.call("POST", &path, &wrong).await;
    assert_eq!(refused.json()["error"]["fields"][0]["field"], "on_match_columns", "{}", refused.json());
}
