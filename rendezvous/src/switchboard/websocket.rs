//! The switchboard over a WebSocket: one binary message for each frame.
//!
//! A peer is one small task. It answers a request before it reads the next, so that a client that does not read its
//! answers only holds itself up; what others send it waits in its outbox. The sizes below are chosen for thousands of
//! peers that are silent nearly always.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::poll_fn;
use futures_util::{SinkExt, StreamExt};
use sightline_proto::switchboard::{RefusedReason, ServerFrame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::frame_bound::FrameBound;
use super::{Allowance, Answer, Peer, Switchboard};
use crate::io::Rewound;
use crate::limits::{LARGE_MESSAGE, MESSAGE_BYTES, PIECE_BYTES, READ_BUFFER};

/// Time given to the other side to take a close frame.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// Silence in multiples of the ping time after which a peer is taken for gone.
const SILENT_PINGS: u32 = 3;

/// Runs one WebSocket until it ends. `read_ahead` was read together with the upgrade request.
pub(crate) async fn serve_websocket<T>(
    switchboard: Arc<Switchboard>,
    peer: Arc<Peer>,
    io: T,
    read_ahead: Bytes,
    closing: CancellationToken,
) where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * MESSAGE_BYTES)
        .max_message_size(Some(MESSAGE_BYTES))
        .max_frame_size(Some(MESSAGE_BYTES));
    let io = FrameBound::new(Rewound::new(read_ahead, io));
    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let ping = switchboard.limits.ping();
    let mut connection = Connection { socket, held: None, switchboard, peer, ping, heard: Instant::now() };
    let end = connection.run(&closing).await;
    connection.switchboard.leave(&connection.peer);
    debug!(connection = connection.peer.number, reason = end.name(), "websocket ended");
    connection.say_goodbye(end).await;
}

/// Why a WebSocket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    Silent,
    Slow,
    TooLarge,
    Broken,
    Exhausted,
    ShuttingDown,
}

impl End {
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Silent => "silent",
            Self::Slow => "slow",
            Self::TooLarge => "message too large",
            Self::Broken => "broken",
            Self::Exhausted => "refused too often",
            Self::ShuttingDown => "shutting down",
        }
    }
}

impl From<WsError> for End {
    fn from(error: WsError) -> Self {
        match error {
            WsError::Capacity(_) => Self::TooLarge,
            WsError::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::Slow,
            WsError::ConnectionClosed | WsError::AlreadyClosed => Self::Left,
            _ => Self::Broken,
        }
    }
}

/// What happened on a connection.
enum Event {
    Received(Option<Result<Message, WsError>>),
    Queued(Option<Bytes>),
    TimeUp,
}

