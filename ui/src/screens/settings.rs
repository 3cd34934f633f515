//! The settings: name, language, look, rendezvous, trust.

use egui::{Align, Layout, Margin, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};
use sightline_node::view::{NodeView, RendezvousState};

use crate::{
    command::Command,
    context::Context,
    i18n::Lang,
    panels::topline::{data::Tone, view::tone_colour},
    settings::{Settings, TrustSetting, tidy_address},
    state::Screen,
    theme::{
        Theme,
        fonts::{Weight, font},
        tokens::{SPACE_1, SPACE_2, SPACE_3, SPACE_5, SPACE_6, TEXT_1, TEXT_2, TEXT_5},
    },
    widgets::{
        Button, Kind, Size, card,
        choice::{check_ui, segments_ui},
        field_ui,
        label::text_ui,
    },
};

/// Draws the settings; `form` holds them while they are changed.
pub fn settings_ui(ui: &mut Ui, cx: &Context<'_>, node: &NodeView, settings: &Settings, form: &mut Option<Settings>) {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, cx.tokens.stage);
    let form = form.get_or_insert_with(|| {
        let mut form = settings.clone();
        if form.name.is_empty() {
            form.name = node.name.clone();
        }
        form
    });
    let foot = 68.0;
    let body = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - foot));
    ui.scope_builder(UiBuilder::new().max_rect(body), |ui| {
        ScrollArea::vertical().id_salt("settings").auto_shrink([false, false]).show(ui, |ui| {
            let width = (rect.width() - 2.0 * SPACE_5).min(640.0);
            let left = (rect.width() - width) / 2.0;
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.add_space(left);
                ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(width);
                    ui.spacing_mut().item_spacing.y = SPACE_2;
                    ui.add_space(SPACE_6);
                    text_ui(ui, &cx.text("settings"), font(TEXT_5, Weight::Strong), cx.tokens.ink_title);
                    ui.add_space(SPACE_2);
                    you_ui(ui, cx, form);
                    ui.add_space(SPACE_2);
                    look_ui(ui, cx, form);
                    ui.add_space(SPACE_2);
                    rendezvous_ui(ui, cx, node, form);
                    ui.add_space(SPACE_5);
                });
            });
        });
    });
    foot_ui(ui, cx, Rect::from_min_max(pos2(rect.left(), rect.bottom() - foot), rect.max), settings, form);
}

fn section(ui: &mut Ui, cx: &Context<'_>, draw: impl FnOnce(&mut Ui)) {
    card(cx.tokens).inner_margin(Margin::same(20)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = SPACE_2;
        draw(ui);
    });
}

fn label_ui(ui: &mut Ui, cx: &Context<'_>, id: &str) {
    text_ui(ui, &cx.text(id), font(TEXT_2, Weight::Medium), cx.tokens.ink_body);
}

fn note_ui(ui: &mut Ui, cx: &Context<'_>, id: &str) {
    text_ui(ui, &cx.text(id), font(TEXT_1, Weight::Regular), cx.tokens.ink_weak);
}

fn you_ui(ui: &mut Ui, cx: &Context<'_>, form: &mut Settings) {
    section(ui, cx, |ui| {
        label_ui(ui, cx, "settings-name");
        field_ui(ui, cx.tokens, &mut form.name, &cx.text("settings-name"), &cx.text("settings-name-hint"), 64);
        note_ui(ui, cx, "settings-name-about");
        ui.add_space(SPACE_1);
        label_ui(ui, cx, "settings-language");
        let options = Lang::ALL.map(|lang| (lang, lang.own_name()));
        if let Some(lang) = segments_ui(ui, cx.tokens, &options, form.lang()) {
            form.lang = Some(lang);
        }
    });
}

fn look_ui(ui: &mut Ui, cx: &Context<'_>, form: &mut Settings) {
    section(ui, cx, |ui| {
        label_ui(ui, cx, "settings-theme");
        let (dark, light) = (cx.text("theme-dark"), cx.text("theme-light"));
        if let Some(theme) =
            segments_ui(ui, cx.tokens, &[(Theme::Dark, dark.as_str()), (Theme::Light, light.as_str())], form.theme)
        {
            form.theme = theme;
        }
        check_ui(ui, cx.tokens, &mut form.reduced_motion, &cx.text("settings-motion"), true);
    });
}

