//! Voicemail as the product meets it: ElevenLabs speaks a text, Slybroadcast fetches the recording and drops it. The speech
//! is noise that lasts as long as the text would.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::fault::{Hit, Kind, Place};
use crate::line::Cut;
use crate::shelf::{Item, Shelf};
use crate::twilio::{hang, sever};
use crate::world::{World, locked};
use crate::{Options, clock, people};

/// Bytes of a second of MP3 at 128 kbit.
const SECOND: usize = 16_000;
/// Letters that somebody says in a second.
const LETTERS: usize = 15;

/// A voicemail that was ordered.
#[derive(Debug, Clone)]
pub(crate) struct Drop {
    pub(crate) at: i64,
    /// The product's own id: the title of the campaign.
    pub(crate) key: Option<Box<str>>,
    /// In E.164.
    pub(crate) to: Box<str>,
    pub(crate) from: Box<str>,
    /// Where the recording is.
    pub(crate) audio: Box<str>,
    pub(crate) callback: Option<Box<str>>,
    /// `now`, or the Eastern time that was asked for; and until when.
    pub(crate) date: Box<str>,
    pub(crate) end: Option<Box<str>>,
    /// What became of it; nothing yet.
    pub(crate) status: &'static str,
}

impl Item for Drop {
    fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    fn recipients(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.to)
    }

    fn at(&self) -> i64 {
        self.at
    }

    fn weight(&self) -> usize {
        let texts = [Some(&self.to), Some(&self.audio), self.key.as_ref(), self.callback.as_ref()];
        size_of::<Drop>() + texts.iter().flatten().map(|text| text.len()).sum::<usize>()
    }
}

/// What is known of voicemails and of what was spoken.
pub(crate) struct Voicemails {
    pub(crate) shelf: Mutex<Shelf<Drop>>,
    /// Letters that were paid for, and how often.
    pub(crate) letters: AtomicU64,
    pub(crate) texts: AtomicU64,
}

impl Voicemails {
    pub(crate) fn new(keep: usize) -> Voicemails {
        Voicemails {
            shelf: Mutex::new(Shelf::new(keep)),
            letters: AtomicU64::new(0),
            texts: AtomicU64::new(0),
        }
    }
}

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/elevenlabs/v1/voices/{voice}", get(voice))
        .route("/elevenlabs/v1/text-to-speech/{voice}", post(speak))
        .route("/gateway/vmb.php", post(order))
}

/// The number that Slybroadcast knows a campaign by.
pub(crate) fn session(world: &World, number: u64) -> String {
    (u64::try_from(world.sid_of(number) >> 64).unwrap_or_default() % 9_000_000_000 + 1_000_000_000)
        .to_string()
}

