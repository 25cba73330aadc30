//! No list walks a table: the plans of everything that reading the product asks, on both databases. A table that is
//! small today is large in two years.

use crate::{
    isolation::{RITA, book},
    kit::*,
};
use serde_json::json;
use std::collections::BTreeMap;
use store::{
    Way,
    contact::{self, Order, Sorted},
    plans::{Asked, heard, listen, plan, tables},
};

both! {
    no_list_reads_a_whole_table,
}

/// Tables, and indexes of some rows of a table, that may be read as a whole, and why.
const WHOLE: [(&str, &str); 6] = [
    ("audit_pending", "what is not sealed yet, which is done twice a second"),
    ("search_changes", "a line for each import whose words are still to be read"),
    ("message_changes", "the messages whose words are still to be read, a second's worth"),
    ("messages_uncertain", "what waits for a person to decide"),
    ("messages_sending", "what is in flight"),
    ("messages_queue", "on PostgreSQL, while it thinks that nothing waits: else it takes messages_status"),
];

async fn no_list_reads_a_whole_table(app: TestApp) {
    let rita = app.member("rep").await;
    let things = book(&rita, "rita", RITA).await;
    let tag = app.admin.post("/api/tags", json!({ "name": "T" })).await["id"].clone();
    let rule = url(&json!({ "field": "city", "op": "is", "value": "Oslo" }).to_string());
    let id = |noun: &str| things[noun].as_str();
    let tag = tag.as_str().unwrap();
    let narrowed: BTreeMap<&str, Vec<String>> = BTreeMap::from([
        (
            "contact_list",
            vec![
                "search=rita".into(),
                "search=!".into(),
                "status=Messaged".into(),
                "status=No%20Activity".into(),
                format!("campaign_id={}", id("campaign")),
                format!("import_id={}", id("import")),
                format!("set_id={tag}"),
                format!("rule={rule}"),
                "sort=created_at".into(),
                "sort=name".into(),
                "sort=-company".into(),
                "sort=updated_at&search=rita".into(),
                "sort=-icp_score".into(),
                format!("sort=name&total=false&rule={rule}"),
            ],
        ),
        ("contact_count", vec!["search=rita".into(), format!("set_id={tag}")]),
        (
            "company_list",
            ["sort=-name", "sort=created_at", "sort=-created_at", "sort=-people", "search=r&sort=people"]
                .map(str::to_owned)
                .to_vec(),
        ),
        (
            "conversation_list",
            [
                "view=open",
                "view=unread",
                "view=done",
                "view=unmatched",
                "view=uncertain",
                "view=mine",
                "view=unassigned",
                "view=snoozed",
                "view=mentions",
                "view=all",
                "channel=sms",
                "search=rita",
                "search=rita@people.example",
                "search=hello&view=done&channel=sms",
            ]
            .map(str::to_owned)
            .to_vec(),
        ),
        (
            "search_find",
            vec![
                "q=rita".into(),
                "q=ritta".into(),
                format!("q={}", url(RITA)),
                "q=rita@people.example".into(),
            ],
        ),
        (
            "task_list",
            vec![
                "status=done".into(),
                "kind=call".into(),
                format!("campaign_id={}", id("campaign")),
                format!("contact_id={}", id("contact")),
                "status=done&kind=review".into(),
            ],
        ),
        ("audit_list", vec!["action=contact_create".into()]),
        ("message_list", vec!["direction=out".into(), format!("conversation_id={}", id("conversation"))]),
    ]);
    listen();
    for tool in app.app.registry.iter().filter(|tool| tool.method == "GET") {
        let noun = tool.name.split('_').next().unwrap();
        let path = match (tool.path.contains("{id}"), things.get(noun)) {
            (false, _) => tool.path.to_owned(),
            (true, Some(id)) => tool.path.replace("{id}", id),
            (true, None) => continue,
        };
        for client in [&app.admin, &rita] {
            let none = vec![];
            let queries = narrowed.get(tool.name).unwrap_or(&none);
            for query in std::iter::once("").chain(queries.iter().map(String::as_str)) {
                client.call("GET", &format!("/api{path}?{query}"), &json!({})).await;
            }
        }
    }
    // As where more match than are read and sorted.
    let few = contact::Query { status: Some("Messaged".into()), ..contact::Query::default() };
    let tagged = contact::Query { set: Some(tag.to_owned()), ..contact::Query::default() };
    for sorted in [Sorted::Name, Sorted::Company, Sorted::Changed, Sorted::Score] {
        for way in [Way::Up, Way::Down] {
            for query in [&contact::Query::default(), &few, &tagged] {
                for behind in [None, Some("con_0"), Some("con_0=7")] {
                    let order = (Order::By(sorted, way), true);
                    contact::ordered(&app.app.db, &app.scope, query, order, Some(5), behind).await.unwrap();
                }
            }
        }
    }
    let asked = heard();
    let known = tables(&app.app.db).await.unwrap();
    let (mut read, mut bad) = (0, Vec::new());
    for asked in asked.iter().filter(|asked| {
        asked.sql.trim_start().starts_with("select") || asked.sql.trim_start().starts_with("with")
    }) {
        let lines = plan(&app.app.db, asked).await.unwrap();
        read += 1;
        let whole =
            if app.app.db.is_postgres() { whole_on_postgres(&lines) } else { whole_on_sqlite(&lines, asked) };
        let whole: Vec<String> =
            whole.into_iter().filter(|table| known.contains(table) && !is_allowed(table)).collect();
        if !whole.is_empty() {
            bad.push(format!("{whole:?}\n{}\n  {}", asked.sql, lines.join("\n  ")));
        }
    }
    assert!(read > 60, "few statements were heard: {read}");
    assert!(bad.is_empty(), "{} statements read a whole table:\n\n{}", bad.len(), bad.join("\n\n"));
}

