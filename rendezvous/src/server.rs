//! A running rendezvous: starting it, its accept loop and its regular chores, reloading and stopping it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, error, info, warn};

use crate::certificate::{CertificateError, CertificateSource, Certificates, SelfMade};
use crate::config::{Config, ConfigError, PageSource};
use crate::connection::{Place, serve};
use crate::hosts::{Hosts, interface_addresses};
use crate::page::{Page, PageError};
use crate::policy::{PolicyError, Published};
use crate::rate::Sources;
use crate::shared::{Parts, Shared};
use crate::store::{Op, Outcome, Store, StoreError, StoreLimits, StoreThread};
use crate::stun;
use crate::switchboard::Switchboard;

/// Connections that the system accepts while we are busy: a restart is met by all peers at once.
const BACKLOG: i32 = 4_096;

/// Ports tried when the system's free TCP port is taken over UDP.
const PORT_ATTEMPTS: usize = 16;

/// How often addresses and the certificate are looked at.
const LOOK_AROUND: Duration = Duration::from_secs(60);

/// Pause after a failed accept: with no file descriptor left, trying at once would only burn time.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(50);

/// Why a rendezvous does not start. Each is a sentence for its administrator.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration contradicts itself.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The port is taken, not allowed, or the address is not this machine's.
    #[error("{address} cannot be listened at: {}", listen_reason(.source))]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Certificate or key.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The page.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

fn listen_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is taken by another program".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need the system's permission".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        _ => error.to_string(),
    }
}

/// Starts rendezvous.
#[derive(Debug)]
pub struct Rendezvous;

impl Rendezvous {
    /// Opens everything, binds, and serves on the current runtime. When this returns, connections are accepted.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let parsed = config.parsed()?;
        let limits = Arc::new(config.limits.clone());
        let page = load_page(&config.page)?;
        let policy = match &config.policy {
            Some(path) => Published::from_file(path, config.policy_key.as_ref())?,
            None => Published::unwritten(),
        };
        let store_limits = StoreLimits {
            policy: policy.policy.limits.clone(),
            total_bytes: config.limits.store_bytes,
            mail_bytes: config.limits.mail_bytes,
        };
        let (store, store_thread) = Store::open(&config.data, config.clock.clone(), store_limits)?;
        let addresses = interface_addresses();
        let (certificates, self_made) = match &config.certificate {
            CertificateSource::Files { chain, key } => {
                (Certificates::from_files(chain, key, config.clock.now())?, None)
            }
            CertificateSource::SelfMade => {
                let names: Vec<String> = parsed.names.iter().map(|name| name.host.clone()).collect();
                let made = SelfMade::load_or_make(&config.data, &names, &addresses, config.clock.now())?;
                if made.is_fresh() {
                    info!("made a new certificate");
                }
                (Certificates::from_self_made(&made)?, Some(made))
            }
        };
        let certificates = Arc::new(certificates);
        let tls = TlsAcceptor::from(Arc::new(certificates.server_config(config.allow_tls12)?));
        let (listener, udp) =
            bind(config.listen, config.stun).map_err(|source| StartError::Listen { address: config.listen, source })?;
        let address = listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;
        let sources = Arc::new(Sources::new(config.limits.clone()));
        let switchboard =
            Switchboard::new(store, Arc::clone(&sources), Arc::clone(&limits), config.clock.clone(), &policy);
        let shared = Arc::new(Shared::new(Parts {
            hosts: Hosts::new(&parsed.names, &config.page_origins, address.port(), addresses),
            proxies: parsed.proxies,
            certificates,
            switchboard: Arc::new(switchboard),
            sources,
            limits,
            page,
            policy,
        }));
        let mut chores = vec![tokio::spawn(accept(listener, tls, Arc::clone(&shared)))];
        if let Some(udp) = udp {
            let (sources, closing) = (Arc::clone(&shared.sources), shared.closing.clone());
            chores.push(tokio::spawn(stun::serve_udp(udp, sources, closing)));
        }
        chores.push(tokio::spawn(sweep(Arc::clone(&shared))));
        chores.push(tokio::spawn(look_around(Arc::clone(&shared), self_made, config.clone())));
        let name = parsed.names.into_iter().find(|name| name.port.is_none()).map(|name| name.host);
        Ok(Running { address, name, config, shared, chores, store_thread: Some(store_thread) })
    }
}

/// A running rendezvous. Dropping it ends it without waiting for anybody; [`Running::shutdown`] waits.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    name: Option<String>,
    config: Config,
    shared: Arc<Shared>,
    chores: Vec<JoinHandle<()>>,
    store_thread: Option<StoreThread>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.closing.cancel();
        self.shared.switchboard.end_streams();
        self.shared.tasks.close();
    }
}

