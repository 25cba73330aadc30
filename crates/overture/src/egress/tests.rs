//! Where requests of ours may go, whatever a name resolves to (P-X8).

use super::*;
use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::any as every};
use proptest::prelude::*;
use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, Ipv6Addr},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

fn closed() -> Rules {
    Rules::default()
}

#[test]
fn urls_into_private_places_are_refused_in_every_notation() {
    let table = [
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://0.0.0.0/",
        "http://0/",
        "http://10.0.0.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://172.16.0.1/",
        "http://172.31.255.255/",
        "http://192.0.0.192/",
        "http://192.168.0.1/",
        "http://198.18.0.1/",
        "http://198.19.255.255/",
        "http://224.0.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://[::]/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:8.8.8.8]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001::7f00:1]/",
        "http://[fc00::1]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://[ff02::1]/",
        "http://[5f00::1]/",
        "http://[2001:db8::1]/",
    ];
    for url in table {
        assert_eq!(closed().check(url), Err(Refused::private()), "{url}");
    }
}

#[test]
fn only_plain_web_addresses_are_taken() {
    let refused = [
        "",
        "example.com",
        "//example.com",
        "file:///etc/passwd",
        "gopher://example.com",
        "ftp://example.com/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "http://ok.com@127.0.0.1/",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "http://example.com:22/",
        "http://example.com:25/",
        "http://example.com:6379/",
        "http://example.com:0/",
        "http:///",
        "https://exa mple.com/",
    ];
    for url in refused {
        assert!(closed().check(url).is_err(), "{url}");
    }
    assert!(closed().check(&format!("https://example.com/{}", "a".repeat(3_000))).is_err());
    for url in
        ["https://example.com/hook?a=1", "http://example.com", "https://1.1.1.1/", "https://[2606:4700::1]/"]
    {
        assert!(closed().check(url).is_ok(), "{url}");
    }
    // A backslash ends the host, as in browsers: this one is ok.com, and it is the one that would be called.
    assert_eq!(closed().check("http://ok.com\\@127.0.0.1/").unwrap().host_str(), Some("ok.com"));
}

#[test]
fn what_the_configuration_names_is_allowed_and_nothing_beside_it() {
    let rules = Rules { private: vec!["10.1.2.0/24".parse().unwrap()], ports: vec![8443] };
    assert!(rules.check("http://10.1.2.9/").is_ok());
    assert!(rules.check("https://10.1.2.9:8443/").is_ok());
    assert!(rules.check("http://10.1.3.9/").is_err());
    assert!(rules.check("https://example.com:8444/").is_err());
    assert!(rules.check("http://[::ffff:10.1.2.9]/").is_err());
}

proptest! {
    /// However an IPv4 address is dressed up, it is judged as what it is or refused.
    #[test]
    fn every_notation_of_an_address_is_judged_alike(bits in any::<u32>()) {
        let address = Ipv4Addr::from(bits);
        let open = addresses::is_public(address.into());
        let [a, b, c, d] = address.octets();
        let notations = [
            format!("http://{bits}/"),
            format!("http://{bits:#x}/"),
            format!("http://0{bits:o}/"),
            format!("http://{a}.{}/", bits & 0x00ff_ffff),
            format!("http://{a:#x}.{b:#o}.{}/", bits & 0xffff).replace("0o", "0"),
            format!("http://{a}.{b}.{c}.{d}./"),
        ];
        for url in notations {
            prop_assert_eq!(closed().check(&url).is_ok(), open, "{}", url);
        }
        for inside in [
            Ipv6Addr::from(0xffff_0000_0000_u128 | u128::from(bits)),
            Ipv6Addr::from((0x64_ff9b_u128 << 96) | u128::from(bits)),
            Ipv6Addr::from((0x2002_u128 << 112) | (u128::from(bits) << 80)),
        ] {
            prop_assert!(!addresses::is_public(inside.into()), "{}", inside);
        }
    }

    /// The table of IPv4 agrees with what the standard library knows to be special.
    #[test]
    fn what_is_special_to_the_standard_library_is_not_public(bits in any::<u32>()) {
        let a = Ipv4Addr::from(bits);
        if a.is_private() || a.is_loopback() || a.is_link_local() || a.is_broadcast() || a.is_documentation()
            || a.is_unspecified() || a.is_multicast()
        {
            prop_assert!(!addresses::is_public(a.into()));
        }
    }
}