/// The status with which ElevenLabs says a word.
fn status_with(word: &str) -> StatusCode {
    match word {
        "invalid_api_key" | "quota_exceeded" => StatusCode::UNAUTHORIZED,
        "too_many_concurrent_requests" | "system_busy" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn detail(status: StatusCode, word: &str) -> Response {
    let body = json!({ "detail": { "status": word, "message": "Said by the sandbox" } });
    crate::twilio::json(status, body.to_string().into_bytes())
}

fn turn_away(headers: &HeaderMap, voice: &str) -> Option<Response> {
    let key = headers.get("xi-api-key").and_then(|value| value.to_str().ok());
    if key != Some(Options::ELEVENLABS_KEY) {
        return Some(detail(StatusCode::UNAUTHORIZED, "invalid_api_key"));
    }
    (voice != Options::ELEVENLABS_VOICE).then(|| detail(StatusCode::BAD_REQUEST, "voice_not_found"))
}

async fn voice(Path(voice): Path<String>, headers: HeaderMap) -> Response {
    turn_away(&headers, &voice).unwrap_or_else(|| {
        crate::twilio::json(
            StatusCode::OK,
            json!({ "voice_id": voice, "name": "Sandbox" }).to_string().into_bytes(),
        )
    })
}

async fn speak(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(voice): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(answer) = turn_away(&headers, &voice) {
        return answer;
    }
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(text) = request["text"].as_str().filter(|text| !text.is_empty()) else {
        let body =
            json!({ "detail": [{ "loc": ["body", "text"], "msg": "field required", "type": "missing" }] });
        return crate::twilio::json(StatusCode::UNPROCESSABLE_ENTITY, body.to_string().into_bytes());
    };
    if query.get("output_format").map(String::as_str) != Some("mp3_44100_128") {
        return detail(StatusCode::BAD_REQUEST, "output_format_not_allowed");
    }
    let letters = text.chars().count();
    if letters > 10_000 {
        return detail(StatusCode::BAD_REQUEST, "max_character_limit_exceeded");
    }
    match world.faults.draw(Place::ElevenlabsSpeak) {
        None => said(&world, letters),
        Some(hit) => match hit.kind {
            Kind::Status(status) => hit.refusal(crate::twilio::json(status_of(status), b"{}".to_vec())),
            Kind::Named(word) => hit.refusal(detail(status_with(word), word)),
            Kind::Malformed | Kind::Empty => crate::twilio::json(StatusCode::OK, Vec::new()),
            Kind::Html => crate::twilio::page(),
            Kind::Slow => {
                world.rest(hit.delay).await;
                said(&world, letters)
            }
            Kind::Timeout => hang(&world, &cut, hit).await,
            _ => sever(&cut),
        },
    }
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The recording, and its price.
fn said(world: &World, letters: usize) -> Response {
    world.voicemails.texts.fetch_add(1, Ordering::Relaxed);
    world.voicemails.letters.fetch_add(letters as u64, Ordering::Relaxed);
    let mut mp3 = vec![0x55; letters * SECOND / LETTERS];
    mp3.splice(..mp3.len().min(4), [0xff, 0xfb, 0x90, 0x64]);
    ([(header::CONTENT_TYPE, "audio/mpeg"), (header::HeaderName::from_static("request-id"), "sandbox")], mp3)
        .into_response()
}

fn plain(text: impl Into<String>) -> Response {
    ([(header::CONTENT_TYPE, "text/html")], text.into()).into_response()
}

fn refused(world: &World, why: &str) -> Response {
    locked(&world.voicemails.shelf).ledger.refused += 1;
    plain(format!("ERROR\n{why}"))
}

async fn order(State(world): State<Arc<World>>, ConnectInfo(cut): ConnectInfo<Cut>, body: Bytes) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("c_uid") != Options::SLYBROADCAST_UID {
        return refused(&world, "c_uid: required");
    }
    if field("c_password") != Options::SLYBROADCAST_PASSWORD {
        return refused(&world, "c_password: wrong");
    }
    if field("remain_message") == "1" {
        return plain("remaining messages=4200\npending messages=0");
    }
    let drop = match read(&field) {
        Ok(drop) => drop,
        Err(why) => return refused(&world, why),
    };
    match world.faults.draw(Place::SlybroadcastSend) {
        None => accept(&world, drop),
        Some(hit) => suffer(&world, &cut, hit, drop).await,
    }
}

/// What Slybroadcast writes under its `ERROR`.
fn said_of(word: &str) -> &'static str {
    match word {
        "c_uid" => "c_uid: required",
        "c_password" => "c_password: wrong",
        "c_callerid" => "c_callerID: not verified",
        "c_phone" => "c_phone: invalid",
        "bad_audio" => "Bad Audio, can't download",
        "balance" => "Insufficient balance",
        _ => "something else",
    }
}

fn is_number(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `now`, or `2026-06-15 06:00:00`.
fn is_date(text: &str) -> bool {
    text == "now"
        || text.len() == 19
            && text.bytes().zip(b"0000-00-00 00:00:00").all(|(byte, like)| shaped(byte, *like))
}

fn is_time(text: &str) -> bool {
    text.len() == 8 && text.bytes().zip(b"00:00:00").all(|(byte, like)| shaped(byte, *like))
}

fn shaped(byte: u8, like: u8) -> bool {
    if like == b'0' { byte.is_ascii_digit() } else { byte == like }
}

fn read<'a>(field: &impl Fn(&str) -> &'a str) -> Result<Drop, &'static str> {
    let (phone, caller) = (field("c_phone"), field("c_callerID"));
    if !is_number(phone) {
        return Err("c_phone: required");
    }
    if !is_number(caller) {
        return Err("c_callerID: required");
    }
    if !is_date(field("c_date")) {
        return Err("c_date: required");
    }
    let end = Some(field("c_endtime")).filter(|end| !end.is_empty());
    if !end.is_none_or(is_time) {
        return Err("c_endtime: must look like 21:00:00");
    }
    if field("c_audio") != "mp3" || !field("c_url").starts_with("http") {
        return Err("c_url: required");
    }
    let given = |name: &str| Some(field(name)).filter(|text| !text.is_empty()).map(Into::into);
    Ok(Drop {
        at: clock::now_ms(),
        key: given("c_title"),
        to: format!("+1{phone}").into(),
        from: format!("+1{caller}").into(),
        audio: field("c_url").into(),
        callback: given("c_dispo_url"),
        date: field("c_date").into(),
        end: end.map(Into::into),
        status: "accepted",
    })
}

/// Counts and keeps it, lets its recipient know, and answers.
fn accept(world: &Arc<World>, drop: Drop) -> Response {
    let number = locked(&world.voicemails.shelf).add(drop.clone(), |number| session(world, number));
    if world.people_on() {
        people::receive_voicemail(world, number, drop);
    }
    plain(format!("OK\nsession_id={}\nnumber of phone=1", session(world, number)))
}

async fn suffer(world: &Arc<World>, cut: &Cut, hit: Hit, drop: Drop) -> Response {
    match hit.kind {
        Kind::Status(status) => hit.refusal((status_of(status), "").into_response()),
        Kind::Named(word) => refused(world, said_of(word)),
        Kind::Malformed => plain("O"),
        Kind::Empty => plain(""),
        Kind::Html => crate::twilio::page(),
        Kind::AcceptThen500 => {
            accept(world, drop);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Kind::AcceptThenGarbage => {
            accept(world, drop);
            plain("OK\n\u{0}<<garbage>>")
        }
        Kind::AcceptThenHang => {
            accept(world, drop);
            hang(world, cut, hit).await
        }
        Kind::AcceptThenReset => {
            accept(world, drop);
            sever(cut)
        }
        Kind::LateApply => {
            let late = Arc::clone(world);
            world.spawn(async move {
                if late.rest(hit.delay).await {
                    accept(&late, drop);
                }
            });
            sever(cut)
        }
        Kind::Slow => {
            let slow = Arc::clone(world);
            let work = tokio::spawn(async move { slow.rest(hit.delay).await.then(|| accept(&slow, drop)) });
            match work.await {
                Ok(Some(answer)) => answer,
                Ok(None) | Err(_) => sever(cut),
            }
        }
        Kind::Timeout => hang(world, cut, hit).await,
        _ => sever(cut),
    }
}

/// Notes what became of a kept one.
pub(crate) fn progress(world: &World, number: u64, status: &'static str) {
    if let Some(drop) = locked(&world.voicemails.shelf).get_mut(number) {
        drop.status = status;
    }
}
