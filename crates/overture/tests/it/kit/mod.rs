//! What every test starts from: [`TestApp`], and [`both!`] which runs a test on either database.

mod beside;
mod build;
pub mod contract;
mod database;
mod device;
mod entry;
mod issuer;
mod outside;
mod push_service;
mod receiver;
mod redis;
mod s3;
mod web;

pub use build::*;
pub use device::Device;
pub use entry::*;
pub use issuer::Issuer;
pub use outside::Post;
pub use push_service::{Ear, PushService, Pushed};
pub use receiver::{Heard, Receiver};
pub use redis::Redis;
pub use s3::S3;
pub use web::{Answer, Client};

use database::Database;
use domain::ids::{MemberId, SenderId, SessionId, UserId, WorkspaceId};
use overture::{
    app::App,
    clock::Clock,
    config::{Config, Google},
    http::limits::Allowed,
    keys::{self, Keys},
    loops,
    outside::{Outside, Sandbox},
};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use store::{Db, Scope, Sight};

/// Makes `sqlite::name` and `postgres::name` of each `async fn name(app: TestApp)`.
macro_rules! both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::kit::TestApp::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(app) = crate::kit::TestApp::postgres().await {
                    super::$name(app).await;
                }
            })*
        }
    };
}

/// Monday, 15 June 2026, 10:00 UTC: where every clock begins.
pub const MONDAY: i64 = 1_781_517_600_000;
/// Milliseconds of a second, a minute, an hour, a day.
pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// What all nodes of one test share.
pub struct World {
    database: Database,
    pub sandbox: sandbox::Sandbox,
    folder: tempfile::TempDir,
    client: reqwest::Client,
}

