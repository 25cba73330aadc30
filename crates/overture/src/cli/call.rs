//! `admin tools` and `admin call`: the tools of the API, at the command line, as a member of the
//! workspace, with the same rules and the same line in the audit log.

use super::{Common, admin, workspace};
use crate::tool::Ctx;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    io::{IsTerminal, Read},
    process::ExitCode,
};
use store::{Scope, Sight, member};

/// Where the audit log says that it came from.
const FROM: &str = "command line";

/// Prints a line of JSON for each tool: its name, what it does and what it takes.
pub fn list() -> Result<ExitCode> {
    for tool in crate::tools::all().iter() {
        println!("{}", json!({ "name": tool.name, "about": tool.about, "input": tool.input() }));
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a tool as a member: the one with this handle, or the first admin.
pub async fn call(
    common: &Common,
    name: &str,
    input: Option<&str>,
    of: Option<&str>,
    as_member: Option<&str>,
) -> Result<ExitCode> {
    let input = read(input)?;
    let app = admin::offline(common).await?;
    let workspace = workspace::choose(&app, of).await?;
    let members = member::all(&app.db, &Scope::system(workspace.id.clone())).await?;
    let mut fit = members.into_iter().filter(|it| it.disabled_at.is_none());
    let member = match as_member {
        Some(handle) => fit
            .find(|it| it.handle == handle)
            .with_context(|| format!("nobody active here has the handle {handle:?}")),
        None => fit.find(|it| it.role == "admin").context("the workspace has no admin"),
    }?;
    let sight = Sight::of(&member.role, &workspace.visibility);
    let ctx = Ctx {
        scope: Scope::member(workspace.id, member.id, sight),
        role: member.role,
        session: None,
        console: true,
        key: None,
        address: Some(FROM.into()),
        app: app.clone(),
    };
    match app.registry.call(ctx, name, input).await {
        Ok(answer) => {
            println!("{}", serde_json::to_string_pretty(&answer)?);
            Ok(ExitCode::SUCCESS)
        }
        Err(refused) => {
            let fields: Vec<String> =
                refused.fields.iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
            bail!("{}{}{}", refused.message, if fields.is_empty() { "" } else { "\n  " }, fields.join("\n  "))
        }
    }
}

/// The input as it was written, or from a pipe.
fn read(input: Option<&str>) -> Result<Value> {
    let text = match input {
        Some("-") => piped()?,
        Some(text) => text.to_owned(),
        None => "{}".to_owned(),
    };
    let input: Value = serde_json::from_str(&text).context("the input is no JSON object")?;
    if !input.is_object() {
        bail!("the input is no JSON object");
    }
    Ok(input)
}

fn piped() -> Result<String> {
    if std::io::stdin().is_terminal() {
        bail!("`-` reads the input from a pipe, and there is none");
    }
    let mut text = String::new();
    std::io::stdin().take(16 * 1024 * 1024).read_to_string(&mut text)?;
    Ok(text)
}
