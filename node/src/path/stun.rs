//! How this host's addresses look from outside: STUN binding requests (RFC 8489).
//!
//! [`Prober`] does no I/O and reads no clock. Its owner sends what [`Prober::poll_transmit`] gives, hands in what
//! arrives, and wakes it at [`Prober::poll_timeout`]. It shares a link's sockets, as only the address seen from the very
//! socket that will be used is of any use; answers are told apart from ICE by their transaction.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::attribute::XorMappedAddress;
use stun_types::message::{BINDING, Message, MessageClass, MessageWriteVec, TransactionId};
use stun_types::prelude::*;

use super::candidate::may_send_to;

/// Waiting time before the first repetition; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// After so many requests without an answer the server is given up: 6.2 s in all.
const MAX_REQUESTS: u32 = 5;

/// Pairs of own address and server that are asked at once.
const MAX_PROBES: usize = 32;

/// Asks STUN servers for the outside address of each socket.
#[derive(Debug, Default)]
pub struct Prober {
    probes: Vec<Probe>,
}

#[derive(Debug)]
struct Probe {
    local: SocketAddr,
    server: SocketAddr,
    transaction: TransactionId,
    request: Vec<u8>,
    sent: u32,
    due: Instant,
}

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// From which own address.
    pub local: SocketAddr,
    /// To which server.
    pub server: SocketAddr,
    /// The datagram.
    pub bytes: Vec<u8>,
}

/// An answer: own address `local` looks like `mapped` from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapped {
    /// Address of the socket.
    pub local: SocketAddr,
    /// What the server saw.
    pub mapped: SocketAddr,
}

impl Prober {
    /// Begins to ask `server` about the socket at `local`. Pairs that can't work (loopback to elsewhere, other address
    /// family) are left out.
    pub fn start(&mut self, local: SocketAddr, server: SocketAddr, now: Instant) {
        let fits = local.is_ipv4() == server.is_ipv4() && local.ip().is_loopback() == server.ip().is_loopback();
        if !fits || self.probes.len() >= MAX_PROBES {
            return;
        }
        let message = Message::builder_request(BINDING, MessageWriteVec::new());
        let transaction = message.transaction_id();
        self.probes.push(Probe { local, server, transaction, request: message.finish(), sent: 0, due: now });
    }

    /// The next datagram to send now, if any. Call until `None`.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Request> {
        self.probes.retain(|probe| probe.sent < MAX_REQUESTS || now < probe.due);
        let probe = self.probes.iter_mut().find(|probe| probe.due <= now)?;
        probe.due = now + FIRST_WAIT * 2u32.pow(probe.sent);
        probe.sent += 1;
        Some(Request { local: probe.local, server: probe.server, bytes: probe.request.clone() })
    }

    /// When [`Prober::poll_transmit`] is to be called again.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.probes.iter().map(|probe| probe.due).min()
    }

    /// Whether nothing is asked any more.
    pub fn is_done(&self) -> bool {
        self.probes.is_empty()
    }

    /// Takes a datagram. `None`: it is no answer to a request from here, and somebody else's. `Some(None)`: an answer
    /// without a usable address.
    pub fn handle(&mut self, local: SocketAddr, from: SocketAddr, bytes: &[u8]) -> Option<Option<Mapped>> {
        if self.probes.is_empty() {
            return None;
        }
        let message = Message::from_bytes(bytes).ok()?;
        let transaction = message.transaction_id();
        let index = self
            .probes
            .iter()
            .position(|probe| probe.transaction == transaction && probe.server == from && probe.local == local)?;
        if !message.is_response() {
            return None;
        }
        self.probes.swap_remove(index);
        if !message.has_class(MessageClass::Success) {
            return Some(None);
        }
        let mapped = message.attribute::<XorMappedAddress>().ok()?.addr(transaction);
        let usable = mapped.port() != 0
            && mapped.is_ipv4() == local.is_ipv4()
            && may_send_to(mapped.ip(), local.ip().is_loopback());
        Some(usable.then_some(Mapped { local, mapped }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn answer(request: &Request, mapped: SocketAddr) -> Vec<u8> {
        let message = Message::from_bytes(&request.bytes).expect("a STUN message");
        let mut answer = Message::builder_success(&message, MessageWriteVec::new());
        answer.add_attribute(&XorMappedAddress::new(mapped, message.transaction_id())).expect("room");
        answer.finish()
    }

    #[test]
    fn an_answer_gives_the_outside_address_once() {
        let (local, server, mapped) =
            (address("10.0.0.2:5000"), address("203.0.113.1:443"), address("198.51.100.9:61"));
        let now = Instant::now();
        let mut prober = Prober::default();
        prober.start(local, server, now);
        let request = prober.poll_transmit(now).expect("a request");
        assert!(prober.poll_transmit(now).is_none());
        let bytes = answer(&request, mapped);
        assert_eq!(prober.handle(local, address("203.0.113.2:443"), &bytes), None, "from another server");
        assert_eq!(prober.handle(address("10.0.0.2:5001"), server, &bytes), None, "at another socket");
        assert_eq!(prober.handle(local, server, &bytes), Some(Some(Mapped { local, mapped })));
        assert_eq!(prober.handle(local, server, &bytes), None, "a repetition");
        assert!(prober.is_done());
    }

    #[test]
    fn a_silent_server_is_given_up() {
        let mut now = Instant::now();
        let began = now;
        let mut prober = Prober::default();
        prober.start(address("10.0.0.2:5000"), address("203.0.113.1:443"), now);
        let mut sent = 0;
        while let Some(due) = prober.poll_timeout() {
            now = due;
            while prober.poll_transmit(now).is_some() {
                sent += 1;
            }
        }
        assert_eq!(sent, 5);
        assert_eq!(now.duration_since(began), Duration::from_millis(6200));
    }

    #[test]
    fn a_false_address_is_not_used() {
        let (local, server) = (address("10.0.0.2:5000"), address("203.0.113.1:443"));
        for mapped in ["127.0.0.1:80", "224.0.0.1:80", "198.51.100.9:0"] {
            let mut prober = Prober::default();
            let now = Instant::now();
            prober.start(local, server, now);
            let request = prober.poll_transmit(now).expect("a request");
            assert_eq!(prober.handle(local, server, &answer(&request, address(mapped))), Some(None), "{mapped}");
        }
    }

    #[test]
    fn loopback_sockets_do_not_ask_the_network() {
        let mut prober = Prober::default();
        prober.start(address("127.0.0.1:5000"), address("203.0.113.1:443"), Instant::now());
        prober.start(address("10.0.0.2:5000"), address("[2001:db8::1]:443"), Instant::now());
        assert!(prober.is_done());
    }
}
