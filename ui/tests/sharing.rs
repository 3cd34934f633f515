//! Files, checklists, notes and shared texts in the real window, clicked by the names that screen readers hear.

mod window;

use egui_kittest::kittest::Queryable as _;
use sightline_node::{
    DocumentId, SessionId,
    show::{BoardCommand, DeskCommand, FileCommand, LiveOut, Look},
    view::{Role, SessionState, SessionView, StepState, VideoState},
};
use sightline_ui::{
    bridge::{Outcome, Request, Written},
    command::{Command, SessionCommand},
    errands::Ask,
    fixtures::{self, Still, shelf},
    i18n::Lang,
    stage::{Showing, board::Mode},
    state::{Dialog, Screen, Tab},
};
use window::{Window, one};

fn full() -> SessionView {
    let mut view = fixtures::session_with_operator(VideoState::Off);
    shelf::fill(&mut view);
    shelf::add_steps(&mut view);
    shelf::add_notes(&mut view);
    shelf::add_texts(&mut view);
    view
}

fn open(view: SessionView, tab: Tab) -> Window {
    let window = Window::open(one(view), |state| state.tab = tab);
    window.asked();
    window
}

fn files(window: &Window) -> Vec<FileCommand> {
    let asked = window.asked().into_iter();
    let file = |request| match request {
        Request::InSession(_, SessionCommand::File(command)) => Some(command),
        _ => None,
    };
    asked.filter_map(file).collect()
}

fn desk(window: &Window) -> Vec<DeskCommand> {
    let asked = window.asked().into_iter();
    let desk = |request| match request {
        Request::InSession(_, SessionCommand::Desk(command)) => Some(command),
        _ => None,
    };
    asked.filter_map(desk).collect()
}

fn write(window: &mut Window, label: &str, text: &str) {
    let field = window.harness.get_all_by_label(label).last().expect("a field");
    field.focus();
    window.harness.run_steps(2);
    window.harness.get_all_by_label(label).last().expect("a field").type_text(text);
    window.harness.run_steps(2);
}

const ID: SessionId = SessionId([7; 16]);

#[test]
fn every_tab_is_named_and_opens_in_both_languages() {
    let names = [
        (Lang::En, ["Chat", "People", "Files", "Steps", "Notes"]),
        (Lang::Es, ["Chat", "Personas", "Archivos", "Pasos", "Notas"]),
    ];
    for (lang, names) in names {
        let mut window = Window::open_in(one(full()), lang, |_| {});
        let tabs = [Tab::Chat, Tab::People, Tab::Files, Tab::Steps, Tab::Notes];
        for (name, tab) in names.into_iter().zip(tabs) {
            window.click(name);
            assert_eq!(window.shell.borrow_mut().state().tab, tab, "{name}");
        }
    }
}

#[test]
fn transfers_are_paused_resumed_fetched_and_stopped_after_a_question() {
    let view = full();
    let id = |name: &str| view.files.iter().find(|file| file.name == name).expect("on the shelf").id;
    let (video, noise, backup) = (id("pump running.mp4"), id("noise.m4a"), id("full backup.img"));
    let mut window = open(view, Tab::Files);
    window.click("Pause: pump running.mp4");
    window.click("Go on: noise.m4a");
    window.click("Fetch: full backup.img");
    assert_eq!(files(&window), [FileCommand::Pause(video), FileCommand::Resume(noise), FileCommand::Fetch(backup)]);
    window.click("More for pump running.mp4");
    window.click("Stop the transfer");
    assert!(files(&window).is_empty(), "first it asks");
    assert!(window.sees("Stop this transfer?"));
    window.harness.get_all_by_label("Stop the transfer").last().expect("the dialog's button").click();
    window.harness.run_steps(3);
    assert_eq!(files(&window), [FileCommand::Cancel(video)]);
}

#[test]
fn a_picture_is_looked_at_and_becomes_a_board() {
    let view = full();
    let blob = view.files.iter().find(|file| file.name == "type plate.jpg").expect("on the shelf").blob;
    let mut window = open(view, Tab::Files);
    window.click("Look at it: type plate.jpg");
    window.click("Draw on it");
    let board = BoardCommand::FromBlob { title: "type plate.jpg".to_owned(), blob };
    assert_eq!(window.asked(), [Request::InSession(ID, SessionCommand::Board(board))]);
    assert!(!window.sees("Draw on it"), "the picture is closed");
}

