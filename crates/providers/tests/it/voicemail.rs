//! Voicemail: what ElevenLabs is asked to speak, what Slybroadcast is asked to drop, what each answer means.

use crate::{
    ClosesAfter, outgoing,
    twilio_server::{Answer, Server},
};
use providers::{
    Api, Class, Fail, Found, Http, Open, Outgoing, by_id,
    elevenlabs::{self, Voice},
    slybroadcast,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

fn http() -> Http {
    Http::with_timeout(Duration::from_secs(10))
}

fn credentials(url: &str) -> Value {
    json!({"uid": "rep@overture.example", "password": "s3cret & more", "elevenlabs_api_key": "xi-key", "voice_id": "21m00Tcm",
           "base_url": url, "elevenlabs_base_url": url})
}

fn api(url: &str) -> Box<dyn Api> {
    (by_id("slybroadcast").unwrap().connect)(&http(), &credentials(url)).unwrap()
}

fn voice(url: &str) -> Voice {
    Voice::open(&http(), url, "xi-key", "21m00Tcm", "eleven_multilingual_v2").unwrap()
}

fn message() -> Outgoing {
    Outgoing {
        from: "+12025550199".into(),
        audio_url: Some("https://o.example/media/vm/rec_1.mp3?until=1&signature=x".into()),
        status_callback: Some("https://o.example/webhooks/slybroadcast?sender=snd_1&m=msg_1".into()),
        // Six in the evening in New York; where they are calls end at nine in the evening, which is midnight there.
        date_ms: 1_781_560_800_000,
        until_ms: Some(1_781_582_400_000),
        ..outgoing("+12025550123")
    }
}

fn said(body: &str) -> Answer {
    Answer::of("200 OK", "Content-Type: text/html\r\n", body)
}

#[tokio::test]
async fn a_drop_is_ordered_with_every_field_as_documented() {
    let server = Server::start(vec![said("OK\nsession_id=9123456789\nnumber of phone=1")]).await;
    let receipt = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap();
    assert_eq!(receipt.provider_message_id, "9123456789");
    let earlier = Outgoing { until_ms: Some(1_781_571_600_000), ..message() };
    api(&server.url).send(&earlier, Arc::new(Open)).await.unwrap();
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /vmb.php HTTP/1.1"));
    let form = |request: &str| -> Vec<(String, String)> {
        form_urlencoded::parse(request.split_once("\r\n\r\n").unwrap().1.as_bytes()).into_owned().collect()
    };
    let pairs = form(&requests[0]);
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        pairs,
        [
            ("c_uid", "rep@overture.example"),
            ("c_password", "s3cret & more"),
            ("c_phone", "2025550123"),
            ("c_callerID", "2025550199"),
            ("c_date", "now"),
            ("c_url", "https://o.example/media/vm/rec_1.mp3?until=1&signature=x"),
            ("c_audio", "mp3"),
            ("mobile_only", "1"),
            ("c_title", "msg_01jd0m5s7x8y9z0a1b2c3d4e5f"),
            ("c_endtime", "23:59:59"),
            ("c_dispo_url", "https://o.example/webhooks/slybroadcast?sender=snd_1&m=msg_1"),
        ]
    );
    assert!(form(&requests[1]).contains(&("c_endtime".into(), "21:00:00".into())), "{}", requests[1]);
}

