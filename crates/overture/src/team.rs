//! The team of a workspace, and what each person may see and change of their own: profile and sessions. What sets
//! or ends cookies is in `http::auth`.

use crate::shape::{instant, integer, object, of, one_of, or_null, page, text, truth, with};
use crate::{
    error::{Error, Result},
    keys::{token, token_hash},
    people::{address, check_handle, check_name, handle_taken},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::ids::{InvitationId, MemberId, SessionId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    assignment,
    invitation::{self, Invitation, NewInvitation},
    member::{self, Change, Member},
    session, user,
};

/// How long an invitation is good, in real milliseconds.
const INVITATION_MS: i64 = 7 * 24 * 3_600_000;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "invitation_create",
            "POST /invitations",
            Access::Admin,
            "Make a link by which one more person comes into the workspace.",
            invite,
        )
        .gives(made_shape),
        Tool::new(
            "invitation_list",
            "GET /invitations",
            Access::Admin,
            "List the invitations that nobody has used yet.",
            invitations,
        )
        .gives(|| page(invitation_shape())),
        Tool::new(
            "invitation_withdraw",
            "DELETE /invitations/{id}",
            Access::Admin,
            "Make an invitation's link useless.",
            withdraw,
        )
        .gives(|| object([("id", of::<InvitationId>())])),
        Tool::new("member_list", "GET /members", Access::Read, "List the people of the workspace.", members)
            .gives(|| page(member_shape())),
        Tool::new(
            "member_update",
            "PATCH /members/{id}",
            Access::Admin,
            "Change a member's role or handle, or whether they may come in.",
            update,
        )
        .comparing("member_list", &["role", "handle", "disabled"])
        .gives(member_shape),
        Tool::new(
            "team_totals",
            "GET /team/totals",
            Access::Manage,
            "What each member's book holds, and what was sent from it today.",
            totals,
        )
        .gives(|| page(totals_shape())),
        Tool::new(
            "profile_update",
            "PATCH /profile",
            Access::Write,
            "Change your own name or handle.",
            update_profile,
        )
        .gives(profile_shape),
        Tool::new(
            "session_end",
            "DELETE /sessions/{id}",
            Access::Write,
            "Sign out one browser of yours.",
            end,
        )
        .gives(|| object([("id", of::<SessionId>())])),
        Tool::new(
            "session_list",
            "GET /sessions",
            Access::Read,
            "List the browsers you are signed in with.",
            mine,
        )
        .gives(|| page(session_shape())),
    ]
}

/// What a member may do.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Role {
    Admin,
    Manager,
    Rep,
}

impl Role {
    const fn word(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Manager => "manager",
            Role::Rep => "rep",
        }
    }
}

fn shown(member: &Member, me: Option<&MemberId>) -> Value {
    json!({
        "id": member.id, "name": member.name, "email": member.email, "handle": member.handle, "role": member.role,
        "disabled": member.disabled_at.is_some(), "you": Some(&member.id) == me,
        "away": member.away_since.is_some(),
        "second_factor": member.second_factor > 0,
        "created_at": member.created_at, "seen_at": member.seen_at,
    })
}

/// What each member's book holds: contacts, messages sent today (in the workspace's zone), answers that wait.
async fn totals(ctx: Ctx, _: Nothing) -> Result<Value> {
    let zone = store::workspace::get(&ctx.app.db, &ctx.scope).await?.time_zone;
    let zone = domain::schedule::zone_for(None, None, &zone);
    let today = domain::schedule::daily_at(&zone, ctx.app.clock.now(), 0);
    let books = store::stats::books(&ctx.app.db, &ctx.scope, today).await?;
    let since = ctx.app.real_ms() - crate::relayers::ACTIVE_MS;
    let relayers = store::api_key::active_relayers(&ctx.app.db, &ctx.scope, since).await?;
    let shown = |book: store::stats::Book| {
        json!({
            "active_relayers": relayers.get(&book.member_id).copied().unwrap_or(0),
            "member_id": book.member_id, "contacts": book.contacts, "sent_today": book.sent,
            "waiting_replies": book.waiting_replies,
        })
    };
    Ok(json!({ "data": books.into_iter().map(shown).collect::<Vec<_>>(), "next_cursor": null }))
}