#[test]
fn what_was_chosen_in_a_dialog_goes_where_it_was_asked_for() {
    let window = open(full(), Tab::Files);
    let ctx = window.harness.ctx.clone();
    let file = shelf::entry(2, 4);
    let picked = |ask, paths: &[&str]| {
        let paths = paths.iter().map(Into::into).collect();
        window.shell.borrow_mut().command(&ctx, Command::Picked(ask, paths));
        files(&window)
    };
    let sent = picked(Ask::Files(ID, None), &["/a", "/b"]);
    assert_eq!(sent, [FileCommand::Send { paths: vec!["/a".into(), "/b".into()], to: None }]);
    assert_eq!(picked(Ask::SaveTo(ID, file), &["/out"]), [FileCommand::Save { file, folder: "/out".into() }]);
    assert_eq!(picked(Ask::SaveAll(ID), &["/out"]), [FileCommand::SaveAll { folder: "/out".into() }]);
    assert_eq!(picked(Ask::Document(ID), &["/m.pdf"]), [FileCommand::Share { path: "/m.pdf".into() }]);
    assert!(picked(Ask::Files(ID, None), &[]).is_empty());
}

#[test]
fn the_limit_is_named_when_a_file_is_too_large() {
    let mut window = open(full(), Tab::Files);
    assert!(window.sees("Up to 1 GB for each file"));
    let (name, gib) = ("film.mov".to_owned(), 1 << 30);
    window.still.answer(Outcome::TooLarge { name, size: 3 * gib / 2, count: 1, limit: gib });
    window.harness.run_steps(2);
    assert!(window.sees("“film.mov” has 1.5 GB; here a file may have 1 GB at most. It was not sent."));
}

#[test]
fn export_asks_whether_notes_go_along() {
    let mut window = open(full(), Tab::Files);
    let ctx = window.harness.ctx.clone();
    window.shell.borrow_mut().command(&ctx, Command::Picked(Ask::Export(ID), vec!["/out".into()]));
    window.harness.run_steps(3);
    window.click("With the notes that only experts see");
    window.harness.get_all_by_label("Export").last().expect("the dialog's button").click();
    window.harness.run_steps(3);
    assert_eq!(desk(&window), [DeskCommand::Export { folder: "/out".into(), with_desk: true }]);
}

#[test]
fn steps_are_ticked_failed_and_shown() {
    let mut window = open(full(), Tab::Steps);
    let list = shelf::entry(1, 21);
    window.click("Step 4: set to “Done”");
    window.click("More for step 5");
    window.click("Doesn’t work");
    let set = |step, state| DeskCommand::SetStep { list, step, state, note: String::new(), photo: None };
    assert_eq!(desk(&window), [set(3, StepState::Done), set(4, StepState::Failed)]);
    window.click("Show to everybody: Change the shaft seal");
    let look = SessionCommand::Board(BoardCommand::Look(Look::Steps { list }));
    assert_eq!(window.asked(), [Request::InSession(ID, look)]);
}

#[test]
fn a_photo_and_a_note_stay_when_a_step_is_set_again() {
    let view = full();
    let photo = view.steps[1].steps[1].photo;
    assert!(photo.is_some());
    let mut window = open(view, Tab::Steps);
    window.click("More for step 2");
    window.click("Doesn’t work");
    let asked = desk(&window);
    assert!(matches!(&asked[..], [DeskCommand::SetStep { photo: kept, .. }] if *kept == photo), "{asked:?}");
}

#[test]
fn a_checklist_is_composed_and_stays_until_it_is_stored() {
    let mut window = open(full(), Tab::Steps);
    window.click("New checklist");
    write(&mut window, "Title of the checklist", "Seal");
    write(&mut window, "Steps", "- [ ] Close the inlet\n- [ ] Wait");
    window.click("Publish");
    let steps = vec!["Close the inlet".to_owned(), "Wait".to_owned()];
    assert_eq!(desk(&window), [DeskCommand::AddSteps { title: "Seal".to_owned(), steps }]);
    let answer = |failure| Outcome::Written { session: ID, what: Written::Steps, failure };
    window.still.answer(answer(Some("error-not-stored")));
    window.harness.run_steps(3);
    assert!(window.sees("Title of the checklist"), "what could not be stored stays in the form");
    window.click("Publish");
    window.still.answer(answer(None));
    window.harness.run_steps(3);
    assert!(!window.sees("Title of the checklist"));
}

#[test]
fn notes_are_written_found_changed_and_taken_away_after_a_question() {
    let mut window = open(full(), Tab::Notes);
    assert!(window.sees("Only experts see this"));
    write(&mut window, "New note", "Ask for the gap");
    window.click("Add note");
    assert_eq!(desk(&window), [DeskCommand::AddNote("Ask for the gap".to_owned())]);
    window.still.answer(Outcome::Written { session: ID, what: Written::Note, failure: None });
    window.harness.run_steps(3);
    assert!(window.shell.borrow_mut().state().session(ID).notes.draft.is_empty());

    write(&mut window, "Search the notes", "cluj");
    assert!(window.sees("Same leak as in Cluj") && !window.sees("Offer: seal kit"));
    window.click("More for the note Jordi · 14:01");
    assert!(!window.sees("Edit"), "another’s note is not changed");
    window.click("Take away");
    assert!(desk(&window).is_empty());
    window.harness.get_all_by_label("Take away").last().expect("the dialog's button").click();
    window.harness.run_steps(3);
    assert_eq!(desk(&window), [DeskCommand::RemoveNote(shelf::entry(7, 31))]);
}