fn rendezvous_ui(ui: &mut Ui, cx: &Context<'_>, node: &NodeView, form: &mut Settings) {
    section(ui, cx, |ui| {
        label_ui(ui, cx, "settings-rendezvous");
        if form.rendezvous.is_empty() {
            form.rendezvous.push(String::new());
        }
        let address = &mut form.rendezvous[0];
        field_ui(ui, cx.tokens, address, &cx.text("settings-rendezvous"), &cx.text("settings-rendezvous-hint"), 200);
        if !address.is_empty() && tidy_address(address).is_none() {
            text_ui(ui, &cx.text("settings-rendezvous-wrong"), font(TEXT_1, Weight::Regular), cx.tokens.danger_ink);
        } else {
            state_ui(ui, cx, node);
        }
        ui.add_space(SPACE_1);
        label_ui(ui, cx, "settings-trust");
        let (first, system) = (cx.text("trust-first-use"), cx.text("trust-system"));
        let options = [(TrustSetting::FirstUse, first.as_str()), (TrustSetting::System, system.as_str())];
        if let Some(trust) = segments_ui(ui, cx.tokens, &options, form.trust) {
            form.trust = trust;
        }
        note_ui(
            ui,
            cx,
            match form.trust {
                TrustSetting::FirstUse => "trust-first-use-about",
                TrustSetting::System => "trust-system-about",
            },
        );
    });
}

/// How the rendezvous stands now.
fn state_ui(ui: &mut Ui, cx: &Context<'_>, node: &NodeView) {
    let (tone, id) = match node.rendezvous {
        RendezvousState::Online => (Tone::Ok, "rendezvous-online"),
        RendezvousState::Connecting => (Tone::Warn, "rendezvous-connecting"),
        RendezvousState::Offline { .. } => (Tone::Warn, "rendezvous-offline"),
        RendezvousState::Unset => (Tone::Rest, "rendezvous-unset"),
        RendezvousState::CertificateChanged { .. } | RendezvousState::CertificateUnknown { .. } => {
            (Tone::Bad, "rendezvous-certificate")
        }
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE_2;
        let (dot, _) = ui.allocate_exact_size(vec2(8.0, 16.0), egui::Sense::hover());
        ui.painter().circle_filled(dot.center(), 4.0, tone_colour(cx.tokens, tone));
        text_ui(ui, &cx.text(id), font(TEXT_1, Weight::Regular), cx.tokens.ink_weak);
    });
}

fn foot_ui(ui: &mut Ui, cx: &Context<'_>, rect: Rect, settings: &Settings, form: &mut Settings) {
    ui.painter().rect_filled(rect, 0.0, cx.tokens.panel);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, egui::Stroke::new(1.0, cx.tokens.control));
    let width = (rect.width() - 2.0 * SPACE_5).min(640.0);
    let inner = Rect::from_center_size(rect.center(), vec2(width, rect.height()));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)), |ui| {
        ui.spacing_mut().item_spacing.x = SPACE_3;
        let wanted = tidied(form);
        let changed = wanted.as_ref().is_none_or(|wanted| wanted != settings);
        let save = cx.text("save");
        let button = Button::new(&save).size(Size::Large).kind(Kind::Primary).enabled(changed && wanted.is_some());
        if let (true, Some(wanted)) = (button.show(ui, cx.tokens).clicked(), wanted) {
            cx.send(Command::SaveSettings(Box::new(wanted)));
        }
        let back = cx.text(if changed { "cancel" } else { "back" });
        if Button::new(&back).size(Size::Large).kind(Kind::Quiet).show(ui, cx.tokens).clicked() {
            *form = settings.clone();
            cx.send(Command::Show(Screen::Session));
        }
    });
}

/// The settings as they would be stored; `None` while an address is wrong.
fn tidied(form: &Settings) -> Option<Settings> {
    let mut wanted = form.clone();
    wanted.name = wanted.name.trim().to_owned();
    wanted.rendezvous.retain(|address| !address.trim().is_empty());
    wanted.rendezvous = wanted.rendezvous.iter().map(|address| tidy_address(address)).collect::<Option<Vec<_>>>()?;
    Some(wanted)
}
