//! A name server: every host is this machine, and texts are what the test says they are.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Types of records (RFC 1035 §3.2.2).
const A: u16 = 1;
const TXT: u16 = 16;

const HEADER_BYTES: usize = 12;

/// A port of UDP that is answered until this is dropped.
#[derive(Debug)]
pub struct NameServer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Starts it; `texts` are those of a name, asked for whenever somebody asks.
    pub fn start(texts: impl Fn(&str) -> Vec<String> + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let port = socket.local_addr().unwrap().port();
        let is_over = Arc::<AtomicBool>::default();
        let over = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 1500];
            while !over.load(Ordering::SeqCst) {
                if let Ok((read, client)) = socket.recv_from(&mut buffer)
                    && let Some(answer) = answer(&buffer[..read], &texts)
                {
                    let _ = socket.send_to(&answer, client);
                }
            }
        });
        Self { port, is_over, thread: Some(thread) }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The answer to a question of one name (RFC 1035 §4); `None` to what is none.
fn answer(question: &[u8], texts: &impl Fn(&str) -> Vec<String>) -> Option<Vec<u8>> {
    let id = question.get(..2)?;
    let (name, name_bytes) = name(question.get(HEADER_BYTES..)?)?;
    let asked = question.get(HEADER_BYTES..HEADER_BYTES + name_bytes + 4)?;
    let kind = u16::from_be_bytes([asked[name_bytes], asked[name_bytes + 1]]);
    let records = match kind {
        A => vec![vec![127, 0, 0, 1]],
        TXT => texts(&name).iter().map(|text| characters(text)).collect(),
        _ => Vec::new(),
    };
    let count = u16::try_from(records.len()).unwrap().to_be_bytes();
    // An answer, with authority, of a server that recurses.
    let mut answer = [id, &[0x85, 0x80, 0, 1], &count, &[0; 4], asked].concat();
    for record in records {
        let length = u16::try_from(record.len()).unwrap().to_be_bytes();
        // The name of the question; class IN; not to be kept.
        let head = [&[0xC0, 12], &kind.to_be_bytes()[..], &[0, 1, 0, 0, 0, 0], &length].concat();
        answer.extend([head, record].concat());
    }
    Some(answer)
}

/// A name in lower case, with a dot at its end, and how many bytes it takes.
fn name(bytes: &[u8]) -> Option<(String, usize)> {
    let (mut name, mut at) = (String::new(), 0);
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1;
        if length == 0 {
            return Some((name, at));
        }
        let label = bytes.get(at..at + length)?;
        name += &String::from_utf8_lossy(label).to_lowercase();
        name.push('.');
        at += length;
    }
}

/// A text as a record holds it: pieces of 255 bytes at most.
fn characters(text: &str) -> Vec<u8> {
    let pieces = text.as_bytes().chunks(255);
    pieces.flat_map(|piece| [&[u8::try_from(piece.len()).unwrap()], piece].concat()).collect()
}