fn url(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// `SCAN c` names what the statement calls the table.
fn whole_on_sqlite(lines: &[String], asked: &Asked) -> Vec<String> {
    let scanned = lines
        .iter()
        .filter_map(|line| line.strip_prefix("SCAN "))
        .filter(|line| !line.contains("VIRTUAL TABLE"));
    scanned
        .chain(walked_for_a_list(lines, asked))
        .filter_map(|line| line.split_whitespace().next())
        .map(|name| table_called(name, &asked.sql))
        .collect()
}

/// Tables of a workspace that are read as a whole to find some by a list, and why.
const WALKED: [(&str, &str); 3] = [
    (
        "suppressions",
        "who must not be written to is found by channel and address, and the channel is not known",
    ),
    ("icp_profiles", "there are few"),
    ("senders", "there are few"),
];

/// `SEARCH c USING INDEX i (workspace_id=?)` in a statement that names what it wants: all of the workspace is read, and of
/// each row is asked whether it is in the list.
fn walked_for_a_list<'a>(lines: &'a [String], asked: &'a Asked) -> impl Iterator<Item = &'a str> {
    // Everything about one person is put together when they ask for it, and otherwise never.
    let is_export = asked.sql.contains("contact_id = $2") || asked.sql.contains("$2 <> ''");
    let names = asked.sql.contains("in (select item.value->>'v'") && !is_export;
    let searched = lines.iter().filter_map(|line| line.strip_prefix("SEARCH "));
    searched.filter(move |line| {
        let table = table_called(line.split_whitespace().next().unwrap_or_default(), &asked.sql);
        let is_walked = names && line.contains("(workspace_id=?)");
        is_walked && !WALKED.iter().any(|(known, _)| *known == table)
    })
}

/// The table that a statement calls so.
fn table_called(name: &str, sql: &str) -> String {
    let words: Vec<&str> =
        sql.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let named = words
        .windows(3)
        .find(|three| matches!(three[0], "from" | "join") && (three[2] == name || three[1] == name));
    named.map_or(name, |three| three[1]).to_owned()
}

/// A sequential scan, or one of an index without a condition on it.
fn whole_on_postgres(lines: &[String]) -> Vec<String> {
    let word_after = |line: &str, word: &str| {
        let rest = line.split(word).nth(1).unwrap_or_default();
        rest.split_whitespace().next().unwrap_or_default().to_owned()
    };
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut whole = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let mut below = lines[n + 1..].iter().take_while(|next| depth(next) > depth(line));
        let is_of_index = line.contains("Index Scan") || line.contains("Index Only Scan");
        if line.contains("Seq Scan on") {
            whole.push(word_after(line, " on "));
        } else if is_of_index && !below.any(|next| next.contains("Index Cond")) {
            let index = word_after(line, " using ");
            whole.push(if is_allowed(&index) { index } else { word_after(line, " on ") });
        }
    }
    whole
}

fn is_allowed(name: &str) -> bool {
    WHOLE.iter().any(|(allowed, _)| *allowed == name)
}
