//! Draws a board on the stage: the picture, what is drawn on it, the tools, and what can be done with it.

use std::sync::Arc;

use egui::{Color32, CornerRadius, Key, Pos2, Rect, Sense, Ui, WidgetInfo, pos2, vec2};
use sightline_node::{
    PeerId,
    paint::StillError,
    show::{BoardCommand, Look, PointerTarget},
    view::{BoardSummary, BoardView, Role, SessionState, SessionView},
};

use super::{
    BoardStage, Boards, Mode, Showing,
    canvas::Canvas,
    compare::Compare,
    pointers::name_tag,
    stills::Shown,
    tools::{self, tools_ui},
};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    errands::Ask,
    i18n::{Arg, Catalog},
    stage::controls::{GLASS, veil_ui},
    text::time,
    theme::{
        Icon, Theme, Tokens,
        fonts::{Weight, font},
        tokens::{SPACE_2, SPACE_3, TEXT_1, TEXT_2},
    },
    widgets::{Button, Kind, interact_at, label::elided},
};

/// Over which stroke the pointer rests.
#[derive(Debug, Default)]
pub struct Hover {
    at: Option<Pos2>,
    since: f64,
}

/// What a board is drawn from.
pub struct BoardScreen<'a> {
    /// The session.
    pub view: &'a SessionView,
    /// The board on stage.
    pub board: Arc<BoardView>,
    /// The others, and what people do right now.
    pub boards: &'a Boards<'a>,
    /// To whom it can be shown: who is on stage.
    pub person: Option<(PeerId, String)>,
    /// Keys are for the stage.
    pub keys: bool,
}

/// Draws a board into the whole of `ui`.
pub fn board_ui(ui: &mut Ui, cx: &Context<'_>, screen: &BoardScreen<'_>, state: &mut BoardStage) {
    let stage = ui.max_rect();
    let (view, board) = (screen.view, &screen.board);
    let now = ui.input(|input| input.time);
    state.settle(view.me, board, now);
    state.pointers.follow(view.id, &screen.boards.live, now);
    let writes = view.role != Role::Viewer && view.state != SessionState::Closed;
    if !writes && matches!(state.mode, Mode::Draw(_) | Mode::Erase) {
        state.mode = Mode::Look;
    }
    let comparing = state.compare.and_then(|compare| Some((compare, compare.other?)));
    let bottom = if comparing.is_some() { SPACE_3 } else { tools::height(stage) };
    let area = Rect::from_min_max(stage.min + vec2(SPACE_3, TOP), stage.max - vec2(SPACE_3, bottom));
    match comparing.and_then(|(compare, other)| Some((compare, (screen.boards.board)(&other)?))) {
        Some((compare, other)) => compare_ui(ui, cx, screen, state, area, compare, &other),
        None => one_ui(ui, cx, screen, state, area),
    }
    head_ui(ui, cx, screen, state, stage);
    if comparing.is_none() {
        tools_ui(ui, cx, view.id, board, stage, state, writes);
    }
}

/// One board, to be drawn on.
fn one_ui(ui: &mut Ui, cx: &Context<'_>, screen: &BoardScreen<'_>, state: &mut BoardStage, area: Rect) {
    let stage = ui.max_rect();
    let board = &screen.board;
    let response = ui.interact(stage, ui.scope_id().with("board"), Sense::click_and_drag() - Sense::FOCUSABLE);
    let title = title_of(cx, board);
    let count = Arg::from(board.strokes.len() as u64);
    let label = cx.text_with("board-picture", &[("title", Arg::from(title)), ("count", count)]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &label));
    let Some(picture) = still_ui(ui, cx, state, board, area, stage, true) else { return };
    let canvas = Canvas {
        session: screen.view.id,
        board,
        live: &screen.boards.live,
        picture,
        area,
        clip: stage,
        keys: screen.keys,
    };
    if screen.keys && ui.input(|input| input.key_pressed(Key::Escape)) {
        canvas.cancel(cx, state);
    }
    canvas.interact(ui, cx, &response, state);
    // Drawn after the pointer has moved it, so that nothing lags behind the hand.
    let Some(_) = still_ui(ui, cx, state, board, area, stage, false) else { return };
    canvas.paint(ui, cx, state);
    let place = canvas.place(state);
    state.last_place = Some(place);
    state.pointers.paint(ui, PointerTarget::Board(board.summary.id), place, stage);
    if response.hovered() && !state.busy() {
        whose_ui(ui, state, board, picture, place, now_at(ui));
    }
}

