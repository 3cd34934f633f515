//! What the window itself remembers: what is selected, half-written messages, open dialogs. Nothing here is the truth
//! about a session; that is the node's.

use std::collections::{BTreeMap, BTreeSet};

use sightline_node::{KnockId, PeerId, SessionId};

use crate::{panels::invite::InviteForm, settings::Settings, stage::StageState};

/// State of the window.
#[derive(Debug, Default)]
pub struct UiState {
    /// Which screen is shown.
    pub screen: Screen,
    /// The session on stage.
    pub selected: Option<SessionId>,
    /// The panel is unfolded.
    pub panel_open: bool,
    /// The panel's tab.
    pub tab: Tab,
    /// The open dialog.
    pub dialog: Option<Dialog>,
    /// Per session: drafts, whose chat is shown, what was seen.
    pub sessions: BTreeMap<SessionId, SessionUi>,
    /// The stage.
    pub stage: StageState,
    /// The settings being edited.
    pub settings_form: Option<Settings>,
    /// Short messages at the bottom edge.
    pub notices: Vec<Notice>,
    /// Problems that the person put aside.
    pub dismissed: BTreeSet<String>,
    /// A session is being made.
    pub starting: bool,
    /// It is made without a title of its own.
    pub untitled_start: bool,
}

impl UiState {
    /// The state in which the app opens.
    pub fn new() -> Self {
        Self { panel_open: true, ..Self::default() }
    }

    /// What is remembered of a session.
    pub fn session(&mut self, id: SessionId) -> &mut SessionUi {
        self.sessions.entry(id).or_default()
    }

    /// Shows a short message for some seconds.
    pub fn notice(&mut self, now_ms: u64, kind: NoticeKind, text: String) {
        self.notices.retain(|notice| notice.text != text);
        self.notices.push(Notice { text, kind, until_ms: now_ms + NOTICE_MS });
        let surplus = self.notices.len().saturating_sub(MAX_NOTICES);
        self.notices.drain(..surplus);
    }
}

/// What fills the window beside the rail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// The selected session, or the first-start card.
    #[default]
    Session,
    /// The settings.
    Settings,
}

/// A tab of the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Messages.
    #[default]
    Chat,
    /// Members, knocks and links.
    People,
    /// The shelf.
    Files,
    /// Checklists.
    Steps,
    /// Experts' notes and shared texts.
    Notes,
}

/// Something that covers the window until it is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// Make and see links of a session.
    Invite(SessionId),
    /// The four words shared with a member.
    Words(SessionId, PeerId),
    /// Really close the session?
    CloseSession(SessionId),
    /// Really take the link back?
    Revoke(SessionId, sightline_node::InviteId),
    /// A picture of the shelf, large.
    Picture(SessionId, sightline_node::EntryId),
    /// Really stop this transfer and forget what came of it?
    CancelFile(SessionId, sightline_node::EntryId),
    /// Really take this file off the shelf?
    HideFile(SessionId, sightline_node::EntryId),
    /// Really take this checklist away?
    RemoveSteps(SessionId, sightline_node::EntryId),
    /// Really take this note away?
    RemoveNote(SessionId, sightline_node::EntryId),
    /// Export the session: with the notes that only experts see?
    Export(SessionId, std::path::PathBuf),
}

/// What the window remembers of one session.
#[derive(Debug, Default)]
pub struct SessionUi {
    /// Half-written message to the members.
    pub draft: String,
    /// Half-written messages to people still waiting.
    pub waiting_drafts: BTreeMap<KnockId, String>,
    /// Whose waiting-room chat the chat tab shows; `None` is the session's own.
    pub chat_with: Option<KnockId>,
    /// The title while it is edited.
    pub title: Option<String>,
    /// The form of a new link.
    pub invite_form: InviteForm,
    /// The chat's list on screen.
    pub chat_list: crate::panels::chat::ListState,
    /// When the present live span began.
    pub live_since_ms: Option<u64>,
    /// The link was copied or shown big, so sending it is done.
    pub link_sent: bool,
    /// Words seen with a knock, by the peer that became a member.
    pub words: BTreeMap<PeerId, ([String; 4], String)>,
    /// A decision about these knocks is under way.
    pub deciding: BTreeSet<KnockId>,
    /// Nobody gave it a title yet: it takes the name of whom it turns out to be about.
    pub untitled: bool,
    /// The link made by the open dialog.
    pub invite_made: Option<sightline_node::InviteId>,
    /// Half-written checklists, and which are unfolded.
    pub steps: crate::panels::steps::StepsUi,
    /// The document on the stage.
    pub reading: Option<crate::stage::pages::Reading>,
    /// Half-written notes, and the open shared text.
    pub notes: crate::panels::notes::NotesUi,
    /// Up to where each conversation was on screen: the session's own under `None`.
    pub seen: BTreeMap<Option<KnockId>, sightline_node::ChatId>,
}

/// A short message at the bottom edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub text: String,
    /// How it looks.
    pub kind: NoticeKind,
    /// When it goes.
    pub until_ms: u64,
}

/// How a notice looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something was done.
    Done,
    /// Something could not be done.
    Failed,
}

/// Long enough to read a short sentence twice.
const NOTICE_MS: u64 = 5_000;
/// More would cover the stage.
const MAX_NOTICES: usize = 3;
