//! The field to write a message: Enter sends, Shift+Enter begins a new line.

use egui::{
    Event, FontSelection, Frame, Key, KeyboardShortcut, Margin, Modifiers, Rect, ScrollArea, TextEdit, Ui, UiBuilder,
    pos2, vec2,
};

use crate::{
    command::Command,
    context::Context,
    i18n::Arg,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{SPACE_1, SPACE_2, TEXT_1, TEXT_2},
    },
    widgets::{Button, Kind, field::framed, label::text_ui},
};

/// Draws the field; gives the message when it is sent.
pub(super) fn composer_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    draft: &mut String,
    hint: &str,
    salt: egui::Id,
    attach: Command,
) -> Option<String> {
    let length = draft.chars().count();
    let too_long = length > MAX_MESSAGE;
    let name = cx.text("chat-field");
    let mut sent = false;
    let clip = cx.text("files-send");
    let (left, width) = (36.0 + SPACE_1, ui.available_width() - 2.0 * (36.0 + SPACE_1) - SPACE_1);
    let within = Rect::from_min_size(ui.cursor().min + vec2(left, 0.0), vec2(width, ui.available_height()));
    let mut inner = ui.new_child(UiBuilder::new().max_rect(within).id_salt("field"));
    let field = ScrollArea::vertical()
        .id_salt("composer")
        .max_height(132.0)
        .max_width(width)
        .auto_shrink([false, true])
        .min_scrolled_height(36.0)
        .show(&mut inner, |ui| {
            ui.set_max_width(width);
            let edit = TextEdit::multiline(draft)
                .id(salt)
                .hint_text(egui::RichText::new(hint).color(cx.tokens.ink_weak))
                .font(FontSelection::FontId(font(TEXT_2, Weight::Regular)))
                .text_color(cx.tokens.ink_body)
                .desired_width(width)
                .desired_rows(1)
                .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter))
                .frame(Frame::new().inner_margin(Margin::symmetric(12, 9)));
            framed(ui, cx.tokens, &name, edit)
        });
    let response = field.inner;
    // The modifiers of the key press count, not those of the moment: Shift may be up again already.
    let enter = |event: &Event| matches!(event, Event::Key { key: Key::Enter, pressed: true, modifiers, .. } if !modifiers.shift);
    if response.has_focus() && ui.input(|input| input.events.iter().any(enter)) {
        sent = true;
    }
    let label = cx.text("send");
    let place = Rect::from_min_size(
        pos2(field.inner_rect.right() + SPACE_2, field.inner_rect.bottom() - 36.0),
        vec2(36.0, 36.0),
    );
    let clip_place = Rect::from_min_size(place.min - vec2(width + left + SPACE_2, 0.0), place.size());
    if Button::icon(Icon::Attach, &clip).show_at(ui, cx.tokens, clip_place).clicked() {
        cx.send(attach);
    }
    ui.advance_cursor_after_rect(field.inner_rect);
    let ready = !draft.trim().is_empty() && !too_long;
    let kind = if ready { Kind::Primary } else { Kind::Quiet };
    if Button::icon(Icon::Send, &label).kind(kind).enabled(ready).show_at(ui, cx.tokens, place).clicked() {
        sent = true;
        response.request_focus();
    }
    if length + 500 > MAX_MESSAGE {
        let (id, ink) =
            if too_long { ("chat-too-long", cx.tokens.danger_ink) } else { ("chat-length", cx.tokens.ink_weak) };
        let text = cx.text_with(
            id,
            &[
                ("length", Arg::from(cx.words.number(length as u64))),
                ("most", Arg::from(cx.words.number(MAX_MESSAGE as u64))),
            ],
        );
        ui.add_space(SPACE_1);
        text_ui(ui, &text, font(TEXT_1, Weight::Regular), ink);
    }
    (sent && ready).then(|| std::mem::take(draft).trim_end().to_owned())
}

/// Longest message, in characters.
pub(super) const MAX_MESSAGE: usize = 4_000;
