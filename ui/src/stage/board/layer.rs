//! The finished strokes of a board as one picture, painted on a thread of its own by the same code that exports.
//!
//! The window draws one rectangle a frame however many strokes there are. A stroke that the layer does not have yet is
//! drawn by the window itself, so nothing is ever missing; after zooming the old layer stands in, scaled, until the
//! sharp one is there.

use std::{
    collections::HashSet,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use egui::{Color32, ColorImage, Context, Painter, Pos2, Rect, TextureHandle, TextureOptions, pos2, vec2};
use sightline_node::{
    DocumentId,
    paint::{Pixmap, Placed, draw_stroke, extent},
    view::StrokeView,
};

/// The strokes of a board in their order.
pub type Strokes = Arc<Vec<Arc<StrokeView>>>;

/// The layers: of the board on stage, and of the one beside it.
#[derive(Default)]
pub struct Layers {
    slots: [Slot; 2],
    thread: Option<Arc<Shared>>,
}

#[derive(Default)]
struct Slot {
    asked: Option<(Key, Strokes)>,
    texture: Option<TextureHandle>,
    shown: Option<(Key, Strokes)>,
    /// How many of the shown list's strokes are in it, for a board so large that it comes in parts.
    included: usize,
}

/// What a layer shows, apart from the strokes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    board: DocumentId,
    /// Size of the whole picture as it is drawn, in pixels of the screen.
    size: [u32; 2],
    /// The part of it that is painted: left, top, width, height.
    part: [u32; 4],
    /// Pixels of a point.
    scale: f32,
}

impl Layers {
    /// Draws the finished strokes of a board whose picture lies at `place`, cut at `clip`, and gives those which the
    /// layer has not yet. They are the caller's to draw; of a very large board the list is cut short.
    pub fn paint<'a>(
        &mut self,
        painter: &Painter,
        which: usize,
        board: DocumentId,
        strokes: &'a Strokes,
        place: Rect,
    ) -> &'a [Arc<StrokeView>] {
        let ctx = painter.ctx().clone();
        self.collect(&ctx);
        let slot = &mut self.slots[which];
        if slot.shown.as_ref().is_some_and(|(key, _)| key.board != board) {
            slot.shown = None;
        }
        let want = key(&ctx, board, place, painter.clip_rect());
        let empty = strokes.is_empty() && slot.shown.is_none();
        if let Some(want) = want
            && !empty
            && !slot.asked.as_ref().is_some_and(|(key, list)| *key == want && Arc::ptr_eq(list, strokes))
        {
            let thread = self.thread.get_or_insert_with(|| Shared::start(ctx));
            thread.ask(which, Job { key: want, strokes: strokes.clone() });
            slot.asked = Some((want, strokes.clone()));
        }
        let slot = &self.slots[which];
        let Some(((key, list), texture)) = slot.shown.as_ref().zip(slot.texture.as_ref()) else {
            return &strokes[strokes.len().saturating_sub(TAIL)..];
        };
        let [left, top, width, height] = key.part.map(|side| side as f32);
        let scale = vec2(place.width() / key.size[0].max(1) as f32, place.height() / key.size[1].max(1) as f32);
        let rect = Rect::from_min_size(place.min + vec2(left, top) * scale, vec2(width, height) * scale);
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        painter.image(texture.id(), rect, whole, Color32::WHITE);
        if Arc::ptr_eq(list, strokes) {
            return &strokes[slot.included.min(strokes.len()).max(strokes.len().saturating_sub(TAIL))..];
        }
        let same = list.iter().take(slot.included).zip(strokes.iter()).take_while(|(a, b)| a.id == b.id).count();
        &strokes[same.max(strokes.len().saturating_sub(TAIL))..]
    }

    /// The layer of this board shows all of these strokes, sharply.
    pub fn settled(&self, which: usize, strokes: &Strokes) -> bool {
        let slot = &self.slots[which];
        let shown = slot.shown.as_ref().zip(slot.asked.as_ref());
        shown.is_some_and(|((key, list), (asked, _))| key == asked && Arc::ptr_eq(list, strokes))
            && slot.included == strokes.len()
    }

    fn collect(&mut self, ctx: &Context) {
        let Some(thread) = &self.thread else { return };
        for done in std::mem::take(&mut thread.lock().done) {
            let slot = &mut self.slots[done.slot];
            match (&mut slot.texture, done.at) {
                (Some(texture), Some([left, top])) => {
                    texture.set_partial([left as usize, top as usize], done.image, TextureOptions::LINEAR);
                }
                (Some(texture), None) => texture.set(done.image, TextureOptions::LINEAR),
                (none, _) => *none = Some(ctx.load_texture("board strokes", done.image, TextureOptions::LINEAR)),
            }
            slot.included = done.included;
            slot.shown = Some((done.key, done.strokes));
        }
    }
}

impl Drop for Layers {
    fn drop(&mut self) {
        if let Some(thread) = &self.thread {
            thread.lock().stop = true;
            thread.wake.notify_all();
        }
    }
}

