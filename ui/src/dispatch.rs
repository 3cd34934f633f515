//! Carries out what the views asked for: changes what the window remembers, and passes the rest on to the node.

use egui::ViewportCommand;
use sightline_node::{
    SessionId,
    show::{BoardCommand, Look},
    view::{Role, SessionView},
};

use crate::{
    bridge::{Outcome, Request, drawn},
    command::{Command, SessionCommand},
    i18n::{Arg, Catalog},
    settings::Settings,
    shell::Shell,
    stage::board::{Mode, Showing},
    state::{Dialog, NoticeKind, Screen, Tab},
    text::time,
};

impl Shell {
    /// Carries out one command.
    pub(crate) fn carry_out(&mut self, ctx: &egui::Context, command: Command, now_ms: u64) {
        match command {
            Command::StartSession => self.start_untitled(now_ms),
            Command::InSession(id, command) => self.in_session(id, command, now_ms),
            Command::Select(id) => {
                self.state.selected = Some(id);
                self.state.screen = Screen::Session;
            }
            Command::Show(screen) => {
                self.state.screen = screen;
                self.state.settings_form = None;
            }
            Command::OpenTab(tab) => {
                self.state.tab = tab;
                self.state.panel_open = true;
            }
            Command::ChatWith(knock) => {
                self.state.tab = Tab::Chat;
                self.state.panel_open = true;
                if let Some(id) = self.state.selected {
                    let session = self.state.session(id);
                    session.chat_with = knock;
                    session.chat_list = Default::default();
                }
            }
            Command::Stage(id, showing) => {
                self.state.stage.boards.leave();
                self.state.session(id).reading = None;
                self.state.stage.showing.insert(id, showing);
            }
            Command::TogglePanel => self.state.panel_open = !self.state.panel_open,
            Command::SetFit(fit) => {
                self.state.stage.fit = fit;
                self.state.stage.pan = egui::Vec2::ZERO;
                self.settings.fit = fit;
                self.store_settings(now_ms);
            }
            Command::ToggleFullScreen => self.full_screen(ctx, !self.state.stage.full_screen),
            Command::Escape if self.state.stage.full_screen => self.full_screen(ctx, false),
            Command::Escape if self.state.dialog.is_none() => {
                if let Some(id) = self.state.selected {
                    self.state.session(id).reading = None;
                }
            }
            Command::Escape => self.state.dialog = None,
            Command::Copy { text, said } => {
                if let ("copied-link", Some(id)) = (said, self.state.selected) {
                    self.state.session(id).link_sent = true;
                }
                ctx.copy_text(text);
                self.say(now_ms, NoticeKind::Done, said);
            }
            Command::Open(dialog) => {
                if let Dialog::Invite(id) = dialog {
                    self.state.session(id).invite_made = None;
                }
                self.state.dialog = Some(dialog);
            }
            Command::CloseDialog => self.state.dialog = None,
            Command::SaveSettings(settings) => self.save_settings(*settings, now_ms),
            Command::TrustCertificate { host, sha256 } => {
                self.request(Request::TrustCertificate { host, sha256 }, now_ms);
            }
            Command::Pick(ask) => self.pick(ctx, ask, now_ms),
            Command::Picked(ask, paths) => self.picked(ctx, ask, paths, now_ms),
            Command::TemplateRead(id, template) => self.template_read(id, template),
            Command::CloseText(id) => self.close_text(id, now_ms),
            Command::OpenDocument(id, file) => {
                self.state.dialog = None;
                self.open_document(id, file, 0);
            }
            Command::CloseDocument(id) => self.state.session(id).reading = None,
            Command::Say(id) => self.say(now_ms, NoticeKind::Failed, id),
            Command::DismissProblem(key) => {
                self.state.dismissed.insert(key);
            }
        }
        ctx.request_repaint();
    }

    /// Founds a session with its first link, unless one is being made.
    pub(crate) fn start_session(&mut self, title: String) {
        if !self.state.starting {
            self.state.untitled_start = false;
            self.state.starting = self.backend.send(Request::StartSession { title });
        }
    }

    fn start_untitled(&mut self, now_ms: u64) {
        let clock = time::clock(now_ms, self.utc_offset());
        let day = time::date(&self.words, time::day(now_ms, self.utc_offset()));
        let title =
            self.words.text_with("session-default-title", &[("day", Arg::from(day)), ("time", Arg::from(clock))]);
        self.start_session(title);
        self.state.untitled_start = true;
    }

