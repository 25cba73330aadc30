//! A tool is something that the product can do: an async function, declared once with name, route,
//! access and description. HTTP is its first door; every door goes through [`Registry::call`].

use crate::{
    api_keys::{self, Key},
    app::App,
    error::{Error, FieldError, Kind, Result},
};
use domain::ids::MemberId;
use futures::future::BoxFuture;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{Arc, OnceLock},
};
use store::{Scope, audit::Deed};

/// On whose behalf a tool runs.
#[derive(Clone)]
pub struct Ctx {
    /// The product.
    pub app: Arc<App>,
    /// Workspace and member.
    pub scope: Scope,
    /// `admin`, `manager` or `rep`.
    pub role: String,
    /// The API key that a program came in with.
    pub key: Option<Arc<Key>>,
    /// The browser session, if it is a person's.
    pub session: Option<domain::ids::SessionId>,
    /// Whether a person asks at the command line of the installation, as this member.
    pub console: bool,
    /// From where, if somebody asks over the network.
    pub address: Option<String>,
}

impl Ctx {
    /// The person who asks: in a browser or at the command line, and no program. A program that could make keys, or let
    /// people in, could give itself more than it was given.
    pub fn person(&self) -> Result<&MemberId> {
        let member = self.scope.member.as_ref().filter(|_| self.session.is_some() || self.console);
        member.ok_or_else(|| {
            Error::new(Kind::Forbidden, "person.needed", "Only a signed-in person can do this")
        })
    }
}

/// How far the effects of a tool reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Changes nothing.
    Read,
    /// Changes our own data.
    Write,
    /// Reaches a person.
    Send,
    /// Changes or shows what others own: for managers and admins.
    Manage,
    /// Changes how the workspace works.
    Admin,
}

/// How often a tool may be called, beside what holds for all requests together (`http::limits`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// As often as its caller may ask at all.
    Ordinary,
    /// A few times a minute by one member: each call keeps other machines busy, or costs money.
    Expensive,
}

/// Makes a schema. They are made when somebody asks: all of them together would be a good part of an idle server.
type Schema = Box<dyn Fn() -> Value + Send + Sync>;

type Run = Box<dyn Fn(Ctx, Value) -> BoxFuture<'static, Result<Value>> + Send + Sync>;