#[test]
fn who_is_no_expert_has_shared_texts_and_no_notes() {
    let mut view = full();
    view.role = Role::Operator;
    let window = open(view, Tab::Notes);
    assert!(!window.sees("Only experts see this") && !window.sees("Private notes"));
    assert!(window.sees("Parts to order"));
}

#[test]
fn a_shared_text_is_written_by_both_at_once() {
    let still = one(full());
    still.show_text(shelf::shared_text("one two", 3));
    let mut window = Window::open(still, |state| {
        state.tab = Tab::Notes;
        state.session(ID).notes.texts = true;
    });
    window.click("Parts to order · You · 14:03");
    assert!(window.sees("Mihai is here in the text"));
    window.asked();
    write(&mut window, "Shared text", " three");
    let text = DocumentId([1; 16]);
    let asked = window.asked();
    let cursor = |request: &Request| matches!(request, Request::InSession(_, SessionCommand::Live(LiveOut::Cursor { text: of, at })) if *of == text && *at == 13);
    assert!(asked.iter().any(cursor), "{asked:?}");
    // Somebody else writes in front meanwhile; then the text is closed, which sends what is left.
    window.still.show_text(shelf::shared_text("0 one two", 3));
    window.harness.run_steps(3);
    window.click("Back to the list");
    let splice = DeskCommand::Splice { text, at: 9, delete: 0, insert: " three".to_owned() };
    assert_eq!(desk(&window), [splice]);
}

fn open_text(text: &str) -> Window {
    let still = one(full());
    still.show_text(shelf::shared_text(text, 3));
    let mut window = Window::open(still, |state| {
        state.tab = Tab::Notes;
        state.session(ID).notes.texts = true;
    });
    window.click("Parts to order · You · 14:03");
    window.asked();
    window
}

#[test]
fn a_text_is_closed_once_it_is_stored_and_what_could_not_be_stored_is_sent_again() {
    let mut window = open_text("one two");
    write(&mut window, "Shared text", " three");
    let text = DocumentId([1; 16]);
    let splice = DeskCommand::Splice { text, at: 7, delete: 0, insert: " three".to_owned() };
    let answer = |window: &mut Window, failure| {
        window.still.answer(Outcome::Written { session: ID, what: Written::Splice(text), failure });
        window.harness.run_steps(3);
    };
    window.click("Back to the list");
    assert_eq!(desk(&window), std::slice::from_ref(&splice));
    let dirty = |window: &Window| {
        window.shell.borrow_mut().state().session(ID).notes.editor.as_ref().is_some_and(|editor| editor.is_dirty())
    };
    assert!(dirty(&window), "it stays until it is stored");
    answer(&mut window, Some("error-not-stored"));
    assert!(dirty(&window), "nothing typed is lost, nor said to be stored");
    window.click("Back to the list");
    assert_eq!(desk(&window), [splice]);
    answer(&mut window, None);
    assert!(
        window.shell.borrow_mut().state().session(ID).notes.editor.is_none(),
        "Back is done without a second click"
    );
}

#[test]
fn a_text_in_which_nothing_may_be_written_any_more_can_be_left() {
    let mut window = open_text("one two");
    write(&mut window, "Shared text", " three");
    let mut view = full();
    view.state = SessionState::Closed;
    window.still.replace(view);
    window.harness.run_steps(2);
    window.click("Back to the list");
    assert!(window.shell.borrow_mut().state().session(ID).notes.editor.is_none());
}

#[test]
fn what_is_typed_while_a_note_is_stored_stays() {
    let mut window = open(full(), Tab::Notes);
    write(&mut window, "New note", "Ask for the gap");
    window.click("Add note");
    window.shell.borrow_mut().state().session(ID).notes.draft.push_str(" and the seal");
    window.still.answer(Outcome::Written { session: ID, what: Written::Note, failure: None });
    window.harness.run_steps(3);
    assert_eq!(window.shell.borrow_mut().state().session(ID).notes.draft, "and the seal");
}

#[test]
fn a_form_being_stored_takes_no_words_that_would_go_with_it() {
    let mut window = open(full(), Tab::Steps);
    window.click("New checklist");
    write(&mut window, "Title of the checklist", "Seal");
    write(&mut window, "Steps", "- [ ] Wait");
    window.click("Publish");
    write(&mut window, "Title of the checklist", " again");
    let form = window.shell.borrow_mut().state().session(ID).steps.form.clone();
    assert_eq!(form.map(|form| form.title).as_deref(), Some("Seal"));
    // It was given up, and another is begun: that one is not stored.
    window.click("Cancel");
    window.click("New checklist");
    window.still.answer(Outcome::Written { session: ID, what: Written::Steps, failure: None });
    window.harness.run_steps(3);
    assert!(window.sees("Title of the checklist"));
}

