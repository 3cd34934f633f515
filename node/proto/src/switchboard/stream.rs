//! Frames over HTTPS: each with a u32 length before it, cut anywhere by the network.

use crate::limits::MAX_FRAME;
use crate::wire::WireError;

/// Bytes of a length.
const PREFIX: usize = 4;

/// A frame with its length before it.
#[must_use]
pub fn prefixed(frame: &[u8]) -> Vec<u8> {
    crate::wire::Writer::new().bytes(frame).finish()
}

/// Puts frames together from pieces of a stream. Holds at most one unfinished frame.
#[derive(Debug, Default)]
pub struct Deframer {
    held: Vec<u8>,
}

impl Deframer {
    /// At the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a piece and gives back the frames that it finishes. After an error the stream is useless and is closed.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<Vec<u8>>, WireError> {
        self.held.extend_from_slice(piece);
        let mut frames = Vec::new();
        let mut at = 0;
        while let Some(prefix) = self.held[at..].first_chunk::<PREFIX>() {
            let len = usize::try_from(u32::from_be_bytes(*prefix)).map_err(|_| WireError::TooLarge)?;
            if len > MAX_FRAME {
                return Err(WireError::TooLarge);
            }
            let Some(frame) = self.held.get(at + PREFIX..at + PREFIX + len) else { break };
            frames.push(frame.to_vec());
            at += PREFIX + len;
        }
        self.held.drain(..at);
        Ok(frames)
    }

    /// Ends the stream: refused inside a frame.
    pub fn end(&self) -> Result<(), WireError> {
        if self.held.is_empty() { Ok(()) } else { Err(WireError::Truncated) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cut() {
        let stream = [prefixed(b"one"), prefixed(b""), prefixed(&[7; 300])].concat();
        for size in 1..stream.len() {
            let mut deframer = Deframer::new();
            let frames: Vec<_> = stream.chunks(size).flat_map(|piece| deframer.push(piece).unwrap()).collect();
            assert_eq!(frames, [b"one".to_vec(), vec![], vec![7; 300]]);
            assert_eq!(deframer.end(), Ok(()));
        }
    }

    #[test]
    fn an_oversized_frame_ends_the_stream_before_it_is_held() {
        let mut deframer = Deframer::new();
        let len = u32::try_from(MAX_FRAME + 1).unwrap();
        assert_eq!(deframer.push(&len.to_be_bytes()), Err(WireError::TooLarge));
    }

    #[test]
    fn a_cut_stream_is_noticed() {
        let mut deframer = Deframer::new();
        assert_eq!(deframer.push(&[0, 0, 0, 2, 1]), Ok(vec![]));
        assert_eq!(deframer.end(), Err(WireError::Truncated));
    }
}