/// One capability.
pub struct Tool {
    /// `contact_create`: noun, underscore, verb.
    pub name: &'static str,
    /// `POST`
    pub method: &'static str,
    /// `/contacts/{id}`; what is in braces is a field of the input.
    pub path: &'static str,
    /// How far it reaches.
    pub access: Access,
    /// One sentence for people and models.
    pub about: &'static str,
    input: Schema,
    output: Schema,
    literals: OnceLock<BTreeSet<String>>,
    /// Statuses of refusals that its route and its input do not tell.
    pub refusals: &'static [u16],
    /// How often it may be called.
    pub class: Class,
    /// What it is answered with: 200, or 202 where the work goes on in the background.
    pub status: u16,
    /// Shows a secret: written down although it changes nothing.
    reveals: bool,
    /// Takes the id of a contact that was folded into another for the one that stayed.
    follows: bool,
    /// The tool that reads what it changes, and which fields of that are written down as they were and are.
    compared: Option<(&'static str, &'static [&'static str])>,
    run: Run,
}

impl Tool {
    /// Declares a tool. `route` is `METHOD /path` below `/api`.
    pub fn new<I, O, F, Fut>(
        name: &'static str,
        route: &'static str,
        access: Access,
        about: &'static str,
        run: F,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        O: Serialize + JsonSchema + 'static,
        F: Fn(Ctx, I) -> Fut + Send + Sync + Copy + 'static,
        Fut: Future<Output = Result<O>> + Send + 'static,
    {
        let (method, path) = route.split_once(' ').expect("a route is `METHOD /path`");
        Self {
            name,
            method,
            path,
            access,
            about,
            input: Box::new(|| addressed(schema::<I>())),
            output: Box::new(schema::<O>),
            literals: OnceLock::new(),
            refusals: &[],
            class: Class::Ordinary,
            status: 200,
            reveals: false,
            follows: false,
            compared: None,
            run: Box::new(move |ctx, input| {
                Box::pin(async move {
                    let input = read(input)?;
                    Ok(serde_json::to_value(run(ctx, input).await?)?)
                })
            }),
        }
    }

    /// The same for a tool that shows a secret: whoever asks is written down.
    pub fn revealing(mut self) -> Self {
        self.reveals = true;
        self
    }

    /// The same for a tool that reads a contact: one that was folded into another is found as the one that stayed.
    pub fn following(mut self) -> Self {
        self.follows = true;
        self
    }

    /// The same for a tool that costs much: few calls a minute by one member.
    pub fn expensive(self) -> Self {
        Self { class: Class::Expensive, ..self }
    }

    /// The same for a tool that changes how the workspace works, or what somebody may do: the audit log keeps what these
    /// fields were and are, as the tool `read` tells them. Not for what is about contacts: the log is for ever, and they
    /// may ask to be forgotten.
    pub fn comparing(self, read: &'static str, fields: &'static [&'static str]) -> Self {
        Self { compared: Some((read, fields)), ..self }
    }

    /// The same for a tool that only begins what it is asked for, and answers with the job that goes on with it.
    pub fn accepted(self) -> Self {
        Self { status: 202, ..self }
    }

    /// What it answers, where its function makes JSON by hand (`shape`).
    pub fn gives(self, output: impl Fn() -> Value + Send + Sync + 'static) -> Self {
        Self { output: Box::new(output), ..self }
    }

    /// May refuse with these statuses, beside those that follow from its route and its input.
    pub fn refuses(self, refusals: &'static [u16]) -> Self {
        Self { refusals, ..self }
    }

    /// JSON schema of the input.
    pub fn input(&self) -> Value {
        (self.input)()
    }

    /// JSON schema of the output.
    pub fn output(&self) -> Value {
        (self.output)()
    }

    /// Whether a field of the input may be a number or true or false: text of an address is read as such.
    pub fn takes_literal(&self, field: &str) -> bool {
        self.literals.get_or_init(|| literals(&self.input())).contains(field)
    }

    /// The scope that a key needs for it: `contact:write`.
    pub fn scope(&self) -> String {
        scope_of(self.name.split('_').next().unwrap_or(self.name), self.access)
    }
}

fn literals(input: &Value) -> BTreeSet<String> {
    let is_literal = |schema: &Value| {
        let kinds = schema["type"].to_string();
        ["integer", "number", "boolean"].iter().any(|kind| kinds.contains(kind))
    };
    let fields = input["properties"].as_object().into_iter().flatten();
    fields.filter(|(_, schema)| is_literal(schema)).map(|(name, _)| name.clone()).collect()
}

/// The scope of a noun that reaches so far: `contact:write`.
pub fn scope_of(noun: &str, access: Access) -> String {
    let access = match access {
        Access::Read => "read",
        Access::Write => "write",
        Access::Send => "send",
        Access::Manage => "manage",
        Access::Admin => "admin",
    };
    format!("{noun}:{access}")
}

/// What everybody else is told of what only admins may do.
pub fn for_admins() -> Error {
    let message = "Only an admin of the workspace may do this. Ask one of them";
    Error::new(Kind::Forbidden, "forbidden", message)
}

/// What a rep is told of what only managers may do.
pub fn for_managers() -> Error {
    let message = "Only a manager or an admin of the workspace may do this. Ask one of them";
    Error::new(Kind::Forbidden, "forbidden", message)
}

/// Reads an input; what does not fit is a field error that says where.
pub fn read<T: DeserializeOwned>(input: Value) -> Result<T> {
    serde_path_to_error::deserialize(input).map_err(|error| {
        let (path, message) = (error.path().to_string(), error.inner().to_string());
        let mut refused = Error::invalid("input.invalid", format!("The input does not fit: {message}"));
        refused.fields.push(FieldError { field: place(&path, &message), message });
        refused
    })
}

/// Where the mistake is: serde says of a field that is missing or unknown only in what it is so.
fn place(path: &str, message: &str) -> String {
    let path = if path == "." { "" } else { path };
    let about_a_field = message.starts_with("missing field") || message.starts_with("unknown field");
    match message.split('`').nth(1).filter(|_| about_a_field) {
        Some(name) if path.is_empty() || path == name => name.to_owned(),
        Some(name) if path.ends_with(&format!(".{name}")) => path.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None if path.is_empty() => "input".to_owned(),
        None => path.to_owned(),
    }
}

/// The JSON schema of a type, with nothing outside of it.
pub fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// A page is asked for by the instant and the id that it begins behind, unless its input says how long a cursor may be:
/// then there is a text in it.
fn addressed(mut input: Value) -> Value {
    if let Some(cursor) = input.pointer_mut("/properties/cursor").filter(|it| it.get("maxLength").is_none()) {
        cursor["pattern"] = "^-?[0-9]{1,18}[.][0-9A-Za-z_]{0,64}$".into();
    }
    input
}

/// The cursor of a list that can be ordered by name or another text: the page before ended with it.
#[derive(Debug, Clone)]
pub struct NameCursor(String);

impl NameCursor {
    /// Longest, in characters.
    const MAX: usize = 600;

    /// It as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for NameCursor {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        if text.chars().count() > Self::MAX {
            return Err(serde::de::Error::custom("not a cursor: take next_cursor of the page before"));
        }
        Ok(Self(text))
    }
}

impl JsonSchema for NameCursor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NameCursor".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": Self::MAX })
    }
}

/// A field that was given as `null` is `Some(None)`: it takes the value away.
pub(crate) fn given<'de, D: serde::Deserializer<'de>, T: serde::Deserialize<'de>>(
    d: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    <Option<T> as serde::Deserialize>::deserialize(d).map(Some)
}

