//! The panel's steps tab: checklists that the expert composes and the operator works through.

pub mod data;
mod form;
pub mod template;
pub mod view;

use std::collections::BTreeSet;

use sightline_node::EntryId;

pub use form::StepsForm;
pub use view::steps_ui;

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct StepsUi {
    /// The checklist being composed.
    pub form: Option<StepsForm>,
    /// Unfolded, and folded by hand: the newest one that is not finished is open by itself.
    pub toggled: BTreeSet<EntryId>,
    /// The one that somebody asked to look at last: it is open.
    pub shown: Option<EntryId>,
    /// The note being written about a step.
    pub note: Option<StepNote>,
}

/// A note being written about a step.
#[derive(Debug)]
pub struct StepNote {
    /// Which checklist.
    pub list: EntryId,
    /// Which step, from 0.
    pub step: u32,
    /// What it says so far.
    pub text: String,
    /// It is being stored.
    pub sending: bool,
}
