//! The side under test: a link that answers.

use std::sync::Arc;

use sightline_node::link::rtc::{RtcConfig, RtcLink, Started};
use sightline_node::link::{ChannelId, CloseReason, Link, LinkEvent, SendError, StreamKind, TrackId};
use sightline_node::media::{FrameSlot, Picture, VideoDecoder};
use tokio::sync::mpsc;

use super::operator::Operator;
use super::soon;

/// Peer keys of the two sides in all tests.
pub const EXPERT: [u8; 32] = [1; 32];
pub const OPERATOR: [u8; 32] = [2; 32];

/// The operator's camera.
pub const CAMERA: TrackId = TrackId { origin: OPERATOR, stream: StreamKind::Camera };

/// A link that answered, and its events.
pub struct Expert {
    pub link: RtcLink,
    pub events: mpsc::Receiver<LinkEvent>,
    pub answer: String,
}

/// The usual settings: 127.0.0.1 only.
pub fn config() -> RtcConfig {
    RtcConfig { local_origin: EXPERT, remote_origin: OPERATOR, ..RtcConfig::default() }.loopback_only()
}

impl Expert {
    pub fn answer(offer: &str, config: RtcConfig) -> Expert {
        let Started { link, sdp, events } = RtcLink::answer(offer, config).expect("the offer is good");
        Expert { link, events, answer: sdp }
    }

    /// Awaits the event that `pick` takes; everything else is passed over. The end fails the test unless it is picked.
    pub async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&LinkEvent) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let event = self.events.recv().await.expect("the link reports its end before it stops");
                if let Some(found) = pick(&event) {
                    return found;
                }
                assert!(!matches!(event, LinkEvent::Closed(_)), "{event:?} while waiting for {what}");
            }
        };
        soon(what, waiting).await
    }

    pub async fn connected(&mut self) -> ([u8; 32], [u8; 32]) {
        self.until("the connection", |event| match event {
            LinkEvent::Connected { local_fp, remote_fp } => Some((*local_fp, *remote_fp)),
            _ => None,
        })
        .await
    }

    pub async fn message(&mut self, channel: ChannelId) -> bytes::Bytes {
        self.until("a message", |event| match event {
            LinkEvent::ChannelData { channel: on, bytes } if *on == channel => Some(bytes.clone()),
            _ => None,
        })
        .await
    }

    pub async fn closed(&mut self) -> CloseReason {
        self.until("the end", |event| match event {
            LinkEvent::Closed(reason) => Some(*reason),
            _ => None,
        })
        .await
    }

    /// Sends a message, waiting for room. Messages that arrive meanwhile are lost to the caller.
    pub async fn send(&mut self, channel: ChannelId, message: bytes::Bytes) {
        while let Err(error) = self.link.try_send(channel, message.clone()) {
            assert_eq!(error, SendError::Full);
            self.until("room", |event| matches!(event, LinkEvent::Writable(on) if *on == channel).then_some(())).await;
        }
    }
}

/// A connected pair with all channels open.
pub async fn connect<O: Operator>(codec: sightline_node::media::Codec, config: RtcConfig) -> (Expert, O) {
    let (mut operator, offer) = O::start(codec).await;
    let mut expert = Expert::answer(&offer, config);
    operator.accept(&expert.answer).await;
    all_open(&mut expert, &mut operator).await;
    (expert, operator)
}

/// Awaits that all channels are open on both sides.
pub async fn all_open<O: Operator>(expert: &mut Expert, operator: &mut O) {
    let mut open = Vec::new();
    let expert_side = expert.until("open channels", |event| {
        if let LinkEvent::ChannelOpen(channel) = event {
            open.push(*channel);
        }
        (open.len() == 4).then_some(())
    });
    let mut seen = Vec::new();
    let operator_side = super::operator::until(operator, "open channels", |noticed| {
        if let super::operator::Noticed::Open(channel) = noticed {
            seen.push(channel);
        }
        (seen.len() == 4).then_some(())
    });
    tokio::join!(expert_side, operator_side);
}

/// Decodes what arrives at an expert and lets pictures be awaited.
pub struct Viewer {
    decoder: VideoDecoder,
    pictures: mpsc::Receiver<Arc<Picture>>,
}

impl Viewer {
    pub fn new(link: &RtcLink) -> Viewer {
        let slot = FrameSlot::new();
        let (sender, pictures) = mpsc::channel(10_000);
        let reader = slot.clone();
        slot.set_waker(Arc::new(move || {
            let _ = reader.newest().map(|picture| sender.try_send(picture));
        }));
        let link = link.clone();
        let ask = Arc::new(move || link.request_key_frame(CAMERA));
        Viewer { decoder: VideoDecoder::new(slot, ask), pictures }
    }

    /// Feeds everything that arrives until a picture satisfies `wanted`.
    pub async fn picture(
        &mut self,
        expert: &mut Expert,
        what: &str,
        wanted: impl Fn(&Picture) -> bool,
    ) -> Arc<Picture> {
        let waiting = async {
            loop {
                tokio::select! {
                    event = expert.events.recv() => match event {
                        Some(LinkEvent::Frame { track, frame }) => {
                            assert_eq!(track, CAMERA);
                            self.decoder.push(frame);
                        }
                        Some(LinkEvent::Closed(reason)) => panic!("closed: {reason:?}"),
                        Some(_) => {}
                        None => panic!("the events ended"),
                    },
                    picture = self.pictures.recv() => {
                        let picture = picture.expect("the slot lives");
                        if wanted(&picture) {
                            return picture;
                        }
                    }
                }
            }
        };
        soon(what, waiting).await
    }
}
