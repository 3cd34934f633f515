//! Carries out what has to do with files, checklists, notes and shared texts: what was chosen, dropped or pasted goes to
//! the node, and what came of it is said.

use std::path::PathBuf;

use egui::{
    Align2, Color32, CornerRadius, Event, Rect, Stroke, StrokeKind, Ui, text::CCursor, text_edit::TextEditState,
};
use sightline_node::{
    DocumentId, EntryId, KnockId, SessionId,
    show::{DeskCommand, FileCommand, Look},
    view::SessionView,
};

use crate::{
    bridge::{Outcome, Written},
    command::{Command, SessionCommand},
    context::Context,
    errands::Ask,
    i18n::Arg,
    panels::{
        chat::data::shown_conversation,
        files::data::{may_write, to_whom},
        notes::{Editor, text::field_id},
        steps::{StepsForm, template::Template},
    },
    shell::Shell,
    stage::{board::view::board_title, pages::Reading},
    state::{Dialog, NoticeKind, Screen, Tab},
    text::{size, time},
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{RADIUS_2, TEXT_4},
    },
};

impl Shell {
    /// Opens a file dialog.
    pub(crate) fn pick(&mut self, ctx: &egui::Context, ask: Ask, now_ms: u64) {
        if !self.errands.pick(ctx, &self.words, ask) {
            self.say(now_ms, NoticeKind::Failed, "error-busy");
        }
    }

    /// Does what a file dialog was opened for.
    pub(crate) fn picked(&mut self, ctx: &egui::Context, ask: Ask, paths: Vec<PathBuf>, now_ms: u64) {
        let Some(first) = paths.first().cloned() else { return };
        let (id, command) = match ask {
            Ask::Files(id, to) | Ask::Folder(id, to) => (id, FileCommand::Send { paths, to }),
            Ask::Document(id) => (id, FileCommand::Share { path: first }),
            Ask::SaveTo(id, file) => (id, FileCommand::Save { file, folder: first }),
            Ask::SaveAll(id) => (id, FileCommand::SaveAll { folder: first }),
            Ask::Template(id) => {
                if !self.errands.read_template(ctx, id, first) {
                    self.say(now_ms, NoticeKind::Failed, "error-busy");
                }
                return;
            }
            Ask::Export(id) => {
                self.state.dialog = Some(Dialog::Export(id, first));
                return;
            }
            Ask::Board(id, board) => return self.export_board(ctx, id, board, first, now_ms),
        };
        self.in_session(id, SessionCommand::File(command), now_ms);
    }

    /// Writes a board as it is now into a folder.
    fn export_board(&mut self, ctx: &egui::Context, id: SessionId, board: DocumentId, folder: PathBuf, now_ms: u64) {
        match self.backend.board(&id, &board) {
            Some(board) => {
                let title = board_title(&self.words, self.utc_offset(), &board.summary);
                self.state.stage.boards.export(ctx, board, folder, title);
            }
            None => self.say(now_ms, NoticeKind::Failed, "error-unknown-board"),
        }
    }

    /// Puts a checklist that was read from a file into the form.
    pub(crate) fn template_read(&mut self, id: SessionId, template: Template) {
        self.state.session(id).steps.form = Some(StepsForm::filled(template));
        self.show_tab(id, Tab::Steps);
    }

    /// Files dropped onto the window and pictures from the clipboard go to the conversation that is shown.
    pub(crate) fn incoming(&mut self, ctx: &egui::Context, view: &SessionView, now_ms: u64) {
        let (dropped, pasted) = ctx.input(|input| {
            let pasted = input.events.iter().find_map(|event| match event {
                Event::PasteImage(image) => Some(image.clone()),
                _ => None,
            });
            (input.raw.dropped_files.clone(), pasted)
        });
        if dropped.is_empty() && pasted.is_none() {
            return;
        }
        if !may_write(view) {
            self.say(now_ms, NoticeKind::Failed, "files-not-now");
            return;
        }
        let to = self.conversation(view);
        let paths: Vec<PathBuf> = dropped.iter().map(|file| file.path().to_owned()).collect();
        if !paths.is_empty() {
            self.in_session(view.id, SessionCommand::File(FileCommand::Send { paths, to }), now_ms);
            self.say(now_ms, NoticeKind::Done, "files-on-their-way");
        }
        if let Some(image) = pasted {
            let clock = time::clock(now_ms, self.utc_offset()).replace(':', ".");
            let name = self.words.text_with("files-pasted-name", &[("time", Arg::from(clock))]);
            let sent = self.errands.send_picture(ctx, view.id, to, image, name);
            let (kind, id) =
                if sent { (NoticeKind::Done, "files-on-their-way") } else { (NoticeKind::Failed, "error-busy") };
            self.say(now_ms, kind, id);
        }
    }

