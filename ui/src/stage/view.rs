//! Draws the stage.

use egui::{Align, CursorIcon, Key, Layout, Rect, Sense, Ui, UiBuilder, Vec2, WidgetInfo, vec2};
use sightline_node::{
    PeerId, SessionId,
    media::FrameSlot,
    show::{BoardCommand, PointerTarget},
    view::{LinkEnd, SessionView, VideoEnd},
};

use super::{
    Boards, Fit, PictureView, Scene, Showing, StageState,
    board::{
        Mode,
        eye::placed,
        strip::{self, Strip, strip_ui},
        view::{BoardScreen, board_ui},
    },
    controls::{controls_ui, live_mark_ui, veil_ui},
    keys::{Acts, acts_of, keys_ui},
    pages::pages_ui,
    scene::{Idle, on_stage},
};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    i18n::Arg,
    next_step::NextStep,
    panels::{invite::view::send_link_ui, knock},
    state::SessionUi,
    text::bidi::{has_rtl, line_height, visual_lines},
    theme::{
        Icon, Theme, Tokens,
        fonts::{Weight, font},
        tokens::{SPACE_2, SPACE_3, SPACE_4, TEXT_4},
    },
    widgets::{Button, Kind, Size, avatar_ui, card, label::paint_icon},
};

/// What the stage is drawn from.
pub struct Stage<'a> {
    /// The session.
    pub view: &'a SessionView,
    /// What it shows.
    pub scene: &'a Scene,
    /// The next step, which decides what is highlighted.
    pub next: NextStep,
    /// Pictures of whom is on stage.
    pub frames: Option<FrameSlot>,
    /// Boards, and what people do right now.
    pub boards: Boards<'a>,
}

/// Draws the stage into the whole of `ui`.
pub fn stage_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    stage: &Stage<'_>,
    picture: &mut PictureView,
    state: &mut StageState,
    session: &mut SessionUi,
) {
    let whole = ui.max_rect();
    let view = stage.view;
    let person = on_stage(view, state.chosen.get(&view.id).copied()).map(|person| (person.peer, person.name.clone()));
    let acts = acts_of(view, stage.scene, person.as_ref().map(|(peer, _)| *peer));
    let showing = state.showing.get(&view.id).copied().unwrap_or_default();
    keys_ui(ui, cx, view, acts, session.reading.is_none().then_some(showing), state);
    let live = matches!(stage.scene, Scene::Live { .. });
    if let Scene::Live { .. } = stage.scene {
        picture.take(stage.frames.as_ref().and_then(FrameSlot::newest));
    }
    let mut rect = whole;
    let strip_shown = !view.boards.is_empty() && !state.full_screen;
    if strip_shown {
        rect.max.y -= strip::HEIGHT.min(rect.height() / 3.0);
        let place = Rect::from_min_max(egui::pos2(whole.left(), rect.bottom()), whole.max);
        let strip = Strip { view, showing, person: person.clone(), live, boards: &stage.boards };
        ui.scope_builder(UiBuilder::new().max_rect(place).id_salt("strip"), |ui| {
            ui.set_clip_rect(ui.clip_rect().intersect(place));
            strip_ui(ui, cx, &strip, picture, &mut state.boards);
        });
    }
    ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt("pictured"), |ui| {
        ui.set_clip_rect(ui.clip_rect().intersect(rect));
        if let Some(reading) = &mut session.reading {
            pages_ui(ui, cx, view, reading, state.keys);
            knocks_ui(ui, cx, rect, stage, session);
            let peer = person.as_ref().map(|(peer, _)| *peer).filter(|_| live && strip_shown);
            tell_watching(cx, state, peer.map(|peer| (view.id, peer)));
            return;
        }
        let board = match showing {
            Showing::Board(board) => (stage.boards.board)(&board),
            Showing::Live => None,
        };
        let Some(board) = board else {
            live_stage_ui(ui, cx, stage, picture, state, session, acts);
            return;
        };
        ui.painter().rect_filled(rect, 0.0, Tokens::of(Theme::Dark).stage);
        let screen = BoardScreen { view, board, boards: &stage.boards, person, keys: state.keys };
        board_ui(ui, cx, &screen, &mut state.boards);
        knocks_ui(ui, cx, rect, stage, session);
        // The running picture goes on in the strip.
        let peer = screen.person.as_ref().map(|(peer, _)| *peer).filter(|_| live && !state.full_screen);
        tell_watching(cx, state, peer.map(|peer| (view.id, peer)));
    });
}

