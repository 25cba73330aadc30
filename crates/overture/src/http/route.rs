//! One plain route: where it is, what answers, and what the API description says of it. The router and the description
//! are both made from [`super::routes::all`], so neither has a route that the other lacks.

use crate::{app::App, tool::schema};
use axum::{Router, handler::Handler, routing::MethodFilter, routing::MethodRouter, routing::on};
use schemars::JsonSchema;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a route stands behind, which decides its layers, how callers show who they are, and how it may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// A signed-in person, and no program.
    Person,
    /// A member: a person, or a program with a key.
    Member,
    /// The same, for bodies of any size.
    File,
    /// Relayers, with their own keys.
    Relayer,
    /// The world's providers, who sign forms.
    Door,
    /// The same for whole mails, and for webhooks that hold many things at once.
    MailDoor,
    /// Ways in, for whoever is outside.
    Entry,
    /// Open to everybody.
    Open,
}

/// What a route takes as its body.
pub struct Body {
    /// Content types.
    pub kinds: &'static [&'static str],
    /// Schema.
    pub schema: Value,
    /// Whether it may be left out.
    pub required: bool,
}

/// What a route answers when all is well.
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Content type; none where there is no body.
    pub kind: Option<&'static str>,
    /// Schema of the body.
    pub schema: Value,
    /// Headers that it always has.
    pub headers: &'static [&'static str],
}

/// A plain route.
pub struct Route {
    /// `log_in`
    pub name: &'static str,
    /// `POST`
    pub method: &'static str,
    /// `/api/auth/login`
    pub path: &'static str,
    /// What it stands behind.
    pub group: Group,
    /// One sentence.
    pub about: &'static str,
    /// Schema of what is in braces in the path.
    pub part: Value,
    /// Schema of the query as an object.
    pub query: Value,
    /// Its body.
    pub body: Option<Body>,
    /// Its good answers.
    pub answers: Vec<Answer>,
    /// Statuses of refusals that its group, path, query and body do not tell.
    pub refusals: &'static [u16],
    /// Which of the description's security schemes, where it is another than its group's.
    pub security: Option<&'static str>,
    handler: MethodRouter<Arc<App>>,
}

impl Route {
    /// A route; `at` is `METHOD /path`.
    pub fn new<H, T>(
        name: &'static str,
        at: &'static str,
        group: Group,
        about: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        let (method, path) = at.split_once(' ').expect("a route is `METHOD /path`");
        let filter = match method {
            "GET" => MethodFilter::GET,
            "POST" => MethodFilter::POST,
            other => unreachable!("{name} has the method {other}"),
        };
        Self {
            name,
            method,
            path,
            group,
            about,
            part: json!({ "type": "string" }),
            query: Value::Null,
            body: None,
            answers: Vec::new(),
            refusals: &[],
            security: None,
            handler: on(filter, handler),
        }
    }

    /// Takes a JSON object of this type.
    pub fn takes<T: JsonSchema>(self) -> Self {
        let schema = schema::<T>();
        let required = schema["required"].as_array().is_some_and(|names| !names.is_empty());
        Self { body: Some(Body { kinds: &["application/json"], schema, required }), ..self }
    }

    /// Takes a body that is no JSON.
    pub fn takes_raw(self, kinds: &'static [&'static str], required: bool) -> Self {
        Self { body: Some(Body { kinds, schema: json!({ "type": "string" }), required }), ..self }
    }

    /// The body is an object of somebody else's, who adds to it as they like.
    pub fn takes_foreign(self) -> Self {
        let schema = json!({ "type": "object" });
        Self { body: Some(Body { kinds: &["application/json"], schema, required: true }), ..self }
    }

    /// What is in braces in the path is of this type.
    pub fn part<T: JsonSchema>(self) -> Self {
        Self { part: schema::<T>(), ..self }
    }

    /// Takes a query of this type.
    pub fn asks<T: JsonSchema>(self) -> Self {
        Self { query: schema::<T>(), ..self }
    }

    /// Answers 200 with JSON.
    pub fn gives(self, schema: Value) -> Self {
        self.answers(200, "application/json", schema)
    }

    /// Answers something else.
    pub fn answers(mut self, status: u16, kind: &'static str, schema: Value) -> Self {
        self.answers.push(Answer { status, kind: Some(kind), schema, headers: &[] });
        self
    }

    /// Answers with headers alone.
    pub fn sends(mut self, status: u16, headers: &'static [&'static str]) -> Self {
        self.answers.push(Answer { status, kind: None, schema: Value::Null, headers });
        self
    }

    /// May refuse with these statuses, beside those that follow from what it is.
    pub fn refuses(self, refusals: &'static [u16]) -> Self {
        Self { refusals, ..self }
    }

    /// Callers show who they are in this way.
    pub fn secured(self, scheme: &'static str) -> Self {
        Self { security: Some(scheme), ..self }
    }
}

/// The router of one group.
pub fn router(routes: &[Route], group: Group) -> Router<Arc<App>> {
    let of_group = routes.iter().filter(|route| route.group == group);
    of_group.fold(Router::new(), |router, route| router.route(route.path, route.handler.clone()))
}
