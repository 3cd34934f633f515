//! Documents that are looked at together: the file on the shelf, and pictures of its pages.
//!
//! The operator's device gets pages as pictures, first of all those that somebody turned to; the file itself comes when
//! it is asked for. What a page looks like is found out [elsewhere](crate::pages), where a hostile document does no
//! harm.

use std::path::PathBuf;

use sightline_crdt::id::DocId;
use sightline_crdt::shelf::{self, NewFile, NewPage};
use sightline_proto::label;
use tokio::task::spawn_blocking;

use super::actor::Actor;
use super::blobs::{BlobSource, PutBlob, file_error};
use super::convert::{chat_id, doc_time, to_doc_blob, to_doc_entry};
use super::file_commands::{guess_type, write_error};
use super::jobs::Done;
use crate::command::Answer;
use crate::error::FileError;
use crate::ids::EntryId;
use crate::pages::{PageError, PageImage, Rendered, Renderer, limits};
use crate::runtime::{now_ms, rng};
use crate::show::FilesDone;
use crate::store::blobs::BlobStore;
use crate::view::{FileKind, FileState, FileView};

/// Pages published with the document: the one in sight and the next.
const FIRST_PAGES: [u32; 2] = [0, 1];

/// A document whose file and first pages are on the disk, or why not.
pub(super) struct SharedDocument {
    name: String,
    put: Result<(PutBlob, u32, Vec<PutPage>), FileError>,
    /// It is new in the session, which the chat says.
    new: bool,
    answer: Answer<FilesDone, FileError>,
}

/// Pages of a shared document whose pictures are on the disk, or why not.
pub(super) struct MadePages {
    file: EntryId,
    put: Result<Vec<PutPage>, FileError>,
    answer: Answer<FilesDone, FileError>,
}

/// The picture of a page, on the disk.
pub(super) struct PutPage {
    image: PageImage,
    put: PutBlob,
}

