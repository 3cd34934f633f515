//! `reply`, `trickle`, `waiting`, `hello`: what follows a knock or call.

use crate::common::*;
use crate::{damaged, golden, hex, judged};
use serde_json::{Value, json};
use sightline_proto::exports::{Exports, Purpose};
use sightline_proto::hello::{self, LinkFacts};
use sightline_proto::id::{Fingerprint, KnockId, PeerId};
use sightline_proto::keys::{PeerKey, Secret};
use sightline_proto::reply::{self, Refusal, Reply};
use sightline_proto::trickle::{Restart, Side, Trickle, Trickler};
use sightline_proto::waiting::{self, WaitingContent, WaitingItem};

fn exports(purpose: Purpose) -> Exports {
    let secret = |n| Secret::new([n; 32]);
    Exports {
        purpose,
        id: KnockId([0x1d; 32]),
        reply: secret(1),
        waiting: secret(2),
        trickle_offerer: secret(3),
        trickle_answerer: secret(4),
        words: [0; 4],
    }
}

#[test]
fn replies() {
    let mut rng = Seeded::new("reply");
    let expert = Person::new("expert").peer;
    let thief = Person::new("thief").peer;
    let chain = vec![vec![0xc0; 300], vec![0xc1; 40]];
    let mut said = vec![
        (Purpose::Knock, Reply::Waiting),
        (Purpose::Knock, Reply::Admitted { chain: chain.clone(), answer: Some(ANSWER.to_owned()) }),
        (Purpose::Knock, Reply::Admitted { chain: chain.clone(), answer: None }),
        (Purpose::Call, Reply::Behind { entries: chain }),
        (Purpose::Call, Reply::WelcomeBack { answer: Some(ANSWER.to_owned()) }),
        (Purpose::Call, Reply::WelcomeBack { answer: None }),
        (Purpose::Call, Reply::Refused(Refusal::Removed)),
    ];
    said.extend((1..=11).map(|code| (Purpose::Knock, Reply::Refused(Refusal::from_code(code).unwrap()))));
    let mut cases = Vec::new();
    for (purpose, reply) in said {
        let message = reply::seal(&reply, &exports(purpose), &expert, &mut rng).unwrap();
        cases.push(judge_reply(&describe(&reply), purpose, &expert, &message));
    }
    let good = reply::seal(&Reply::Waiting, &exports(Purpose::Knock), &expert, &mut rng).unwrap();
    for (name, bytes) in damaged(&good) {
        cases.push(judge_reply(&name, Purpose::Knock, &expert, &bytes));
    }
    let invented = reply::seal(&Reply::Waiting, &exports(Purpose::Knock), &thief, &mut rng).unwrap();
    cases.push(judge_reply("signed by another", Purpose::Knock, &expert, &invented));
    let to_a_call =
        reply::seal(&Reply::WelcomeBack { answer: None }, &exports(Purpose::Call), &expert, &mut rng).unwrap();
    cases.push(judge_reply("to a call, for a knock", Purpose::Knock, &expert, &to_a_call));
    let mut other = exports(Purpose::Knock);
    other.id = KnockId([9; 32]);
    let to_another = reply::seal(&Reply::Waiting, &other, &expert, &mut rng).unwrap();
    cases.push(judge_reply("to another knock", Purpose::Knock, &expert, &to_another));
    let renamed = [&good[..1], &[0x1d; 32], &to_another[33..]].concat();
    cases.push(judge_reply("to another knock, renamed", Purpose::Knock, &expert, &renamed));
    for (name, fields) in [
        ("refused for no reason", &[1u8, 2, 0][..]),
        ("reason 12", &[1, 2, 12]),
        ("kind 6", &[1, 6]),
        ("version 2", &[2, 1]),
    ] {
        let message = craft_reply(&exports(Purpose::Knock), fields, &expert, true, &mut rng);
        cases.push(judge_reply(name, Purpose::Knock, &expert, &message));
    }
    let unsigned = craft_reply(&exports(Purpose::Knock), &[1, 1], &expert, false, &mut rng);
    cases.push(judge_reply("with a signature over something else", Purpose::Knock, &expert, &unsigned));
    golden("reply", "Replies. `may_answer` is the only signer that is accepted.", cases);
}

fn judge_reply(name: &str, purpose: Purpose, may_answer: &PeerKey, message: &[u8]) -> Value {
    let exports = exports(purpose);
    let case = json!({ "name": name, "purpose": if purpose == Purpose::Knock { "knock" } else { "call" },
        "id": hex(exports.id.0), "reply_key": hex(exports.reply.expose()), "may_answer": hex(may_answer.public().0),
        "signer_seed": hex(may_answer.seed().expose()), "message": hex(message) });
    judged(
        case,
        reply::open(message, &exports, |signer, _| *signer == may_answer.public()),
        |(reply, signer)| json!({ "reply": shown(&reply), "signer": hex(signer.0) }),
    )
}

