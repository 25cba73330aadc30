//! Files that become contacts: every row has one outcome, the counts are those of the database, and neither a
//! crash nor a bad file changes that.

use crate::kit::{Answer, Client, TestApp};
use axum::http::StatusCode;
use overture::imports::run::run_in_transactions;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    company,
    contact::{self, Query},
    job,
};

both!(
    every_row_has_one_outcome,
    rejected_rows_can_be_corrected_and_imported_again,
    random_files_do_what_a_model_says,
    a_killed_import_goes_on_where_it_stopped,
    a_cancelled_import_keeps_what_it_wrote,
    files_that_are_no_use_are_refused,
    files_from_everywhere_are_understood,
    a_mapping_has_to_fit,
    imports_at_the_same_time_do_not_double,
    a_worker_that_lost_its_job_writes_nothing,
    an_import_belongs_to_its_workspace,
    a_value_that_was_missing_lets_a_message_go,
);

async fn upload(client: &Client, name: &str, file: impl Into<Vec<u8>>) -> Answer {
    let path = format!("/api/imports?name={name}");
    client.raw("POST", &path, &[("content-type", "text/csv")], file.into()).await
}

/// Uploads a file that is fine; its import.
pub async fn uploaded(client: &Client, file: impl Into<Vec<u8>>) -> Value {
    let answer = upload(client, "people.csv", file).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer.bytes));
    answer.json()
}

/// The guesses as a mapping.
pub fn mapping(import: &Value) -> Value {
    let columns = import["columns"].as_array().unwrap().iter().filter(|column| !column["guess"].is_null());
    columns.map(|column| (column["name"].as_str().unwrap().to_owned(), column["guess"].clone())).collect()
}

async fn start(client: &Client, import: &Value, on_match: &str) -> Value {
    let path = format!("/api/imports/{}/start", import["id"].as_str().unwrap());
    client
        .post(&path, json!({ "mapping": mapping(import), "default_country": "US", "on_match": on_match }))
        .await
}

pub async fn claim(app: &TestApp, worker: &str) -> Option<job::Job> {
    job::claim(&app.app.db, worker, 30_000, app.clock.now()).await.unwrap()
}

/// Uploads, starts and runs; the import as it is then.
pub async fn import(app: &TestApp, file: impl Into<Vec<u8>>, on_match: &str, rows: i64) -> Value {
    let made = uploaded(&app.admin, file).await;
    start(&app.admin, &made, on_match).await;
    let job = claim(app, "tester").await.expect("a job");
    run_in_transactions(&app.app, job, "tester", rows).await.unwrap();
    look(app, &made).await
}

pub async fn look(app: &TestApp, import: &Value) -> Value {
    app.admin.get(&format!("/api/imports/{}", import["id"].as_str().unwrap())).await
}

async fn rejected(app: &TestApp, import: &Value) -> String {
    let url = import["rejected_url"].as_str().expect("rejected rows");
    let answer = app.admin.raw("GET", url, &[], "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"people-rejected.csv\"; filename*=UTF-8''people-rejected.csv"
    );
    String::from_utf8(answer.bytes).unwrap()
}

/// `created updated unchanged skipped failed suppressed`, after a check that they add up.
pub fn counts(import: &Value) -> [i64; 6] {
    let count = |name: &str| import[name].as_i64().unwrap_or_else(|| panic!("{name} of {import}"));
    let all = ["created", "updated", "unchanged", "skipped", "failed", "suppressed"].map(count);
    assert_eq!(all[..5].iter().sum::<i64>(), count("rows_read"), "{import}");
    let causes: i64 =
        import["causes"].as_array().unwrap().iter().map(|cause| cause["count"].as_i64().unwrap()).sum();
    assert_eq!(causes, all[4], "{import}");
    all
}

/// How many contacts an import has made, by the database.
pub async fn made_by(app: &TestApp, import: &Value) -> i64 {
    let query = Query { import: import["id"].as_str().map(str::to_owned), ..Query::default() };
    contact::count(&app.app.db, &app.scope, &query).await.unwrap()
}

