//! The way to a rendezvous: its [`address`], whom to [`trust`], one [`connect`]ion, and the [`client`] that keeps one
//! up and carries everybody's requests over it; and what the organisation's [`policy`] says.
//!
//! The rendezvous is a blind pipe: nothing here sees more than slot keys and sealed bytes.

pub(crate) mod address;
pub(crate) mod client;
mod connect;
mod policy;
pub(crate) mod trust;
