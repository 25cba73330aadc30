//! Rooms and fan-out.
//!
//! [`Hub::publish`] serialises and frames an event once and leaves it in a line; one task takes what has
//! gathered there, queues it at every member of the room and then writes each socket once, so that a
//! burst costs one system call per socket. A second task looks at the clock for all sockets at once:
//! pings, sessions that end, clients that never say who they are.

use super::{
    Audience, Identity,
    frame::{Frame, Refusal},
    packet,
    socket::{EXPIRED, Sid, Socket, resync},
};
use serde_json::Value;
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, task::yield_now, time::Instant};

/// Events that may wait for the fan-out, and their bytes. Beyond, everybody is told to fetch again.
const LINE_EVENTS: usize = 16_384;
const LINE_BYTES: usize = 64 * 1024 * 1024;
/// Events queued at the sockets before these are written, and their bytes: under load, many small events
/// share a write; and no client is taken for a slow one because of a single batch.
const BATCH_EVENTS: usize = 1024;
const BATCH_BYTES: usize = 256 * 1024;
/// Sockets written before other tasks get a turn.
const BATCH_SOCKETS: usize = 64;
/// How often the clock is looked at: a session that ends is cut within this time.
const PULSE: Duration = Duration::from_millis(500);
/// How long [`Hub::close`] waits for clients to take their last frame.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// The times that clients are held to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// From one ping to the next.
    pub ping_interval: Duration,
    /// How long the answer to a ping may take.
    pub ping_timeout: Duration,
    /// How long a client may take to show who it is.
    pub sign_in_within: Duration,
    /// Most clients at a time; more are answered 503.
    pub clients: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            sign_in_within: Duration::from_secs(5),
            clients: 50_000,
        }
    }
}

/// Where events for clients go in. Clones share everything.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

pub(super) struct Shared {
    pub settings: Settings,
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
    sockets: RwLock<HashMap<Sid, Arc<Socket>>>,
    rooms: RwLock<HashMap<Arc<str>, Vec<Arc<Socket>>>>,
    joined: AtomicUsize,
    line: Mutex<Line>,
    filled: Arc<Notify>,
    emptied: Notify,
    started: AtomicBool,
    closed: AtomicBool,
}

#[derive(Default)]
struct Line {
    events: VecDeque<Event>,
    bytes: usize,
    overrun: bool,
}

struct Event {
    room: Box<str>,
    frame: Frame,
    /// The member who caused it and need not hear of it.
    except: Option<Box<str>>,
}

impl Hub {
    /// A hub with the usual times, by the system's clock.
    pub fn new() -> Self {
        Self::with(Settings::default(), crate::clock::real_ms)
    }

