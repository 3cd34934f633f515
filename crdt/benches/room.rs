//! A chat of 10,000 messages: loading it from its file, saying one more, taking one in, and bringing the view up to date.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ed25519_dalek::SigningKey;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sightline_crdt::id::{DocId, KnockId, Role, SlotKey};
use sightline_crdt::keys::SealSecret;
use sightline_crdt::log::{Log, Trust};
use sightline_crdt::roster::Newcomer;
use sightline_crdt::session::{Input, Me, Output, Session};
use sightline_crdt::storage;

const MESSAGES: usize = 10_000;

fn me(seed: u8) -> (Me, SlotKey) {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let slot = SlotKey(SigningKey::from_bytes(&[seed + 100; 32]).verifying_key().to_bytes());
    (Me { key, seal: SealSecret::from_bytes(&[seed; 32]) }, slot)
}

fn keep(file: &mut Vec<u8>, outputs: Vec<Output>) {
    for output in outputs {
        if let Output::Persist(record) = output {
            file.extend_from_slice(&record);
        }
    }
}

/// The file of an expert whose session has a long chat with an operator, and the operator's session.
fn conversation() -> (Vec<u8>, Session) {
    let mut rng = StdRng::seed_from_u64(1);
    let ((expert_me, expert_slot), (operator_me, operator_slot)) = (me(1), me(2));
    let mut file = Vec::new();
    let (mut expert, outputs) = Session::found(expert_me, expert_slot, "Ann", true, &mut rng).unwrap();
    keep(&mut file, outputs);
    let newcomer = Newcomer {
        peer: sightline_crdt::sign::peer_of(&operator_me.key),
        seal: operator_me.seal.public(),
        slot: operator_slot,
        name: "Bob".into(),
    };
    keep(&mut file, expert.admit(newcomer, Role::Operator, KnockId([0; 32]), &mut rng).unwrap());
    let chain: Vec<Vec<u8>> = expert.roster().entries().map(|entry| entry.encode().to_vec()).collect();
    let (mut operator, _) = Session::join(operator_me, expert.sid(), &chain).unwrap();
    for i in 0..MESSAGES {
        let text = format!("message {i}: turn the left valve a quarter and tell me what the gauge says");
        let (speaker, listener) = if i % 2 == 0 { (&mut expert, &mut operator) } else { (&mut operator, &mut expert) };
        let outputs = speaker.say(&text, i as i64, &mut rng).unwrap();
        let newest = speaker.log(DocId::ROOM).unwrap().accepted().last().unwrap().encode();
        let heard = listener.handle(Input::Envelopes(&[newest]));
        keep(&mut file, if i % 2 == 0 { outputs } else { heard });
    }
    (file, operator)
}

fn load(file: &[u8]) -> Session {
    Session::restore(me(1).0, storage::scan(file).records).unwrap().session
}

fn room(criterion: &mut Criterion) {
    let (file, mut operator) = conversation();
    let mut rng = StdRng::seed_from_u64(2);
    println!("file of {MESSAGES} messages: {} kB", file.len() / 1024);
    let mut group = criterion.benchmark_group("room of 10,000 messages");
    group.sample_size(10);

    group.bench_function("load from file and show", |bencher| {
        bencher.iter(|| {
            let mut session = load(&file);
            assert_eq!(session.room().chat.len(), MESSAGES);
        });
    });

    let envelopes: Vec<_> = load(&file).log(DocId::ROOM).unwrap().accepted().cloned().collect();
    let roster = load(&file);
    group.bench_function("take in everything from the network", |bencher| {
        bencher.iter(|| {
            let mut log = Log::new(DocId::ROOM);
            for envelope in &envelopes {
                log.insert(envelope.clone(), Trust::Network, roster.roster());
            }
            black_box(log.vector())
        });
    });

    group.bench_function("say one more and show it", |bencher| {
        let mut session = load(&file);
        session.room();
        bencher.iter(|| {
            session.say("one more", 1, &mut rng).unwrap();
            black_box(session.room().chat.len())
        });
    });

    group.bench_function("take one in and show it", |bencher| {
        let mut session = load(&file);
        session.room();
        bencher.iter_batched(
            || {
                operator.say("one more", 1, &mut rng).unwrap();
                operator.log(DocId::ROOM).unwrap().accepted().last().unwrap().encode()
            },
            |envelope| {
                session.handle(Input::Envelopes(&[envelope]));
                black_box(session.room().chat.len())
            },
            BatchSize::PerIteration,
        );
    });

    group.bench_function("compute acceptance anew", |bencher| {
        let mut session = load(&file);
        bencher.iter(|| session.rekey(&mut rng).unwrap());
    });
    group.finish();
}

criterion_group!(benches, room);
criterion_main!(benches);