#[tokio::test]
async fn the_class_of_every_answer_to_an_order() {
    use Class::{BadRecipient, Config, Permanent, Reauth, Throttle, Unknown};
    let cases = vec![
        (said("ERROR\nc_uid: required"), Reauth),
        (said("ERROR\nc_password: wrong"), Reauth),
        (said("ERROR\nc_callerID: not verified"), Config),
        (said("ERROR\nInsufficient balance"), Config),
        (said("ERROR\nc_phone: invalid"), BadRecipient),
        (said("ERROR\nBad Audio, can't download"), Permanent),
        (said("error: what nobody has seen"), Permanent),
        (said("ERROR"), Permanent),
        (said("OK"), Unknown),
        (said("OK\nsession_id=none"), Unknown),
        (said(""), Unknown),
        (said("<html>OK</html>"), Unknown),
        (Answer::of("302 Found", "Location: /vmb.php\r\n", "OK\nsession_id=1"), Unknown),
        (Answer::of("404 Not Found", "", "nothing"), Config),
        (Answer::of("429 Too Many Requests", "", ""), Throttle),
        (Answer::of("500 Internal Server Error", "", "ERROR\nc_uid: required"), Unknown),
        (Answer::of("503 Service Unavailable", "", ""), Unknown),
        (Answer::Close, Unknown),
    ];
    for (answer, class) in cases {
        let what = format!("{answer:?}");
        let server = Server::start(vec![answer]).await;
        let fail: Fail = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap_err();
        assert_eq!(fail.class, class, "{what}: {fail}");
        let shown = format!("{fail:?}");
        assert!(!shown.contains("2025550123") && !shown.contains("s3cret"), "{shown}");
    }
    let gone = api("http://127.0.0.1:9").send(&message(), Arc::new(Open)).await.unwrap_err();
    assert_eq!(gone.class, Class::Retry, "no connection, nothing sent");
}

#[tokio::test]
async fn what_cannot_be_dropped_is_refused_before_anybody_is_asked() {
    let server = Server::start(vec![said("OK\nsession_id=1")]).await;
    let api = api(&server.url);
    for (wrong, class) in [
        (Outgoing { audio_url: None, ..message() }, Class::Permanent),
        (Outgoing { to: "+4790000001".into(), ..message() }, Class::BadRecipient),
        (Outgoing { from: "+4790000001".into(), ..message() }, Class::Config),
    ] {
        assert_eq!(api.send(&wrong, Arc::new(Open)).await.unwrap_err().class, class);
    }
    for times in [0, 1] {
        let closing = Arc::new(ClosesAfter::asking(times));
        assert_eq!(api.send(&message(), closing).await.unwrap_err().class, Class::GaveBack);
    }
    assert!(server.requests().iter().all(|request| !request.contains("c_phone")), "{:?}", server.requests());
    assert_eq!(api.find(&message(), 0).await.unwrap(), Found::CannotKnow);
}

#[tokio::test]
async fn a_test_asks_both_and_says_whose_account_is_wrong() {
    let voices = || Answer::json("200 OK", &json!({"voice_id": "21m00Tcm"}));
    let detail = |status: &str, word: &str| {
        Answer::json(status, &json!({"detail": {"status": word, "message": "no"}}))
    };
    let left = |n: u32| said(&format!("remaining messages={n}\npending messages=0"));
    let cases = vec![
        (vec![left(12), voices()], None),
        (vec![left(12), detail("401 Unauthorized", "missing_permissions")], None),
        (vec![left(0)], Some((Class::Config, "no messages left"))),
        (vec![said("ERROR\nc_uid: required")], Some((Class::Reauth, "Slybroadcast"))),
        (vec![Answer::of("404 Not Found", "", "")], Some((Class::Config, "base URL"))),
        (vec![Answer::of("500 Oops", "", "")], Some((Class::Retry, "Slybroadcast"))),
        (vec![left(12), detail("401 Unauthorized", "invalid_api_key")], Some((Class::Reauth, "API key"))),
        (
            vec![left(12), detail("400 Bad Request", "voice_not_found")],
            Some((Class::Config, "no such voice")),
        ),
    ];
    for (answers, expected) in cases {
        let server = Server::start(answers).await;
        match (api(&server.url).check().await, expected) {
            (Ok(()), None) => {}
            (Err(fail), Some((class, words))) => {
                assert_eq!(fail.class, class, "{fail}");
                assert!(fail.message.contains(words), "{fail}");
            }
            (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
        }
    }
}

#[tokio::test]
async fn a_text_is_spoken_in_the_format_that_is_asked_for_in_the_query() {
    let mp3 = format!("ID3{}", "x".repeat(160_000));
    let server = Server::start(vec![Answer::of("200 OK", "Content-Type: audio/mpeg\r\n", &mp3)]).await;
    let voice = voice(&server.url);
    let speech = voice.speak("Hello Ada").await.unwrap();
    assert_eq!((speech.mp3.len(), speech.duration_ms()), (160_003, 10_000));
    let request = &server.requests()[0];
    assert!(
        request.starts_with("POST /v1/text-to-speech/21m00Tcm?output_format=mp3_44100_128 "),
        "{request}"
    );
    assert!(request.to_ascii_lowercase().contains("xi-api-key: xi-key"));
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body, json!({"text": "Hello Ada", "model_id": "eleven_multilingual_v2"}));
    // The same text in the same voice is the same recording, and nothing else is.
    let other =
        Voice::open(&http(), &server.url, "another-key", "21m00Tcm", "eleven_multilingual_v2").unwrap();
    assert_eq!(voice.key("Hello Ada"), other.key("Hello Ada"), "whoever pays");
    let flash = Voice::open(&http(), &server.url, "xi-key", "21m00Tcm", "eleven_flash_v2").unwrap();
    let keys = [voice.key("Hello Ada"), voice.key("Hello Bo"), flash.key("Hello Ada")];
    assert!(keys[0] != keys[1] && keys[0] != keys[2], "{keys:?}");
}

