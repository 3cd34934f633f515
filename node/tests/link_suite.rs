//! One suite for every pair of implementations: the answering link against a link of the same make, and against the
//! `webrtc` crate as an independent operator.

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::expert::{CAMERA, Expert, OPERATOR, Viewer, all_open, config, connect};
use common::native::Native;
use common::operator::{Noticed, Operator, until};
use common::relay::Relay;
use common::webrtc::Webrtc;
use common::{bytes, fingerprint, host_candidate, soon, split_candidates, with_other_fingerprint};
use sightline_node::link::rtc::{RtcConfig, RtcLink};
use sightline_node::link::{ChannelId, CloseReason, Link, LinkEvent, Path, SendError};
use sightline_node::media::pattern::{bars_error, colour_bars, read_number};
use sightline_node::media::{Codec, EncoderSettings, PictureEncoder};

/// Runs each test of the suite for each operator.
macro_rules! suite {
    ($($test:ident),+ $(,)?) => {
        mod native {
            $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test::<super::Native>().await })+
        }
        mod webrtc {
            $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test::<super::Webrtc>().await })+
        }
    };
}

suite!(
    connects_with_the_certificates_of_the_descriptions,
    carries_messages_both_ways_on_every_channel,
    keeps_order_and_content_of_a_flood_from_the_operator,
    holds_back_a_flood_of_its_own_until_there_is_room,
    a_slow_reader_loses_nothing_and_stays_connected,
    shows_the_vp8_that_was_sent,
    shows_the_h264_that_was_sent,
    a_key_frame_request_reaches_the_sender,
    video_recovers_from_loss,
    refuses_a_certificate_that_the_offer_does_not_name,
    candidates_may_come_after_the_descriptions,
    does_not_use_loopback_unless_allowed,
    a_closing_operator_is_told_apart,
    closes_with_the_reason_it_was_given,
    a_vanished_operator_is_noticed,
    survives_an_interrupted_path,
    ignores_what_strangers_send,
    measures_the_link,
);

async fn connects_with_the_certificates_of_the_descriptions<O: Operator>() {
    let (mut operator, offer) = O::start(Codec::Vp8).await;
    let mut expert = Expert::answer(&offer, config());
    assert_eq!(expert.link.codecs().first(), Some(&Codec::Vp8));
    operator.accept(&expert.answer).await;
    let (local, remote) = expert.connected().await;
    assert_eq!(local, fingerprint(&expert.answer));
    assert_eq!(remote, fingerprint(&offer));
    all_open(&mut expert, &mut operator).await;
    assert!(matches!(expert.link.stats().path, Some(Path::Direct { .. })));
}

async fn carries_messages_both_ways_on_every_channel<O: Operator>() {
    let (mut expert, mut operator) = connect::<O>(Codec::Vp8, config()).await;
    for channel in [ChannelId::CONTROL, ChannelId::SYNC, ChannelId::LIVE, ChannelId::BLOB] {
        for length in [1, 1000, 16_001, 64 * 1024] {
            // Control carries text.
            let message: Vec<u8> = bytes(length as u32, length).iter().map(|byte| b'a' + byte % 26).collect();
            operator.send(channel.0, message.clone()).await;
            assert_eq!(expert.message(channel).await, message, "{channel:?} {length}");
            expert.send(channel, Bytes::from(message.clone())).await;
            let back = until(&mut operator, "a message", |noticed| match noticed {
                Noticed::Message(on, bytes) if on == channel.0 => Some(bytes),
                _ => None,
            });
            assert_eq!(back.await, message, "{channel:?} {length}");
        }
    }
    let text = "¿qué tal? 👋 שלום".to_owned();
    expert.send(ChannelId::CONTROL, Bytes::from(text.clone())).await;
    let back = until(&mut operator, "a message", |noticed| match noticed {
        Noticed::Message(0, bytes) => Some(bytes),
        _ => None,
    });
    assert_eq!(back.await, text.into_bytes());
    let huge = Bytes::from(vec![0; 64 * 1024 + 1]);
    assert_eq!(expert.link.try_send(ChannelId::SYNC, huge), Err(SendError::TooLarge));
    assert_eq!(expert.link.try_send(ChannelId(9), Bytes::from_static(b"x")), Err(SendError::Unknown));
}