    pub(crate) fn in_session(&mut self, id: SessionId, command: SessionCommand, now_ms: u64) {
        if let SessionCommand::Admit(knock) | SessionCommand::Refuse(knock) = &command {
            self.state.session(id).deciding.insert(*knock);
        }
        if matches!(command, SessionCommand::SetTitle(_)) {
            self.state.session(id).untitled = false;
        }
        if let SessionCommand::Board(BoardCommand::Photo(peer)) = &command {
            let name = self.backend.session(&id).and_then(|view| Some(view.person(peer)?.name.clone()));
            let text = self.words.text_with("photo-asked", &[("name", Arg::from(name.unwrap_or_default()))]);
            self.state.notice(now_ms, NoticeKind::Done, text);
        }
        let (draft, room) = match &command {
            SessionCommand::Say(text) => (Some(text.clone()), None),
            SessionCommand::SayWaiting(knock, text) => (Some(text.clone()), Some(*knock)),
            _ => (None, None),
        };
        if let SessionCommand::Live(_) = command {
            // Stale soon anyway: a full queue is no trouble worth a word.
            self.backend.send(Request::InSession(id, command));
            return;
        }
        let drawn = match &command {
            SessionCommand::Board(command) => drawn(command),
            _ => None,
        };
        if !self.request(Request::InSession(id, command.clone()), now_ms) {
            self.not_asked(id, &command, now_ms);
            if let Some((board, preview)) = drawn {
                self.state.stage.boards.not_drawn(board, preview);
            }
            // What was written is given back, never dropped.
            if let Some(text) = draft {
                self.give_back(id, room, text);
            }
        }
    }

    /// Gives a session that nobody named the name of the first person in it.
    pub(crate) fn title_by_person(&mut self, view: &SessionView, now_ms: u64) {
        let other = view.people.iter().find(|person| !person.me && !person.name.is_empty());
        let (true, Some(person)) = (self.state.session(view.id).untitled, other) else { return };
        let day = time::date(&self.words, time::day(view.created_ms, self.utc_offset()));
        let values = [("name", Arg::from(person.name.clone())), ("day", Arg::from(day))];
        let title = self.words.text_with("session-title-person", &values);
        self.in_session(view.id, SessionCommand::SetTitle(title), now_ms);
    }

    fn save_settings(&mut self, settings: Settings, now_ms: u64) {
        if settings.lang() != self.words.lang() {
            self.words = std::sync::Arc::new(Catalog::new(settings.lang()));
        }
        self.settings = settings;
        self.state.settings_form = None;
        self.state.screen = Screen::Session;
        if self.store_settings(now_ms) {
            self.request(Request::Apply(Box::new(self.settings.clone())), now_ms);
        }
    }

    fn store_settings(&mut self, now_ms: u64) -> bool {
        let Some(home) = &self.home else { return true };
        if let Err(error) = self.settings.store(home) {
            tracing::warn!(%error, "the settings can't be stored");
            self.say(now_ms, NoticeKind::Failed, "error-not-stored");
            return false;
        }
        true
    }

