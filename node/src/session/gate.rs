//! Nothing leaves this device that isn't on its disk: what depends on a record waits here until the record is durable.

use std::collections::VecDeque;

use crate::store::writer::{BufferFull, Durability, LogFile};

/// Something that waits for the disk.
pub(super) enum Effect<A> {
    /// To be done when everything written before is durable.
    Do(Box<dyn FnOnce(&mut A) + Send>),
    /// An answer to a person: `stored` when durable, `failed` as soon as the disk refuses.
    Answer { stored: Box<dyn FnOnce() + Send>, failed: Box<dyn FnOnce() + Send> },
}

/// Appends records and keeps effects in order behind them.
pub(super) struct Gate<A> {
    log: LogFile,
    held: VecDeque<(u64, Effect<A>)>,
    written: u64,
    durable: u64,
}

impl<A> Gate<A> {
    /// In front of a session's file.
    pub(super) fn new(log: LogFile) -> Self {
        Self { log, held: VecDeque::new(), written: 0, durable: 0 }
    }

    /// Writes a record (framed already).
    pub(super) fn append(&mut self, record: &[u8]) -> Result<(), BufferFull> {
        self.written = self.log.append(record)?;
        Ok(())
    }

    /// Gives the effect back if nothing is left to wait for, else keeps it.
    pub(super) fn hold(&mut self, effect: Effect<A>) -> Option<Effect<A>> {
        if self.durable >= self.written && self.held.is_empty() {
            return Some(effect);
        }
        self.held.push_back((self.written, effect));
        None
    }

    /// Takes note of what is durable now. The effects that are free come out in order; while the disk refuses, all
    /// waiting answers fail.
    pub(super) fn release(&mut self, durability: Durability) -> Vec<Effect<A>> {
        self.durable = self.durable.max(durability.ticket);
        let free = self.held.iter().take_while(|(ticket, _)| *ticket <= self.durable).count();
        let free: Vec<Effect<A>> = self.held.drain(..free).map(|(_, effect)| effect).collect();
        if durability.trouble.is_some() {
            let held = std::mem::take(&mut self.held);
            for (ticket, effect) in held {
                match effect {
                    Effect::Answer { failed, .. } => failed(),
                    Effect::Do(_) => self.held.push_back((ticket, effect)),
                }
            }
        }
        free
    }

    /// The file's durability, and a wake-up for each change.
    pub(super) fn durability(&self) -> tokio::sync::watch::Receiver<Durability> {
        self.log.durability()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::store::writer::{DiskTrouble, Writer};

    fn note(text: &'static str, into: &Arc<Mutex<Vec<&'static str>>>) -> Box<dyn FnOnce() + Send> {
        let into = into.clone();
        Box::new(move || into.lock().expect("no panic").push(text))
    }

    #[test]
    fn effects_wait_for_their_record_and_answers_fail_at_once_when_the_disk_refuses() {
        let writer = Writer::spawn().expect("a thread");
        let file = tempfile::tempfile().expect("a file");
        let mut gate: Gate<()> = Gate::new(writer.adopt(file, 0));
        assert!(gate.hold(Effect::Do(Box::new(|()| {}))).is_some(), "nothing to wait for");
        let said = Arc::new(Mutex::new(Vec::new()));
        gate.append(b"one").expect("room");
        let answer = |ok, bad| Effect::Answer { stored: note(ok, &said), failed: note(bad, &said) };
        assert!(gate.hold(answer("stored 1", "failed 1")).is_none());
        gate.append(b"two").expect("room");
        assert!(gate.hold(answer("stored 2", "failed 2")).is_none());
        assert!(gate.hold(Effect::Do(Box::new(|()| {}))).is_none());
        let free = gate.release(Durability { ticket: 1, trouble: Some(DiskTrouble::Full) });
        assert_eq!(free.len(), 1);
        for effect in free {
            let Effect::Answer { stored, .. } = effect else { panic!("the first answer") };
            stored();
        }
        assert_eq!(*said.lock().expect("no panic"), ["failed 2", "stored 1"]);
        assert_eq!(gate.release(Durability { ticket: 2, trouble: None }).len(), 1, "the send that waited");
    }
}
