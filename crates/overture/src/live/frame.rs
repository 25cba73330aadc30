//! WebSocket frames (RFC 6455): one encoder for what the server says, one parser for what a client says.
//!
//! No extension is negotiated, so the reserved bits are always an error. A frame is built once and the
//! same bytes go to every socket of a room.

use bytes::Bytes;

/// Largest message a client may send, in bytes, whole or in fragments. Announced as `maxPayload`.
pub(super) const MESSAGE_LIMIT: usize = 64 * 1024;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// A frame of the server, ready for the wire. Cloning shares the bytes.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    bytes: Bytes,
    payload_at: u8,
}

impl Frame {
    /// A text frame: one Engine.IO packet.
    pub fn text(payload: &str) -> Self {
        Self::build(TEXT, payload.as_bytes())
    }

    /// The answer to a ping.
    pub fn pong(payload: &[u8]) -> Self {
        Self::build(PONG, payload)
    }

    /// The last frame of a connection. `reason` must be shorter than 124 bytes.
    pub fn close(code: u16, reason: &str) -> Self {
        let mut payload = code.to_be_bytes().to_vec();
        payload.extend_from_slice(reason.as_bytes());
        Self::build(CLOSE, &payload)
    }

    /// Header and payload, as they go over a websocket.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The packet alone, as it goes into the answer to a poll.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(usize::from(self.payload_at)..).unwrap_or_default()
    }

    fn build(opcode: u8, payload: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(payload.len() + 10);
        bytes.push(0x80 | opcode);
        match payload.len() {
            short @ 0..=125 => bytes.push(short as u8),
            medium @ 126..=0xFFFF => {
                bytes.push(126);
                bytes.extend_from_slice(&(medium as u16).to_be_bytes());
            }
            long => {
                bytes.push(127);
                bytes.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        let payload_at = bytes.len() as u8;
        bytes.extend_from_slice(payload);
        Self { bytes: bytes.into(), payload_at }
    }
}

/// Something a client said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A whole text message.
    Text(String),
    /// A whole binary message; its content is of no use here and is dropped.
    Binary,
    /// Part of a message that goes on. Told so that it can be counted.
    Fragment,
    /// To be answered with the same bytes.
    Ping(Vec<u8>),
    /// An answer to a ping.
    Pong,
    /// The client is leaving.
    Close,
}

/// Why a connection is ended: a close code of RFC 6455 or of ours (4401 not signed in, 4429 too much),
/// and a text for whoever debugs the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub code: u16,
    pub reason: &'static str,
}

impl Refusal {
    const fn protocol(reason: &'static str) -> Self {
        Self { code: 1002, reason }
    }
}

/// Turns bytes as they arrive into messages. Holds no memory between messages.
#[derive(Default)]
pub(super) struct Input {
    raw: Vec<u8>,
    read: usize,
    fragments: Vec<u8>,
    fragmented: Option<u8>,
}

struct Header {
    last: bool,
    opcode: u8,
    mask: [u8; 4],
    size: usize,
    length: usize,
}

impl Input {
    /// Adds what arrived.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
    }

    /// The next message, `None` until more bytes arrive.
    pub fn next(&mut self) -> Result<Option<Message>, Refusal> {
        let rest = self.raw.get(self.read..).unwrap_or_default();
        let Some(header) = header(rest, self.fragments.len())? else { return Ok(self.wait()) };
        let end = header.size + header.length;
        let Some(masked) = rest.get(header.size..end) else { return Ok(self.wait()) };
        let payload: Vec<u8> =
            masked.iter().zip(header.mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        self.read += end;
        self.accept(&header, payload).map(Some)
    }

    /// Forgets what was used up, and all of its memory when nothing is left.
    fn wait(&mut self) -> Option<Message> {
        if self.read == self.raw.len() {
            self.raw = Vec::new();
        } else {
            self.raw.drain(..self.read);
        }
        self.read = 0;
        None
    }

    fn accept(&mut self, header: &Header, payload: Vec<u8>) -> Result<Message, Refusal> {
        match (header.opcode, self.fragmented) {
            (PING, _) => Ok(Message::Ping(payload)),
            (PONG, _) => Ok(Message::Pong),
            (CLOSE, _) => Ok(Message::Close),
            (TEXT | BINARY, Some(_)) => Err(Refusal::protocol("a new message began inside another")),
            (CONTINUATION, None) => Err(Refusal::protocol("a continuation of nothing")),
            (opcode @ (TEXT | BINARY), None) if header.last => whole(opcode, payload),
            (opcode @ (TEXT | BINARY), None) => {
                self.fragmented = Some(opcode);
                self.fragments = payload;
                Ok(Message::Fragment)
            }
            (CONTINUATION, Some(opcode)) => {
                self.fragments.extend_from_slice(&payload);
                if !header.last {
                    return Ok(Message::Fragment);
                }
                self.fragmented = None;
                whole(opcode, std::mem::take(&mut self.fragments))
            }
            _ => Err(Refusal::protocol("unknown opcode")),
        }
    }
}

fn whole(opcode: u8, payload: Vec<u8>) -> Result<Message, Refusal> {
    if opcode == BINARY {
        return Ok(Message::Binary);
    }
    String::from_utf8(payload)
        .map(Message::Text)
        .map_err(|_| Refusal { code: 1007, reason: "the text is not UTF-8" })
}

