//! The tools to draw with, floating at the stage's lower edge: one row where there is room, else two.

use egui::{Color32, CornerRadius, CursorIcon, Rect, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use sightline_node::{
    SessionId,
    paint::{colour, on_colour},
    show::{BoardCommand, Ink, Tool},
    view::BoardView,
};

use super::BoardStage;
use crate::{
    command::SessionCommand,
    context::Context,
    stage::controls::GLASS,
    theme::{
        Icon, Theme, Tokens,
        fonts::{Weight, font},
        tokens::SPACE_2,
    },
    widgets::{Button, Kind, choice::focus_ring, interact_at},
};

/// What the pointer does on a board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Moves the picture.
    #[default]
    Look,
    /// Shows others where one points.
    Point,
    /// Draws.
    Draw(Tool),
    /// Takes whole strokes away.
    Erase,
}

/// How wide one draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Width {
    /// For small things.
    Thin,
    /// For most things.
    #[default]
    Medium,
    /// To be seen from afar.
    Thick,
}

impl Width {
    /// In 1/65535 of the picture's longer side: of the line, or of the letters.
    pub fn of(self, tool: Tool) -> u16 {
        let [thin, medium, thick] = match tool {
            Tool::Text => [1_400, 2_200, 3_400],
            Tool::Mark => [1_300, 1_800, 2_600],
            _ => [210, 420, 840],
        };
        match self {
            Width::Thin => thin,
            Width::Medium => medium,
            Width::Thick => thick,
        }
    }
}

/// The inks in the order of the keys 1 to 5.
pub const INKS: [(Ink, &str); 5] = [
    (Ink::Red, "ink-red"),
    (Ink::Yellow, "ink-yellow"),
    (Ink::Green, "ink-green"),
    (Ink::Blue, "ink-blue"),
    (Ink::White, "ink-white"),
];

const MODES: [(Mode, Icon, &str); 10] = [
    (Mode::Look, Icon::Hand, "tool-look"),
    (Mode::Point, Icon::Pointer, "tool-point"),
    (Mode::Draw(Tool::Pen), Icon::Pen, "tool-pen"),
    (Mode::Draw(Tool::Arrow), Icon::Arrow, "tool-arrow"),
    (Mode::Draw(Tool::Rectangle), Icon::Rectangle, "tool-rectangle"),
    (Mode::Draw(Tool::Ellipse), Icon::Ellipse, "tool-ellipse"),
    (Mode::Draw(Tool::Text), Icon::Letters, "tool-text"),
    (Mode::Draw(Tool::Mark), Icon::Ellipse, "tool-mark"),
    (Mode::Draw(Tool::Dot), Icon::Dot, "tool-dot"),
    (Mode::Erase, Icon::Eraser, "tool-erase"),
];

const WIDTHS: [(Width, f32, &str); 3] =
    [(Width::Thin, 2.5, "width-thin"), (Width::Medium, 4.5, "width-medium"), (Width::Thick, 8.0, "width-thick")];

/// How much of the stage's lower edge the tools take.
pub fn height(stage: Rect) -> f32 {
    if one_row(stage) { ROW + 2.0 * SPACE_2 + 4.0 } else { 2.0 * ROW + 2.0 * SPACE_2 + 4.0 }
}

/// Draws the tools. Without `writes` only those that change nothing are there.
pub fn tools_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    session: SessionId,
    board: &BoardView,
    stage: Rect,
    state: &mut BoardStage,
    writes: bool,
) {
    let glass = Tokens::of(Theme::Dark);
    let modes: &[_] = if writes { &MODES } else { &MODES[..1] };
    let tools = modes.len() as f32 * STEP + if writes { GROUP } else { 0.0 };
    let colours = if writes { 5.0 * SWATCH + GROUP + 3.0 * SWATCH + GROUP + 2.0 * STEP } else { 0.0 };
    let rows = if one_row(stage) || !writes { vec![tools + colours] } else { vec![tools - GROUP, colours] };
    let width = rows.iter().copied().fold(0.0, f32::max) + 2.0 * SPACE_2;
    let height = rows.len() as f32 * ROW;
    let bar = Rect::from_min_size(
        pos2((stage.center().x - width / 2.0).round(), stage.bottom() - SPACE_2 - height),
        vec2(width, height),
    );
    // Nothing between two buttons reaches through to the picture.
    interact_at(ui, bar, Sense::click_and_drag() - Sense::FOCUSABLE);
    ui.painter().rect_filled(bar, CornerRadius::same(22), GLASS);
    let mut at = pos2((bar.center().x - rows[0] / 2.0).round(), bar.top() + ROW / 2.0);
    for (index, (mode, icon, id)) in modes.iter().enumerate() {
        if index == 2 {
            line(ui, at);
            at.x += GROUP;
        }
        let rect = Rect::from_center_size(at + vec2(STEP / 2.0, 0.0), vec2(BUTTON, BUTTON));
        let label = cx.text(id);
        let kind = if state.mode == *mode { Kind::GlassChosen } else { Kind::Glass };
        let button = Button::icon(*icon, &label).kind(kind).round();
        if button.show_at(ui, &glass, rect).clicked() {
            state.choose(*mode);
        }
        if *mode == Mode::Draw(Tool::Mark) {
            // No icon says "a number in a circle".
            let ink = if state.mode == *mode { glass.on_accent } else { Color32::from_gray(235) };
            ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, "1", font(11.0, Weight::Strong), ink);
        }
        at.x += STEP;
    }
    if !writes {
        return;
    }
    if rows.len() == 2 {
        at = pos2((bar.center().x - rows[1] / 2.0).round(), at.y + ROW - 4.0);
    } else {
        line(ui, at);
        at.x += GROUP;
    }
    for (index, (ink, id)) in INKS.iter().enumerate() {
        let rect = Rect::from_center_size(at + vec2(SWATCH / 2.0, 0.0), vec2(SWATCH, BUTTON));
        let label = format!("{} ({})", cx.text(id), index + 1);
        if swatch_ui(ui, &glass, rect, *ink, state.ink == *ink, &label) {
            state.ink = *ink;
            state.draw_again();
        }
        at.x += SWATCH;
    }
    line(ui, at);
    at.x += GROUP;
    for (width, size, id) in WIDTHS {
        let rect = Rect::from_center_size(at + vec2(SWATCH / 2.0, 0.0), vec2(SWATCH, BUTTON));
        let label = cx.text(id);
        if width_ui(ui, &glass, rect, size, state.width == width, &label) {
            state.width = width;
        }
        at.x += SWATCH;
    }
    line(ui, at);
    at.x += GROUP;
    let id = board.summary.id;
    for (icon, words, can, command) in [
        (Icon::Undo, "undo", board.can_undo, BoardCommand::Undo(id)),
        (Icon::Redo, "redo", board.can_redo, BoardCommand::Redo(id)),
    ] {
        let rect = Rect::from_center_size(at + vec2(STEP / 2.0, 0.0), vec2(BUTTON, BUTTON));
        let label = cx.text(words);
        let button = Button::icon(icon, &label).kind(Kind::Glass).round().enabled(can);
        if button.show_at(ui, &glass, rect).clicked() {
            cx.send_to(session, SessionCommand::Board(command));
        }
        at.x += STEP;
    }
}

