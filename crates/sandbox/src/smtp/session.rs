//! One SMTP conversation (RFC 5321, with STARTTLS, AUTH, SIZE, PIPELINING, 8BITMIME and enhanced codes).

use std::io;
use std::sync::{Arc, atomic::Ordering};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::HOST;
use super::wire::{Body, Wire};
use crate::fault::{Hit, Kind, Place};
use crate::mail::Mail;
use crate::world::{World, locked};
use crate::{clock, people};

/// The largest mail, in bytes.
const LARGEST_MAIL: usize = 25 << 20;
/// The most recipients of one mail.
const MOST_RECIPIENTS: usize = 100;

/// What goes on after a command.
enum Next {
    Reply(String),
    StartTls,
    Data,
    Quit,
}

fn reply(text: impl Into<String>) -> Next {
    Next::Reply(text.into())
}

#[derive(Default)]
struct Session {
    greeted: bool,
    tls: bool,
    authenticated: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// Talks to one client until it leaves, a fault ends it, or the connection breaks.
pub(super) async fn run(stream: TcpStream, tls: TlsAcceptor, world: Arc<World>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut wire = Wire::new(stream);
    match world.faults.draw(Place::SmtpConnect) {
        None => wire.say(&format!("220 {HOST} ESMTP\r\n")).await?,
        Some(Hit { kind: Kind::Smtp(code), .. }) => return wire.say(&refusal(code)).await,
        Some(hit) => {
            world.rest(hit.delay).await;
            return Ok(());
        }
    }
    let mut session = Session::default();
    while let Some(line) = wire.line().await? {
        match session.command(&line, &world, &mut wire).await? {
            Next::Reply(text) => wire.say(&text).await?,
            Next::Quit => return wire.say("221 2.0.0 Bye\r\n").await,
            Next::StartTls => {
                wire.say("220 2.0.0 Ready to start TLS\r\n").await?;
                wire = wire.secured(&tls).await?;
                session = Session { tls: true, ..Session::default() };
            }
            Next::Data => {
                wire.say("354 End data with <CR><LF>.<CR><LF>\r\n").await?;
                let answer = match wire.body(LARGEST_MAIL).await? {
                    None => return Ok(()),
                    Some(Body::TooLong) => Some(too_large()),
                    Some(Body::Whole(raw)) => session.take(raw, &world).await,
                };
                session.forget_mail();
                match answer {
                    Some(Answer::Say(text)) => wire.say(&text).await?,
                    Some(Answer::SayAndClose(text)) => return wire.say(&text).await,
                    Some(Answer::Reset) => {
                        wire.reset();
                        return Ok(());
                    }
                    None => return Ok(()),
                }
            }
        }
    }
    Ok(())
}

/// What follows the final dot; nothing at all closes the connection without a word.
enum Answer {
    Say(String),
    SayAndClose(String),
    Reset,
}

fn too_large() -> Answer {
    Answer::Say("552 5.3.4 Message size exceeds fixed maximum of 25 MB\r\n".into())
}

/// The reply to an ordered code.
fn refusal(code: u16) -> String {
    let text = match code {
        421 => "4.3.2 Service not available, closing transmission channel",
        450 => "4.2.1 The mailbox is busy, try again later",
        451 => "4.7.1 Greylisted, try again in a few minutes",
        452 => "4.2.2 The mailbox is over quota",
        550 => "5.1.1 The address does not exist",
        552 => "5.2.2 The mailbox is full",
        554 => "5.7.1 Refused by policy",
        400..=499 => "4.0.0 Ordered by the sandbox's fault API",
        _ => "5.0.0 Ordered by the sandbox's fault API",
    };
    format!("{code} {text}\r\n")
}

/// What the server says where a fault is a refusal.
fn ordered(kind: Kind) -> Option<String> {
    match kind {
        Kind::Smtp(code) => Some(refusal(code)),
        Kind::Enhanced(code, class, subject, detail) => {
            Some(format!("{code} {class}.{subject}.{detail} Ordered by the sandbox's fault API\r\n"))
        }
        _ => None,
    }
}

impl Session {
    fn forget_mail(&mut self) {
        self.from = None;
        self.to.clear();
    }

