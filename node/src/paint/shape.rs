//! What a stroke looks like, as lines and faces. The page draws by the same measures (`web-operator/src/board/shape.ts`).

use crate::show::{Ink, NewStroke, Tool};

/// Where a picture lies: the rectangle it fills, in the units that are drawn in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// How many of the drawn units a point of a screen has: least widths are in points.
    pub unit: f32,
}

/// A line through points.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Its points, at least one.
    pub points: Vec<[f32; 2]>,
    /// It ends where it began.
    pub closed: bool,
}

/// A piece of a stroke.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Lines with round ends and corners; where they cross nothing gets darker.
    Lines {
        /// The lines.
        paths: Vec<Path>,
        /// How wide.
        width: f32,
    },
    /// A convex face.
    Face(Vec<[f32; 2]>),
    /// A disc.
    Disc {
        /// Its centre.
        center: [f32; 2],
        /// Its radius.
        radius: f32,
    },
    /// Words.
    Words {
        /// Upper left corner, or the centre of `centred` ones.
        at: [f32; 2],
        /// Height of the letters, as fonts count it.
        letters: f32,
        /// The number of a mark rather than running text.
        centred: bool,
        /// Lines of text.
        text: String,
        /// Width of the line around the letters; 0 means the letters themselves.
        outline: f32,
    },
}

impl Placed {
    /// A picture's own pixels. Least widths are those of a screen on which the longer side has 1280 points.
    pub fn pixels(width: u32, height: u32) -> Self {
        let (width, height) = (width as f32, height as f32);
        Self { left: 0.0, top: 0.0, width, height, unit: width.max(height) / 1280.0 }
    }

    /// From picture coordinates to what is drawn.
    pub fn place(&self, (x, y): (u16, u16)) -> [f32; 2] {
        [self.left + f32::from(x) / SIDE * self.width, self.top + f32::from(y) / SIDE * self.height]
    }

    /// From what is drawn to picture coordinates; outside of the picture it is the nearest edge.
    pub fn picture(&self, [x, y]: [f32; 2]) -> (u16, u16) {
        let part = |distance: f32, side: f32| {
            if side <= 0.0 { 0 } else { (distance / side * SIDE).round().clamp(0.0, SIDE) as u16 }
        };
        (part(x - self.left, self.width), part(y - self.top, self.height))
    }

    /// The drawn length of one unit of a stroke's width.
    pub fn per_width(&self) -> f32 {
        self.width.max(self.height) / SIDE
    }
}

/// The colour of an ink.
pub const fn colour(ink: Ink) -> [u8; 3] {
    match ink {
        Ink::Red => [0xFF, 0x45, 0x3A],
        Ink::Yellow => [0xFF, 0xD6, 0x0A],
        Ink::Green => [0x32, 0xD7, 0x4B],
        Ink::Blue => [0x2F, 0x9B, 0xFF],
        Ink::White => [0xFF, 0xFF, 0xFF],
    }
}

/// What reads on a face of this ink.
pub const fn on_colour(ink: Ink) -> [u8; 3] {
    match ink {
        Ink::Red | Ink::Blue => [0xFF, 0xFF, 0xFF],
        _ => [0x0B, 0x14, 0x14],
    }
}

/// Around every line, so that it reads on white paper and on black oil: not multiplied, alpha last.
pub const HALO: [u8; 4] = [8, 16, 16, 184];