impl BoardStage {
    /// Takes up a tool.
    pub fn choose(&mut self, mode: Mode) {
        if let Mode::Draw(tool) = mode {
            self.tool = tool;
        }
        self.mode = mode;
    }

    /// Who chooses a colour wants to draw.
    pub(in crate::stage) fn draw_again(&mut self) {
        if !matches!(self.mode, Mode::Draw(_)) {
            self.mode = Mode::Draw(self.tool);
        }
    }
}

/// A colour to choose: a disc with a ring, and its number for the keyboard so that it is not told by colour alone.
fn swatch_ui(ui: &mut Ui, glass: &Tokens, rect: Rect, ink: Ink, on: bool, label: &str) -> bool {
    let response = interact_at(ui, rect, Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, on, label));
    let [r, g, b] = colour(ink);
    let (center, fill) = (rect.center(), Color32::from_rgb(r, g, b));
    let radius = if response.hovered() || on { 10.0 } else { 9.0 };
    ui.painter().circle_filled(center, radius, fill);
    if on {
        ui.painter().circle_stroke(center, radius + 3.0, Stroke::new(2.0, Color32::WHITE));
        let [r, g, b] = on_colour(ink);
        let font = Icon::font(12.0);
        let tick = Icon::Check.glyph();
        ui.painter().text(center, egui::Align2::CENTER_CENTER, tick, font, Color32::from_rgb(r, g, b));
    }
    focus_ring(ui, glass, &response, rect.shrink2(vec2(1.0, 3.0)));
    response.on_hover_text(label).clicked()
}

fn width_ui(ui: &mut Ui, glass: &Tokens, rect: Rect, size: f32, on: bool, label: &str) -> bool {
    let response = interact_at(ui, rect, Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, on, label));
    if on {
        ui.painter().rect_filled(rect.shrink2(vec2(1.0, 4.0)), 14.0, glass.accent);
    }
    let ink = if on { glass.on_accent } else { Color32::from_gray(if response.hovered() { 255 } else { 215 }) };
    let half = vec2(8.0, 0.0);
    let (from, to) = (rect.center() - half, rect.center() + half);
    ui.painter().line_segment([from, to], Stroke::new(size, ink));
    for end in [from, to] {
        ui.painter().circle_filled(end, size / 2.0, ink);
    }
    focus_ring(ui, glass, &response, rect.shrink2(vec2(1.0, 3.0)));
    response.on_hover_text(label).clicked()
}

fn line(ui: &Ui, at: egui::Pos2) {
    let x = at.x + GROUP / 2.0 - 0.5;
    ui.painter().vline(x, at.y - 12.0..=at.y + 12.0, (1.0, Color32::from_white_alpha(50)));
}

fn one_row(stage: Rect) -> bool {
    stage.width() >= 10.0 * STEP + 8.0 * SWATCH + 2.0 * STEP + 4.0 * GROUP + 2.0 * SPACE_2 + 2.0 * SPACE_2
}

/// Height of a row.
const ROW: f32 = 48.0;
/// Side of a button.
const BUTTON: f32 = 36.0;
/// From one button to the next.
const STEP: f32 = 40.0;
/// From one colour to the next.
const SWATCH: f32 = 32.0;
/// The line between groups, with the air around it.
const GROUP: f32 = 13.0;
