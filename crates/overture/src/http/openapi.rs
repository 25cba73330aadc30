//! The OpenAPI 3.1 document, derived from the registry of tools and the table of plain routes.

mod parts;

use super::{
    route::{Group, Route},
    routes,
};
use crate::{
    app::App,
    tool::{Registry, Tool},
};
use axum::{Json, extract::State};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, sync::Arc};

/// `GET /api/openapi.json`
pub async fn serve(State(app): State<Arc<App>>) -> Json<Value> {
    Json(document(&app.registry))
}

/// The document.
pub fn document(registry: &Registry) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut add = |path: String, method: &str, operation: Value| {
        paths.entry(path).or_insert_with(|| json!({}))[method.to_lowercase()] = operation;
    };
    for tool in registry.iter() {
        add(format!("/api{}", tool.path), tool.method, of_tool(tool));
    }
    for route in routes::all() {
        add(route.path.to_owned(), route.method, of_route(&route));
    }
    let mut schemas = Map::from_iter([("Error".to_owned(), parts::error())]);
    paths.values_mut().for_each(|path| hoist(path, &mut schemas));
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Overture", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" } },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": parts::refusals(),
            "parameters": parts::parameters(),
            "securitySchemes": parts::security_schemes(),
        },
    })
}

/// A type that holds itself is named once, for the whole document.
fn hoist(value: &mut Value, schemas: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(named)) = fields.remove("$defs") {
                for (name, mut schema) in named {
                    hoist(&mut schema, schemas);
                    schemas.insert(name, schema);
                }
            }
            if let Some(Value::String(place)) = fields.get_mut("$ref") {
                *place = place.replace("#/$defs/", "#/components/schemas/");
            }
            fields.values_mut().for_each(|value| hoist(value, schemas));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| hoist(value, schemas)),
        _ => {}
    }
}

fn of_tool(tool: &Tool) -> Value {
    let none = Map::new();
    let input = tool.input();
    let props = input["properties"].as_object().unwrap_or(&none);
    let required: Vec<&str> =
        input["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let in_path = |key: &str| tool.path.contains(&format!("{{{key}}}"));
    let has_body = tool.method != "GET" && tool.method != "DELETE";
    let mut parameters: Vec<Value> = props
        .iter()
        .filter(|(key, _)| !has_body || in_path(key))
        .map(|(key, schema)| {
            let place = if in_path(key) { "path" } else { "query" };
            let required = in_path(key) || required.contains(&key.as_str());
            parameter(key, place, required, schema)
        })
        .collect();
    // A field that it does not know is refused by every tool.
    let mut refused = BTreeSet::from([401, 403, 422, 429]);
    if tool.method != "GET" {
        parameters.push(json!({ "$ref": "#/components/parameters/CsrfToken" }));
        refused.insert(409);
    }
    if tool.method == "POST" {
        parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        refused.insert(400);
    }
    if tool.path.contains('{') {
        refused.extend([400, 404]);
    }
    if names_ids(&input) {
        refused.insert(404);
    }
    refused.extend(tool.refusals);
    let mut operation = json!({
        "operationId": tool.name,
        "summary": tool.about,
        "security": any_of(&["cookieAuth", "bearerAuth", "apiKeyAuth"]),
        "x-access": tool.access,
        "x-scope": tool.scope(),
    });
    if has_body {
        let body: Map<String, Value> =
            props.iter().filter(|(k, _)| !in_path(k)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let needed: Vec<&&str> = required.iter().filter(|k| !in_path(k)).collect();
        let mut schema = input.clone();
        schema["properties"] = body.into();
        schema["additionalProperties"] = false.into();
        schema["required"] = json!(needed);
        operation["requestBody"] = json!({ "required": !needed.is_empty(), "content": { "application/json": { "schema": schema } } });
        refused.extend([400, 413, 415, 422]);
    }
    operation["parameters"] = parameters.into();
    let said = if tool.status == 202 { "It has begun" } else { "Done" };
    let done = answer(said, "application/json", &tool.output());
    operation["responses"] = responses([(tool.status, done)].into_iter(), &refused);
    operation
}

fn of_route(route: &Route) -> Value {
    let mut parameters = Vec::new();
    let mut refused: BTreeSet<u16> = route.refusals.iter().copied().collect();
    if let Some((_, rest)) = route.path.split_once('{') {
        let name = rest.split('}').next().unwrap_or_default();
        parameters.push(parameter(name, "path", true, &route.part));
        refused.insert(400);
        // The picture in a mail is there for every token.
        if route.name != "track_open" {
            refused.insert(404);
        }
    }
    if let Some(fields) = route.query["properties"].as_object() {
        parameters.extend(fields.iter().map(|(name, schema)| parameter(name, "query", false, schema)));
        refused.insert(422);
    }
    let unsafe_method = route.method != "GET";
    let security = match route.group {
        Group::Person | Group::Member | Group::File => {
            refused.extend([401, 403, 429]);
            let person = route.group == Group::Person;
            if unsafe_method {
                let name = if person { "NeededCsrfToken" } else { "CsrfToken" };
                parameters.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
                if route.group != Group::File {
                    parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
                    refused.extend([400, 409, 422]);
                }
            }
            if person { any_of(&["cookieAuth"]) } else { any_of(&["cookieAuth", "bearerAuth", "apiKeyAuth"]) }
        }
        Group::Relayer => {
            let employee = json!({ "type": "string", "description": "The handle of the member whom the key belongs to." });
            parameters.push(parameter("X-Employee-ID", "header", true, &employee));
            refused.extend([401, 403, 429]);
            any_of(&["relayerKey"])
        }
        Group::Door | Group::MailDoor => {
            // A handshake is asked for by a GET, and refused as Meta expects it.
            refused.insert(if unsafe_method { 401 } else { 403 });
            json!([])
        }
        Group::Entry => {
            refused.insert(429);
            if unsafe_method {
                refused.insert(403);
            }
            json!([])
        }
        Group::Open => json!([]),
    };
    let security = route.security.map_or(security, |scheme| any_of(&[scheme]));
    let mut operation = json!({
        "operationId": route.name, "summary": route.about, "parameters": parameters, "security": security,
    });
    if let Some(body) = &route.body {
        let content = body.kinds.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": body.schema })));
        operation["requestBody"] =
            json!({ "required": body.required, "content": content.collect::<Map<_, _>>() });
        refused.extend([400, 413]);
        if route.group != Group::Open {
            refused.extend([415, 422]);
        }
    }
    let good = route.answers.iter().map(|given| {
        let mut told = match given.kind {
            Some(kind) => answer("Done", kind, &given.schema),
            None => json!({ "description": "Done" }),
        };
        for header in given.headers {
            told["headers"][*header] = json!({ "required": true, "schema": { "type": "string" } });
        }
        (given.status, told)
    });
    operation["responses"] = responses(good, &refused);
    operation
}

fn answer(description: &str, kind: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { kind: { "schema": schema } } })
}

