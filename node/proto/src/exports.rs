//! What both ends of a knock or call have in common once it is opened: its id and the keys exported from its HPKE context.

use crate::id::KnockId;
use crate::keys::Secret;
use crate::wire::{Reader, WireError, Writer};
use crate::words;
use zeroize::Zeroizing;

/// Whether a link was asked for with an invite or as a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// With an invite.
    Knock,
    /// As a member.
    Call,
}

impl Purpose {
    /// The label of its signature and the word in its HPKE info.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Knock => "knock",
            Self::Call => "call",
        }
    }
}

/// Id and exported keys of one knock or call. Kept by its maker until the session ends for it, so that a reload goes on
/// where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exports {
    /// What it was made for.
    pub purpose: Purpose,
    /// SHA-256 of encapsulated key and ciphertext.
    pub id: KnockId,
    /// Seals replies.
    pub reply: Secret<32>,
    /// Seals waiting-room items.
    pub waiting: Secret<32>,
    /// Seals trickle from the offerer.
    pub trickle_offerer: Secret<32>,
    /// Seals trickle from the answerer.
    pub trickle_answerer: Secret<32>,
    /// The four words' indices.
    pub words: [u16; 4],
}

impl Exports {
    /// Takes each key from an HPKE context's exporter. The exporter context of "X" is `"sightline/1 X"`.
    pub(crate) fn take<E>(
        purpose: Purpose,
        id: KnockId,
        export: impl Fn(&[u8], &mut [u8; 32]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let of = |label: &str| {
            let mut key = Zeroizing::new([0; 32]);
            export(format!("sightline/1 {label}").as_bytes(), &mut key)?;
            Ok(key)
        };
        let secret = |label: &str| Ok(Secret::new(*of(label)?));
        Ok(Self {
            purpose,
            id,
            reply: secret("reply")?,
            waiting: secret("waiting")?,
            trickle_offerer: secret("trickle o")?,
            trickle_answerer: secret("trickle a")?,
            words: words::indices(&*of("words")?),
        })
    }

    /// For storage that only its owner can read.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut to = Writer::new();
        to.u8(crate::limits::VERSION).u8(self.purpose as u8).raw(&self.id.0);
        for key in [&self.reply, &self.waiting, &self.trickle_offerer, &self.trickle_answerer] {
            to.raw(key.expose());
        }
        self.words.iter().for_each(|index| {
            to.raw(&index.to_be_bytes());
        });
        Zeroizing::new(to.finish())
    }

    /// Reads what [`Exports::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut from = Reader::new(bytes);
        from.version()?;
        let purpose = if from.bool()? { Purpose::Call } else { Purpose::Knock };
        let exports = Self {
            purpose,
            id: KnockId(from.array()?),
            reply: Secret::new(from.array()?),
            waiting: Secret::new(from.array()?),
            trickle_offerer: Secret::new(from.array()?),
            trickle_answerer: Secret::new(from.array()?),
            words: [0; 4].map(|_: u16| from.array().map(u16::from_be_bytes).map(|w| w & 0x7ff).unwrap_or_default()),
        };
        from.end()?;
        Ok(exports)
    }
}
