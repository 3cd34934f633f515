//! Epoch keys: one per audience and epoch, wrapped for each member that may have it.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{BTreeMap, HashMap};

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::id::{Audience, EntryHash, Epoch, PeerId, SealKey, SessionId};
use crate::limits;
use crate::roster::{Entry, Wrap};

/// An epoch key.
pub type Key = Zeroizing<[u8; 32]>;

/// A wrap could not be made or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key cannot be wrapped or unwrapped")]
pub struct WrapError;

/// The secret half of a seal key.
#[derive(Clone)]
pub struct SealSecret(<X25519HkdfSha256 as Kem>::PrivateKey);

impl SealSecret {
    /// A fresh key pair.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut());
        SealSecret::from_bytes(&bytes)
    }

    /// The key with these 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        // Every 32 bytes are an X25519 secret: the curve's own clamping makes them one.
        match <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(bytes) {
            Ok(key) => SealSecret(key),
            Err(_) => unreachable!("any 32 bytes are an X25519 secret"),
        }
    }

    /// The public half.
    pub fn public(&self) -> SealKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&X25519HkdfSha256::sk_to_pk(&self.0).to_bytes());
        SealKey(bytes)
    }
}

/// The keys of one epoch.
pub struct EpochKeys {
    all: Key,
    /// Absent for those who are no experts.
    experts: Option<Key>,
}

impl EpochKeys {
    /// Fresh random keys.
    pub fn fresh(rng: &mut impl CryptoRng) -> Self {
        let mut keys = EpochKeys { all: Zeroizing::new([0; 32]), experts: Some(Zeroizing::new([0; 32])) };
        rng.fill_bytes(keys.all.as_mut());
        if let Some(experts) = &mut keys.experts {
            rng.fill_bytes(experts.as_mut());
        }
        keys
    }

    fn of(&self, audience: Audience) -> Option<&Key> {
        match audience {
            Audience::All => Some(&self.all),
            Audience::Experts => self.experts.as_ref(),
        }
    }
}

/// Every epoch key that this peer ever had, to read what comes late.
///
/// Branches of a roster may start the same epoch with different keys. All are kept; the newest learnt is the current
/// one, so after a switch the winning chain is [learnt](KeyRing::learn_from) again.
#[derive(Default, Clone)]
pub struct KeyRing {
    keys: BTreeMap<(Epoch, Audience), Vec<Key>>,
    /// What each entry's wraps held, so that they are opened only once.
    opened: HashMap<EntryHash, Vec<(Audience, Key)>>,
}

impl KeyRing {
    /// A ring without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the keys that `entry` wraps for `me`, and makes them the current ones of its epoch. The entry must be one
    /// that the roster took in.
    pub fn learn_from(&mut self, entry: &Entry, me: &PeerId, secret: &SealSecret) -> Result<(), WrapError> {
        let body = entry.body();
        let opened = match self.opened.entry(entry.hash()) {
            MapEntry::Occupied(known) => known.get().clone(),
            MapEntry::Vacant(unknown) => {
                let mut keys = Vec::new();
                for wrap in body.wraps.iter().filter(|wrap| wrap.peer == *me) {
                    keys.push((wrap.audience, unwrap(body.sid, body.epoch, wrap, secret)?));
                }
                unknown.insert(keys).clone()
            }
        };
        for (audience, key) in opened {
            self.learn(body.epoch, audience, key);
        }
        Ok(())
    }

    /// Takes keys that this peer made itself.
    pub fn learn_own(&mut self, epoch: Epoch, keys: &EpochKeys) {
        for audience in Audience::EACH {
            if let Some(key) = keys.of(audience) {
                self.learn(epoch, audience, key.clone());
            }
        }
    }

    /// The current key of an audience in an epoch.
    pub fn key(&self, epoch: Epoch, audience: Audience) -> Option<&Key> {
        self.keys.get(&(epoch, audience))?.first()
    }

    /// Every key that an audience had in an epoch, on whatever branch: for reading.
    pub fn candidates(&self, epoch: Epoch, audience: Audience) -> &[Key] {
        self.keys.get(&(epoch, audience)).map_or(&[], Vec::as_slice)
    }

    /// The keys of an epoch, to hand on.
    pub(crate) fn current(&self, epoch: Epoch) -> Option<EpochKeys> {
        let all = self.key(epoch, Audience::All)?.clone();
        Some(EpochKeys { all, experts: self.key(epoch, Audience::Experts).cloned() })
    }

    fn learn(&mut self, epoch: Epoch, audience: Audience, key: Key) {
        let keys = self.keys.entry((epoch, audience)).or_default();
        keys.retain(|known| **known != *key);
        keys.insert(0, key);
        keys.truncate(limits::FORKS_PER_ENTRY);
    }
}

/// Wraps keys for everybody who is to have them.
pub(crate) fn wrap_all(
    sid: SessionId,
    epoch: Epoch,
    keys: &EpochKeys,
    entitled: impl Iterator<Item = (Audience, PeerId, SealKey)>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<Wrap>, WrapError> {
    entitled
        .map(|(audience, peer, seal)| wrap(sid, epoch, audience, peer, &seal, keys.of(audience).ok_or(WrapError)?, rng))
        .collect()
}

fn wrap(
    sid: SessionId,
    epoch: Epoch,
    audience: Audience,
    peer: PeerId,
    seal: &SealKey,
    key: &Key,
    rng: &mut impl CryptoRng,
) -> Result<Wrap, WrapError> {
    let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&seal.0).map_err(|_| WrapError)?;
    let (enc, mut context) = hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &to,
        &wrap_info(sid, epoch, audience, peer),
        rng,
    )
    .map_err(|_| WrapError)?;
    let ct = context.seal(key.as_ref(), b"").map_err(|_| WrapError)?;
    let mut encapsulated = [0; 32];
    encapsulated.copy_from_slice(&enc.to_bytes());
    Ok(Wrap { audience, peer, enc: encapsulated, ct })
}

/// Opens a wrap of an entry of session `sid`; the session of a genesis entry is zero.
pub fn unwrap(sid: SessionId, epoch: Epoch, wrap: &Wrap, secret: &SealSecret) -> Result<Key, WrapError> {
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&wrap.enc).map_err(|_| WrapError)?;
    let mut context = hpke::setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret.0,
        &enc,
        &wrap_info(sid, epoch, wrap.audience, wrap.peer),
    )
    .map_err(|_| WrapError)?;
    let opened = Zeroizing::new(context.open(&wrap.ct, b"").map_err(|_| WrapError)?);
    let mut key = Zeroizing::new([0; 32]);
    if opened.len() != key.len() {
        return Err(WrapError);
    }
    key.copy_from_slice(&opened);
    Ok(key)
}

fn wrap_info(sid: SessionId, epoch: Epoch, audience: Audience, peer: PeerId) -> Vec<u8> {
    let mut info = b"sightline/1 epoch\0".to_vec();
    info.extend_from_slice(&sid.0);
    info.extend_from_slice(&epoch.0.to_be_bytes());
    info.push(audience.code());
    info.extend_from_slice(&peer.0);
    info
}