impl Running {
    /// Where it listens, with the port that was really taken.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// SHA-256 of the certificate in use.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.shared.certificates.sha256()
    }

    /// A URL at which it is reached: by its first name, else by its address, else by this machine's first address.
    pub fn url(&self) -> String {
        let ip = match self.address.ip() {
            ip if !ip.is_unspecified() => ip,
            _ => interface_addresses().into_iter().next().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        };
        let host = match (&self.name, ip) {
            (Some(name), _) => name.clone(),
            (None, IpAddr::V6(v6)) => format!("[{v6}]"),
            (None, IpAddr::V4(v4)) => v4.to_string(),
        };
        format!("https://{host}:{}", self.address.port())
    }

    /// Reads certificate files, page folder and policy again. Whatever cannot be read stays as it was; the sentences
    /// returned say what and why.
    pub fn reload(&self) -> Vec<String> {
        let mut failures = Vec::new();
        if let CertificateSource::Files { chain, key } = &self.config.certificate
            && let Err(error) = self.shared.certificates.reload_files(chain, key, self.config.clock.now())
        {
            failures.push(error.to_string());
        }
        match load_page(&self.config.page) {
            Ok(page) => self.shared.set_page(page),
            Err(error) => failures.push(error.to_string()),
        }
        if let Some(path) = &self.config.policy {
            match self.shared.policy().reload(path, self.config.policy_key.as_ref()) {
                Ok(policy) => self.shared.set_policy(policy),
                Err(error) => failures.push(error.to_string()),
            }
        }
        failures
    }

    /// Stops: no new connections, every peer is told, the store is closed. Connections that do not leave in time are
    /// dropped.
    pub async fn shutdown(mut self) {
        self.shared.closing.cancel();
        self.shared.switchboard.end_streams();
        self.shared.tasks.close();
        let patience = Duration::from_secs(self.config.limits.shutdown_secs);
        if timeout(patience, self.shared.tasks.wait()).await.is_err() {
            warn!(connections = self.shared.tasks.len(), "some connections did not leave in time");
        }
        for chore in self.chores.drain(..) {
            chore.abort();
        }
        self.shared.switchboard.store().close().await;
        if let Some(thread) = self.store_thread.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn load_page(source: &PageSource) -> Result<Page, PageError> {
    match source {
        PageSource::Embedded => Ok(Page::embedded()),
        PageSource::Folder(folder) => Page::from_folder(folder),
    }
}

/// Binds TCP, and UDP at the same port.
fn bind(address: SocketAddr, with_udp: bool) -> io::Result<(TcpListener, Option<UdpSocket>)> {
    let mut attempts = PORT_ATTEMPTS;
    loop {
        let tcp = bind_one(address, Type::STREAM, Protocol::TCP)?;
        tcp.listen(BACKLOG)?;
        let tcp = TcpListener::from_std(tcp.into())?;
        if !with_udp {
            return Ok((tcp, None));
        }
        match bind_one(tcp.local_addr()?, Type::DGRAM, Protocol::UDP) {
            Ok(udp) => return Ok((tcp, Some(UdpSocket::from_std(udp.into())?))),
            Err(error) if address.port() != 0 || attempts == 0 => return Err(error),
            Err(_) => attempts -= 1,
        }
    }
}

fn bind_one(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = match Socket::new(Domain::for_address(address), kind, Some(protocol)) {
        // A machine without IPv6 still has all its IPv4 addresses.
        Err(_) if address.ip().is_unspecified() && address.is_ipv6() => {
            return bind_one((Ipv4Addr::UNSPECIFIED, address.port()).into(), kind, protocol);
        }
        socket => socket?,
    };
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    #[cfg(unix)]
    if kind == Type::STREAM {
        // A restart must not wait for old connections to be forgotten.
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    match socket.bind(&address.into()) {
        Err(error)
            if error.kind() == io::ErrorKind::AddrNotAvailable
                && address.is_ipv6()
                && address.ip().is_unspecified() =>
        {
            bind_one((Ipv4Addr::UNSPECIFIED, address.port()).into(), kind, protocol)
        }
        bound => bound.map(|()| socket),
    }
}

/// Accepts connections until the rendezvous stops. Above the caps a connection is closed at once.
async fn accept(listener: TcpListener, tls: TlsAcceptor, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(shared.limits.connections));
    loop {
        let accepted = tokio::select! {
            () = shared.closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                error!("a connection could not be accepted: {}", error.kind());
                tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&places).try_acquire_owned() else {
            debug!("closed a connection: there are too many");
            continue;
        };
        let address = from.ip().to_canonical();
        let counted = !shared.proxies.iter().any(|proxy| proxy.contains(address));
        let source = match counted {
            true => shared.sources.connect(address),
            false => Some(shared.sources.key(address)),
        };
        let Some(source) = source else {
            debug!("closed a connection: its source has too many");
            continue;
        };
        let place = Place { shared: Arc::clone(&shared), source, counted, _permit: permit };
        shared.tasks.spawn(serve(stream, from, place, tls.clone()));
    }
}

/// Deletes what has expired, regularly.
async fn sweep(shared: Arc<Shared>) {
    let mut ticks = interval(Duration::from_secs(shared.limits.sweep_secs.max(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shared.closing.cancelled() => return,
            _ = ticks.tick() => {}
        }
        while let Ok(Outcome::Swept { records, mails, more }) = shared.switchboard.store().run(Op::Sweep).await {
            if records + mails > 0 {
                debug!(records, mails, "deleted expired invites and mailbox items");
            }
            if !more {
                break;
            }
        }
    }
}

/// Notices new addresses of this machine, and renews a self-made certificate that no longer fits.
async fn look_around(shared: Arc<Shared>, mut self_made: Option<SelfMade>, config: Config) {
    let mut ticks = interval(LOOK_AROUND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        tokio::select! {
            () = shared.closing.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let addresses = interface_addresses();
        shared.hosts.update_addresses(addresses.clone());
        let Some(made) = &mut self_made else { continue };
        let renewed = made.renew_if_needed(&addresses, config.clock.now());
        match renewed
            .and_then(|renewed| if renewed { shared.certificates.renew(made).map(|()| true) } else { Ok(false) })
        {
            Ok(true) => info!("renewed the certificate"),
            Ok(false) => {}
            Err(error) => error!("the certificate could not be renewed: {error}"),
        }
    }
}
