//! Which of this host's addresses a link uses.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use super::candidate::may_send_to;

/// A host with more addresses than this (containers, tunnels) would only make connecting slower.
const MAX_ADDRESSES: usize = 12;

/// Which interfaces are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interfaces {
    /// Every address by which another machine can reach this one.
    #[default]
    Reachable,
    /// These, and loopback: for peers on one machine.
    ReachableAndLoopback,
    /// Only 127.0.0.1: nothing leaves this machine.
    Loopback,
}

/// The addresses of this host as `interfaces` says, IPv4 first. Cheap enough to ask at every restart of a path.
pub fn addresses(interfaces: Interfaces) -> io::Result<Vec<IpAddr>> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if interfaces == Interfaces::Loopback {
        return Ok(vec![loopback]);
    }
    let mut found: Vec<IpAddr> =
        if_addrs::get_if_addrs()?.iter().map(if_addrs::Interface::ip).filter(|&ip| may_send_to(ip, false)).collect();
    found.sort_by_key(|ip| ip.is_ipv6());
    found.dedup();
    found.truncate(MAX_ADDRESSES);
    if interfaces == Interfaces::ReachableAndLoopback {
        found.push(loopback);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_only_there_when_asked_for() {
        let is_loopback = |interfaces| {
            addresses(interfaces).expect("the interface list").iter().map(IpAddr::is_loopback).collect::<Vec<_>>()
        };
        assert_eq!(is_loopback(Interfaces::Loopback), [true]);
        assert!(is_loopback(Interfaces::Reachable).iter().all(|is| !is));
        assert_eq!(is_loopback(Interfaces::ReachableAndLoopback).last(), Some(&true));
    }
}
