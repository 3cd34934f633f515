//! The `webrtc` crate as the operator: an implementation that shares no code with the link under test.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use rtc::interceptor::{Attribute, Interceptor, Packet, Slot, StreamInfo, TaggedPacket};
use rtc::media::Sample;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use sightline_node::media::Codec;
use tokio::sync::mpsc;
use webrtc::data_channel::{DataChannel, DataChannelEvent, RTCDataChannelInit};
use webrtc::media_stream::track_local::static_sample::TrackLocalStaticSample;
use webrtc::media_stream::track_local::{TrackLocal, TrackLocalEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCPeerConnectionIceEvent,
    RTCPeerConnectionState, RTCSessionDescription, Registry, SettingEngineBuilder,
};
use webrtc::rtp_transceiver::RtpSender;

use super::OwnRuntime;
use super::operator::{Noticed, Operator};

/// The operator's stream.
const SSRC: u32 = 0x5167_4c1e;

/// An operator by the `webrtc` crate, in a runtime of its own so that it can vanish.
pub struct Webrtc {
    connection: Arc<dyn PeerConnection>,
    channels: HashMap<u16, Arc<dyn DataChannel>>,
    track: Arc<TrackLocalStaticSample>,
    sender: Arc<dyn RtpSender>,
    codec: Codec,
    noticed: mpsc::Receiver<Noticed>,
    kept: VecDeque<Noticed>,
    runtime: OwnRuntime,
}

#[derive(Clone)]
struct Handler(mpsc::Sender<Noticed>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        if let Ok(candidate) = event.candidate.to_json() {
            let _ = self.0.send(Noticed::Candidate(candidate.candidate)).await;
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let noticed = match state {
            RTCPeerConnectionState::Connected => Noticed::Connected,
            RTCPeerConnectionState::Closed | RTCPeerConnectionState::Failed => Noticed::Closed,
            _ => return,
        };
        let _ = self.0.send(noticed).await;
    }
}

impl Operator for Webrtc {
    const NAME: &'static str = "webrtc crate";

    async fn start(codec: Codec) -> (Webrtc, String) {
        let runtime = OwnRuntime::new();
        let task = runtime.spawn(build(codec));
        let (built, offer) = task.await.expect("no panic");
        let Built { connection, channels, track, sender, noticed } = built;
        let webrtc = Webrtc { connection, channels, track, sender, codec, noticed, kept: VecDeque::new(), runtime };
        (webrtc, offer)
    }

    async fn accept(&mut self, answer: &str) {
        let answer = RTCSessionDescription::answer(answer.to_owned()).expect("an answer");
        self.connection.set_remote_description(answer).await.expect("the answer is good");
    }

    async fn add_candidate(&mut self, candidate: &str) {
        let candidate = RTCIceCandidateInit {
            candidate: candidate.to_owned(),
            sdp_mid: Some("0".to_owned()),
            sdp_mline_index: Some(0),
            ..RTCIceCandidateInit::default()
        };
        self.connection.add_ice_candidate(candidate).await.expect("a usable candidate");
    }

    async fn notice(&mut self) -> Noticed {
        match self.kept.pop_front() {
            Some(noticed) => noticed,
            None => self.noticed.recv().await.unwrap_or(Noticed::Closed),
        }
    }

    async fn send(&mut self, channel: u16, message: Vec<u8>) {
        let channel = self.channels[&channel].clone();
        if channel.id() == 0 {
            let text = String::from_utf8(message).expect("control carries text");
            channel.send_text(&text).await.expect("open");
        } else {
            channel.send(BytesMut::from(&message[..])).await.expect("open");
        }
    }

    async fn send_frame(&mut self, data: Bytes, _key: bool) {
        let codecs = self.sender.get_parameters().await.expect("parameters").rtp_parameters.codecs;
        let payload = codecs
            .iter()
            .find(|negotiated| negotiated.rtp_codec.mime_type.eq_ignore_ascii_case(mime_type(self.codec)))
            .expect("the codec was agreed on")
            .payload_type;
        let sample = Sample { data, duration: Duration::from_millis(33), ..Sample::new(Instant::now()) };
        self.track.sample_writer(SSRC, payload).write_sample(&sample).await.expect("sent");
    }

    async fn close(self) {
        self.connection.close().await.expect("closes");
    }

    fn vanish(self) {
        drop(self.runtime);
    }
}

struct Built {
    connection: Arc<dyn PeerConnection>,
    channels: HashMap<u16, Arc<dyn DataChannel>>,
    track: Arc<TrackLocalStaticSample>,
    sender: Arc<dyn RtpSender>,
    noticed: mpsc::Receiver<Noticed>,
}

