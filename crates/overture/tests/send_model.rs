//! The send protocol (reliability.md section 2) as a model that is explored exhaustively: one message, two
//! workers, a reconciler, a provider that applies a request at once, late or never, and a network that
//! loses replies. The moves of the message are those of [`Status::after`], so model and product share one
//! table.
//!
//! Any worker may stand still for any time between two of its steps while the clock goes on, which is what
//! a paused process, a slow disk and a zombie node look like from outside; it may also die at any step and
//! start again with nothing remembered. A worker may also be given up while it stands still, as PostgreSQL
//! does when it hears nothing from its machine. What the model takes as given: a worker that is given up does not
//! stand still between the deadline check and the first byte (the window of microseconds that only a key at
//! the provider could close), and a provider applies a request within [`LATEST_APPLY`] or never.
//!
//! Each rule of the protocol can be taken away. Then the checker must find the harm, which proves that
//! the rule is needed and that the model would see its loss.

use std::collections::{HashMap, HashSet, VecDeque};

use domain::message::{Event, Status};
use stateright::{Checker, Model, Property};

/// Claims of one message, after which it expires instead of being tried again. Keeps the model finite.
const MOST_ATTEMPTS: u8 = 3;
/// Ticks after which the claim of a silent owner is taken from it.
const LEASE: u8 = 3;
/// Ticks after which an owner must no longer begin to send.
const DEADLINE: u8 = 1;
/// Ticks after which the provider has either applied a request or never will.
const LATEST_APPLY: u8 = 2;
/// Ticks that a doubtful message waits before anybody asks the provider.
const SETTLE: u8 = LATEST_APPLY + 1;

/// One rule of the protocol, to be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rule {
    /// Look up only after the settle window.
    SettleWindow,
    /// Do not begin to send on a claim that is older than its deadline.
    DeadlineCheck,
    /// What a silent owner holds is looked up only when the owner is gone, or is given up.
    OwnerGone,
    /// A lease that expires makes the message uncertain, not queued.
    ExpiryIsDoubt,
    /// An answer that is neither yes nor no makes the message uncertain, not queued.
    NoRetryOnDoubt,
    /// What an owner writes counts only if the claim is still its own.
    Fencing,
    /// `sent` is written after the provider's yes, not before the call.
    SentAfterAnswer,
    /// Leases expire at all.
    Leases,
}

/// The message's row, as committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Row {
    status: Status,
    /// The number of the claim, which fences its owner.
    attempt: u8,
    /// Ticks since the row came into this status, or was let go in it, up to the longest that matters.
    age: u8,
    /// In doubt, and its owner has neither reported nor let go.
    held: bool,
}

/// What one worker has in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Worker {
    /// Nothing: before the claim, and after a crash.
    Idle,
    /// The claim is committed, no byte has left.
    Claimed { attempt: u8, age: u8 },
    /// The last question is answered with yes, and the bytes have not left.
    Cleared { attempt: u8 },
    /// The request is out, the answer is not here.
    Calling { attempt: u8 },
    /// There is an answer that is not yet written down.
    Answered { attempt: u8, answer: Answer },
}

/// What the caller makes of the provider's reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Answer {
    /// A definite yes.
    Yes,
    /// A definite no, to be tried again (429).
    Busy,
    /// A definite no for ever (400).
    Refused,
    /// Time-out, reset, 5xx, or a 2xx that cannot be read.
    Doubt,
}

/// One request at the provider, by the number of the attempt that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Request {
    /// Not made.
    None,
    /// On its way or in the provider's own queue.
    Pending { age: u8 },
    /// Applied: the message has left.
    Applied,
    /// Refused as too many.
    Busy,
    /// Refused for ever.
    Refused,
    /// Lost on the way.
    Lost,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    row: Row,
    workers: [Worker; 2],
    requests: [Request; MOST_ATTEMPTS as usize],
    /// A look-up that is answered but not yet written: of which attempt, and was it found.
    lookup: Option<(u8, bool)>,
}

impl World {
    fn applied(&self) -> usize {
        self.requests.iter().filter(|request| **request == Request::Applied).count()
    }

    /// Could it still arrive?
    fn pending(&self) -> bool {
        self.requests.iter().any(|request| matches!(request, Request::Pending { .. }))
    }

    /// Moves the message where the table allows it; an event that makes no sense any more changes nothing.
    fn take(&mut self, event: Event) {
        if let Ok(status) = self.row.status.after(event)
            && status != self.row.status
        {
            self.row = Row { status, age: 0, held: false, ..self.row };
        }
    }

