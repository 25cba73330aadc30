//! What recipients do with an e-mail besides answering: they open it, follow a link, unsubscribe. The
//! addresses in the mail are signed per purpose and carry only the message id.

use crate::{app::App, error::Result};
use domain::{Channel, health::Harm, ids::MessageId, template::escape_html};
use providers::Outgoing;
use serde_json::json;
use store::{
    Scope,
    campaign::health::Paused,
    event,
    event::NewEvent,
    message::{self, Engagement, Sent},
    outbox::{self, Candidate},
    sender::Sender,
    suppression,
};

const OPEN: &str = "open";
const CLICK: &str = "click";
const LEAVE: &str = "unsubscribe";

/// The address that unsubscribes the recipient of a message.
pub fn unsubscribe_url(app: &App, id: &MessageId) -> String {
    format!("{}/u/{id}.{}", app.public_url(), app.keys.sign(LEAVE, id.as_str()))
}

fn checked(app: &App, purpose: &str, token: &str) -> Option<MessageId> {
    let (id, signature) = token.split_once('.')?;
    if !app.keys.is_signed(purpose, id, signature) {
        return None;
    }
    id.parse().ok()
}

/// The message of an opening pixel.
pub fn opened_token(app: &App, token: &str) -> Option<MessageId> {
    checked(app, OPEN, token)
}

/// The message of an unsubscribe link.
pub fn unsubscribe_token(app: &App, token: &str) -> Option<MessageId> {
    checked(app, LEAVE, token)
}

/// The message and the number of a link in it: `msg_….3.<signature over both>`.
pub fn clicked_token(app: &App, token: &str) -> Option<(MessageId, usize)> {
    let (what, signature) = token.rsplit_once('.')?;
    if !app.keys.is_signed(CLICK, what, signature) {
        return None;
    }
    let (id, index) = what.split_once('.')?;
    Some((id.parse().ok()?, index.parse().ok()?))
}

/// Adds to an e-mail what only e-mails have: HTML with tracked links, tagged return addresses, and the
/// one-click unsubscribe of RFC 8058 for messages of campaigns.
pub fn dress(app: &App, sender: &Sender, message: &Candidate, out: &mut Outgoing) {
    let tagged = |mark: &str| {
        let (local, domain) = sender.address.rsplit_once('@')?;
        Some(format!("{local}+{mark}-{}@{domain}", message.id))
    };
    out.reply_to = tagged("r");
    out.envelope_from = tagged("b");
    if message.campaign_id.is_some() {
        let url = unsubscribe_url(app, &message.id);
        out.html = Some(html(app, message, Some(&url)));
        out.unsubscribe_url = Some(url);
    } else {
        out.html = Some(html(app, message, None));
    }
}

fn html(app: &App, message: &Candidate, unsubscribe: Option<&str>) -> String {
    let base = app.public_url();
    let mut body = String::with_capacity(message.body.len() * 2);
    let mut index = 0;
    for paragraph in message.body.split("\n\n") {
        body += "<p>";
        for (line, text) in paragraph.lines().enumerate() {
            if line > 0 {
                body += "<br>";
            }
            for piece in pieces(text) {
                match piece {
                    Piece::Text(text) => body += &escape_html(text),
                    Piece::Link(url) => {
                        let what = format!("{}.{index}", message.id);
                        let signature = app.keys.sign(CLICK, &what);
                        body +=
                            &format!("<a href=\"{base}/t/c/{what}.{signature}\">{}</a>", escape_html(url));
                        index += 1;
                    }
                }
            }
        }
        body += "</p>";
    }
    if let Some(url) = unsubscribe {
        body += &format!("<p style=\"color:#606770;font-size:12px\"><a href=\"{url}\">Unsubscribe</a></p>");
    }
    let pixel = app.keys.sign(OPEN, message.id.as_str());
    format!(
        "<!doctype html><html><body>{body}<img src=\"{base}/t/o/{}.{pixel}\" width=\"1\" height=\"1\" alt=\"\"></body></html>",
        message.id
    )
}

enum Piece<'a> {
    Text(&'a str),
    Link(&'a str),
}

/// Splits a line into text and http(s) links. Our own links (unsubscribing) are not tracked.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = ["https://", "http://"].iter().filter_map(|s| rest.find(s)).min() {
        let end = rest[start..]
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .map_or(rest.len(), |e| start + e);
        let url = rest[start..end].trim_end_matches(['.', ',', ';', ')', '!', '?']);
        found.push(Piece::Text(&rest[..start]));
        found.push(if url.contains("/u/msg_") { Piece::Text(url) } else { Piece::Link(url) });
        rest = &rest[start + url.len()..];
    }
    found.push(Piece::Text(rest));
    found
}

