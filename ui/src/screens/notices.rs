//! Short messages at the lower edge: what was done, what could not be.

use egui::{Align2, Area, Id, Margin, Order, Ui, vec2};

use crate::{
    context::Context,
    state::{Notice, NoticeKind},
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{SPACE_2, TEXT_2},
    },
    widgets::{
        card::floating,
        label::{icon_ui, text_ui},
    },
};

/// Draws the notices that are still due and removes the others.
pub fn notices_ui(ui: &Ui, cx: &Context<'_>, notices: &mut Vec<Notice>) {
    notices.retain(|notice| notice.until_ms > cx.now_ms);
    let Some(soonest) = notices.iter().map(|notice| notice.until_ms).min() else { return };
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(soonest - cx.now_ms + 10));
    Area::new(Id::unique("notices"))
        .order(Order::Tooltip)
        .interactable(false)
        .anchor(Align2::CENTER_BOTTOM, vec2(0.0, -84.0))
        .show(ui.ctx(), |ui| {
            ui.spacing_mut().item_spacing.y = SPACE_2;
            for notice in notices.iter() {
                let (icon, tint) = match notice.kind {
                    NoticeKind::Done => (Icon::Check, cx.tokens.ok),
                    NoticeKind::Failed => (Icon::Alert, cx.tokens.danger_ink),
                };
                floating(cx.tokens).inner_margin(Margin::symmetric(16, 11)).show(ui, |ui| {
                    ui.horizontal(|ui| {
                        ui.set_max_width(460.0);
                        icon_ui(ui, icon, 17.0, tint);
                        text_ui(ui, &notice.text, font(TEXT_2, Weight::Medium), cx.tokens.ink_body);
                    });
                });
            }
        });
}
