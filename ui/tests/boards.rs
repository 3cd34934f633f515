//! Boards in the real window: drawn on with a pointer, driven by keys, with views made by hand behind them.

mod window;

use std::{
    cell::RefCell,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, pos2};
use egui_kittest::{Harness, kittest::Queryable as _};
use sightline_node::{
    DocumentId, PeerId, SessionId,
    show::{BoardCommand, Ink, LiveOut, Look, PointerAct, PointerTarget, Tool},
    view::{BoardView, LiveView, Role, SessionView, VideoState},
};
use sightline_ui::{
    bridge::{Outcome, Request},
    command::{Command, SessionCommand},
    errands::Ask,
    fixtures::{self, Still, boards, shelf},
    shell::Shell,
    stage::{
        Showing,
        board::{Mode, Width},
        pages::Reading,
    },
    state::UiState,
};

struct Window {
    harness: Harness<'static>,
    still: Still,
    shell: Rc<RefCell<Shell>>,
}

const SESSION: SessionId = SessionId([7; 16]);
const BOARD: DocumentId = DocumentId([21; 16]);
const MIHAI: PeerId = PeerId([2; 32]);

fn view_with(boards: &[BoardView]) -> SessionView {
    let mut view = fixtures::session_with_operator(VideoState::Live);
    view.boards = Arc::new(boards.iter().map(|board| board.summary.clone()).collect());
    view
}

impl Window {
    fn open(boards: Vec<BoardView>, prepare: impl FnOnce(&mut UiState)) -> Self {
        Self::open_as(view_with(&boards), boards, prepare)
    }

    fn open_as(view: SessionView, boards: Vec<BoardView>, prepare: impl FnOnce(&mut UiState)) -> Self {
        let still = Still::new(fixtures::node_with(std::slice::from_ref(&view)), vec![view]);
        boards.into_iter().for_each(|board| still.show_board(board));
        still.frame_slot().publish(fixtures::picture(64, 36, 1));
        let window::Window { harness, still, shell } = window::Window::open(still, prepare);
        Self { harness, still, shell }
    }

    /// Opens on a board, with its picture decoded, and forgets what was asked so far.
    fn on_board(boards: Vec<BoardView>, mode: Mode) -> Self {
        let mut window = Self::open(boards, |state| {
            state.stage.showing.insert(SESSION, Showing::Board(BOARD));
            state.stage.boards.choose(mode);
        });
        window.picture();
        window.still.asked();
        window
    }

