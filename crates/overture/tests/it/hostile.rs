//! What nobody sends by accident (P-X3, P-X7): each is refused in the one shape, with the right code, and changes nothing.

use crate::kit::*;
use axum::{body::Body, http::Request};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

both! {
    bodies_that_two_readers_understand_differently_are_refused,
    what_is_no_text_is_refused_wherever_it_stands,
    unknown_fields_are_refused_by_every_operation_that_writes,
}

/// A token in the shape that other systems take; ours are no such thing, whatever they say.
fn jwt(key: &[u8], claims: &Value) -> String {
    jsonwebtoken::encode(&Header::default(), claims, &EncodingKey::from_secret(key)).unwrap()
}

fn unsigned(claims: &Value) -> String {
    let part = |value: &Value| B64.encode(value.to_string());
    format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(claims))
}

#[tokio::test]
async fn made_up_tokens_open_nothing() {
    let app = TestApp::sqlite().await;
    let me = app.scope.member.clone().unwrap();
    let now = app.app.real_ms() / 1000;
    let claims =
        |from: i64, until: i64| json!({ "sub": me, "role": "admin", "nbf": from, "iat": from, "exp": until });
    let good = claims(now, now + 3600);
    let secret = app.admin.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    let tokens = [
        ("alg none", unsigned(&good)),
        ("another key", jwt(b"another key", &good)),
        ("an empty key", jwt(b"", &good)),
        ("our own session as the key", jwt(secret.as_bytes(), &good)),
        ("expired", jwt(b"secret", &claims(now - 7200, now - 3600))),
        ("of the future", jwt(b"secret", &claims(now + 3600, now + 7200))),
        ("a session with one letter more", format!("{secret}x")),
        ("a session with one letter less", secret[1..].to_owned()),
        ("a session in capitals", secret.to_uppercase()),
        ("an id", me.to_string()),
        ("quoted", format!("\"{secret}\"")),
        ("10 kB", "x".repeat(10_000)),
        ("SQL", "' or '1'='1".into()),
        ("half a percent code", "%00%".into()),
        ("bytes above ASCII", "\u{fc}\u{fc}".into()),
        ("blank", " ".into()),
        ("only dots", "..".into()),
    ];
    for (what, token) in tokens {
        for header in ["cookie", "authorization", "x-api-key"] {
            let value = match header {
                "cookie" => format!("overture_session={token}; overture_refresh={token}"),
                "authorization" => format!("Bearer {token}"),
                _ => token.clone(),
            };
            for (method, path) in
                [("GET", "/api/contacts"), ("POST", "/api/contacts"), ("POST", "/api/auth/logout")]
            {
                let request = Request::builder().method(method).uri(path).header(header, value.as_bytes());
                let answer = Client::anonymous(&app.app).send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(answer.status, 401, "{what} as {header}: {}", answer.brief());
                assert!([401, 1001, 1005].contains(&answer.code()), "{what} as {header}: {}", answer.brief());
                answer.assert_error_shape(what);
            }
        }
        let request = Request::builder().method("POST").uri("/api/auth/refresh");
        let request = request.header("cookie", format!("overture_refresh={token}").as_bytes());
        let answer = Client::anonymous(&app.app).send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 401, "{what} to be renewed");
        let mut forged = app.admin.clone();
        forged.csrf = None;
        let request = Request::builder()
            .method("POST")
            .uri("/api/sending/stop")
            .header("x-csrf-token", token.as_bytes());
        let request = request.header("cookie", forged.cookie.clone().unwrap());
        let answer = forged.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.brief(), "403 1003", "{what} against forged requests");
    }
}

/// What it is, headers, and the answer.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a str);

