//! A camera whose every picture says which it is: four colour bars under a barcode of the frame's number.
//!
//! The barcode is a row of twelve blocks along the top: a white and a black one to find the levels, eight bits of the frame's
//! number (high first), and one of parity, then a black one. Blocks are a twelfth of the width and a fifth of the height, so that
//! they survive every codec at any bitrate and scale.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// Blocks in the barcode's row.
const BLOCKS: usize = 12;
/// The bars, left to right: red, green, blue, yellow (RGB as they should come back, within a tolerance).
pub const BARS: [[u8; 3]; 4] = [[200, 30, 30], [30, 170, 50], [40, 60, 200], [210, 200, 40]];
/// Largest difference per channel after camera, codec and conversions.
const COLOUR_TOLERANCE: i32 = 42;

/// Writes a y4m file (I420, 30 fps) of `frames` pictures.
pub fn write_camera(path: &Path, width: usize, height: usize, frames: u8) {
    let mut file = BufWriter::new(File::create(path).expect("a camera file"));
    writeln!(file, "YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg").expect("write");
    for number in 0..frames {
        let (luma, u, v) = camera_picture(width, height, number);
        file.write_all(b"FRAME\n").expect("write");
        for plane in [&luma, &u, &v] {
            file.write_all(plane).expect("write");
        }
    }
    file.flush().expect("flush");
}

/// One picture's planes.
pub fn camera_picture(width: usize, height: usize, number: u8) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut luma = vec![0; width * height];
    let (half_width, half_height) = (width / 2, height / 2);
    let mut u = vec![128; half_width * half_height];
    let mut v = vec![128; half_width * half_height];
    for row in 0..height {
        for column in 0..width {
            luma[row * width + column] = if row < height / 5 {
                if block_is_white(column * BLOCKS / width, number) { 235 } else { 16 }
            } else {
                yuv(BARS[column * 4 / width]).0
            };
        }
    }
    for row in height / 10..half_height {
        for column in 0..half_width {
            let (_, cb, cr) = yuv(BARS[column * 4 / half_width]);
            u[row * half_width + column] = cb;
            v[row * half_width + column] = cr;
        }
    }
    (luma, u, v)
}

fn block_is_white(block: usize, number: u8) -> bool {
    match block {
        0 => true,
        2..=9 => number >> (9 - block) & 1 == 1,
        10 => number.count_ones() % 2 == 1,
        _ => false,
    }
}

/// BT.601, studio range.
fn yuv([r, g, b]: [u8; 3]) -> (u8, u8, u8) {
    let (r, g, b) = (f32::from(r), f32::from(g), f32::from(b));
    let y = 16.0 + 0.257 * r + 0.504 * g + 0.098 * b;
    let u = 128.0 - 0.148 * r - 0.291 * g + 0.439 * b;
    let v = 128.0 + 0.439 * r - 0.368 * g - 0.071 * b;
    (y as u8, u as u8, v as u8)
}

/// Writes a PNG of RGB pixels.
pub fn write_png(path: &Path, width: u32, height: u32, rgb: &[u8]) {
    let mut encoder = png::Encoder::new(File::create(path).expect("a file"), width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("PNG header");
    writer.write_image_data(rgb).expect("PNG pixels");
}

/// A part of a picture: left, top, and one beyond right and bottom, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Bottom edge.
    pub bottom: f64,
}

impl Area {
    /// The middle.
    pub fn centre(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// A place inside, given in 0..=65535 each way.
    pub fn at(&self, x: u16, y: u16) -> (f64, f64) {
        let part = |from: f64, to: f64, at: u16| from + (to - from) * f64::from(at) / 65535.0;
        (part(self.left, self.right, x), part(self.top, self.bottom, y))
    }
}

/// An RGB picture read from a file.
pub struct Shot {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    rgb: Vec<u8>,
}

impl Shot {
    /// Reads a PNG of eight bits a channel, with or without alpha.
    pub fn read(path: &Path) -> Self {
        let decoder = png::Decoder::new(std::io::BufReader::new(File::open(path).expect("a PNG")));
        let mut reader = decoder.read_info().expect("PNG header");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size that fits")];
        let info = reader.next_frame(&mut bytes).expect("PNG pixels");
        let channels = info.color_type.samples();
        assert!(channels >= 3, "a colour picture, not {:?}", info.color_type);
        let rgb = bytes[..info.buffer_size()]
            .chunks_exact(channels)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        Self { width: info.width as usize, height: info.height as usize, rgb }
    }

