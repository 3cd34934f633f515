//! Checklists: what is to be done, one step at a time, and how it went.
//!
//! A list never changes once it is published; how a step stands is said by entries of their own, by anybody who writes,
//! and the last one in Automerge's order counts.

use std::collections::{HashMap, HashSet};

use automerge::AutomergeError;
use automerge::transaction::Transaction;

use crate::document::{Document, Glance};
use crate::entry::{EntryId, EntryList, Fields, Origin, Tidiers, append, append_about, fitting};
use crate::id::{BlobId, DocKind, PeerId};
use crate::limits;
use crate::membership::Membership;
use crate::shelf::blob_value;

/// A checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepList {
    /// Its name.
    pub id: EntryId,
    /// The number of its envelope in the actor's chain.
    pub seq: u64,
    /// Who composed it.
    pub author: PeerId,
    /// Its title.
    pub title: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// When, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
}

/// A step of a checklist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub text: String,
    /// How it stands.
    pub state: StepState,
    /// What was said about it.
    pub note: String,
    /// A photo that was attached.
    pub photo: Option<BlobId>,
    /// Who set the state last.
    pub by: Option<PeerId>,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepState {
    /// Not done yet.
    #[default]
    Open,
    /// Done.
    Done,
    /// It doesn't work.
    Failed,
}

impl StepState {
    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            StepState::Open => "open",
            StepState::Done => "done",
            StepState::Failed => "failed",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [StepState::Open, StepState::Done, StepState::Failed].into_iter().find(|state| state.word() == word)
    }
}

#[derive(Debug, Clone)]
enum Entry {
    List(StepList),
    State { list: EntryId, step: usize, state: StepState, note: String, photo: Option<BlobId>, by: PeerId },
    Hide { by: PeerId, target: EntryId },
}

/// The checklists with what it takes to bring them up to date cheaply.
#[derive(Debug, Clone)]
pub struct StepsView {
    lists: Vec<StepList>,
    glance: Glance,
    entries: EntryList<Entry>,
    tidiers: Tidiers,
}

impl Default for StepsView {
    fn default() -> Self {
        StepsView {
            lists: Vec::new(),
            glance: Glance::default(),
            entries: EntryList::new(DocKind::Room, "steps"),
            tidiers: Tidiers::default(),
        }
    }
}

impl StepsView {
    /// The checklists of a room, in order.
    pub fn refresh(&mut self, room: &mut Document, members: &impl Membership) -> &[StepList] {
        room.read();
        let freshness = room.look(&mut self.glance);
        let rights = self.tidiers.changed(members);
        let moved = self.entries.refresh(freshness, room.log(), room.peek(), read);
        if rights || moved.is_some() {
            self.arrange(members);
        }
        &self.lists
    }

    /// The checklists as they were when they were last refreshed.
    pub fn lists(&self) -> &[StepList] {
        &self.lists
    }

    fn arrange(&mut self, members: &impl Membership) {
        let StepsView { lists, entries, tidiers, .. } = self;
        let lists_of = |entry: &Entry| match entry {
            Entry::List(list) => Some(list.clone()),
            _ => None,
        };
        let mut all: Vec<StepList> = entries.iter().filter_map(lists_of).collect();
        let places: HashMap<EntryId, usize> = all.iter().enumerate().map(|(at, list)| (list.id, at)).collect();
        let mut hidden = HashSet::new();
        for entry in entries.iter() {
            match entry {
                Entry::List(_) => {}
                Entry::State { list, step, state, note, photo, by } => {
                    let step = places.get(list).and_then(|at| all[*at].steps.get_mut(*step));
                    if let Some(step) = step {
                        (step.state, step.photo, step.by) = (*state, *photo, Some(*by));
                        step.note.clone_from(note);
                    }
                }
                Entry::Hide { by, target } => {
                    if places.contains_key(target) && tidiers.may(*by, target.author(), members) {
                        hidden.insert(*target);
                    }
                }
            }
        }
        all.retain(|list| !hidden.contains(&list.id));
        *lists = all;
    }
}

fn read(origin: Origin, fields: &Fields<'_>) -> Option<Entry> {
    let Origin { id, seq } = origin;
    let author = id.author();
    let at_ms = fields.number("at")?;
    Some(match fields.word("kind")?.as_str() {
        "list" => {
            let text = fields.text("steps", limits::STEP_LIST_BYTES)?;
            let steps: Vec<Step> =
                text.split('\n').map(|line| Step { text: line.to_owned(), ..Step::default() }).collect();
            let sound = steps.len() <= limits::STEPS
                && steps.iter().all(|step| !step.text.is_empty() && step.text.len() <= limits::STEP_BYTES);
            let title = fields.text("title", limits::TITLE_BYTES)?;
            sound.then_some(Entry::List(StepList { id, seq, author, title, steps, at_ms }))?
        }
        "state" => Entry::State {
            list: fields.entry("list")?,
            step: fields.within::<u32>("step", 0..=limits::STEPS as i64 - 1)? as usize,
            state: StepState::from_word(&fields.word("state")?)?,
            note: fields.text("note", limits::STEP_NOTE_BYTES)?,
            photo: fields.blob("photo"),
            by: author,
        },
        "hide" => Entry::Hide { by: author, target: fields.entry("target")? },
        _ => return None,
    })
}

/// Publishes a checklist: empty lines are left out, lines that are too long or too many are cut.
pub fn add_list(
    transaction: &mut Transaction<'_>,
    title: &str,
    steps: &[impl AsRef<str>],
    at_ms: i64,
) -> Result<EntryId, AutomergeError> {
    let lines = steps.iter().flat_map(|step| step.as_ref().split(['\r', '\n'])).map(str::trim);
    let lines = lines.map(|line| fitting(line, limits::STEP_BYTES)).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.take(limits::STEPS).collect();
    let fields = [
        ("kind", "list".into()),
        ("title", fitting(title, limits::TITLE_BYTES).into()),
        ("steps", lines.join("\n").into()),
        ("at", at_ms.into()),
    ];
    append(transaction, DocKind::Room, "steps", fields)
}

/// How a step stands, in somebody's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewState<'a> {
    /// Of which checklist.
    pub list: EntryId,
    /// From 0.
    pub step: u32,
    /// How it stands.
    pub state: StepState,
    /// Words about it.
    pub note: &'a str,
    /// A photo.
    pub photo: Option<BlobId>,
}

/// Says how a step stands.
pub fn set_state(transaction: &mut Transaction<'_>, new: &NewState<'_>, at_ms: i64) -> Result<EntryId, AutomergeError> {
    let fields = [
        ("kind", "state".into()),
        ("list", new.list.to_string().into()),
        ("step", i64::from(new.step).into()),
        ("state", new.state.word().into()),
        ("note", fitting(new.note, limits::STEP_NOTE_BYTES).into()),
        ("at", at_ms.into()),
    ];
    let photo = new.photo.map(|photo| ("photo", blob_value(photo)));
    append(transaction, DocKind::Room, "steps", fields.into_iter().chain(photo))
}

/// Takes a checklist away.
pub fn hide(transaction: &mut Transaction<'_>, list: EntryId, at_ms: i64) -> Result<EntryId, AutomergeError> {
    append_about(transaction, (DocKind::Room, "steps"), "hide", list, at_ms)
}
