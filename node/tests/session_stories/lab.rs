//! A rendezvous, an expert and operators in one process, over loopback.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sightline_node::command::OwnVideo;
use sightline_node::media::EncodedFrame;
use sightline_node::media::{EncoderSettings, PictureEncoder, pattern};
use sightline_node::session::guest::{Guest, GuestView};
use sightline_node::session::video_out::VideoOut;
use sightline_node::view::{InviteView, KnockView, NodeView, SessionView};
use sightline_node::{Codec, InviteSpec, Node, NodeConfig, PeerId, SessionHandle, Trust};
use sightline_rendezvous::{Config, Limits, PageSource, Rendezvous, Running};
use tokio::sync::watch;

/// Longest wait for anything: generous, because two cores are shared by many.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running rendezvous that can be stopped and started again at the same port.
pub(crate) struct Lab {
    pub(crate) folder: tempfile::TempDir,
    running: Option<Running>,
    address: SocketAddr,
    /// The organisation's policy file, from the next start on.
    pub(crate) policy: Option<std::path::PathBuf>,
    /// The machine's limits, from the next start on.
    pub(crate) limits: Limits,
}

impl Lab {
    pub(crate) async fn start() -> Lab {
        // The log of a failed test is worth more than a quiet one.
        let _ = tracing_subscriber::fmt()
            .with_test_writer()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .try_init();
        let folder = tempfile::tempdir().expect("a folder");
        let address = "127.0.0.1:0".parse().expect("an address");
        let mut lab = Lab { folder, running: None, address, policy: None, limits: Limits::default() };
        lab.start_rendezvous().await;
        lab
    }

