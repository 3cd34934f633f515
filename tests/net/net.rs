//! The impaired wire does to real packets what it says.

use std::{net::UdpSocket, process::Stdio, time::Duration};

use sightline_tests::{
    lab::program,
    net::{Impairment, Net},
};

/// Round trips of `ping` in milliseconds.
fn pings(net: &Net, count: u32) -> Vec<f64> {
    let (count, to) = (count.to_string(), net.right.address.to_string());
    let out = net.left.command("ping").args(["-n", "-i", "0.05", "-c", &count, &to]).stderr(Stdio::inherit()).output();
    let text = String::from_utf8(out.expect("ping (iputils-ping)").stdout).expect("text");
    let times = text.lines().filter_map(|line| line.split_once("time=")?.1.split(' ').next()?.parse().ok());
    times.collect()
}

#[test]
fn a_wire_between_two_namespaces_has_the_round_trip_it_was_given() {
    let net = Net::start(&program("sightline-net-end"), Impairment::round_trip(50), 1);
    let times = pings(&net, 20);
    assert_eq!(times.len(), 20, "nothing is lost");
    assert!(times.iter().all(|ms| *ms >= 50.0), "{times:?}");
    net.impair(Impairment { loss: 0.5, ..Impairment::default() });
    let times = pings(&net, 40);
    assert!((1..=30).contains(&times.len()), "half is lost each way: {times:?}");
    assert!(times.iter().any(|ms| *ms < 50.0), "{times:?}");
}

#[test]
fn nothing_leaves_the_namespaces() {
    let net = Net::start(&program("sightline-net-end"), Impairment::default(), 1);
    let here = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    here.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    let port = here.local_addr().expect("an address").port().to_string();
    let script = format!("echo x >/dev/udp/127.0.0.1/{port}");
    let _ = net.left.command("bash").args(["-c", &script]).stderr(Stdio::null()).status();
    assert!(here.recv(&mut [0; 8]).is_err(), "the left end reached this machine's loopback");
}
