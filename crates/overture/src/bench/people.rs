//! Lists, searches and segments over many contacts, each asked as a member asks it: right, count, page and all.

use super::{
    cores,
    import::{Place, place},
};
use crate::{clock::boot_ms, tool::Ctx};
use anyhow::Result;
use serde_json::{Value, json};
use std::{path::Path, time::Instant};

/// How often each question is asked.
const ROUNDS: usize = 100;

/// Fills a workspace with the contacts of a file of `rows`, asks, and prints how long the answers took.
pub async fn run(rows: u64, database: Option<String>) -> Result<()> {
    super::in_folder(async |folder| measure(rows, database, folder).await).await
}

async fn measure(rows: u64, database: Option<String>, folder: &Path) -> Result<()> {
    let place = place(rows, database, folder).await?;
    let name = if place.app.db.is_postgres() { "PostgreSQL" } else { "SQLite" };
    place.fill().await?;
    let ctx = Ctx {
        app: place.app.clone(),
        scope: place.scope.clone(),
        role: "admin".into(),
        key: None,
        session: None,
        console: true,
        address: None,
    };
    let all = ask(&ctx, "contact_count", json!({})).await?;
    println!("{name}, {} contacts, {} cores; milliseconds over {ROUNDS} rounds", all["total"], cores());
    read_words(&place).await?;
    let tag = sets(&ctx).await?;
    let middle = middle(&ctx).await?;
    let rule = five_rules();
    let questions = [
        ("list: first page", "contact_list", json!({})),
        ("list: how many, exactly", "contact_count", json!({})),
        ("list: a page in the middle", "contact_list", json!({ "cursor": middle })),
        ("list: a status that few have", "contact_list", json!({ "status": "Replied" })),
        ("list: a tag that few have", "contact_list", json!({ "set_id": tag })),
        ("list: search, a company", "contact_list", json!({ "search": "company 4242" })),
        ("list: search, a name that 6 % have", "contact_list", json!({ "search": "grace" })),
        ("list: five rules", "contact_list", json!({ "rule": rule.to_string(), "total": false })),
        ("list: how many five rules fit", "contact_count", json!({ "rule": rule.to_string() })),
        ("search: an address", "search_find", json!({ "q": "g31@company4242.example.com" })),
        ("search: a company", "search_find", json!({ "q": "company4242" })),
        ("search: a name that 6 % have", "search_find", json!({ "q": "grace hop" })),
        ("search: three letters", "search_find", json!({ "q": "gra" })),
        ("search: a mistyped name", "search_find", json!({ "q": "torvalsd" })),
        ("companies: first page", "company_list", json!({})),
        ("segment: count of five rules, and a sample", "segment_preview", json!({ "rule": rule })),
    ];
    for (what, tool, input) in questions {
        time(what, || ask(&ctx, tool, input.clone())).await?;
    }
    sorts(&ctx).await
}

/// Every order of the list of all, its first page and one behind it; and the orders with filters that leave many.
async fn sorts(ctx: &Ctx) -> Result<()> {
    let orders = [
        "created_at",
        "name",
        "-name",
        "company",
        "-company",
        "updated_at",
        "-updated_at",
        "icp_score",
        "-icp_score",
    ];
    for order in orders {
        let first = json!({ "sort": order });
        time(&format!("sort: {order}"), || ask(ctx, "contact_list", first.clone())).await?;
        let mut page = ask(ctx, "contact_list", first.clone()).await?;
        for _ in 0..20 {
            let next = json!({ "sort": order, "limit": 200, "cursor": page["next_cursor"] });
            page = ask(ctx, "contact_list", next).await?;
        }
        let next = json!({ "sort": order, "cursor": page["next_cursor"] });
        time(&format!("sort: {order}, behind 4,000"), || ask(ctx, "contact_list", next.clone())).await?;
    }
    let oslo = json!({ "field": "city", "op": "is", "value": "Oslo" }).to_string();
    for (what, narrowed) in [
        ("search, a name that 6 % have", json!({ "search": "grace" })),
        ("a rule that 6 % fit", json!({ "rule": oslo })),
    ] {
        let mut asked = narrowed;
        asked["sort"] = "company".into();
        // As the page asks: how many match is a question of its own.
        asked["total"] = false.into();
        time(&format!("sort: company, {what}"), || ask(ctx, "contact_list", asked.clone())).await?;
    }
    Ok(())
}

async fn ask(ctx: &Ctx, tool: &str, input: Value) -> Result<Value> {
    ctx.app.registry.call(ctx.clone(), tool, input).await.map_err(|error| anyhow::anyhow!("{tool}: {error}"))
}

/// Waits until the words of what was imported are read.
async fn read_words(place: &Place) -> Result<()> {
    let before = boot_ms();
    let mut slices = 0;
    while crate::search::keep_up(place.app.clone()).await? {
        slices += 1;
        // As the upkeep loop does.
        if slices % 20 == 0 {
            place.app.db.checkpoint().await?;
        }
    }
    println!("  {:<44} {:>9.1} s", "words read after the import", (boot_ms() - before) as f64 / 1000.0);
    Ok(())
}

/// A tag on a few of them; its id.
async fn sets(ctx: &Ctx) -> Result<Value> {
    let tag = ask(ctx, "tag_create", json!({ "name": "Few" })).await?["id"].clone();
    let who = json!({ "search": "company1200" });
    ask(ctx, "tag_add", json!({ "id": tag, "who": who })).await?;
    Ok(tag)
}

/// The cursor of a page halfway.
async fn middle(ctx: &Ctx) -> Result<Value> {
    let page = ask(ctx, "contact_list", json!({ "search": "company 30000", "limit": 1 })).await?;
    Ok(page["next_cursor"].clone())
}

fn five_rules() -> Value {
    json!({ "all": [
        { "field": "city", "op": "is", "value": "Oslo" },
        { "field": "title", "op": "contains", "value": "sales" },
        { "field": "company", "op": "starts_with", "value": "Company 1" },
        { "field": "email", "op": "exists" },
        { "not": { "field": "first_name", "op": "is", "value": "Ada" } },
    ] })
}

#[expect(clippy::disallowed_methods, reason = "a measurement in parts of a millisecond")]
fn instant() -> Instant {
    Instant::now()
}

/// Asks again and again, and prints the median, the 99th of a hundred and the longest.
async fn time<F, Fut>(what: &str, question: F) -> Result<()>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<Value>>,
{
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let before = instant();
        question().await?;
        times.push(before.elapsed().as_secs_f64() * 1000.0);
        if times.iter().sum::<f64>() > 20_000.0 {
            break;
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() - 1) as f64 * share) as usize).copied().unwrap_or_default();
    println!("  {what:<44} p50 {:>8.2}   p99 {:>8.2}   longest {:>8.2}", at(0.5), at(0.99), at(1.0));
    Ok(())
}
