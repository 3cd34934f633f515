//! The controls that float on a live picture and fade when the pointer rests.

use egui::{Align2, Color32, CornerRadius, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use sightline_node::{SessionId, show::BoardCommand};

use super::{Fit, StageState, board::Mode, keys::Acts};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    theme::{
        Icon, Theme, Tokens,
        fonts::{Weight, font},
        tokens::{SPACE_1, SPACE_2, SPACE_3, SPACE_4, TEXT_1},
    },
    widgets::{Button, Kind},
};

/// Draws the controls at the stage's lower edge and gives how visible they are (0 to 1).
pub(super) fn controls_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    stage: Rect,
    session: SessionId,
    acts: Option<Acts>,
    state: &mut StageState,
) -> f32 {
    let visible = visibility(ui, stage, state);
    if visible <= 0.0 {
        return 0.0;
    }
    let full = cx.text("fit-actual");
    let actual = Button::new(&full).kind(if state.fit == Fit::Actual { Kind::GlassOn } else { Kind::Glass });
    let actual_width = actual.measure(ui);
    let acts = acts.filter(|acts| acts.freeze);
    let words = [cx.text("freeze"), cx.text("photo"), cx.text("point")];
    let points = state.boards.mode == Mode::Point;
    let named = |index: usize| {
        let (icon, on) = [(Icon::Freeze, false), (Icon::Camera, false), (Icon::Pointer, points)][index];
        Button::new(&words[index]).with_icon(icon).kind(if on { Kind::GlassChosen } else { Kind::Glass }).round()
    };
    let act_widths: Vec<f32> =
        if acts.is_some() { (0..3).map(|index| named(index).measure(ui)).collect() } else { Vec::new() };
    let fits = 2.0 * 36.0 + actual_width + 36.0 + 3.0 * SPACE_1 + 2.0 * SPACE_2 + 1.0 + 2.0 * SPACE_2;
    let wordy = act_widths.iter().sum::<f32>() + 3.0 * SPACE_1 + 13.0;
    // Where words don't fit, signs do.
    let short = fits + wordy > stage.width() - 2.0 * SPACE_3;
    let act_widths: Vec<f32> = if short { vec![36.0; act_widths.len()] } else { act_widths };
    let acting: f32 =
        act_widths.iter().map(|width| width + SPACE_1).sum::<f32>() + if acts.is_some() { 9.0 } else { 0.0 };
    let width = fits + acting;
    let bar = Rect::from_center_size(pos2(stage.center().x, stage.bottom() - SPACE_4 - 24.0), vec2(width, 48.0));
    let glass = Tokens::of(Theme::Dark);
    ui.scope(|ui| {
        ui.set_opacity(visible);
        ui.painter().rect_filled(bar, CornerRadius::same(24), GLASS);
        let mut x = bar.left() + SPACE_2 + SPACE_1;
        let mut place = |width: f32| {
            let rect = Rect::from_min_size(pos2(x, bar.center().y - 18.0), vec2(width, 36.0));
            x += width + SPACE_1;
            rect
        };
        if let Some(acts) = acts {
            let mut clicked = None;
            for (index, width) in act_widths.iter().enumerate() {
                let rect = place(*width);
                let button = if short { named(index).signed() } else { named(index) };
                let keys = ["freeze-about", "photo-about", "point-about"];
                let response = button.show_at(ui, &glass, rect).on_hover_text(cx.text(keys[index]));
                if response.clicked() {
                    clicked = Some(index);
                }
            }
            match clicked {
                Some(0) => cx.send_to(session, SessionCommand::Board(BoardCommand::Freeze(acts.peer))),
                Some(1) => cx.send_to(session, SessionCommand::Board(BoardCommand::Photo(acts.peer))),
                Some(_) if points => state.boards.mode = Mode::Look,
                Some(_) => state.boards.mode = Mode::Point,
                None => {}
            }
            let line = place(1.0 + SPACE_1);
            ui.painter().vline(line.center().x, line.shrink(8.0).y_range(), (1.0, Color32::from_white_alpha(50)));
        }
        let kind = |on: bool| if on { Kind::GlassOn } else { Kind::Glass };
        for (fit, icon, id) in [(Fit::Whole, Icon::Fit, "fit-whole"), (Fit::Fill, Icon::Fill, "fit-fill")] {
            let label = cx.text(id);
            let button = Button::icon(icon, &label).kind(kind(state.fit == fit)).round();
            if button.show_at(ui, cx.tokens, place(36.0)).clicked() {
                cx.send(Command::SetFit(fit));
            }
        }
        if actual.round().show_at(ui, cx.tokens, place(actual_width)).clicked() {
            cx.send(Command::SetFit(Fit::Actual));
        }
        let line = place(1.0 + SPACE_1);
        ui.painter().vline(line.center().x, line.shrink(8.0).y_range(), (1.0, Color32::from_white_alpha(50)));
        let (icon, id) =
            if state.full_screen { (Icon::Shrink, "full-screen-leave") } else { (Icon::Expand, "full-screen") };
        let label = cx.text(id);
        if Button::icon(icon, &label).kind(Kind::Glass).round().show_at(ui, cx.tokens, place(36.0)).clicked() {
            cx.send(Command::ToggleFullScreen);
        }
    });
    visible
}

