//! A list of lines of different heights of which only those in sight are laid out.
//!
//! Heights of lines not seen yet are estimated from their length; a line's real height takes the estimate's place when
//! it is drawn. The list stays at its newest line unless the person scrolled away.

use std::collections::HashMap;

use egui::{Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};
use sightline_node::{ChatId, KnockId};

use super::data::Row;
use crate::panels::files::data::preview;

/// What the list remembers between passes.
#[derive(Debug, Default)]
pub struct ListState {
    width: f32,
    heights: HashMap<Key, f32>,
    /// Where each line begins, and the end of the last; valid while `stamp` says so.
    tops: Vec<f32>,
    stamp: Option<Stamp>,
    /// The first message that was new when the conversation was opened, with whose room it is of.
    pub(crate) unread_from: Option<(Option<KnockId>, ChatId)>,
    /// Lines below the visible part arrived while the person read above.
    pub(super) at_end: bool,
    /// Go to the newest line in the next pass.
    pub(super) to_end: bool,
}

/// Tells whether the lines are the ones from before: lines are only ever added, and the mark of what is new moves.
type Stamp = (usize, Option<Key>, Option<Key>, Option<(Option<KnockId>, ChatId)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Day(i64),
    Unread,
    Line(ChatId, bool, bool, bool),
    Note(ChatId),
}

impl ListState {
    fn place(&mut self, rows: &[Row<'_>], width: f32) {
        self.tops.clear();
        let mut top = PADDING;
        for row in rows {
            self.tops.push(top);
            top += self.heights.get(&Key::of(row)).copied().unwrap_or_else(|| estimate(row, width));
        }
        self.tops.push(top);
    }
}

impl Key {
    fn of(row: &Row<'_>) -> Self {
        match row {
            Row::Day(day) => Key::Day(*day),
            Row::Unread => Key::Unread,
            Row::Note(note) => Key::Note(note.id),
            Row::Message { item, file, first, last } => {
                Key::Line(item.id, *first, *last, file.is_some_and(|file| preview(file).is_some()))
            }
        }
    }
}

/// Draws the lines in sight with `draw`, which fills a `ui` of the list's width.
pub(super) fn list_ui(ui: &mut Ui, state: &mut ListState, rows: &[Row<'_>], mut draw: impl FnMut(&mut Ui, &Row<'_>)) {
    let width = ui.available_width();
    if (state.width - width).abs() > 0.5 {
        state.heights.clear();
        state.width = width;
        state.stamp = None;
    }
    let stamp = (rows.len(), rows.first().map(Key::of), rows.last().map(Key::of), state.unread_from);
    if state.stamp != Some(stamp) {
        state.stamp = Some(stamp);
        state.place(rows, width);
    }
    let tops = std::mem::take(&mut state.tops);
    let total = tops.last().copied().unwrap_or(PADDING) + PADDING;

    let mut area = ScrollArea::vertical().auto_shrink([false, false]).stick_to_bottom(true).id_salt("lines");
    if std::mem::take(&mut state.to_end) {
        area = area.vertical_scroll_offset(total);
    }
    let mut corrected = false;
    let output = area.show_viewport(ui, |ui, viewport| {
        // Short talks stand at the bottom, beside the field that continues them.
        let lift = (viewport.height() - total).max(0.0);
        ui.set_height(total.max(viewport.height()));
        let origin = ui.max_rect().left_top();
        let first = tops.partition_point(|top| *top + lift < viewport.top()).saturating_sub(1);
        for index in first..rows.len() {
            if tops[index] + lift > viewport.bottom() {
                break;
            }
            let min = pos2(origin.x, origin.y + tops[index] + lift);
            let place = Rect::from_min_size(min, vec2(width, tops[index + 1] - tops[index]));
            let salt = Key::of(&rows[index]);
            let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt(salt));
            draw(&mut child, &rows[index]);
            let height = child.min_rect().height();
            if state.heights.insert(salt, height) != Some(height) && (height - place.height()).abs() > 0.5 {
                corrected = true;
            }
        }
    });
    state.at_end = output.state.clamped_offset().y + output.inner_rect.height() >= output.content_size.y - 24.0;
    state.tops = tops;
    if corrected {
        state.stamp = None;
        ui.ctx().request_discard("heights of lines became known");
    }
}

/// A guess good enough for the scroll bar.
fn estimate(row: &Row<'_>, width: f32) -> f32 {
    match row {
        Row::Day(_) | Row::Unread | Row::Note(_) => 36.0,
        Row::Message { item, file: Some(file), first, .. } => {
            let head = if *first && !item.mine { 20.0 } else { 0.0 };
            let text = if item.text.is_empty() { 0.0 } else { 40.0 };
            head + text + if preview(file).is_some() { 200.0 } else { 76.0 }
        }
        Row::Message { item, first, .. } => {
            let per_line = ((width * 0.8 - 24.0) / 7.0).max(8.0);
            let lines: f32 =
                item.text.split('\n').map(|line| (line.chars().count() as f32 / per_line).ceil().max(1.0)).sum();
            lines * 19.0 + 20.0 + if *first && !item.mine { 20.0 } else { 0.0 }
        }
    }
}

const PADDING: f32 = 8.0;
