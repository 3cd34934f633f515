//! Serving one peer: what it asked for, in that order, no further ahead than its link takes.
//!
//! The caller gives every message that a server is told, carries out what [`Serve::want`] says, and gives back what it
//! found. When the link has room it takes [`Serve::front`], sends it, and says [`Serve::sent`]. So whatever a peer asks and
//! however little it takes, [`SERVE_AHEAD`] chunks or manifests are ready for it, as many more are being read, and
//! [`MAX_SERVE_QUEUE`] requests and short messages wait.

use std::collections::VecDeque;

use crate::id::BlobId;
use crate::limits::{MAX_HASHES, MAX_SERVE_QUEUE, SERVE_AHEAD};

use super::chunks::ChunkSet;
use super::manifest::Manifest;
use super::message::{self, Message, Why, pieces};

/// An encoded message.
type Encoded = Vec<u8>;

/// What the machine needs from its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// The manifest of a blob, if the peer may have it.
    Manifest(BlobId),
    /// A chunk from an offset on, if the peer may have it; verified as it is read.
    Chunk {
        /// Of what.
        blob: BlobId,
        /// Which.
        chunk: u32,
        /// The first byte that is wanted.
        from: u32,
    },
}

/// What the caller found.
#[derive(Debug, Clone)]
pub enum Found {
    /// A manifest, and which chunks are here if not all are.
    Manifest(Manifest, Option<ChunkSet>),
    /// The chunk's bytes from the offset on.
    Chunk(Vec<u8>),
    /// Neither.
    Not(Why),
}

/// The machine, one for each link.
#[derive(Debug, Default)]
pub struct Serve {
    queue: VecDeque<Job>,
    /// What is sent before anything else: refusals, own requests, and how far an own transfer is.
    first: VecDeque<Encoded>,
    /// What the caller looks for now, wanted still or not.
    sought: usize,
}

#[derive(Debug)]
struct Job {
    want: Want,
    state: JobState,
}

#[derive(Debug)]
enum JobState {
    /// Nobody looks yet.
    New,
    /// The caller looks.
    Sought,
    Hashes {
        manifest: Manifest,
        next: u32,
        have: Option<ChunkSet>,
    },
    Pieces(VecDeque<Encoded>),
}

impl Serve {
    /// Nothing was asked for.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a message that a server is told; others change nothing.
    pub fn take(&mut self, message: &Message) {
        match *message {
            Message::Ask { blob } => self.push(Want::Manifest(blob)),
            Message::Get { blob, chunk, from } => {
                // Asked again: whatever was asked before is out of date.
                let same =
                    |want: &Want| matches!(want, Want::Chunk { blob: b, chunk: c, .. } if (*b, *c) == (blob, chunk));
                self.queue.retain(|job| !same(&job.want));
                self.push(Want::Chunk { blob, chunk, from });
            }
            Message::Cancel { blob } => self.queue.retain(|job| job.want.blob() != blob),
            _ => {}
        }
    }

    fn push(&mut self, want: Want) {
        let blob = want.blob();
        if self.queue.len() >= MAX_SERVE_QUEUE {
            return self.say(&Message::Refused { blob, why: Why::Busy });
        }
        if !self.queue.iter().any(|job| job.want == want) {
            self.queue.push_back(Job { want, state: JobState::New });
        }
    }

    /// The next thing to look for. Every one is answered by [`Serve::found`], cancelled or not: until then it counts.
    pub fn want(&mut self) -> Option<Want> {
        if self.sought >= SERVE_AHEAD {
            return None;
        }
        let job = self.queue.iter_mut().take(SERVE_AHEAD).find(|job| matches!(job.state, JobState::New))?;
        job.state = JobState::Sought;
        self.sought += 1;
        Some(job.want)
    }

    /// What was found. If it was cancelled meanwhile nothing follows.
    pub fn found(&mut self, want: Want, found: Found) {
        self.sought = self.sought.saturating_sub(1);
        let Some(at) = self.queue.iter().position(|job| job.want == want && matches!(job.state, JobState::Sought))
        else {
            return;
        };
        let state = match (want, found) {
            (Want::Manifest(_), Found::Manifest(manifest, have)) => JobState::Hashes { manifest, next: 0, have },
            (Want::Chunk { blob, chunk, from }, Found::Chunk(bytes)) if !bytes.is_empty() => {
                JobState::Pieces(pieces(blob, chunk, from, &bytes).collect())
            }
            (want, found) => {
                let why = if let Found::Not(why) = found { why } else { Why::Unknown };
                self.queue.remove(at);
                return self.say(&Message::Refused { blob: want.blob(), why });
            }
        };
        if let Some(job) = self.queue.get_mut(at) {
            job.state = state;
        }
    }

    /// Says something beside what was asked for, soon. What it makes out of date is not said any more; and to a peer that
    /// takes nothing, refusals and requests are not repeated for ever: it asks again, or is left for another source.
    pub fn say(&mut self, message: &Message) {
        let encoded = message.encode();
        match *message {
            Message::Cancel { blob } => self.first.retain(|other| !is_request(other, &blob)),
            // Kind, blob and chunk stand first.
            Message::Get { .. } => self.first.retain(|other| other.get(..37) != encoded.get(..37)),
            _ => self.first.retain(|other| other.get(..33) != encoded.get(..33)),
        }
        let matters = matches!(message, Message::Cancel { .. } | Message::Have { .. });
        if matters || self.first.len() < MAX_SERVE_QUEUE {
            self.first.push_back(encoded);
        }
    }

    /// What is to be sent next, if anything is ready.
    pub fn front(&mut self) -> Option<&[u8]> {
        if self.first.is_empty() {
            self.make_ready();
        }
        if let Some(first) = self.first.front() {
            return Some(first);
        }
        match &self.queue.front()?.state {
            JobState::Pieces(pieces) => pieces.front().map(Vec::as_slice),
            _ => None,
        }
    }

    /// The front was sent.
    pub fn sent(&mut self) {
        if self.first.pop_front().is_some() {
            return;
        }
        let Some(Job { state: JobState::Pieces(pieces), .. }) = self.queue.front_mut() else { return };
        pieces.pop_front();
        if pieces.is_empty() {
            self.queue.pop_front();
        }
    }

    /// Makes the next part of a manifest when its turn has come: a large one is never encoded as a whole.
    fn make_ready(&mut self) {
        let Some(Job { want, state: JobState::Hashes { manifest, next, have } }) = self.queue.front_mut() else {
            return;
        };
        let blob = want.blob();
        self.first.push_back(message::part(blob, manifest, *next).encode());
        *next += MAX_HASHES as u32;
        if *next >= manifest.chunks() {
            let have = have.take().map(|chunks| Message::Have { blob, chunks });
            self.queue.pop_front();
            self.first.extend(have.map(|have| have.encode()));
        }
    }
}

impl Want {
    /// Of which blob.
    #[must_use]
    pub const fn blob(&self) -> BlobId {
        match self {
            Self::Manifest(blob) | Self::Chunk { blob, .. } => *blob,
        }
    }
}

/// Whether an own message asks for something of a blob, or takes that back.
fn is_request(encoded: &[u8], blob: &BlobId) -> bool {
    matches!(encoded.first(), Some(1 | 3 | 7)) && encoded.get(1..33) == Some(&blob.0[..])
}
