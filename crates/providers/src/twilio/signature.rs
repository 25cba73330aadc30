//! `X-Twilio-Signature`: an HMAC over the public URL and the form, in base64.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether Twilio signed this form post. `public_url` is the address as Twilio called it, with its query:
/// built from the configured public URL, never from the request's `Host`. `params` are the decoded form
/// fields, all of them, in any order, not trimmed.
///
/// Twilio signs with or without the port, depending on the path the request took; both are accepted. An
/// empty token verifies nothing: everybody could sign with it.
pub fn verify(auth_token: &str, public_url: &str, params: &[(String, String)], signature: &str) -> bool {
    let keyed = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes a key of any length");
    let fields = signed_fields(params);
    any_url(auth_token, public_url, signature, |url| finish(keyed.clone(), url, &fields))
}

/// Like [`verify`], for webhooks signed with a shared key (`X-Twilio-Webhooks-Signature-Settings:
/// key=…,algorithm=HMAC_SHA256`).
pub fn verify_sha256(secret: &str, public_url: &str, params: &[(String, String)], signature: &str) -> bool {
    let keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    let fields = signed_fields(params);
    any_url(secret, public_url, signature, |url| finish(keyed.clone(), url, &fields))
}

/// Whether Twilio signed this body that is not a form: the URL carries `bodySHA256`, and both must hold.
pub fn verify_body(auth_token: &str, public_url: &str, raw_body: &[u8], signature: &str) -> bool {
    let query = public_url.split_once('?').map_or("", |(_, query)| query);
    let digest: String = Sha256::digest(raw_body).iter().map(|byte| format!("{byte:02x}")).collect();
    let claimed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256");
    let body_holds =
        claimed.is_some_and(|(_, claimed)| same(claimed.to_ascii_lowercase().as_bytes(), digest.as_bytes()));
    body_holds && verify(auth_token, public_url, &[], signature)
}

/// The signature that Twilio sends for this URL and form.
pub fn sign(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    let keyed = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes a key of any length");
    finish(keyed, url, &signed_fields(params))
}

/// The signature of a URL and what follows it.
fn finish<M: Mac>(mut keyed: M, url: &str, fields: &str) -> String {
    keyed.update(url.as_bytes());
    keyed.update(fields.as_bytes());
    BASE64.encode(keyed.finalize().into_bytes())
}

/// Every name with every distinct value of it, both in byte order: what is signed behind the URL.
fn signed_fields(params: &[(String, String)]) -> String {
    let mut fields: Vec<(&str, &str)> =
        params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.sort_unstable();
    fields.dedup();
    let mut text = String::with_capacity(fields.iter().map(|(name, value)| name.len() + value.len()).sum());
    for (name, value) in fields {
        text.push_str(name);
        text.push_str(value);
    }
    text
}

fn any_url(secret: &str, public_url: &str, signature: &str, sign: impl Fn(&str) -> String) -> bool {
    if secret.is_empty() {
        return false;
    }
    // No early return: which spelling of the URL fits is nobody's business.
    candidates(public_url)
        .iter()
        .fold(false, |found, url| same(sign(url).as_bytes(), signature.as_bytes()) | found)
}

fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// The URL as given, without its port, and with the default port of its scheme. Worked on as text: a URL
/// parser would change its spelling, and the spelling is what was signed.
fn candidates(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(port))
        }
        _ => (authority, None),
    };
    if port.is_some() {
        all.push(format!("{scheme}://{host}{path}"));
    } else {
        let port = if scheme.eq_ignore_ascii_case("http") { 80 } else { 443 };
        all.push(format!("{scheme}://{host}:{port}{path}"));
    }
    all
}
