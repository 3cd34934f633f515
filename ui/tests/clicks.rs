//! The real window, clicked by the names that screen readers hear, with views made by hand behind it.

mod window;

use egui_kittest::kittest::Queryable as _;
use sightline_node::{
    InviteSpec,
    view::{Delivery, InviteState, RendezvousState, VideoState},
};
use sightline_ui::{
    bridge::{Outcome, Request},
    command::SessionCommand,
    fixtures::{self, Still},
    i18n::Lang,
    stage::Fit,
};
use window::{Window, one};

#[test]
fn the_first_start_begins_a_session_with_one_click() {
    let mut window = Window::open(Still::new(fixtures::node(), Vec::new()), |_| {});
    window.click("Start a session");
    let asked = window.asked();
    assert!(
        matches!(asked.as_slice(), [Request::StartSession { title }] if title == "14:05, 20 November 2026"),
        "{asked:?}"
    );
    window.click("Start a session");
    assert!(window.asked().is_empty(), "a second click while it is made does nothing");
}

#[test]
fn without_a_rendezvous_its_address_is_asked_for_first() {
    let mut node = fixtures::node();
    node.rendezvous = RendezvousState::Unset;
    let mut window = Window::open(Still::new(node, Vec::new()), |_| {});
    let field = (egui::Role::TextInput, "Address of the rendezvous");
    window.harness.get_by_role_and_label(field.0, field.1).focus();
    window.harness.run_steps(2);
    window.harness.get_by_role_and_label(field.0, field.1).type_text("help.example.org");
    window.harness.run_steps(2);
    window.click("Continue");
    let asked = window.asked();
    let [Request::Apply(settings)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(settings.rendezvous, ["https://help.example.org"]);
}

#[test]
fn copying_the_link_makes_waiting_the_next_step() {
    let mut view = fixtures::empty_session();
    view.invites = vec![fixtures::invite(1)];
    let mut window = Window::open(one(view), |_| {});
    assert!(window.sees("Send this link"));
    window.click("Copy link");
    assert!(window.sees("Waiting for somebody to open the link"));
    assert!(window.sees("Link copied"));
}

#[test]
fn a_link_is_made_with_what_was_chosen() {
    let mut view = fixtures::empty_session();
    view.invites = vec![fixtures::invite(1)];
    let id = view.id;
    let mut window = Window::open(one(view), |_| {});
    window.click("Other kinds…");
    window.click("Viewer");
    window.click("1 hour");
    window.click("Admit without asking me");
    window.click("Make a link");
    let spec = InviteSpec {
        role: sightline_node::view::Role::Viewer,
        uses: 1,
        valid_for_secs: 3600,
        admit_automatically: true,
    };
    assert_eq!(window.asked(), [Request::InSession(id, SessionCommand::Invite(spec))]);
}

#[test]
fn a_knock_is_admitted_once_and_its_failure_gives_the_button_back() {
    let mut view = fixtures::empty_session();
    view.invites = vec![fixtures::invite(1)];
    view.knocks = vec![fixtures::knock("Mihai", 1)];
    let (id, knock) = (view.id, view.knocks[0].id);
    let mut window = Window::open(one(view), |state| state.panel_open = false);
    assert!(window.sees("Mihai asks to come in"));
    assert!(window.sees("Four words: amber lantern orbit maple"));
    window.click("Admit");
    window.click("Admit");
    assert_eq!(window.asked(), [Request::InSession(id, SessionCommand::Admit(knock))]);
    window.still.answer(Outcome::Decided { session: id, knock, failure: Some("error-link-expired") });
    window.harness.run_steps(3);
    assert!(window.sees("The link’s time is over"));
    window.click("Refuse");
    assert_eq!(window.asked(), [Request::InSession(id, SessionCommand::Refuse(knock))]);
}

#[test]
fn enter_sends_and_shift_enter_begins_a_line() {
    let view = fixtures::session_with_operator(VideoState::Off);
    let id = view.id;
    let mut window = Window::open(one(view), |_| {});
    window.harness.get_by_label("Message").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Message").type_text("first");
    window.harness.run_steps(2);
    // Pressed and released between two passes, as a quick hand does.
    window.harness.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::Enter);
    window.harness.event_modifiers(egui::Event::PointerGone, egui::Modifiers::NONE);
    window.harness.run_steps(2);
    window.harness.get_by_label("Message").type_text("second 👋");
    window.harness.run_steps(2);
    window.harness.key_press(egui::Key::Enter);
    window.harness.run_steps(3);
    let said = Request::InSession(id, SessionCommand::Say("first\nsecond 👋".to_owned()));
    assert!(window.asked().contains(&said));
    assert_eq!(window.harness.get_by_label("Message").value().unwrap_or_default(), "");
}