/// All contacts, as what identifies them and what they have.
async fn everybody(app: &TestApp) -> BTreeSet<Vec<String>> {
    let (mut all, mut cursor) = (BTreeSet::new(), None);
    let query = Query::default();
    let companies = company::page(
        &app.app.db,
        &app.scope,
        &company::Query::default(),
        company::Order::Name(store::Way::Up),
        Some(200),
        None,
    )
    .await
    .unwrap()
    .data;
    loop {
        let page =
            contact::page(&app.app.db, &app.scope, &query, Some(200), cursor.as_deref()).await.unwrap();
        for c in page.data {
            let company = companies.iter().find(|company| Some(&company.id) == c.company_id.as_ref());
            let key = |name: &str| company::key(name);
            assert_eq!(company.map(|company| key(&company.name)), c.company.as_deref().map(key), "{c:?}");
            let fields =
                [c.email.map(|e| e.to_lowercase()), c.phone, c.first_name, c.last_name, c.company, c.city];
            assert!(all.insert(fields.map(Option::unwrap_or_default).to_vec()), "twice in the database");
        }
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return all,
        }
    }
}

async fn every_row_has_one_outcome(app: TestApp) {
    app.admin
        .post(
            "/api/suppressions",
            json!({ "channel": "email", "value": "stop@x.example", "reason": "asked" }),
        )
        .await;
    app.contact(json!({ "email": "old@x.example", "first_name": "Olga" })).await;
    let file = "Email,First name,Phone,Company\n\
        ann@x.example,Ann,(415) 555-2671,Acme\n\
        ANN@X.example,Anna,,\n\
        old@x.example,Olaf,415-555-2672,Acme\n\
        old@x.example,Olaf,,\n\
        nobody,Nob,,\n\
        ,Phil,415 555 2673,\n\
        ,Philippa,+1 415 555 2673,Phi Ltd\n\
        short@x.example,Shorty\n\
        excel@x.example,Ex,1.5551E+10,\n\
        stop@x.example,Stu,,\n\
        =cmd@x.example,=1+1,,@SUM(A1)\n\
        ,,,\n";
    let done = import(&app, file, "fill", 3).await;
    assert_eq!(done["status"], "completed", "{done}");
    // The blank line does not count.
    assert_eq!(counts(&done), [4, 2, 2, 0, 3, 1], "{done}");
    assert_eq!((done["rows_read"].as_i64(), done["total"].as_i64()), (Some(11), Some(11)));
    assert_eq!(made_by(&app, &done).await, 4);
    let row = |cells: [&str; 6]| cells.map(str::to_owned).to_vec();
    let expected = BTreeSet::from([
        row(["ann@x.example", "+14155552671", "Ann", "", "Acme", ""]),
        row(["old@x.example", "+14155552672", "Olga", "", "Acme", ""]),
        row(["", "+14155552673", "Phil", "", "Phi Ltd", ""]),
        row(["stop@x.example", "", "Stu", "", "", ""]),
        row(["=cmd@x.example", "", "=1+1", "", "@SUM(A1)", ""]),
    ]);
    assert_eq!(everybody(&app).await, expected);
    let told = rejected(&app, &done).await;
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "Email,First name,Phone,Company,_error");
    assert!(lines[1].starts_with("nobody,Nob,,,\"Line 6: email: "), "{told}");
    assert!(lines[2].starts_with("short@x.example,Shorty,,,Line 9: The row has 2 cells"), "{told}");
    assert!(lines[3].starts_with("excel@x.example,Ex,1.5551E+10,,"), "{told}");
    assert!(lines[3].contains("Line 10: phone: phone lost digits in Excel"), "{told}");
    // The same file once more: everybody is there.
    let again = import(&app, file, "skip", 1_000).await;
    assert_eq!(counts(&again), [0, 0, 0, 8, 3, 1], "{again}");
    let again = import(&app, file, "overwrite", 2).await;
    assert_eq!(again["created"], 0, "{again}");
    assert_eq!(everybody(&app).await.len(), 5);
}

