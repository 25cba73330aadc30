//! How nodes share their limits, through Redis.
//!
//! A request is judged by the buckets of the node that it comes to, in memory. Beside the requests each node tells Redis
//! five times a second what came into its buckets, and gets back what is in those of all: one round trip for all that
//! somebody came to lately, whatever the number of requests. So the nodes together let through what one would, and what
//! comes in between two exchanges. Asking Redis about each request would be exact, and would put another machine, its delays and
//! its end in the way of every request.
//!
//! What is told late is counted all the same: a bucket that several nodes filled at once stands above its brim, and it
//! takes accordingly longer until something fits again.
//!
//! In Redis a bucket is a key that ends when the bucket is empty: its level is the time that it has left to live.
//! There is no clock of a node in it, and nothing that stays. Its name is a keyed hash, since what it stands for is an
//! address or an account.
//!
//! Without Redis each node goes on by itself with what it knows. When Redis is back, it is told of every bucket what came
//! in meanwhile, and the whole level where it has lost its memory.

use super::buckets::{Buckets, Word};
use crate::{app::App, config, loops::Stop};
use redis::{AsyncConnectionConfig, RedisResult, Script, aio::MultiplexedConnection};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How often.
const EVERY: Duration = Duration::from_millis(200);
/// How often Redis is looked for while it is away.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(500);
/// Most buckets in one round trip: Redis does nothing else meanwhile.
const BATCH: usize = 1_000;

/// For each bucket what came in, and the whole level as the node knows it, in milliseconds until it has run out. The
/// whole level counts where Redis knows none; and with the first words on a connection, since Redis may have lost its
/// memory, and somebody who knows less may have spoken before.
const TELL: &str = r"
local levels, anew = {}, ARGV[1] == '1'
for i, key in ipairs(KEYS) do
  local more, whole = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local left = redis.call('PTTL', key)
  local level = left > 0 and left + more or whole
  if anew and whole > level then level = whole end
  if level <= 0 then
    level = 0
    redis.call('DEL', key)
  elseif level ~= left then
    redis.call('SET', key, '', 'PX', level)
  end
  levels[i] = level
end
return levels
";

/// One node's end of it.
pub struct Exchange {
    app: Arc<App>,
    redis: redis::Client,
    connection: Option<MultiplexedConnection>,
    tell: Script,
}

/// Shares the limits of this node with the others until `stop`, where Redis is configured.
pub async fn share(app: Arc<App>, mut stop: Stop) {
    let Some(redis) = app.config.redis.clone() else { return };
    let mut exchange = Exchange::new(app, &redis);
    let mut is_away = false;
    while !*stop.borrow() {
        let outcome = exchange.once().await;
        match &outcome {
            Err(error) if !is_away => {
                tracing::warn!(%error, %redis, "Redis does not answer: until it does, each node counts requests for itself");
            }
            Ok(()) if is_away => tracing::info!(%redis, "Redis answers again: the nodes share their limits"),
            _ => {}
        }
        is_away = outcome.is_err();
        tokio::select! {
            () = tokio::time::sleep(if is_away { LOOK_EVERY } else { EVERY }) => {}
            _ = stop.changed() => {}
        }
    }
}

impl Exchange {
    /// Of a node that has not met Redis yet.
    pub fn new(app: Arc<App>, redis: &config::Redis) -> Self {
        Self { app, redis: redis.client(), connection: None, tell: Script::new(TELL) }
    }

    /// Tells what came in here, and learns what came in elsewhere.
    pub async fn once(&mut self) -> RedisResult<()> {
        let app = self.app.clone();
        let buckets = || {
            let of_callers = app.limits.buckets().into_iter().chain(app.sign_ins.buckets());
            of_callers.chain(app.outside.paces().buckets())
        };
        let anew = self.connection.is_none();
        if anew {
            buckets().for_each(|buckets| buckets.begin_anew(Instant::now()));
        }
        let words: Vec<(&Buckets, Word)> = buckets()
            .flat_map(|buckets| buckets.words(Instant::now()).into_iter().map(move |word| (buckets, word)))
            .collect();
        if words.is_empty() && self.connection.is_some() {
            return Ok(());
        }
        let mut told = 0;
        let mut outcome = self.connect().await.map(drop);
        while outcome.is_ok() && told < words.len() {
            let batch = &words[told..words.len().min(told + BATCH)];
            outcome = self.tell(batch, anew).await;
            if outcome.is_ok() {
                told += batch.len();
            }
        }
        if outcome.is_err() {
            self.connection = None;
            words[told..].iter().for_each(|(buckets, word)| buckets.unsay(word));
        }
        outcome
    }

    /// The way to Redis; a copy of it costs nothing.
    async fn connect(&mut self) -> RedisResult<MultiplexedConnection> {
        if let Some(connection) = &self.connection {
            return Ok(connection.clone());
        }
        let patience = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection = self.redis.get_multiplexed_async_connection_with_config(&patience).await?;
        self.connection = Some(connection.clone());
        Ok(connection)
    }

    async fn tell(&mut self, words: &[(&Buckets, Word)], anew: bool) -> RedisResult<()> {
        let mut connection = self.connect().await?;
        let mut call = self.tell.prepare_invoke();
        call.arg(u8::from(anew));
        for (buckets, word) in words {
            let ms = |level: f64| (level * buckets.period().as_secs_f64() * 1_000.0).round();
            let what = self.app.keys.print("limit", &format!("{}\0{}", buckets.name(), word.key));
            call.key(format!("overture:limit:{what}"));
            #[expect(clippy::cast_possible_truncation, reason = "a level is no 300 million years")]
            call.arg(ms(word.more) as i64).arg(ms(word.level) as i64);
        }
        let levels: Vec<i64> = call.invoke_async(&mut connection).await?;
        for ((buckets, word), level) in words.iter().zip(levels) {
            let level = level as f64 / 1_000.0 / buckets.period().as_secs_f64();
            buckets.learn(&word.key, level, Instant::now());
        }
        Ok(())
    }
}
