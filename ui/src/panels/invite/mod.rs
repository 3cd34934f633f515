//! Links: the form that makes one, the card that hands it over.

pub mod form;
pub mod view;

pub use form::InviteForm;
