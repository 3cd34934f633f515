//! What the outside sees: immutable views and link figures, all serialisable. Events are in [`crate::event`].
//!
//! A view is a whole picture of the moment, replaced (never changed) by its owner; readers hold an
//! `Arc` and compare nothing. Times are unix milliseconds of this machine's clock, except a chat
//! message's `at_ms`, which its author claims.

mod boards;
mod files;
mod steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

pub use crate::event::{KnockEnd, NodeEvent};
pub use crate::link::{CandidateKind, LinkStats, Path};
pub use sightline_proto::id::Role;

pub use boards::{BoardSummary, BoardView, LiveView, PointerView, PreviewView, StillView, StrokeView};
pub use files::{FileKind, FileState, FileView, PageView, Progress};
pub use steps::{DeskNoteView, StepState, StepView, StepsView, TextSummary, TextView};

use crate::ids::{BlobId, ChatId, InviteId, KnockId, PeerId, SessionId};

/// The whole node: what a list of sessions draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeView {
    /// Own display name, as others see it.
    pub name: String,
    /// Own language, a tag such as `en`.
    pub lang: String,
    /// Own peer key.
    pub me: PeerId,
    /// State of the first rendezvous, the one that links name.
    pub rendezvous: RendezvousState,
    /// All sessions, the one with the newest activity first.
    pub sessions: Vec<SessionSummary>,
    /// What the person should know about and the node can't mend by itself.
    pub problems: Vec<Problem>,
}

impl NodeView {
    /// Before anything is known.
    pub(crate) fn empty(me: PeerId) -> Self {
        Self {
            name: String::new(),
            lang: String::new(),
            me,
            rendezvous: RendezvousState::Unset,
            sessions: Vec::new(),
            problems: Vec::new(),
        }
    }
}

/// How the node stands with its rendezvous.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RendezvousState {
    /// No rendezvous is set: existing sessions can be read, no link can be made.
    Unset,
    /// The first attempt is under way.
    Connecting,
    /// Connected and welcomed; links and knocks work.
    Online,
    /// Not reachable; the node keeps trying.
    Offline {
        /// When the connection was lost, or when trying began.
        since_ms: u64,
        /// The reason of the newest failed attempt.
        why: OfflineReason,
    },
    /// It shows another certificate than the one trusted before. Nothing is sent until the person
    /// accepts it (`Node::trust_certificate`).
    CertificateChanged {
        /// Host and port as in the link.
        host: String,
        /// SHA-256 of the certificate it shows now, lowercase hex.
        sha256: String,
    },
    /// It shows a certificate that nothing vouches for, and the node may not trust on first use.
    CertificateUnknown {
        /// Host and port as in the link.
        host: String,
        /// SHA-256 of the certificate it shows, lowercase hex.
        sha256: String,
    },
}

/// Why the rendezvous is not reachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfflineReason {
    /// Its name can't be resolved.
    NameUnknown,
    /// Nothing answers at its address.
    Unreachable,
    /// Something answers that is no Sightline rendezvous of this version.
    NotSightline,
    /// TLS could not be agreed on, for another reason than an unknown certificate.
    TlsFailed,
    /// It closed the connection or fell silent.
    Lost,
    /// It says that it is shutting down.
    ShuttingDown,
}

/// One line of the list of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionSummary {
    /// Which session.
    pub id: SessionId,
    /// Its title as shown.
    pub title: String,
    /// What it is doing now.
    pub state: SessionState,
    /// Chat messages not read yet, waiting rooms included.
    pub unread: u32,
    /// Knocks that wait for a decision.
    pub knocks: u32,
    /// Newest activity.
    pub last_at_ms: u64,
    /// Who is in it besides the owner of this node.
    pub people: u32,
}

/// What a session is doing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionState {
    /// Nobody else was admitted yet.
    Waiting,
    /// At least one link is up.
    Live,
    /// There are members, none has a link now.
    Away,
    /// Closed for good; readable.
    Closed,
}

/// A lasting trouble that the person should know about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum Problem {
    /// The disk is full: nothing more is stored or acknowledged until there is room.
    DiskFull,
    /// The disk refuses writes for another reason.
    DiskFailed,
    /// Records in the middle of a session's file could not be read back.
    StoreDamaged {
        /// Which session.
        session: SessionId,
        /// How many places of the file were unreadable.
        lost: u32,
    },
    /// A session's file could not be opened at all; the file is kept.
    SessionUnreadable {
        /// Name of the file inside the home.
        file: String,
    },
    /// This machine's clock went back: invites may seem not yet valid or last longer than they should.
    ClockWentBack,
}

