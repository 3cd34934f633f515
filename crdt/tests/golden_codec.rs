//! Golden fixtures of everything that is bytes only: genesis changes, the pre-scan, envelopes, sync messages, fragments,
//! storage. Each case holds bytes and the decision about them.
#![allow(clippy::unwrap_used)]

mod common;

use common::author::{Author, CHAT, message};
use common::chunk::{Chunk, Key, Op, Val, flags, hash, runs, signed, unsigned, wrap};
use common::fixture::{golden, hex, number, of_the_page, unhex};
use common::{FixedRng, secrets};
use serde_json::{Value, json};
use sightline_crdt::envelope::{Envelope, EnvelopeError};
use sightline_crdt::genesis;
use sightline_crdt::id::{DocId, DocKind, EntryHash, SessionId};
use sightline_crdt::limits;
use sightline_crdt::log::Vector;
use sightline_crdt::prescan::prescan;
use sightline_crdt::storage::{RecordKind, encode_record, scan};
use sightline_crdt::sync::{Assembler, SyncMessage, fragments};

const SID: SessionId = SessionId([0x51; 16]);

fn author() -> Author {
    Author::new(&secrets(&mut FixedRng::new("author")).me.key, SID, DocId::ROOM, 9)
}

#[test]
fn genesis_changes() {
    let cases = DocKind::EACH.into_iter().map(|kind| {
        let containers: Vec<Value> = genesis::containers(kind)
            .iter()
            .enumerate()
            .map(|(i, c)| {
                json!({ "name": c.name, "type": if c.is_text { "text" } else { "list" }, "counter": (i + 1).to_string() })
            })
            .collect();
        json!({
            "name": kind.name(),
            "kind": kind.code(),
            "actor": hex(&genesis::actor(kind)),
            "change": hex(genesis::change(kind)),
            "hash": hex(&hash(genesis::change(kind))),
            "containers": containers,
        })
    });
    golden("genesis", "The compiled-in first change of each kind of document.", cases.collect());
}

