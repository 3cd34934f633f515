//! Descriptions: the first ones, later ones, and this side's addresses in them.

use std::time::Instant;

use str0m::Candidate;
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::{Direction, MediaKind, Mid};

use super::channels::stack_config;
use super::config::RtcConfig;
use super::description::{Description, DescriptionError, Pinned};
use super::driver::{Driver, Ends};
use super::{NegotiationError, StartError};
use crate::link::{CHANNELS, CloseReason, LinkEvent};
use crate::path::gatherer;
use crate::path::stun::Mapped;

impl Driver {
    /// A driver that has answered `offer`, and the answer.
    pub(super) fn answering(offer: &str, config: RtcConfig, ends: Ends) -> Result<(Driver, String), StartError> {
        let description = Description::parse(offer, config.allow_loopback)?;
        let mut driver = Driver::new(config, ends);
        driver.add_addresses()?;
        driver.pinned = Some(Pinned::from_offer(&description));
        let answer = driver.apply_offer(&description)?;
        for spec in CHANNELS {
            let stack = driver.rtc.direct_api().create_data_channel(stack_config(&spec));
            driver.channels.add(spec, stack);
        }
        Ok((driver, answer))
    }

    /// A driver that offers, and its offer.
    pub(super) fn offering(config: RtcConfig, ends: Ends) -> Result<(Driver, String), StartError> {
        let mut driver = Driver::new(config, ends);
        driver.add_addresses()?;
        let mut changes = driver.rtc.sdp_api();
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let mid = changes.add_media(kind, Direction::SendRecv, None, None, None);
            driver.tracks.add(mid, kind);
        }
        for spec in CHANNELS {
            let stack = changes.add_channel_with_config(stack_config(&spec));
            driver.channels.add(spec, stack);
        }
        let (offer, pending) = changes.apply().ok_or(StartError::Description(DescriptionError::Unusable))?;
        driver.pending = Some(pending);
        Ok((driver, offer.to_sdp_string()))
    }

    /// Answers a later offer.
    pub(super) fn accept_offer(&mut self, offer: &str) -> Result<String, NegotiationError> {
        let description = Description::parse(offer, self.config.allow_loopback)?;
        let pinned = self.pinned.ok_or(NegotiationError::NoOffer)?;
        pinned.check(&description, true)?;
        self.refresh_addresses();
        self.pending = None;
        Ok(self.apply_offer(&description)?)
    }

    /// Takes the answer to this side's offer.
    pub(super) fn accept_answer(&mut self, answer: &str) -> Result<(), NegotiationError> {
        let description = Description::parse(answer, self.config.allow_loopback)?;
        let pinned = match self.pinned {
            Some(pinned) => {
                pinned.check(&description, false)?;
                pinned
            }
            None => Pinned::from_answer(&description)?,
        };
        let pending = self.pending.take().ok_or(NegotiationError::NoOffer)?;
        let answer = SdpAnswer::from_sdp_string(&description.text).map_err(|_| DescriptionError::Unusable)?;
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(unusable)?;
        self.pinned = Some(pinned);
        for &candidate in &description.candidates {
            self.note_remote(candidate);
        }
        self.publish_codecs();
        Ok(())
    }

    /// Makes an offer for a new path.
    pub(super) fn restart_path(&mut self) -> Result<String, NegotiationError> {
        if self.pinned.is_none() {
            return Err(NegotiationError::NoOffer);
        }
        self.refresh_addresses();
        let mut changes = self.rtc.sdp_api();
        changes.ice_restart(true);
        let (offer, pending) = changes.apply().ok_or(DescriptionError::Unusable)?;
        self.pending = Some(pending);
        Ok(offer.to_sdp_string())
    }

    /// A STUN server has told how a socket looks from outside.
    pub(super) fn learn_outside_address(&mut self, answer: Option<Mapped>) -> Result<(), CloseReason> {
        if let Some(Mapped { local, mapped }) = answer
            && let Ok(candidate) = Candidate::server_reflexive(mapped, local, "udp")
            && let Some(added) = self.rtc.add_local_candidate(candidate)
        {
            let text = added.to_sdp_string();
            self.report(LinkEvent::LocalCandidate(text))?;
        }
        if self.prober.is_done() {
            self.report(LinkEvent::GatheringDone)?;
        }
        self.drain().map(drop)
    }

    fn apply_offer(&mut self, description: &Description) -> Result<String, DescriptionError> {
        let offer = SdpOffer::from_sdp_string(&description.text).map_err(|_| DescriptionError::Unusable)?;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(unusable)?;
        for &candidate in &description.candidates {
            self.note_remote(candidate);
        }
        // The stack reports new lines only once media may flow.
        for (kind, name) in &description.media {
            let mid = Mid::from(name.as_str());
            if self.rtc.media(mid).is_some_and(|media| !media.disabled()) {
                self.tracks.add(mid, *kind);
            }
        }
        self.publish_codecs();
        Ok(answer.to_sdp_string())
    }

    fn add_addresses(&mut self) -> Result<(), StartError> {
        self.refresh_addresses();
        if self.hosts.is_empty() { Err(StartError::NoAddress) } else { Ok(()) }
    }

    /// Adds sockets for addresses that are new, forgets those that are gone, and asks again how they look from outside.
    fn refresh_addresses(&mut self) {
        let Ok(addresses) = gatherer::addresses(self.config.interfaces) else { return };
        let (kept, gone) = std::mem::take(&mut self.hosts)
            .into_iter()
            .partition(|host: &Candidate| addresses.contains(&host.addr().ip()));
        self.hosts = kept;
        for host in gone {
            self.rtc.direct_api().invalidate_candidate(&host);
        }
        for address in self.sockets.bind(&addresses) {
            let Ok(candidate) = Candidate::host(address, "udp") else { continue };
            if let Some(added) = self.rtc.add_local_candidate(candidate) {
                self.hosts.push(added.clone());
            }
        }
        let now = Instant::now();
        for host in &self.hosts {
            for &server in &self.config.stun_servers {
                self.prober.start(host.addr(), server, now);
            }
        }
    }
}

fn unusable(error: str0m::RtcError) -> DescriptionError {
    tracing::debug!(%error, "a description was refused");
    DescriptionError::Unusable
}