    fn conversation(&mut self, view: &SessionView) -> Option<KnockId> {
        shown_conversation(view, self.state.session(view.id).chat_with)
    }

    /// While files hang over the window: where they would go.
    pub(crate) fn drop_ui(&mut self, ui: &Ui, cx: &Context<'_>, view: &SessionView) {
        let hovering = ui.ctx().input(|input| !input.raw.hovered_files.is_empty());
        if !hovering || !may_write(view) {
            return;
        }
        let to = self.conversation(view);
        let name = to_whom(cx.words, view, to);
        let text = cx.text_with("files-drop", &[("name", Arg::from(name))]);
        let rect = ui.ctx().content_rect();
        let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
        let painter = ui.ctx().layer_painter(layer);
        painter.rect_filled(rect, 0.0, Color32::from_black_alpha(150));
        let galley = painter.layout_no_wrap(text, font(TEXT_4, Weight::Strong), cx.tokens.ink_title);
        let card = Rect::from_center_size(rect.center(), galley.size() + egui::vec2(96.0, 104.0));
        let radius = CornerRadius::same(RADIUS_2);
        painter.rect(card, radius, cx.tokens.card, Stroke::new(2.0, cx.tokens.accent), StrokeKind::Inside);
        let icon = card.center_top() + egui::vec2(0.0, 40.0);
        painter.text(icon, Align2::CENTER_CENTER, Icon::Attach.glyph(), Icon::font(28.0), cx.tokens.accent);
        let at = egui::pos2(card.center().x - galley.size().x / 2.0, card.bottom() - 32.0 - galley.size().y);
        painter.galley(at, galley, cx.tokens.ink_title);
    }

    /// Sends what was typed into shared texts when it is due, and takes in what others wrote.
    pub(crate) fn follow_texts(&mut self, ctx: &egui::Context, now_ms: u64) {
        let backend = &self.backend;
        let mut due = Vec::new();
        for (id, session) in &mut self.state.sessions {
            let Some(editor) = &mut session.notes.editor else { continue };
            if editor.closing && !editor.is_dirty() {
                session.notes.editor = None;
                continue;
            }
            if let Some(view) = backend.text_view(id, &editor.text)
                && let Some(change) = editor.shared(&view.text, now_ms)
            {
                move_cursor(ctx, editor.text, &change);
            }
            // What may not be written any more is not tried over and over.
            if backend.session(id).is_some_and(|view| may_write(&view)) {
                due.extend(editor.due(now_ms, editor.closing).map(|command| (*id, command)));
            }
            // Cursors of others and the pause after the last key are looked at now and then.
            ctx.request_repaint_after(std::time::Duration::from_millis(200));
        }
        for (id, command) in due {
            self.splice(id, command, now_ms);
        }
    }

    fn splice(&mut self, id: SessionId, command: DeskCommand, now_ms: u64) {
        if !self.request(crate::bridge::Request::InSession(id, SessionCommand::Desk(command)), now_ms)
            && let Some(editor) = &mut self.state.session(id).notes.editor
        {
            editor.answered(false, now_ms);
            editor.typed(now_ms);
        }
    }

