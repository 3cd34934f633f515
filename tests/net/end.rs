//! One end of an impaired wire: carries IP packets between a TUN device of its network namespace and its standard input and
//! output, each packet behind its length (u16, big-endian). `sightline-net-end DEVICE ADDRESS PREFIX`.

use std::{
    io::{BufReader, Read, Write},
    net::Ipv4Addr,
    sync::Arc,
    thread,
};

use sightline_tests::net::MTU;
use tun_rs::DeviceBuilder;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect("a device name");
    let address: Ipv4Addr = arguments.next().and_then(|a| a.parse().ok()).expect("an IPv4 address");
    let prefix: u8 = arguments.next().and_then(|p| p.parse().ok()).expect("a prefix length");
    let device = DeviceBuilder::new().name(name).ipv4(address, prefix, None).mtu(MTU as u16).build_sync();
    let device = Arc::new(device.expect("a TUN device: /dev/net/tun and the right to use it are needed"));

    let outward = device.clone();
    thread::spawn(move || {
        let (mut packet, mut out) = ([0; 2 + MTU], std::io::stdout().lock());
        loop {
            let Ok(length) = outward.recv(&mut packet[2..]) else { std::process::exit(1) };
            let head = u16::try_from(length).expect("a packet is shorter than the MTU").to_be_bytes();
            packet[..2].copy_from_slice(&head);
            if out.write_all(&packet[..2 + length]).and_then(|()| out.flush()).is_err() {
                std::process::exit(0);
            }
        }
    });

    println_ready();
    let mut input = BufReader::with_capacity(64 * 1024, std::io::stdin().lock());
    let (mut head, mut packet) = ([0; 2], [0; 65_535]);
    while input.read_exact(&mut head).is_ok() {
        let length = usize::from(u16::from_be_bytes(head));
        if input.read_exact(&mut packet[..length]).is_err() {
            break;
        }
        // A full device queue loses the packet, as any device does.
        let _ = device.send(&packet[..length]);
    }
    std::process::exit(0);
}

/// Whoever started this knows the device is there when the first line on standard error comes.
fn println_ready() {
    eprintln!("ready");
}
