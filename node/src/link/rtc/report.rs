//! What the stack says, turned into events and measurements.

use std::sync::PoisonError;
use std::time::Instant;

use bytes::Bytes;
use str0m::Event;
use str0m::bwe::BweKind;
use str0m::channel::ChannelData;
use str0m::media::MediaData;
use str0m::stats::PeerStats;

use super::driver::Driver;
use super::outgoing::{Outcome, track};
use super::watch::Pair;
use crate::link::{CandidateKind, CloseReason, LinkEvent, LinkStats, Path};

impl Driver {
    pub(super) fn handle_event(&mut self, event: Event) -> Result<(), CloseReason> {
        match event {
            Event::Connected => self.connected(),
            Event::MediaAdded(media) => {
                self.tracks.add(media.mid, media.kind);
                self.publish_codecs();
                Ok(())
            }
            Event::MediaData(data) => {
                self.take_media(data);
                Ok(())
            }
            Event::ChannelOpen(stack, _) => match self.channels.opened(stack) {
                Some(channel) => self.report(LinkEvent::ChannelOpen(channel)),
                None => Ok(()),
            },
            Event::ChannelData(data) => self.take_message(data),
            Event::ChannelClose(stack) => {
                self.channels.closed(stack);
                Ok(())
            }
            Event::KeyframeRequest(request) => {
                // Whoever needs one asks again, so this may be lost.
                if let Some(stream) = self.tracks.by_mid(request.mid).map(|track| track.stream) {
                    let wanted = LinkEvent::KeyFrameWanted(track(self.config.local_origin, stream));
                    self.outgoing.push_lossy(wanted);
                }
                Ok(())
            }
            Event::EgressBitrateEstimate(estimate) => {
                if let BweKind::Twcc { estimate, .. } | BweKind::Remb { estimate, .. } = estimate {
                    let bps = u32::try_from(estimate.as_u64()).unwrap_or(u32::MAX);
                    self.outgoing.push_lossy(LinkEvent::TargetBitrate(bps));
                }
                Ok(())
            }
            Event::PeerStats(stats) => {
                self.take_stats(&stats);
                Ok(())
            }
            Event::IceConnectionStateChange(state) => {
                tracing::debug!(?state, "the path's state changed");
                Ok(())
            }
            Event::Closed => {
                self.ending = Some(CloseReason::RemoteClosed);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn connected(&mut self) -> Result<(), CloseReason> {
        self.watch.connected(Instant::now());
        // The stack has compared the certificate with the pinned description, which is there since it was applied.
        let remote_fp = self.pinned.ok_or(CloseReason::WrongFingerprint)?.fingerprint;
        self.report(LinkEvent::Connected { local_fp: self.local_fp, remote_fp })
    }

    fn take_media(&mut self, data: MediaData) {
        let Some(receiver) = self.tracks.by_mid(data.mid) else { return };
        let Some(frame) = receiver.receive(data) else { return };
        self.rates.frame();
        let codec = frame.codec;
        let event = LinkEvent::Frame { track: track(self.config.remote_origin, receiver.stream), frame };
        let kept = self.outgoing.push_lossy(event) == Outcome::Kept;
        receiver.delivered(kept, Instant::now());
        self.update_stats(|stats| {
            stats.codec = Some(codec);
            stats.dropped += u64::from(!kept);
        });
    }

    fn take_message(&mut self, data: ChannelData) -> Result<(), CloseReason> {
        let Some(spec) = self.channels.by_stack(data.id) else { return Ok(()) };
        let event = LinkEvent::ChannelData { channel: spec.id, bytes: Bytes::from(data.data) };
        match self.outgoing.push_data(spec, event) {
            Outcome::Kept => Ok(()),
            Outcome::Dropped => {
                self.messages_dropped += 1;
                Ok(())
            }
            Outcome::Overrun => Err(CloseReason::Overrun),
        }
    }

    fn take_stats(&mut self, peer: &PeerStats) {
        let pair_rtt = peer.selected_candidate_pair.as_ref().and_then(|pair| pair.current_round_trip_time);
        if let Some(round_trip) = pair_rtt {
            self.channels.measured(round_trip);
        }
        let rtt_ms = pair_rtt.or(peer.rtt).map(|rtt| rtt.as_secs_f32() * 1000.0);
        let lost_percent = peer.ingress_loss_fraction.map_or(0.0, |fraction| fraction * 100.0);
        self.update_stats(|stats| {
            stats.rtt_ms = rtt_ms.or(stats.rtt_ms);
            stats.lost_percent = lost_percent;
        });
    }

    /// Publishes the rates of the span that ended, if one did.
    pub(super) fn measure(&mut self, now: Instant) {
        let Some(measured) = self.rates.take(now) else { return };
        let overflowed = self.messages_dropped + self.sockets.overflowed();
        self.update_stats(|stats| {
            stats.kbps_in = measured.kbps_in;
            stats.kbps_out = measured.kbps_out;
            stats.fps = measured.fps;
            stats.overflowed = overflowed;
        });
    }

    /// The stack sends over this pair of addresses now.
    pub(super) fn use_pair(&mut self, pair: Pair) -> Result<(), CloseReason> {
        if self.pair == Some(pair) {
            return Ok(());
        }
        self.pair = Some(pair);
        // An address that nobody named was found by its own packets.
        let remote = self.remotes.get(&pair.remote).copied().unwrap_or(CandidateKind::PeerReflexive);
        let path = match remote {
            CandidateKind::Relayed => Path::Relayed,
            remote => Path::Direct { local: CandidateKind::Host, remote },
        };
        self.update_stats(|stats| stats.path = Some(path));
        self.report(LinkEvent::PathChanged(path))
    }

    pub(super) fn publish_codecs(&mut self) {
        let codecs = self.tracks.codecs(&mut self.rtc);
        *self.shared.codecs.lock().unwrap_or_else(PoisonError::into_inner) = codecs;
    }

    fn update_stats(&self, change: impl FnOnce(&mut LinkStats)) {
        change(&mut self.shared.stats.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
