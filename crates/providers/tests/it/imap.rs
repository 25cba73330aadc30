//! Reading a mailbox from a server that knows just enough IMAP, and writes down what it is told.

use providers::{Class, imap::poll};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

#[derive(Clone)]
struct Mailbox {
    validity: u32,
    mails: Vec<(u32, String)>,
    /// Answers to commands (by their second word) that differ from the usual ones; `""` hangs up.
    instead: Vec<(&'static str, &'static str)>,
    greeting: &'static str,
    /// How long it takes to answer a command for mails, by a clock that stands still otherwise.
    pace: Option<Duration>,
}

impl Mailbox {
    fn of(validity: u32, uids: impl IntoIterator<Item = u32>) -> Self {
        let mails =
            uids.into_iter().map(|uid| (uid, format!("From: a@b\r\nSubject: {uid}\r\n\r\nhello {uid}\r\n")));
        Self { validity, mails: mails.collect(), instead: Vec::new(), greeting: "* OK ready", pace: None }
    }
}

struct Server {
    credentials: Value,
    commands: Arc<Mutex<Vec<String>>>,
    mailbox: Arc<Mutex<Mailbox>>,
}

async fn serve(mailbox: Mailbox) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (commands, mailbox) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(mailbox)));
    let (noted, shared) = (commands.clone(), mailbox.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mailbox = shared.lock().unwrap().clone();
            tokio::spawn(talk(stream, mailbox, noted.clone()));
        }
    });
    let credentials = json!({"host": "127.0.0.1", "port": port, "username": "rep", "password": "pass word\"", "security": "none"});
    Server { credentials, commands, mailbox }
}

async fn talk(stream: TcpStream, mailbox: Mailbox, noted: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    if stream.write_all(format!("{}\r\n", mailbox.greeting).as_bytes()).await.is_err() {
        return;
    }
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        let (tag, command) = line.trim_end().split_once(' ').unwrap();
        noted.lock().unwrap().push(command.to_owned());
        if let Some(pace) = mailbox.pace.filter(|_| command.contains("BODY.PEEK")) {
            tokio::time::advance(pace).await;
        }
        let answer = answer(&mailbox, command).replace("TAG", tag);
        if answer.is_empty() || stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        line.clear();
    }
}

fn answer(mailbox: &Mailbox, command: &str) -> String {
    if let Some((_, answer)) = mailbox.instead.iter().find(|(verb, _)| command.starts_with(verb)) {
        return (*answer).to_owned();
    }
    let next = mailbox.mails.last().map_or(1, |(uid, _)| uid + 1);
    let untagged = if command.starts_with("EXAMINE") {
        format!(
            "* {} EXISTS\r\n* OK [UIDVALIDITY {}] ok\r\n* OK [UIDNEXT {next}] ok\r\n",
            mailbox.mails.len(),
            mailbox.validity
        )
    } else if let Some(range) = command.strip_prefix("UID SEARCH UID ") {
        let last = mailbox.mails.last().map(|(uid, _)| *uid);
        // As real servers do: `n:*` always holds the last mail.
        let wanted = |uid: u32| is_in(range, uid) || range.ends_with('*') && Some(uid) == last;
        let found = mailbox.mails.iter().map(|(uid, _)| *uid).filter(|uid| wanted(*uid));
        format!("* SEARCH {}\r\n", found.map(|uid| uid.to_string()).collect::<Vec<_>>().join(" "))
    } else if command.contains("RFC822.SIZE") {
        let all = mailbox.mails.iter().enumerate();
        all.map(|(at, (uid, mail))| format!("* {} FETCH (UID {uid} RFC822.SIZE {})\r\n", at + 1, mail.len()))
            .collect()
    } else if let Some(rest) = command.strip_prefix("UID FETCH ") {
        let set = rest.split(' ').next().unwrap();
        let found = mailbox.mails.iter().filter(|(uid, _)| is_in(set, *uid));
        found
            .map(|(uid, mail)| format!("* 1 FETCH (UID {uid} BODY[] {{{}}}\r\n{mail})\r\n", mail.len()))
            .collect()
    } else {
        String::new()
    };
    format!("{untagged}TAG OK done\r\n")
}