/// Messages of the floods: 8 MiB in all.
const FLOOD: u32 = 128;
const FLOOD_MESSAGE: usize = 64 * 1024;

async fn keeps_order_and_content_of_a_flood_from_the_operator<O: Operator>() {
    let (mut expert, mut operator) = connect::<O>(Codec::Vp8, config()).await;
    let reading = async {
        for number in 0..FLOOD {
            let message = expert.message(ChannelId::BLOB).await;
            assert!(message == bytes(number, FLOOD_MESSAGE), "message {number}");
        }
    };
    let writing = async {
        for number in 0..FLOOD {
            operator.send(3, bytes(number, FLOOD_MESSAGE)).await;
        }
    };
    tokio::join!(reading, writing);
}

async fn holds_back_a_flood_of_its_own_until_there_is_room<O: Operator>() {
    let (mut expert, mut operator) = connect::<O>(Codec::Vp8, config()).await;
    let reading = async {
        for number in 0..FLOOD {
            let message = until(&mut operator, "the flood", |noticed| match noticed {
                Noticed::Message(3, bytes) => Some(bytes),
                _ => None,
            });
            assert!(message.await == bytes(number, FLOOD_MESSAGE), "message {number}");
        }
    };
    let writing = async {
        let mut refusals = 0;
        for number in 0..FLOOD {
            let message = Bytes::from(bytes(number, FLOOD_MESSAGE));
            while let Err(error) = expert.link.try_send(ChannelId::BLOB, message.clone()) {
                assert_eq!(error, SendError::Full);
                refusals += 1;
                let is_room = |event: &LinkEvent| matches!(event, LinkEvent::Writable(ChannelId::BLOB)).then_some(());
                expert.until("room", is_room).await;
            }
            // A word gets through while the file waits.
            assert_eq!(expert.link.try_send(ChannelId::CONTROL, Bytes::from_static(b"{}")), Ok(()));
        }
        refusals
    };
    let ((), refusals) = tokio::join!(reading, writing);
    assert!(refusals > 0, "8 MiB were taken without ever being full");
}

async fn a_slow_reader_loses_nothing_and_stays_connected<O: Operator>() {
    let (mut expert, mut operator) = connect::<O>(Codec::Vp8, RtcConfig { event_queue: 4, ..config() }).await;
    // Nobody reads while the operator sends much more than may wait here.
    let writing = tokio::spawn(async move {
        for number in 0..FLOOD * 2 {
            operator.send(1, bytes(number, FLOOD_MESSAGE)).await;
        }
        operator
    });
    let slowed_down = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        while expert.link.stats().kbps_in < 5_000 {
            looks.tick().await;
        }
        while expert.link.stats().kbps_in > 2_000 {
            looks.tick().await;
        }
    };
    soon("traffic that ebbs", slowed_down).await;
    for number in 0..FLOOD * 2 {
        let message = expert.message(ChannelId::SYNC).await;
        assert!(message == bytes(number, FLOOD_MESSAGE), "message {number}");
    }
    let mut operator = soon("the writer", writing).await.expect("no panic");
    operator.send(0, b"still here".to_vec()).await;
    assert_eq!(expert.message(ChannelId::CONTROL).await, "still here");
}

/// An encoder whose pictures are numbered.
struct Camera {
    encoder: PictureEncoder,
    number: u16,
}

impl Camera {
    fn new(codec: Codec) -> Camera {
        let settings = EncoderSettings::camera(codec, 640, 360);
        Camera { encoder: PictureEncoder::open(&settings).expect("starts"), number: 0 }
    }

    async fn film<O: Operator>(&mut self, operator: &mut O, key: bool) -> u16 {
        self.number += 1;
        let picture = colour_bars(640, 360, self.number);
        let encoded = self.encoder.encode(&picture, key).expect("encodes").expect("nothing is left out");
        operator.send_frame(encoded.data, encoded.key).await;
        self.number
    }
}

async fn shows_the_vp8_that_was_sent<O: Operator>() {
    shows_what_was_sent::<O>(Codec::Vp8).await;
}

async fn shows_the_h264_that_was_sent<O: Operator>() {
    shows_what_was_sent::<O>(Codec::H264).await;
}