    /// A hub with other times or another clock (milliseconds since the epoch, for the end of sessions).
    pub fn with(settings: Settings, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared {
            settings,
            clock: Box::new(clock),
            sockets: RwLock::default(),
            rooms: RwLock::default(),
            joined: AtomicUsize::new(0),
            line: Mutex::default(),
            filled: Arc::default(),
            emptied: Notify::new(),
            started: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        }))
    }

    /// Tells everybody in the room. Returns at once, whoever is slow; costs next to nothing where nobody
    /// listens. Events of one publisher reach a client in their order.
    pub fn publish(&self, room: &str, event: &str, data: &Value) {
        self.publish_except(room, event, data, None);
    }

    /// Clients that are connected and known.
    pub fn connections(&self) -> usize {
        self.0.joined.load(Ordering::Relaxed)
    }

    /// Whether somebody is in the room.
    pub fn is_heard(&self, room: &str) -> bool {
        read(&self.0.rooms).contains_key(room)
    }

    /// The sessions by which clients are connected, and whether they hear everything.
    pub fn sessions(&self) -> Vec<(String, bool)> {
        let mut sessions: Vec<(String, bool)> = read(&self.0.sockets)
            .values()
            .filter_map(|socket| socket.identity().map(|who| (who.session_id.clone(), who.sees_all)))
            .filter(|(session, _)| !session.is_empty())
            .collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// Cuts every connection of a member, when the member is disabled.
    pub fn disconnect_member(&self, member_id: &str) {
        self.disconnect(|who| who.member_id == member_id);
    }

    /// Cuts every connection of a session, when it ends or goes on elsewhere.
    pub fn disconnect_session(&self, session_id: &str) {
        self.disconnect(|who| who.session_id == session_id);
    }

    fn disconnect(&self, whose: impl Fn(&super::Identity) -> bool) {
        let theirs: Vec<_> = read(&self.0.sockets)
            .values()
            .filter(|socket| socket.identity().is_some_and(&whose))
            .cloned()
            .collect();
        for socket in theirs {
            socket.close(EXPIRED);
            self.leave_all(&socket);
        }
    }

    /// Says goodbye to everybody and waits, some seconds at most, until they have heard it. Nobody is
    /// let in afterwards.
    pub async fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        let all: Vec<_> = read(&self.0.sockets).values().cloned().collect();
        for socket in all {
            socket.close(Refusal { code: 1001, reason: "the server is restarting" });
        }
        let everybody_left = async {
            loop {
                let emptied = self.0.emptied.notified();
                if read(&self.0.sockets).is_empty() {
                    return;
                }
                emptied.await;
            }
        };
        if tokio::time::timeout(CLOSE_WITHIN, everybody_left).await.is_err() {
            tracing::debug!(left = read(&self.0.sockets).len(), "some clients did not take their leave");
        }
    }

    pub(super) fn publish_except(&self, room: &str, event: &str, data: &Value, except: Option<&str>) {
        if !read(&self.0.rooms).contains_key(room) {
            return;
        }
        let frame = Frame::text(&packet::emit(event, data));
        let mut line = lock(&self.0.line);
        let bytes = line.bytes + frame.bytes().len();
        if line.events.len() >= LINE_EVENTS || bytes > LINE_BYTES {
            line.overrun = true;
            return;
        }
        line.bytes = bytes;
        line.events.push_back(Event { room: room.into(), frame, except: except.map(Into::into) });
        if line.events.len() == 1 {
            self.0.filled.notify_one();
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Milliseconds since the epoch, by the hub's clock.
    pub(super) fn now_ms(&self) -> i64 {
        (self.0.clock)()
    }

    /// Whether one more client may come.
    pub(super) fn has_room(&self) -> bool {
        !self.0.closed.load(Ordering::SeqCst) && read(&self.0.sockets).len() < self.0.settings.clients
    }

    pub(super) fn find(&self, sid: Sid) -> Option<Arc<Socket>> {
        read(&self.0.sockets).get(&sid).cloned()
    }

    /// Takes a client into care.
    pub(super) fn register(&self, socket: &Arc<Socket>) {
        write(&self.0.sockets).insert(socket.sid, socket.clone());
        if !self.0.started.swap(true, Ordering::SeqCst) {
            tokio::spawn(fan_out(Arc::downgrade(&self.0), self.0.filled.clone()));
            tokio::spawn(pulse(Arc::downgrade(&self.0)));
        }
        if self.0.closed.load(Ordering::SeqCst) {
            socket.close(Refusal { code: 1001, reason: "the server is restarting" });
        }
    }

    /// The client is who it says: it is told so, then put into the rooms that are its own.
    pub(super) fn admit(&self, socket: &Arc<Socket>, identity: Identity) {
        let mut rooms = vec![Audience::user(&identity.member_id)];
        if identity.sees_all {
            rooms.push(Audience::workspace(&identity.workspace_id));
        } else {
            rooms.push(Audience::owner(&identity.workspace_id));
            rooms.push(Audience::owner(&identity.member_id));
        }
        let hello =
            serde_json::json!({ "member_id": identity.member_id, "workspace_id": identity.workspace_id });
        self.0.joined.fetch_add(1, Ordering::Relaxed);
        if !socket.admit(identity) {
            self.0.joined.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        socket.send(Frame::text(&packet::connected(&socket.sid.to_string())));
        for room in &rooms {
            if let Err(problem) = self.join(socket, room) {
                tracing::debug!(problem, "a client left while it was let in");
            }
        }
        socket.send(Frame::text(&packet::emit("authenticated", &hello)));
    }

    /// Puts the client into a room; the error says why not.
    pub(super) fn join(&self, socket: &Arc<Socket>, room: &str) -> Result<(), &'static str> {
        let mut rooms = write(&self.0.rooms);
        let name = rooms.get_key_value(room).map_or_else(|| Arc::from(room), |(name, _)| name.clone());
        if socket.enter(&name)? {
            rooms.entry(name).or_default().push(socket.clone());
        }
        Ok(())
    }

    pub(super) fn leave(&self, socket: &Arc<Socket>, room: &str) {
        let mut rooms = write(&self.0.rooms);
        if socket.exit(room) {
            remove(&mut rooms, room, socket);
        }
    }

    /// Forgets a client whose connection is over.
    pub(super) fn forget(&self, socket: &Arc<Socket>) {
        self.0.forget(socket);
    }

    fn leave_all(&self, socket: &Arc<Socket>) {
        self.0.leave_all(socket);
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Shared {
    fn leave_all(&self, socket: &Arc<Socket>) {
        let mut rooms = write(&self.rooms);
        for room in socket.exit_all() {
            remove(&mut rooms, &room, socket);
        }
    }

    fn forget(&self, socket: &Arc<Socket>) {
        socket.abandon();
        let mut sockets = write(&self.sockets);
        if sockets.remove(&socket.sid).is_none() {
            return;
        }
        let empty = sockets.is_empty();
        drop(sockets);
        self.leave_all(socket);
        if socket.identity().is_some() {
            self.joined.fetch_sub(1, Ordering::Relaxed);
        }
        if empty {
            self.emptied.notify_waiters();
        }
    }

    /// Queues the next events at their sockets and says which sockets are to be written.
    fn hand_out(&self) -> Option<Vec<Arc<Socket>>> {
        let (events, overrun) = {
            let mut line = lock(&self.line);
            let (mut events, mut bytes) = (Vec::new(), 0);
            while events.len() < BATCH_EVENTS && bytes < BATCH_BYTES {
                let Some(event) = line.events.pop_front() else { break };
                bytes += event.frame.bytes().len();
                events.push(event);
            }
            line.bytes -= bytes;
            if line.events.is_empty() {
                line.events.shrink_to(64);
            }
            (events, line.events.is_empty() && std::mem::take(&mut line.overrun))
        };
        if events.is_empty() && !overrun {
            return None;
        }
        let mut touched = Vec::new();
        let rooms = read(&self.rooms);
        for event in &events {
            for socket in rooms.get(&*event.room).into_iter().flatten() {
                let except = event.except.as_deref();
                if except.is_some() && except == socket.identity().map(|who| who.member_id.as_str()) {
                    continue;
                }
                if socket.queue(event.frame.clone()) {
                    touched.push(socket.clone());
                }
            }
        }
        drop(rooms);
        if overrun {
            tracing::warn!("more events than clients can be told; they are asked to fetch everything again");
            for socket in read(&self.sockets).values().filter(|socket| socket.is_joined()) {
                if socket.queue(resync("busy")) {
                    touched.push(socket.clone());
                }
            }
        }
        Some(touched)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.filled.notify_one();
    }
}

async fn fan_out(shared: Weak<Shared>, filled: Arc<Notify>) {
    loop {
        filled.notified().await;
        let Some(shared) = shared.upgrade() else { return };
        while let Some(touched) = shared.hand_out() {
            for group in touched.chunks(BATCH_SOCKETS) {
                group.iter().for_each(|socket| socket.write());
                yield_now().await;
            }
        }
    }
}

async fn pulse(shared: Weak<Shared>) {
    let mut interval = tokio::time::interval(PULSE);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        let (now, now_ms) = (Instant::now(), (shared.clock)());
        let over: Vec<_> = read(&shared.sockets)
            .values()
            .filter(|socket| socket.tick(now, now_ms, &shared.settings))
            .cloned()
            .collect();
        over.iter().for_each(|socket| shared.forget(socket));
    }
}

fn remove(rooms: &mut HashMap<Arc<str>, Vec<Arc<Socket>>>, room: &str, socket: &Arc<Socket>) {
    let Some(members) = rooms.get_mut(room) else { return };
    if let Some(place) = members.iter().position(|member| Arc::ptr_eq(member, socket)) {
        members.swap_remove(place);
    }
    if members.is_empty() {
        rooms.remove(room);
    }
}

/// What a panicking thread left behind is still whole: every change here is complete before a call out.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