    /// Sends what was typed and closes the text: at once if everything is stored, else as soon as it is.
    pub(crate) fn close_text(&mut self, id: SessionId, now_ms: u64) {
        let Some(editor) = &mut self.state.session(id).notes.editor else { return };
        editor.closing = true;
        let (text, due) = (editor.text, editor.due(now_ms, true));
        if let Some(command) = due {
            self.splice(id, command, now_ms);
        }
        // A text that is gone, or in which nothing may be written any more, has nothing to wait for.
        let stuck = self.backend.text_view(&id, &text).is_none()
            || self.backend.session(&id).is_none_or(|view| !may_write(&view));
        let editor = &mut self.state.session(id).notes.editor;
        if stuck || editor.as_ref().is_some_and(|editor| !editor.is_dirty()) {
            *editor = None;
        }
    }

    /// The node could not even be asked: forms that wait for an answer must not wait for ever.
    pub(crate) fn not_asked(&mut self, id: SessionId, command: &SessionCommand, now_ms: u64) {
        let what = match command {
            SessionCommand::Desk(DeskCommand::AddSteps { .. }) => Written::Steps,
            SessionCommand::Desk(DeskCommand::SetStep { list, step, .. }) => Written::Step(*list, *step),
            SessionCommand::Desk(DeskCommand::AddNote(_)) => Written::Note,
            SessionCommand::Desk(DeskCommand::EditNote { note, .. }) => Written::Edit(*note),
            SessionCommand::File(FileCommand::ShowPages { file, pages }) => {
                return self.pages_failed(id, *file, pages, "error-busy", now_ms);
            }
            _ => return,
        };
        self.written(id, what, false, now_ms);
    }

    /// Pages could not be made: who reads the document sees why in their place.
    fn pages_failed(&mut self, id: SessionId, file: EntryId, pages: &[u32], code: &'static str, now_ms: u64) {
        match &mut self.state.session(id).reading {
            Some(reading) if reading.file == file => reading.failed(pages, code, now_ms),
            _ => self.say(now_ms, NoticeKind::Failed, code),
        }
    }

    /// Something that was written is stored and leaves its field, or is not and stays there.
    fn written(&mut self, id: SessionId, what: Written, stored: bool, now_ms: u64) {
        let session = self.state.session(id);
        match what {
            Written::Steps => match &mut session.steps.form {
                // Another form may have been opened since.
                Some(form) if form.sending && stored => session.steps.form = None,
                Some(form) => form.sending = false,
                None => {}
            },
            Written::Step(list, step) => {
                let note = session.steps.note.as_mut().filter(|note| note.list == list && note.step == step);
                match note {
                    Some(note) if note.sending && stored => session.steps.note = None,
                    Some(note) => note.sending = false,
                    None => {}
                }
            }
            Written::Note => {
                let sent = session.notes.sending.take().filter(|_| stored);
                let draft = &mut session.notes.draft;
                // What was typed meanwhile stays.
                if let Some(rest) = sent.and_then(|sent| draft.trim_start().strip_prefix(&*sent).map(str::trim_start)) {
                    *draft = rest.to_owned();
                }
            }
            Written::Edit(note) => match &mut session.notes.editing {
                Some((which, _, true)) if *which == note && stored => session.notes.editing = None,
                Some((which, _, sending)) if *which == note => *sending = false,
                _ => {}
            },
            Written::Splice(text) => {
                if let Some(editor) = session.notes.editor.as_mut().filter(|editor| editor.text == text) {
                    editor.answered(stored, now_ms);
                }
            }
        }
    }

    /// Says what came of files, checklists, notes and texts; gives back what it is not about.
    pub(crate) fn take_shared(&mut self, outcome: Outcome, now_ms: u64) -> Option<Outcome> {
        let words = self.words.clone();
        match outcome {
            Outcome::TooLarge { name, size, count, limit } => {
                let values = [
                    ("name", Arg::from(name)),
                    ("size", Arg::from(size::bytes(&words, size))),
                    ("limit", Arg::from(size::bytes(&words, limit))),
                    ("more", Arg::from(count.saturating_sub(1))),
                ];
                self.state.notice(now_ms, NoticeKind::Failed, words.text_with("files-too-large", &values));
            }
            Outcome::Saved { count, folder } => {
                let values = [("count", Arg::from(count)), ("folder", Arg::from(folder.display().to_string()))];
                self.state.notice(now_ms, NoticeKind::Done, words.text_with("files-saved", &values));
            }
            Outcome::Exported { folder } => {
                let values = [("folder", Arg::from(folder.display().to_string()))];
                self.state.notice(now_ms, NoticeKind::Done, words.text_with("files-exported", &values));
            }
            Outcome::Shared(id, file) => self.open_document(id, file, 0),
            Outcome::PagesFailed { session, file, pages, code } => {
                self.pages_failed(session, file, &pages, code, now_ms);
            }
            Outcome::TextBegun(id, text) => self.open_text(id, text),
            Outcome::Written { session, what, failure } => {
                self.written(session, what, failure.is_none(), now_ms);
                if let Some(code) = failure {
                    self.say(now_ms, NoticeKind::Failed, code);
                }
            }
            other => return Some(other),
        }
        None
    }

