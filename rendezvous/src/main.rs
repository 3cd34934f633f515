//! The rendezvous as a program: reads its arguments and configuration file, starts, and obeys signals.
//!
//! Standard output carries one line, `ready: https://HOST:PORT sha256:HEX`; everything else goes to standard error.
//! SIGTERM and SIGINT stop it in order, SIGHUP makes it read certificate, page and policy again.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use sightline_proto::keys::{PeerKey, Secret};
use sightline_rendezvous::{Config, PageSource, Rendezvous, Running, SIGNATURE_LABEL, certificate_source};
use tracing::{error, info, warn};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Where experts and operators find each other: serves the operator's page, forwards sealed messages, keeps sealed invites.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Configuration file (TOML); the options below override it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port, TCP and (for STUN) UDP; port 0 takes a free one [default: [::]:8443]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Folder of the store and the self-made certificate [default: rendezvous-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A name by which this rendezvous is reached, with a port if it is another than the one listened at; repeatable
    #[arg(long, value_name = "HOST")]
    name: Vec<String>,
    /// Certificate chain (PEM); without it a certificate is made
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Folder of the built operator page, instead of the one inside the program
    #[arg(long, value_name = "DIR")]
    page: Option<PathBuf>,
    /// Policy file of the organisation (TOML, or JSON with FILE.sig where policy_key is configured)
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// off, error, warn, info, debug or trace; logs never hold content, addresses or secrets
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: LevelFilter,
    /// Sign the policy file with the organisation's key in this file (made if it does not exist), print the public key
    /// for the configuration, and end
    #[arg(long, value_name = "FILE", requires = "policy")]
    sign_policy: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Other crates' events stay out: they may name hosts or quote messages.
    let ours = Targets::new().with_target("sightline_rendezvous", arguments.log);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    tracing_subscriber::registry().with(lines).with(ours).init();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("sightline-rendezvous: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    if let (Some(key), Some(policy)) = (&arguments.sign_policy, &arguments.policy) {
        return sign_policy(key, policy);
    }
    let config = configuration(arguments).map_err(|error| error.to_string())?;
    raise_file_limit(config.limits.connections);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("rendezvous")
        .build()
        .map_err(|error| format!("the runtime cannot be started: {error}"))?;
    runtime.block_on(async {
        let signals = Signals::catch().map_err(|error| format!("signals cannot be received: {error}"))?;
        let running = Rendezvous::start(config).await.map_err(|error| error.to_string())?;
        announce(&running);
        signals.obey(&running).await;
        info!("stopping");
        running.shutdown().await;
        Ok(())
    })
}

fn configuration(arguments: Arguments) -> Result<Config, sightline_rendezvous::ConfigError> {
    let mut config = match &arguments.config {
        Some(path) => Config::from_file(path)?,
        None => Config::new("rendezvous-data"),
    };
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.data = arguments.data.unwrap_or(config.data);
    if !arguments.name.is_empty() {
        config.names = arguments.name;
    }
    if arguments.cert.is_some() {
        config.certificate = certificate_source(arguments.cert, arguments.key)?;
    }
    if let Some(page) = arguments.page {
        config.page = PageSource::Folder(page);
    }
    config.policy = arguments.policy.or(config.policy);
    Ok(config)
}

/// The one line on standard output. Whoever started us may have closed it: that is no reason to stop.
fn announce(running: &Running) {
    let sha256 = data_encoding::HEXLOWER.encode(&running.certificate_sha256());
    let mut out = io::stdout();
    let _ = writeln!(out, "ready: {} sha256:{sha256}", running.url()).and_then(|()| out.flush());
}

/// What the system tells us. Made before we say that we are ready: from then on a signal is obeyed, not fatal.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Reloads when told to; returns when told to stop.
    async fn obey(mut self, running: &Running) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => {
                    let failures = running.reload();
                    for failure in &failures {
                        error!("not reloaded: {failure}");
                    }
                    if failures.is_empty() {
                        info!("reloaded");
                    }
                }
            }
        }
    }
}

/// What the system tells us.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn catch() -> io::Result<Self> {
        Ok(Self)
    }

    /// Returns when told to stop.
    async fn obey(self, _: &Running) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            error!("signals cannot be received: {error}");
        }
    }
}

/// Every connection is a file descriptor: takes as many as the system lets us have.
fn raise_file_limit(connections: usize) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        let _ = setrlimit(Resource::Nofile, limit);
        let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        if allowed < connections as u64 {
            warn!("the system allows {allowed} open files, too few for {connections} connections");
        }
    }
    #[cfg(not(unix))]
    let _ = connections;
}

/// Signs the policy with the organisation's key.
fn sign_policy(key_file: &Path, policy: &Path) -> Result<(), String> {
    let key = organisation_key(key_file)?;
    let text = std::fs::read(policy).map_err(|error| format!("{} cannot be read: {error}", policy.display()))?;
    let signature = key.sign(SIGNATURE_LABEL, &text);
    let mut name = policy.as_os_str().to_owned();
    name.push(".sig");
    let hex = data_encoding::HEXLOWER.encode(&signature.0);
    std::fs::write(&name, hex).map_err(|error| format!("{} cannot be written: {error}", Path::new(&name).display()))?;
    println!("policy_key = \"{}\"", key.public());
    Ok(())
}

fn organisation_key(path: &Path) -> Result<PeerKey, String> {
    match std::fs::read_to_string(path) {
        Ok(hex) => {
            let seed = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.trim().as_bytes()).ok();
            let seed: Option<[u8; 32]> = seed.and_then(|seed| seed.try_into().ok());
            let seed =
                seed.ok_or_else(|| format!("{} does not hold a key of 64 hexadecimal digits", path.display()))?;
            Ok(PeerKey::from_seed(&Secret::new(seed)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = PeerKey::generate(&mut rand::rand_core::UnwrapErr(rand::rngs::SysRng));
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let unwritable = |error: io::Error| format!("{} cannot be written: {error}", path.display());
            let mut file = options.open(path).map_err(unwritable)?;
            file.write_all(data_encoding::HEXLOWER.encode(key.seed().expose()).as_bytes()).map_err(unwritable)?;
            Ok(key)
        }
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}
