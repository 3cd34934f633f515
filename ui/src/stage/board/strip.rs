//! The strip under the stage: the running picture first, then every board in the order in which they were made.

use egui::{
    Color32, CornerRadius, CursorIcon, FontSelection, Frame, Key, Margin, Rect, ScrollArea, Sense, Stroke, StrokeKind,
    TextEdit, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use sightline_node::{
    DocumentId, PeerId,
    show::BoardCommand,
    view::{BoardSummary, SessionView},
};

use super::{BoardStage, Boards, Showing, stills::Shown, view::title};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    i18n::Arg,
    stage::{Fit, PictureView},
    theme::{
        Icon, Theme, Tokens,
        fonts::{Weight, font},
        tokens::{SPACE_2, SPACE_3, TEXT_1},
    },
    widgets::{
        Button, Kind, Size,
        choice::focus_ring,
        interact_at,
        label::{elided, paint_icon},
    },
};

/// What the strip is drawn from.
pub struct Strip<'a> {
    /// The session.
    pub view: &'a SessionView,
    /// What is on stage.
    pub showing: Showing,
    /// Whose picture runs, or could.
    pub person: Option<(PeerId, String)>,
    /// Pictures arrive right now.
    pub live: bool,
    /// Where boards come from.
    pub boards: &'a Boards<'a>,
}

/// Height of the strip.
pub const HEIGHT: f32 = 112.0;

/// Draws the strip into the whole of `ui`.
pub fn strip_ui(ui: &mut Ui, cx: &Context<'_>, strip: &Strip<'_>, picture: &mut PictureView, state: &mut BoardStage) {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, cx.tokens.ground);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, cx.tokens.control));
    let inner = Rect::from_min_max(rect.min + vec2(SPACE_3, 10.0), rect.max - vec2(SPACE_3, 6.0));
    let count = strip.view.boards.len() + 1;
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("strip"), |ui| {
        ScrollArea::horizontal().id_salt(strip.view.id).auto_shrink([false, false]).show(ui, |ui| {
            let width = count as f32 * (TILE.x + SPACE_2) - SPACE_2;
            let (all, _) = ui.allocate_exact_size(vec2(width.max(1.0), inner.height()), Sense::hover());
            let tile = |index: usize| {
                let left = all.left() + index as f32 * (TILE.x + SPACE_2);
                Rect::from_min_size(pos2(left, all.top()), vec2(TILE.x, TILE.y + LABEL))
            };
            live_ui(ui, cx, strip, picture, tile(0));
            for (index, board) in strip.view.boards.iter().enumerate() {
                let rect = tile(index + 1);
                let on = strip.showing == Showing::Board(board.id);
                // What is on stage scrolls into sight when it gets there.
                let key = ui.scope_id().with("shown");
                let last: Option<DocumentId> = ui.data(|data| data.get_temp(key));
                if on && last != Some(board.id) {
                    ui.scroll_to_rect(rect.expand(SPACE_2), None);
                    ui.data_mut(|data| data.insert_temp(key, board.id));
                }
                if ui.is_rect_visible(rect) {
                    board_ui(ui, cx, strip, board, rect, on, state);
                }
            }
        });
    });
}

/// The running picture.
fn live_ui(ui: &mut Ui, cx: &Context<'_>, strip: &Strip<'_>, picture: &mut PictureView, rect: Rect) {
    let on = strip.showing == Showing::Live;
    let name = strip.person.as_ref().map_or("", |(_, name)| name.as_str());
    let label = match (strip.live, name.is_empty()) {
        (true, _) => cx.text_with("strip-live", &[("name", Arg::from(name.to_owned()))]),
        (false, false) => name.to_owned(),
        (false, true) => cx.text("chat-members"),
    };
    let (clicked, _) = tile_ui(ui, cx, rect, on, &label);
    let frame = Rect::from_min_size(rect.min, TILE);
    match picture.size().filter(|_| strip.live) {
        Some(size) => {
            let place = Fit::Whole.place(frame, size, ui.pixels_per_point(), egui::Vec2::ZERO);
            picture.paint(ui, frame.intersect(ui.clip_rect()), place, 1.0);
            ui.painter().circle_filled(frame.left_top() + vec2(11.0, 11.0), 6.5, Color32::from_black_alpha(150));
            ui.painter().circle_filled(frame.left_top() + vec2(11.0, 11.0), 4.5, Tokens::of(Theme::Dark).live);
        }
        None => paint_icon(ui, frame, Icon::Video, 22.0, Color32::from_gray(170)),
    }
    line_ui(ui, cx, rect, &label, on);
    if clicked {
        cx.send(Command::Stage(strip.view.id, Showing::Live));
    }
}

