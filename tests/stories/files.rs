//! Files both ways, whoever is away, and whatever ends in the middle.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sightline_tests::{Browser, BrowserSetup, Expert, Lab, picture};

/// A file of so many bytes that nothing can guess or compress.
fn noise(lab: &Lab, name: &str, bytes: usize) -> PathBuf {
    let path = lab.folder().join(name);
    let mut content = vec![0; bytes];
    rand::fill(&mut content[..]);
    std::fs::write(&path, content).expect("room for a file");
    path
}

fn choose(operator: &mut Browser, input: &str, paths: &[&Path]) {
    operator.lines.must(json!({ "do": "files", "testid": input, "paths": paths }));
}

/// All files of a view: the shelf's, waiting rooms' included.
fn files(view: &Value) -> Vec<Value> {
    view["files"].as_array().cloned().unwrap_or_default()
}

/// Waits until so many files are here, whole.
fn wait_here(expert: &mut Expert, session: &str, count: usize, seconds: u64) -> Vec<Value> {
    let view = expert.wait_view(session, &format!("{count} files to be here"), seconds, |view| {
        files(view).iter().filter(|file| file["state"]["state"] == "here").count() == count
    });
    files(&view)
}

fn content(file: &Value) -> Vec<u8> {
    std::fs::read(file["state"]["path"].as_str().expect("a path")).expect("its bytes")
}

fn linked(lab: &mut Lab) -> (Expert, String, Browser) {
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    let mut operator = lab.browser("mihai", BrowserSetup::default());
    operator.join(&link, "Mihai");
    operator.wait_phase(&["linked"], 20);
    (expert, session, operator)
}

#[test]
fn files_go_both_ways_and_are_the_same_on_the_other_side() {
    let mut lab = Lab::start("files");
    let (mut expert, session, mut operator) = linked(&mut lab);
    let (first, second) = (noise(&lab, "pump.bin", 3_000_000), noise(&lab, "Prüf bericht.pdf", 700_001));
    choose(&mut operator, "attach-file-input", &[&first, &second]);
    let here = wait_here(&mut expert, &session, 2, 30);
    for (path, name) in [(&first, "pump.bin"), (&second, "Prüf bericht.pdf")] {
        let file = here.iter().find(|file| file["name"] == name).expect("the file by its name");
        assert!(content(file) == std::fs::read(path).expect("a file"), "{name} arrived as it was");
    }

    let manual = noise(&lab, "manual.bin", 2_345_678);
    expert.lines.must(json!({ "do": "send-files", "session": session, "paths": [manual] }));
    operator.wait_text("manual.bin", 20);
    expert.wait_view(&session, "the operator to have it", 30, |view| {
        let files = files(view);
        let file = files.iter().find(|file| file["name"] == "manual.bin").expect("the own file");
        file["delivery"] == "delivered"
    });
}

#[test]
fn a_file_goes_on_where_it_was_when_the_app_is_killed_in_the_middle() {
    let mut lab = Lab::start("killed-app");
    let (mut expert, session, mut operator) = linked(&mut lab);
    let large = noise(&lab, "large.bin", 64 * 1024 * 1024);
    choose(&mut operator, "attach-file-input", &[&large]);
    let have = |view: &Value| files(view).first().and_then(|file| file["state"]["have"].as_u64()).unwrap_or(0);
    let before = have(&expert.wait_view(&session, "some of it", 30, |view| have(view) > 4_000_000));
    expert.kill();

    let mut expert = lab.expert("Ana");
    let again = expert.wait_view(&session, "it to go on", 60, |view| have(view) > 0);
    assert!(have(&again) >= before, "what was there is there after the kill: {} of {before}", have(&again));
    let here = wait_here(&mut expert, &session, 1, 90);
    assert!(content(&here[0]) == std::fs::read(&large).expect("a file"), "it arrived as it was");
}

#[test]
fn a_file_goes_on_when_the_browser_that_sends_it_is_killed_in_the_middle() {
    let mut lab = Lab::start("killed-sender");
    let (mut expert, session, mut operator) = linked(&mut lab);
    let large = noise(&lab, "large.bin", 64 * 1024 * 1024);
    choose(&mut operator, "attach-file-input", &[&large]);
    let have = |view: &Value| files(view).first().and_then(|file| file["state"]["have"].as_u64()).unwrap_or(0);
    expert.wait_view(&session, "some of it", 30, |view| have(view) > 4_000_000);
    operator.kill();
    let stopped = expert.view(&session);
    assert_ne!(files(&stopped)[0]["state"]["state"], "here", "the kill came in the middle");

    let _operator = come_back(&lab);
    let here = wait_here(&mut expert, &session, 1, 90);
    assert!(content(&here[0]) == std::fs::read(&large).expect("a file"), "it arrived as it was");
}

