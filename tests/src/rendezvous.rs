//! The real rendezvous program as a child process.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::mpsc::sync_channel,
    thread,
    time::Duration,
};

use crate::net::Host;

/// A running rendezvous; ends with the value, starts again on the same port and data.
pub struct RendezvousProcess {
    child: Option<Child>,
    program: PathBuf,
    page: PathBuf,
    folder: PathBuf,
    port: u16,
    arguments: Vec<String>,
    host: Host,
}

impl RendezvousProcess {
    /// Starts on a free port of a host, its data in `folder/rendezvous`, its page from `page`.
    pub fn start(program: PathBuf, page: PathBuf, folder: &Path, host: &Host, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let (folder, host) = (folder.to_owned(), host.clone());
        let mut this = Self { child: None, program, page, folder, port: 0, arguments, host };
        this.start_again();
        this
    }

    /// Starts the program; from the second time on the port of the first.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.folder.join("rendezvous.log")).expect("log file");
        let mut child = self
            .host
            .command(&self.program)
            .arg("--listen")
            .arg(format!("{}:{}", self.host.address, self.port))
            .arg("--data")
            .arg(self.data())
            .arg("--page")
            .arg(&self.page)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.program.display()));
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, receiver) = sync_channel(1);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if line.starts_with("ready:") {
                    let _ = sender.send(line);
                }
            }
        });
        let ready = receiver.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| {
            panic!(
                "the rendezvous is not ready; its log: {}",
                std::fs::read_to_string(self.folder.join("rendezvous.log")).unwrap_or_default()
            )
        });
        let url = ready.split_whitespace().nth(1).unwrap_or_default();
        self.port = url
            .rsplit(':')
            .next()
            .and_then(|port| port.trim_end_matches('/').parse().ok())
            .unwrap_or_else(|| panic!("no port in {ready:?}"));
        self.child = Some(child);
    }

    /// What the organisation decides, as TOML; in force from the next start.
    pub fn set_policy(&mut self, policy: &str) {
        let (policy_file, config) = (self.folder.join("policy.toml"), self.folder.join("rendezvous.toml"));
        std::fs::write(&policy_file, policy).expect("a policy");
        std::fs::write(&config, format!("policy = {policy_file:?}\n")).expect("a configuration");
        self.arguments.extend(["--config".to_owned(), config.display().to_string()]);
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("rendezvous")
    }

    /// The self-made certificate.
    pub fn certificate(&self) -> PathBuf {
        self.data().join("cert.pem")
    }

    /// The TCP and UDP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// For the expert app.
    pub fn url(&self) -> String {
        if self.host.address.is_loopback() {
            return format!("https://localhost:{}", self.port);
        }
        format!("https://{}:{}", self.host.address, self.port)
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for RendezvousProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
