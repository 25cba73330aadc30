//! One client: what is queued for it, how far it has come, and when it is told goodbye.
//!
//! Whoever has something to say writes it at once if the connection takes it; only what the connection
//! does not take stays queued, and only then the connection's own task is woken. So a broadcast costs one
//! system call per socket and no task switch, and a socket at rest holds no buffer.

use super::{
    Identity,
    frame::{Frame, Refusal},
    hub::{Settings, lock},
    packet,
};
use axum::http::HeaderMap;
use std::{
    collections::VecDeque,
    fmt,
    io::{ErrorKind, IoSlice},
    str::FromStr,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};
use tokio::{net::TcpStream, sync::Notify, time::Instant};

/// Most bytes that wait for one client. One more, and it is told to fetch everything again.
pub(super) const QUEUE_LIMIT: usize = 1024 * 1024;
/// Most rooms one client may be in.
pub(super) const ROOM_LIMIT: usize = 100;
/// What a client may say in one go, and per second after that.
const BURST: f32 = 200.0;
const PER_SECOND: f32 = 50.0;
/// How long a client may take to receive its last frame.
const FAREWELL: Duration = Duration::from_secs(3);
/// Frames handed to the system in one call.
const BATCH: usize = 32;

/// A client's secret number: whoever knows it speaks as this client.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Sid(u128);

impl Sid {
    #[expect(
        clippy::disallowed_methods,
        reason = "the name of a connection is drawn here and stored nowhere"
    )]
    pub fn draw() -> Self {
        Self(uuid::Uuid::new_v4().as_u128())
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Sid {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

/// How bytes reach the client.
pub(super) enum Wire {
    /// By the answers to its requests.
    Polling,
    /// By its websocket.
    WebSocket(Arc<TcpStream>),
}

/// How far a client has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Phase {
    /// Connected, not yet known.
    Opening,
    /// Known, and in its rooms.
    Joined,
    /// The last frame is queued; nothing follows it.
    Closing,
    /// Over.
    Closed,
}

/// What the task that owns a websocket has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Duty {
    /// Read.
    Serve,
    /// Read, and write when the connection takes it.
    Write,
    /// Everything is said: wait for the client to leave.
    Linger,
    /// Drop the connection.
    Leave,
}

/// A client, shared by its rooms, its task and its requests.
pub(super) struct Socket {
    pub sid: Sid,
    /// Wakes the task of the websocket, or the waiting poll.
    pub wake: Notify,
    identity: OnceLock<Identity>,
    link: Mutex<Link>,
}

struct Link {
    wire: Wire,
    phase: Phase,
    queue: VecDeque<Frame>,
    queued: usize,
    head_sent: usize,
    dirty: bool,
    lagging: bool,
    polled: bool,
    upgrading: bool,
    headers: Option<Box<HeaderMap>>,
    valid_until_ms: Option<i64>,
    rooms: Vec<Arc<str>>,
    since: Instant,
    ping_at: Instant,
    pong_by: Option<Instant>,
    allowance: f32,
    allowance_at: Instant,
}

impl Socket {
    /// A client that has just arrived, with the headers that may say who it is.
    pub fn new(wire: Wire, headers: HeaderMap, settings: &Settings) -> Self {
        let now = Instant::now();
        let link = Link {
            wire,
            phase: Phase::Opening,
            queue: VecDeque::new(),
            queued: 0,
            head_sent: 0,
            dirty: false,
            lagging: false,
            polled: false,
            upgrading: false,
            headers: Some(Box::new(headers)),
            valid_until_ms: None,
            rooms: Vec::new(),
            since: now,
            ping_at: now + settings.ping_interval,
            pong_by: None,
            allowance: BURST,
            allowance_at: now,
        };
        Self { sid: Sid::draw(), wake: Notify::new(), identity: OnceLock::new(), link: Mutex::new(link) }
    }

