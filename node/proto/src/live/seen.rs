//! What others point at and draw right now. Each peer is kept apart and bounded; whoever falls silent fades.

use super::{Act, LiveError, LiveMessage, Making, Target};
use crate::id::{DocumentId, PeerId};
use crate::limits::{
    CLICK_SHOWN_MS, CURSOR_FADES_MS, LIVE_BURST, LIVE_TAKEN_PER_SEC, MAX_CURSORS, MAX_ENDED_PREVIEWS, MAX_PREVIEWS,
    POINTER_FADES_MS, PREVIEW_FADES_MS,
};
use std::collections::{BTreeMap, VecDeque};
use thiserror::Error;

/// All that is shown, by peer.
#[derive(Debug, Default)]
pub struct Seen {
    peers: BTreeMap<PeerId, OfPeer>,
}

/// Where somebody points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointed {
    /// On what.
    pub target: Target,
    /// Across.
    pub x: u16,
    /// Down.
    pub y: u16,
    /// What it does.
    pub act: Act,
    /// The sender's number of the message.
    pub seq: u32,
    at_ms: u64,
}

/// A stroke whose pen is down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// On which board.
    pub board: DocumentId,
    /// The sender's number of the stroke.
    pub id: u32,
    /// As far as it is known.
    pub making: Making,
    seq: u32,
    at_ms: u64,
}

/// Why a message changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unseen {
    /// It is no live message.
    #[error(transparent)]
    Malformed(#[from] LiveError),
    /// The peer sends more than any honest one.
    #[error("too many live messages")]
    Flood,
}

#[derive(Debug)]
struct OfPeer {
    pointer: Option<Pointed>,
    /// The newest click, shown for a moment before what follows it.
    click: Option<Pointed>,
    previews: Vec<Preview>,
    /// Strokes that ended: nothing brings them back.
    ended: VecDeque<(DocumentId, u32)>,
    cursors: Vec<(DocumentId, u32, u64)>,
    /// Messages that may still come at once, in thousandths, and when that was worked out.
    allowance: u64,
    counted_at: u64,
}

impl Seen {
    /// Nobody shows anything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a message. Tells whether anything is shown differently now.
    pub fn take(&mut self, peer: PeerId, bytes: &[u8], now_ms: u64) -> Result<bool, Unseen> {
        let of_peer = self.peers.entry(peer).or_insert_with(|| OfPeer::new(now_ms));
        if !of_peer.may_come(now_ms) {
            return Err(Unseen::Flood);
        }
        Ok(match LiveMessage::decode(bytes)? {
            LiveMessage::Pointer { seq, target, x, y, act } => {
                of_peer.points(Pointed { target, x, y, act, seq, at_ms: now_ms })
            }
            LiveMessage::Preview { board, id, seq, first, making } => {
                of_peer.draws(Preview { board, id, making, seq, at_ms: now_ms }, first as usize)
            }
            LiveMessage::PreviewGone { board, id } => of_peer.ends(board, id),
            LiveMessage::Cursor { text, at } => of_peer.writes(text, at, now_ms),
        })
    }

    /// A finished stroke arrived: the preview that it replaces goes, the one with the same tool and beginning.
    pub fn finished(&mut self, peer: PeerId, board: DocumentId, tool: u8, first: (u16, u16)) -> bool {
        let Some(of_peer) = self.peers.get_mut(&peer) else { return false };
        let replaces = |preview: &&Preview| {
            preview.board == board && preview.making.tool == tool && preview.making.points.first() == Some(&first)
        };
        let Some(id) = of_peer.previews.iter().find(replaces).map(|preview| preview.id) else { return false };
        of_peer.ends(board, id)
    }

    /// The link to a peer is over, or its role: nothing of it is shown.
    pub fn forget(&mut self, peer: &PeerId) -> bool {
        self.peers.remove(peer).is_some_and(|of_peer| of_peer.shows())
    }

    /// Time passed. Tells whether anything is shown differently now.
    pub fn tick(&mut self, now_ms: u64) -> bool {
        let mut changed = false;
        for of_peer in self.peers.values_mut() {
            changed |= of_peer.fade(now_ms);
        }
        changed
    }

    /// When to tick at the latest.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        self.peers.values().filter_map(OfPeer::next_fade).min()
    }

    /// Who points where.
    pub fn pointers(&self) -> impl Iterator<Item = (PeerId, Pointed)> {
        self.peers.iter().filter_map(|(peer, of_peer)| Some((*peer, of_peer.pointer?)))
    }

    /// The same for those who look only now and then: a click stays for a moment, that no picture misses it.
    pub fn pointers_to_show(&self) -> impl Iterator<Item = (PeerId, Pointed)> {
        self.peers.iter().filter_map(|(peer, of_peer)| Some((*peer, of_peer.click.or(of_peer.pointer)?)))
    }

    /// Strokes whose pen is down.
    pub fn previews(&self) -> impl Iterator<Item = (PeerId, &Preview)> {
        self.peers.iter().flat_map(|(peer, of_peer)| of_peer.previews.iter().map(|preview| (*peer, preview)))
    }

    /// Cursors in shared texts: whose, in which, where in characters.
    pub fn cursors(&self) -> impl Iterator<Item = (PeerId, DocumentId, u32)> {
        let of_one = |(peer, of_peer): (&PeerId, &OfPeer)| {
            let peer = *peer;
            of_peer.cursors.iter().map(move |(text, at, _)| (peer, *text, *at)).collect::<Vec<_>>()
        };
        self.peers.iter().flat_map(of_one)
    }
}