/// Reads and judges a frame's header as soon as it is there, so that a frame which lies about its length
/// is refused before it is waited for. `before` is the length of the fragments already held.
fn header(raw: &[u8], before: usize) -> Result<Option<Header>, Refusal> {
    let &[first, second, ref rest @ ..] = raw else { return Ok(None) };
    let (last, opcode) = (first & 0x80 != 0, first & 0x0F);
    if first & 0x70 != 0 {
        return Err(Refusal::protocol("reserved bits are set"));
    }
    if second & 0x80 == 0 {
        return Err(Refusal::protocol("a client must mask its frames"));
    }
    let (length, size) = match second & 0x7F {
        126 => match rest.first_chunk::<2>() {
            Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 4),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(bytes) => (u64::from_be_bytes(*bytes), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    if opcode >= CLOSE && (!last || length > 125) {
        return Err(Refusal::protocol("a control frame must be whole and short"));
    }
    if length > i64::MAX as u64 {
        return Err(Refusal::protocol("the length's first bit is set"));
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length.saturating_add(before) > MESSAGE_LIMIT {
        return Err(Refusal { code: 1009, reason: "a message may have 64 KB" });
    }
    let Some(mask) = raw.get(size..).and_then(<[u8]>::first_chunk::<4>) else { return Ok(None) };
    Ok(Some(Header { last, opcode, mask: *mask, size: size + 4, length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame as a client sends it.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload.len() {
            short @ 0..=125 => bytes.push(0x80 | short as u8),
            medium @ 126..=0xFFFF => {
                bytes.push(0x80 | 126);
                bytes.extend_from_slice(&(medium as u16).to_be_bytes());
            }
            long => {
                bytes.push(0x80 | 127);
                bytes.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        let mask = [7, 11, 13, 17];
        bytes.extend_from_slice(&mask);
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Message>, Refusal> {
        let mut input = Input::default();
        let mut all = Vec::new();
        // One byte at a time: every border is met.
        for byte in bytes {
            input.extend(&[*byte]);
            while let Some(message) = input.next()? {
                all.push(message);
            }
        }
        Ok(all)
    }

    #[test]
    fn messages_arrive_whole_in_pieces_and_interleaved_with_pings() {
        let mut bytes = frame(0x81, b"hello");
        bytes.extend(frame(0x01, "gr\u{fc}".as_bytes()));
        bytes.extend(frame(0x89, b"are you there"));
        bytes.extend(frame(0x80, "\u{df}e".as_bytes()));
        bytes.extend(frame(0x82, &[0, 159, 146, 150]));
        bytes.extend(frame(0x8A, b""));
        bytes.extend(frame(0x81, "x".repeat(MESSAGE_LIMIT).as_bytes()));
        bytes.extend(frame(0x88, &1000_u16.to_be_bytes()));
        let expected = vec![
            Message::Text("hello".into()),
            Message::Fragment,
            Message::Ping(b"are you there".to_vec()),
            Message::Text("gr\u{fc}\u{df}e".into()),
            Message::Binary,
            Message::Pong,
            Message::Text("x".repeat(MESSAGE_LIMIT)),
            Message::Close,
        ];
        assert_eq!(read(&bytes), Ok(expected));
    }

    #[test]
    fn bad_frames_get_the_close_code_of_the_rfc() {
        let unmasked = vec![0x81, 5, b'h', b'e', b'l', b'l', b'o'];
        let mut long_lie = vec![0x81, 0xFF];
        long_lie.extend_from_slice(&(1_u64 << 63).to_be_bytes());
        let mut huge = vec![0x81, 0xFF];
        huge.extend_from_slice(&(1_u64 << 62).to_be_bytes());
        let mut endless = frame(0x01, &[b'a'; 1000]);
        for _ in 0..100 {
            endless.extend(frame(0x00, &[b'a'; 1000]));
        }
        let mut nested = frame(0x01, b"a");
        nested.extend(frame(0x81, b"b"));
        let mut split_utf8 = frame(0x01, &[0xC3]);
        split_utf8.extend(frame(0x80, &[0x28]));
        for (name, bytes, code) in [
            ("unmasked", unmasked, 1002),
            ("reserved bit 1", frame(0xC1, b"x"), 1002),
            ("reserved bit 3", frame(0x91, b"x"), 1002),
            ("length with the first bit", long_lie, 1002),
            ("2^62 bytes", huge, 1009),
            ("64 KB and one", frame(0x81, &vec![b'x'; MESSAGE_LIMIT + 1]), 1009),
            ("fragments for ever", endless, 1009),
            ("a message in a message", nested, 1002),
            ("a continuation of nothing", frame(0x80, b"x"), 1002),
            ("fragmented ping", frame(0x09, b"x"), 1002),
            ("long ping", frame(0x89, &[0; 126]), 1002),
            ("opcode 3", frame(0x83, b"x"), 1002),
            ("opcode 11", frame(0x8B, b"x"), 1002),
            ("bad UTF-8", frame(0x81, &[0xFF, 0xFE]), 1007),
            ("UTF-8 that breaks between fragments", split_utf8, 1007),
        ] {
            assert_eq!(read(&bytes).map_err(|refusal| refusal.code), Err(code), "{name}");
        }
    }

    #[test]
    fn an_idle_parser_holds_no_memory() {
        let mut input = Input::default();
        input.extend(&frame(0x81, &[b'x'; 4000]));
        assert!(matches!(input.next(), Ok(Some(Message::Text(_)))));
        assert_eq!(input.next(), Ok(None));
        assert_eq!(input.raw.capacity() + input.fragments.capacity(), 0);
    }

    #[test]
    fn frames_of_every_length_have_the_right_header() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let frame = Frame::text(&"x".repeat(length));
            assert_eq!((frame.bytes().len(), frame.payload().len()), (length + header, length));
            assert_eq!(frame.bytes()[0], 0x81);
        }
        assert_eq!(Frame::close(4401, "bye").bytes(), [0x88, 5, 0x11, 0x31, b'b', b'y', b'e']);
    }
}
