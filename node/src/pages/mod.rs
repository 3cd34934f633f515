//! Documents as pictures of their pages: PDF, pictures, plain text and Markdown.
//!
//! Reading a document that somebody else made is the most dangerous thing done here, so it is done by another process:
//! this program itself, started with [`FLAG`], which gets the document on its standard input, gives pictures on its
//! standard output, and has limits on memory and time set by the system. A thread would not do: it can't be stopped
//! when a page loops for ever, and one that runs out of stack or memory takes the whole app with it. A process is ended
//! after its time, whatever it does, and its end is one refused document.
//!
//! A program that does not answer to the flag (an example, a test) renders on a thread that is abandoned after the same
//! time.

mod child;
mod flow;
pub mod limits;
mod markdown;
mod pdf;
mod picture;
mod renderer;
mod text;

use bytes::Bytes;

use crate::paint::decode;

pub use child::{FLAG, serve_if_asked};
pub use renderer::Renderer;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Portable document format.
    Pdf,
    /// PNG, JPEG or WebP: one page.
    Picture,
    /// Text with Markdown's marks.
    Markdown,
    /// Any other text in UTF-8.
    Text,
}

impl DocumentKind {
    /// What the bytes of a file are; its name decides only between plain text and Markdown. SVG is no document: it is a
    /// program as much as a picture, and its source helps nobody.
    pub fn of(name: &str, bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(1024)];
        if head.windows(5).any(|window| window == b"%PDF-") {
            return Some(Self::Pdf);
        }
        if decode::format(bytes).is_some() {
            return Some(Self::Picture);
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        let binary = text.contains('\0') || text.trim().is_empty();
        if binary || ending == "svg" || text.trim_start().starts_with("<svg") {
            return None;
        }
        Some(if matches!(ending.as_str(), "md" | "markdown") { Self::Markdown } else { Self::Text })
    }
}

/// The picture of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageImage {
    /// From 0.
    pub page: u32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// `image/png` or `image/jpeg`, whichever is smaller.
    pub media_type: &'static str,
    /// The encoded picture.
    pub bytes: Bytes,
}

/// What was rendered of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// How many pages the document has; those beyond [`limits::MAX_PAGES`] don't count.
    pub pages: u32,
    /// The pages asked for that exist.
    pub images: Vec<PageImage>,
}

/// A document could not be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The bytes are none of the kinds above, or are damaged beyond reading.
    #[error("this is no document that can be shown")]
    NotADocument,
    /// It is larger than is read here.
    #[error("the document is too large to be shown")]
    TooLarge,
    /// It took longer than any honest page does, or more memory.
    #[error("the document can't be rendered within its limits")]
    Limits,
    /// The system refused a process or a file.
    #[error("the system refused what rendering needs")]
    System,
}

/// Renders pages in this process, on this thread; may take for ever, and may panic. Use a [`Renderer`].
pub fn render_here(name: &str, bytes: Vec<u8>, width: u32, pages: &[u32]) -> Result<Rendered, PageError> {
    if bytes.len() as u64 > limits::MAX_DOCUMENT_BYTES {
        return Err(PageError::TooLarge);
    }
    let width = width.clamp(limits::MIN_WIDTH, limits::MAX_WIDTH);
    let wanted: Vec<u32> = pages.iter().copied().take(limits::MAX_PAGES_AT_ONCE).collect();
    match DocumentKind::of(name, &bytes).ok_or(PageError::NotADocument)? {
        DocumentKind::Pdf => pdf::render(bytes, width, &wanted),
        DocumentKind::Picture => picture::render(&bytes, width, &wanted),
        DocumentKind::Markdown => text::render(markdown::blocks(&text_of(bytes)?), width, &wanted),
        DocumentKind::Text => text::render(flow::plain(&text_of(bytes)?), width, &wanted),
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, PageError> {
    if bytes.len() > limits::MAX_TEXT_BYTES {
        return Err(PageError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| PageError::NotADocument)
}