/// The links of a message in order: what clicks lead to comes from the message, never from the address.
fn links(body: &str) -> Vec<&str> {
    body.split("\n\n")
        .flat_map(|paragraph| paragraph.lines())
        .flat_map(pieces)
        .filter_map(|piece| match piece {
            Piece::Link(url) => Some(url),
            Piece::Text(_) => None,
        })
        .collect()
}

async fn sent(app: &App, id: &MessageId) -> Result<Option<(Scope, Sent, store::Tx)>> {
    let Some(workspace) = message::workspace_of(&app.db, id).await? else { return Ok(None) };
    let scope = Scope::system(workspace);
    let tx = app.db.begin().await?;
    Ok(message::sent_by_id(&tx, &scope, id.as_str()).await?.map(|sent| (scope, sent, tx)))
}

/// Notes the first opening.
pub async fn note_opened(app: &App, id: &MessageId) -> Result<()> {
    let Some((scope, sent, tx)) = sent(app, id).await? else { return Ok(()) };
    note(app, scope, sent, tx, Engagement::Opened).await
}

/// Notes the first click, and where it leads.
pub async fn note_clicked(app: &App, id: &MessageId, index: usize) -> Result<Option<String>> {
    let Some((scope, sent, tx)) = sent(app, id).await? else { return Ok(None) };
    let target = links(&sent.body).get(index).map(|url| (*url).to_owned());
    if target.is_some() {
        note(app, scope, sent, tx, Engagement::Clicked).await?;
    }
    Ok(target)
}

async fn note(app: &App, scope: Scope, sent: Sent, tx: store::Tx, what: Engagement) -> Result<()> {
    let now = app.clock.now();
    if !message::note_engagement(&tx, &scope, &sent.id, what, now).await? {
        return Ok(());
    }
    crate::inbound::arrived(&tx, &scope, &sent, now).await?;
    let mut events = Vec::new();
    // Who follows a link has seen the mail, whatever their client did with images.
    let seen = what == Engagement::Opened
        || message::note_engagement(&tx, &scope, &sent.id, Engagement::Opened, now).await?;
    if seen {
        events.push(NewEvent { kind: "opened", ..outbox::facts_of(&sent) });
    }
    if what == Engagement::Clicked {
        events.push(NewEvent { kind: "clicked", ..outbox::facts_of(&sent) });
    }
    event::write(&tx, &scope, &events, now).await?;
    app.commit(tx).await?;
    let data =
        json!({ "conversation_id": sent.conversation_id, "message_id": sent.id, "status": sent.status });
    app.tell(&scope.workspace, "message:updated", data);
    app.tell(&scope.workspace, "stats:updated", json!({}));
    app.wake.steps.notify_one();
    Ok(())
}

/// The recipient of a message wants no more e-mails from this workspace.
pub async fn unsubscribe(app: &App, id: &MessageId) -> Result<()> {
    let Some((scope, sent, tx)) = sent(app, id).await? else { return Ok(()) };
    let now = app.clock.now();
    suppression::add(
        &tx,
        &scope,
        Channel::Email.as_str(),
        &sent.to_key,
        None,
        "Unsubscribed by the link in an e-mail",
        "link",
        now,
    )
    .await?;
    // Whoever follows the link twice opts out once.
    let is_new = !event::is_noted(&tx, &scope, &sent.id, "opted_out").await?;
    event::write(&tx, &scope, &[NewEvent { kind: "opted_out", ..outbox::facts_of(&sent) }], now).await?;
    let paused = match is_new {
        true => crate::inbound::harmed(&tx, &scope, &sent, Harm::OptedOut, now).await?,
        false => Paused::default(),
    };
    app.commit(tx).await?;
    crate::inbound::tell_paused(app, &scope, &paused);
    app.tell(&scope.workspace, "contacts:updated", json!({}));
    app.tell(&scope.workspace, "stats:updated", json!({}));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_without_their_punctuation_and_ours_are_left_alone() {
        let body =
            "See https://a.example/x?y=1, or (http://b.example).\n\nBye https://o.example/u/msg_1.sig now";
        assert_eq!(links(body), ["https://a.example/x?y=1", "http://b.example"]);
    }
}
