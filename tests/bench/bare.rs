//! The yardstick: str0m answering the same browser with nothing of ours around it but the decoder, on one thread.
//!
//! A page of its own makes the same offer (a track-less audio and video transceiver and a data channel), is connected before the
//! tap, and then does what the operator's page does: `getUserMedia`, `replaceTrack`. No rendezvous, no sealing, no chat. It also
//! keeps the browser's camera service awake before the tap as the operator's page does, so that the two differ in nothing but
//! Sightline; without that it is measured once more, cold.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use sightline_node::media::{Codec, EncodedFrame, Picture, PictureDecoder};
use sightline_tests::{BrowserSetup, Lab};
use str0m::{
    Candidate, Event, IceConnectionState, Input, Output, Rtc,
    change::SdpOffer,
    media::KeyframeRequestKind,
    net::{Protocol, Receive},
};

use crate::calls::unix_ms;

/// From the tap to the first decoded picture, in ms; `warm` asks for the list of cameras before, as the operator's page does.
pub(crate) fn tap_to_first_frame(lab: &Lab, run: usize, warm: bool) -> f64 {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let fragment = if warm { "#warm" } else { "" };
    let url = format!("http://localhost:{}/{fragment}", server.local_addr().expect("an address").port());
    let (decoded, first) = sync_channel(1);
    thread::spawn(move || serve(&server, &decoded));
    let mut browser = lab.browser(&format!("bare-{run}-{warm}"), BrowserSetup::with_camera(lab.camera()));
    browser.open(&url);
    browser.lines.must(json!({ "do": "wait", "testid": "connected", "timeout": 20_000 }));
    let tapped = browser.lines.must(json!({ "do": "tap", "testid": "show" }))["at"].as_f64().expect("a time");
    let shown = first.recv_timeout(Duration::from_secs(20)).expect("a first picture");
    shown - tapped
}

/// As often as the operator's page asks (`web-operator/src/media/warm.ts`).
const WARM_MS: u32 = 4_000;

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>bare</title>
<button data-testid="show">show</button><div id="state"></div>
<script>
if (location.hash === '#warm') {
  const list = () => void navigator.mediaDevices.enumerateDevices();
  list();
  setInterval(list, WARM_MS);
}
const pc = new RTCPeerConnection();
pc.createDataChannel('control');
pc.addTransceiver('audio', { direction: 'sendrecv' });
const video = pc.addTransceiver('video', { direction: 'sendrecv' });
pc.onconnectionstatechange = () => {
  if (pc.connectionState === 'connected') document.getElementById('state').dataset.testid = 'connected';
  document.getElementById('state').textContent = pc.connectionState;
};
document.querySelector('button').onclick = async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } });
  await video.sender.replaceTrack(stream.getVideoTracks()[0]);
};
(async () => {
  await pc.setLocalDescription();
  await new Promise((done) => { if (pc.iceGatheringState === 'complete') done(); pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done(); });
  const answer = await fetch('/offer', { method: 'POST', body: pc.localDescription.sdp });
  await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
})();
</script>"#;

fn serve(server: &TcpListener, decoded: &SyncSender<f64>) {
    for stream in server.incoming().take(8).flatten() {
        let (body, is_post) = request(&stream);
        let page = || PAGE.replace("WARM_MS", &WARM_MS.to_string());
        let answer = if is_post { answer(&body, decoded.clone()) } else { page() };
        let kind = if is_post { "application/sdp" } else { "text/html" };
        let _ = write!(
            &stream,
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
            answer.len()
        );
        if is_post {
            return;
        }
    }
}

fn request(stream: &TcpStream) -> (String, bool) {
    let mut reader = BufReader::new(stream);
    let (mut length, mut first, mut line) = (0, String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) && !line.trim().is_empty() {
        if first.is_empty() {
            first.clone_from(&line);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    (String::from_utf8(body).expect("SDP is text"), first.starts_with("POST"))
}

fn answer(offer: &str, decoded: SyncSender<f64>) -> String {
    let offer = SdpOffer::from_sdp_string(offer).expect("an offer");
    let mut rtc = Rtc::builder().build(Instant::now());
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    rtc.add_local_candidate(Candidate::host(address, "udp").expect("a candidate"));
    let answer = rtc.sdp_api().accept_offer(offer).expect("an answer").to_sdp_string();
    thread::spawn(move || run(rtc, &socket, &decoded));
    answer
}

fn run(mut rtc: Rtc, socket: &UdpSocket, decoded: &SyncSender<f64>) {
    let local = socket.local_addr().expect("an address");
    let mut decoder = PictureDecoder::open(Codec::Vp8).expect("a decoder");
    let mut picture = Picture::black(640, 360);
    let mut buffer = vec![0; 2000];
    loop {
        let timeout = match rtc.poll_output() {
            Ok(Output::Timeout(timeout)) => timeout,
            Ok(Output::Transmit(packet)) => {
                let _ = socket.send_to(&packet.contents, packet.destination);
                continue;
            }
            Ok(Output::Event(Event::IceConnectionStateChange(IceConnectionState::Disconnected))) | Err(_) => return,
            Ok(Output::Event(Event::MediaData(media))) => {
                let frame = EncodedFrame {
                    codec: Codec::Vp8,
                    data: media.data.to_vec().into(),
                    rtp_time: 0,
                    key: true,
                    contiguous: media.contiguous,
                    received: Instant::now(),
                };
                if decoder.decode(&frame, &mut picture) == Ok(true) {
                    let _ = decoded.try_send(unix_ms());
                } else if let Some(mut writer) = rtc.writer(media.mid) {
                    let _ = writer.request_keyframe(None, KeyframeRequestKind::Pli);
                }
                continue;
            }
            Ok(Output::Event(_)) => continue,
        };
        let wait = timeout.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            if rtc.handle_input(Input::Timeout(Instant::now())).is_err() {
                return;
            }
            continue;
        }
        socket.set_read_timeout(Some(wait)).expect("a time that is not zero");
        let input = match socket.recv_from(&mut buffer) {
            Ok((length, source)) => {
                let Ok(contents) = buffer[..length].try_into() else { continue };
                Input::Receive(Instant::now(), Receive { proto: Protocol::Udp, source, destination: local, contents })
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Input::Timeout(Instant::now())
            }
            Err(_) => return,
        };
        if rtc.handle_input(input).is_err() {
            return;
        }
    }
}
