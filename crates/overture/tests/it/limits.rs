//! How often anybody may ask where several nodes share that through Redis, and what a tool that costs much adds.

use crate::kit::*;
use overture::http::{exchange, exchange::Exchange, limits::Allowed};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::{sync::watch, task::JoinHandle};

both! {
    what_one_node_counted_counts_on_the_other,
    nodes_go_on_by_themselves_while_redis_is_away,
    a_running_node_finds_redis_again,
    who_guesses_goes_on_nowhere_else_and_who_gets_in_has_not_tried,
    a_tool_that_costs_much_is_called_ten_times_a_minute,
}

const HUNDRED: Allowed = Allowed { strangers: 100, ..FREE };

/// Two nodes of one installation, and their ends of the exchange.
struct Pair {
    a: TestApp,
    b: TestApp,
    ends: [Exchange; 2],
}

impl Pair {
    async fn on(app: &TestApp, redis: &Redis, limits: Allowed) -> Self {
        let (a, b) = (app.node_sharing(redis, limits).await, app.node_sharing(redis, limits).await);
        let ends = [&a, &b].map(|node| Exchange::new(node.app.clone(), &redis.address()));
        Self { a, b, ends }
    }

    /// Both tell what they know, then both hear what the other said.
    async fn exchange(&mut self) {
        for _ in 0..2 {
            for end in &mut self.ends {
                end.once().await.unwrap();
            }
        }
    }

    /// Neither finds anybody.
    async fn exchange_in_vain(&mut self) {
        for end in &mut self.ends {
            assert!(end.once().await.is_err());
        }
    }
}

/// How many requests of a stranger are answered before the first is turned away, at most `most`.
async fn answered(node: &TestApp, most: usize) -> usize {
    let stranger = Client::anonymous(&node.app);
    for n in 0..most {
        match stranger.call("GET", "/api/contacts", &json!({})).await.brief().as_str() {
            "401 401" => {}
            "429 3001" => return n,
            other => panic!("{other}"),
        }
    }
    most
}

async fn what_one_node_counted_counts_on_the_other(app: TestApp) {
    let Some(redis) = Redis::start() else { return };
    let mut pair = Pair::on(&app, &redis, HUNDRED).await;
    assert_eq!(answered(&pair.a, 60).await, 60);
    pair.exchange().await;
    // The other node has not met this stranger: it lets in whom it hears of for the first time, and asks.
    assert_eq!(answered(&pair.b, 1).await, 1);
    pair.exchange().await;
    let more = answered(&pair.b, 100).await;
    // Nine seconds make room for one more.
    assert!((39..=45).contains(&more), "{more}");
    pair.exchange().await;
    let late = answered(&pair.a, 100).await;
    assert!(late <= 3, "{late}");
    let keys = redis.keys().await;
    assert!(!keys.is_empty());
    for (name, left) in keys {
        let hash = name.strip_prefix("overture:limit:").unwrap();
        assert!(hash.len() == 43 && !hash.contains("local"), "{name}");
        assert!((1..=905_000).contains(&left), "{name} is kept for {left} ms");
    }
}

async fn nodes_go_on_by_themselves_while_redis_is_away(app: TestApp) {
    let Some(mut redis) = Redis::start() else { return };
    let mut pair = Pair::on(&app, &redis, HUNDRED).await;
    assert_eq!((answered(&pair.a, 20).await, answered(&pair.b, 20).await), (20, 20));
    pair.exchange().await;
    redis.kill();
    // Forty are known to both. From here on each counts for itself.
    assert_eq!((answered(&pair.a, 10).await, answered(&pair.b, 30).await), (10, 30));
    pair.exchange_in_vain().await;
    let (a, b) = (answered(&pair.a, 100).await, answered(&pair.b, 100).await);
    assert!((50..=55).contains(&a) && (30..=35).contains(&b), "{a} {b}");
    pair.exchange_in_vain().await;
    redis.start_again();
    // Redis has lost its memory. It is told by the first what is full, and by the other what came on top.
    pair.exchange().await;
    assert_eq!((answered(&pair.a, 1).await, answered(&pair.b, 1).await), (0, 0));
    let (_, left) = redis.keys().await.into_iter().max_by_key(|(_, left)| *left).unwrap();
    assert!(left > 1_300_000, "what both let in counts: {left} ms");
}

