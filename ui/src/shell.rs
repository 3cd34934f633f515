//! The whole window, apart from how it is opened: reads the views, draws the screens, carries out commands.
//!
//! The app runs it inside eframe; the gallery and the tests run it with views made by hand.

use std::{path::PathBuf, sync::Arc};

use egui::{Key, Modifiers, Rect, Ui, UiBuilder, pos2};
use sightline_node::{DocumentId, PeerId, SessionId, show::BoardCommand, view::NodeView};

use crate::{
    bridge::Backend,
    command::{Command, SessionCommand},
    context::Context,
    errands::Errands,
    i18n::Catalog,
    memory::Memory,
    next_step::{NextStep, next_step},
    panels::{chat, problems, rail},
    pictures::Pictures,
    screens::{
        dialogs::{dialog_ui, session_of},
        notices::notices_ui,
        session::{SessionScreen, session_ui},
        settings::settings_ui,
        start::start_ui,
    },
    settings::Settings,
    stage::PictureView,
    state::{Screen, Tab, UiState},
    theme::{Tokens, style},
};

/// The window's content and everything it remembers.
pub struct Shell {
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) state: UiState,
    pub(crate) settings: Settings,
    pub(crate) words: Arc<Catalog>,
    pub(crate) tokens: Tokens,
    pub(crate) home: Option<PathBuf>,
    pub(crate) errands: Errands,
    pictures: std::rc::Rc<Pictures>,
    picture: PictureView,
    clock: Box<dyn Fn() -> u64>,
    utc_offset_secs: i64,
    styled: Option<(crate::theme::Theme, bool)>,
    knocks_seen: u32,
    on_stage: Option<SessionId>,
    memory: Memory,
    remembered_ms: u64,
}

impl Shell {
    /// A window onto a node. `home` is where settings are stored and problems point to; `clock` gives unix
    /// milliseconds.
    pub fn new(
        backend: Box<dyn Backend>,
        settings: Settings,
        home: Option<PathBuf>,
        picture: PictureView,
        clock: Box<dyn Fn() -> u64>,
    ) -> Self {
        let mut state = UiState::new();
        state.stage.fit = settings.fit;
        let memory = home.as_deref().map(Memory::load).unwrap_or_default();
        memory.restore(&mut state);
        Self {
            backend,
            state,
            words: Arc::new(Catalog::new(settings.lang())),
            tokens: Tokens::of(settings.theme),
            settings,
            home,
            errands: Errands::new(),
            pictures: std::rc::Rc::new(Pictures::start()),
            picture,
            clock,
            utc_offset_secs: crate::text::time::local_offset_secs(),
            styled: None,
            knocks_seen: 0,
            on_stage: None,
            memory,
            remembered_ms: 0,
        }
    }

    /// Shows times in another zone than the system's.
    pub fn with_utc_offset(mut self, secs: i64) -> Self {
        self.utc_offset_secs = secs;
        self
    }

    pub(crate) fn utc_offset(&self) -> i64 {
        self.utc_offset_secs
    }

    /// What the window remembers.
    pub fn state(&mut self) -> &mut UiState {
        &mut self.state
    }

    /// Carries out a command that came from outside the window.
    pub fn command(&mut self, ctx: &egui::Context, command: Command) {
        let now_ms = (self.clock)();
        self.carry_out(ctx, command, now_ms);
    }

    /// What is behind everything.
    pub fn background(&self) -> egui::Color32 {
        self.tokens.stage
    }

    /// Which session is on stage.
    pub fn selected(&self) -> Option<SessionId> {
        self.state.selected
    }

    /// Times of drawing pictures.
    pub fn paint_times(&self) -> Arc<crate::stage::PaintTimes> {
        self.picture.times()
    }

    /// Writes down what the window remembers, if that changed. Called every few seconds and at the end.
    pub fn remember(&mut self) {
        let Some(home) = &self.home else { return };
        let memory = Memory::of(&self.state);
        if memory == self.memory {
            return;
        }
        match memory.store(home) {
            Ok(()) => self.memory = memory,
            Err(error) => tracing::warn!(%error, "what the window remembers can't be stored"),
        }
    }

    /// Frees what the graphics driver holds.
    pub fn destroy(&mut self, gl: &eframe::glow::Context) {
        self.picture.destroy(gl);
    }

    /// Draws one pass of the whole window.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let want = (self.settings.theme, !self.settings.reduced_motion);
        if self.styled != Some(want) {
            style::apply(&ctx, want.0, want.1);
            self.tokens = Tokens::of(want.0);
            self.styled = Some(want);
        }
        let now_ms = (self.clock)();
        self.take_outcomes(&ctx, now_ms);
        let node = self.backend.node();
        for command in self.errands.done() {
            self.carry_out(&ctx, command, now_ms);
        }
        self.follow(&ctx, &node, now_ms);
        self.follow_texts(&ctx, now_ms);

