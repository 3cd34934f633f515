//! Words as outlines, in the font that the window and the page use. What the font lacks is looked for in the system's.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use skrifa::instance::{Location, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use tiny_skia::PathBuilder;

use super::shape::LINE_HEIGHT;

/// The outlines of some lines of text; `None` where there is nothing to see. `at` is the upper left corner, or the
/// centre of a `centred` one.
pub(super) fn outlines(text: &str, at: [f32; 2], letters: f32, centred: bool) -> Option<tiny_skia::Path> {
    let faces = faces();
    let mut pen = Pen { out: PathBuilder::new(), origin: at };
    if centred {
        let width: f32 = text.chars().map(|character| faces.glyph(character, true).2 * letters).sum();
        pen.origin = [at[0] - width / 2.0, at[1] + letters * FIGURES / 2.0];
        line(&faces, &mut pen, text, letters, true);
    } else {
        for (index, words) in text.lines().enumerate() {
            pen.origin = [at[0], at[1] + letters * (ASCENT + index as f32 * LINE_HEIGHT)];
            line(&faces, &mut pen, &in_reading_order(words), letters, false);
        }
    }
    pen.out.finish()
}

/// A line as it is set from left to right: Hebrew and Arabic stand turned round in their memory's order.
fn in_reading_order(words: &str) -> Cow<'_, str> {
    let order = unicode_bidi::BidiInfo::new(words, None);
    match order.paragraphs.first() {
        Some(paragraph) if order.has_rtl() => {
            Cow::Owned(order.reorder_line(paragraph, paragraph.range.clone()).into_owned())
        }
        _ => Cow::Borrowed(words),
    }
}

fn line(faces: &Faces, pen: &mut Pen, text: &str, letters: f32, bold: bool) {
    for character in text.chars() {
        let (face, glyph, advance) = faces.glyph(character, bold);
        if let (Some(font), Some(glyph)) = (face.font(), glyph)
            && let Some(outline) = font.outline_glyphs().get(glyph)
        {
            let location = face.location(bold);
            // A glyph whose outline is broken leaves its place empty.
            let _ = outline.draw(DrawSettings::unhinted(Size::new(letters), location), pen);
        }
        pen.origin[0] += advance * letters;
    }
}

/// Puts glyphs, whose y grows upwards, where they stand in the line.
struct Pen {
    out: PathBuilder,
    origin: [f32; 2],
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.out.move_to(self.origin[0] + x, self.origin[1] - y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.out.line_to(self.origin[0] + x, self.origin[1] - y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let [left, base] = self.origin;
        self.out.quad_to(left + cx, base - cy, left + x, base - y);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let [left, base] = self.origin;
        self.out.cubic_to(left + ax, base - ay, left + bx, base - by, left + x, base - y);
    }

    fn close(&mut self) {
        self.out.close();
    }
}

/// A font in memory for as long as the program runs.
struct Face {
    bytes: &'static [u8],
    index: u32,
    regular: Location,
    bold: Location,
}

impl Face {
    fn new(bytes: &'static [u8], index: u32) -> Option<Self> {
        let font = FontRef::from_index(bytes, index).ok()?;
        let regular = font.axes().location([("wght", TEXT_WEIGHT)]);
        let bold = font.axes().location([("wght", MARK_WEIGHT)]);
        Some(Self { bytes, index, regular, bold })
    }

    fn font(&self) -> Option<FontRef<'static>> {
        FontRef::from_index(self.bytes, self.index).ok()
    }

    fn location(&self, bold: bool) -> &Location {
        if bold { &self.bold } else { &self.regular }
    }

    /// The glyph of a character and how far it moves the line on, in heights of letters.
    fn glyph(&self, character: char, bold: bool) -> Option<(GlyphId, f32)> {
        let font = self.font()?;
        let glyph = font.charmap().map(character)?;
        let metrics = font.glyph_metrics(Size::new(1.0), self.location(bold));
        Some((glyph, metrics.advance_width(glyph).unwrap_or(0.5)))
    }
}

/// The app's font, and those of the system that were needed so far.
struct Faces {
    own: &'static Face,
    system: &'static System,
}

fn faces() -> Faces {
    static OWN: OnceLock<Face> = OnceLock::new();
    static SYSTEM: System = System { found: Mutex::new(Vec::new()), files: OnceLock::new() };
    // A test reads it: the font is part of the program.
    let own = || Face::new(damascene_fonts_inter::INTER_VARIABLE, 0).expect("the app's own font is one");
    Faces { own: OWN.get_or_init(own), system: &SYSTEM }
}

