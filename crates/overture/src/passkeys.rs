//! Passkeys (WebAuthn). The device makes sure who holds it, by a fingerprint, a face or a PIN: one is both steps of
//! signing in. Browsers bind them to the name of this site, so there are none where it has only an IP address.
//!
//! A question to a device is not kept: it goes to the browser, sealed, and comes back with the answer. It is good for
//! five minutes and for one answer.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    keys::token_hash,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use domain::ids::{PasskeyId, UserId};
use serde_json::Value;
use store::{
    Tx,
    passkey::{self, Passkey},
    user::User,
};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions, PublicKeyCredentialCreationOptions, Registration,
    RegistrationServerState,
    bin::{Decode, Encode},
    request::{
        AsciiDomain, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions,
            UserHandle, Username,
        },
    },
    response::{
        AuthTransports, CredentialId,
        register::{CompressedPubKey, DynamicState, StaticState},
    },
};

/// An answer may come so long after its question, in real milliseconds; the library enforces it.
const ANSWER_MS: i64 = 5 * 60_000;
/// A user's id, as bytes, is what a device knows them by.
const HANDLE: usize = 30;

type Key = CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>;

/// What is asked of a device, for the browser, and the sealed question that has to come back.
pub struct Question {
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    pub options: Value,
    /// Sealed.
    pub question: String,
}

/// The name that passkeys are bound to, and the origin of our pages; none where there is no name.
fn place(app: &App) -> Option<(RpId, String)> {
    let url = app.public_url();
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let host = authority.split(':').next()?;
    let secure = scheme == "https" || host == "localhost";
    if !secure || authority.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let domain = AsciiDomain::try_from(host.to_owned()).ok()?;
    Some((RpId::Domain(domain), format!("{scheme}://{authority}").to_lowercase()))
}

/// Whether browsers will make passkeys for this site.
pub fn are_possible(app: &App) -> bool {
    place(app).is_some()
}

fn known(app: &App) -> Result<(RpId, String)> {
    place(app).ok_or_else(|| {
        let message =
            "Passkeys need https and a name: set server.public_url to an address without an IP in it";
        Error::conflict("passkey.no_name", message)
    })
}

fn refused(why: impl std::fmt::Display) -> Error {
    let message = "This passkey was not accepted. Try again, or use your password";
    let error = Error::new(Kind::Unauthenticated, "passkey.refused", message).number(1002);
    error.because(anyhow::anyhow!("{why}"))
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::from(anyhow::anyhow!("{error}"))
}

fn seal(app: &App, place: &str, state: &[u8]) -> Result<String> {
    Ok(app.keys.seal(place, &B64.encode(state))?)
}

fn unseal(app: &App, place: &str, question: &str) -> Result<Vec<u8>> {
    let opened = app.keys.unseal(place, question).map_err(|_| refused("the question is not ours"))?;
    B64.decode(opened).map_err(refused)
}

fn new_place(user: &UserId) -> String {
    format!("users/{user}/new-passkey")
}

const SIGN_IN: &str = "passkeys/sign-in";

fn handle(user: &UserId) -> Result<UserHandle<HANDLE>> {
    let bytes: [u8; HANDLE] = user.as_str().as_bytes().try_into().map_err(broken)?;
    UserHandle::decode(bytes).map_err(broken)
}

fn none_decoded() -> Result<AuthTransports> {
    AuthTransports::decode(0).map_err(|_| broken("no transports are no transports"))
}

/// Asks a device for a new passkey.
pub async fn ask_for_new(app: &App, user: &User) -> Result<Question> {
    let (site, _) = known(app)?;
    let handle = handle(&user.id)?;
    let mut held = Vec::new();
    for passkey in passkey::of_user(&app.db, &user.id).await? {
        let id = CredentialId::decode(B64.decode(passkey.credential).map_err(broken)?).map_err(broken)?;
        held.push(PublicKeyCredentialDescriptor { id, transports: none_decoded()? });
    }
    let name = Username::try_from(user.email.as_str()).or_else(|_| Username::try_from("you"));
    let entity = PublicKeyCredentialUserEntity {
        name: name.map_err(broken)?,
        id: &handle,
        display_name: Nickname::try_from(user.name.as_str()).ok(),
    };
    let mut options = PublicKeyCredentialCreationOptions::passkey(&site, entity, held);
    // Devices that cannot promise it would be refused; that somebody was verified is asked for at every sign-in.
    options.extensions.cred_protect = CredProtect::None;
    let (state, options) = options.start_ceremony().map_err(broken)?;
    let options = serde_json::to_value(&options)?;
    let question = seal(app, &new_place(&user.id), &state.encode().map_err(broken)?)?;
    Ok(Question { options, question })
}

