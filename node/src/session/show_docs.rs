//! What the session's documents look like: the strip of boards, checklists, notes, shared texts.
//!
//! Looked at when the view is made, and then only at what changed since: a document that brings a thousand strokes is read
//! once, not a thousand times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sightline_crdt::board::Stroke;
use sightline_crdt::id::{DocId, DocKind};
use sightline_crdt::text::Text;

use super::actor::Actor;
use super::blobs::Priority;
use super::convert::{chat_id, shown_time, to_blob, to_doc, to_document, to_peer, to_tool, tool_code};
use super::shown::{Eyes, OnBoard, Shown};
use crate::ids::{DocumentId, PeerId};
use crate::view::{
    BoardSummary, DeskNoteView, NodeEvent, StepState, StepView, StepsView, StillView, TextSummary, TextView,
};

/// Finished strokes of others that may still have a preview: what comes more at once is old.
const FRESH_STROKES: usize = 64;

/// What is shown of the documents, and what is to be looked at again.
#[derive(Default)]
pub(super) struct DocsShown {
    /// Where handles find boards and texts.
    pub(super) shown: Shown,
    stale: BTreeSet<DocId>,
    /// The roster changed: names and rights may be others.
    rights_stale: bool,
    eyes: Arc<Eyes>,
    boards: BTreeMap<DocumentId, Seen>,
    /// Boards that are no news.
    told: BTreeSet<DocumentId>,
    pub(super) strip: Arc<Vec<BoardSummary>>,
    pub(super) steps: Arc<Vec<StepsView>>,
    pub(super) desk: Arc<Vec<DeskNoteView>>,
    pub(super) texts: Arc<Vec<TextSummary>>,
    of_texts: BTreeMap<DocumentId, TextView>,
}

/// What was last seen of a board.
struct Seen {
    summary: BoardSummary,
    strokes: Arc<Vec<Arc<Stroke>>>,
}

impl DocsShown {
    /// A document changed.
    pub(super) fn changed(&mut self, doc: DocId) {
        self.stale.insert(doc);
    }

    /// The roster changed.
    pub(super) fn roster_changed(&mut self) {
        self.rights_stale = true;
    }
}

impl Actor {
    /// Everything that is there at the start: it is no news.
    pub(super) fn begin_showing(&mut self) {
        self.docs.rights_stale = true;
        self.docs.told.extend(self.session.boards().into_iter().map(to_document));
    }

    /// Looks again at what changed.
    pub(super) fn show_documents(&mut self) {
        let mut stale = std::mem::take(&mut self.docs.stale);
        if std::mem::take(&mut self.docs.rights_stale) {
            self.docs.eyes = Arc::new(self.eyes());
            stale.extend([DocId::ROOM, DocId::DESK]);
            stale.extend(self.session.boards());
            stale.extend(self.session.texts());
        }
        let mut strip = false;
        for doc in stale {
            match doc.kind {
                DocKind::Room => self.show_steps(),
                DocKind::Desk => self.show_desk(),
                DocKind::Board => strip |= self.show_board(doc),
                DocKind::Text => self.show_text(doc),
            }
        }
        strip |= self.find_stills();
        if strip {
            let mut all: Vec<BoardSummary> = self.docs.boards.values().map(|seen| seen.summary.clone()).collect();
            all.sort_by_key(|board| (board.at_ms, board.id));
            self.docs.strip = Arc::new(all);
        }
    }

    fn eyes(&self) -> Eyes {
        let me = self.session.peer();
        Eyes {
            names: self.names(),
            writes: self.session.may_tidy(&me).then(|| to_peer(me)),
            // Whoever may erase what nobody made may erase everything.
            tidies: self.session.may_tidy(&sightline_crdt::id::PeerId([0; 32])),
        }
    }

    /// Tells whether the strip is another one now.
    fn show_board(&mut self, doc: DocId) -> bool {
        let id = to_document(doc);
        // Read first: what can be undone depends on what is there.
        self.session.board(doc);
        let (can_undo, can_redo) = (self.session.can_undo(doc), self.session.can_redo(doc));
        let shown = self.session.board(doc).filter(|board| board.is_shown());
        let Some((board, still)) = shown.and_then(|board| Some((board, board.still.as_ref()?))) else {
            self.docs.shown.drop_board(&id);
            return self.docs.boards.remove(&id).is_some();
        };
        let author = to_peer(still.author);
        let eyes = self.docs.eyes.clone();
        let before = self.docs.boards.get(&id);
        let summary = BoardSummary {
            id,
            title: board.title.clone(),
            author,
            author_name: eyes.names.get(&author).cloned().unwrap_or_default(),
            at_ms: shown_time(still.at_ms),
            still: StillView {
                blob: to_blob(still.blob),
                width: still.width,
                height: still.height,
                path: before.and_then(|seen| seen.summary.still.path.clone()),
            },
            strokes: u32::try_from(board.strokes.len()).unwrap_or(u32::MAX),
            // Rises with rights and paths too.
            version: before.map_or(1, |seen| seen.summary.version + 1),
        };
        let (strokes, size) = (board.strokes.clone(), still.size);
        let new = before.map_or_else(Vec::new, |seen| new_strokes(&seen.strokes, &strokes));
        if before.is_none() {
            self.want_blob(summary.still.blob, Some(size), Priority::Now);
        }
        let on_board = OnBoard { summary: summary.clone(), strokes: strokes.clone(), can_undo, can_redo, eyes };
        self.docs.shown.put_board(on_board);
        self.docs.boards.insert(id, Seen { summary, strokes });
        let mut previews = false;
        for stroke in new {
            let first = stroke.drawing.points().first().copied().unwrap_or_default();
            let tool = tool_code(to_tool(stroke.drawing.tool()));
            previews |= self.live.arrived(to_peer(stroke.author), id, tool, first);
        }
        if previews {
            self.show_live();
        }
        if self.docs.told.insert(id) && author != self.ctx.peer.public() {
            self.note_activity();
            self.ctx.tell(NodeEvent::BoardMade { session: self.id, peer: author, board: id });
        }
        true
    }