#[tokio::test]
async fn no_answer_of_the_voice_leaves_a_doubt() {
    use Class::{Config, Permanent, Retry, Throttle};
    let detail = |status: &str, word: &str| {
        Answer::json(status, &json!({"detail": {"status": word, "message": "no"}}))
    };
    let cases = vec![
        (detail("401 Unauthorized", "quota_exceeded"), Config),
        (detail("429 Too Many Requests", "system_busy"), Retry),
        (detail("429 Too Many Requests", "too_many_concurrent_requests"), Throttle),
        (detail("418 Teapot", "what_comes_next"), Permanent),
        (Answer::json("422 Unprocessable", &json!({"detail": [{"loc": ["body"], "msg": "no"}]})), Permanent),
        (Answer::of("403 Forbidden", "", ""), Config),
        (Answer::of("502 Bad Gateway", "", "<html>"), Retry),
        (Answer::of("200 OK", "", ""), Retry),
        (Answer::of("200 OK", "", "<html>come back later</html>"), Retry),
        (Answer::Close, Retry),
        (Answer::Endless(11), Retry),
    ];
    for (answer, class) in cases {
        let what = format!("{answer:?}");
        let server = Server::start(vec![answer]).await;
        let fail = voice(&server.url).speak("Hello Ada").await.unwrap_err();
        assert_eq!(fail.class, class, "{what}: {fail}");
        assert!(!format!("{fail:?}").contains("xi-key") && !fail.message.contains("Ada"));
    }
}

#[test]
fn credentials_that_do_not_fit_are_said_so() {
    let connect = by_id("slybroadcast").unwrap().connect;
    for (field, value, words) in [
        ("uid", json!(""), "user or the password"),
        ("password", json!(null), "Slybroadcast"),
        ("elevenlabs_api_key", json!("two words"), "API key"),
        ("voice_id", json!("../user"), "voice ID"),
        ("voice_id", json!(""), "voice ID"),
        ("model_id", json!("a b"), "model"),
        ("base_url", json!("ftp://x"), "base URL"),
        ("elevenlabs_base_url", json!("nowhere"), "ElevenLabs"),
    ] {
        let mut wrong = credentials("https://example.com");
        wrong[field] = value;
        let Err(fail) = connect(&http(), &wrong) else { panic!("{field} was taken") };
        assert_eq!(fail.class, Class::Config);
        assert!(fail.message.contains(words), "{field}: {fail}");
    }
}

/// The word of the table for a class of ours.
fn word(class: Class) -> &'static str {
    match class {
        Class::Unknown => "unknown_outcome",
        class => class.as_str(),
    }
}

#[test]
fn every_word_of_the_table_has_its_class() {
    let table: Value = serde_json::from_str(include_str!("../fixtures/more_error_classes.json")).unwrap();
    let mut seen = 0;
    for (said, class) in table["slybroadcast"]["error_text"].as_object().unwrap() {
        assert_eq!(word(slybroadcast::class_of(&format!("{said}: required"))), class, "{said}");
        seen += 1;
    }
    for (said, class) in table["elevenlabs"]["detail_status"].as_object().unwrap() {
        assert_eq!(elevenlabs::class_of(said).map(word), class.as_str(), "{said}");
        seen += 1;
    }
    assert_eq!(seen, 9);
}