/// The pieces of a stroke in the order in which they are painted, each with its colour (not multiplied).
pub fn parts(stroke: &NewStroke, placed: &Placed) -> Vec<([u8; 4], Part)> {
    let ink = opaque(colour(stroke.ink));
    let (Some(first), Some(last)) = (stroke.points.first(), stroke.points.last()) else { return Vec::new() };
    let (first, last) = (placed.place(*first), placed.place(*last));
    let line = line(stroke, placed);
    let around = |paths: Vec<Path>| {
        let wide = line + halo(line, placed);
        vec![(HALO, Part::Lines { paths: paths.clone(), width: wide }), (ink, Part::Lines { paths, width: line })]
    };
    match stroke.tool {
        Tool::Pen => {
            let spots: Vec<_> = stroke.points.iter().map(|point| placed.place(*point)).collect();
            around(vec![Path { points: smooth(&spots, 0.2 * placed.unit), closed: false }])
        }
        Tool::Arrow => {
            let arrow = Arrow::new(first, last, line, placed.unit);
            let shaft = Path { points: vec![arrow.tail, arrow.neck], closed: false };
            let head = vec![arrow.tip, arrow.left, arrow.right];
            let wide = line + halo(line, placed);
            let both = vec![shaft.clone(), Path { points: head.clone(), closed: true }];
            vec![
                (HALO, Part::Lines { paths: both, width: wide }),
                (ink, Part::Lines { paths: vec![shaft], width: line }),
                (ink, Part::Face(head)),
            ]
        }
        Tool::Rectangle => around(vec![Path { points: corners(first, last).to_vec(), closed: true }]),
        Tool::Ellipse => around(vec![Path { points: ellipse(first, last, placed.unit), closed: true }]),
        Tool::Text => {
            let letters = letters(stroke, placed);
            let words =
                |outline| Part::Words { at: first, letters, centred: false, text: stroke.text.clone(), outline };
            vec![(HALO, words((letters * 0.22).max(3.0 * placed.unit))), (ink, words(0.0))]
        }
        Tool::Mark => {
            let radius = mark_radius(stroke, placed);
            let text: String = stroke.text.chars().take(4).collect();
            let letters = radius * if text.chars().count() > 2 { 0.8 } else { 1.18 };
            let number = Part::Words { at: last, letters, centred: true, text, outline: 0.0 };
            vec![
                (HALO, Part::Disc { center: last, radius: radius + 2.0 * placed.unit }),
                (ink, Part::Disc { center: last, radius }),
                (opaque(on_colour(stroke.ink)), number),
            ]
        }
        Tool::Dot => {
            let radius = dot_radius(stroke, placed);
            vec![
                (HALO, Part::Disc { center: last, radius: radius + 2.0 * placed.unit }),
                (ink, Part::Disc { center: last, radius }),
            ]
        }
    }
}

/// The least rectangle (left, top, right, bottom) that holds all that a stroke paints. For letters it is a guess that is
/// rather too wide.
pub fn extent(stroke: &NewStroke, placed: &Placed) -> [f32; 4] {
    let line = line(stroke, placed);
    if stroke.tool == Tool::Text {
        let [left, top, right, bottom] = text_box(stroke, placed);
        let more = letters(stroke, placed) * 0.3;
        return [left - more, top - more, left + (right - left) * 1.9 + more, bottom + more];
    }
    let (mut least, mut most) = ((u16::MAX, u16::MAX), (0, 0));
    for &(x, y) in &stroke.points {
        least = (least.0.min(x), least.1.min(y));
        most = (most.0.max(x), most.1.max(y));
    }
    let around = match stroke.tool {
        Tool::Arrow => (line * 7.0).max(24.0 * placed.unit),
        Tool::Mark => mark_radius(stroke, placed) + 6.0 * placed.unit,
        Tool::Dot => dot_radius(stroke, placed) + 6.0 * placed.unit,
        _ => line + 6.0 * placed.unit,
    };
    let ([left, top], [right, bottom]) = (placed.place(least), placed.place(most));
    [left - around, top - around, right + around, bottom + around]
}

/// Width of the line.
pub(super) fn line(stroke: &NewStroke, placed: &Placed) -> f32 {
    (f32::from(stroke.width) * placed.per_width()).max(2.0 * placed.unit)
}

/// Height of a text's letters; a line is 1.25 of it.
pub fn letters(stroke: &NewStroke, placed: &Placed) -> f32 {
    (f32::from(stroke.width) * placed.per_width()).max(8.0 * placed.unit)
}

/// Half the width of a mark's circle: its number has the height of the stroke's width.
pub(super) fn mark_radius(stroke: &NewStroke, placed: &Placed) -> f32 {
    (f32::from(stroke.width) * placed.per_width() * 0.85).max(12.0 * placed.unit)
}