        let tokens = self.tokens.clone();
        let words = self.words.clone();
        let pictures = self.pictures.clone();
        let cx = Context::new(&tokens, &words, &pictures, now_ms, self.utc_offset_secs);
        self.keys(&ctx, &cx);
        self.draw(ui, &cx, &node);
        let commands = cx.into_commands();
        for command in commands {
            self.carry_out(&ctx, command, now_ms);
        }
        if now_ms.saturating_sub(self.remembered_ms) >= REMEMBER_MS {
            self.remembered_ms = now_ms;
            self.remember();
        }
    }

    /// Brings what the window remembers into line with the views.
    fn follow(&mut self, ctx: &egui::Context, node: &NodeView, now_ms: u64) {
        let exists = |id: &SessionId| node.sessions.iter().any(|session| session.id == *id);
        if self.state.selected.is_none_or(|id| !exists(&id)) {
            self.state.selected = node.sessions.first().map(|session| session.id);
        }
        if self.on_stage != self.state.selected {
            if let Some(before) = self.on_stage {
                self.picture.forget();
                self.state.stage.pan = egui::Vec2::ZERO;
                if let Some((board, stroke)) = self.state.stage.boards.leave_session() {
                    let command = BoardCommand::Draw { board, stroke, preview: None };
                    self.in_session(before, SessionCommand::Board(command), now_ms);
                }
            }
            self.on_stage = self.state.selected;
        }
        let knocks = node.sessions.iter().map(|session| session.knocks).sum();
        if knocks > self.knocks_seen {
            let attention = egui::UserAttentionType::Informational;
            ctx.send_viewport_cmd(egui::ViewportCommand::RequestUserAttention(attention));
        }
        if knocks != self.knocks_seen {
            let title = if knocks > 0 { format!("({knocks}) {TITLE}") } else { TITLE.to_owned() };
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title));
        }
        self.knocks_seen = knocks;

        let Some(view) = self.state.selected.and_then(|id| self.backend.session(&id)) else { return };
        self.title_by_person(&view, now_ms);
        self.incoming(ctx, &view, now_ms);
        self.follow_boards(&view, now_ms);
        let session = self.state.session(view.id);
        for knock in &view.knocks {
            session.words.insert(knock.peer, (knock.words.clone(), knock.numbers.clone()));
        }
        let live = view.state == sightline_node::view::SessionState::Live;
        session.live_since_ms = if live { session.live_since_ms.or(Some(now_ms)) } else { None };
        if live {
            // The duration shows seconds.
            ctx.request_repaint_after(std::time::Duration::from_millis(1000 - now_ms % 1000));
        }
    }

    fn draw(&mut self, ui: &mut Ui, cx: &Context<'_>, node: &NodeView) {
        let rect = ui.max_rect();
        let view = self.state.selected.and_then(|id| self.backend.session(&id));
        let link_sent = view.as_ref().is_some_and(|view| self.state.session(view.id).link_sent);
        let next = next_step(node, view.as_deref(), link_sent);

        if self.state.stage.full_screen && view.is_some() && self.state.screen == Screen::Session {
            self.session(ui, cx, &view, next, rect);
            notices_ui(ui, cx, &mut self.state.notices);
            return;
        }

        let rail_rect = Rect::from_min_max(rect.min, pos2(rect.left() + rail::view::WIDTH, rect.bottom()));
        let entries = rail::data::rail(node, self.state.selected);
        ui.scope_builder(UiBuilder::new().max_rect(rail_rect).id_salt("rail"), |ui| {
            rail::rail_ui(ui, cx, &entries, self.state.screen, next);
        });

        let mut body = Rect::from_min_max(pos2(rail_rect.right(), rect.top()), rect.max);
        let mut banners = problems::data::banners(cx.words, node, view.as_deref(), self.home.as_deref(), cx.now_ms);
        banners.retain(|banner| !banner.dismissable || !self.state.dismissed.contains(&banner.key));
        if !banners.is_empty() {
            let shown = ui.scope_builder(UiBuilder::new().max_rect(body).id_salt("problems"), |ui| {
                problems::problems_ui(ui, cx, &banners);
            });
            body.min.y = shown.response.rect.bottom();
        }

        match (self.state.screen, &view) {
            (Screen::Settings, _) => {
                ui.scope_builder(UiBuilder::new().max_rect(body).id_salt("settings"), |ui| {
                    settings_ui(ui, cx, node, &self.settings, &mut self.state.settings_form);
                });
            }
            (Screen::Session, Some(_)) => self.session(ui, cx, &view, next, body),
            (Screen::Session, None) => {
                ui.scope_builder(UiBuilder::new().max_rect(body).id_salt("start"), |ui| {
                    start_ui(ui, cx, next, self.state.starting, &self.settings, &mut self.state.settings_form);
                });
            }
        }
        if let Some(dialog) = self.state.dialog.clone() {
            let view = self.backend.session(&session_of(&dialog));
            let session = self.state.session(session_of(&dialog));
            dialog_ui(ui, cx, &dialog, view.as_deref(), session);
        }
        if let Some(view) = &view {
            self.drop_ui(ui, cx, view);
        }
        notices_ui(ui, cx, &mut self.state.notices);
    }

    fn session(
        &mut self,
        ui: &mut Ui,
        cx: &Context<'_>,
        view: &Option<Arc<sightline_node::view::SessionView>>,
        next: NextStep,
        rect: Rect,
    ) {
        let Some(view) = view else { return };
        let id = view.id;
        self.mark_read(ui.ctx(), cx, view);
        let backend = &self.backend;
        let frames = move |peer: PeerId| backend.frames(&id, peer);
        let texts = move |text| backend.text_view(&id, &text);
        let board = move |board: &DocumentId| backend.board(&id, board);
        let screen = SessionScreen {
            view,
            next,
            frames: &frames,
            texts: &texts,
            board: &board,
            live: backend.live(&id),
            panel_open: self.state.panel_open,
            tab: self.state.tab,
        };
        self.state.stage.keys = self.state.dialog.is_none() && !ui.ctx().text_edit_focused();
        let session = self.state.sessions.entry(id).or_default();
        ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt(("session", id)), |ui| {
            session_ui(ui, cx, &screen, &mut self.picture, &mut self.state.stage, session);
        });
    }

    /// A conversation that is on screen in the window the person uses is read. The node knows one mark per session, so
    /// it is told once every conversation with something new was shown.
    fn mark_read(&mut self, ctx: &egui::Context, cx: &Context<'_>, view: &sightline_node::view::SessionView) {
        let session = self.state.sessions.entry(view.id).or_default();
        let with = chat::data::shown_conversation(view, session.chat_with);
        let visible = self.state.panel_open && self.state.tab == Tab::Chat && !self.state.stage.full_screen;
        if !visible || view.unread == 0 || !ctx.input(|input| input.focused) {
            return;
        }
        if session.chat_list.unread_from.is_none_or(|(room, _)| room != with) {
            session.chat_list.unread_from = chat::data::first_unread(view, with).map(|id| (with, id));
        }
        let newest = |room: Option<sightline_node::KnockId>| {
            let chat: &[_] = match room {
                Some(knock) => view.knock(&knock).map_or(&[], |knock| &knock.chat),
                None => &view.chat,
            };
            chat.last().map(|item| item.id)
        };
        if let Some(id) = newest(with) {
            session.seen.insert(with, id);
        }
        let waiting = view.knocks.iter().filter(|knock| knock.unread > 0).map(|knock| (Some(knock.id), knock.unread));
        let in_rooms: u32 = view.knocks.iter().map(|knock| knock.unread).sum();
        let own = (view.unread > in_rooms).then_some((None, view.unread - in_rooms));
        if waiting.chain(own).all(|(room, _)| session.seen.get(&room).copied() == newest(room)) {
            cx.send_to(view.id, SessionCommand::MarkRead);
        }
    }

    /// Keys that work everywhere. Keys without a modifier do nothing while text is written.
    fn keys(&self, ctx: &egui::Context, cx: &Context<'_>) {
        if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::N)) {
            cx.send(Command::StartSession);
        }
        if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F11)) {
            cx.send(Command::ToggleFullScreen);
        }
        let reading = self.state.selected.and_then(|id| self.state.sessions.get(&id)?.reading.as_ref());
        let stage = self.state.dialog.is_none()
            && reading.is_none()
            && self.state.screen == Screen::Session
            && self.state.stage.boards.takes_escape();
        if !stage && !ctx.text_edit_focused() && ctx.input(|input| input.key_pressed(Key::Escape)) {
            cx.send(Command::Escape);
        }
    }
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell").field("state", &self.state).finish_non_exhaustive()
    }
}

/// How much half-written text a crash may cost, in milliseconds.
const REMEMBER_MS: u64 = 2_000;

/// The window's title.
pub const TITLE: &str = "Sightline";
