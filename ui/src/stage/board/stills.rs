//! The pictures under the strokes: decoded on a thread of their own within the caps of `sightline_node::paint`, handed
//! to the graphics driver once, and forgotten when others are needed more.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
};

use egui::{ColorImage, Context, TextureFilter, TextureHandle, TextureOptions};
use sightline_node::{
    BlobId, DocumentId,
    paint::{Still, StillError, decode::decode_file, draw_over},
    view::{BoardSummary, StillView},
};

use super::layer::Strokes;
use crate::pictures::color_image;

/// A picture as far as it is known.
#[derive(Clone)]
pub enum Shown {
    /// Its bytes are not on this device yet.
    Arriving,
    /// It is being decoded.
    Decoding,
    /// It can't be shown.
    Refused(StillError),
    /// Here it is, with its real size.
    Here {
        /// The picture.
        texture: TextureHandle,
        /// Width and height in its own pixels, which may be more than the texture's.
        size: (u32, u32),
    },
}

/// All pictures in use.
#[derive(Default)]
pub struct Stills {
    known: HashMap<BlobId, Known>,
    /// Small pictures with what is drawn on them.
    drawn: HashMap<DocumentId, Drawn>,
    thread: Option<Thread>,
    clock: u64,
}

#[derive(Default)]
struct Known {
    full: Option<Shown>,
    thumb: Option<Shown>,
    /// The small picture's pixels, to be drawn on.
    base: Option<Arc<Still>>,
    used: u64,
}

#[derive(Default)]
struct Drawn {
    asked: Option<u64>,
    texture: Option<TextureHandle>,
}

struct Thread {
    jobs: SyncSender<Job>,
    done: Arc<Mutex<Vec<Done>>>,
}

struct Job {
    work: Work,
    ctx: Context,
}

enum Work {
    Decode { blob: BlobId, path: PathBuf, full: bool, side: u32 },
    Draw { board: DocumentId, base: Arc<Still>, strokes: Strokes },
}

enum Done {
    Decoded { blob: BlobId, full: bool, result: Result<Decoded, StillError> },
    Drawn { board: DocumentId, image: ColorImage },
}

struct Decoded {
    size: (u32, u32),
    full: Option<ColorImage>,
    thumb: Still,
}

impl Stills {
    /// The picture for the stage; decoding begins when it is first asked for.
    pub fn full(&mut self, ctx: &Context, still: &StillView) -> Shown {
        self.find(ctx, still, true)
    }

    /// The small picture for the strip.
    pub fn thumb(&mut self, ctx: &Context, still: &StillView) -> Shown {
        self.find(ctx, still, false)
    }

    /// The small picture with everything drawn on it, as far as it was painted; `strokes` is asked for where something
    /// changed. `None`: the plain one has to do.
    pub fn drawn(
        &mut self,
        ctx: &Context,
        board: &BoardSummary,
        strokes: impl FnOnce() -> Option<Strokes>,
    ) -> Option<TextureHandle> {
        self.collect(ctx);
        let base = self.known.get(&board.still.blob)?.base.clone()?;
        let drawn = self.drawn.entry(board.id).or_default();
        if drawn.asked != Some(board.version)
            && let Some(strokes) = strokes()
        {
            let work = Work::Draw { board: board.id, base, strokes };
            if self.ask(Job { work, ctx: ctx.clone() }) {
                self.drawn.entry(board.id).or_default().asked = Some(board.version);
            }
        }
        self.drawn.get(&board.id)?.texture.clone()
    }

    fn find(&mut self, ctx: &Context, still: &StillView, full: bool) -> Shown {
        self.collect(ctx);
        self.clock += 1;
        let known = self.known.entry(still.blob).or_default();
        if full {
            known.used = self.clock;
        }
        let slot = if full { &mut known.full } else { &mut known.thumb };
        if let Some(shown) = slot {
            return shown.clone();
        }
        let Some(path) = &still.path else { return Shown::Arriving };
        let side = (ctx.input(|input| input.max_texture_side) as u32).min(SIDE);
        let work = Work::Decode { blob: still.blob, path: path.clone(), full, side };
        if self.ask(Job { work, ctx: ctx.clone() }) {
            if let Some(known) = self.known.get_mut(&still.blob) {
                *(if full { &mut known.full } else { &mut known.thumb }) = Some(Shown::Decoding);
            }
        } else {
            // The queue is full: the next pass asks again.
            ctx.request_repaint_after_secs(0.1);
        }
        Shown::Decoding
    }