/// The exchange as a server runs it.
struct Running(watch::Sender<bool>, Vec<JoinHandle<()>>);

impl Running {
    fn on(nodes: &[&TestApp]) -> Self {
        let (tell, stop) = watch::channel(false);
        let share = |node: &&TestApp| tokio::spawn(exchange::share(node.app.clone(), stop.clone()));
        Self(tell, nodes.iter().map(share).collect())
    }

    async fn end(self) {
        self.0.send(true).unwrap();
        for task in self.1 {
            task.await.unwrap();
        }
    }
}

/// One node has let in all that may come; the other hears of it, and refuses long before it has let in as many.
async fn refuses_soon(node: &TestApp, redis: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while answered(node, 1).await == 1 {
        assert!(Instant::now() < until, "{redis}: the other node is not heard");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn a_running_node_finds_redis_again(app: TestApp) {
    let Some(mut redis) = Redis::start() else { return };
    let (a, b) = (app.node_sharing(&redis, HUNDRED).await, app.node_sharing(&redis, HUNDRED).await);
    let running = Running::on(&[&a, &b]);
    assert!(answered(&a, 200).await >= 100);
    refuses_soon(&b, "at the start").await;
    redis.kill();
    assert!(answered(&a, 200).await <= 5, "it stays as it was");
    redis.start_again();
    let c = app.node_sharing(&redis, HUNDRED).await;
    let third = Running::on(&[&c]);
    refuses_soon(&c, "again").await;
    running.end().await;
    third.end().await;
}

async fn who_guesses_goes_on_nowhere_else_and_who_gets_in_has_not_tried(app: TestApp) {
    let Some(redis) = Redis::start() else { return };
    invited(&app, "ines@acme.example", "rep").await;
    let mut pair = Pair::on(&app, &redis, FREE).await;
    for _ in 0..2 {
        assert_eq!(log_in(&pair.a, "ines@acme.example", PASSWORD).await.status, 200);
        pair.exchange().await;
    }
    for _ in 0..4 {
        assert_eq!(log_in(&pair.a, "ines@acme.example", "wrong horse battery").await.brief(), "401 1002");
    }
    pair.exchange().await;
    assert_eq!(log_in(&pair.b, "ines@acme.example", "wrong horse battery").await.brief(), "401 1002");
    pair.exchange().await;
    let mut briefs = Vec::new();
    for _ in 0..4 {
        briefs.push(log_in(&pair.b, "ines@acme.example", "wrong horse battery").await.brief());
    }
    // Six fit, and one more each quarter of a minute.
    assert!(briefs[..1] == ["401 1002"] && briefs[3..] == ["429 3001"], "{briefs:?}");
    assert_eq!(log_in(&pair.b, "nobody@acme.example", "wrong horse battery").await.brief(), "401 1002");
}

async fn a_tool_that_costs_much_is_called_ten_times_a_minute(app: TestApp) {
    let node = app.node_allowing(Allowed { expensive: Allowed::default().expensive, ..FREE }).await;
    let path = format!("/api/senders/{}/check", app.email_sender);
    let check = async |client: &Client| client.call("POST", &path, &json!({})).await;
    for n in 0..10 {
        let told = check(&node.admin).await;
        assert_eq!(told.status, 200, "{n}: {}", told.json());
    }
    let refused = check(&node.admin).await;
    assert_eq!(refused.brief(), "429 3001");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=7).contains(&wait), "{wait}");
    refused.assert_error_shape(&path);
    // One member, and one tool.
    let rita = node.member("manager").await;
    assert_eq!(check(&rita).await.status, 200);
    let receiver = Receiver::start().await;
    let hook = node.webhook(&receiver, &["contact.created"]).await;
    node.admin.post(&format!("/api/webhooks/{}/test", hook["id"].as_str().unwrap()), json!({})).await;
}
