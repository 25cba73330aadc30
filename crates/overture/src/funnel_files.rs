//! Funnels as files: out as YAML, JSON or CSV, and in again, as a funnel of its own or as the next version of one.

use crate::{
    error::{Error, FieldError, Kind, Result},
    funnels::{self, Create, Update, View},
    tool::{Access, Ctx, Tool},
};
use domain::{
    funnel::{
        Graph, Problem,
        file::{self, FileError, Format, FunnelFile},
        validate_in,
    },
    ids::FunnelId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::funnel;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    let read = Access::Read;
    vec![
        Tool::new("funnel_export", "GET /funnels/{id}/export", read, "Write a funnel as a file.", export),
        Tool::new("funnel_print", "POST /funnels/print", read, "Write a graph as YAML, JSON or CSV.", print),
        Tool::new("funnel_parse", "POST /funnels/parse", read, "Say what a funnel file would become.", parse),
        Tool::new(
            "funnel_import",
            "POST /funnels/import",
            Access::Write,
            "Make a funnel, or the next version of one, from a file.",
            import,
        ),
    ]
}

fn yaml() -> Format {
    Format::Yaml
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Export {
    id: FunnelId,
    /// How it is written.
    #[serde(default = "yaml")]
    format: Format,
}

/// A funnel as a file.
#[derive(Serialize, JsonSchema)]
struct Exported {
    format: Format,
    /// What to call the file.
    file_name: String,
    /// What stands in it.
    text: String,
    /// The version that it is.
    version: i64,
}

async fn export(ctx: Ctx, input: Export) -> Result<Exported> {
    let row = funnel::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let graph: Graph = serde_json::from_str(&row.graph)?;
    let text = file::write(input.format, &row.name, &row.description, &graph);
    Ok(Exported {
        format: input.format,
        file_name: file_name(&row.name, input.format),
        text,
        version: row.version,
    })
}

/// The name of a funnel without what some file system does not take.
fn file_name(name: &str, format: Format) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let dashed: String = name.to_lowercase().chars().map(plain).collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    let stem: String = words.join("-").chars().take(60).collect();
    format!("{}.{format}", if stem.is_empty() { "funnel" } else { &stem })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Print {
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    graph: Graph,
    #[serde(default = "yaml")]
    format: Format,
}

#[derive(Serialize, JsonSchema)]
struct Printed {
    format: Format,
    text: String,
}

async fn print(_: Ctx, input: Print) -> Result<Printed> {
    let text = file::write(input.format, &input.name, &input.description, &input.graph);
    Ok(Printed { format: input.format, text })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parse {
    /// What stands in the file.
    text: String,
    /// How it is written; told by the text where it is left out.
    format: Option<Format>,
}

/// Something wrong with a funnel, and where in its file.
#[derive(Serialize, JsonSchema)]
struct Placed {
    #[serde(flatten)]
    problem: Problem,
    /// The line on which its step begins, where the format tells.
    line: Option<usize>,
}

/// What a file would become.
#[derive(Serialize, JsonSchema)]
struct Parsed {
    format: Format,
    name: Option<String>,
    description: Option<String>,
    /// `null` where the file cannot be read.
    graph: Option<Graph>,
    /// Why it cannot be read.
    error: Option<FileError>,
    /// What is wrong with the graph.
    problems: Vec<Placed>,
}

async fn parse(ctx: Ctx, input: Parse) -> Result<Parsed> {
    let format = input.format.unwrap_or_else(|| file::guess(&input.text));
    Ok(match file::read(format, &input.text) {
        Err(error) => Parsed {
            format,
            name: None,
            description: None,
            graph: None,
            error: Some(error),
            problems: Vec::new(),
        },
        Ok(FunnelFile { name, description, graph, lines }) => {
            let line = |problem: &Problem| problem.node.as_ref().and_then(|node| lines.get(node)).copied();
            let problems = validate_in(&graph, &funnels::known(&ctx).await?);
            let problems =
                problems.into_iter().map(|problem| Placed { line: line(&problem), problem }).collect();
            Parsed { format, name, description, graph: Some(graph), error: None, problems }
        }
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Import {
    /// What stands in the file.
    text: String,
    /// How it is written; told by the text where it is left out.
    format: Option<Format>,
    /// The funnel that it is the next version of; a new one where it is left out.
    funnel_id: Option<FunnelId>,
    /// The version that the file was made from. Refused where a newer one was saved since.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    version: Option<i64>,
    /// Another name than that in the file; needed for a new funnel where the file has none.
    name: Option<String>,
}

async fn import(ctx: Ctx, input: Import) -> Result<View> {
    let format = input.format.unwrap_or_else(|| file::guess(&input.text));
    let FunnelFile { name, description, graph, .. } = file::read(format, &input.text).map_err(refused)?;
    let name = input.name.or(name);
    match input.funnel_id {
        Some(id) => {
            let update = Update { id, name, description, graph, version: input.version };
            funnels::update(ctx, update).await
        }
        None => {
            let create = Create {
                name: name.unwrap_or_default(),
                description: description.unwrap_or_default(),
                graph,
            };
            funnels::create(ctx, create).await
        }
    }
}

/// A file that cannot be read, with the place.
fn refused(wrong: FileError) -> Error {
    let place = match (wrong.line, wrong.column) {
        (Some(line), Some(column)) => format!("Line {line}, column {column}: "),
        (Some(line), None) => format!("Line {line}: "),
        (None, _) => String::new(),
    };
    let message = format!("{place}{} {}", wrong.message, wrong.fix);
    let mut error = Error::new(Kind::Invalid, "funnel.file", message.clone());
    error.fields = vec![FieldError { field: "text".into(), message }];
    error
}
