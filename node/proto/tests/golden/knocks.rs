//! `knock` and `call`: sealed bodies, with every secret that opens or makes them.

use crate::common::*;
use crate::{damaged, golden, hex, judged};
use serde_json::{Value, json};
use sightline_proto::call::{self, MemberKeys};
use sightline_proto::exports::Exports;
use sightline_proto::id::{InviteId, SessionId, SlotAddress};
use sightline_proto::introduction::{About, Introduction};
use sightline_proto::keys::{SealKey, Secret};
use sightline_proto::knock::{self, KnockKeys};
use sightline_proto::words;

#[test]
fn knocks() {
    let mut s = Scene::new();
    let keys = s.knock_keys();
    let plain = About { name: String::new(), lang: String::new(), caps: vec![], offer: None };
    let cyrillic = About { name: "Ольга\u{7}".to_owned(), lang: "ru-RU".to_owned(), ..plain.clone() };
    let mut cases = Vec::new();
    for (name, about) in [("with an offer", about()), ("with nothing", plain), ("name to be sanitised", cyrillic)] {
        // The ephemeral key is derived from the first 32 bytes of a stream of its own.
        let seed = format!("knock {name}");
        let ikm: [u8; 32] = sightline_proto::keys::random(&mut Seeded::new(&seed));
        let (message, _) =
            knock::make(&s.record, &s.secrets, &s.operator.peer, &s.operator.keys, &about, &mut Seeded::new(&seed))
                .unwrap();
        let mut case = judge(name, &s, &keys, &message);
        case["hpke_ikm_e"] = json!(hex(ikm));
        case["made_from"] = json!({ "peer_seed": hex(s.operator.peer.seed().expose()),
            "seal_secret": hex(s.operator.keys.seal.to_bytes().expose()),
            "slot_seed": hex(s.operator.keys.slot.seed().expose()), "name": about.name, "lang": about.lang,
            "caps": about.caps, "offer": about.offer });
        cases.push(case);
    }
    let (good, _) =
        knock::make(&s.record, &s.secrets, &s.operator.peer, &s.operator.keys, &about(), &mut s.rng).unwrap();
    for (name, bytes) in damaged(&good) {
        cases.push(judge(&name, &s, &keys, &bytes));
    }
    let other = |change: &dyn Fn(&mut KnockKeys)| {
        let mut keys = keys.clone();
        change(&mut keys);
        keys
    };
    cases.push(judge("for another invite", &s, &other(&|k| k.invite = InviteId([1; 16])), &good));
    cases.push(judge("for another session", &s, &other(&|k| k.sid = SessionId([1; 16])), &good));
    cases.push(judge("at another address", &s, &other(&|k| k.address = SlotAddress([1; 16])), &good));
    cases.push(judge("without the link", &s, &other(&|k| k.psk = Secret::new([1; 32])), &good));
    let stranger = SealKey::from_bytes(&Secret::new([3; 32]));
    cases.push(judge("for another key", &s, &other(&|k| k.key = stranger.clone()), &good));
    for (name, message) in crafted_knocks(&s) {
        cases.push(judge(name, &s, &keys, &message));
    }
    golden(
        "knock",
        "Knocks. `keys` opens them; `hpke_ikm_e` is the ephemeral key's ikm (RFC 9180 DeriveKeyPair).",
        cases,
    );
}

fn judge(name: &str, s: &Scene, keys: &KnockKeys, message: &[u8]) -> Value {
    let case = json!({ "name": name, "keys": { "sid": hex(keys.sid.0), "invite": hex(keys.invite.0),
            "psk": hex(keys.psk.expose()), "sk_i": hex(keys.key.to_bytes().expose()), "pk_i": hex(keys.key.public().0),
            "knock_address": hex(keys.address.0), "link_secret": hex(s.owner.link(RENDEZVOUS).unwrap().secret().expose()) },
        "message": hex(message) });
    judged(case, knock::open(message, keys), |knock| opened(&knock.from, &knock.exports))
}

