//! The task that owns one connection: its loop, its commands and its end.
//!
//! str0m's rule is kept everywhere: after each single mutation everything it has to say is taken ([`Driver::drain`])
//! before the next one. What str0m says is handled in [`super::report`], descriptions in [`super::negotiate`].

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;
use str0m::bwe::Bitrate;
use str0m::change::SdpPendingOffer;
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Input, Output, Rtc, RtcError};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::channels::{Channels, Gauges, stack_config};
use super::config::RtcConfig;
use super::description::Pinned;
use super::outgoing::{Outcome, Outgoing};
use super::tracks::Tracks;
use super::watch::{Pair, Rates, Watch};
use super::{NegotiationError, Shared};
use crate::link::{CandidateKind, ChannelId, ChannelSpec, CloseReason, EncodedFrame, LinkEvent, StreamKind};
use crate::path::candidate::may_send_to;
use crate::path::sockets::Received;
use crate::path::{Prober, RemoteCandidate, Sockets};

/// Addresses of the other side that are tried, from descriptions and trickled ones together.
pub(super) const MAX_REMOTE_CANDIDATES: usize = 64;

/// Datagrams taken in a row before commands and timers get their turn.
const BATCH: usize = 32;

/// Messages handed to the stack in a row before anything else gets its turn.
const WRITES: usize = 64;

/// How long the end waits for the operating system to take the last datagrams.
const FAREWELL: Duration = Duration::from_millis(200);

/// The stack reads no larger datagrams.
const DATAGRAM: usize = 2000;

/// What the handle asks of the task.
pub(super) enum Command {
    Frame { stream: StreamKind, frame: EncodedFrame },
    KeyFrame(StreamKind),
    Bitrate(u32),
    OpenChannel(ChannelSpec),
    Message { channel: ChannelId, bytes: Bytes },
    Candidate(String),
    Answer { answer: String, reply: oneshot::Sender<Result<(), NegotiationError>> },
    Offer { offer: String, reply: oneshot::Sender<Result<String, NegotiationError>> },
    Restart(oneshot::Sender<Result<String, NegotiationError>>),
    Close(CloseReason),
}

/// What the task shares with the handle.
pub(super) struct Ends {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: mpsc::Sender<LinkEvent>,
    pub(super) gauges: Gauges,
    pub(super) frames_waiting: Arc<AtomicUsize>,
    pub(super) shared: Arc<Shared>,
    pub(super) stop: CancellationToken,
}

pub(super) struct Driver {
    pub(super) config: RtcConfig,
    pub(super) rtc: Rtc,
    pub(super) sockets: Sockets,
    pub(super) prober: Prober,
    pub(super) channels: Channels,
    pub(super) tracks: Tracks,
    pub(super) outgoing: Outgoing,
    pub(super) watch: Watch,
    pub(super) rates: Rates,
    pub(super) shared: Arc<Shared>,
    pub(super) local_fp: [u8; 32],
    pub(super) pinned: Option<Pinned>,
    pub(super) pending: Option<SdpPendingOffer>,
    pub(super) hosts: Vec<Candidate>,
    pub(super) remotes: HashMap<SocketAddr, CandidateKind>,
    pub(super) pair: Option<Pair>,
    /// Why the connection is ending, told by the stack while it was drained.
    pub(super) ending: Option<CloseReason>,
    pub(super) messages_dropped: u64,
    commands: mpsc::Receiver<Command>,
    frames_waiting: Arc<AtomicUsize>,
    stop: CancellationToken,
}

/// Why the loop went on.
enum Wake {
    Stopped,
    Command(Option<Command>),
    Received(Received),
    Delivered { reader_lives: bool },
    Other,
}

impl Driver {
    pub(super) fn new(config: RtcConfig, ends: Ends) -> Driver {
        let now = Instant::now();
        let mut rtc = config.build(now);
        let local_fp = fingerprint_bytes(&rtc.direct_api().local_dtls_fingerprint().bytes);
        Driver {
            rtc,
            local_fp,
            sockets: Sockets::default(),
            prober: Prober::default(),
            channels: Channels::new(ends.gauges),
            tracks: Tracks::default(),
            outgoing: Outgoing::new(ends.events),
            watch: Watch::new(now, config.connect_within, config.vanish_after),
            rates: Rates::new(now),
            shared: ends.shared,
            pinned: None,
            pending: None,
            hosts: Vec::new(),
            remotes: HashMap::new(),
            pair: None,
            ending: None,
            messages_dropped: 0,
            commands: ends.commands,
            frames_waiting: ends.frames_waiting,
            stop: ends.stop,
            config,
        }
    }

    /// Serves the link until it ends and reports the end.
    pub(super) async fn run(mut self) {
        let reason = loop {
            if let Err(reason) = self.step().await {
                break reason;
            }
        };
        tracing::debug!(reason = reason.code(), "the link ends");
        self.say_goodbye().await;
        // From here on the handle's calls answer "closed".
        drop(self.commands);
        self.outgoing.finish(reason).await;
    }

