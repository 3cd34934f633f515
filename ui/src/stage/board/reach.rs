//! Which stroke lies under the pointer, also where there are very many of them.

use std::sync::Arc;

use egui::{Pos2, Rect};
use sightline_node::{
    DocumentId,
    paint::{Placed, extent, touches},
    view::StrokeView,
};

use super::{eye::placed, layer::Strokes};

/// The extents of a board's strokes in the pixels of its picture, kept up to date with as little work as possible.
#[derive(Debug, Default)]
pub(super) struct Reach {
    board: Option<DocumentId>,
    strokes: Strokes,
    extents: Vec<[f32; 4]>,
}

impl Reach {
    /// The topmost stroke within `reach` points of a spot that `may` be meant.
    #[allow(clippy::too_many_arguments, reason = "where, of what, and how near")]
    pub(super) fn at(
        &mut self,
        board: DocumentId,
        strokes: &Strokes,
        picture: (u32, u32),
        place: Rect,
        at: Pos2,
        reach: f32,
        may: impl Fn(&StrokeView) -> bool,
    ) -> Option<Arc<StrokeView>> {
        self.follow(board, strokes, picture);
        let pixels = picture.0.max(1) as f32 / place.width().max(1.0);
        let (x, y) = ((at.x - place.left()) * pixels, (at.y - place.top()) * pixels);
        // Least widths grow on a small screen: the extents are widened by what they may miss.
        let more = (reach + SLACK) * pixels;
        let on_screen = placed(place);
        let near = |[left, top, right, bottom]: &[f32; 4]| {
            x >= left - more && x <= right + more && y >= top - more && y <= bottom + more
        };
        (self.extents.iter().enumerate().rev())
            .filter(|(_, extent)| near(extent))
            .map(|(index, _)| &self.strokes[index])
            .find(|stroke| may(stroke) && touches(&stroke.stroke, &on_screen, [at.x, at.y], reach))
            .cloned()
    }

    fn follow(&mut self, board: DocumentId, strokes: &Strokes, (width, height): (u32, u32)) {
        if self.board == Some(board) && Arc::ptr_eq(&self.strokes, strokes) {
            return;
        }
        let same = if self.board == Some(board) {
            self.strokes.iter().zip(strokes.iter()).take_while(|(a, b)| a.id == b.id).count()
        } else {
            0
        };
        let placed = Placed::pixels(width, height);
        self.extents.truncate(same);
        self.extents.extend(strokes[same..].iter().map(|stroke| extent(&stroke.stroke, &placed)));
        self.board = Some(board);
        self.strokes = strokes.clone();
    }
}

/// Points by which a stroke may be larger on a small screen than in its picture.
const SLACK: f32 = 28.0;
