//! From the link to admission.

use super::{Disbelief, End, Output, Sent, Session, Stage};
use crate::exports::Purpose;
use crate::introduction::About;
use crate::invite::{Record, RecordError};
use crate::knock;
use crate::limits::{CALL_BACKOFF_MAX_MS, KNOCK_REPEAT_MS};
use crate::reply::{self, Refusal, Reply};
use rand_core::CryptoRng;

impl Session {
    pub(super) fn fetch(&mut self, now: u64, rng: &mut impl CryptoRng) {
        self.repeat_at = now + KNOCK_REPEAT_MS + self.backoff.fail(rng);
        self.outputs.push_back(Output::FetchRecord(self.secrets.id));
    }

    pub(super) fn served(&mut self, bytes: &[u8], now: u64) {
        if !matches!(self.stage, Stage::Fetching { .. }) {
            return;
        }
        match Record::open(bytes, &self.link, &self.secrets, self.known_version) {
            Ok(record) => {
                self.known_version = Some(record.version);
                self.record = Some(record);
                self.sealed = bytes.to_vec();
                self.backoff.succeed();
                self.repeat_at = now;
                self.enter(Stage::Preparing);
                self.outputs.push_back(Output::MakeOffer);
            }
            Err(error) => {
                self.outputs.push_back(Output::Disbelieved(Disbelief::Record(error)));
                // A record that went back may be a lagging copy; asked again, it may come right. Any other is a lie or
                // damage that stays.
                if !matches!(error, RecordError::WentBack { .. }) {
                    self.end(End::BadRecord(error));
                }
            }
        }
    }

    pub(super) fn make_knock(&mut self, sdp: String, now: u64, rng: &mut impl CryptoRng) {
        let Some(record) = &self.record else { return };
        let about = About { offer: Some(sdp), ..self.me.about.clone() };
        // It can fail only for a key of small order in a record that the expert signed, or an offer beyond every cap.
        let Ok((message, exports)) = knock::make(record, &self.secrets, &self.me.peer, &self.me.keys, &about, rng)
        else {
            return self.end(End::Refused(Refusal::BadKnock));
        };
        self.knock = Some(Sent { message, exports });
        self.persist();
        self.enter(Stage::Knocking { since: now });
        self.send_knock(now);
    }

    pub(super) fn repeat_knock(&mut self, now: u64, rng: &mut impl CryptoRng) {
        if matches!(self.stage, Stage::Knocking { .. }) {
            self.send_knock(now);
        } else {
            // Slowly: a reply may be lost, or the expert be back.
            self.send_knock(now);
            self.repeat_at = now + KNOCK_REPEAT_MS.max(self.backoff.fail(rng)).min(CALL_BACKOFF_MAX_MS);
        }
    }

    fn send_knock(&mut self, now: u64) {
        let (Some(record), Some(knock)) = (&self.record, &self.knock) else { return };
        self.repeat_at = now + KNOCK_REPEAT_MS;
        self.outputs.push_back(Output::Send { to: record.knock_address, payload: knock.message.clone() });
    }

    pub(super) fn knock_found_nobody(&mut self, now: u64, rng: &mut impl CryptoRng) {
        let Some(knock) = &self.knock else { return };
        if matches!(self.stage, Stage::Knocking { .. }) {
            self.outputs.push_back(Output::LeaveKnock(knock.message.clone()));
            self.enter(Stage::ExpertAway { since: now });
        }
        self.repeat_at = now + KNOCK_REPEAT_MS.max(self.backoff.fail(rng)).min(CALL_BACKOFF_MAX_MS);
    }

    /// A reply to the knock. Only the record's expert, or whom the chain proves, may say anything but "waiting".
    pub(super) fn knock_reply(&mut self, message: &[u8], now: u64) {
        let (Some(record), Some(knock)) = (&self.record, &self.knock) else { return };
        let waits = matches!(self.stage, Stage::Knocking { .. } | Stage::ExpertAway { .. } | Stage::Waiting { .. });
        if !waits {
            return;
        }
        // A chain's signer is judged with the chain, by the owner, before anything follows from it.
        let may_answer =
            |signer: &_, reply: &Reply| *signer == record.expert || matches!(reply, Reply::Admitted { .. });
        let (sid, expert) = (record.sid, record.expert);
        debug_assert_eq!(knock.exports.purpose, Purpose::Knock);
        match reply::open(message, &knock.exports, may_answer) {
            Err(error) => self.outputs.push_back(Output::Disbelieved(Disbelief::Reply(error))),
            Ok((Reply::Waiting, _)) => {
                if !matches!(self.stage, Stage::Waiting { .. }) {
                    self.backoff.succeed();
                    self.repeat_at = now + CALL_BACKOFF_MAX_MS;
                    self.enter(Stage::Waiting { since: now });
                }
            }
            Ok((Reply::Refused(reason), _)) => self.end(End::Refused(reason)),
            Ok((Reply::Admitted { chain, answer }, signer)) => {
                self.answer = answer.map(|sdp| (sdp, signer));
                self.enter(Stage::Joining);
                self.outputs.push_back(Output::VerifyChain { sid, signer, expert, entries: chain });
            }
            // `reply::open` lets only replies to knocks through.
            Ok((Reply::Behind { .. } | Reply::WelcomeBack { .. }, _)) => {}
        }
    }
}
