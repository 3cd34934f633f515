//! Two boards at once: side by side, or one over the other with an edge to drag.

use egui::{Rect, pos2};
use sightline_node::DocumentId;

/// How two boards are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compare {
    /// The other one; `None` while it is chosen.
    pub other: Option<DocumentId>,
    /// One lies over the other.
    pub over: bool,
    /// Where the dividing line is, in parts of the stage.
    pub at: f32,
}

impl Default for Compare {
    fn default() -> Self {
        Self { other: None, over: false, at: 0.5 }
    }
}

impl Compare {
    /// Where each picture may be drawn, and what of it is in sight: of the board on stage, and of the other.
    pub fn halves(&self, area: Rect) -> [(Rect, Rect); 2] {
        let x = area.left() + area.width() * self.at.clamp(LEAST, 1.0 - LEAST);
        let (left, right) =
            (Rect::from_min_max(area.min, pos2(x, area.bottom())), Rect::from_min_max(pos2(x, area.top()), area.max));
        if self.over {
            [(area, left), (area, right)]
        } else {
            let gap = egui::vec2(GAP, 0.0);
            let (left, right) =
                (Rect::from_min_max(left.min, left.max - gap), Rect::from_min_max(right.min + gap, right.max));
            [(left, left), (right, right)]
        }
    }
}

/// Neither side ever vanishes.
const LEAST: f32 = 0.1;
/// Half the distance between two pictures side by side.
const GAP: f32 = 6.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_share_the_stage_and_neither_vanishes() {
        let area = Rect::from_min_max(pos2(0.0, 0.0), pos2(1000.0, 500.0));
        let [(a, _), (b, _)] = Compare { at: 0.0, ..Compare::default() }.halves(area);
        assert_eq!((a.right(), b.left()), (94.0, 106.0));
        let [(a, left), (b, right)] = Compare { over: true, ..Compare::default() }.halves(area);
        assert_eq!((a, b, left.right(), right.left()), (area, area, 500.0, 500.0));
    }
}
