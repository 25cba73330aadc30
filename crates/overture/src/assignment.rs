//! How conversations that are nobody's find somebody, and who is away.

use crate::{
    error::{Error, Kind, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::ids::{ConversationId, MemberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    assignment::{self, Assignment, HandedRound, Mode},
    member,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "assignment_get",
            "GET /assignment",
            Access::Read,
            "Read how conversations that are nobody's find somebody.",
            get,
        ),
        Tool::new(
            "assignment_update",
            "PATCH /assignment",
            Access::Admin,
            "Change how conversations that are nobody's find somebody.",
            update,
        )
        .comparing("assignment_get", &["mode", "member_ids"]),
        Tool::new(
            "member_away",
            "POST /members/{id}/away",
            Access::Write,
            "Say that a member is away, or back.",
            away,
        ),
    ]
}

async fn get(ctx: Ctx, _: Nothing) -> Result<Assignment> {
    Ok(assignment::get(&ctx.app.db, &ctx.scope).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    /// `off`; `turns`, each in their turn; `load`, whoever has the fewest open ones.
    mode: Option<Mode>,
    /// Among whom.
    member_ids: Option<Vec<MemberId>>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Assignment> {
    let now = assignment::get(&ctx.app.db, &ctx.scope).await?;
    let mode = input.mode.unwrap_or(now.mode);
    let members = input.member_ids.unwrap_or(now.member_ids);
    if mode != Mode::Off && members.is_empty() {
        let message = "Choose at least one member who gets conversations";
        return Err(Error::field("assignment.nobody", "member_ids", message));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    assignment::set(&tx, &ctx.scope, mode, &members).await?;
    ctx.app.commit(tx).await?;
    Ok(assignment::get(&ctx.app.db, &ctx.scope).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Away {
    /// Who. A rep may say it of themselves only.
    id: MemberId,
    /// Whether they are away.
    away: bool,
}

/// What became of it.
#[derive(Serialize, JsonSchema)]
struct Gone {
    /// Who.
    id: MemberId,
    /// Whether they are away.
    away: bool,
    /// How many conversations that waited for their answer went to others.
    handed: usize,
}

async fn away(ctx: Ctx, input: Away) -> Result<Gone> {
    if ctx.role == "rep" && ctx.scope.member.as_ref() != Some(&input.id) {
        let message = "Only managers and admins say of others that they are away";
        return Err(Error::new(Kind::Forbidden, "member.not_you", message));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    assignment::hold(&tx, &ctx.scope).await?;
    assignment::set_away(&tx, &ctx.scope, &input.id, input.away, ctx.app.clock.now()).await?;
    let handed = match input.away {
        true => assignment::hand_round(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?,
        false => HandedRound::default(),
    };
    ctx.app.commit(tx).await?;
    tell(&ctx, &handed.conversations);
    let found = member::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    Ok(Gone { id: found.id, away: found.away_since.is_some(), handed: handed.taken })
}

/// Tells the pages what changed hands.
pub(crate) fn tell(ctx: &Ctx, handed: &[ConversationId]) {
    for id in handed {
        ctx.app.tell_conversation(&ctx.scope.workspace, id);
    }
}
