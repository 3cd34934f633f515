//! Where people point: a dot with a trail, a ring at every click, and a name. Nothing of it is stored.

use std::collections::{BTreeMap, VecDeque};

use egui::{Align2, Color32, Painter, Rect, Stroke, Ui, pos2, vec2};
use sightline_node::{
    PeerId, SessionId,
    paint::HALO,
    show::{LiveOut, PointerAct, PointerTarget},
    view::{LiveView, PointerView},
};

use super::eye::placed;
use crate::{
    command::SessionCommand,
    context::Context,
    theme::fonts::{Weight, font},
};

/// The pointers of a session as they were seen, and the own one.
#[derive(Debug, Default)]
pub struct Pointers {
    session: Option<SessionId>,
    others: BTreeMap<PeerId, Seen>,
    own: Seen,
    told: Option<Told>,
}

/// The last message about the own pointer.
#[derive(Clone, Copy, Debug)]
struct Told {
    session: SessionId,
    target: PointerTarget,
    at: (u16, u16),
    when: f64,
}

#[derive(Debug, Default)]
struct Seen {
    name: String,
    seq: Option<u32>,
    target: Option<PointerTarget>,
    trail: VecDeque<(f64, (u16, u16))>,
    clicks: VecDeque<(f64, (u16, u16))>,
    heard: f64,
}

impl Pointers {
    /// Takes what others sent. `now` is egui's time.
    pub fn follow(&mut self, session: SessionId, live: &LiveView, now: f64) {
        if self.session != Some(session) {
            self.session = Some(session);
            self.others.clear();
            self.own = Seen::default();
        }
        self.others.retain(|peer, seen| {
            now - seen.heard < SILENT && live.pointers.iter().any(|pointer| pointer.peer == *peer)
                || now - seen.heard < RIPPLE
        });
        for pointer in live.pointers.iter().take(MOST) {
            self.others.entry(pointer.peer).or_default().hear(pointer, now);
        }
    }

    /// Draws the others' pointers on what lies at `place`. Gives whether there is anything to see.
    pub fn paint(&self, ui: &Ui, target: PointerTarget, place: Rect, clip: Rect) {
        let (now, calm) = (ui.input(|input| input.time), ui.style().animation_time == 0.0);
        let painter = ui.painter_at(clip);
        let mut soonest = f64::INFINITY;
        for (peer, seen) in &self.others {
            if seen.target == Some(target) {
                seen.paint(&painter, colour_of(*peer), place, now, calm, true);
                soonest = soonest.min(SILENT - (now - seen.heard));
                if seen.moves(now) {
                    soonest = 0.0;
                }
            }
        }
        if self.own.target == Some(target) {
            self.own.paint(&painter, OWN, place, now, calm, false);
            if self.own.moves(now) {
                soonest = 0.0;
            }
        }
        if soonest <= 0.0 {
            ui.ctx().request_repaint();
        } else if soonest.is_finite() {
            ui.ctx().request_repaint_after_secs((soonest - FADE).max(0.02) as f32);
        }
    }

    /// Tells the others where the own pointer is: at most 60 times a second, and now and then while it rests so that it
    /// does not fade.
    pub fn tell(
        &mut self,
        ui: &Ui,
        cx: &Context<'_>,
        session: SessionId,
        target: PointerTarget,
        spot: (u16, u16),
        clicked: bool,
    ) {
        let now = ui.input(|input| input.time);
        let send = |act| {
            cx.send_to(session, SessionCommand::Live(LiveOut::Pointer { target, x: spot.0, y: spot.1, act }));
        };
        if self.told.is_some_and(|told| told.target != target || told.session != session) {
            self.gone(cx);
        }
        let moved = self.told.is_none_or(|told| told.at != spot);
        let since = self.told.map_or(f64::INFINITY, |told| now - told.when);
        if clicked {
            send(PointerAct::Click);
            self.own.clicks.push_back((now, spot));
        } else if moved && since >= EVERY || since >= REMIND {
            send(PointerAct::Move);
        } else {
            ui.ctx().request_repaint_after_secs(if moved { (EVERY - since).max(0.001) } else { REMIND - since } as f32);
            return;
        }
        self.told = Some(Told { session, target, at: spot, when: now });
        self.own.target = Some(target);
        self.own.heard = now;
        self.own.step(now, spot);
    }

