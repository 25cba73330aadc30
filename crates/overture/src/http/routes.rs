//! Every plain route, once: what cannot be a tool because it sets cookies, streams, or answers somebody without a
//! session. Live updates (`/socket.io/`) and the web UI are no part of the API and stand in `mod.rs`.

use super::{
    answers::{me, me_or_second_step, question, readiness, role, success, ways_in},
    auth, bonzo_webhooks, gmail, google, health, media, meta_webhooks, metrics, openapi, passkeys, relayer,
    round_trip,
    route::{Group, Route},
    second_factor, second_step, session, setup, tiktok_webhooks, tracking, uploads, voice_webhooks, webhooks,
};
use crate::{
    audit, contact_files,
    contacts::Narrowed,
    imports::view::View,
    shape::{anything, instant, integer, list_of, number, object, of, or_null, text, truth},
    suppressions::file as suppression_file,
};
use domain::ids::{ImportId, MemberId, PasskeyId};
use serde_json::json;
use store::contact::Contact;

const CSV: &str = "text/csv; charset=utf-8";
/// What an import is made of; which of them a file is, its bytes say.
const FILES: &[&str] =
    &["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/vcard"];
/// What a list of addresses is made of.
const TABLES: &[&str] = &["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];
const PAGE: &str = "text/html; charset=utf-8";
const FORM: &[&str] = &["application/x-www-form-urlencoded"];

/// The table.
pub fn all() -> Vec<Route> {
    [profile(), members(), relayers(), doors(), voice_doors(), entry(), open()]
        .into_iter()
        .flatten()
        .collect()
}

fn profile() -> Vec<Route> {
    let person = |name, at, about| (name, at, Group::Person, about);
    macro_rules! route {
        ($declared:expr, $handler:path) => {{
            let (name, at, group, about) = $declared;
            Route::new(name, at, group, about, $handler)
        }};
    }
    vec![
        route!(person("auth_logout", "POST /api/auth/logout", "End this session."), auth::log_out)
            .gives(success()),
        route!(
            person(
                "auth_logout_everywhere",
                "POST /api/auth/logout-everywhere",
                "End all sessions of this person."
            ),
            auth::log_out_everywhere
        )
        .gives(success()),
        route!(
            person("auth_switch", "POST /api/auth/switch", "Go on in another workspace of this person."),
            auth::switch
        )
        .takes::<auth::Switch>()
        .gives(me())
        .refuses(&[404]),
        route!(
            person(
                "google_connect",
                "POST /api/profile/google",
                "Begin to connect this account with one at Google."
            ),
            google::connect
        )
        .takes::<second_factor::Again>()
        .gives(object([("url", text())]))
        .refuses(&[404, 502]),
        route!(
            person(
                "gmail_connect",
                "POST /api/gmail/connect",
                "Begin to connect a Gmail account that sends."
            ),
            gmail::connect
        )
        .takes::<gmail::Connect>()
        .gives(object([("url", text())]))
        .refuses(&[403, 404, 409, 502]),
        route!(
            person("google_disconnect", "POST /api/profile/google/off", "Sign in with Google no more."),
            google::disconnect
        )
        .takes::<second_factor::Again>()
        .gives(object([("id", of::<MemberId>())]))
        .refuses(&[404, 409]),
        route!(
            person(
                "passkey_create",
                "POST /api/profile/passkeys",
                "Keep the passkey that a device has made."
            ),
            passkeys::add
        )
        .takes::<passkeys::New>()
        .gives(object([("id", of::<PasskeyId>()), ("name", text())]))
        .refuses(&[409]),
        route!(
            person(
                "passkey_begin",
                "POST /api/profile/passkeys/begin",
                "What to ask a device for that makes a passkey."
            ),
            passkeys::begin
        )
        .takes::<second_factor::Again>()
        .gives(question())
        .refuses(&[409]),
        route!(
            person("passkey_remove", "POST /api/profile/passkeys/{id}/remove", "Forget a passkey."),
            passkeys::remove
        )
        .part::<PasskeyId>()
        .takes::<second_factor::Again>()
        .gives(object([("id", of::<PasskeyId>())])),
        route!(
            person(
                "password_change",
                "POST /api/profile/password",
                "Set another password and end all other sessions."
            ),
            auth::change_password
        )
        .takes::<auth::NewPassword>()
        .gives(object([("id", of::<MemberId>())])),
        route!(
            person("second_factor_get", "GET /api/profile/second-factor", "How this person signs in."),
            second_factor::show
        )
        .gives(ways_in()),
        route!(
            person(
                "second_factor_begin",
                "POST /api/profile/second-factor/begin",
                "Draw a secret for an authenticator app."
            ),
            second_factor::begin
        )
        .takes::<second_factor::Again>()
        .gives(object([
            ("secret", text()),
            ("uri", text()),
            ("qr", object([("size", integer()), ("path", text())])),
        ]))
        .refuses(&[409]),
        route!(
            person(
                "second_factor_confirm",
                "POST /api/profile/second-factor/confirm",
                "Show the first code of the app, and get recovery codes."
            ),
            second_factor::confirm
        )
        .takes::<second_factor::First>()
        .gives(object([("recovery_codes", list_of(text()))]))
        .refuses(&[409]),
        route!(
            person(
                "second_factor_off",
                "POST /api/profile/second-factor/off",
                "Sign in with the password alone."
            ),
            second_factor::off
        )
        .takes::<second_factor::Again>()
        .gives(ways_in()),
        route!(
            person(
                "second_factor_recovery_codes",
                "POST /api/profile/second-factor/recovery-codes",
                "Draw new recovery codes; the old ones are good no more."
            ),
            second_factor::new_codes
        )
        .takes::<second_factor::Again>()
        .gives(object([("recovery_codes", list_of(text()))]))
        .refuses(&[409]),
    ]
}

fn members() -> Vec<Route> {
    vec![
        Route::new("auth_me", "GET /api/auth/me", Group::Member, "Who asks, and where.", auth::me)
            .gives(me()),
        Route::new(
            "audit_file",
            "GET /api/audit.csv",
            Group::Member,
            "The audit log as a file.",
            audit::file,
        )
        .asks::<audit::File>()
        .answers(200, CSV, text())
        .refuses(&[404]),
        Route::new(
            "contact_file_csv",
            "GET /api/contacts/export.csv",
            Group::File,
            "Contacts as a CSV file, in the order of their ids.",
            contact_files::csv,
        )
        .asks::<Narrowed>()
        .answers(200, CSV, text())
        .refuses(&[404]),
        Route::new(
            "contact_file_json",
            "GET /api/contacts/export.json",
            Group::File,
            "Contacts as a JSON file, in the order of their ids.",
            contact_files::json,
        )
        .asks::<Narrowed>()
        .gives(list_of(of::<Contact>()))
        .refuses(&[404]),
        Route::new(
            "import_upload",
            "POST /api/imports",
            Group::File,
            "Upload a CSV file, an Excel workbook or vCards; the body is the file.",
            uploads::upload,
        )
        .asks::<uploads::Named>()
        .takes_raw(FILES, true)
        .gives(of::<View>())
        .refuses(&[503]),
        Route::new(
            "import_rejected",
            "GET /api/imports/{id}/rejected.csv",
            Group::File,
            "The rejected rows with their reasons.",
            uploads::rejected,
        )
        .part::<ImportId>()
        .answers(200, CSV, text()),
        Route::new(
            "suppression_file",
            "GET /api/suppressions/export.csv",
            Group::File,
            "The suppression list as a CSV file, newest first, without erased addresses.",
            suppression_file::csv,
        )
        .answers(200, CSV, text()),
        Route::new(
            "suppression_import",
            "POST /api/suppressions/import",
            Group::File,
            "Put the addresses of a CSV file or a workbook on the suppression list; the body is the file. Its columns: value, channel, sender, reason, source, since.",
            suppression_file::import,
        )
        .asks::<suppression_file::Named>()
        .takes_raw(TABLES, true)
        .gives(of::<suppression_file::Taken>()),
    ]
}

fn doors() -> Vec<Route> {
    vec![
        Route::new(
            "twilio_inbound",
            "POST /api/twilio/inbound-sms",
            Group::Door,
            "A text that somebody sent, told by Twilio.",
            webhooks::twilio_message,
        )
        .takes_raw(FORM, true)
        .answers(200, "text/xml", text())
        .secured("twilioSignature"),
        Route::new(
            "twilio_status",
            "POST /api/twilio/status",
            Group::Door,
            "What became of a text, told by Twilio.",
            webhooks::twilio_status,
        )
        .asks::<webhooks::StatusQuery>()
        .takes_raw(FORM, true)
        .answers(200, "text/xml", text())
        .secured("twilioSignature"),
        Route::new(
            "email_inbound",
            "POST /webhooks/email",
            Group::MailDoor,
            "A mail that somebody sent, as it is.",
            webhooks::email,
        )
        .asks::<webhooks::MailQuery>()
        .takes_raw(&["message/rfc822"], true)
        .gives(success())
        .secured("mailSignature"),
        Route::new(
            "whatsapp_handshake",
            "GET /webhooks/whatsapp",
            Group::Door,
            "Meta asks whether a sender's address for WhatsApp is ours.",
            meta_webhooks::whatsapp_handshake,
        )
        .asks::<meta_webhooks::Opening>()
        .answers(200, "text/plain", text()),
        Route::new(
            "whatsapp_inbound",
            "POST /webhooks/whatsapp",
            Group::MailDoor,
            "Messages that somebody sent on WhatsApp and what became of ours, told by Meta.",
            meta_webhooks::whatsapp,
        )
        .asks::<meta_webhooks::Query>()
        .takes_foreign()
        .gives(success())
        .secured("metaSignature"),
        Route::new(
            "messenger_handshake",
            "GET /webhooks/facebook",
            Group::Door,
            "Meta asks whether a sender's address for Messenger is ours.",
            meta_webhooks::messenger_handshake,
        )
        .asks::<meta_webhooks::Opening>()
        .answers(200, "text/plain", text()),
        Route::new(
            "messenger_inbound",
            "POST /webhooks/facebook",
            Group::MailDoor,
            "Messages that somebody sent on Messenger and what became of ours, told by Meta.",
            meta_webhooks::messenger,
        )
        .asks::<meta_webhooks::Query>()
        .takes_foreign()
        .gives(success())
        .secured("metaSignature"),
        Route::new(
            "bonzo_inbound",
            "POST /api/bonzo/inbound",
            Group::Door,
            "Texts that somebody sent and prospects that changed, told by Bonzo.",
            bonzo_webhooks::inbound,
        )
        .asks::<bonzo_webhooks::Query>()
        .takes_foreign()
        .gives(success())
        .secured("bonzoToken"),
        Route::new(
            "tiktok_inbound",
            "POST /webhooks/tiktok",
            Group::Door,
            "Messages that somebody sent on TikTok, copies of ours, and how far somebody has read, told by TikTok.",
            tiktok_webhooks::tiktok,
        )
        .asks::<tiktok_webhooks::Query>()
        .takes_foreign()
        .gives(success())
        .secured("tiktokSignature"),
    ]
}

fn voice_doors() -> Vec<Route> {
    let (group, secured) = (Group::Door, "slybroadcastToken");
    vec![
        Route::new(
            "slybroadcast_status",
            "POST /webhooks/slybroadcast",
            group,
            "What became of a voicemail, told by Slybroadcast.",
            voice_webhooks::slybroadcast,
        )
        .asks::<voice_webhooks::Query>()
        .takes_raw(FORM, false)
        .answers(200, "text/plain", text())
        .secured(secured),
        Route::new(
            "slybroadcast_status_asked",
            "GET /webhooks/slybroadcast",
            group,
            "The same, told in the query.",
            voice_webhooks::slybroadcast_asked,
        )
        .asks::<voice_webhooks::Query>()
        .answers(200, "text/plain", text())
        .refuses(&[401])
        .secured(secured),
    ]
}

fn relayers() -> Vec<Route> {
    vec![
        Route::new(
            "relayer_heartbeat",
            "POST /api/relayer/heartbeat",
            Group::Relayer,
            "That a relayer is there, and for whom.",
            relayer::heartbeat,
        )
        .gives(object([
            ("success", truth()),
            ("employee_id", text()),
            ("device", text()),
            ("server_time", instant()),
        ])),
        Route::new(
            "relayer_trade_code",
            "POST /api/relayer/pair",
            Group::Entry,
            "A device trades the code that its member was shown for a key of its own, once.",
            relayer::pair,
        )
        .takes::<crate::relayers::Code>()
        .gives(object([("key", text()), ("employee_id", text()), ("device", text())]))
        .refuses(&[401]),
        Route::new(
            "relayer_approved_pending",
            "GET /api/relayer/approved-pending",
            Group::Relayer,
            "What the member has approved, lent to their device; each is to be told of before its lease ends.",
            relayer::approved_pending,
        )
        .asks::<crate::relay::Ask>()
        .gives(of::<crate::relay::Batch>()),
        Route::new(
            "relayer_mark_prepared",
            "POST /api/relayer/mark-prepared/{id}",
            Group::Relayer,
            "The device has sent a message that it was lent.",
            relayer::mark_prepared,
        )
        .part::<domain::ids::MessageId>()
        .takes::<crate::relay::Report>()
        .gives(of::<crate::relay::Told>())
        .refuses(&[404, 409]),
        Route::new(
            "relayer_mark_failed",
            "POST /api/relayer/mark-failed/{id}",
            Group::Relayer,
            "The device has not sent a message that it was lent, or cannot tell: tried at most twice more.",
            relayer::mark_failed,
        )
        .part::<domain::ids::MessageId>()
        .takes::<crate::relay::Report>()
        .gives(of::<crate::relay::Told>())
        .refuses(&[404, 409]),
    ]
}

fn entry() -> Vec<Route> {
    let entry = Group::Entry;
    vec![
        Route::new(
            "setup_get",
            "GET /api/setup",
            entry,
            "Whether there is an admin, and which ways in.",
            setup::needed,
        )
        .gives(object([("needed", truth()), ("google", truth()), ("passkeys", truth())])),
        Route::new(
            "setup_create",
            "POST /api/setup",
            entry,
            "Become the first admin, by the printed link.",
            setup::set_up,
        )
        .takes::<setup::SetUp>()
        .gives(me())
        .refuses(&[409]),
        Route::new(
            "google_begin",
            "POST /api/auth/google",
            entry,
            "Where to go to sign in with Google.",
            google::begin,
        )
        .takes::<google::Begin>()
        .gives(object([("url", text())]))
        .refuses(&[404, 502]),
        Route::new(
            "invitation_show",
            "POST /api/auth/invitation",
            entry,
            "What an invitation says, for who has its token.",
            auth::invitation,
        )
        .takes::<auth::Invited>()
        .gives(object([
            ("workspace", text()),
            ("invited_by", or_null(text())),
            ("role", role()),
            ("email", or_null(text())),
            ("has_account", truth()),
        ]))
        .refuses(&[404]),
        Route::new(
            "invitation_accept",
            "POST /api/auth/invitation/accept",
            entry,
            "Join a workspace by an invitation.",
            auth::accept,
        )
        .takes::<auth::Accept>()
        .gives(me_or_second_step())
        .refuses(&[401, 404, 409]),
        Route::new("auth_login", "POST /api/auth/login", entry, "Sign in with a password.", auth::log_in)
            .takes::<auth::LogIn>()
            .gives(me_or_second_step())
            .refuses(&[401]),
        Route::new(
            "passkey_enter",
            "POST /api/auth/passkey",
            entry,
            "Sign in with a passkey.",
            passkeys::enter,
        )
        .takes::<passkeys::Answer>()
        .gives(me())
        .refuses(&[401, 404, 409]),
        Route::new(
            "passkey_ask",
            "POST /api/auth/passkey/begin",
            entry,
            "What to ask a device for that somebody signs in with.",
            passkeys::ask,
        )
        .gives(question())
        .refuses(&[409]),
        Route::new("auth_refresh", "POST /api/auth/refresh", entry, "Renew a session.", auth::refresh)
            .gives(me())
            .refuses(&[401])
            .secured("refreshCookie"),
        Route::new(
            "second_factor_take",
            "POST /api/auth/second-factor",
            entry,
            "The second step of signing in: a code.",
            second_step::take,
        )
        .takes::<second_step::Take>()
        .gives(me())
        .refuses(&[401, 404, 409]),
    ]
}

fn open() -> Vec<Route> {
    let open = Group::Open;
    vec![
        Route::new(
            "google_callback",
            "GET /api/auth/google/callback",
            open,
            "The way back from Google: a page that leads on.",
            google::callback,
        )
        .asks::<round_trip::Back>()
        .answers(200, PAGE, text()),
        Route::new(
            "gmail_callback",
            "GET /api/gmail/callback",
            open,
            "The way back from the consent to use a Gmail account: a page that leads on.",
            gmail::callback,
        )
        .asks::<round_trip::Back>()
        .answers(200, PAGE, text()),
        Route::new(
            "csrf_token",
            "GET /api/csrf-token",
            open,
            "The token for X-CSRF-Token, good for an hour with the session that asks.",
            session::csrf_token,
        )
        .gives(object([("token", text())])),
        Route::new("openapi", "GET /api/openapi.json", open, "This description.", openapi::serve)
            .gives(anything()),
        Route::new("health", "GET /health", open, "Whether the process lives.", health::health).gives(
            object([("ok", json!({ "const": true })), ("timestamp", instant()), ("uptime", number())]),
        ),
        Route::new("ready", "GET /ready", open, "Whether this node can take work.", health::ready)
            .gives(readiness())
            .answers(503, "application/json", readiness()),
        Route::new(
            "metrics",
            "GET /metrics",
            open,
            "Counts for a monitor, with the token of server.metrics_token as Authorization: Bearer.",
            metrics::metrics,
        )
        .answers(200, metrics::KIND, text())
        .refuses(&[401, 404]),
        Route::new(
            "voicemail_recording",
            "GET /media/vm/{file}",
            open,
            "A spoken text, by an address that is signed and ends.",
            media::voicemail,
        )
        .asks::<media::Query>()
        .answers(200, "audio/mpeg", text())
        .answers(206, "audio/mpeg", text())
        .refuses(&[416, 503]),
        Route::new(
            "track_open",
            "GET /t/o/{token}",
            open,
            "A picture in a mail, which tells that it was opened.",
            tracking::opened,
        )
        .answers(200, "image/gif", text()),
        Route::new(
            "track_click",
            "GET /t/c/{token}",
            open,
            "A link in a mail, which leads on.",
            tracking::clicked,
        )
        .sends(302, &["location"]),
        Route::new(
            "unsubscribe_page",
            "GET /u/{token}",
            open,
            "A page with a button to unsubscribe.",
            tracking::unsubscribe_page,
        )
        .answers(200, PAGE, text()),
        Route::new(
            "unsubscribe",
            "POST /u/{token}",
            open,
            "Unsubscribe with one click (RFC 8058).",
            tracking::unsubscribe,
        )
        .takes_raw(FORM, false)
        .answers(200, PAGE, text()),
    ]
}
