//! The control API's own manners.

use sandbox::Options;
use serde_json::json;

use crate::kit::{client, deaf, look, order, start};

#[tokio::test]
async fn nonsense_is_answered_with_what_is_wrong() {
    let sandbox = deaf().await;
    for (path, body, says) in [
        ("/_sandbox/fault", json!({"provider": "twilio"}), "give one, a list"),
        (
            "/_sandbox/fault",
            json!({"provider": "twilio", "kind": "explode"}),
            "there is no fault \"explode\"",
        ),
        ("/_sandbox/fault", json!({"provider": "smtp", "kind": "html"}), "cannot happen"),
        ("/_sandbox/config", json!({"webhook_base": "nowhere"}), "is not a URL"),
        ("/_sandbox/config", json!({"webhook": "http://127.0.0.1"}), "unknown field"),
        (
            "/_sandbox/reply",
            json!({"channel": "fax", "to": "a", "text": "b"}),
            "email, sms, whatsapp, messenger, tiktok and voicemail",
        ),
        ("/_sandbox/reply", json!({"channel": "sms", "to": "+15558675310"}), "needs a text"),
    ] {
        let (status, answer) = order(&sandbox, path, body).await;
        assert!(status.is_client_error(), "{path}: {status}");
        assert!(answer["error"].as_str().is_some_and(|error| error.contains(says)), "{path}: {answer}");
    }
    let url = format!("{}/_sandbox/fault", sandbox.http_url());
    let cut = client().post(url).header("content-type", "application/json").body("{\"pro").send().await;
    assert_eq!(cut.expect("an answer").status(), 400);
    assert!(look(&sandbox, "/_sandbox/messages?channel=fax").await["error"].is_string());
    assert_eq!(look(&sandbox, "/_sandbox/nothing").await["code"], 20404);
}

#[tokio::test]
async fn the_configuration_can_change() {
    let sandbox = deaf().await;
    let (status, answer) = order(
        &sandbox,
        "/_sandbox/config",
        json!({"webhook_base": "http://127.0.0.1:3000/", "people": true}),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(answer, json!({"webhook_base": "http://127.0.0.1:3000", "people": true}));
    assert_eq!(look(&sandbox, "/_sandbox/state").await["people"], true);
}

#[tokio::test]
async fn it_starts_only_on_sense_and_stops_for_good() {
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = sandbox::start(Options { speed, ..Options::default() }).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("speed")));
    }
    let sandbox = start(Options::default()).await;
    let (http, smtp) = (sandbox.http_addr, sandbox.smtp_addr);
    let taken = sandbox::start(Options { http, ..Options::default() }).await;
    assert!(taken.is_err_and(|error| error.to_string().contains("cannot listen")));
    // A hanging client does not hold the shutdown up.
    let held = tokio::net::TcpStream::connect(smtp).await.expect("a connection");
    sandbox.shutdown().await;
    drop(held);
    assert!(tokio::net::TcpStream::connect(http).await.is_err());
    assert!(tokio::net::TcpStream::connect(smtp).await.is_err());
}