/// Every chunk that the pre-scan refuses for another reason, next to sound ones.
fn chunks() -> Vec<(&'static str, Vec<u8>)> {
    let author = author();
    let sound = author.message_chunk();
    let with = |edit: &dyn Fn(&mut Chunk)| {
        let mut chunk = sound.clone();
        edit(&mut chunk);
        chunk.encode()
    };
    let ops = |ops: &[Op]| author.chunk(ops).encode();
    let first = author.next_op();
    let bytes = sound.encode();
    let mut honest = author.write_replica();
    let honest_chunk = honest.say("said with automerge 👋", 1_700_000_000_000).change().to_vec();
    let huge = |count: i64, value: &[u8]| [signed(count), value.to_vec()].concat();

    vec![
        ("by hand", bytes.clone()),
        ("by automerge", honest_chunk),
        ("genesis", genesis::change(DocKind::Room).to_vec()),
        ("empty", vec![]),
        ("cut off in the header", bytes[..10].to_vec()),
        ("cut off in the contents", bytes[..bytes.len() - 1].to_vec()),
        ("wrong magic", [&[0x86], &bytes[1..]].concat()),
        ("document chunk", wrap(0, &sound.contents())),
        ("compressed chunk", wrap(2, &sound.contents())),
        ("bundle chunk", wrap(3, &sound.contents())),
        ("unknown chunk type", wrap(9, &sound.contents())),
        ("wrong checksum", [&bytes[..4], &[bytes[4] ^ 1], &bytes[5..]].concat()),
        ("bytes behind the chunk", [bytes.as_slice(), &[0]].concat()),
        ("extra bytes behind the columns", with(&|c| c.extra = vec![1, 1, 65])),
        ("length above 32 bits", [&bytes[..9], &unsigned(1 << 40), &bytes[11..]].concat()),
        ("64 dependencies", with(&|c| c.deps = (0..64).map(|i| [i; 32]).collect())),
        ("65 dependencies", with(&|c| c.deps = (0..65).map(|i| [i; 32]).collect())),
        ("dependencies out of order", with(&|c| c.deps = vec![[2; 32], [1; 32]])),
        ("a dependency twice", with(&|c| c.deps = vec![[1; 32], [1; 32]])),
        ("writer of 39 bytes", with(&|c| c.actor.truncate(39))),
        ("other actor of 31 bytes", with(&|c| c.others = vec![vec![1; 31]])),
        ("other actors out of order", with(&|c| c.others = vec![vec![2; 32], vec![1; 32]])),
        ("the writer among the others", with(&|c| c.others = vec![c.actor.clone()])),
        ("start_op zero", with(&|c| c.start_op = 0)),
        ("a time", with(&|c| c.time = 1)),
        ("a negative time", with(&|c| c.time = -1)),
        ("a message", with(&|c| c.message = "fix")),
        ("deflated column", with(&|c| c.columns[0].0 |= 8)),
        ("mark column", with(&|c| c.columns.push((0xa5, vec![0x7f, 1, 65])))),
        ("expand column", with(&|c| c.columns.push((0x94, flags(&[true, false, false]))))),
        ("unknown column", with(&|c| c.columns.push((0xf2, vec![0x7f, 1])))),
        ("empty column", with(&|c| c.columns.push((0x71, vec![])))),
        ("columns out of order", with(&|c| c.columns.swap(0, 1))),
        ("a column twice", with(&|c| c.columns.insert(1, c.columns[0].clone()))),
        ("no operations", with(&|c| c.columns.clear())),
        ("4096 operations", many(&author, 4096)),
        ("4097 operations", many(&author, 4097)),
        ("action run of 2^40", with(&|c| *c.column(0x42) = huge(1 << 40, &[1]))),
        ("action run of 2^63", with(&|c| *c.column(0x42) = huge(i64::MIN, &[1]))),
        ("action nulls of 2^40", with(&|c| *c.column(0x42) = [signed(0), unsigned(1 << 40)].concat())),
        ("action runs of nothing", with(&|c| *c.column(0x42) = vec![0; 64])),
        ("insert run of 2^40", with(&|c| *c.column(0x34) = unsigned(1 << 40))),
        ("value run of 2^40", with(&|c| *c.column(0x56) = huge(1 << 40, &[0]))),
        ("object run of 2^40", with(&|c| *c.column(0x01) = huge(1 << 40, &[0]))),
        ("key nulls of 2^40", with(&|c| *c.column(0x15) = [signed(0), unsigned(1 << 40)].concat())),
        ("predecessor counts of 2^40", with(&|c| *c.column(0x70) = huge(3, &unsigned(1 << 40)))),
        ("insert column too short", with(&|c| *c.column(0x34) = flags(&[true, false]))),
        ("value column too short", with(&|c| *c.column(0x56) = runs(&[Some(vec![0])]))),
        ("values left over", with(&|c| c.column(0x57).push(0))),
        ("values cut off", with(&|c| c.column(0x57).truncate(2))),
        (
            "value of unknown type",
            with(&|c| *c.column(0x56) = runs(&[Some(vec![0x0a]), Some(vec![0x14]), Some(vec![0x76])])),
        ),
        ("string that is not UTF-8", with(&|c| c.column(0x57)[1] = 0xff)),
        ("long form of a number", with(&|c| *c.column(0x42) = vec![0x83, 0x00, 0x01])),
        ("actor index out of range", ops(&[Op::set((2, 1), Key::Prop("x"), Val::Null)])),
        ("counter zero", ops(&[Op::set((0, 0), Key::Prop("x"), Val::Null)])),
        ("counter of 2^31", ops(&[Op::set((0, 1 << 31), Key::Prop("x"), Val::Null)])),
        ("object with an actor only", with(&|c| drop(c.columns.remove(1)))),
        ("key of 257 bytes", ops(&[Op::set((0, 1), Key::Prop(LONG_KEY), Val::Null)])),
        ("insert under a key", ops(&[Op { insert: true, ..Op::set(CHAT, Key::Prop("x"), Val::Null) }])),
        ("insert with a predecessor", ops(&[Op::insert_map(CHAT, Key::Head).with_pred(vec![(0, 1)])])),
        ("inserted deletion", ops(&[Op { action: 3, ..Op::insert_map(CHAT, Key::Head) }])),
        ("update of the head", ops(&[Op::set(CHAT, Key::Head, Val::Null)])),
        ("deletion of nothing", ops(&[Op::delete(CHAT, Key::Elem((0, 1)), vec![])])),
        ("a predecessor twice", ops(&[Op::set((0, 1), Key::Prop("x"), Val::Null).with_pred(vec![(0, 1), (0, 1)])])),
        ("increment", ops(&[Op { action: 5, ..Op::set((0, 1), Key::Prop("x"), Val::Int(1)) }])),
        ("table", ops(&[Op { action: 6, ..Op::insert_map(CHAT, Key::Head) }])),
        ("mark", ops(&[Op { action: 7, ..Op::insert_map(CHAT, Key::Head) }])),
        ("unknown action", ops(&[Op { action: 8, ..Op::insert_map(CHAT, Key::Head) }])),
        ("a run of one", with(&|c| *c.column(0x70) = [signed(2), vec![0], signed(1), vec![0]].concat())),
        ("neighbouring literals", with(&|c| *c.column(0x56) = literals(&[&[0x00], &[0x14, 0x76]]))),
        ("equal neighbours in a literal", with(&|c| *c.column(0x70) = literals(&[&[0, 0, 0]]))),
        ("runs of the same value", with(&|c| *c.column(0x70) = [signed(2), vec![0], signed(-1), vec![0]].concat())),
        (
            "neighbouring nulls",
            with(&|c| {
                let ends = literals(&[&c.column(0x15)[3..]]);
                *c.column(0x15) = [vec![0, 1, 0, 0], ends].concat();
            }),
        ),
        ("a column of nulls", with(&|c| c.columns.push((0x71, vec![0, 1])))),
        ("an actor that no operation names", with(&|c| c.others.push(vec![0xff; 40]))),
        ("a value on a map", ops(&[Op { val: Val::Int(1), ..Op::insert_map(CHAT, Key::Head) }])),
        (
            "predecessors out of order",
            ops(&[Op::set((0, 1), Key::Prop("x"), Val::Null).with_pred(vec![(0, 2), (0, 1)])]),
        ),
        ("two messages", ops(&[message(first, Key::Head), message(first + 3, Key::Elem((0, first)))].concat())),
        ("above the cap of a change", vec![0; limits::CHANGE_BYTES + 1]),
    ]
}