async fn shows_what_was_sent<O: Operator>(codec: Codec) {
    let (mut expert, mut operator) = connect::<O>(codec, config()).await;
    let (mut camera, mut viewer) = (Camera::new(codec), Viewer::new(&expert.link));
    for _ in 0..30 {
        let number = camera.film(&mut operator, false).await;
        let picture = viewer.picture(&mut expert, "the picture", |picture| read_number(picture) == number).await;
        assert_eq!((picture.width, picture.height), (640, 360));
        assert!(bars_error(&picture) < 30, "{}", bars_error(&picture));
    }
    assert_eq!(expert.link.stats().codec, Some(codec));
}

async fn a_key_frame_request_reaches_the_sender<O: Operator>() {
    let (mut expert, mut operator) = connect::<O>(Codec::Vp8, config()).await;
    let (mut camera, mut viewer) = (Camera::new(Codec::Vp8), Viewer::new(&expert.link));
    let number = camera.film(&mut operator, false).await;
    viewer.picture(&mut expert, "the first picture", |picture| read_number(picture) == number).await;
    expert.link.request_key_frame(CAMERA);
    until(&mut operator, "the request", |noticed| matches!(noticed, Noticed::KeyFrameWanted).then_some(())).await;
    camera.film(&mut operator, true).await;
    expert
        .until("the key frame", |event| match event {
            LinkEvent::Frame { frame, .. } => frame.key.then_some(()),
            _ => None,
        })
        .await;
}

/// A connected pair with a relay in between, which is the only way.
async fn connect_through_relay<O: Operator>(config: RtcConfig) -> (Expert, O, Relay) {
    let (mut operator, offer) = O::start(Codec::Vp8).await;
    let (offer, _) = split_candidates(&offer);
    let mut expert = Expert::answer(&offer, config);
    let (answer, candidates) = split_candidates(&expert.answer);
    let relay = Relay::start(common::candidate_address(&candidates[0])).await;
    operator.accept(&answer).await;
    operator.add_candidate(&host_candidate(relay.for_operator)).await;
    all_open(&mut expert, &mut operator).await;
    (expert, operator, relay)
}

async fn video_recovers_from_loss<O: Operator>() {
    let (mut expert, mut operator, relay) = connect_through_relay::<O>(config()).await;
    let (mut camera, mut viewer) = (Camera::new(Codec::Vp8), Viewer::new(&expert.link));
    relay.lose(15);
    let mut wants_key = false;
    let mut frames = tokio::time::interval(Duration::from_millis(10));
    let mut shown = 0;
    for _ in 0..150 {
        frames.tick().await;
        let number = camera.film(&mut operator, std::mem::take(&mut wants_key)).await;
        // Whatever has arrived by the next picture is shown; whatever is asked for is answered.
        let next = tokio::time::timeout(
            Duration::from_millis(8),
            viewer.picture(&mut expert, "a picture", |picture| read_number(picture) == number),
        );
        shown += u32::from(next.await.is_ok());
        while let Ok(noticed) = tokio::time::timeout(Duration::ZERO, operator.notice()).await {
            wants_key |= matches!(noticed, Noticed::KeyFrameWanted);
        }
    }
    relay.lose(0);
    assert!(shown > 0);
    // Afterwards the picture is whole again, with at most the key frame that was asked for.
    let waiting = async {
        loop {
            frames.tick().await;
            let number = camera.film(&mut operator, std::mem::take(&mut wants_key)).await;
            let next = viewer.picture(&mut expert, "a picture", |picture| read_number(picture) == number);
            if let Ok(picture) = tokio::time::timeout(Duration::from_millis(200), next).await {
                return picture;
            }
            while let Ok(noticed) = tokio::time::timeout(Duration::ZERO, operator.notice()).await {
                wants_key |= matches!(noticed, Noticed::KeyFrameWanted);
            }
        }
    };
    let picture = soon("a whole picture", waiting).await;
    assert!(bars_error(&picture) < 30, "{}", bars_error(&picture));
}

async fn refuses_a_certificate_that_the_offer_does_not_name<O: Operator>() {
    let (mut operator, offer) = O::start(Codec::Vp8).await;
    let mut expert = Expert::answer(&with_other_fingerprint(&offer), config());
    operator.accept(&expert.answer).await;
    assert_eq!(expert.closed().await, CloseReason::WrongFingerprint);
}

