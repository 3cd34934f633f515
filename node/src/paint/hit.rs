//! Which stroke lies under a pointer.

use super::shape::{Arrow, Placed, corners, distance, dot_radius, ellipse, extent, line, mark_radius, text_box};
use crate::show::{NewStroke, Tool};

/// Whether a stroke is within `reach` of a spot, both in the drawn units.
pub fn touches(stroke: &NewStroke, placed: &Placed, at: [f32; 2], reach: f32) -> bool {
    let (Some(first), Some(last)) = (stroke.points.first(), stroke.points.last()) else { return false };
    if !within(extent(stroke, placed), at, reach) {
        return false;
    }
    let (first, last) = (placed.place(*first), placed.place(*last));
    let line = line(stroke, placed);
    let near = reach + line / 2.0;
    match stroke.tool {
        Tool::Pen => near_path(stroke.points.iter().map(|point| placed.place(*point)), at, near),
        Tool::Arrow => {
            let arrow = Arrow::new(first, last, line, placed.unit);
            near_path([arrow.tail, arrow.tip, arrow.left, arrow.right, arrow.tip].into_iter(), at, near)
        }
        Tool::Rectangle => near_path(closed(&corners(first, last)), at, near),
        Tool::Ellipse => near_path(closed(&ellipse(first, last, placed.unit)), at, near),
        Tool::Text => within(text_box(stroke, placed), at, reach),
        Tool::Mark => distance(last, at) <= mark_radius(stroke, placed) + reach,
        Tool::Dot => distance(last, at) <= dot_radius(stroke, placed) + reach,
    }
}

fn within([left, top, right, bottom]: [f32; 4], [x, y]: [f32; 2], reach: f32) -> bool {
    x >= left - reach && x <= right + reach && y >= top - reach && y <= bottom + reach
}

fn closed(points: &[[f32; 2]]) -> impl Iterator<Item = [f32; 2]> + '_ {
    points.iter().chain(points.first()).copied()
}

fn near_path(points: impl Iterator<Item = [f32; 2]>, at: [f32; 2], reach: f32) -> bool {
    let mut before = None;
    for point in points {
        let from = before.replace(point).unwrap_or(point);
        if to_line(from, point, at) <= reach {
            return true;
        }
    }
    false
}

/// From a spot to the line between two others.
fn to_line(a: [f32; 2], b: [f32; 2], at: [f32; 2]) -> f32 {
    let (x, y) = (b[0] - a[0], b[1] - a[1]);
    let square = x * x + y * y;
    let along = if square == 0.0 { 0.0 } else { (((at[0] - a[0]) * x + (at[1] - a[1]) * y) / square).clamp(0.0, 1.0) };
    distance([a[0] + along * x, a[1] + along * y], at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::Ink;

    const PLACED: Placed = Placed { left: 0.0, top: 0.0, width: 655.35, height: 655.35, unit: 1.0 };

    fn hit(tool: Tool, at: [f32; 2]) -> bool {
        let points = vec![(10_000, 10_000), (50_000, 50_000)];
        let stroke = NewStroke { tool, ink: Ink::Red, width: 400, points, text: "1".into() };
        touches(&stroke, &PLACED, at, 4.0)
    }

    #[test]
    fn lines_are_hit_and_what_they_enclose_is_not() {
        assert!(hit(Tool::Pen, [300.0, 303.0]) && !hit(Tool::Pen, [300.0, 340.0]));
        assert!(hit(Tool::Arrow, [499.0, 490.0]) && !hit(Tool::Arrow, [100.0, 500.0]));
        assert!(hit(Tool::Rectangle, [300.0, 101.0]) && !hit(Tool::Rectangle, [300.0, 300.0]));
        assert!(hit(Tool::Ellipse, [300.0, 101.0]) && !hit(Tool::Ellipse, [105.0, 105.0]));
        assert!(hit(Tool::Mark, [505.0, 500.0]) && !hit(Tool::Mark, [300.0, 300.0]));
        assert!(hit(Tool::Dot, [505.0, 500.0]) && hit(Tool::Text, [101.0, 103.0]));
        assert!(!touches(&NewStroke::default(), &PLACED, [0.0, 0.0], 4.0));
    }
}
