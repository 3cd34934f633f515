//! Cutting sync messages into fragments that every data channel carries, and putting them together again.
//!
//! A fragment is one byte, 1 for the last one and 0 for others, then at most [`limits::FRAGMENT_BYTES`] bytes.

use thiserror::Error;

use crate::limits;

/// Fragments that do not make a message; the link is no longer in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FragmentError {
    /// A fragment without its first byte, or with an unknown one.
    #[error("not a fragment")]
    Malformed,
    /// A fragment or a message above its cap.
    #[error("too long")]
    TooLong,
}

/// Cuts a message into fragments.
pub fn fragments(message: &[u8]) -> Vec<Vec<u8>> {
    let mut parts: Vec<Vec<u8>> = message
        .chunks(limits::FRAGMENT_BYTES)
        .map(|part| {
            let mut fragment = Vec::with_capacity(1 + part.len());
            fragment.push(0);
            fragment.extend_from_slice(part);
            fragment
        })
        .collect();
    match parts.last_mut() {
        Some(last) => last[0] = 1,
        None => parts.push(vec![1]),
    }
    parts
}

/// Puts fragments together.
#[derive(Debug, Default)]
pub struct Assembler {
    message: Vec<u8>,
}

impl Assembler {
    /// An assembler at the start of a message.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a fragment, and gives the message if it was the last one. After an error it starts anew.
    pub fn push(&mut self, fragment: &[u8]) -> Result<Option<Vec<u8>>, FragmentError> {
        let result = self.take(fragment);
        if result.is_err() {
            self.message = Vec::new();
        }
        result
    }

    fn take(&mut self, fragment: &[u8]) -> Result<Option<Vec<u8>>, FragmentError> {
        let (last, part) = match fragment.split_first() {
            Some((1, part)) => (true, part),
            Some((0, part)) if !part.is_empty() => (false, part),
            _ => return Err(FragmentError::Malformed),
        };
        if part.len() > limits::FRAGMENT_BYTES || self.message.len() + part.len() > limits::SYNC_BYTES {
            return Err(FragmentError::TooLong);
        }
        self.message.extend_from_slice(part);
        Ok(last.then(|| std::mem::take(&mut self.message)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_message_comes_back(len in 0usize..100_000, byte: u8) {
            let message = vec![byte; len];
            let mut assembler = Assembler::new();
            let parts = fragments(&message);
            let (last, others) = parts.split_last().unwrap();
            for part in others {
                prop_assert_eq!(assembler.push(part), Ok(None));
            }
            prop_assert_eq!(assembler.push(last), Ok(Some(message)));
        }

        #[test]
        fn any_fragment_is_taken_or_refused(fragments: Vec<Vec<u8>>) {
            let mut assembler = Assembler::new();
            for fragment in fragments {
                let _ = assembler.push(&fragment);
            }
        }
    }

    #[test]
    fn a_message_that_never_ends_is_refused() {
        let mut assembler = Assembler::new();
        let mut part = vec![0; 1 + limits::FRAGMENT_BYTES];
        let refused = (0..100).any(|_| assembler.push(&part) == Err(FragmentError::TooLong));
        assert!(refused);
        part.push(0);
        assert_eq!(assembler.push(&part), Err(FragmentError::TooLong));
    }
}
