//! Has pages rendered where it can do no harm, and reads the answer as sceptically as any other bytes.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::child::{FLAG, Head, PageHead, serves};
use super::{PageError, PageImage, Rendered, limits, render_here};

/// Renders pages of documents, a few at a time. Clones share their turns.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// The program to start; `None` renders on a thread.
    program: Option<PathBuf>,
    turns: Arc<Semaphore>,
}

impl Renderer {
    /// In processes of this program if it answers to [`FLAG`], else on threads.
    pub fn new() -> Self {
        let program = if serves() { std::env::current_exe().ok() } else { None };
        Self { program, turns: Arc::new(Semaphore::new(limits::MAX_AT_ONCE)) }
    }

    /// In processes of another program.
    pub fn with_program(program: PathBuf) -> Self {
        Self { program: Some(program), ..Self::new() }
    }

    /// Renders some pages of a file. `name` is its label, which decides only between plain text and Markdown. Dropping
    /// the future ends the process.
    pub async fn render(&self, path: &Path, name: &str, width: u32, pages: &[u32]) -> Result<Rendered, PageError> {
        // Never closed.
        let _turn = self.turns.acquire().await.map_err(|_| PageError::System)?;
        let length = tokio::fs::metadata(path).await.map_err(|_| PageError::System)?.len();
        if length > limits::MAX_DOCUMENT_BYTES {
            return Err(PageError::TooLarge);
        }
        let work = async {
            match &self.program {
                Some(program) => by_process(program, path, name, width, pages).await,
                None => by_thread(path, name, width, pages).await,
            }
        };
        tokio::time::timeout(limits::DEADLINE, work).await.unwrap_or(Err(PageError::Limits))
    }
}

impl Default for Renderer {
    fn default() -> Self {
        Self::new()
    }
}

async fn by_process(program: &Path, path: &Path, name: &str, width: u32, pages: &[u32]) -> Result<Rendered, PageError> {
    let file = tokio::fs::File::open(path).await.map_err(|_| PageError::System)?.into_std().await;
    let numbers: Vec<String> = pages.iter().take(limits::MAX_PAGES_AT_ONCE).map(u32::to_string).collect();
    let mut command = Command::new(program);
    // Of the surroundings it gets only what finding the system's fonts needs.
    command.env_clear();
    for variable in ["HOME", "XDG_DATA_HOME", "SystemRoot", "LOCALAPPDATA"] {
        command.envs(std::env::var_os(variable).map(|value| (variable, value)));
    }
    let mut child = command
        .args([FLAG, &tail(name), &width.to_string(), &numbers.join(",")])
        .stdin(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            tracing::warn!(%error, "the renderer can't be started");
            PageError::System
        })?;
    let out = child.stdout.take().ok_or(PageError::System)?;
    let rendered = read_answer(&mut BufReader::new(out)).await;
    // It has said all: what it does from here on is of no interest.
    let _ = child.start_kill();
    let _ = child.wait().await;
    rendered
}

/// Only the ending matters, and an argument is no place for a long name.
fn tail(name: &str) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    format!("x.{}", ending.chars().filter(char::is_ascii_alphanumeric).take(10).collect::<String>())
}

async fn by_thread(path: &Path, name: &str, width: u32, pages: &[u32]) -> Result<Rendered, PageError> {
    let bytes = tokio::fs::read(path).await.map_err(|_| PageError::System)?;
    let (answer, answered) = tokio::sync::oneshot::channel();
    let (name, pages) = (name.to_owned(), pages.to_vec());
    std::thread::Builder::new()
        .name("sightline-pages".to_owned())
        .spawn(move || {
            // Nobody waits any more: the deadline is over.
            let _ = answer.send(render_here(&name, bytes, width, &pages));
        })
        .map_err(|_| PageError::System)?;
    // A thread that panicked drops its end.
    answered.await.unwrap_or(Err(PageError::NotADocument))
}

