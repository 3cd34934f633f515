//! What the files tab shows.

use std::{collections::HashMap, path::Path};

use sightline_node::{
    BlobId, EntryId, KnockId, PeerId,
    view::{Delivery, FileKind, FileState, FileView, Progress, Role, SessionState, SessionView},
};

use crate::{
    i18n::{Arg, Catalog},
    panels::chat::data::delivery_name,
    text::{size, time},
    theme::Icon,
};

/// The files tab.
#[derive(Clone, Debug, PartialEq)]
pub struct FilesPanel<'a> {
    /// The shelf, newest first.
    pub rows: Vec<FileRow<'a>>,
    /// Something may be sent.
    pub can_send: bool,
    /// Into whose waiting room it would go.
    pub to: Option<KnockId>,
    /// To whom it would go, in words.
    pub to_whom: String,
    /// How large a file may be, in words.
    pub limit: String,
    /// How many files are on this device.
    pub here: usize,
}

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRow<'a> {
    /// The file.
    pub file: &'a FileView,
    /// Stands for its kind where there is no preview.
    pub icon: Icon,
    /// Size, author and time in words.
    pub about: String,
    /// How far it is, in words.
    pub status: FileStatus,
    /// What a click does.
    pub primary: Option<FileAct>,
    /// What else can be done.
    pub menu: Vec<FileAct>,
}

/// How far a file is, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct FileStatus {
    /// The words; of what moves its pace.
    pub text: String,
    /// How much of it is there, while it moves.
    pub amount: Option<String>,
    /// How long it takes, if anybody knows.
    pub left: Option<String>,
    /// What they are about.
    pub tone: Tone,
    /// From 0 to 1 while it is under way.
    pub fraction: Option<f32>,
}

/// What a status is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All of it is where it belongs.
    Done,
    /// It waits, which is no error.
    Rest,
    /// It is moving.
    Moving,
    /// It can't be had.
    Failed,
}

/// Something that can be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileAct {
    /// See the picture large.
    Look,
    /// See the document's pages on the stage.
    Pages,
    /// Make a document of it and see its pages.
    Open,
    /// Fetch it.
    Fetch,
    /// Pause its transfer.
    Pause,
    /// Go on.
    Resume,
    /// End its transfer.
    Cancel,
    /// Copy it into a folder.
    Save,
    /// Make a board of it.
    Board,
    /// Take it off the shelf.
    Hide,
}

impl FileAct {
    /// Message id of its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Look => "file-look",
            Self::Pages | Self::Open => "file-pages",
            Self::Fetch => "file-fetch",
            Self::Pause => "file-pause",
            Self::Resume => "file-resume",
            Self::Cancel => "file-cancel",
            Self::Save => "file-save",
            Self::Board => "file-board",
            Self::Hide => "file-hide",
        }
    }

    /// Its icon.
    pub fn icon(self) -> Icon {
        match self {
            Self::Look | Self::Pages | Self::Open => Icon::Expand,
            Self::Fetch => Icon::Download,
            Self::Pause => Icon::Pause,
            Self::Resume => Icon::Play,
            Self::Cancel => Icon::Close,
            Self::Save => Icon::Disk,
            Self::Board => Icon::Pencil,
            Self::Hide => Icon::Trash,
        }
    }
}

/// What the person may do with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Put something into the session.
    pub write: bool,
    /// Take away what others put there.
    pub expert: bool,
}

impl Rights {
    /// Those of oneself in a session.
    pub fn of(view: &SessionView) -> Self {
        Self { write: may_write(view), expert: matches!(view.role, Role::Lead | Role::Expert) }
    }
}

/// Reads the tab. `to` is whose conversation is shown.
pub fn files_panel<'a>(
    words: &Catalog,
    view: &'a SessionView,
    to: Option<KnockId>,
    now_ms: u64,
    offset: i64,
) -> FilesPanel<'a> {
    let mut rows: Vec<_> = view.files.iter().map(|file| row(words, view, file, now_ms, offset)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.file.at_ms, row.file.id)));
    let limit = size::bytes(words, view.max_file_bytes);
    FilesPanel {
        here: rows.iter().filter(|row| matches!(row.file.state, FileState::Here { .. })).count(),
        rows,
        can_send: may_write(view),
        to,
        to_whom: to_whom(words, view, to),
        limit: words.text_with("files-limit", &[("size", Arg::from(limit))]),
    }
}

/// To whom something would go, in words.
pub fn to_whom(words: &Catalog, view: &SessionView, to: Option<KnockId>) -> String {
    let others: Vec<_> = view.people.iter().filter(|person| !person.me).collect();
    match (to.and_then(|id| view.knock(&id)), others.as_slice()) {
        (Some(knock), _) => knock.name.clone(),
        (None, [person]) => person.name.clone(),
        (None, _) => words.text("files-to-all"),
    }
}

/// The own role may put something into the session.
pub fn may_write(view: &SessionView) -> bool {
    view.state != SessionState::Closed && view.role != Role::Viewer
}

