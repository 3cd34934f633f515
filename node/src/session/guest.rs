//! Asking in with a link, as an operator without a browser does: link → record → knock → waiting room → admitted.
//!
//! One task per guest carries out what `sightline-proto`'s machine for link holders decides. On admission it makes the
//! session (roster, file, actor) and hands over everything: the machine, which goes on with calls, the listening, the
//! own offer with its half-made link, and what was said in the waiting room.
//!
//! Until admission a guest lives in memory only: restarted before, the person opens the link again and knocks as the
//! same peer.

use std::sync::Arc;

use serde::Serialize;
use sightline_proto::introduction::About;
use sightline_proto::invite::{Link, LinkError, Record};
use sightline_proto::keys::SessionKeys;
use sightline_proto::reply::Refusal;
use sightline_proto::session::{Me, Session as Machine};
use tokio::sync::{mpsc, oneshot, watch};

use super::guest_room::HolderRoom;
use super::guest_task::GuestTask;
use super::handle::SessionHandle;
use super::links::CAP_NATIVE;
use crate::context::Context;
use crate::error::{JoinError, SayError};
use crate::hub::Sessions;
use crate::ids::SessionId;
use crate::runtime::{rng, steady_ms};
use crate::switchboard::address::Address;
use crate::switchboard::client::Switchboard;
use crate::view::{ChatView, Role};

/// Commands that may wait; askers wait beyond it.
const COMMANDS: usize = 16;

/// A hold on somebody who asks in. Clones are the same.
#[derive(Clone, Debug)]
pub struct Guest {
    commands: mpsc::Sender<GuestCommand>,
    view: watch::Receiver<Arc<GuestView>>,
    session: watch::Receiver<Option<SessionHandle>>,
}

/// What a guest's screen draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuestView {
    /// How far it came.
    pub stage: GuestStage,
    /// The expert's name, once the invite's record was believed.
    pub expert: String,
    /// The role that is asked for.
    pub role: Option<Role>,
    /// The four words, once the knock is made; the expert sees the same.
    pub words: Option<[String; 4]>,
    /// The same as digits.
    pub numbers: String,
    /// Chat of the waiting room.
    pub chat: Vec<ChatView>,
}

/// How far a guest came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum GuestStage {
    /// The invite's record is being fetched.
    Opening,
    /// The knock is out.
    Knocking,
    /// Nobody is there; the knock lies in the waiting room.
    ExpertAway,
    /// The expert's app has the knock; a person will decide.
    Waiting,
    /// In.
    Admitted {
        /// The session, now one of this node's.
        session: SessionId,
    },
    /// Not in.
    Ended {
        /// Why.
        why: GuestEnd,
    },
}

/// Why somebody didn't come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum GuestEnd {
    /// The expert said no, or its app did.
    #[error("the knock was refused: {0:?}")]
    Refused(Refusal),
    /// The rendezvous has no such invite: wrong, taken back, or over.
    #[error("the rendezvous has no such invite")]
    NoRecord,
    /// The invite's record is not what the expert made.
    #[error("the invite's record is not believed")]
    BadRecord,
    /// The session's roster is not what it should be.
    #[error("the session's roster is not believed")]
    BadChain,
    /// The session could not be stored on this device.
    #[error("the session could not be stored")]
    NotStored,
    /// The person gave up, or the node is shutting down.
    #[error("left")]
    Left,
}

impl GuestEnd {
    /// Stable name, a Fluent message id.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::ByExpert) => "error-refused",
            Self::Refused(Refusal::Expired) => "error-link-expired",
            Self::Refused(Refusal::NotYetValid) => "error-link-not-yet-valid",
            Self::Refused(Refusal::UsedUp) => "error-link-used-up",
            Self::Refused(Refusal::Revoked) => "error-link-revoked",
            Self::Refused(Refusal::TooManyKnocks) => "error-too-many-knocks",
            Self::Refused(Refusal::BadKnock) => "error-bad-knock",
            Self::Refused(Refusal::Removed) => "error-removed",
            Self::Refused(Refusal::SessionClosed) => "error-session-closed",
            Self::Refused(Refusal::Busy) => "error-busy",
            Self::Refused(Refusal::UnsupportedVersion) => "error-unsupported-version",
            Self::NoRecord => "error-link-unknown",
            Self::BadRecord => "error-link-not-believed",
            Self::BadChain => "error-roster-not-believed",
            Self::NotStored => "error-not-stored",
            Self::Left => "error-left",
        }
    }
}