/// Draws what the other end shows, or how to get there.
fn live_stage_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    stage: &Stage<'_>,
    picture: &mut PictureView,
    state: &mut StageState,
    session: &mut SessionUi,
    acts: Option<Acts>,
) {
    let rect = ui.max_rect();
    let pictured = match stage.scene {
        Scene::Live { .. } => true,
        Scene::Reaching { was_live, .. } => *was_live && picture.size().is_some(),
        _ => false,
    };
    // A picture stands on dark whatever the theme: nothing beside it may outshine it.
    let ground = if pictured { Tokens::of(Theme::Dark).stage } else { cx.tokens.stage };
    ui.painter().rect_filled(rect, 0.0, ground);
    let id = stage.view.id;
    let mut watched = None;
    match stage.scene {
        Scene::NoLink => {
            message_ui(ui, cx, Sign::Icon(Icon::Link), &cx.text("no-link-title"), &cx.text("no-link-lead"), |ui| {
                let label = cx.text("invite-make");
                let button = Button::new(&label).with_icon(Icon::Link).size(Size::Large);
                if button.next_step(stage.next == NextStep::MakeLink).show(ui, cx.tokens).clicked() {
                    cx.send_to(id, SessionCommand::Invite(session.invite_form.spec()));
                }
            })
        }
        Scene::SendLink { invite } => {
            middle(ui, rect, 640.0, |ui| send_link_ui(ui, cx, id, invite, session.link_sent));
        }
        Scene::Knocking => {}
        Scene::Ready { peer, name, video } => ready_ui(ui, cx, stage, (*peer, name), *video, acts),
        Scene::Live { peer, name } => {
            watched = Some((id, *peer));
            live_ui(ui, cx, stage, *peer, name, picture, state, acts);
        }
        Scene::Reaching { name, .. } => {
            let text = cx.text_with("reaching-title", &[("name", Arg::from(name.clone()))]);
            if pictured {
                let place = place(ui, rect, picture, state);
                picture.paint(ui, rect, place, 0.35);
                veil_ui(ui, rect, &text);
            } else {
                let lead = cx.text("reaching-lead");
                message_ui(ui, cx, Sign::Person(name), &text, &lead, |_| {});
            }
        }
        Scene::Away { name, why, .. } => {
            let title = cx.text_with("away-title", &[("name", Arg::from(name.clone()))]);
            let lead = cx.text_with(away_lead(*why), &[("name", Arg::from(name.clone()))]);
            message_ui(ui, cx, Sign::Person(name), &title, &lead, |_| {});
        }
        Scene::Closed => {
            message_ui(ui, cx, Sign::Icon(Icon::Check), &cx.text("closed-title"), &cx.text("closed-lead"), |ui| {
                let label = cx.text("new-session");
                if Button::new(&label).with_icon(Icon::Add).size(Size::Large).show(ui, cx.tokens).clicked() {
                    cx.send(Command::StartSession);
                }
            });
        }
    }
    knocks_ui(ui, cx, rect, stage, session);
    tell_watching(cx, state, watched);
}

/// Tells the node whom we look at, once per change, so that nobody sends what nobody sees.
fn tell_watching(cx: &Context<'_>, state: &mut StageState, watched: Option<(SessionId, PeerId)>) {
    if state.told_watching == watched {
        return;
    }
    if let Some((session, peer)) = state.told_watching {
        cx.send_to(session, SessionCommand::Watching(peer, false));
    }
    if let Some((session, peer)) = watched {
        cx.send_to(session, SessionCommand::Watching(peer, true));
    }
    state.told_watching = watched;
}

#[allow(clippy::too_many_arguments, reason = "one picture with everything on it")]
fn live_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    stage: &Stage<'_>,
    peer: PeerId,
    name: &str,
    picture: &mut PictureView,
    state: &mut StageState,
    acts: Option<Acts>,
) {
    let rect = ui.max_rect();
    let response = ui.interact(rect, ui.scope_id().with("picture"), Sense::click_and_drag() - Sense::FOCUSABLE);
    let label = cx.text_with("picture-of", &[("name", Arg::from(name.to_owned()))]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &label));
    if picture.size().is_none() {
        let text = cx.text_with("first-picture", &[("name", Arg::from(name.to_owned()))]);
        veil_ui(ui, rect, &text);
        return;
    }
    if state.fit == Fit::Actual && response.dragged() {
        state.pan += response.drag_delta();
    }
    let target = place(ui, rect, picture, state);
    if state.fit == Fit::Actual {
        state.pan = state.fit.clamp_pan(rect, target.size(), state.pan);
        let larger = target.width() > rect.width() || target.height() > rect.height();
        if larger && response.hovered() {
            ui.ctx().set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Grab });
        }
    }
    picture.paint(ui, rect, target, 1.0);
    pointing_ui(ui, cx, stage, peer, &response, target, state);
    let points = state.boards.mode == Mode::Point;
    if response.double_clicked() && !points {
        cx.send(Command::ToggleFullScreen);
    }
    live_mark_ui(ui, rect, name, &label);
    let visible = controls_ui(ui, cx, rect, stage.view.id, acts, state);
    if state.full_screen && visible <= 0.0 && !points && !ui.input(|input| input.key_down(Key::Tab)) {
        ui.ctx().set_cursor_icon(CursorIcon::None);
    }
}

