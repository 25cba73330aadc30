//! How people come in: the first admin by a one-time link, all others by invitation.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    keys::{token, token_hash},
    passwords,
};
use domain::{
    identity::Email,
    ids::{MemberId, UserId, WorkspaceId},
};
use store::{
    Scope, Sight, Tx,
    audit::Deed,
    invitation::Invitation,
    member::{self, NewMember},
    user::{self, NewUser, User},
    workspace,
};

/// How long a setup link is good, in real milliseconds.
const SETUP_MS: i64 = 30 * 60_000;
const SETUP: &str = "setup_token";

/// The first admin and the workspace they found.
pub struct Founder {
    /// Full name.
    pub name: String,
    /// Address, with which they sign in.
    pub email: String,
    /// At least 10 characters.
    pub password: String,
    /// Name of the workspace.
    pub workspace: String,
    /// IANA zone.
    pub time_zone: String,
    /// ISO country.
    pub default_country: String,
}

/// Creates a workspace with its first admin, sandbox senders and the funnel gallery. Whether the password is a good
/// one is for [`check_founder`] to say.
pub async fn found(app: &App, founder: Founder) -> Result<(WorkspaceId, MemberId)> {
    create(app, founder, false).await
}

/// The same by the one-time link: of two who use it at once, one comes too late.
pub async fn found_by_link(app: &App, founder: Founder) -> Result<(WorkspaceId, MemberId)> {
    create(app, founder, true).await
}

/// Refuses a password that the founder should not have.
pub fn check_founder(founder: &Founder) -> Result<()> {
    passwords::check(&founder.password, &[&founder.email, &founder.name, &founder.workspace])
}

/// What is said to a link that is not good, or not any more.
pub fn link_refused() -> Error {
    let message = "This setup link is not valid any more. Restart Overture to get a new one";
    Error::new(Kind::Forbidden, "setup.token", message)
}

async fn create(app: &App, founder: Founder, by_link: bool) -> Result<(WorkspaceId, MemberId)> {
    let email = address(&founder.email)?;
    check_name("name", &founder.name)?;
    check_name("workspace", &founder.workspace)?;
    if jiff::tz::TimeZone::get(&founder.time_zone).is_err() {
        return Err(Error::field(
            "workspace.zone_invalid",
            "time_zone",
            "This is not an IANA time zone such as Europe/Oslo",
        ));
    }
    let password_hash = passwords::hash(founder.password).await?;
    let workspace_id = store::new_id(WorkspaceId::from_uuid);
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    workspace::create(
        &tx,
        &workspace_id,
        founder.workspace.trim(),
        &founder.time_zone,
        &founder.default_country,
        now,
    )
    .await?;
    let user_id = new_user(&tx, &email, &founder.name, Some(&password_hash), now).await?;
    let handle = handle_of(&email);
    let member_id = join(&tx, &workspace_id, &user_id, &handle, "admin", now).await?;
    let scope = Scope::member(workspace_id.clone(), member_id.clone(), Sight::Workspace);
    let link_was_good = workspace::take_instance_value(&tx, SETUP).await?;
    if by_link && !link_was_good {
        return Err(link_refused());
    }
    crate::samples::equip(app, &tx, &scope).await?;
    app.commit(tx).await?;
    Ok((workspace_id, member_id))
}

/// A one-time link for the first admin, good for half an hour; `None` when there is one already.
pub async fn setup_link(app: &App) -> Result<Option<String>> {
    if user::count(&app.db).await? > 0 {
        return Ok(None);
    }
    let secret = token();
    let value = format!("{}.{}", token_hash(&secret), app.real_ms() + SETUP_MS);
    let tx = app.db.begin().await?;
    workspace::set_instance_value(&tx, SETUP, Some(&value)).await?;
    app.commit(tx).await?;
    Ok(Some(format!("{}/setup?token={secret}", app.public_url())))
}

/// Whether a setup token is the one that was printed last, and still good.
pub async fn is_setup_token(app: &App, given: &str) -> Result<bool> {
    let Some(value) = workspace::instance_value(&app.db, SETUP).await? else { return Ok(false) };
    let Some((hash, until)) = value.split_once('.') else { return Ok(false) };
    let same: bool = subtle::ConstantTimeEq::ct_eq(token_hash(given).as_bytes(), hash.as_bytes()).into();
    Ok(same && until.parse::<i64>().is_ok_and(|until| app.real_ms() < until))
}

/// A normalised address, or an error of the field `email`.
pub fn address(text: &str) -> Result<Email> {
    domain::identity::email(text).map_err(|e| {
        Error::field("member.email_invalid", "email", format!("This is not an e-mail address: {e}"))
    })
}

/// Refuses a name that nobody could read in a list.
pub fn check_name(field: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > 200 {
        return Err(Error::field("member.name_invalid", field, "Write between 1 and 200 characters"));
    }
    Ok(())
}

/// A handle as it is stored, or an error of the field `handle`: 2 to 32 letters, digits, dots, hyphens and
/// underscores. Another program sends it in a header, and a person types it.
pub fn check_handle(text: &str) -> Result<String> {
    let handle = text.trim().to_lowercase();
    let fits = (2..=32).contains(&handle.len())
        && handle.starts_with(|c: char| c.is_ascii_alphanumeric())
        && handle.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if fits {
        return Ok(handle);
    }
    let message = "Write 2 to 32 letters a to z, digits, dots, hyphens or underscores, beginning with a letter or digit";
    Err(Error::field("member.handle_invalid", "handle", message))
}

