//! The files of items too large for the database: one each, named by a number that the tables give out.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Folders that the files are spread over, so that none grows large.
const FOLDERS: u64 = 256;

/// The folder of files, and what the running batch has done there.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    /// Written and not yet forced to disk.
    written: Vec<File>,
    /// Folders with a new name in them.
    grown: BTreeSet<PathBuf>,
    /// To be removed when the batch is committed.
    doomed: Vec<u64>,
}

impl Files {
    /// The files in a data folder. Nothing is made before it is needed.
    pub(crate) fn new(data: &Path) -> Self {
        Self { folder: data.join("mail"), written: Vec::new(), grown: BTreeSet::new(), doomed: Vec::new() }
    }

    /// Makes a file with its first bytes. What lies there under its number is of a batch that was never committed.
    pub(super) fn begin(&mut self, number: u64, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(number);
        let folder = path.parent().unwrap_or(&self.folder).to_owned();
        if !folder.is_dir() {
            fs::create_dir_all(&folder)?;
            // Perhaps the outer one is new as well.
            self.grown
                .extend([Some(self.folder.as_path()), self.folder.parent()].into_iter().flatten().map(Path::to_owned));
        }
        let mut file = File::create(&path)?;
        file.write_all(bytes)?;
        self.grown.insert(folder);
        self.written.push(file);
        Ok(())
    }

    /// Writes further bytes. Beyond what the tables say nothing counts, so a cut write is simply written again.
    pub(super) fn extend(&mut self, number: u64, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.path(number))?;
        if file.metadata()?.len() < offset {
            return Err(io::ErrorKind::NotFound.into());
        }
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        self.written.push(file);
        Ok(())
    }

    /// Reads exactly `length` bytes.
    pub(super) fn read(&self, number: u64, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path(number))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Removes a file once the batch is committed.
    pub(super) fn doom(&mut self, number: u64) {
        self.doomed.push(number);
    }

    /// Forces everything written to disk: before the commit.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        for file in self.written.drain(..) {
            file.sync_data()?;
        }
        for folder in std::mem::take(&mut self.grown) {
            sync_folder(&folder)?;
        }
        Ok(())
    }

    /// Ends the batch: after its commit, or after it failed. New folders are then still to be forced to disk with the
    /// next one: they are found made.
    pub(crate) fn settle(&mut self, committed: bool) {
        self.written.clear();
        for number in std::mem::take(&mut self.doomed) {
            if committed {
                // If it stays, the next start removes it.
                let _ = fs::remove_file(self.path(number));
            }
        }
    }

    /// Removes every file that the tables don't know. Returns how many.
    pub(crate) fn remove_unknown(&self, known: impl Fn(u64) -> bool) -> io::Result<usize> {
        let mut removed = 0;
        for folder in entries(&self.folder)? {
            for path in entries(&folder)? {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let number = u64::from_str_radix(name, 16).ok().filter(|number| self.path(*number) == path);
                // Other names are not ours to remove.
                if number.is_some_and(|number| !known(number)) && fs::remove_file(&path).is_ok() {
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// Moves all files away, together with the damaged database that knew them.
    pub(crate) fn keep_aside(&self, ending: &str) -> io::Result<()> {
        match fs::rename(&self.folder, self.folder.with_extension(ending)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved,
        }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{:02x}", number % FOLDERS)).join(format!("{number:016x}"))
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be forced to disk, and a new name is there when its file is.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_grows_where_it_ended_and_goes_only_with_a_commit() {
        let data = tempfile::tempdir().unwrap();
        let mut files = Files::new(data.path());
        files.begin(0x1_02, b"abc").unwrap();
        files.sync().unwrap();
        files.settle(true);
        files.extend(0x1_02, 3, b"defgh").unwrap();
        files.extend(0x1_02, 5, b"xyz").unwrap();
        assert_eq!(files.read(0x1_02, 0, 8).unwrap(), b"abcdexyz");
        assert!(files.read(0x1_02, 6, 3).is_err(), "nothing is made up beyond the end");
        assert!(files.extend(0x1_02, 9, b"hole").is_err());
        assert!(files.extend(7, 0, b"absent").is_err());
        files.doom(0x1_02);
        files.settle(false);
        assert!(files.read(0x1_02, 0, 1).is_ok());
        files.doom(0x1_02);
        files.settle(true);
        assert!(files.read(0x1_02, 0, 1).is_err());
    }

    #[test]
    fn only_unknown_files_of_ours_are_removed() {
        let data = tempfile::tempdir().unwrap();
        let mut files = Files::new(data.path());
        assert_eq!(files.remove_unknown(|_| false).unwrap(), 0);
        for number in [1, 2, 257] {
            files.begin(number, b"x").unwrap();
        }
        let foreign = data.path().join("mail/01/notes.txt");
        fs::write(&foreign, "an administrator's").unwrap();
        assert_eq!(files.remove_unknown(|number| number == 2).unwrap(), 2);
        assert!(files.read(2, 0, 1).is_ok() && files.read(257, 0, 1).is_err() && foreign.exists());
    }
}
