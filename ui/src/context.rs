//! What every view is given: tokens, words, the time, and a way to send commands.

use std::cell::RefCell;

use sightline_node::SessionId;

use crate::{
    command::{Command, SessionCommand},
    i18n::{Arg, Catalog},
    pictures::Pictures,
    theme::Tokens,
};

/// The surroundings of a view for one pass.
pub struct Context<'a> {
    /// Colours.
    pub tokens: &'a Tokens,
    /// Words.
    pub words: &'a Catalog,
    /// Pictures of files.
    pub pictures: &'a Pictures,
    /// Now, in unix milliseconds.
    pub now_ms: u64,
    /// Seconds that local time is ahead of UTC.
    pub utc_offset_secs: i64,
    sent: RefCell<Vec<Command>>,
}

impl<'a> Context<'a> {
    /// Surroundings for one pass.
    pub fn new(
        tokens: &'a Tokens,
        words: &'a Catalog,
        pictures: &'a Pictures,
        now_ms: u64,
        utc_offset_secs: i64,
    ) -> Self {
        Self { tokens, words, pictures, now_ms, utc_offset_secs, sent: RefCell::new(Vec::new()) }
    }

    /// Sends a command; it is carried out after the pass.
    pub fn send(&self, command: Command) {
        self.sent.borrow_mut().push(command);
    }

    /// Sends a command for one session.
    pub fn send_to(&self, session: SessionId, command: SessionCommand) {
        self.send(Command::InSession(session, command));
    }

    /// What was sent during the pass, oldest first.
    pub fn into_commands(self) -> Vec<Command> {
        self.sent.into_inner()
    }

    /// A message without values.
    pub fn text(&self, id: &str) -> String {
        self.words.text(id)
    }

    /// A message with values.
    pub fn text_with<'b>(&'b self, id: &str, values: &[(&'b str, Arg<'b>)]) -> String {
        self.words.text_with(id, values)
    }
}