fn look(window: &mut Window, session: SessionId, look: Look) {
    window.still.answer(Outcome::Looked { session, look });
    window.harness.run_steps(3);
}

#[test]
fn a_look_opens_the_checklist_the_text_and_the_page() {
    let still = one(full());
    still.show_text(shelf::shared_text("one two", 3));
    let list = shelf::entry(1, 20);
    let mut window = Window::open(still, |state| {
        // Unfolded by hand before.
        state.session(ID).steps.toggled.insert(list);
        state.panel_open = false;
    });
    look(&mut window, ID, Look::Steps { list });
    assert_eq!(window.shell.borrow_mut().state().tab, Tab::Steps);
    assert!(window.sees("Listen for a minute"), "the checklist is unfolded");
    look(&mut window, ID, Look::Text { text: DocumentId([1; 16]) });
    assert_eq!(window.shell.borrow_mut().state().tab, Tab::Notes);
    assert!(window.sees("Shared text"));
    window.shell.borrow_mut().state().dialog = Some(Dialog::CloseSession(ID));
    look(&mut window, ID, Look::Page { file: shelf::entry(1, 5), page: 3 });
    let mut shell = window.shell.borrow_mut();
    assert_eq!(shell.state().session(ID).reading.as_ref().map(|reading| reading.page), Some(3));
    assert_eq!(shell.state().dialog, Some(Dialog::CloseSession(ID)), "an open question is not answered for anybody");
}

#[test]
fn a_look_in_another_session_leaves_the_window_alone() {
    let (other, board) = (SessionId([9; 16]), DocumentId([21; 16]));
    let views = vec![full(), fixtures::session(9, "Boiler")];
    let still = Still::new(fixtures::node_with(&views), views);
    let mut window = Window::open(still, |state| {
        state.selected = Some(ID);
        state.panel_open = false;
        state.screen = Screen::Settings;
        state.stage.boards.mode = Mode::Erase;
    });
    let (file, list) = (shelf::entry(1, 5), shelf::entry(1, 20));
    for at in [
        Look::Steps { list },
        Look::Text { text: DocumentId([1; 16]) },
        Look::Board { board },
        Look::Page { file, page: 3 },
    ] {
        look(&mut window, other, at);
    }
    window.still.answer(Outcome::Shared(other, file));
    window.still.answer(Outcome::TextBegun(other, DocumentId([2; 16])));
    window.harness.run_steps(3);
    let mut shell = window.shell.borrow_mut();
    let state = shell.state();
    assert_eq!((state.tab, state.panel_open, state.screen), (Tab::Chat, false, Screen::Settings));
    assert_eq!(state.stage.boards.mode, Mode::Erase, "the hand keeps its tool");
    assert_eq!(state.stage.showing.get(&other), Some(&Showing::Board(board)));
    assert!(state.session(other).reading.is_some() && state.session(other).steps.shown == Some(list));
}

#[test]
fn a_page_that_could_not_be_made_says_why() {
    let mut window = open(full(), Tab::Chat);
    let file = shelf::entry(1, 5);
    look(&mut window, ID, Look::Page { file, page: 7 });
    assert_eq!(files(&window), [FileCommand::ShowPages { file, pages: vec![7, 8] }]);
    window.still.answer(Outcome::PagesFailed { session: ID, file, pages: vec![7, 8], code: "error-not-stored" });
    window.harness.run_steps(3);
    let why = sightline_ui::i18n::Catalog::new(Lang::En).text("error-not-stored");
    assert!(window.sees(&why), "{why}");
    assert!(files(&window).is_empty(), "not at once");
}

#[test]
fn nothing_is_offered_in_a_closed_session() {
    let mut view = full();
    view.state = SessionState::Closed;
    for (tab, button) in [(Tab::Files, "Send files"), (Tab::Steps, "New checklist"), (Tab::Notes, "Add note")] {
        let window = open(view.clone(), tab);
        assert!(!window.sees(button), "{button}");
    }
}

#[test]
fn ten_thousand_files_are_drawn_within_a_frame() {
    let mut view = full();
    let one = view.files[1].clone();
    let many = (0..10_000_u64).map(|number| {
        let mut file = one.clone();
        file.id.counter = 100 + number;
        file
    });
    view.files = std::sync::Arc::new(many.collect());
    let window = open(view, Tab::Files);
    let rows = window.harness.query_all_by_label_contains("Look at it").count();
    assert!((3..40).contains(&rows), "only what is in sight is drawn, not {rows} rows");
}
