//! Nothing leaves of a database that seems to be a copy of an earlier time until an admin has said what it is: a restored
//! backup believes that messages wait which have left already. The rule is [`domain::restored`]; here its facts are put
//! together when a node starts, and the answer of the admin becomes what follows.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    shape::{integer, object},
    tool::{Access, Ctx, Nothing, Tool},
    witness,
};
use domain::{
    Channel,
    restored::{Answer, Facts, Why, judge},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    At, Scope, audit,
    restored::{self, Life, Says},
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "sending_restored",
            "GET /sending/restored",
            Access::Admin,
            "What may have left already, where a backup seems to have been restored.",
            look,
        ),
        Tool::new(
            "sending_restored_decide",
            "POST /sending/restored",
            Access::Admin,
            "Say what becomes of messages that may have left before a backup was restored, and let sending go on.",
            decide,
        )
        .gives(|| object([("messages", integer())])),
    ]
}

/// Looks, before a node does anything else, whether its database is a copy of an earlier time, and holds all sending if
/// so. From then on the node notes what it claims. To be called before [`store::Db::appear`].
pub async fn notice(app: &App) -> Result<Option<Why>> {
    loop {
        let says = restored::says(&app.db).await?;
        let found = witness::read(&app.config.data_dir).map_err(unwritable)?;
        let place = restored::place(&app.db).await;
        let facts = facts_of(app, &says, &found, place.as_deref()).await?;
        let why = judge(&facts);
        let Some(era) = enter(app, &says, place.as_deref(), why).await? else { continue };
        begin(app, &says, &era).await?;
        for one in found {
            if !app.db.is_alive(&one.node).await? {
                one.remove().map_err(unwritable)?;
            }
        }
        app.stops.read(app).await?;
        return Ok(why);
    }
}

/// A claim has shown that the database went back under a node that runs. `true` if all sending is held for that now;
/// `false` where it was noticed before, and a person has decided since.
pub async fn went_back(app: &App) -> Result<bool> {
    loop {
        let says = restored::says(&app.db).await?;
        let is_news = says.eras.last() == Some(&app.witness.era()) || says.eras.is_empty();
        let is_known = says.eras.contains(&app.witness.era());
        let why = (is_news || !is_known).then_some(Why::Behind);
        let place = restored::place(&app.db).await;
        let Some(era) = enter(app, &says, place.as_deref(), why).await? else { continue };
        begin(app, &says, &era).await?;
        app.stops.read(app).await?;
        return Ok(why.is_some());
    }
}

async fn facts_of(app: &App, says: &Says, found: &[witness::Found], place: Option<&str>) -> Result<Facts> {
    let installation = says.eras.first().map(String::as_str);
    let known = restored::claims(&app.db).await?;
    let is_behind = found.iter().any(|notes| match says.eras.iter().position(|era| *era == notes.era) {
        // Of an era that is over: what they tell was decided on.
        Some(at) if at + 1 < says.eras.len() => false,
        Some(_) => notes.claims.iter().any(|(sender, claims)| {
            known.iter().find(|(id, _)| id.as_str() == sender).map_or(0, |(_, known)| *known) < *claims
        }),
        None if Some(notes.installation.as_str()) == installation => true,
        // A database in a file comes with its folder; others may have used the folder of a node before.
        None => installation.is_none() && !app.db.is_postgres(),
    });
    Ok(Facts {
        has_tenants: says.has_tenants,
        is_known: !says.eras.is_empty(),
        has_company: app.db.is_anybody_alive().await?,
        is_shared: app.db.is_postgres(),
        notes: witness::sum_up(found, installation),
        is_behind,
        has_moved: says.place.as_deref().zip(place).is_some_and(|(was, is)| was != is),
        silent_ms: says.life.map_or(0, |life| app.real_ms() - life.real),
        has_ended: says.life.is_some_and(|life| life.ended),
    })
}

/// Enters the era that holds from now on: a new one for a new installation and for a restore, which also holds all
/// sending. `None` where another node was first: look again.
async fn enter(app: &App, says: &Says, place: Option<&str>, why: Option<Why>) -> Result<Option<String>> {
    if let (None, Some(era)) = (why, says.eras.last()) {
        return Ok(Some(era.clone()));
    }
    let era = crate::keys::token();
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if !restored::begin_era(&tx, &says.eras, &era, place).await? {
        return Ok(None);
    }
    if let Some(why) = why {
        for workspace in restored::hold(&tx, why, reason(why), says.life, now).await? {
            tracing::warn!(%workspace, %why, "all sending is held: the database seems to be a copy of an earlier time");
            let data =
                json!({ "why": why, "last_life": says.life.map(|life| domain::time::rfc3339(life.real)) });
            let deed = audit::Deed {
                action: "sending_held",
                subject: workspace.as_str(),
                address: None,
                data: &data,
            };
            audit::write(&tx, &Scope::system(workspace.clone()), deed, now).await?;
            app.stops.stop(&workspace);
        }
    }
    app.commit(tx).await?;
    Ok(Some(era))
}