    async fn step(&mut self) -> Result<(), CloseReason> {
        let stack_due = self.advance()?;
        let due = [self.prober.poll_timeout(), self.tracks.next_key_frame()]
            .into_iter()
            .flatten()
            .chain([stack_due, self.watch.due(), self.rates.due()])
            .min()
            .unwrap_or(stack_due);
        let mut buffer = [0; DATAGRAM];
        match self.wait(due, &mut buffer).await {
            Wake::Stopped | Wake::Command(None) | Wake::Delivered { reader_lives: false } => {
                return Err(CloseReason::Left);
            }
            Wake::Command(Some(command)) => self.obey(command)?,
            Wake::Received(received) => {
                self.receive(received, &buffer[..received.length])?;
                for _ in 1..BATCH {
                    let next = poll_fn(|cx| self.sockets.poll_receive(cx, &mut buffer)).now_or_never();
                    let Some(received) = next else { break };
                    self.receive(received, &buffer[..received.length])?;
                }
            }
            Wake::Delivered { reader_lives: true } | Wake::Other => {}
        }
        let now = Instant::now();
        if stack_due <= now {
            self.input(Input::Timeout(now))?;
        }
        if let Some(event) = self.watch.check(now)? {
            self.report(event)?;
        }
        self.measure(now);
        Ok(())
    }

    /// Does everything that can be done now; returns when the stack wants to be woken.
    fn advance(&mut self) -> Result<Instant, CloseReason> {
        let mut due = self.drain()?;
        while self.channels.settle_one(&mut self.rtc) {
            due = self.drain()?;
        }
        let mut writes = 0;
        while let Some(index) = self.channels.next_ready(&mut self.rtc) {
            match self.channels.write(&mut self.rtc, index) {
                Ok(true) => due = self.drain()?,
                Ok(false) => break,
                Err(error) => return Err(reason_of(&error)),
            }
            writes += 1;
            if writes == WRITES {
                due = Instant::now();
                break;
            }
        }
        let now = Instant::now();
        while let Some(track) = self.tracks.due_key_frame(now) {
            track.request_key_frame(&mut self.rtc, now);
            due = self.drain()?;
        }
        while let Some(request) = self.prober.poll_transmit(now) {
            self.sockets.send(request.local, request.server, &request.bytes);
            self.rates.sent(request.bytes.len());
        }
        let writable: Vec<ChannelId> = self.channels.became_writable().collect();
        for channel in writable {
            self.report(LinkEvent::Writable(channel))?;
        }
        Ok(due)
    }

    async fn wait(&mut self, due: Instant, buffer: &mut [u8]) -> Wake {
        let Driver { commands, sockets, outgoing, stop, .. } = self;
        let (backlog, unsent) = (outgoing.has_backlog(), sockets.has_waiting());
        // Receiving and flushing use the same sockets, so they are polled together.
        let traffic = poll_fn(|cx| {
            if unsent && sockets.poll_flush(cx).is_ready() {
                return std::task::Poll::Ready(Wake::Other);
            }
            sockets.poll_receive(cx, buffer).map(Wake::Received)
        });
        tokio::select! {
            () = stop.cancelled() => Wake::Stopped,
            command = commands.recv() => Wake::Command(command),
            wake = traffic => wake,
            reader_lives = outgoing.deliver(), if backlog => Wake::Delivered { reader_lives },
            () = tokio::time::sleep_until(due.into()) => Wake::Other,
        }
    }

    fn obey(&mut self, command: Command) -> Result<(), CloseReason> {
        match command {
            Command::Frame { stream, frame } => {
                self.frames_waiting.fetch_sub(1, Ordering::AcqRel);
                if let Some(track) = self.tracks.by_stream(stream)
                    && !track.send(&mut self.rtc, frame)
                {
                    tracing::debug!("a frame could not be sent");
                }
            }
            Command::KeyFrame(stream) => {
                if let Some(track) = self.tracks.by_stream(stream) {
                    track.want_key_frame(Instant::now());
                }
            }
            Command::Bitrate(bps) => {
                if self.config.sending_bitrate.is_some() {
                    self.rtc.bwe().set_bitrate(Bitrate::ZERO, Bitrate::bps(u64::from(bps)));
                }
            }
            Command::OpenChannel(spec) => {
                let stack = self.rtc.direct_api().create_data_channel(stack_config(&spec));
                self.channels.add(spec, stack);
            }
            Command::Message { channel, bytes } => self.channels.queue(channel, bytes),
            Command::Candidate(text) => self.add_remote_candidate(&text),
            Command::Answer { answer, reply } => {
                let outcome = self.accept_answer(&answer);
                let _ = reply.send(outcome);
                ends_link(outcome.err())?;
            }
            Command::Offer { offer, reply } => {
                let outcome = self.accept_offer(&offer);
                let error = outcome.as_ref().err().copied();
                let _ = reply.send(outcome);
                ends_link(error)?;
            }
            Command::Restart(reply) => {
                let outcome = self.restart_path();
                let _ = reply.send(outcome);
            }
            Command::Close(reason) => return Err(reason),
        }
        Ok(())
    }

