//! What follows from somebody's Google account: they sign in, come in by an invitation, or connect it with their own
//! account here. An address alone never opens an account that is there: it can pass to somebody else, and who issues
//! addresses would own everybody.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    openid::Person,
    people,
};
use domain::ids::{MemberId, UserId};
use store::{
    Scope, Sight, Tx,
    audit::Deed,
    identity::{self, Identity},
    invitation::Invitation,
    member, user,
};

fn forbidden(name: &'static str, message: &str) -> Error {
    Error::new(Kind::Forbidden, name, message)
}

/// Who signs in with it.
pub async fn owner(app: &App, person: &Person) -> Result<UserId> {
    let owner = identity::owner(&app.db, &person.issuer, &person.subject).await?;
    owner.ok_or_else(|| {
        let message =
            "Nobody here has connected this Google account. Sign in with your password and connect it under Security";
        forbidden("google.unknown", message)
    })
}

fn identity(person: &Person) -> Identity<'_> {
    Identity { issuer: &person.issuer, subject: &person.subject, email: &person.email }
}

async fn connect_in(app: &App, tx: &Tx, user: &UserId, person: &Person) -> Result<()> {
    match identity::connect(tx, user, identity(person), app.real_ms()).await {
        Err(store::Error::Exists) => {
            let message =
                "This Google account is connected with somebody already, or you have another one connected";
            Err(Error::conflict("google.taken", message))
        }
        done => Ok(done?),
    }
}

/// Connects it with the account of somebody who is signed in and has asked for it.
pub async fn connect(app: &App, user: &UserId, person: &Person, from: Option<&str>) -> Result<()> {
    let held = user::get(&app.db, user).await?.ok_or_else(|| Error::not_found("user"))?;
    if people::address(&held.email)?.key != people::address(&person.email)?.key {
        let message = "This Google account has another address than your account here";
        return Err(forbidden("google.other_address", message));
    }
    let tx = app.db.begin().await?;
    connect_in(app, &tx, user, person).await?;
    write(app, &tx, user, "identity_connect", from).await?;
    app.commit(tx).await
}

/// Takes it away again from who has a password to sign in with.
pub async fn disconnect(app: &App, user: &user::User, issuer: &str, from: Option<&str>) -> Result<()> {
    if user.password_hash.is_none() {
        let message = "You sign in with it alone. Choose a password under Profile first";
        return Err(Error::conflict("google.only_way", message));
    }
    let tx = app.db.begin().await?;
    if identity::disconnect(&tx, &user.id, issuer).await? {
        write(app, &tx, &user.id, "identity_disconnect", from).await?;
    }
    app.commit(tx).await
}

async fn write(app: &App, tx: &Tx, user: &UserId, action: &str, from: Option<&str>) -> Result<()> {
    let data = serde_json::json!({});
    for place in member::memberships(&app.db, user).await? {
        let scope = Scope::member(place.workspace_id, place.member_id, Sight::Own);
        let deed = Deed { action, subject: user.as_str(), address: from, data: &data };
        store::audit::write(tx, &scope, deed, app.clock.now()).await?;
    }
    Ok(())
}

/// Who comes in by an invitation with it: somebody who has connected it before, or nobody yet.
pub struct Guest {
    /// The account that they have.
    pub account: Option<UserId>,
    /// A handle that is free.
    pub handle: String,
}

/// Whether somebody may come in by an invitation with it.
pub async fn admit(app: &App, invitation: &Invitation, person: &Person) -> Result<Guest> {
    let email = people::address(&person.email)?;
    if let Some(invited) = &invitation.email
        && people::address(invited)?.key != email.key
    {
        let message = "The invitation is for another address than that of this Google account";
        return Err(forbidden("google.other_address", message));
    }
    let account = identity::owner(&app.db, &person.issuer, &person.subject).await?;
    let scope = Scope::system(invitation.workspace_id.clone());
    if account.is_none() && user::by_email(&app.db, &email.key).await?.is_some() {
        let message = "There is an account with this address. Join with its password, then connect Google under Security";
        return Err(Error::conflict("google.has_account", message));
    }
    let wanted = people::handle_of(&email);
    let mut handle = wanted.clone();
    for number in 2..100 {
        if !member::has_handle(&app.db, &scope, &handle).await? {
            break;
        }
        handle = format!("{wanted:.29}{number}");
    }
    Ok(Guest { account, handle })
}

/// Lets them in; who had no account gets one, without a password.
pub async fn join(
    app: &App,
    invitation: &Invitation,
    (guest, person): (Guest, &Person),
    from: Option<&str>,
) -> Result<MemberId> {
    let tx = app.db.begin().await?;
    let user = match guest.account {
        Some(account) => account,
        None => {
            let email = people::address(&person.email)?;
            let name = person.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
            let name: String = name.unwrap_or(&email.display).chars().take(200).collect();
            let user = people::new_user(&tx, &email, &name, None, app.clock.now()).await?;
            connect_in(app, &tx, &user, person).await?;
            user
        }
    };
    let member = people::enter(app, &tx, invitation, (&user, &guest.handle), from).await?;
    app.commit(tx).await?;
    Ok(member)
}
