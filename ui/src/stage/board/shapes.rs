//! Strokes as shapes on screen: those that still grow, and finished ones until the layer has them.

use egui::{Align2, Color32, Painter, Pos2, Shape, Stroke, epaint::PathShape, pos2, vec2};
use sightline_node::{
    paint::{Part, Placed, parts},
    show::NewStroke,
};

use crate::text::bidi::{has_rtl, visual_lines};
use crate::theme::fonts::{Weight, font};

/// Draws a stroke.
pub fn paint(painter: &Painter, stroke: &NewStroke, placed: &Placed) {
    for (colour, part) in parts(stroke, placed) {
        let [r, g, b, a] = colour;
        let colour = Color32::from_rgba_unmultiplied(r, g, b, a);
        match part {
            Part::Lines { paths, width } => {
                for path in paths {
                    let points: Vec<Pos2> = path.points.iter().map(|[x, y]| pos2(*x, *y)).collect();
                    if points.len() == 1 {
                        painter.circle_filled(points[0], width / 2.0, colour);
                        continue;
                    }
                    let ends = [points[0], points[points.len() - 1]];
                    let line = Stroke::new(width, colour);
                    if path.closed {
                        painter.add(Shape::Path(PathShape::closed_line(points, line)));
                    } else {
                        painter.add(Shape::Path(PathShape::line(points, line)));
                        for end in ends {
                            painter.circle_filled(end, width / 2.0, colour);
                        }
                    }
                }
            }
            Part::Face(points) => {
                let points = points.iter().map(|[x, y]| pos2(*x, *y)).collect();
                painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
            }
            Part::Disc { center: [x, y], radius } => {
                painter.circle_filled(pos2(x, y), radius, colour);
            }
            Part::Words { at: [x, y], letters, centred, text, outline } => {
                let anchor = if centred { Align2::CENTER_CENTER } else { Align2::LEFT_TOP };
                let text = if has_rtl(&text) { visual_lines(&text, f32::INFINITY, |_| 0.0).join("\n") } else { text };
                let galley = painter.layout_no_wrap(text, font(letters, Weight::Strong), colour);
                let min = anchor.anchor_size(pos2(x, y), galley.size()).min;
                if outline > 0.0 {
                    let thin = colour.gamma_multiply(0.5);
                    for step in 0..8 {
                        let (sin, cos) = (step as f32 * std::f32::consts::FRAC_PI_4).sin_cos();
                        let off = vec2(cos, sin) * outline / 2.0;
                        painter.galley_with_override_text_color(min + off, galley.clone(), thin);
                    }
                } else {
                    painter.galley(min, galley, colour);
                }
            }
        }
    }
}
