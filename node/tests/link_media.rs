//! Pictures through encoders and decoders: content, changes in mid-stream, loss, and hostile bitstreams.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use sightline_node::media::pattern::{bars_error, colour_bars, read_number};
use sightline_node::media::{
    Codec, DecodeError, EncodedFrame, EncoderSettings, FrameSlot, Picture, PictureDecoder, PictureEncoder, VideoDecoder,
};

/// Compression may change a colour by this much.
const COLOUR_TOLERANCE: u8 = 30;

struct Source {
    encoder: PictureEncoder,
    codec: Codec,
    size: (u32, u32),
    number: u16,
}

impl Source {
    fn new(codec: Codec, width: u32, height: u32) -> Source {
        let settings = EncoderSettings::camera(codec, width, height);
        let encoder = PictureEncoder::open(&settings).expect("the encoder starts");
        Source { encoder, codec, size: (width, height), number: 0 }
    }

    /// The next frame; its picture shows the returned number.
    fn next(&mut self, key: bool) -> (u16, EncodedFrame) {
        self.number += 1;
        let picture = colour_bars(self.size.0, self.size.1, self.number);
        let encoded = self.encoder.encode(&picture, key).expect("encodes").expect("nothing is left out");
        let frame = EncodedFrame {
            codec: self.codec,
            data: encoded.data,
            rtp_time: u32::from(self.number) * 3000,
            key: encoded.key,
            contiguous: true,
            received: Instant::now(),
        };
        (self.number, frame)
    }
}

/// A decoder thread whose pictures can be awaited.
struct Viewer {
    decoder: VideoDecoder,
    pictures: mpsc::Receiver<Arc<Picture>>,
    asked: Arc<AtomicU32>,
}

impl Viewer {
    fn new() -> Viewer {
        let slot = FrameSlot::new();
        let (sender, pictures) = mpsc::sync_channel(1000);
        let reader = slot.clone();
        slot.set_waker(Arc::new(move || {
            let _ = reader.newest().map(|picture| sender.try_send(picture));
        }));
        let asked = Arc::new(AtomicU32::new(0));
        let count = asked.clone();
        let ask = Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        Viewer { decoder: VideoDecoder::new(slot, ask), pictures, asked }
    }

