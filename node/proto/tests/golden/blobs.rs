//! `blob` and `label`: manifests, messages, and what becomes of names.

use crate::{damaged, golden, hex, judged};
use serde_json::json;
use sightline_proto::blob::{ChunkSet, Hasher, Manifest, Message, Why};
use sightline_proto::id::BlobId;
use sightline_proto::label;
use sightline_proto::limits::CHUNK;

/// Bytes that every implementation can make: byte `n` of a content is the low byte of `n * 31 + n / 251`.
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n * 31 + n / 251) as u8).collect()
}

fn manifest(len: usize) -> Manifest {
    let mut hasher = Hasher::new();
    hasher.update(&content(len), u64::MAX).unwrap();
    hasher.finish().unwrap()
}

#[test]
fn blobs() {
    let mut cases = Vec::new();
    for len in [1, 1000, CHUNK, CHUNK + 1, 3 * CHUNK - 1] {
        let manifest = manifest(len);
        cases.push(json!({ "name": format!("manifest of {len} bytes"), "length": len,
            "hashes": manifest.hashes().iter().map(hex).collect::<Vec<_>>(), "blob": hex(manifest.id().0) }));
    }
    let blob = manifest(3 * CHUNK - 1).id();
    let mut some = ChunkSet::none(11);
    [0, 3, 8, 10].into_iter().for_each(|chunk| assert!(some.add(chunk)));
    let messages = [
        ("ask", Message::Ask { blob }),
        (
            "hashes",
            Message::Hashes {
                blob,
                size: 3 * CHUNK as u64 - 1,
                first: 0,
                hashes: manifest(3 * CHUNK - 1).hashes().to_vec(),
            },
        ),
        (
            "hashes of a later part",
            Message::Hashes { blob, size: 1025 * CHUNK as u64, first: 1024, hashes: vec![[7; 32]] },
        ),
        ("get", Message::Get { blob, chunk: 2, from: 50_000 }),
        ("piece", Message::Piece { blob, chunk: 2, offset: 50_000, bytes: content(20) }),
        ("refused: unknown", Message::Refused { blob, why: Why::Unknown }),
        ("refused: not here", Message::Refused { blob, why: Why::NotHere }),
        ("refused: busy", Message::Refused { blob, why: Why::Busy }),
        ("refused: disk", Message::Refused { blob, why: Why::Disk }),
        ("have", Message::Have { blob, chunks: some }),
        ("have all", Message::Have { blob, chunks: ChunkSet::all(16) }),
        ("cancel", Message::Cancel { blob }),
    ];
    let mut encoded: Vec<(String, Vec<u8>)> =
        messages.iter().map(|(name, message)| ((*name).to_owned(), message.encode())).collect();
    for (name, message) in &messages {
        // A flipped bit of an id or of content is another message, not a wrong one: only the ends are cut.
        let cuts = damaged(&message.encode()).into_iter().filter(|(how, _)| !how.starts_with("bit"));
        encoded.extend(cuts.map(|(how, bytes)| (format!("{name}: {how}"), bytes)));
    }
    let head = |kind: u8, rest: &[u8]| [&[kind], &blob.0[..], rest].concat();
    let hashes = |size: u64, first: u32, count: usize| {
        [&size.to_be_bytes()[..], &first.to_be_bytes(), &vec![1; 32 * count]].concat()
    };
    let at =
        |chunk: u32, offset: u32, len: usize| [&chunk.to_be_bytes()[..], &offset.to_be_bytes(), &vec![1; len]].concat();
    for (name, bytes) in [
        ("kind 0", head(0, &[])),
        ("kind 8", head(8, &[])),
        ("refused for no known reason", head(5, &[5])),
        ("refused for reason 0", head(5, &[0])),
        ("hashes of an empty blob", head(2, &hashes(0, 0, 1))),
        ("hashes of a blob of 64 GiB", head(2, &hashes(1 << 36, 262_143, 1))),
        ("hashes of a larger blob", head(2, &hashes((1 << 36) + 1, 0, 1))),
        ("hashes beyond the blob", head(2, &hashes(CHUNK as u64, 0, 2))),
        ("hashes that begin beyond the blob", head(2, &hashes(CHUNK as u64, u32::MAX, 1))),
        ("no hashes", head(2, &hashes(CHUNK as u64, 0, 0))),
        ("half a hash", head(2, &hashes(CHUNK as u64, 0, 1)[..28])),
        ("1024 hashes", head(2, &hashes(1024 * CHUNK as u64, 0, 1024))),
        ("1025 hashes", head(2, &hashes(1025 * CHUNK as u64, 0, 1025))),
        ("get at the end of a chunk", head(3, &at(0, CHUNK as u32, 0))),
        ("get of the last byte", head(3, &at(0, CHUNK as u32 - 1, 0))),
        ("get of a chunk that no blob has", head(3, &at(262_144, 0, 0))),
        ("no bytes in a piece", head(4, &at(0, 0, 0))),
        ("50000 bytes in a piece", head(4, &at(0, 0, 50_000))),
        ("50001 bytes in a piece", head(4, &at(0, 0, 50_001))),
        ("a piece over the end of a chunk", head(4, &at(0, CHUNK as u32 - 1, 2))),
        ("a piece at the end of a chunk", head(4, &at(0, CHUNK as u32 - 2, 2))),
        ("a piece of a chunk that no blob has", head(4, &at(262_144, 0, 1))),
        ("have nothing of nothing", head(6, &0u32.to_be_bytes())),
        ("have with a bit too many", head(6, &[0, 0, 0, 9, 0xff, 3])),
        ("have with a byte too many", head(6, &[0, 0, 0, 8, 0xff, 0])),
        ("have with a byte too few", head(6, &[0, 0, 0, 9, 0xff])),
        ("have of more chunks than a blob has", head(6, &262_145u32.to_be_bytes())),
        ("61000 bytes", vec![4; 61_000]),
    ] {
        encoded.push((name.to_owned(), bytes));
    }
    for (name, bytes) in encoded {
        let decoded = Message::decode(&bytes);
        if let Ok(message) = &decoded {
            assert_eq!(message.encode(), bytes, "{name}");
        }
        // Long runs of one byte are written as such: the file stays readable.
        let long = bytes.len() > 2_000;
        let bytes = if long {
            json!({ "start": hex(&bytes[..49]), "length": bytes.len(), "fill": 1 })
        } else {
            json!(hex(&bytes))
        };
        cases.push(judged(json!({ "name": name, "message": bytes }), decoded, |message| fields(&message)));
    }
    let note = "Manifests of contents whose byte n is the low byte of n*31 + floor(n/251); messages and what becomes of \
                them. A long message is its start and then a fill byte up to its length.";
    golden("blob", note, cases);
}