impl std::fmt::Debug for Layers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.slots.each_ref().map(|slot| slot.shown.as_ref().map(|(key, list)| (key.board, list.len())));
        f.debug_struct("Layers").field("shown", &shown).finish_non_exhaustive()
    }
}

/// The part of the picture that is in sight, and a little more so that a push shows no bare edge.
fn key(ctx: &Context, board: DocumentId, place: Rect, clip: Rect) -> Option<Key> {
    let scale = ctx.pixels_per_point();
    let seen = place.intersect(clip.expand(AROUND));
    if !seen.is_positive() {
        return None;
    }
    let side = ctx.input(|input| input.max_texture_side) as f32;
    let size = (place.size() * scale).round();
    let from = ((seen.min - place.min) * scale).floor().max(egui::Vec2::ZERO);
    let to = ((seen.max - place.min) * scale).ceil().min(size);
    let part = (to - from).min(egui::Vec2::splat(side));
    (part.x >= 1.0 && part.y >= 1.0).then_some(Key {
        board,
        size: [size.x as u32, size.y as u32],
        part: [from.x as u32, from.y as u32, part.x as u32, part.y as u32],
        scale,
    })
}

struct Job {
    key: Key,
    strokes: Strokes,
}

struct Done {
    slot: usize,
    key: Key,
    strokes: Strokes,
    included: usize,
    /// Where the image belongs in the layer; `None` replaces it.
    at: Option<[u32; 2]>,
    image: ColorImage,
}

/// Between window and thread. Of each slot only the newest job waits.
struct Shared {
    work: Mutex<Work>,
    wake: Condvar,
    /// Counts jobs: a painter that lags behind gives up what nobody waits for.
    newest: [AtomicU64; 2],
    ctx: Context,
}

#[derive(Default)]
struct Work {
    jobs: [Option<Job>; 2],
    done: Vec<Done>,
    stop: bool,
}

impl Shared {
    fn start(ctx: Context) -> Arc<Self> {
        let shared = Arc::new(Self {
            work: Mutex::default(),
            wake: Condvar::new(),
            newest: [AtomicU64::new(0), AtomicU64::new(0)],
            ctx,
        });
        let own = shared.clone();
        // It ends when `Layers` is dropped.
        let spawned = std::thread::Builder::new().name("sightline-strokes".to_owned()).spawn(move || own.run());
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to paint strokes");
        }
        shared
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, slot: usize, job: Job) {
        self.newest[slot].fetch_add(1, Ordering::Relaxed);
        self.lock().jobs[slot] = Some(job);
        self.wake.notify_all();
    }

    fn run(&self) {
        let mut canvases: [Option<Canvas>; 2] = [None, None];
        loop {
            let (slot, job) = {
                let mut work = self.lock();
                loop {
                    if work.stop {
                        return;
                    }
                    let next = work.jobs.iter_mut().enumerate().find_map(|(slot, job)| Some((slot, job.take()?)));
                    if let Some(next) = next {
                        break next;
                    }
                    work = self.wake.wait(work).unwrap_or_else(PoisonError::into_inner);
                }
            };
            let mine = self.newest[slot].load(Ordering::Relaxed);
            let stale = || self.newest[slot].load(Ordering::Relaxed) != mine;
            let canvas = &mut canvases[slot];
            let fits = canvas.as_ref().is_some_and(|canvas| canvas.key == job.key);
            match canvas {
                Some(canvas) if fits => self.change(slot, canvas, job),
                _ => {
                    let first = canvas.as_ref().is_none_or(|canvas| canvas.key.board != job.key.board);
                    *canvas = self.begin(slot, job, first, &stale);
                }
            }
        }
    }

    /// Paints a layer from nothing. A board that takes long is shown in parts the first time.
    fn begin(&self, slot: usize, job: Job, first: bool, stale: &dyn Fn() -> bool) -> Option<Canvas> {
        let [_, _, width, height] = job.key.part;
        let mut canvas = Canvas { key: job.key, strokes: job.strokes.clone(), pixels: Pixmap::new(width, height)? };
        let placed = job.key.placed([0, 0]);
        let mut told = Instant::now();
        for (index, stroke) in job.strokes.iter().enumerate() {
            draw_stroke(&mut canvas.pixels.as_mut(), &stroke.stroke, &placed);
            if index % 64 == 63 {
                if self.lock().stop {
                    return None;
                }
                // A list that only grew is caught up with later; another view makes this one useless.
                if stale() && self.superseded(slot, &job.key) {
                    return None;
                }
                if first && told.elapsed() >= TELL {
                    self.tell(slot, &canvas, None, index + 1);
                    told = Instant::now();
                }
            }
        }
        self.tell(slot, &canvas, None, canvas.strokes.len());
        Some(canvas)
    }

    fn superseded(&self, slot: usize, key: &Key) -> bool {
        self.lock().jobs[slot].as_ref().is_some_and(|job| job.key != *key)
    }

    /// Brings a layer up to date by painting only where something changed.
    fn change(&self, slot: usize, canvas: &mut Canvas, job: Job) {
        let placed = job.key.placed([0, 0]);
        let old = std::mem::replace(&mut canvas.strokes, job.strokes);
        let new = &canvas.strokes;
        let same = old.iter().zip(new.iter()).take_while(|(a, b)| a.id == b.id).count();
        let mut dirty = Rect::NOTHING;
        let add = |dirty: &mut Rect, stroke: &StrokeView| {
            let [left, top, right, bottom] = extent(&stroke.stroke, &placed);
            *dirty = dirty.union(Rect::from_min_max(pos2(left, top), pos2(right, bottom)));
        };
        if same == old.len() {
            for stroke in &new[same..] {
                draw_stroke(&mut canvas.pixels.as_mut(), &stroke.stroke, &placed);
                add(&mut dirty, stroke);
            }
        } else {
            let before: HashSet<_> = old[same..].iter().map(|stroke| stroke.id).collect();
            let after: HashSet<_> = new[same..].iter().map(|stroke| stroke.id).collect();
            let gone = old[same..].iter().filter(|stroke| !after.contains(&stroke.id));
            let come = new[same..].iter().filter(|stroke| !before.contains(&stroke.id));
            gone.chain(come).for_each(|stroke| add(&mut dirty, stroke));
        }
        let Some([left, top, width, height]) = canvas.whole(dirty) else {
            self.tell(slot, canvas, Some([0, 0, 1, 1]), canvas.strokes.len());
            return;
        };
        if same != old.len() {
            let Some(mut patch) = Pixmap::new(width, height) else { return };
            let placed = job.key.placed([left, top]);
            for stroke in canvas.strokes.iter() {
                draw_stroke(&mut patch.as_mut(), &stroke.stroke, &placed);
            }
            canvas.put(&patch, left, top);
        }
        self.tell(slot, canvas, Some([left, top, width, height]), canvas.strokes.len());
    }

    fn tell(&self, slot: usize, canvas: &Canvas, part: Option<[u32; 4]>, included: usize) {
        let [_, _, width, height] = canvas.key.part;
        let image = canvas.image(part.unwrap_or([0, 0, width, height]));
        let done = Done {
            slot,
            key: canvas.key,
            strokes: canvas.strokes.clone(),
            included,
            at: part.map(|[left, top, ..]| [left, top]),
            image,
        };
        let mut work = self.lock();
        if part.is_none() {
            work.done.retain(|done| done.slot != slot);
        }
        work.done.push(done);
        drop(work);
        self.ctx.request_repaint();
    }
}