fn responses(good: impl Iterator<Item = (u16, Value)>, refused: &BTreeSet<u16>) -> Value {
    let told = |status: &u16| {
        (status.to_string(), json!({ "$ref": format!("#/components/responses/Refused{status}") }))
    };
    let good = good.map(|(status, answer)| (status.to_string(), answer));
    refused.iter().map(told).chain(good).collect::<Map<_, _>>().into()
}

fn parameter(name: &str, place: &str, required: bool, schema: &Value) -> Value {
    // An address holds no null: what is not given is left out.
    let schema = if place == "query" { without_null(schema) } else { schema.clone() };
    json!({ "name": name, "in": place, "required": required, "schema": schema })
}

fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(kinds) = schema["type"].as_array() {
        let kinds: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
        schema["type"] = if kinds.len() == 1 { kinds[0].clone() } else { kinds.into() };
    }
    if let Some(kinds) = schema["anyOf"].as_array() {
        let kinds: Vec<Value> = kinds.iter().filter(|kind| kind["type"] != "null").cloned().collect();
        schema["anyOf"] = kinds.into();
    }
    if let Some(words) = schema["enum"].as_array_mut() {
        words.retain(|word| !word.is_null());
    }
    let fields = schema.as_object_mut();
    if let Some(fields) = fields {
        fields.retain(|name, value| {
            !(value.is_null() && matches!(name.as_str(), "type" | "anyOf" | "enum" | "default"))
        });
    }
    schema
}

/// Whether an input names things, at whatever depth.
fn names_ids(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let named = |name: &String| name.ends_with("_id") || name.ends_with("_ids");
            name == "properties" && value.as_object().is_some_and(|fields| fields.keys().any(named))
                || names_ids(value)
        }),
        Value::Array(values) => values.iter().any(names_ids),
        _ => false,
    }
}

fn any_of(schemes: &[&str]) -> Value {
    schemes.iter().map(|scheme| json!({ *scheme: [] })).collect()
}
