//! The one thread that writes session files: append, flush, then say what is durable.
//!
//! Actors append to a [`LogFile`] without waiting: bytes go into a bounded buffer and get a ticket. The thread takes all
//! buffers that have something (group commit), writes and fsyncs each file once, and publishes the newest durable ticket
//! in [`Durability`]. **What depends on a record (an answer, a send, an acknowledgement) waits for its ticket.**
//!
//! When the disk refuses, the file is cut back to its last whole commit and the bytes stay in the buffer, in order; the
//! thread tries again every [`RETRY`]. So memory never runs ahead of the disk in a way that a restart would show, except
//! by what nobody was told was stored.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use super::home::{private_options, sync_parent};

/// Pause between attempts while the disk refuses: a person who makes room sees it work soon.
const RETRY: Duration = Duration::from_secs(1);

/// What one file may hold in memory before it is durable: far more than a second of the busiest session, little enough
/// to keep while a disk is full.
const MAX_BUFFER: usize = 32 * 1024 * 1024;

/// Why the disk refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiskTrouble {
    /// There is no room.
    Full,
    /// Anything else.
    Failed,
}

impl DiskTrouble {
    fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Failed,
        }
    }
}

/// What is known about a file: published after each commit and each failed attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Durability {
    /// Every append up to this ticket survives a crash.
    pub(crate) ticket: u64,
    /// The disk refuses at the moment.
    pub(crate) trouble: Option<DiskTrouble>,
}

/// The buffer is full because the disk has refused for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BufferFull;

/// The writing thread. Dropping it ends the thread after it has written what it can.
#[derive(Debug)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    work: Mutex<Work>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Work {
    files: Vec<Weak<Slot>>,
    dirty: bool,
    stop: bool,
}

/// One append-only file. Its writer must live at least as long, or nothing becomes durable.
#[derive(Debug)]
pub(crate) struct LogFile {
    slot: Arc<Slot>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Slot {
    buffer: Mutex<Buffer>,
    file: Mutex<Committed>,
    durability: watch::Sender<Durability>,
}

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    ticket: u64,
}

#[derive(Debug)]
struct Committed {
    file: Box<dyn Medium>,
    length: u64,
    /// The end of the file may hold a part of a failed write.
    torn: bool,
}

/// What a log is written to: a file, or in tests something that fails.
pub(crate) trait Medium: Write + Seek + Send + std::fmt::Debug {
    /// Makes everything written survive a crash.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts everything after `length`.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn spawn() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let work = shared.clone();
        let thread = std::thread::Builder::new().name("sightline-store".into()).spawn(move || work.run())?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Takes over a file whose first `length` bytes are good; whatever follows is cut.
    pub(crate) fn adopt(&self, file: impl Medium + 'static, length: u64) -> LogFile {
        let slot = Arc::new(Slot {
            buffer: Mutex::default(),
            file: Mutex::new(Committed { file: Box::new(file), length, torn: true }),
            durability: watch::Sender::default(),
        });
        lock(&self.shared.work).files.push(Arc::downgrade(&slot));
        LogFile { slot, shared: self.shared.clone() }
    }

    /// Makes a new file with first content, durable when this returns. Blocking.
    pub(crate) fn create(&self, path: &Path, content: &[u8]) -> io::Result<LogFile> {
        let made = (|| -> io::Result<File> {
            let mut file = private_options().read(true).write(true).create_new(true).open(path)?;
            file.write_all(content)?;
            file.sync_all()?;
            sync_parent(path)?;
            Ok(file)
        })();
        match made {
            Ok(file) => Ok(self.adopt(file, content.len() as u64)),
            Err(error) => {
                if error.kind() != io::ErrorKind::AlreadyExists {
                    // Half a session is none; if it can't be removed, the next start cuts it.
                    let _ = std::fs::remove_file(path);
                }
                Err(error)
            }
        }
    }

    /// Writes what can be written and ends the thread. Blocking.
    pub(crate) fn finish(&self) {
        lock(&self.shared.work).stop = true;
        self.shared.wake.notify_all();
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            // A panic of the thread was reported by the panic hook; nothing is left to do about it here.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.finish();
    }
}

impl LogFile {
    /// Appends bytes; they are durable when [`Durability::ticket`] has reached the returned ticket. Never waits.
    pub(crate) fn append(&self, bytes: &[u8]) -> Result<u64, BufferFull> {
        let ticket = {
            let mut buffer = lock(&self.slot.buffer);
            if buffer.bytes.len() + bytes.len() > MAX_BUFFER {
                return Err(BufferFull);
            }
            buffer.bytes.extend_from_slice(bytes);
            buffer.ticket += 1;
            buffer.ticket
        };
        lock(&self.shared.work).dirty = true;
        self.shared.wake.notify_one();
        Ok(ticket)
    }