    pub(crate) async fn start_rendezvous(&mut self) {
        let mut config = Config::new(self.folder.path().join("rendezvous"));
        config.listen = self.address;
        config.page = PageSource::Embedded;
        config.policy = self.policy.clone();
        config.limits = self.limits.clone();
        let began = Instant::now();
        let running = loop {
            match Rendezvous::start(config.clone()).await {
                Ok(running) => break running,
                // The port of the one before may linger for a moment.
                Err(error) if began.elapsed() > PATIENCE => panic!("no rendezvous: {error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        self.address = running.addr();
        self.running = Some(running);
    }

    /// Starts it again with another policy of the organisation.
    pub(crate) async fn with_policy(&mut self, limits: &str) {
        let policy = self.folder.path().join("policy.toml");
        std::fs::write(&policy, format!("version = 1\n[limits]\n{limits}\n")).expect("written");
        self.policy = Some(policy);
        self.stop_rendezvous().await;
        self.start_rendezvous().await;
    }

    pub(crate) async fn stop_rendezvous(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown().await;
        }
    }

    /// Makes the rendezvous forget its certificate, so that the next start shows another.
    pub(crate) fn lose_certificate(&self) {
        let folder = self.folder.path().join("rendezvous");
        for entry in std::fs::read_dir(folder).expect("its folder").flatten() {
            if entry.file_name().to_string_lossy().ends_with(".pem") {
                std::fs::remove_file(entry.path()).expect("removed");
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.address.port())
    }

    pub(crate) fn certificate(&self) -> [u8; 32] {
        self.running.as_ref().expect("it runs").certificate_sha256()
    }

    pub(crate) fn config(&self, name: &str) -> NodeConfig {
        NodeConfig {
            home: self.folder.path().join(name),
            rendezvous: vec![self.url()],
            trust: Trust::FirstUse,
            name: name.to_owned(),
            lang: "en".to_owned(),
            codecs: Vec::new(),
            allow_loopback: true,
        }
    }

    pub(crate) async fn node(&self, name: &str) -> Node {
        Node::start(self.config(name)).await.expect("a node")
    }

    /// An operator's node: it has no rendezvous but the one in the link.
    pub(crate) async fn operator(&self, name: &str) -> Node {
        let config = NodeConfig { rendezvous: Vec::new(), ..self.config(name) };
        Node::start(config).await.expect("a node")
    }

    pub(crate) fn session_file(&self, name: &str, session: &SessionHandle) -> std::path::PathBuf {
        self.folder.path().join(name).join("sessions").join(session.id().to_string())
    }
}

/// Waits until a watched value is as wished.
pub(crate) async fn until<T: Clone>(mut watched: watch::Receiver<T>, what: &str, wished: impl Fn(&T) -> bool) -> T {
    let seen = tokio::time::timeout(PATIENCE, watched.wait_for(|value| wished(value))).await;
    match seen {
        Ok(value) => value.expect("its owner lives").clone(),
        Err(_) => panic!("waited in vain: {what}"),
    }
}

/// Waits until a session's view is as wished.
pub(crate) async fn see(
    session: &SessionHandle,
    what: &str,
    wished: impl Fn(&SessionView) -> bool,
) -> Arc<SessionView> {
    let view = session.view();
    let last = view.clone();
    let seen = tokio::time::timeout(PATIENCE, async {
        let mut view = view;
        view.wait_for(|view| wished(view)).await.map(|view| view.clone())
    });
    match seen.await {
        Ok(view) => view.expect("the session lives"),
        Err(_) => panic!("waited in vain: {what}\n{:#?}", *last.borrow()),
    }
}

pub(crate) async fn see_node(node: &Node, what: &str, wished: impl Fn(&NodeView) -> bool) -> Arc<NodeView> {
    until(node.sessions(), what, |view| wished(view)).await
}

pub(crate) async fn see_guest(guest: &Guest, what: &str, wished: impl Fn(&GuestView) -> bool) -> Arc<GuestView> {
    until(guest.view(), what, |view| wished(view)).await
}

/// An invite whose record lies at the rendezvous.
pub(crate) async fn open_invite(session: &SessionHandle, spec: InviteSpec) -> InviteView {
    let invite = session.invite(spec).await.expect("an invite");
    let open = see(session, "the record at the rendezvous", |view| {
        view.invites.iter().any(|seen| seen.id == invite.id && seen.state == sightline_node::view::InviteState::Open)
    });
    open.await;
    invite
}

/// The only knock, once it is there.
pub(crate) async fn the_knock(session: &SessionHandle) -> KnockView {
    see(session, "a knock", |view| view.knocks.len() == 1).await.knocks[0].clone()
}

pub(crate) fn is_linked(view: &SessionView, peer: &PeerId) -> bool {
    view.link(peer).is_some_and(|link| link.verified && link.state == sightline_node::view::LinkState::Up)
}

pub(crate) fn has_message(view: &SessionView, text: &str) -> bool {
    view.chat.iter().any(|chat| chat.text == text)
}

/// An operator that was let in: its session, and its link to the expert is up on both sides.
pub(crate) async fn join_and_admit(expert: &SessionHandle, operator: &Node, link: &str) -> SessionHandle {
    let guest = operator.join(link).await.expect("a link");
    let knock = the_knock(expert).await;
    let peer = expert.admit(knock.id).await.expect("admitted");
    assert_eq!(peer, operator.id());
    let session = tokio::time::timeout(PATIENCE, guest.admitted()).await.expect("in time").expect("let in");
    linked(expert, &session).await;
    session
}

/// Waits until two sessions have a verified link to each other.
pub(crate) async fn linked(expert: &SessionHandle, operator: &SessionHandle) {
    let (lead, member) = (expert.view().borrow().me, operator.view().borrow().me);
    see(expert, "a link at the expert", |view| is_linked(view, &member)).await;
    see(operator, "a link at the operator", |view| is_linked(view, &lead)).await;
}

/// A camera that shows the generated picture until it is dropped.
pub(crate) struct Camera {
    stop: Arc<AtomicBool>,
    session: SessionHandle,
}

impl Camera {
    pub(crate) fn start(session: &SessionHandle, codec: Codec) -> Camera {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, out) = (stop.clone(), session.video_out());
        std::thread::Builder::new().name("camera".into()).spawn(move || film(&out, codec, &stopped)).expect("a thread");
        session.own_video(OwnVideo::Live);
        Camera { stop, session: session.clone() }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.session.own_video(OwnVideo::Off(sightline_node::view::VideoEnd::Stopped));
    }
}

pub(crate) const WIDTH: u32 = 320;
pub(crate) const HEIGHT: u32 = 240;

fn film(out: &VideoOut, codec: Codec, stopped: &AtomicBool) {
    let mut encoder = PictureEncoder::open(&EncoderSettings::camera(codec, WIDTH, HEIGHT)).expect("an encoder");
    let began = Instant::now();
    for number in 0u32.. {
        if stopped.load(Ordering::SeqCst) {
            return;
        }
        let mut picture = pattern::colour_bars(WIDTH, HEIGHT, (number % 1000) as u16);
        picture.rtp_time = number * 3000;
        let key = out.take_key_frame_wish();
        if let Some(encoded) = encoder.encode(&picture, key).expect("encoded") {
            let frame = EncodedFrame {
                codec,
                data: encoded.data,
                rtp_time: picture.rtp_time,
                key: encoded.key,
                contiguous: true,
                received: Instant::now(),
            };
            // Without a link there is nobody to miss it.
            let _ = out.send(frame);
        }
        let due = Duration::from_millis(u64::from(number + 1) * 33);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("listed").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}
