//! The first start: one card that says what to do and what happens then.

use egui::{Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    command::Command,
    context::Context,
    next_step::NextStep,
    settings::{Settings, tidy_address},
    stage::view::middle,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{SPACE_1, SPACE_2, SPACE_3, SPACE_4, TEXT_1, TEXT_2, TEXT_5},
    },
    widgets::{
        Button, Kind, Size, card, field_ui,
        label::{paint_icon, text_ui},
        sign::sign_ui,
        weak_ui,
    },
};

/// Draws the start card. `form` holds the settings while the address is typed.
pub fn start_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    next: NextStep,
    starting: bool,
    settings: &Settings,
    form: &mut Option<Settings>,
) {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, cx.tokens.stage);
    middle(ui, rect, 560.0, |ui| {
        card(cx.tokens).inner_margin(egui::Margin::same(36)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = SPACE_2;
            sign_ui(ui, 48.0);
            ui.add_space(SPACE_3);
            if next == NextStep::SetRendezvous {
                address_ui(ui, cx, settings, form);
                return;
            }
            text_ui(ui, &cx.text("start-title"), font(TEXT_5, Weight::Strong), cx.tokens.ink_title);
            weak_ui(ui, cx.tokens, &cx.text("start-lead"));
            ui.add_space(SPACE_3);
            for (number, (icon, id)) in
                [(Icon::Link, "start-step-link"), (Icon::Admit, "start-step-admit"), (Icon::Video, "start-step-video")]
                    .into_iter()
                    .enumerate()
            {
                step_ui(ui, cx, number + 1, icon, &cx.text(id), &cx.text(&format!("{id}-about")));
            }
            ui.add_space(SPACE_4);
            let label = cx.text("start-session");
            let width = ui.available_width();
            let button = Button::new(&label).with_icon(Icon::Add).size(Size::Large).kind(Kind::Primary).width(width);
            if button.enabled(!starting).show(ui, cx.tokens).clicked() {
                cx.send(Command::StartSession);
            }
        });
    });
}

/// Without a rendezvous nothing can begin: its address is asked for here.
fn address_ui(ui: &mut Ui, cx: &Context<'_>, settings: &Settings, form: &mut Option<Settings>) {
    let form = form.get_or_insert_with(|| settings.clone());
    text_ui(ui, &cx.text("setup-title"), font(TEXT_5, Weight::Strong), cx.tokens.ink_title);
    weak_ui(ui, cx.tokens, &cx.text("setup-lead"));
    ui.add_space(SPACE_3);
    text_ui(ui, &cx.text("settings-name"), font(TEXT_2, Weight::Medium), cx.tokens.ink_second);
    field_ui(ui, cx.tokens, &mut form.name, &cx.text("settings-name"), &cx.text("settings-name-hint"), 64);
    ui.add_space(SPACE_1);
    text_ui(ui, &cx.text("settings-rendezvous"), font(TEXT_2, Weight::Medium), cx.tokens.ink_second);
    if form.rendezvous.is_empty() {
        form.rendezvous.push(String::new());
    }
    let address = &mut form.rendezvous[0];
    let field =
        field_ui(ui, cx.tokens, address, &cx.text("settings-rendezvous"), &cx.text("settings-rendezvous-hint"), 200);
    let tidy = tidy_address(address);
    if !address.is_empty() && tidy.is_none() {
        text_ui(ui, &cx.text("settings-rendezvous-wrong"), font(TEXT_1, Weight::Regular), cx.tokens.danger_ink);
    }
    ui.add_space(SPACE_3);
    let label = cx.text("setup-continue");
    let width = ui.available_width();
    let button = Button::new(&label).size(Size::Large).kind(Kind::Primary).width(width).enabled(tidy.is_some());
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if let (true, Some(address)) = (button.show(ui, cx.tokens).clicked() || entered, tidy) {
        form.rendezvous[0] = address;
        cx.send(Command::SaveSettings(Box::new(form.clone())));
    }
}

fn step_ui(ui: &mut Ui, cx: &Context<'_>, number: usize, icon: Icon, title: &str, about: &str) {
    let tokens = cx.tokens;
    let width = ui.available_width();
    let body = ui.painter().layout(about.to_owned(), font(TEXT_2, Weight::Regular), tokens.ink_weak, width - 56.0);
    let head = ui.painter().layout(title.to_owned(), font(TEXT_2, Weight::Strong), tokens.ink_body, width - 56.0);
    let height = (head.size().y + 2.0 + body.size().y).max(40.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height + SPACE_2), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{number}. {title} {about}")));
    let sign = Rect::from_min_size(rect.min + vec2(0.0, 1.0), vec2(40.0, 40.0));
    ui.painter().circle_filled(sign.center(), 20.0, tokens.control);
    paint_icon(ui, sign, icon, 18.0, tokens.ink_second);
    let second = rect.top() + head.size().y + 2.0;
    ui.painter().galley(pos2(rect.left() + 56.0, rect.top()), head, tokens.ink_body);
    ui.painter().galley(pos2(rect.left() + 56.0, second), body, tokens.ink_weak);
}
