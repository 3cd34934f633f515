//! Strokes into pixels, on the processor.

use tiny_skia::{FillRule, LineCap, LineJoin, Paint, PathBuilder, PixmapMut, Stroke as Line, Transform};

use super::decode::Still;
use super::shape::{Part, Path, Placed, extent, parts};
use super::words;
use crate::show::NewStroke;

/// Paints strokes over a picture, in its own pixels.
pub fn draw_over<'a>(still: &mut Still, strokes: impl IntoIterator<Item = &'a NewStroke>) {
    let placed = Placed::pixels(still.width, still.height);
    // Opaque pixels are the same multiplied and not.
    let Some(mut pixels) = PixmapMut::from_bytes(&mut still.rgba, still.width, still.height) else { return };
    for stroke in strokes {
        draw_stroke(&mut pixels, stroke, &placed);
    }
}

/// Paints one stroke, with the picture's place given in pixels. What lies outside is left out early.
pub fn draw_stroke(pixels: &mut PixmapMut<'_>, stroke: &NewStroke, placed: &Placed) {
    let [left, top, right, bottom] = extent(stroke, placed);
    if right < 0.0 || bottom < 0.0 || left > pixels.width() as f32 || top > pixels.height() as f32 {
        return;
    }
    for (colour, part) in parts(stroke, placed) {
        draw_part(pixels, colour, &part);
    }
}

fn draw_part(pixels: &mut PixmapMut<'_>, [r, g, b, a]: [u8; 4], part: &Part) {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, a);
    paint.anti_alias = true;
    let rounded = |width| Line { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Line::default() };
    let (path, line) = match part {
        Part::Lines { paths, width } => (lines(paths), Some(rounded(*width))),
        Part::Face(points) => (lines(&[Path { points: points.clone(), closed: true }]), None),
        Part::Disc { center: [x, y], radius } => (PathBuilder::from_circle(*x, *y, *radius), None),
        Part::Words { at, letters, centred, text, outline } => {
            (words::outlines(text, *at, *letters, *centred), (*outline > 0.0).then(|| rounded(*outline)))
        }
    };
    let Some(path) = path else { return };
    match line {
        Some(line) => pixels.stroke_path(&path, &paint, &line, Transform::identity(), None),
        None => pixels.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None),
    }
}

fn lines(paths: &[Path]) -> Option<tiny_skia::Path> {
    let mut out = PathBuilder::new();
    for path in paths {
        let Some([x, y]) = path.points.first() else { continue };
        out.move_to(*x, *y);
        let rest = &path.points[1..];
        if rest.iter().all(|point| point == &path.points[0]) {
            // A point alone: round ends make it a dot.
            out.line_to(*x + 0.01, *y);
        }
        for [x, y] in rest {
            out.line_to(*x, *y);
        }
        if path.closed {
            out.close();
        }
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::{Ink, Tool};

    fn grey(width: u32, height: u32) -> Still {
        Still { width, height, rgba: [128, 128, 128, 255].repeat((width * height) as usize) }
    }

    fn at(still: &Still, x: u32, y: u32) -> [u8; 3] {
        let from = ((y * still.width + x) * 4) as usize;
        still.rgba[from..from + 3].try_into().unwrap()
    }

    fn stroke(tool: Tool, points: &[(u16, u16)], text: &str) -> NewStroke {
        // A text's and a mark's width is the height of letters.
        let width = match tool {
            Tool::Text => 6_000,
            Tool::Mark => 1_800,
            _ => 800,
        };
        NewStroke { tool, ink: Ink::Red, width, points: points.to_vec(), text: text.to_owned() }
    }

    const RED: [u8; 3] = [0xFF, 0x45, 0x3A];

    #[test]
    fn an_arrow_is_red_at_its_tip_with_dark_around_and_stays_there_at_any_size() {
        for (width, height) in [(640, 360), (1280, 720), (360, 640)] {
            let mut still = grey(width, height);
            draw_over(&mut still, [&stroke(Tool::Arrow, &[(6_000, 6_000), (32_768, 32_768)], "")]);
            let (x, y) = (width / 2, height / 2);
            assert_eq!(at(&still, x - 4, y - 4), RED, "{width}x{height}");
            let dark = (1..12).any(|off| at(&still, x + off, y + off)[0] < 70);
            assert!(dark, "{width}x{height}: the halo is beyond the tip");
            assert_eq!(at(&still, width - 5, 5), [128, 128, 128]);
            assert!(still.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255), "it stays opaque");
        }
    }

    #[test]
    fn every_tool_leaves_its_colour() {
        for tool in [Tool::Pen, Tool::Arrow, Tool::Rectangle, Tool::Ellipse, Tool::Text, Tool::Mark, Tool::Dot] {
            let mut still = grey(400, 300);
            draw_over(&mut still, [&stroke(tool, &[(9_000, 9_000), (40_000, 50_000)], "17")]);
            let red = still.rgba.chunks_exact(4).filter(|pixel| pixel[..3] == RED).count();
            assert!(red > 40, "{tool:?} has {red} red pixels");
        }
    }

    #[test]
    fn a_tap_with_the_pen_is_a_dot_and_nothing_is_nothing() {
        // Twelve pixels wide, so that some are covered whole.
        let mut still = grey(1_000, 1_000);
        draw_over(&mut still, [&stroke(Tool::Pen, &[(32_768, 32_768)], "")]);
        assert_eq!(at(&still, 500, 500), RED);
        let before = still.clone();
        draw_over(&mut still, [&stroke(Tool::Pen, &[], ""), &stroke(Tool::Rectangle, &[], "")]);
        assert_eq!(still, before);
    }

    #[test]
    fn later_strokes_lie_on_earlier_ones() {
        let mut still = grey(100, 100);
        let under = stroke(Tool::Dot, &[(32_768, 32_768)], "");
        let over = NewStroke { ink: Ink::Green, ..under.clone() };
        draw_over(&mut still, [&under, &over]);
        assert_eq!(at(&still, 50, 50), [0x32, 0xD7, 0x4B]);
    }
}
