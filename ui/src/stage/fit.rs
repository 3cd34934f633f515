//! How a picture fills the stage.

use egui::{Rect, Vec2, vec2};
use serde::{Deserialize, Serialize};

/// How a picture fills the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// All of it, with bars where the shapes differ.
    #[default]
    Whole,
    /// No bars; edges are cut off.
    Fill,
    /// One pixel of the picture is one pixel of the screen; larger pictures can be dragged.
    Actual,
}

impl Fit {
    /// Where the picture is drawn: a rectangle that may reach beyond the stage.
    pub fn place(self, stage: Rect, picture: (u32, u32), pixels_per_point: f32, pan: Vec2) -> Rect {
        let size = vec2(picture.0 as f32, picture.1 as f32);
        if size.x < 1.0 || size.y < 1.0 {
            return Rect::from_center_size(stage.center(), Vec2::ZERO);
        }
        let ratio = vec2(stage.width() / size.x, stage.height() / size.y);
        let (scale, pan) = match self {
            Fit::Whole => (ratio.min_elem(), Vec2::ZERO),
            Fit::Fill => (ratio.max_elem(), Vec2::ZERO),
            Fit::Actual => (1.0 / pixels_per_point, pan),
        };
        let size = size * scale;
        let pan = self.clamp_pan(stage, size, pan);
        let rect = Rect::from_center_size(stage.center() + pan, size);
        // Edges on whole pixels keep a picture at 100 % sharp.
        let snap = |value: f32| (value * pixels_per_point).round() / pixels_per_point;
        Rect::from_min_size(egui::pos2(snap(rect.left()), snap(rect.top())), size)
    }

    /// Keeps a dragged picture from leaving the stage: no edge comes further in than the stage's own.
    pub fn clamp_pan(self, stage: Rect, drawn: Vec2, pan: Vec2) -> Vec2 {
        let room = ((drawn - stage.size()) / 2.0).max(Vec2::ZERO);
        pan.clamp(-room, room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    const STAGE: Rect = Rect { min: pos2(64.0, 56.0), max: pos2(864.0, 656.0) };

    #[test]
    fn whole_shows_everything_and_fill_leaves_no_bars() {
        let whole = Fit::Whole.place(STAGE, (1280, 720), 1.0, Vec2::ZERO);
        assert!(STAGE.contains_rect(whole));
        assert_eq!(whole.width(), STAGE.width());
        let fill = Fit::Fill.place(STAGE, (1280, 720), 1.0, Vec2::ZERO);
        assert!(fill.contains_rect(STAGE));
        assert_eq!(fill.height(), STAGE.height());
    }

    #[test]
    fn at_100_percent_pixels_match_and_dragging_has_an_end() {
        let actual = Fit::Actual.place(STAGE, (1280, 720), 2.0, vec2(5000.0, 5000.0));
        assert_eq!(actual.size(), vec2(640.0, 360.0));
        assert_eq!(actual.center(), STAGE.center(), "a smaller picture stays in the middle");
        let large = Fit::Actual.place(STAGE, (1920, 1080), 1.0, vec2(5000.0, 5000.0));
        assert_eq!(large.min, STAGE.min, "the far edge is reached and not passed");
    }

    #[test]
    fn a_picture_without_size_takes_no_place() {
        assert_eq!(Fit::Fill.place(STAGE, (0, 720), 1.0, Vec2::ZERO).size(), Vec2::ZERO);
    }
}