    /// Who this is, once it is known.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.get()
    }

    /// The headers of the first request, until the client is known.
    pub fn headers(&self) -> Option<HeaderMap> {
        lock(&self.link).headers.as_deref().cloned()
    }

    /// The client is who it says, until `identity.valid_until_ms`. `false` when it left meanwhile.
    pub fn admit(&self, identity: Identity) -> bool {
        let mut link = lock(&self.link);
        if link.phase != Phase::Opening {
            return false;
        }
        link.phase = Phase::Joined;
        link.headers = None;
        link.valid_until_ms = identity.valid_until_ms;
        self.identity.set(identity).is_ok()
    }

    /// The same member has shown newer proof.
    pub fn extend(&self, valid_until_ms: Option<i64>) {
        lock(&self.link).valid_until_ms = valid_until_ms;
    }

    /// Notes that the client is in a room. The rooms are locked by the caller, so that nobody can be
    /// put in a room after leaving for good.
    pub fn enter(&self, room: &Arc<str>) -> Result<bool, &'static str> {
        let mut link = lock(&self.link);
        if link.phase != Phase::Joined {
            return Err("The connection is closing.");
        }
        if link.rooms.contains(room) {
            return Ok(false);
        }
        if link.rooms.len() >= ROOM_LIMIT {
            return Err("A connection may be in 100 rooms; leave one first.");
        }
        link.rooms.push(room.clone());
        Ok(true)
    }

    /// Notes that the client left a room; `false` if it was not there.
    pub fn exit(&self, room: &str) -> bool {
        let mut link = lock(&self.link);
        let before = link.rooms.len();
        link.rooms.retain(|name| &**name != room);
        link.rooms.len() < before
    }

    /// Leaves all rooms and says which they were.
    pub fn exit_all(&self) -> Vec<Arc<str>> {
        std::mem::take(&mut lock(&self.link).rooms)
    }

    /// Whether the client is in the room.
    pub fn is_in(&self, room: &str) -> bool {
        lock(&self.link).rooms.iter().any(|name| &**name == room)
    }

    /// Whether the client may still say something.
    pub fn is_open(&self) -> bool {
        lock(&self.link).phase < Phase::Closing
    }

    /// Whether it is known who this is, and the connection still stands.
    pub fn is_joined(&self) -> bool {
        lock(&self.link).phase == Phase::Joined
    }

    /// Says it now, or queues what the connection does not take.
    pub fn send(&self, frame: Frame) {
        let mut link = lock(&self.link);
        link.push(frame);
        self.flush(&mut link);
    }

    /// Queues it; `true` for the first time since the last [`Socket::write`], which must follow.
    pub fn queue(&self, frame: Frame) -> bool {
        let mut link = lock(&self.link);
        link.push(frame);
        !std::mem::replace(&mut link.dirty, true)
    }

    /// Writes as much of the queue as the connection takes.
    pub fn write(&self) {
        self.flush(&mut lock(&self.link));
    }

    /// Says goodbye. What is queued goes first; nothing follows.
    pub fn close(&self, refusal: Refusal) {
        let mut link = lock(&self.link);
        if link.phase < Phase::Closing {
            link.farewell(refusal);
            self.flush(&mut link);
            self.wake.notify_one();
        }
    }

    /// The connection is gone: nothing can be said any more.
    pub fn abandon(&self) {
        let mut link = lock(&self.link);
        link.phase = Phase::Closed;
        link.queue = VecDeque::new();
        link.queued = 0;
        self.wake.notify_one();
    }

    /// What the task of the websocket should do now.
    pub fn duty(&self) -> Duty {
        let link = lock(&self.link);
        match link.phase {
            Phase::Closed => Duty::Leave,
            Phase::Closing if link.queue.is_empty() => Duty::Linger,
            _ if link.lagging => Duty::Write,
            _ => Duty::Serve,
        }
    }

    /// Counts something the client said; `false` when it says too much.
    pub fn allow(&self) -> bool {
        let mut link = lock(&self.link);
        let now = Instant::now();
        let earned = now.duration_since(link.allowance_at).as_secs_f32() * PER_SECOND;
        link.allowance = (link.allowance + earned).min(BURST) - 1.0;
        link.allowance_at = now;
        link.allowance >= 0.0
    }

    /// The client answered a ping.
    pub fn pong(&self) {
        lock(&self.link).pong_by = None;
    }

    /// Everything that depends on time. `true` when the client is to be forgotten.
    pub fn tick(&self, now: Instant, now_ms: i64, settings: &Settings) -> bool {
        let mut link = lock(&self.link);
        let refusal = match link.phase {
            Phase::Closed => return true,
            Phase::Closing if now >= link.since + FAREWELL => {
                link.phase = Phase::Closed;
                self.wake.notify_one();
                return true;
            }
            Phase::Closing => return false,
            Phase::Opening if now >= link.since + settings.sign_in_within => Some(NOT_SIGNED_IN),
            Phase::Joined if link.valid_until_ms.is_some_and(|until| now_ms >= until) => Some(EXPIRED),
            _ if link.pong_by.is_some_and(|by| now >= by) => {
                link.phase = Phase::Closed;
                self.wake.notify_one();
                return true;
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            link.farewell(refusal);
            self.wake.notify_one();
        } else if now >= link.ping_at {
            link.ping_at = now + settings.ping_interval;
            link.pong_by = Some(now + settings.ping_timeout);
            link.push(Frame::text(packet::PING));
        }
        self.flush(&mut link);
        false
    }

    /// Takes the turn of a poll; `None` while another poll waits, or once there is a websocket.
    pub fn poll(self: &Arc<Self>) -> Option<Turn> {
        let mut link = lock(&self.link);
        if link.polled || matches!(link.wire, Wire::WebSocket(_)) {
            return None;
        }
        link.polled = true;
        Some(Turn(self.clone()))
    }

    /// The answer to the waiting poll, `None` while there is nothing to say.
    pub fn take(&self) -> Option<Vec<u8>> {
        let mut link = lock(&self.link);
        if matches!(link.wire, Wire::WebSocket(_)) || (link.upgrading && link.queue.is_empty()) {
            return Some(packet::NOTHING.into());
        }
        if link.phase == Phase::Closed {
            return Some(packet::CLOSE.into());
        }
        if link.queue.is_empty() {
            return None;
        }
        let mut answer = Vec::with_capacity(link.queued);
        for frame in std::mem::take(&mut link.queue) {
            if !answer.is_empty() {
                answer.push(packet::SEPARATOR as u8);
            }
            answer.extend_from_slice(frame.payload());
        }
        link.queued = 0;
        link.dirty = false;
        if link.phase == Phase::Closing {
            link.phase = Phase::Closed;
        }
        Some(answer)
    }

    /// Whether the client speaks by polling.
    pub fn is_polling(&self) -> bool {
        matches!(lock(&self.link).wire, Wire::Polling)
    }

    /// A polling client tries a websocket. `false` if it may not: it has one, or tries another.
    pub fn begin_upgrade(&self) -> bool {
        let mut link = lock(&self.link);
        let free = matches!(link.wire, Wire::Polling) && !link.upgrading && link.phase < Phase::Closing;
        link.upgrading |= free;
        drop(link);
        // A waiting poll is answered, so that the client can move.
        self.wake.notify_one();
        free
    }

    /// The websocket came to nothing: polling goes on.
    pub fn end_upgrade(&self) {
        lock(&self.link).upgrading = false;
    }

    /// The websocket is the connection from now on, and takes what was queued. `false` if the client left.
    pub fn upgrade(&self, stream: Arc<TcpStream>) -> bool {
        let mut link = lock(&self.link);
        link.upgrading = false;
        if link.phase >= Phase::Closing {
            return false;
        }
        link.wire = Wire::WebSocket(stream);
        self.flush(&mut link);
        self.wake.notify_waiters();
        true
    }

    fn flush(&self, link: &mut Link) {
        link.dirty = false;
        let Wire::WebSocket(stream) = &link.wire else {
            if !link.queue.is_empty() {
                self.wake.notify_one();
            }
            return;
        };
        while !link.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); BATCH];
            let mut skip = link.head_sent;
            for (slice, frame) in slices.iter_mut().zip(&link.queue) {
                *slice = IoSlice::new(frame.bytes().get(skip..).unwrap_or_default());
                skip = 0;
            }
            let filled = link.queue.len().min(BATCH);
            match stream.try_write_vectored(slices.get(..filled).unwrap_or_default()) {
                Ok(0) => break,
                Ok(sent) => {
                    link.head_sent += sent;
                    link.queued = link.queued.saturating_sub(sent);
                    while let Some(head) = link.queue.front().map(|frame| frame.bytes().len()) {
                        if link.head_sent < head {
                            break;
                        }
                        link.head_sent -= head;
                        link.queue.pop_front();
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !std::mem::replace(&mut link.lagging, true) {
                        self.wake.notify_one();
                    }
                    return;
                }
                Err(_) => {
                    link.phase = Phase::Closed;
                    link.queue = VecDeque::new();
                    self.wake.notify_one();
                    return;
                }
            }
        }
        link.lagging = false;
        link.queue.shrink_to(4);
        if link.phase == Phase::Closing {
            self.wake.notify_one();
        }
    }
}