/// Draws the picture itself, or says why it is not there. Gives its size; with `ask` it is only asked for.
fn still_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    state: &mut BoardStage,
    board: &BoardView,
    area: Rect,
    clip: Rect,
    ask: bool,
) -> Option<(u32, u32)> {
    let eye = state.eyes.get(&board.summary.id).copied().unwrap_or_default();
    let still = &board.summary.still;
    let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
    match state.stills.full(ui.ctx(), still) {
        Shown::Here { texture, size } => {
            if !ask {
                let place = eye.place(area, size);
                ui.painter_at(clip).image(texture.id(), place, whole, Color32::WHITE);
            }
            Some(size)
        }
        other => {
            let claimed = (still.width.clamp(1, 65_535), still.height.clamp(1, 65_535));
            let place = eye.place(area, claimed);
            ui.painter_at(clip).rect_filled(place, 6.0, Tokens::of(Theme::Dark).control);
            if let Shown::Here { texture, .. } = state.stills.thumb(ui.ctx(), still) {
                ui.painter_at(clip).image(texture.id(), place, whole, Color32::from_gray(150));
            }
            let text = match other {
                Shown::Arriving => cx.text("board-arriving"),
                Shown::Refused(StillError::TooLarge) => cx.text("board-too-large"),
                Shown::Refused(_) => cx.text("board-no-picture"),
                _ => cx.text("board-opening"),
            };
            ui.scope(|ui| veil_ui(ui, area, &text));
            None
        }
    }
}

/// Two boards, to be looked at.
fn compare_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    screen: &BoardScreen<'_>,
    state: &mut BoardStage,
    area: Rect,
    compare: Compare,
    other: &Arc<BoardView>,
) {
    let stage = ui.max_rect();
    let halves = compare.halves(area);
    let quiet = sightline_node::view::LiveView::default();
    for (which, (board, (fit, clip))) in [&screen.board, other].into_iter().zip(halves).enumerate() {
        let clip = if compare.over { clip } else { fit };
        let Some(picture) = still_ui(ui, cx, state, board, fit, clip, false) else { continue };
        let canvas = Canvas { session: screen.view.id, board, live: &quiet, picture, area: fit, clip, keys: false };
        canvas.paint_only(ui, state, which);
        let title = title_of(cx, board);
        let galley = elided(ui, &title, font(TEXT_1 + 1.0, Weight::Medium), Color32::WHITE, clip.width() - 40.0);
        let size = galley.size() + vec2(20.0, 10.0);
        let x = if which == 0 { clip.left() + 8.0 } else { clip.right() - 8.0 - size.x };
        let rect = Rect::from_min_size(pos2(x, clip.bottom() - 8.0 - size.y), size);
        ui.painter().rect_filled(rect, rect.height() / 2.0, GLASS);
        ui.painter().galley(rect.min + vec2(10.0, 5.0), galley, Color32::WHITE);
    }
    // The line between, to be dragged.
    let x = if compare.over { halves[0].1.right() } else { (halves[0].0.right() + halves[1].0.left()) / 2.0 };
    let grip = Rect::from_center_size(pos2(x, area.center().y), vec2(28.0, area.height()));
    let response = ui.interact(grip, ui.scope_id().with("divider"), Sense::drag());
    let label = cx.text("compare-divider");
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Slider, true, &label));
    let response = response.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    let mut at = compare.at;
    if response.dragged() {
        at += response.drag_delta().x / area.width();
    }
    if response.has_focus() {
        let (left, right) = ui.input(|input| (input.key_pressed(Key::ArrowLeft), input.key_pressed(Key::ArrowRight)));
        at += f32::from(i8::from(right) - i8::from(left)) * 0.05;
    }
    if let Some(compare) = &mut state.compare {
        compare.at = at.clamp(0.1, 0.9);
    }
    let painter = ui.painter_at(stage);
    painter.vline(x, area.y_range(), (3.0, Color32::from_black_alpha(160)));
    painter.vline(x, area.y_range(), (1.5, Color32::WHITE));
    let knob = pos2(x, area.center().y);
    painter.circle_filled(knob, 17.0, Color32::from_black_alpha(160));
    painter.circle_filled(knob, 15.0, Color32::WHITE);
    painter.text(knob, egui::Align2::CENTER_CENTER, Icon::Divider.glyph(), Icon::font(16.0), Color32::BLACK);
}

/// Whose stroke lies under a pointer that rests.
fn whose_ui(ui: &Ui, state: &mut BoardStage, board: &BoardView, picture: (u32, u32), place: Rect, at: Option<Pos2>) {
    let now = ui.input(|input| input.time);
    if state.hover.at != at {
        state.hover = Hover { at, since: now };
    }
    let rests = now - state.hover.since;
    if rests < RESTS {
        ui.ctx().request_repaint_after_secs((RESTS - rests) as f32 + 0.01);
        return;
    }
    let Some(at) = at.filter(|_| state.mode != Mode::Point) else { return };
    let found = state.reach.at(board.summary.id, &board.strokes, picture, place, at, 5.0, |_| true);
    if let Some(stroke) = found {
        name_tag(&ui.painter_at(ui.max_rect()), &stroke.author_name, at - vec2(0.0, 28.0), 1.0);
    }
}

fn now_at(ui: &Ui) -> Option<Pos2> {
    ui.input(|input| input.pointer.hover_pos())
}

