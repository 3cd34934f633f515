//! A stolen rendezvous can refuse, delay and withhold. It can't read, forge or join: every attempt fails closed, with a reason.

use std::{collections::VecDeque, path::Path, time::Duration};

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use serde_json::json;
use sightline_proto::switchboard::{ClientFrame, ServerFrame};
use sightline_tests::{
    Browser, BrowserSetup, Expert, ExpertSetup, Lab,
    evil::{Delivery, Evil, Way},
};

/// A lab in which everybody's switchboard goes through the thief.
fn stolen(name: &str) -> (Evil, Lab, Expert) {
    let mut evil = Evil::prepare();
    let mut lab = Lab::start_with(name, &["--name", "localhost", "--name", &evil.name()]);
    evil.serve(lab.rendezvous.port());
    let expert = lab.expert_with("Ana", ExpertSetup { rendezvous: Some(evil.url()), ..ExpertSetup::default() });
    (evil, lab, expert)
}

fn invited(expert: &mut Expert) -> (String, String) {
    let session = expert.new_session("Pump 7");
    let link = expert.invite(&session);
    expert.wait_view(&session, "the invite to be stored", 10, |view| view["invites"][0]["state"] == "open");
    (session, link)
}

fn join(lab: &Lab, link: &str) -> Browser {
    let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
    operator.join(link, "Mihai");
    operator
}

/// The kind byte of a sealed message on its way, if the frame carries one.
fn sealed_kind(way: Way, frame: &[u8]) -> Option<u8> {
    match way {
        Way::Up => match ClientFrame::decode(frame).ok()? {
            ClientFrame::Send { payload, .. } => payload.first().copied(),
            _ => None,
        },
        Way::Down => match ServerFrame::decode(frame).ok()? {
            ServerFrame::Message { payload, .. } => payload.first().copied(),
            _ => None,
        },
    }
}

const KNOCK: u8 = 1;
const REPLY: u8 = 2;

#[test]
fn a_knock_altered_on_its_way_is_not_let_in() {
    let (evil, lab, mut expert) = stolen("alter-knock");
    let (session, link) = invited(&mut expert);
    // Every sealed message and item of the guest is altered in its middle: where the offer, its candidates and fingerprint lie.
    evil.turn(Box::new(|connection, way, mut frame| {
        let from_guest = connection > 1 && way == Way::Up;
        let carries = matches!(ClientFrame::decode(&frame), Ok(ClientFrame::Send { .. } | ClientFrame::PutItem(..)));
        if from_guest && carries {
            let middle = frame.len() / 2;
            frame[middle] ^= 0x20;
        }
        vec![Delivery::now(frame)]
    }));
    let mut operator = join(&lab, &link);
    assert!(
        expert.lines.event_within(Duration::from_secs(4), |event| event["event"] == "knock").is_none(),
        "nothing to admit"
    );
    assert_eq!(expert.view(&session)["people"].as_array().map(Vec::len), Some(1));
    assert_ne!(operator.eval("document.body.dataset.phase"), "linked");
}

#[test]
fn an_answer_altered_or_invented_is_not_believed() {
    let (evil, lab, mut expert) = stolen("alter-reply");
    let (session, link) = invited(&mut expert);
    evil.turn(Box::new(|connection, way, frame| {
        if connection > 1 && way == Way::Down && sealed_kind(way, &frame) == Some(REPLY) {
            let Ok(ServerFrame::Message { to, payload }) = ServerFrame::decode(&frame) else {
                return vec![Delivery::now(frame)];
            };
            let mut altered = payload.clone();
            let middle = altered.len() / 2;
            altered[middle] ^= 1;
            // Invented: the right id, a body that nobody sealed.
            let mut invented = payload[..33].to_vec();
            invented.extend((0..400_u32).map(|n| (n * 31 % 251) as u8));
            return [altered, invented]
                .map(|payload| Delivery::now(ServerFrame::Message { to, payload }.encode()))
                .into();
        }
        // The copy in the waiting room is withheld.
        if connection > 1
            && way == Way::Down
            && matches!(ServerFrame::decode(&frame), Ok(ServerFrame::Item { .. } | ServerFrame::Items { .. }))
        {
            return Vec::new();
        }
        vec![Delivery::now(frame)]
    }));
    let mut operator = join(&lab, &link);
    let knock = expert.knock(10);
    expert.admit(&session, &knock);
    std::thread::sleep(Duration::from_secs(3));
    assert_ne!(operator.eval("document.body.dataset.phase"), "linked", "no forged answer opens a link");
    // Once the thief lets the genuine answer through, all is well: nothing was lost.
    evil.turn(sightline_tests::evil::honest());
    operator.reload();
    operator.wait_phase(&["linked"], 20);
}