fn fields(message: &Message) -> serde_json::Value {
    let BlobId(blob) = message.blob();
    let mut fields = match message {
        Message::Ask { .. } => json!({ "t": "ask" }),
        Message::Hashes { size, first, hashes, .. } => {
            json!({ "t": "hashes", "size": size, "first": first, "count": hashes.len() })
        }
        Message::Get { chunk, from, .. } => json!({ "t": "get", "chunk": chunk, "from": from }),
        Message::Piece { chunk, offset, bytes, .. } => {
            json!({ "t": "piece", "chunk": chunk, "offset": offset, "count": bytes.len() })
        }
        Message::Refused { why, .. } => json!({ "t": "refused", "why": crate::kebab(why) }),
        Message::Have { chunks, .. } => {
            let there: Vec<u32> = (0..chunks.count()).filter(|chunk| chunks.has(*chunk)).collect();
            json!({ "t": "have", "count": chunks.count(), "there": there })
        }
        Message::Cancel { .. } => json!({ "t": "cancel" }),
    };
    fields["blob"] = json!(hex(blob));
    fields
}

#[test]
fn labels() {
    let raws = [
        "photo.jpg",
        "../x",
        "..\\..\\x",
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x",
        "C:x",
        "\\\\server\\share\\y.txt",
        "CON",
        "con",
        "nul.txt",
        "Aux.tar.gz",
        "com1",
        "COM1 .log",
        "LPT³.x",
        "COM0",
        "COM10",
        "CONIN$",
        "CLOCK$.txt",
        "console",
        "common.txt",
        "a\0b.txt",
        "photo\u{202e}gnp.exe",
        "\u{2066}a\u{2069}\u{200b}\u{feff}.txt",
        "\u{1b}[31mred\u{1b}[0m.txt",
        "line\r\nbreak\ttab",
        "a\u{85}b\u{2028}c",
        "a<b>c:\"d|e?f*.txt",
        "trailing.",
        "trailing. . ",
        " leading",
        ".bashrc",
        "...",
        "..",
        ".",
        "",
        "   ",
        "folder/",
        "folder\\",
        "\u{3000}wide\u{a0}space\u{2003}",
        "re\u{301}sume\u{301} 日本.pdf",
        "שלום.txt",
        "👩‍🔧 repair.mov",
        "\u{202e}",
        "-rf",
        "%2e%2e%2fx",
        "a.b.c.d",
        "~",
        "$HOME",
        "x\u{fffb}y\u{ad}z",
        "name. .txt",
        "..hidden..",
    ];
    let mut raws: Vec<String> = raws.map(str::to_owned).to_vec();
    raws.push("x".repeat(300));
    raws.push(format!("{}.jpeg", "é".repeat(300)));
    raws.push(format!("{}.jpeg", "👩‍🔧".repeat(60)));
    raws.push(format!("a.{}", "b".repeat(400)));
    raws.push(format!("{}. .txt", "x".repeat(249)));
    raws.push(format!("{} ...", "x".repeat(254)));
    raws.push(format!("con.{}", "x".repeat(300)));
    let mut cases: Vec<_> = raws
        .iter()
        .enumerate()
        .map(|(at, raw)| {
            let label = label::safe(raw);
            json!({ "name": format!("name {at}"), "raw": raw, "label": label, "second": label::numbered(&label, 2) })
        })
        .collect();
    for (at, raw) in [
        "image/PNG",
        "text/html; charset=utf-8",
        "",
        "image",
        "image/png\"><b>",
        "a/b/c",
        "image/svg+xml",
        " video/mp4 ",
        "a/",
        "/b",
    ]
    .into_iter()
    .enumerate()
    {
        cases.push(json!({ "name": format!("type {at}"), "raw": raw, "type": label::media_type(raw) }));
    }
    golden(
        "label",
        "Names of files and the labels that become of them, the label when the first is taken; media types.",
        cases,
    );
}

#[test]
fn what_the_page_wrote() {
    let path = crate::path("blob").with_file_name("../web/blob.json");
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut manifests, mut messages, mut labels) = (0, 0, 0);
    for case in kept["cases"].as_array().unwrap() {
        if let Some(length) = case["length"].as_u64() {
            let manifest = manifest(usize::try_from(length).unwrap());
            assert_eq!(case["blob"], hex(manifest.id().0));
            assert_eq!(case["hashes"], json!(manifest.hashes().iter().map(hex).collect::<Vec<_>>()));
            manifests += 1;
        } else if let Some(message) = case["message"].as_str() {
            let bytes = data_encoding::HEXLOWER.decode(message.as_bytes()).unwrap();
            assert_eq!(Message::decode(&bytes).unwrap().encode(), bytes, "{}", case["name"]);
            messages += 1;
        } else if case["taken"].is_null() {
            assert_eq!(case["label"], label::safe(case["raw"].as_str().unwrap()));
            labels += 1;
        } else {
            assert_eq!(case["label"], label::numbered(case["raw"].as_str().unwrap(), 3));
        }
    }
    assert!(manifests >= 5 && messages >= 8 && labels >= 7);
}