    fn ask(&mut self, job: Job) -> bool {
        let thread = match &self.thread {
            Some(thread) => thread,
            None => match Thread::start() {
                Ok(thread) => self.thread.insert(thread),
                Err(error) => {
                    tracing::error!(%error, "no thread to decode pictures");
                    return false;
                }
            },
        };
        match thread.jobs.try_send(job) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// Takes what was decoded, and frees what was not looked at for longest.
    fn collect(&mut self, ctx: &Context) {
        let Some(thread) = &self.thread else { return };
        let done = std::mem::take(&mut *thread.done.lock().unwrap_or_else(PoisonError::into_inner));
        for done in done {
            let (blob, full, result) = match done {
                Done::Decoded { blob, full, result } => (blob, full, result),
                Done::Drawn { board, image } => {
                    let drawn = self.drawn.entry(board).or_default();
                    match &mut drawn.texture {
                        Some(texture) => texture.set(image, OPTIONS),
                        none => *none = Some(ctx.load_texture("board thumb", image, OPTIONS)),
                    }
                    continue;
                }
            };
            let known = self.known.entry(blob).or_default();
            match result {
                Ok(Decoded { size, full: whole, thumb }) => {
                    let load = |name: &str, image| ctx.load_texture(name, image, OPTIONS);
                    if !matches!(known.thumb, Some(Shown::Here { .. })) {
                        known.thumb = Some(Shown::Here { texture: load("board thumb", color_image(&thumb)), size });
                        known.base = Some(Arc::new(thumb));
                    }
                    if let Some(image) = whole {
                        known.full = Some(Shown::Here { texture: load("board still", image), size });
                    }
                }
                Err(error) => {
                    known.thumb = Some(Shown::Refused(error));
                    if full {
                        known.full = Some(Shown::Refused(error));
                    }
                }
            }
        }
        let mut full: Vec<_> = (self.known.iter())
            .filter(|(_, known)| matches!(known.full, Some(Shown::Here { .. })))
            .map(|(blob, known)| (known.used, *blob))
            .collect();
        full.sort_unstable();
        for (_, blob) in full.iter().take(full.len().saturating_sub(KEPT)) {
            if let Some(known) = self.known.get_mut(blob) {
                known.full = None;
            }
        }
        if self.known.len() > THUMBS {
            self.drawn.clear();
            self.known.retain(|_, known| matches!(known.full, Some(Shown::Here { .. } | Shown::Decoding)));
        }
    }
}

impl Thread {
    fn start() -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel::<Job>(QUEUE);
        let done = Arc::new(Mutex::new(Vec::new()));
        let results = done.clone();
        // It ends when `Stills` is dropped and with it the sender.
        std::thread::Builder::new().name("sightline-stills".to_owned()).spawn(move || {
            while let Ok(job) = queue.recv() {
                let done = match job.work {
                    Work::Decode { blob, path, full, side } => {
                        // Decoders are fed by strangers: one that gives up must not take the window's pictures with it.
                        let result = catch_unwind(AssertUnwindSafe(|| decoded(&path, full, side)));
                        Done::Decoded { blob, full, result: result.unwrap_or(Err(StillError::NotAPicture)) }
                    }
                    Work::Draw { board, base, strokes } => {
                        let mut still = Still::clone(&base);
                        draw_over(&mut still, strokes.iter().take(THUMB_STROKES).map(|stroke| &stroke.stroke));
                        Done::Drawn { board, image: color_image(&still) }
                    }
                };
                results.lock().unwrap_or_else(PoisonError::into_inner).push(done);
                job.ctx.request_repaint();
            }
        })?;
        Ok(Self { jobs, done })
    }
}

fn decoded(path: &Path, full: bool, side: u32) -> Result<Decoded, StillError> {
    let still = decode_file(path)?;
    let size = (still.width, still.height);
    let thumb = still.shrunk(THUMB_PIXELS, side).unwrap_or_else(|| still.clone());
    let full = full.then(|| color_image(still.shrunk(FULL_PIXELS, side).as_ref().unwrap_or(&still)));
    Ok(Decoded { size, full, thumb })
}

impl std::fmt::Debug for Stills {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stills").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

/// Small pictures of large ones stay calm when they are drawn smaller still.
const OPTIONS: TextureOptions = TextureOptions { mipmap_mode: Some(TextureFilter::Linear), ..TextureOptions::LINEAR };
/// Pictures asked for at once: a strip on screen has about ten.
const QUEUE: usize = 32;
/// Whole pictures kept: the one on stage, the one beside it, and the last two.
const KEPT: usize = 4;
/// Small pictures kept.
const THUMBS: usize = 512;
/// A texture needs no longer side: 24 megapixels of any shape have less.
const SIDE: u32 = 8192;
/// Pixels of a texture: four photos of this size take 400 MB.
const FULL_PIXELS: u64 = 24_000_000;
/// Strokes drawn on a small picture: more can't be told apart there.
const THUMB_STROKES: usize = 5_000;
/// Enough for the strip on a dense screen.
const THUMB_PIXELS: u64 = 80_000;
