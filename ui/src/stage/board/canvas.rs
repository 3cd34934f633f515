//! The picture of a board under the pointer: what is painted, and what the pointer does with it.

use std::sync::Arc;

use egui::{
    CursorIcon, Event, FontSelection, Frame, Key, Modifiers, PointerButton, Pos2, Rect, Response, Ui, pos2, vec2,
};
use sightline_node::{
    SessionId,
    paint::{Placed, colour, letters},
    show::{BoardCommand, LiveOut, PointerTarget, Tool},
    view::{BoardView, LiveView},
};

use super::{
    BoardStage, Mode, Pending,
    eye::placed,
    pen::{Drawing, Pen},
    pointers::name_tag,
    shapes,
};
use crate::{
    command::SessionCommand,
    context::Context,
    theme::fonts::{Weight, font},
};

/// A board on screen.
pub struct Canvas<'a> {
    /// In which session.
    pub session: SessionId,
    /// The board.
    pub board: &'a Arc<BoardView>,
    /// What others do right now.
    pub live: &'a LiveView,
    /// Size of the picture in its own pixels.
    pub picture: (u32, u32),
    /// Where the whole picture fits.
    pub area: Rect,
    /// What of the window is the stage.
    pub clip: Rect,
    /// Keys are for the stage: no text is written, no dialog is open.
    pub keys: bool,
}

