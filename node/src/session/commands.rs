//! What a session is told by people.

use sightline_crdt::document::WriteError;
use sightline_crdt::log::Reason;
use sightline_proto::admission::Decision;
use sightline_proto::control::{StopReason, Video};

use super::actor::Actor;
use super::convert::doc_time;
use super::records::{NodeRecord, ReadMarks};
use crate::command::{Answer, Command, OwnVideo};
use crate::error::{CloseError, DecideError, SayError, TitleError};
use crate::runtime::{now_ms, rng};
use crate::view::VideoEnd;

/// Bytes of one message: what a waiting-room item holds as well, with its envelope around it. 4,000 characters of any
/// script fit.
pub(super) const MAX_TEXT: usize = 32 * 1024;

/// Bytes of a title.
pub(super) const MAX_TITLE: usize = 400;

impl Actor {
    /// Carries out a command. Whoever asked and went away wants no answer.
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Invite(spec, answer) => self.invite(&spec, answer),
            Command::Revoke(invite, answer) => self.revoke(invite, answer),
            Command::Admit(knock, answer) => match self.decide(knock, Decision::Admit) {
                Ok(peer) => self.answer_stored(answer, peer, DecideError::NotStored),
                Err(error) => drop(answer.send(Err(error))),
            },
            Command::Refuse(knock, answer) => match self.decide(knock, Decision::Refuse) {
                Ok(_) => self.answer_stored(answer, (), DecideError::NotStored),
                Err(error) => drop(answer.send(Err(error))),
            },
            Command::Say(text, answer) => match self.check_text(&text) {
                Ok(()) => self.say(&text, answer),
                Err(error) => drop(answer.send(Err(error))),
            },
            Command::SayWaiting(knock, text, answer) => match self.check_text(&text) {
                Ok(()) => self.say_waiting(knock, &text, answer),
                Err(error) => drop(answer.send(Err(error))),
            },
            Command::AskVideo(peer, answer) => drop(answer.send(self.ask_video(peer))),
            Command::SetTitle(title, answer) => self.set_title(&title, answer),
            Command::MarkRead => self.mark_read(),
            Command::Watching(peer, watching) => self.watching(peer, watching),
            Command::OwnVideo(OwnVideo::Live) => self.own_video(Video::Live, None),
            Command::OwnVideo(OwnVideo::Off(why)) => self.own_video(Video::Off, Some(stop_reason(why))),
            Command::AnswerVideo(ok) => self.answer_video(ok),
            Command::Close(answer) => self.close(answer),
            Command::Board(command, answer) => self.board_command(command, answer),
            Command::File(command, answer) => self.file_command(command, answer),
            Command::Desk(command, answer) => self.desk_command(command, answer),
            Command::Live(out) => self.live_out(out),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), SayError> {
        if text.trim().is_empty() {
            Err(SayError::Empty)
        } else if text.len() > MAX_TEXT {
            Err(SayError::TooLong)
        } else if self.session.roster().is_closed() {
            Err(SayError::Closed)
        } else if self.disk_refuses {
            Err(SayError::NotStored)
        } else {
            Ok(())
        }
    }

    fn say(&mut self, text: &str, answer: Answer<(), SayError>) {
        match self.session.say(text, doc_time(now_ms()), &mut rng()) {
            Ok(outputs) => {
                self.carry_out(outputs);
                self.note_activity();
                self.answer_stored(answer, (), SayError::NotStored);
            }
            Err(error) => {
                let error = if is_not_allowed(&error) { SayError::NotAllowed } else { SayError::NotStored };
                drop(answer.send(Err(error)));
            }
        }
    }

    fn set_title(&mut self, title: &str, answer: Answer<(), TitleError>) {
        let title = title.trim();
        let refused = if title.is_empty() || title.len() > MAX_TITLE {
            Some(TitleError::Title)
        } else if self.session.roster().is_closed() {
            Some(TitleError::Closed)
        } else if self.disk_refuses {
            Some(TitleError::NotStored)
        } else {
            None
        };
        if let Some(error) = refused {
            return drop(answer.send(Err(error)));
        }
        match self.session.set_title(title, doc_time(now_ms()), &mut rng()) {
            Ok(outputs) => {
                self.carry_out(outputs);
                self.answer_stored(answer, (), TitleError::NotStored);
            }
            Err(error) => {
                let error = if is_not_allowed(&error) { TitleError::NotAllowed } else { TitleError::NotStored };
                drop(answer.send(Err(error)));
            }
        }
    }

    /// Everything that is there now was read.
    fn mark_read(&mut self) {
        let marks = self.all_there_is();
        if marks != self.read {
            self.keep(&NodeRecord::Read(marks.clone()));
            self.read = marks;
            self.chat_stale = true;
            self.changed();
        }
    }

    /// How far each actor's messages are here, waiting rooms included.
    fn all_there_is(&mut self) -> ReadMarks {
        let mut marks = self.read.clone();
        let session = self.session.room().chat.iter();
        for message in session {
            mark(&mut marks, message);
        }
        for room in self.rooms.values_mut() {
            for message in &room.room.room().chat {
                mark(&mut marks, message);
            }
        }
        marks
    }

    /// Nothing that is there at the start is news.
    pub(super) fn begin_reading(&mut self) {
        self.told = self.all_there_is();
    }

    fn close(&mut self, answer: Answer<(), CloseError>) {
        let refused = if self.session.roster().is_closed() {
            Some(CloseError::Closed)
        } else if !self.is_lead() {
            Some(CloseError::NotAllowed)
        } else if self.disk_refuses {
            Some(CloseError::NotStored)
        } else {
            None
        };
        if let Some(error) = refused {
            return drop(answer.send(Err(error)));
        }
        match self.session.close() {
            Ok(outputs) => {
                self.carry_out(outputs);
                self.admission_input(sightline_proto::admission::Input::Close);
                let invites: Vec<_> = self.admission.invites().map(|owner| owner.id()).collect();
                for invite in invites {
                    self.admission_input(sightline_proto::admission::Input::Revoke(invite));
                }
                self.answer_stored(answer, (), CloseError::NotStored);
            }
            Err(error) => {
                tracing::warn!(%error, "the session could not be closed");
                drop(answer.send(Err(CloseError::NotAllowed)));
            }
        }
    }

    /// Something happened that a list of sessions shows by its order.
    pub(super) fn note_activity(&mut self) {
        self.last_at_ms = self.last_at_ms.max(now_ms());
        self.changed();
    }
}

fn mark(marks: &mut ReadMarks, message: &sightline_crdt::room::ChatMessage) {
    let counter = marks.entry(message.id.actor.0).or_default();
    *counter = (*counter).max(message.id.counter);
}

fn is_not_allowed(error: &WriteError) -> bool {
    !matches!(error, WriteError::Refused(Reason::Oversize) | WriteError::Automerge(_))
}

fn stop_reason(why: VideoEnd) -> StopReason {
    match why {
        VideoEnd::Stopped => StopReason::Stopped,
        VideoEnd::Denied => StopReason::Denied,
        VideoEnd::Missing => StopReason::Missing,
        VideoEnd::Busy => StopReason::Busy,
        VideoEnd::Lost | VideoEnd::Unreadable => StopReason::Lost,
    }
}
