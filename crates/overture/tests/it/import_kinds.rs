//! Workbooks and address books become contacts as CSV files do.

use crate::{
    imports::{claim, look},
    kit::{Answer, TestApp},
};
use axum::http::StatusCode;
use overture::imports::run::run_in_transactions;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use zip::{ZipWriter, write::SimpleFileOptions};

both!(
    a_workbook_becomes_contacts,
    another_sheet_can_be_chosen,
    cards_become_contacts,
    what_cannot_be_read_leaves_nothing_behind,
);

/// A cell with a text.
fn text(value: &str) -> String {
    format!(r#"<c t="inlineStr"><is><t>{value}</t></is></c>"#)
}

/// A workbook of sheets with rows of cells.
pub fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let (mut named, mut targets) = (String::new(), String::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        named += &format!(r#"<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>"#);
        targets += &format!(r#"<Relationship Id="r{at}" Type="x/worksheet" Target="s{at}.xml"/>"#);
        let rows: String = rows.iter().map(|cells| format!("<row>{}</row>", cells.concat())).collect();
        add(&format!("xl/s{at}.xml"), &format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"));
    }
    add("xl/workbook.xml", &format!("<workbook><sheets>{named}</sheets></workbook>"));
    add("xl/_rels/workbook.xml.rels", &format!("<Relationships>{targets}</Relationships>"));
    add(
        "xl/styles.xml",
        r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
    );
    zip.finish().unwrap().into_inner()
}

async fn upload(app: &TestApp, query: &str, file: Vec<u8>) -> Answer {
    let kind = [("content-type", "application/octet-stream")];
    app.admin.raw("POST", &format!("/api/imports?{query}"), &kind, file).await
}

async fn uploaded(app: &TestApp, query: &str, file: Vec<u8>) -> Value {
    let answer = upload(app, query, file).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer.bytes));
    answer.json()
}

/// Starts and runs it.
async fn run(app: &TestApp, import: &Value, mapping: Value) -> Value {
    let path = format!("/api/imports/{}/start", import["id"].as_str().unwrap());
    app.admin.post(&path, json!({ "mapping": mapping, "default_country": "NO", "on_match": "fill" })).await;
    let job = claim(app, "tester").await.expect("a job");
    run_in_transactions(&app.app, job, "tester", 100).await.unwrap();
    look(app, import).await
}

async fn rejected(app: &TestApp, import: &Value) -> String {
    let answer = app.admin.raw("GET", import["rejected_url"].as_str().expect("a file"), &[], "").await;
    String::from_utf8(answer.bytes).unwrap()
}

/// Who is there, by name.
async fn people(app: &TestApp) -> Vec<Value> {
    let page = app.admin.get("/api/contacts?limit=200").await;
    let mut all = page["data"].as_array().unwrap().clone();
    all.sort_by_key(|contact| contact["first_name"].as_str().map(str::to_owned));
    all
}

async fn a_workbook_becomes_contacts(app: TestApp) {
    app.admin.post("/api/custom-fields", json!({ "name": "Since", "kind": "date" })).await;
    let [email, first, phone, since] = ["Email", "First name", "Phone", "Since"].map(text);
    let [ann, bob, cid, dan] = ["ann", "bob", "cid", "dan"].map(|name| text(&format!("{name}@x.example")));
    let [ann_name, bob_name, cid_name, dan_name] = ["Ann", "Bob", "Cid", "Dan"].map(text);
    let (number, day) = ("<c><v>4.790101010E9</v></c>", r#"<c s="1"><v>46356</v></c>"#);
    let formula = "<c><f>A1</f></c>";
    let error = r#"<c t="e"><v>#N/A</v></c>"#;
    let title = text("Guests");
    let rows: &[&[&str]] = &[
        &[&title],
        &[&email, &first, &phone, &since],
        &[&ann, &ann_name, number, day],
        &[],
        &[&bob, &bob_name, formula, day],
        &[&cid, &cid_name, "<c/>", "<c><f>1</f><v>x</v></c>"],
        &[&dan, error],
        &[&dan, &dan_name],
    ];
    // Nobody looks at the name.
    let made = uploaded(&app, "name=people.csv", workbook(&[("Empty", &[]), ("People", rows)])).await;
    assert_eq!((made["format"].as_str(), made["sheet"].as_str()), (Some("xlsx"), Some("People")), "{made}");
    assert_eq!(made["sheets"], json!(["Empty", "People"]));
    assert_eq!(made["notes"], json!(["1 row above the header is left out."]));
    assert_eq!((made["total"].as_i64(), made["columns"][2]["guess"].as_str()), (Some(5), Some("phone")));
    assert_eq!(made["columns"][3]["samples"][0], "2026-11-30");
    let mapping =
        json!({ "Email": "email", "First name": "first_name", "Phone": "phone", "Since": "custom.since" });
    let done = run(&app, &made, mapping).await;
    assert_eq!(
        ["created", "failed", "rows_read"].map(|name| done[name].as_i64().unwrap()),
        [2, 3, 5],
        "{done}"
    );
    let people = people(&app).await;
    assert_eq!(people.len(), 2);
    assert_eq!(people[0]["phone"], "+4790101010");
    let told = rejected(&app, &done).await;
    let lines: Vec<&str> = told.lines().collect();
    assert!(told.starts_with('\u{feff}'), "spreadsheets need the mark");
    assert!(lines[1].contains("Row 5: phone: the result of the formula is not in the file"), "{told}");
    assert!(lines[2].contains("Row 6: Since: not a day such as"), "{told}");
    assert!(lines[3].contains("Row 7: first name: the cell has an error of a formula"), "{told}");
    // What comes back can be mended and go in again, as any CSV file.
    let mended = told.replace("#UNCALCULATED!", "").replace(",x,", ",,").replace("#N/A", "Dan");
    let again = uploaded(&app, "name=mended.csv", mended.into_bytes()).await;
    assert_eq!((again["format"].as_str(), again["sheet"].as_str()), (Some("csv"), None));
    let done = run(&app, &again, json!({ "Email": "email", "First name": "first_name" })).await;
    assert_eq!((done["created"].as_i64(), done["unchanged"].as_i64()), (Some(2), Some(1)), "{done}");
}

async fn another_sheet_can_be_chosen(app: TestApp) {
    let (email, ann, bob) = (text("Email"), text("ann@x.example"), text("bob@x.example"));
    let book = workbook(&[("First", &[&[&email], &[&ann]]), ("Second one", &[&[&email], &[&bob], &[&ann]])]);
    let made = uploaded(&app, "name=a.xlsx&sheet=second%20ONE", book.clone()).await;
    assert_eq!((made["sheet"].as_str(), made["total"].as_i64()), (Some("Second one"), Some(2)), "{made}");
    let answer = upload(&app, "name=a.xlsx&sheet=Third", book).await;
    answer.assert_error_shape("no such sheet");
    let error = &answer.json()["error"];
    assert_eq!(
        (error["name"].as_str(), error["fields"][0]["field"].as_str()),
        (Some("import.no_sheet"), Some("sheet"))
    );
    assert!(error["message"].as_str().unwrap().contains("“First”, “Second one”"), "{error}");
}

async fn cards_become_contacts(app: TestApp) {
    let file = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lee;Ann;;;\r\nEMAIL;TYPE=HOME:ann.home@x.example\r\n\
        EMAIL;TYPE=PREF:ann@x.example\r\nTEL:+1 415 555 2671\r\nORG:Acme;Sales\r\nPHOTO;ENCODING=b:/9j/\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nFN:Bob Ray\r\nTEL;CELL:900 10 101\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nFN:Nobody\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nFN:Cid\r\nEMAIL:cid at x\r\n";
    let made = uploaded(&app, "name=people.vcf", file.as_bytes().to_vec()).await;
    assert_eq!((made["format"].as_str(), made["total"].as_i64()), (Some("vcard"), Some(4)), "{made}");
    let columns = made["columns"].as_array().unwrap();
    let mapping: Value = columns
        .iter()
        .filter(|column| !column["guess"].is_null())
        .map(|column| (column["name"].as_str().unwrap().to_owned(), column["guess"].clone()))
        .collect();
    assert_eq!(
        mapping,
        json!({ "Full name": "full_name", "First name": "first_name", "Last name": "last_name", "E-mail": "email",
            "Phone": "phone", "Company": "company" })
    );
    assert_eq!(columns.last().unwrap()["name"], "Other e-mail");
    assert_eq!(made["notes"].as_array().unwrap().len(), 1, "{made}");
    let done = run(&app, &made, mapping).await;
    assert_eq!((done["created"].as_i64(), done["failed"].as_i64()), (Some(2), Some(2)), "{done}");
    let people = people(&app).await;
    let seen =
        |at: usize, names: [&str; 4]| names.map(|name| people[at][name].as_str().unwrap_or("").to_owned());
    assert_eq!(
        seen(0, ["first_name", "last_name", "email", "company"]),
        ["Ann", "Lee", "ann@x.example", "Acme"]
    );
    assert_eq!(seen(1, ["first_name", "last_name", "phone", "email"]), ["Bob", "Ray", "+4790010101", ""]);
    let told = rejected(&app, &done).await;
    assert!(told.contains("Card 3: neither an e-mail address nor a phone number"), "{told}");
    assert!(told.contains("Card 4: email: "), "{told}");
}

async fn what_cannot_be_read_leaves_nothing_behind(app: TestApp) {
    let mut old = vec![0; 2048];
    old[..4].copy_from_slice(b"\xD0\xCF\x11\xE0");
    let mut cut = workbook(&[("S", &[&[&text("Email")], &[&text("a@x.example")]])]);
    cut.truncate(cut.len() - 30);
    for (what, file, name) in [
        ("an old workbook", old, "import.not_csv"),
        ("half a workbook", cut, "import.damaged"),
        ("an empty workbook", workbook(&[("S", &[])]), "import.empty"),
        ("a header alone", workbook(&[("S", &[&[&text("Email")]])]), "import.empty"),
        (
            "a name twice",
            workbook(&[("S", &[&[&text("A"), &text("a")], &[&text("x")]])]),
            "import.header_invalid",
        ),
        ("cards of nothing", b"BEGIN:VCARD\nNOTE:x\nEND:VCARD\n".to_vec(), "import.empty"),
    ] {
        let answer = upload(&app, "name=a.xlsx", file).await;
        answer.assert_error_shape(what);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert_eq!(answer.json()["error"]["name"], name, "{what}: {}", answer.json());
    }
    // Told by the first bytes and the length that is announced, before the rest is sent.
    let large = [("content-type", "text/csv"), ("content-length", "268435457")];
    let answer = app.admin.raw("POST", "/api/imports?name=a.xlsx", &large, "PK\x03\x04").await;
    answer.assert_error_shape("a large workbook");
    assert_eq!(answer.brief(), "413 413");
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("256 MB"));
    assert_eq!(app.admin.get("/api/imports").await["data"], json!([]));
    assert_eq!(std::fs::read_dir(overture::imports::folder(&app.app)).unwrap().count(), 0);
}
