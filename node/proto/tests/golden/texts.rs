//! `words`, `name`, `control`, `sdp`, `candidate`: decisions about text.

use crate::common::{ANSWER, OFFER, Person};
use crate::{golden, hex, judged, kebab};
use serde_json::{Value, json};
use sightline_proto::control::{ByeReason, ControlMessage, Media, StopReason, Video};
use sightline_proto::id::DocumentId;
use sightline_proto::look::{EntryName, Look};
use sightline_proto::{candidate, name, sdp, sig, words};

#[test]
fn four_words() {
    let mut cases = Vec::new();
    for (name, export) in [
        ("zeros", [0; 32]),
        ("ones", [0xff; 32]),
        ("counting", std::array::from_fn(|i| (i as u8).wrapping_mul(37) ^ 5)),
    ] {
        let indices = words::indices(&export);
        for lang in ["en", "es", "es-419", "ES", "fr", "", "eso"] {
            cases.push(json!({ "name": format!("{name}, {lang:?}"), "export": hex(export), "lang": lang,
                "indices": indices, "words": words::words(indices, lang), "numbers": words::numbers(indices) }));
        }
    }
    golden("words", "Four words and numbers of a `words` export. Compare after NFC or NFD.", cases);
}

#[test]
fn names() {
    let raws = [
        "Ana",
        "",
        "   ",
        " Ana  María ",
        "A\u{0}n\u{1f}a\u{7f}\u{9f}",
        "line\r\nbreak\ttab",
        "\u{202e}gnp.exe\u{202c}",
        "\u{2066}a\u{2069}\u{200e}\u{200f}\u{61c}",
        "\u{feff}x\u{2028}y\u{2029}",
        "👩‍🔧 Olga",
        "שלום",
        "عائشة",
        "e\u{301}",
        "\u{200b}zero width",
    ];
    let mut raws: Vec<String> = raws.map(str::to_owned).to_vec();
    raws.push("x".repeat(65));
    raws.push("👨‍👩‍👧‍👦".repeat(60));
    raws.push(format!("a{}", "\u{301}".repeat(600)));
    raws.push(format!("b a{}", "\u{301}".repeat(600)));
    raws.push(format!("{} b", "a".repeat(63)));
    let case =
        |(at, raw): (usize, String)| json!({ "name": format!("name {at}"), "raw": raw, "shown": name::sanitise(&raw) });
    golden("name", "Names and how they are shown and signed.", raws.into_iter().enumerate().map(case).collect());
}

