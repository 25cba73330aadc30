//! Mail of the product to its own members. It goes through the mail server of the installation (`[mail]` in the
//! configuration), never through a sender of a workspace: it is no message to a contact, no ledger and no campaign knows
//! of it. While a workspace is in sandbox mode it goes to the sandbox.

use crate::{
    app::App,
    error::Result,
    notifications::{path, sentence},
};
use domain::ids::NoticeId;
use providers::{Api, Fail, Open, Outgoing};
use schemars::JsonSchema;
use serde::Serialize;
use std::{fmt::Write, sync::Arc};
use store::{notice::Line, workspace::Workspace};

/// Most of what happened that one mail names; the rest is counted.
const MOST: usize = 20;
/// So much of what was said is quoted, in characters.
const QUOTED: usize = 160;

/// Where such mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailGoes {
    /// To the member.
    Out,
    /// To the sandbox.
    Sandbox,
    /// Nowhere: no mail server is set up.
    Nowhere,
}

/// Where mail to the members of a workspace goes now.
pub(crate) fn goes(app: &App, workspace: &Workspace) -> MailGoes {
    match (workspace.send_mode.as_str(), &app.config.mail) {
        ("live", Some(_)) => MailGoes::Out,
        ("live", None) => MailGoes::Nowhere,
        _ => MailGoes::Sandbox,
    }
}

/// One mail about all of this. `first` is the oldest line: the same lines give the same Message-ID.
pub(crate) fn compose(
    app: &App,
    workspace: &Workspace,
    to: &str,
    first: &NoticeId,
    lines: &[Line],
) -> Outgoing {
    let (from, from_name) = app.outside.member_mail_from(workspace, app.config.mail.as_ref());
    let home = app.public_url();
    let mut text = String::new();
    for line in lines.iter().take(MOST) {
        // Writing to a String cannot fail.
        writeln!(text, "{}", sentence(line)).expect("a text takes a line");
        if let Some(said) = line.snippet.as_deref().filter(|said| !said.is_empty()) {
            writeln!(text, "  {}", clipped(said)).expect("a text takes a line");
        }
        writeln!(text, "  {home}{}\n", path(line)).expect("a text takes a line");
    }
    if lines.len() > MOST {
        writeln!(text, "And {} more: {home}/notifications\n", lines.len() - MOST)
            .expect("a text takes a line");
    }
    writeln!(text, "-- \nYou chose to hear of this by e-mail. Change it here: {home}/settings/notifications")
        .expect("a text takes a line");
    let subject = match lines {
        [only] => sentence(only),
        more => format!("{} things in {}", more.len(), workspace.name),
    };
    let domain = from.rsplit_once('@').map_or("overture.invalid", |(_, domain)| domain);
    Outgoing {
        message_id: first.to_string(),
        to: to.to_owned(),
        rfc_message_id: Some(format!("{first}@{domain}")),
        from,
        from_name,
        // A name may hold what no header may.
        subject: Some(subject.replace(char::is_control, " ")),
        text,
        is_automatic: true,
        date_ms: app.real_ms(),
        ..Outgoing::default()
    }
}

/// The beginning of what was said, in one line.
pub(crate) fn clipped(said: &str) -> String {
    let line: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTED) {
        None => line,
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
    }
}

/// Hands it in.
pub(crate) async fn send(api: Arc<dyn Api>, mail: &Outgoing) -> Result<(), Fail> {
    api.send(mail, Arc::new(Open)).await.map(drop)
}