async fn build(codec: Codec) -> (Built, String) {
    let (notice, noticed) = mpsc::channel(100_000);
    let mut media = MediaEngine::default();
    media.register_default_codecs().expect("the default codecs");
    let registry = register_default_interceptors(Registry::new(), &mut media).expect("the default interceptors");
    let registry = registry.with(Slot::from(14_000), KeyFrameRequests::default());
    let settings = SettingEngineBuilder::new().with_include_loopback_candidate(true).build();
    let connection: Arc<dyn PeerConnection> = Arc::new(
        PeerConnectionBuilder::new()
            .with_media_engine(media)
            .with_interceptor_registry(registry)
            .with_setting_engine(settings)
            .with_handler(Arc::new(Handler(notice.clone())))
            .with_data_channel_send_buffer_limit(1024 * 1024)
            .with_udp_addrs(vec!["127.0.0.1:0"])
            .build()
            .await
            .expect("a connection"),
    );
    connection.add_transceiver_from_kind(RtpCodecKind::Audio, None).await.expect("an audio line");
    let track = Arc::new(TrackLocalStaticSample::new(Instant::now(), stream(codec)).expect("a track"));
    let sender = connection.add_track(track.clone() as Arc<dyn TrackLocal>).await.expect("a video line");
    watch_requests(track.clone(), notice.clone());
    let mut channels = HashMap::new();
    for (id, label) in [(0, "control"), (1, "sync"), (2, "live"), (3, "blob")] {
        let lossy = id == 2;
        let init = RTCDataChannelInit {
            ordered: !lossy,
            max_retransmits: lossy.then_some(0),
            negotiated: Some(id),
            ..RTCDataChannelInit::default()
        };
        let channel = connection.create_data_channel(label, Some(init)).await.expect("a channel");
        watch_channel(id, channel.clone(), notice.clone());
        channels.insert(id, channel);
    }
    let offer = connection.create_offer(None).await.expect("an offer");
    let sdp = offer.sdp.clone();
    connection.set_local_description(offer).await.expect("its own offer");
    (Built { connection, channels, track, sender, noticed }, sdp)
}

fn stream(codec: Codec) -> MediaStreamTrack {
    let coding = RTCRtpCodingParameters { ssrc: Some(SSRC), ..RTCRtpCodingParameters::default() };
    let codec = RTCRtpCodec {
        mime_type: mime_type(codec).to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: match codec {
            Codec::H264 => "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f".to_owned(),
            Codec::Vp9 => "profile-id=0".to_owned(),
            Codec::Vp8 => String::new(),
        },
        rtcp_feedback: Vec::new(),
    };
    let encoding =
        RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..RTCRtpEncodingParameters::default() };
    MediaStreamTrack::new(
        "operator".to_owned(),
        "camera".to_owned(),
        "camera".to_owned(),
        RtpCodecKind::Video,
        vec![encoding],
    )
}

fn mime_type(codec: Codec) -> &'static str {
    match codec {
        Codec::Vp8 => "video/VP8",
        Codec::Vp9 => "video/VP9",
        Codec::H264 => "video/H264",
    }
}

fn watch_channel(id: u16, channel: Arc<dyn DataChannel>, notice: mpsc::Sender<Noticed>) {
    tokio::spawn(async move {
        while let Some(event) = channel.poll().await {
            let noticed = match event {
                DataChannelEvent::OnOpen => Noticed::Open(id),
                DataChannelEvent::OnClose => Noticed::Closed,
                DataChannelEvent::OnMessage(message) => Noticed::Message(id, message.data.to_vec()),
                _ => continue,
            };
            if notice.send(noticed).await.is_err() {
                return;
            }
        }
    });
}

fn watch_requests(track: Arc<TrackLocalStaticSample>, notice: mpsc::Sender<Noticed>) {
    tokio::spawn(async move {
        while let Some(TrackLocalEvent::OnRtcpPacket(_)) = track.poll().await {
            let _ = notice.send(Noticed::KeyFrameWanted).await;
        }
    });
}

/// Passes on to the application what the crate otherwise keeps to itself: requests for key frames.
#[derive(Default)]
struct KeyFrameRequests {
    read: VecDeque<TaggedPacket>,
    write: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for KeyFrameRequests {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut tagged: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &mut tagged.message.packet {
            packets.retain(|packet| packet.as_any().is::<PictureLossIndication>());
            if packets.is_empty() {
                return Ok(());
            }
            tagged.message.add(Attribute::DeliverToApplication);
        }
        self.read.push_back(tagged);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.read.pop_front()
    }

    fn handle_write(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        self.write.push_back(tagged);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.write.pop_front()
    }
}

impl Interceptor for KeyFrameRequests {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}
