//! The form of a new link, as data.

use sightline_node::{InviteSpec, view::Role};

/// What the person chose for a new link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteForm {
    /// Role it gives.
    pub role: Role,
    /// For how many it is; 0 means no limit.
    pub uses: u32,
    /// How long it works.
    pub validity: Validity,
    /// Admit without asking, where that is allowed.
    pub auto: bool,
}

/// How long a link works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// One hour.
    Hour,
    /// One day.
    Day,
    /// Seven days.
    Week,
}

impl Validity {
    /// In seconds.
    pub const fn secs(self) -> u64 {
        match self {
            Validity::Hour => 3600,
            Validity::Day => 24 * 3600,
            Validity::Week => 7 * 24 * 3600,
        }
    }
}

impl Default for InviteForm {
    /// One operator, one day, admitted by hand.
    fn default() -> Self {
        Self { role: Role::Operator, uses: 1, validity: Validity::Day, auto: false }
    }
}

impl InviteForm {
    /// Whether such a link may admit without asking: for one person, and not for an expert.
    pub fn may_admit(&self) -> bool {
        self.uses == 1 && matches!(self.role, Role::Operator | Role::Viewer)
    }

    /// What the node is asked for.
    pub fn spec(&self) -> InviteSpec {
        InviteSpec {
            role: self.role,
            uses: self.uses,
            valid_for_secs: self.validity.secs(),
            admit_automatically: self.auto && self.may_admit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_for_one_operator_or_viewer_admit_by_themselves() {
        let form = InviteForm { auto: true, ..InviteForm::default() };
        assert!(form.spec().admit_automatically);
        for refused in
            [InviteForm { uses: 5, ..form }, InviteForm { role: Role::Expert, ..form }, InviteForm { uses: 0, ..form }]
        {
            assert!(!refused.may_admit());
            assert!(!refused.spec().admit_automatically);
        }
    }
}
