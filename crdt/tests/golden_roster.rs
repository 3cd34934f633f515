//! Golden fixtures of the roster: chains, refusals, forks in every order, and the keys they wrap.
#![allow(clippy::unwrap_used, clippy::type_complexity)]

mod common;

use std::collections::BTreeMap;

use common::fixture::{golden, hex, of_the_page, unhex};
use common::{FixedRng, Secrets, secrets};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sightline_crdt::id::{Actor, Audience, DocId, EnvelopeId, Epoch, KnockId, PeerId, Role, SessionId};
use sightline_crdt::keys::{KeyRing, SealSecret, unwrap};
use sightline_crdt::membership::{Cut, Membership, Standing};
use sightline_crdt::roster::{Applied, Body, Entry, EntryKind, Founder, Roster, accept_transfer};

/// Lead, two experts, an operator and a viewer, with fixed keys.
struct Cast {
    rng: FixedRng,
    lead: Secrets,
    first: Secrets,
    second: Secrets,
    operator: Secrets,
    viewer: Secrets,
}

impl Cast {
    fn new() -> Cast {
        let who = |name: &str| secrets(&mut FixedRng::new(name));
        Cast {
            rng: FixedRng::new("entropy"),
            lead: who("lead"),
            first: who("first expert"),
            second: who("second expert"),
            operator: who("operator"),
            viewer: who("viewer"),
        }
    }