#[test]
fn a_message_that_could_not_be_written_comes_back() {
    let view = fixtures::session_with_operator(VideoState::Off);
    let id = view.id;
    let mut window = Window::open(one(view), |state| state.session(id).draft = "important".to_owned());
    window.still.set_full(true);
    window.click("Send");
    assert!(window.sees("Too much at once"));
    assert_eq!(window.shell.borrow_mut().state().session(id).draft, "important");
    window.still.set_full(false);
    window.still.answer(Outcome::NotSaid {
        session: id,
        knock: None,
        text: "earlier".to_owned(),
        code: "error-not-stored",
    });
    window.harness.run_steps(3);
    assert_eq!(window.shell.borrow_mut().state().session(id).draft, "earlier\nimportant");
}

#[test]
fn a_message_of_4001_characters_is_not_sent_and_not_cut() {
    let view = fixtures::session_with_operator(VideoState::Off);
    let id = view.id;
    let text = "é".repeat(4_001);
    let mut window = Window::open(one(view), |state| state.session(id).draft = "é".repeat(4_001));
    assert!(window.sees("4,001 of 4,000 characters"));
    window.harness.get_by_label("Message").focus();
    window.harness.run_steps(2);
    window.harness.key_press(egui::Key::Enter);
    window.harness.run_steps(3);
    assert!(!window.asked().iter().any(|asked| matches!(asked, Request::InSession(_, SessionCommand::Say(_)))));
    assert_eq!(window.shell.borrow_mut().state().session(id).draft, text);
}

#[test]
fn video_is_asked_for_and_the_stage_says_what_became_of_it() {
    let view = fixtures::session_with_operator(VideoState::Off);
    let (id, peer) = (view.id, view.people[1].peer);
    let mut window = Window::open(one(view), |_| {});
    window.click("Ask for video");
    assert_eq!(window.asked(), [Request::InSession(id, SessionCommand::AskVideo(peer))]);
    window.still.replace(fixtures::session_with_operator(VideoState::Declined));
    window.harness.run_steps(3);
    assert!(window.sees("Mihai said: not now"));
}

#[test]
fn a_live_picture_is_watched_and_its_fit_can_be_chosen() {
    let view = fixtures::session_with_operator(VideoState::Live);
    let (id, peer) = (view.id, view.people[1].peer);
    let still = one(view);
    still.frame_slot().publish(fixtures::picture(64, 36, 1));
    let mut window = Window::open(still, |_| {});
    assert_eq!(window.asked(), [Request::InSession(id, SessionCommand::Watching(peer, true))]);
    window.click("Fill the stage");
    assert_eq!(window.shell.borrow_mut().state().stage.fit, Fit::Fill);
    window.click("Full screen (F11)");
    assert!(window.shell.borrow_mut().state().stage.full_screen);
    window.harness.key_press(egui::Key::Escape);
    window.harness.run_steps(3);
    assert!(!window.shell.borrow_mut().state().stage.full_screen);
    window.still.replace(fixtures::session_with_operator(VideoState::Off));
    window.harness.run_steps(3);
    assert_eq!(window.asked(), [Request::InSession(id, SessionCommand::Watching(peer, false))]);
}

#[test]
fn chat_on_screen_is_read_and_its_delivery_is_said() {
    let mut view = fixtures::session_with_operator(VideoState::Off);
    let mut new = fixtures::message(2, 2, "Mihai", "news");
    new.unread = true;
    let mut own = fixtures::message(1, 1, "Ana", "mine");
    own.delivery = Delivery::Stored;
    view.chat = std::sync::Arc::new(vec![own, new]);
    view.unread = 1;
    let id = view.id;
    let window = Window::open(one(view), |_| {});
    assert!(window.asked().contains(&Request::InSession(id, SessionCommand::MarkRead)));
    assert!(window.sees("Waiting for them, sealed"));
    assert!(window.sees("Mihai: news"));
}

#[test]
fn a_folded_panel_reads_nothing() {
    let mut view = fixtures::session_with_operator(VideoState::Off);
    let mut new = fixtures::message(2, 2, "Mihai", "news");
    new.unread = true;
    view.chat = std::sync::Arc::new(vec![new]);
    view.unread = 1;
    let window = Window::open(one(view), |state| state.panel_open = false);
    assert!(window.asked().is_empty());
    assert!(window.sees("1 new message"), "the rail says so");
}

