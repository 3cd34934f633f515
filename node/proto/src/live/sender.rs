//! What one shows, as few messages as possible: the newest in place of what was not sent yet.

use super::codec::PREVIEW_HEAD;
use super::points::fitting;
use super::{Act, LiveMessage, Making, Target};
use crate::id::DocumentId;
use crate::limits::{LIVE_PER_SEC, MAX_CURSORS, MAX_LIVE, MAX_PREVIEWS, MAX_STROKE_POINTS, PREVIEW_REPEAT_MS};
use std::collections::VecDeque;

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// Where one points.
    Pointer {
        /// On what.
        target: Target,
        /// Across.
        x: u16,
        /// Down.
        y: u16,
        /// What it does.
        act: Act,
    },
    /// A stroke in the making, whole as it is so far. One without a point is nothing yet.
    Preview {
        /// On which board.
        board: DocumentId,
        /// Own number of the stroke.
        id: u32,
        /// So far.
        making: Making,
    },
    /// The pen was lifted without a stroke.
    PreviewGone {
        /// On which board.
        board: DocumentId,
        /// Own number of the stroke.
        id: u32,
    },
    /// Where the own cursor is in a shared text.
    Cursor {
        /// Which text.
        text: DocumentId,
        /// In characters.
        at: u32,
    },
}

/// Decides when which message goes out. Contract: after [`Sender::say`], and no later than [`Sender::next_wake`], poll
/// until there is nothing.
#[derive(Debug, Default)]
pub struct Sender {
    seq: u32,
    /// Nothing goes out before, in microseconds.
    free_at_us: u64,
    pointers: VecDeque<(Target, u16, u16, Act)>,
    previews: VecDeque<Drawn>,
    /// How often each is still to be said: it has no successor that would heal its loss.
    gone: VecDeque<(DocumentId, u32, u8)>,
    cursors: VecDeque<(DocumentId, u32)>,
    /// Which kind has its turn, so that none starves another.
    turn: u8,
}

/// A stroke whose pen is down.
#[derive(Debug)]
struct Drawn {
    board: DocumentId,
    id: u32,
    making: Making,
    /// So many points went out at least once, and at least twice.
    once: usize,
    twice: usize,
    sent_at: Option<u64>,
}

/// Clicks and the movement behind them that may wait.
const POINTERS: usize = 8;
/// How often the end of a preview is said.
const GONE_TIMES: u8 = 2;
/// The smallest time between two messages.
const GAP_US: u64 = 1_000_000 / LIVE_PER_SEC;
/// What a clock of milliseconds can't tell apart.
const CLOCK_US: u64 = 999;

impl Sender {
    /// Takes in what is to be shown.
    pub fn say(&mut self, what: Say) {
        match what {
            Say::Pointer { target, x, y, act } => {
                // A movement that was not sent yet is stale; a click is not.
                if self.pointers.back().is_some_and(|(_, _, _, act)| *act != Act::Click) {
                    self.pointers.pop_back();
                }
                push(&mut self.pointers, (target, x, y, act), POINTERS);
            }
            Say::Preview { board, id, making } => self.draw(board, id, making),
            Say::PreviewGone { board, id } => {
                self.forget(board, id);
                push(&mut self.gone, (board, id, GONE_TIMES), MAX_PREVIEWS);
            }
            Say::Cursor { text, at } => {
                self.cursors.retain(|(other, _)| *other != text);
                push(&mut self.cursors, (text, at), MAX_CURSORS);
            }
        }
    }

    /// The stroke is finished and goes the documents' way: nothing more is said of its preview.
    pub fn finished(&mut self, board: DocumentId, id: u32) {
        self.forget(board, id);
    }

    fn forget(&mut self, board: DocumentId, id: u32) {
        self.previews.retain(|drawn| (drawn.board, drawn.id) != (board, id));
    }

