//! The home: the folder with all of a node's files, owned by one process at a time.
//!
//! ```text
//! lock           held while a node runs; empty
//! identity       the peer key, readable by the owner alone
//! settings.json  name, language, rendezvous, believed certificates
//! sessions/ID    one append-only file per session
//! blobs/         files and pictures by their content, see [`super::blobs`]
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::StartError;

/// A locked home. The lock falls with the value, also when the process is killed.
#[derive(Debug)]
pub(crate) struct Home {
    root: PathBuf,
    _lock: File,
}

impl Home {
    /// Makes the folders where missing and takes the lock. Blocking.
    pub(crate) fn open(root: &Path) -> Result<Self, StartError> {
        let home_error = |path: &Path| {
            let path = path.to_owned();
            move |source| StartError::Home { path, source }
        };
        let sessions = root.join("sessions");
        create_private_dir(root).map_err(home_error(root))?;
        create_private_dir(&sessions).map_err(home_error(&sessions))?;
        let path = root.join("lock");
        let lock = private_options().write(true).create(true).truncate(false).open(&path).map_err(home_error(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::HomeInUse),
            Err(TryLockError::Error(source)) => Err(StartError::Home { path, source }),
        }
    }

    /// Where the peer key lies.
    pub(crate) fn identity(&self) -> PathBuf {
        self.root.join("identity")
    }

    /// Where the settings lie.
    pub(crate) fn settings(&self) -> PathBuf {
        self.root.join("settings.json")
    }

    /// The folder of the blobs.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// The folder of the session files.
    pub(crate) fn sessions(&self) -> PathBuf {
        self.root.join("sessions")
    }
}

/// Replaces a file in one step: readers and crashes see the old or the new content, never a part. The file is readable
/// by its owner alone. Blocking.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let partial = PathBuf::from(partial);
    let written = (|| {
        let mut file = private_options().write(true).create(true).truncate(true).open(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        sync_parent(path)
    })();
    if written.is_err() {
        // The part is of no use to anybody; that it can't be removed either changes nothing.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// Makes a rename or creation in the file's folder last. Blocking.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        #[cfg(unix)]
        Some(parent) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// Options that make files for the owner alone.
pub(crate) fn private_options() -> OpenOptions {
    #[allow(unused_mut)]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder for the owner alone, and those above it, where missing. Blocking.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_belongs_to_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::open(folder.path()).expect("the first takes it");
        assert!(matches!(Home::open(folder.path()), Err(StartError::HomeInUse)));
        drop(home);
        Home::open(folder.path()).expect("free again");
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_the_owner_alone_and_replaced_whole() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("identity");
        write_whole(&path, b"one").expect("written");
        write_whole(&path, b"two").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"two");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
