//! A session: line above, stage, and panel.

use egui::{Align2, CornerRadius, CursorIcon, Rect, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use sightline_node::{
    DocumentId, PeerId,
    media::FrameSlot,
    view::{BoardView, LiveView, SessionState, SessionView},
};

use crate::{
    command::Command,
    context::Context,
    next_step::NextStep,
    panels::{chat, files, notes, people, rail::data::badge, steps, topline},
    stage::{
        Boards, PictureView, StageState,
        scene::on_stage,
        scene_of,
        view::{Stage, stage_ui},
    },
    state::{SessionUi, Tab},
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::TEXT_1,
    },
    widgets::{
        choice::focus_ring,
        label::{elided, paint_icon},
    },
};

/// Width of the panel.
pub const PANEL: f32 = 320.0;

/// Height of the tabs: an icon above its name, so that five fit in any language.
const TAB_BAR: f32 = 50.0;

/// The tabs, in their order.
const TABS: [(Tab, Icon, &str); 5] = [
    (Tab::Chat, Icon::Chat, "tab-chat"),
    (Tab::People, Icon::People, "tab-people"),
    (Tab::Files, Icon::Attach, "tab-files"),
    (Tab::Steps, Icon::Steps, "tab-steps"),
    (Tab::Notes, Icon::Note, "tab-notes"),
];

/// What the screen is drawn from.
pub struct SessionScreen<'a> {
    /// The session.
    pub view: &'a SessionView,
    /// The next step.
    pub next: NextStep,
    /// Where pictures of a member come from.
    pub frames: &'a dyn Fn(PeerId) -> Option<FrameSlot>,
    /// Where shared texts are read.
    pub texts: notes::text::Texts<'a>,
    /// Where boards come from.
    pub board: &'a dyn Fn(&DocumentId) -> Option<std::sync::Arc<BoardView>>,
    /// What others do right now.
    pub live: std::sync::Arc<LiveView>,
    /// The panel is unfolded.
    pub panel_open: bool,
    /// Its tab.
    pub tab: Tab,
}

/// Draws the screen into the whole of `ui`.
pub fn session_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    screen: &SessionScreen<'_>,
    picture: &mut PictureView,
    stage_state: &mut StageState,
    state: &mut SessionUi,
) {
    let rect = ui.max_rect();
    let view = screen.view;
    let chosen = stage_state.chosen.get(&view.id).copied();
    let scene = scene_of(view, chosen);
    let shown = on_stage(view, chosen).map(|person| person.peer);
    let frames = shown.and_then(|peer| (screen.frames)(peer));
    let boards = Boards { board: screen.board, live: screen.live.clone() };
    let stage = Stage { view, scene: &scene, next: screen.next, frames, boards };
    if stage_state.full_screen {
        stage_ui(ui, cx, &stage, picture, stage_state, state);
        return;
    }

    let top = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + topline::view::HEIGHT));
    let words = shown.filter(|peer| state.words.contains_key(peer));
    let line = topline::data::topline(cx.words, view, shown, words);
    let inviting = view.state != SessionState::Closed;
    ui.scope_builder(UiBuilder::new().max_rect(top).id_salt("topline"), |ui| {
        topline::topline_ui(ui, cx, view.id, &line, state, screen.panel_open, inviting);
    });

    let open =
        ui.ctx().animate_bool_with_time(ui.scope_id().with("panel"), screen.panel_open, ui.style().animation_time);
    let panel_width = (PANEL * open).round();
    let body = Rect::from_min_max(pos2(rect.left(), top.bottom()), rect.max);
    let stage_rect = Rect::from_min_max(body.min, pos2(body.right() - panel_width, body.bottom()));
    ui.scope_builder(UiBuilder::new().max_rect(stage_rect).id_salt("stage"), |ui| {
        ui.set_clip_rect(ui.clip_rect().intersect(stage_rect));
        stage_ui(ui, cx, &stage, picture, stage_state, state);
    });
    if panel_width >= 1.0 {
        let clip = Rect::from_min_max(pos2(body.right() - panel_width, body.top()), body.max);
        let panel = Rect::from_min_size(clip.min, vec2(PANEL, clip.height()));
        ui.scope_builder(UiBuilder::new().max_rect(panel).id_salt("panel"), |ui| {
            ui.set_clip_rect(ui.clip_rect().intersect(clip));
            if let Some(peer) = panel_ui(ui, cx, screen, state, shown) {
                stage_state.chosen.insert(view.id, peer);
            }
        });
    }
}

