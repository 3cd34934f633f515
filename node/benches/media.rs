//! What pictures cost: decoding of each codec and the conversion for the screen, at 720p and 1080p, on one thread.

use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sightline_node::media::convert::to_rgba;
use sightline_node::media::pattern::colour_bars;
use sightline_node::media::{Codec, EncodedFrame, EncoderSettings, Picture, PictureDecoder, PictureEncoder};

const SIZES: [(u32, u32); 2] = [(1280, 720), (1920, 1080)];

/// Frames of one loop: a key frame and what follows it for a second.
const FRAMES: u16 = 30;

/// A moving, noisy picture, so that decoding has the work a camera gives it.
fn camera_picture(width: u32, height: u32, number: u16) -> Picture {
    let mut picture = colour_bars(width, height, number);
    picture.y.rotate_left(usize::from(number) * 4);
    let mut state = u32::from(number) | 0x9e37_0000;
    for luma in &mut picture.y {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *luma = luma.saturating_add((state % 8) as u8);
    }
    picture
}

fn frames(codec: Codec, width: u32, height: u32) -> Vec<EncodedFrame> {
    let mut encoder = PictureEncoder::open(&EncoderSettings::camera(codec, width, height)).expect("the encoder starts");
    (0..FRAMES)
        .filter_map(|number| encoder.encode(&camera_picture(width, height, number), number == 0).expect("encodes"))
        .map(|encoded| EncodedFrame {
            codec,
            data: encoded.data,
            rtp_time: 0,
            key: encoded.key,
            contiguous: true,
            received: Instant::now(),
        })
        .collect()
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (width, height) in SIZES {
        for codec in Codec::ALL {
            let frames = frames(codec, width, height);
            let mut decoder = PictureDecoder::open(codec).expect("the decoder starts");
            let mut picture = Picture::black(width, height);
            let mut next = frames.iter().cycle();
            group.bench_function(BenchmarkId::new(codec.name(), format!("{height}p")), |bencher| {
                bencher.iter(|| {
                    let frame = next.next().expect("endless");
                    decoder.decode(frame, &mut picture).expect("decodes")
                });
            });
        }
    }
}

fn convert(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("convert");
    for (width, height) in SIZES {
        let picture = camera_picture(width, height, 1);
        let mut rgba = Vec::new();
        group.bench_function(BenchmarkId::new("rgba", format!("{height}p")), |bencher| {
            bencher.iter(|| to_rgba(black_box(&picture), &mut rgba));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = decode, convert
}
criterion_main!(benches);