/// Half the width of a dot: three lines wide.
pub(super) fn dot_radius(stroke: &NewStroke, placed: &Placed) -> f32 {
    (line(stroke, placed) * 1.5).max(5.0 * placed.unit)
}

/// About where a text is: letters need not be measured to find it under a pointer.
pub(super) fn text_box(stroke: &NewStroke, placed: &Placed) -> [f32; 4] {
    let [left, top] = placed.place(stroke.points.first().copied().unwrap_or_default());
    let letters = letters(stroke, placed);
    let longest = stroke.text.lines().map(|line| line.chars().count()).max().unwrap_or(0).max(1);
    let lines = stroke.text.lines().count().max(1);
    [left, top, left + longest as f32 * letters * 0.58, top + lines as f32 * letters * LINE_HEIGHT]
}

/// Distance between lines of text, in heights of letters.
pub(super) const LINE_HEIGHT: f32 = 1.25;

/// An arrow from its first point to its last; the head grows with the line and never outgrows the arrow.
pub(super) struct Arrow {
    pub(super) tail: [f32; 2],
    /// Exactly what is pointed at.
    pub(super) tip: [f32; 2],
    /// Where the shaft ends, inside of the head.
    pub(super) neck: [f32; 2],
    pub(super) left: [f32; 2],
    pub(super) right: [f32; 2],
}

impl Arrow {
    pub(super) fn new(tail: [f32; 2], tip: [f32; 2], line: f32, unit: f32) -> Self {
        let length = distance(tail, tip);
        // A tap without a drag: an arrow that comes from the upper left.
        let [x, y] = if length < unit {
            [std::f32::consts::FRAC_1_SQRT_2; 2]
        } else {
            [(tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length]
        };
        let head = (line * 4.5).max(14.0 * unit);
        let back = |by: f32| [tip[0] - x * by, tip[1] - y * by];
        let (base, half) = (back(head), head * 0.52);
        Self {
            tail: if length < head * 1.4 { back(head * 1.4) } else { tail },
            tip,
            neck: back(head * 0.8),
            left: [base[0] - y * half, base[1] + x * half],
            right: [base[0] + y * half, base[1] - x * half],
        }
    }
}

/// The corners of the rectangle between two points.
pub(super) fn corners([ax, ay]: [f32; 2], [bx, by]: [f32; 2]) -> [[f32; 2]; 4] {
    [[ax, ay], [bx, ay], [bx, by], [ax, by]]
}

/// The ellipse inside the rectangle of two corners, as a ring of short lines.
pub(super) fn ellipse([ax, ay]: [f32; 2], [bx, by]: [f32; 2], unit: f32) -> Vec<[f32; 2]> {
    let (rx, ry) = ((bx - ax).abs() / 2.0, (by - ay).abs() / 2.0);
    let steps = (rx.max(ry) / unit.max(0.01)).sqrt().mul_add(6.0, 16.0).min(256.0) as usize;
    (0..steps)
        .map(|step| {
            let (sin, cos) = (step as f32 / steps as f32 * std::f32::consts::TAU).sin_cos();
            [(ax + bx) / 2.0 + rx * cos, (ay + by) / 2.0 + ry * sin]
        })
        .collect()
}

/// The points as one soft line: curves through the middles of neighbours, flattened so that no point is further from
/// the curve than `off`.
fn smooth(spots: &[[f32; 2]], off: f32) -> Vec<[f32; 2]> {
    let mut out = Vec::with_capacity(spots.len() * 2);
    let Some(&start) = spots.first() else { return out };
    out.push(start);
    let mut from = start;
    for (index, &control) in spots.iter().enumerate().skip(1) {
        let Some(&next) = spots.get(index + 1) else {
            out.push(control);
            break;
        };
        let end = [(control[0] + next[0]) / 2.0, (control[1] + next[1]) / 2.0];
        let bend = [from[0] - 2.0 * control[0] + end[0], from[1] - 2.0 * control[1] + end[1]];
        // A quadratic curve cut into n lines is off by a quarter of its bend over n².
        let pieces = (bend[0].hypot(bend[1]) / (4.0 * off.max(0.01))).sqrt().ceil().clamp(1.0, 32.0) as usize;
        for piece in 1..=pieces {
            let t = piece as f32 / pieces as f32;
            let mix = |a: f32, b: f32, c: f32| (1.0 - t) * ((1.0 - t) * a + 2.0 * t * b) + t * t * c;
            out.push([mix(from[0], control[0], end[0]), mix(from[1], control[1], end[1])]);
        }
        from = end;
    }
    out
}

/// How much wider than the line its halo is, on both sides together.
fn halo(line: f32, placed: &Placed) -> f32 {
    (line * 0.7).max(3.0 * placed.unit)
}

pub(super) fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (b[0] - a[0]).hypot(b[1] - a[1])
}