#[test]
fn the_title_is_edited_in_place() {
    let view = fixtures::session_with_operator(VideoState::Off);
    let id = view.id;
    let mut window = Window::open(one(view), |_| {});
    window.click("Title: Pump 7, Mihai");
    window.harness.get_by_label("Title").type_text("!");
    window.harness.run_steps(2);
    window.harness.key_press(egui::Key::Enter);
    window.harness.run_steps(3);
    let asked = window.asked();
    assert!(
        matches!(asked.as_slice(), [Request::InSession(asked_id, SessionCommand::SetTitle(title))] if *asked_id == id && title.contains('!')),
        "{asked:?}"
    );
}

#[test]
fn a_link_is_taken_back_only_after_a_question() {
    let mut view = fixtures::session_with_operator(VideoState::Off);
    let mut open = fixtures::invite(2);
    open.state = InviteState::Open;
    view.invites.push(open);
    let (id, invite) = (view.id, fixtures::invite(2).id);
    let mut window = Window::open(one(view), |_| {});
    window.click("People");
    window.click("Take back");
    assert!(window.asked().is_empty());
    let buttons = window.harness.get_all_by_label("Take back");
    buttons.last().expect("the dialog's button").click();
    window.harness.run_steps(3);
    assert_eq!(window.asked(), [Request::InSession(id, SessionCommand::Revoke(invite))]);
}

#[test]
fn settings_change_the_language_at_once() {
    let mut window = Window::open(Still::new(fixtures::node(), Vec::new()), |_| {});
    window.click("Settings");
    window.click("Español");
    window.click("Save");
    assert!(matches!(window.asked().as_slice(), [Request::Apply(settings)] if settings.lang == Some(Lang::Es)));
    assert!(window.sees("Iniciar una sesión"));
}

#[test]
fn a_changed_certificate_is_trusted_only_by_a_click() {
    let mut node = fixtures::node();
    node.rendezvous = RendezvousState::CertificateChanged { host: "h:443".to_owned(), sha256: "ab".repeat(32) };
    let mut window = Window::open_in(Still::new(node, Vec::new()), Lang::En, |_| {});
    assert!(window.sees("h:443 shows another certificate than before."));
    window.click("Trust it");
    assert_eq!(window.asked(), [Request::TrustCertificate { host: "h:443".to_owned(), sha256: "ab".repeat(32) }]);
}

#[test]
fn every_control_has_a_name() {
    for name in fixtures::scenes::NAMES.into_iter().chain(fixtures::shared::NAMES) {
        let scene = fixtures::scenes::scene(name).expect("a scene");
        let (still, prepare) = scene.still();
        still.frame_slot().publish(fixtures::picture(64, 36, 1));
        let window = Window::open(still, prepare);
        let unnamed = window.harness.unnamed_widgets();
        assert!(unnamed.is_empty(), "{name}: {unnamed:?}");
    }
}

#[test]
fn ten_thousand_messages_are_drawn_within_a_frame() {
    let mut view = fixtures::session_with_operator(VideoState::Off);
    let text = "A message of ordinary length, as people write them. ".repeat(2);
    let chat = (0..10_000).map(|n| fixtures::message(n, 1 + (n % 2) as u8, "Mihai", &text));
    view.chat = std::sync::Arc::new(chat.collect());
    let mut window = Window::open(one(view), |_| {});
    window.harness.run_steps(10);
    let lines = window.harness.query_all_by_label_contains("A message of ordinary length").count();
    assert!((3..60).contains(&lines), "only what is in sight is drawn, not {lines} lines");
}

#[test]
fn a_session_without_a_title_takes_the_name_of_who_comes_in() {
    let view = fixtures::empty_session();
    let id = view.id;
    let mut window = Window::open(one(view), |_| {});
    window.click("New session");
    window.still.answer(Outcome::Started(id));
    window.harness.run_steps(2);
    assert!(matches!(window.asked().as_slice(), [Request::StartSession { .. }]));
    let mut view = fixtures::session_with_operator(VideoState::Off);
    view.title = "14:05, 20 November 2026".to_owned();
    window.still.replace(view);
    window.harness.run_steps(2);
    let title = SessionCommand::SetTitle("Mihai, 20 November 2026".to_owned());
    assert_eq!(window.asked(), [Request::InSession(id, title)], "once, and not in every pass");
}