/// Gives the answers it was made with, one after the other.
struct Script(Mutex<VecDeque<Vec<IpAddr>>>);

impl Lookup for Script {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let next = self.0.lock().unwrap().pop_front().unwrap_or_default();
        Box::pin(async move { Ok(next) })
    }
}

type Seen = Arc<AtomicUsize>;

/// A server on every address of this machine: it counts who comes and answers by path.
async fn server() -> (u16, Seen) {
    let seen = Seen::default();
    let answer = |State(seen): State<Seen>, uri: axum::http::Uri| async move {
        seen.fetch_add(1, Ordering::SeqCst);
        match uri.path() {
            "/away" => (StatusCode::FOUND, [(LOCATION, "http://169.254.169.254/")]).into_response(),
            "/round" => (StatusCode::FOUND, [(LOCATION, "/round")]).into_response(),
            "/once" => (StatusCode::FOUND, [(LOCATION, "/")]).into_response(),
            "/long" => vec![b'x'; 200_000].into_response(),
            "/never" => std::future::pending().await,
            _ => "here".into_response(),
        }
    };
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().fallback(every(answer)).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (port, seen)
}

/// Egress that may reach 127.0.0.1, as if it were public, and nothing else of this machine.
async fn world(answers: &[&str]) -> (Egress, String, Seen) {
    let (port, seen) = server().await;
    let answers = answers.iter().map(|list| list.split(' ').map(|a| a.parse().unwrap()).collect()).collect();
    let rules = Rules { private: vec!["127.0.0.1/32".parse().unwrap()], ports: vec![port] };
    let egress = Egress::with_lookup(rules, Arc::new(Script(Mutex::new(answers))));
    (egress, format!("http://hook.example:{port}"), seen)
}

const SOON: Duration = Duration::from_secs(10);

async fn post(egress: &Egress, url: &str) -> Result<Answer, Refused> {
    egress.post(url, HeaderMap::new(), "{}", SOON).await
}

#[tokio::test]
async fn a_name_that_turns_private_at_the_second_question_is_refused_then() {
    let (egress, url, seen) = world(&["127.0.0.1", "127.0.0.2", "0.0.0.0", "::ffff:127.0.0.1"]).await;
    assert_eq!(post(&egress, &url).await.unwrap().body, b"here");
    for _ in 0..3 {
        assert_eq!(post(&egress, &url).await.unwrap_err(), Refused::private());
    }
    assert_eq!(seen.load(Ordering::SeqCst), 1, "no packet may reach the private address");
}

#[tokio::test]
async fn of_a_mixed_answer_only_the_allowed_addresses_are_used() {
    let (egress, url, seen) = world(&["127.0.0.2 10.0.0.1 127.0.0.1"]).await;
    assert_eq!(post(&egress, &url).await.unwrap().status, 200);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_post_follows_no_redirect_and_a_get_judges_each() {
    let (egress, url, seen) = world(&["127.0.0.1"; 20]).await;
    assert_eq!(post(&egress, &format!("{url}/away")).await.unwrap().status, 302);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    assert_eq!(egress.get(&format!("{url}/away"), SOON).await.unwrap_err(), Refused::private());
    assert_eq!(egress.get(&format!("{url}/once"), SOON).await.unwrap().body, b"here");
    let before = seen.load(Ordering::SeqCst);
    assert!(egress.get(&format!("{url}/round"), SOON).await.is_err());
    assert_eq!(seen.load(Ordering::SeqCst) - before, 1 + HOPS);
}

#[tokio::test]
async fn a_long_answer_is_cut_and_a_silent_one_given_up() {
    let (egress, url, _) = world(&["127.0.0.1"; 3]).await;
    assert_eq!(post(&egress, &format!("{url}/long")).await.unwrap().body.len(), MOST_OF_AN_ANSWER);
    let brief = Duration::from_millis(100);
    let silent = egress.post(&format!("{url}/never"), HeaderMap::new(), "", brief).await;
    assert_eq!(silent.unwrap_err(), Refused("There was no answer in time".into()));
    assert!(egress.get(&format!("{url}/never"), brief).await.is_err());
}
