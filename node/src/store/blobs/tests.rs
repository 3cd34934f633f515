use super::*;
use sightline_proto::blob::chunk_hash;

fn content(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..len).map(|_| next()).collect()
}

fn manifest_of(bytes: &[u8]) -> Manifest {
    let hashes = bytes.chunks(CHUNK).map(chunk_hash).collect();
    Manifest::new(bytes.len() as u64, hashes).expect("a manifest")
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn bytes_and_files_are_taken_in_under_their_name() {
    let home = tempfile::tempdir().expect("a folder");
    let store = BlobStore::open(&home.path().join("blobs"), None).expect("open");
    let bytes = content(2 * CHUNK + 9, 1);
    let manifest = store.put_bytes(&bytes).expect("taken in");
    assert_eq!(manifest, manifest_of(&bytes));
    let blob = manifest.id();
    assert_eq!(fs::read(store.path(&blob).expect("here")).expect("read"), bytes);
    let file = home.path().join("x.bin");
    fs::write(&file, &bytes).expect("written");
    assert_eq!(store.put_file(&file, 1 << 30), Ok(manifest.clone()));
    assert_eq!(store.put_file(&file, bytes.len() as u64 - 1), Err(BlobError::TooLarge));
    assert_eq!(store.put_file(home.path(), 1 << 30), Err(BlobError::Unreadable));
    assert_eq!(store.put_bytes(b""), Err(BlobError::Empty));
    assert_eq!(store.read_chunk(&manifest, 2, 4), Ok(bytes[2 * CHUNK + 4..].to_vec()));
    assert_eq!(store.read_chunk(&manifest, 3, 0), Err(BlobError::NotHere));
    assert_eq!(files(&home.path().join("blobs")), [blob.to_string(), format!("{blob}.map")]);
    // Its map is made anew if it is lost.
    fs::remove_file(store.file(&blob, ".map")).expect("removed");
    let again = BlobStore::open(&home.path().join("blobs"), None).expect("open");
    assert_eq!(again.manifest(&blob), Ok(manifest));
}

#[test]
fn a_part_goes_on_where_it_was_and_only_what_is_good_counts() {
    let home = tempfile::tempdir().expect("a folder");
    let bytes = content(5 * CHUNK - 3, 2);
    let manifest = manifest_of(&bytes);
    let blob = manifest.id();
    let chunk = |n: usize| &bytes[n * CHUNK..bytes.len().min((n + 1) * CHUNK)];
    {
        let store = BlobStore::open(home.path(), None).expect("open");
        assert!(store.resume(&blob).is_none());
        let part = store.begin(&manifest).expect("begun");
        for n in [0, 2, 4] {
            part.write(n, chunk(n as usize)).expect("written");
        }
        assert_eq!(store.path(&blob), None);
        assert_eq!(store.read_chunk(&manifest, 2, 0).as_deref(), Ok(chunk(2)));
        assert_eq!(store.read_chunk(&manifest, 1, 0), Err(BlobError::NotHere));
    }
    // A byte of chunk 2 was lost with the page cache, although the map says that it is there.
    let mut file = private_options().write(true).open(home.path().join(format!("{blob}.part"))).expect("open");
    file.seek(SeekFrom::Start(2 * CHUNK as u64 + 5))
        .and_then(|_| file.write_all(&[!bytes[2 * CHUNK + 5]]))
        .expect("wr");
    fs::write(home.path().join("in-7"), b"half").expect("written");
    let store = BlobStore::open(home.path(), None).expect("open");
    let part = store.resume(&blob).expect("begun");
    assert_eq!((0..5).filter(|n| part.chunks().has(*n)).collect::<Vec<_>>(), [0, 4]);
    for n in [1, 2, 3] {
        assert_eq!(store.path(&blob), None);
        part.write(n, chunk(n as usize)).expect("written");
    }
    assert_eq!(fs::read(store.path(&blob).expect("whole")).expect("read"), bytes);
    assert_eq!(files(home.path()), [blob.to_string(), format!("{blob}.map")]);
}

#[test]
fn without_room_nothing_is_called_whole_and_it_goes_on_when_there_is_some() {
    let home = tempfile::tempdir().expect("a folder");
    let bytes = content(3 * CHUNK, 3);
    let manifest = manifest_of(&bytes);
    let chunk = |n: usize| &bytes[n * CHUNK..(n + 1) * CHUNK];
    let store = BlobStore::open(home.path(), Some(2 * CHUNK as u64 + 1000)).expect("open");
    assert_eq!(store.put_bytes(&bytes), Err(BlobError::NoRoom));
    assert_eq!(files(home.path()).len(), 0);
    let part = store.begin(&manifest).expect("begun");
    part.write(0, chunk(0)).expect("written");
    part.write(2, chunk(2)).expect("written");
    assert_eq!(part.write(1, chunk(1)), Err(BlobError::NoRoom));
    assert_eq!((store.path(&manifest.id()), part.chunks().len()), (None, 2));
    drop(part);
    let store = BlobStore::open(home.path(), None).expect("open");
    store.resume(&manifest.id()).expect("begun").write(1, chunk(1)).expect("written");
    assert!(store.path(&manifest.id()).is_some());
}

#[test]
fn a_cancelled_part_leaves_nothing_and_gives_its_room_back() {
    let home = tempfile::tempdir().expect("a folder");
    let bytes = content(2 * CHUNK, 4);
    let manifest = manifest_of(&bytes);
    let store = BlobStore::open(home.path(), Some(2 * CHUNK as u64)).expect("open");
    store.begin(&manifest).expect("begun").write(0, &bytes[..CHUNK]).expect("written");
    store.forget(&manifest.id());
    assert_eq!(files(home.path()).len(), 0);
    store.put_bytes(&bytes).expect("there is room again");
}

#[test]
fn a_part_that_has_all_its_chunks_after_a_kill_becomes_whole_when_it_is_opened() {
    let bytes = content(2 * CHUNK + 5, 7);
    let manifest = manifest_of(&bytes);
    let blob = manifest.id();
    for begun in [false, true] {
        // The last chunk was written and noted, then the process was gone before the part got its name.
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join(format!("{blob}.part")), &bytes).expect("written");
        map::write(&home.path().join(format!("{blob}.map")), &manifest, &ChunkSet::all(3)).expect("written");
        let store = BlobStore::open(home.path(), None).expect("open");
        if begun {
            assert!(store.begin(&manifest).expect("begun").chunks().is_full());
        } else {
            assert!(store.resume(&blob).is_none(), "nothing is left to do");
        }
        assert_eq!(fs::read(store.path(&blob).expect("whole")).expect("read"), bytes);
        assert_eq!(files(home.path()), [blob.to_string(), format!("{blob}.map")]);
    }
}

