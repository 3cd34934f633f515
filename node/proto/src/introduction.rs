//! Who asks for a link: the signed body of knocks and calls, the same in both.

use crate::id::{PeerId, SealPublic, SlotPublic};
use crate::keys::{PeerKey, SessionKeys};
use crate::limits::{MAX_CAP, MAX_CAPS, MAX_LANG, MAX_NAME, MAX_SDP, VERSION};
use crate::name::sanitise;
use crate::sig::{self, Signature, SignatureError};
use crate::wire::{Reader, WireError, Writer};
use thiserror::Error;

/// Why an opened body is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IntroductionError {
    /// Not a body.
    #[error(transparent)]
    Malformed(#[from] WireError),
    /// Not signed by the peer it names, for this place.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Who asks, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// The peer; it signed.
    pub peer: PeerId,
    /// Its key for this session, to which epoch keys and calls are sealed.
    pub seal: SealPublic,
    /// Its slot key for this session: replies go to its address.
    pub slot: SlotPublic,
    /// The name it gives itself, sanitised.
    pub name: String,
    /// Its language, a BCP 47 tag.
    pub lang: String,
    /// What it can do.
    pub caps: Vec<String>,
    /// An SDP offer.
    pub offer: Option<String>,
}

/// What a peer says about itself, besides its keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The name it gives itself.
    pub name: String,
    /// Its language, a BCP 47 tag.
    pub lang: String,
    /// What it can do.
    pub caps: Vec<String>,
    /// An SDP offer.
    pub offer: Option<String>,
}

impl Introduction {
    /// Writes and signs a body for one place: `context` is everything that the HPKE message is bound to.
    pub(crate) fn sign(about: &About, peer: &PeerKey, keys: &SessionKeys, label: &str, context: &[u8]) -> Vec<u8> {
        let mut to = Writer::new();
        to.u8(VERSION).raw(&peer.public().0).raw(&keys.seal.public().0).raw(&keys.slot.public().0);
        to.str(&sanitise(&about.name)).str(&about.lang).strs(&about.caps).opt_str(about.offer.as_deref());
        let sig = peer.sign(label, &[context, to.as_slice()].concat());
        to.raw(&sig.0).finish()
    }

    /// Reads and judges a body. Whether the peer may ask is not judged here.
    pub(crate) fn verify(plain: &[u8], label: &str, context: &[u8]) -> Result<Self, IntroductionError> {
        let mut from = Reader::new(plain);
        from.version()?;
        let introduction = Self {
            peer: PeerId(from.array()?),
            seal: SealPublic(from.array()?),
            slot: SlotPublic(from.array()?),
            name: sanitise(from.str(MAX_NAME)?),
            lang: from.str(MAX_LANG)?.to_owned(),
            caps: from.strs(MAX_CAPS, MAX_CAP)?,
            offer: from.opt_str(MAX_SDP)?,
        };
        let signed = [context, from.before()].concat();
        let sig = Signature(from.array()?);
        from.end().map_err(IntroductionError::Malformed)?;
        sig::verify(&introduction.peer.0, label, &signed, &sig)?;
        sig::check_key(&introduction.slot.0).map_err(SignatureError::Key)?;
        Ok(introduction)
    }
}
