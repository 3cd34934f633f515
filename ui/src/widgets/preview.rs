//! A picture in a frame of fixed size, so that nothing moves when it is decoded.

use std::path::Path;

use egui::{Color32, CornerRadius, Rect, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};
use sightline_node::BlobId;

use super::label::paint_icon;
use crate::{
    context::Context,
    pictures::{Found, PictureSize},
    theme::Icon,
};

/// How a picture fills its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// All of the frame; what is beyond is cut off.
    Cover,
    /// All of the picture; the frame shows beside it.
    Contain,
}

/// Draws a picture into a frame: an icon stands for it until it is decoded, and for good if it can't be.
#[allow(clippy::too_many_arguments, reason = "a picture, a place, and how they fit")]
pub fn preview(
    ui: &Ui,
    cx: &Context<'_>,
    rect: Rect,
    radius: u8,
    blob: BlobId,
    path: &Path,
    size: PictureSize,
    filling: Filling,
) {
    if !ui.is_rect_visible(rect) {
        return;
    }
    let radius = CornerRadius::same(radius);
    match cx.pictures.find(ui.ctx(), blob, path, size) {
        Found::Here(texture) => {
            let [width, height] = texture.size();
            let picture = vec2(width.max(1) as f32, height.max(1) as f32);
            let (place, uv) = placed(rect, picture, filling);
            let shape = egui::epaint::RectShape::filled(place, radius, Color32::WHITE).with_texture(texture.id(), uv);
            ui.painter().add(shape);
        }
        found => {
            ui.painter().rect_filled(rect, radius, cx.tokens.control);
            let icon = if matches!(found, Found::Waiting) { Icon::Picture } else { Icon::Alert };
            paint_icon(ui, rect, icon, (rect.height() * 0.4).min(28.0), cx.tokens.ink_rest);
        }
    }
    ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, cx.tokens.line), StrokeKind::Inside);
}

/// Draws an icon on a quiet ground, in the place of a preview.
pub fn sign(ui: &Ui, cx: &Context<'_>, rect: Rect, radius: u8, icon: Icon) {
    ui.painter().rect_filled(rect, CornerRadius::same(radius), cx.tokens.control);
    paint_icon(ui, rect, icon, (rect.height() * 0.46).min(24.0), cx.tokens.ink_second);
}

/// Where the picture goes and which part of it is seen.
fn placed(rect: Rect, picture: Vec2, filling: Filling) -> (Rect, Rect) {
    let (across, down) = (rect.width() / picture.x, rect.height() / picture.y);
    match filling {
        Filling::Contain => {
            let size = picture * across.min(down).min(1.0);
            (Rect::from_center_size(rect.center(), size), Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)))
        }
        Filling::Cover => {
            let scale = across.max(down);
            let seen = vec2(rect.width() / (picture.x * scale), rect.height() / (picture.y * scale));
            (rect, Rect::from_center_size(pos2(0.5, 0.5), seen))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_picture_is_cut_at_its_sides_or_shown_whole() {
        let frame = Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 100.0));
        let (place, uv) = placed(frame, vec2(400.0, 200.0), Filling::Cover);
        assert_eq!((place, uv.width(), uv.height()), (frame, 0.5, 1.0));
        let (place, uv) = placed(frame, vec2(400.0, 200.0), Filling::Contain);
        assert_eq!((place.size(), uv.width()), (vec2(100.0, 50.0), 1.0));
        assert_eq!(placed(frame, vec2(10.0, 20.0), Filling::Contain).0.size(), vec2(10.0, 20.0));
    }
}
