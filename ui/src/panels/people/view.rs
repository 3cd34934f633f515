//! Draws the people tab.

use egui::{Align, CursorIcon, Layout, Rect, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use sightline_node::{PeerId, SessionId, view::Presence};

use super::data::{LinkRow, Member, People, Waiting};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    state::Dialog,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{RADIUS_1, SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_5, TEXT_1, TEXT_2},
    },
    widgets::{
        Button, Kind, Size, avatar,
        choice::focus_ring,
        label::{elided, paint_icon},
    },
};

/// Draws the tab; gives the member that was chosen for the stage.
pub fn people_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    people: &People,
    on_stage: Option<PeerId>,
) -> Option<PeerId> {
    let mut chosen = None;
    ScrollArea::vertical().id_salt("people").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if !people.waiting.is_empty() {
            section_ui(ui, cx, &cx.text("people-waiting"), |_| {});
            for waiting in &people.waiting {
                waiting_ui(ui, cx, id, waiting);
            }
        }
        section_ui(ui, cx, &cx.text("people-members"), |_| {});
        for member in &people.members {
            if member_ui(ui, cx, member, on_stage == Some(member.peer)) {
                chosen = Some(member.peer);
            }
        }
        section_ui(ui, cx, &cx.text("people-links"), |ui| {
            let label = cx.text("invite");
            if people.leads && Button::new(&label).with_icon(Icon::Add).size(Size::Small).show(ui, cx.tokens).clicked()
            {
                cx.send(Command::Open(Dialog::Invite(id)));
            }
        });
        if people.links.is_empty() {
            hint_ui(ui, cx, &cx.text("people-no-links"));
        }
        for link in &people.links {
            link_ui(ui, cx, id, link);
        }
        if people.leads {
            ui.add_space(SPACE_5);
            ui.horizontal(|ui| {
                ui.add_space(SPACE_4);
                let label = cx.text("close-session");
                let button = Button::new(&label).with_icon(Icon::Exit).kind(Kind::Danger);
                if button.width(ui.available_width() - SPACE_4).show(ui, cx.tokens).clicked() {
                    cx.send(Command::Open(Dialog::CloseSession(id)));
                }
            });
        }
        ui.add_space(SPACE_4);
    });
    chosen
}

fn section_ui(ui: &mut Ui, cx: &Context<'_>, title: &str, extra: impl FnOnce(&mut Ui)) {
    ui.add_space(SPACE_3);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let inner = rect.shrink2(vec2(SPACE_4, 0.0));
    let response = ui.interact(inner, ui.scope_id().with(("section", title)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, title));
    let galley = ui.painter().layout_no_wrap(title.to_owned(), font(TEXT_1, Weight::Strong), cx.tokens.ink_weak);
    ui.painter().galley(pos2(inner.left(), inner.center().y - galley.size().y / 2.0), galley, cx.tokens.ink_weak);
    let builder = egui::UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)).id_salt(title);
    extra(&mut ui.new_child(builder));
    ui.add_space(SPACE_1);
}

fn hint_ui(ui: &mut Ui, cx: &Context<'_>, text: &str) {
    ui.horizontal(|ui| {
        ui.add_space(SPACE_4);
        ui.vertical(|ui| {
            ui.set_max_width(ui.available_width() - SPACE_4);
            crate::widgets::weak_ui(ui, cx.tokens, text);
        });
    });
}

/// Two lines beside a sign; gives the row's place for what stands at its end.
fn row(ui: &mut Ui, cx: &Context<'_>, name: &str, about: &str, sense: Sense, end: f32) -> (Rect, egui::Response) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 52.0), sense);
    let tokens = cx.tokens;
    if sense.senses_click() {
        let body = rect.shrink2(vec2(SPACE_2, 1.0));
        let heat =
            ui.ctx().animate_bool_with_time(response.id.with("heat"), response.hovered(), ui.style().animation_time);
        ui.painter().rect_filled(body, RADIUS_1, tokens.control.gamma_multiply(heat));
        focus_ring(ui, tokens, &response, body);
    }
    let sign = pos2(rect.left() + SPACE_4 + 18.0, rect.center().y);
    avatar::paint(ui.painter(), tokens, sign, 36.0, name);
    let left = sign.x + 18.0 + SPACE_3;
    let width = rect.right() - SPACE_4 - end - left;
    let title = elided(ui, name, font(TEXT_2, Weight::Medium), tokens.ink_body, width);
    let sub = elided(ui, about, font(TEXT_1, Weight::Regular), tokens.ink_weak, width);
    let height = title.size().y + 2.0 + sub.size().y;
    let top = rect.center().y - height / 2.0;
    let second = top + title.size().y + 2.0;
    ui.painter().galley(pos2(left, top), title, tokens.ink_body);
    ui.painter().galley(pos2(left, second), sub, tokens.ink_weak);
    (rect, response)
}