async fn rejected_rows_can_be_corrected_and_imported_again(app: TestApp) {
    let file = "name;email;note\nAnn Lee;ann@x.example;\"a;b\"\nBob Ray;bob at x.example;\"say \"\"hi\"\"\"\nCy;\"cy\"@x.example;c\n";
    let done = import(&app, file, "fill", 100).await;
    assert_eq!(counts(&done), [1, 0, 0, 0, 2, 0], "{done}");
    let told = rejected(&app, &done).await;
    assert!(told.contains("Bob Ray;bob at x.example;\"say \"\"hi\"\"\";Line 3: "), "{told}");
    assert!(told.contains("Cy;\"\"\"cy\"\"@x.example\";c;"), "{told}");
    // Once more as it is, then corrected: the reasons are no column of the people.
    let again = import(&app, told.clone(), "fill", 100).await;
    assert_eq!(counts(&again), [0, 0, 0, 0, 2, 0], "{again}");
    let told = rejected(&app, &again).await;
    assert!(told.starts_with("name;email;note;_error\r\n"), "{told}");
    let corrected = told.replace("bob at ", "bob@").replace("\"\"\"cy\"\"@x.example\"", "cy@x.example");
    let last = import(&app, corrected, "fill", 100).await;
    assert_eq!(counts(&last), [2, 0, 0, 0, 0, 0], "{last}");
    assert_eq!(last["rejected_url"], Value::Null);
}

/// SplitMix64.
/// Numbers that look random, the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    pub fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// What an import should do, in the simplest words.
#[derive(Default)]
struct Model {
    people: Vec<[String; 6]>,
    counts: [i64; 5],
}

impl Model {
    fn row(&mut self, cells: [String; 6], on_match: &str) {
        let key = |person: &[String; 6]| {
            if cells[0].is_empty() { person[1] == cells[1] } else { person[0] == cells[0] }
        };
        let Some(person) = self.people.iter_mut().find(|person| key(person)) else {
            self.people.push(cells);
            self.counts[0] += 1;
            return;
        };
        if on_match == "skip" {
            self.counts[3] += 1;
            return;
        }
        let before = person.clone();
        for (old, new) in person.iter_mut().zip(cells).skip(1) {
            if !new.is_empty() && (on_match == "overwrite" || old.is_empty()) {
                *old = new;
            }
        }
        self.counts[if *person == before { 2 } else { 1 }] += 1;
    }
}

async fn random_files_do_what_a_model_says(app: TestApp) {
    let seed = 0x5EED_0001;
    let mut dice = Dice(seed);
    let mut model = Model::default();
    for round in 0..16 {
        let on_match = dice.pick(&["skip", "fill", "overwrite"]);
        let mut file = String::from("email,phone,first name,last name,company,city\n");
        let before = model.counts;
        let mut failed = 0;
        // Most rows are new in every other file, and each has an address: such chunks are written without a look.
        let is_fresh = round % 2 == 1;
        for _ in 0..1 + dice.below(120) {
            let who = if is_fresh { 100 + dice.below(900) } else { dice.below(60) };
            let (mut email, mut phone) = (format!("p{who}@x.example"), String::new());
            match dice.below(10) {
                0 => email = email.to_uppercase(),
                // A number that nobody with an address has, so that it belongs to one person.
                1 | 2 if !is_fresh => (email, phone) = (String::new(), format!("+1415555{:04}", 5_000 + who)),
                3 => phone = format!("+1415555{who:04}"),
                4 => email = dice.pick(&["nobody", "a@b", "a b@x.example", "@x.example"]).to_owned(),
                _ => {}
            }
            let mut cells = [email, phone, String::new(), String::new(), String::new(), String::new()];
            for (cell, words) in cells.iter_mut().skip(2).zip([
                ["", "Ann", "Bob", "Zo\u{eb}", "=1+1"],
                ["", "Lee", "O'Brien", "Smith, Jr.", "\"Q\""],
                ["", "Acme", "acme ", "Beta, Inc.", ""],
                ["", "Oslo", "S\u{e3}o\nPaulo", "", "Lyon"],
            ]) {
                *cell = dice.pick(&words).to_owned();
            }
            let quoted: Vec<String> =
                cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            file += &quoted.join(",");
            file += dice.pick(&["\n", "\r\n"]);
            let is_bad = !cells[0].is_empty() && !cells[0].to_lowercase().ends_with("@x.example")
                || cells[0].contains(' ')
                || cells[0].starts_with('@');
            if is_bad {
                failed += 1;
                continue;
            }
            cells[0].make_ascii_lowercase();
            let kept = cells.map(|cell| cell.replace('\n', " ").trim().to_owned());
            model.row(kept, on_match);
        }
        let rows = 1 + i64::try_from(dice.below(40)).unwrap();
        let done = import(&app, file.clone(), on_match, rows).await;
        let mut expected: Vec<i64> =
            model.counts.iter().zip(before).map(|(now, before)| now - before).collect();
        expected[4] = failed;
        let said = counts(&done);
        assert_eq!(
            said[..5],
            expected[..],
            "seed {seed:#x}, round {round}, {on_match}, chunks of {rows}:\n{file}"
        );
        assert_eq!(made_by(&app, &done).await, said[0], "seed {seed:#x}, round {round}");
        let people: BTreeSet<Vec<String>> = model.people.iter().map(|person| person.to_vec()).collect();
        assert_eq!(
            everybody(&app).await,
            people,
            "seed {seed:#x}, round {round}, {on_match}, chunks of {rows}:\n{file}"
        );
    }
}

