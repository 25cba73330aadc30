//! The second step of signing in: codes of an authenticator app (RFC 6238), and recovery codes for who has lost it.
//! How a browser shows them is in `http::second_step`, how its owner sets them up in `http::second_factor`.

use crate::shape::{object, of, truth};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    keys::random,
    tool::{Access, Ctx, Tool},
};
use domain::ids::{MemberId, UserId};
use qrcode::{Color, QrCode};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Tx, member, second_factor, user::User};
use totp_rs::{Builder, Secret, Totp};

/// How many recovery codes somebody gets.
const CODES: usize = 10;
/// Characters of a recovery code: 80 bits.
const CODE_LENGTH: usize = 16;
/// Crockford's base 32: no letter in it looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![Tool::new(
        "member_reset_second_factor",
        "POST /members/{id}/reset-second-factor",
        Access::Admin,
        "Let somebody who has lost their phone and their recovery codes sign in with their password alone.",
        reset_member,
    ).gives(|| object([("id", of::<MemberId>()), ("second_factor", truth())]))]
}

/// Whether somebody is asked for a second step.
pub async fn is_on(app: &App, user: &UserId) -> Result<bool> {
    let held = second_factor::authenticator(&app.db, user).await?;
    Ok(held.is_some_and(|held| held.confirmed_at.is_some()))
}

/// The place that an authenticator's secret is sealed for.
fn place(user: &UserId) -> String {
    place_of(user.as_str())
}

/// The same, by the text of the person's id.
pub fn place_of(user: &str) -> String {
    format!("users/{user}/authenticator")
}

fn totp(secret: &str, account: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(|error| anyhow::anyhow!("{error}"))?;
    // A colon would end the name of the account.
    let account = account.replace(':', " ");
    let totp = Builder::new().with_secret(secret).with_issuer(Some("Overture")).with_account_name(account);
    Ok(totp.build().map_err(|error| anyhow::anyhow!("{error}"))?)
}

/// What an authenticator app is told.
pub struct Enrolment {
    /// The secret, in base 32, to be typed.
    pub secret: String,
    /// `otpauth://totp/…`
    pub uri: String,
    /// The same as a QR code: its width, and its dark squares as the path of an SVG.
    pub qr: (usize, String),
}

/// Draws a secret and keeps it until it is confirmed.
pub async fn begin(app: &App, user: &User) -> Result<Enrolment> {
    let secret = Secret::new_stack(random()).to_base32();
    let uri = totp(&secret, &user.email)?.to_url().map_err(|error| anyhow::anyhow!("{error}"))?;
    let sealed = app.keys.seal(&place(&user.id), &secret)?;
    let tx = app.db.begin().await?;
    if !second_factor::begin(&tx, &user.id, &sealed, app.real_ms()).await? {
        let message = "Two-step sign-in is on already. Switch it off before you set up another app";
        return Err(Error::conflict("second_factor.on", message));
    }
    app.commit(tx).await?;
    let qr = picture(&uri)?;
    Ok(Enrolment { secret, uri, qr })
}

fn picture(uri: &str) -> Result<(usize, String)> {
    let code = QrCode::new(uri).map_err(anyhow::Error::from)?;
    let (width, mut path) = (code.width(), String::new());
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path += &format!("M{} {}h1v1h-1z", at % width, at / width);
        }
    }
    Ok((width, path))
}

/// The time step for which a code is good now: its own, the one before or the one after. Authenticator apps go by
/// real time.
fn step(app: &App, secret: &str, code: &str) -> Result<Option<i64>> {
    let now = app.real_ms().unsigned_abs() / 1000;
    Ok(totp(secret, "")?.check(code, now).and_then(|step| i64::try_from(step).ok()))
}

/// The secret that is being set up, if a code of it is good: with it [`switch_on`] goes on.
pub async fn first_code(app: &App, user: &UserId, code: &str) -> Result<Option<(String, i64)>> {
    let held = second_factor::authenticator(&app.db, user).await?;
    let Some(held) = held.filter(|held| held.confirmed_at.is_none()) else {
        let message = "There is nothing to confirm. Begin again";
        return Err(Error::conflict("second_factor.not_begun", message));
    };
    let secret = app.keys.unseal(&place(user), &held.secret)?;
    Ok(step(app, &secret, &plain(code))?.map(|step| (held.secret, step)))
}

/// From now on a second step is asked for; the recovery codes, which nobody sees again.
pub async fn switch_on(
    app: &App,
    tx: &Tx,
    user: &UserId,
    (sealed, step): (String, i64),
) -> Result<Vec<String>> {
    if !second_factor::confirm(tx, user, &sealed, step, app.real_ms()).await? {
        let message = "Another secret was drawn meanwhile. Begin again";
        return Err(Error::conflict("second_factor.not_begun", message));
    }
    draw_codes(app, tx, user).await
}

