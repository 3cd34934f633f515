//! Text as blocks that flow over pages.

use std::ops::Range;

/// A paragraph, heading, line of a list, or line of code.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Block {
    /// Its words.
    pub(super) text: String,
    /// How parts of it look; the rest is plain.
    pub(super) spans: Vec<(Range<usize>, Look)>,
    /// Size of its letters, where 1 is running text.
    pub(super) size: f32,
    /// Distance from the left margin, in steps.
    pub(super) indent: u8,
    /// Distance from what stands above, in lines.
    pub(super) before: f32,
    /// Stands left of the first line: a bullet, a number, a box.
    pub(super) marker: String,
    /// What it stands on.
    pub(super) ground: Ground,
}

/// What a block stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ground {
    /// Paper.
    #[default]
    Paper,
    /// A tinted area: code.
    Code,
    /// A bar at its left: a quotation.
    Quote,
    /// It is a line across the page.
    Rule,
}

/// How a part of a text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) strong: bool,
    pub(super) slanted: bool,
    pub(super) mono: bool,
    pub(super) link: bool,
}

/// Plain text: each line is a block in letters of equal width.
pub(super) fn plain(text: &str) -> Vec<Block> {
    let mono = Look { mono: true, ..Look::default() };
    text.lines()
        .map(|line| {
            let text = clean(line);
            Block { spans: vec![(0..text.len(), mono)], text, size: 0.86, ..Block::default() }
        })
        .collect()
}

/// Without what moves the pen or turns the direction of what follows: those are no words.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_blocks_and_controls_are_not_words() {
        let blocks = plain("a\tb\n\n\u{202e}evil\u{1b}[31m");
        let texts: Vec<_> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, ["a    b", "", "evil[31m"]);
    }
}
