//! From planes to what a screen and a picture file want.

use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix, yuv420_to_rgba};

use super::{Colour, Picture};

/// Converts to RGBA, eight bits each, opaque, rows without gaps. `into` is resized and its memory used again.
pub fn to_rgba(picture: &Picture, into: &mut Vec<u8>) {
    let stride = picture.width * 4;
    into.resize(stride as usize * picture.height as usize, 0);
    let planes = YuvPlanarImage {
        y_plane: &picture.y,
        y_stride: picture.y_stride,
        u_plane: &picture.u,
        u_stride: picture.uv_stride,
        v_plane: &picture.v,
        v_stride: picture.uv_stride,
        width: picture.width,
        height: picture.height,
    };
    let (range, matrix) = match picture.colour {
        Colour::Bt601 => (YuvRange::Limited, YuvStandardMatrix::Bt601),
        Colour::Bt601Full => (YuvRange::Full, YuvStandardMatrix::Bt601),
        Colour::Bt709 => (YuvRange::Limited, YuvStandardMatrix::Bt709),
        Colour::Bt709Full => (YuvRange::Full, YuvStandardMatrix::Bt709),
    };
    if yuv420_to_rgba(&planes, into, stride, range, matrix).is_err() {
        // Only possible if `Picture`'s invariant is broken; black is better than stale memory.
        into.fill(0);
    }
}

/// The colour of one pixel, for checks and colour pickers; `None` outside the picture.
pub fn pixel(picture: &Picture, x: u32, y: u32) -> Option<[u8; 3]> {
    if x >= picture.width || y >= picture.height {
        return None;
    }
    let luma = *picture.y.get((y * picture.y_stride + x) as usize)?;
    let at = (y / 2 * picture.uv_stride + x / 2) as usize;
    let one = Picture {
        y: vec![luma],
        u: vec![*picture.u.get(at)?],
        v: vec![*picture.v.get(at)?],
        colour: picture.colour,
        ..Picture::black(1, 1)
    };
    let mut rgba = Vec::new();
    to_rgba(&one, &mut rgba);
    Some([rgba[0], rgba[1], rgba[2]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_white_and_red_come_out_right() {
        let mut picture = Picture::black(4, 2);
        assert_eq!(pixel(&picture, 0, 0), Some([0, 0, 0]));
        picture.y.fill(235);
        assert_eq!(pixel(&picture, 3, 1), Some([255, 255, 255]));
        picture.y.fill(81);
        picture.u.fill(90);
        picture.v.fill(240);
        let [red, green, blue] = pixel(&picture, 1, 1).expect("inside");
        assert!(red > 250 && green < 5 && blue < 5, "{red} {green} {blue}");
        assert_eq!(pixel(&picture, 4, 0), None);
    }

    #[test]
    fn rows_with_gaps_and_odd_sizes_are_read_correctly() {
        let mut picture = Picture::black(3, 3);
        picture.y_stride = 8;
        picture.uv_stride = 4;
        picture.y = vec![0; 24];
        picture.u = vec![128; 8];
        picture.v = vec![128; 8];
        for (row, luma) in [235, 16, 235].into_iter().enumerate() {
            picture.y[row * 8..row * 8 + 3].fill(luma);
        }
        let mut rgba = Vec::new();
        to_rgba(&picture, &mut rgba);
        assert_eq!(rgba.len(), 3 * 3 * 4);
        let row = |index: usize| &rgba[index * 12..index * 12 + 12];
        assert_eq!(row(0), [255; 12]);
        assert_eq!(row(1), [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
        assert_eq!(row(2), [255; 12]);
    }
}