    fn all(&self) -> [(&'static str, &Secrets); 5] {
        [
            ("lead", &self.lead),
            ("first", &self.first),
            ("second", &self.second),
            ("operator", &self.operator),
            ("viewer", &self.viewer),
        ]
    }

    fn genesis(&mut self, succession: bool) -> Entry {
        let founder = Founder {
            key: &self.lead.me.key,
            seal: self.lead.me.seal.public(),
            slot: self.lead.slot,
            name: "Ann Expert",
            succession,
        };
        founder.found(&mut self.rng).unwrap().0
    }

    /// Genesis, both experts, the operator and the viewer.
    fn session(&mut self) -> Roster {
        let genesis = self.genesis(true);
        let mut roster = Roster::new(genesis).unwrap();
        for (who, name, role) in [
            (self.first.clone(), "Bea", Role::Expert),
            (self.second.clone(), "Cem", Role::Expert),
            (self.operator.clone(), "Dan", Role::Operator),
            (self.viewer.clone(), "Eva", Role::Viewer),
        ] {
            let entry = self.admit(&roster, &who, name, role);
            roster.apply_entry(entry).unwrap();
        }
        roster
    }

    fn ring(&self, roster: &Roster) -> KeyRing {
        let lead = [&self.lead, &self.first, &self.second].into_iter().find(|who| who.peer() == roster.lead()).unwrap();
        let mut ring = KeyRing::new();
        roster.entries().for_each(|entry| ring.learn_from(entry, &lead.peer(), &lead.me.seal).unwrap());
        ring
    }

    fn lead_key(&self, roster: &Roster) -> SigningKey {
        self.all().iter().find(|(_, who)| who.peer() == roster.lead()).unwrap().1.me.key.clone()
    }

    fn admit(&mut self, roster: &Roster, who: &Secrets, name: &str, role: Role) -> Entry {
        let (key, ring) = (self.lead_key(roster), self.ring(roster));
        roster.draft(&key).admit(who.newcomer(name), role, KnockId([7; 32]), &ring, &mut self.rng).unwrap()
    }

    fn remove(&mut self, roster: &Roster, who: PeerId, cuts: Vec<Cut>) -> Entry {
        let key = self.lead_key(roster);
        roster.draft(&key).remove(who, cuts, &mut self.rng).unwrap()
    }

    fn role(&mut self, roster: &Roster, who: PeerId, role: Role) -> Entry {
        let key = self.lead_key(roster);
        roster.draft(&key).role(who, role, vec![], &mut self.rng).unwrap()
    }

    fn rekey(&mut self, roster: &Roster) -> Entry {
        let key = self.lead_key(roster);
        roster.draft(&key).rekey(&mut self.rng).unwrap()
    }

    fn transfer(&mut self, roster: &Roster, to: &Secrets) -> Entry {
        let (key, ring) = (self.lead_key(roster), self.ring(roster));
        let accept = accept_transfer(&to.me.key, &roster.head());
        roster.draft(&key).transfer(to.peer(), accept, &ring, &mut self.rng).unwrap()
    }
}

fn take(roster: &Roster, who: &Secrets) -> Entry {
    roster.draft(&who.me.key).take().unwrap()
}

/// The roster after one more entry.
fn after(roster: &Roster, entry: &Entry) -> Roster {
    let mut next = Roster::new(roster.entries().next().unwrap().clone()).unwrap();
    roster.entries().skip(1).chain([entry]).for_each(|entry| {
        next.apply_entry(entry.clone()).unwrap();
    });
    next
}

fn chain(roster: &Roster) -> Vec<Vec<u8>> {
    roster.entries().map(|entry| entry.encode().to_vec()).collect()
}

fn cut(who: &Secrets, seq: u64) -> Cut {
    Cut { doc: DocId::ROOM, actor: Actor::new(who.peer(), [1; 8]), seq, id: EnvelopeId([9; 32]) }
}

/// Signs `body` after changing it, whatever it says.
fn forged(entry: &Entry, key: &SigningKey, change: impl FnOnce(&mut Body)) -> Entry {
    let mut body = entry.body().clone();
    change(&mut body);
    Entry::seal(body, key)
}

fn summary(roster: &Roster) -> Value {
    let members = roster.members().map(|member| {
        json!({
            "peer": hex(member.peer.as_bytes()),
            "name": member.name,
            "role": member.role.code(),
            "admitted": member.admitted.to_string(),
        })
    });
    let mut offers: Vec<u8> = roster.offers().iter().map(EntryKind::code).collect();
    offers.sort_unstable();
    json!({
        "sid": hex(roster.sid().as_bytes()),
        "n": roster.head_number().to_string(),
        "term": roster.term().to_string(),
        "epoch": roster.epoch().0.to_string(),
        "head": hex(&roster.head().0),
        "lead": hex(roster.lead().as_bytes()),
        "members": members.collect::<Vec<_>>(),
        "closed": roster.is_closed(),
        "alarm": roster.alarm(),
        "offers": offers,
    })
}

/// Applies encoded entries one by one, as any reader of the fixture does.
fn play(entries: &[Vec<u8>]) -> (Vec<Value>, Option<Roster>) {
    let mut roster: Option<Roster> = None;
    let steps = entries.iter().map(|bytes| {
        let applied = match &mut roster {
            Some(roster) => roster.apply(bytes),
            none => Entry::decode(bytes).map_err(Into::into).and_then(Roster::new).map(|founded| {
                *none = Some(founded);
                Applied::Extended
            }),
        };
        let entry = hex(bytes);
        match applied {
            Ok(applied) => json!({ "entry": entry, "verdict": "accepted", "applied": applied_name(applied) }),
            Err(error) => json!({ "entry": entry, "verdict": "refused", "reason": error.name() }),
        }
    });
    let steps: Vec<Value> = steps.collect();
    (steps, roster)
}

fn applied_name(applied: Applied) -> &'static str {
    match applied {
        Applied::Extended => "extended",
        Applied::Known => "known",
        Applied::Switched => "switched",
        Applied::Lost => "lost",
    }
}

fn case(name: &str, entries: &[Vec<u8>]) -> Value {
    let (steps, roster) = play(entries);
    json!({ "name": name, "steps": steps, "after": roster.as_ref().map(summary) })
}

#[test]
fn chains() {
    let mut cast = Cast::new();
    let mut cases = Vec::new();
    let mut roster = cast.session();
    cases.push(case("genesis and four admissions", &chain(&roster)));

    let steps: [&dyn Fn(&mut Cast, &Roster) -> Entry; 9] = [
        &|cast, roster| cast.role(roster, cast.operator.peer(), Role::Viewer),
        &|cast, roster| cast.role(roster, cast.viewer.peer(), Role::Operator),
        &|cast, roster| cast.remove(roster, cast.viewer.peer(), vec![cut(&cast.viewer, 4)]),
        &|cast, roster| cast.admit(roster, &cast.viewer.clone(), "Eva again", Role::Viewer),
        &|cast, roster| cast.rekey(roster),
        &|cast, roster| cast.transfer(roster, &cast.first.clone()),
        &|cast, roster| take(roster, &cast.second),
        &|cast, roster| roster.draft(&cast.lead_key(roster)).settle(cut(&cast.operator, 3)).unwrap(),
        &|cast, roster| roster.draft(&cast.lead_key(roster)).close(vec![cut(&cast.operator, 3)]).unwrap(),
    ];
    for step in steps {
        let entry = step(&mut cast, &roster);
        roster.apply_entry(entry).unwrap();
    }
    cases.push(case("every kind of entry", &chain(&roster)));
    let mut again = chain(&roster);
    again.insert(3, again[2].clone());
    cases.push(case("an entry twice", &again));
    golden("roster", "Chains of roster entries and the rosters they make.", cases);
}