/// One node of the product, and the world around it.
pub struct TestApp {
    pub app: Arc<App>,
    pub clock: Clock,
    pub world: Arc<World>,
    /// The first workspace, with one sender per channel.
    pub scope: Scope,
    /// Signed in as its admin.
    pub admin: Client,
    pub email_sender: SenderId,
    pub sms_sender: SenderId,
    watch: tokio::task::JoinHandle<()>,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl TestApp {
    pub async fn sqlite() -> Self {
        Self::on(Database::sqlite()).await
    }

    /// `None` where there is no server to test on.
    pub async fn postgres() -> Option<Self> {
        Some(Self::on(Database::postgres()?).await)
    }

    async fn on(database: Database) -> Self {
        // What the product logs appears with a failed test. Each test is a process of its own under nextest;
        // elsewhere the first one has set it for all.
        tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer().try_init().ok();
        let options = sandbox::Options { people: false, ..sandbox::Options::default() };
        let sandbox = sandbox::start(options).await.unwrap();
        let world = Arc::new(World {
            database,
            sandbox,
            folder: tempfile::tempdir().unwrap(),
            client: reqwest::Client::new(),
        });
        let clock = Clock::manual(MONDAY);
        let app = start(&world, &clock).await;
        let (scope, email_sender, sms_sender) = found(&app, 1).await;
        let admin = Client::of(&app, &scope).await;
        let watch = watch_stops(&app);
        Self { app, clock, world, scope, admin, email_sender, sms_sender, watch }
    }

    /// Another node on the same database, with the same clock.
    pub async fn node(&self) -> Self {
        self.node_with(&self.clock).await
    }

    /// Another node that has a clock of its own.
    pub async fn node_with(&self, clock: &Clock) -> Self {
        self.joined(start(&self.world, clock).await, clock).await
    }

    /// Another node, on which nobody may ask more often than this.
    pub async fn node_allowing(&self, limits: Allowed) -> Self {
        let app = start_with(&self.world, &self.clock, |config| config.limits = limits).await;
        self.joined(app, &self.clock).await
    }

    /// Another node, which shares such limits with others.
    pub async fn node_sharing(&self, redis: &Redis, limits: Allowed) -> Self {
        let app = start_with(&self.world, &self.clock, |config| {
            config.limits = limits;
            config.redis = Some(redis.address());
        });
        self.joined(app.await, &self.clock).await
    }

    /// Another node, which has the sandbox's mail server for mail to members.
    pub async fn node_with_mail(&self) -> Self {
        let smtp = self.world.sandbox.smtp_addr;
        let options = sandbox::Options::default();
        let url = format!("smtp://{}:{}@{smtp}", options.smtp_user, options.smtp_password);
        let mut mail = overture::config::Mail::parse(&url, "Overture <overture@company.example>").unwrap();
        mail.server["accept_invalid_certs"] = true.into();
        let app = start_with(&self.world, &self.clock, |config| config.mail = Some(mail)).await;
        self.joined(app, &self.clock).await
    }

    /// Another node that is configured otherwise.
    pub async fn node_with_config(&self, settle: impl FnOnce(&mut Config)) -> Self {
        let app = start_with(&self.world, &self.clock, settle).await;
        self.joined(app, &self.clock).await
    }

    /// Another node, where people sign in with their account at this issuer.
    pub async fn node_with_google(&self, google: Google) -> Self {
        let app = start_with(&self.world, &self.clock, |config| config.google = Some(google)).await;
        self.joined(app, &self.clock).await
    }

    async fn joined(&self, app: Arc<App>, clock: &Clock) -> Self {
        Self {
            admin: Client::of(&app, &self.scope).await,
            watch: watch_stops(&app),
            app,
            clock: clock.clone(),
            world: self.world.clone(),
            scope: self.scope.clone(),
            email_sender: self.email_sender.clone(),
            sms_sender: self.sms_sender.clone(),
        }
    }

    /// Another workspace of the same installation, and its admin.
    pub async fn neighbour(&self, number: u32) -> (Scope, Client) {
        let (scope, ..) = found(&self.app, number).await;
        let client = Client::of(&self.app, &scope).await;
        (scope, client)
    }

    /// A member with this role, signed in.
    pub async fn member(&self, role: &str) -> Client {
        let member = add_member(&self.app, &self.scope.workspace, role).await;
        Client::of(
            &self.app,
            &Scope::member(self.scope.workspace.clone(), member, Sight::of(role, "private")),
        )
        .await
    }

    /// The admin, in a browser whose session has to be renewed.
    pub async fn expired(&self) -> Client {
        let secret = sign_in_for(&self.app, &self.scope, 0).await;
        let mut client = Client::anonymous(&self.app);
        client.cookie = Some(format!("{}={secret}", overture::http::session::COOKIE));
        client
    }

    /// The node ends, and the whole database is kept as it is now.
    pub async fn back_up(&self) {
        self.end().await;
        self.world.database.keep_copy(self.folder());
    }

    /// The node ends, and the database is put back to what was kept.
    pub async fn restore(&self) {
        self.end().await;
        self.world.database.put_back(self.folder());
    }

    /// The node lets go of the database, as one that is killed.
    pub async fn end(&self) {
        self.watch.abort();
        self.app.db.clone().close().await.unwrap();
    }

    /// Opens the test's database once more.
    pub async fn open(&self) -> store::Result<Db> {
        Db::open(&self.world.database.config(self.world.folder.path())).await
    }

    /// The same as a node whose transactions may wait this long for their next statement; `None` on SQLite, where
    /// there is one node.
    pub async fn open_impatient(&self, idle: std::time::Duration) -> Option<Db> {
        let mut config = self.world.database.config(self.world.folder.path());
        let store::Config::Postgres { idle_in_transaction, .. } = &mut config else { return None };
        *idle_in_transaction = idle;
        Some(Db::open(&config).await.unwrap())
    }

    /// Whether the database is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.world.database, Database::Sqlite)
    }

    /// How the test's database is opened.
    pub fn database(&self) -> store::Config {
        self.world.database.config(self.folder())
    }

    /// Where this test's files lie, and its database on SQLite.
    pub fn folder(&self) -> &std::path::Path {
        self.world.folder.path()
    }

    /// An empty database of the same kind.
    pub fn fresh_database(&self) -> Fresh {
        Fresh { database: self.world.database.another(), folder: tempfile::tempdir().unwrap() }
    }

