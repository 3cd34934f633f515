//! Pictures of files as textures: decoded on a thread of their own, within caps, and forgotten when room is needed.
//!
//! Only PNG, JPEG and WebP are read, whatever a file calls itself. What can't be decoded within the caps is refused
//! once and not tried again; nothing in a file is ever executed.

use std::{
    cell::RefCell,
    collections::HashMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
};

use egui::{ColorImage, TextureHandle, TextureOptions};
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use sightline_node::BlobId;

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
                let image = image.ok().and_then(Result::ok).map(|image| {
                    let size = [image.width() as usize, image.height() as usize];
                    ColorImage::from_rgba_unmultiplied(size, image.to_rgba8().as_raw())
                });
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
        #[allow(clippy::while_let_loop, reason = "both ends are named")]
        loop {
            match decoded.try_recv() {
                Ok((key, image)) => {
                    let bytes = image.as_ref().map_or(0, |image| image.pixels.len() * 4);
                    let found = image.map_or(Found::Refused, |image| {
                        Found::Here(ctx.load_texture(key.0.to_string(), image, TextureOptions::LINEAR))
                    });
                    inner.bytes += bytes;
                    inner.known.insert(key, Known { found, bytes, used_pass: pass });
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
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

/// Reads a picture, upright, scaled down so that no side is longer than `side`.
pub fn decode(path: &Path, side: u32) -> io::Result<DynamicImage> {
    let refuse = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    if std::fs::metadata(path)?.len() > MAX_FILE_BYTES {
        return Err(refuse("the file is too large for a preview"));
    }
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    let format = reader.format().ok_or_else(|| refuse("no picture"))?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(refuse("another format"));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(io::Error::other)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(refuse("too many pixels"));
    }
    let turned = decoder.orientation().map_err(io::Error::other)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(io::Error::other)?;
    if width > side || height > side {
        image = image.thumbnail(side, side);
    }
    image.apply_orientation(turned);
    Ok(image)
}

/// Far more than a phone's largest photo takes.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// A panorama is long; nothing honest is longer.
const MAX_SIDE: u32 = 30_000;
/// A 100-megapixel photo is decoded, a bomb of pixels is not.
const MAX_PIXELS: u64 = 100_000_000;
/// Four bytes for each of those pixels, and some for the decoder.
const MAX_DECODE_BYTES: u64 = 512 * 1024 * 1024;
/// Textures kept although nothing draws them.
const MAX_TEXTURE_BYTES: usize = 192 * 1024 * 1024;
/// Pictures waiting to be decoded: about what one screen shows.
const QUEUE: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = io::Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn decoded(name: &str, bytes: &[u8]) -> io::Result<DynamicImage> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        decode(&path, 128)
    }

    #[test]
    fn a_picture_is_scaled_down_and_known_by_its_content() {
        let image = decoded("x.txt", &png(400, 200)).unwrap();
        assert_eq!((image.width(), image.height()), (128, 64));
        assert_eq!(decoded("x", &png(40, 20)).unwrap().width(), 40, "small ones are not blown up");
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(decoded("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").is_err());
        assert!(decoded("x.png", b"").is_err());
        let mut cut = png(400, 200);
        cut.truncate(cut.len() / 2);
        assert!(decoded("x.png", &cut).is_err());
    }

    /// A PNG header that claims 30,000 x 30,000 pixels in less than a hundred bytes.
    #[test]
    fn a_bomb_of_pixels_is_refused_before_it_is_unpacked() {
        let mut bytes = png(8, 8);
        bytes[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = decoded("x.png", &bytes).unwrap_err();
        assert!(error.to_string().contains("too many pixels"), "{error}");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc: u32, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
        })
    }
}