#[test]
fn refusals() {
    let mut cast = Cast::new();
    let roster = cast.session();
    let base = chain(&roster);
    let lead = cast.lead.me.key.clone();
    let stranger = secrets(&mut FixedRng::new("stranger"));
    let rekey = cast.rekey(&roster);
    let removal = cast.remove(&roster, cast.operator.peer(), vec![]);
    let admission = cast.admit(&roster, &stranger, "Fay", Role::Operator);
    let transfer = cast.transfer(&roster, &cast.first.clone());
    let taking = take(&roster, &cast.first);
    let change = cast.role(&roster, cast.operator.peer(), Role::Viewer);
    let wraps = |body: &mut Body, change: &dyn Fn(&mut Vec<_>)| change(&mut body.wraps);
    let mut altered = rekey.encode().to_vec();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    // Points of small order, and one that is not canonical, as CCTV has them.
    let small = hex_key("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa");
    let not_canonical = hex_key("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    let mixed = mixed_order(&cast.operator.peer());
    let admit_key = |key: [u8; 32]| {
        forged(&admission, &lead, |body| {
            let EntryKind::Admit { newcomer, .. } = &mut body.kind else { unreachable!() };
            newcomer.peer = PeerId(key);
            body.wraps.iter_mut().for_each(|wrap| wrap.peer = PeerId(key));
        })
    };
    let closed = after(&roster, &roster.draft(&lead).close(vec![]).unwrap());
    let later = forged(&rekey, &lead, |body| {
        body.prev = closed.head();
        body.n += 1;
    });

    let entries: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("cut off", vec![rekey.encode()[..50].to_vec()]),
        ("bytes left over", vec![[rekey.encode(), &[0]].concat()]),
        ("version 2", vec![[&[2], &rekey.encode()[1..]].concat()]),
        ("altered signature", vec![altered]),
        (
            "signed by a member",
            vec![forged(&rekey, &cast.first.me.key, |body| body.signer = cast.first.peer()).encode().to_vec()],
        ),
        ("signed by a stranger as the lead", vec![forged(&rekey, &stranger.me.key, |_| ()).encode().to_vec()]),
        ("other session", vec![forged(&rekey, &lead, |body| body.sid = SessionId([1; 16])).encode().to_vec()]),
        ("unknown previous", vec![forged(&rekey, &lead, |body| body.prev.0[0] ^= 1).encode().to_vec()]),
        ("wrong number", vec![forged(&rekey, &lead, |body| body.n += 1).encode().to_vec()]),
        ("wrong term", vec![forged(&rekey, &lead, |body| body.term += 1).encode().to_vec()]),
        ("take without a new term", vec![forged(&taking, &cast.first.me.key, |body| body.term -= 1).encode().to_vec()]),
        ("epoch not counted", vec![forged(&rekey, &lead, |body| body.epoch = Epoch(1)).encode().to_vec()]),
        ("epoch jumped", vec![forged(&rekey, &lead, |body| body.epoch = Epoch(9)).encode().to_vec()]),
        (
            "take by an operator",
            vec![forged(&taking, &cast.operator.me.key, |body| body.signer = cast.operator.peer()).encode().to_vec()],
        ),
        ("take by the lead", vec![forged(&taking, &lead, |body| body.signer = cast.lead.peer()).encode().to_vec()]),
        (
            "genesis again",
            vec![
                forged(&rekey, &lead, |body| {
                    body.kind = EntryKind::Genesis { succession: true, creator: cast.lead.newcomer("Ann") };
                })
                .encode()
                .to_vec(),
            ],
        ),
        (
            "admits a member",
            vec![
                forged(&admission, &lead, |body| {
                    body.kind = EntryKind::Admit {
                        newcomer: cast.first.newcomer("Bea"),
                        role: Role::Expert,
                        knock: KnockId([0; 32]),
                    };
                })
                .encode()
                .to_vec(),
            ],
        ),
        (
            "admits a lead",
            vec![
                forged(&admission, &lead, |body| {
                    let EntryKind::Admit { role, .. } = &mut body.kind else { unreachable!() };
                    *role = Role::Lead;
                })
                .encode()
                .to_vec(),
            ],
        ),
        ("admits a key of small order", vec![admit_key(small).encode().to_vec()]),
        ("admits a key that is not canonical", vec![admit_key(not_canonical).encode().to_vec()]),
        ("admits a key of mixed order", vec![admit_key(mixed).encode().to_vec()]),
        ("admits without keys", vec![forged(&admission, &lead, |body| body.wraps.clear()).encode().to_vec()]),
        (
            "hands an operator the experts' key",
            vec![
                forged(&admission, &lead, |body| {
                    wraps(body, &|wraps: &mut Vec<sightline_crdt::roster::Wrap>| {
                        let mut more = wraps[0].clone();
                        more.audience = Audience::Experts;
                        wraps.push(more);
                    })
                })
                .encode()
                .to_vec(),
            ],
        ),
        ("leaves a member out", vec![forged(&rekey, &lead, |body| drop(body.wraps.pop())).encode().to_vec()]),
        (
            "wraps a key twice",
            vec![
                forged(&rekey, &lead, |body| {
                    wraps(body, &|wraps: &mut Vec<sightline_crdt::roster::Wrap>| {
                        wraps.pop();
                        wraps.push(wraps[0].clone());
                    })
                })
                .encode()
                .to_vec(),
            ],
        ),
        (
            "a wrap that is too short",
            vec![forged(&rekey, &lead, |body| body.wraps[0].ct.truncate(47)).encode().to_vec()],
        ),
        (
            "keys where none belong",
            vec![forged(&taking, &cast.first.me.key, |body| body.wraps = rekey.body().wraps.clone()).encode().to_vec()],
        ),
        (
            "removes a stranger",
            vec![
                forged(&removal, &lead, |body| body.kind = EntryKind::Remove { peer: stranger.peer(), cuts: vec![] })
                    .encode()
                    .to_vec(),
            ],
        ),
        (
            "removes the lead",
            vec![
                forged(&removal, &lead, |body| body.kind = EntryKind::Remove { peer: cast.lead.peer(), cuts: vec![] })
                    .encode()
                    .to_vec(),
            ],
        ),
        (
            "cuts somebody else",
            vec![
                forged(&removal, &lead, |body| {
                    body.kind = EntryKind::Remove { peer: cast.operator.peer(), cuts: vec![cut(&cast.first, 1)] };
                })
                .encode()
                .to_vec(),
            ],
        ),
        (
            "the same role again",
            vec![
                forged(&change, &lead, |body| {
                    body.kind = EntryKind::Role { peer: cast.operator.peer(), role: Role::Operator, cuts: vec![] };
                })
                .encode()
                .to_vec(),
            ],
        ),
        (
            "demotes the lead",
            vec![
                forged(&change, &lead, |body| {
                    body.kind = EntryKind::Role { peer: cast.lead.peer(), role: Role::Expert, cuts: vec![] };
                })
                .encode()
                .to_vec(),
            ],
        ),
        (
            "transfer to an operator",
            vec![
                forged(&transfer, &lead, |body| {
                    body.kind = EntryKind::Transfer {
                        peer: cast.operator.peer(),
                        accept: accept_transfer(&cast.operator.me.key, &body.prev),
                    };
                })
                .encode()
                .to_vec(),
            ],
        ),
        (
            "transfer that nobody accepted",
            vec![
                forged(&transfer, &lead, |body| {
                    body.kind = EntryKind::Transfer {
                        peer: cast.first.peer(),
                        accept: accept_transfer(&cast.second.me.key, &body.prev),
                    };
                })
                .encode()
                .to_vec(),
            ],
        ),
        (
            "transfer accepted for another place",
            vec![
                forged(&transfer, &lead, |body| {
                    body.kind = EntryKind::Transfer {
                        peer: cast.first.peer(),
                        accept: accept_transfer(&cast.first.me.key, &Entry::seal(body.clone(), &lead).hash()),
                    };
                })
                .encode()
                .to_vec(),
            ],
        ),
        ("after close", vec![closed.entries().last().unwrap().encode().to_vec(), later.encode().to_vec()]),
    ];
    let mut cases: Vec<Value> = entries
        .into_iter()
        .map(|(name, more)| {
            let case = case(name, &[base.clone(), more].concat());
            let last = case["steps"].as_array().unwrap().last().unwrap();
            assert_eq!(last["verdict"], "refused", "{name}");
            case
        })
        .collect();

    let mut without = Cast::new();
    let genesis = without.genesis(false);
    let mut roster = Roster::new(genesis).unwrap();
    let first = without.first.clone();
    let entry = without.admit(&roster, &first, "Bea", Role::Expert);
    roster.apply_entry(entry).unwrap();
    assert!(roster.draft(&first.me.key).take().is_err());
    let forged_take = Entry::seal(
        Body {
            sid: roster.sid(),
            n: 2,
            prev: roster.head(),
            term: 2,
            epoch: Epoch(1),
            kind: EntryKind::Take,
            wraps: vec![],
            signer: first.peer(),
        },
        &first.me.key,
    );
    let mut entries = chain(&roster);
    entries.push(forged_take.encode().to_vec());
    cases.push(case("take where genesis does not allow it", &entries));

    let genesis = cast.genesis(true);
    let bad = |change: &dyn Fn(&mut Body)| vec![forged(&genesis, &lead, |body| change(body)).encode().to_vec()];
    cases.push(case("genesis with a session", &bad(&|body| body.sid = SessionId([1; 16]))));
    cases.push(case("genesis in epoch 2", &bad(&|body| body.epoch = Epoch(2))));
    cases.push(case("genesis without keys", &bad(&|body| body.wraps.clear())));
    cases.push(case("first entry is no genesis", &[rekey.encode().to_vec()]));
    golden("roster-refused", "Entries that do not follow; the last step of each case is refused.", cases);
}

