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

use egui::{Color32, ColorImage, Context, TextureFilter, TextureHandle, TextureOptions};
use sightline_node::{
    BlobId,
    paint::{Still, StillError, decode::decode_file},
    view::StillView,
};

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
    thread: Option<Thread>,
    clock: u64,
}

#[derive(Default)]
struct Known {
    full: Option<Shown>,
    thumb: Option<Shown>,
    used: u64,
}

struct Thread {
    jobs: SyncSender<Job>,
    done: Arc<Mutex<Vec<Done>>>,
}

struct Job {
    blob: BlobId,
    path: PathBuf,
    full: bool,
    side: u32,
    ctx: Context,
}

struct Done {
    blob: BlobId,
    full: bool,
    result: Result<Decoded, StillError>,
}

struct Decoded {
    size: (u32, u32),
    full: Option<ColorImage>,
    thumb: ColorImage,
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
        let job = Job { blob: still.blob, path: path.clone(), full, side, ctx: ctx.clone() };
        if self.ask(job) {
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
        for Done { blob, full, result } in done {
            let known = self.known.entry(blob).or_default();
            match result {
                Ok(Decoded { size, full: image, thumb }) => {
                    let load = |name: &str, image| ctx.load_texture(name, image, OPTIONS);
                    if !matches!(known.thumb, Some(Shown::Here { .. })) {
                        known.thumb = Some(Shown::Here { texture: load("board thumb", thumb), size });
                    }
                    if let Some(image) = image {
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
                // Decoders are fed by strangers: one that gives up must not take the window's pictures with it.
                let result = catch_unwind(AssertUnwindSafe(|| decoded(&job.path, job.full, job.side)))
                    .unwrap_or(Err(StillError::NotAPicture));
                let done = Done { blob: job.blob, full: job.full, result };
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
    let thumb = still.shrunk(THUMB_PIXELS, side).map_or_else(|| image(&still), |small| image(&small));
    let full = full.then(|| still.shrunk(FULL_PIXELS, side).map_or_else(|| image(&still), |small| image(&small)));
    Ok(Decoded { size, full, thumb })
}

fn image(still: &Still) -> ColorImage {
    let pixels = still.rgba.chunks_exact(4).map(|pixel| Color32::from_rgb(pixel[0], pixel[1], pixel[2])).collect();
    ColorImage::new([still.width as usize, still.height as usize], pixels)
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
/// Enough for the strip on a dense screen.
const THUMB_PIXELS: u64 = 80_000;