fn board_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    strip: &Strip<'_>,
    board: &BoardSummary,
    rect: Rect,
    on: bool,
    state: &mut BoardStage,
) {
    let frame = Rect::from_min_size(rect.min, TILE);
    let title = title(cx, board);
    let count = Arg::from(u64::from(board.strokes));
    let label = cx.text_with("board-picture", &[("title", Arg::from(title.clone())), ("count", count)]);
    let compared = state.compare.is_some_and(|compare| compare.other == Some(board.id));
    let (clicked, twice) = tile_ui(ui, cx, rect, on || compared, &label);
    match state.stills.thumb(ui.ctx(), &board.still) {
        Shown::Here { texture, size } => {
            let place = Fit::Whole.place(frame, size, ui.pixels_per_point(), egui::Vec2::ZERO);
            let whole = Rect::from_min_max(egui::Pos2::ZERO, pos2(1.0, 1.0));
            let strokes = || Some((strip.boards.board)(&board.id)?.strokes.clone());
            let drawn = (board.strokes > 0).then(|| state.stills.drawn(ui.ctx(), board, strokes)).flatten();
            ui.painter().image(drawn.unwrap_or(texture).id(), place, whole, Color32::WHITE);
        }
        Shown::Refused(_) => paint_icon(ui, frame, Icon::Alert, 20.0, Color32::from_gray(170)),
        Shown::Arriving => paint_icon(ui, frame, Icon::Clock, 20.0, Color32::from_gray(170)),
        Shown::Decoding => {}
    }
    if board.strokes > 0 {
        // How much is drawn: a number reads better than a drawing of two millimetres.
        let text = cx.words.number(u64::from(board.strokes));
        let galley = ui.painter().layout_no_wrap(text, font(11.0, Weight::Strong), Color32::WHITE);
        let badge = Rect::from_min_size(
            frame.right_bottom() - vec2(galley.size().x + 28.0, 22.0),
            vec2(galley.size().x + 24.0, 18.0),
        );
        ui.painter().rect_filled(badge, 9.0, Color32::from_black_alpha(190));
        paint_icon(
            ui,
            Rect::from_center_size(badge.left_center() + vec2(10.0, 0.0), vec2(12.0, 12.0)),
            Icon::Pen,
            11.0,
            Color32::WHITE,
        );
        ui.painter().galley(
            pos2(badge.left() + 18.0, badge.center().y - galley.size().y / 2.0),
            galley,
            Color32::WHITE,
        );
    }
    if state.rename.as_ref().is_some_and(|(id, _)| *id == board.id) {
        rename_ui(ui, cx, strip, board, rect, state);
        return;
    }
    let hovered = ui.rect_contains_pointer(rect);
    let may = strip.view.role != sightline_node::view::Role::Viewer;
    let line = if on && may { rect.with_max_x(rect.right() - 24.0) } else { rect };
    line_ui(ui, cx, line, &title, on);
    if (on || hovered) && may {
        let rename = cx.text("board-rename");
        let place = Rect::from_min_size(pos2(rect.right() - 22.0, rect.top() + TILE.y + 1.0), vec2(22.0, 22.0));
        if !on {
            ui.painter().rect_filled(place, 4.0, cx.tokens.ground);
        }
        let button = Button::icon(Icon::Pencil, &rename).kind(Kind::Quiet).size(Size::Small);
        if button.show_at(ui, cx.tokens, place).clicked() {
            state.rename = Some((board.id, title));
            return;
        }
    }
    if twice && may {
        state.rename = Some((board.id, title));
    } else if clicked {
        match &mut state.compare {
            // Picking the other one; the one on stage is no other.
            Some(compare) if !on => compare.other = Some(board.id),
            Some(_) => {}
            None => cx.send(Command::Stage(strip.view.id, Showing::Board(board.id))),
        }
    }
}