#[tokio::test]
async fn headers_that_say_two_things_say_nothing() {
    let app = TestApp::sqlite().await;
    let made = app.admin.post("/api/api-keys", json!({ "name": "K", "scopes": ["*"] })).await;
    let key = made["key"].as_str().unwrap().to_owned();
    let (bearer, cookie) = (format!("Bearer {key}"), app.admin.cookie.clone().unwrap());
    let csrf = app.admin.csrf.clone().unwrap();
    let long = "x".repeat(10_240);
    let cases: [Case<'_>; 13] = [
        ("a key", vec![("authorization", &bearer)], "200 0"),
        ("the same key twice", vec![("authorization", &bearer), ("authorization", &bearer)], "401 1005"),
        ("a key and another", vec![("x-api-key", &key), ("x-api-key", "ovk_x")], "401 1005"),
        ("two ways at once", vec![("authorization", "Bearer x"), ("x-api-key", &key)], "401 1005"),
        ("another scheme", vec![("authorization", "Basic eDp5")], "401 1005"),
        ("no scheme", vec![("authorization", &key)], "401 1005"),
        ("a long key", vec![("x-api-key", &long)], "401 1005"),
        ("a session", vec![("cookie", &cookie), ("x-csrf-token", &csrf)], "200 0"),
        (
            "a session twice",
            vec![("cookie", &cookie), ("cookie", "overture_session=x"), ("x-csrf-token", &csrf)],
            "401 401",
        ),
        (
            "a token twice",
            vec![("cookie", &cookie), ("x-csrf-token", &csrf), ("x-csrf-token", "x")],
            "403 1003",
        ),
        ("a long token", vec![("cookie", &cookie), ("x-csrf-token", &long)], "403 1003"),
        (
            "a long cookie beside",
            vec![("cookie", &cookie), ("cookie", &long), ("x-csrf-token", &csrf)],
            "200 0",
        ),
        ("a long header beside", vec![("authorization", &bearer), ("x-request-id", &long)], "200 0"),
    ];
    for (what, headers, expected) in cases {
        let mut request = Request::builder().method("POST").uri("/api/sending/stop");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = Client::anonymous(&app.app).send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.brief(), expected, "{what}");
        if expected != "200 0" {
            answer.assert_error_shape(what);
        }
    }
    for name in ["content-type", "idempotency-key", "origin", "user-agent", "accept", "x-forwarded-for"] {
        let headers = [(name, long.as_str())];
        let answer = app.admin.raw("POST", "/api/sending/resume", &headers, Body::empty()).await;
        assert!(answer.status.as_u16() < 500, "{name}: {}", answer.brief());
    }
    // No client lets a line end into a header; nor does the library that reads them.
    for bad in ["a\r\nset-cookie: x=1", "a\nb", "a\0b"] {
        assert!(axum::http::HeaderValue::from_str(bad).is_err(), "{bad:?}");
    }
}

