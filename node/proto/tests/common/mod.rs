//! Named people with fixed keys, and randomness that is the same on every machine and in every release of any crate.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, reason = "each test program uses its part")]

mod craft;

#[allow(unused_imports, reason = "each test program uses its part")]
pub use craft::*;
use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use sightline_proto::id::{Role, SessionId};
use sightline_proto::introduction::About;
use sightline_proto::invite::{InviteOwner, InviteSecrets, InviteSpec, Record};
use sightline_proto::keys::{PeerKey, SessionKeys};
use sightline_proto::knock::KnockKeys;
use std::convert::Infallible;

/// The time at which every script begins.
pub const NOW: u64 = 1_800_000_000_000;
/// The address of the rendezvous in every script.
pub const RENDEZVOUS: &str = "https://help.example";

/// SHA-256 in counter mode: `SHA-256(seed ‖ u64 counter)`, block after block.
pub struct Seeded {
    seed: Vec<u8>,
    counter: u64,
    block: Vec<u8>,
}

impl Seeded {
    pub fn new(seed: &str) -> Self {
        Self { seed: seed.as_bytes().to_vec(), counter: 0, block: Vec::new() }
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for byte in out {
            if self.block.is_empty() {
                let hash = Sha256::new().chain_update(&self.seed).chain_update(self.counter.to_be_bytes()).finalize();
                self.block = hash.iter().rev().copied().collect();
                self.counter += 1;
            }
            *byte = self.block.pop().unwrap();
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// A peer with its keys for the session.
pub struct Person {
    pub peer: PeerKey,
    pub keys: SessionKeys,
}

impl Person {
    pub fn new(name: &str) -> Self {
        let mut rng = Seeded::new(name);
        Self { peer: PeerKey::generate(&mut rng), keys: SessionKeys::generate(&mut rng) }
    }
}

/// An expert with one open invite, and an operator who holds its link.
pub struct Scene {
    pub expert: Person,
    pub operator: Person,
    pub owner: InviteOwner,
    pub secrets: InviteSecrets,
    pub record: Record,
    pub rng: Seeded,
}

pub const SID: SessionId = SessionId([0x51; 16]);

impl Scene {
    pub fn new() -> Self {
        Self::with(spec())
    }

    pub fn with(spec: InviteSpec) -> Self {
        let mut rng = Seeded::new("scene");
        let expert = Person::new("expert");
        let owner = InviteOwner::create(&expert.peer.public(), SID, spec, &mut rng).unwrap();
        let address = expert.keys.slot.address();
        let record = owner.record(expert.peer.public(), address, &[RENDEZVOUS.to_owned()], "Eva").unwrap();
        Self { expert, operator: Person::new("operator"), secrets: owner.secrets(), owner, record, rng }
    }

    pub fn knock_keys(&self) -> KnockKeys {
        self.owner.knock_keys(self.expert.keys.slot.address()).unwrap()
    }
}

pub fn spec() -> InviteSpec {
    InviteSpec {
        role: Role::Operator,
        not_before: NOW,
        not_after: NOW + 86_400_000,
        uses: 1,
        admit_automatically: false,
    }
}

pub fn about() -> About {
    About {
        name: "Olga 👩‍🔧".to_owned(),
        lang: "es".to_owned(),
        caps: vec!["vp8".to_owned(), "h264".to_owned()],
        offer: Some(OFFER.to_owned()),
    }
}

pub const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\n\
a=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\na=fingerprint:sha-256 \
01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F:20\r\na=sctp-port:5000\r\n";

pub const ANSWER: &str = "v=0\r\no=- 3 4 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:efgh\r\n\
a=ice-pwd:0123456789012345678901\r\na=setup:active\r\na=fingerprint:sha-256 \
A1:A2:A3:A4:A5:A6:A7:A8:A9:AA:AB:AC:AD:AE:AF:B0:B1:B2:B3:B4:B5:B6:B7:B8:B9:BA:BB:BC:BD:BE:BF:C0\r\na=sctp-port:5000\r\n";