    fn picture(&self) -> Arc<Picture> {
        self.pictures.recv_timeout(Duration::from_secs(20)).expect("a picture")
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

/// The same numbers in each run.
fn random_numbers() -> impl FnMut() -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

#[test]
fn every_codec_shows_the_picture_that_was_sent() {
    for codec in Codec::ALL {
        let (mut source, mut viewer) = (Source::new(codec, 640, 360), Viewer::new());
        for _ in 0..20 {
            let (number, frame) = source.next(false);
            let time = frame.rtp_time;
            viewer.decoder.push(frame);
            let picture = viewer.picture();
            assert_eq!((picture.width, picture.height, picture.rtp_time), (640, 360, time), "{codec}");
            assert_eq!(read_number(&picture), number, "{codec}");
            assert!(bars_error(&picture) < COLOUR_TOLERANCE, "{codec}: {}", bars_error(&picture));
        }
        let stats = viewer.decoder.stats();
        assert_eq!((stats.decoded, stats.dropped, stats.codec), (20, 0, Some(codec)));
        assert_eq!(viewer.asked(), 0);
    }
}

#[test]
fn key_frames_come_when_asked_for_and_are_recognised() {
    for codec in Codec::ALL {
        let mut source = Source::new(codec, 320, 180);
        let keys: Vec<bool> = [false, false, true, false]
            .map(|key| source.next(key).1)
            .iter()
            .map(|frame| {
                assert_eq!(frame.key, frame.sniff_key(), "{codec}");
                frame.key
            })
            .collect();
        assert_eq!(keys, [true, false, true, false], "{codec}");
    }
}

#[test]
fn codec_and_size_change_in_mid_stream() {
    let mut viewer = Viewer::new();
    for (codec, width, height) in [
        (Codec::Vp8, 320, 180),
        (Codec::Vp8, 640, 480),
        (Codec::H264, 640, 480),
        (Codec::H264, 180, 320),
        (Codec::Vp9, 180, 320),
        (Codec::Vp9, 1280, 720),
        (Codec::Vp8, 64, 48),
    ] {
        let mut source = Source::new(codec, width, height);
        for _ in 0..3 {
            let (number, frame) = source.next(false);
            viewer.decoder.push(frame);
            let picture = viewer.picture();
            assert_eq!((picture.width, picture.height), (width, height));
            assert_eq!(read_number(&picture), number);
        }
    }
    assert_eq!(viewer.decoder.stats().dropped, 0);
}

#[test]
fn the_bit_rate_follows_while_running() {
    for codec in [Codec::Vp8, Codec::Vp9] {
        let mut encoder = PictureEncoder::open(&EncoderSettings::camera(codec, 320, 180)).expect("starts");
        let mut random = random_numbers();
        let mut picture = colour_bars(320, 180, 0);
        let mut bytes_of_a_second = |encoder: &mut PictureEncoder| {
            let mut bytes = 0;
            for _ in 0..30 {
                // Noise costs as many bits as it is given.
                picture.y.iter_mut().for_each(|luma| *luma = 16 + (random() % 200) as u8);
                bytes += encoder.encode(&picture, false).expect("encodes").map_or(0, |encoded| encoded.data.len());
            }
            bytes
        };
        encoder.set_bitrate(8_000_000).expect("accepted");
        let rich = bytes_of_a_second(&mut encoder);
        encoder.set_bitrate(100_000).expect("accepted");
        bytes_of_a_second(&mut encoder);
        let poor = bytes_of_a_second(&mut encoder);
        assert!(poor * 2 < rich, "{codec}: {rich} then {poor}");
    }
}

#[test]
fn after_a_gap_nothing_is_shown_until_a_key_frame() {
    let (mut source, mut viewer) = (Source::new(Codec::Vp8, 320, 180), Viewer::new());
    viewer.decoder.push(source.next(false).1);
    viewer.picture();
    source.next(false);
    let (_, mut after_gap) = source.next(false);
    after_gap.contiguous = false;
    viewer.decoder.push(after_gap);
    viewer.decoder.push(source.next(false).1);
    assert_eq!(viewer.asked(), 1, "asked once, not for each frame");
    let (number, key) = source.next(true);
    viewer.decoder.push(key);
    assert_eq!(read_number(&viewer.picture()), number);
    assert_eq!(viewer.decoder.stats().dropped, 2);
}

#[test]
fn a_stream_joined_in_the_middle_waits_for_a_key_frame() {
    let (mut source, mut viewer) = (Source::new(Codec::Vp9, 320, 180), Viewer::new());
    source.next(false);
    viewer.decoder.push(source.next(false).1);
    assert_eq!(viewer.asked(), 1);
    let (number, key) = source.next(true);
    viewer.decoder.push(key);
    assert_eq!(read_number(&viewer.picture()), number);
}

#[test]
fn a_full_queue_drops_up_to_the_next_key_frame() {
    let (mut source, mut viewer) = (Source::new(Codec::Vp8, 320, 180), Viewer::new());
    // The thread is held inside the waker of the first picture, so everything else stays in the queue.
    let (entered_sender, entered) = mpsc::sync_channel(1);
    let (release, gate) = mpsc::sync_channel::<()>(0);
    let gate = std::sync::Mutex::new(gate);
    let slot = viewer.decoder.slot().clone();
    slot.set_waker(Arc::new(move || {
        let _ = entered_sender.try_send(());
        let _ = gate.lock().expect("not poisoned").recv();
    }));
    viewer.decoder.push(source.next(false).1);
    entered.recv_timeout(Duration::from_secs(20)).expect("the first picture");
    for _ in 0..30 {
        viewer.decoder.push(source.next(false).1);
    }
    assert_eq!(viewer.asked(), 1);
    let (number, key) = source.next(true);
    viewer.decoder.push(key);
    drop(release);
    let deadline = Instant::now() + Duration::from_secs(20);
    while slot.newest().is_none_or(|picture| read_number(&picture) != number) {
        assert!(Instant::now() < deadline, "the key frame is never shown");
        std::thread::yield_now();
    }
    let stats = viewer.decoder.stats();
    assert_eq!((stats.decoded, stats.dropped), (2, 30));
}

#[test]
fn damaged_frames_are_counted_and_the_next_key_frame_recovers() {
    for codec in Codec::ALL {
        let (mut source, mut viewer) = (Source::new(codec, 320, 180), Viewer::new());
        viewer.decoder.push(source.next(false).1);
        viewer.picture();
        let (_, mut broken) = source.next(true);
        broken.data = broken.data.iter().map(|byte| byte ^ 0xa5).collect::<Vec<_>>().into();
        viewer.decoder.push(broken);
        // Some damage is only seen with the next frame, so it may be one picture before a key frame is shown.
        let (number, key) = source.next(true);
        let deadline = Instant::now() + Duration::from_secs(20);
        while viewer.decoder.stats().damaged + viewer.decoder.stats().decoded < 2 {
            assert!(Instant::now() < deadline, "{codec}: the broken frame is never handled");
            std::thread::yield_now();
        }
        viewer.decoder.push(key);
        while read_number(&viewer.picture()) != number {}
    }
}

#[test]
fn hostile_bitstreams_never_bring_a_decoder_down() {
    let mut random = random_numbers();
    for codec in Codec::ALL {
        let mut source = Source::new(codec, 176, 144);
        let frames: Vec<EncodedFrame> = (0..12).map(|index| source.next(index % 6 == 0).1).collect();
        let mut decoder = PictureDecoder::open(codec).expect("starts");
        let mut picture = Picture::black(1, 1);
        assert_eq!(decoder.decode(&frames[0], &mut picture), Ok(true), "{codec}");
        let (mut shown, mut refused) = (0, 0);
        for round in 0..600 {
            let mut frame = frames[random() as usize % frames.len()].clone();
            let mut data = frame.data.to_vec();
            match round % 4 {
                0 => data.truncate(random() as usize % data.len()),
                1 => {
                    for _ in 0..1 + random() % 8 {
                        let at = random() as usize % data.len();
                        data[at] = random() as u8;
                    }
                }
                2 => data.iter_mut().take(12).for_each(|byte| *byte ^= random() as u8),
                _ => data = (0..random() % 400).map(|_| random() as u8).collect(),
            }
            frame.data = data.into();
            match decoder.decode(&frame, &mut picture) {
                Ok(true) => {
                    shown += 1;
                    assert!(picture.width <= 4096 && picture.height <= 4096);
                    assert!(picture.y.len() >= (picture.y_stride * picture.height) as usize);
                }
                Ok(false) => {}
                Err(_) => {
                    refused += 1;
                    decoder = PictureDecoder::open(codec).expect("starts again");
                    assert_eq!(decoder.decode(&frames[0], &mut picture), Ok(true), "{codec}");
                }
            }
        }
        assert!(shown > 0 && refused > 0, "{codec}: {shown} shown, {refused} refused");
    }
}

#[test]
fn a_frame_that_claims_an_enormous_picture_is_refused_before_decoding() {
    let (_, mut frame) = Source::new(Codec::Vp8, 320, 180).next(false);
    let mut data = frame.data.to_vec();
    // The size follows the start code of a VP8 key frame.
    data[6..10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    frame.data = data.into();
    let mut decoder = PictureDecoder::open(Codec::Vp8).expect("starts");
    let mut picture = Picture::black(1, 1);
    assert_eq!(decoder.decode(&frame, &mut picture), Err(DecodeError::Size));
    frame.data = vec![0; 9 * 1024 * 1024].into();
    assert_eq!(decoder.decode(&frame, &mut picture), Err(DecodeError::Bytes));
}

#[test]
fn a_dropped_decoder_ends_its_thread() {
    let (mut source, mut viewer) = (Source::new(Codec::Vp8, 64, 48), Viewer::new());
    viewer.decoder.push(source.next(false).1);
    viewer.picture();
    let slot = viewer.decoder.slot().clone();
    let Viewer { decoder, pictures, .. } = viewer;
    drop(decoder);
    // The waker, held by the slot, keeps the sender; once the slot's waker is replaced, only the thread could hold it.
    slot.set_waker(Arc::new(|| {}));
    assert!(pictures.recv_timeout(Duration::from_secs(20)).is_err());
}
