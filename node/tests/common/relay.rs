//! A stretch of network between the two sides that can lose datagrams.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// Forwards between one operator and one expert. Each sees only the relay's address.
pub struct Relay {
    /// Where the operator sends to.
    pub for_operator: SocketAddr,
    loss: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Relay {
    /// A relay in front of the expert at `expert`.
    pub async fn start(expert: SocketAddr) -> Relay {
        let towards_operator = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let towards_expert = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let for_operator = towards_operator.local_addr().expect("bound");
        let loss = Arc::new(AtomicU32::new(0));
        let percent = loss.clone();
        let task = tokio::spawn(async move {
            let mut operator = None;
            let (mut one, mut other) = ([0; 2048], [0; 2048]);
            let mut dice = 0x2545_f491_u32;
            loop {
                let (bytes, socket, target) = tokio::select! {
                    Ok((length, from)) = towards_operator.recv_from(&mut one) => {
                        operator = Some(from);
                        (&one[..length], &towards_expert, Some(expert))
                    }
                    Ok((length, _)) = towards_expert.recv_from(&mut other) => {
                        (&other[..length], &towards_operator, operator)
                    }
                };
                dice ^= dice << 13;
                dice ^= dice >> 17;
                dice ^= dice << 5;
                let lost = dice % 100 < percent.load(Ordering::Relaxed);
                if let (Some(target), false) = (target, lost) {
                    let _ = socket.send_to(bytes, target).await;
                }
            }
        });
        Relay { for_operator, loss, task }
    }

    /// Loses so many datagrams in a hundred, in both directions.
    pub fn lose(&self, percent: u32) {
        self.loss.store(percent, Ordering::Relaxed);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}
