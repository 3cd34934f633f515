//! Lines to standard output, written by a thread of their own so that a slow reader never holds up the node.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, SyncSender, TrySendError},
    },
    thread::JoinHandle,
};

use serde_json::{Value, json};

/// Where lines go. Clones write to the same place.
#[derive(Clone)]
pub struct Output {
    lines: SyncSender<String>,
    missed: Arc<AtomicU64>,
}

impl Output {
    /// Starts the thread. It ends when all clones are gone and everything is written, or when nobody reads any more.
    pub fn start(mut to: impl Write + Send + 'static) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (lines, queue) = mpsc::sync_channel::<String>(QUEUE);
        let thread = std::thread::Builder::new().name("sightline-output".to_owned()).spawn(move || {
            for line in queue {
                if writeln!(to, "{line}").and_then(|()| to.flush()).is_err() {
                    return;
                }
            }
        })?;
        Ok((Self { lines, missed: Arc::default() }, thread))
    }

    /// Writes an answer; waits while the queue is full, since every command is answered.
    pub async fn answer(&self, value: Value) {
        let mut line = value.to_string();
        loop {
            match self.lines.try_send(line) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
                Err(TrySendError::Full(back)) => line = back,
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }

    /// Writes an event; leaves it out while the queue is full, and says how many were left out.
    pub fn event(&self, value: &impl serde::Serialize) {
        let missed = self.missed.swap(0, Ordering::Relaxed);
        if missed > 0 && self.lines.try_send(json!({ "event": "missed", "count": missed }).to_string()).is_err() {
            self.missed.fetch_add(missed, Ordering::Relaxed);
        }
        let line = match serde_json::to_string(value) {
            Ok(line) => line,
            Err(error) => {
                tracing::error!(%error, "an event can't be written as JSON");
                return;
            }
        };
        if let Err(TrySendError::Full(_)) = self.lines.try_send(line) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A reader that is this far behind is not reading.
const QUEUE: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn answers_and_events_are_whole_lines_in_order() {
        let sink = Sink::default();
        let (output, thread) = Output::start(sink.clone()).unwrap();
        output.event(&json!({ "event": "ready" }));
        output.answer(json!({ "event": "reply", "text": "two\nlines" })).await;
        drop(output);
        thread.join().unwrap();
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["text"], "two\nlines");
    }

    #[tokio::test]
    async fn what_a_slow_reader_missed_is_counted() {
        struct Stuck(mpsc::Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                let _ = self.0.recv();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (release, stuck) = mpsc::sync_channel(0);
        let (output, thread) = Output::start(Stuck(stuck)).unwrap();
        for number in 0..QUEUE + 10 {
            output.event(&json!({ "event": "chat", "number": number }));
        }
        assert!(output.missed.load(Ordering::Relaxed) >= 8);
        drop(release);
        drop(output);
        thread.join().unwrap();
    }
}
