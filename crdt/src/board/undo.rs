//! What somebody did on a board in this run, and can take back.
//!
//! Only one's own strokes and erasures are taken back, the last one first; whatever others did stays. What somebody else
//! undid meanwhile is skipped.

use std::collections::VecDeque;

use crate::entry::EntryId;
use crate::limits;

/// A stroke that was drawn, or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Drew(EntryId),
    Erased(EntryId),
}

impl Act {
    fn stroke(self) -> EntryId {
        match self {
            Act::Drew(stroke) | Act::Erased(stroke) => stroke,
        }
    }

    /// What taking it back writes, where that makes a difference.
    fn reverse(self, is_visible: bool) -> Option<Mark> {
        match self {
            Act::Drew(stroke) => is_visible.then_some(Mark::Erase(stroke)),
            Act::Erased(stroke) => (!is_visible).then_some(Mark::Restore(stroke)),
        }
    }

    /// What doing it again writes, where that makes a difference.
    fn again(self, is_visible: bool) -> Option<Mark> {
        match self {
            Act::Drew(stroke) => (!is_visible).then_some(Mark::Restore(stroke)),
            Act::Erased(stroke) => is_visible.then_some(Mark::Erase(stroke)),
        }
    }
}

/// What is to be written about a stroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Take it away.
    Erase(EntryId),
    /// Bring it back.
    Restore(EntryId),
}

/// One author's own doings on one board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    done: VecDeque<Act>,
    undone: Vec<Act>,
}

impl History {
    /// A stroke was drawn.
    pub fn drew(&mut self, stroke: EntryId) {
        self.did(Act::Drew(stroke));
    }

    /// A stroke was taken away.
    pub fn erased(&mut self, stroke: EntryId) {
        self.did(Act::Erased(stroke));
    }

    fn did(&mut self, act: Act) {
        self.undone.clear();
        self.done.push_back(act);
        if self.done.len() > limits::UNDO_STEPS {
            self.done.pop_front();
        }
    }

    /// Whether something can be taken back. The question is whether a stroke is visible now.
    pub fn can_undo(&self, is_visible: impl Fn(&EntryId) -> bool) -> bool {
        self.done.iter().rev().any(|act| act.reverse(is_visible(&act.stroke())).is_some())
    }

    /// Whether something that was taken back can be brought again.
    pub fn can_redo(&self, is_visible: impl Fn(&EntryId) -> bool) -> bool {
        self.undone.iter().rev().any(|act| act.again(is_visible(&act.stroke())).is_some())
    }

    /// Takes back what was done last.
    pub fn undo(&mut self, is_visible: impl Fn(&EntryId) -> bool) -> Option<Mark> {
        while let Some(act) = self.done.pop_back() {
            if let Some(mark) = act.reverse(is_visible(&act.stroke())) {
                self.undone.push(act);
                return Some(mark);
            }
        }
        None
    }

    /// Brings again what was taken back last.
    pub fn redo(&mut self, is_visible: impl Fn(&EntryId) -> bool) -> Option<Mark> {
        while let Some(act) = self.undone.pop() {
            if let Some(mark) = act.again(is_visible(&act.stroke())) {
                self.done.push_back(act);
                return Some(mark);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::id::Actor;

    /// A board that does what it is told.
    #[derive(Default)]
    struct Sheet(BTreeSet<EntryId>, History);

    fn stroke(counter: u64) -> EntryId {
        EntryId { actor: Actor([7; 40]), counter }
    }

    impl Sheet {
        fn draw(&mut self, counter: u64) {
            self.0.insert(stroke(counter));
            self.1.drew(stroke(counter));
        }

        fn erase(&mut self, counter: u64) {
            self.0.remove(&stroke(counter));
            self.1.erased(stroke(counter));
        }

        fn mark(&mut self, mark: Option<Mark>) -> bool {
            match mark {
                Some(Mark::Erase(stroke)) => assert!(self.0.remove(&stroke)),
                Some(Mark::Restore(stroke)) => assert!(self.0.insert(stroke)),
                None => return false,
            }
            true
        }

        fn undo(&mut self) -> bool {
            let can = self.1.can_undo(|id| self.0.contains(id));
            let mark = self.1.undo(|id| self.0.contains(id));
            assert_eq!(can, mark.is_some());
            self.mark(mark)
        }

        fn redo(&mut self) -> bool {
            let can = self.1.can_redo(|id| self.0.contains(id));
            let mark = self.1.redo(|id| self.0.contains(id));
            assert_eq!(can, mark.is_some());
            self.mark(mark)
        }

        fn shows(&self) -> Vec<u64> {
            self.0.iter().map(|id| id.counter).collect()
        }
    }

    #[test]
    fn the_last_is_taken_back_first() {
        let mut sheet = Sheet::default();
        assert!(!sheet.undo() && !sheet.redo());
        sheet.draw(1);
        sheet.draw(2);
        sheet.erase(1);
        assert!(sheet.undo());
        assert_eq!(sheet.shows(), [1, 2]);
        assert!(sheet.undo());
        assert_eq!(sheet.shows(), [1]);
        assert!(sheet.redo());
        assert!(sheet.redo());
        assert_eq!(sheet.shows(), [2]);
        assert!(!sheet.redo());
        assert!(sheet.undo() && sheet.undo() && sheet.undo() && !sheet.undo());
        assert_eq!(sheet.shows(), [0u64; 0]);
    }

    #[test]
    fn whoever_does_something_new_cannot_go_forward() {
        let mut sheet = Sheet::default();
        sheet.draw(1);
        assert!(sheet.undo());
        sheet.draw(2);
        assert!(!sheet.redo());
        assert_eq!(sheet.shows(), [2]);
    }

    #[test]
    fn what_somebody_else_erased_is_skipped() {
        let mut sheet = Sheet::default();
        sheet.draw(1);
        sheet.draw(2);
        sheet.0.remove(&stroke(2));
        assert!(sheet.undo());
        assert_eq!(sheet.shows(), [0u64; 0]);
        assert!(!sheet.undo());
    }

    #[test]
    fn it_is_bounded() {
        let mut sheet = Sheet::default();
        (0..limits::UNDO_STEPS as u64 + 5).for_each(|counter| sheet.draw(counter));
        while sheet.undo() {}
        assert_eq!(sheet.shows(), [0, 1, 2, 3, 4]);
    }
}