/// Whether a UID is in a set as IMAP writes it, `1:3,7,9:*`.
fn is_in(set: &str, uid: u32) -> bool {
    set.split(',').any(|run| {
        let (first, last) = run.split_once(':').unwrap_or((run, run));
        let last = if last == "*" { u32::MAX } else { last.parse().unwrap() };
        (first.parse().unwrap()..=last).contains(&uid)
    })
}

fn subjects(messages: &[Vec<u8>]) -> Vec<String> {
    let text = |raw: &Vec<u8>| String::from_utf8(raw.clone()).unwrap();
    messages.iter().map(|raw| text(raw).lines().nth(1).unwrap().replace("Subject: ", "")).collect()
}

#[tokio::test]
async fn a_mailbox_is_read_from_where_it_was_left_and_not_changed() {
    let server = serve(Mailbox::of(7, [3, 5])).await;
    let start = poll(&server.credentials, None).await.unwrap();
    assert_eq!((start.messages.len(), start.cursor.as_str(), start.more), (0, "7:5", false));
    let nothing = poll(&server.credentials, Some("7:5")).await.unwrap();
    assert_eq!((nothing.messages.len(), nothing.cursor.as_str()), (0, "7:5"));

    server.mailbox.lock().unwrap().mails.push((9, "From: a@b\r\nSubject: 9\r\n\r\nnew\r\n".into()));
    let found = poll(&server.credentials, Some("7:5")).await.unwrap();
    assert_eq!(
        (subjects(&found.messages), found.cursor.as_str(), found.more),
        (vec!["9".to_owned()], "7:9", false)
    );

    // The server rebuilt the mailbox: everything again.
    server.mailbox.lock().unwrap().validity = 8;
    let again = poll(&server.credentials, Some("7:9")).await.unwrap();
    assert_eq!(
        (subjects(&again.messages), again.cursor.as_str()),
        (vec!["3".into(), "5".into(), "9".into()], "8:9")
    );

    let commands = server.commands.lock().unwrap().join("\n");
    assert!(
        commands.contains("LOGIN \"rep\" \"pass word\\\"\"") && commands.contains("EXAMINE \"INBOX\""),
        "{commands}"
    );
    assert!(commands.contains("BODY.PEEK[]"));
    for changing in ["SELECT", "STORE", "EXPUNGE", "COPY", "MOVE", "BODY[]"] {
        assert!(!commands.contains(changing), "{changing} in {commands}");
    }
}

/// A long mailbox with gaps: everything is read once and in order, and a visit neither reads nor is told of it all.
#[tokio::test]
async fn a_full_mailbox_is_read_in_bounded_visits() {
    let uids = || (1..=9_800).chain(20_000..=20_010).chain([70_001]).filter(|uid| uid % 7 != 0);
    let server = serve(Mailbox::of(1, uids())).await;
    let (mut cursor, mut all, mut visits) = ("0:0".to_owned(), Vec::new(), 0);
    loop {
        let found = poll(&server.credentials, Some(&cursor)).await.unwrap();
        assert!(found.messages.len() <= 2_000, "{} at once", found.messages.len());
        all.extend(subjects(&found.messages));
        cursor = found.cursor;
        visits += 1;
        if !found.more {
            break;
        }
    }
    let expected: Vec<String> = uids().map(|uid: u32| uid.to_string()).collect();
    assert_eq!(all, expected);
    assert_eq!((visits, cursor.as_str()), (expected.len().div_ceil(2_000), "1:70001"));
    let commands = server.commands.lock().unwrap().join("\n");
    let searches = commands.lines().filter(|line| line.starts_with("UID SEARCH UID 1:")).collect::<Vec<_>>();
    assert_eq!(searches, ["UID SEARCH UID 1:8000"]);
    let most = commands.lines().filter(|line| line.contains("BODY.PEEK")).count();
    assert!(most < expected.len() / 10, "{most} commands for {} mails", expected.len());
}