#[test]
fn a_file_goes_on_when_the_browser_that_fetches_it_is_killed_in_the_middle() {
    let mut lab = Lab::start("killed-receiver");
    let (mut expert, session, mut operator) = linked(&mut lab);
    let large = noise(&lab, "large.bin", 64 * 1024 * 1024);
    expert.lines.must(json!({ "do": "send-files", "session": session, "paths": [large] }));
    operator.lines.must(json!({ "do": "click", "testid": "file-fetch", "timeout": 20_000 }));
    let sent = |view: &Value| files(view).first().and_then(|file| file["sent"]["have"].as_u64()).unwrap_or(0);
    expert.wait_view(&session, "some of it to be there", 30, |view| sent(view) > 4_000_000);
    operator.kill();

    let mut operator = come_back(&lab);
    wait_card_here(&mut operator, 90);
    let hash = Sha256::digest(std::fs::read(&large).expect("a file"));
    assert_eq!(operator.eval(LARGEST_BLOB), data_encoding::HEXLOWER.encode(&hash), "it arrived as it was");
}

#[test]
fn a_file_goes_on_when_the_app_that_sends_it_is_killed_in_the_middle() {
    let mut lab = Lab::start("killed-app-sends");
    let (mut expert, session, mut operator) = linked(&mut lab);
    let large = noise(&lab, "large.bin", 64 * 1024 * 1024);
    expert.lines.must(json!({ "do": "send-files", "session": session, "paths": [large] }));
    operator.lines.must(json!({ "do": "click", "testid": "file-fetch", "timeout": 20_000 }));
    let sent = |view: &Value| files(view).first().and_then(|file| file["sent"]["have"].as_u64()).unwrap_or(0);
    expert.wait_view(&session, "some of it to be there", 30, |view| sent(view) > 4_000_000);
    expert.kill();
    assert_ne!(operator.eval(CARD_STATE), "here", "the kill came in the middle");

    let _expert = lab.expert("Ana");
    wait_card_here(&mut operator, 90);
    let hash = Sha256::digest(std::fs::read(&large).expect("a file"));
    assert_eq!(operator.eval(LARGEST_BLOB), data_encoding::HEXLOWER.encode(&hash), "it arrived as it was");
}

