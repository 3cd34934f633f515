//! Sightline's expert app.
//!
//! Data flows one way. The node publishes immutable views; [`shell::Shell`] reads them, turns them into each panel's
//! data and draws that; a view answers a click with a [`command::Command`], which `dispatch` carries out after the
//! pass or passes on over the [`bridge`] to the node's own threads. Without a window ([`control`]) the same node takes
//! JSON lines instead.

mod app;
pub mod args;
pub mod bridge;
pub mod command;
pub mod context;
pub mod control;
mod dispatch;
pub mod errands;
pub mod fixtures;
pub mod i18n;
pub mod launch;
pub mod memory;
pub mod next_step;
pub mod panels;
pub mod pictures;
pub mod rgb;
pub mod screens;
pub mod settings;
mod sharing;
pub mod shell;
pub mod stage;
pub mod state;
pub mod text;
pub mod theme;
pub mod widgets;