/// A layer in the making, kept so that the next change costs only what changed.
struct Canvas {
    key: Key,
    strokes: Strokes,
    pixels: Pixmap,
}

impl Key {
    /// Where the picture lies seen from a corner of the layer's part.
    fn placed(&self, [left, top]: [u32; 2]) -> Placed {
        Placed {
            left: -((self.part[0] + left) as f32),
            top: -((self.part[1] + top) as f32),
            width: self.size[0] as f32,
            height: self.size[1] as f32,
            unit: self.scale,
        }
    }
}

impl Canvas {
    /// Whole pixels around a place, as far as the layer reaches.
    fn whole(&self, dirty: Rect) -> Option<[u32; 4]> {
        let [_, _, width, height] = self.key.part;
        let rect = dirty.intersect(Rect::from_min_max(Pos2::ZERO, pos2(width as f32, height as f32)));
        if !rect.is_positive() {
            return None;
        }
        let (left, top) = (rect.left().floor() as u32, rect.top().floor() as u32);
        let (right, bottom) = (rect.right().ceil() as u32, rect.bottom().ceil() as u32);
        Some([left, top, right.min(width) - left, bottom.min(height) - top])
    }

    fn put(&mut self, patch: &Pixmap, left: u32, top: u32) {
        let (width, row) = (self.pixels.width() as usize, patch.width() as usize * 4);
        for (index, line) in patch.data().chunks_exact(row).enumerate() {
            let from = ((top as usize + index) * width + left as usize) * 4;
            self.pixels.data_mut()[from..from + row].copy_from_slice(line);
        }
    }

    fn image(&self, [left, top, width, height]: [u32; 4]) -> ColorImage {
        let all = self.pixels.width() as usize;
        let mut pixels = Vec::with_capacity(width as usize * height as usize);
        for row in top as usize..(top + height) as usize {
            let from = (row * all + left as usize) * 4;
            let line = self.pixels.data()[from..from + width as usize * 4].chunks_exact(4);
            pixels.extend(line.map(|p| Color32::from_rgba_premultiplied(p[0], p[1], p[2], p[3])));
        }
        ColorImage::new([width as usize, height as usize], pixels)
    }
}

/// Strokes that the window draws itself at most: more than a layer lags behind, few enough for a frame.
const TAIL: usize = 100;
/// Points beyond the stage that are painted too.
const AROUND: f32 = 96.0;
/// How often a large board is shown while it is painted for the first time.
const TELL: Duration = Duration::from_millis(150);