/// One session: what its screen draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionView {
    /// Which session.
    pub id: SessionId,
    /// Its title.
    pub title: String,
    /// When it was made.
    pub created_ms: u64,
    /// Own peer key.
    pub me: PeerId,
    /// Own role.
    pub role: Role,
    /// What the session is doing now.
    pub state: SessionState,
    /// Members, oneself first, then in the order of admission.
    pub people: Vec<PersonView>,
    /// Who waits for a decision, oldest first.
    pub knocks: Vec<KnockView>,
    /// Invites, newest first.
    pub invites: Vec<InviteView>,
    /// The session's chat in document order, shared between views until it changes. Messages of people still waiting
    /// are in their [`KnockView`].
    pub chat: Arc<Vec<ChatView>>,
    /// Who joined and left, in document order.
    pub notes: Vec<NoteView>,
    /// Chat messages not read yet, waiting rooms included.
    pub unread: u32,
    /// Links to other members, one per peer.
    pub links: Vec<LinkView>,
    /// What was refused, by reason: forged, malformed, out of order and so on.
    pub refused: BTreeMap<String, u64>,
    /// The roster was signed twice by one key; admission rests until new keys are made.
    pub alarm: bool,
    /// Newest activity.
    pub last_at_ms: u64,
    /// What the person should know about this session's file.
    pub problems: Vec<Problem>,
    /// The shelf: files and documents published here, in document order.
    pub files: Arc<Vec<FileView>>,
    /// The strip of boards, in the order in which they were made.
    pub boards: Arc<Vec<BoardSummary>>,
    /// Checklists, in document order.
    pub steps: Arc<Vec<StepsView>>,
    /// The experts' own notes, in document order; empty for everybody else.
    pub desk: Arc<Vec<DeskNoteView>>,
    /// Shared texts.
    pub texts: Arc<Vec<TextSummary>>,
    /// The largest file that may be sent, in bytes, by the rendezvous' policy.
    pub max_file_bytes: u64,
}

/// The largest file where no policy says otherwise: 1 GiB.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024 * 1024;

impl SessionView {
    /// Before anything is known.
    pub(crate) fn empty(id: SessionId, me: PeerId) -> Self {
        Self {
            id,
            title: String::new(),
            created_ms: 0,
            me,
            role: Role::Viewer,
            state: SessionState::Waiting,
            people: Vec::new(),
            knocks: Vec::new(),
            invites: Vec::new(),
            chat: Arc::default(),
            notes: Vec::new(),
            unread: 0,
            links: Vec::new(),
            refused: BTreeMap::new(),
            alarm: false,
            last_at_ms: 0,
            problems: Vec::new(),
            files: Arc::default(),
            boards: Arc::default(),
            steps: Arc::default(),
            desk: Arc::default(),
            texts: Arc::default(),
            max_file_bytes: MAX_FILE_BYTES,
        }
    }

    /// The link to a peer, if there is or was one since the start.
    pub fn link(&self, peer: &PeerId) -> Option<&LinkView> {
        self.links.iter().find(|link| link.peer == *peer)
    }

    /// A member by peer key.
    pub fn person(&self, peer: &PeerId) -> Option<&PersonView> {
        self.people.iter().find(|person| person.peer == *peer)
    }

    /// An open knock by id.
    pub fn knock(&self, id: &KnockId) -> Option<&KnockView> {
        self.knocks.iter().find(|knock| knock.id == *id)
    }
}

/// A member of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonView {
    /// Peer key.
    pub peer: PeerId,
    /// Name it gave, cleaned of control and bidi marks.
    pub name: String,
    /// Role by the roster.
    pub role: Role,
    /// Whether it can be reached now.
    pub presence: Presence,
    /// This is oneself.
    pub me: bool,
}

/// Whether a member can be reached now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// A verified link is up.
    Here,
    /// A link is being made or mended.
    Reaching,
    /// No link.
    Away,
}

/// Somebody who asks in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnockView {
    /// Which knock.
    pub id: KnockId,
    /// The peer that would become a member.
    pub peer: PeerId,
    /// Name it gave, cleaned.
    pub name: String,
    /// Role the invite gives.
    pub role: Role,
    /// The four words, in the knock's language; the person sees the same.
    pub words: [String; 4],
    /// The same as digits.
    pub numbers: String,
    /// Language it speaks.
    pub lang: String,
    /// When it arrived here.
    pub since_ms: u64,
    /// Its invite may admit by itself (single use, operator or viewer).
    pub can_auto: bool,
    /// By which invite it came.
    pub invite: InviteId,
    /// Whether the person is believed to be there now (a live message arrived), or has left
    /// something in the waiting room and gone.
    pub live: bool,
    /// Chat of its waiting room.
    pub chat: Vec<ChatView>,
    /// Messages in it not read yet.
    pub unread: u32,
}