struct Connection<T> {
    socket: WebSocketStream<FrameBound<Rewound<T>>>,
    /// A large message just handled, kept until the socket has taken a new small read buffer: if the old one were free
    /// by then, the socket would go on using it.
    held: Option<Bytes>,
    switchboard: Arc<Switchboard>,
    peer: Arc<Peer>,
    ping: Duration,
    heard: Instant,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Connection<T> {
    async fn run(&mut self, closing: &CancellationToken) -> End {
        let welcome = self.switchboard.welcome(&self.peer);
        if let Err(error) = self.send(welcome.into()).await {
            return error.into();
        }
        let mut timer = pin!(sleep(self.ping));
        let mut closed = pin!(closing.cancelled());
        loop {
            let event = tokio::select! {
                biased;
                () = &mut closed => return End::ShuttingDown,
                event = poll_fn(|cx| self.poll_event(timer.as_mut(), cx)) => event,
            };
            let handled = match event {
                Event::Received(Some(Ok(message))) => self.received(message).await,
                Event::Received(Some(Err(error))) => Err(error.into()),
                Event::Received(None) => Err(End::Left),
                Event::Queued(Some(frame)) => self.send(frame).await.map_err(End::from),
                Event::Queued(None) => Err(End::Slow),
                Event::TimeUp => self.time_up(timer.as_mut()).await,
            };
            if let Err(end) = handled {
                return end;
            }
        }
    }

    fn poll_event(&mut self, timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<Event> {
        if let Poll::Ready(frame) = self.peer.outbox.poll_take(cx) {
            return Poll::Ready(Event::Queued(frame));
        }
        let received = self.socket.poll_next_unpin(cx);
        self.held = None;
        if let Poll::Ready(message) = received {
            return Poll::Ready(Event::Received(message));
        }
        timer.poll(cx).map(|()| Event::TimeUp)
    }

    async fn received(&mut self, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        let (frame, is_frame) = match message {
            Message::Binary(frame) => (frame, true),
            // Not part of the protocol: answered like a frame that cannot be read.
            Message::Text(_) => (Bytes::new(), true),
            Message::Close(_) => return Err(End::Left),
            // Pings are answered by the socket itself, but they cost like everything else.
            Message::Ping(payload) | Message::Pong(payload) => (payload, false),
            Message::Frame(_) => return Ok(()),
        };
        if !is_frame {
            let allowed = self.switchboard.allow(&self.peer, frame.len(), 0.0) != Allowance::Exhausted;
            return if allowed { Ok(()) } else { Err(End::Exhausted) };
        }
        // On the heap, because the future of the rarest request would otherwise make every idle peer larger.
        let answer = Box::pin(self.switchboard.handle(&self.peer, &frame)).await;
        if frame.len() > LARGE_MESSAGE {
            self.held = Some(frame);
        }
        match answer {
            Answer::Frame(answer) => Ok(self.send(answer.into()).await?),
            Answer::Close => Err(End::Exhausted),
        }
    }

    async fn time_up(&mut self, mut timer: Pin<&mut Sleep>) -> Result<(), End> {
        let silent = self.heard.elapsed();
        if silent >= self.ping * SILENT_PINGS {
            return Err(End::Silent);
        }
        let wait = if silent >= self.ping {
            self.socket.send(Message::Ping(Bytes::new())).await?;
            self.ping
        } else {
            self.ping - silent
        };
        timer.as_mut().reset(tokio::time::Instant::now() + wait);
        Ok(())
    }

    /// Sends one frame as one message, in pieces that keep the write buffer small.
    async fn send(&mut self, mut frame: Bytes) -> Result<(), WsError> {
        let mut kind = Data::Binary;
        while frame.len() > PIECE_BYTES {
            let piece = frame.split_to(PIECE_BYTES);
            self.socket.feed(Message::Frame(Frame::message(piece, OpCode::Data(kind), false))).await?;
            kind = Data::Continue;
        }
        self.socket.send(Message::Frame(Frame::message(frame, OpCode::Data(kind), true))).await
    }

    async fn say_goodbye(mut self, end: End) {
        let code = match end {
            End::Left | End::Silent | End::Slow | End::Broken => None,
            End::TooLarge => Some(CloseCode::Size),
            End::Exhausted => Some(CloseCode::Policy),
            End::ShuttingDown => Some(CloseCode::Away),
        };
        let goodbye = async {
            if end == End::ShuttingDown {
                let refused = ServerFrame::Refused { req: 0, reason: RefusedReason::ShuttingDown };
                let _ = self.send(refused.encode().into()).await;
            }
            if let Some(code) = code {
                let _ = self.socket.close(Some(CloseFrame { code, reason: "".into() })).await;
            }
            // Flushes our close frame, or the answer to theirs, and ends TLS properly.
            let _ = SinkExt::<Message>::close(&mut self.socket).await;
            let _ = tokio::io::AsyncWriteExt::shutdown(self.socket.get_mut()).await;
        };
        if !matches!(end, End::Silent | End::Slow | End::Broken) {
            let _ = timeout(CLOSE_PATIENCE, goodbye).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use sightline_proto::switchboard::ClientFrame;

    use super::*;

    #[test]
    fn the_greatest_frame_fits_a_message() {
        let frame =
            ClientFrame::Send { req: 1, to: [0; 16].into(), payload: vec![0; sightline_proto::limits::MAX_PAYLOAD] };
        assert!(frame.encode().len() <= MESSAGE_BYTES);
    }
}
