//! Right-to-left text.
//!
//! egui shapes a run of Arabic or Hebrew letters correctly but places runs one after the other from left to right. This
//! module breaks such text into lines itself and hands egui each line's runs in the order they are seen (Unicode
//! Standard Annex 9). Text without right-to-left letters passes through untouched.

use egui::{
    Align, Color32, FontId, Painter,
    text::{LayoutJob, TextFormat, TextWrapping},
};
use std::{borrow::Cow, sync::Arc};
use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};

/// Whether text holds letters that run from right to left.
pub fn has_rtl(text: &str) -> bool {
    text.chars().any(|c| c >= '\u{590}' && matches!(bidi_class(c), BidiClass::R | BidiClass::AL))
}

/// Whether a reader begins at the right: the first strong letter runs from right to left.
pub fn starts_rtl(text: &str) -> bool {
    text.chars()
        .find_map(|c| match bidi_class(c) {
            BidiClass::L => Some(false),
            BidiClass::R | BidiClass::AL => Some(true),
            _ => None,
        })
        .unwrap_or(false)
}

/// Text without what could make it look like something else: control characters, and marks that turn the direction of
/// what follows. What was written is kept as it was; only the drawing leaves them out.
pub fn plain(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if text.contains(hidden) { Cow::Owned(text.replace(hidden, "")) } else { Cow::Borrowed(text) }
}

/// Lays text out within `width`, in reading order for its script.
pub fn layout(painter: &Painter, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<egui::Galley> {
    let text = &*plain(text);
    let mut format = TextFormat::simple(font.clone(), colour);
    format.line_height = Some(line_height(font.size));
    if !has_rtl(text) {
        let mut job = LayoutJob::single_section(text.to_owned(), format);
        job.wrap = TextWrapping::wrap_at_width(width);
        return painter.layout_job(job);
    }
    let measure = |piece: &str| painter.layout_no_wrap(piece.to_owned(), font.clone(), colour).size().x;
    let mut job = LayoutJob::single_section(visual_lines(text, width, measure).join("\n"), format);
    // Lines are broken already; a little slack keeps rounding from breaking them again.
    job.wrap = TextWrapping { max_width: f32::INFINITY, ..TextWrapping::default() };
    job.halign = if starts_rtl(text) { Align::RIGHT } else { Align::LEFT };
    painter.layout_job(job)
}

/// Height of a line of running text: roomier than the font's own, as the page has it.
pub fn line_height(size: f32) -> f32 {
    if size <= 16.0 { (size * 1.42).round() } else { (size * 1.25).round() }
}

/// Breaks text into lines no wider than `width` and orders each as it is seen.
pub fn visual_lines(text: &str, width: f32, measure: impl Fn(&str) -> f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        if paragraph.is_empty() {
            lines.push(String::new());
            continue;
        }
        let info = BidiInfo::new(paragraph, None);
        for range in break_lines(paragraph, width, &measure) {
            let mut line = String::with_capacity(range.len());
            // One paragraph each, since separators were split off; a lone CR or U+2029 may still make more.
            for part in &info.paragraphs {
                let start = range.start.max(part.range.start);
                let end = range.end.min(part.range.end);
                if start >= end {
                    continue;
                }
                let (levels, runs) = info.visual_runs(part, start..end);
                for run in runs {
                    push_run(&mut line, &paragraph[run.clone()], levels[run.start]);
                }
            }
            lines.push(line);
        }
    }
    lines
}

/// Greedy line breaking at spaces; a word wider than the line is cut between characters.
fn break_lines(text: &str, width: f32, measure: &impl Fn(&str) -> f32) -> Vec<std::ops::Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for word in text.split_inclusive(' ') {
        let next = end + word.len();
        if end > start && measure(text[start..next].trim_end()) > width {
            lines.push(start..end);
            start = end;
        }
        end = next;
        while measure(text[start..end].trim_end()) > width {
            let Some(cut) = longest_fit(&text[start..end], width, measure) else { break };
            lines.push(start..start + cut);
            start += cut;
        }
    }
    if start < text.len() {
        lines.push(start..text.len());
    }
    lines
}

