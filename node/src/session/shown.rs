//! Boards and shared texts as a screen asks for them: made when somebody looks, and only what is new of them.
//!
//! The actor leaves here what the documents show, which costs it next to nothing; whoever asks for a board turns it into a
//! view outside the actor. Strokes never change, so the views of those that were there before are used again.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sightline_crdt::board::Stroke;

use super::convert::{chat_id, to_ink, to_peer, to_tool};
use crate::ids::{DocumentId, PeerId};
use crate::show::NewStroke;
use crate::view::{BoardSummary, BoardView, StrokeView, TextView};

/// Shared between the actor and every handle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    boards: HashMap<DocumentId, Entry>,
    texts: HashMap<DocumentId, Arc<TextView>>,
}

#[derive(Debug)]
struct Entry {
    board: Arc<OnBoard>,
    /// The view that was made last, and what of.
    made: Option<(Arc<OnBoard>, Arc<BoardView>)>,
}

/// What the documents show of a board.
#[derive(Debug)]
pub(super) struct OnBoard {
    pub(super) summary: BoardSummary,
    pub(super) strokes: Arc<Vec<Arc<Stroke>>>,
    pub(super) can_undo: bool,
    pub(super) can_redo: bool,
    pub(super) eyes: Arc<Eyes>,
}

/// Whose eyes a board is seen with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Eyes {
    pub(super) names: BTreeMap<PeerId, String>,
    /// Own strokes may be erased.
    pub(super) writes: Option<PeerId>,
    /// Those of others too.
    pub(super) tidies: bool,
}

impl Shown {
    /// A board is to be shown like this.
    pub(super) fn put_board(&self, board: OnBoard) {
        let board = Arc::new(board);
        let mut inner = self.lock();
        let made = inner.boards.remove(&board.summary.id).and_then(|entry| entry.made);
        inner.boards.insert(board.summary.id, Entry { board, made });
    }

    /// A board is not shown any more.
    pub(super) fn drop_board(&self, board: &DocumentId) {
        self.lock().boards.remove(board);
    }

    /// A text is to be shown like this.
    pub(super) fn put_text(&self, text: TextView) {
        self.lock().texts.insert(text.summary.id, Arc::new(text));
    }

    /// A board as it is now.
    pub(crate) fn board(&self, board: &DocumentId) -> Option<Arc<BoardView>> {
        let (now, made) = {
            let inner = self.lock();
            let entry = inner.boards.get(board)?;
            if let Some((of, view)) = &entry.made
                && Arc::ptr_eq(of, &entry.board)
            {
                return Some(view.clone());
            }
            (entry.board.clone(), entry.made.clone())
        };
        // Unlocked: the first view of a full board takes a while.
        let view = Arc::new(now.view(made.as_ref()));
        let mut inner = self.lock();
        if let Some(entry) = inner.boards.get_mut(board) {
            entry.made = Some((now, view.clone()));
        }
        Some(view)
    }

