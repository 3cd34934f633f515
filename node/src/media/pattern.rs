//! Generated pictures whose content can be checked after encoding, transport and decoding.

use super::{Picture, convert};

/// The colours of the bars from left to right: red, green and blue.
pub const BARS: [[u8; 3]; 8] =
    [[255, 255, 255], [255, 255, 0], [0, 255, 255], [0, 255, 0], [255, 0, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0]];

/// Bits of the counter below the bars.
const COUNTER_BITS: u32 = 16;

/// Eight colour bars over a strip of sixteen black or white fields that hold `number` in binary (highest bit left), so
/// that one can see which picture of a sequence arrived.
pub fn colour_bars(width: u32, height: u32, number: u16) -> Picture {
    let mut picture = Picture::black(width, height);
    let strip = strip_top(height);
    for row in 0..height {
        for column in 0..width {
            let luma = if row < strip {
                luma_of(BARS[(column * 8 / width) as usize])
            } else {
                let bit = COUNTER_BITS - 1 - column * COUNTER_BITS / width;
                if number >> bit & 1 == 1 { 235 } else { 16 }
            };
            picture.y[(row * picture.y_stride + column) as usize] = luma;
        }
    }
    for row in 0..picture.chroma_height() {
        for column in 0..picture.chroma_width() {
            if row * 2 >= strip {
                continue;
            }
            let bar = (column * 2).min(width - 1) * 8 / width;
            let (blue, red) = chroma_of(BARS[bar as usize]);
            let at = (row * picture.uv_stride + column) as usize;
            picture.u[at] = blue;
            picture.v[at] = red;
        }
    }
    picture
}

/// Reads the number below the bars.
pub fn read_number(picture: &Picture) -> u16 {
    let row = (strip_top(picture.height) + picture.height) / 2;
    (0..COUNTER_BITS).fold(0, |number, field| {
        let column = (field * 2 + 1) * picture.width / (COUNTER_BITS * 2);
        let luma = picture.y[(row * picture.y_stride + column) as usize];
        number << 1 | u16::from(luma > 125)
    })
}

/// The largest difference of any colour channel in the middle of any bar. Below about 40 it is clearly this picture.
pub fn bars_error(picture: &Picture) -> u8 {
    let row = strip_top(picture.height) / 2;
    let mut worst = 0;
    for (index, expected) in (0..).zip(BARS) {
        let column = (index * 2 + 1) * picture.width / 16;
        let Some(found) = convert::pixel(picture, column, row) else { return u8::MAX };
        for (a, b) in expected.into_iter().zip(found) {
            worst = worst.max(a.abs_diff(b));
        }
    }
    worst
}

/// Where the counter begins: an even row, at three quarters.
fn strip_top(height: u32) -> u32 {
    (height * 3 / 4) & !1
}

/// BT.601, luma 16–235.
fn luma_of([red, green, blue]: [u8; 3]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(f32::from);
    (16.0 + 0.2568 * red + 0.5041 * green + 0.0979 * blue).round() as u8
}

fn chroma_of([red, green, blue]: [u8; 3]) -> (u8, u8) {
    let [red, green, blue] = [red, green, blue].map(f32::from);
    let u = 128.0 - 0.1482 * red - 0.2910 * green + 0.4392 * blue;
    let v = 128.0 + 0.4392 * red - 0.3678 * green - 0.0714 * blue;
    (u.round() as u8, v.round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_pattern_reads_back() {
        for (width, height) in [(320, 240), (1280, 720), (64, 48)] {
            let picture = colour_bars(width, height, 0xa51c);
            assert_eq!(read_number(&picture), 0xa51c);
            assert!(bars_error(&picture) < 6, "{width}x{height}: {}", bars_error(&picture));
        }
        assert!(bars_error(&Picture::black(320, 240)) > 200);
    }
}