    /// The own pointer left.
    pub fn gone(&mut self, cx: &Context<'_>) {
        if let Some(Told { session, target, at, .. }) = self.told.take() {
            let out = LiveOut::Pointer { target, x: at.0, y: at.1, act: PointerAct::Gone };
            cx.send_to(session, SessionCommand::Live(out));
            self.own.target = None;
            self.own.trail.clear();
        }
    }
}

impl Seen {
    fn hear(&mut self, pointer: &PointerView, now: f64) {
        if self.seq == Some(pointer.seq) {
            return;
        }
        self.seq = Some(pointer.seq);
        self.heard = now;
        self.name.clone_from(&pointer.name);
        if pointer.act == PointerAct::Gone {
            self.target = None;
            self.trail.clear();
            return;
        }
        if self.target != Some(pointer.target) {
            self.target = Some(pointer.target);
            self.trail.clear();
            self.clicks.clear();
        }
        let spot = (pointer.x, pointer.y);
        if pointer.act == PointerAct::Click {
            self.clicks.push_back((now, spot));
        }
        self.step(now, spot);
    }

    fn step(&mut self, now: f64, spot: (u16, u16)) {
        self.trail.push_back((now, spot));
        while self.trail.len() > TRAIL_POINTS || self.trail.len() > 1 && now - self.trail[0].0 > TRAIL {
            self.trail.pop_front();
        }
        while self.clicks.front().is_some_and(|(at, _)| now - at > RIPPLE) {
            self.clicks.pop_front();
        }
    }

    fn moves(&self, now: f64) -> bool {
        let newest = self.trail.back().map_or(f64::NEG_INFINITY, |(at, _)| *at);
        let fading = (SILENT - FADE..SILENT).contains(&(now - self.heard));
        now - newest < TRAIL || self.clicks.iter().any(|(at, _)| now - at < RIPPLE) || fading
    }

    fn paint(&self, painter: &Painter, colour: Color32, place: Rect, now: f64, calm: bool, named: bool) {
        let placed = placed(place);
        let spot = |at: (u16, u16)| {
            let [x, y] = placed.place(at);
            pos2(x, y)
        };
        let mut before = None;
        for (when, at) in &self.trail {
            let here = spot(*at);
            let left = 1.0 - ((now - when) / TRAIL) as f32;
            if let Some(before) = before.replace(here)
                && left > 0.0
            {
                painter.line_segment([before, here], Stroke::new(2.0 + left * 6.0, colour.gamma_multiply(left * 0.7)));
            }
        }
        for (when, at) in &self.clicks {
            let progress = ((now - when) / RIPPLE) as f32;
            if progress < 1.0 {
                let progress = if calm { 0.5 } else { progress };
                let left = 1.0 - progress;
                for (colour, width) in [(halo(), 7.0), (Color32::WHITE, 4.0), (colour, 3.0)] {
                    let line = Stroke::new(width, colour.gamma_multiply(left));
                    painter.circle_stroke(spot(*at), DOT + progress * RING, line);
                }
            }
        }
        let silent = now - self.heard;
        let Some((_, at)) = self.trail.back().filter(|_| silent < SILENT || !named) else { return };
        let seen = if named { ((SILENT - silent) / FADE).clamp(0.0, 1.0) as f32 } else { 1.0 };
        let here = spot(*at);
        for (colour, radius) in [(halo(), DOT + 4.5), (Color32::WHITE, DOT + 2.5), (colour, DOT)] {
            painter.circle_filled(here, radius, colour.gamma_multiply(seen));
        }
        if named && !self.name.is_empty() {
            name_tag(painter, &self.name, here + vec2(0.0, -DOT - 23.0), seen);
        }
    }
}