/// No input.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// All tools by name.
#[derive(Clone)]
pub struct Registry(Arc<BTreeMap<&'static str, Tool>>);

impl Registry {
    /// Two tools with one name are a mistake of ours.
    pub fn new(tools: Vec<Tool>) -> Self {
        let count = tools.len();
        let map: BTreeMap<_, _> = tools.into_iter().map(|t| (t.name, t)).collect();
        assert_eq!(map.len(), count, "two tools share a name");
        Self(Arc::new(map))
    }

    /// All tools, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Tool> {
        self.0.values()
    }

    /// The tool of this name.
    pub fn get(&self, name: &str) -> Result<&Tool> {
        self.0.get(name).ok_or_else(|| Error::not_found("tool"))
    }

    /// The only way a tool runs: right, how often, what is named and may be seen, deed, audit.
    pub async fn call(&self, ctx: Ctx, name: &str, mut input: Value) -> Result<Value> {
        let tool = self.get(name)?;
        match (tool.access, ctx.role.as_str()) {
            (Access::Admin, "admin") | (Access::Manage, "admin" | "manager") => {}
            (Access::Admin, _) => return Err(for_admins()),
            (Access::Manage, _) => return Err(for_managers()),
            (Access::Read | Access::Write | Access::Send, _) => {}
        }
        if let Some(key) = &ctx.key {
            api_keys::require_scope(key, &tool.scope())?;
        }
        if let Some(member) = &ctx.scope.member {
            ctx.app.limits.tool(tool.class, tool.name, member.as_str())?;
        }
        if let Some(id) = input["id"].as_str().filter(|_| tool.follows).and_then(|id| id.parse().ok()) {
            input["id"] = store::merge::survivor(&ctx.app.db, &ctx.scope, &id).await?.as_str().into();
        }
        let mut named = Vec::new();
        names(&input, &mut named);
        let subject = input.get("id").and_then(Value::as_str).map(str::to_owned);
        store::require_visible(&ctx.app.db, &ctx.scope, &named).await?;
        let fields: Vec<String> = input
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .filter(|name| name != "id")
            .collect();
        let before = self.look(&ctx, tool, subject.as_deref()).await?;
        let output = (tool.run)(ctx.clone(), input).await?;
        if tool.method != "GET" && tool.access != Access::Read || tool.reveals {
            let made = output.get("id").and_then(Value::as_str).map(str::to_owned);
            let after = self.look(&ctx, tool, subject.as_deref()).await?;
            let mut data = serde_json::json!({ "fields": fields });
            if let Some(changes) = changes(tool, before.as_ref(), after.as_ref()) {
                data["changes"] = changes;
            }
            audit(&ctx, tool, &subject.or(made).unwrap_or_default(), data).await?;
        }
        if tool.method != "GET" {
            ctx.app.callers.forget();
        }
        Ok(output)
    }

    /// What a tool changes, as it is now: an object, or the one with the id in a list.
    async fn look(&self, ctx: &Ctx, tool: &Tool, id: Option<&str>) -> Result<Option<Value>> {
        let Some((read, _)) = tool.compared else { return Ok(None) };
        let read = self.0.get(read).ok_or_else(|| Error::not_found("tool"))?;
        let one = read.path.contains("{id}");
        let input = if one { serde_json::json!({ "id": id }) } else { serde_json::json!({}) };
        let seen = (read.run)(ctx.clone(), input).await?;
        Ok(match seen["data"].as_array() {
            Some(all) => all.iter().find(|item| item["id"].as_str() == id).cloned(),
            None => Some(seen),
        })
    }
}

/// Longest value that the audit log keeps as it was.
const KEPT: usize = 200;

/// What changed, as the audit log keeps it.
fn changes(tool: &Tool, before: Option<&Value>, after: Option<&Value>) -> Option<Value> {
    let ((_, fields), before, after) = (tool.compared?, before?, after?);
    let kept = |value: &Value| match value.to_string() {
        text if text.chars().count() > KEPT => Value::from("…"),
        _ => value.clone(),
    };
    let changed = fields.iter().filter(|field| before[**field] != after[**field]);
    let changes: Vec<Value> = changed
        .map(|field| serde_json::json!({ "field": field, "from": kept(&before[*field]), "to": kept(&after[*field]) }))
        .collect();
    Some(changes.into())
}

/// The ids that an input names, at whatever depth: the texts under `id`, `actor`, `…_id`, `ids` and `…_ids`.
fn names<'a>(input: &'a Value, named: &mut Vec<&'a str>) {
    match input {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(id) if name == "id" || name == "actor" || name.ends_with("_id") => {
                        named.push(id)
                    }
                    Value::Array(ids) if name == "ids" || name.ends_with("_ids") => {
                        named.extend(ids.iter().filter_map(Value::as_str));
                    }
                    deeper => names(deeper, named),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| names(value, named)),
        _ => {}
    }
}

/// What was sent is told by its names alone, but for what is compared: a value may be a secret, or about a person.
async fn audit(ctx: &Ctx, tool: &Tool, subject: &str, mut data: Value) -> Result<()> {
    if let Some(key) = &ctx.key {
        data["key"] = key.id.as_str().into();
    }
    let deed = Deed { action: tool.name, subject, address: ctx.address.as_deref(), data: &data };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    store::audit::write(&tx, &ctx.scope, deed, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await
}