impl Link {
    fn push(&mut self, frame: Frame) {
        if self.phase >= Phase::Closing {
            return;
        }
        let length = frame.bytes().len();
        if self.queued + length > QUEUE_LIMIT {
            self.overflow();
        } else {
            self.queued += length;
            self.queue.push_back(frame);
        }
    }

    /// The client does not keep up. What it missed is dropped, except the frame that is half sent; it is
    /// told to fetch everything again, and to come back.
    fn overflow(&mut self) {
        self.queue.truncate(usize::from(self.head_sent > 0));
        self.queue.push_back(resync("slow"));
        self.farewell(Refusal { code: 1013, reason: "too slow: connect again and fetch everything" });
    }

    fn farewell(&mut self, refusal: Refusal) {
        self.phase = Phase::Closing;
        self.since = Instant::now();
        self.headers = None;
        self.queue.push_back(match self.wire {
            Wire::Polling => Frame::text(packet::CLOSE),
            Wire::WebSocket(_) => Frame::close(refusal.code, refusal.reason),
        });
        self.queued = self.queue.iter().map(|frame| frame.bytes().len()).sum();
    }
}

/// Tells a client that it missed events and must fetch what it shows again.
pub(super) fn resync(reason: &str) -> Frame {
    Frame::text(&packet::emit("resync", &serde_json::json!({ "reason": reason })))
}

/// No proof of who it is came in time.
pub(super) const NOT_SIGNED_IN: Refusal = Refusal { code: 4401, reason: "not signed in in time" };
/// The proof is no longer good, or was taken back.
pub(super) const EXPIRED: Refusal = Refusal { code: 4401, reason: "the session has ended" };

/// The right to answer the one waiting poll; given back when the request ends, however it ends.
pub(super) struct Turn(Arc<Socket>);

impl Drop for Turn {
    fn drop(&mut self) {
        let mut link = lock(&self.0.link);
        link.polled = false;
        // A wake-up that this poll swallowed may have been meant for the websocket that replaced it.
        if matches!(link.wire, Wire::WebSocket(_)) {
            self.0.wake.notify_one();
        }
    }
}
