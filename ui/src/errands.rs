//! Small jobs that would hold up the window: file dialogs, files read from the disk, pictures from the clipboard.
//!
//! Each runs on a thread of its own and ends in commands that the window carries out as if a view had sent them.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::{Duration, Instant},
};

use sightline_node::{DocumentId, EntryId, KnockId, SessionId, show::FileCommand};

use crate::{
    command::{Command, SessionCommand},
    i18n::Catalog,
    panels::steps::template::{self, Template},
};

/// What a file dialog is opened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Files to send, into a waiting room or the session.
    Files(SessionId, Option<KnockId>),
    /// Folders to send.
    Folder(SessionId, Option<KnockId>),
    /// A document to look at together.
    Document(SessionId),
    /// Where to save a file.
    SaveTo(SessionId, EntryId),
    /// Where to save all files.
    SaveAll(SessionId),
    /// A file with a checklist.
    Template(SessionId),
    /// Where to export the session.
    Export(SessionId),
    /// Where to write a board as a picture.
    Board(SessionId, DocumentId),
}

impl Ask {
    /// Message id of the dialog's title.
    fn title(&self) -> &'static str {
        match self {
            Self::Files(..) => "files-send",
            Self::Folder(..) => "files-send-folder",
            Self::Document(_) => "files-share",
            Self::SaveTo(..) | Self::SaveAll(_) => "files-save-where",
            Self::Template(_) => "steps-load",
            Self::Export(_) => "files-export",
            Self::Board(..) => "export-title",
        }
    }

    fn wants_folder(&self) -> bool {
        matches!(self, Self::Folder(..) | Self::SaveTo(..) | Self::SaveAll(_) | Self::Export(_) | Self::Board(..))
    }
}

/// Runs errands and brings back what came of them.
#[derive(Debug)]
pub struct Errands {
    sender: SyncSender<Vec<Command>>,
    receiver: Receiver<Vec<Command>>,
    running: usize,
}

impl Errands {
    /// No errand runs.
    pub fn new() -> Self {
        let (sender, receiver) = sync_channel(MAX_RUNNING);
        Self { sender, receiver, running: 0 }
    }

    /// Runs a job on a thread of its own; `false` if too many run already.
    fn run(&mut self, ctx: &egui::Context, job: impl FnOnce() -> Vec<Command> + Send + 'static) -> bool {
        if self.running >= MAX_RUNNING {
            return false;
        }
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let thread = std::thread::Builder::new().name("sightline-errand".to_owned()).spawn(move || {
            let mut finish = Finish { sender, ctx, commands: Vec::new() };
            finish.commands = job();
        });
        self.running += usize::from(thread.is_ok());
        thread.is_ok()
    }

    /// What errands ended in since the last call.
    pub fn done(&mut self) -> Vec<Command> {
        let done: Vec<_> = self.receiver.try_iter().collect();
        self.running = self.running.saturating_sub(done.len());
        done.into_iter().flatten().collect()
    }

    /// Opens a file dialog; what was chosen comes back as [`Command::Picked`].
    pub fn pick(&mut self, ctx: &egui::Context, words: &Catalog, ask: Ask) -> bool {
        let title = words.text(ask.title());
        let documents = words.text("files-documents");
        self.run(ctx, move || {
            let since = Instant::now();
            let dialog = rfd::FileDialog::new().set_title(title);
            let picked = match &ask {
                Ask::Folder(..) => dialog.pick_folders().unwrap_or_default(),
                ask if ask.wants_folder() => dialog.pick_folder().into_iter().collect(),
                Ask::Document(_) => {
                    dialog.add_filter(documents, &DOCUMENTS).pick_file().into_iter().collect::<Vec<_>>()
                }
                Ask::Template(_) => {
                    dialog.add_filter(documents, &["md", "markdown", "txt"]).pick_file().into_iter().collect()
                }
                _ => dialog.pick_files().unwrap_or_default(),
            };
            if picked.is_empty() {
                // Faster than anybody closes a dialog: this system has none.
                let none = since.elapsed() < Duration::from_millis(150);
                return if none { vec![Command::Say("files-no-dialog")] } else { Vec::new() };
            }
            vec![Command::Picked(ask, picked)]
        })
    }