    fn draw(&mut self, board: DocumentId, id: u32, mut making: Making) {
        // Nobody would take in more.
        making.points.truncate(MAX_STROKE_POINTS);
        if making.points.is_empty() {
            return;
        }
        let known = self.previews.iter_mut().find(|drawn| (drawn.board, drawn.id) == (board, id));
        let Some(drawn) = known else {
            let drawn = Drawn { board, id, making, once: 0, twice: 0, sent_at: None };
            return push(&mut self.previews, drawn, MAX_PREVIEWS);
        };
        // A corner that moved, or a line that was thinned, is sent again from where it differs.
        let same = drawn.making.points.iter().zip(&making.points).take_while(|(old, new)| old == new).count();
        let shorter = making.points.len() < drawn.making.points.len();
        let looks = |making: &Making| (making.tool, making.ink, making.width);
        let kept = if looks(&drawn.making) == looks(&making) { same } else { 0 };
        // What only became shorter has to be said too: its last point goes out again.
        let kept = if shorter { kept.min(making.points.len() - 1) } else { kept };
        drawn.once = drawn.once.min(kept);
        drawn.twice = drawn.twice.min(kept);
        drawn.making = making;
    }

    /// The next message that may go out now.
    pub fn poll(&mut self, now_ms: u64) -> Option<LiveMessage> {
        let now_us = now_ms.saturating_mul(1000);
        if now_us < self.free_at_us {
            return None;
        }
        let message = (0..4).find_map(|_| {
            self.turn = (self.turn + 1) % 4;
            match self.turn {
                0 => self.pointer(),
                1 => self.preview(now_ms),
                2 => self.preview_gone(),
                _ => self.cursors.pop_front().map(|(text, at)| LiveMessage::Cursor { text, at }),
            }
        })?;
        // Whoever fell behind does not catch up in a burst.
        self.free_at_us = self.free_at_us.max(now_us.saturating_sub(CLOCK_US)) + GAP_US;
        Some(message)
    }

    /// When to poll at the latest.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        let free_ms = self.free_at_us.div_ceil(1000);
        if !self.pointers.is_empty() || !self.gone.is_empty() || !self.cursors.is_empty() {
            return Some(free_ms);
        }
        self.previews.iter().map(Drawn::due_at).min().map(|at| at.max(free_ms))
    }

    fn pointer(&mut self) -> Option<LiveMessage> {
        let (target, x, y, act) = self.pointers.pop_front()?;
        Some(LiveMessage::Pointer { seq: self.next(), target, x, y, act })
    }

    fn preview(&mut self, now_ms: u64) -> Option<LiveMessage> {
        let at = self.previews.iter().position(|drawn| drawn.due_at() <= now_ms)?;
        // To the end of the row: the next one has its turn first.
        let mut drawn = self.previews.remove(at)?;
        let message = drawn.message(self.next(), now_ms);
        self.previews.push_back(drawn);
        Some(message)
    }

    fn preview_gone(&mut self) -> Option<LiveMessage> {
        let (board, id, times) = self.gone.pop_front()?;
        if times > 1 {
            self.gone.push_back((board, id, times - 1));
        }
        Some(LiveMessage::PreviewGone { board, id })
    }

    fn next(&mut self) -> u32 {
        self.seq = self.seq.wrapping_add(1);
        self.seq
    }
}

impl Drawn {
    /// Now, while there are points that didn't go out twice; else before others think that the pen is gone.
    fn due_at(&self) -> u64 {
        match self.sent_at {
            Some(at) if self.twice >= self.making.points.len() => at + PREVIEW_REPEAT_MS,
            _ => 0,
        }
    }

    fn message(&mut self, seq: u32, now_ms: u64) -> LiveMessage {
        let points = &self.making.points;
        let room = MAX_LIVE - PREVIEW_HEAD;
        let whole = fitting(points, room) == points.len();
        // A repeated one needs its end only.
        let first = if whole { 0 } else { self.twice.min(points.len() - 1) };
        let end = first + fitting(&points[first..], room);
        self.twice = self.once.min(end);
        self.once = self.once.max(end);
        self.sent_at = Some(now_ms);
        let making = Making { points: points[first..end].to_vec(), ..self.making };
        LiveMessage::Preview { board: self.board, id: self.id, seq, first: first as u32, making }
    }
}

/// Appends; the oldest goes when there is no room.
fn push<T>(queue: &mut VecDeque<T>, item: T, cap: usize) {
    if queue.len() >= cap {
        queue.pop_front();
    }
    queue.push_back(item);
}