impl Faces {
    fn glyph(&self, character: char, bold: bool) -> (&'static Face, Option<GlyphId>, f32) {
        let own = self.own;
        if let Some((glyph, advance)) = own.glyph(character, bold) {
            return (own, Some(glyph), advance);
        }
        if character.is_control() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}') {
            return (own, None, 0.0);
        }
        match self.system.face_for(character) {
            Some(face) => match face.glyph(character, bold) {
                Some((glyph, advance)) => (face, Some(glyph), advance),
                None => (face, None, 0.5),
            },
            None => (own, Some(GlyphId::new(0)), own.glyph('0', bold).map_or(0.6, |(_, advance)| advance)),
        }
    }
}

/// Fonts of the system, found by the characters they have.
struct System {
    /// Faces in use, and characters that no font has.
    found: Mutex<Vec<(char, Option<&'static Face>)>>,
    files: OnceLock<Vec<PathBuf>>,
}

impl System {
    fn face_for(&self, character: char) -> Option<&'static Face> {
        // Nothing panics while the lock is held.
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, face)) = found.iter().find(|(known, _)| *known == character) {
            return *face;
        }
        let known = found.iter().filter_map(|(_, face)| *face).find(|face| face.glyph(character, false).is_some());
        let face = known.or_else(|| self.search(character));
        if found.len() >= CHARACTERS {
            found.clear();
        }
        found.push((character, face));
        face
    }

    /// Looks through the system's files once per character that nothing known has. A font that is used stays in memory:
    /// there are as many of them as scripts in use.
    fn search(&self, character: char) -> Option<&'static Face> {
        let files = self.files.get_or_init(font_files);
        for path in files {
            let Ok(bytes) = std::fs::read(path) else { continue };
            let has = |index| {
                let font = FontRef::from_index(&bytes, index).ok()?;
                let glyph = font.charmap().map(character)?;
                font.outline_glyphs().get(glyph).map(|_| index)
            };
            if let Some(index) = has(0) {
                return Face::new(Vec::leak(bytes), index).map(|face| &*Box::leak(Box::new(face)));
            }
        }
        None
    }
}

fn font_files() -> Vec<PathBuf> {
    fn collect(folder: &Path, depth: u32, into: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() && depth > 0 {
                collect(&path, depth - 1, into);
            } else if path.extension().is_some_and(|end| ["ttf", "otf", "ttc"].iter().any(|font| end == *font))
                && into.len() < FONT_FILES
            {
                into.push(path);
            }
        }
    }
    let mut files = Vec::new();
    for folder in ["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "C:\\Windows\\Fonts"] {
        collect(Path::new(folder), 4, &mut files);
    }
    files.sort();
    files
}

/// Weight of running text.
const TEXT_WEIGHT: f32 = 600.0;
/// Weight of the number in a mark.
const MARK_WEIGHT: f32 = 700.0;
/// From the upper edge of a line to where its letters stand, in heights of letters: Inter's.
const ASCENT: f32 = 0.968_75;
/// Height of Inter's figures.
const FIGURES: f32 = 0.727;
/// Characters remembered: more is no writing.
const CHARACTERS: usize = 4096;
/// Files looked through: a machine with more fonts than this still has the common scripts among the first.
const FONT_FILES: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_below_their_corner_and_numbers_around_their_centre() {
        let path = outlines("Ventil ñ Ж", [100.0, 200.0], 40.0, false).unwrap().bounds();
        assert!(path.left() >= 98.0 && path.top() > 203.0 && path.bottom() < 252.0, "{path:?}");
        let number = outlines("8", [100.0, 200.0], 40.0, true).unwrap().bounds();
        assert!((number.left() + number.right() - 200.0).abs() < 3.0, "{number:?}");
        assert!((number.top() + number.bottom() - 400.0).abs() < 3.0, "{number:?}");
    }

    #[test]
    fn what_cannot_be_seen_paints_nothing() {
        assert!(outlines("", [0.0, 0.0], 40.0, false).is_none());
        assert!(outlines(" \u{200b}\u{7}", [0.0, 0.0], 40.0, false).is_none());
    }

    #[test]
    fn lines_from_right_to_left_are_turned() {
        assert_eq!(in_reading_order("abc"), "abc");
        assert_eq!(in_reading_order("שלום"), "םולש");
    }

    #[test]
    fn a_second_line_is_below_the_first() {
        let height = |text| outlines(text, [0.0, 0.0], 40.0, false).unwrap().bounds().bottom();
        assert!((height("a\na") - height("a") - 50.0).abs() < 0.5);
    }
}