    /// A shared text as it is now.
    pub(crate) fn text(&self, text: &DocumentId) -> Option<Arc<TextView>> {
        self.lock().texts.get(text).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OnBoard {
    fn view(&self, before: Option<&(Arc<OnBoard>, Arc<BoardView>)>) -> BoardView {
        let strokes = match before {
            Some((of, view)) if of.eyes == self.eyes && Arc::ptr_eq(&of.strokes, &self.strokes) => view.strokes.clone(),
            Some((of, view)) if of.eyes == self.eyes => Arc::new(self.renewed(&of.strokes, &view.strokes)),
            _ => Arc::new(self.strokes.iter().map(|stroke| self.stroke(stroke)).collect()),
        };
        BoardView { summary: self.summary.clone(), strokes, can_undo: self.can_undo, can_redo: self.can_redo }
    }

    /// The views that go with the strokes now, where `views` went with `old`. Most often something was added at the end,
    /// or one stroke went or came somewhere.
    fn renewed(&self, old: &[Arc<Stroke>], views: &[Arc<StrokeView>]) -> Vec<Arc<StrokeView>> {
        let new = self.strokes.as_slice();
        let alike = |(a, b): &(&Arc<Stroke>, &Arc<Stroke>)| Arc::ptr_eq(a, b);
        let head = old.iter().zip(new).take_while(alike).count();
        let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(alike).count();
        let known: HashMap<*const Stroke, &Arc<StrokeView>> =
            (head..old.len() - tail).map(|at| (Arc::as_ptr(&old[at]), &views[at])).collect();
        let mut renewed = Vec::with_capacity(new.len());
        renewed.extend_from_slice(&views[..head]);
        renewed.extend(new[head..new.len() - tail].iter().map(|stroke| {
            let view = known.get(&Arc::as_ptr(stroke)).copied();
            view.cloned().unwrap_or_else(|| self.stroke(stroke))
        }));
        renewed.extend_from_slice(&views[old.len() - tail..]);
        renewed
    }

    fn stroke(&self, stroke: &Stroke) -> Arc<StrokeView> {
        let author = to_peer(stroke.author);
        let Eyes { names, writes, tidies } = &*self.eyes;
        let drawing = &stroke.drawing;
        Arc::new(StrokeView {
            id: chat_id(stroke.id),
            author,
            author_name: names.get(&author).cloned().unwrap_or_default(),
            erasable: writes.is_some_and(|me| me == author || *tidies),
            stroke: NewStroke {
                tool: to_tool(drawing.tool()),
                ink: to_ink(drawing.ink()),
                width: drawing.width(),
                points: drawing.points().to_vec(),
                text: drawing.text().to_owned(),
            },
        })
    }
}

#[cfg(test)]
mod tests {

    use sightline_crdt::board::{Drawing, Ink, Tool};
    use sightline_crdt::entry::EntryId;
    use sightline_crdt::id::{Actor, PeerId as DocPeer};

    use super::*;
    use crate::ids::BlobId;
    use crate::view::StillView;

    const BOARD: DocumentId = DocumentId([1; 16]);
    const ME: PeerId = PeerId([2; 32]);

    fn stroke(counter: u64, author: u8) -> Arc<Stroke> {
        let drawing = Drawing::new(Tool::Pen, Ink::Red, 100, vec![(1, 2); 30], "").expect("a stroke");
        let id = EntryId { actor: Actor([author; 40]), counter };
        Arc::new(Stroke { id, seq: counter, author: DocPeer([author; 32]), drawing, at_ms: 0 })
    }

    fn board(strokes: Vec<Arc<Stroke>>, eyes: &Arc<Eyes>) -> OnBoard {
        let still = StillView { blob: BlobId([3; 32]), width: 9, height: 9, path: None };
        let summary = BoardSummary {
            id: BOARD,
            title: String::new(),
            author: ME,
            author_name: String::new(),
            at_ms: 0,
            still,
            strokes: strokes.len() as u32,
            version: 1,
        };
        OnBoard { summary, strokes: Arc::new(strokes), can_undo: false, can_redo: false, eyes: eyes.clone() }
    }

    fn eyes(tidies: bool) -> Arc<Eyes> {
        Arc::new(Eyes { names: BTreeMap::from([(ME, "Ada".to_owned())]), writes: Some(ME), tidies })
    }

    #[test]
    fn what_was_there_is_used_again_wherever_something_changes() {
        let (shown, eyes) = (Shown::default(), eyes(false));
        let all: Vec<Arc<Stroke>> = (0..10).map(|n| stroke(n, if n % 2 == 0 { 2 } else { 7 })).collect();
        shown.put_board(board(all.clone(), &eyes));
        let first = shown.board(&BOARD).expect("a board");
        assert!(Arc::ptr_eq(&first, &shown.board(&BOARD).expect("a board")), "nothing changed");
        assert_eq!(first.strokes[0].author_name, "Ada");
        assert_eq!((first.strokes[0].erasable, first.strokes[1].erasable), (true, false));

        // The third went, one came in the middle, one at the end.
        let mut other = all.clone();
        other.remove(2);
        other.insert(5, stroke(20, 7));
        other.push(stroke(21, 7));
        shown.put_board(board(other.clone(), &eyes));
        let second = shown.board(&BOARD).expect("a board");
        let ids = |strokes: &[Arc<Stroke>]| strokes.iter().map(|stroke| stroke.id.counter).collect::<Vec<_>>();
        assert_eq!(second.strokes.iter().map(|view| view.id.counter).collect::<Vec<_>>(), ids(&other));
        let reused = second.strokes.iter().filter(|view| first.strokes.iter().any(|old| Arc::ptr_eq(old, view)));
        assert_eq!(reused.count(), 9);
    }

    #[test]
    fn other_rights_are_seen_everywhere() {
        let shown = Shown::default();
        let all = vec![stroke(1, 7)];
        shown.put_board(board(all.clone(), &eyes(false)));
        assert!(!shown.board(&BOARD).expect("a board").strokes[0].erasable);
        shown.put_board(board(all, &eyes(true)));
        assert!(shown.board(&BOARD).expect("a board").strokes[0].erasable);
        shown.drop_board(&BOARD);
        assert_eq!(shown.board(&BOARD), None);
    }

    #[test]
    fn one_more_stroke_on_a_full_board_makes_one_view() {
        let (shown, eyes) = (Shown::default(), eyes(false));
        let mut all: Vec<Arc<Stroke>> = (0..100_000).map(|n| stroke(n, 2)).collect();
        shown.put_board(board(all.clone(), &eyes));
        let first = shown.board(&BOARD).expect("a board");
        all.push(stroke(200_000, 2));
        shown.put_board(board(all.clone(), &eyes));
        let view = shown.board(&BOARD).expect("a board");
        assert_eq!(view.strokes.len(), all.len());
        let reused = first.strokes.iter().zip(view.strokes.iter()).filter(|(old, new)| Arc::ptr_eq(old, new)).count();
        assert_eq!(reused, 100_000, "nothing but the new one is made");
    }
}
