//! The process that renders: what it is told, and what it answers.
//!
//! Arguments: [`FLAG`], the document's name, a width, page numbers joined by commas. The document comes on standard
//! input. The answer on standard output is one line of JSON for the document, then for each page a line of JSON and the
//! bytes it announces.

use std::io::{Read as _, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::{PageError, Rendered, limits, render_here};

/// First argument of a program that is to render pages and nothing else.
pub const FLAG: &str = "--render-pages";

/// This program answers to [`FLAG`].
static SERVES: AtomicBool = AtomicBool::new(false);

/// Renders pages if this process was started for it, and says with what it ends. A program calls this before anything
/// else; from then on its nodes render in processes of their own.
pub fn serve_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != FLAG) {
        SERVES.store(true, Ordering::Relaxed);
        return None;
    }
    let mut text = || arguments.next().and_then(|argument| argument.into_string().ok()).unwrap_or_default();
    let (name, width, pages) = (text(), text(), text());
    let width = width.parse().unwrap_or(limits::PAGE_WIDTH);
    let pages: Vec<u32> = pages.split(',').filter_map(|page| page.parse().ok()).collect();
    Some(serve(&name, width, &pages))
}

/// Whether this program renders in processes of its own.
pub(super) fn serves() -> bool {
    SERVES.load(Ordering::Relaxed)
}

fn serve(name: &str, width: u32, pages: &[u32]) -> ExitCode {
    if !limit_myself() {
        return ExitCode::FAILURE;
    }
    let mut bytes = Vec::new();
    // One more than is allowed shows that there is more.
    let read = std::io::stdin().lock().take(limits::MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes);
    let rendered = read.map_err(|_| PageError::System).and_then(|_| render_here(name, bytes, width, pages));
    match answer(&mut std::io::stdout().lock(), rendered) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Memory, time and files that this process may have. Without them it does nothing.
#[cfg(unix)]
fn limit_myself() -> bool {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let seconds = limits::DEADLINE.as_secs();
    let caps = [
        (Resource::As, limits::MAX_MEMORY),
        (Resource::Cpu, seconds * 2),
        (Resource::Core, 0),
        // It writes into a pipe, never into a file.
        (Resource::Fsize, 0),
        // Fonts of the system, one after the other.
        (Resource::Nofile, 64),
    ];
    caps.into_iter().all(|(what, most)| {
        setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) })
            .inspect_err(|error| tracing::warn!(%error, "a limit can't be set"))
            .is_ok()
    })
}

#[cfg(not(unix))]
fn limit_myself() -> bool {
    true
}

/// The first line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Head {
    /// The document has so many pages.
    Pages(u32),
    /// It can't be shown.
    Refused(Why),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Why {
    NotADocument,
    TooLarge,
    Limits,
    System,
}

/// The line before a page's bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PageHead {
    pub(super) page: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) jpeg: bool,
    pub(super) bytes: usize,
}

impl From<PageError> for Why {
    fn from(error: PageError) -> Self {
        match error {
            PageError::NotADocument => Self::NotADocument,
            PageError::TooLarge => Self::TooLarge,
            PageError::Limits => Self::Limits,
            PageError::System => Self::System,
        }
    }
}

impl From<Why> for PageError {
    fn from(why: Why) -> Self {
        match why {
            Why::NotADocument => Self::NotADocument,
            Why::TooLarge => Self::TooLarge,
            Why::Limits => Self::Limits,
            Why::System => Self::System,
        }
    }
}

fn answer(out: &mut impl Write, rendered: Result<Rendered, PageError>) -> std::io::Result<()> {
    let rendered = match rendered {
        Ok(rendered) => rendered,
        Err(error) => return line(out, &Head::Refused(error.into())),
    };
    line(out, &Head::Pages(rendered.pages))?;
    for image in rendered.images {
        let jpeg = image.media_type == "image/jpeg";
        let (page, width, height) = (image.page, image.width, image.height);
        line(out, &PageHead { page, width, height, jpeg, bytes: image.bytes.len() })?;
        out.write_all(&image.bytes)?;
    }
    out.flush()
}

fn line(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    let json = serde_json::to_string(value).map_err(std::io::Error::other)?;
    out.write_all(json.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}