    fn request(&mut self, attempt: u8) -> &mut Request {
        &mut self.requests[usize::from(attempt) - 1]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    /// Time passes.
    Tick,
    /// A worker claims the message: all guards passed, `sending` committed.
    Claim(usize),
    /// The worker's last look before the bytes leave: they may, or the claim is given back.
    Ask(usize),
    /// The bytes leave.
    Call(usize),
    /// The gate is closed (emergency stop): the claim is given back.
    Stopped(usize),
    /// The provider's reply reaches the worker.
    Reply(usize),
    /// The worker waits no longer, or the reply was lost or unreadable.
    TimeOut(usize),
    /// The worker writes down what it learnt.
    Record(usize),
    /// The worker's process is killed and starts again.
    Crash(usize),
    /// The provider applies the request of this attempt.
    Apply(u8),
    /// The provider answers 429.
    Throttle(u8),
    /// The provider answers 400.
    Refuse(u8),
    /// The request never arrives.
    Lose(u8),
    /// The lease of the claim has run out and any node takes the claim away.
    ExpireLease,
    /// The owner is found gone, or is given up.
    LetGo,
    /// The reconciler asks the provider.
    LookUp,
    /// The reconciler writes down the answer.
    Settle,
    /// A status webhook with our reference arrives.
    Evidence,
    /// Withdrawn by its author.
    Cancel,
    /// Too late to be sent.
    Expire,
}

/// The protocol, without one of its rules or whole.
struct Protocol {
    without: Option<Rule>,
}

impl Protocol {
    fn has(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }

    /// Writes as the owner of `attempt`: a compare-and-set on status and attempt. An owner that comes back
    /// after its lease still knows best what became of its own attempt: its definite no is a proof.
    fn write_as_owner(&self, world: &mut World, attempt: u8, event: Event) {
        if world.row.attempt != attempt && self.has(Rule::Fencing) {
            return;
        }
        match (world.row.status, event) {
            (Status::Sending, event) => world.take(event),
            (Status::Uncertain, Event::GiveBack | Event::Retry) => world.take(Event::ProvenAbsent),
            (Status::Uncertain, event) => world.take(event),
            _ => return,
        }
        // Whatever it said, it has nothing more to say: doubt rests from now on.
        world.row = Row { age: 0, held: false, ..world.row };
    }

    fn tick(world: &mut World) {
        world.row.age = (world.row.age + 1).min(LEASE.max(SETTLE));
        for worker in &mut world.workers {
            if let Worker::Claimed { age, .. } = worker {
                *age = (*age + 1).min(DEADLINE + 1);
            }
        }
        for request in &mut world.requests {
            if let Request::Pending { age } = request {
                *age += 1;
            }
        }
    }

    fn ask(&self, world: &mut World, who: usize) {
        let Worker::Claimed { attempt, age } = world.workers[who] else { return };
        if age > DEADLINE && self.has(Rule::DeadlineCheck) {
            self.write_as_owner(world, attempt, Event::GiveBack);
            world.workers[who] = Worker::Idle;
            return;
        }
        world.workers[who] = Worker::Cleared { attempt };
    }

    /// Whether what a silent owner holds may be let go: it has ended, or it may be given up.
    fn lets_go(&self, world: &World) -> bool {
        let may_begin = world.workers.contains(&Worker::Cleared { attempt: world.row.attempt });
        world.row.held && (!may_begin || !self.has(Rule::OwnerGone))
    }

    fn record(&self, world: &mut World, who: usize) {
        let Worker::Answered { attempt, answer } = world.workers[who] else { return };
        world.workers[who] = Worker::Idle;
        let event = match answer {
            Answer::Yes => Event::Sent,
            Answer::Busy if attempt < MOST_ATTEMPTS => Event::Retry,
            Answer::Busy | Answer::Refused => Event::Fail,
            Answer::Doubt if self.has(Rule::NoRetryOnDoubt) => Event::Doubt,
            Answer::Doubt => Event::Retry,
        };
        self.write_as_owner(world, attempt, event);
    }

