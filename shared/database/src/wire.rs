//! What stands between the driver and the socket.
//!
//! The driver has three habits that do not suit us, and no option for any of them:
//!
//! - it asks for results in binary, where PostgreSQL's own text *is* what we answer with;
//! - it looks up a type it does not know (an enum of the user's, an extension's type) in the
//!   catalog, with named statements, which poolers in transaction mode mix up, and from within a
//!   result that is still arriving, which locks up once that result is larger than a buffer;
//! - it believes any length a server announces.
//!
//! So [`Wire`] follows the frames of the protocol (PostgreSQL documentation, "Message Formats")
//! and changes two numbers in passing: the result format in `Bind`, and in `RowDescription` the type
//! of a column that is not built in, which becomes `unknown`. Nothing is moved or copied on the way
//! in, and rows are skipped by their length.

mod farewell;
mod incoming;
mod outgoing;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

pub(crate) use farewell::Farewell;
use incoming::Incoming;
use outgoing::Outgoing;

/// Requests are held back no further than this when the socket does not take them.
const MAX_PENDING_BYTES: usize = 256 * 1024;

/// A stream to a PostgreSQL server, after TLS if there is any, from its start-up message on.
pub(crate) struct Wire<S> {
    stream: S,
    incoming: Incoming,
    outgoing: Outgoing,
    pending: BytesMut,
}

impl<S> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
            pending: BytesMut::new(),
        }
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// Writes what is pending. Ready once nothing is.
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.pending))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let start = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let arrived = buffer.filled_mut().get_mut(start..).unwrap_or_default();
        Poll::Ready(this.incoming.pass(arrived))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.pending.len() >= MAX_PENDING_BYTES {
            ready!(this.poll_drain(context))?;
        }
        let start = this.pending.len();
        this.pending.extend_from_slice(bytes);
        this.outgoing.pass(this.pending.get_mut(start..).unwrap_or_default());
        // Taken over whether or not the socket is ready: the caller flushes.
        if let Poll::Ready(Err(error)) = this.poll_drain(context) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(context))?;
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

impl<S: TlsStream + Unpin> TlsStream for Wire<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}