fn describe(reply: &Reply) -> String {
    match shown(reply) {
        Value::Object(map) => map
            .iter()
            .filter(|(_, v)| v.is_string())
            .map(|(_, v)| v.as_str().unwrap().split('\r').next().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(", "),
        _ => unreachable!(),
    }
}

fn shown(reply: &Reply) -> Value {
    let list = |items: &[Vec<u8>]| items.iter().map(hex).collect::<Vec<_>>();
    match reply {
        Reply::Waiting => json!({ "kind": "waiting" }),
        Reply::Refused(reason) => json!({ "kind": "refused", "reason": reason, "code": reason.code() }),
        Reply::Admitted { chain, answer } => json!({ "kind": "admitted", "chain": list(chain), "answer": answer }),
        Reply::Behind { entries } => json!({ "kind": "behind", "entries": list(entries) }),
        Reply::WelcomeBack { answer } => json!({ "kind": "welcome-back", "answer": answer }),
    }
}

#[test]
fn trickles() {
    let mut rng = Seeded::new("trickle");
    let exports = exports(Purpose::Knock);
    let (mut o, mut a) = (Trickler::new(&exports, Side::Offerer), Trickler::new(&exports, Side::Answerer));
    let line = "candidate:1 1 udp 2122260223 192.168.1.7 50000 typ host generation 0 ufrag abcd";
    let candidate = |line: Option<&str>| Trickle::Candidate { candidate: line.map(str::to_owned), mid: "0".to_owned() };
    let offer = |t: &Trickle, o: &mut Trickler, rng: &mut Seeded| o.seal(t, rng).unwrap();
    let first = offer(&candidate(Some(line)), &mut o, &mut rng);
    let second = offer(&candidate(None), &mut o, &mut rng);
    let third = offer(&Trickle::Restart { restart: Restart::Offer(OFFER.to_owned()) }, &mut o, &mut rng);
    let fourth = offer(&candidate(Some(line)), &mut o, &mut rng);
    let theirs = a.seal(&Trickle::Restart { restart: Restart::Answer(ANSWER.to_owned()) }, &mut rng).unwrap();
    let crafted = |n: u32, json: &str, rng: &mut Seeded| craft_trickle(&exports, n, json.as_bytes(), rng);
    let steps: Vec<(&str, Vec<u8>)> = vec![
        ("first", first.clone()),
        ("first again", first),
        ("third before second", third),
        ("second, too late", second),
        ("from this end's own direction", theirs),
        ("fourth, cut", fourth[..fourth.len() - 1].to_vec()),
        ("fourth", fourth),
        ("not JSON", crafted(5, "{", &mut rng)),
        ("its number is taken", crafted(5, r#"{"candidate":null,"mid":"0"}"#, &mut rng)),
        ("an unknown field", crafted(6, r#"{"candidate":null,"mid":"0","x":1}"#, &mut rng)),
        ("without candidate", crafted(7, r#"{"mid":"0"}"#, &mut rng)),
        ("a candidate too long", crafted(8, &format!(r#"{{"candidate":"{}","mid":"0"}}"#, "x".repeat(513)), &mut rng)),
        ("fine again", crafted(100, r#"{"candidate":null,"mid":"audio"}"#, &mut rng)),
        ("number 0", crafted(0, r#"{"candidate":null,"mid":"0"}"#, &mut rng)),
        ("the last number", crafted(u32::MAX, r#"{"candidate":null,"mid":"0"}"#, &mut rng)),
    ];
    let mut receiving = Trickler::new(&exports, Side::Answerer);
    let cases = steps
        .into_iter()
        .map(|(name, message)| {
            let case = json!({ "name": name, "message": hex(&message) });
            judged(case, receiving.open(&message), |t| json!({ "body": t }))
        })
        .collect();
    let keys = format!(
        "One sequence as the answerer receives it: the offerer's key is 03 x 32, the answerer's 04 x 32, id {}.",
        hex(exports.id.0)
    );
    golden("trickle", &keys, cases);
}

#[test]
fn waiting_items() {
    let mut rng = Seeded::new("waiting");
    let exports = exports(Purpose::Knock);
    let lane = sightline_proto::switchboard::EXPERT_LANE;
    let mut cases = Vec::new();
    let contents = [WaitingContent::Envelope(vec![0xe5; 120]), WaitingContent::BlobChunk(vec![0xb1; 10])];
    for (content, n) in contents.iter().zip([1, lane]) {
        let item = waiting::seal_item(content, n, &exports, &mut rng).unwrap();
        cases.push(judge_item(if n == 1 { "the holder's first" } else { "the experts' first" }, n, &item));
        cases.push(judge_item(
            if n == 1 { "moved to another number" } else { "moved to the other lane" },
            n ^ lane ^ 2,
            &item,
        ));
        for (name, bytes) in damaged(&item) {
            cases.push(judge_item(&format!("{name}, n {n}"), n, &bytes));
        }
    }
    cases.push(judge_item("a knock as sent", 0, &WaitingItem::Knock(vec![1, 2, 3]).encode()));
    cases.push(judge_item("a reply as sent", lane, &WaitingItem::Reply(vec![2, 2, 3]).encode()));
    cases.push(judge_item("kind 3", 0, &[3, 1]));
    golden("waiting", "Waiting-room items. `waiting` is the knock's export, `id` its id.", cases);
}

fn judge_item(name: &str, n: u64, item: &[u8]) -> Value {
    let exports = exports(Purpose::Knock);
    let case = json!({ "name": name, "id": hex(exports.id.0), "waiting": hex(exports.waiting.expose()),
        "n": n.to_string(), "item": hex(item) });
    let result = WaitingItem::decode(item).map_err(|e| format!("{e:?}")).and_then(|outer| match outer {
        WaitingItem::Knock(message) => Ok(json!({ "kind": "knock", "content": hex(message) })),
        WaitingItem::Reply(message) => Ok(json!({ "kind": "reply", "content": hex(message) })),
        WaitingItem::Sealed(sealed) => match waiting::open_item(&sealed, n, &exports) {
            Ok(WaitingContent::Envelope(bytes)) => Ok(json!({ "kind": "envelope", "content": hex(bytes) })),
            Ok(WaitingContent::BlobChunk(bytes)) => Ok(json!({ "kind": "blob-chunk", "content": hex(bytes) })),
            Err(error) => Err(format!("{error:?}")),
        },
    });
    judged(case, result.map_err(Name), |fields| fields)
}

/// Shows an error's own name in `Debug`.
struct Name(String);

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[test]
fn hellos() {
    let operator = Person::new("operator").peer;
    let thief = Person::new("thief").peer;
    let link = LinkFacts {
        sid: SID,
        id: KnockId([0x1d; 32]),
        side: Side::Offerer,
        own: Fingerprint([0xaa; 32]),
        remote: Fingerprint([0xbb; 32]),
    };
    let seen = LinkFacts { side: Side::Answerer, own: link.remote, remote: link.own, ..link };
    let good = hello::make(&operator, &link);
    let me = operator.public();
    let mut cases = vec![judge_hello("as made", &seen, &me, &me, &good)];
    let changed = [
        ("another session", LinkFacts { sid: [1; 16].into(), ..seen }),
        ("another link", LinkFacts { id: KnockId([1; 32]), ..seen }),
        ("as the offerer's own", LinkFacts { side: Side::Offerer, ..seen }),
        ("another own fingerprint", LinkFacts { own: Fingerprint([1; 32]), ..seen }),
        ("another remote fingerprint", LinkFacts { remote: Fingerprint([1; 32]), ..seen }),
        ("fingerprints swapped", LinkFacts { own: seen.remote, remote: seen.own, ..seen }),
    ];
    for (name, facts) in changed {
        cases.push(judge_hello(name, &facts, &me, &me, &good));
    }
    cases.push(judge_hello("of another peer", &seen, &me, &thief.public(), &hello::make(&thief, &link)));
    cases.push(judge_hello("signed by another", &seen, &me, &me, &hello::make(&thief, &link)));
    let answer = hello::make(&thief, &seen);
    cases.push(judge_hello("the answerer's", &link, &thief.public(), &thief.public(), &answer));
    golden("hello", "Hellos as the other end (`link`) judges them. `seed` is the operator's.", cases);
}

fn judge_hello(
    name: &str,
    link: &LinkFacts,
    expected: &PeerId,
    peer: &PeerId,
    sig: &sightline_proto::sig::Signature,
) -> Value {
    let case = json!({ "name": name, "seed": hex(Person::new("operator").peer.seed().expose()),
        "link": { "sid": hex(link.sid.0), "id": hex(link.id.0), "side": link.side.code(), "own": hex(link.own.0),
            "remote": hex(link.remote.0) },
        "expected": hex(expected.0), "peer": hex(peer.0), "sig": hex(sig.0) });
    judged(case, hello::verify(link, expected, peer, sig), |()| json!({}))
}