/// The title as a field, in its own place.
fn rename_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    strip: &Strip<'_>,
    board: &BoardSummary,
    rect: Rect,
    state: &mut BoardStage,
) {
    let Some((id, text)) = &mut state.rename else { return };
    let place = Rect::from_min_max(pos2(rect.left(), rect.top() + TILE.y + 1.0), rect.max);
    let field = ui.scope_id().with(("rename", *id));
    let edit = TextEdit::singleline(text)
        .id(field)
        .font(FontSelection::FontId(font(TEXT_1, Weight::Regular)))
        .text_color(cx.tokens.ink_title)
        .char_limit(TITLE)
        .desired_width(place.width())
        .frame(Frame::new().inner_margin(Margin::symmetric(4, 3)).fill(cx.tokens.control).corner_radius(4));
    let response = ui.put(place, edit);
    let label = cx.text("board-rename");
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(label));
    let known: bool = ui.data(|data| data.get_temp(field).unwrap_or(false));
    if !known {
        response.request_focus();
        ui.data_mut(|data| data.insert_temp(field, true));
        if let Some(mut edit) = TextEdit::load_state(ui.ctx(), field) {
            let end = egui::text::CCursor::new(text.chars().count());
            edit.cursor.set_char_range(Some(egui::text::CCursorRange::two(egui::text::CCursor::new(0), end)));
            edit.store(ui.ctx(), field);
        }
    }
    let escaped = ui.input(|input| input.key_pressed(Key::Escape));
    if escaped || response.lost_focus() {
        let title = text.trim().to_owned();
        state.rename = None;
        ui.data_mut(|data| data.remove::<bool>(field));
        if !escaped && !title.is_empty() && title != board.title {
            let command = BoardCommand::Rename { board: board.id, title };
            cx.send_to(strip.view.id, SessionCommand::Board(command));
        }
    }
}

/// The ground of a tile; gives whether it was clicked, and clicked twice.
fn tile_ui(ui: &mut Ui, cx: &Context<'_>, rect: Rect, on: bool, label: &str) -> (bool, bool) {
    let frame = Rect::from_min_size(rect.min, TILE);
    let response = interact_at(ui, rect, Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, label));
    let lit = ui.ctx().animate_bool_with_time(response.id.with("lit"), on, ui.style().animation_time);
    let line = if response.hovered() { cx.tokens.ink_rest } else { cx.tokens.line };
    ui.painter().rect_filled(frame, CornerRadius::same(6), Tokens::of(Theme::Dark).stage);
    let ring = Stroke::new(1.0 + 1.5 * lit, line.lerp_to_gamma(cx.tokens.accent, lit));
    ui.painter().rect_stroke(frame, CornerRadius::same(6), ring, StrokeKind::Outside);
    focus_ring(ui, cx.tokens, &response, frame.expand(2.0));
    (response.clicked(), response.double_clicked())
}

fn line_ui(ui: &Ui, cx: &Context<'_>, rect: Rect, text: &str, on: bool) {
    let (ink, weight) =
        if on { (cx.tokens.ink_title, Weight::Medium) } else { (cx.tokens.ink_second, Weight::Regular) };
    let galley = elided(ui, text, font(TEXT_1, weight), ink, rect.width());
    ui.painter().galley(pos2(rect.left() + 1.0, rect.top() + TILE.y + 5.0), galley, ink);
}

/// Size of a picture of the strip.
const TILE: egui::Vec2 = vec2(120.0, 68.0);
/// Height of the title below it.
const LABEL: f32 = 24.0;
/// Characters of a title: it is one line.
const TITLE: usize = 100;
