//! QR codes: on screen as crisp squares, and as text for a terminal.

use egui::{Color32, CornerRadius, Rect, Response, Sense, Ui, WidgetInfo, pos2, vec2};
use qrcodegen::{QrCode, QrCodeEcc};

/// The code of a text; `None` where it is longer than any code holds.
pub fn encode(text: &str) -> Option<QrCode> {
    QrCode::encode_text(text, QrCodeEcc::Medium).ok()
}

/// Draws a code with the quiet zone it needs, always dark on white, snapped to whole pixels.
pub fn qr_ui(ui: &mut Ui, text: &str, size: f32, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, name));
    let Some(code) = encode(text) else { return response };
    if !ui.is_rect_visible(rect) {
        return response;
    }
    ui.painter().rect_filled(rect, CornerRadius::same(8), Color32::WHITE);
    let scale = ui.pixels_per_point();
    let modules = code.size() + 2 * QUIET;
    let module = ((size * scale) / modules as f32).floor().max(1.0) / scale;
    let used = module * code.size() as f32;
    let snap = |value: f32| (value * scale).round() / scale;
    let (left, top) = (snap(rect.center().x - used / 2.0), snap(rect.center().y - used / 2.0));
    let dark = Color32::from_rgb(8, 16, 18);
    // Runs of dark modules are drawn as one bar: fewer shapes and no hairlines between modules.
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let from = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if from < x {
                let min = pos2(left + from as f32 * module, top + y as f32 * module);
                let bar = Rect::from_min_size(min, vec2((x - from) as f32 * module, module));
                ui.painter().rect_filled(bar, 0.0, dark);
            } else {
                x += 1;
            }
        }
    }
    response
}

/// The code as half-block characters for a dark terminal: one line for two rows of modules.
pub fn terminal(text: &str) -> Option<String> {
    let code = encode(text)?;
    let light = |x: i32, y: i32| !code.get_module(x, y);
    let mut out = String::new();
    let mut y = -QUIET;
    while y < code.size() + QUIET {
        for x in -QUIET..code.size() + QUIET {
            out.push(match (light(x, y), light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        out.push('\n');
        y += 2;
    }
    Some(out)
}

/// Readers want four light modules around the code; two suffice for phones and keep it large on screen.
const QUIET: i32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_fits_and_is_square_in_a_terminal() {
        let text = terminal("https://help.example.org:8443/#AbCdEfGhIjKlMnOpQrStUv").unwrap();
        let lines: Vec<_> = text.lines().collect();
        let width = lines[0].chars().count();
        assert!(lines.iter().all(|line| line.chars().count() == width));
        assert_eq!(lines.len(), width.div_ceil(2));
        assert!(lines[0].chars().all(|c| c == '█'));
    }

    #[test]
    fn too_long_a_text_has_no_code() {
        assert!(encode(&"x".repeat(10_000)).is_none());
    }
}
