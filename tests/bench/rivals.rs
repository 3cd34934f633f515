//! What others reach on the same wire: a plain data channel between two Chromiums, and magic-wormhole.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use sightline_tests::{Browser, BrowserSetup, net::Net};

/// How long a transfer is watched: 30 s, or `SIGHTLINE_BENCH_SECS`.
pub(crate) fn window() -> Duration {
    let secs = std::env::var("SIGHTLINE_BENCH_SECS").ok().and_then(|secs| secs.parse().ok());
    Duration::from_secs(secs.unwrap_or(30))
}

/// Megabytes per second that a plain data channel between two Chromiums carries: 64 KiB messages, a full buffer.
pub(crate) fn chromium_channel(net: &Net, folder: &Path) -> f64 {
    // Hosts without a common mDNS find each other by their addresses.
    let flags = vec!["--disable-features=WebRtcHideLocalIpsWithMdns".to_owned()];
    let at = |host| BrowserSetup { host, flags: flags.clone(), ..BrowserSetup::default() };
    let mut sender = Browser::start("sender", folder, at(net.left.clone()));
    let mut receiver = Browser::start("receiver", folder, at(net.right.clone()));
    sender.open("about:blank");
    receiver.open("about:blank");
    let offer = sender.eval(OFFER);
    let answer = receiver.eval(&ANSWER.replace("OFFER", &offer.to_string()));
    sender.eval(&ACCEPT.replace("ANSWER", &answer.to_string()));
    let received = |receiver: &mut Browser| receiver.eval("globalThis.received ?? 0").as_f64().unwrap_or(0.0);
    let limit = Instant::now() + Duration::from_secs(20);
    while received(&mut receiver) == 0.0 {
        assert!(Instant::now() < limit, "the two browsers did not connect");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (begun, before) = (Instant::now(), received(&mut receiver));
    std::thread::sleep(window());
    let bytes = received(&mut receiver) - before;
    bytes / 1e6 / begun.elapsed().as_secs_f64()
}

const OFFER: &str = "(async () => {
  const pc = globalThis.pc = new RTCPeerConnection();
  const channel = pc.createDataChannel('plain');
  const message = new Uint8Array(64 * 1024);
  const pump = () => { while (channel.bufferedAmount < 1024 * 1024) channel.send(message); };
  channel.bufferedAmountLowThreshold = 512 * 1024;
  channel.onopen = pump;
  channel.onbufferedamountlow = pump;
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete') await new Promise((done) => setTimeout(done, 10));
  return pc.localDescription.sdp;
})()";

const ANSWER: &str = "(async () => {
  const pc = globalThis.pc = new RTCPeerConnection();
  globalThis.received = 0;
  pc.ondatachannel = ({ channel }) => {
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }) => { globalThis.received += data.byteLength; };
  };
  await pc.setRemoteDescription({ type: 'offer', sdp: OFFER });
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete') await new Promise((done) => setTimeout(done, 10));
  return pc.localDescription.sdp;
})()";

const ACCEPT: &str = "globalThis.pc.setRemoteDescription({ type: 'answer', sdp: ANSWER })";

/// magic-wormhole with a mailbox server of its own; installed once into the cache folder.
pub(crate) struct Wormhole {
    bin: PathBuf,
}

impl Wormhole {
    /// Finds or installs it. `None`: this machine has no Python, or the registry can't be reached.
    pub(crate) fn install() -> Option<Self> {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        let venv = cache.join("sightline/wormhole");
        let bin = venv.join("bin");
        let run = |command: &mut Command| {
            command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        if !bin.join("wormhole").exists() {
            let made = run(Command::new("python3").args(["-m", "venv"]).arg(&venv))
                && run(Command::new(bin.join("pip")).args([
                    "install",
                    "--quiet",
                    "magic-wormhole",
                    "magic-wormhole-mailbox-server",
                ]));
            if !made {
                return None;
            }
        }
        Some(Self { bin })
    }

    /// Megabytes per second from the left to the right host.
    pub(crate) fn measure(&self, net: &Net, folder: &Path, file: &Path) -> f64 {
        let server = format!("ws://{}:4000/v1", net.left.address);
        let _mailbox = Ended(quiet(
            net.left
                .command(self.bin.join("twist"))
                .args(["wormhole-mailbox", "--port", "tcp:4000"])
                .current_dir(folder),
        ));
        // No relay is needed: both hosts reach each other.
        let helper = format!("tcp:{}:4001", net.left.address);
        let common = ["--relay-url", &server, "--transit-helper", &helper, "--appid", "sightline.bench/files"];
        let code = "7-guitarist-revenge";
        // Fresh for each run: what lies there grows from nothing.
        let received = tempfile::tempdir_in(folder).expect("a folder");
        let target = received.path().to_owned();
        std::thread::sleep(Duration::from_secs(2));
        let program = self.bin.join("wormhole");
        let _sender =
            Ended(quiet(net.left.command(&program).args(common).args(["send", "--no-qr", "--code", code]).arg(file)));
        let _receiver = Ended(quiet(
            net.right
                .command(&program)
                .args(common)
                .args(["receive", "--accept-file", "--output-file"])
                .arg(target.join("file"))
                .arg(code),
        ));
        let size = || -> u64 {
            let entries = std::fs::read_dir(&target).into_iter().flatten().flatten();
            entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).max().unwrap_or(0)
        };
        let limit = Instant::now() + Duration::from_secs(60);
        while size() == 0 {
            assert!(Instant::now() < limit, "magic-wormhole did not begin to transfer");
            std::thread::sleep(Duration::from_millis(20));
        }
        let (begun, before) = (Instant::now(), size());
        let whole = std::fs::metadata(file).map_or(0, |data| data.len());
        while begun.elapsed() < window() && size() < whole {
            std::thread::sleep(Duration::from_millis(20));
        }
        size().saturating_sub(before) as f64 / 1e6 / begun.elapsed().as_secs_f64()
    }
}

fn quiet(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was installed")
}

/// A child that ends with the value.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Puts files into a page's file input.
pub(crate) fn choose_files(browser: &mut Browser, testid: &str, files: &[&Path]) {
    browser.lines.must(json!({ "do": "files", "testid": testid, "paths": files }));
}