/// New recovery codes in place of the old ones.
pub async fn draw_codes(app: &App, tx: &Tx, user: &UserId) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..CODES).map(|_| draw_code()).collect();
    let hashes: Vec<String> = codes.iter().map(|code| hash(app, user, &plain(code))).collect();
    second_factor::set_codes(tx, user, &hashes, app.real_ms()).await?;
    Ok(codes)
}

fn draw_code() -> String {
    let letters = random::<CODE_LENGTH>().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// Hashed with the installation's key, so that a stolen database alone cannot be searched for them.
fn hash(app: &App, user: &UserId, code: &str) -> String {
    app.keys.print("recovery", &format!("{user} {code}"))
}

/// What was meant by what was typed: no spaces and hyphens, small letters, and digits where a letter looks like one.
fn plain(code: &str) -> String {
    let typed = code.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64);
    let clear = |c: char| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    typed.map(clear).collect()
}

/// What somebody shows at the second step.
pub enum Shown {
    /// Six digits of their app.
    App(String),
    /// A recovery code.
    Recovery(String),
}

impl Shown {
    /// By its looks.
    pub fn of(code: &str) -> Self {
        let code = plain(code);
        if code.len() == CODE_LENGTH { Shown::Recovery(code) } else { Shown::App(code) }
    }
}

/// Uses up a code; false where it is not good, or not any more.
pub async fn use_up(app: &App, tx: &Tx, user: &UserId, shown: &Shown) -> Result<bool> {
    match shown {
        Shown::Recovery(code) => {
            let hash = hash(app, user, code);
            Ok(second_factor::use_code(tx, user, &hash, app.real_ms()).await?)
        }
        Shown::App(code) => {
            let held = second_factor::authenticator(&app.db, user).await?;
            let Some(held) = held.filter(|held| held.confirmed_at.is_some()) else { return Ok(false) };
            let secret = app.keys.unseal(&place(user), &held.secret)?;
            let Some(step) = step(app, &secret, code)? else { return Ok(false) };
            Ok(second_factor::use_step(tx, user, step).await?)
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    id: MemberId,
}

/// For who is in this workspace alone: the admin of one workspace does not open the door to another.
async fn reset_member(ctx: Ctx, input: Reset) -> Result<Value> {
    if ctx.scope.member.as_ref() == Some(&input.id) {
        let message = "Switch off your own two-step sign-in under Security, with your password";
        return Err(Error::new(Kind::Forbidden, "second_factor.own", message));
    }
    ctx.person()?;
    let user = member::get(&ctx.app.db, &ctx.scope, &input.id).await?.user_id;
    // What is counted and taken away is the person's, across workspaces.
    let tx = ctx.app.db.begin().await?;
    if member::places(&tx, &user).await? > 1 {
        let message = "They are in other workspaces too. Whoever runs this installation can do it: overture admin reset-second-factor";
        return Err(Error::conflict("second_factor.elsewhere", message));
    }
    second_factor::remove(&tx, &user).await?;
    // They were on what was lost, perhaps.
    store::passkey::remove_all(&tx, &user).await?;
    ctx.app.commit(tx).await?;
    Ok(json!({ "id": input.id, "second_factor": false }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Secret::new_stack(*b"12345678901234567890").to_base32();
        let totp = totp(&secret, "ann@example.com").unwrap();
        for (seconds, code) in [
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.generate(seconds).to_string(), code);
            for (late, good) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
                let found = totp.check(code, seconds.saturating_add_signed(late));
                assert_eq!(found, good.then_some(seconds / 30), "{code} {late}");
            }
        }
        assert_eq!(totp.generate(59).to_string(), "287082");
        let uri = totp.to_url().unwrap();
        assert!(uri.starts_with("otpauth://totp/Overture:ann%40example.com?secret=GEZDGNBV"), "{uri}");
    }

    #[test]
    fn a_recovery_code_is_read_as_it_was_meant() {
        for _ in 0..20 {
            let code = draw_code();
            assert_eq!((code.len(), plain(&code).len()), (19, 16), "{code}");
            assert!(matches!(Shown::of(&code), Shown::Recovery(_)));
            assert_eq!(plain(&code.to_uppercase().replace('-', " ").replace('0', "o")), plain(&code));
        }
        assert_eq!(plain(" L0i-Oo1 "), "101001");
        assert!(matches!(Shown::of("123 456"), Shown::App(code) if code == "123456"));
    }

    #[test]
    fn the_picture_has_its_three_corners() {
        let (width, path) = picture("otpauth://totp/Overture:ann").unwrap();
        for corner in ["M0 0h".to_owned(), format!("M{} 0h", width - 1), format!("M0 {}h", width - 1)] {
            assert!(path.contains(&corner), "{corner}");
        }
    }
}
