//! The own pen: from the first touch to the finished stroke.

use egui::Pos2;
use sightline_node::{
    DocumentId,
    paint::Placed,
    show::{Ink, LiveOut, NewStroke, Tool},
};

/// What the own pen does.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Pen {
    /// Nothing.
    #[default]
    Up,
    /// A line grows.
    Down(Drawing),
    /// Words are written where the stroke begins.
    Writing(Drawing),
    /// What the pointer touches goes.
    Erasing,
    /// The picture follows the pointer.
    Holding,
}

/// A stroke in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// On which board.
    pub board: DocumentId,
    /// Its number among the own previews.
    pub preview: u32,
    /// What is there so far.
    pub stroke: NewStroke,
    /// Where the last point was taken, on screen.
    last: Pos2,
    /// When the others were told last, in egui's time, and how many points they know of.
    told: Option<(f64, usize, (u16, u16))>,
}

impl Drawing {
    /// The pen touches the board.
    pub fn begin(
        board: DocumentId,
        preview: u32,
        (tool, ink, width): (Tool, Ink, u16),
        text: String,
        at: Pos2,
        placed: &Placed,
    ) -> Self {
        let points = vec![placed.picture([at.x, at.y])];
        let stroke = NewStroke { tool, ink, width, points, text };
        Self { board, preview, stroke, last: at, told: None }
    }

    /// The pen moved. A line takes up points, everything else has two ends or one place.
    pub fn step(&mut self, at: Pos2, placed: &Placed) {
        let spot = placed.picture([at.x, at.y]);
        match self.stroke.tool {
            Tool::Pen => {
                if self.last.distance(at) >= POINT_EVERY && self.stroke.points.last() != Some(&spot) && !self.full() {
                    self.stroke.points.push(spot);
                    self.last = at;
                }
            }
            Tool::Arrow | Tool::Rectangle | Tool::Ellipse => {
                self.stroke.points.truncate(1);
                if self.stroke.points[0] != spot {
                    self.stroke.points.push(spot);
                }
            }
            Tool::Text => {}
            Tool::Mark | Tool::Dot => self.stroke.points = vec![spot],
        }
    }

    /// A stroke has no more points; what follows is another stroke.
    pub fn full(&self) -> bool {
        self.stroke.points.len() >= STROKE_POINTS
    }

    /// The pen was lifted: the last point counts however near it is.
    pub fn end(&mut self, at: Pos2, placed: &Placed) {
        let spot = placed.picture([at.x, at.y]);
        if self.stroke.tool == Tool::Pen && self.stroke.points.last() != Some(&spot) && !self.full() {
            self.stroke.points.push(spot);
        }
    }

    /// What others are to be shown now, if anything changed and it is time.
    pub fn preview(&mut self, now: f64) -> Option<LiveOut> {
        let last = *self.stroke.points.last()?;
        let state = (self.stroke.points.len(), last);
        if self.told.is_some_and(|(when, count, spot)| now - when < PREVIEW_EVERY || (count, spot) == state) {
            return None;
        }
        self.told = Some((now, state.0, state.1));
        Some(LiveOut::Preview { board: self.board, id: self.preview, stroke: self.stroke.clone() })
    }

    /// Others know of it.
    pub fn told(&self) -> bool {
        self.told.is_some()
    }

    /// A tool that needs two ends has only one: a slip rather than a stroke.
    pub fn is_slip(&self) -> bool {
        matches!(self.stroke.tool, Tool::Rectangle | Tool::Ellipse) && self.stroke.points.len() < 2
    }
}

/// A hand shakes: nearer points add nothing. In points of the screen.
const POINT_EVERY: f32 = 1.5;
/// Points of one stroke, as documents take them.
const STROKE_POINTS: usize = 20_000;
/// The other side draws at most so often, in seconds.
const PREVIEW_EVERY: f64 = 1.0 / 60.0;

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    const PLACED: Placed = Placed { left: 0.0, top: 0.0, width: 655.35, height: 655.35, unit: 1.0 };

    fn begin(tool: Tool) -> Drawing {
        let brush = (tool, Ink::Red, 400);
        Drawing::begin(DocumentId([3; 16]), 1, brush, String::new(), pos2(10.0, 10.0), &PLACED)
    }

    #[test]
    fn a_line_takes_points_and_a_shape_two_corners() {
        let mut line = begin(Tool::Pen);
        for x in [10.5, 12.0, 14.0, 14.1] {
            line.step(pos2(x, 10.0), &PLACED);
        }
        line.end(pos2(14.5, 10.0), &PLACED);
        assert_eq!(line.stroke.points, [(1000, 1000), (1200, 1000), (1400, 1000), (1450, 1000)]);
        let mut shape = begin(Tool::Ellipse);
        assert!(shape.is_slip());
        shape.step(pos2(50.0, 60.0), &PLACED);
        shape.step(pos2(70.0, 80.0), &PLACED);
        assert_eq!(shape.stroke.points, [(1000, 1000), (7000, 8000)]);
        assert!(!shape.is_slip());
    }

    #[test]
    fn others_are_told_at_most_sixty_times_a_second_and_only_news() {
        let mut line = begin(Tool::Pen);
        let mut told = 0;
        for step in 0..1000_u32 {
            line.step(pos2(10.0 + step as f32 * 0.5, 20.0), &PLACED);
            told += u32::from(line.preview(f64::from(step) / 1000.0).is_some());
        }
        assert!((50..=60).contains(&told), "{told}");
        assert!(line.preview(9.0).is_some());
        assert!(line.preview(10.0).is_none(), "nothing new");
    }

    #[test]
    fn a_stroke_has_an_end() {
        let mut line = begin(Tool::Pen);
        for step in 0..STROKE_POINTS + 50 {
            line.step(pos2((step % 600) as f32, ((step * 7) % 600) as f32), &PLACED);
        }
        assert_eq!(line.stroke.points.len(), STROKE_POINTS);
        assert!(line.full());
    }
}
