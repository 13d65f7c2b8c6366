//! A TCP proxy that stands before a server and fails as networks do, when the test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;

use crate::listener::Listener;
use crate::process::wait_until;

/// What happens to the bytes of every connection, those that are open included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// They pass.
    None,
    /// Every piece comes so much later.
    Delay(Duration),
    /// At most so many bytes a second pass, each way.
    Throttle {
        /// At least one.
        bytes_per_second: u32,
    },
    /// Nothing passes, and nobody is told: as if a cable was pulled. What was sent arrives when it is put back.
    BlackHole,
    /// The connection ends, in good order on both sides, when so many bytes have passed one way.
    Cut(Direction, u64),
    /// From this byte on, what passes one way is no longer what was sent.
    Garble(Direction, u64),
    /// Both sides are told that the connection is broken (RST).
    Reset,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From those who connect.
    ToServer,
    /// From the server.
    ToClient,
}

/// A proxy before a port of 127.0.0.1. It starts without faults.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    upstream: Arc<AtomicU16>,
    fault: watch::Sender<Fault>,
    counts: Arc<Counts>,
    listener: Option<Listener>,
}

#[derive(Debug, Default)]
struct Counts {
    all: AtomicU32,
    open: AtomicU32,
}

impl FaultProxy {
    /// Listens on a free port before the server on `upstream`, which need not be there yet.
    pub fn start(upstream: u16) -> Self {
        let (fault, _) = watch::channel(Fault::None);
        let upstream = Arc::new(AtomicU16::new(upstream));
        let mut proxy = Self { port: 0, upstream, fault, counts: Arc::default(), listener: None };
        proxy.resume();
        proxy
    }

    /// Lets this happen from now on.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Leads later connections to another server, as a name does that points elsewhere now.
    pub fn point_to(&self, upstream: u16) {
        self.upstream.store(upstream, Ordering::SeqCst);
    }

    /// Resets the connections that are open; later ones are as before.
    pub fn reset_open(&self) {
        let before = self.fault.send_replace(Fault::Reset);
        wait_until("open connections to be reset", Duration::from_secs(10), || self.open() == 0);
        self.fault.send_replace(before);
    }

    /// Stops listening: connections end, new ones are refused.
    pub fn pause(&mut self) {
        self.listener = None;
    }

    /// Listens again after [`FaultProxy::pause`], on the same port.
    pub fn resume(&mut self) {
        let (upstream, fault) = (Arc::clone(&self.upstream), self.fault.subscribe());
        let counts = Arc::clone(&self.counts);
        let (port, listener) = Listener::start(self.port, move |client| {
            let (fault, counts) = (fault.clone(), Arc::clone(&counts));
            let upstream = upstream.load(Ordering::SeqCst);
            async move {
                let _open = Open::new(counts);
                Box::pin(carry(client, upstream, fault)).await;
            }
        });
        self.port = port;
        self.listener = Some(listener);
    }

    /// How many connections came, whatever became of them.
    pub fn connections(&self) -> u32 {
        self.counts.all.load(Ordering::SeqCst)
    }

    /// How many of them are open.
    pub fn open(&self) -> u32 {
        self.counts.open.load(Ordering::SeqCst)
    }
}

/// A connection that is counted as open until this is dropped.
struct Open(Arc<Counts>);

impl Open {
    fn new(counts: Arc<Counts>) -> Self {
        counts.all.fetch_add(1, Ordering::SeqCst);
        counts.open.fetch_add(1, Ordering::SeqCst);
        Self(counts)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Connects to the server and passes bytes both ways until both sides have ended, or a fault ends them.
async fn carry(mut client: TcpStream, upstream: u16, mut fault: watch::Receiver<Fault>) {
    let mut resets = fault.clone();
    // The first packet of a connection is lost too: it comes through when the black hole is gone.
    if fault.wait_for(|fault| *fault != Fault::BlackHole).await.is_err() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", upstream)).await else {
        let _ = client.set_zero_linger();
        return;
    };
    let is_reset = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let up = Pump { direction: Direction::ToServer, fault: fault.clone(), passed: 0 };
        let down = Pump { direction: Direction::ToClient, fault, passed: 0 };
        tokio::select! {
            _ = async { tokio::try_join!(up.run(from_client, to_server), down.run(from_server, to_client)) } => false,
            _ = resets.wait_for(|fault| *fault == Fault::Reset) => true,
        }
    };
    if is_reset {
        // Dropped with nothing to wait for, a socket sends RST.
        let _ = client.set_zero_linger();
        let _ = server.set_zero_linger();
    }
}

/// One way of one connection.
struct Pump {
    direction: Direction,
    fault: watch::Receiver<Fault>,
    passed: u64,
}

/// The connection is over in both directions.
struct Over;

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl Pump {
    async fn run(mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Result<(), Over> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            let mut left = &mut buffer[..read];
            while !left.is_empty() {
                let ready = self.let_through(left).await?;
                let (piece, rest) = left.split_at_mut(ready);
                to.write_all(piece).await?;
                self.passed += piece.len() as u64;
                left = rest;
            }
            if read == 0 {
                // That a side has ended is lost in a black hole too.
                self.fault.wait_for(|fault| *fault != Fault::BlackHole).await.map_err(|_| Over)?;
                to.shutdown().await?;
                return Ok(());
            }
        }
    }

    /// How many of these bytes may pass now, after the pause the fault asks for; none when it has changed meanwhile.
    async fn let_through(&mut self, bytes: &mut [u8]) -> Result<usize, Over> {
        let fault = *self.fault.borrow_and_update();
        match fault {
            Fault::Delay(delay) => Ok(if self.pause(delay).await? { bytes.len() } else { 0 }),
            Fault::Throttle { bytes_per_second } => {
                // Twenty pieces a second, or a byte at a time when it is slower than that.
                let piece = (bytes_per_second / 20).max(1);
                let pause = Duration::from_secs(1) * piece / bytes_per_second;
                Ok(if self.pause(pause).await? { bytes.len().min(piece as usize) } else { 0 })
            }
            Fault::BlackHole => {
                self.fault.changed().await.map_err(|_| Over)?;
                Ok(0)
            }
            Fault::Cut(direction, after) if direction == self.direction => {
                match after.saturating_sub(self.passed) {
                    0 => Err(Over),
                    left => Ok(bytes.len().min(usize::try_from(left).unwrap())),
                }
            }
            Fault::Garble(direction, from) if direction == self.direction => {
                let good = usize::try_from(from.saturating_sub(self.passed)).unwrap();
                bytes.iter_mut().skip(good).for_each(|byte| *byte ^= 0x5A);
                Ok(bytes.len())
            }
            Fault::Reset => std::future::pending().await,
            Fault::None | Fault::Cut(..) | Fault::Garble(..) => Ok(bytes.len()),
        }
    }

    /// Whether so much time has passed without a change of the fault.
    async fn pause(&mut self, duration: Duration) -> Result<bool, Over> {
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(true),
            changed = self.fault.changed() => changed.map(|()| false).map_err(|_| Over),
        }
    }
}

#[cfg(test)]
#[path = "fault_proxy_tests.rs"]
mod tests;
