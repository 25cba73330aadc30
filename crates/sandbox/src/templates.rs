//! The texts that the stand-in for WhatsApp has approved, account by account: a few from the start, and what somebody
//! orders. An account is known by its own digits, as a number is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::message::PlacePart;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::post::{self, Load, Parcel, Reason, Target};
use crate::world::{World, locked};
use crate::{clock, graph};

/// Templates on a page, however many are asked for: so few that a list has several.
const A_PAGE: usize = 3;

/// The templates of all accounts, each list in the order in which it was written.
#[derive(Default)]
pub(crate) struct Templates {
    of: Mutex<HashMap<String, Vec<Value>>>,
}

/// What every account has from the start.
fn first() -> Vec<Value> {
    let one = |name: &str, language: &str, category: &str, components: Value| {
        json!({
            "id": format!("{}{}", 1_000 + name.len(), language.len()), "name": name, "language": language, "status": "APPROVED",
            "category": category, "components": components, "rejected_reason": "NONE",
            "quality_score": { "score": "GREEN" }, "parameter_format": "POSITIONAL",
        })
    };
    let body = |text: &str| json!([{ "type": "BODY", "text": text }]);
    let offer = json!([
        { "type": "HEADER", "format": "TEXT", "text": "For {{1}}" },
        { "type": "BODY", "text": "Hi {{1}}, the offer that you asked for is ready until {{2}}." },
        { "type": "FOOTER", "text": "Answer STOP to hear no more." },
        { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Look at it", "url": "https://nordlys.example/{{1}}" }] },
    ]);
    let mut rejected = one("win_a_car", "en_US", "MARKETING", body("You have won, {{1}}!"));
    (rejected["status"], rejected["rejected_reason"]) = (json!("REJECTED"), json!("PROMOTIONAL"));
    let mut pending = one("autumn_news", "en_US", "MARKETING", body("Our news of the autumn, {{1}}."));
    pending["status"] = json!("PENDING");
    vec![
        one(
            "hello_world",
            "en_US",
            "UTILITY",
            body("Welcome and congratulations! This message is the hello world of WhatsApp."),
        ),
        one("welcome", "en_US", "MARKETING", body("Hi {{1}}, thank you for your interest in Nordlys.")),
        one("welcome", "de", "MARKETING", body("Hallo {{1}}, danke für Ihr Interesse an Nordlys.")),
        one("offer_ready", "en_US", "MARKETING", offer),
        pending,
        rejected,
    ]
}

/// Which page.
#[derive(Deserialize)]
pub(crate) struct Page {
    after: Option<String>,
}

/// `GET /{account}/message_templates`
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    Path((_, account)): Path<(String, String)>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Response {
    if let Some(answer) = graph::turn_away(&world, &headers) {
        return answer;
    }
    let mut all = locked(&world.templates.of);
    let all = all.entry(account).or_insert_with(first);
    let from: usize =
        page.after.as_deref().and_then(|after| after.strip_prefix("at_")?.parse().ok()).unwrap_or(0);
    let data: Vec<&Value> = all.iter().skip(from).take(A_PAGE).collect();
    let mut answer =
        json!({ "data": data, "paging": { "cursors": { "after": format!("at_{}", from + A_PAGE) } } });
    if all.len() > from + A_PAGE {
        answer["paging"]["next"] = json!("https://graph.facebook.com/next");
    }
    graph::json_of(StatusCode::OK, &answer)
}

/// What a request to send a template is refused with: it has to be approved, and to have as many values as places.
pub(crate) fn refusal(world: &World, account: &str, request: &Value) -> Option<(u32, String)> {
    let sent = &request["template"];
    let mut all = locked(&world.templates.of);
    let all = all.entry(account.to_owned()).or_insert_with(first);
    let found =
        all.iter().find(|one| one["name"] == sent["name"] && one["language"] == sent["language"]["code"]);
    let Some(found) = found else {
        return Some((132_001, "Template does not exist in the translation".into()));
    };
    match found["status"].as_str() {
        Some("APPROVED") => {}
        Some("PAUSED") => return Some((132_015, "Template is Paused".into())),
        Some("DISABLED") => return Some((132_016, "Template is Disabled".into())),
        _ => return Some((132_001, "Template name does not exist in the translation".into())),
    }
    let places = domain::approved::layout(&found["components"]).places;
    let parts: Vec<&Value> = sent["components"].as_array().into_iter().flatten().collect();
    let given = |part: &str| {
        let named = parts.iter().filter(|one| one["type"] == part);
        named.filter_map(|one| one["parameters"].as_array()).map(Vec::len).sum::<usize>()
    };
    let wanted = |part: PlacePart| places.iter().filter(|place| place.part == part).count();
    let fits = [("header", PlacePart::Header), ("body", PlacePart::Body), ("button", PlacePart::Button)]
        .into_iter()
        .all(|(word, part)| given(word) == wanted(part));
    (!fits).then(|| (132_000, "Number of parameters does not match the expected number of params".into()))
}

/// An order to change a template, or to have a new one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// The account: the digits of the number in the sandbox.
    account: String,
    name: String,
    language: String,
    /// `APPROVED`, `REJECTED`, `PAUSED` …; `DELETED` takes it away.
    status: String,
    reason: Option<String>,
    components: Option<Value>,
    /// Whether the product is told by webhook.
    #[serde(default = "yes")]
    tell: bool,
}

fn yes() -> bool {
    true
}

/// `POST /_sandbox/template`
pub(crate) async fn order(State(world): State<Arc<World>>, Json(order): Json<Order>) -> Json<Value> {
    {
        let mut all = locked(&world.templates.of);
        let all = all.entry(order.account.clone()).or_insert_with(first);
        let is_it =
            |one: &Value| one["name"] == order.name.as_str() && one["language"] == order.language.as_str();
        if order.status == "DELETED" {
            all.retain(|one| !is_it(one));
        } else {
            if !all.iter().any(is_it) {
                all.push(json!({
                    "id": (2_000 + all.len()).to_string(), "name": order.name, "language": order.language,
                    "category": "MARKETING", "components": [{ "type": "BODY", "text": "Hi {{1}}" }],
                }));
            }
            if let Some(one) = all.iter_mut().find(|one| is_it(one)) {
                one["status"] = json!(order.status);
                one["rejected_reason"] = json!(order.reason.as_deref().unwrap_or("NONE"));
                if let Some(components) = &order.components {
                    one["components"] = components.clone();
                }
            }
        }
    }
    if order.tell {
        tell(&world, &order);
    }
    Json(json!({ "success": true }))
}

fn tell(world: &Arc<World>, order: &Order) {
    let value = json!({
        "event": order.status, "message_template_id": 1_000, "message_template_name": order.name,
        "message_template_language": order.language, "reason": order.reason.as_deref().unwrap_or("NONE"),
    });
    let change = json!({ "field": "message_template_status_update", "value": value });
    let entry = json!({ "id": order.account, "time": clock::now_ms() / 1_000, "changes": [change] });
    let body = json!({ "object": "whatsapp_business_account", "entry": [entry] });
    let parcel = Parcel {
        reason: Reason::ChatStatus,
        key: order.name.clone(),
        target: Target::Door("/webhooks/whatsapp".into()),
        load: Load::Meta(body.to_string().into()),
    };
    let post = Arc::clone(world);
    world.spawn(async move {
        // Its record says how it went.
        drop(post::send(&post, parcel).await);
    });
}