fn opened(from: &Introduction, exports: &Exports) -> Value {
    json!({ "from": { "peer_pk": hex(from.peer.0), "seal_pk": hex(from.seal.0), "slot_pk": hex(from.slot.0),
            "reply_address": hex(from.slot.address().0), "name": from.name, "lang": from.lang, "caps": from.caps,
            "offer": from.offer },
        "exports": { "id": hex(exports.id.0), "reply": hex(exports.reply.expose()),
            "waiting": hex(exports.waiting.expose()), "trickle_o": hex(exports.trickle_offerer.expose()),
            "trickle_a": hex(exports.trickle_answerer.expose()), "indices": exports.words,
            "numbers": words::numbers(exports.words), "words": words::words(exports.words, &from.lang) } })
}

#[test]
fn calls() {
    let mut s = Scene::new();
    let mut cases = Vec::new();
    let epoch_key = Secret::new([0x4b; 32]);
    let ikm: [u8; 32] = sightline_proto::keys::random(&mut Seeded::new("call"));
    let make = |epoch: u64, by: &Person, about: &About, rng: &mut Seeded| {
        call::make(SID, epoch, &epoch_key, &member(&s.expert), &by.peer, &by.keys, about, rng).unwrap().0
    };
    let good = make(3, &s.operator, &about(), &mut Seeded::new("call"));
    let mut case = judge_call("with an offer", &s, &epoch_key, 3, &good);
    case["hpke_ikm_e"] = json!(hex(ikm));
    case["made_from"] = json!({ "peer_seed": hex(s.operator.peer.seed().expose()),
        "seal_secret": hex(s.operator.keys.seal.to_bytes().expose()),
        "slot_seed": hex(s.operator.keys.slot.seed().expose()), "name": about().name, "lang": about().lang,
        "caps": about().caps, "offer": about().offer });
    cases.push(case);
    cases.push(judge_call("of an epoch without a key", &s, &epoch_key, 4, &good));
    cases.push(judge_call("under another epoch key", &s, &Secret::new([1; 32]), 3, &good));
    let stranger = make(3, &Person::new("stranger"), &about(), &mut s.rng);
    cases.push(judge_call("by a stranger who has the key", &s, &epoch_key, 3, &stranger));
    let mut newer = Person::new("operator");
    newer.keys = Person::new("operator again").keys;
    let renewed = make(3, &newer, &about(), &mut s.rng);
    cases.push(judge_call("by a member with other keys", &s, &epoch_key, 3, &renewed));
    let own = make(3, &s.expert, &about(), &mut s.rng);
    cases.push(judge_call("by the callee itself", &s, &epoch_key, 3, &own));
    for (name, bytes) in damaged(&good) {
        cases.push(judge_call(&name, &s, &epoch_key, 3, &bytes));
    }
    golden("call", "Calls to the expert. `epoch_key` is K[epoch,all]; `members` are the roster's keys.", cases);
}

fn judge_call(name: &str, s: &Scene, epoch_key: &Secret<32>, known_epoch: u64, message: &[u8]) -> Value {
    let members = [member(&s.expert), member(&s.operator)];
    let listed: Vec<Value> = members
        .iter()
        .map(|m| json!({ "peer_pk": hex(m.peer.0), "seal_pk": hex(m.seal.0), "slot_pk": hex(m.slot.0) }))
        .collect();
    let case = json!({ "name": name, "sid": hex(SID.0), "known_epoch": known_epoch.to_string(),
        "epoch_key": hex(epoch_key.expose()), "callee": { "peer_seed": hex(s.expert.peer.seed().expose()),
            "seal_secret": hex(s.expert.keys.seal.to_bytes().expose()),
            "slot_seed": hex(s.expert.keys.slot.seed().expose()) },
        "members": listed, "message": hex(message) });
    let result = call::open(
        message,
        SID,
        &s.expert.peer.public(),
        &s.expert.keys,
        |epoch| (epoch == known_epoch).then(|| epoch_key.clone()),
        |peer| members.iter().find(|m| m.peer == *peer).copied(),
    );
    judged(case, result, |call| {
        let mut fields = opened(&call.from, &call.exports);
        fields["epoch"] = json!(call.epoch.to_string());
        fields
    })
}

fn member(p: &Person) -> MemberKeys {
    MemberKeys { peer: p.peer.public(), seal: p.keys.seal.public(), slot: p.keys.slot.public() }
}