/// A right to ask in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InviteView {
    /// Which invite.
    pub id: InviteId,
    /// The link to hand over.
    pub link: String,
    /// Role it gives.
    pub role: Role,
    /// How many may be admitted by it; 0 means no limit.
    pub uses: u32,
    /// How many were.
    pub used: u32,
    /// When it was made.
    pub created_ms: u64,
    /// When it ends.
    pub not_after_ms: u64,
    /// A knock by it is admitted without asking.
    pub auto: bool,
    /// Whether it works now.
    pub state: InviteState,
}

/// Whether an invite works now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InviteState {
    /// Its record lies at the rendezvous; the link works.
    Open,
    /// Made, but the rendezvous does not have its record yet; stored as soon as it is reachable.
    NotYetStored,
    /// All its uses are taken.
    UsedUp,
    /// Its time is over.
    Expired,
    /// Taken back.
    Revoked,
}

/// One chat message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChatView {
    /// Which message.
    pub id: ChatId,
    /// Who wrote it: the actor that made it, never a field.
    pub author: PeerId,
    /// The author's name.
    pub name: String,
    /// Written by oneself.
    pub mine: bool,
    /// The text; empty for a message that is nothing but a file.
    pub text: String,
    /// The file that the message brings: an entry of [`SessionView::files`] has the same blob and author.
    pub file: Option<BlobId>,
    /// The author's clock when it was written; a claim.
    pub at_ms: u64,
    /// How far it got. For messages of others always `Delivered`.
    pub delivery: Delivery,
    /// The waiting room it belongs to, if its people were not admitted yet.
    pub waiting: Option<KnockId>,
    /// Not read yet.
    pub unread: bool,
}

/// How far an own message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Only on this device.
    Waiting,
    /// At the rendezvous, sealed, for whoever it is meant for.
    Stored,
    /// At least one other device says it has it.
    Delivered,
}

/// A presence note: who joined or left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoteView {
    /// Which entry.
    pub id: ChatId,
    /// Whom it is about: its author.
    pub author: PeerId,
    /// The author's name.
    pub name: String,
    /// What happened.
    pub kind: String,
    /// The author's clock; a claim.
    pub at_ms: u64,
}

/// The link to one peer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkView {
    /// To whom.
    pub peer: PeerId,
    /// How it stands.
    pub state: LinkState,
    /// Newest figures while it is up.
    pub stats: Option<LinkStats>,
    /// What its video does.
    pub video: VideoState,
    /// The hello of both sides was checked: this is really that peer.
    pub verified: bool,
}

/// How a link stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum LinkState {
    /// Looking for a path.
    Connecting,
    /// There is a path; the hello is awaited.
    Verifying,
    /// Usable.
    Up,
    /// No signs of life, or closed.
    Lost {
        /// Why.
        why: LinkEnd,
    },
}

/// Why a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkEnd {
    /// The peer left by itself.
    Left,
    /// The session was closed.
    Closed,
    /// A newer link to the same peer took its place.
    Replaced,
    /// No signs of life.
    Silent,
    /// No path was found, or it broke.
    NoPath,
    /// The hello was wrong or did not come: somebody stood in between, or the peer is broken.
    NotVerified,
    /// The peer broke the rules of the link.
    Misbehaved,
    /// It was removed from the session.
    Removed,
    /// This node is shutting down.
    ShuttingDown,
}

/// What a peer's video does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "video", rename_all = "kebab-case")]
pub enum VideoState {
    /// Nothing is shown and nobody asked.
    Off,
    /// Asked for, no answer yet.
    Asked,
    /// The person said "not now".
    Declined,
    /// Pictures arrive.
    Live,
    /// It was live, or should be, and is not.
    Stopped {
        /// Why.
        why: VideoEnd,
    },
}

/// Why a peer's video is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VideoEnd {
    /// The person stopped it.
    Stopped,
    /// The person or the browser denied the camera.
    Denied,
    /// There is no camera.
    Missing,
    /// Another program has the camera.
    Busy,
    /// The camera was taken away, or the link was.
    Lost,
    /// It arrives in a form that can't be decoded here.
    Unreadable,
}
