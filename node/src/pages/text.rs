//! Blocks of text on pages: shaped for every script, broken into lines and pages, drawn.

use cosmic_text::{
    Align, Attrs, Buffer, Color, Family, FontSystem, Metrics, Shaping, Style, SwashCache, Weight, fontdb,
};
use image::{Rgba, RgbaImage};

use super::flow::{Block, Ground, Look};
use super::{PageError, Rendered, limits, picture};

/// Renders some pages at a width.
pub(super) fn render(blocks: Vec<Block>, width: u32, wanted: &[u32]) -> Result<Rendered, PageError> {
    let mut pen = Pen::new();
    let placed = place(&mut pen, &blocks);
    let pages = placed.last().map_or(0, |last| last.page + 1).min(limits::MAX_PAGES);
    if pages == 0 {
        return Err(PageError::NotADocument);
    }
    let scale = width as f32 / PAGE.0;
    let height = (PAGE.1 * scale).round() as u32;
    let mut images = Vec::new();
    for number in wanted.iter().copied().filter(|number| *number < pages) {
        let mut image = RgbaImage::from_pixel(width, height, PAPER);
        for part in placed.iter().filter(|part| part.page == number) {
            pen.draw(&mut image, &blocks[part.block], part, scale);
        }
        images.push(picture::encode(number, image)?);
    }
    Ok(Rendered { pages, images })
}

/// Lines of a block on one page.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    page: u32,
    block: usize,
    /// Which lines of the block, and where the first stands.
    from: usize,
    to: usize,
    top: f32,
}

/// Puts blocks onto pages, line by line.
fn place(pen: &mut Pen, blocks: &[Block]) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut page, mut y) = (0, MARGIN);
    for (index, block) in blocks.iter().enumerate() {
        let line = LINE * block.size;
        let lines = pen.shape(block).layout_runs().count().max(1);
        if y > MARGIN {
            y += block.before * LINE;
        }
        let mut from = 0;
        while from < lines {
            let room = ((PAGE.1 - MARGIN - y) / line).floor().max(0.0) as usize;
            // A heading does not stand alone at the foot of a page.
            let lonely = block.size > 1.05 && room < lines - from + 2 && y > MARGIN;
            if (room == 0 || lonely) && y > MARGIN {
                (page, y) = (page + 1, MARGIN);
                if page >= limits::MAX_PAGES {
                    return parts;
                }
                continue;
            }
            let to = (from + room.max(1)).min(lines);
            parts.push(Part { page, block: index, from, to, top: y });
            y += (to - from) as f32 * line;
            from = to;
        }
    }
    parts
}

/// The fonts, and what was drawn with them.
struct Pen {
    fonts: FontSystem,
    cache: SwashCache,
}

impl Pen {
    /// The app's own font first, the system's for other scripts.
    fn new() -> Self {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(damascene_fonts_inter::INTER_VARIABLE.to_vec());
        fonts.load_font_data(damascene_fonts_inter::INTER_VARIABLE_ITALIC.to_vec());
        fonts.load_system_fonts();
        fonts.set_sans_serif_family("Inter Variable");
        let mono = fonts.faces().find(|face| face.monospaced && !face.post_script_name.contains("Emoji"));
        let mono = mono.and_then(|face| face.families.first()).map(|(name, _)| name.clone());
        fonts.set_monospace_family(mono.unwrap_or_else(|| "Inter Variable".to_owned()));
        Self { fonts: FontSystem::new_with_locale_and_db("en-US".to_owned(), fonts), cache: SwashCache::new() }
    }

    fn shape(&mut self, block: &Block) -> Buffer {
        self.shape_text(&block.text, &block.spans, block.size, PAGE.0 - 2.0 * MARGIN - indent(block))
    }

    fn shape_text(&mut self, text: &str, spans: &[(std::ops::Range<usize>, Look)], size: f32, width: f32) -> Buffer {
        let mut buffer = Buffer::new(&mut self.fonts, Metrics::new(LETTER * size, LINE * size));
        buffer.set_size(Some(width.max(60.0)), None);
        let plain = Attrs::new().family(Family::SansSerif).color(INK);
        let mut pieces = Vec::new();
        let mut at = 0;
        for (range, look) in spans {
            if at < range.start {
                pieces.push((&text[at..range.start], plain.clone()));
            }
            pieces.push((&text[range.clone()], attrs(*look)));
            at = range.end;
        }
        pieces.push((&text[at..], plain.clone()));
        let align: Option<Align> = None;
        buffer.set_rich_text(pieces, &plain, Shaping::Advanced, align);
        buffer.shape_until_scroll(&mut self.fonts, false);
        buffer
    }

