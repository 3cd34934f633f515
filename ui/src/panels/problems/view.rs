//! Draws banners.

use egui::{Align, Frame, Layout, Margin, Stroke, Ui, vec2};

use super::data::{Banner, Weight};
use crate::{
    command::Command,
    context::Context,
    theme::{
        Icon,
        fonts::{self, font},
        tokens::{SPACE_1, SPACE_2, SPACE_3, SPACE_4, TEXT_1, TEXT_2},
    },
    widgets::{
        Button, Kind, Size,
        label::{icon_ui, text_ui},
    },
};

/// Draws the banners across the whole width, one below the other.
pub fn problems_ui(ui: &mut Ui, cx: &Context<'_>, banners: &[Banner]) {
    ui.spacing_mut().item_spacing = vec2(SPACE_2, 0.0);
    for banner in banners {
        banner_ui(ui, cx, banner);
    }
}

fn banner_ui(ui: &mut Ui, cx: &Context<'_>, banner: &Banner) {
    let tokens = cx.tokens;
    let (ground, sign) = match banner.weight {
        Weight::Warn => (tokens.warn_soft, tokens.warn),
        Weight::Danger => (tokens.danger_soft, tokens.danger_ink),
    };
    let frame = Frame::new().fill(ground).inner_margin(Margin::symmetric(SPACE_4 as i8, SPACE_3 as i8));
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            icon_ui(ui, banner.icon, 20.0, sign);
            ui.add_space(SPACE_1);
            let button = Button::new(&banner.action.0).size(Size::Small);
            let end = button.measure(ui) + SPACE_4 + if banner.dismissable { 28.0 + SPACE_2 } else { 0.0 };
            let width = ui.available_width() - end;
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 2.0;
                text_ui(ui, &banner.happened, font(TEXT_2, fonts::Weight::Strong), tokens.ink_title);
                text_ui(ui, &banner.advice, font(TEXT_2, fonts::Weight::Regular), tokens.ink_second);
                if let Some(fingerprint) = &banner.fingerprint {
                    ui.add_space(2.0);
                    text_ui(ui, fingerprint, egui::FontId::monospace(TEXT_1), tokens.ink_body);
                }
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if banner.dismissable {
                    let label = cx.text("dismiss");
                    if Button::icon(Icon::Close, &label).size(Size::Small).show(ui, tokens).clicked() {
                        cx.send(Command::DismissProblem(banner.key.clone()));
                    }
                }
                let kind = if banner.weight == Weight::Danger { Kind::DangerSolid } else { Kind::Neutral };
                if button.kind(kind).show(ui, tokens).clicked() {
                    cx.send(banner.action.1.clone());
                }
            });
        });
    });
    let rect = shown.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, sign.gamma_multiply(0.35)));
}
