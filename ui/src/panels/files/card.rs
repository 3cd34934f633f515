//! A chat message that brings a file: the picture large, else its kind, name, size and state.

use egui::{Align2, CornerRadius, CursorIcon, Rect, Sense, Ui, WidgetInfo, pos2, vec2};
use sightline_node::{
    SessionId,
    view::{ChatView, Delivery, FileView},
};

use super::{
    data::{FileAct, FileStatus, Rights, Tone, acts, icon, preview, status},
    view::{carry_out, status_ink},
};
use crate::{
    context::Context,
    panels::chat::data::delivery_name,
    pictures::PictureSize,
    text::{bidi, size, time},
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{RADIUS_1, RADIUS_2, SPACE_1, SPACE_2, SPACE_3, TEXT_1, TEXT_2},
    },
    widgets::{
        Button, Kind,
        bar::bar,
        choice::focus_ring,
        label::{elided, paint_icon},
        preview::{Filling, preview as preview_ui, sign},
    },
};

/// Draws the message into a `ui` as wide as the list. `file` is missing while its shelf entry is not known.
pub fn card_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    rights: Rights,
    item: &ChatView,
    file: Option<&FileView>,
    (first, last): (bool, bool),
) {
    let tokens = cx.tokens;
    let whole = ui.max_rect();
    let (left, right) = (whole.left() + SPACE_3, whole.right() - SPACE_3);
    let width = (whole.width() * 0.84).floor();
    let mut y = whole.top() + if first { SPACE_2 } else { 2.0 };
    if first && !item.mine {
        let name = elided(ui, &item.name, font(TEXT_1, Weight::Strong), tokens.ink_second, width);
        ui.painter().galley(pos2(left + SPACE_3, y), name.clone(), tokens.ink_second);
        y += name.size().y + 3.0;
    }
    let (fill, ink, quiet) = if item.mine {
        (tokens.accent_soft, tokens.ink_title, tokens.ink_second)
    } else {
        (tokens.control, tokens.ink_body, tokens.ink_weak)
    };
    let caption = (!item.text.is_empty())
        .then(|| bidi::layout(ui.painter(), &item.text, font(TEXT_2, Weight::Regular), ink, width - 2.0 * SPACE_3));
    let picture = file.and_then(|file| preview(file).map(|path| (file, path)));
    let picture_height = if picture.is_some() { PICTURE } else { 0.0 };
    let caption_height = caption.as_ref().map_or(0.0, |galley| galley.size().y + SPACE_1);
    let size = vec2(width, picture_height + LINES + caption_height);
    let bubble = Rect::from_min_size(pos2(if item.mine { right - width } else { left }, y), size);
    let tail = if last { 3 } else { RADIUS_2 };
    let radius = match item.mine {
        true => CornerRadius { nw: RADIUS_2, ne: RADIUS_2, sw: RADIUS_2, se: tail },
        false => CornerRadius { nw: RADIUS_2, ne: RADIUS_2, sw: tail, se: RADIUS_2 },
    };
    ui.painter().rect_filled(bubble, radius, fill);

    let name = file.map_or_else(|| cx.text("file-coming"), |file| file.name.clone());
    let state = file.map(|file| status(cx.words, file));
    let about = match (file, &state) {
        (Some(_), Some(FileStatus { amount: Some(amount), left, .. })) => {
            [Some(amount), left.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>().join(" · ")
        }
        // How far an own one is, its sign says.
        (Some(file), Some(_)) if file.mine => size::bytes(cx.words, file.size),
        (Some(file), Some(state)) => format!("{} · {}", size::bytes(cx.words, file.size), state.text),
        _ => cx.text("file-coming-about"),
    };
    let said = if item.mine { cx.text(delivery_name(item.delivery)) } else { String::new() };
    let spoken = [format!("{}: {name}", item.name), about.clone(), item.text.clone(), said]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    let ground = crate::widgets::interact_at(ui, bubble, Sense::hover());
    ground.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));

    let (primary, menu) = file.map_or((None, Vec::new()), |file| acts(rights, file));
    if let Some((file, path)) = picture {
        let frame = Rect::from_min_size(bubble.min, vec2(width, PICTURE)).shrink(SPACE_1);
        preview_ui(ui, cx, frame, RADIUS_2 - 4, file.blob, path, PictureSize::Medium, Filling::Cover);
        let response = crate::widgets::interact_at(ui, frame, Sense::click());
        let label = format!("{}: {}", cx.text(FileAct::Look.name()), file.name);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
        focus_ring(ui, tokens, &response, frame);
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            carry_out(cx, id, file, FileAct::Look);
        }
    }

    let lines = Rect::from_min_size(bubble.min + vec2(SPACE_3, picture_height), vec2(width - 2.0 * SPACE_3, LINES));
    let mut x = lines.left();
    if picture.is_none() {
        let place = Rect::from_center_size(pos2(x + 18.0, lines.top() + 28.0), vec2(36.0, 36.0));
        match (file, primary) {
            (Some(file), Some(act)) => {
                let label = format!("{}: {}", cx.text(act.name()), file.name);
                let shown = if act == FileAct::Save { icon(file) } else { act.icon() };
                let kind = if act == FileAct::Fetch { Kind::Primary } else { Kind::Neutral };
                if Button::icon(shown, &label).kind(kind).round().show_at(ui, tokens, place).clicked() {
                    carry_out(cx, id, file, act);
                }
            }
            (file, _) => sign(ui, cx, place, RADIUS_1, file.map_or(Icon::File, icon)),
        }
        x += 36.0 + SPACE_2;
    }
    let clock = time::clock(item.at_ms, cx.utc_offset_secs);
    let clock = ui.painter().layout_no_wrap(clock, font(11.0, Weight::Regular), quiet);
    let mark = if item.mine { 17.0 } else { 0.0 };
    let room = lines.right() - x;
    let title = elided(ui, &name, font(TEXT_2, Weight::Medium), ink, room);
    let about_ink = state.as_ref().filter(|state| state.tone == Tone::Failed).map_or(quiet, |s| status_ink(cx, s.tone));
    let about_room = room - clock.size().x - mark - SPACE_2;
    let about_galley = elided(ui, &about, font(TEXT_1, Weight::Regular), about_ink, about_room);
    if title.elided || about_galley.elided {
        ground.on_hover_text(format!("{name}\n{about}"));
    }
    ui.painter().galley(pos2(x, lines.top() + 9.0), title, ink);
    ui.painter().galley(pos2(x, lines.top() + 29.0), about_galley, about_ink);
    if let Some((fraction, tone)) = state.and_then(|state| Some((state.fraction?, state.tone))) {
        let place = Rect::from_min_size(pos2(x, lines.bottom() - 9.0), vec2(room, 4.0));
        bar(ui, tokens, place, fraction, tone == Tone::Moving);
    }
    let clock_at = pos2(lines.right() - mark - clock.size().x, lines.top() + 30.0);
    let clock_height = clock.size().y;
    ui.painter().galley(clock_at, clock, quiet);
    if item.mine {
        let place =
            Rect::from_center_size(pos2(lines.right() - 6.0, clock_at.y + clock_height / 2.0), vec2(14.0, 14.0));
        mark_ui(ui, cx, place, item.delivery, quiet);
    }
    if let Some(caption) = caption {
        let rtl = caption.job.halign == egui::Align::RIGHT;
        let at = if rtl { Align2::RIGHT_TOP } else { Align2::LEFT_TOP };
        let corner = if rtl { lines.right_bottom() } else { lines.left_bottom() };
        ui.painter().galley(at.anchor_size(corner, egui::Vec2::ZERO).min, caption, ink);
    }
    if let (Some(file), false) = (file, menu.is_empty()) {
        ui.interact(bubble, ui.scope_id().with(("acts", item.id)), Sense::click() - Sense::FOCUSABLE).context_menu(
            |ui| {
                for act in primary.into_iter().chain(menu) {
                    if ui.button(cx.text(act.name())).clicked() {
                        carry_out(cx, id, file, act);
                        ui.close();
                    }
                }
            },
        );
    }
    let bottom = bubble.bottom() + if last { SPACE_1 } else { 0.0 };
    ui.advance_cursor_after_rect(Rect::from_min_max(whole.left_top(), pos2(right, bottom)));
}

/// The sign of how far a message got.
pub fn mark_ui(ui: &mut Ui, cx: &Context<'_>, place: Rect, delivery: Delivery, quiet: egui::Color32) {
    let (icon, colour) = match delivery {
        Delivery::Waiting => (Icon::Clock, quiet),
        Delivery::Stored => (Icon::Check, quiet),
        Delivery::Delivered => (Icon::CheckTwice, cx.tokens.accent),
    };
    paint_icon(ui, place, icon, 13.0, colour);
    let mark = crate::widgets::interact_at(ui, place.expand(3.0), Sense::hover());
    let name = cx.text(delivery_name(delivery));
    mark.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &name));
    mark.on_hover_text(name);
}

/// Height of the picture.
const PICTURE: f32 = 172.0;
/// Height of name, state and bar.
const LINES: f32 = 60.0;