/// Two members of a workspace cannot share a handle.
pub fn handle_taken() -> Error {
    let message = "Somebody in this workspace has this handle already";
    let mut taken = Error::conflict("member.handle_taken", message);
    taken.fields.push(crate::error::FieldError { field: "handle".into(), message: message.into() });
    taken
}

/// A handle made from an address.
pub fn handle_of(email: &Email) -> String {
    let local = email.key.chars().take_while(|c| *c != '@');
    let handle: String = local.filter(char::is_ascii_alphanumeric).take(32).collect();
    if handle.len() < 2 { "admin".into() } else { handle }
}

/// Adds somebody who signs in; without a password where they do it elsewhere.
pub async fn new_user(
    tx: &Tx,
    email: &Email,
    name: &str,
    password_hash: Option<&str>,
    now: i64,
) -> Result<UserId> {
    let id = store::new_id(UserId::from_uuid);
    let new =
        NewUser { id: &id, email: &email.display, email_key: &email.key, name: name.trim(), password_hash };
    match user::create(tx, new, now).await {
        Err(store::Error::Exists) => {
            let message = "There is an account with this address already. Sign in with its password";
            Err(Error::field("member.email_taken", "email", message))
        }
        done => Ok(done.map(|()| id)?),
    }
}

async fn join(
    tx: &Tx,
    workspace: &WorkspaceId,
    user: &UserId,
    handle: &str,
    role: &str,
    now: i64,
) -> Result<MemberId> {
    let id = store::new_id(MemberId::from_uuid);
    let scope = Scope::system(workspace.clone());
    member::create(tx, &scope, NewMember { id: &id, user, handle, role }, now).await?;
    Ok(id)
}

/// What somebody says who accepts an invitation.
pub struct Guest {
    /// Their address, where the invitation names none.
    pub email: Option<String>,
    /// Full name, for a new account.
    pub name: Option<String>,
    /// Handle; without one it is made from the address.
    pub handle: Option<String>,
    /// Of the account they have, or for the one they get.
    pub password: String,
}

/// What is said to an invitation that is not good, or not any more.
pub fn invitation_refused() -> Error {
    let message = "This invitation is not valid any more. Ask for a new one";
    Error::new(Kind::Forbidden, "invitation.invalid", message)
}

/// Somebody who may come in by an invitation.
pub struct Admitted {
    /// The account that they have; none where they get a new one.
    pub account: Option<UserId>,
    /// Their handle, as it will be stored.
    pub handle: String,
    email: Email,
    name: String,
    password_hash: String,
}

/// Whether somebody may come in by an invitation: they know the password of their account, or may have a new one,
/// and there is a place for them. Nothing is done yet.
pub async fn admit(app: &App, invitation: &Invitation, guest: Guest) -> Result<Admitted> {
    let email = match (&invitation.email, &guest.email) {
        (Some(email), _) | (None, Some(email)) => address(email)?,
        (None, None) => {
            return Err(Error::field("member.email_invalid", "email", "Write your e-mail address"));
        }
    };
    let account = user::by_email(&app.db, &email.key).await?;
    let password_hash = check_password(account.as_ref(), &guest, &email).await?;
    let scope = Scope::system(invitation.workspace_id.clone());
    if member::has_email(&app.db, &scope, &email.key).await? {
        let message = "You are in this workspace already. Sign in";
        return Err(Error::conflict("invitation.member_already", message));
    }
    let handle = guest.handle.as_deref().map_or_else(|| Ok(handle_of(&email)), check_handle)?;
    let name = guest.name.unwrap_or_default();
    Ok(Admitted { account: account.map(|account| account.id), handle, email, name, password_hash })
}

/// Lets somebody in by invitation: into the account that they have, or into a new one.
pub async fn accept(
    app: &App,
    invitation: &Invitation,
    guest: Admitted,
    from: Option<&str>,
) -> Result<MemberId> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let user = match guest.account {
        Some(account) => account,
        None => new_user(&tx, &guest.email, &guest.name, Some(&guest.password_hash), now).await?,
    };
    let member = enter(app, &tx, invitation, (&user, &guest.handle), from).await?;
    app.commit(tx).await?;
    Ok(member)
}

/// A user comes into the workspace of an invitation, which is used up.
pub async fn enter(
    app: &App,
    tx: &Tx,
    invitation: &Invitation,
    (user, handle): (&UserId, &str),
    from: Option<&str>,
) -> Result<MemberId> {
    let (now, workspace) = (app.clock.now(), invitation.workspace_id.clone());
    if !store::invitation::accept(tx, &invitation.id, app.real_ms()).await? {
        return Err(invitation_refused());
    }
    let member = match join(tx, &workspace, user, handle, &invitation.role, now).await {
        Err(error) if error.name == "exists" => return Err(handle_taken()),
        joined => joined?,
    };
    let scope = Scope::member(workspace, member.clone(), Sight::Own);
    let facts = serde_json::json!({ "invitation": invitation.id, "role": invitation.role });
    let deed = Deed { action: "invitation_accept", subject: member.as_str(), address: from, data: &facts };
    store::audit::write(tx, &scope, deed, now).await?;
    Ok(member)
}

/// The password of the account fits, or is good for a new one; then its hash.
async fn check_password(account: Option<&User>, guest: &Guest, email: &Email) -> Result<String> {
    if let Some(account) = account {
        if !passwords::verify(account.password_hash.clone(), guest.password.clone()).await? {
            let message = "This is not the password of this account";
            return Err(Error::field("credentials.wrong", "password", message).number(1002));
        }
        return Ok(String::new());
    }
    let name = guest.name.as_deref().unwrap_or_default();
    check_name("name", name)?;
    passwords::check(&guest.password, &[&email.display, name])?;
    passwords::hash(guest.password.clone()).await
}