    fn settle(world: &mut World) {
        let Some((attempt, found)) = world.lookup.take() else { return };
        if world.row.status != Status::Uncertain || world.row.attempt != attempt {
            return;
        }
        world.take(match found {
            true => Event::Sent,
            false if attempt < MOST_ATTEMPTS => Event::ProvenAbsent,
            false => Event::Fail,
        });
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            row: Row { status: Status::Queued, attempt: 0, age: 0, held: false },
            workers: [Worker::Idle; 2],
            requests: [Request::None; MOST_ATTEMPTS as usize],
            lookup: None,
        }]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        let overdue = |request: &Request| matches!(request, Request::Pending { age } if *age >= LATEST_APPLY);
        if !world.requests.iter().any(overdue) {
            steps.push(Step::Tick);
        }
        for (who, worker) in world.workers.iter().enumerate() {
            match *worker {
                Worker::Idle if world.row.status == Status::Queued && world.row.attempt < MOST_ATTEMPTS => {
                    steps.push(Step::Claim(who));
                }
                Worker::Idle => {}
                Worker::Claimed { .. } => {
                    steps.extend([Step::Ask(who), Step::Stopped(who), Step::Crash(who)])
                }
                Worker::Cleared { .. } => steps.extend([Step::Call(who), Step::Crash(who)]),
                Worker::Calling { attempt } => {
                    steps.extend([Step::TimeOut(who), Step::Crash(who)]);
                    let request = world.requests[usize::from(attempt) - 1];
                    if matches!(request, Request::Applied | Request::Busy | Request::Refused) {
                        steps.push(Step::Reply(who));
                    }
                }
                Worker::Answered { .. } => steps.extend([Step::Record(who), Step::Crash(who)]),
            }
        }
        for (number, request) in (1..).zip(&world.requests) {
            if matches!(request, Request::Pending { .. }) {
                steps.extend([
                    Step::Apply(number),
                    Step::Throttle(number),
                    Step::Refuse(number),
                    Step::Lose(number),
                ]);
            }
        }
        if world.row.status == Status::Sending && world.row.age >= LEASE && self.has(Rule::Leases) {
            steps.push(Step::ExpireLease);
        }
        if self.lets_go(world) {
            steps.push(Step::LetGo);
        }
        let settled = !world.row.held && world.row.age >= SETTLE || !self.has(Rule::SettleWindow);
        if world.row.status == Status::Uncertain && settled && world.lookup.is_none() {
            steps.push(Step::LookUp);
        }
        if world.lookup.is_some() {
            steps.push(Step::Settle);
        }
        if world.applied() > 0 && !world.row.status.has_left() {
            steps.push(Step::Evidence);
        }
        if world.row.status == Status::Queued {
            steps.extend([Step::Cancel, Step::Expire]);
        }
    }

    fn next_state(&self, last: &World, step: Step) -> Option<World> {
        let mut world = last.clone();
        match step {
            Step::Tick => Self::tick(&mut world),
            Step::Claim(who) => {
                world.take(Event::Claim);
                world.row.attempt += 1;
                world.workers[who] = Worker::Claimed { attempt: world.row.attempt, age: 0 };
                if !self.has(Rule::SentAfterAnswer) {
                    world.take(Event::Sent);
                }
            }
            Step::Ask(who) => self.ask(&mut world, who),
            Step::Call(who) => {
                let Worker::Cleared { attempt } = world.workers[who] else { return None };
                *world.request(attempt) = Request::Pending { age: 0 };
                world.workers[who] = Worker::Calling { attempt };
            }
            Step::Stopped(who) => {
                if let Worker::Claimed { attempt, .. } = world.workers[who] {
                    self.write_as_owner(&mut world, attempt, Event::GiveBack);
                }
                world.workers[who] = Worker::Idle;
            }
            Step::Reply(who) => {
                let Worker::Calling { attempt } = world.workers[who] else { return None };
                let answer = match world.request(attempt) {
                    Request::Applied => Answer::Yes,
                    Request::Busy => Answer::Busy,
                    Request::Refused => Answer::Refused,
                    _ => return None,
                };
                world.workers[who] = Worker::Answered { attempt, answer };
            }
            Step::TimeOut(who) => {
                let Worker::Calling { attempt } = world.workers[who] else { return None };
                world.workers[who] = Worker::Answered { attempt, answer: Answer::Doubt };
            }
            Step::Record(who) => self.record(&mut world, who),
            Step::Crash(who) => world.workers[who] = Worker::Idle,
            Step::Apply(attempt) => *world.request(attempt) = Request::Applied,
            Step::Throttle(attempt) => *world.request(attempt) = Request::Busy,
            Step::Refuse(attempt) => *world.request(attempt) = Request::Refused,
            Step::Lose(attempt) => *world.request(attempt) = Request::Lost,
            Step::ExpireLease if self.has(Rule::ExpiryIsDoubt) => {
                world.take(Event::Doubt);
                world.row.held = true;
            }
            Step::ExpireLease => world.take(Event::Retry),
            Step::LetGo => world.row = Row { age: 0, held: false, ..world.row },
            Step::LookUp => world.lookup = Some((world.row.attempt, world.applied() > 0)),
            Step::Settle => Self::settle(&mut world),
            Step::Evidence => world.take(Event::Delivered),
            Step::Cancel => world.take(Event::Cancel),
            Step::Expire => world.take(Event::Expire),
        }
        (world != *last).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NEVER_TWICE, |_, world: &World| world.applied() <= 1),
            Property::always(NEVER_LOST, |_, world: &World| {
                !world.row.status.has_left() || world.applied() > 0
            }),
            // Whoever reads one of these may act on it: claim it, report it, write to the person again.
            Property::always(NEVER_WRONG, |_, world: &World| {
                let says_not_sent = matches!(
                    world.row.status,
                    Status::Queued | Status::Failed | Status::Cancelled | Status::Expired
                );
                !says_not_sent || (world.applied() == 0 && !world.pending())
            }),
            // The model is not true for want of anything happening.
            Property::sometimes("sent at the first attempt", |_, world: &World| {
                world.row.status == Status::Sent && world.row.attempt == 1
            }),
            Property::sometimes("sent after an attempt that was proven absent", |_, world: &World| {
                world.row.status == Status::Sent && world.requests[0] == Request::Lost
            }),
            Property::sometimes("a doubt that a webhook settles", |_, world: &World| {
                world.row.status == Status::Delivered && world.lookup.is_some()
            }),
            Property::sometimes("failed for good", |_, world: &World| world.row.status == Status::Failed),
        ]
    }
}