    /// One pixel.
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// The smallest area that holds every pixel close to a colour.
    pub fn area_of(&self, colour: [u8; 3], tolerance: i32) -> Option<Area> {
        let close = |pixel: [u8; 3]| (0..3).all(|c| (i32::from(pixel[c]) - i32::from(colour[c])).abs() <= tolerance);
        let mut area: Option<Area> = None;
        for y in 0..self.height {
            for x in (0..self.width).filter(|x| close(self.pixel(*x, y))) {
                let (x, y) = (x as f64, y as f64);
                let so_far = area.unwrap_or(Area { left: x, top: y, right: x, bottom: y });
                area = Some(Area {
                    left: so_far.left.min(x),
                    top: so_far.top.min(y),
                    right: so_far.right.max(x + 1.0),
                    bottom: so_far.bottom.max(y + 1.0),
                });
            }
        }
        area
    }

    /// Reads the camera picture that fills the rectangle: the frame's number, or what is wrong.
    pub fn read_camera(&self, left: usize, top: usize, width: usize, height: usize) -> Result<u8, String> {
        for (index, bar) in BARS.iter().enumerate() {
            let x = left + width * (2 * index + 1) / 8;
            for y in [top + height * 2 / 5, top + height * 7 / 10] {
                let seen = self.pixel(x, y);
                let off = (0..3).map(|c| (i32::from(seen[c]) - i32::from(bar[c])).abs()).max().unwrap_or(0);
                if off > COLOUR_TOLERANCE {
                    return Err(format!("bar {index} at {x},{y} is {seen:?}, not {bar:?}"));
                }
            }
        }
        let level = |block: usize| {
            let pixel = self.pixel(left + width * (2 * block + 1) / (2 * BLOCKS), top + height / 10);
            pixel.iter().map(|value| u32::from(*value)).sum::<u32>() / 3
        };
        let (white, black) = (level(0), level(1));
        if white < black + 80 {
            return Err(format!("no barcode: white {white}, black {black}"));
        }
        let bit = |block| level(block) > (white + black) / 2;
        let number = (2..=9).fold(0_u8, |number, block| number << 1 | u8::from(bit(block)));
        if bit(10) != (number.count_ones() % 2 == 1) {
            return Err(format!("parity of frame {number} is wrong"));
        }
        Ok(number)
    }

    /// Reads a picture that is nothing but the camera's.
    pub fn read_whole_camera(&self) -> Result<u8, String> {
        self.read_camera(0, 0, self.width, self.height)
    }

    /// Finds the camera's picture inside a window's pixels, whatever is around it, by its four bars; its frame number.
    pub fn find_camera(&self) -> Result<u8, String> {
        let is = |x: usize, y: usize, bar: usize| {
            let seen = self.pixel(x, y);
            (0..3).all(|c| (i32::from(seen[c]) - i32::from(BARS[bar][c])).abs() <= COLOUR_TOLERANCE)
        };
        // The row with the longest run of red followed by the others is inside the bars.
        let mut best: Option<(usize, usize, usize)> = None;
        for y in (0..self.height).step_by(4) {
            let Some(left) = (0..self.width).find(|x| is(*x, y, 0)) else { continue };
            let Some(right) = (left..self.width).rev().find(|x| is(*x, y, 3)) else { continue };
            if best.is_none_or(|(_, l, r)| right - left > r - l) {
                best = Some((y, left, right));
            }
        }
        let (row, left, right) = best.ok_or("no colour bars in the picture")?;
        let column = left + (right - left) / 8;
        let top_of_bars = (0..=row).rev().take_while(|y| is(column, *y, 0)).last().unwrap_or(row);
        let bottom = (row..self.height).take_while(|y| is(column, *y, 0)).last().unwrap_or(row);
        // The bars are the lower four fifths.
        let height = (bottom - top_of_bars + 1) * 5 / 4;
        let top = (bottom + 1).saturating_sub(height);
        self.read_camera(left, top, right - left + 1, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shot_of(number: u8) -> Shot {
        let (width, height) = (320, 240);
        let (luma, u, v) = camera_picture(width, height, number);
        let mut rgb = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let (l, cb, cr) = (
                    f32::from(luma[y * width + x]) - 16.0,
                    f32::from(u[y / 2 * (width / 2) + x / 2]) - 128.0,
                    f32::from(v[y / 2 * (width / 2) + x / 2]) - 128.0,
                );
                let clamp = |value: f32| value.clamp(0.0, 255.0) as u8;
                rgb.extend([
                    clamp(1.164 * l + 1.596 * cr),
                    clamp(1.164 * l - 0.392 * cb - 0.813 * cr),
                    clamp(1.164 * l + 2.017 * cb),
                ]);
            }
        }
        Shot { width, height, rgb }
    }

    #[test]
    fn a_picture_tells_its_number() {
        for number in [0, 1, 77, 255] {
            assert_eq!(shot_of(number).read_whole_camera(), Ok(number));
            assert_eq!(shot_of(number).find_camera(), Ok(number));
        }
    }

    #[test]
    fn another_picture_is_not_taken_for_the_camera() {
        let grey = Shot { width: 320, height: 240, rgb: vec![128; 320 * 240 * 3] };
        assert!(grey.read_whole_camera().is_err());
        assert!(grey.find_camera().is_err());
    }
}
