//! How a board is looked at: where its picture lies, zoomed and moved. The centre is kept in parts of the picture, so
//! that another window size still shows the same place.

use egui::{Pos2, Rect, Vec2, pos2, vec2};
use sightline_node::paint::Placed;

/// How a picture is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eye {
    /// 1 is the whole picture.
    pub factor: f32,
    /// What lies in the middle, in parts of the picture.
    pub center: Pos2,
}

impl Default for Eye {
    fn default() -> Self {
        Self { factor: 1.0, center: pos2(0.5, 0.5) }
    }
}

impl Eye {
    /// Where the whole picture is drawn: a rectangle that may reach beyond the stage.
    pub fn place(&self, stage: Rect, picture: (u32, u32)) -> Rect {
        let size = vec2(picture.0.max(1) as f32, picture.1.max(1) as f32);
        let size = size * whole(stage, size) * self.factor;
        let along = |from: f32, room: f32, side: f32, center: f32| {
            if side <= room {
                from + (room - side) / 2.0
            } else {
                from + (room / 2.0 - center * side).clamp(room - side, 0.0)
            }
        };
        let min = pos2(
            along(stage.left(), stage.width(), size.x, self.center.x),
            along(stage.top(), stage.height(), size.y, self.center.y),
        );
        Rect::from_min_size(min, size)
    }

    /// Zooms about a spot of the screen, which keeps what lies under it.
    pub fn zoom(&mut self, stage: Rect, picture: (u32, u32), by: f32, at: Pos2) {
        let before = self.place(stage, picture);
        let pixel = whole(stage, vec2(picture.0.max(1) as f32, picture.1.max(1) as f32));
        let most = MOST.max(PIXEL / pixel);
        let factor = (self.factor * by).clamp(1.0, most);
        let held = ((at - before.min) / before.size().max(Vec2::splat(1.0))).to_pos2();
        let grown = before.size() * (factor / self.factor);
        self.factor = factor;
        self.center = held + (stage.center() - at) / grown;
        self.settle(stage, picture);
    }

    /// Moves the picture along with a hand.
    pub fn pan(&mut self, stage: Rect, picture: (u32, u32), by: Vec2) {
        let size = self.place(stage, picture).size().max(Vec2::splat(1.0));
        self.center -= by / size;
        self.settle(stage, picture);
    }

    /// What an edge holds back is not remembered.
    fn settle(&mut self, stage: Rect, picture: (u32, u32)) {
        let place = self.place(stage, picture);
        self.center = ((stage.center() - place.min) / place.size().max(Vec2::splat(1.0))).to_pos2();
    }
}

/// The geometry of a drawing on a picture at this place.
pub fn placed(place: Rect) -> Placed {
    Placed { left: place.left(), top: place.top(), width: place.width(), height: place.height(), unit: 1.0 }
}

fn whole(stage: Rect, size: Vec2) -> f32 {
    (stage.width() / size.x).min(stage.height() / size.y).max(0.001)
}

/// As on the page: enough to see single pixels of a frozen picture.
const MOST: f32 = 8.0;
/// Large photos may be zoomed until one of their pixels has this many points.
const PIXEL: f32 = 4.0;

#[cfg(test)]
mod tests {
    use super::*;

    const STAGE: Rect = Rect { min: pos2(64.0, 56.0), max: pos2(864.0, 656.0) };

    #[test]
    fn the_whole_picture_is_in_the_middle() {
        let place = Eye::default().place(STAGE, (1600, 900));
        assert_eq!((place.width(), place.center()), (800.0, STAGE.center()));
    }

    #[test]
    fn what_lies_under_the_pointer_stays_there() {
        let (mut eye, picture, at) = (Eye::default(), (1600, 900), pos2(700.0, 300.0));
        let spot = |eye: &Eye| placed(eye.place(STAGE, picture)).picture([at.x, at.y]);
        let before = spot(&eye);
        for by in [1.7, 1.7, 0.8, 1.3] {
            eye.zoom(STAGE, picture, by, at);
        }
        let after = spot(&eye);
        assert!(before.0.abs_diff(after.0) < 40 && before.1.abs_diff(after.1) < 40, "{before:?} {after:?}");
    }

    #[test]
    fn zoom_and_dragging_have_an_end() {
        let (mut eye, picture) = (Eye::default(), (1600, 900));
        eye.zoom(STAGE, picture, 1000.0, STAGE.center());
        assert_eq!(eye.factor, MOST);
        eye.pan(STAGE, picture, vec2(90_000.0, 90_000.0));
        assert_eq!(eye.place(STAGE, picture).min, STAGE.min, "the far edge is reached and not passed");
        eye.zoom(STAGE, picture, 0.0001, STAGE.center());
        assert_eq!((eye.factor, eye.place(STAGE, picture).center()), (1.0, STAGE.center()));
    }
}