#[test]
fn a_write_to_a_part_that_was_given_up_says_so() {
    let home = tempfile::tempdir().expect("a folder");
    let bytes = content(2 * CHUNK, 8);
    let manifest = manifest_of(&bytes);
    let store = BlobStore::open(home.path(), None).expect("open");
    let part = store.begin(&manifest).expect("begun");
    part.write(0, &bytes[..CHUNK]).expect("written");
    store.forget(&manifest.id());
    assert_eq!(part.write(1, &bytes[CHUNK..]), Err(BlobError::GivenUp));
    // Here by another way it is written, in a sense.
    let part = store.begin(&manifest).expect("begun anew");
    assert!(part.chunks().is_empty());
    store.put_bytes(&bytes).expect("taken in");
    assert_eq!(part.write(1, &bytes[CHUNK..]), Ok(()));
}

#[test]
fn a_copy_never_overwrites_and_stays_in_its_folder() {
    let home = tempfile::tempdir().expect("a folder");
    let store = BlobStore::open(&home.path().join("blobs"), None).expect("open");
    let bytes = content(CHUNK + 1, 5);
    let blob = store.put_bytes(&bytes).expect("taken in").id();
    let folder = home.path().join("out");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("x"), b"mine").expect("written");
    for (name, path) in
        [("../x", "x (2)"), ("../../x", "x (3)"), ("C:\\CON.txt", "_CON.txt"), ("CON.txt", "_CON (2).txt")]
    {
        assert_eq!(store.save(&blob, &folder, name), Ok(folder.join(path)));
        assert_eq!(fs::read(folder.join(path)).expect("read"), bytes);
    }
    assert_eq!(fs::read(folder.join("x")).expect("read"), b"mine");
    assert_eq!(files(&folder), ["_CON (2).txt", "_CON.txt", "x", "x (2)", "x (3)"]);
    assert_eq!(files(home.path()), ["blobs", "out"]);
    assert_eq!(store.save(&blob, &home.path().join("nowhere"), "x"), Err(BlobError::Unreadable));
}

#[test]
fn a_blob_that_was_damaged_on_the_disk_is_given_up() {
    let home = tempfile::tempdir().expect("a folder");
    let store = BlobStore::open(&home.path().join("blobs"), None).expect("open");
    let manifest = store.put_bytes(&content(2 * CHUNK, 6)).expect("taken in");
    let path = store.path(&manifest.id()).expect("here");
    let mut file = private_options().write(true).open(path).expect("open");
    file.write_all(&[0; 100]).expect("written");
    assert!(store.read_chunk(&manifest, 1, 0).is_ok());
    assert_eq!(store.save(&manifest.id(), home.path(), "x"), Err(BlobError::Failed));
    assert_eq!(files(home.path()), ["blobs"]);
    assert_eq!(store.path(&manifest.id()), None);
}
