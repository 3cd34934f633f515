//! The points of a stroke as one string of bytes: a count, then the way from each point to the next.
//!
//! All numbers are LEB128, the ways zigzag: most of a hand-drawn line takes two bytes a point. There is one encoding for
//! every list of points; anything else is refused.

use crate::limits;

/// A place on a picture, 0..=65535 across its width and its height.
pub type Point = (u16, u16);

/// Encodes points; `None` where there are none or too many.
pub fn encode(points: &[Point]) -> Option<Vec<u8>> {
    if points.is_empty() || points.len() > limits::STROKE_POINTS {
        return None;
    }
    let mut bytes = Vec::with_capacity(3 + 3 * points.len());
    push(&mut bytes, points.len() as u32);
    let mut from = (0, 0);
    for &(x, y) in points {
        let to = (i32::from(x), i32::from(y));
        push(&mut bytes, zigzag(to.0 - from.0));
        push(&mut bytes, zigzag(to.1 - from.1));
        from = to;
    }
    Some(bytes)
}

/// Decodes points; `None` for whatever [`encode`] does not make.
pub fn decode(bytes: &[u8]) -> Option<Vec<Point>> {
    let mut rest = bytes;
    let count = pull(&mut rest)? as usize;
    // A point takes two bytes at least: no more room is made than there are bytes for.
    if count == 0 || count > limits::STROKE_POINTS || count > rest.len() / 2 {
        return None;
    }
    let mut points = Vec::with_capacity(count);
    let mut from = (0i32, 0i32);
    for _ in 0..count {
        let x = from.0 + unzigzag(pull(&mut rest)?);
        let y = from.1 + unzigzag(pull(&mut rest)?);
        points.push((u16::try_from(x).ok()?, u16::try_from(y).ok()?));
        from = (x, y);
    }
    rest.is_empty().then_some(points)
}

fn zigzag(way: i32) -> u32 {
    ((way << 1) ^ (way >> 31)) as u32
}

fn unzigzag(number: u32) -> i32 {
    (number >> 1) as i32 ^ -((number & 1) as i32)
}

fn push(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// A minimal LEB128 number of at most 21 bits: ways have 17.
fn pull(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for shift in [0, 7, 14] {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return (shift == 0 || byte != 0).then_some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn points_come_back(points in proptest::collection::vec(any::<Point>(), 1..200)) {
            let bytes = encode(&points).unwrap();
            prop_assert_eq!(decode(&bytes), Some(points));
        }

        #[test]
        fn there_is_one_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(points) = decode(&bytes) {
                prop_assert_eq!(encode(&points), Some(bytes));
            }
        }

        #[test]
        fn short_ways_have_one_encoding(count in 0u8..20, ways in proptest::collection::vec(0u8..8, 0..40)) {
            let bytes = [vec![count], ways].concat();
            if let Some(points) = decode(&bytes) {
                prop_assert_eq!(encode(&points), Some(bytes));
            }
        }
    }

    #[test]
    fn edges() {
        for points in [vec![(0, 0)], vec![(65535, 65535), (0, 0), (65535, 0)], vec![(1, 2); limits::STROKE_POINTS]] {
            let bytes = encode(&points).unwrap();
            assert_eq!(decode(&bytes), Some(points));
        }
        assert_eq!(encode(&[(0, 0)]).unwrap(), [1, 0, 0]);
        assert_eq!(encode(&[(65535, 0)]).unwrap(), [1, 0xfe, 0xff, 0x07, 0]);
        assert_eq!(encode(&[]), None);
        assert_eq!(encode(&vec![(0, 0); limits::STROKE_POINTS + 1]), None);
    }

    #[test]
    fn other_bytes_are_refused() {
        // What else is refused, the other language refuses as well: the fixture has it.
        assert_eq!(decode(&[1, 0x80, 0x80, 0x08, 0]), None, "right of the picture");
        // One more than a stroke may have: 20,001.
        let many = [vec![0xa1, 0x9c, 0x01], vec![0; 2 * (limits::STROKE_POINTS + 1)]].concat();
        assert_eq!(decode(&many), None);
        let claims = [0xff, 0xff, 0x7f, 0, 0];
        assert_eq!(decode(&claims), None);
    }
}
