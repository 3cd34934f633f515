//! Pictures of files as textures: decoded on a thread of their own, within caps, and forgotten when room is needed.
//!
//! Only PNG, JPEG and WebP are read, whatever a file calls itself. What can't be decoded within the caps of boards is
//! refused once and not tried again; nothing in a file is ever executed.

use std::{
    cell::RefCell,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use egui::{Color32, ColorImage, TextureHandle, TextureOptions};
use sightline_node::{
    BlobId,
    paint::{Still, StillError, decode::decode_file},
};

/// How large a picture is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureSize {
    /// For a line of a list.
    Small,
    /// For a message.
    Medium,
    /// For the whole stage.
    Full,
}

impl PictureSize {
    /// The longest side in pixels; larger pictures are scaled down to it.
    fn side(self) -> u32 {
        match self {
            Self::Small => 128,
            Self::Medium => 640,
            Self::Full => 4096,
        }
    }
}

/// A picture that was asked for.
#[derive(Clone)]
pub enum Found {
    /// It is being decoded.
    Waiting,
    /// It is no picture that can be shown.
    Refused,
    /// Here it is.
    Here(TextureHandle),
}

/// The pictures that the window shows. Dropping it ends the thread.
pub struct Pictures {
    inner: RefCell<Inner>,
    decoder: Option<(SyncSender<Job>, Receiver<Decoded>)>,
}

type Key = (BlobId, PictureSize);

#[derive(Default)]
struct Inner {
    known: HashMap<Key, Known>,
    bytes: usize,
}

struct Known {
    found: Found,
    bytes: usize,
    used_pass: u64,
}

struct Job {
    key: Key,
    path: PathBuf,
    ctx: egui::Context,
}

type Decoded = (Key, Option<ColorImage>);

impl Pictures {
    /// Starts the thread; without one every picture is refused.
    pub fn start() -> Self {
        let (jobs, queue) = sync_channel::<Job>(QUEUE);
        let (answers, decoded) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("sightline-pictures".to_owned()).spawn(move || {
            while let Ok(job) = queue.recv() {
                let image = catch_unwind(AssertUnwindSafe(|| decode(&job.path, job.key.1.side())));
                let image = image.ok().and_then(Result::ok);
                if answers.send((job.key, image)).is_err() {
                    return;
                }
                job.ctx.request_repaint();
            }
        });
        if let Err(error) = &thread {
            tracing::warn!(%error, "pictures can't be decoded");
        }
        Self { inner: RefCell::default(), decoder: thread.is_ok().then_some((jobs, decoded)) }
    }

    /// The picture in a file. Asks for it where it is not known; the window is drawn anew when it is.
    pub fn find(&self, ctx: &egui::Context, blob: BlobId, path: &Path, size: PictureSize) -> Found {
        let mut inner = self.inner.borrow_mut();
        let pass = ctx.cumulative_pass_nr();
        self.collect(ctx, &mut inner, pass);
        if let Some(known) = inner.known.get_mut(&(blob, size)) {
            known.used_pass = pass;
            return known.found.clone();
        }
        let Some((jobs, _)) = &self.decoder else { return Found::Refused };
        let job = Job { key: (blob, size), path: path.to_owned(), ctx: ctx.clone() };
        // A full queue: it is asked for again in a later pass, which the answers to come will bring about.
        if jobs.try_send(job).is_ok() {
            inner.known.insert((blob, size), Known { found: Found::Waiting, bytes: 0, used_pass: pass });
        }
        Found::Waiting
    }

    fn collect(&self, ctx: &egui::Context, inner: &mut Inner, pass: u64) {
        let Some((_, decoded)) = &self.decoder else { return };
        while let Ok((key, image)) = decoded.try_recv() {
            let bytes = image.as_ref().map_or(0, |image| image.pixels.len() * 4);
            let found = image.map_or(Found::Refused, |image| {
                Found::Here(ctx.load_texture(key.0.to_string(), image, TextureOptions::LINEAR))
            });
            inner.bytes += bytes;
            inner.known.insert(key, Known { found, bytes, used_pass: pass });
        }
        if inner.bytes > MAX_TEXTURE_BYTES {
            // What was drawn in this pass or the one before stays, or it would be decoded again at once.
            inner.known.retain(|_, known| known.used_pass + 1 >= pass || known.bytes == 0);
            inner.bytes = inner.known.values().map(|known| known.bytes).sum();
        }
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self::start()
    }
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pictures").field("known", &self.inner.borrow().known.len()).finish_non_exhaustive()
    }
}

/// Reads a picture, upright, scaled down so that no side is longer than `side`. What is refused here is no board
/// either.
pub fn decode(path: &Path, side: u32) -> Result<ColorImage, StillError> {
    let still = decode_file(path)?;
    Ok(color_image(still.shrunk(u64::MAX, side).as_ref().unwrap_or(&still)))
}

/// A picture as a texture takes it.
pub(crate) fn color_image(still: &Still) -> ColorImage {
    let pixels = still.rgba.chunks_exact(4).map(|pixel| Color32::from_rgb(pixel[0], pixel[1], pixel[2])).collect();
    ColorImage::new([still.width as usize, still.height as usize], pixels)
}

/// Textures kept although nothing draws them.
const MAX_TEXTURE_BYTES: usize = 192 * 1024 * 1024;
/// Pictures waiting to be decoded: about what one screen shows.
const QUEUE: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        sightline_node::paint::png(width, height, &vec![200; width as usize * height as usize * 4]).unwrap()
    }

    fn decoded(name: &str, bytes: &[u8]) -> Result<[usize; 2], StillError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let image = decode(&path, 128).map(|image| image.size);
        assert_eq!(image.as_ref().err(), decode_file(&path).as_ref().err(), "one verdict on {name}, list or board");
        image
    }

    #[test]
    fn a_picture_is_scaled_down_and_known_by_its_content() {
        assert_eq!(decoded("x.txt", &png(400, 200)), Ok([100, 50]));
        assert_eq!(decoded("x", &png(40, 20)), Ok([40, 20]), "small ones are not blown up");
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(decoded("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").is_err());
        assert!(decoded("x.png", b"").is_err());
        let mut cut = png(400, 200);
        cut.truncate(cut.len() / 2);
        assert!(decoded("x.png", &cut).is_err());
    }

    #[test]
    fn a_picture_too_long_for_a_board_is_none_in_a_list() {
        assert_eq!(decoded("long.png", &png(20_000, 2)), Err(StillError::TooLarge));
    }

    /// A PNG header that claims 30,000 x 30,000 pixels in less than a hundred bytes.
    #[test]
    fn a_bomb_of_pixels_is_refused_before_it_is_unpacked() {
        let mut bytes = png(8, 8);
        bytes[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(decoded("x.png", &bytes), Err(StillError::TooLarge));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc: u32, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
        })
    }
}
