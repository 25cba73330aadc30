//! The API description and the routes are the same list.

use crate::kit::{Client, TestApp, contract::document};
use serde_json::json;
use std::{collections::BTreeSet, fs, path::Path};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Every method that is described is answered by its route, and every other one is refused with the list of those.
#[tokio::test]
async fn every_described_address_takes_exactly_the_methods_that_are_described() {
    let app = TestApp::sqlite().await;
    for (path, described) in document()["paths"].as_object().unwrap() {
        let described: BTreeSet<String> =
            described.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        let address = path.replace("{id}", "anything").replace("{token}", "anything");
        for method in METHODS {
            // A client of its own: some of these end their session.
            let client = Client::of(&app.app, &app.scope).await;
            let answer = client.call(method, &address, &json!({})).await;
            if described.contains(method) {
                let said = answer.json()["error"]["message"].clone();
                assert_ne!(answer.status, 405, "{method} {path}");
                assert_ne!(said, "This address does not exist", "{method} {path}");
                continue;
            }
            assert_eq!(answer.status, 405, "{method} {path} is not described, and answers");
            answer.assert_error_shape(path);
            let allowed: BTreeSet<String> = answer.headers["allow"]
                .to_str()
                .unwrap()
                .split(',')
                .map(|method| method.trim().to_owned())
                .filter(|method| method != "HEAD")
                .collect();
            assert_eq!(allowed, described, "{path}");
        }
    }
}

/// A route can only be made where the description is made too.
#[test]
fn routes_are_made_from_the_tables_alone() {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if fs::read_to_string(&path).is_ok_and(|text| text.contains(".route(")) {
                found.insert(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for folder in ["http", "live"] {
        walk(&source.join(folder), &mut found);
    }
    let router_of_live_updates = "mod.rs";
    assert_eq!(found, ["route.rs", "tools.rs", router_of_live_updates].map(str::to_owned).into());
    let of_http = fs::read_to_string(source.join("http/mod.rs")).unwrap();
    assert!(!of_http.contains(".route("), "declare it in http/routes.rs");
}
