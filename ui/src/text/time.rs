//! Times as people say them. All times are unix milliseconds; the offset of the local time zone comes in.

use crate::i18n::{Arg, Catalog};

/// A clock time such as `14:05`.
pub fn clock(at_ms: u64, offset_secs: i64) -> String {
    let seconds = (at_ms / 1000) as i64 + offset_secs;
    let of_day = seconds.rem_euclid(86_400);
    format!("{:02}:{:02}", of_day / 3600, of_day % 3600 / 60)
}

/// A span such as `00:12` or `1:02:09`.
pub fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// Number of the local day a time lies in; equal numbers are the same day.
pub fn day(at_ms: u64, offset_secs: i64) -> i64 {
    ((at_ms / 1000) as i64 + offset_secs).div_euclid(86_400)
}

/// A day as a heading: today, yesterday or the date.
pub fn day_name(words: &Catalog, day: i64, today: i64) -> String {
    match today - day {
        0 => words.text("day-today"),
        1 => words.text("day-yesterday"),
        _ => date(words, day),
    }
}

/// A date in the language's form.
pub fn date(words: &Catalog, day: i64) -> String {
    let (year, month, day) = civil(day);
    words.text_with(
        "day-date",
        &[
            ("day", Arg::from(day)),
            ("month", Arg::from(words.text(&format!("month-{month}")))),
            ("year", Arg::from(year.to_string())),
        ],
    )
}

/// How much time is left until a moment, in the largest fitting unit: "23 h", "40 min".
pub fn left(words: &Catalog, until_ms: u64, now_ms: u64) -> String {
    let minutes = until_ms.saturating_sub(now_ms).div_ceil(60_000);
    let (id, count) = match minutes {
        0..=90 => ("left-minutes", minutes),
        91..=2880 => ("left-hours", minutes.div_ceil(60)),
        _ => ("left-days", minutes.div_ceil(1440)),
    };
    words.text_with(id, &[("count", Arg::from(count))])
}

/// Seconds that local time is ahead of UTC at a moment, as the system says; 0 where it doesn't.
pub fn local_offset_secs() -> i64 {
    local_offset().unwrap_or(0)
}

/// Reads the system's time zone (TZif) for the present offset.
#[cfg(unix)]
fn local_offset() -> Option<i64> {
    let path = match std::env::var("TZ") {
        Ok(zone) if !zone.is_empty() => std::path::Path::new("/usr/share/zoneinfo").join(zone.trim_start_matches(':')),
        _ => "/etc/localtime".into(),
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?.as_secs() as i64;
    tzif_offset(&std::fs::read(path).ok()?, now)
}

#[cfg(not(unix))]
fn local_offset() -> Option<i64> {
    None
}

/// The offset in force at `at` by a TZif file (RFC 8536), read from its 64-bit part.
fn tzif_offset(file: &[u8], at: i64) -> Option<i64> {
    let word = |at: usize| file.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let counts = |start: usize| -> Option<[usize; 6]> {
        if file.get(start..start + 4)? != b"TZif" {
            return None;
        }
        let mut out = [0; 6];
        for (index, count) in out.iter_mut().enumerate() {
            *count = word(start + 20 + index * 4)?;
        }
        Some(out)
    };
    let [utc, std, leap, times, types, chars] = counts(0)?;
    let second = 44 + times * 5 + types * 6 + chars + leap * 8 + std + utc;
    let [_, _, _, times, types, _] = counts(second)?;
    let body = second + 44;
    let mut kind = 0;
    for index in 0..times {
        let bytes: [u8; 8] = file.get(body + index * 8..body + index * 8 + 8)?.try_into().ok()?;
        if i64::from_be_bytes(bytes) > at {
            break;
        }
        kind = usize::from(*file.get(body + times * 8 + index)?);
    }
    if kind >= types {
        return None;
    }
    Some(i64::from(word(body + times * 9 + kind * 6)? as u32 as i32))
}

/// Year, month and day of a day number since 1970 (the proleptic Gregorian calendar).
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn clocks_and_spans() {
        assert_eq!(clock(0, 3600), "01:00");
        assert_eq!(clock(1_000, -3600), "23:00");
        assert_eq!(span(12_345), "00:12");
        assert_eq!(span(3_729_000), "1:02:09");
    }

    #[test]
    fn days_and_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(20_777), (2026, 11, 20));
        assert_eq!(civil(19_782), (2024, 2, 29));
        let words = Catalog::new(Lang::En);
        assert_eq!(day_name(&words, 20_777, 20_777), words.text("day-today"));
        assert_eq!(day_name(&words, 20_775, 20_777), "18 November 2026");
        assert_eq!(day_name(&Catalog::new(Lang::Es), 20_775, 20_777), "18 de noviembre de 2026");
    }

    #[test]
    fn time_left_uses_the_fitting_unit() {
        let words = Catalog::new(Lang::En);
        assert_eq!(left(&words, 40 * 60_000, 0), "40 min");
        assert_eq!(left(&words, 24 * 3_600_000, 1_000), "24 h");
        assert_eq!(left(&words, 7 * 86_400_000, 0), "7 days");
    }

    #[test]
    fn a_damaged_zone_file_is_no_offset() {
        assert_eq!(tzif_offset(b"TZif", 0), None);
        assert_eq!(tzif_offset(b"", 0), None);
    }
}