async fn candidates_may_come_after_the_descriptions<O: Operator>() {
    let (mut operator, offer) = O::start(Codec::Vp8).await;
    let (offer, mut candidates) = split_candidates(&offer);
    let mut expert = Expert::answer(&offer, config());
    let (answer, expert_candidates) = split_candidates(&expert.answer);
    assert!(!expert_candidates.is_empty());
    operator.accept(&answer).await;
    // The operator's addresses, from its offer or told afterwards, go to the expert only; useless ones before and after.
    expert.link.add_remote_candidate("candidate:1 1 udp 1 224.0.0.1 5000 typ host");
    expert.link.add_remote_candidate("candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype active");
    while candidates.is_empty() {
        let candidate = until(&mut operator, "a candidate", |noticed| match noticed {
            Noticed::Candidate(candidate) => Some(candidate),
            _ => None,
        });
        candidates.push(candidate.await);
    }
    for candidate in &candidates {
        expert.link.add_remote_candidate(candidate);
    }
    expert.link.add_remote_candidate("not a candidate");
    all_open(&mut expert, &mut operator).await;
}

async fn does_not_use_loopback_unless_allowed<O: Operator>() {
    let (mut operator, offer) = O::start(Codec::Vp8).await;
    let config = RtcConfig { allow_loopback: false, connect_within: Duration::from_secs(1), ..config() };
    let mut expert = Expert::answer(&offer, config);
    operator.accept(&expert.answer).await;
    assert_eq!(expert.closed().await, CloseReason::NeverConnected);
}

async fn a_closing_operator_is_told_apart<O: Operator>() {
    let (mut expert, operator) = connect::<O>(Codec::Vp8, config()).await;
    operator.close().await;
    assert_eq!(expert.closed().await, CloseReason::RemoteClosed);
    assert_eq!(expert.link.try_send(ChannelId::SYNC, Bytes::from_static(b"x")), Err(SendError::Closed));
}

async fn closes_with_the_reason_it_was_given<O: Operator>() {
    let (mut expert, mut operator) = connect::<O>(Codec::Vp8, config()).await;
    expert.link.close(CloseReason::Ended);
    assert_eq!(expert.closed().await, CloseReason::Ended);
    assert!(expert.events.recv().await.is_none(), "nothing follows the end");
    until(&mut operator, "the close", |noticed| matches!(noticed, Noticed::Closed).then_some(())).await;
}

async fn a_vanished_operator_is_noticed<O: Operator>() {
    let config = RtcConfig { vanish_after: Duration::from_secs(2), ..config() };
    let (mut expert, operator) = connect::<O>(Codec::Vp8, config).await;
    operator.vanish();
    expert.until("the silence", |event| matches!(event, LinkEvent::Quiet).then_some(())).await;
    assert_eq!(expert.closed().await, CloseReason::Vanished);
}

async fn survives_an_interrupted_path<O: Operator>() {
    let (mut expert, mut operator, relay) = connect_through_relay::<O>(config()).await;
    relay.lose(100);
    expert.until("the silence", |event| matches!(event, LinkEvent::Quiet).then_some(())).await;
    expert.send(ChannelId::CONTROL, Bytes::from_static(b"said in between")).await;
    relay.lose(0);
    expert.until("a sign of life", |event| matches!(event, LinkEvent::Heard).then_some(())).await;
    let back = until(&mut operator, "the message", |noticed| match noticed {
        Noticed::Message(0, bytes) => Some(bytes),
        _ => None,
    });
    assert_eq!(back.await, b"said in between");
}

async fn ignores_what_strangers_send<O: Operator>() {
    let (mut operator, offer) = O::start(Codec::Vp8).await;
    let mut expert = Expert::answer(&offer, config());
    let (_, candidates) = split_candidates(&expert.answer);
    let target = common::candidate_address(&candidates[0]);
    let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    // Before, while and after the link comes up.
    annoy(&stranger, target).await;
    operator.accept(&expert.answer).await;
    annoy(&stranger, target).await;
    all_open(&mut expert, &mut operator).await;
    annoy(&stranger, target).await;
    operator.send(0, b"undisturbed".to_vec()).await;
    assert_eq!(expert.message(ChannelId::CONTROL).await, "undisturbed");
}