    fn draw(&mut self, image: &mut RgbaImage, block: &Block, part: &Part, scale: f32) {
        let line = LINE * block.size;
        let left = MARGIN + indent(block);
        let height = (part.to - part.from) as f32 * line;
        match block.ground {
            Ground::Paper => {}
            Ground::Code => {
                fill(image, (left - 8.0, part.top), (PAGE.0 - MARGIN - left + 16.0, height), CODE_GROUND, scale);
            }
            Ground::Quote => fill(image, (left - 14.0, part.top), (3.0, height), QUOTE_BAR, scale),
            Ground::Rule => {
                fill(image, (left, part.top + line / 2.0), (PAGE.0 - 2.0 * MARGIN, 1.5), QUOTE_BAR, scale);
            }
        }
        if part.from == 0 && !block.marker.is_empty() {
            let marker = self.shape_text(&block.marker, &[], block.size, 60.0);
            self.ink(image, &marker, 0..1, (left - STEP + 6.0, part.top), scale);
        }
        let buffer = self.shape(block);
        self.ink(image, &buffer, part.from..part.to, (left, part.top), scale);
    }

    fn ink(
        &mut self,
        image: &mut RgbaImage,
        buffer: &Buffer,
        lines: std::ops::Range<usize>,
        (left, top): (f32, f32),
        scale: f32,
    ) {
        let mut first = None;
        for run in buffer.layout_runs().skip(lines.start).take(lines.len()) {
            let above = *first.get_or_insert(run.line_top);
            let baseline = top + run.line_y - above;
            for glyph in run.glyphs {
                let place = glyph.physical((left * scale, baseline * scale), scale);
                let ink = glyph.color_opt.unwrap_or(INK);
                self.cache.with_pixels(&mut self.fonts, place.cache_key, ink, |x, y, colour| {
                    blend(image, place.x + x, place.y + y, colour);
                });
            }
        }
    }
}

fn attrs(look: Look) -> Attrs<'static> {
    let mut attrs = Attrs::new().family(if look.mono { Family::Monospace } else { Family::SansSerif });
    attrs = attrs.color(if look.link { LINK } else { INK });
    if look.strong {
        attrs = attrs.weight(Weight::BOLD);
    }
    if look.slanted {
        attrs = attrs.style(Style::Italic);
    }
    attrs
}

fn indent(block: &Block) -> f32 {
    f32::from(block.indent) * STEP
}

fn blend(image: &mut RgbaImage, x: i32, y: i32, colour: Color) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    if x >= image.width() || y >= image.height() {
        return;
    }
    let pixel = image.get_pixel_mut(x, y);
    let alpha = u32::from(colour.a());
    for (under, over) in pixel.0.iter_mut().zip([colour.r(), colour.g(), colour.b()]) {
        *under = ((u32::from(over) * alpha + u32::from(*under) * (255 - alpha)) / 255) as u8;
    }
}

fn fill(image: &mut RgbaImage, (left, top): (f32, f32), (width, height): (f32, f32), ink: Rgba<u8>, scale: f32) {
    let edge = |value: f32, most: u32| (value * scale).round().clamp(0.0, most as f32) as u32;
    let (right, bottom) = (edge(left + width, image.width()), edge(top + height, image.height()));
    for y in edge(top, image.height())..bottom {
        for x in edge(left, image.width())..right {
            image.put_pixel(x, y, ink);
        }
    }
}

/// A4 at 96 dots per inch.
const PAGE: (f32, f32) = (794.0, 1123.0);
const MARGIN: f32 = 64.0;
/// Size of running text, and of its lines.
const LETTER: f32 = 15.0;
const LINE: f32 = 22.0;
/// One step of indentation.
const STEP: f32 = 26.0;
const PAPER: Rgba<u8> = Rgba([255, 255, 255, 255]);
const CODE_GROUND: Rgba<u8> = Rgba([241, 244, 244, 255]);
const QUOTE_BAR: Rgba<u8> = Rgba([190, 202, 202, 255]);
const INK: Color = Color::rgb(24, 34, 34);
const LINK: Color = Color::rgb(8, 96, 88);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::flow;

    fn dark(image: &[u8]) -> (usize, RgbaImage) {
        let image = image::load_from_memory(image).unwrap().to_rgba8();
        (image.pixels().filter(|pixel| pixel[0] < 128).count(), image)
    }

    #[test]
    fn words_leave_ink_and_long_texts_take_pages() {
        let text = "The quick brown fox. ".repeat(20) + "\n";
        let rendered = render(flow::plain(&text.repeat(60)), 600, &[0, 1, 9_999]).unwrap();
        assert!(rendered.pages > 2, "{}", rendered.pages);
        assert_eq!(rendered.images.iter().map(|image| image.page).collect::<Vec<_>>(), [0, 1]);
        for image in &rendered.images {
            assert!(dark(&image.bytes).0 > 2_000, "page {} is not blank", image.page);
        }
    }

    #[test]
    fn nothing_is_drawn_beyond_the_margins() {
        let rendered = render(flow::plain(&"W".repeat(5_000)), 794, &[0]).unwrap();
        let (_, image) = dark(&rendered.images[0].bytes);
        let outside = image.enumerate_pixels().filter(|(x, y, pixel)| {
            let margin = !(60..=734).contains(x) || !(60..=1063).contains(y);
            margin && pixel[0] < 200
        });
        assert_eq!(outside.count(), 0);
    }

    #[test]
    fn pages_end_at_their_cap() {
        let rendered = render(flow::plain(&"x\n".repeat(200_000)), 300, &[0]).unwrap();
        assert_eq!(rendered.pages, limits::MAX_PAGES);
    }
}