const NEVER_TWICE: &str = "the provider applies it at most once";
const NEVER_LOST: &str = "what is called sent has left";
const NEVER_WRONG: &str = "what is called not sent has not left and cannot leave any more";

/// Explores every state and returns the first state, if any, from which no way leads to a settled message:
/// a message that nobody would ever hear of again.
fn a_dead_end(protocol: &Protocol) -> Option<World> {
    let mut before: HashMap<World, Vec<World>> = HashMap::new();
    let mut settled = VecDeque::new();
    let mut waiting: VecDeque<World> = protocol.init_states().into();
    let mut seen: HashSet<World> = waiting.iter().cloned().collect();
    while let Some(world) = waiting.pop_front() {
        if world.row.status.is_settled() {
            settled.push_back(world.clone());
        }
        for next in protocol.next_states(&world) {
            before.entry(next.clone()).or_default().push(world.clone());
            if seen.insert(next.clone()) {
                waiting.push_back(next);
            }
        }
    }
    while let Some(world) = settled.pop_front() {
        if seen.remove(&world) {
            settled.extend(before.remove(&world).unwrap_or_default());
        }
    }
    seen.into_iter().next()
}

/// Steps within which every harm shows.
const DEEPEST: usize = 24;

/// The steps of the shortest way to break `property` without `rule`.
fn harm_without(rule: Rule, property: &'static str) -> Vec<Step> {
    let steps = (1..=DEEPEST).find_map(|depth| {
        let checker = Protocol { without: Some(rule) }.checker().target_max_depth(depth).spawn_bfs().join();
        checker.discovery(property)
    });
    let steps = steps.map(|path| path.into_actions()).unwrap_or_default();
    println!("without {rule:?}: {steps:?}");
    steps
}

#[test]
fn the_whole_protocol_sends_never_twice_and_loses_nothing() {
    let checker = Protocol { without: None }.checker().spawn_bfs().join();
    println!("{} states, {} of them different", checker.state_count(), checker.unique_state_count());
    checker.assert_properties();
    assert!(checker.is_done());
}

#[test]
fn a_way_to_a_settled_message_is_open_in_every_state() {
    assert_eq!(a_dead_end(&Protocol { without: None }), None);
}

#[test]
fn without_the_settle_window_a_late_apply_sends_twice() {
    assert!(!harm_without(Rule::SettleWindow, NEVER_TWICE).is_empty());
}

#[test]
fn without_the_deadline_check_a_paused_worker_sends_twice() {
    let steps = harm_without(Rule::DeadlineCheck, NEVER_TWICE);
    assert!(steps.contains(&Step::ExpireLease), "the harm is the paused worker's: {steps:?}");
}

#[test]
fn looking_up_what_a_living_owner_holds_sends_twice() {
    let steps = harm_without(Rule::OwnerGone, NEVER_TWICE);
    assert!(steps.contains(&Step::LetGo), "{steps:?}");
}

#[test]
fn requeueing_an_expired_lease_sends_twice() {
    let steps = harm_without(Rule::ExpiryIsDoubt, NEVER_TWICE);
    assert!(steps.contains(&Step::ExpireLease), "{steps:?}");
}

#[test]
fn retrying_on_doubt_sends_twice() {
    assert!(!harm_without(Rule::NoRetryOnDoubt, NEVER_TWICE).is_empty());
}

#[test]
fn without_fencing_an_old_owner_makes_a_new_one_send_twice() {
    assert!(!harm_without(Rule::Fencing, NEVER_TWICE).is_empty());
}

#[test]
fn marking_sent_before_the_call_loses_it() {
    assert!(!harm_without(Rule::SentAfterAnswer, NEVER_LOST).is_empty());
}

#[test]
fn without_leases_a_crash_leaves_a_dead_end() {
    let stuck = a_dead_end(&Protocol { without: Some(Rule::Leases) });
    assert_eq!(stuck.map(|world| world.row.status), Some(Status::Sending));
}
