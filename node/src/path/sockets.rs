//! The UDP sockets of one link, one for each address of this host.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll, ready};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

/// Room for bursts: a key frame of a shared screen comes in hundreds of packets at once, and the task that reads may be
/// late by a few milliseconds.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

/// The same for what is sent at once.
const SEND_BUFFER: usize = 2 * 1024 * 1024;

/// Datagrams that wait while the operating system's buffer is full. **Full queue:** the newest is dropped and counted,
/// as the network would do.
const OUTBOX: usize = 512;

/// Errors of one socket passed over before the others get their turn.
const MAX_ERRORS: u32 = 16;

/// Sockets of one link. Not shared: the link's task owns them.
#[derive(Debug, Default)]
pub struct Sockets {
    bound: Vec<Bound>,
    outbox: VecDeque<(usize, SocketAddr, Vec<u8>)>,
    /// Which socket is asked first, so that a busy one doesn't starve the others.
    turn: usize,
    overflowed: u64,
}

#[derive(Debug)]
struct Bound {
    address: SocketAddr,
    socket: UdpSocket,
}

/// A datagram that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Its length in the buffer.
    pub length: usize,
    /// Who sent it.
    pub from: SocketAddr,
    /// At which own address.
    pub to: SocketAddr,
}

impl Sockets {
    /// Binds a socket to each of `addresses` that has none yet and returns the new socket addresses. One that can't be
    /// bound is left out. Must be called inside a tokio runtime.
    pub fn bind(&mut self, addresses: &[IpAddr]) -> Vec<SocketAddr> {
        let mut added = Vec::new();
        for &ip in addresses {
            if self.bound.iter().any(|bound| bound.address.ip() == ip) {
                continue;
            }
            match open(ip) {
                Ok(bound) => {
                    added.push(bound.address);
                    self.bound.push(bound);
                }
                Err(error) => tracing::debug!(%error, "an address of this host can't be used"),
            }
        }
        added
    }

    /// The addresses of all sockets.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.bound.iter().map(|bound| bound.address)
    }

    /// Datagrams dropped because too many waited.
    pub fn overflowed(&self) -> u64 {
        self.overflowed
    }

    /// Whether datagrams wait to be sent.
    pub fn has_waiting(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Sends a datagram from the socket at `from`, or queues it. A failure (no route, refused) is left to the layers
    /// above, which repeat or give up.
    pub fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let Some(index) = self.bound.iter().position(|bound| bound.address == from) else {
            return;
        };
        if self.outbox.is_empty() {
            match self.bound[index].socket.try_send_to(bytes, to) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                _ => return,
            }
        }
        if self.outbox.len() < OUTBOX {
            self.outbox.push_back((index, to, bytes.to_vec()));
        } else {
            self.overflowed += 1;
        }
    }

    /// Sends what waits. Ready when nothing waits any more.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some((index, to, bytes)) = self.outbox.front() {
            let _ = ready!(self.bound[*index].socket.poll_send_to(cx, bytes, *to));
            self.outbox.pop_front();
        }
        Poll::Ready(())
    }

    /// Receives one datagram. Errors of a socket (a refused port) are passed over.
    pub fn poll_receive(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Received> {
        let count = self.bound.len();
        for offset in 0..count {
            let index = (self.turn + offset) % count;
            let bound = &self.bound[index];
            for attempt in 0.. {
                let mut read = ReadBuf::new(buffer);
                match bound.socket.poll_recv_from(cx, &mut read) {
                    Poll::Ready(Ok(from)) => {
                        self.turn = index + 1;
                        return Poll::Ready(Received { length: read.filled().len(), from, to: bound.address });
                    }
                    // The operating system reports an earlier datagram's fate here; the socket itself is well.
                    Poll::Ready(Err(_)) if attempt < MAX_ERRORS => {}
                    Poll::Ready(Err(_)) => {
                        cx.waker().wake_by_ref();
                        break;
                    }
                    Poll::Pending => break,
                }
            }
        }
        Poll::Pending
    }
}

fn open(ip: IpAddr) -> io::Result<Bound> {
    let socket = Socket::new(Domain::for_address(SocketAddr::new(ip, 0)), Type::DGRAM, Some(Protocol::UDP))?;
    if ip.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // The operating system may grant less; it still works then.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    let _ = socket.set_send_buffer_size(SEND_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::new(ip, 0).into())?;
    let socket = UdpSocket::from_std(socket.into())?;
    Ok(Bound { address: socket.local_addr()?, socket })
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn datagrams_go_from_socket_to_socket() {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (mut one, mut other) = (Sockets::default(), Sockets::default());
        let from = one.bind(&[loopback])[0];
        let to = other.bind(&[loopback])[0];
        assert!(one.bind(&[loopback]).is_empty(), "each address once");
        one.send(from, to, b"hello");
        poll_fn(|cx| one.poll_flush(cx)).await;
        let mut buffer = [0; 100];
        let received = poll_fn(|cx| other.poll_receive(cx, &mut buffer)).await;
        assert_eq!(received, Received { length: 5, from, to });
        assert_eq!(&buffer[..5], b"hello");
        assert!(!one.has_waiting());
    }
}
