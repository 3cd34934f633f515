//! Draws one line of the chat: a message's bubble, a day, a note, the mark of what is new.

use egui::{
    Align, Color32, CornerRadius, Rect, Sense, Stroke, Ui, WidgetInfo, pos2, text_selection::LabelSelectionState, vec2,
};
use sightline_node::{SessionId, view::ChatView};

use super::data::{Row, note_text};
use crate::{
    command::Command,
    context::Context,
    panels::files::{
        card::{card_ui, mark_ui},
        data::Rights,
    },
    text::{bidi, time},
    theme::{
        fonts::{Weight, font},
        tokens::{RADIUS_2, SPACE_1, SPACE_2, SPACE_3, TEXT_1, TEXT_2},
    },
    widgets::label::elided,
};

/// Draws a line into a `ui` as wide as the list.
pub(super) fn row_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, rights: Rights, row: &Row<'_>) {
    match row {
        Row::Day(day) => {
            let today = time::day(cx.now_ms, cx.utc_offset_secs);
            rule_ui(ui, &time::day_name(cx.words, *day, today), cx.tokens.ink_weak, cx.tokens.line);
        }
        Row::Unread => rule_ui(ui, &cx.text("chat-new"), cx.tokens.accent, cx.tokens.accent.gamma_multiply(0.6)),
        Row::Note(note) => {
            let text = note_text(cx.words, note);
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &text));
            let galley = elided(ui, &text, font(TEXT_1, Weight::Regular), cx.tokens.ink_weak, rect.width() - 32.0);
            ui.painter().galley(rect.center() - galley.size() / 2.0, galley, cx.tokens.ink_weak);
        }
        Row::Message { item, file, first, last } if item.file.is_some() => {
            card_ui(ui, cx, id, rights, item, *file, (*first, *last));
        }
        Row::Message { item, first, last, .. } => message_ui(ui, cx, item, *first, *last),
    }
}

/// A word in the middle of a line across the list.
fn rule_ui(ui: &mut Ui, text: &str, ink: Color32, line: Color32) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font(TEXT_1, Weight::Medium), ink);
    let half = galley.size().x / 2.0 + SPACE_3;
    let (center, stroke) = (rect.center(), Stroke::new(1.0, line));
    ui.painter().hline(rect.left() + SPACE_3..=center.x - half, center.y.round() + 0.5, stroke);
    ui.painter().hline(center.x + half..=rect.right() - SPACE_3, center.y.round() + 0.5, stroke);
    ui.painter().galley(center - galley.size() / 2.0, galley, ink);
}

fn message_ui(ui: &mut Ui, cx: &Context<'_>, item: &ChatView, first: bool, last: bool) {
    let tokens = cx.tokens;
    let width = ui.available_width();
    let widest = (width * 0.84).floor();
    let left = ui.max_rect().left() + SPACE_3;
    let right = ui.max_rect().left() + width - SPACE_3;
    let mut y = ui.max_rect().top() + if first { SPACE_2 } else { 2.0 };

    if first && !item.mine {
        let name = elided(ui, &item.name, font(TEXT_1, Weight::Strong), tokens.ink_second, widest);
        ui.painter().galley(pos2(left + SPACE_3, y), name.clone(), tokens.ink_second);
        y += name.size().y + 3.0;
    }

    let (fill, ink, meta_ink) = if item.mine {
        (tokens.accent_soft, tokens.ink_title, tokens.ink_second)
    } else {
        (tokens.control, tokens.ink_body, tokens.ink_weak)
    };
    let inner = widest - 2.0 * SPACE_3;
    let only_emoji = is_only_emoji(&item.text);
    let text_font = font(if only_emoji { 26.0 } else { TEXT_2 }, Weight::Regular);
    let galley = bidi::layout(ui.painter(), &item.text, text_font, ink, inner);
    let rtl = galley.job.halign == Align::RIGHT;
    let clock = time::clock(item.at_ms, cx.utc_offset_secs);
    let clock = ui.painter().layout_no_wrap(clock, font(11.0, Weight::Regular), meta_ink);
    let mark = if item.mine { 17.0 } else { 0.0 };
    let meta = clock.size().x + mark;

    // The time stands behind the last line where there is room, else below it.
    let last_line = galley.rows.last().map_or(0.0, |row| row.rect().width());
    let beside = !rtl && last_line + SPACE_2 + meta <= inner;
    let text_width = galley.size().x;
    let content = if beside { text_width.max(last_line + SPACE_2 + meta) } else { text_width.max(meta) };
    let height = galley.size().y + if beside { 0.0 } else { 15.0 };
    let size = vec2(content + 2.0 * SPACE_3, height + 2.0 * 7.0);
    let x = if item.mine { right - size.x } else { left };
    let bubble = Rect::from_min_size(pos2(x, y), size);
    let tail = if last { 3 } else { RADIUS_2 };
    let radius = match item.mine {
        true => CornerRadius { nw: RADIUS_2, ne: RADIUS_2, sw: RADIUS_2, se: tail },
        false => CornerRadius { nw: RADIUS_2, ne: RADIUS_2, sw: tail, se: RADIUS_2 },
    };
    ui.painter().rect_filled(bubble, radius, fill);

    let response = crate::widgets::interact_at(ui, bubble, Sense::click_and_drag() - Sense::FOCUSABLE);
    let spoken = format!("{}: {}", item.name, item.text);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    let origin = if rtl { pos2(bubble.right() - SPACE_3, y + 7.0) } else { pos2(x + SPACE_3, y + 7.0) };
    if bidi::has_rtl(&item.text) {
        // Its letters are in the order they are seen: selecting them would copy them so.
        ui.painter().galley(origin, galley, ink);
    } else {
        LabelSelectionState::label_text_selection(ui, &response, origin, galley, ink, Stroke::NONE);
    }
    let meta_at = pos2(bubble.right() - SPACE_3 - meta, bubble.bottom() - 7.0 - clock.size().y + 1.0);
    let clock_height = clock.size().y;
    ui.painter().galley(meta_at, clock, meta_ink);
    if item.mine {
        let place = Rect::from_center_size(
            pos2(bubble.right() - SPACE_3 - 6.0, meta_at.y + clock_height / 2.0),
            vec2(14.0, 14.0),
        );
        mark_ui(ui, cx, place, item.delivery, meta_ink);
    }
    let copy = cx.text("copy-text");
    response.context_menu(|ui| {
        if ui.button(&copy).clicked() {
            cx.send(Command::Copy { text: item.text.clone(), said: "copied-text" });
            ui.close();
        }
    });
    let bottom = bubble.bottom() + if last { SPACE_1 } else { 0.0 };
    ui.advance_cursor_after_rect(Rect::from_min_max(ui.max_rect().left_top(), pos2(left + width - SPACE_3, bottom)));
}

/// Up to three signs and nothing to read: shown large.
fn is_only_emoji(text: &str) -> bool {
    let count = text.chars().filter(|c| !matches!(c, '\u{fe0f}' | '\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}')).count();
    (1..=3).contains(&count) && text.chars().all(|c| c >= '\u{2190}' && !c.is_alphanumeric() || c == '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_emoji_are_large_and_words_are_not() {
        assert!(is_only_emoji("👍"));
        assert!(is_only_emoji("👍🏽"));
        assert!(!is_only_emoji("ok 👍"));
        assert!(!is_only_emoji(""));
        assert!(!is_only_emoji("漢字"));
        assert!(!is_only_emoji("שלום"));
    }
}
