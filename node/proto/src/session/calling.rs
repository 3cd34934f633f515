//! From admission on: links, their loss, and calls.

use super::{Disbelief, End, Membership, Output, Sent, Session, Stage};
use crate::call;
use crate::introduction::About;
use crate::limits::{ANSWER_PATIENCE_MS, BACKOFF_FIRST_MS, CONNECT_TIMEOUT_MS, MAX_BEHIND};
use crate::message::Message;
use crate::reply::{self, Refusal, Reply};
use rand_core::CryptoRng;

impl Session {
    pub(super) fn offer(&mut self, sdp: String, now: u64, rng: &mut impl CryptoRng) {
        match self.stage {
            Stage::Preparing => self.make_knock(sdp, now, rng),
            Stage::Calling { .. } if self.call.is_none() => self.make_call(sdp, now, rng),
            _ => {}
        }
    }

    pub(super) fn message(&mut self, message: &[u8], now: u64, rng: &mut impl CryptoRng) {
        let Ok(Message::Reply { id, .. }) = Message::decode(message) else { return };
        if self.knock.as_ref().is_some_and(|knock| knock.exports.id == id) {
            self.knock_reply(message, now);
        } else if self.call.as_ref().is_some_and(|call| call.exports.id == id) {
            self.call_reply(message, now, rng);
        }
    }

    pub(super) fn nobody_listens(&mut self, now: u64, rng: &mut impl CryptoRng) {
        match self.stage {
            Stage::Knocking { .. } | Stage::ExpertAway { .. } | Stage::Waiting { .. } => {
                self.knock_found_nobody(now, rng);
            }
            Stage::Calling { .. } => self.call_failed(now, rng),
            _ => {}
        }
    }

    pub(super) fn member(&mut self, membership: Membership, now: u64, rng: &mut impl CryptoRng) {
        self.member = Some(membership);
        if self.stage != Stage::Joining {
            return;
        }
        self.persist();
        self.backoff.succeed();
        let behind = self.call.take().is_some();
        match (self.answer.take(), &self.knock) {
            (Some((answer, peer)), Some(knock)) if !behind => {
                let exports = Box::new(knock.exports.clone());
                self.connect(answer, peer, exports, now);
            }
            // Admitted without an answer, or behind on the roster: call at once.
            _ if self.behind <= MAX_BEHIND => self.enter(Stage::Apart { until: now }),
            _ => {
                let wait = self.backoff.fail(rng);
                self.behind = 0;
                self.enter(Stage::Apart { until: now + wait });
            }
        }
    }

    /// A chain that isn't the session's was signed by nobody we trust: the knock goes on waiting for the true reply, a
    /// call is made anew later.
    pub(super) fn bad_chain(&mut self, now: u64, rng: &mut impl CryptoRng) {
        if self.stage != Stage::Joining {
            return;
        }
        self.answer = None;
        if self.member.is_some() { self.call_failed(now, rng) } else { self.end(End::BadChain) }
    }

    pub(super) fn link_up(&mut self) {
        if self.stage == Stage::Linking {
            self.backoff.succeed();
            self.behind = 0;
            self.enter(Stage::Linked);
        }
    }

    pub(super) fn link_gone(&mut self, now: u64, rng: &mut impl CryptoRng) {
        match self.stage {
            Stage::Linked => self.enter(Stage::Apart { until: now }),
            Stage::Linking => self.call_failed(now, rng),
            _ => {}
        }
    }

    pub(super) fn begin_call(&mut self, now: u64) {
        self.call = None;
        self.repeat_at = now + ANSWER_PATIENCE_MS;
        self.enter(Stage::Calling { since: now });
        self.outputs.push_back(Output::MakeOffer);
    }

    fn make_call(&mut self, sdp: String, now: u64, rng: &mut impl CryptoRng) {
        let (Some(member), Some(record)) = (&self.member, &self.record) else { return };
        let about = About { offer: Some(sdp), ..self.me.about.clone() };
        let (me, keys) = (&self.me.peer, &self.me.keys);
        let made = call::make(record.sid, member.epoch, &member.epoch_key, &member.callee, me, keys, &about, rng);
        let to = member.callee.address();
        let Ok((message, exports)) = made else { return self.call_failed(now, rng) };
        self.outputs.push_back(Output::Send { to, payload: message.clone() });
        self.call = Some(Sent { message, exports });
        self.repeat_at = now + ANSWER_PATIENCE_MS;
    }

    /// The call or its link came to nothing: later again.
    pub(super) fn call_failed(&mut self, now: u64, rng: &mut impl CryptoRng) {
        self.call = None;
        let until = now + self.backoff.fail(rng).max(BACKOFF_FIRST_MS);
        self.enter(Stage::Apart { until });
    }

    fn call_reply(&mut self, message: &[u8], now: u64, rng: &mut impl CryptoRng) {
        let (Some(member), Some(call), Some(record)) = (&self.member, &self.call, &self.record) else { return };
        if !matches!(self.stage, Stage::Calling { .. }) {
            return;
        }
        let experts = &member.experts;
        let (sid, expert) = (record.sid, record.expert);
        match reply::open(message, &call.exports, |signer, _| experts.contains(signer)) {
            Err(error) => self.outputs.push_back(Output::Disbelieved(Disbelief::Reply(error))),
            Ok((Reply::WelcomeBack { answer: Some(answer) }, peer)) => {
                let exports = Box::new(call.exports.clone());
                self.connect(answer, peer, exports, now);
            }
            Ok((Reply::WelcomeBack { answer: None }, _)) => self.call_failed(now, rng),
            Ok((Reply::Behind { entries }, signer)) => {
                self.behind += 1;
                self.enter(Stage::Joining);
                self.outputs.push_back(Output::VerifyChain { sid, signer, expert, entries });
            }
            Ok((Reply::Refused(reason @ (Refusal::Removed | Refusal::SessionClosed)), _)) => {
                self.end(End::Refused(reason));
            }
            Ok((Reply::Refused(_), _)) => self.call_failed(now, rng),
            // `reply::open` lets only replies to calls through.
            Ok((Reply::Waiting | Reply::Admitted { .. }, _)) => {}
        }
    }

    fn connect(&mut self, answer: String, peer: crate::id::PeerId, exports: Box<crate::exports::Exports>, now: u64) {
        self.repeat_at = now + CONNECT_TIMEOUT_MS;
        self.enter(Stage::Linking);
        self.outputs.push_back(Output::Connect { answer, peer, exports });
    }
}