impl Actor {
    /// Publishes a document with its first pages.
    pub(super) fn share_document(&mut self, path: PathBuf, answer: Answer<FilesDone, FileError>) {
        if let Err(error) = self.may_send(None) {
            return drop(answer.send(Err(error)));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = label::safe(&name);
        let (store, renderer) = (self.ctx.blobs.clone(), self.ctx.pages.clone());
        let whole = self.put_blob(BlobSource::File(path.clone()));
        self.job(async move {
            let put = async {
                // What can't be shown is refused before anything of it is kept.
                let Rendered { pages, images } = render(&renderer, path, &name, &FIRST_PAGES).await?;
                let file = whole.await?;
                Ok((file, pages, put_pages(store, images).await?))
            };
            let put = put.await;
            Done::Shared(Box::new(SharedDocument { name, put, new: true, answer }))
        });
    }

    /// The document is on the disk: its entry and those of its pages are written.
    pub(super) fn document_shared(&mut self, shared: SharedDocument) {
        let SharedDocument { name, put, new, answer } = shared;
        let published = put.and_then(|(put, pages, images)| {
            self.may_send(None)?;
            let (blob, media_type) = (to_doc_blob(put.blob), guess_type(&name));
            let file = NewFile { blob, size: put.size, name: &name, media_type, pages: Some(pages) };
            let now = doc_time(now_ms());
            let written = match new {
                true => self.session.publish(&file, now, &mut rng()),
                false => self
                    .session
                    .compose(DocId::ROOM, &mut rng(), |transaction| shelf::add_file(transaction, &file, now)),
            };
            let (entry, outputs) = written.map_err(|error| write_error(&error))?;
            self.carry_out(outputs);
            self.note_activity();
            let entry = chat_id(entry);
            self.publish_pages(entry, &images)?;
            Ok(entry)
        });
        match published {
            Ok(entry) => {
                let done = FilesDone { files: vec![entry], saved: Vec::new() };
                self.answer_stored(answer, done, FileError::NotStored);
            }
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    /// Makes a document of a file that is on the shelf as a mere file: the same bytes, with pages.
    fn open_file(&mut self, view: FileView, answer: Answer<FilesDone, FileError>) {
        let FileState::Here { path } = view.state else {
            return drop(answer.send(Err(FileError::NotHere)));
        };
        let put = PutBlob { blob: view.blob, size: view.size };
        let (store, renderer, name) = (self.ctx.blobs.clone(), self.ctx.pages.clone(), view.name);
        self.job(async move {
            let put = async {
                let Rendered { pages, images } = render(&renderer, path, &name, &FIRST_PAGES).await?;
                Ok((put, pages, put_pages(store, images).await?))
            };
            let put = put.await;
            Done::Shared(Box::new(SharedDocument { name, put, new: false, answer }))
        });
    }

    /// Publishes pictures of pages that have none yet. Of a mere file a document is made first, and answered.
    pub(super) fn show_pages(&mut self, file: EntryId, pages: &[u32], answer: Answer<FilesDone, FileError>) {
        if let Some(view) = self.shown_file(&file)
            && view.kind == FileKind::File
            && view.waiting.is_none()
        {
            return match self.may_send(None) {
                Ok(()) => self.open_file(view, answer),
                Err(error) => drop(answer.send(Err(error))),
            };
        }
        let checked = self.may_send(None).and_then(|()| {
            let view = self.shown_file(&file).ok_or(FileError::UnknownFile(file))?;
            let FileKind::Document { pages: count, shown } = &view.kind else { return Err(FileError::NotADocument) };
            // Pages that others add count for nobody.
            if !self.session.may_tidy(&sightline_crdt::id::PeerId(view.author.0)) {
                return Err(FileError::NotAllowed);
            }
            let FileState::Here { path } = &view.state else { return Err(FileError::NotHere) };
            let new = |page: &u32| *page < *count && shown.iter().all(|shown| shown.number != *page);
            let mut wanted: Vec<u32> = pages.iter().copied().filter(new).collect();
            wanted.sort_unstable();
            wanted.dedup();
            wanted.truncate(limits::MAX_PAGES_AT_ONCE);
            Ok((path.clone(), view.name, wanted))
        });
        let (path, name, wanted) = match checked {
            Ok((_, _, wanted)) if wanted.is_empty() => {
                return self.answer_stored(answer, FilesDone::default(), FileError::NotStored);
            }
            Ok(checked) => checked,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let (store, renderer) = (self.ctx.blobs.clone(), self.ctx.pages.clone());
        self.job(async move {
            let put = async { put_pages(store, render(&renderer, path, &name, &wanted).await?.images).await };
            let put = put.await;
            Done::PagesMade(Box::new(MadePages { file, put, answer }))
        });
    }

    /// Pictures of pages are on the disk: their entries are written.
    pub(super) fn pages_made(&mut self, made: MadePages) {
        let MadePages { file, put, answer } = made;
        let published = put.and_then(|images| {
            self.may_send(None)?;
            self.publish_pages(file, &images)
        });
        match published {
            Ok(()) => self.answer_stored(answer, FilesDone::default(), FileError::NotStored),
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    fn publish_pages(&mut self, document: EntryId, images: &[PutPage]) -> Result<(), FileError> {
        for PutPage { image, put } in images {
            let page = NewPage {
                of: to_doc_entry(document),
                number: image.page,
                blob: to_doc_blob(put.blob),
                size: put.size,
                width: image.width,
                height: image.height,
                media_type: image.media_type,
            };
            let now = doc_time(now_ms());
            let written =
                self.session.write(DocId::ROOM, &mut rng(), |transaction| shelf::add_page(transaction, &page, now));
            self.carry_out(written.map_err(|error| write_error(&error))?);
        }
        // Before anybody who reads of them can ask.
        self.files.documents_stale = true;
        self.look_at_blobs();
        Ok(())
    }
}

async fn render(renderer: &Renderer, path: PathBuf, name: &str, pages: &[u32]) -> Result<Rendered, FileError> {
    renderer.render(&path, name, limits::PAGE_WIDTH, pages).await.map_err(|error| match error {
        PageError::System => FileError::Unreadable,
        PageError::TooLarge | PageError::NotADocument | PageError::Limits => FileError::NotADocument,
    })
}

async fn put_pages(store: BlobStore, images: Vec<PageImage>) -> Result<Vec<PutPage>, FileError> {
    let put = spawn_blocking(move || {
        let put = |image: PageImage| {
            let manifest = store.put_bytes(&image.bytes).map_err(file_error)?;
            Ok(PutPage { image, put: PutBlob { blob: manifest.id(), size: manifest.size() } })
        };
        images.into_iter().map(put).collect::<Result<Vec<_>, FileError>>()
    });
    put.await.map_err(|_| FileError::Stopped)?
}
