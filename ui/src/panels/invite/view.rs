//! Draws links: the card on the stage, and the form in its dialog.

use egui::{Align, Layout, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use sightline_node::{
    SessionId,
    view::{InviteState, InviteView, Role},
};

use super::{InviteForm, form::Validity};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    i18n::Arg,
    panels::people::data::role_name,
    state::Dialog,
    text::time,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{RADIUS_1, SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_5, TEXT_1, TEXT_2, TEXT_4},
    },
    widgets::{
        Button, Kind, Size, card,
        choice::{check_ui, segments_ui},
        heading_ui,
        label::{elided, icon_ui, text_ui},
        qr::qr_ui,
        weak_ui,
    },
};

/// The card on the stage: here is the link, send it. `sent` says that it was copied before.
pub fn send_link_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, invite: &InviteView, sent: bool) {
    const WIDTH: f32 = 620.0;
    let tokens = cx.tokens;
    card(tokens).inner_margin(egui::Margin::same(28)).show(ui, |ui| {
        let width = (WIDTH - 56.0).min(ui.available_width());
        ui.set_width(width);
        let narrow = width < 540.0;
        let qr = if narrow { 168.0 } else { 196.0 };
        let (title, lead) = match sent {
            true => ("send-again-title", "send-again-lead"),
            false => ("send-title", "send-lead"),
        };
        ui.horizontal_top(|ui| {
            let text_width = width - qr - SPACE_5;
            ui.allocate_ui_with_layout(vec2(text_width, qr), Layout::top_down(Align::Min), |ui| {
                ui.set_width(text_width);
                ui.spacing_mut().item_spacing.y = SPACE_2;
                text_ui(ui, &cx.text(title), font(TEXT_4, Weight::Strong), tokens.ink_title);
                weak_ui(ui, tokens, &cx.text(lead));
                ui.add_space(SPACE_2);
                link_well_ui(ui, cx, &invite.link);
                ui.add_space(SPACE_1);
                let (copy, more) = (cx.text("copy-link"), cx.text("invite-other"));
                let mut copy = Button::new(&copy).with_icon(Icon::Copy).size(Size::Large).next_step(!sent);
                let mut more = Button::new(&more).size(Size::Large).kind(Kind::Quiet);
                if narrow {
                    (copy, more) = (copy.width(text_width), more.width(text_width).size(Size::Regular));
                }
                let layout = if narrow { Layout::top_down(Align::Min) } else { Layout::left_to_right(Align::Min) };
                ui.with_layout(layout, |ui| {
                    if copy.show(ui, tokens).clicked() {
                        cx.send(Command::Copy { text: invite.link.clone(), said: "copied-link" });
                    }
                    if more.show(ui, tokens).clicked() {
                        cx.send(Command::Open(Dialog::Invite(id)));
                    }
                });
            });
            ui.add_space(SPACE_5 - SPACE_2);
            qr_ui(ui, &invite.link, qr, &cx.text("qr-name"));
        });
        ui.add_space(SPACE_4);
        facts_ui(ui, cx, invite);
    });
}

/// Role, uses, time left; and what is in the way.
fn facts_ui(ui: &mut Ui, cx: &Context<'_>, invite: &InviteView) {
    let tokens = cx.tokens;
    let rule = Rect::from_min_size(ui.cursor().left_top(), vec2(ui.available_width(), 1.0));
    ui.painter().rect_filled(rule, 0.0, tokens.line);
    ui.add_space(SPACE_3);
    if invite.state == InviteState::NotYetStored {
        ui.horizontal(|ui| {
            icon_ui(ui, Icon::CloudOff, 15.0, tokens.warn);
            text_ui(ui, &cx.text("invite-pending-long"), font(TEXT_2, Weight::Regular), tokens.warn);
        });
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE_1, SPACE_1);
        let uses = match invite.uses {
            0 => cx.text("invite-uses-any"),
            uses => cx.text_with("invite-uses", &[("count", Arg::from(uses))]),
        };
        let left = time::left(cx.words, invite.not_after_ms, cx.now_ms);
        let facts = [
            (Icon::Person, format!("{}, {uses}", cx.text(role_name(invite.role)))),
            (Icon::Clock, cx.text_with("invite-open", &[("left", Arg::from(left))])),
            (Icon::Admit, cx.text(if invite.auto { "invite-auto-short" } else { "invite-ask-short" })),
        ];
        for (icon, text) in facts {
            let galley = ui.painter().layout_no_wrap(text.clone(), font(TEXT_1, Weight::Regular), tokens.ink_weak);
            let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 20.0 + SPACE_3, 20.0), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &text));
            let icon_place = Rect::from_center_size(pos2(rect.left() + 7.0, rect.center().y), vec2(14.0, 14.0));
            crate::widgets::label::paint_icon(ui, icon_place, icon, 14.0, tokens.ink_rest);
            ui.painter().galley(
                pos2(rect.left() + 19.0, rect.center().y - galley.size().y / 2.0),
                galley,
                tokens.ink_weak,
            );
        }
    });
}

