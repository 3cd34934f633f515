//! The app's own sign: a disc with a sight line through a ring.

use egui::{Color32, Sense, Stroke, Ui, vec2};

/// Draws the sign at the cursor.
pub fn sign_ui(ui: &mut Ui, size: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    let (painter, center, unit) = (ui.painter(), rect.center(), size / 64.0);
    painter.circle_filled(center, 32.0 * unit, DISC);
    painter.circle_stroke(center, 15.0 * unit, Stroke::new(6.0 * unit, Color32::WHITE));
    painter.circle_filled(center, 5.0 * unit, Color32::WHITE);
    let line = Stroke::new(5.0 * unit, Color32::WHITE);
    for side in [-1.0, 1.0] {
        painter.line_segment([center + vec2(side * 17.0 * unit, 0.0), center + vec2(side * 26.0 * unit, 0.0)], line);
    }
}

/// Four channels of the same sign for the window's icon, `side` pixels square.
pub fn sign_pixels(side: u32) -> Vec<u8> {
    let unit = side as f32 / 64.0;
    let half = side as f32 / 2.0;
    let mut rgba = Vec::with_capacity((side * side * 4) as usize);
    for y in 0..side {
        for x in 0..side {
            let (dx, dy) = ((x as f32 + 0.5 - half) / unit, (y as f32 + 0.5 - half) / unit);
            let radius = dx.hypot(dy);
            // One pixel of softness at every edge.
            let inside = |distance: f32| (0.5 - distance * unit).clamp(0.0, 1.0);
            let line = inside(dy.abs() - 2.5) * inside(17.0 - dx.abs()) * inside(dx.abs() - 26.0);
            let white = inside((radius - 15.0).abs() - 3.0).max(line).max(inside(radius - 5.0));
            let mix = |teal: u8| (f32::from(teal) + (255.0 - f32::from(teal)) * white) as u8;
            rgba.extend([mix(DISC.r()), mix(DISC.g()), mix(DISC.b()), (inside(radius - 31.5) * 255.0) as u8]);
        }
    }
    rgba
}

/// The same on every theme: it is a picture, not a control.
const DISC: Color32 = Color32::from_rgb(15, 118, 110);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_white_in_the_middle_and_clear_at_the_corners() {
        let pixels = sign_pixels(64);
        assert_eq!(pixels.len(), 64 * 64 * 4);
        let at = |x: usize, y: usize| &pixels[(y * 64 + x) * 4..][..4];
        assert_eq!(at(32, 32), [255, 255, 255, 255]);
        assert_eq!(at(0, 0)[3], 0);
        assert_eq!(at(32, 8), [15, 118, 110, 255]);
    }
}
