//! What a place is for, where there is nothing in it yet.

use egui::{Align2, Rect, Sense, Ui, WidgetInfo, pos2};

use crate::{
    context::Context,
    text::bidi::line_height,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{SPACE_4, TEXT_2},
    },
};

/// Draws an icon and a sentence in the middle of a place.
pub fn empty_ui(ui: &mut Ui, cx: &Context<'_>, rect: Rect, icon: Icon, text: &str) {
    let tokens = cx.tokens;
    let ink = tokens.ink_weak;
    let mut format = egui::TextFormat::simple(font(TEXT_2, Weight::Regular), ink);
    format.line_height = Some(line_height(TEXT_2));
    let mut job = egui::text::LayoutJob::single_section(text.to_owned(), format);
    job.wrap.max_width = rect.width() - 64.0;
    job.halign = egui::Align::Center;
    let galley = ui.painter().layout_job(job);
    let height = galley.size().y + 40.0 + SPACE_4;
    let top = rect.center().y - height / 2.0;
    let response = ui.interact(rect, ui.scope_id().with("empty"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    let center = pos2(rect.center().x, top + 20.0);
    ui.painter().circle_filled(center, 22.0, tokens.control);
    ui.painter().text(center, Align2::CENTER_CENTER, icon.glyph(), Icon::font(20.0), tokens.ink_weak);
    ui.painter().galley(pos2(rect.center().x, top + 40.0 + SPACE_4), galley, ink);
}