/// Literal runs of one-byte values.
fn literals(runs: &[&[u8]]) -> Vec<u8> {
    runs.iter().flat_map(|run| [signed(-(run.len() as i64)), run.to_vec()].concat()).collect()
}

const LONG_KEY: &str = match std::str::from_utf8(&[b'k'; 257]) {
    Ok(key) => key,
    Err(_) => unreachable!(),
};

fn many(author: &Author, count: usize) -> Vec<u8> {
    let first = author.next_op();
    let ops = (0..count as u64).map(|i| match i {
        0 => Op::insert_map(CHAT, Key::Head),
        _ => Op::set((0, first), Key::Prop("n"), Val::Null).with_pred(if i == 1 {
            vec![]
        } else {
            vec![(0, first + i - 1)]
        }),
    });
    author.chunk(&ops.collect::<Vec<_>>()).encode()
}

impl Author {
    /// A second author with the same chain, to write without moving this one on.
    fn write_replica(&self) -> Author {
        Author::new(&self.key, self.sid, self.doc, self.run[0])
    }
}

#[test]
fn prescan_cases() {
    let cases = chunks().into_iter().map(|(name, chunk)| match prescan(&chunk) {
        Ok(shape) => json!({
            "name": name, "chunk": hex(&chunk), "verdict": "accepted",
            "hash": hex(&shape.hash),
            "actor": hex(&shape.actors[0]),
            "seq": shape.seq.to_string(),
            "start_op": shape.start_op.to_string(),
            "max_op": shape.max_op().to_string(),
            "ops": shape.ops.len(),
            "deps": shape.deps.iter().map(|dep| hex(dep)).collect::<Vec<_>>(),
        }),
        // The chunk that is only long is told by its length.
        Err(error) if chunk.len() > limits::CHANGE_BYTES => json!({
            "name": name, "zeros": chunk.len(), "verdict": "refused", "reason": error.name(),
        }),
        Err(error) => json!({ "name": name, "chunk": hex(&chunk), "verdict": "refused", "reason": error.name() }),
    });
    golden("prescan", "Change chunks and what the pre-scan says of them.", cases.collect());
}