/// A server that needs three minutes for what is there is read in visits that bring something, and not in none.
#[tokio::test]
async fn a_slow_server_is_read_in_short_visits() {
    // While a thread is at work the clock stands still, also when only the network is waited for.
    let (at_work, done) = std::sync::mpsc::channel::<()>();
    let thread = tokio::task::spawn_blocking(move || done.recv());
    tokio::time::pause();
    let server = serve(Mailbox { pace: Some(Duration::from_secs(9)), ..Mailbox::of(1, 1..=1_000) }).await;
    let (mut cursor, mut all, mut visits) = ("1:0".to_owned(), Vec::new(), 0);
    while all.len() < 1_000 {
        let found = poll(&server.credentials, Some(&cursor)).await.unwrap();
        assert!(found.more || all.len() + found.messages.len() == 1_000, "{} read", all.len());
        all.extend(subjects(&found.messages));
        (cursor, visits) = (found.cursor, visits + 1);
        assert!(visits <= 10, "{visits} visits for {} mails", all.len());
    }
    assert_eq!((all.first().unwrap().as_str(), all.last().unwrap().as_str(), visits), ("1", "1000", 10));
    drop(at_work);
    thread.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn what_goes_wrong_has_a_class() {
    let cases = [
        ("LOGIN", "TAG NO [AUTHENTICATIONFAILED] no\r\n", Class::Reauth),
        ("LOGIN", "", Class::Retry),
        ("EXAMINE", "TAG NO no such mailbox\r\n", Class::Config),
        ("EXAMINE", "TAG OK nothing\r\n", Class::Retry),
        ("UID SEARCH", "", Class::Retry),
        ("UID SEARCH", "TAG NO busy\r\n", Class::Retry),
        ("UID FETCH", "", Class::Retry),
        ("UID FETCH", "TAG NO busy\r\n", Class::Retry),
        ("UID FETCH 5 (UID BODY", "", Class::Retry),
        ("UID FETCH 5 (UID BODY", "TAG BAD what\r\n", Class::Retry),
        ("UID FETCH", "* 1 FETCH (UID 5 BODY[] {99999999999}\r\n", Class::Retry),
    ];
    for (verb, answer, class) in cases {
        let server = serve(Mailbox { instead: vec![(verb, answer)], ..Mailbox::of(1, [5]) }).await;
        let fail = poll(&server.credentials, Some("1:0")).await.unwrap_err();
        assert_eq!(fail.class, class, "{verb} {answer} {fail:?}");
    }
    let silent = serve(Mailbox { greeting: "HTTP/1.1 400 Bad Request\r\n\r\n", ..Mailbox::of(1, []) }).await;
    assert_eq!(poll(&silent.credentials, None).await.unwrap_err().class, Class::Retry);
    for (key, value) in [("security", json!("starttls")), ("security", json!("tls"))] {
        let server = serve(Mailbox::of(1, [5])).await;
        let mut credentials = server.credentials.clone();
        credentials[key] = value;
        let fail = poll(&credentials, None).await.unwrap_err();
        assert!(matches!(fail.class, Class::Retry | Class::Config), "{fail:?}");
        assert!(
            !server.commands.lock().unwrap().join(" ").contains("LOGIN"),
            "no password without encryption"
        );
    }
    assert_eq!(poll(&silent.credentials, Some("nonsense")).await.unwrap_err().class, Class::Permanent);
    assert_eq!(poll(&json!({}), None).await.unwrap_err().class, Class::Config);
    let far = json!({"host": "imap.example.com", "port": 143, "username": "a", "password": "b", "security": "none"});
    assert_eq!(poll(&far, None).await.unwrap_err().class, Class::Config);
}