    /// Takes everything the stack has to say.
    pub(super) fn drain(&mut self) -> Result<Instant, CloseReason> {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(due)) => {
                    return match self.ending {
                        Some(reason) => Err(reason),
                        None => Ok(due),
                    };
                }
                Ok(Output::Transmit(transmit)) => self.transmit(&transmit)?,
                Ok(Output::Event(event)) => self.handle_event(event)?,
                Err(error) => return Err(reason_of(&error)),
            }
        }
    }

    fn transmit(&mut self, transmit: &str0m::net::Transmit) -> Result<(), CloseReason> {
        self.rates.sent(transmit.contents.len());
        // STUN starts with 0 or 1 and probes all pairs; everything else uses the chosen one.
        let is_stun = transmit.contents.first().is_some_and(|&first| first < 20);
        if !is_stun {
            self.use_pair(Pair { local: transmit.source, remote: transmit.destination })?;
        }
        self.sockets.send(transmit.source, transmit.destination, &transmit.contents);
        Ok(())
    }

    fn receive(&mut self, received: Received, bytes: &[u8]) -> Result<(), CloseReason> {
        let now = Instant::now();
        self.rates.received(bytes.len());
        // An address that may not be named may not be found by its packets either.
        if !may_send_to(received.from.ip(), self.config.allow_loopback) {
            return Ok(());
        }
        if let Some(answer) = self.prober.handle(received.to, received.from, bytes) {
            return self.learn_outside_address(answer);
        }
        // Records of the handshake's kind carry all channels. While the reader is slow they stay in the network: the
        // other side sends them again, more slowly. Media and path checks go on.
        let is_dtls = bytes.first().is_some_and(|first| (20..64).contains(first));
        if is_dtls && self.outgoing.is_slow() {
            return Ok(());
        }
        let Ok(contents) = bytes.try_into() else { return Ok(()) };
        let (source, destination) = (received.from, received.to);
        let input = Input::Receive(now, Receive { proto: Protocol::Udp, source, destination, contents });
        // Anybody may send datagrams here; only those of the other side may touch the connection.
        if !self.rtc.accepts(&input) {
            return Ok(());
        }
        if let Some(event) = self.watch.heard(now) {
            self.report(event)?;
        }
        self.input(input)
    }

    fn input(&mut self, input: Input<'_>) -> Result<(), CloseReason> {
        match self.rtc.handle_input(input) {
            Ok(()) => {}
            Err(error @ (RtcError::Dtls(_) | RtcError::Sctp(_) | RtcError::RemoteSdp(_))) => {
                return Err(reason_of(&error));
            }
            Err(error) => tracing::debug!(%error, "a datagram was not understood"),
        }
        self.drain().map(drop)
    }

    fn add_remote_candidate(&mut self, text: &str) {
        let Ok(candidate) = RemoteCandidate::parse(text, self.config.allow_loopback) else { return };
        let text = text.trim();
        let Ok(parsed) = Candidate::from_sdp_string(text.strip_prefix("a=").unwrap_or(text)) else { return };
        if self.note_remote(candidate) {
            self.rtc.add_remote_candidate(parsed);
        }
    }

    /// Remembers an address of the other side; false if there are too many.
    pub(super) fn note_remote(&mut self, candidate: RemoteCandidate) -> bool {
        if self.remotes.len() >= MAX_REMOTE_CANDIDATES && !self.remotes.contains_key(&candidate.address) {
            return false;
        }
        self.remotes.insert(candidate.address, candidate.kind);
        true
    }

    /// Reports an event that must arrive.
    pub(super) fn report(&mut self, event: LinkEvent) -> Result<(), CloseReason> {
        match self.outgoing.push(event) {
            Outcome::Overrun => Err(CloseReason::Overrun),
            _ => Ok(()),
        }
    }

    async fn say_goodbye(&mut self) {
        if self.rtc.is_alive() && self.rtc.close().is_ok() {
            while let Ok(output) = self.rtc.poll_output() {
                match output {
                    Output::Transmit(t) => self.sockets.send(t.source, t.destination, &t.contents),
                    Output::Timeout(_) => break,
                    Output::Event(_) => {}
                }
            }
        }
        let flush = poll_fn(|cx| self.sockets.poll_flush(cx));
        let _ = tokio::time::timeout(FAREWELL, flush).await;
    }
}

/// A description that names another certificate is an attack or a confusion that nothing can repair.
fn ends_link(error: Option<NegotiationError>) -> Result<(), CloseReason> {
    match error {
        Some(NegotiationError::Description(super::DescriptionError::Changed)) => Err(CloseReason::ChangedFingerprint),
        _ => Ok(()),
    }
}

pub(super) fn fingerprint_bytes(bytes: &[u8]) -> [u8; 32] {
    // Own certificates are always named by SHA-256; anything else would simply never match.
    bytes.try_into().unwrap_or([0; 32])
}

fn reason_of(error: &RtcError) -> CloseReason {
    tracing::debug!(%error, "the connection failed");
    match error {
        RtcError::RemoteSdp(message) if message.contains("fingerprint") => CloseReason::WrongFingerprint,
        _ => CloseReason::Transport,
    }
}