/// Pointers on the running picture: those of others, and the own one.
fn pointing_ui(
    ui: &Ui,
    cx: &Context<'_>,
    stage: &Stage<'_>,
    peer: PeerId,
    response: &egui::Response,
    place: Rect,
    state: &mut StageState,
) {
    let target = PointerTarget::Video(peer);
    let (now, id) = (ui.input(|input| input.time), stage.view.id);
    let pointers = state.boards.pointers();
    pointers.follow(id, &stage.boards.live, now);
    let mode = state.boards.mode;
    let pointers = state.boards.pointers();
    match response.hover_pos().filter(|at| mode == Mode::Point && place.contains(*at)) {
        Some(at) => {
            let spot = placed(place).picture([at.x, at.y]);
            let pressed = response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_pressed());
            pointers.tell(ui, cx, id, target, spot, pressed);
            ui.ctx().set_cursor_icon(CursorIcon::None);
        }
        None => pointers.gone(cx),
    }
    pointers.paint(ui, target, place, ui.max_rect());
}

fn place(ui: &Ui, rect: Rect, picture: &PictureView, state: &StageState) -> Rect {
    let size = picture.size().unwrap_or((1, 1));
    state.fit.place(rect, size, ui.pixels_per_point(), state.pan)
}

fn ready_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    stage: &Stage<'_>,
    (peer, name): (PeerId, &str),
    video: Idle,
    acts: Option<Acts>,
) {
    let id = stage.view.id;
    let values = || [("name", Arg::from(name.to_owned()))];
    let (title, lead, button) = match video {
        Idle::NotAsked => ("ready-title", "ready-lead", "ask-video"),
        Idle::Asked => ("asked-title", "asked-lead", "ask-again"),
        Idle::Declined => ("declined-title", "declined-lead", "ask-again"),
        Idle::Ended(why) => match why {
            VideoEnd::Stopped => ("stopped-title", "stopped-lead", "ask-again"),
            VideoEnd::Denied => ("denied-title", "denied-lead", "ask-again"),
            VideoEnd::Missing => ("no-camera-title", "no-camera-lead", "ask-again"),
            VideoEnd::Busy => ("camera-busy-title", "camera-busy-lead", "ask-again"),
            VideoEnd::Lost => ("camera-lost-title", "camera-lost-lead", "ask-again"),
            VideoEnd::Unreadable => ("unreadable-title", "unreadable-lead", "ask-again"),
        },
    };
    let (title, lead, label) = (cx.text_with(title, &values()), cx.text_with(lead, &values()), cx.text(button));
    message_ui(ui, cx, Sign::Person(name), &title, &lead, |ui| {
        let button = Button::new(&label).with_icon(Icon::Video).size(Size::Large);
        if button.next_step(stage.next == NextStep::AskVideo).show(ui, cx.tokens).clicked() {
            cx.send_to(id, SessionCommand::AskVideo(peer));
        }
        if acts.is_some_and(|acts| acts.photo) {
            let label = cx.text("photo-instead");
            if Button::new(&label).with_icon(Icon::Camera).kind(Kind::Quiet).show(ui, cx.tokens).clicked() {
                cx.send_to(id, SessionCommand::Board(BoardCommand::Photo(peer)));
            }
        }
    });
}