/// A new passkey, if it answers the question that this user was asked.
pub async fn add(
    app: &App,
    tx: &Tx,
    user: &UserId,
    (question, answer, name): (&str, &Value, &str),
) -> Result<PasskeyId> {
    let (site, origin) = known(app)?;
    let state = unseal(app, &new_place(user), question)?;
    let state = RegistrationServerState::<HANDLE>::decode(&state).map_err(refused)?;
    let answer = Registration::from_json_relaxed(answer.to_string().as_bytes()).map_err(refused)?;
    let origins = [origin.as_str()];
    let options = RegistrationVerificationOptions::<&str, &str> {
        allowed_origins: &origins,
        ..RegistrationVerificationOptions::default()
    };
    let made = state.verify(&site, &answer, &options).map_err(refused)?;
    once(app, tx, question).await?;
    let new = Passkey {
        id: store::new_id(PasskeyId::from_uuid),
        user_id: user.clone(),
        credential: B64.encode(made.id().as_ref()),
        name: name.to_owned(),
        fixed: B64.encode(made.static_state().encode().map_err(broken)?),
        moving: B64.encode(made.dynamic_state().encode().map_err(broken)?),
        created_at: store::At(app.real_ms()),
        used_at: None,
    };
    match passkey::create(tx, &new).await {
        Err(store::Error::Exists) => {
            Err(Error::conflict("passkey.exists", "This passkey is somebody's already"))
        }
        done => Ok(done.map(|()| new.id)?),
    }
}

async fn once(app: &App, tx: &Tx, question: &str) -> Result<()> {
    if passkey::answer(tx, &token_hash(question), app.real_ms() + ANSWER_MS).await? {
        return Ok(());
    }
    Err(refused("this answer was given before"))
}

/// Asks any device for a passkey of this site: who it is comes with the answer.
pub fn ask_who(app: &App) -> Result<Question> {
    let (site, _) = known(app)?;
    let options = DiscoverableCredentialRequestOptions::passkey(&site);
    let (state, options) = options.start_ceremony().map_err(broken)?;
    let options = serde_json::to_value(&options)?;
    let question = seal(app, SIGN_IN, &state.encode().map_err(broken)?)?;
    Ok(Question { options, question })
}

/// Who answered with their passkey.
pub async fn who(app: &App, tx: &Tx, question: &str, answer: &Value) -> Result<UserId> {
    let (site, origin) = known(app)?;
    let state = unseal(app, SIGN_IN, question)?;
    let state = DiscoverableAuthenticationServerState::decode(&state).map_err(refused)?;
    let answer = answer.to_string();
    let answer =
        DiscoverableAuthentication::<HANDLE>::from_json_relaxed(answer.as_bytes()).map_err(refused)?;
    let credential = B64.encode(answer.raw_id().as_ref());
    let held = passkey::by_credential(&app.db, &credential).await?;
    let held = held.ok_or_else(|| refused("nobody has this passkey"))?;
    let owner = handle(&held.user_id)?;
    let fixed = B64.decode(&held.fixed).map_err(broken)?;
    let moving = B64.decode(&held.moving).map_err(broken)?;
    let moving: [u8; 7] = moving.try_into().map_err(|_| broken("the state of a passkey is cut short"))?;
    let mut known = AuthenticatedCredential::new(
        answer.raw_id(),
        &owner,
        StaticState::<Key>::decode(&fixed).map_err(broken)?,
        DynamicState::decode(moving).map_err(broken)?,
    )
    .map_err(broken)?;
    let origins = [origin.as_str()];
    let options = AuthenticationVerificationOptions::<&str, &str> {
        allowed_origins: &origins,
        ..AuthenticationVerificationOptions::default()
    };
    state.verify(&site, &answer, &mut known, &options).map_err(refused)?;
    once(app, tx, question).await?;
    let moving = B64.encode(known.dynamic_state().encode().map_err(broken)?);
    passkey::used(tx, &held.id, &moving, app.real_ms()).await?;
    Ok(held.user_id)
}