/// Draws the panel; gives the member that was chosen for the stage.
fn panel_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    screen: &SessionScreen<'_>,
    state: &mut SessionUi,
    shown: Option<PeerId>,
) -> Option<PeerId> {
    let rect = ui.max_rect();
    let view = screen.view;
    ui.painter().rect_filled(rect, 0.0, cx.tokens.panel);
    ui.painter().vline(rect.left() + 0.5, rect.y_range(), Stroke::new(1.0, cx.tokens.control));
    let tabs = Rect::from_min_size(rect.min, vec2(rect.width(), TAB_BAR));
    let unread = if screen.tab == Tab::Chat { 0 } else { view.unread };
    let counts = [unread, view.knocks.len() as u32, 0, 0, 0];
    for (index, ((tab, icon, id), count)) in TABS.into_iter().zip(counts).enumerate() {
        tab_ui(ui, cx, tabs, index, screen.tab, tab, icon, id, count);
    }
    ui.painter().hline(rect.x_range(), tabs.bottom() - 0.5, Stroke::new(1.0, cx.tokens.control));
    let body = Rect::from_min_max(pos2(rect.left() + 1.0, tabs.bottom()), rect.max);
    let mut chosen = None;
    ui.scope_builder(UiBuilder::new().max_rect(body).id_salt(screen.tab), |ui| match screen.tab {
        Tab::Chat => {
            let with = chat::data::shown_conversation(view, state.chat_with);
            let from = state.chat_list.unread_from.filter(|(room, _)| *room == with).map(|(_, id)| id);
            let panel = chat::data::chat_panel(cx.words, view, state.chat_with, from, cx.utc_offset_secs);
            chat::chat_ui(ui, cx, view.id, &panel, state);
        }
        Tab::People => {
            let data = people::data::people(cx.words, view, cx.now_ms);
            chosen = people::people_ui(ui, cx, view.id, &data, shown);
        }
        Tab::Files => {
            let to = chat::data::shown_conversation(view, state.chat_with);
            let data = files::data::files_panel(cx.words, view, to, cx.now_ms, cx.utc_offset_secs);
            files::files_ui(ui, cx, view.id, &data);
        }
        Tab::Steps => {
            let data = steps::data::steps_panel(cx.words, view, (state.steps.shown, &state.steps.toggled));
            steps::steps_ui(ui, cx, view.id, &data, &mut state.steps);
        }
        Tab::Notes => {
            let search = std::mem::take(&mut state.notes.search);
            let data = notes::data::notes_panel(cx.words, view, &search, cx.now_ms, cx.utc_offset_secs);
            state.notes.search = search;
            notes::notes_ui(ui, cx, view.id, &data, screen.texts, &mut state.notes);
        }
    });
    chosen
}

#[allow(clippy::too_many_arguments, reason = "one tab, drawn twice")]
fn tab_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    bar: Rect,
    index: usize,
    shown: Tab,
    tab: Tab,
    icon: Icon,
    id: &str,
    count: u32,
) {
    let tokens = cx.tokens;
    let width = bar.width() / TABS.len() as f32;
    let rect = Rect::from_min_size(pos2(bar.left() + index as f32 * width, bar.top()), vec2(width, bar.height()));
    let response = crate::widgets::interact_at(ui, rect, Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    let on = shown == tab;
    let label = cx.text(id);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &label));
    let ink = if on || response.hovered() { tokens.ink_title } else { tokens.ink_weak };
    let icon_at = pos2(rect.center().x, rect.top() + 18.0);
    paint_icon(ui, Rect::from_center_size(icon_at, vec2(18.0, 18.0)), icon, 17.0, ink);
    let galley = elided(ui, &label, font(TEXT_1, Weight::Medium), ink, width - 2.0);
    ui.painter().galley(pos2(rect.center().x - galley.size().x / 2.0, rect.top() + 29.0), galley, ink);
    if let Some(count) = badge(count) {
        let center = icon_at + vec2(15.0, -5.0);
        ui.painter().rect_filled(Rect::from_center_size(center, vec2(20.0, 16.0)), 8.0, tokens.accent);
        ui.painter().text(center, Align2::CENTER_CENTER, count, font(10.5, Weight::Strong), tokens.on_accent);
    }
    let lit = ui.ctx().animate_bool_with_time(response.id.with("lit"), on, ui.style().animation_time);
    if lit > 0.0 {
        let half = (width / 2.0 - 12.0) * lit;
        let bar = Rect::from_min_max(
            pos2(rect.center().x - half, rect.bottom() - 2.0),
            pos2(rect.center().x + half, rect.bottom()),
        );
        ui.painter().rect_filled(bar, CornerRadius::same(1), tokens.accent);
    }
    focus_ring(ui, tokens, &response, rect.shrink(4.0));
    if response.clicked() {
        cx.send(Command::OpenTab(tab));
    }
}
