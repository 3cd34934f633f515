//! Points as one string of bytes: a count, then for each point the differences to the one before, zigzag, all as LEB128.
//! Exact: minimal numbers, every coordinate inside the picture, nothing behind.

use super::LiveError;
use crate::limits::MAX_STROKE_POINTS;

/// The points' bytes.
#[must_use]
pub fn encode_points(points: &[(u16, u16)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 + points.len() * 3);
    // Nothing that is made here comes near 4 billion points; every reader would refuse it.
    put(&mut out, u32::try_from(points.len()).unwrap_or(u32::MAX));
    let mut before = (0, 0);
    for point in points {
        put(&mut out, zigzag(before.0, point.0));
        put(&mut out, zigzag(before.1, point.1));
        before = *point;
    }
    out
}

/// Reads points: at least one, at most [`MAX_STROKE_POINTS`].
pub fn decode_points(bytes: &[u8]) -> Result<Vec<(u16, u16)>, LiveError> {
    let mut bytes = bytes.iter();
    let count = usize::try_from(take(&mut bytes)?).map_err(|_| LiveError::BadStroke)?;
    // Each point takes two bytes at least: no more is set aside than came.
    if count == 0 || count > MAX_STROKE_POINTS || count * 2 > bytes.len() {
        return Err(LiveError::BadStroke);
    }
    let mut points = Vec::with_capacity(count);
    let mut before = (0, 0);
    for _ in 0..count {
        before = (step(before.0, take(&mut bytes)?)?, step(before.1, take(&mut bytes)?)?);
        points.push(before);
    }
    if bytes.len() == 0 { Ok(points) } else { Err(LiveError::BadStroke) }
}

/// How many of these points fit into so many bytes, and at least none.
pub(super) fn fitting(points: &[(u16, u16)], bytes: usize) -> usize {
    // Three bytes hold any count that is allowed.
    let mut left = bytes.saturating_sub(3);
    let mut before = (0, 0);
    points
        .iter()
        .take_while(|point| {
            let size = length(zigzag(before.0, point.0)) + length(zigzag(before.1, point.1));
            before = **point;
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        })
        .count()
}

fn zigzag(before: u16, now: u16) -> u32 {
    let step = i32::from(now) - i32::from(before);
    ((step << 1) ^ (step >> 31)).cast_unsigned()
}

fn step(before: u16, zigzag: u32) -> Result<u16, LiveError> {
    let step = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
    let now = i32::from(before).checked_add(step).ok_or(LiveError::BadStroke)?;
    u16::try_from(now).map_err(|_| LiveError::BadStroke)
}

fn length(value: u32) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        _ => 3,
    }
}

fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A number of at most three bytes, which hold every difference and count that is allowed.
fn take(bytes: &mut std::slice::Iter<'_, u8>) -> Result<u32, LiveError> {
    let mut value = 0;
    for at in 0..3 {
        let byte = *bytes.next().ok_or(LiveError::BadStroke)?;
        value |= u32::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            // A zero at the end says nothing: the same number has a shorter form.
            return if byte == 0 && at > 0 { Err(LiveError::BadStroke) } else { Ok(value) };
        }
    }
    Err(LiveError::BadStroke)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_small_and_exact() {
        assert_eq!(encode_points(&[(0, 0)]), [1, 0, 0]);
        assert_eq!(encode_points(&[(1, 2), (0, 3)]), [2, 2, 4, 1, 2]);
        assert_eq!(encode_points(&[(65535, 0)]), [1, 0xfe, 0xff, 0x07, 0]);
        for points in [vec![(0, 0)], vec![(65535, 65535), (0, 0), (65535, 1)]] {
            assert_eq!(decode_points(&encode_points(&points)), Ok(points));
        }
    }

    #[test]
    fn other_spellings_and_points_outside_are_refused() {
        for bytes in [
            &[][..],
            &[0],
            &[1, 0],
            &[1, 0, 0, 0],
            &[2, 0, 0],
            &[0x81, 0, 0, 0],
            &[1, 0x80, 0, 0],
            &[1, 1, 0],
            &[1, 0x80, 0x80, 0x08, 0],
            &[1, 0x80, 0x80, 0x80, 1, 0],
        ] {
            assert_eq!(decode_points(bytes), Err(LiveError::BadStroke), "{bytes:?}");
        }
        let mut many = vec![(0, 0); MAX_STROKE_POINTS];
        assert!(decode_points(&encode_points(&many)).is_ok());
        many.push((0, 0));
        assert_eq!(decode_points(&encode_points(&many)), Err(LiveError::BadStroke));
    }

    #[test]
    fn what_fits_is_what_is_written() {
        let points: Vec<(u16, u16)> =
            (0..2000_u32).map(|i| ((i * 37 % 65536) as u16, (i * i % 65536) as u16)).collect();
        for bytes in [3, 8, 9, 100, 1167] {
            let count = fitting(&points, bytes);
            assert!(encode_points(&points[..count]).len() <= bytes, "{bytes}");
            assert!(encode_points(&points[..=count]).len() + 2 > bytes, "{bytes}: not one less than fits");
        }
    }
}