#[test]
fn a_knock_replayed_is_one_knock() {
    let (evil, lab, mut expert) = stolen("replay");
    let (session, link) = invited(&mut expert);
    evil.turn(Box::new(|_, way, frame| {
        if way == Way::Up && sealed_kind(way, &frame) == Some(KNOCK) {
            return (0..20).map(|n| Delivery { after: Duration::from_millis(n * 100), frame: frame.clone() }).collect();
        }
        vec![Delivery::now(frame)]
    }));
    let mut operator = join(&lab, &link);
    let knock = expert.knock(10);
    expert.admit(&session, &knock);
    operator.wait_phase(&["linked"], 15);
    assert!(
        expert.lines.event_within(Duration::from_secs(3), |event| event["event"] == "knock").is_none(),
        "one knock only"
    );
    assert_eq!(expert.view(&session)["people"].as_array().map(Vec::len), Some(2));
}

#[test]
fn another_record_or_an_old_one_is_refused_with_a_reason() {
    let (evil, lab, mut expert) = stolen("record");
    let (session, link) = invited(&mut expert);
    // The record of another invite of the same expert, put afterwards.
    let stolen_record = std::sync::Arc::new(std::sync::Mutex::new(None::<Vec<u8>>));
    let keep = std::sync::Arc::clone(&stolen_record);
    evil.turn(Box::new(move |_, way, frame| {
        if let (Way::Up, Ok(ClientFrame::PutRecord(_, put))) = (way, ClientFrame::decode(&frame)) {
            *keep.lock().expect("no panic holds it") = Some(put.op.record.clone());
        }
        vec![Delivery::now(frame)]
    }));
    expert.invite(&session);
    expert.wait_view(&session, "both invites to be stored", 10, |view| {
        view["invites"]
            .as_array()
            .is_some_and(|all| all.len() == 2 && all.iter().all(|invite| invite["state"] == "open"))
    });
    let other = stolen_record.lock().expect("no panic holds it").clone().expect("the second record was seen");
    evil.turn(Box::new(move |_, way, frame| {
        if let (Way::Down, Ok(ServerFrame::Record { req, version, .. })) = (way, ServerFrame::decode(&frame)) {
            return vec![Delivery::now(ServerFrame::Record { req, version, record: other.clone() }.encode())];
        }
        vec![Delivery::now(frame)]
    }));
    let mut operator = join(&lab, &link);
    operator.wait("error-title", 10);
    operator.screenshot(&lab.shot("operator-false-record"));
    assert_eq!(expert.view(&session)["knocks"].as_array().map(Vec::len), Some(0), "nobody knocked at a false record");
}