#[test]
fn what_the_prescan_lets_through_automerge_reads_the_same() {
    for (name, chunk) in chunks() {
        let Ok(shape) = prescan(&chunk) else { continue };
        let change = automerge::Change::try_from(chunk.as_slice()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(change.hash().0, shape.hash, "{name}");
        assert_eq!(change.len(), shape.ops.len(), "{name}");
        assert_eq!(
            (change.seq(), change.start_op().get(), change.max_op()),
            (shape.seq, shape.start_op, shape.max_op())
        );
        assert_eq!(change.deps().iter().map(|dep| dep.0).collect::<Vec<_>>(), shape.deps);
        assert_eq!(change.actor_id().to_bytes(), &*shape.actors[0]);
        // Automerge forgets bytes and makes them again: only its own encoding keeps its hash.
        assert_eq!(automerge::Change::from(change.decode()).raw_bytes(), chunk, "{name} is encoded otherwise");
    }
}

fn envelope_name(result: &Result<Envelope, EnvelopeError>) -> Option<&'static str> {
    match result {
        Ok(_) => None,
        Err(EnvelopeError::Oversize) => Some("oversize"),
        Err(EnvelopeError::Malformed(_)) => Some("malformed"),
        Err(EnvelopeError::Version(_)) => Some("unknown-version"),
    }
}

#[test]
fn envelopes() {
    let mut author = author();
    let sound = author.say("hello", 1_700_000_000_000);
    let second = author.say("¡hola! שלום 👋", 1_700_000_001_000);
    let bytes = sound.encode();
    let edit = |at: usize, to: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = to;
        bytes
    };
    let length_at = bytes.len() - 64 - sound.change().len() - 4;
    let mut long = bytes.clone();
    long[length_at..length_at + 4].copy_from_slice(&(limits::CHANGE_BYTES as u32 + 1).to_be_bytes());
    let inputs = [
        ("sound", bytes.clone()),
        ("second of a chain", second.encode()),
        ("empty", vec![]),
        ("cut off", bytes[..bytes.len() - 1].to_vec()),
        ("bytes left over", [bytes.as_slice(), &[0]].concat()),
        ("version 2", edit(0, 2)),
        ("unknown kind of document", edit(17, 5)),
        ("change length above the cap", long),
        ("altered signature", edit(bytes.len() - 1, bytes[bytes.len() - 1] ^ 1)),
        ("altered change", edit(length_at + 10, bytes[length_at + 10] ^ 1)),
        ("altered author", edit(42, bytes[42] ^ 1)),
    ];
    let cases = inputs.into_iter().map(|(name, bytes)| {
        let decoded = Envelope::decode(&bytes);
        match &decoded {
            Ok(envelope) => json!({
                "name": name, "envelope": hex(&bytes), "verdict": "accepted",
                "id": hex(envelope.id().as_bytes()),
                "signature": envelope.verify_signature(),
                "sid": hex(envelope.sid().as_bytes()),
                "kind": envelope.doc().kind.code(),
                "epoch": envelope.epoch().0.to_string(),
                "actor": hex(envelope.actor().as_bytes()),
                "seq": envelope.seq().to_string(),
                "prev": hex(envelope.prev().as_bytes()),
                "change": hex(envelope.change()),
            }),
            Err(_) => json!({
                "name": name, "envelope": hex(&bytes), "verdict": "refused", "reason": envelope_name(&decoded),
            }),
        }
    });
    let cases: Vec<Value> = cases.collect();
    let key = hex(&secrets(&mut FixedRng::new("author")).me.key.to_bytes());
    golden("envelope", &format!("Envelopes by the author with the secret key {key}."), cases);
}

