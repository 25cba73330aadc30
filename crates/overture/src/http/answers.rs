//! What plain routes answer, in words of [`crate::shape`].

use crate::shape::{anything, instant, integer, list_of, number, object, of, one_of, or_null, text, truth};
use domain::ids::{ApiKeyId, MemberId, PasskeyId, SessionId, WorkspaceId};
use serde_json::{Value, json};

/// That it is done.
pub fn success() -> Value {
    object([("success", json!({ "const": true }))])
}

/// What a member is.
pub fn role() -> Value {
    one_of(&["admin", "manager", "rep"])
}

/// Whether a node can take work.
pub fn readiness() -> Value {
    let database = object([("ok", truth()), ("ms", integer())]);
    object([("ok", truth()), ("checks", object([("database", database)]))])
}

/// What a browser asks a device for.
pub fn question() -> Value {
    object([("question", text()), ("options", anything())])
}

/// Who came in, or what is asked of them first.
pub fn me_or_second_step() -> Value {
    let kinds = list_of(one_of(&["totp", "recovery", "passkey"]));
    let second = object([("second_factor", object([("kinds", kinds), ("token", text())]))]);
    json!({ "anyOf": [me(), second] })
}

/// A person has a session and workspaces, a program a key.
pub fn me() -> Value {
    let member = object([
        ("id", of::<MemberId>()),
        ("name", text()),
        ("email", text()),
        ("handle", text()),
        ("role", role()),
        ("sees_all", truth()),
    ]);
    let workspace = object([
        ("id", of::<WorkspaceId>()),
        ("name", text()),
        ("time_zone", text()),
        ("default_country", text()),
        ("send_mode", one_of(&["sandbox", "live"])),
        ("sending_stopped", truth()),
        ("sending_restored", truth()),
    ]);
    let place =
        object([("id", of::<WorkspaceId>()), ("name", text()), ("role", role()), ("current", truth())]);
    let key = object([
        ("id", of::<ApiKeyId>()),
        ("name", text()),
        ("scopes", list_of(text())),
        ("expires_at", or_null(instant())),
    ]);
    object([
        ("member", member),
        ("workspace", workspace),
        ("workspaces?", list_of(place)),
        ("session?", object([("id", of::<SessionId>())])),
        ("key?", key),
        ("demo", truth()),
        ("speed", number()),
        ("now", instant()),
    ])
}

/// How somebody signs in.
pub fn ways_in() -> Value {
    let passkey = object([
        ("id", of::<PasskeyId>()),
        ("name", text()),
        ("created_at", instant()),
        ("used_at", or_null(instant())),
    ]);
    object([
        ("on", truth()),
        ("since", or_null(instant())),
        ("recovery_codes_left", integer()),
        ("passkeys_possible", truth()),
        ("passkeys", list_of(passkey)),
        ("has_password", truth()),
        ("google", or_null(object([("email", or_null(text()))]))),
    ])
}