impl OfPeer {
    fn new(now_ms: u64) -> Self {
        Self {
            pointer: None,
            click: None,
            previews: Vec::new(),
            ended: VecDeque::new(),
            cursors: Vec::new(),
            allowance: LIVE_BURST * 1000,
            counted_at: now_ms,
        }
    }

    fn shows(&self) -> bool {
        self.pointer.is_some() || !self.previews.is_empty() || !self.cursors.is_empty()
    }

    fn may_come(&mut self, now_ms: u64) -> bool {
        let passed = now_ms.saturating_sub(self.counted_at);
        self.counted_at = self.counted_at.max(now_ms);
        // A message per second is a thousandth in a millisecond.
        self.allowance = (self.allowance + passed.saturating_mul(LIVE_TAKEN_PER_SEC)).min(LIVE_BURST * 1000);
        let may = self.allowance >= 1000;
        if may {
            self.allowance -= 1000;
        }
        may
    }

    fn points(&mut self, pointed: Pointed) -> bool {
        if self.pointer.is_some_and(|before| before.seq >= pointed.seq) {
            return false;
        }
        if pointed.act == Act::Click {
            self.click = Some(pointed);
        }
        self.pointer = Some(pointed);
        true
    }

    fn draws(&mut self, mut new: Preview, first: usize) -> bool {
        if self.ended.contains(&(new.board, new.id)) {
            return false;
        }
        let known = self.previews.iter_mut().find(|preview| (preview.board, preview.id) == (new.board, new.id));
        let Some(preview) = known else {
            let tail = std::mem::take(&mut new.making.points);
            join(&mut new.making.points, first, &tail);
            if self.previews.len() >= MAX_PREVIEWS {
                self.previews.remove(0);
            }
            self.previews.push(new);
            return true;
        };
        if preview.seq >= new.seq {
            return false;
        }
        let mut points = std::mem::take(&mut preview.making.points);
        join(&mut points, first, &new.making.points);
        new.making.points = points;
        *preview = new;
        true
    }

    fn ends(&mut self, board: DocumentId, id: u32) -> bool {
        if !self.ended.contains(&(board, id)) {
            if self.ended.len() >= MAX_ENDED_PREVIEWS {
                self.ended.pop_front();
            }
            self.ended.push_back((board, id));
        }
        let before = self.previews.len();
        self.previews.retain(|preview| (preview.board, preview.id) != (board, id));
        self.previews.len() != before
    }

    fn writes(&mut self, text: DocumentId, at: u32, now_ms: u64) -> bool {
        self.cursors.retain(|(other, ..)| *other != text);
        if self.cursors.len() >= MAX_CURSORS {
            self.cursors.remove(0);
        }
        self.cursors.push((text, at, now_ms));
        true
    }

    fn fade(&mut self, now_ms: u64) -> bool {
        let alive = |at_ms: u64, fades_ms: u64| at_ms.saturating_add(fades_ms) > now_ms;
        let before = (self.pointer.is_some(), self.click.is_some(), self.previews.len(), self.cursors.len());
        self.click = self.click.filter(|click| alive(click.at_ms, CLICK_SHOWN_MS));
        self.pointer = self.pointer.filter(|pointer| alive(pointer.at_ms, pointer.fades_ms()));
        self.previews.retain(|preview| alive(preview.at_ms, PREVIEW_FADES_MS));
        self.cursors.retain(|(_, _, at_ms)| alive(*at_ms, CURSOR_FADES_MS));
        before != (self.pointer.is_some(), self.click.is_some(), self.previews.len(), self.cursors.len())
    }

    fn next_fade(&self) -> Option<u64> {
        let click = self.click.map(|click| click.at_ms.saturating_add(CLICK_SHOWN_MS));
        let pointer = self.pointer.map(|pointer| pointer.at_ms.saturating_add(pointer.fades_ms()));
        let previews = self.previews.iter().map(|preview| preview.at_ms.saturating_add(PREVIEW_FADES_MS));
        let cursors = self.cursors.iter().map(|(_, _, at_ms)| at_ms.saturating_add(CURSOR_FADES_MS));
        click.into_iter().chain(pointer).chain(previews).chain(cursors).min()
    }
}

impl Pointed {
    /// One that is gone only lets older messages be known as such.
    fn fades_ms(&self) -> u64 {
        if self.act == Act::Gone { POINTER_FADES_MS / 3 } else { POINTER_FADES_MS }
    }
}

/// Puts a tail at its place. What is missing before it is drawn straight, so that later tails find their place.
fn join(points: &mut Vec<(u16, u16)>, first: usize, tail: &[(u16, u16)]) {
    points.truncate(first);
    let Some(to) = tail.first() else { return };
    let from = *points.last().unwrap_or(to);
    let (known, steps) = (points.len(), first - points.len() + 1);
    for step in 1..=first - known {
        let on_the_way = |from: u16, to: u16| {
            let sum = usize::from(from) * (steps - step) + usize::from(to) * step;
            // Between two numbers of sixteen bits lie only such.
            u16::try_from(sum / steps).unwrap_or(u16::MAX)
        };
        points.push((on_the_way(from.0, to.0), on_the_way(from.1, to.1)));
    }
    points.extend_from_slice(tail);
}
