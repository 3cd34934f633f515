//! A link of the same make as the operator.

use std::collections::VecDeque;

use bytes::Bytes;
use sightline_node::link::rtc::{RtcConfig, RtcLink};
use sightline_node::link::{ChannelId, CloseReason, EncodedFrame, Link, LinkEvent, SendError, StreamKind, TrackId};
use sightline_node::media::Codec;
use tokio::sync::mpsc;

use super::OwnRuntime;
use super::expert::{EXPERT, OPERATOR};
use super::operator::{Noticed, Operator};

/// An operator by [`RtcLink::offer`], in a runtime of its own so that it can vanish.
pub struct Native {
    pub link: RtcLink,
    events: mpsc::Receiver<LinkEvent>,
    /// Noticed while waiting for something else.
    kept: VecDeque<Noticed>,
    runtime: OwnRuntime,
    codec: Codec,
    time: u32,
}

impl Operator for Native {
    const NAME: &'static str = "native";

    async fn start(codec: Codec) -> (Native, String) {
        let runtime = OwnRuntime::new();
        let config = RtcConfig {
            local_origin: OPERATOR,
            remote_origin: EXPERT,
            codecs: vec![codec],
            sending_bitrate: Some(1_000_000),
            ..RtcConfig::default()
        }
        .loopback_only();
        let started = {
            let _inside = runtime.enter();
            RtcLink::offer(config).expect("127.0.0.1 is there")
        };
        let native =
            Native { link: started.link, events: started.events, kept: VecDeque::new(), runtime, codec, time: 0 };
        (native, started.sdp)
    }

    async fn accept(&mut self, answer: &str) {
        self.link.accept_answer(answer.to_owned()).await.expect("the answer is good");
    }

    async fn add_candidate(&mut self, candidate: &str) {
        self.link.add_remote_candidate(candidate);
    }

    async fn notice(&mut self) -> Noticed {
        if let Some(noticed) = self.kept.pop_front() {
            return noticed;
        }
        loop {
            match self.events.recv().await {
                Some(event) => {
                    if let Some(noticed) = noticed(event) {
                        return noticed;
                    }
                }
                None => return Noticed::Closed,
            }
        }
    }

    async fn send(&mut self, channel: u16, message: Vec<u8>) {
        let message = Bytes::from(message);
        while let Err(error) = self.link.try_send(ChannelId(channel), message.clone()) {
            assert_eq!(error, SendError::Full);
            loop {
                match self.events.recv().await.expect("open") {
                    LinkEvent::Writable(on) if on.0 == channel => break,
                    event => self.kept.extend(noticed(event)),
                }
            }
        }
    }

    async fn send_frame(&mut self, data: Bytes, key: bool) {
        self.time = self.time.wrapping_add(3000);
        let frame = EncodedFrame {
            codec: self.codec,
            data,
            rtp_time: self.time,
            key,
            contiguous: true,
            received: std::time::Instant::now(),
        };
        let track = TrackId { origin: OPERATOR, stream: StreamKind::Camera };
        while self.link.send_frame(track, frame.clone()) == Err(SendError::Full) {
            tokio::task::yield_now().await;
        }
    }

    async fn close(self) {
        self.link.close(CloseReason::Left);
        let mut events = self.events;
        while events.recv().await.is_some() {}
    }

    fn vanish(self) {
        // A dropped handle would have the task say goodbye before its runtime stops.
        std::mem::forget(self.link);
        drop(self.runtime);
    }
}

fn noticed(event: LinkEvent) -> Option<Noticed> {
    Some(match event {
        LinkEvent::Connected { .. } => Noticed::Connected,
        LinkEvent::ChannelOpen(channel) => Noticed::Open(channel.0),
        LinkEvent::ChannelData { channel, bytes } => Noticed::Message(channel.0, bytes.to_vec()),
        LinkEvent::KeyFrameWanted(_) => Noticed::KeyFrameWanted,
        LinkEvent::LocalCandidate(candidate) => Noticed::Candidate(candidate),
        LinkEvent::Closed(_) => Noticed::Closed,
        _ => return None,
    })
}
