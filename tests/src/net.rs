//! Two machines that are not: network namespaces joined by a wire that delays, loses and throttles.
//!
//! The kernel here has no `netem`, so each namespace has a TUN device whose packets pass through this process. What the wire
//! does is decided by [`Shaper`], which is pure and seeded; threads around it keep its times.

mod shaper;

use std::{
    collections::VecDeque,
    ffi::OsString,
    io::{BufRead, BufReader, BufWriter, Read, Write},
    net::Ipv4Addr,
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

pub use shaper::{Impairment, Shaper};

/// Largest packet on the wire, in bytes.
pub const MTU: usize = 1500;

/// A place where programs run: this machine as it is, or one end of a [`Net`].
#[derive(Clone, Debug)]
pub struct Host {
    /// Its address.
    pub address: Ipv4Addr,
    prefix: Vec<OsString>,
}

impl Host {
    /// This machine, by its loopback address.
    pub fn here() -> Self {
        Self { address: Ipv4Addr::LOCALHOST, prefix: Vec::new() }
    }

    /// A command that runs `program` in this place.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        match self.prefix.split_first() {
            None => Command::new(program.as_ref()),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program.as_ref());
                command
            }
        }
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program).args(arguments).status();
        assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?} failed");
    }
}

/// Two hosts and the wire between them. Everything ends with the value.
pub struct Net {
    /// One end.
    pub left: Host,
    /// The other end.
    pub right: Host,
    impairment: Arc<Mutex<Impairment>>,
    children: Vec<Child>,
}

impl Net {
    /// Makes both namespaces and the wire. `end` is the program `sightline-net-end`.
    pub fn start(end: &Path, impairment: Impairment, seed: u64) -> Self {
        let mut children = Vec::new();
        let mut host = |address| {
            let (holder, host) = namespace(address);
            children.push(holder);
            host.run("ip", &["link", "set", "lo", "up"]);
            host
        };
        let (left, right) = (host(Ipv4Addr::new(10, 73, 0, 1)), host(Ipv4Addr::new(10, 73, 0, 2)));
        let shared = Arc::new(Mutex::new(impairment));
        let mut a = wire_end(end, &left);
        let mut b = wire_end(end, &right);
        let ways = [(a.stdout.take(), b.stdin.take()), (b.stdout.take(), a.stdin.take())];
        for ((from, to), seed) in ways.into_iter().zip(seed..) {
            direction(from.expect("piped"), to.expect("piped"), shared.clone(), seed);
        }
        children.extend([a, b]);
        // Browsers look for their own address where the way to everywhere leaves.
        left.run("ip", &["route", "add", "default", "via", &right.address.to_string()]);
        right.run("ip", &["route", "add", "default", "via", &left.address.to_string()]);
        Self { left, right, impairment: shared, children }
    }

    /// Changes what the wire does from now on.
    pub fn impair(&self, impairment: Impairment) {
        *lock(&self.impairment) = impairment;
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A namespace, held by a process that does nothing.
fn namespace(address: Ipv4Addr) -> (Child, Host) {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    let mut command = Command::new("unshare");
    command.args(if root { &["-n"][..] } else { &["-Urn"] }).args(["sh", "-c", "echo held; exec sleep 7200"]);
    let mut holder = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("unshare (util-linux)");
    let mut line = String::new();
    let held = BufReader::new(holder.stdout.take().expect("piped")).read_line(&mut line);
    assert!(held.is_ok() && line == "held\n", "this machine allows no network namespace");
    let target = holder.id().to_string();
    let own_user = if root { vec![] } else { vec!["-U", "--preserve-credentials"] };
    let prefix = ["nsenter", "-t", &target, "-n"].into_iter().chain(own_user).map(OsString::from).collect();
    (holder, Host { address, prefix })
}

fn wire_end(program: &Path, host: &Host) -> Child {
    let mut command = host.command(program);
    command.args(["sightline0", &host.address.to_string(), "24"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
    let mut said = String::new();
    let mut errors: BufReader<ChildStderr> = BufReader::new(child.stderr.take().expect("piped"));
    while !said.ends_with("ready\n") {
        let read = errors.read_line(&mut said).unwrap_or(0);
        assert!(read > 0, "an end of the wire could not be made: {said}");
    }
    // Whatever it says later is the test's to see.
    thread::spawn(move || std::io::copy(&mut errors, &mut std::io::stderr()));
    child
}

/// Packets and when each arrives.
type Underway = VecDeque<(Instant, Vec<u8>)>;

/// What is on its way in one direction.
#[derive(Default)]
struct Wire {
    packets: Mutex<(Underway, bool)>,
    more: Condvar,
}

/// Carries packets one way until either end is gone.
fn direction(
    from: impl Read + Send + 'static,
    to: impl Write + Send + 'static,
    impairment: Arc<Mutex<Impairment>>,
    seed: u64,
) {
    let wire = Arc::new(Wire::default());
    let filling = wire.clone();
    thread::spawn(move || {
        let mut input = BufReader::with_capacity(256 * 1024, from);
        let (begun, mut shaper, mut head) = (Instant::now(), Shaper::new(seed), [0; 2]);
        while input.read_exact(&mut head).is_ok() {
            let mut packet = vec![0; usize::from(u16::from_be_bytes(head))];
            if input.read_exact(&mut packet).is_err() {
                break;
            }
            let due = shaper.send(&lock(&impairment), begun.elapsed(), packet.len());
            if let Some(due) = due {
                lock(&filling.packets).0.push_back((begun + due, packet));
                filling.more.notify_one();
            }
        }
        lock(&filling.packets).1 = true;
        filling.more.notify_one();
    });
    thread::spawn(move || {
        let mut out = BufWriter::with_capacity(64 * 1024, to);
        while let Some(packets) = wire.due() {
            for packet in packets {
                let length = u16::try_from(packet.len()).expect("its length was read as one").to_be_bytes();
                if out.write_all(&length).and_then(|()| out.write_all(&packet)).is_err() {
                    return;
                }
            }
            if out.flush().is_err() {
                return;
            }
        }
    });
}

impl Wire {
    /// Waits for packets whose time has come. `None`: the other end is gone.
    fn due(&self) -> Option<Vec<Vec<u8>>> {
        let mut guard = lock(&self.packets);
        loop {
            let now = Instant::now();
            let count = guard.0.iter().take_while(|(due, _)| *due <= now).count();
            if count > 0 {
                return Some(guard.0.drain(..count).map(|(_, packet)| packet).collect());
            }
            if guard.1 {
                return None;
            }
            let wait = guard.0.front().map_or(Duration::from_secs(1), |(due, _)| *due - now);
            guard = self.more.wait_timeout(guard, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
