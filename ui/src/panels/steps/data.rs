//! What the steps tab shows.

use std::collections::BTreeSet;

use sightline_node::{
    BlobId, EntryId, PeerId,
    view::{FileView, Role, SessionView, StepState, StepsView},
};

use crate::{
    i18n::{Arg, Catalog},
    panels::files::data::{ByContent, may_write},
};

/// The steps tab.
#[derive(Clone, Debug, PartialEq)]
pub struct StepsPanel<'a> {
    /// The checklists, newest first.
    pub lists: Vec<StepsList<'a>>,
    /// One may be composed, and steps be set.
    pub can_write: bool,
    /// Everybody may be asked to look at one.
    pub can_show: bool,
}

/// One checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct StepsList<'a> {
    /// The checklist.
    pub id: EntryId,
    /// Its title.
    pub title: String,
    /// Progress in words.
    pub about: String,
    /// From 0 to 1.
    pub fraction: f32,
    /// A step doesn't work.
    pub failed: bool,
    /// Its steps are shown.
    pub open: bool,
    /// It may be taken away.
    pub removable: bool,
    /// The steps, if they are shown.
    pub steps: Vec<StepRow<'a>>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRow<'a> {
    /// From 0.
    pub index: u32,
    /// What to do.
    pub text: &'a str,
    /// How it stands.
    pub state: StepState,
    /// How it stands in words, with who said so.
    pub said: String,
    /// What was said about it.
    pub note: &'a str,
    /// The photo that was attached, once its shelf entry is known.
    pub photo: Option<Photo<'a>>,
    /// It is the one to do now.
    pub now: bool,
}

/// A photo of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Photo<'a> {
    /// It is on the shelf.
    Known(&'a FileView),
    /// It is on its way.
    Coming(BlobId),
}

/// Reads the tab. `shown` is the one that somebody asked to look at, `toggled` are those that the person folded or unfolded by hand.
pub fn steps_panel<'a>(
    words: &Catalog,
    view: &'a SessionView,
    (shown, toggled): (Option<EntryId>, &BTreeSet<EntryId>),
) -> StepsPanel<'a> {
    let shelf = ByContent::of(view);
    let mut views: Vec<&StepsView> = view.steps.iter().collect();
    views.sort_by_key(|list| std::cmp::Reverse((list.at_ms, list.id)));
    let unfinished = |list: &&&StepsView| list.steps.iter().any(|step| step.state != StepState::Done);
    let by_itself = views.iter().find(unfinished).map(|list| list.id);
    let expert = matches!(view.role, Role::Lead | Role::Expert);
    let can_write = may_write(view);
    let lists = views.into_iter().map(|list| {
        let open = (by_itself == Some(list.id) || shown == Some(list.id)) != toggled.contains(&list.id);
        let total = list.steps.len();
        let count = |state| list.steps.iter().filter(|step| step.state == state).count();
        let (done, failed) = (count(StepState::Done), count(StepState::Failed));
        let mut about =
            vec![words.text_with("steps-progress", &[("done", Arg::from(done)), ("total", Arg::from(total))])];
        if failed > 0 {
            about.push(words.text_with("steps-failed-count", &[("count", Arg::from(failed))]));
        }
        let now = list.steps.iter().position(|step| step.state == StepState::Open);
        let row = |(index, step): (usize, &'a sightline_node::view::StepView)| StepRow {
            index: index as u32,
            text: &step.text,
            state: step.state,
            said: said(words, view, step.state, step.by),
            note: &step.note,
            photo: step.photo.map(|blob| {
                let author = step.by.unwrap_or(list.author);
                shelf.find(&blob, author).map_or(Photo::Coming(blob), Photo::Known)
            }),
            now: now == Some(index),
        };
        StepsList {
            id: list.id,
            title: if list.title.is_empty() { words.text("steps-untitled") } else { list.title.clone() },
            about: about.join(" · "),
            fraction: if total == 0 { 0.0 } else { done as f32 / total as f32 },
            failed: failed > 0,
            open,
            removable: can_write && (expert || list.author == view.me),
            steps: if open { list.steps.iter().enumerate().map(row).collect() } else { Vec::new() },
        }
    });
    StepsPanel { lists: lists.collect(), can_write, can_show: can_write && expert }
}

fn said(words: &Catalog, view: &SessionView, state: StepState, by: Option<PeerId>) -> String {
    let name = words.text(state_name(state));
    let who = by.and_then(|peer| view.person(&peer)).map(|person| match person.me {
        true => words.text("you"),
        false => person.name.clone(),
    });
    match who {
        Some(who) if state != StepState::Open => format!("{name} · {who}"),
        _ => name,
    }
}

/// Message id of how a step stands.
pub fn state_name(state: StepState) -> &'static str {
    match state {
        StepState::Open => "step-open",
        StepState::Done => "step-done",
        StepState::Failed => "step-failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, i18n::Lang};
    use sightline_node::view::VideoState;

    fn view() -> SessionView {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        fixtures::shelf::fill(&mut view);
        fixtures::shelf::add_steps(&mut view);
        view
    }

    #[test]
    fn the_newest_unfinished_list_is_open_and_says_how_far_it_is() {
        let view = view();
        let panel = steps_panel(&Catalog::new(Lang::En), &view, (None, &BTreeSet::new()));
        let lists: Vec<_> = panel.lists.iter().map(|l| (l.title.as_str(), l.about.as_str(), l.open)).collect();
        assert_eq!(
            lists,
            [
                ("Change the shaft seal", "2 of 5 done · 1 doesn’t work", true),
                ("Restart after maintenance", "0 of 3 done", false)
            ]
        );
        let steps = &panel.lists[0].steps;
        assert_eq!(steps[2].said, "Doesn’t work · Mihai");
        assert!(matches!(steps[2].photo, Some(Photo::Known(file)) if file.name == "type plate.jpg"));
        assert_eq!(steps.iter().position(|step| step.now), Some(3));
        assert!(panel.lists[1].steps.is_empty(), "folded lists cost nothing");
    }

    #[test]
    fn folding_by_hand_counts() {
        let view = view();
        let toggled = view.steps.iter().map(|list| list.id).collect();
        let panel = steps_panel(&Catalog::new(Lang::En), &view, (None, &toggled));
        assert_eq!(panel.lists.iter().map(|list| list.open).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_viewer_sees_and_changes_nothing() {
        let mut view = view();
        view.role = Role::Viewer;
        let panel = steps_panel(&Catalog::new(Lang::En), &view, (None, &BTreeSet::new()));
        assert!(!panel.can_write && !panel.can_show && !panel.lists[0].removable);
    }
}