async fn bodies_that_two_readers_understand_differently_are_refused(app: TestApp) {
    let deep =
        |open: &str, close: &str| format!("{{\"email\":{}1{}}}", open.repeat(10_000), close.repeat(10_000));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("lists 10,000 deep", deep("[", "]").into_bytes(), "400 400"),
        ("objects 10,000 deep", deep("{\"a\":", "}").into_bytes(), "400 400"),
        ("a name twice", br#"{"email":"a@b.example","email":"c@d.example"}"#.to_vec(), "400 400"),
        (
            "a name twice, once in code",
            br#"{"email":"a@b.example","\u0065mail":"c@d.example"}"#.to_vec(),
            "400 400",
        ),
        (
            "a name twice, further in",
            br#"{"custom":{"a":1,"a":2},"email":"a@b.example"}"#.to_vec(),
            "400 400",
        ),
        ("1e999", br#"{"email":1e999}"#.to_vec(), "400 400"),
        ("-1e999", br#"{"email":-1e999}"#.to_vec(), "400 400"),
        ("a long number", format!("{{\"email\":{}}}", "9".repeat(5_000)).into_bytes(), "400 400"),
        ("NaN", br#"{"email":NaN}"#.to_vec(), "400 400"),
        ("a high surrogate alone", br#"{"email":"\ud800@b.example"}"#.to_vec(), "400 400"),
        ("a low surrogate alone", br#"{"email":"\udfff@b.example"}"#.to_vec(), "400 400"),
        ("surrogates in bytes", b"{\"email\":\"\xed\xa0\x80@b.example\"}".to_vec(), "400 400"),
        ("overlong UTF-8", b"{\"email\":\"\xc0\xaf@b.example\"}".to_vec(), "400 400"),
        ("__proto__", br#"{"__proto__":{"role":"admin"},"email":"a@b.example"}"#.to_vec(), "422 4001"),
        ("constructor", br#"{"constructor":{"prototype":{}},"email":"a@b.example"}"#.to_vec(), "422 4001"),
        ("a byte order mark", b"\xef\xbb\xbf{\"email\":\"a@b.example\"}".to_vec(), "400 400"),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec(), "400 400"),
        ("NUL in code", br#"{"first_name":"a\u0000b","email":"a@b.example"}"#.to_vec(), "422 4001"),
        ("NUL in a name", br#"{"first_name\u0000":"a","email":"a@b.example"}"#.to_vec(), "422 4001"),
        ("NUL as it is", b"{\"first_name\":\"a\0b\",\"email\":\"a@b.example\"}".to_vec(), "400 400"),
        ("NUL behind the end", b"{\"email\":\"a@b.example\"}\0".to_vec(), "400 400"),
        ("two objects", br#"{"email":"a@b.example"}{}"#.to_vec(), "400 400"),
        ("a comma too many", br#"{"email":"a@b.example",}"#.to_vec(), "400 400"),
        ("a comment", br#"{/**/"email":"a@b.example"}"#.to_vec(), "400 400"),
        ("a list", br"[]".to_vec(), "400 400"),
        ("null", br"null".to_vec(), "400 400"),
    ];
    for (what, body, expected) in cases {
        for path in ["/api/contacts", "/api/profile/password", "/api/auth/login"] {
            let answer =
                app.admin.raw("POST", path, &[("content-type", "application/json")], body.clone()).await;
            assert_eq!(answer.brief(), expected, "{what} to {path}: {}", answer.json());
            answer.assert_error_shape(what);
        }
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonx",
        "",
        "a/b/c",
    ] {
        for path in ["/api/contacts", "/api/profile/password", "/api/auth/login"] {
            let answer = app.admin.raw("POST", path, &[("content-type", kind)], "{}").await;
            assert_eq!(answer.brief(), "415 415", "{kind:?} to {path}");
            answer.assert_error_shape(kind);
        }
    }
    let huge = format!("{{\"email\":\"{}\"}}", "a".repeat(2 << 20));
    for path in ["/api/contacts", "/api/profile/password", "/api/auth/login"] {
        let answer = app.admin.raw("POST", path, &[("content-type", "application/json")], huge.clone()).await;
        assert_eq!(answer.brief(), "413 413", "{path}");
        answer.assert_error_shape(path);
    }
    assert_eq!(app.admin.get("/api/contacts").await["total"], 0);
}

async fn what_is_no_text_is_refused_wherever_it_stands(app: TestApp) {
    let id = app.ann().await;
    let paths = [
        ("an encoded slash", "/api/contacts/..%2fsettings".to_owned(), "422 4001"),
        ("dots", "/api/contacts/..".to_owned(), "422 4001"),
        ("encoded dots", "/api/contacts/%2e%2e".to_owned(), "422 4001"),
        ("a way out", "/api/contacts/../settings".to_owned(), "404 404"),
        ("NUL", format!("/api/contacts/{id}%00"), "422 4001"),
        ("overlong UTF-8", "/api/contacts/%c0%ae%c0%ae".to_owned(), "400 400"),
        ("half a code", "/api/contacts/%".to_owned(), "422 4001"),
        ("a high byte", "/api/contacts/%ff".to_owned(), "400 400"),
        ("a line end", format!("/api/contacts/{id}%0d%0aset-cookie:x"), "404 404"),
        ("an encoded slash to a file", format!("/api/imports/..%2f{id}/rejected.csv"), "404 404"),
        ("NUL to a file", "/api/imports/%00/rejected.csv".to_owned(), "404 404"),
        ("overlong UTF-8 to a file", "/api/imports/%c0%af/rejected.csv".to_owned(), "400 400"),
        ("NUL to search for", "/api/contacts?search=%00".to_owned(), "422 4001"),
        ("NUL as a name", "/api/contacts?%00=1".to_owned(), "422 4001"),
        ("NUL in a cursor", "/api/contacts?cursor=1.%00".to_owned(), "422 4001"),
        ("a name twice", "/api/contacts?search=a&search=b".to_owned(), "422 4001"),
        ("the id once more", format!("/api/contacts/{id}?id={id}"), "422 4001"),
        ("a name that nobody knows", "/api/contacts?role=admin".to_owned(), "422 4001"),
        ("a number that is none", "/api/contacts?limit=1e3x".to_owned(), "422 4001"),
        ("a number without end", "/api/contacts?limit=99999999999999999999".to_owned(), "422 4001"),
        ("NUL of the audit log", "/api/audit.csv?action=%00".to_owned(), "422 4001"),
        ("a name that the log does not know", "/api/audit.csv?role=admin".to_owned(), "422 4001"),
    ];
    for (what, path, expected) in paths {
        let answer = app.admin.raw("GET", &path, &[], Body::empty()).await;
        assert_eq!(answer.brief(), expected, "{what}: {path} {}", answer.json());
        answer.assert_error_shape(what);
    }
    for path in ["/t/c/%00", "/u/%00", "/u/%c0%ae", "/t/c/..%2f..", "/webhooks/email?sender=%00", "/u/x%2fy"]
    {
        for method in ["GET", "POST"] {
            let answer = app.admin.raw(method, path, &[], Body::empty()).await;
            assert!(answer.status.is_client_error(), "{method} {path}: {}", answer.brief());
            answer.assert_error_shape(path);
        }
    }
    let picture = app.admin.raw("GET", "/t/o/%00", &[], Body::empty()).await;
    assert_eq!(
        (picture.status.as_u16(), picture.headers["content-type"].to_str().unwrap()),
        (200, "image/gif")
    );
    let in_query = app.admin.raw("POST", "/api/contacts?email=a@b.example", &[], Body::empty()).await;
    assert_eq!(in_query.brief(), "422 4001");
}

/// Of every operation that takes JSON: one name more than it knows.
async fn unknown_fields_are_refused_by_every_operation_that_writes(app: TestApp) {
    let mut walked = 0;
    for (path, methods) in contract::document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Some(content) = operation["requestBody"]["content"].get("application/json") else { continue };
            // What providers and other people's relayers post is theirs: they add to it without notice.
            let theirs = ["/webhooks/", "/api/relayer/mark-", "/api/bonzo/"];
            if theirs.iter().any(|begin| path.starts_with(begin)) {
                continue;
            }
            assert_eq!(content["schema"]["additionalProperties"], false, "{method} {path}");
            let address = path.replace("{id}", "con_00000000000000000000000000");
            for name in ["__proto__", "constructor", "workspace", "isAdmin"] {
                let client = Client::of(&app.app, &app.scope).await;
                let answer = client
                    .call(&method.to_uppercase(), &address, &json!({ name: { "role": "admin" } }))
                    .await;
                // A passkey is looked for by an id that is none.
                assert!(
                    ["422 4001", "404 404"].contains(&answer.brief().as_str()),
                    "{method} {path} {name}: {}",
                    answer.json()
                );
                answer.assert_error_shape(path);
            }
            walked += 1;
        }
    }
    assert!(walked > 60, "the walk has become short: {walked}");
}
