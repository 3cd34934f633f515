//! Events on their way to the reader, with the full-queue policy of [`crate::link`].

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::link::{ChannelSpec, CloseReason, LinkEvent, StreamKind, TrackId};

/// While so many bytes of channel data wait, no more is taken from the network.
const SLOW_DOWN_BYTES: usize = 2 * 1024 * 1024;

/// While so many events of any size wait, no more channel data is taken from the network.
const SLOW_DOWN_EVENTS: usize = 1024;

/// Beyond this the reader is considered dead. What the stack holds when slowing down begins (its receive window of a
/// megabyte and what is on the way) fits in between.
const OVERRUN_BYTES: usize = 8 * 1024 * 1024;

/// The same in events.
const OVERRUN_EVENTS: usize = 64 * 1024;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Delivered, or kept in order.
    Kept,
    /// A frame or unreliable message that found no room.
    Dropped,
    /// The backlog is beyond its limit: the link must end.
    Overrun,
}

pub(super) struct Outgoing {
    sender: mpsc::Sender<LinkEvent>,
    backlog: VecDeque<LinkEvent>,
    backlog_bytes: usize,
}

impl Outgoing {
    pub(super) fn new(sender: mpsc::Sender<LinkEvent>) -> Outgoing {
        Outgoing { sender, backlog: VecDeque::new(), backlog_bytes: 0 }
    }

    /// An event that must arrive, in order.
    pub(super) fn push(&mut self, event: LinkEvent) -> Outcome {
        let event = match self.try_now(event) {
            Ok(()) => return Outcome::Kept,
            Err(event) => event,
        };
        self.backlog_bytes += size_of_event(&event);
        self.backlog.push_back(event);
        if self.backlog_bytes > OVERRUN_BYTES || self.backlog.len() > OVERRUN_EVENTS {
            return Outcome::Overrun;
        }
        Outcome::Kept
    }

    /// An event that may be lost when the reader is slow.
    pub(super) fn push_lossy(&mut self, event: LinkEvent) -> Outcome {
        match self.try_now(event) {
            Ok(()) => Outcome::Kept,
            Err(_) => Outcome::Dropped,
        }
    }

    /// Channel data, by the kind of its channel.
    pub(super) fn push_data(&mut self, spec: &ChannelSpec, event: LinkEvent) -> Outcome {
        if spec.reliable { self.push(event) } else { self.push_lossy(event) }
    }

    pub(super) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Whether channel data should be left in the network for now.
    pub(super) fn is_slow(&self) -> bool {
        self.backlog_bytes > SLOW_DOWN_BYTES || self.backlog.len() > SLOW_DOWN_EVENTS
    }

    /// Waits until the reader has room and hands over what waits. Cancel safe. Returns false when the reader is gone.
    pub(super) async fn deliver(&mut self) -> bool {
        let Ok(permit) = self.sender.reserve().await else {
            return false;
        };
        if let Some(event) = self.backlog.pop_front() {
            self.backlog_bytes -= size_of_event(&event);
            permit.send(event);
        }
        while let Some(event) = self.backlog.pop_front() {
            let size = size_of_event(&event);
            if let Err(error) = self.sender.try_send(event) {
                self.backlog.push_front(error.into_inner());
                break;
            }
            self.backlog_bytes -= size;
        }
        true
    }

    /// Hands over everything that waits and then the end, however long the reader takes.
    pub(super) async fn finish(mut self, reason: CloseReason) {
        self.backlog.push_back(LinkEvent::Closed(reason));
        for event in self.backlog {
            if self.sender.send(event).await.is_err() {
                return;
            }
        }
    }

    fn try_now(&mut self, event: LinkEvent) -> Result<(), LinkEvent> {
        if !self.backlog.is_empty() {
            return Err(event);
        }
        self.sender.try_send(event).map_err(mpsc::error::TrySendError::into_inner)
    }
}

fn size_of_event(event: &LinkEvent) -> usize {
    match event {
        LinkEvent::ChannelData { bytes, .. } => bytes.len(),
        _ => 0,
    }
}

/// Whose stream an arriving or leaving one is.
pub(super) fn track(origin: [u8; 32], stream: StreamKind) -> TrackId {
    TrackId { origin, stream }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::link::{CHANNELS, ChannelId};

    fn data(length: usize) -> LinkEvent {
        LinkEvent::ChannelData { channel: ChannelId::SYNC, bytes: Bytes::from(vec![0; length]) }
    }

    #[tokio::test]
    async fn a_slow_reader_loses_nothing_reliable_and_keeps_the_order() {
        let (sender, mut events) = mpsc::channel(1);
        let mut outgoing = Outgoing::new(sender);
        let reliable = &CHANNELS[1];
        assert_eq!(outgoing.push_data(reliable, data(1)), Outcome::Kept);
        assert_eq!(outgoing.push_data(reliable, data(2)), Outcome::Kept);
        assert_eq!(outgoing.push_data(&CHANNELS[2], data(3)), Outcome::Dropped);
        assert!(outgoing.has_backlog() && !outgoing.is_slow());
        assert_eq!(outgoing.push_data(reliable, data(SLOW_DOWN_BYTES)), Outcome::Kept);
        assert!(outgoing.is_slow());
        let reader = tokio::spawn(async move {
            let mut lengths = Vec::new();
            while let Some(event) = events.recv().await {
                match event {
                    LinkEvent::ChannelData { bytes, .. } => lengths.push(bytes.len()),
                    other => assert!(matches!(other, LinkEvent::Closed(CloseReason::Left))),
                }
            }
            lengths
        });
        assert!(outgoing.deliver().await);
        outgoing.finish(CloseReason::Left).await;
        assert_eq!(reader.await.expect("the reader ends"), [1, 2, SLOW_DOWN_BYTES]);
    }

    #[test]
    fn a_dead_reader_is_noticed() {
        let (sender, _events) = mpsc::channel(1);
        let mut outgoing = Outgoing::new(sender);
        let megabyte = || data(1024 * 1024);
        let kept = (0..100).take_while(|_| outgoing.push_data(&CHANNELS[1], megabyte()) == Outcome::Kept).count();
        assert!((8..12).contains(&kept), "{kept}");
    }
}