#[test]
fn an_older_record_of_the_same_invite_is_refused_with_a_reason() {
    let (evil, mut lab, mut expert) = stolen("old-record");
    let records = std::sync::Arc::new(std::sync::Mutex::new(Vec::<Vec<u8>>::new()));
    let keep = std::sync::Arc::clone(&records);
    evil.turn(Box::new(move |_, way, frame| {
        if let (Way::Up, Ok(ClientFrame::PutRecord(_, put))) = (way, ClientFrame::decode(&frame)) {
            keep.lock().expect("no panic holds it").push(put.op.record.clone());
        }
        vec![Delivery::now(frame)]
    }));
    let (session, link) = invited(&mut expert);
    // A restarted app puts its records anew, in their next version.
    assert!(expert.lines.quit(20), "the app ends when asked");
    drop(expert);
    let setup = ExpertSetup { rendezvous: Some(evil.url()), ..ExpertSetup::default() };
    let mut expert = lab.expert_with("Ana", setup);
    expert.wait_view(&session, "the invite to be stored again", 10, |view| view["invites"][0]["state"] == "open");
    let old = {
        let records = records.lock().expect("no panic holds it");
        assert!(records.len() >= 2, "both versions were seen");
        records[0].clone()
    };
    // The page reads the newest record, and is closed before it has knocked.
    let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
    operator.lines.must(json!({ "do": "open", "url": "about:blank", "script": NO_OFFER_YET }));
    operator.join(&link, "Mihai");
    operator.wait_text("Ana", 10);

    evil.turn(Box::new(move |_, way, frame| {
        if let (Way::Down, Ok(ServerFrame::Record { req, version, .. })) = (way, ServerFrame::decode(&frame)) {
            return vec![Delivery::now(ServerFrame::Record { req, version, record: old.clone() }.encode())];
        }
        vec![Delivery::now(frame)]
    }));
    operator.reload();
    operator.fill("join-name", "Mihai");
    operator.click("join-button");
    operator.wait_text("older one than before", 10);
    operator.screenshot(&lab.shot("operator-older-record"));
    let knocked = expert.lines.event_within(Duration::from_secs(2), |event| event["event"] == "knock");
    assert!(knocked.is_none(), "nobody knocks at an old record");
}

/// The first time a page of this browser wants an offer, the browser never gets there.
const NO_OFFER_YET: &str = "(() => {
  if (!location.protocol.startsWith('http') || sessionStorage.getItem('offered')) return;
  sessionStorage.setItem('offered', '1');
  for (const name of ['createOffer', 'setLocalDescription']) RTCPeerConnection.prototype[name] = () => new Promise(() => {});
})()";

/// The fingerprint that the page is told, or tells, is not the other side's: as if somebody had got between above the seal.
const OTHER_FINGERPRINT: &str = "(() => {
  const other = (sdp) => sdp.replace(/(a=fingerprint:sha-256 )([0-9A-F]{2})/g, (_, name, byte) => name + (byte === '00' ? '11' : '00'));
  const proto = RTCPeerConnection.prototype;
  if (WHICH === 'told') {
    const own = proto.setRemoteDescription;
    proto.setRemoteDescription = function (description) {
      return own.call(this, { type: description.type, sdp: other(description.sdp) });
    };
  } else {
    const own = Object.getOwnPropertyDescriptor(proto, 'localDescription').get;
    Object.defineProperty(proto, 'localDescription', {
      get() {
        const description = own.call(this);
        return description === null ? null : { type: description.type, sdp: other(description.sdp) };
      },
    });
  }
})()";

#[test]
fn a_swapped_fingerprint_never_becomes_a_link() {
    for which in ["told", "tells"] {
        let mut lab = Lab::start(&format!("fingerprint-{which}"));
        let mut expert = lab.expert("Ana");
        let session = expert.new_session("Pump 7");
        let link = expert.invite_with(&session, json!({ "auto": true }));
        let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
        let script = OTHER_FINGERPRINT.replace("WHICH", &format!("{which:?}"));
        operator.lines.must(json!({ "do": "open", "url": "about:blank", "script": script }));
        operator.join(&link, "Mihai");
        // Nothing comes up, and the person is told within 15 s; tried again, it is the same.
        operator.wait("error-title", 15);
        operator.screenshot(&lab.shot(&format!("operator-fingerprint-{which}")));
        let verified = expert.lines.event_within(Duration::from_secs(3), |event| event["event"] == "link-up");
        assert!(verified.is_none(), "{which}: a link with another fingerprint came up");
        assert_ne!(operator.eval("document.body.dataset.phase"), "linked", "{which}");
    }
}