/// A name on dark glass around a spot, kept inside of the painter's clip.
pub(super) fn name_tag(painter: &Painter, name: &str, at: egui::Pos2, seen: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(
        crate::text::bidi::plain(name).into_owned(),
        font(13.0, Weight::Strong),
        Color32::WHITE,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(180.0);
    let galley = painter.layout_job(job);
    let size = galley.size() + vec2(18.0, 8.0);
    let room = painter.clip_rect().shrink(4.0);
    let mut rect = Align2::CENTER_CENTER.anchor_size(at, size);
    rect = rect.translate(vec2(
        (room.left() - rect.left()).max(0.0) - (rect.right() - room.right()).max(0.0),
        if rect.top() < room.top() { 2.0 * (DOT + 23.0) } else { 0.0 },
    ));
    painter.rect_filled(
        rect,
        rect.height() / 2.0,
        Color32::from_rgba_unmultiplied(8, 16, 16, 220).gamma_multiply(seen),
    );
    let min = rect.center() - galley.size() / 2.0;
    painter.galley_with_override_text_color(min, galley, Color32::WHITE.gamma_multiply(seen));
}

fn halo() -> Color32 {
    let [r, g, b, a] = HALO;
    Color32::from_rgba_unmultiplied(r, g, b, a)
}

/// One colour a person, so that two pointers are told apart before their names are read.
fn colour_of(peer: PeerId) -> Color32 {
    const COLOURS: [Color32; 5] = [
        Color32::from_rgb(0xFF, 0x9F, 0x0A),
        Color32::from_rgb(0xBF, 0x5A, 0xF2),
        Color32::from_rgb(0x2F, 0x9B, 0xFF),
        Color32::from_rgb(0x32, 0xD7, 0x4B),
        Color32::from_rgb(0xFF, 0x64, 0x9C),
    ];
    COLOURS[usize::from(peer.0[0].wrapping_add(peer.0[31])) % COLOURS.len()]
}

/// The own pointer: as the others see it.
const OWN: Color32 = Color32::from_rgb(0xFF, 0x45, 0x3A);
const DOT: f32 = 9.0;
const RING: f32 = 34.0;
/// Seconds of silence after which a pointer is gone: a lost "gone" must not leave it there.
const SILENT: f64 = 3.0;
/// Of these seconds the last in which it fades.
const FADE: f64 = 0.6;
/// How long a trail stays.
const TRAIL: f64 = 0.6;
/// Points of a trail: 60 a second, and some to spare.
const TRAIL_POINTS: usize = 64;
/// How long a ring grows.
const RIPPLE: f64 = 0.9;
/// Seconds between two messages about the own pointer.
const EVERY: f64 = 1.0 / 60.0;
/// A resting pointer is told again after so many seconds.
const REMIND: f64 = 1.0;
/// Pointers at once: people, not floods.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_node::DocumentId;

    fn pointer(seq: u32, act: PointerAct) -> LiveView {
        let target = PointerTarget::Board(DocumentId([3; 16]));
        let pointer = PointerView { peer: PeerId([2; 32]), name: "Mihai".into(), target, x: 9, y: 9, act, seq };
        LiveView { pointers: vec![pointer], previews: Vec::new() }
    }

    #[test]
    fn a_pointer_leaves_a_trail_once_per_message_and_goes_when_told() {
        let (mut pointers, session) = (Pointers::default(), SessionId([7; 16]));
        pointers.follow(session, &pointer(1, PointerAct::Move), 10.0);
        pointers.follow(session, &pointer(1, PointerAct::Move), 10.1);
        pointers.follow(session, &pointer(2, PointerAct::Click), 10.2);
        let seen = &pointers.others[&PeerId([2; 32])];
        assert_eq!((seen.trail.len(), seen.clicks.len()), (2, 1));
        pointers.follow(session, &pointer(3, PointerAct::Gone), 10.3);
        assert_eq!(pointers.others[&PeerId([2; 32])].target, None);
        pointers.follow(session, &LiveView::default(), 20.0);
        assert!(pointers.others.is_empty(), "silence forgets it");
    }
}