fn crowd(rows: usize) -> String {
    let mut file = String::from("email,first name,company\n");
    for i in 0..rows {
        file += &match i % 10 {
            7 => format!("nobody{i},N{i},Acme\n"),
            9 => format!("P{}@x.example,Again,Acme\n", i - 3),
            _ => format!("p{i}@x.example,,Company {}\n", i % 17),
        };
    }
    file
}

async fn a_killed_import_goes_on_where_it_stopped(app: TestApp) {
    let made = uploaded(&app.admin, crowd(600)).await;
    start(&app.admin, &made, "fill").await;
    let mut dice = Dice(7);
    let mut kills = 0;
    loop {
        let worker = format!("worker {kills}");
        let job = claim(&app, &worker).await.expect("the job");
        let id = job.id.clone();
        let until =
            look(&app, &made).await["rows_read"].as_i64().unwrap() + i64::try_from(dice.below(200)).unwrap();
        let running = run_in_transactions(&app.app, job, &worker, 13);
        let enough = async {
            while look(&app, &made).await["rows_read"].as_i64().unwrap() < until {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            outcome = running => {
                outcome.unwrap();
                break;
            }
            () = enough => {}
        }
        kills += 1;
        // The lease ends; rejected rows may have been written without their commit.
        job::retry(&app.app.db, &id, &worker, "killed", 0).await.unwrap();
        let path = overture::imports::rejected_path(&app.app, &made["id"].as_str().unwrap().parse().unwrap());
        if path.exists() {
            let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
            std::io::Write::write_all(&mut file, b"torn,row,").unwrap();
        }
    }
    let done = look(&app, &made).await;
    assert!(kills > 0 && done["status"] == "completed", "{kills} kills: {done}");
    assert_eq!(counts(&done), [480, 60, 0, 0, 60, 0], "after {kills} kills: {done}");
    assert_eq!(made_by(&app, &done).await, 480);
    assert_eq!(everybody(&app).await.len(), 480);
    let told = rejected(&app, &done).await;
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 61, "{told}");
    for (at, line) in lines.iter().enumerate().skip(1) {
        let row = (at - 1) * 10 + 7;
        assert!(line.starts_with(&format!("nobody{row},N{row},Acme,")), "{line}");
        assert!(line.contains(&format!("Line {}: ", row + 2)), "{line}");
    }
    // What is done needs no file any more.
    assert!(
        !overture::imports::upload_path(&app.app, &made["id"].as_str().unwrap().parse().unwrap()).exists()
    );
}