fn row<'a>(words: &Catalog, view: &SessionView, file: &'a FileView, now_ms: u64, offset: i64) -> FileRow<'a> {
    let clock = match time::day(now_ms, offset) - time::day(file.at_ms, offset) {
        0 => time::clock(file.at_ms, offset),
        _ => time::date(words, time::day(file.at_ms, offset)),
    };
    let who = if file.mine { words.text("you") } else { file.author_name.clone() };
    let status = status(words, file);
    let mut about = match &status.amount {
        // Of what moves there is more to say than fits.
        Some(amount) => vec![amount.clone(), who],
        None => vec![size::bytes(words, file.size), who, clock],
    };
    if let FileKind::Document { pages, .. } = &file.kind {
        about.insert(0, words.text_with("file-page-count", &[("count", Arg::from(*pages))]));
    }
    let (primary, menu) = acts(Rights::of(view), file);
    FileRow { file, icon: icon(file), about: about.join(" · "), status, primary, menu }
}

/// How far a file is, in words.
pub fn status(words: &Catalog, file: &FileView) -> FileStatus {
    let still = |id: &str, tone| FileStatus { text: words.text(id), amount: None, left: None, tone, fraction: None };
    let moving = |progress: &Progress| {
        let (amount, pace) = (size::amount(words, progress), size::pace(words, progress));
        FileStatus {
            text: if pace.is_empty() { words.text("file-moving") } else { pace },
            amount: Some(amount),
            left: size::left(words, progress),
            tone: Tone::Moving,
            fraction: Some(size::fraction(progress)),
        }
    };
    if file.mine {
        return match (&file.sent, file.delivery) {
            (Some(sent), Delivery::Waiting | Delivery::Stored) if sent.have > 0 && sent.have < sent.size => {
                moving(sent)
            }
            (_, Delivery::Delivered) => still(delivery_name(Delivery::Delivered), Tone::Done),
            (_, delivery) => still(delivery_name(delivery), Tone::Rest),
        };
    }
    match &file.state {
        FileState::Here { .. } => still("file-here", Tone::Done),
        FileState::Arriving(progress) => moving(progress),
        FileState::Paused(progress) => FileStatus {
            text: words.text_with("file-paused", &[("have", Arg::from(size::bytes(words, progress.have)))]),
            fraction: Some(size::fraction(progress)),
            ..still("file-waiting", Tone::Rest)
        },
        FileState::Waiting(progress) => FileStatus {
            fraction: (progress.have > 0).then(|| size::fraction(progress)),
            ..still("file-waiting", Tone::Rest)
        },
        FileState::Offered => still("file-offered", Tone::Rest),
        FileState::Refused { why } => {
            let id = match why.as_str() {
                "error-file-too-large" => "file-refused-too-large",
                "error-no-room" => "file-refused-no-room",
                "error-not-stored" => "file-refused-disk",
                _ => "file-refused",
            };
            still(id, Tone::Failed)
        }
    }
}

/// What a click on a file does, and what else can be done with it.
pub fn acts(rights: Rights, file: &FileView) -> (Option<FileAct>, Vec<FileAct>) {
    let mut menu = Vec::new();
    let document = matches!(file.kind, FileKind::Document { .. });
    let primary = match &file.state {
        _ if document && matches!(file.state, FileState::Here { .. }) => {
            menu.push(FileAct::Save);
            Some(FileAct::Pages)
        }
        FileState::Here { .. } if is_picture(file) => {
            menu.push(FileAct::Save);
            if rights.write {
                menu.push(FileAct::Board);
            }
            Some(FileAct::Look)
        }
        FileState::Here { .. } if rights.write && file.waiting.is_none() && has_pages(file) => {
            menu.push(FileAct::Save);
            Some(FileAct::Open)
        }
        FileState::Here { .. } => Some(FileAct::Save),
        FileState::Arriving(_) => {
            menu.push(FileAct::Cancel);
            Some(FileAct::Pause)
        }
        FileState::Paused(_) => {
            menu.push(FileAct::Cancel);
            Some(FileAct::Resume)
        }
        FileState::Waiting(_) => {
            menu.push(FileAct::Cancel);
            None
        }
        FileState::Offered | FileState::Refused { .. } => Some(FileAct::Fetch),
    };
    if document && primary != Some(FileAct::Pages) {
        menu.insert(0, FileAct::Pages);
    }
    if rights.write && (file.mine || rights.expert) && file.waiting.is_none() {
        menu.push(FileAct::Hide);
    }
    (primary, menu)
}

/// Files by their content, for the messages that bring them.
pub struct ByContent<'a>(HashMap<BlobId, Vec<&'a FileView>>);

impl<'a> ByContent<'a> {
    /// Reads the shelf.
    pub fn of(view: &'a SessionView) -> Self {
        let mut files: HashMap<_, Vec<_>> = HashMap::new();
        for file in view.files.iter() {
            files.entry(file.blob).or_default().push(file);
        }
        Self(files)
    }

    /// The file of a message: the newest of its author with this content, else anybody's.
    pub fn find(&self, blob: &BlobId, author: PeerId) -> Option<&'a FileView> {
        let same = self.0.get(blob)?;
        same.iter().rev().find(|file| file.author == author).or(same.last()).copied()
    }
}