#[test]
fn disorder_loss_and_delay_end_in_a_call_or_a_reason_within_fifteen_seconds() {
    for (name, deed) in disorders() {
        let (evil, lab, mut expert) = stolen(name);
        let session = expert.new_session("Pump 7");
        let link = expert.invite_with(&session, json!({ "auto": true }));
        expert.wait_view(&session, "the invite to be stored", 10, |view| view["invites"][0]["state"] == "open");
        evil.turn(deed);
        let mut operator = join(&lab, &link);
        let phase = operator.wait_phase(&["linked", "refused", "away", "error"], 15);
        eprintln!("{name}: {phase}");
    }
}

fn disorders() -> [(&'static str, sightline_tests::evil::Deed); 3] {
    let mut count = 0_u32;
    let mut kept: VecDeque<Vec<u8>> = VecDeque::new();
    [
        (
            "drop",
            // Every third sealed message of either side is lost.
            Box::new(move |_, way, frame| {
                count += u32::from(sealed_kind(way, &frame).is_some());
                let lost = sealed_kind(way, &frame).is_some() && count.is_multiple_of(3);
                if lost { Vec::new() } else { vec![Delivery::now(frame)] }
            }),
        ),
        ("delay", Box::new(|_, _, frame| vec![Delivery { after: Duration::from_millis(400), frame }])),
        (
            "reorder",
            // Sealed messages to peers go out in pairs, the later one first; a single one after 300 ms.
            Box::new(move |_, way, frame| {
                if way == Way::Up || sealed_kind(way, &frame).is_none() {
                    return vec![Delivery::now(frame)];
                }
                match kept.pop_front() {
                    Some(earlier) if earlier != frame => vec![Delivery::now(frame), Delivery::now(earlier)],
                    _ => {
                        kept.push_back(frame.clone());
                        vec![Delivery { after: Duration::from_millis(300), frame }]
                    }
                }
            }),
        ),
    ]
}

#[test]
fn nothing_through_it_or_on_its_disk_can_be_read() {
    let (evil, lab, mut expert) = stolen("readable");
    expert.lines.must(json!({ "do": "sessions" }));
    let session = expert.new_session("Secret pump of Chișinău");
    let link = expert.invite(&session);
    let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
    // Fingerprints and keys as the page itself knows them.
    operator.lines.must(json!({ "do": "open", "url": "about:blank", "script": KEEP_SDP }));
    operator.join(&link, "Mihai Secretaru");
    operator.wait("composer", 10);
    operator.say("Before anybody let me in: code 7731-ALPHA");
    let knock = expert.knock(10);
    expert.wait_chat(&session, "Before anybody let me in: code 7731-ALPHA", 10);
    expert.admit(&session, &knock);
    operator.wait_phase(&["linked"], 15);
    expert.say(&session, "Inside: code 9942-OMEGA");
    operator.wait_chat("Inside: code 9942-OMEGA", 10);
    operator.click("show-button");
    expert.wait_live(&session, 20);
    operator.reload();
    operator.wait_phase(&["linked"], 15);
    let sdp = operator.eval("JSON.stringify(globalThis.__sdp ?? [])");
    let sdp = sdp.as_str().unwrap_or_default().to_owned();
    let view = expert.view(&session);
    drop(operator);

    let fingerprints: Vec<Vec<u8>> = sdp
        .split("fingerprint:sha-256 ")
        .skip(1)
        .filter_map(|rest| HEXUPPER.decode(rest.get(..95)?.replace(':', "").as_bytes()).ok())
        .collect();
    assert!(fingerprints.len() >= 2, "both sides' fingerprints are known: {sdp:.200}");
    let secret = link.rsplit('#').next().expect("a fragment");
    let mut needles: Vec<(String, Vec<u8>)> = [
        "Mihai Secretaru",
        "Secret pump of Chișinău",
        "7731-ALPHA",
        "9942-OMEGA",
        "m=application",
        "a=fingerprint",
        "candidate:",
        secret,
    ]
    .map(|words| (words.to_owned(), words.as_bytes().to_vec()))
    .into();
    needles.push(("the link's bits".to_owned(), BASE64URL_NOPAD.decode(secret.as_bytes()).expect("22 characters")));
    needles.extend(fingerprints.into_iter().enumerate().map(|(n, bytes)| (format!("fingerprint {n}"), bytes)));
    for person in view["people"].as_array().into_iter().flatten() {
        let key = HEXLOWER.decode(person["peer"].as_str().expect("a key").as_bytes()).expect("hex");
        needles.push((format!("peer key of {}", person["name"]), key));
    }
    assert!(needles.len() >= 13, "both peer keys are searched for");

    let mut haystacks = vec![("the wire".to_owned(), evil.record())];
    // A search that finds what is there: the slot addresses are meant to be seen, so something must be.
    assert!(haystacks[0].1.len() > 4_000, "a whole session went through");
    lab_files(&lab.rendezvous.data(), &mut haystacks);
    haystacks.push(("the log".to_owned(), std::fs::read(lab.folder().join("rendezvous.log")).unwrap_or_default()));
    for (place, bytes) in &haystacks {
        for (what, needle) in &needles {
            for (how, form) in forms(needle) {
                assert!(!contains(bytes, &form), "{what} can be read as {how} in {place}");
            }
        }
    }
}

const KEEP_SDP: &str = "(() => {
  globalThis.__sdp = [];
  for (const name of ['setLocalDescription', 'setRemoteDescription']) {
    const own = RTCPeerConnection.prototype[name];
    RTCPeerConnection.prototype[name] = async function (...args) {
      const done = await own.apply(this, args);
      globalThis.__sdp.push((name === 'setLocalDescription' ? this.localDescription : this.remoteDescription)?.sdp ?? '');
      return done;
    };
  }
})()";

