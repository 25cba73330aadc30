//! Members: their passwords, and how the first one comes in.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    keys::{token, token_hash},
};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::ids::{MemberId, WorkspaceId};
use std::sync::OnceLock;
use store::{
    Scope,
    member::{self, NewMember},
    workspace,
};

/// How long a setup link is good, in real milliseconds.
const SETUP_MS: i64 = 30 * 60_000;
const SETUP: &str = "setup_token";

/// Argon2id, t=3, m=64 MiB (OWASP ASVS 5, section 11.4).
fn hasher() -> Argon2<'static> {
    let params = Params::new(65_536, 3, 1, None).expect("these parameters are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Two hashes at a time, whatever arrives: each takes 64 MiB and a core.
static TURNS: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// Hashes a password off the async threads.
pub async fn hash(password: String) -> Result<String> {
    let _turn = TURNS.acquire().await.map_err(anyhow::Error::from)?;
    let hashed = tokio::task::spawn_blocking(move || {
        hasher().hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(|e| anyhow::anyhow!("{e}"))
    });
    Ok(hashed.await.map_err(anyhow::Error::from)??)
}

/// Whether a password fits. Without a hash the same work is done against one that fits nothing.
pub async fn verify(hash: Option<String>, password: String) -> Result<bool> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let _turn = TURNS.acquire().await.map_err(anyhow::Error::from)?;
    let verified = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let text = hash.unwrap_or_else(|| {
            NOBODY
                .get_or_init(|| {
                    hasher().hash_password(token().as_bytes()).map(|h| h.to_string()).unwrap_or_default()
                })
                .clone()
        });
        let fits = PasswordHash::new(&text)
            .is_ok_and(|parsed| hasher().verify_password(password.as_bytes(), &parsed).is_ok());
        known && fits
    });
    Ok(verified.await.map_err(anyhow::Error::from)?)
}

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

/// Creates a workspace with its first admin, sandbox senders and the funnel gallery.
pub async fn found(app: &App, founder: Founder) -> Result<(WorkspaceId, MemberId)> {
    create(app, founder, false).await
}

/// The same by the one-time link: of two who use it at once, one comes too late.
pub async fn found_by_link(app: &App, founder: Founder) -> Result<(WorkspaceId, MemberId)> {
    create(app, founder, true).await
}

/// What is said to a link that is not good, or not any more.
pub fn link_refused() -> Error {
    let message = "This setup link is not valid any more. Restart Overture to get a new one";
    Error::new(Kind::Forbidden, "setup.token", message)
}

async fn create(app: &App, founder: Founder, by_link: bool) -> Result<(WorkspaceId, MemberId)> {
    let email = domain::identity::email(&founder.email).map_err(|e| {
        Error::field("member.email_invalid", "email", format!("This is not an e-mail address: {e}"))
    })?;
    if founder.password.chars().count() < 10 {
        return Err(Error::field(
            "member.password_short",
            "password",
            "Choose a password of at least 10 characters",
        ));
    }
    for (field, text) in [("name", &founder.name), ("workspace", &founder.workspace)] {
        if text.trim().is_empty() || text.chars().count() > 200 {
            return Err(Error::field("member.name_invalid", field, "Write between 1 and 200 characters"));
        }
    }
    if jiff::tz::TimeZone::get(&founder.time_zone).is_err() {
        return Err(Error::field(
            "workspace.zone_invalid",
            "time_zone",
            "This is not an IANA time zone such as Europe/Oslo",
        ));
    }
    let password_hash = hash(founder.password).await?;
    let workspace_id = store::new_id(WorkspaceId::from_uuid);
    let member_id = store::new_id(MemberId::from_uuid);
    let scope = Scope::member(workspace_id.clone(), member_id.clone());
    let now = app.clock.now();
    let handle: String =
        email.key.chars().take_while(|c| *c != '@').filter(char::is_ascii_alphanumeric).take(32).collect();
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
    let new = NewMember {
        id: &member_id,
        email: &email.display,
        email_key: &email.key,
        name: founder.name.trim(),
        handle: if handle.is_empty() { "admin" } else { &handle },
        role: "admin",
        password_hash: &password_hash,
    };
    member::create(&tx, &scope, new, now).await?;
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
    if member::count(&app.db).await? > 0 {
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