async fn a_cancelled_import_keeps_what_it_wrote(app: TestApp) {
    // While it runs.
    let made = uploaded(&app.admin, crowd(500)).await;
    start(&app.admin, &made, "fill").await;
    let cancel = |id: &Value| format!("/api/imports/{}/cancel", id["id"].as_str().unwrap());
    let job = claim(&app, "tester").await.unwrap();
    let running = run_in_transactions(&app.app, job, "tester", 10);
    let stop = async {
        while look(&app, &made).await["rows_read"].as_i64().unwrap() < 50 {
            tokio::task::yield_now().await;
        }
        app.admin.post(&cancel(&made), json!({})).await;
    };
    let (outcome, ()) = tokio::join!(running, stop);
    outcome.unwrap();
    let done = look(&app, &made).await;
    assert_eq!(done["status"], "cancelled", "{done}");
    let read = done["rows_read"].as_i64().unwrap();
    assert!((50..500).contains(&read) && read % 10 == 0, "{done}");
    assert_eq!(counts(&done)[0], made_by(&app, &done).await);
    let job = app.admin.get(&format!("/api/jobs/{}", done["job_id"].as_str().unwrap())).await;
    assert_eq!(
        (job["status"].as_str(), job["result"]["created"].as_i64()),
        (Some("cancelled"), done["created"].as_i64())
    );
    let again = app.admin.call("POST", &cancel(&made), &json!({})).await;
    assert_eq!(again.brief(), "409 4002");
    // Before it runs, by either address, and before it is started.
    for path in ["imports", "jobs"] {
        let made = uploaded(&app.admin, crowd(5)).await;
        let started = start(&app.admin, &made, "fill").await;
        let id = if path == "imports" { &made["id"] } else { &started["job_id"] };
        app.admin.post(&format!("/api/{path}/{}/cancel", id.as_str().unwrap()), json!({})).await;
        assert!(claim(&app, "tester").await.is_none());
        assert_eq!(look(&app, &made).await["status"], "cancelled", "by {path}");
    }
    let made = uploaded(&app.admin, crowd(5)).await;
    app.admin.post(&cancel(&made), json!({})).await;
    assert_eq!(look(&app, &made).await["status"], "cancelled");
    let late = json!({ "mapping": mapping(&made), "on_match": "fill" });
    let late =
        app.admin.call("POST", &format!("/api/imports/{}/start", made["id"].as_str().unwrap()), &late).await;
    assert_eq!(late.brief(), "409 4002");
}

async fn files_that_are_no_use_are_refused(app: TestApp) {
    let rows = "a@x.example,Ann\n".repeat(2_000);
    let wide: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let wide = format!("{}\n{}\n", wide.join(","), ",".repeat(9_999));
    let middling: Vec<String> = (0..1_500).map(|i| format!("c{i}")).collect();
    let middling = format!("{}\n{}a\n", middling.join(","), ",".repeat(1_499));
    for (what, file, name, said) in [
        ("empty", Vec::new(), "import.empty", "empty"),
        ("only a header", b"email,name\n".to_vec(), "import.empty", "no rows"),
        (
            "a duplicate column",
            b"email,Name,name\na@x.example,A,B\n".to_vec(),
            "import.header_invalid",
            "ame",
        ),
        ("10,000 columns", wide.into_bytes(), "import.header_invalid", "columns"),
        ("1,500 columns", middling.into_bytes(), "import.header_invalid", "columns"),
        (
            "an open quote",
            format!("email,name\na@x.example,\"Ann\n{rows}").into_bytes(),
            "import.quote_unclosed",
            "line 2 is never closed",
        ),
        (
            "an open quote at the end",
            format!("email,name\n{rows}b@x.example,\"Bob\n").into_bytes(),
            "import.quote_unclosed",
            "never closed",
        ),
        (
            "a NUL byte",
            format!("email,name\n{rows}b@x.example,B\0b\n").into_bytes(),
            "import.nul_byte",
            "2002",
        ),
        ("a ZIP file", b"PK\x05\x06contacts.csv".to_vec(), "import.not_csv", "ZIP file"),
    ] {
        let answer = upload(&app.admin, "people.csv", file).await;
        answer.assert_error_shape(what);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        let error = &answer.json()["error"];
        assert_eq!(error["name"], name, "{what}: {error}");
        assert!(error["message"].as_str().unwrap().contains(said), "{what}: {error}");
        assert_eq!(error["fields"][0]["field"], "file", "{what}");
    }
    let large = [("content-type", "text/csv"), ("content-length", "2147483649")];
    let answer = app.admin.raw("POST", "/api/imports?name=a.csv", &large, "x").await;
    answer.assert_error_shape("too large");
    assert_eq!(answer.brief(), "413 413");
    let form = [("content-type", "multipart/form-data; boundary=x")];
    let answer = app.admin.raw("POST", "/api/imports", &form, "--x--").await;
    assert_eq!(answer.json()["error"]["name"], "upload.multipart");
    // Nothing is left of any of them.
    assert_eq!(app.admin.get("/api/imports").await["data"], json!([]));
    assert_eq!(std::fs::read_dir(overture::imports::folder(&app.app)).unwrap().count(), 0);
    assert!(everybody(&app).await.is_empty());
}

