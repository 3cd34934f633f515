//! Everything around the stage. Each panel has its data, read from the views by a pure function and tested as such,
//! and its view, which draws the data and sends commands.

pub mod chat;
pub mod files;
pub mod invite;
pub mod knock;
pub mod notes;
pub mod people;
pub mod problems;
pub mod rail;
pub mod steps;
pub mod topline;
