//! Names that people give themselves. They come from strangers and stand beside words like "expert", so they may not
//! reorder or hide what is around them.

use crate::limits::{MAX_NAME, MAX_NAME_GRAPHEMES};
use unicode_segmentation::UnicodeSegmentation;

/// A name as it may be shown and signed: control and bidi marks and line separators taken out, white space at the ends
/// removed, at most 64 graphemes and [`MAX_NAME`] bytes. Makers do this before signing, readers again after verifying.
#[must_use]
pub fn sanitise(raw: &str) -> String {
    let visible: String = raw.chars().filter(|c| !is_stripped(*c)).collect();
    let mut name = String::new();
    for grapheme in visible.trim().graphemes(true).take(MAX_NAME_GRAPHEMES) {
        if name.len() + grapheme.len() > MAX_NAME {
            break;
        }
        name.push_str(grapheme);
    }
    name.truncate(name.trim_end().len());
    name
}

fn is_stripped(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // bidi
            | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidi_marks_are_stripped() {
        assert_eq!(sanitise("  A\u{202e}n\u{0}a\n\u{2066}\u{200f} "), "Ana");
        assert_eq!(sanitise("\u{7}\u{2028}"), "");
        assert_eq!(sanitise("שלום 👨‍👩‍👧"), "שלום 👨‍👩‍👧");
    }

    #[test]
    fn graphemes_and_bytes_are_capped() {
        assert_eq!(sanitise(&"👨‍👩‍👧".repeat(40)).graphemes(true).count(), 40);
        assert_eq!(sanitise(&"é".repeat(100)).chars().count(), MAX_NAME_GRAPHEMES);
        let stacked = format!("a{}", "\u{301}".repeat(3_000));
        assert_eq!(sanitise(&stacked), "");
        assert_eq!(sanitise(&format!("bc{stacked}")), "bc");
        assert_eq!(sanitise(&format!("{} b", "a".repeat(63))), "a".repeat(63));
    }

    #[test]
    fn a_sanitised_name_stays_as_it_is() {
        for raw in ["", "Ana", " x ", "a\u{301}", "\u{feff}z"] {
            assert_eq!(sanitise(&sanitise(raw)), sanitise(raw));
        }
    }
}