/// A file by its entry.
pub fn file_by_id(view: &SessionView, id: EntryId) -> Option<&FileView> {
    view.files.iter().find(|file| file.id == id)
}

/// Where the content of a picture lies, if it is here and may be shown.
pub fn preview(file: &FileView) -> Option<&Path> {
    match &file.state {
        FileState::Here { path } if is_picture(file) => Some(path),
        _ => None,
    }
}

/// It says that it is a picture of a kind that is decoded here; whether it is one shows when it is decoded.
pub fn is_picture(file: &FileView) -> bool {
    matches!(file.media_type.as_str(), "image/jpeg" | "image/png" | "image/webp")
}

/// It says that it is of a kind whose pages can be shown; whether they can shows when they are rendered.
fn has_pages(file: &FileView) -> bool {
    matches!(file.media_type.as_str(), "application/pdf" | "text/plain" | "text/markdown")
}

/// Stands for the kind of a file.
pub fn icon(file: &FileView) -> Icon {
    let (major, minor) = file.media_type.split_once('/').unwrap_or(("", ""));
    match (&file.kind, major, minor) {
        (FileKind::Document { .. }, _, _) => Icon::Present,
        (_, "image", _) => Icon::FilePicture,
        (_, "video", _) => Icon::FileVideo,
        (_, "audio", _) => Icon::FileAudio,
        (_, "text", _) | (_, _, "pdf") => Icon::FileText,
        (_, _, "zip" | "gzip" | "x-tar" | "x-7z-compressed" | "vnd.rar") => Icon::FileArchive,
        _ => Icon::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, i18n::Lang};
    use sightline_node::view::VideoState;

    fn shelf() -> SessionView {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        fixtures::shelf::fill(&mut view);
        view
    }

    #[test]
    fn each_state_has_words_and_acts() {
        let view = shelf();
        let words = Catalog::new(Lang::En);
        let panel = files_panel(&words, &view, None, fixtures::NOW_MS, 0);
        let said: Vec<_> = panel
            .rows
            .iter()
            .map(|row| (row.file.name.as_str(), row.status.text.as_str(), row.primary, row.menu.as_slice()))
            .collect();
        use FileAct::{Board, Cancel, Fetch, Hide, Look, Pages, Pause, Resume, Save};
        assert_eq!(
            said,
            [
                ("report.zip", "2.4 MB/s · 15 s left", Some(Save), &[Hide][..]),
                ("pump running.mp4", "3.1 MB/s · 7 s left", Some(Pause), &[Cancel, Hide]),
                ("noise.m4a", "Paused at 600 kB", Some(Resume), &[Cancel, Hide]),
                ("log of the week.txt", "Waiting for who has it", None, &[Cancel, Hide]),
                ("full backup.img", "Not fetched yet", Some(Fetch), &[Hide]),
                ("manual-7400.pdf", "Waiting for them, sealed", Some(Pages), &[Save, Hide]),
                ("type plate.jpg", "Here", Some(Look), &[Save, Board, Hide]),
                ("drawing.svg", "It can’t be had", Some(Fetch), &[Hide]),
            ]
        );
        assert_eq!(panel.here, 3);
        assert_eq!(panel.limit, "Up to 1 GB for each file");
        assert_eq!(panel.to_whom, "Mihai");
        assert_eq!(panel.rows[0].about, "12 MB of 48 MB · You");
        assert_eq!(panel.rows[5].about, "112 pages · 8.2 MB · You · 14:00");
    }

    #[test]
    fn a_viewer_sends_and_hides_nothing() {
        let mut view = shelf();
        view.role = Role::Viewer;
        let panel = files_panel(&Catalog::new(Lang::En), &view, None, fixtures::NOW_MS, 0);
        assert!(!panel.can_send);
        let none = [FileAct::Hide, FileAct::Board];
        assert!(panel.rows.iter().all(|row| !none.iter().any(|act| row.menu.contains(act))));
    }

    #[test]
    fn only_pictures_that_are_here_have_a_preview_and_svg_never() {
        let view = shelf();
        let with: Vec<_> = view.files.iter().filter(|file| preview(file).is_some()).map(|f| f.name.as_str()).collect();
        assert_eq!(with, ["type plate.jpg"]);
    }

    #[test]
    fn a_message_finds_its_file_by_content_and_author() {
        let mut view = shelf();
        let plate = view.files.iter().find(|file| file.name == "type plate.jpg").cloned().unwrap();
        let mut other = plate.clone();
        (other.id.counter, other.author) = (99, PeerId([1; 32]));
        let mut files = view.files.to_vec();
        files.push(other.clone());
        view.files = std::sync::Arc::new(files);
        let shelf = ByContent::of(&view);
        assert_eq!(shelf.find(&plate.blob, plate.author).unwrap().id, plate.id);
        assert_eq!(shelf.find(&plate.blob, other.author).unwrap().id, other.id);
        assert!(shelf.find(&BlobId([0; 32]), plate.author).is_none());
    }
}