fn opaque([r, g, b]: [u8; 3]) -> [u8; 4] {
    [r, g, b, 255]
}

/// Coordinates on a picture end here.
const SIDE: f32 = 65_535.0;

#[cfg(test)]
mod tests {
    use super::*;

    const PLACED: Placed = Placed { left: 100.0, top: 50.0, width: 1280.0, height: 720.0, unit: 1.0 };

    fn stroke(tool: Tool, points: &[(u16, u16)]) -> NewStroke {
        NewStroke { tool, ink: Ink::Red, width: 420, points: points.to_vec(), text: "12".into() }
    }

    #[test]
    fn coordinates_survive_the_way_to_the_screen_and_back() {
        for point in [(0, 0), (65_535, 65_535), (32_768, 12_345)] {
            let back = PLACED.picture(PLACED.place(point));
            assert!(back.0.abs_diff(point.0) <= 1 && back.1.abs_diff(point.1) <= 1, "{point:?} {back:?}");
        }
        assert_eq!(PLACED.picture([-5.0, 9999.0]), (0, 65_535));
    }

    #[test]
    fn an_arrow_ends_exactly_where_it_points() {
        let parts = parts(&stroke(Tool::Arrow, &[(0, 0), (32_768, 32_768)]), &PLACED);
        let (_, Part::Face(head)) = parts.last().unwrap() else { panic!("a head") };
        assert_eq!(head[0], PLACED.place((32_768, 32_768)));
    }

    #[test]
    fn a_soft_line_keeps_its_ends_and_stays_inside() {
        let spots = [[0.0, 0.0], [50.0, 80.0], [100.0, 0.0], [150.0, 80.0]];
        let line = smooth(&spots, 0.2);
        assert_eq!((line[0], *line.last().unwrap()), (spots[0], spots[3]));
        assert!(line.len() > 8 && line.iter().all(|[_, y]| (0.0..=80.0).contains(y)));
        assert_eq!(smooth(&spots[..1], 0.2), [[0.0, 0.0]]);
    }

    #[test]
    fn everything_lies_within_its_extent() {
        for tool in [Tool::Pen, Tool::Arrow, Tool::Rectangle, Tool::Ellipse, Tool::Mark, Tool::Dot] {
            let stroke = stroke(tool, &[(9_000, 20_000), (30_000, 18_000), (12_000, 40_000)]);
            let [left, top, right, bottom] = extent(&stroke, &PLACED);
            let inside =
                |[x, y]: [f32; 2], by: f32| x - by >= left && x + by <= right && y - by >= top && y + by <= bottom;
            for (_, part) in parts(&stroke, &PLACED) {
                let fits = match &part {
                    Part::Lines { paths, width } => {
                        paths.iter().flat_map(|path| &path.points).all(|point| inside(*point, width / 2.0))
                    }
                    Part::Face(points) => points.iter().all(|point| inside(*point, 0.0)),
                    Part::Disc { center, radius } => inside(*center, *radius),
                    Part::Words { at, .. } => inside(*at, 0.0),
                };
                assert!(fits, "{tool:?}: {part:?}");
            }
        }
        assert!(parts(&stroke(Tool::Pen, &[]), &PLACED).is_empty());
    }
}
