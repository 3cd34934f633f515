//! A rendezvous in the hands of a thief: everybody's switchboard goes through it, it sees and keeps every byte, and may alter,
//! drop, repeat, delay, reorder and invent frames.
//!
//! It stands as a proxy before the real rendezvous, so that whatever it does not touch is genuine. Page and programs reach it as
//! `http://localhost:PORT`.

use std::{
    collections::VecDeque,
    net::TcpListener as StdListener,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinSet,
    time::sleep,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async, client_async,
    tungstenite::{
        Bytes, Message,
        client::IntoClientRequest,
        handshake::server::{ErrorResponse, Request, Response},
        http::HeaderValue,
    },
};

/// Frames under way in one direction of one connection; a slow side holds the other up, as TCP would.
const QUEUE: usize = 1024;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From a peer to the rendezvous.
    Up,
    /// From the rendezvous to a peer.
    Down,
}

/// One frame to be sent on, now or later.
pub struct Delivery {
    /// How long it is held back.
    pub after: Duration,
    /// The frame.
    pub frame: Vec<u8>,
}

impl Delivery {
    /// Sent on at once.
    pub fn now(frame: Vec<u8>) -> Self {
        Self { after: Duration::ZERO, frame }
    }
}

/// What the thief does to the frames: one call for each, in order, over all connections; what comes back is sent on.
pub type Deed = Box<dyn FnMut(usize, Way, Vec<u8>) -> Vec<Delivery> + Send>;

/// Does nothing to anything.
pub fn honest() -> Deed {
    Box::new(|_, _, frame| vec![Delivery::now(frame)])
}

struct Shared {
    deed: Mutex<Deed>,
    record: Mutex<Vec<u8>>,
    connections: Mutex<usize>,
}

/// The thief's running proxy; ends with the value.
pub struct Evil {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<StdListener>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Evil {
    /// Takes a port, so that the real rendezvous can be told its name before it starts.
    pub fn prepare() -> Self {
        let listener = StdListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a non-blocking socket");
        let port = listener.local_addr().expect("an address").port();
        let shared = Shared { deed: Mutex::new(honest()), record: Mutex::default(), connections: Mutex::default() };
        Self { port, shared: Arc::new(shared), listener: Some(listener), runtime: None }
    }

    /// `localhost:PORT`, for the real rendezvous' list of names.
    pub fn name(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Where page and programs find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.name())
    }

    /// Begins to stand before the rendezvous on this port.
    pub fn serve(&mut self, real_port: u16) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = self.listener.take().expect("serve is called once");
        let (shared, own_name) = (Arc::clone(&self.shared), self.name());
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            let mut tasks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                tasks.spawn(connection(stream, real_port, own_name.clone(), Arc::clone(&shared)));
                while tasks.try_join_next().is_some() {}
            }
        });
        self.runtime = Some(runtime);
    }

    /// Changes what it does from now on.
    pub fn turn(&self, deed: Deed) {
        *lock(&self.shared.deed) = deed;
    }

    /// Every byte that went through so far: frames both ways, and whatever else was asked of the page.
    pub fn record(&self) -> Vec<u8> {
        lock(&self.shared.record).clone()
    }
}

impl Drop for Evil {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn connection(mut stream: TcpStream, real_port: u16, own_name: String, shared: Arc<Shared>) {
    let mut first = [0; 64];
    let Ok(length) = stream.peek(&mut first).await else { return };
    if !first[..length].starts_with(b"GET /v1/switchboard") {
        if let Ok(mut real) = TcpStream::connect(("127.0.0.1", real_port)).await {
            let _ = copy_bidirectional(&mut stream, &mut real).await;
        }
        return;
    }
    let number = {
        let mut count = lock(&shared.connections);
        *count += 1;
        *count
    };
    let mut headers = Vec::new();
    #[expect(clippy::result_large_err, reason = "the signature is the library's")]
    let echo = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        for (name, value) in request.headers() {
            headers.push(format!("{name}: {}", value.to_str().unwrap_or_default()));
            if name == "sec-websocket-protocol" {
                response.headers_mut().insert("sec-websocket-protocol", value.clone());
            }
        }
        Ok(response)
    };
    let Ok(peer) = accept_hdr_async(stream, echo).await else { return };
    lock(&shared.record).extend(headers.join("\n").bytes());
    let Ok(real_stream) = TcpStream::connect(("127.0.0.1", real_port)).await else { return };
    let mut request = format!("ws://{own_name}/v1/switchboard").into_client_request().expect("a request");
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("sightline.v1"));
    let Ok((real, _)) = client_async(request, real_stream).await else { return };
    relay(peer, real, number, &shared).await;
}

async fn relay(
    mut peer: WebSocketStream<TcpStream>,
    mut real: WebSocketStream<TcpStream>,
    number: usize,
    shared: &Arc<Shared>,
) {
    let (to_real, mut for_real) = channel(QUEUE);
    let (to_peer, mut for_peer) = channel(QUEUE);
    let mut held = JoinSet::new();
    loop {
        tokio::select! {
            message = next(&mut peer) => match message {
                Some(frame) => deliver(number, Way::Up, frame, shared, &to_real, &mut held).await,
                None => break,
            },
            message = next(&mut real) => match message {
                Some(frame) => deliver(number, Way::Down, frame, shared, &to_peer, &mut held).await,
                None => break,
            },
            Some(frame) = for_real.recv() => if send(&mut real, frame).await.is_none() { break },
            Some(frame) = for_peer.recv() => if send(&mut peer, frame).await.is_none() { break },
        }
        // What is ready to go goes before anything more is read.
        if drain(&mut for_real, &mut real).await.is_none() || drain(&mut for_peer, &mut peer).await.is_none() {
            break;
        }
    }
    let _ = peer.close(None).await;
    let _ = real.close(None).await;
}

async fn drain(queue: &mut Receiver<Vec<u8>>, socket: &mut WebSocketStream<TcpStream>) -> Option<()> {
    while let Ok(frame) = queue.try_recv() {
        send(socket, frame).await?;
    }
    Some(())
}

async fn deliver(
    number: usize,
    way: Way,
    frame: Vec<u8>,
    shared: &Arc<Shared>,
    to: &Sender<Vec<u8>>,
    held: &mut JoinSet<()>,
) {
    lock(&shared.record).extend_from_slice(&frame);
    let deliveries: VecDeque<_> = (lock(&shared.deed))(number, way, frame).into();
    for delivery in deliveries {
        let to = to.clone();
        if delivery.after.is_zero() {
            // The queue is drained by the same task: never wait for it here.
            let _ = to.try_send(delivery.frame);
        } else {
            held.spawn(async move {
                sleep(delivery.after).await;
                let _ = to.send(delivery.frame).await;
            });
        }
    }
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Option<Vec<u8>> {
    use futures_util::StreamExt;
    loop {
        match socket.next().await?.ok()? {
            Message::Binary(bytes) => return Some(bytes.to_vec()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, frame: Vec<u8>) -> Option<()> {
    use futures_util::SinkExt;
    socket.send(Message::Binary(Bytes::from(frame))).await.ok()
}