/// The title at the upper left, and what can be done at the upper right.
fn head_ui(ui: &mut Ui, cx: &Context<'_>, screen: &BoardScreen<'_>, state: &mut BoardStage, stage: Rect) {
    let glass = Tokens::of(Theme::Dark);
    let board = &screen.board.summary;
    let session = screen.view.id;
    let y = stage.top() + SPACE_2 + 18.0;
    let mut right = stage.right() - SPACE_3;
    let mut place = |width: f32| {
        right -= width;
        let rect = Rect::from_min_size(pos2(right, y - 18.0), vec2(width, 36.0));
        right -= 6.0;
        rect
    };
    let picking = state.compare.is_some_and(|compare| compare.other.is_none());
    if let Some((_, name)) = &screen.person
        && screen.view.state != SessionState::Closed
        && screen.view.role != Role::Viewer
        && screen.view.role != Role::Operator
        && state.compare.is_none()
    {
        let label = cx.text_with("board-show", &[("name", Arg::from(name.clone()))]);
        let button = Button::new(&label).with_icon(Icon::ShowTo).kind(Kind::Primary).round();
        let width = button.measure(ui).min(stage.width() * 0.4);
        if button.width(width).show_at(ui, &glass, place(width)).clicked() {
            let look = Look::Board { board: board.id };
            cx.send_to(session, SessionCommand::Board(BoardCommand::Look(look)));
        }
    }
    let mut icon = |ui: &mut Ui, icon: Icon, id: &str, on: bool| {
        let rect = place(36.0);
        ui.painter().circle_filled(rect.center(), 18.0, GLASS);
        let label = cx.text(id);
        let kind = if on { Kind::GlassChosen } else { Kind::Glass };
        Button::icon(icon, &label).kind(kind).round().show_at(ui, &glass, rect).clicked()
    };
    if let Some(compare) = &mut state.compare {
        if icon(ui, Icon::Close, "compare-leave", false) {
            state.compare = None;
        } else if compare.other.is_some() {
            if icon(ui, Icon::Overlay, "compare-over", compare.over) {
                compare.over = true;
            }
            if icon(ui, Icon::Compare, "compare-beside", !compare.over) {
                compare.over = false;
            }
        }
    } else {
        if icon(ui, Icon::SaveAs, "board-export", false) {
            cx.send(Command::Pick(Ask::Board(session, board.id)));
        }
        if screen.view.boards.len() > 1 && icon(ui, Icon::Compare, "board-compare", false) {
            state.compare = Some(Compare::default());
        }
        let eye = state.eyes.get(&board.id).copied().unwrap_or_default();
        if eye.factor > 1.001 && icon(ui, Icon::Fit, "fit-whole", false) {
            state.eyes.remove(&board.id);
        }
    }
    // What remains on the left is the title's.
    let ink = Color32::from_gray(240);
    let back = cx.text("board-back");
    let back_button = Button::new(&back).with_icon(Icon::Back).kind(Kind::Glass).round();
    let back_button = if stage.width() < 640.0 { back_button.signed() } else { back_button };
    let back_rect = Rect::from_min_size(pos2(stage.left() + SPACE_3, y - 18.0), vec2(back_button.measure(ui), 36.0));
    ui.painter().rect_filled(back_rect, 18.0, Tokens::of(Theme::Dark).control);
    if back_button.show_at(ui, &glass, back_rect).clicked() {
        cx.send(Command::Stage(session, Showing::Live));
    }
    let left = back_rect.right() + 6.0;
    let room = right - left - 12.0 - 28.0;
    if room < 60.0 {
        return;
    }
    let words = if picking {
        cx.text("compare-pick")
    } else {
        let at = time::clock(board.at_ms, cx.utc_offset_secs);
        let values = [("name", Arg::from(board.author_name.clone())), ("time", Arg::from(at))];
        format!("{}  ·  {}", title_of(cx, &screen.board), cx.text_with("board-by", &values))
    };
    let galley = elided(ui, &words, font(TEXT_2, Weight::Medium), ink, room);
    let rect = Rect::from_min_size(pos2(left, y - 18.0), vec2(galley.size().x + 28.0, 36.0));
    let response = interact_at(ui, rect, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &words));
    ui.painter().rect_filled(rect, CornerRadius::same(18), if picking { glass.accent_soft } else { GLASS });
    ui.painter().galley(pos2(rect.left() + 14.0, y - galley.size().y / 2.0), galley, ink);
}

/// A board's title, or what stands for it.
pub(super) fn title_of(cx: &Context<'_>, board: &BoardView) -> String {
    title(cx, &board.summary)
}

/// The same for a line of the strip.
pub(super) fn title(cx: &Context<'_>, board: &BoardSummary) -> String {
    board_title(cx.words, cx.utc_offset_secs, board)
}

/// The same where nothing is drawn.
pub(crate) fn board_title(words: &Catalog, utc_offset_secs: i64, board: &BoardSummary) -> String {
    if board.title.is_empty() {
        let at = time::clock(board.at_ms, utc_offset_secs);
        words.text_with("board-untitled", &[("time", Arg::from(at))])
    } else {
        board.title.clone()
    }
}

/// The height that title and buttons take.
const TOP: f32 = 52.0;
/// Seconds until a resting pointer is told whose stroke it is on.
const RESTS: f64 = 0.15;
