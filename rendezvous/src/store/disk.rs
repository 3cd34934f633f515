//! The database file: opening, checking, keeping a damaged one aside, and what to do when the disk is full.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use redb::Database;
use sightline_proto::switchboard::RefusedReason;
use thiserror::Error;
use tracing::{error, info, warn};

use super::op::{Op, Outcome};
use super::tables::{self, Tables};
use super::{StoreError as Error, StoreLimits};
use crate::clock::Clock;
use crate::limits::STORE_CACHE;
use crate::mailbox::{Files, remove_left_over};

/// Why the store cannot be opened.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error("the data folder {path} cannot be used: {source}")]
    Folder {
        /// The data folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be read or written.
    #[error("the store {path} cannot be used: {source}")]
    File {
        /// The database file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has it.
    #[error("the data folder {0} is in use by another rendezvous")]
    InUse(PathBuf),
    /// The system gives no thread.
    #[error("the storage thread cannot be started: {source}")]
    Thread {
        /// What the system says.
        source: io::Error,
    },
}

/// Time between attempts to open a database whose disk fails.
const REOPEN_AFTER: Duration = Duration::from_secs(1);

/// The database, and its place.
pub(super) struct Disk {
    path: PathBuf,
    clock: Clock,
    files: Files,
    state: State,
}

enum State {
    Open(Database),
    /// The last write or open failed; tried again after a moment.
    Closed {
        since: Instant,
    },
}

/// Why an open file is of no use.
enum Broken {
    /// The content is damaged: keep it aside.
    Damaged(String),
    /// The system failed: the content may be whole.
    Failed(io::Error),
    InUse,
}

impl Disk {
    /// Makes the folder, opens and checks the file.
    pub(super) fn open(data: &Path, clock: Clock) -> Result<Self, Error> {
        let unusable = |source| Error::Folder { path: data.to_owned(), source };
        make_private_folder(data).map_err(unusable)?;
        let (path, files) = (data.join("store.redb"), Files::new(data));
        let database = match open_checked(&path) {
            Ok(database) => database,
            Err(Broken::InUse) => return Err(Error::InUse(data.to_owned())),
            Err(Broken::Failed(source)) => return Err(Error::File { path, source }),
            Err(Broken::Damaged(reason)) => {
                let failed = |source| Error::File { path: path.clone(), source };
                begin_anew(&path, &files, &reason, clock.now()).map_err(failed)?
            }
        };
        match remove_left_over(&database, &files) {
            Ok(0) => {}
            Ok(removed) => info!(removed, "removed mailbox files that a crash had left"),
            // They cost room and nothing else.
            Err(error) => warn!("mailbox files that a crash has left could not be removed: {error}"),
        }
        Ok(Self { path, clock, files, state: State::Open(database) })
    }

    /// Applies jobs in order under one durable commit. `Err` means that none of them took effect.
    pub(super) fn apply(
        &mut self,
        ops: &[&Op],
        limits: &StoreLimits,
    ) -> Result<Vec<Result<Outcome, RefusedReason>>, RefusedReason> {
        self.reopen()?;
        let State::Open(database) = &self.state else { return Err(RefusedReason::StorageFull) };
        let now = self.clock.now();
        // The database is replaced after a panic, so that no half-changed state of it is ever used.
        let files = &mut self.files;
        let applied = catch_unwind(AssertUnwindSafe(|| apply_and_commit(database, files, ops, now, limits)));
        self.files.settle(matches!(applied, Ok(Ok(_))));
        let broken = match applied {
            Ok(Ok(results)) => return Ok(results),
            Ok(Err(error)) => broken(error),
            Err(_) => Broken::Damaged("reading it failed".to_owned()),
        };
        self.state = State::Closed { since: Instant::now() };
        match broken {
            Broken::Damaged(reason) => match begin_anew(&self.path, &self.files, &reason, now) {
                Ok(database) => self.state = State::Open(database),
                Err(failed) => error!("a new store cannot be begun: {}", failed.kind()),
            },
            Broken::Failed(failed) => error!("the store cannot be written: {}", failed.kind()),
            Broken::InUse => error!("the store was taken by another process"),
        }
        Err(RefusedReason::StorageFull)
    }

    fn reopen(&mut self) -> Result<(), RefusedReason> {
        let State::Closed { since } = self.state else { return Ok(()) };
        if since.elapsed() < REOPEN_AFTER {
            return Err(RefusedReason::StorageFull);
        }
        let opened = match open_checked(&self.path) {
            Err(Broken::Damaged(reason)) => begin_anew(&self.path, &self.files, &reason, self.clock.now()).ok(),
            opened => opened.ok(),
        };
        let Some(database) = opened else {
            self.state = State::Closed { since: Instant::now() };
            return Err(RefusedReason::StorageFull);
        };
        info!("the store is open again");
        self.state = State::Open(database);
        Ok(())
    }
}

fn apply_and_commit(
    database: &Database,
    files: &mut Files,
    ops: &[&Op],
    now: u64,
    limits: &StoreLimits,
) -> Result<Vec<Result<Outcome, RefusedReason>>, redb::Error> {
    let transaction = database.begin_write()?;
    let mut tables = Tables::open(&transaction)?;
    let mut results = Vec::with_capacity(ops.len());
    for op in ops {
        results.push(tables.apply(op, files, now, limits)?);
    }
    let changed = tables.changed();
    drop(tables);
    if changed {
        // What the tables are about to say must be true after a crash.
        files.sync()?;
        transaction.commit()?
    } else {
        transaction.abort()?
    }
    Ok(results)
}

fn open_checked(path: &Path) -> Result<Database, Broken> {
    let opened = catch_unwind(|| {
        let mut builder = Database::builder();
        builder.set_cache_size(STORE_CACHE);
        let mut database = builder.create(path)?;
        if !database.check_integrity()? {
            warn!("the store was not closed properly and has been repaired");
        }
        tables::prepare(&database)?;
        Ok::<_, redb::Error>(database)
    });
    match opened {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(error)) => Err(broken(error)),
        Err(_) => Err(Broken::Damaged("opening it failed".to_owned())),
    }
}

fn broken(error: redb::Error) -> Broken {
    match error {
        redb::Error::DatabaseAlreadyOpen => Broken::InUse,
        redb::Error::Io(error) => match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput => {
                Broken::Damaged("it is not a store".to_owned())
            }
            _ => Broken::Failed(error),
        },
        redb::Error::PreviousIo => Broken::Failed(io::Error::other("an earlier write failed")),
        other => Broken::Damaged(other.to_string()),
    }
}

/// Moves a damaged file, and the mailbox files that only it knew, aside and begins a new one in its place.
fn begin_anew(path: &Path, files: &Files, reason: &str, now_ms: u64) -> io::Result<Database> {
    let aside = path.with_extension(format!("redb.damaged-{}", now_ms / 1_000));
    fs::rename(path, &aside)?;
    files.keep_aside(&format!("damaged-{}", now_ms / 1_000))?;
    error!(
        "the store was damaged ({reason}); it is kept aside as {}, and a new one was begun. Open invites work again as \
         soon as their owners' apps have put them again",
        aside.display()
    );
    open_checked(path).map_err(|broken| match broken {
        Broken::Failed(error) => error,
        Broken::Damaged(reason) => io::Error::other(reason),
        Broken::InUse => io::ErrorKind::ResourceBusy.into(),
    })
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