/// The mark of a live picture: a red dot and whose it is. It never fades.
pub(super) fn live_mark_ui(ui: &mut Ui, stage: Rect, name: &str, text: &str) {
    let ink = Color32::from_gray(240);
    let galley = crate::widgets::label::elided(ui, name, font(TEXT_1 + 1.0, Weight::Medium), ink, 240.0);
    let size = vec2(galley.size().x + 36.0, 28.0);
    let rect = Rect::from_min_size(stage.left_top() + vec2(SPACE_3, SPACE_3), size);
    let response = crate::widgets::interact_at(ui, rect, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    ui.painter().rect_filled(rect, CornerRadius::same(14), GLASS);
    ui.painter().circle_filled(pos2(rect.left() + 15.0, rect.center().y), 4.5, LIVE_ON_GLASS);
    ui.painter().galley(pos2(rect.left() + 26.0, rect.center().y - galley.size().y / 2.0), galley, ink);
    response.on_hover_text(text);
}

/// A sentence in the middle of a darkened picture.
pub(super) fn veil_ui(ui: &mut Ui, stage: Rect, text: &str) {
    let ink = Color32::from_gray(240);
    let galley = crate::text::bidi::layout(ui.painter(), text, font(15.0, Weight::Medium), ink, stage.width() * 0.7);
    let rect = Rect::from_center_size(stage.center(), galley.size() + vec2(64.0, 28.0));
    let response = ui.interact(rect, ui.scope_id().with("veil"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    ui.painter().rect_filled(rect, CornerRadius::same(26), GLASS);
    let spin = pos2(rect.left() + 26.0, rect.center().y);
    ui.painter().text(spin, Align2::CENTER_CENTER, Icon::Refresh.glyph(), Icon::font(16.0), ink);
    ui.painter().galley(pos2(rect.left() + 44.0, rect.center().y - galley.size().y / 2.0), galley, ink);
}

fn visibility(ui: &Ui, stage: Rect, state: &mut StageState) -> f32 {
    let now = ui.input(|input| input.time);
    let active = ui.input(|input| {
        let over = input.pointer.hover_pos().is_some_and(|at| stage.contains(at));
        let moved = input.pointer.delta() != egui::Vec2::ZERO || input.pointer.any_down();
        over && moved || input.key_pressed(egui::Key::Tab)
    });
    if active {
        state.active_at = now;
    }
    let rests = now - state.active_at;
    let shown = rests < RESTS_AFTER;
    if shown {
        ui.ctx().request_repaint_after_secs((RESTS_AFTER - rests) as f32 + 0.02);
    }
    ui.ctx().animate_bool_with_time(egui::Id::unique("stage controls"), shown, ui.style().animation_time * 1.5)
}

/// Dark glass that reads on any picture.
pub(super) const GLASS: Color32 = Color32::from_rgba_premultiplied(8, 11, 12, 190);
/// The live red on glass, whatever the theme.
const LIVE_ON_GLASS: Color32 = Color32::from_rgb(255, 90, 95);
/// Seconds after which resting controls fade.
const RESTS_AFTER: f64 = 3.0;
