//! The body of an allowed answer, which knows how much of it was taken.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::audit::Record;

/// What is handed over at once. A connection takes the next piece when the client has taken most of
/// what went before, so that a client that leaves is noticed. Smaller pieces are more
/// system calls.
const PIECE_BYTES: usize = 256 * 1024;

/// Hands a body over piece by piece. When it is dropped, the end of the request is known: with
/// nothing left it is finished, else the client left.
#[derive(Debug)]
pub(super) struct HandedOver {
    record: Record,
    rest: Bytes,
    bytes: u64,
}

impl HandedOver {
    pub(super) fn new(record: Record, body: Bytes) -> Self {
        Self { record, rest: body, bytes: 0 }
    }
}

impl Body for HandedOver {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        self.bytes += length as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

impl Drop for HandedOver {
    fn drop(&mut self) {
        self.record.bytes(self.bytes);
        if self.rest.is_empty() || !self.record.has_body() {
            self.record.finish();
        }
    }
}