async fn members(ctx: Ctx, _: Nothing) -> Result<Value> {
    let all = member::all(&ctx.app.db, &ctx.scope).await?;
    let mut data: Vec<Value> = all.iter().map(|member| shown(member, ctx.scope.member.as_ref())).collect();
    if ctx.role != "admin" {
        // Whose password alone opens an account is for those to know who can do something about it.
        data.iter_mut().for_each(|member| member["second_factor"] = Value::Null);
    }
    Ok(json!({ "data": data, "next_cursor": null }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: MemberId,
    role: Option<Role>,
    handle: Option<String>,
    /// Whether they may no longer come in. Takes effect at once, in every browser.
    disabled: Option<bool>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Value> {
    let handle = input.handle.as_deref().map(check_handle).transpose()?;
    let change =
        Change { role: input.role.map(Role::word), handle: handle.as_deref(), disabled: input.disabled };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    assignment::hold(&tx, &ctx.scope).await?;
    match member::update(&tx, &ctx.scope, &input.id, &change, ctx.app.clock.now()).await {
        Err(store::Error::Exists) => return Err(handle_taken()),
        Err(store::Error::Conflict(_)) => {
            let message = "This is the last admin. Make somebody else an admin first";
            return Err(Error::conflict("member.last_admin", message));
        }
        done => done?,
    }
    let mut handed = assignment::HandedRound::default();
    if input.disabled == Some(true) {
        session::end_all_at(&tx, &ctx.scope, &input.id, ctx.app.real_ms()).await?;
        handed = assignment::hand_round(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?;
    }
    ctx.app.commit(tx).await?;
    crate::assignment::tell(&ctx, &handed.conversations);
    if input.disabled == Some(true) {
        ctx.app.hub.disconnect_member(input.id.as_str());
    } else {
        crate::http::session::cut_those_that_ended(&ctx.app).await?;
    }
    let member = member::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    Ok(shown(&member, ctx.scope.member.as_ref()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Invite {
    /// Whom it is for; without one, whoever has the link.
    email: Option<String>,
    role: Role,
}

async fn invite(ctx: Ctx, input: Invite) -> Result<Value> {
    let by = ctx.person()?.clone();
    let email = input.email.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let email = email.map(address).transpose()?;
    if let Some(email) = &email
        && member::has_email(&ctx.app.db, &ctx.scope, &email.key).await?
    {
        let message = "Somebody with this address is in the workspace already";
        return Err(Error::conflict("invitation.member_already", message));
    }
    let (id, secret) = (store::new_id(InvitationId::from_uuid), token());
    let expires_at = ctx.app.real_ms() + INVITATION_MS;
    let new = NewInvitation {
        id: &id,
        by: &by,
        email: email.as_ref().map(|email| (email.display.as_str(), email.key.as_str())),
        role: input.role.word(),
        token_hash: &token_hash(&secret),
        expires_at,
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    invitation::create(&tx, &ctx.scope, new, ctx.app.real_ms()).await?;
    ctx.app.commit(tx).await?;
    // In the fragment: no server's log and no Referer ever has it.
    let url = format!("{}/invite#{secret}", ctx.app.public_url());
    Ok(json!({
        "id": id, "url": url, "email": email.map(|email| email.display), "role": input.role.word(),
        "expires_at": store::At(expires_at),
    }))
}

async fn invitations(ctx: Ctx, _: Nothing) -> Result<Value> {
    let now = ctx.app.real_ms();
    let line = |open: Invitation| {
        json!({
            "id": open.id, "email": open.email, "role": open.role, "invited_by": open.invited_by,
            "created_at": open.created_at, "expires_at": open.expires_at, "expired": open.expires_at.0 <= now,
        })
    };
    let open = invitation::all(&ctx.app.db, &ctx.scope).await?;
    Ok(json!({ "data": open.into_iter().map(line).collect::<Vec<_>>(), "next_cursor": null }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Withdraw {
    id: InvitationId,
}

async fn withdraw(ctx: Ctx, input: Withdraw) -> Result<Value> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    invitation::withdraw(&tx, &ctx.scope, &input.id, ctx.app.real_ms()).await?;
    ctx.app.commit(tx).await?;
    Ok(json!({ "id": input.id }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Profile {
    name: Option<String>,
    handle: Option<String>,
}

async fn update_profile(ctx: Ctx, input: Profile) -> Result<Value> {
    let id = ctx.person()?.clone();
    let handle = input.handle.as_deref().map(check_handle).transpose()?;
    let member = member::get(&ctx.app.db, &ctx.scope, &id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    if let Some(name) = &input.name {
        check_name("name", name)?;
        user::rename(&tx, &member.user_id, name.trim()).await?;
    }
    let change = Change { handle: handle.as_deref(), ..Change::default() };
    match member::update(&tx, &ctx.scope, &id, &change, ctx.app.clock.now()).await {
        Err(store::Error::Exists) => return Err(handle_taken()),
        done => done?,
    }
    ctx.app.commit(tx).await?;
    let member = member::get(&ctx.app.db, &ctx.scope, &id).await?;
    Ok(json!({
        "id": member.id, "name": member.name, "email": member.email, "handle": member.handle, "role": member.role,
    }))
}

async fn mine(ctx: Ctx, _: Nothing) -> Result<Value> {
    let member = member::get(&ctx.app.db, &ctx.scope, ctx.person()?).await?;
    let all = session::of_user(&ctx.app.db, &member.user_id, ctx.app.real_ms()).await?;
    let line = |line: session::Line| {
        json!({
            "id": line.id, "current": Some(&line.id) == ctx.session.as_ref(), "agent": line.agent,
            "address": line.address, "created_at": line.created_at, "seen_at": line.seen_at,
        })
    };
    Ok(json!({ "data": all.into_iter().map(line).collect::<Vec<_>>(), "next_cursor": null }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct End {
    id: SessionId,
}

async fn end(ctx: Ctx, input: End) -> Result<Value> {
    let member = member::get(&ctx.app.db, &ctx.scope, ctx.person()?).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    if !session::end_of(&tx, &member.user_id, &input.id, ctx.app.real_ms()).await? {
        return Err(Error::not_found("session"));
    }
    ctx.app.commit(tx).await?;
    ctx.app.hub.disconnect_session(input.id.as_str());
    Ok(json!({ "id": input.id }))
}

fn role_shape() -> Value {
    one_of(&["admin", "manager", "rep"])
}

fn profile_shape() -> Value {
    object([
        ("id", of::<MemberId>()),
        ("name", text()),
        ("email", text()),
        ("handle", text()),
        ("role", role_shape()),
    ])
}

fn member_shape() -> Value {
    with(
        profile_shape(),
        [
            ("disabled", truth()),
            ("away", truth()),
            ("you", truth()),
            ("second_factor", or_null(truth())),
            ("created_at", instant()),
            ("seen_at", or_null(instant())),
        ],
    )
}

fn totals_shape() -> Value {
    object([
        ("active_relayers", integer()),
        ("member_id", of::<MemberId>()),
        ("contacts", integer()),
        ("sent_today", integer()),
        ("waiting_replies", integer()),
    ])
}

fn made_shape() -> Value {
    object([
        ("id", of::<InvitationId>()),
        ("url", text()),
        ("email", or_null(text())),
        ("role", role_shape()),
        ("expires_at", instant()),
    ])
}

fn invitation_shape() -> Value {
    object([
        ("id", of::<InvitationId>()),
        ("email", or_null(text())),
        ("role", role_shape()),
        ("invited_by", or_null(text())),
        ("created_at", instant()),
        ("expires_at", instant()),
        ("expired", truth()),
    ])
}

fn session_shape() -> Value {
    object([
        ("id", of::<SessionId>()),
        ("current", truth()),
        ("agent", or_null(text())),
        ("address", or_null(text())),
        ("created_at", instant()),
        ("seen_at", instant()),
    ])
}
