//! Sightline's documents: signed change logs, the roster that says who may write them, and the keys.
//!
//! This crate is pure. It has no clock, no socket and no file; time and randomness come in as arguments, and what is to
//! be done comes out as values, so that whole sessions run on virtual time in tests.
//!
//! # The parts
//!
//! * [`envelope`]: one signed Automerge change. [`prescan`] reads the change completely before Automerge may.
//! * [`log`]: what becomes of an envelope: the checks in their order, and which envelopes are the document.
//! * [`document`]: a log with the Automerge document that its accepted changes make. [`entry`]: the entries in it.
//! * [`room`], [`shelf`], [`steps`], [`board`], [`text`], [`desk`]: what documents show, and how it is written.
//! * [`roster`]: members and roles as a chain of signed entries; forks resolve the same way everywhere.
//! * [`keys`]: the epoch keys, wrapped for each member.
//! * [`sync`]: the messages between two peers. [`storage`]: the records of a session's file.
//! * [`record`]: the export of a session that anybody can verify.
//! * [`session`]: all of it as one machine. [`waiting`]: the room of somebody who is not admitted yet.
//!
//! # What the protocol leaves open, and what holds here
//!
//! **Pre-scan.** Stricter than Automerge, see [`prescan`]: among others the columns for marks and the actions
//! increment, table and mark are unknown; LEB128 is minimal; a checksum is checked.
//!
//! **References.** Automerge panics on an operation that names an object or an element that does not exist, and ties a
//! predecessor in another object to whichever changes happen to be applied together. So every `obj`, `key` and `pred`
//! must name an operation among the change's ancestors, of the right sort: a predecessor works in the same object at
//! the same place, an element belongs to the object, a deletion is no predecessor. A change depends on something, and
//! its author's previous change is among its ancestors.
//!
//! **Op rule.** The root map is nobody's. Besides `obj` and `pred`, an operation in a list that is no insertion names an
//! *element* of its author: otherwise somebody could set a rival value beside another's without naming it as a
//! predecessor. A text takes strings and deletions only. Shared texts are exempt from ownership, not from references.
//!
//! **Order of checks.** A known id is a duplicate before anything else is looked at. An epoch that has not begun is
//! refused where the epoch is checked. The role is judged before the op rule.
//!
//! **Aside.** What a former writer wrote beyond its cut, or a viewer at all, is refused and counted, and yet held: if a
//! writer builds on it, it is an ancestor of a rooted envelope and counts. An envelope by an unknown author or of an
//! epoch that has not begun is not held: it is asked for [again](sync) when the roster changes.
//!
//! **Equivocation.** See [`log`]: the document is unchanged, the actor frozen, and a `settle` or a cut chooses. Cuts pin
//! an actor's chain like settles do. Where entries name envelopes that no one chain holds, the later entry counts, down
//! to where the branches part. What follows on a branch that is not here is kept until the roster chooses it; so *prev* is
//! judged before *epoch*, which only means something against the true predecessor. Whoever wrote on a branch that was
//! settled against goes on as a new actor: its numbers beyond the fork are signed already.
//!
//! **Offers.** A losing entry's cuts are signed again together with the lead's own: where they differ on a branch the
//! lead's count, else the longer.
//!
//! **Roster forks.** See [`roster`]: branches are compared by the term at their end, their first signer and their first
//! hash; the first rule looks at all branches before any is dropped.
//!
//! **Names** on the wire are at most 1024 bytes and otherwise unchecked, so that validity does not depend on a Unicode
//! version; [`roster::shown_name`] is what people see.

mod dag;

pub mod board;
pub mod desk;
pub mod document;
pub mod entry;
pub mod envelope;
pub mod genesis;
pub mod id;
pub mod keys;
pub mod limits;
pub mod log;
pub mod membership;
pub mod points;
pub mod prescan;
pub mod record;
pub mod room;
pub mod roster;
pub mod session;
pub mod shelf;
pub mod sign;
pub mod steps;
pub mod storage;
pub mod sync;
pub mod text;
pub mod waiting;
pub mod wire;