    /// Runs the loops, one after the other, until none of them finds anything to do at this instant.
    pub async fn run_due(&self) {
        let mut idle = 0;
        for _ in 0..300 {
            while loops::inbound::run(self.app.clone()).await.unwrap() {}
            while loops::steps::run(self.app.clone()).await.unwrap() {}
            let taken = loops::outbox::drain(&self.app).await.unwrap();
            tick();
            while loops::reconcile::run(self.app.clone()).await.unwrap() {}
            idle = if taken == 0 { idle + 1 } else { 0 };
            if idle == 2 {
                loops::upkeep::run(self.app.clone()).await.unwrap();
                while loops::clocks::run(self.app.clone()).await.unwrap() {}
                self.numbers_are_right().await;
                return;
            }
        }
        panic!("the loops find work for ever");
    }

    /// What was written down of the inbox's numbers comes to what there is: in one statement, so that nothing moves
    /// meanwhile.
    pub async fn numbers_are_right(&self) {
        let by = "workspace_id, owner_id, assignee_id, status, is_unread, is_late, is_unmatched";
        let sql = format!(
            "select {by}, cast(sum(n) as bigint) as too_many from (
               select {by}, n from inbox_counts union all select {by}, n from inbox_changes union all
               select workspace_id, coalesce(owner_id, ''), coalesce(assignee_id, ''), status,
                 case when unread > 0 then 1 else 0 end, case when late_at is null then 0 else 1 end,
                 case when contact_id is null then 1 else 0 end, -1
               from conversations where inbound = 1 and blocked_at is null and status in ('open', 'done')) as t
             group by {by} having sum(n) <> 0"
        );
        let tx = self.app.db.begin().await.unwrap();
        let wrong = sea_orm::Statement::from_string(tx.get_database_backend(), sql);
        let wrong = tx.query_all_raw(wrong).await.unwrap();
        let told = |row: &sea_orm::QueryResult| {
            let text = |name: &str| row.try_get::<String>("", name).unwrap();
            let number = |name: &str| row.try_get::<i64>("", name).unwrap();
            format!(
                "{} {} {} unread {} late {} unmatched {}: {:+}",
                text("owner_id"),
                text("assignee_id"),
                text("status"),
                number("is_unread"),
                number("is_late"),
                number("is_unmatched"),
                number("too_many")
            )
        };
        assert!(
            wrong.is_empty(),
            "the numbers of the inbox are off: {:#?}",
            wrong.iter().map(told).collect::<Vec<_>>()
        );
        tx.rollback().await.unwrap();
    }

    /// Due enrollments write, queued messages leave; what is in doubt stays in doubt.
    pub async fn send_once(&self) {
        while loops::steps::run(self.app.clone()).await.unwrap() {}
        loops::outbox::drain(&self.app).await.unwrap();
    }

    /// A node claims what is due of a sender, and dies.
    pub async fn lose_a_claim(&self, sender: &SenderId) {
        let terms = store::outbox::Terms {
            owner: "gone",
            lease_ms: 30_000,
            limit: 10,
            probe_ms: 30_000,
            now: self.clock.now(),
            prints: &self.app.keys,
        };
        let go = |_: &_, _: &_, _: &_, _: &_| store::outbox::Ruling::Go;
        let claim =
            store::outbox::claim(&self.app.db, sender, terms, |_, _| 10, |_, _, _| vec![], go, |_, _, _| {});
        assert_eq!(claim.await.unwrap().unwrap().messages.len(), 1);
    }

    /// From now on, or no longer, the database refuses to move anybody to another node: a step ends where it is the
    /// hardest for it, with everything written but this.
    pub async fn fail_moves(&self, fail: bool) {
        let is_sqlite = self.is_sqlite();
        let statements: &[&str] = match (fail, is_sqlite) {
            (true, true) => &["create trigger fail_moves before update on enrollments
                               begin select raise(abort, 'the power is out'); end"],
            (false, true) => &["drop trigger fail_moves"],
            (true, false) => &[
                "create function fail_moves() returns trigger language plpgsql as $$
                 begin raise exception 'the power is out'; end $$",
                "create trigger fail_moves before update on enrollments for each row execute function fail_moves()",
            ],
            (false, false) => &["drop trigger fail_moves on enrollments", "drop function fail_moves()"],
        };
        let tx = self.app.db.begin().await.unwrap();
        for statement in statements {
            tx.execute_unprepared(statement).await.unwrap();
        }
        self.app.commit(tx).await.unwrap();
    }

    /// Moves the clock and runs what is due then.
    pub async fn advance(&self, ms: i64) {
        self.clock.advance(ms);
        self.run_due().await;
    }

    /// Moves the clock step by step, so that a node is seen at work all the time.
    pub async fn live(&self, ms: i64, step: i64) {
        let mut left = ms;
        while left > 0 {
            self.advance(step.min(left)).await;
            left -= step;
        }
    }

    /// All outbound messages, oldest first.
    pub async fn sent(&self) -> Vec<Value> {
        self.listed("direction=out").await
    }

    /// All inbound messages, oldest first.
    pub async fn received(&self) -> Vec<Value> {
        self.listed("direction=in").await
    }

    async fn listed(&self, query: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.admin.get(&format!("/api/messages?limit=200&{query}{cursor}")).await;
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        all.reverse();
        all
    }

    /// The status of every outbound message, oldest first.
    pub async fn statuses(&self) -> Vec<String> {
        self.sent().await.iter().map(|m| m["status"].as_str().unwrap().to_owned()).collect()
    }

    /// The only outbound message.
    pub async fn only(&self) -> Value {
        let all = self.sent().await;
        assert_eq!(all.len(), 1, "{all:#?}");
        all.into_iter().next().unwrap()
    }

    /// The people of a campaign.
    pub async fn people(&self, campaign: &str) -> Vec<Value> {
        let page = self.admin.get(&format!("/api/campaigns/{campaign}/people?limit=200")).await;
        page["data"].as_array().unwrap().clone()
    }
}