#[test]
fn sync_messages() {
    let mut author = author();
    let (a, b) = (author.say("one", 1).encode(), author.say("two", 2).encode());
    let vector = Vector::from([(author.actor(), (author.seq, author.prev))]);
    let text = DocId { kind: DocKind::Text, id: [3; 16] };
    let messages = [
        ("roster head", SyncMessage::RosterHead { n: 3, term: 2, hash: EntryHash([5; 32]) }),
        ("roster", SyncMessage::Roster(vec![vec![1, 2, 3], vec![]])),
        ("empty roster", SyncMessage::Roster(vec![])),
        ("vector", SyncMessage::Vector(DocId::ROOM, vector.clone())),
        ("empty vector", SyncMessage::Vector(text, Vector::new())),
        ("envelope", SyncMessage::Envelope(a.clone())),
        ("proof", SyncMessage::Proof(a, b)),
        ("roster want", SyncMessage::RosterWant),
        ("again", SyncMessage::Again(DocId::DESK, vector.clone())),
    ];
    let sound: Vec<(&str, Vec<u8>)> = messages.iter().map(|(name, message)| (*name, message.encode())).collect();
    let vector_bytes = SyncMessage::Vector(DocId::ROOM, vector).encode();
    let entry = &vector_bytes[22..];
    let count = |n: u32, entries: &[&[u8]]| [&vector_bytes[..18], &n.to_be_bytes(), &entries.concat()].concat();
    let mut zero = entry.to_vec();
    zero[40..48].fill(0);
    let broken = [
        ("empty", vec![]),
        ("unknown kind", vec![8]),
        ("bytes left over", vec![6, 0]),
        ("head cut off", sound[0].1[..20].to_vec()),
        ("more entries than bytes", [&[2][..], &u32::MAX.to_be_bytes()].concat()),
        ("vector with an actor twice", count(2, &[entry, entry])),
        ("vector with sequence zero", count(1, &[&zero])),
        ("vector of 4097 actors", count(4097, &[])),
        ("vector cut off", vector_bytes[..vector_bytes.len() - 1].to_vec()),
        ("envelope longer than the message", [&[4][..], &1000u32.to_be_bytes(), &[0; 9]].concat()),
    ];
    let cases = sound.into_iter().chain(broken).map(|(name, bytes)| match SyncMessage::decode(&bytes) {
        Ok(message) => {
            assert_eq!(message.encode(), bytes, "{name}");
            json!({ "name": name, "message": hex(&bytes), "verdict": "accepted", "decoded": decoded(&message) })
        }
        Err(_) => json!({ "name": name, "message": hex(&bytes), "verdict": "refused", "reason": "malformed" }),
    });
    golden("sync", "Messages of the sync channel.", cases.collect());
}

fn decoded(message: &SyncMessage) -> Value {
    let vector = |kind: &str, doc: &DocId, vector: &Vector| {
        let entries = vector.iter().map(|(actor, (seq, id))| {
            json!({ "actor": hex(actor.as_bytes()), "seq": seq.to_string(), "id": hex(id.as_bytes()) })
        });
        json!({ "kind": kind, "doc": doc.kind.code(), "id": hex(&doc.id), "vector": entries.collect::<Vec<_>>() })
    };
    match message {
        SyncMessage::RosterHead { n, term, hash } => {
            json!({ "kind": "roster-head", "n": n.to_string(), "term": term.to_string(), "hash": hex(&hash.0) })
        }
        SyncMessage::Roster(entries) => {
            json!({ "kind": "roster", "entries": entries.iter().map(|entry| hex(entry)).collect::<Vec<_>>() })
        }
        SyncMessage::Vector(doc, entries) => vector("vector", doc, entries),
        SyncMessage::Envelope(envelope) => json!({ "kind": "envelope", "envelope": hex(envelope) }),
        SyncMessage::Proof(a, b) => json!({ "kind": "proof", "a": hex(a), "b": hex(b) }),
        SyncMessage::RosterWant => json!({ "kind": "roster-want" }),
        SyncMessage::Again(doc, entries) => vector("again", doc, entries),
    }
}