/// Waits until the only file is whole in the page.
fn wait_card_here(operator: &mut Browser, seconds: u64) {
    let limit = Instant::now() + Duration::from_secs(seconds);
    while operator.eval(CARD_STATE) != "here" {
        assert!(Instant::now() < limit, "it did not go on: {}", operator.text("file-line"));
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// How the only file's card stands.
const CARD_STATE: &str = "document.querySelector('[data-testid=file-card]')?.dataset.state ?? null";

/// SHA-256 of the largest content in the page's own files.
const LARGEST_BLOB: &str = "(async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('blobs');
  const files = [];
  for await (const handle of folder.values()) files.push(await handle.getFile());
  files.sort((a, b) => b.size - a.size);
  const hash = await crypto.subtle.digest('SHA-256', await files[0].arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
})()";

#[test]
#[ignore = "a gigabyte and minutes: ./test nightly"]
fn a_gibibyte_goes_both_ways_through_flat_memory() {
    both_ways(1);
}

#[test]
#[ignore = "gigabytes and many minutes: ./test nightly"]
fn four_gibibytes_go_both_ways_through_flat_memory() {
    both_ways(4);
}

/// A file far larger than any memory that is given to it, each way, each with a kill of the fetching side in the middle.
/// Prints how long it took and how much memory either side held.
fn both_ways(gibibytes: u64) {
    let mut lab = Lab::start_with("gibibytes", &[]);
    lab.rendezvous.kill();
    lab.rendezvous.set_policy("version = 1\n[limits]\nfile_bytes = 5000000000\n");
    lab.rendezvous.start_again();
    let (mut expert, session, mut operator) = linked(&mut lab);
    let large = large_noise(&lab, "up.bin", gibibytes);
    let size = gibibytes * GIB;
    let (idle, idle_page) = (expert.memory_mb(), operator.memory_mb());

    let begun = Instant::now();
    choose(&mut operator, "attach-file-input", &[&large]);
    let offered = |view: &Value| files(view).first().is_some_and(|file| file["state"]["state"] == "offered");
    let view = expert.wait_view(&session, "it to be taken in by the page", 600, offered);
    let taken_in = begun.elapsed();
    let begun = Instant::now();
    expert.lines.must(json!({ "do": "file-act", "session": session, "file": files(&view)[0]["id"], "act": "fetch" }));
    let have = |view: &Value| files(view).first().and_then(|file| file["state"]["have"].as_u64()).unwrap_or(0);
    expert.wait_view(&session, "half of it", 1200, |view| have(view) > size / 2);
    expert.kill();
    let mut expert = lab.expert("Ana");
    let here = wait_here(&mut expert, &session, 1, 1200);
    let up = begun.elapsed();
    assert!(same(Path::new(here[0]["state"]["path"].as_str().expect("a path")), &large), "it arrived as it was");
    println!(
        "{gibibytes} GiB browser to native: taken in {taken_in:.0?}, sent {up:.0?} with a kill; app {idle:.0} -> {:.0} MB, page {idle_page:.0} -> {:.0} MB",
        expert.memory_mb(),
        operator.memory_mb(),
    );

    let large = large_noise(&lab, "down.bin", gibibytes);
    let begun = Instant::now();
    let sent = expert.lines.must(json!({ "do": "send-files", "session": session, "paths": [large] }));
    let id = sent["files"][0].clone();
    operator.lines.must(json!({ "do": "click", "testid": "file-fetch", "timeout": 120_000 }));
    let far = |view: &Value| {
        let all = files(view);
        all.iter().find(|file| file["id"] == id).and_then(|file| file["sent"]["have"].as_u64()).unwrap_or(0)
    };
    expert.wait_view(&session, "half of it to be there", 1200, |view| far(view) > size / 2);
    operator.kill();
    let operator = come_back(&lab);
    expert.wait_view(&session, "all of it to be there", 1200, |view| {
        files(view).iter().any(|file| file["id"] == id && file["delivery"] == "delivered")
    });
    println!(
        "{gibibytes} GiB native to browser: {:.0?} with a kill; app {:.0} MB, page {:.0} MB",
        begun.elapsed(),
        expert.memory_mb(),
        operator.memory_mb(),
    );
}

const GIB: u64 = 1024 * 1024 * 1024;

fn large_noise(lab: &Lab, name: &str, gibibytes: u64) -> PathBuf {
    let path = lab.folder().join(name);
    let mut file = std::fs::File::create(&path).expect("a file");
    let mut block = vec![0; 1024 * 1024];
    for _ in 0..gibibytes * 1024 {
        rand::fill(&mut block[..]);
        file.write_all(&block).expect("room for a file");
    }
    path
}

fn same(one: &Path, other: &Path) -> bool {
    Command::new("cmp").args([one, other]).status().expect("cmp").success()
}

/// The operator opens the page again and goes on with the session that it remembers.
fn come_back(lab: &Lab) -> Browser {
    let mut operator = lab.browser("mihai", BrowserSetup::default());
    operator.open(&lab.rendezvous.url().replace("https://localhost", "http://localhost"));
    operator.click("session-open");
    operator
}

#[test]
fn three_photos_and_a_video_wait_sealed_for_an_expert_who_is_off() {
    let mut lab = Lab::start("files-away");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let link = expert.invite(&session);
    expert.wait_view(&session, "the invite to be stored", 10, |view| view["invites"][0]["state"] == "open");
    assert!(expert.lines.quit(10), "the app ends when asked");
    drop(expert);

    let mut operator = lab.browser("mihai", BrowserSetup::default());
    operator.join(&link, "Mihai");
    operator.wait("composer", 10);
    operator.say("The pump is hot.");
    let photos: Vec<PathBuf> = (1..=3).map(|number| photo(&lab, number)).collect();
    for path in &photos {
        choose(&mut operator, "attach-photo-input", &[path]);
    }
    let video = noise(&lab, "pump.mp4", 50 * 1024 * 1024);
    choose(&mut operator, "attach-file-input", &[&video]);
    operator.wait_text("pump.mp4", 30);
    // Restarted in the middle of the upload, the rendezvous has lost nothing that it took.
    let limit = Instant::now() + Duration::from_secs(60);
    while size_under(&lab.rendezvous.data()) < 5_000_000 {
        assert!(Instant::now() < limit, "the upload did not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    lab.rendezvous.kill();
    assert!(size_under(&lab.rendezvous.data()) < 50_000_000, "the restart came in the middle");
    lab.rendezvous.start_again();
    wait_files_stored(&mut operator, &["photo-1.png", "photo-2.png", "photo-3.png", "pump.mp4"], 240);
    say_and_store(&mut operator, "I go now.", 30);
    drop(operator);

    let needle: Vec<u8> = std::fs::read(&video).expect("a file")[1_000_000..1_000_024].to_vec();
    for words in [b"pump.mp4".as_slice(), b"The pump is hot", b"Mihai", &needle] {
        assert!(!found_under(&lab.rendezvous.data(), words), "the rendezvous' disk holds {words:?}");
    }

    let mut expert = lab.expert("Ana");
    let knock = expert.knock(30);
    let here = wait_here(&mut expert, &session, 4, 120);
    let names: Vec<&str> = here.iter().filter_map(|file| file["name"].as_str()).collect();
    assert_eq!(names, ["photo-1.png", "photo-2.png", "photo-3.png", "pump.mp4"], "in order");
    assert!(content(&here[3]) == std::fs::read(&video).expect("a file"), "the video is as it was");
    assert!(content(&here[0]) == std::fs::read(&photos[0]).expect("a file"), "the photo is as it was");
    expert.wait_chat(&session, "I go now.", 20);
    assert_eq!(knock["name"], "Mihai");
}

#[test]
fn what_a_member_sends_while_the_expert_is_off_is_collected_when_the_operator_has_gone() {
    let mut lab = Lab::start("mailbox");
    let (mut expert, session, mut operator) = linked(&mut lab);
    expert.wait_view(&session, "the chat to be there", 10, |view| view["links"][0]["verified"] == true);
    // The expert's app has time to make the box.
    std::thread::sleep(Duration::from_secs(2));
    assert!(expert.lines.quit(10), "the app ends when asked");
    drop(expert);
    operator.wait_phase(&["reconnecting", "away"], 20);
    say_and_store(&mut operator, "Still hot.", 60);
    let report = noise(&lab, "report.bin", 900_000);
    choose(&mut operator, "attach-file-input", &[&report]);
    wait_files_stored(&mut operator, &["report.bin"], 60);
    drop(operator);

    let mut expert = lab.expert("Ana");
    expert.wait_chat(&session, "Still hot.", 30);
    let here = wait_here(&mut expert, &session, 1, 60);
    assert!(content(&here[0]) == std::fs::read(&report).expect("a file"), "it is as it was");

    // And the other way round.
    expert.say(&session, "Replace the seal.");
    let drawing = noise(&lab, "drawing.bin", 500_000);
    expert.lines.must(json!({ "do": "send-files", "session": session, "paths": [drawing] }));
    expert.wait_view(&session, "both to be stored", 30, |view| {
        let said = view["chat"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|item| item["text"] == "Replace the seal." && item["delivery"] == "stored");
        said && files(view).iter().any(|file| file["name"] == "drawing.bin" && file["delivery"] == "stored")
    });
    assert!(expert.lines.quit(10), "the app ends when asked");
    let mut operator = come_back(&lab);
    operator.wait_chat("Replace the seal.", 60);
    operator.wait_text("drawing.bin", 30);
}

/// Waits until the rendezvous has all of these files, as their cards say.
fn wait_files_stored(operator: &mut Browser, names: &[&str], seconds: u64) {
    let limit = Instant::now() + Duration::from_secs(seconds);
    loop {
        let cards = operator.eval(
            "[...document.querySelectorAll('[data-testid=file-card]')].map((c) => [c.dataset.name, c.dataset.delivery])",
        );
        let stored =
            |name: &&str| cards.as_array().into_iter().flatten().any(|card| card[0] == **name && card[1] == "stored");
        if names.iter().all(stored) {
            return;
        }
        assert!(Instant::now() < limit, "not stored: {cards}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Says something and waits until the rendezvous has it.
fn say_and_store(operator: &mut Browser, words: &str, seconds: u64) {
    operator.say(words);
    let limit = Instant::now() + Duration::from_secs(seconds);
    while operator.wait_chat(words, 5)["delivery"] == "waiting" {
        assert!(Instant::now() < limit, "not stored: {:?}", operator.chat());
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn photo(lab: &Lab, number: u8) -> PathBuf {
    let path = lab.folder().join(format!("photo-{number}.png"));
    let pixels: Vec<u8> =
        (0..64 * 48).flat_map(|at: u32| [number * 60, (at % 64) as u8 * 4, (at / 64) as u8 * 5]).collect();
    picture::write_png(&path, 64, 48, &pixels);
    path
}

/// Bytes of all files under a folder.
fn size_under(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_under(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

/// Whether any file under a folder holds these bytes.
fn found_under(folder: &Path, words: &[u8]) -> bool {
    let text = words.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let status = Command::new("grep").args(["-rqaP", &text]).arg(folder).env("LC_ALL", "C").status();
    status.expect("grep").success()
}
