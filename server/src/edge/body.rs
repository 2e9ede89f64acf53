use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// A body that has to keep arriving: some time to begin with, and then a second for each so many bytes. One that
/// comes in drops holds a connection and nothing else, and not for ever.
pub(super) struct Arriving {
    body: Incoming,
    pace: Pace,
    taken: u64,
    begun: Option<Instant>,
    late: Option<Pin<Box<Sleep>>>,
}

/// How fast a body has to arrive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Given to every body.
    pub(super) grace: Duration,
    /// Bytes a second after that.
    pub(super) bytes_per_second: u64,
}

impl Arriving {
    pub(super) fn new(body: Incoming, pace: Pace) -> Arriving {
        Arriving {
            body,
            pace,
            taken: 0,
            begun: None,
            late: None,
        }
    }

    fn until(&mut self) -> Instant {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        let earned = Duration::from_millis(
            self.taken.saturating_mul(1000) / self.pace.bytes_per_second.max(1),
        );
        begun + self.pace.grace + earned
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.begun.get_or_insert_with(Instant::now);
                let length = frame.data_ref().map_or(0, Bytes::len);
                this.taken += length as u64;
                this.late = None;
                return Poll::Ready(Some(Ok(frame)));
            }
            Poll::Ready(other) => return Poll::Ready(other.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => {}
        }
        let until = this.until();
        let late = this
            .late
            .get_or_insert_with(|| Box::pin(sleep_until(until)));
        if late.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.late = None;
        let told = io::Error::new(io::ErrorKind::TimedOut, "the body arrives too slowly");
        Poll::Ready(Some(Err(told.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
