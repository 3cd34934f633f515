//! The `live` channel of a session: what one shows goes to everybody there, what others show becomes a view.
//!
//! Nothing here waits or is stored: a message that a link doesn't take at once is lost, and the next one is newer. Each
//! peer has links of its own to all others; what came from one is never passed on.

use std::sync::Arc;

use bytes::Bytes;
use sightline_proto::live::{Act, Making, Pointed, Preview, Say, Seen, Sender, Target, Unseen};
use sightline_proto::name::sanitise;
use tokio::sync::watch;

use super::actor::Actor;
use super::convert::{ink_code, ink_of_code, to_doc_peer, tool_code, tool_of_code};
use crate::ids::{DocumentId, PeerId};
use crate::link::{ChannelId, Link, LinkId};
use crate::runtime::steady_ms;
use crate::show::{LiveOut, NewStroke, PointerAct, PointerTarget};
use crate::view::{LiveView, PointerView, PreviewView, Role};

/// What is shown and seen right now.
pub(super) struct Live {
    sender: Sender,
    seen: Seen,
    view: watch::Sender<Arc<LiveView>>,
}

impl Live {
    /// Nobody shows anything.
    pub(super) fn new() -> Self {
        Self { sender: Sender::default(), seen: Seen::new(), view: watch::Sender::default() }
    }

    /// The view, and a wake-up for each change.
    pub(super) fn view(&self) -> watch::Receiver<Arc<LiveView>> {
        self.view.subscribe()
    }

    /// When something is to be sent or fades.
    pub(super) fn next_wake(&self) -> Option<u64> {
        self.sender.next_wake().into_iter().chain(self.seen.next_wake()).min()
    }

    /// Cursors of others in shared texts: whose, in which, where.
    pub(super) fn cursors(&self) -> impl Iterator<Item = (PeerId, DocumentId, usize)> {
        self.seen.cursors().map(|(peer, text, at)| (peer, text, at as usize))
    }

    /// The own stroke goes the documents' way now.
    pub(super) fn drawn(&mut self, board: DocumentId, preview: u32) {
        self.sender.finished(board, preview);
    }

    /// A finished stroke of somebody else is shown now: its preview makes room. Tells whether there was one.
    pub(super) fn arrived(&mut self, peer: PeerId, board: DocumentId, tool: u8, first: (u16, u16)) -> bool {
        self.seen.finished(peer, board, tool, first)
    }
}

impl Actor {
    /// Shows others something. Viewers show nothing.
    pub(super) fn live_out(&mut self, out: LiveOut) {
        if self.role_of_me() == Role::Viewer {
            return;
        }
        self.live.sender.say(say(out));
        self.send_live();
    }

    fn send_live(&mut self) {
        let now = steady_ms();
        while let Some(message) = self.live.sender.poll(now) {
            let bytes = Bytes::from(message.encode());
            for link in self.links.values().filter(|link| link.is_up()) {
                // Full: this link is behind, and what comes next is newer.
                let _ = link.rtc().try_send(ChannelId::LIVE, bytes.clone());
            }
        }
    }

    /// Takes a live message of the peer at the other end of a verified link.
    pub(super) fn take_live(&mut self, id: LinkId, bytes: &[u8]) {
        let Some(peer) = self.links.get(&id).map(|link| link.peer) else { return };
        match self.member_role(&peer) {
            Some(Role::Viewer) | None => self.refuse("live-not-allowed"),
            Some(_) => match self.live.seen.take(peer, bytes, steady_ms()) {
                Ok(true) => self.show_live(),
                Ok(false) => {}
                Err(Unseen::Flood) => self.refuse("live-flood"),
                Err(Unseen::Malformed(_)) => self.refuse("live-malformed"),
            },
        }
    }

    /// Nothing of a peer is shown any more.
    pub(super) fn forget_live(&mut self, peer: &PeerId) {
        if self.live.seen.forget(peer) {
            self.show_live();
        }
    }

    /// Whoever may not show anything any more is not shown.
    pub(super) fn forget_live_of_strangers(&mut self) {
        let shown: Vec<PeerId> = self.links.values().map(|link| link.peer).collect();
        for peer in shown {
            if matches!(self.member_role(&peer), None | Some(Role::Viewer)) {
                self.forget_live(&peer);
            }
        }
    }

    /// Time passed.
    pub(super) fn tick_live(&mut self) {
        if self.live.sender.next_wake().is_some_and(|at| at <= steady_ms()) {
            self.send_live();
        }
        if self.live.seen.tick(steady_ms()) {
            self.show_live();
        }
    }

    /// Shows what there is now.
    pub(super) fn show_live(&mut self) {
        let pointer = |(peer, pointed): (PeerId, Pointed)| PointerView {
            peer,
            name: self.name_of(&peer),
            target: target_view(pointed.target),
            x: pointed.x,
            y: pointed.y,
            act: match pointed.act {
                Act::Move => PointerAct::Move,
                Act::Click => PointerAct::Click,
                Act::Gone => PointerAct::Gone,
            },
            seq: pointed.seq,
        };
        let preview = |(peer, preview): (PeerId, &Preview)| PreviewView {
            peer,
            name: self.name_of(&peer),
            board: preview.board,
            id: preview.id,
            stroke: stroke(&preview.making),
        };
        let view = LiveView {
            pointers: self.live.seen.pointers_to_show().map(pointer).collect(),
            previews: self.live.seen.previews().map(preview).collect(),
        };
        self.show_cursors();
        self.live.view.send_replace(Arc::new(view));
    }

    /// A member's name as it is shown; empty for anybody else.
    pub(super) fn name_of(&self, peer: &PeerId) -> String {
        self.session.roster().member(&to_doc_peer(*peer)).map(|member| sanitise(&member.name)).unwrap_or_default()
    }

    /// A member's role now.
    pub(super) fn member_role(&self, peer: &PeerId) -> Option<Role> {
        self.session.roster().role_of(&to_doc_peer(*peer)).map(super::convert::to_role)
    }

    /// The own role; whoever is no member any more sees at most.
    pub(super) fn role_of_me(&self) -> Role {
        self.session.role().map_or(Role::Viewer, super::convert::to_role)
    }
}

fn say(out: LiveOut) -> Say {
    match out {
        LiveOut::Pointer { target, x, y, act } => Say::Pointer {
            target: match target {
                PointerTarget::Video(peer) => Target::Video(peer),
                PointerTarget::Board(board) => Target::Board(board),
            },
            x,
            y,
            act: match act {
                PointerAct::Move => Act::Move,
                PointerAct::Click => Act::Click,
                PointerAct::Gone => Act::Gone,
            },
        },
        LiveOut::Preview { board, id, stroke } => {
            let (tool, ink) = (tool_code(stroke.tool), ink_code(stroke.ink));
            Say::Preview { board, id, making: Making { tool, ink, width: stroke.width.max(1), points: stroke.points } }
        }
        LiveOut::PreviewGone { board, id } => Say::PreviewGone { board, id },
        LiveOut::Cursor { text, at } => Say::Cursor { text, at: u32::try_from(at).unwrap_or(u32::MAX) },
    }
}

fn target_view(target: Target) -> PointerTarget {
    match target {
        Target::Video(peer) => PointerTarget::Video(peer),
        Target::Board(board) => PointerTarget::Board(board),
    }
}

fn stroke(making: &Making) -> NewStroke {
    NewStroke {
        tool: tool_of_code(making.tool),
        ink: ink_of_code(making.ink),
        width: making.width,
        points: making.points.clone(),
        text: String::new(),
    }
}