fn longest_fit(text: &str, width: f32, measure: &impl Fn(&str) -> f32) -> Option<usize> {
    let mut fits = None;
    for (index, _) in text.char_indices().skip(1) {
        if measure(&text[..index]) > width {
            break;
        }
        fits = Some(index);
    }
    fits.or_else(|| text.char_indices().nth(1).map(|(index, _)| index))
}

/// Appends one level run. In a right-to-left run whole words stay as they are, because the shaper turns their letters
/// round; what lies between them is put in reverse order, and brackets are mirrored.
fn push_run(line: &mut String, run: &str, level: Level) {
    if level.is_ltr() {
        line.push_str(run);
        return;
    }
    let mut pieces: Vec<&str> = Vec::new();
    let mut letters_from = None;
    for (index, c) in run.char_indices() {
        let letter = shaped_rtl(c);
        match (letter, letters_from) {
            (true, None) => letters_from = Some(index),
            (false, from) => {
                pieces.extend(from.map(|from| &run[from..index]));
                letters_from = None;
                pieces.push(&run[index..index + c.len_utf8()]);
            }
            (true, Some(_)) => {}
        }
    }
    pieces.extend(letters_from.map(|from| &run[from..]));
    for piece in pieces.into_iter().rev() {
        let mut chars = piece.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => line.push(mirror(c)),
            _ => line.push_str(piece),
        }
    }
}

/// Characters that egui draws from the same font as the letters beside them, and so turns round together with them:
/// letters, their marks, and the punctuation of their script.
fn shaped_rtl(c: char) -> bool {
    matches!(bidi_class(c), BidiClass::R | BidiClass::AL | BidiClass::NSM)
        || matches!(c, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}') && bidi_class(c) != BidiClass::AN
}

fn mirror(c: char) -> char {
    const PAIRS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('‹', '›')];
    PAIRS
        .iter()
        .find_map(|&(open, close)| match c {
            _ if c == open => Some(close),
            _ if c == close => Some(open),
            _ => None,
        })
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> f32 {
        text.chars().count() as f32
    }

    #[test]
    fn words_of_a_hebrew_line_are_seen_from_right_to_left() {
        let lines = visual_lines("שלום עולם!", 100.0, count);
        assert_eq!(lines, ["!עולם שלום"]);
        assert!(starts_rtl("… שלום"));
    }

    #[test]
    fn numbers_and_latin_words_inside_keep_their_direction() {
        assert_eq!(visual_lines("דגם 7400 (pump) טוב", 100.0, count), ["טוב (pump) 7400 דגם"]);
    }

    #[test]
    fn punctuation_of_the_script_stays_with_its_word() {
        assert_eq!(visual_lines("مرحبا، رقم 7", 100.0, count), ["7 رقم مرحبا،"]);
    }

    #[test]
    fn lines_break_before_they_are_ordered() {
        let lines = visual_lines("אחת שתיים שלוש", 10.0, count);
        assert_eq!(lines, [" שתיים אחת", "שלוש"]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut() {
        let lines = visual_lines("אבגדהוזחטי", 4.0, count);
        assert_eq!(lines, ["אבגד", "הוזח", "טי"]);
    }

    #[test]
    fn marks_that_mislead_are_not_drawn() {
        assert_eq!(plain("invoice\u{202e}fdp.exe\u{7}\nnext"), "invoicefdp.exe\nnext");
        assert!(matches!(plain("שלום 👍🏽 – ok\t."), Cow::Borrowed(_)));
    }

    #[test]
    fn latin_text_is_left_alone() {
        assert!(!has_rtl("Hello, wörld 🙂"));
        assert!(!starts_rtl("pump שלום"));
        assert!(has_rtl("pump مرحبا"));
    }
}