async fn files_from_everywhere_are_understood(app: TestApp) {
    let text = "Name\tE-Mail\r\nJos\u{e9} Garc\u{ed}a\tjose@x.example\r\n";
    let wide: Vec<u8> =
        [0xFEFFu16].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let long = format!(
        "Name,E-Mail\n{},long@x.example\nJos\u{e9} Garc\u{ed}a,jose@x.example\n",
        "x".repeat(1_000_000)
    );
    for (what, file, encoding, failed) in [
        ("UTF-16", wide, "UTF-16LE", 0),
        ("Latin-1", latin, "windows-1252", 0),
        ("a mark", format!("\u{feff}{text}").into_bytes(), "UTF-8", 0),
        ("CR only", text.replace("\r\n", "\r").into_bytes(), "UTF-8", 0),
        ("hidden marks", text.replace("Jos", "\u{202e}Jos").into_bytes(), "UTF-8", 0),
        ("a cell of 1 MB", long.into_bytes(), "UTF-8", 1),
    ] {
        let done = import(&app, file, "overwrite", 10).await;
        assert_eq!(
            (done["encoding"].as_str(), done["failed"].as_i64()),
            (Some(encoding), Some(failed)),
            "{what}: {done}"
        );
        assert_eq!(done["rows_read"].as_i64(), Some(1 + failed), "{what}: {done}");
        let expected = ["jose@x.example", "", "Jos\u{e9}", "Garc\u{ed}a", "", ""].map(str::to_owned).to_vec();
        assert_eq!(everybody(&app).await, BTreeSet::from([expected]), "{what}");
        if what == "UTF-16" {
            assert_eq!(done["delimiter"], "\t");
            assert_eq!(done["rows_preview"], json!([["Jos\u{e9} Garc\u{ed}a", "jose@x.example"]]));
        }
    }
}

async fn a_mapping_has_to_fit(app: TestApp) {
    let made = uploaded(&app.admin, "Mail,Mail 2,Name\na@x.example,b@x.example,Ann\n").await;
    let path = format!("/api/imports/{}/start", made["id"].as_str().unwrap());
    for (what, body, field) in [
        ("an unknown field", json!({ "mapping": { "Mail": "e-mail" } }), "mapping.Mail"),
        ("an unknown column", json!({ "mapping": { "Mail": "email", "Nmae": "full_name" } }), "mapping.Nmae"),
        ("one field twice", json!({ "mapping": { "Mail": "email", "Mail 2": "email" } }), "mapping.Mail 2"),
        ("no address", json!({ "mapping": { "Name": "full_name" } }), "mapping"),
        (
            "no country",
            json!({ "mapping": { "Mail": "email" }, "default_country": "Narnia" }),
            "default_country",
        ),
        ("an unknown rule", json!({ "mapping": { "Mail": "email" }, "on_match": "merge" }), "on_match"),
        ("an unknown input", json!({ "mapping": { "Mail": "email" }, "tenant_id": "x" }), "tenant_id"),
    ] {
        let answer = app.admin.call("POST", &path, &body).await;
        answer.assert_error_shape(what);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert_eq!(answer.json()["error"]["fields"][0]["field"], field, "{what}: {}", answer.json());
    }
    assert!(claim(&app, "tester").await.is_none());
    let started = app
        .admin
        .post(&path, json!({ "mapping": { "Mail": "email", "Mail 2": "ignore", "Name": "full_name" } }))
        .await;
    assert_eq!(started["status"], "running");
    let again = app.admin.call("POST", &path, &json!({ "mapping": { "Mail": "email" } })).await;
    assert_eq!(again.brief(), "409 4002");
}