    async fn command(&mut self, line: &str, world: &World, wire: &mut Wire) -> io::Result<Next> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        Ok(match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.greeted = true;
                self.forget_mail();
                let start_tls = if self.tls { "" } else { "250-STARTTLS\r\n" };
                reply(format!(
                    "250-{HOST}\r\n250-PIPELINING\r\n250-SIZE {LARGEST_MAIL}\r\n{start_tls}\
                     250-AUTH PLAIN LOGIN\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
                ))
            }
            "HELO" => {
                self.greeted = true;
                self.forget_mail();
                reply(format!("250 {HOST}\r\n"))
            }
            "STARTTLS" if self.tls => reply("503 5.5.1 TLS is active already\r\n"),
            "STARTTLS" => Next::StartTls,
            "AUTH" => self.authenticate(rest, world, wire).await?,
            "MAIL" => self.mail(rest, world),
            "RCPT" => self.recipient(rest, world),
            "DATA" if self.to.is_empty() => reply("503 5.5.1 RCPT first\r\n"),
            "DATA" => Next::Data,
            "RSET" => {
                self.forget_mail();
                reply("250 2.0.0 Forgotten\r\n")
            }
            "NOOP" => reply("250 2.0.0 Ok\r\n"),
            "VRFY" => reply("252 2.0.0 Send it and see\r\n"),
            "QUIT" => Next::Quit,
            _ => reply("500 5.5.2 Unknown command\r\n"),
        })
    }

    async fn authenticate(&mut self, rest: &str, world: &World, wire: &mut Wire) -> io::Result<Next> {
        if self.authenticated {
            return Ok(reply("503 5.5.1 Authenticated already\r\n"));
        }
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let pair = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let given = if initial.is_empty() { ask(wire, "").await? } else { decode(initial) };
                given.and_then(|given| {
                    let mut parts = given.split('\0').skip(1).map(str::to_owned);
                    Some((parts.next()?, parts.next()?))
                })
            }
            "LOGIN" => {
                let user = if initial.is_empty() { ask(wire, "Username:").await? } else { decode(initial) };
                user.zip(ask(wire, "Password:").await?)
            }
            _ => return Ok(reply("504 5.5.4 There is PLAIN and LOGIN\r\n")),
        };
        let options = &world.options;
        Ok(match pair {
            None => reply("501 5.5.2 Cannot decode the credentials\r\n"),
            Some((user, password)) if user == options.smtp_user && password == options.smtp_password => {
                self.authenticated = true;
                reply("235 2.7.0 Authentication successful\r\n")
            }
            Some(_) => reply("535 5.7.8 Authentication credentials invalid\r\n"),
        })
    }

    fn mail(&mut self, rest: &str, world: &World) -> Next {
        if !self.greeted {
            return reply("503 5.5.1 EHLO first\r\n");
        }
        if world.options.smtp_auth_required && !self.authenticated {
            return reply("530 5.7.0 Authentication required\r\n");
        }
        if self.from.is_some() {
            return reply("503 5.5.1 Sender given already\r\n");
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return reply("501 5.5.4 MAIL FROM:<address>\r\n");
        };
        let size = parameters.split(' ').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.eq_ignore_ascii_case("SIZE").then(|| value.parse::<usize>().unwrap_or(usize::MAX))
        });
        if size.is_some_and(|size| size > LARGEST_MAIL) {
            return reply("552 5.3.4 Message size exceeds fixed maximum of 25 MB\r\n");
        }
        self.from = Some(address.to_owned());
        reply("250 2.1.0 Ok\r\n")
    }

    fn recipient(&mut self, rest: &str, world: &World) -> Next {
        if self.from.is_none() {
            return reply("503 5.5.1 MAIL first\r\n");
        }
        let address = path(rest, "TO:").map(|(address, _)| address);
        let plausible = |address: &&str| {
            let domain =
                address.rsplit_once('@').map(|(local, domain)| !local.is_empty() && !domain.is_empty());
            domain == Some(true) && !address.contains(char::is_whitespace)
        };
        let Some(address) = address.filter(plausible) else {
            locked(&world.email).ledger.refused += 1;
            return reply("501 5.1.3 Bad recipient address syntax\r\n");
        };
        if self.to.len() >= MOST_RECIPIENTS {
            return reply("452 4.5.3 Too many recipients\r\n");
        }
        if let Some(hit) = world.faults.draw(Place::SmtpRcpt)
            && let Some(said) = ordered(hit.kind)
        {
            locked(&world.email).ledger.refused += 1;
            return reply(said);
        }
        if world.people_on() && people::is_unknown_here(world.options.seed, address) {
            locked(&world.email).ledger.refused += 1;
            world.people.count("rejected");
            return reply(format!(
                "550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table\r\n"
            ));
        }
        self.to.push(address.to_owned());
        reply("250 2.1.5 Ok\r\n")
    }

    /// The final dot has come: keeps the mail, unless a fault has other plans.
    async fn take(&self, raw: Vec<u8>, world: &Arc<World>) -> Option<Answer> {
        let from = self.from.as_deref().unwrap_or_default();
        let mail = Mail::new(clock::now_ms(), from, &self.to, self.tls, raw);
        let Some(hit) = world.faults.draw(Place::SmtpData) else { return Some(accept(world, mail)) };
        match hit.kind {
            Kind::Smtp(421) => Some(Answer::SayAndClose(refusal(421))),
            Kind::Smtp(_) | Kind::Enhanced(..) => ordered(hit.kind).map(Answer::Say),
            Kind::CloseAfterData => {
                accept(world, mail);
                None
            }
            Kind::AcceptThenReset => {
                accept(world, mail);
                Some(Answer::Reset)
            }
            Kind::AcceptThenHang => {
                accept(world, mail);
                world.rest(hit.delay).await;
                None
            }
            Kind::Slow => {
                let slow = Arc::clone(world);
                // A task of its own: it happens even if the client hangs up while it waits.
                let work =
                    tokio::spawn(async move { slow.rest(hit.delay).await.then(|| accept(&slow, mail)) });
                work.await.ok().flatten()
            }
            Kind::LateApply => {
                let late = Arc::clone(world);
                world.spawn(async move {
                    if late.rest(hit.delay).await {
                        accept(&late, mail);
                    }
                });
                None
            }
            Kind::Timeout => {
                world.rest(hit.delay).await;
                None
            }
            Kind::Reset => Some(Answer::Reset),
            // Dropped without a word; the other kinds cannot be ordered here.
            _ => None,
        }
    }
}