/// The link in a sunken field; clicking copies it.
fn link_well_ui(ui: &mut Ui, cx: &Context<'_>, link: &str) {
    let tokens = cx.tokens;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::click());
    let spoken = format!("{}: {link}", cx.text("link"));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    ui.painter().rect(rect, RADIUS_1, tokens.panel, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
    let shown = link.strip_prefix("https://").unwrap_or(link);
    let galley = elided(ui, shown, font(TEXT_2, Weight::Medium), tokens.ink_body, rect.width() - 2.0 * SPACE_3);
    ui.painter().galley(pos2(rect.left() + SPACE_3, rect.center().y - galley.size().y / 2.0), galley, tokens.ink_body);
    if response.on_hover_text(cx.text("copy-link")).clicked() {
        cx.send(Command::Copy { text: link.to_owned(), said: "copied-link" });
    }
}

/// The dialog: a form, and the newest link it made. `made` is the newest working link made since the dialog opened.
pub fn invite_dialog_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    form: &mut InviteForm,
    newest: Option<&InviteView>,
) {
    let tokens = cx.tokens;
    ui.spacing_mut().item_spacing.y = SPACE_2;
    heading_ui(ui, tokens, &cx.text("invite-title"));
    weak_ui(ui, tokens, &cx.text("invite-lead"));
    ui.add_space(SPACE_2);

    let roles = [
        (Role::Operator, cx.text("role-operator")),
        (Role::Expert, cx.text("role-expert")),
        (Role::Viewer, cx.text("role-viewer")),
    ];
    label_ui(ui, cx, "invite-role");
    if let Some(role) = segments_ui(ui, tokens, &borrowed(&roles), form.role) {
        form.role = role;
    }
    let about = match form.role {
        Role::Expert => "role-expert-about",
        Role::Viewer => "role-viewer-about",
        Role::Operator | Role::Lead => "role-operator-about",
    };
    text_ui(ui, &cx.text(about), font(TEXT_1, Weight::Regular), tokens.ink_weak);

    let uses = [(1, cx.text("uses-one")), (5, cx.text("uses-five")), (0, cx.text("uses-any"))];
    label_ui(ui, cx, "invite-how-many");
    if let Some(uses) = segments_ui(ui, tokens, &borrowed(&uses), form.uses) {
        form.uses = uses;
    }
    let spans = [
        (Validity::Hour, cx.text("valid-hour")),
        (Validity::Day, cx.text("valid-day")),
        (Validity::Week, cx.text("valid-week")),
    ];
    label_ui(ui, cx, "invite-how-long");
    if let Some(validity) = segments_ui(ui, tokens, &borrowed(&spans), form.validity) {
        form.validity = validity;
    }
    ui.add_space(SPACE_1);
    let allowed = form.may_admit();
    let mut auto = form.auto && allowed;
    if check_ui(ui, tokens, &mut auto, &cx.text("invite-auto"), allowed).changed() {
        form.auto = auto;
    }
    if !allowed {
        text_ui(ui, &cx.text("invite-auto-why-not"), font(TEXT_1, Weight::Regular), tokens.ink_weak);
    }
    ui.add_space(SPACE_2);
    let make = cx.text("invite-make");
    let width = ui.available_width();
    let button = Button::new(&make).with_icon(Icon::Link).size(Size::Large).width(width);
    if button.next_step(newest.is_none()).show(ui, tokens).clicked() {
        cx.send_to(id, SessionCommand::Invite(form.spec()));
    }
    if let Some(invite) = newest {
        ui.add_space(SPACE_2);
        ui.horizontal_top(|ui| {
            qr_ui(ui, &invite.link, 120.0, &cx.text("qr-name"));
            ui.add_space(SPACE_2);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = SPACE_2;
                text_ui(ui, &cx.text("invite-made"), font(TEXT_2, Weight::Strong), tokens.ink_title);
                link_well_ui(ui, cx, &invite.link);
                let copy = cx.text("copy-link");
                if Button::new(&copy).with_icon(Icon::Copy).kind(Kind::Primary).show(ui, tokens).clicked() {
                    cx.send(Command::Copy { text: invite.link.clone(), said: "copied-link" });
                }
            });
        });
    }
}

fn label_ui(ui: &mut Ui, cx: &Context<'_>, id: &str) {
    ui.add_space(SPACE_1);
    text_ui(ui, &cx.text(id), font(TEXT_2, Weight::Medium), cx.tokens.ink_second);
}

fn borrowed<T: Copy>(options: &[(T, String)]) -> Vec<(T, &str)> {
    options.iter().map(|(value, label)| (*value, label.as_str())).collect()
}