    /// Where the picture lies, once it was decoded.
    fn picture(&mut self) -> Rect {
        let began = Instant::now();
        loop {
            self.harness.run_steps(2);
            if let Some(place) = self.shell.borrow_mut().state().stage.boards.last_place {
                return place;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "the picture is never decoded");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn at(&mut self, x: f32, y: f32) -> Pos2 {
        let place = self.picture();
        pos2(place.left() + x * place.width(), place.top() + y * place.height())
    }

    fn button(&mut self, at: Pos2, button: PointerButton, pressed: bool) {
        self.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
        self.harness.step();
    }

    fn move_to(&mut self, at: Pos2) {
        self.harness.event(Event::PointerMoved(at));
        self.harness.step();
    }

    fn press(&mut self, at: Pos2) {
        self.move_to(at);
        self.button(at, PointerButton::Primary, true);
    }

    fn release(&mut self, at: Pos2) {
        self.button(at, PointerButton::Primary, false);
        self.harness.run_steps(2);
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(2);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    fn sees(&self, label: &str) -> bool {
        self.harness.query_all_by_label_contains(label).next().is_some()
    }

    fn asked(&self) -> Vec<SessionCommand> {
        let asked = self.still.asked().into_iter();
        asked
            .filter_map(|request| if let Request::InSession(_, command) = request { Some(command) } else { None })
            .collect()
    }

    fn board_commands(&self) -> Vec<BoardCommand> {
        let asked = self.asked().into_iter();
        asked
            .filter_map(|command| if let SessionCommand::Board(command) = command { Some(command) } else { None })
            .collect()
    }

    fn mode(&self) -> Mode {
        self.shell.borrow_mut().state().stage.boards.mode
    }

    fn showing(&self) -> Showing {
        self.shell.borrow_mut().state().stage.showing.get(&SESSION).copied().unwrap_or_default()
    }
}

fn board() -> BoardView {
    boards::board(21, "Valve wheel")
}

fn near(point: (u16, u16), x: f32, y: f32) -> bool {
    (f32::from(point.0) / 65_535.0 - x).abs() < 0.004 && (f32::from(point.1) / 65_535.0 - y).abs() < 0.004
}

#[test]
fn a_line_grows_for_the_others_and_becomes_one_stroke() {
    let mut window = Window::on_board(vec![board()], Mode::Draw(Tool::Pen));
    let spots = [(0.2, 0.2), (0.3, 0.35), (0.4, 0.3), (0.5, 0.5)].map(|(x, y)| window.at(x, y));
    window.press(spots[0]);
    spots.iter().for_each(|at| window.move_to(*at));
    window.release(spots[3]);
    let asked = window.asked();
    let previews = asked.iter().filter(|command| {
        matches!(command, SessionCommand::Live(LiveOut::Preview { board, id: 1, stroke }) if *board == BOARD && !stroke.points.is_empty())
    });
    assert!(previews.count() >= 2, "{asked:?}");
    let drawn: Vec<_> = (asked.iter())
        .filter_map(|command| match command {
            SessionCommand::Board(BoardCommand::Draw { board: BOARD, stroke, preview: Some(1) }) => Some(stroke),
            _ => None,
        })
        .collect();
    let [stroke] = drawn.as_slice() else { panic!("one stroke: {asked:?}") };
    assert_eq!((stroke.tool, stroke.ink, stroke.width), (Tool::Pen, Ink::Red, Width::Medium.of(Tool::Pen)));
    assert!(near(stroke.points[0], 0.2, 0.2) && near(*stroke.points.last().unwrap(), 0.5, 0.5), "{stroke:?}");
}

#[test]
fn escape_takes_a_line_back_before_anybody_keeps_it() {
    let mut window = Window::on_board(vec![board()], Mode::Draw(Tool::Pen));
    let (from, to) = (window.at(0.2, 0.2), window.at(0.6, 0.6));
    window.press(from);
    window.move_to(to);
    window.key(Key::Escape);
    window.release(to);
    let asked = window.asked();
    assert!(asked.contains(&SessionCommand::Live(LiveOut::PreviewGone { board: BOARD, id: 1 })), "{asked:?}");
    assert!(!asked.iter().any(|command| matches!(command, SessionCommand::Board(_))), "{asked:?}");
    assert_eq!(window.mode(), Mode::Draw(Tool::Pen), "the pen stays in the hand");
    window.key(Key::Escape);
    assert_eq!(window.mode(), Mode::Look);
}

#[test]
fn shapes_have_two_corners_and_a_slip_draws_nothing() {
    let mut window = Window::on_board(vec![board()], Mode::Draw(Tool::Rectangle));
    let (from, to) = (window.at(0.25, 0.25), window.at(0.75, 0.5));
    window.press(from);
    window.move_to(to);
    window.release(to);
    window.press(from);
    window.release(from);
    let commands = window.board_commands();
    let [BoardCommand::Draw { stroke, .. }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(stroke.points.len(), 2);
    assert!(near(stroke.points[1], 0.75, 0.5));
}

#[test]
fn marks_count_up_from_what_is_there() {
    let mut first = board();
    first.strokes = Arc::new(vec![boards::drawn(1, 2, Tool::Mark, Ink::Red, 1_800, &[(100, 100)], "6")]);
    let mut window = Window::on_board(vec![first], Mode::Draw(Tool::Mark));
    for x in [0.3, 0.6] {
        let at = window.at(x, 0.5);
        window.press(at);
        window.release(at);
    }
    let commands = window.board_commands();
    let numbers: Vec<_> = (commands.iter())
        .filter_map(|command| if let BoardCommand::Draw { stroke, .. } = command { Some(&*stroke.text) } else { None })
        .collect();
    assert_eq!(numbers, ["7", "8"]);
}

#[test]
fn words_are_written_where_they_stand() {
    let mut window = Window::on_board(vec![board()], Mode::Draw(Tool::Text));
    let at = window.at(0.3, 0.4);
    window.press(at);
    window.release(at);
    window.harness.run_steps(2);
    window.harness.get_by_label("Words on the picture").type_text("fv"); // F and V are keys of the stage, and letters here.
    window.harness.run_steps(2);
    window.harness.key_press(Key::Enter);
    window.harness.run_steps(3);
    let commands = window.board_commands();
    let [BoardCommand::Draw { stroke, .. }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!((stroke.tool, &*stroke.text), (Tool::Text, "fv"));
    assert!(near(stroke.points[0], 0.3, 0.4));
}

#[test]
fn the_eraser_takes_whole_strokes_that_may_be_taken() {
    let mut first = board();
    let mut other = (*boards::arrow(2, 2, (60_000, 60_000))).clone();
    other.erasable = false;
    first.strokes = Arc::new(vec![boards::arrow(1, 1, (32_768, 32_768)), Arc::new(other)]);
    let mine = first.strokes[0].id;
    let mut window = Window::on_board(vec![first], Mode::Erase);
    for (x, y) in [(0.4, 0.4), (0.8, 0.8), (0.1, 0.9)] {
        let at = window.at(x, y);
        window.press(at);
        window.release(at);
    }
    assert_eq!(window.board_commands(), [BoardCommand::Erase { board: BOARD, stroke: mine }]);
}

#[test]
fn keys_choose_colours_take_back_and_bring_again() {
    let mut first = board();
    first.can_undo = true;
    first.can_redo = true;
    let mut window = Window::on_board(vec![first], Mode::Look);
    window.key(Key::D);
    assert_eq!(window.mode(), Mode::Draw(Tool::Pen));
    window.key(Key::Num4);
    assert_eq!(window.shell.borrow_mut().state().stage.boards.ink, Ink::Blue);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(2);
    window.harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.harness.run_steps(2);
    assert_eq!(window.board_commands(), [BoardCommand::Undo(BOARD), BoardCommand::Redo(BOARD)]);
    window.click("Undo (Ctrl+Z)");
    window.click("Redo (Ctrl+Shift+Z)");
    assert_eq!(window.board_commands(), [BoardCommand::Undo(BOARD), BoardCommand::Redo(BOARD)]);
}

#[test]
fn keys_are_letters_while_a_message_is_written() {
    let mut window = Window::on_board(vec![board()], Mode::Look);
    window.harness.get_by_label("Message").focus();
    window.harness.run_steps(2);
    for key in [Key::F, Key::P, Key::D, Key::V, Key::Num3] {
        window.key(key);
    }
    assert!(window.board_commands().is_empty());
    assert_eq!(window.mode(), Mode::Look);
}

#[test]
fn freeze_and_photo_are_asked_of_whoever_is_on_stage() {
    let mut window = Window::open(Vec::new(), |_| {});
    window.still.asked();
    window.key(Key::F);
    window.key(Key::P);
    window.key(Key::D);
    let freeze = BoardCommand::Freeze(MIHAI);
    assert_eq!(window.board_commands(), [freeze.clone(), BoardCommand::Photo(MIHAI), freeze.clone()]);
    assert!(window.sees("Mihai is asked for a photo"));
    window.move_to(pos2(500.0, 400.0));
    window.move_to(pos2(520.0, 410.0));
    window.click("Freeze");
    assert_eq!(window.board_commands(), [freeze]);
    window.still.answer(Outcome::PhotoRefused { session: SESSION, peer: MIHAI });
    window.harness.run_steps(2);
    assert!(window.sees("No photo came"));
}

#[test]
fn an_own_new_board_opens_to_be_drawn_on_and_another_with_a_word() {
    let mut window = Window::open(Vec::new(), |_| {});
    let mut list = vec![board()];
    window.still.show_board(board());
    window.still.replace(view_with(&list));
    window.harness.run_steps(3);
    assert_eq!((window.showing(), window.mode()), (Showing::Board(BOARD), Mode::Draw(Tool::Pen)));
    assert!(!window.sees("A new picture from"));
    let mut photo = boards::board(22, "Photo");
    (photo.summary.author, photo.summary.author_name) = (MIHAI, "Mihai".to_owned());
    list.push(photo.clone());
    window.still.show_board(photo);
    window.still.replace(view_with(&list));
    window.harness.run_steps(3);
    assert_eq!(window.showing(), Showing::Board(DocumentId([22; 16])));
    assert_eq!(window.mode(), Mode::Look, "nobody draws by chance on what just came");
    assert!(window.sees("A new picture from Mihai"));
}

#[test]
fn a_photo_that_comes_while_the_pen_is_down_waits_in_the_strip() {
    let mut window = Window::on_board(vec![board()], Mode::Draw(Tool::Pen));
    let (from, to) = (window.at(0.2, 0.2), window.at(0.6, 0.6));
    window.press(from);
    let photo = boards::board(22, "Photo");
    window.still.show_board(photo.clone());
    window.still.replace(view_with(&[board(), photo]));
    window.move_to(to);
    window.release(to);
    assert_eq!(window.showing(), Showing::Board(BOARD));
    assert!(window.board_commands().iter().any(|command| matches!(command, BoardCommand::Draw { board: BOARD, .. })));
    assert!(window.sees("Photo, 0 marks"));
}

#[test]
fn the_pointer_is_shown_on_the_picture_and_goes_with_it() {
    let mut window = Window::on_board(vec![board()], Mode::Look);
    window.key(Key::V);
    assert_eq!(window.mode(), Mode::Point);
    let at = window.at(0.5, 0.5);
    window.move_to(at);
    window.press(at);
    window.release(at);
    window.key(Key::V);
    window.harness.run_steps(2);
    let target = PointerTarget::Board(BOARD);
    let acts: Vec<_> = (window.asked().into_iter())
        .filter_map(|command| match command {
            SessionCommand::Live(LiveOut::Pointer { target: on, act, .. }) if on == target => Some(act),
            _ => None,
        })
        .collect();
    assert_eq!(acts.first(), Some(&PointerAct::Move), "{acts:?}");
    assert!(acts.contains(&PointerAct::Click), "{acts:?}");
    assert_eq!(acts.last(), Some(&PointerAct::Gone), "{acts:?}");
}

#[test]
fn the_pointer_works_on_the_running_picture_too() {
    let mut window = Window::open(Vec::new(), |_| {});
    window.still.asked();
    window.click("Point");
    window.move_to(pos2(500.0, 400.0));
    window.move_to(pos2(520.0, 410.0));
    let seen = window.asked().into_iter().any(|command| {
        matches!(
            command,
            SessionCommand::Live(LiveOut::Pointer { target: PointerTarget::Video(MIHAI), act: PointerAct::Move, .. })
        )
    });
    assert!(seen);
}

#[test]
fn the_wheel_zooms_about_the_pointer_and_space_moves() {
    let mut window = Window::on_board(vec![board()], Mode::Draw(Tool::Pen));
    let (before, at) = (window.picture(), window.at(0.25, 0.25));
    window.move_to(at);
    window.harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        source: egui::MouseWheelSource::Wheel,
        delta: egui::vec2(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_steps(20);
    let zoomed = window.picture();
    assert!(zoomed.width() > before.width() * 1.3, "{zoomed:?}");
    let spot = (at - zoomed.min) / zoomed.size();
    assert!((spot.x - 0.25).abs() < 0.01 && (spot.y - 0.25).abs() < 0.01, "{spot:?}");
    window.harness.event(Event::Key {
        key: Key::Space,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    window.press(at);
    window.move_to(at - egui::vec2(40.0, 30.0));
    window.move_to(at - egui::vec2(60.0, 50.0));
    window.release(at - egui::vec2(60.0, 50.0));
    window.harness.event(Event::Key {
        key: Key::Space,
        physical_key: None,
        pressed: false,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    let moved = window.picture();
    assert!(moved.left() < zoomed.left() - 30.0 && moved.top() < zoomed.top() - 20.0, "{zoomed:?} {moved:?}");
    assert!(window.board_commands().is_empty(), "moving draws nothing");
    window.click("Whole picture");
    assert_eq!(window.picture(), before);
}

#[test]
fn the_strip_opens_renames_and_goes_back_to_the_camera() {
    let mut window = Window::open(vec![board(), boards::board(22, "Gauge")], |_| {});
    assert_eq!(window.showing(), Showing::Live, "what was there before opens nothing");
    window.click("Gauge, 0 marks");
    assert_eq!(window.showing(), Showing::Board(DocumentId([22; 16])));
    window.click("Rename");
    window.harness.get_by_role_and_label(egui::Role::TextInput, "Rename").type_text("Gauge after");
    window.harness.run_steps(2);
    window.harness.key_press(Key::Enter);
    window.harness.run_steps(3);
    let renamed = BoardCommand::Rename { board: DocumentId([22; 16]), title: "Gauge after".to_owned() };
    assert_eq!(window.board_commands(), [renamed]);
    window.click("Live: Mihai");
    assert_eq!(window.showing(), Showing::Live);
}

#[test]
fn a_board_is_shown_to_the_operator_with_one_click() {
    let mut window = Window::on_board(vec![board()], Mode::Look);
    window.click("Show to Mihai");
    assert_eq!(window.board_commands(), [BoardCommand::Look(Look::Board { board: BOARD })]);
    window.click("Camera");
    assert_eq!(window.showing(), Showing::Live);
    window.still.answer(Outcome::Looked { session: SESSION, look: Look::Board { board: BOARD } });
    window.harness.run_steps(2);
    assert_eq!(window.showing(), Showing::Board(BOARD), "another expert asks to look");
}

#[test]
fn two_boards_are_compared() {
    let mut window = Window::on_board(vec![board(), boards::board(22, "Gauge")], Mode::Look);
    window.click("Compare with another picture");
    assert!(window.sees("Choose below what to compare with"));
    window.click("Gauge, 0 marks");
    assert!(window.sees("Dividing line"));
    window.click("One over the other");
    let compare = window.shell.borrow_mut().state().stage.boards.compare.expect("comparing");
    assert_eq!((compare.other, compare.over), (Some(DocumentId([22; 16])), true));
    window.key(Key::Escape);
    assert!(window.shell.borrow_mut().state().stage.boards.compare.is_none());
}

#[test]
fn a_board_is_saved_where_the_person_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = Window::on_board(vec![boards::drawn_board(21, "Valve: open/shut")], Mode::Look);
    let picked = Command::Picked(Ask::Board(SESSION, BOARD), vec![folder.path().to_owned()]);
    let ctx = window.harness.ctx.clone();
    window.shell.borrow_mut().command(&ctx, picked);
    let began = Instant::now();
    while !window.sees("Saved: ") {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing is ever saved");
        std::thread::sleep(Duration::from_millis(20));
        window.harness.run_steps(2);
    }
    assert!(folder.path().join("Valve_ open-shut.png").exists());
}

#[test]
fn a_stroke_that_could_not_be_drawn_goes_and_is_said() {
    let mut window = Window::on_board(vec![board()], Mode::Draw(Tool::Dot));
    let at = window.at(0.5, 0.5);
    window.press(at);
    window.release(at);
    window.still.answer(Outcome::NotDrawn { board: BOARD, preview: Some(1), code: "error-not-allowed" });
    window.harness.run_steps(2);
    assert!(window.sees("Your role doesn’t allow this"));
}

#[test]
fn an_erasure_that_failed_can_be_tried_again() {
    let mut first = board();
    first.strokes = Arc::new(vec![boards::arrow(1, 1, (32_768, 32_768))]);
    let erase = BoardCommand::Erase { board: BOARD, stroke: first.strokes[0].id };
    let mut window = Window::on_board(vec![first], Mode::Erase);
    let at = window.at(0.4, 0.4);
    let rub = |window: &mut Window| {
        window.press(at);
        window.release(at);
        window.board_commands()
    };
    assert_eq!(rub(&mut window), std::slice::from_ref(&erase));
    assert_eq!(rub(&mut window), [], "it is under way");
    window.still.answer(Outcome::NotDrawn { board: BOARD, preview: None, code: "error-not-stored" });
    window.harness.run_steps(2);
    window.still.set_full(true);
    assert_eq!(rub(&mut window), [], "nothing more can be asked for now");
    window.still.set_full(false);
    assert_eq!(rub(&mut window), [erase]);
}

#[test]
fn keys_leave_a_board_behind_a_document_alone() {
    let mut first = board();
    first.can_undo = true;
    let mut view = view_with(std::slice::from_ref(&first));
    shelf::fill(&mut view);
    let mut window = Window::open_as(view, vec![first], |state| {
        state.stage.showing.insert(SESSION, Showing::Board(BOARD));
        state.session(SESSION).reading = Some(Reading::new(shelf::entry(1, 5), 0));
    });
    window.still.asked();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(2);
    for key in [Key::D, Key::Num4, Key::V] {
        window.key(key);
    }
    assert_eq!(window.board_commands(), [], "nothing is taken back unseen, and D freezes nobody");
    assert_eq!(window.mode(), Mode::Look);
    assert_eq!(window.shell.borrow_mut().state().stage.boards.ink, Ink::Red);
    window.shell.borrow_mut().state().stage.boards.choose(Mode::Draw(Tool::Pen));
    window.key(Key::Escape);
    assert!(window.shell.borrow_mut().state().session(SESSION).reading.is_none(), "Escape closes what is in sight");
    assert_eq!(window.mode(), Mode::Draw(Tool::Pen));
}

fn with_another_session() -> (Window, SessionId) {
    let views = vec![view_with(&[board()]), fixtures::session(9, "Boiler")];
    let still = Still::new(fixtures::node_with(&views), views);
    still.show_board(board());
    let window::Window { harness, still, shell } = window::Window::open(still, |state| {
        state.selected = Some(SESSION);
        state.stage.showing.insert(SESSION, Showing::Board(BOARD));
    });
    let mut window = Window { harness, still, shell };
    window.picture();
    window.still.asked();
    (window, SessionId([9; 16]))
}

#[test]
fn the_field_for_a_title_does_not_outlive_its_place() {
    let (mut window, other) = with_another_session();
    let asks = |window: &Window| window.shell.borrow_mut().state().stage.boards.busy();
    window.click("Rename");
    assert!(asks(&window));
    window.shell.borrow_mut().state().selected = Some(other);
    window.harness.run_steps(2);
    assert!(!asks(&window), "it is about a board of the other session");
    window.shell.borrow_mut().state().selected = Some(SESSION);
    window.harness.run_steps(2);
    window.click("Rename");
    assert!(asks(&window));
    window.key(Key::F11);
    assert!(!asks(&window), "the strip with the field is out of sight");
}

#[test]
fn words_begun_on_a_board_end_on_it_when_another_session_comes() {
    let (mut window, other) = with_another_session();
    window.shell.borrow_mut().state().stage.boards.choose(Mode::Draw(Tool::Text));
    let at = window.at(0.3, 0.4);
    window.press(at);
    window.release(at);
    window.harness.run_steps(2);
    window.harness.get_by_label("Words on the picture").type_text("here");
    window.harness.run_steps(2);
    window.shell.borrow_mut().state().selected = Some(other);
    window.harness.run_steps(2);
    let drawn: Vec<_> = (window.still.asked().into_iter())
        .filter_map(|request| match request {
            Request::InSession(id, SessionCommand::Board(BoardCommand::Draw { board, stroke, .. })) => {
                Some((id, board, stroke.text))
            }
            _ => None,
        })
        .collect();
    assert_eq!(drawn, [(SESSION, BOARD, "here".to_owned())]);
    assert!(!window.shell.borrow_mut().state().stage.boards.busy());
}

#[test]
fn a_viewer_looks_and_has_no_pen() {
    let mut view = view_with(&[board()]);
    view.role = Role::Viewer;
    let mut window = Window::open_as(view, vec![board()], |state| {
        state.stage.showing.insert(SESSION, Showing::Board(BOARD));
        state.stage.boards.choose(Mode::Draw(Tool::Pen));
    });
    let (from, to) = (window.at(0.2, 0.2), window.at(0.6, 0.6));
    window.key(Key::D);
    window.press(from);
    window.move_to(to);
    window.release(to);
    assert!(window.board_commands().is_empty());
    assert!(!window.sees("Draw freehand") && !window.sees("Show to"));
}

#[test]
fn a_picture_that_cannot_be_shown_is_said_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bad = board();
    let path = folder.path().join("x.png");
    std::fs::write(&path, b"<svg onload='alert(1)'/>").expect("written");
    bad.summary.still.path = Some(path);
    let mut window = Window::open(vec![bad], |state| {
        state.stage.showing.insert(SESSION, Showing::Board(BOARD));
    });
    let began = Instant::now();
    while !window.sees("This file is no picture") {
        assert!(began.elapsed() < Duration::from_secs(20), "it is never said");
        std::thread::sleep(Duration::from_millis(10));
        window.harness.run_steps(2);
    }
}

#[test]
fn finished_strokes_are_one_picture_however_many_they_are() {
    let drawn = |strokes: u32| {
        let board = boards::crowded_board(21, strokes, 8);
        let mut window = Window::on_board(vec![board], Mode::Draw(Tool::Pen));
        let began = Instant::now();
        let painted = |window: &Window| {
            let view = sightline_ui::bridge::Backend::board(&window.still, &SESSION, &BOARD).expect("the board");
            window.shell.borrow_mut().state().stage.boards.painted(&view)
        };
        while !painted(&window) {
            assert!(began.elapsed() < Duration::from_secs(120), "the strokes are never painted");
            window.harness.run_steps(1);
            std::thread::sleep(Duration::from_millis(5));
        }
        let at = window.at(0.1, 0.5);
        window.press(at);
        window.move_to(at + egui::vec2(30.0, 7.0));
        let output = window.harness.output();
        let meshes = window.harness.ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
        let triangles = meshes.iter().map(|mesh| match &mesh.primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.indices.len() / 3,
            egui::epaint::Primitive::Callback(_) => 0,
        });
        triangles.sum::<usize>()
    };
    let (few, many) = (drawn(10), drawn(20_000));
    assert!(many < few + few / 10, "{few} triangles with ten strokes, {many} with twenty thousand");
}

#[test]
fn what_others_do_is_drawn_without_a_click() {
    let mut window = Window::on_board(vec![board()], Mode::Look);
    let mut live: LiveView = boards::pointer(PointerTarget::Board(BOARD), 30_000, 30_000, 1, PointerAct::Click);
    live.previews.push(boards::preview(BOARD));
    let before = window.harness.output().shapes.len();
    window.still.show_live(live);
    window.harness.run_steps(2);
    let after = window.harness.output().shapes.len();
    assert!(after > before + 6, "a line, a dot, a ring and names: {before} shapes before, {after} after");
}