async fn imports_at_the_same_time_do_not_double(app: TestApp) {
    let other = app.node().await;
    let (one, two) = (uploaded(&app.admin, crowd(400)).await, uploaded(&app.admin, crowd(400)).await);
    start(&app.admin, &one, "fill").await;
    start(&app.admin, &two, "fill").await;
    let (first, second) = (claim(&app, "one").await.unwrap(), claim(&app, "two").await.unwrap());
    let (a, b) = tokio::join!(
        run_in_transactions(&app.app, first, "one", 20),
        run_in_transactions(&other.app, second, "two", 31)
    );
    a.unwrap();
    b.unwrap();
    let (one, two) = (look(&app, &one).await, look(&app, &two).await);
    assert_eq!(
        (one["status"].as_str(), two["status"].as_str()),
        (Some("completed"), Some("completed")),
        "{one} {two}"
    );
    let (first, second) = (counts(&one), counts(&two));
    assert_eq!(first[0] + second[0], 320, "{one} {two}");
    assert_eq!((made_by(&app, &one).await, made_by(&app, &two).await), (first[0], second[0]));
    assert_eq!(everybody(&app).await.len(), 320);
}

async fn a_worker_that_lost_its_job_writes_nothing(app: TestApp) {
    let made = uploaded(&app.admin, crowd(50)).await;
    start(&app.admin, &made, "fill").await;
    let old = claim(&app, "old").await.unwrap();
    job::retry(&app.app.db, &old.id, "old", "its lease ended", 0).await.unwrap();
    let new = claim(&app, "new").await.unwrap();
    run_in_transactions(&app.app, old, "old", 10).await.unwrap();
    assert_eq!((counts(&look(&app, &made).await), everybody(&app).await.len()), ([0; 6], 0));
    run_in_transactions(&app.app, new, "new", 10).await.unwrap();
    assert_eq!(look(&app, &made).await["status"], "completed");
}

async fn an_import_belongs_to_its_workspace(app: TestApp) {
    let made = uploaded(&app.admin, crowd(10)).await;
    start(&app.admin, &made, "fill").await;
    run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", 10).await.unwrap();
    let id = made["id"].as_str().unwrap();
    let (_, stranger) = app.neighbour(2).await;
    for (method, path) in [
        ("GET", format!("/api/imports/{id}")),
        ("GET", format!("/api/imports/{id}/rejected.csv")),
        ("POST", format!("/api/imports/{id}/cancel")),
        ("POST", format!("/api/imports/{id}/start")),
        ("GET", "/api/imports/..%2F..%2Fkeys/rejected.csv".to_owned()),
    ] {
        let answer = stranger.call(method, &path, &json!({ "mapping": { "email": "email" } })).await;
        assert!(matches!(answer.status.as_u16(), 404 | 422), "{method} {path}: {}", answer.brief());
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("nobody"), "{method} {path}");
    }
    assert_eq!(stranger.get("/api/imports").await["data"], json!([]));
    let mine = app.admin.get("/api/imports").await;
    assert_eq!(mine["data"][0]["id"], made["id"]);
    assert_eq!(mine["data"][0]["rows_per_second"].as_f64().map(|rate| rate > 0.0), Some(true), "{mine}");
    let by_cause: BTreeMap<&str, i64> = mine["data"][0]["causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cause| (cause["cause"].as_str().unwrap(), cause["count"].as_i64().unwrap()))
        .collect();
    assert_eq!(by_cause.into_values().collect::<Vec<_>>(), [1]);
}

async fn a_value_that_was_missing_lets_a_message_go(app: TestApp) {
    let nameless = app.contact(json!({ "email": "ann@x.example", "phone": "+14155552671" })).await;
    app.campaign(crate::kit::one_text(), &[nameless]).await;
    app.run_due().await;
    assert_eq!(app.sent().await.len(), 0);
    let done = import(&app, "email,last name\nann@x.example,Lee\n", "fill", 10).await;
    assert_eq!(counts(&done), [0, 1, 0, 0, 0, 0]);
    app.run_due().await;
    assert_eq!(app.sent().await[0]["text"], "Hello Lee");
}