/// Notes from now on, and shows that this node lives.
async fn begin(app: &App, says: &Says, era: &str) -> Result<()> {
    let claims = restored::claims(&app.db).await?;
    let installation = says.eras.first().map_or(era, String::as_str);
    app.witness.begin(&app.config.data_dir, &app.node, (installation, era), claims).map_err(unwritable)?;
    live(app, false).await
}

/// A sign of life, and the last one of a node that ends.
pub async fn live(app: &App, ended: bool) -> Result<()> {
    let life = Life { real: app.real_ms(), at: app.clock.now(), ended };
    Ok(restored::live(&app.db, life).await?)
}

/// Brings the node's notes to the disk.
pub async fn sync(app: Arc<App>) -> Result<bool> {
    let synced = tokio::task::spawn_blocking(move || app.witness.sync()).await;
    synced.unwrap_or_else(|panic| Err(panic.into())).map_err(unwritable)?;
    Ok(false)
}

/// Shows that this node lives.
pub async fn beat(app: Arc<App>) -> Result<bool> {
    live(&app, false).await?;
    Ok(false)
}

fn unwritable(error: std::io::Error) -> Error {
    let text = "The folder `witness` in the data folder cannot be used. Check that it is writable";
    Error::new(Kind::Unavailable, "witness.unusable", text).because(error)
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::Behind => {
            "The database is a copy of an earlier time: messages have left since that it does not know of"
        }
        Why::Moved => "The database or its folder was copied, as when a backup is restored",
        Why::Silent => "Nothing was heard of the server for more than an hour, and it had not ended properly",
    }
}

#[derive(Serialize, JsonSchema)]
struct Look {
    /// Since when all sending is held; null where it is not held for this.
    restored_at: Option<At>,
    /// What was noticed.
    why: Option<Why>,
    /// The last sign of life in the copy: nothing that happened after it is known here.
    copied_at: Option<At>,
    /// What may have left already.
    messages: Vec<Pending>,
    /// How many people of campaigns were due for a step since then.
    people: i64,
}

#[derive(Serialize, JsonSchema)]
struct Pending {
    channel: Channel,
    /// How many wait, due by now.
    queued: i64,
    /// Of how many it was not known whether they had left.
    in_doubt: i64,
    /// The provider can be asked whether they have left.
    can_be_asked: bool,
}

async fn look(ctx: Ctx, _: Nothing) -> Result<Look> {
    let db = &ctx.app.db;
    let Some(hold) = restored::get(db, &ctx.scope).await? else {
        return Ok(Look { restored_at: None, why: None, copied_at: None, messages: vec![], people: 0 });
    };
    let now = ctx.app.clock.now();
    let mut messages: Vec<Pending> = Vec::new();
    for one in restored::pending(db, &ctx.scope, now).await? {
        let can_be_asked = matches!(one.provider.as_str(), "twilio" | "gmail" | "messenger");
        match messages.iter_mut().find(|m| m.channel == one.channel && m.can_be_asked == can_be_asked) {
            Some(there) => {
                there.queued += one.queued;
                there.in_doubt += one.in_doubt;
            }
            None => messages.push(Pending {
                channel: one.channel,
                queued: one.queued,
                in_doubt: one.in_doubt,
                can_be_asked,
            }),
        }
    }
    Ok(Look {
        restored_at: Some(hold.restored_at),
        why: Some(hold.restored_why),
        copied_at: hold.copied_at,
        messages,
        people: restored::people(db, &ctx.scope, now).await?,
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Decide {
    /// What becomes of what may have left.
    answer: Answer,
}

async fn decide(ctx: Ctx, input: Decide) -> Result<Value> {
    let app = &ctx.app;
    let Some(hold) = restored::get(&app.db, &ctx.scope).await? else {
        return Err(Error::conflict(
            "sending.not_restored",
            "Sending is not held for a restored backup any more. Look at it again",
        ));
    };
    let tx = app.db.begin_for(&ctx.scope).await?;
    let messages = restored::decide(&tx, &ctx.scope, &hold, input.answer, app.clock.now()).await?;
    app.commit(tx).await?;
    app.stops.read(app).await?;
    app.wake.outbox.notify_one();
    app.wake.steps.notify_one();
    app.tell(&ctx.scope.workspace, "stats:updated", json!({ "sending_stopped": hold.was_stopped == 1 }));
    Ok(json!({ "messages": messages }))
}