/// Sends what looks like STUN, DTLS, RTP, RTCP and nothing known, and a DTLS alert that would end a handshake.
async fn annoy(stranger: &tokio::net::UdpSocket, target: std::net::SocketAddr) {
    let alert = [21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40];
    stranger.send_to(&alert, target).await.expect("sent");
    for first in [0, 20, 21, 22, 23, 63, 64, 128, 144, 200, 255] {
        for length in [1, 13, 20, 64, 1200, 2000] {
            let mut datagram = bytes(first, length);
            datagram[0] = first as u8;
            stranger.send_to(&datagram, target).await.expect("sent");
        }
    }
}

async fn measures_the_link<O: Operator>() {
    let (mut expert, mut operator) = connect::<O>(Codec::Vp8, config()).await;
    let mut camera = Camera::new(Codec::Vp8);
    let mut frames = tokio::time::interval(Duration::from_millis(20));
    let measuring = async {
        loop {
            frames.tick().await;
            camera.film(&mut operator, false).await;
            while expert.events.try_recv().is_ok() {}
            let stats = expert.link.stats();
            if stats.fps > 1.0 && stats.kbps_in > 0 && stats.kbps_out > 0 && stats.rtt_ms.is_some() {
                return stats;
            }
        }
    };
    let stats = soon("measurements", measuring).await;
    assert_eq!(stats.codec, Some(Codec::Vp8));
    assert!(stats.fps < 60.0 && stats.rtt_ms < Some(1000.0), "{stats:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_the_vp9_that_was_sent() {
    shows_what_was_sent::<Native>(Codec::Vp9).await;
}

/// Either side may ask for a new path while the link is up; nothing that was queued is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_restarted_from_either_side() {
    let (mut expert, mut operator) = connect::<Native>(Codec::Vp8, config()).await;
    for round in 0..2 {
        let (asks, answers): (&RtcLink, &RtcLink) =
            if round == 0 { (&operator.link, &expert.link) } else { (&expert.link, &operator.link) };
        let offer = asks.restart_path().await.expect("an offer");
        let answer = answers.accept_offer(offer).await.expect("an answer");
        asks.accept_answer(answer).await.expect("accepted");
        operator.send(0, b"over the new path".to_vec()).await;
        assert_eq!(expert.message(ChannelId::CONTROL).await, "over the new path");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_description_with_another_certificate_ends_the_link() {
    let (mut expert, operator) = connect::<Native>(Codec::Vp8, config()).await;
    let offer = operator.link.restart_path().await.expect("an offer");
    assert!(expert.link.accept_offer(with_other_fingerprint(&offer)).await.is_err());
    assert_eq!(expert.closed().await, CloseReason::ChangedFingerprint);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_another_certificate_is_refused_by_the_operator() {
    let (mut operator, offer) = Native::start(Codec::Vp8).await;
    let expert = Expert::answer(&offer, config());
    operator.accept(&with_other_fingerprint(&expert.answer)).await;
    until(&mut operator, "the close", |noticed| matches!(noticed, Noticed::Closed).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_offers_are_refused_without_harm() {
    let (_operator, offer) = Native::start(Codec::Vp8).await;
    let without = |prefix: &str| -> String {
        offer.lines().filter(|line| !line.starts_with(prefix)).map(|line| format!("{}\r\n", line.trim_end())).collect()
    };
    let damaged = [
        String::new(),
        "v=0\r\n".to_owned(),
        "\u{0}\u{1}\u{2}".to_owned(),
        offer[..offer.len() / 2].to_owned(),
        without("a=fingerprint"),
        without("a=setup"),
        without("a=ice-pwd"),
        without("a=group"),
        without("m="),
        offer.replace("sha-256", "sha-1"),
        offer.repeat(40),
    ];
    for sdp in damaged {
        assert!(RtcLink::answer(&sdp, config()).is_err(), "{sdp}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_handle_ends_the_link() {
    let (expert, mut operator) = connect::<Native>(Codec::Vp8, config()).await;
    let Expert { link, mut events, .. } = expert;
    drop(link);
    let end = async {
        while let Some(event) = events.recv().await {
            if let LinkEvent::Closed(reason) = event {
                return reason;
            }
        }
        panic!("no end was reported")
    };
    assert_eq!(soon("the end", end).await, CloseReason::Left);
    until(&mut operator, "the close", |noticed| matches!(noticed, Noticed::Closed).then_some(())).await;
}

#[test]
fn the_operator_is_the_origin_of_its_camera() {
    assert_eq!(CAMERA.origin, OPERATOR);
}