fn hex_key(key: &str) -> [u8; 32] {
    data_encoding::HEXLOWER.decode(key.as_bytes()).unwrap().try_into().unwrap()
}

/// A sound key plus a point of order 8.
fn mixed_order(key: &PeerId) -> [u8; 32] {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::edwards::CompressedEdwardsY;
    let point = CompressedEdwardsY(key.0).decompress().unwrap() + EIGHT_TORSION[1];
    point.compress().0
}

/// Forks: a common chain, and branches that follow it.
fn forks() -> Vec<(&'static str, Vec<Vec<u8>>, Vec<Vec<Entry>>)> {
    let mut cast = Cast::new();
    let roster = cast.session();
    let base = chain(&roster);
    let mut forks: Vec<(&'static str, Vec<Vec<Entry>>)> = Vec::new();

    let rekey = cast.rekey(&roster);
    let take_first = take(&roster, &cast.first);
    let take_second = take(&roster, &cast.second);
    let removal = cast.remove(&roster, cast.first.peer(), vec![]);
    let demotion = cast.role(&roster, cast.first.peer(), Role::Operator);
    let remove_operator = cast.remove(&roster, cast.operator.peer(), vec![]);
    let stranger = secrets(&mut FixedRng::new("stranger"));
    let admission = cast.admit(&roster, &stranger, "Fay", Role::Operator);

    forks.push(("higher term wins", vec![vec![rekey.clone()], vec![take_first.clone()]]));
    forks.push((
        "a take loses to the lead who removes its signer",
        vec![vec![removal.clone()], vec![take_first.clone()]],
    ));
    forks.push(("a take loses to the lead who demotes its signer", vec![vec![demotion], vec![take_first.clone()]]));
    forks.push(("removing somebody else does not help", vec![vec![remove_operator.clone()], vec![take_first.clone()]]));
    forks.push(("the earlier admitted taker wins", vec![vec![take_second.clone()], vec![take_first.clone()]]));
    forks.push(("one signer twice: the lower hash wins", vec![vec![rekey.clone()], vec![remove_operator.clone()]]));
    forks.push(("a lost admission is offered again", vec![vec![admission.clone()], vec![take_first.clone()]]));

    let after_rekey = after(&roster, &rekey);
    let late_removal = cast.remove(&after_rekey, cast.first.peer(), vec![]);
    forks.push((
        "a removal later in the lead's branch beats the take",
        vec![vec![rekey.clone(), late_removal], vec![take_first.clone()]],
    ));
    let handed = cast.transfer(&roster, &cast.second.clone());
    let after_handed = after(&roster, &handed);
    let removal_by_heir = cast.remove(&after_handed, cast.first.peer(), vec![]);
    forks.push((
        "a removal by the lead's heir beats the take",
        vec![vec![handed, removal_by_heir], vec![take_first.clone()]],
    ));
    let after_second = after(&roster, &take_second);
    let removal_by_taker = cast.remove(&after_second, cast.first.peer(), vec![]);
    forks.push((
        "a removal by another taker does not",
        vec![vec![take_second.clone(), removal_by_taker], vec![take_first.clone()]],
    ));
    forks.push((
        "three branches: one is out before the others are weighed",
        vec![vec![removal.clone()], vec![take_first.clone()], vec![take_second.clone()]],
    ));
    let after_first = after(&roster, &take_first);
    let third_term = take(&after_first, &cast.second);
    forks.push((
        "the term at the end counts",
        vec![vec![take_first.clone(), third_term.clone()], vec![take_second.clone()]],
    ));
    let after_third = after(&after_first, &third_term);
    let rekey_low = cast.rekey(&after_third);
    let settle = after_third.draft(&cast.second.me.key).settle(cut(&cast.operator, 2)).unwrap();
    forks.push((
        "a fork within a branch",
        vec![vec![take_first.clone(), third_term, rekey_low], vec![settle], vec![take_second]],
    ));
    forks.into_iter().map(|(name, branches)| (name, base.clone(), branches)).collect()
}

#[test]
fn fork_cases() {
    let mut cases = Vec::new();
    for (name, base, branches) in forks() {
        let orders: Vec<Vec<usize>> = match branches.len() {
            2 => vec![vec![0, 1], vec![1, 0]],
            _ => vec![vec![0, 1, 2], vec![0, 2, 1], vec![1, 0, 2], vec![1, 2, 0], vec![2, 0, 1], vec![2, 1, 0]],
        };
        let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
        for (i, order) in orders.iter().enumerate() {
            // A branch that continues another one waits for it, as a sender of whole chains would see to.
            let mut left: Vec<Entry> = order.iter().flat_map(|branch| branches[*branch].clone()).collect();
            let mut entries = base.clone();
            let mut known: Vec<_> = entries.iter().map(|bytes| Entry::decode(bytes).unwrap().hash()).collect();
            while !left.is_empty() {
                let at = left.iter().position(|entry| known.contains(&entry.body().prev)).unwrap();
                let entry = left.remove(at);
                known.push(entry.hash());
                entries.push(entry.encode().to_vec());
            }
            let case = case(&format!("{name}, order {}", i + 1), &entries);
            *outcomes.entry(case["after"]["head"].to_string()).or_default() += 1;
            cases.push(case);
        }
        assert_eq!(outcomes.len(), 1, "{name}: the order decides");
    }
    golden("roster-forks", "Branches of a roster, in every order: the outcome is the same.", cases);
}

#[test]
fn wraps() {
    let mut cast = Cast::new();
    let mut roster = cast.session();
    let steps: [&dyn Fn(&mut Cast, &Roster) -> Entry; 3] = [
        &|cast, roster| cast.rekey(roster),
        &|cast, roster| cast.remove(roster, cast.operator.peer(), vec![]),
        &|cast, roster| cast.transfer(roster, &cast.first.clone()),
    ];
    for step in steps {
        let entry = step(&mut cast, &roster);
        roster.apply_entry(entry).unwrap();
    }
    let mut cases = Vec::new();
    for (name, who) in cast.all() {
        // The secret that the fixture names makes the same key pair.
        let secret = seal_secret(name);
        assert_eq!(SealSecret::from_bytes(&secret).public(), who.me.seal.public());
        let mut keys = Vec::new();
        for entry in roster.entries() {
            let body = entry.body();
            for wrap in body.wraps.iter().filter(|wrap| wrap.peer == who.peer()) {
                let key = unwrap(body.sid, body.epoch, wrap, &who.me.seal).unwrap();
                keys.push(json!({
                    "n": body.n.to_string(), "epoch": body.epoch.0.to_string(),
                    "audience": wrap.audience.code(), "key": hex(key.as_ref()),
                }));
            }
        }
        cases.push(json!({
            "name": name, "peer": hex(who.peer().as_bytes()), "seal_secret": hex(&secret),
            "seal_public": hex(who.me.seal.public().as_bytes()), "keys": keys,
        }));
    }
    let entries: Vec<String> = chain(&roster).iter().map(|entry| hex(entry)).collect();
    cases.push(json!({ "name": "chain", "entries": entries }));
    golden("wraps", "Seal secrets, and the epoch keys that each member unwraps from the case named chain.", cases);
}

/// The seal secret of a member of the cast: the second draw of its generator, after its peer key and before its slot key.
fn seal_secret(name: &str) -> [u8; 32] {
    use rand_core::Rng;
    let name = match name {
        "first" => "first expert",
        "second" => "second expert",
        other => other,
    };
    let mut rng = FixedRng::new(name);
    let mut bytes = [0; 32];
    // Peer key, slot key, seal key.
    (0..3).for_each(|_| rng.fill_bytes(&mut bytes));
    bytes
}

#[test]
fn standings_follow_the_entries() {
    let mut cast = Cast::new();
    let roster = cast.session();
    let (room, desk) = (DocId::ROOM.kind, DocId::DESK.kind);
    assert_eq!(roster.standing(&cast.operator.peer(), room), Standing::Writer);
    assert_eq!(roster.standing(&cast.operator.peer(), desk), Standing::Reader);
    assert_eq!(roster.standing(&cast.viewer.peer(), room), Standing::Reader);
    let removal = cast.remove(&roster, cast.operator.peer(), vec![cut(&cast.operator, 4)]);
    let roster = after(&roster, &removal);
    assert_eq!(roster.standing(&cast.operator.peer(), room), Standing::Former);
    assert_eq!(roster.within(&DocId::ROOM, &cut(&cast.operator, 0).actor), 4);
    let demotion = cast.role(&roster, cast.first.peer(), Role::Operator);
    let roster = after(&roster, &demotion);
    assert_eq!(roster.standing(&cast.first.peer(), desk), Standing::Former);
    assert_eq!(roster.standing(&cast.first.peer(), room), Standing::Writer);
    assert_eq!(roster.standing(&PeerId([1; 32]), room), Standing::Unknown);
}

#[test]
fn after_a_double_signature_nobody_is_admitted_before_a_rekey() {
    let mut cast = Cast::new();
    let roster = cast.session();
    let (rekey, removal) = (cast.rekey(&roster), cast.remove(&roster, cast.operator.peer(), vec![]));
    let mut both = after(&roster, &rekey);
    both.apply_entry(removal).unwrap();
    assert!(both.alarm());
    let stranger = secrets(&mut FixedRng::new("stranger"));
    let ring = cast.ring(&both);
    let admission = |roster: &Roster, rng: &mut FixedRng| {
        roster.draft(&cast.lead.me.key).admit(stranger.newcomer("Fay"), Role::Viewer, KnockId([0; 32]), &ring, rng)
    };
    let mut rng = FixedRng::new("more");
    assert!(admission(&both, &mut rng).is_err());
    let rekey = both.draft(&cast.lead.me.key).rekey(&mut rng).unwrap();
    both.apply_entry(rekey).unwrap();
    assert!(!both.alarm());
}

#[test]
fn the_pages_chains_get_the_same_verdict() {
    for file in ["roster", "roster-refused", "roster-forks"] {
        for case in of_the_page(file).into_iter().flatten() {
            let entries: Vec<Vec<u8>> =
                case["steps"].as_array().unwrap().iter().map(|step| unhex(&step["entry"])).collect();
            let (steps, roster) = play(&entries);
            assert_eq!(Value::from(steps), case["steps"], "{}", case["name"]);
            assert_eq!(roster.as_ref().map_or(Value::Null, summary), case["after"], "{}", case["name"]);
        }
    }
}