/// The cards of those who ask in: in the middle while nobody else is here, else at the upper right.
fn knocks_ui(ui: &mut Ui, cx: &Context<'_>, rect: Rect, stage: &Stage<'_>, session: &SessionUi) {
    let cards: Vec<_> = stage
        .view
        .knocks
        .iter()
        .map(|knock| knock::data::knock_card(cx.words, knock, cx.now_ms, session.deciding.contains(&knock.id)))
        .collect();
    if cards.is_empty() {
        return;
    }
    let alone = matches!(stage.scene, Scene::Knocking);
    let width = knock::view::WIDTH.min(rect.width() - 2.0 * SPACE_4);
    let area = if alone {
        rect.shrink(SPACE_4)
    } else {
        Rect::from_min_max(
            egui::pos2(rect.right() - width - SPACE_4, rect.top() + SPACE_4),
            rect.max - Vec2::splat(SPACE_4),
        )
    };
    let draw = |ui: &mut Ui| {
        egui::ScrollArea::vertical().id_salt("knocks").max_height(area.height()).auto_shrink([false, true]).show(
            ui,
            |ui| {
                for (index, card) in cards.iter().enumerate() {
                    let primary = index == 0 && stage.next == NextStep::Decide;
                    knock::view::knock_ui(ui, cx, stage.view.id, card, primary);
                }
            },
        );
    };
    if alone {
        middle(ui, area, width, draw);
    } else {
        ui.scope_builder(UiBuilder::new().max_rect(area), |ui| draw(ui));
    }
}

enum Sign<'a> {
    Icon(Icon),
    Person(&'a str),
}

/// A card in the middle: a sign, a sentence, another sentence, and what to do.
fn message_ui(ui: &mut Ui, cx: &Context<'_>, sign: Sign<'_>, title: &str, lead: &str, act: impl FnOnce(&mut Ui)) {
    let rect = ui.max_rect();
    middle(ui, rect, 440.0, |ui| {
        card(cx.tokens).inner_margin(egui::Margin::same(32)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.with_layout(Layout::top_down(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.y = SPACE_2;
                match sign {
                    Sign::Person(name) => drop(avatar_ui(ui, cx.tokens, name, 72.0)),
                    Sign::Icon(icon) => {
                        let (place, _) = ui.allocate_exact_size(vec2(64.0, 64.0), Sense::hover());
                        ui.painter().circle_filled(place.center(), 32.0, cx.tokens.accent_soft);
                        paint_icon(ui, place, icon, 28.0, cx.tokens.accent);
                    }
                }
                ui.add_space(SPACE_2);
                centered_ui(ui, title, font(TEXT_4, Weight::Strong), cx.tokens.ink_title);
                centered_ui(ui, lead, font(14.0, Weight::Regular), cx.tokens.ink_weak);
                ui.add_space(SPACE_3);
                act(ui);
            });
        });
    });
}

/// Text whose lines are centred.
pub(crate) fn centered_ui(ui: &mut Ui, text: &str, font: egui::FontId, colour: egui::Color32) {
    let width = ui.available_width();
    let mut format = egui::TextFormat::simple(font.clone(), colour);
    format.line_height = Some(line_height(font.size));
    let mut job = egui::text::LayoutJob::single_section(text.to_owned(), format);
    job.wrap.max_width = width;
    if has_rtl(text) {
        let measure = |piece: &str| ui.painter().layout_no_wrap(piece.to_owned(), font.clone(), colour).size().x;
        let lines = visual_lines(text, width, measure).join("\n");
        job = egui::text::LayoutJob::simple(lines, font, colour, f32::INFINITY);
    }
    job.halign = Align::Center;
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(width, galley.size().y), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    ui.painter().galley(rect.center_top(), galley, colour);
}

/// Puts something in the middle of a place, whatever its height turns out to be.
pub(crate) fn middle(ui: &mut Ui, rect: Rect, width: f32, draw: impl FnOnce(&mut Ui)) {
    let id = ui.scope_id().with("height in the middle");
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let height = known.unwrap_or(rect.height() * 0.5).min(rect.height() - 2.0 * SPACE_4);
    let width = width.min(rect.width() - 2.0 * SPACE_4);
    let top = (rect.center().y - height / 2.0).max(rect.top() + SPACE_4).round();
    let place = Rect::from_min_max(
        egui::pos2((rect.center().x - width / 2.0).round(), top),
        egui::pos2((rect.center().x + width / 2.0).round(), rect.bottom()),
    );
    let shown = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        ui.set_clip_rect(ui.clip_rect().intersect(rect));
        draw(ui);
    });
    let real = shown.response.rect.height();
    if known.is_none_or(|known| (known - real).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, real));
        ui.ctx().request_discard("the height of a card became known");
    }
}

fn away_lead(why: Option<LinkEnd>) -> &'static str {
    match why {
        Some(LinkEnd::NotVerified) => "away-not-verified",
        Some(LinkEnd::NoPath) => "away-no-path",
        Some(LinkEnd::Misbehaved) => "away-misbehaved",
        _ => "away-lead",
    }
}