#[test]
fn control() {
    let expert = Person::new("expert").peer;
    let sdp = |s: &str| s.to_owned();
    let entry = EntryName { counter: 17, actor: [0xab; EntryName::ACTOR] };
    let messages = vec![
        ControlMessage::Hello { v: 1, peer: expert.public(), sig: expert.sign("hello", b"x") },
        ControlMessage::Beat { n: 1, echo: None },
        ControlMessage::Beat { n: 7, echo: Some(6) },
        ControlMessage::Ask { what: Media::Video },
        ControlMessage::Asked { what: Media::Video, ok: false },
        ControlMessage::Media { video: Video::Live, why: None },
        ControlMessage::Media { video: Video::Off, why: Some(StopReason::Lost) },
        ControlMessage::View { watching: true },
        ControlMessage::Offer { sdp: sdp(OFFER) },
        ControlMessage::Answer { sdp: sdp(ANSWER) },
        ControlMessage::Look { look: Look::Live },
        ControlMessage::Look { look: Look::Board { board: DocumentId([3; 16]) } },
        ControlMessage::Look { look: Look::Page { file: entry, page: 4 } },
        ControlMessage::Look { look: Look::Steps { list: entry } },
        ControlMessage::Look { look: Look::Text { text: DocumentId([4; 16]) } },
        ControlMessage::Photo,
        ControlMessage::PhotoRefused,
        ControlMessage::Bye { why: ByeReason::Replaced },
    ];
    let mut texts: Vec<(String, String)> =
        messages.iter().map(|m| (format!("made: {}", kebab(m)), m.encode())).collect();
    for why in ["stopped", "denied", "missing", "busy", "lost"] {
        texts.push((format!("off: {why}"), format!(r#"{{"t":"media","video":"off","why":"{why}"}}"#)));
    }
    for why in ["left", "closed", "replaced"] {
        texts.push((format!("bye: {why}"), format!(r#"{{"t":"bye","why":"{why}"}}"#)));
    }
    for (name, text) in [
        ("unknown kind", r#"{"t":"dance","steps":[1,2]}"#),
        ("unknown field", r#"{"t":"beat","n":1,"echo":null,"mood":"good"}"#),
        ("fields in another order", r#"{"echo":3,"n":4,"t":"beat"}"#),
        ("no kind", r#"{"n":1}"#),
        ("kind is a number", r#"{"t":1}"#),
        ("not an object", r#"["beat"]"#),
        ("empty", ""),
        ("not JSON", "{\"t\":\"beat\","),
        ("two texts", r#"{"t":"bye","why":"left"}{"t":"bye","why":"left"}"#),
        ("beat without n", r#"{"t":"beat","echo":null}"#),
        ("negative n", r#"{"t":"beat","n":-1,"echo":null}"#),
        ("n too large", r#"{"t":"beat","n":4294967296,"echo":null}"#),
        ("n with a fraction", r#"{"t":"beat","n":1.5,"echo":null}"#),
        ("look at something unknown", r#"{"t":"look","look":{"look":"moon"}}"#),
        ("look at nothing", r#"{"t":"look","look":null}"#),
        ("look at no board", r#"{"t":"look","look":{"look":"board"}}"#),
        ("look at a short board", r#"{"t":"look","look":{"look":"board","board":"0303"}}"#),
        ("look at a page before the first", r#"{"t":"look","look":{"look":"page","file":"17@ABABABAB","page":-1}}"#),
        ("look at steps of nobody", r#"{"t":"look","look":{"look":"steps","list":"17@abab"}}"#),
        ("unknown medium", r#"{"t":"ask","what":"smell"}"#),
        ("unknown reason", r#"{"t":"bye","why":"bored"}"#),
        (
            "hello of version 2",
            r#"{"t":"hello","v":2,"peer":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","sig":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
        ),
        ("hello with a short key", r#"{"t":"hello","v":1,"peer":"AAAA","sig":"AAAA"}"#),
    ] {
        texts.push((name.to_owned(), text.to_owned()));
    }
    let case = |(name, text): (String, String)| {
        let case = json!({ "name": name, "text": text });
        judged(case, ControlMessage::decode(text.as_bytes()), |message| match message {
            Some(message) => json!({ "message": serde_json::to_value(&message).unwrap() }),
            None => json!({ "verdict": "ignored" }),
        })
    };
    golden(
        "control",
        "Control messages; unknown kinds are ignored, not refused.",
        texts.into_iter().map(case).collect(),
    );
}

#[test]
fn sdps() {
    let other = "A1:A2:A3:A4:A5:A6:A7:A8:A9:AA:AB:AC:AD:AE:AF:B0:B1:B2:B3:B4:B5:B6:B7:B8:B9:BA:BB:BC:BD:BE:BF:C1";
    let add = |line: &str| format!("{OFFER}{line}\r\n");
    let section = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";
    let both = OFFER.replace("BUNDLE 0", "BUNDLE 0 1");
    let texts: Vec<(&str, String)> = vec![
        ("an offer", OFFER.to_owned()),
        ("an answer", ANSWER.to_owned()),
        ("LF line ends", OFFER.replace("\r\n", "\n")),
        ("lower-case fingerprint", OFFER.replace("0A:0B:0C", "0a:0b:0c")),
        ("the fingerprint twice", add(OFFER.lines().find(|l| l.contains("fingerprint")).unwrap())),
        ("a second fingerprint", add(&format!("a=fingerprint:sha-256 {other}"))),
        ("a second fingerprint, capital attribute", add(&format!("a=FINGERPRINT:sha-256 {other}"))),
        (
            "a sha-1 fingerprint too",
            add("a=fingerprint:sha-1 01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14"),
        ),
        ("no fingerprint", OFFER.replace("a=fingerprint", "a=finger")),
        ("a short fingerprint", OFFER.replace(":1F:20", "")),
        ("a second section in the bundle", format!("{both}{section}")),
        ("a second section outside the bundle", format!("{OFFER}{section}")),
        ("a rejected section outside the bundle", format!("{OFFER}{}", section.replace("video 9", "video 0"))),
        (
            "a bundle-only section outside the bundle",
            format!("{OFFER}{}a=bundle-only\r\n", section.replace("video 9", "video 0")),
        ),
        ("two bundles", OFFER.replace("a=group:BUNDLE 0", "a=group:BUNDLE 0\r\na=group:BUNDLE 0")),
        ("no bundle", OFFER.replace("a=group:BUNDLE 0\r\n", "")),
        ("a section without a name", OFFER.replace("a=mid:0\r\n", "")),
        ("no sections", "v=0\r\na=group:BUNDLE\r\n".to_owned()),
        ("no setup", OFFER.replace("a=setup:actpass\r\n", "")),
        ("two setups", add("a=setup:active")),
        ("setup holdconn", OFFER.replace("actpass", "holdconn")),
        ("a lone carriage return", OFFER.replace("a=mid:0\r\n", "a=mid:0\ra=x\r\n")),
        ("empty", String::new()),
        ("not a description", "hello".to_owned()),
    ];
    let case = |(name, text): (&str, String)| {
        let case = json!({ "name": name, "sdp": text });
        judged(case, sdp::check(&text), |facts| {
            json!({ "fingerprint": hex(facts.fingerprint.0), "setup": kebab(&facts.setup).replace('-', ""),
                "as_offer": sdp::check_offer(&text).is_ok(), "as_answer": sdp::check_answer(&text).is_ok() })
        })
    };
    golden(
        "sdp",
        "Session descriptions: one sha-256 fingerprint, one bundle, one DTLS role.",
        texts.into_iter().map(case).collect(),
    );
}

#[test]
fn candidates() {
    let mut lines: Vec<String> = [
        "192.168.1.7",
        "10.0.0.1",
        "203.0.113.9",
        "2001:db8::1",
        "fe80::1",
        "0f-1d.local",
        "127.0.0.1",
        "127.1.2.3",
        "::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "224.0.0.251",
        "239.1.1.1",
        "ff02::1",
        "::ffff:224.0.0.1",
        "255.255.255.255",
        "example.org",
        "1.2.3",
        "",
    ]
    .map(|address| format!("candidate:1 1 udp 2122260223 {address} 50000 typ host generation 0"))
    .to_vec();
    lines.extend(
        [
            "candidate:1 1 UDP 1 10.0.0.1 5 typ srflx raddr 192.168.1.7 rport 5",
            "candidate:1 1 udp 1 10.0.0.1 5 typ relay",
            "candidate:1 2 udp 1 10.0.0.1 5 typ host",
            "candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype active",
            "candidate:1 1 udp 1 10.0.0.1 0 typ host",
            "candidate:1 1 udp 1 10.0.0.1 65536 typ host",
            "candidate:1 1 udp 1 10.0.0.1 5 typ other",
            "a=candidate:1 1 udp 1 10.0.0.1 5 typ host",
            "",
        ]
        .map(str::to_owned),
    );
    let case = |line: String| -> Value {
        json!({ "name": line, "line": line, "verdict": kebab(&candidate::judge(&line, false)),
            "with_loopback": kebab(&candidate::judge(&line, true)) })
    };
    golden(
        "candidate",
        "Candidate lines of the other side: use, name, unusable or forbidden.",
        lines.into_iter().map(case).collect(),
    );
}

#[test]
fn labels_keep_purposes_apart() {
    let expert = Person::new("expert").peer;
    let made = expert.sign("knock", b"same bytes");
    assert_eq!(sig::verify(&expert.public().0, "knock", b"same bytes", &made), Ok(()));
    assert!(sig::verify(&expert.public().0, "call", b"same bytes", &made).is_err());
}