    /// Reads a checklist from a file.
    pub fn read_template(&mut self, ctx: &egui::Context, session: SessionId, path: PathBuf) -> bool {
        self.run(ctx, move || match read_template(&path) {
            Ok(template) => vec![Command::TemplateRead(session, template)],
            Err(why) => vec![Command::Say(why)],
        })
    }

    /// Sends a picture from the clipboard.
    pub fn send_picture(
        &mut self,
        ctx: &egui::Context,
        session: SessionId,
        to: Option<KnockId>,
        image: std::sync::Arc<egui::ColorImage>,
        name: String,
    ) -> bool {
        self.run(ctx, move || {
            let [width, height] = image.size.map(|side| side as u32);
            let rgba: Vec<u8> = image.pixels.iter().flat_map(|pixel| pixel.to_srgba_unmultiplied()).collect();
            match sightline_node::paint::png(width, height, &rgba) {
                Ok(bytes) => {
                    let bytes = bytes.into();
                    let send = FileCommand::SendBytes { name, media_type: "image/png".to_owned(), bytes, to };
                    vec![Command::InSession(session, SessionCommand::File(send))]
                }
                Err(_) => vec![Command::Say("error-file-unreadable")],
            }
        })
    }
}

impl Default for Errands {
    fn default() -> Self {
        Self::new()
    }
}

/// Reports an errand's end even if it panicked.
struct Finish {
    sender: SyncSender<Vec<Command>>,
    ctx: egui::Context,
    commands: Vec<Command>,
}

impl Drop for Finish {
    fn drop(&mut self) {
        // The window may be gone.
        let _ = self.sender.try_send(std::mem::take(&mut self.commands));
        self.ctx.request_repaint();
    }
}

fn read_template(path: &Path) -> Result<Template, &'static str> {
    let length = std::fs::metadata(path).map_err(|_| "error-file-unreadable")?.len();
    if length > template::MAX_BYTES as u64 {
        return Err("steps-template-too-large");
    }
    let bytes = std::fs::read(path).map_err(|_| "error-file-unreadable")?;
    let text = String::from_utf8(bytes).map_err(|_| "steps-template-no-text")?;
    let mut template = template::parse(&text);
    if template.steps.is_empty() {
        return Err("steps-template-empty");
    }
    if template.title.is_empty() {
        template.title = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    }
    Ok(template)
}

/// What can be shown as pages.
const DOCUMENTS: [&str; 9] = ["pdf", "png", "jpg", "jpeg", "webp", "md", "markdown", "txt", "log"];
/// A person opens one dialog at a time; files dropped meanwhile are not errands.
const MAX_RUNNING: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_within_its_caps() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read_template(&path)
        };
        let template = file("Seal change.md", b"- [ ] one\n- [ ] two\n").unwrap();
        assert_eq!((template.title.as_str(), template.steps.len()), ("Seal change", 2));
        assert_eq!(file("x.md", b"\xff\xfe").unwrap_err(), "steps-template-no-text");
        assert_eq!(file("x.md", b"").unwrap_err(), "steps-template-empty");
        assert_eq!(file("x.md", &vec![b'a'; template::MAX_BYTES + 1]).unwrap_err(), "steps-template-too-large");
        assert_eq!(read_template(Path::new("/no/such/file")).unwrap_err(), "error-file-unreadable");
    }

    #[test]
    fn a_job_that_panics_does_not_block_the_next() {
        let (mut errands, ctx) = (Errands::new(), egui::Context::default());
        for _ in 0..MAX_RUNNING {
            assert!(errands.run(&ctx, || panic!("on purpose")));
        }
        let until = Instant::now() + Duration::from_secs(10);
        while !errands.run(&ctx, Vec::new) {
            assert!(Instant::now() < until, "ended errands are counted");
            errands.done();
            std::thread::yield_now();
        }
    }
}