    /// What is durable, and a wake-up for each change.
    pub(crate) fn durability(&self) -> watch::Receiver<Durability> {
        self.slot.durability.subscribe()
    }
}

impl Shared {
    fn run(&self) {
        let mut failing = false;
        loop {
            let (files, stop) = {
                let mut work = lock(&self.work);
                while !work.dirty && !work.stop {
                    if failing {
                        let (guard, timeout) =
                            self.wake.wait_timeout(work, RETRY).unwrap_or_else(PoisonError::into_inner);
                        work = guard;
                        if timeout.timed_out() {
                            break;
                        }
                    } else {
                        work = self.wake.wait(work).unwrap_or_else(PoisonError::into_inner);
                    }
                }
                work.dirty = false;
                work.files.retain(|file| file.strong_count() > 0);
                (work.files.iter().filter_map(Weak::upgrade).collect::<Vec<_>>(), work.stop)
            };
            failing = false;
            for file in &files {
                failing |= !file.commit();
            }
            if stop {
                return;
            }
        }
    }
}

impl Slot {
    /// Writes what the buffer holds. Returns whether nothing is left to try again.
    fn commit(&self) -> bool {
        let (bytes, ticket) = {
            let mut buffer = lock(&self.buffer);
            (std::mem::take(&mut buffer.bytes), buffer.ticket)
        };
        if bytes.is_empty() {
            return true;
        }
        let committed = lock(&self.file).append(&bytes);
        match committed {
            Ok(()) => {
                self.durability.send_replace(Durability { ticket, trouble: None });
                true
            }
            Err(error) => {
                {
                    let mut buffer = lock(&self.buffer);
                    let newer = std::mem::replace(&mut buffer.bytes, bytes);
                    buffer.bytes.extend_from_slice(&newer);
                }
                let trouble = DiskTrouble::of(&error);
                tracing::warn!(kind = ?error.kind(), "a session file can't be written; trying again");
                self.durability.send_modify(|durability| durability.trouble = Some(trouble));
                false
            }
        }
    }
}

impl Committed {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.cut(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            self.torn = false;
        }
        self.torn = true;
        self.file.write_all(bytes)?;
        self.file.sync()?;
        self.torn = false;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks protect is valid at any moment, so a panic elsewhere doesn't spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn appended_bytes_become_durable_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let writer = Writer::spawn().expect("a thread");
        let log = writer.create(&path, b"head").expect("a file");
        let mut durability = log.durability();
        let mut last = 0;
        for byte in b'a'..=b'z' {
            last = log.append(&[byte]).expect("room");
        }
        durability.wait_for(|d| d.ticket >= last).await.expect("the writer lives");
        assert_eq!(std::fs::read(&path).expect("read"), b"headabcdefghijklmnopqrstuvwxyz");
        assert!(writer.create(&path, b"other").is_err(), "never over an old one");
        assert_eq!(std::fs::read(&path).expect("read").len(), 30);
    }

    /// Writes half of what it is given, then refuses, until it is told to work.
    #[derive(Debug)]
    struct Stubborn(Arc<AtomicBool>, File);

    impl Write for Stubborn {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.load(Ordering::SeqCst) {
                return self.1.write(bytes);
            }
            let half = self.1.write(&bytes[..bytes.len() / 2])?;
            if half == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(half) }
        }

        fn flush(&mut self) -> io::Result<()> {
            self.1.flush()
        }
    }

    impl Seek for Stubborn {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.1.seek(to)
        }
    }

    impl Medium for Stubborn {
        fn sync(&mut self) -> io::Result<()> {
            self.1.sync()
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            self.1.cut(length)
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_nothing_is_lost_or_doubled_when_there_is_room_again() {
        let works = Arc::new(AtomicBool::new(false));
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_owned();
        let writer = Writer::spawn().expect("a thread");
        let log = writer.adopt(Stubborn(works.clone(), file.reopen().expect("open")), 0);
        let mut durability = log.durability();
        log.append(b"first ").expect("room");
        let seen = *durability.wait_for(|d| d.trouble.is_some()).await.expect("lives");
        assert_eq!(seen, Durability { ticket: 0, trouble: Some(DiskTrouble::Full) });
        let last = log.append(b"second").expect("room");
        works.store(true, Ordering::SeqCst);
        log.append(b"").expect("room");
        let seen = *durability.wait_for(|d| d.ticket >= last).await.expect("lives");
        assert_eq!(seen.trouble, None);
        assert_eq!(std::fs::read(&path).expect("read"), b"first second");
    }
}