impl Canvas<'_> {
    /// Where the picture lies now.
    pub fn place(&self, state: &BoardStage) -> Rect {
        let eye = state.eyes.get(&self.board.summary.id).copied().unwrap_or_default();
        eye.place(self.area, self.picture)
    }

    /// Lets the pointer zoom, move, draw, erase and point.
    pub fn interact(&self, ui: &Ui, cx: &Context<'_>, response: &Response, state: &mut BoardStage) {
        let now = ui.input(|input| input.time);
        self.zoom(ui, response, state);
        let (down, released, middle, pressed, at, delta) = ui.input(|input| {
            let pointer = &input.pointer;
            (
                pointer.primary_down(),
                pointer.primary_released(),
                pointer.button_down(PointerButton::Middle),
                pointer.primary_pressed(),
                pointer.latest_pos(),
                pointer.delta(),
            )
        });
        let space = self.keys && ui.input(|input| input.key_down(Key::Space));
        let on_us = response.is_pointer_button_down_on();
        let began = on_us && pressed;
        let was_up = matches!(state.pen, Pen::Up);
        // Pressed and released between two passes, as a quick hand does.
        let tapped = was_up && !began && response.clicked_by(PointerButton::Primary);
        let spot = at.or(response.interact_pointer_pos());
        match std::mem::take(&mut state.pen) {
            Pen::Up if on_us && middle || began && (space || state.mode == Mode::Look) => state.pen = Pen::Holding,
            Pen::Up if began || tapped => {
                if let Some(at) = spot {
                    self.touch(cx, state, at);
                }
                if tapped {
                    self.lift(cx, state, spot, now);
                }
            }
            Pen::Up => {}
            Pen::Holding => {
                let eye = state.eyes.entry(self.board.summary.id).or_default();
                eye.pan(self.area, self.picture, delta);
                if down || middle {
                    state.pen = Pen::Holding;
                }
            }
            Pen::Down(mut drawing) if drawing.board == self.board.summary.id => {
                let here = placed(self.place(state));
                for at in path(ui, at) {
                    drawing.step(at, &here);
                    if drawing.full() {
                        let brush = (drawing.stroke.tool, drawing.stroke.ink, drawing.stroke.width);
                        let next = state.number();
                        let after = Drawing::begin(drawing.board, next, brush, String::new(), at, &here);
                        self.draw(cx, state, std::mem::replace(&mut drawing, after), now);
                    }
                }
                state.pen = Pen::Down(drawing);
                if released || !down {
                    self.lift(cx, state, at, now);
                }
            }
            Pen::Erasing => {
                state.pen = Pen::Erasing;
                for at in path(ui, at) {
                    self.erase(cx, state, at);
                }
                if released || !down {
                    state.pen = Pen::Up;
                }
            }
            Pen::Writing(drawing) if drawing.board == self.board.summary.id && !began && !tapped => {
                state.pen = Pen::Writing(drawing);
            }
            Pen::Writing(drawing) => self.write(cx, state, drawing, now),
            // Its board is no longer on stage.
            Pen::Down(drawing) => self.drop_preview(cx, &drawing),
        }
        if let Pen::Down(drawing) = &mut state.pen {
            match drawing.preview(now) {
                Some(out) => cx.send_to(self.session, SessionCommand::Live(out)),
                None => ui.ctx().request_repaint_after_secs(0.017),
            }
        }
        self.point(ui, cx, response, state, tapped || began);
        self.cursor(ui, response, state, space);
    }

    /// Ends what was begun without a trace.
    pub fn cancel(&self, cx: &Context<'_>, state: &mut BoardStage) {
        if let Pen::Down(drawing) | Pen::Writing(drawing) = std::mem::take(&mut state.pen) {
            self.drop_preview(cx, &drawing);
        }
    }

    fn drop_preview(&self, cx: &Context<'_>, drawing: &Drawing) {
        if drawing.told() {
            let out = LiveOut::PreviewGone { board: drawing.board, id: drawing.preview };
            cx.send_to(self.session, SessionCommand::Live(out));
        }
    }

    /// The wheel and two fingers zoom about the pointer.
    fn zoom(&self, ui: &Ui, response: &Response, state: &mut BoardStage) {
        let Some(at) = response.hover_pos().filter(|_| response.contains_pointer()) else { return };
        let by = ui.input(|input| input.zoom_delta() * (input.smooth_scroll_delta().y / WHEEL).exp());
        if (by - 1.0).abs() > 1e-4 {
            state.eyes.entry(self.board.summary.id).or_default().zoom(self.area, self.picture, by, at);
        }
    }

    /// The pen touches the picture.
    fn touch(&self, cx: &Context<'_>, state: &mut BoardStage, at: Pos2) {
        let place = self.place(state);
        match state.mode {
            Mode::Draw(tool) if place.contains(at) => {
                let text =
                    if tool == Tool::Mark { (state.last_mark(self.board) + 1).to_string() } else { String::new() };
                let brush = (tool, state.ink, state.width.of(tool));
                let drawing = Drawing::begin(self.board.summary.id, state.number(), brush, text, at, &placed(place));
                state.pen = if tool == Tool::Text { Pen::Writing(drawing) } else { Pen::Down(drawing) };
            }
            Mode::Erase => {
                state.pen = Pen::Erasing;
                self.erase(cx, state, at);
            }
            _ => {}
        }
    }

    /// The pen leaves the picture.
    fn lift(&self, cx: &Context<'_>, state: &mut BoardStage, at: Option<Pos2>, now: f64) {
        match std::mem::take(&mut state.pen) {
            Pen::Down(mut drawing) => {
                if let Some(at) = at {
                    drawing.end(at, &placed(self.place(state)));
                }
                if drawing.is_slip() {
                    self.drop_preview(cx, &drawing);
                } else {
                    self.draw(cx, state, drawing, now);
                }
            }
            Pen::Erasing | Pen::Holding => {}
            other => state.pen = other,
        }
    }

    fn write(&self, cx: &Context<'_>, state: &mut BoardStage, mut drawing: Drawing, now: f64) {
        drawing.stroke.text = drawing.stroke.text.trim_end().to_owned();
        if !drawing.stroke.text.is_empty() {
            self.draw(cx, state, drawing, now);
        }
    }

    fn draw(&self, cx: &Context<'_>, state: &mut BoardStage, drawing: Drawing, now: f64) {
        let Drawing { board, preview, stroke, .. } = drawing;
        state.pending.push(Pending { board, preview, stroke: stroke.clone(), since: now });
        let command = BoardCommand::Draw { board, stroke, preview: Some(preview) };
        cx.send_to(self.session, SessionCommand::Board(command));
    }

    fn erase(&self, cx: &Context<'_>, state: &mut BoardStage, at: Pos2) {
        let (place, board) = (self.place(state), self.board.summary.id);
        let BoardStage { reach, erasing, .. } = state;
        let found = reach.at(board, &self.board.strokes, self.picture, place, at, ERASER, |stroke| {
            stroke.erasable && !erasing.contains(&stroke.id)
        });
        if let Some(stroke) = found {
            state.erasing.insert(stroke.id);
            let command = BoardCommand::Erase { board, stroke: stroke.id };
            cx.send_to(self.session, SessionCommand::Board(command));
        }
    }

    fn point(&self, ui: &Ui, cx: &Context<'_>, response: &Response, state: &mut BoardStage, pressed: bool) {
        let place = self.place(state);
        let at = response.hover_pos().filter(|at| place.contains(*at) && state.mode == Mode::Point);
        match at {
            Some(at) => {
                let spot = placed(place).picture([at.x, at.y]);
                let target = PointerTarget::Board(self.board.summary.id);
                state.pointers.tell(ui, cx, self.session, target, spot, pressed);
            }
            None => state.pointers.gone(cx),
        }
    }

    fn cursor(&self, ui: &Ui, response: &Response, state: &BoardStage, space: bool) {
        let Some(at) = response.hover_pos() else { return };
        let over = self.place(state).contains(at);
        let icon = match (&state.pen, state.mode) {
            (Pen::Holding, _) => CursorIcon::Grabbing,
            _ if space => CursorIcon::Grab,
            (_, Mode::Look) => CursorIcon::Grab,
            (_, Mode::Draw(Tool::Text)) if over => CursorIcon::Text,
            (_, Mode::Point) if over => CursorIcon::None,
            (_, Mode::Draw(_) | Mode::Erase) if over => CursorIcon::Crosshair,
            _ => CursorIcon::Default,
        };
        ui.ctx().set_cursor_icon(icon);
    }

    /// Draws the strokes: the layer, what it lacks, what others draw, and the own pen.
    pub fn paint(&self, ui: &mut Ui, cx: &Context<'_>, state: &mut BoardStage) {
        let place = self.place(state);
        let (here, board) = (placed(place), self.board.summary.id);
        let painter = ui.painter_at(self.clip);
        self.paint_only(ui, state, 0);
        for pending in state.pending.iter().filter(|pending| pending.board == board) {
            shapes::paint(&painter, &pending.stroke, &here);
        }
        for preview in self.live.previews.iter().filter(|preview| preview.board == board) {
            shapes::paint(&painter, &preview.stroke, &here);
            if let Some(last) = preview.stroke.points.last() {
                let [x, y] = here.place(*last);
                name_tag(&painter, &preview.name, pos2(x, y - 24.0), 1.0);
            }
        }
        if let Pen::Down(drawing) = &state.pen {
            shapes::paint(&painter, &drawing.stroke, &here);
        }
        if let (Mode::Erase, Some(at)) = (state.mode, ui.input(|input| input.pointer.hover_pos()))
            && place.contains(at)
            && self.clip.contains(at)
        {
            painter.circle_stroke(at, ERASER + 2.0, (3.0, egui::Color32::from_black_alpha(160)));
            painter.circle_stroke(at, ERASER + 2.0, (1.5, egui::Color32::WHITE));
        }
        self.writing_ui(ui, cx, state, &here);
    }

    /// Draws the finished strokes alone.
    pub fn paint_only(&self, ui: &Ui, state: &mut BoardStage, which: usize) {
        let place = self.place(state);
        let painter = ui.painter_at(self.clip);
        let board = self.board.summary.id;
        for stroke in state.layers.paint(&painter, which, board, &self.board.strokes, place) {
            shapes::paint(&painter, &stroke.stroke, &placed(place));
        }
    }

    /// The field in which words are written, in the letters they will have.
    fn writing_ui(&self, ui: &mut Ui, cx: &Context<'_>, state: &mut BoardStage, here: &Placed) {
        let Pen::Writing(drawing) = &mut state.pen else { return };
        let [r, g, b] = colour(drawing.stroke.ink);
        let ink = egui::Color32::from_rgb(r, g, b);
        let letters = letters(&drawing.stroke, here);
        let [x, y] = here.place(drawing.stroke.points.first().copied().unwrap_or_default());
        let face = font(letters, Weight::Strong);
        let galley = ui.painter().layout_no_wrap(drawing.stroke.text.clone(), face.clone(), ink);
        let size = vec2(galley.size().x + letters * 2.0, galley.size().y.max(letters * 1.25));
        let rect = Rect::from_min_size(pos2(x, y), size);
        ui.painter().rect_filled(rect.expand(6.0), 6.0, crate::stage::controls::GLASS);
        ui.painter().rect_stroke(rect.expand(6.0), 6.0, (1.5, ink), egui::StrokeKind::Outside);
        let id = ui.scope_id().with(("writing", drawing.preview));
        let edit = egui::TextEdit::multiline(&mut drawing.stroke.text)
            .id(id)
            .font(FontSelection::FontId(face))
            .text_color(ink)
            .char_limit(LETTERS)
            .desired_rows(1)
            .desired_width(size.x)
            .return_key(egui::KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter))
            .frame(Frame::NONE);
        let response = ui.put(rect, edit);
        let label = cx.text("tool-text-field");
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(label));
        // The click that began it would take the focus away again when the button comes up.
        let settled = ui.data(|data| data.get_temp::<bool>(id)).is_some();
        if !settled {
            response.request_focus();
            let held = ui.input(|input| input.pointer.any_down() || input.pointer.any_released());
            if response.has_focus() && !held {
                ui.data_mut(|data| data.insert_temp(id, true));
            }
        }
        let (enter, escape) =
            ui.input(|input| (input.key_pressed(Key::Enter) && !input.modifiers.shift, input.key_pressed(Key::Escape)));
        if escape {
            state.pen = Pen::Up;
        } else if (enter && response.has_focus() || settled && response.lost_focus())
            && let Pen::Writing(drawing) = std::mem::take(&mut state.pen)
        {
            let now = ui.input(|input| input.time);
            self.write(cx, state, drawing, now);
        }
    }
}

impl BoardStage {
    /// A number for an own stroke in the making.
    fn number(&mut self) -> u32 {
        let number = self.next_preview;
        self.next_preview = number.wrapping_add(1);
        number
    }
}

/// Everywhere the pointer was since the last pass.
fn path(ui: &Ui, at: Option<Pos2>) -> Vec<Pos2> {
    let mut spots: Vec<Pos2> = ui.input(|input| {
        (input.events.iter())
            .filter_map(|event| if let Event::PointerMoved(at) = event { Some(*at) } else { None })
            .collect()
    });
    if let (true, Some(at)) = (spots.is_empty(), at) {
        spots.push(at);
    }
    spots
}

/// Points of the wheel for a zoom of e.
const WHEEL: f32 = 300.0;
/// How near the pointer has to be to erase a line, in points.
const ERASER: f32 = 8.0;
/// Letters of a text: 2000 bytes in any script.
const LETTERS: usize = 500;