    fn full_screen(&mut self, ctx: &egui::Context, on: bool) {
        self.state.stage.full_screen = on;
        self.state.stage.boards.put_form_away();
        self.state.stage.active_at = ctx.input(|input| input.time);
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(on));
    }

    /// Picks up what became of requests.
    pub(crate) fn take_outcomes(&mut self, ctx: &egui::Context, now_ms: u64) {
        for outcome in self.backend.outcomes() {
            let Some(outcome) = self.take_shared(outcome, now_ms) else {
                ctx.request_repaint();
                continue;
            };
            match outcome {
                Outcome::Started(id) => {
                    self.state.session(id).untitled = self.state.untitled_start;
                    self.state.starting = false;
                    self.state.selected = Some(id);
                    self.state.screen = Screen::Session;
                }
                Outcome::NotStarted { code } => {
                    self.state.starting = false;
                    self.say(now_ms, NoticeKind::Failed, code);
                }
                Outcome::Invited(id, invite) => {
                    let session = self.state.session(id);
                    session.link_sent = false;
                    session.invite_made = Some(invite.id);
                }
                Outcome::Decided { session, knock, failure } => {
                    self.state.session(session).deciding.remove(&knock);
                    if let Some(code) = failure {
                        self.say(now_ms, NoticeKind::Failed, code);
                    }
                }
                Outcome::NotSaid { session, knock, text, code } => {
                    self.give_back(session, knock, text);
                    self.say(now_ms, NoticeKind::Failed, code);
                }
                Outcome::NotDrawn { board, preview, code } => {
                    self.state.stage.boards.not_drawn(board, preview);
                    self.say(now_ms, NoticeKind::Failed, code);
                }
                Outcome::Looked { session, look } => self.look(session, look),
                Outcome::PhotoRefused { session, peer } => {
                    let name = self.backend.session(&session).and_then(|view| Some(view.person(&peer)?.name.clone()));
                    let name = Arg::from(name.unwrap_or_default());
                    let text = self.words.text_with("photo-refused", &[("name", name)]);
                    self.state.notice(now_ms, NoticeKind::Failed, text);
                }
                Outcome::Done { said } => self.say(now_ms, NoticeKind::Done, said),
                Outcome::Failed { code } => self.say(now_ms, NoticeKind::Failed, code),
                // Told above.
                Outcome::TooLarge { .. }
                | Outcome::Saved { .. }
                | Outcome::Exported { .. }
                | Outcome::Shared(..)
                | Outcome::PagesFailed { .. }
                | Outcome::TextBegun(..)
                | Outcome::Written { .. } => {}
            }
            ctx.request_repaint();
        }
    }

    /// Another expert asks to look at something.
    fn look(&mut self, session: SessionId, look: Look) {
        let showing = match look {
            Look::Live => Showing::Live,
            Look::Board { board } => Showing::Board(board),
            Look::Page { .. } | Look::Steps { .. } | Look::Text { .. } => return self.look_at(session, look),
        };
        self.state.session(session).reading = None;
        // What is being drawn or compared belongs to the session on stage alone.
        if self.state.selected == Some(session) {
            if self.state.stage.boards.busy() {
                return;
            }
            self.state.stage.boards.leave();
        }
        self.state.stage.showing.insert(session, showing);
    }

    /// Opens a board that has just come: an own one to draw on at once, another's with a word about it.
    pub(crate) fn follow_boards(&mut self, view: &SessionView, now_ms: u64) {
        for done in self.state.stage.boards.exported() {
            match done {
                Ok(path) => {
                    let path = Arg::from(path.to_string_lossy().into_owned());
                    let text = self.words.text_with("board-exported", &[("path", path)]);
                    self.state.notice(now_ms, NoticeKind::Done, text);
                }
                Err(code) => self.say(now_ms, NoticeKind::Failed, code),
            }
        }
        let stage = &mut self.state.stage;
        if let Some(Showing::Board(board)) = stage.showing.get(&view.id)
            && !view.boards.iter().any(|summary| summary.id == *board)
        {
            stage.boards.leave();
            stage.showing.remove(&view.id);
        }
        let Some(fresh) = stage.boards.fresh(view) else { return };
        if !stage.boards.busy() {
            stage.boards.leave();
            stage.showing.insert(view.id, Showing::Board(fresh.board));
            if let Some(session) = self.state.sessions.get_mut(&view.id) {
                session.reading = None;
            }
            if fresh.mine && view.role != Role::Viewer {
                let tool = stage.boards.tool;
                stage.boards.choose(Mode::Draw(tool));
            }
        }
        if !fresh.mine {
            let text = self.words.text_with("board-came", &[("name", Arg::from(fresh.name))]);
            self.state.notice(now_ms, NoticeKind::Done, text);
        }
    }

    /// Puts a message that was not written before what was typed since.
    fn give_back(&mut self, id: SessionId, room: Option<sightline_node::KnockId>, text: String) {
        let session = self.state.session(id);
        let draft = match room {
            Some(knock) => session.waiting_drafts.entry(knock).or_default(),
            None => &mut session.draft,
        };
        *draft = if draft.is_empty() { text } else { format!("{text}\n{draft}") };
    }

    pub(crate) fn request(&mut self, request: Request, now_ms: u64) -> bool {
        let sent = self.backend.send(request);
        if !sent {
            self.say(now_ms, NoticeKind::Failed, "error-busy");
        }
        sent
    }

    pub(crate) fn say(&mut self, now_ms: u64, kind: NoticeKind, id: &str) {
        let text = self.words.text(id);
        self.state.notice(now_ms, kind, text);
    }
}