    /// Looks for pictures that were not here. Tells whether one is now.
    fn find_stills(&mut self) -> bool {
        let missing = self.docs.boards.iter().filter(|(_, seen)| seen.summary.still.path.is_none());
        let found: Vec<_> =
            missing.filter_map(|(id, seen)| Some((*id, self.blob_path(&seen.summary.still.blob)?))).collect();
        for (id, path) in &found {
            let (can_undo, can_redo) = {
                let doc = to_doc(DocKind::Board, *id);
                (self.session.can_undo(doc), self.session.can_redo(doc))
            };
            let Some(seen) = self.docs.boards.get_mut(id) else { continue };
            seen.summary.still.path = Some(path.clone());
            seen.summary.version += 1;
            let (summary, strokes) = (seen.summary.clone(), seen.strokes.clone());
            let eyes = self.docs.eyes.clone();
            self.docs.shown.put_board(OnBoard { summary, strokes, can_undo, can_redo, eyes });
        }
        !found.is_empty()
    }

    fn show_steps(&mut self) {
        let photos: Vec<_> = self
            .session
            .steps()
            .iter()
            .flat_map(|list| list.steps.iter().filter_map(|step| step.photo))
            .map(to_blob)
            .collect();
        for photo in photos {
            self.want_blob(photo, None, Priority::Soon);
        }
        let lists = self.session.steps().iter().map(|list| StepsView {
            id: chat_id(list.id),
            title: list.title.clone(),
            author: to_peer(list.author),
            at_ms: shown_time(list.at_ms),
            steps: list.steps.iter().map(step_view).collect(),
        });
        let lists: Vec<StepsView> = lists.collect();
        if *self.docs.steps != lists {
            self.docs.steps = Arc::new(lists);
        }
    }

    fn show_desk(&mut self) {
        let eyes = self.docs.eyes.clone();
        let notes = self.session.desk().iter().map(|note| {
            let author = to_peer(note.author);
            DeskNoteView {
                id: chat_id(note.id),
                author,
                author_name: eyes.names.get(&author).cloned().unwrap_or_default(),
                text: note.text.clone(),
                at_ms: shown_time(note.at_ms),
            }
        });
        let notes: Vec<DeskNoteView> = notes.collect();
        if *self.docs.desk != notes {
            self.docs.desk = Arc::new(notes);
        }
    }

    fn show_text(&mut self, doc: DocId) {
        let cursors = self.cursors_in(to_document(doc));
        let Some(view) = self.session.text(doc).and_then(|text| text_view(doc, text, cursors)) else { return };
        self.docs.shown.put_text(view.clone());
        self.docs.of_texts.insert(view.summary.id, view);
        let mut all: Vec<TextSummary> = self.docs.of_texts.values().map(|view| view.summary.clone()).collect();
        all.sort_by_key(|text| (text.at_ms, text.id));
        self.docs.texts = Arc::new(all);
    }

    /// Cursors moved: the texts in which they are are shown anew.
    pub(super) fn show_cursors(&mut self) {
        let texts: Vec<DocumentId> = self.docs.of_texts.keys().copied().collect();
        for text in texts {
            let cursors = self.cursors_in(text);
            let Some(view) = self.docs.of_texts.get_mut(&text) else { continue };
            if view.cursors != cursors {
                view.cursors = cursors;
                self.docs.shown.put_text(view.clone());
            }
        }
    }

    fn cursors_in(&self, text: DocumentId) -> Vec<(PeerId, String, usize)> {
        let here = self.live.cursors().filter(|(_, other, _)| *other == text);
        here.map(|(peer, _, at)| (peer, self.name_of(&peer), at)).collect()
    }
}

fn step_view(step: &sightline_crdt::steps::Step) -> StepView {
    use sightline_crdt::steps::StepState as State;
    StepView {
        text: step.text.clone(),
        state: match step.state {
            State::Open => StepState::Open,
            State::Done => StepState::Done,
            State::Failed => StepState::Failed,
        },
        note: step.note.clone(),
        photo: step.photo.map(to_blob),
        by: step.by.map(to_peer),
    }
}

fn text_view(doc: DocId, text: &Text, cursors: Vec<(PeerId, String, usize)>) -> Option<TextView> {
    let summary = TextSummary {
        id: to_document(doc),
        title: text.title.clone(),
        author: to_peer(text.author?),
        at_ms: shown_time(text.at_ms),
        version: text.version,
    };
    Some(TextView { summary, text: text.text.clone(), cursors })
}

/// The newest strokes that were not there before: most often the one at the end.
fn new_strokes(old: &[Arc<Stroke>], new: &[Arc<Stroke>]) -> Vec<Arc<Stroke>> {
    let same = old.iter().zip(new).take_while(|(a, b)| Arc::ptr_eq(a, b)).count();
    let before: BTreeSet<*const Stroke> = old[same..].iter().map(Arc::as_ptr).collect();
    let came = new[same..].iter().rev().filter(|stroke| !before.contains(&Arc::as_ptr(stroke)));
    came.take(FRESH_STROKES).cloned().collect()
}
