//! Draws a knock's card.

use egui::{Align2, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use sightline_node::SessionId;

use super::data::KnockCard;
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    i18n::Arg,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{RADIUS_1, SPACE_1, SPACE_2, SPACE_3, TEXT_1, TEXT_2, TEXT_3},
    },
    widgets::{
        Button, Kind, Size, avatar_ui,
        card::{floating, well},
        label::{elided, icon_ui, line_ui, text_ui},
        weak_ui,
    },
};

/// Width of the card.
pub const WIDTH: f32 = 400.0;

/// Draws the card. `primary`: admitting is the next step.
pub fn knock_ui(ui: &mut Ui, cx: &Context<'_>, session: SessionId, card: &KnockCard<'_>, primary: bool) {
    let tokens = cx.tokens;
    floating(tokens).inner_margin(egui::Margin::same(20)).show(ui, |ui| {
        ui.set_width(WIDTH - 40.0);
        ui.spacing_mut().item_spacing = vec2(SPACE_2, SPACE_2);
        ui.horizontal(|ui| {
            avatar_ui(ui, tokens, card.name, 44.0);
            ui.add_space(SPACE_1);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let width = ui.available_width();
                line_ui(ui, &card.title, font(TEXT_3, Weight::Strong), tokens.ink_title, width);
                line_ui(ui, &card.about, font(TEXT_2, Weight::Regular), tokens.ink_weak, width);
            });
        });
        ui.add_space(SPACE_2);
        words_ui(ui, cx, card.words, card.numbers);
        let hint = cx.text_with("knock-words-hint", &[("name", Arg::from(card.name.to_owned()))]);
        text_ui(ui, &hint, font(TEXT_1, Weight::Regular), tokens.ink_weak);
        if let Some(gone) = &card.gone {
            ui.horizontal(|ui| {
                icon_ui(ui, Icon::Away, 14.0, tokens.warn);
                text_ui(ui, gone, font(TEXT_2, Weight::Regular), tokens.ink_second);
            });
        }
        if !card.messages.is_empty() {
            well(tokens).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = SPACE_1;
                for message in &card.messages {
                    let ink = if message.mine { tokens.ink_weak } else { tokens.ink_body };
                    let text = if message.mine {
                        format!("{}: {}", cx.text("you"), message.text)
                    } else {
                        message.text.clone()
                    };
                    let width = ui.available_width();
                    line_ui(ui, &text, font(TEXT_2, Weight::Regular), ink, width);
                }
            });
        }
        ui.add_space(SPACE_2);
        let width = ui.available_width();
        ui.horizontal(|ui| {
            let (admit, refuse, chat) = (cx.text("admit"), cx.text("refuse"), cx.text("write"));
            let rest = 44.0 + 2.0 * SPACE_2;
            let refuse_width = Button::new(&refuse).size(Size::Large).measure(ui);
            let admit_button = Button::new(&admit)
                .with_icon(Icon::Admit)
                .size(Size::Large)
                .kind(if primary { Kind::Primary } else { Kind::Neutral })
                .width(width - refuse_width - rest)
                .enabled(!card.deciding);
            if admit_button.show(ui, tokens).clicked() {
                cx.send_to(session, SessionCommand::Admit(card.id));
            }
            if Button::new(&refuse).size(Size::Large).enabled(!card.deciding).show(ui, tokens).clicked() {
                cx.send_to(session, SessionCommand::Refuse(card.id));
            }
            if Button::icon(Icon::Chat, &chat).size(Size::Large).kind(Kind::Neutral).show(ui, tokens).clicked() {
                cx.send(Command::ChatWith(Some(card.id)));
            }
        });
        if card.deciding {
            weak_ui(ui, tokens, &cx.text("knock-deciding"));
        }
    });
    ui.add_space(SPACE_3);
}

/// The four words, each in a box of its own, with the digits below.
pub fn words_ui(ui: &mut Ui, cx: &Context<'_>, words: &[String; 4], numbers: &str) {
    let tokens = cx.tokens;
    let width = ui.available_width();
    let gap = SPACE_2;
    let each = (width - 3.0 * gap) / 4.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 40.0), Sense::hover());
    let spoken = cx.text_with("four-words", &[("words", Arg::from(words.join(" ")))]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    // Words of all lengths share one size: the largest at which the longest fits.
    let longest = |size: f32| {
        words
            .iter()
            .map(|word| {
                ui.painter().layout_no_wrap(word.clone(), font(size, Weight::Strong), tokens.ink_title).size().x
            })
            .fold(0.0, f32::max)
    };
    let size = [TEXT_3, TEXT_2, 13.0, TEXT_1].into_iter().find(|size| longest(*size) <= each - 8.0).unwrap_or(11.0);
    for (index, word) in words.iter().enumerate() {
        let place = Rect::from_min_size(pos2(rect.left() + index as f32 * (each + gap), rect.top()), vec2(each, 40.0));
        ui.painter().rect(place, RADIUS_1, tokens.panel, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
        let galley = elided(ui, word, font(size, Weight::Strong), tokens.ink_title, each - 4.0);
        ui.painter().galley(place.center() - galley.size() / 2.0, galley, tokens.ink_title);
    }
    let (rect, response) = ui.allocate_exact_size(vec2(width, 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, numbers));
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, numbers, font(TEXT_1, Weight::Regular), tokens.ink_weak);
}