/// Reads an answer. A process that ended early, or says what it must not, refused the document.
async fn read_answer(out: &mut (impl AsyncBufRead + Unpin)) -> Result<Rendered, PageError> {
    let head: Head = serde_json::from_str(&line(out).await?).map_err(|_| PageError::Limits)?;
    let pages = match head {
        Head::Refused(why) => return Err(why.into()),
        Head::Pages(pages) => pages.min(limits::MAX_PAGES),
    };
    let mut images = Vec::new();
    while images.len() < limits::MAX_PAGES_AT_ONCE {
        let Ok(text) = line(out).await else { break };
        let head: PageHead = serde_json::from_str(&text).map_err(|_| PageError::Limits)?;
        let pixels = u64::from(head.width) * u64::from(head.height);
        let sound = head.bytes <= limits::MAX_IMAGE_BYTES && pixels > 0 && pixels <= 2 * limits::MAX_PIXELS;
        if !sound || head.page >= pages {
            return Err(PageError::Limits);
        }
        let mut bytes = vec![0; head.bytes];
        out.read_exact(&mut bytes).await.map_err(|_| PageError::Limits)?;
        let media_type = if head.jpeg { "image/jpeg" } else { "image/png" };
        let (page, width, height) = (head.page, head.width, head.height);
        images.push(PageImage { page, width, height, media_type, bytes: bytes.into() });
    }
    Ok(Rendered { pages, images })
}

async fn line(out: &mut (impl AsyncBufRead + Unpin)) -> Result<String, PageError> {
    let mut text = String::new();
    let read = out.take(MAX_LINE).read_line(&mut text).await.map_err(|_| PageError::Limits)?;
    if read == 0 || !text.ends_with('\n') { Err(PageError::Limits) } else { Ok(text) }
}

/// A line of an answer has a handful of numbers.
const MAX_LINE: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(answer: &[u8]) -> Result<Rendered, PageError> {
        read_answer(&mut BufReader::new(answer)).await
    }

    #[tokio::test]
    async fn answers_are_read_within_their_caps() {
        let good = b"{\"pages\":3}\n{\"page\":1,\"width\":2,\"height\":3,\"jpeg\":true,\"bytes\":4}\nabcd";
        let rendered = read(good).await.unwrap();
        assert_eq!((rendered.pages, rendered.images.len()), (3, 1));
        assert_eq!(rendered.images[0].bytes.as_ref(), b"abcd");
        assert_eq!(read(b"{\"refused\":\"not-a-document\"}\n").await, Err(PageError::NotADocument));
        assert_eq!(read(b"{\"pages\":4000000000}\n").await.unwrap().pages, limits::MAX_PAGES);
        let bad: [&[u8]; 6] = [
            b"",
            b"nonsense\n",
            b"{\"pages\":1}\n{\"page\":0,\"width\":2,\"height\":3,\"jpeg\":true,\"bytes\":99}\nabcd",
            b"{\"pages\":1}\n{\"page\":1,\"width\":2,\"height\":3,\"jpeg\":true,\"bytes\":4}\nabcd",
            b"{\"pages\":1}\n{\"page\":0,\"width\":2,\"height\":0,\"jpeg\":true,\"bytes\":4}\nabcd",
            b"{\"pages\":1}\n{\"page\":0,\"width\":2,\"height\":3,\"jpeg\":true,\"bytes\":999999999}\n",
        ];
        for answer in bad {
            assert_eq!(read(answer).await, Err(PageError::Limits), "{}", String::from_utf8_lossy(answer));
        }
    }

    #[tokio::test]
    async fn a_thread_that_panics_or_a_program_that_is_missing_is_one_refused_document() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.txt");
        std::fs::write(&path, "hello").unwrap();
        let renderer = Renderer::new();
        assert_eq!(renderer.render(&path, "x.txt", 400, &[0]).await.unwrap().pages, 1);
        let none = Renderer::with_program("/no/such/program".into());
        assert_eq!(none.render(&path, "x.txt", 400, &[0]).await, Err(PageError::System));
        assert_eq!(renderer.render(&folder.path().join("gone"), "x", 400, &[0]).await, Err(PageError::System));
    }
}