/// A database that nobody has opened yet.
pub struct Fresh {
    database: Database,
    folder: tempfile::TempDir,
}

impl Fresh {
    pub fn config(&self) -> store::Config {
        self.database.config(self.folder.path())
    }
}

/// Lets the machine's clock move on: leases and settle windows of no length end with the millisecond.
pub fn tick() {
    let at = overture::clock::real_ms();
    while overture::clock::real_ms() <= at + 1 {
        std::thread::yield_now();
    }
}

fn watch_stops(app: &Arc<App>) -> tokio::task::JoinHandle<()> {
    let app = app.clone();
    tokio::spawn(async move {
        loop {
            // While the database goes away at the end of a test there is nothing to read.
            app.stops.read(&app).await.ok();
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    })
}

async fn start(world: &World, clock: &Clock) -> Arc<App> {
    start_with(world, clock, |_| {}).await
}

async fn start_with(world: &World, clock: &Clock, settle: impl FnOnce(&mut Config)) -> Arc<App> {
    let mut config = Config {
        listen: "127.0.0.1:3000".parse().unwrap(),
        public_url: Some(PUBLIC_URL.into()),
        allowed_origins: vec!["https://partner.example".into()],
        trusted_proxies: vec![],
        keys: None,
        limits: FREE,
        redis: None,
        database_url: None,
        database_connections: 6,
        data_dir: world.folder.path().to_owned(),
        sandbox: None,
        lease_ms: 30_000,
        settle_ms: Some(0),
        rest_ms: domain::breaker::REST_MS,
        // The receivers of webhooks in tests.
        egress_private: vec!["127.0.0.1/32".parse().unwrap()],
        egress_ports: (1_024..=u16::MAX).collect(),
        provider_timeout_ms: 1_500,
        google: None,
        mail: None,
        media: None,
        dns_resolver: None,
        metrics_token: Some(overture::config::MetricsToken(METRICS_TOKEN.into())),
    };
    settle(&mut config);
    let db = Db::open(&world.database.config(world.folder.path())).await.unwrap();
    let keys = Keys::open(&world.folder.path().join("keys")).unwrap();
    let door = Sandbox {
        http: world.sandbox.http_url(),
        smtp: world.sandbox.smtp_addr,
        account_sid: sandbox::Options::ACCOUNT_SID.into(),
        auth_token: sandbox::Options::AUTH_TOKEN.into(),
        email_secret: sandbox::Options::EMAIL_SECRET.into(),
        meta_token: sandbox::Options::META_TOKEN.into(),
        meta_secret: sandbox::Options::META_SECRET.into(),
    };
    let outside = Outside::new(door, Duration::from_millis(config.provider_timeout_ms));
    let app = App::new(config, db, clock.clone(), keys, outside, false);
    app.stops.read(&app).await.unwrap();
    app
}

/// What a monitor shows.
pub const METRICS_TOKEN: &str = "sixteen-letters-and-more";

/// Nobody is in anybody's way.
pub const FREE: Allowed =
    Allowed { strangers: 1_000_000, member: 1_000_000, key: 1_000_000, expensive: 1_000_000 };

/// Where the product says that it can be reached.
pub const PUBLIC_URL: &str = "https://overture.test";

/// Our e-mail address and number in the workspace with this number.
pub fn our_email(workspace: u32) -> String {
    format!("hello@w{workspace}.example")
}

pub fn our_number(workspace: u32) -> String {
    format!("+120255501{:02}", workspace + 10)
}

async fn found(app: &Arc<App>, number: u32) -> (Scope, SenderId, SenderId) {
    let workspace = store::new_id(WorkspaceId::from_uuid);
    let tx = app.db.begin().await.unwrap();
    store::workspace::create(&tx, &workspace, &format!("Workspace {number}"), "UTC", "US", app.clock.now())
        .await
        .unwrap();
    app.commit(tx).await.unwrap();
    let member = add_member(app, &workspace, "admin").await;
    let scope = Scope::member(workspace, member, Sight::Workspace);
    let email = add_sender(app, &scope, domain::Channel::Email, &our_email(number)).await;
    let sms = add_sender(app, &scope, domain::Channel::Sms, &our_number(number)).await;
    (scope, email, sms)
}

async fn add_member(app: &Arc<App>, workspace: &WorkspaceId, role: &str) -> MemberId {
    let user = store::new_id(UserId::from_uuid);
    let email = format!("{user}@team.example");
    let tx = app.db.begin().await.unwrap();
    let new = store::user::NewUser {
        id: &user,
        email: &email,
        email_key: &email,
        name: "Rita Rep",
        // Nobody signs in with it: the tests open their sessions themselves.
        password_hash: Some("none"),
    };
    store::user::create(&tx, new, app.clock.now()).await.unwrap();
    app.commit(tx).await.unwrap();
    join(app, workspace, &user, role).await
}

/// A user comes into one more workspace.
pub async fn join(app: &Arc<App>, workspace: &WorkspaceId, user: &UserId, role: &str) -> MemberId {
    let id = store::new_id(MemberId::from_uuid);
    let new = store::member::NewMember { id: &id, user, handle: &id.as_str()[10..], role };
    let tx = app.db.begin().await.unwrap();
    let scope = Scope::member(workspace.clone(), id.clone(), Sight::Own);
    store::member::create(&tx, &scope, new, app.clock.now()).await.unwrap();
    app.commit(tx).await.unwrap();
    id
}

/// An account without rate and cap.
pub async fn add_sender(app: &Arc<App>, scope: &Scope, channel: domain::Channel, address: &str) -> SenderId {
    let provider = if channel == domain::Channel::Email { "smtp" } else { "twilio" };
    let mut new = store::sender::Sender::new(&scope.workspace, channel, provider, "Nora", address);
    new.credentials = app.keys.seal(&overture::outside::place(new.id.as_str()), "{}").unwrap();
    let tx = app.db.begin().await.unwrap();
    store::sender::save(&tx, scope, &new, address, app.clock.now()).await.unwrap();
    app.commit(tx).await.unwrap();
    new.id
}

/// Opens a session; the secret of its cookie.
async fn sign_in(app: &Arc<App>, scope: &Scope) -> String {
    sign_in_for(app, scope, HOUR).await
}

/// A session whose access token is good for so long.
async fn sign_in_for(app: &Arc<App>, scope: &Scope, ms: i64) -> String {
    let (secret, refresh, now) = (keys::token(), keys::token(), app.real_ms());
    let id = store::new_id(SessionId::from_uuid);
    let member = store::member::get(&app.db, scope, &scope.member.clone().unwrap()).await.unwrap();
    let tokens = store::session::Tokens {
        access: &keys::token_hash(&secret),
        access_until: now + ms,
        refresh: &keys::token_hash(&refresh),
        refresh_until: now + HOUR,
    };
    let who = (&member.user_id, &member.id, &scope.workspace);
    let tx = app.db.begin().await.unwrap();
    store::session::open(&tx, &id, who, &tokens, &Default::default(), now).await.unwrap();
    app.commit(tx).await.unwrap();
    secret
}
