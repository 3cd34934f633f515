//! Sizes and speeds of files as people say them.

use sightline_node::view::Progress;

use crate::i18n::{Arg, Catalog};

/// A size such as `3.4 MB`.
pub fn bytes(words: &Catalog, bytes: u64) -> String {
    let (unit, divisor) = match bytes {
        0..1024 => return format!("{bytes} B"),
        1024..MIB => ("kB", 1024),
        MIB..GIB => ("MB", MIB),
        _ => ("GB", GIB),
    };
    let value = bytes as f64 / divisor as f64;
    // Never 1,024 of a unit: the rounding up of the last tenth is left out.
    if value >= 100.0 || ((value * 10.0).round() as u64).is_multiple_of(10) {
        format!("{} {unit}", (value.round() as u64).min(1023))
    } else {
        format!("{} {unit}", words.decimal(value as f32))
    }
}

/// How far a transfer is: `1.2 MB of 3.4 MB`.
pub fn amount(words: &Catalog, progress: &Progress) -> String {
    let values = [("have", Arg::from(bytes(words, progress.have))), ("size", Arg::from(bytes(words, progress.size)))];
    words.text_with("file-part", &values)
}

/// How fast it is and how long it takes: `1.2 MB/s · 12 s left`; empty while nobody knows.
pub fn pace(words: &Catalog, progress: &Progress) -> String {
    let mut parts = Vec::new();
    if progress.per_sec > 0 {
        let speed = bytes(words, progress.per_sec);
        parts.push(words.text_with("file-speed", &[("speed", Arg::from(speed))]));
    }
    parts.extend(left(words, progress));
    parts.join(" · ")
}

/// How long it takes: `12 s left`.
pub fn left(words: &Catalog, progress: &Progress) -> Option<String> {
    let secs = progress.secs_left?;
    let (id, count) = match secs {
        0..=90 => ("file-left-seconds", secs.max(1)),
        91..=5400 => ("file-left-minutes", secs.div_ceil(60)),
        _ => ("file-left-hours", secs.div_ceil(3600)),
    };
    Some(words.text_with(id, &[("count", Arg::from(count))]))
}

/// From 0 to 1.
pub fn fraction(progress: &Progress) -> f32 {
    if progress.size == 0 { 0.0 } else { (progress.have as f64 / progress.size as f64).clamp(0.0, 1.0) as f32 }
}

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn sizes_are_short() {
        let words = Catalog::new(Lang::En);
        let said = |n| bytes(&words, n);
        assert_eq!([said(0), said(1023), said(1024), said(3_565_158)], ["0 B", "1023 B", "1 kB", "3.4 MB"]);
        assert_eq!(
            [said(MIB - 1), said(GIB), said(GIB * 3 / 2), said(250 * MIB)],
            ["1023 kB", "1 GB", "1.5 GB", "250 MB"]
        );
        assert_eq!(bytes(&Catalog::new(Lang::Es), 3_565_158), "3,4 MB");
    }

    #[test]
    fn a_transfer_says_how_far_how_fast_and_how_long() {
        let words = Catalog::new(Lang::En);
        let at = |per_sec, secs_left| Progress { have: MIB, size: 4 * MIB, per_sec, secs_left };
        assert_eq!(amount(&words, &at(0, None)), "1 MB of 4 MB");
        assert_eq!(pace(&words, &at(0, None)), "");
        assert_eq!(pace(&words, &at(MIB / 2, Some(6))), "512 kB/s · 6 s left");
        assert_eq!(pace(&words, &at(1, Some(600))), "1 B/s · 10 min left");
        assert_eq!(fraction(&at(0, None)), 0.25);
        assert_eq!(fraction(&Progress::default()), 0.0);
    }
}
