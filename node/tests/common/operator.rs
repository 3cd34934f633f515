//! The other side of the link under test: who offers, sends video and sits at the other end of the channels.

use sightline_node::media::Codec;

/// What an operator notices.
#[derive(Debug)]
pub enum Noticed {
    /// Connected, with its own and the other side's certificate if it can tell.
    Connected,
    /// A channel can be used.
    Open(u16),
    /// A message arrived.
    Message(u16, Vec<u8>),
    /// The other side needs a key frame.
    KeyFrameWanted,
    /// An address of this side.
    Candidate(String),
    /// The connection has ended.
    Closed,
}

/// An implementation of WebRTC that calls the link under test.
///
/// It offers one audio line, one video line and the four channels, on 127.0.0.1 only.
pub trait Operator: Send + Sized + 'static {
    /// For messages of failed tests.
    const NAME: &'static str;

    /// Starts and makes an offer whose video line knows `codec`.
    fn start(codec: Codec) -> impl Future<Output = (Self, String)> + Send;

    /// Takes the answer.
    fn accept(&mut self, answer: &str) -> impl Future<Output = ()> + Send;

    /// Takes an address of the other side.
    fn add_candidate(&mut self, candidate: &str) -> impl Future<Output = ()> + Send;

    /// The next thing it notices. Must be cancel safe.
    fn notice(&mut self) -> impl Future<Output = Noticed> + Send;

    /// Sends a message, waiting for room.
    fn send(&mut self, channel: u16, message: Vec<u8>) -> impl Future<Output = ()> + Send;

    /// Sends one encoded picture.
    fn send_frame(&mut self, data: bytes::Bytes, key: bool) -> impl Future<Output = ()> + Send;

    /// Ends the connection properly.
    fn close(self) -> impl Future<Output = ()> + Send;

    /// Disappears without a word, like a machine that lost its power.
    fn vanish(self);
}

/// Awaits the thing that `pick` takes; everything else is passed over.
pub async fn until<O: Operator, T>(operator: &mut O, what: &str, mut pick: impl FnMut(Noticed) -> Option<T>) -> T {
    let waiting = async {
        loop {
            let noticed = operator.notice().await;
            assert!(
                !matches!(noticed, Noticed::Closed) || what.contains("close"),
                "{}: closed while waiting for {what}",
                O::NAME
            );
            if let Some(found) = pick(noticed) {
                return found;
            }
        }
    };
    super::soon(&format!("{}: {what}", O::NAME), waiting).await
}