/// Raw, and as text in hex or base64 at each of the three phases.
fn forms(needle: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![
        ("raw", needle.to_vec()),
        ("hex", HEXLOWER.encode(needle).into_bytes()),
        ("HEX", HEXUPPER.encode(needle).into_bytes()),
    ];
    for phase in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(0, phase).chain(needle.iter().copied()).collect();
        // The characters that depend on neighbours are left out at both ends.
        let inner = |text: String| text.trim_end_matches('=').as_bytes()[(phase * 8).div_ceil(6)..].to_vec();
        for (how, text) in [
            ("base64", BASE64_NOPAD.encode(&padded)),
            ("base64url", BASE64URL_NOPAD.encode(&padded)),
            ("base64", BASE64.encode(&padded)),
        ] {
            let mut form = inner(text);
            form.pop();
            if form.len() >= 10 {
                all.push((how, form));
            }
        }
    }
    all
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && haystack.windows(needle.len()).any(|window| window == needle)
}

fn lab_files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            lab_files(&entry.path(), into);
        } else {
            into.push((entry.path().display().to_string(), std::fs::read(entry.path()).unwrap_or_default()));
        }
    }
}

#[test]
fn the_search_finds_what_is_there() {
    let needle = b"Mihai Secretaru";
    for phase in 0..5 {
        let mut text = vec![b'x'; phase];
        text.extend_from_slice(needle);
        text.extend_from_slice(b" and more");
        for whole in [
            text.clone(),
            BASE64.encode(&text).into_bytes(),
            BASE64URL_NOPAD.encode(&text).into_bytes(),
            HEXLOWER.encode(&text).into_bytes(),
        ] {
            assert!(
                forms(needle).iter().any(|(_, form)| contains(&whole, form)),
                "{}",
                String::from_utf8_lossy(&whole)
            );
        }
    }
}