    /// Shows a tab of a session, if that is the one on stage: what happens in another one doesn't take over the window.
    fn show_tab(&mut self, id: SessionId, tab: Tab) {
        if self.state.selected == Some(id) {
            self.state.tab = tab;
            self.state.panel_open = true;
        }
    }

    /// Puts a document on the session's stage.
    pub(crate) fn open_document(&mut self, id: SessionId, file: EntryId, page: u32) {
        if self.state.selected == Some(id) {
            self.state.screen = Screen::Session;
        }
        let reading = &mut self.state.session(id).reading;
        match reading {
            Some(reading) if reading.file == file => reading.follow(page),
            reading => {
                let mut new = Reading::new(file, page);
                new.follow(page);
                *reading = Some(new);
            }
        }
    }

    /// Another expert asks to look at a page, a checklist or a text.
    pub(crate) fn look_at(&mut self, id: SessionId, look: Look) {
        match look {
            Look::Page { file, page } => self.open_document(id, file, page),
            Look::Steps { list } => {
                let steps = &mut self.state.session(id).steps;
                steps.shown = Some(list);
                // One that was unfolded by hand before would be folded by this.
                steps.toggled.remove(&list);
                self.show_tab(id, Tab::Steps);
            }
            Look::Text { text } => self.open_text(id, text),
            // They are looked at on the stage.
            Look::Live | Look::Board { .. } => {}
        }
    }

    /// Opens a shared text in the panel.
    pub(crate) fn open_text(&mut self, id: SessionId, text: DocumentId) {
        let shared = self.backend.text_view(&id, &text).map(|view| view.text.clone()).unwrap_or_default();
        let notes = &mut self.state.session(id).notes;
        match &mut notes.editor {
            Some(editor) if editor.text == text => editor.closing = false,
            // A text with unsent words is not pushed aside.
            Some(editor) if editor.is_dirty() => {}
            _ => notes.editor = Some(Editor::new(text, &shared)),
        }
        notes.texts = true;
        self.show_tab(id, Tab::Notes);
    }
}

/// Lets the cursor in a text's field follow a change that somebody else made.
fn move_cursor(ctx: &egui::Context, text: DocumentId, change: &crate::panels::notes::editor::Splice) {
    let id = field_id(text);
    let Some(mut state) = TextEditState::load(ctx, id) else { return };
    if let Some(mut range) = state.cursor.char_range() {
        range.primary = CCursor::new(change.moved(range.primary.index.0));
        range.secondary = CCursor::new(change.moved(range.secondary.index.0));
        state.cursor.set_char_range(Some(range));
        state.store(ctx, id);
    }
}

/// What dialogs of files, checklists and notes ask for when they are answered with yes.
pub(crate) fn confirmed(dialog: &Dialog) -> Option<Command> {
    Some(match dialog {
        Dialog::CancelFile(id, file) => Command::InSession(*id, SessionCommand::File(FileCommand::Cancel(*file))),
        Dialog::HideFile(id, file) => Command::InSession(*id, SessionCommand::File(FileCommand::Hide(*file))),
        Dialog::RemoveSteps(id, list) => Command::InSession(*id, SessionCommand::Desk(DeskCommand::RemoveSteps(*list))),
        Dialog::RemoveNote(id, note) => Command::InSession(*id, SessionCommand::Desk(DeskCommand::RemoveNote(*note))),
        _ => return None,
    })
}