/// What a guest can be told.
pub(super) enum GuestCommand {
    Say(String, oneshot::Sender<Result<(), SayError>>),
    Leave,
}

impl Guest {
    /// How it goes, and a wake-up for each change.
    pub fn view(&self) -> watch::Receiver<Arc<GuestView>> {
        self.view.clone()
    }

    /// Writes into the waiting room. It counts as a message of the session once the guest is let in.
    pub async fn say(&self, text: impl Into<String>) -> Result<(), SayError> {
        let (answer, answered) = oneshot::channel();
        if self.commands.send(GuestCommand::Say(text.into(), answer)).await.is_err() {
            return Err(SayError::Stopped);
        }
        answered.await.unwrap_or(Err(SayError::Stopped))
    }

    /// Gives up.
    pub fn leave(&self) {
        let _ = self.commands.try_send(GuestCommand::Leave);
    }

    /// Waits for the decision. Cancel safe.
    pub async fn admitted(&self) -> Result<SessionHandle, GuestEnd> {
        let (mut session, mut view) = (self.session.clone(), self.view.clone());
        loop {
            if let Some(session) = session.borrow_and_update().clone() {
                return Ok(session);
            }
            if let GuestStage::Ended { why } = view.borrow_and_update().stage {
                return Err(why);
            }
            let gone = tokio::select! {
                changed = session.changed() => changed.is_err() && session.borrow().is_none(),
                changed = view.changed() => changed.is_err() && session.borrow().is_none(),
            };
            if gone {
                let GuestStage::Ended { why } = view.borrow().stage else { return Err(GuestEnd::Left) };
                return Err(why);
            }
        }
    }
}

/// Reads a link and starts to ask in.
pub(crate) fn start(ctx: &Context, sessions: Sessions, link: &str) -> Result<Guest, JoinError> {
    let link = Link::parse(link).map_err(|error| match error {
        LinkError::NotALink => JoinError::NotALink,
        LinkError::NotSecure => JoinError::NotSecure,
        LinkError::CutShort => JoinError::CutShort,
        LinkError::TooLong => JoinError::TooLong,
        LinkError::Damaged => JoinError::Damaged,
    })?;
    let address: Address = link.origin().parse().map_err(|_| JoinError::NotALink)?;
    let keys = SessionKeys::generate(&mut rng());
    let me = Me { peer: ctx.peer.clone(), keys: keys.clone(), about: about(ctx) };
    let machine = Machine::begin(me, link.secret(), steady_ms());
    let (commands, commands_in) = mpsc::channel(COMMANDS);
    let view = GuestView {
        stage: GuestStage::Opening,
        expert: String::new(),
        role: None,
        words: None,
        numbers: String::new(),
        chat: Vec::new(),
    };
    let (view, view_seen) = watch::channel(Arc::new(view));
    let (session, session_seen) = watch::channel(None);
    let task = GuestTask {
        board: board_at(ctx, address),
        secrets: sightline_proto::invite::InviteSecrets::derive(link.secret()),
        room: HolderRoom::default(),
        offered: None,
        documents: None,
        knock: Vec::new(),
        ctx: ctx.clone(),
        sessions,
        keys,
        machine,
        commands: commands_in,
        view,
        session,
    };
    ctx.tasks.spawn(task.run());
    Ok(Guest { commands, view: view_seen, session: session_seen })
}

/// What this device says about itself.
pub(super) fn about(ctx: &Context) -> About {
    let settings = ctx.settings.current();
    About { name: settings.name, lang: settings.lang, caps: vec![CAP_NATIVE.to_owned()], offer: None }
}

/// The rendezvous that a record names.
pub(super) fn boards_of(ctx: &Context, record: Option<&Record>) -> Vec<Switchboard> {
    let urls = record.map(|record| record.rendezvous.as_slice()).unwrap_or_default();
    urls.iter().filter_map(|url| url.parse().ok()).map(|address| board_at(ctx, address)).collect()
}

/// The client of a rendezvous: the node's own if it uses the same one, else one more.
fn board_at(ctx: &Context, address: Address) -> Switchboard {
    let known = ctx.switchboards.borrow().iter().find(|board| *board.address() == address).cloned();
    known.unwrap_or_else(|| {
        Switchboard::start(address, ctx.policy.clone(), ctx.settings.clone(), ctx.stop.child_token(), &ctx.tasks)
    })
}
