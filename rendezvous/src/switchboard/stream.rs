//! The switchboard over plain HTTPS, for browsers that refuse a WebSocket to a self-made certificate: one streamed response
//! carries the frames down, posts carry them up.
//!
//! The token in the stream's Welcome names it in each post. It is a secret of that client: whoever had it could only send
//! what needs no signature.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use sightline_proto::switchboard::stream::{Deframer, prefixed};
use sightline_proto::switchboard::{RefusedReason, ServerFrame};
use tokio::sync::Mutex;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tracing::debug;

use super::{Answer, Peer, Switchboard};

/// Pause after which a stream carries a pong, so that proxies on the way do not take it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(25);

/// An open stream.
#[derive(Debug)]
pub(super) struct Entry {
    peer: Arc<Peer>,
    /// One post at a time, so that frames are handled in the order they came and answers are bounded.
    posting: Arc<Mutex<()>>,
}

/// Why a post was not handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostError {
    /// No open stream has this token.
    UnknownStream,
    /// The body is not a row of whole frames.
    Malformed,
    /// The stream does not take its answers, or has been refused too often; it is closed.
    Closed,
}

impl Switchboard {
    /// Opens a stream for an admitted peer. Dropping the body ends it.
    pub(crate) fn open_stream(self: &Arc<Self>, peer: Arc<Peer>) -> StreamBody {
        let entry = Entry { peer: Arc::clone(&peer), posting: Arc::default() };
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).insert(peer.token, entry);
        let welcome = Some(prefixed(&self.welcome(&peer)).into());
        let keep_alive = Box::pin(sleep(KEEP_ALIVE));
        StreamBody { switchboard: Arc::clone(self), peer, welcome, keep_alive, ended: false }
    }

    /// Handles the frames of one post in order; the answers go down the stream.
    pub(crate) async fn post(&self, token: &[u8; 16], body: &[u8]) -> Result<(), PostError> {
        let (peer, posting) = {
            let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = streams.get(token).ok_or(PostError::UnknownStream)?;
            (Arc::clone(&entry.peer), Arc::clone(&entry.posting))
        };
        let _turn = posting.lock().await;
        let mut deframer = Deframer::new();
        let frames = deframer.push(body).map_err(|_| PostError::Malformed)?;
        deframer.end().map_err(|_| PostError::Malformed)?;
        for frame in frames {
            let room = timeout(self.limits.stalled(), peer.outbox.room()).await;
            let answer = match room {
                Ok(true) => self.handle(&peer, &frame).await,
                _ => Answer::Close,
            };
            match answer {
                Answer::Frame(answer) => peer.outbox.push_answer(answer.into()),
                Answer::Close => {
                    debug!(connection = peer.number, "stream closed");
                    peer.outbox.close();
                    return Err(PostError::Closed);
                }
            }
        }
        Ok(())
    }

    /// Tells every stream that the rendezvous stops, and ends it.
    pub(crate) fn end_streams(&self) {
        let refused = ServerFrame::Refused { req: 0, reason: RefusedReason::ShuttingDown }.encode();
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in streams.values() {
            entry.peer.outbox.finish(refused.clone().into());
        }
    }
}

/// The frames of a stream as a response body.
#[derive(Debug)]
pub(crate) struct StreamBody {
    switchboard: Arc<Switchboard>,
    peer: Arc<Peer>,
    welcome: Option<Bytes>,
    keep_alive: Pin<Box<Sleep>>,
    ended: bool,
}

impl StreamBody {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(welcome) = self.welcome.take() {
            return Poll::Ready(Some(welcome));
        }
        if let Poll::Ready(frame) = self.peer.outbox.poll_take(cx) {
            self.ended = frame.is_none();
            return Poll::Ready(frame.map(|frame| prefixed(&frame).into()));
        }
        ready!(self.keep_alive.as_mut().poll(cx));
        Poll::Ready(Some(prefixed(&ServerFrame::Pong { req: 0 }.encode()).into()))
    }
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = ready!(self.poll_next(cx));
        self.keep_alive.as_mut().reset(Instant::now() + KEEP_ALIVE);
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}

impl Drop for StreamBody {
    fn drop(&mut self) {
        self.switchboard.streams.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.peer.token);
        self.switchboard.leave(&self.peer);
    }
}