#[test]
fn fragment_cases() {
    // Long messages are told by their length and one repeated byte.
    let cases = [0usize, 1, 15_999, 16_000, 16_001, 40_000].map(|len| {
        let parts = fragments(&vec![0xab; len]);
        let heads: Vec<Value> = parts.iter().map(|part| json!({ "first": part[0], "length": part.len() - 1 })).collect();
        json!({ "name": format!("{len} bytes"), "byte": 0xab, "length": len, "fragments": heads, "verdict": "accepted" })
    });
    let streams: [(&str, Vec<Vec<u8>>); 5] = [
        ("no first byte", vec![vec![]]),
        ("unknown first byte", vec![vec![2, 1]]),
        ("empty fragment in the middle", vec![vec![0]]),
        ("fragment of 16001 bytes", vec![vec![1; 16_002]]),
        ("message above the cap", (0..33).map(|_| [&[0][..], &[7; 16_000]].concat()).collect()),
    ];
    let refused = streams.into_iter().map(|(name, stream)| {
        let mut assembler = Assembler::new();
        let refused = stream.iter().any(|fragment| assembler.push(fragment).is_err());
        assert!(refused, "{name}");
        let heads: Vec<Value> = stream
            .iter()
            .map(|part| json!({ "first": part.first(), "length": part.len().saturating_sub(1) }))
            .collect();
        json!({ "name": name, "fragments": heads, "verdict": "refused" })
    });
    golden(
        "fragments",
        "Sync messages cut into fragments; contents do not matter.",
        cases.into_iter().chain(refused).collect(),
    );
}

#[test]
fn storage_files() {
    let records = [
        encode_record(RecordKind::ENTRY, b"an entry"),
        encode_record(RecordKind::ENVELOPE, b""),
        encode_record(RecordKind(64), &[0xff; 20]),
    ];
    let file = records.concat();
    let middle = records[0].len();
    let damage = |at: usize| {
        let mut file = file.clone();
        file[at] ^= 0x10;
        file
    };
    let files = [
        ("empty", vec![]),
        ("three records", file.clone()),
        ("torn header", file[..file.len() - 30].to_vec()),
        ("torn payload", file[..file.len() - 1].to_vec()),
        ("damaged magic in the middle", damage(middle)),
        ("damaged length in the middle", damage(middle + 5)),
        ("damaged payload of the first", damage(14)),
        ("damaged payload of the last", damage(file.len() - 1)),
        ("bytes before the first record", [b"xxSLr", file.as_slice()].concat()),
        ("not a file of records", b"hello".to_vec()),
    ];
    let cases = files.into_iter().map(|(name, file)| {
        let scan = scan(&file);
        let records: Vec<Value> = scan
            .records
            .iter()
            .map(|record| json!({ "kind": record.kind.0, "payload": hex(record.payload) }))
            .collect();
        json!({
            "name": name, "file": hex(&file), "records": records,
            "end": scan.end, "torn": scan.torn, "damaged": scan.damaged,
        })
    });
    golden("storage", "Append-only files and what is read from them.", cases.collect());
}

#[test]
fn the_pages_chunks_get_the_same_verdict() {
    for case in of_the_page("prescan").into_iter().flatten() {
        let result = prescan(&unhex(&case["chunk"]));
        match case["verdict"].as_str() {
            Some("accepted") => {
                let shape = result.unwrap_or_else(|error| panic!("{}: {error}", case["name"]));
                assert_eq!(hex(&shape.hash), case["hash"], "{}", case["name"]);
                assert_eq!(shape.start_op, number(&case["start_op"]), "{}", case["name"]);
            }
            _ => assert_eq!(
                result.map_err(|error| error.name()),
                Err(case["reason"].as_str().unwrap()),
                "{}",
                case["name"]
            ),
        }
    }
}

#[test]
fn the_pages_envelopes_get_the_same_verdict() {
    for case in of_the_page("envelope").into_iter().flatten() {
        let decoded = Envelope::decode(&unhex(&case["envelope"]));
        assert_eq!(envelope_name(&decoded), case["reason"].as_str(), "{}", case["name"]);
        if let Ok(envelope) = decoded {
            assert_eq!(hex(envelope.id().as_bytes()), case["id"], "{}", case["name"]);
            assert_eq!(envelope.verify_signature(), case["signature"], "{}", case["name"]);
            assert_eq!(hex(&envelope.encode()), case["envelope"], "{}", case["name"]);
        }
    }
}

#[test]
fn the_pages_sync_messages_get_the_same_verdict() {
    for case in of_the_page("sync").into_iter().flatten() {
        let message = SyncMessage::decode(&unhex(&case["message"]));
        assert_eq!(message.is_ok(), case["verdict"] == "accepted", "{}", case["name"]);
        if let Ok(message) = message {
            assert_eq!(decoded(&message), case["decoded"], "{}", case["name"]);
        }
    }
}