fn member_ui(ui: &mut Ui, cx: &Context<'_>, member: &Member, on_stage: bool) -> bool {
    let sense = if member.selectable { Sense::click() } else { Sense::hover() };
    let (rect, response) = row(ui, cx, &member.name, &member.about, sense, if member.live { 28.0 } else { 0.0 });
    let spoken = format!("{} · {}", member.name, member.about);
    let kind = if member.selectable { egui::Role::Button } else { egui::Role::Label };
    response.widget_info(|| WidgetInfo::selected(kind, true, on_stage, &spoken));
    let sign = Rect::from_center_size(pos2(rect.left() + SPACE_4 + 18.0, rect.center().y), vec2(36.0, 36.0));
    let (colour, hollow) = match member.presence {
        Presence::Here => (cx.tokens.ok, false),
        Presence::Reaching => (cx.tokens.warn, false),
        Presence::Away => (cx.tokens.ink_rest, true),
    };
    avatar::presence_dot(ui.painter(), sign, colour, cx.tokens.panel, hollow);
    if member.live {
        let place = Rect::from_center_size(pos2(rect.right() - SPACE_4 - 9.0, rect.center().y), vec2(18.0, 18.0));
        paint_icon(ui, place, Icon::Video, 16.0, if on_stage { cx.tokens.live } else { cx.tokens.ink_second });
    }
    member.selectable && response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

fn waiting_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, waiting: &Waiting) {
    let (rect, response) = row(ui, cx, &waiting.name, &waiting.about, Sense::hover(), 2.0 * 32.0 + SPACE_2);
    response
        .widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{} · {}", waiting.name, waiting.about)));
    let sign = Rect::from_center_size(pos2(rect.left() + SPACE_4 + 18.0, rect.center().y), vec2(36.0, 36.0));
    avatar::presence_dot(ui.painter(), sign, cx.tokens.warn, cx.tokens.panel, false);
    let admit = cx.text_with("admit-person", &[("name", crate::i18n::Arg::from(waiting.name.clone()))]);
    let chat = cx.text_with("chat-with", &[("name", crate::i18n::Arg::from(waiting.name.clone()))]);
    let place = |index: f32| {
        let center = pos2(rect.right() - SPACE_3 - 16.0 - index * 34.0, rect.center().y);
        Rect::from_center_size(center, vec2(32.0, 32.0))
    };
    if Button::icon(Icon::Admit, &admit).tint(cx.tokens.accent).show_at(ui, cx.tokens, place(0.0)).clicked() {
        cx.send_to(id, SessionCommand::Admit(waiting.id));
    }
    if Button::icon(Icon::Chat, &chat).show_at(ui, cx.tokens, place(1.0)).clicked() {
        cx.send(Command::ChatWith(Some(waiting.id)));
    }
}

fn link_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, link: &LinkRow) {
    let tokens = cx.tokens;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 52.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{} · {}", link.title, link.state)));
    let sign = pos2(rect.left() + SPACE_4 + 18.0, rect.center().y);
    let (ground, ink) =
        if link.works { (tokens.accent_soft, tokens.accent) } else { (tokens.control, tokens.ink_rest) };
    ui.painter().circle_filled(sign, 18.0, ground);
    paint_icon(ui, Rect::from_center_size(sign, vec2(18.0, 18.0)), Icon::Link, 16.0, ink);
    let end = if link.works { 2.0 * 34.0 } else { 0.0 };
    let left = sign.x + 18.0 + SPACE_3;
    let width = rect.right() - SPACE_3 - end - left;
    let title_ink = if link.works { tokens.ink_body } else { tokens.ink_weak };
    let state_ink = if link.pending { tokens.warn } else { tokens.ink_weak };
    let title = elided(ui, &link.title, font(TEXT_2, Weight::Medium), title_ink, width);
    let state = elided(ui, &link.state, font(TEXT_1, Weight::Regular), state_ink, width);
    let cut = title.elided || state.elided;
    let top = rect.center().y - (title.size().y + 2.0 + state.size().y) / 2.0;
    let second = top + title.size().y + 2.0;
    ui.painter().galley(pos2(left, top), title, title_ink);
    ui.painter().galley(pos2(left, second), state, state_ink);
    if link.works {
        let place = |index: f32| {
            let center = pos2(rect.right() - SPACE_3 - 16.0 - index * 34.0, rect.center().y);
            Rect::from_center_size(center, vec2(32.0, 32.0))
        };
        let revoke = cx.text("invite-revoke");
        if Button::icon(Icon::Trash, &revoke).show_at(ui, tokens, place(0.0)).clicked() {
            cx.send(Command::Open(Dialog::Revoke(id, link.id)));
        }
        let copy = cx.text("copy-link");
        if Button::icon(Icon::Copy, &copy).kind(Kind::Quiet).show_at(ui, tokens, place(1.0)).clicked() {
            cx.send(Command::Copy { text: link.link.clone(), said: "copied-link" });
        }
    }
    if cut {
        response.on_hover_text(format!("{}\n{}", link.title, link.state));
    }
}