/// Counts and keeps the mail, lets its recipients know, and says so.
fn accept(world: &Arc<World>, mut mail: Mail) -> Answer {
    // A late one arrives when it arrives.
    mail.at = clock::now_ms();
    let mail = Arc::new(mail);
    world.mails_accepted.fetch_add(1, Ordering::Relaxed);
    let number = locked(&world.email).add(Arc::clone(&mail), |number| format!("without-message-id:{number}"));
    if world.people_on() {
        people::receive_mail(world, &mail);
    }
    Answer::Say(format!("250 2.0.0 Ok: queued as {number:010X}\r\n"))
}

/// `FROM:<address> PARAMETERS`, with or without the blanks that clients put in.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let (head, tail) = rest.trim_start().split_at_checked(keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, parameters) = tail.trim_start().strip_prefix('<')?.split_once('>')?;
    Some((address, parameters.trim()))
}

fn decode(text: &str) -> Option<String> {
    // "=" stands for an empty response.
    let text = if text == "=" { "" } else { text };
    String::from_utf8(BASE64_STANDARD.decode(text.trim()).ok()?).ok()
}

async fn ask(wire: &mut Wire, prompt: &str) -> io::Result<Option<String>> {
    wire.say(&format!("334 {}\r\n", BASE64_STANDARD.encode(prompt))).await?;
    let line = wire.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(decode(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_clients_write_them() {
        assert_eq!(path("FROM:<a@x.test> SIZE=12", "FROM:"), Some(("a@x.test", "SIZE=12")));
        assert_eq!(path("from: <>", "FROM:"), Some(("", "")));
        assert_eq!(path("TO:<a@x.test", "TO:"), None);
        assert_eq!(path("TO:a@x.test", "TO:"), None);
        assert_eq!(path("é", "TO:"), None);
    }
}
