//! The hello: the first message on `control`, both ways. It binds the peer, the session, the knock or call, who offered,
//! and both DTLS fingerprints as each end sees them, so that nobody can stand in the middle of the link.

use crate::id::{Fingerprint, KnockId, PeerId, SessionId};
use crate::keys::PeerKey;
use crate::sig::{self, Signature};
use crate::trickle::Side;
use crate::wire::Writer;
use thiserror::Error;

const LABEL: &str = "hello";

/// A link as one end sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkFacts {
    /// The session.
    pub sid: SessionId,
    /// The knock or call that made the link.
    pub id: KnockId,
    /// Which end this is.
    pub side: Side,
    /// Fingerprint of this end's DTLS certificate.
    pub own: Fingerprint,
    /// Fingerprint of the other end's, as the connection has it, not as a message says.
    pub remote: Fingerprint,
}

/// Why a hello was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HelloError {
    /// It names another peer than the one that this link is for.
    #[error("the hello is of another peer")]
    OtherPeer,
    /// Its signature is not over this link as we see it: another session or link, sides or fingerprints.
    #[error("the hello does not match this link")]
    Mismatch,
}

/// Signs this end's hello.
#[must_use]
pub fn make(peer: &PeerKey, link: &LinkFacts) -> Signature {
    peer.sign(LABEL, &signed(link))
}

/// Judges the other end's hello.
pub fn verify(link: &LinkFacts, expected: &PeerId, peer: &PeerId, sig: &Signature) -> Result<(), HelloError> {
    if expected != peer {
        return Err(HelloError::OtherPeer);
    }
    let theirs = LinkFacts { side: link.side.other(), own: link.remote, remote: link.own, ..*link };
    sig::verify(&peer.0, LABEL, &signed(&theirs), sig).map_err(|_| HelloError::Mismatch)
}

fn signed(link: &LinkFacts) -> Vec<u8> {
    Writer::new().raw(&link.sid.0).raw(&link.id.0).u8(link.side.code()).raw(&link.own.0).raw(&link.remote.0).finish()
}
