//! The form in which a checklist is composed.

use egui::Ui;
use sightline_node::{SessionId, show::DeskCommand};

use super::template::{self, Fault, MAX_STEP_BYTES, MAX_STEPS, Template};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    errands::Ask,
    i18n::Arg,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{SPACE_2, SPACE_3, TEXT_1},
    },
    widgets::{Button, Kind, Size, answers::answers_ui, area::area_ui, field_ui, label::text_ui},
};

/// A checklist being composed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepsForm {
    /// Its title.
    pub title: String,
    /// Its steps: one on each line, or a Markdown list.
    pub text: String,
    /// It is being stored.
    pub sending: bool,
}

impl StepsForm {
    /// The form filled with a template.
    pub fn filled(template: Template) -> Self {
        Self { title: template.title, text: template.steps.join("\n"), sending: false }
    }

    /// The checklist as it would be published. Without a title of its own it has the text's heading.
    pub fn template(&self) -> Template {
        let mut template = template::parse(&self.text);
        if !self.title.trim().is_empty() {
            template.title = self.title.trim().to_owned();
        }
        template
    }
}

/// Draws the form; `true` when it is to be closed.
pub(super) fn form_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, form: &mut StepsForm) -> bool {
    let mut close = false;
    ui.spacing_mut().item_spacing.y = SPACE_2;
    let title = cx.text("steps-title");
    let names = (cx.text("steps-lines"), cx.text("steps-lines-hint"));
    // The form goes once it is stored: what was typed meanwhile would go with it.
    ui.add_enabled_ui(!form.sending, |ui| {
        field_ui(ui, cx.tokens, &mut form.title, &title, &cx.text("steps-title-hint"), MAX_TITLE);
        area_ui(ui, cx.tokens, &mut form.text, (&names.0, &names.1), 7, 260.0);
    });
    let template = form.template();
    let fault = template.fault().filter(|fault| *fault != Fault::Empty);
    let (said, ink) = match fault {
        None => {
            let count = [("count", Arg::from(template.steps.len()))];
            (cx.text_with("steps-count", &count), cx.tokens.ink_weak)
        }
        Some(Fault::TooMany(count)) => {
            let values = [("count", Arg::from(count)), ("most", Arg::from(MAX_STEPS))];
            (cx.text_with("steps-too-many", &values), cx.tokens.danger_ink)
        }
        Some(Fault::TooLong(step)) => {
            let values = [("step", Arg::from(step)), ("most", Arg::from(MAX_STEP_BYTES))];
            (cx.text_with("steps-too-long", &values), cx.tokens.danger_ink)
        }
        Some(Fault::Empty) => (String::new(), cx.tokens.ink_weak),
    };
    text_ui(ui, &said, font(TEXT_1, Weight::Regular), ink);
    ui.horizontal(|ui| {
        let load = cx.text("steps-load");
        if Button::new(&load)
            .with_icon(Icon::FileText)
            .kind(Kind::Quiet)
            .size(Size::Small)
            .show(ui, cx.tokens)
            .clicked()
        {
            cx.send(Command::Pick(Ask::Template(id)));
        }
    });
    answers_ui(ui, Size::Regular, |ui| {
        let (publish, cancel) = (cx.text("steps-publish"), cx.text("cancel"));
        let ready = template.fault().is_none() && !form.sending;
        if Button::new(&publish).kind(Kind::Primary).enabled(ready).show(ui, cx.tokens).clicked() {
            form.sending = true;
            let Template { title, steps } = template;
            cx.send_to(id, SessionCommand::Desk(DeskCommand::AddSteps { title, steps }));
        }
        if Button::new(&cancel).kind(Kind::Neutral).show(ui, cx.tokens).clicked() {
            close = true;
        }
    });
    ui.add_space(SPACE_3);
    close
}

/// Longest title, in characters.
const MAX_TITLE: usize = 120;
