//! A session's roster with a cast of members, and one document that takes in whatever they send.

use rand_core::Rng;
use serde_json::{Value, json};
use sightline_crdt::document::Document;
use sightline_crdt::envelope::Envelope;
use sightline_crdt::id::{DocId, DocKind, Epoch, KnockId, Role, SessionId};
use sightline_crdt::keys::KeyRing;
use sightline_crdt::log::{Proof, Reason, Verdict};
use sightline_crdt::membership::Cut;
use sightline_crdt::room::RoomView;
use sightline_crdt::roster::{Entry, Founder, Roster};

use super::author::Author;
use super::fixture::{hex, unhex};
use super::{FixedRng, Secrets, secrets};

/// A named scene.
pub type Case = (&'static str, Scene);

/// Lead, expert, operator and viewer, one document, and the record of what happened to it.
pub struct Scene {
    pub rng: FixedRng,
    pub roster: Roster,
    pub ring: KeyRing,
    pub lead: Secrets,
    pub expert: Secrets,
    pub operator: Secrets,
    pub viewer: Secrets,
    pub document: Document,
    pub steps: Vec<Value>,
}

impl Scene {
    pub fn new(doc: DocId) -> Scene {
        let who = |name: &str| secrets(&mut FixedRng::new(name));
        let (lead, mut rng) = (who("lead"), FixedRng::new("scene"));
        let founder = Founder {
            key: &lead.me.key,
            seal: lead.me.seal.public(),
            slot: lead.slot,
            name: "Ann Expert",
            succession: true,
        };
        let genesis = founder.found(&mut rng).unwrap().0;
        let mut scene = Scene {
            rng,
            roster: Roster::new(genesis.clone()).unwrap(),
            ring: KeyRing::new(),
            lead,
            expert: who("expert"),
            operator: who("operator"),
            viewer: who("viewer"),
            document: Document::new(doc),
            steps: Vec::new(),
        };
        scene.ring.learn_from(&genesis, &scene.lead.peer(), &scene.lead.me.seal).unwrap();
        scene.steps.push(json!({ "do": "entry", "entry": hex(genesis.encode()) }));
        for (who, name, role) in [
            (scene.expert.clone(), "Bea", Role::Expert),
            (scene.operator.clone(), "Dan", Role::Operator),
            (scene.viewer.clone(), "Eva", Role::Viewer),
        ] {
            scene.admit(&who, name, role);
        }
        scene
    }

    pub fn room() -> Scene {
        Scene::new(DocId::ROOM)
    }

    pub fn sid(&self) -> SessionId {
        self.roster.sid()
    }

    /// An author in a fresh run, who knows nothing but genesis.
    pub fn author(&mut self, who: &Secrets) -> Author {
        let run = self.rng.next_u32() as u8;
        let mut author = Author::new(&who.me.key, self.sid(), self.document.log().doc(), run);
        author.epoch = self.roster.epoch().0;
        author
    }

    pub fn expert_author(&mut self) -> Author {
        let who = self.expert.clone();
        self.author(&who)
    }

    pub fn operator_author(&mut self) -> Author {
        let who = self.operator.clone();
        self.author(&who)
    }

    pub fn viewer_author(&mut self) -> Author {
        let who = self.viewer.clone();
        self.author(&who)
    }

    pub fn apply(&mut self, entry: Entry) {
        self.steps.push(json!({ "do": "entry", "entry": hex(entry.encode()) }));
        self.roster.apply_entry(entry.clone()).unwrap();
        self.ring.learn_from(&entry, &self.lead.peer(), &self.lead.me.seal).unwrap();
        self.document.on_roster(&self.roster);
    }

    pub fn admit(&mut self, who: &Secrets, name: &str, role: Role) {
        let draft = self.roster.draft(&self.lead.me.key);
        let entry = draft.admit(who.newcomer(name), role, KnockId([7; 32]), &self.ring, &mut self.rng).unwrap();
        self.apply(entry);
    }

    pub fn remove(&mut self, who: &Secrets, cuts: Vec<Cut>) {
        let entry = self.roster.draft(&self.lead.me.key).remove(who.peer(), cuts, &mut self.rng).unwrap();
        self.apply(entry);
    }

    pub fn change_role(&mut self, who: &Secrets, role: Role, cuts: Vec<Cut>) {
        let entry = self.roster.draft(&self.lead.me.key).role(who.peer(), role, cuts, &mut self.rng).unwrap();
        self.apply(entry);
    }

    pub fn rekey(&mut self) {
        let entry = self.roster.draft(&self.lead.me.key).rekey(&mut self.rng).unwrap();
        self.apply(entry);
    }

    pub fn settle(&mut self, envelope: &Envelope) {
        let entry = self.roster.draft(&self.lead.me.key).settle(cut_at(envelope)).unwrap();
        self.apply(entry);
    }

    /// Gives an envelope whatever the verdict: the steps have it.
    pub fn offer(&mut self, envelope: &Envelope) {
        self.give(envelope);
    }

    pub fn give(&mut self, envelope: &Envelope) -> Verdict {
        self.give_bytes(&envelope.encode())
    }

    pub fn give_bytes(&mut self, bytes: &[u8]) -> Verdict {
        let (verdict, _) = self.document.insert_bytes(bytes, &self.roster);
        self.record(json!({ "do": "envelope", "envelope": hex(bytes) }), verdict);
        verdict
    }

    pub fn give_proof(&mut self, a: &Envelope, b: &Envelope) -> Verdict {
        let proof = Proof::decode(&a.encode(), &b.encode()).unwrap();
        let (verdict, _) = self.document.insert_proof(proof, &self.roster);
        self.record(json!({ "do": "proof", "a": hex(&a.encode()), "b": hex(&b.encode()) }), verdict);
        verdict
    }

    fn record(&mut self, mut step: Value, verdict: Verdict) {
        step["verdict"] = verdict.name().into();
        if let Verdict::Refused(reason) = verdict {
            step["reason"] = reason.name().into();
            if let Reason::Chunk(error) = reason {
                step["chunk"] = error.name().into();
            }
        }
        self.steps.push(step);
    }

    pub fn texts(&mut self) -> Vec<String> {
        let mut view = RoomView::default();
        view.refresh(&mut self.document).chat.iter().map(|message| message.text.clone()).collect()
    }

    pub fn count(&self, name: &str) -> u64 {
        self.document.log().counters().of(name)
    }

    /// What a reader has after all steps.
    pub fn after(&mut self) -> Value {
        after(&mut self.document)
    }

    pub fn case(mut self, name: &str) -> Value {
        let after = self.after();
        json!({ "name": name, "doc": doc(&self.document.log().doc()), "steps": self.steps, "after": after })
    }
}

pub fn doc(doc: &DocId) -> Value {
    json!({ "kind": doc.kind.code(), "id": hex(&doc.id) })
}

pub fn after(document: &mut Document) -> Value {
    let mut view = RoomView::default();
    if document.log().doc() == DocId::ROOM {
        view.refresh(document);
    }
    let room = view.room();
    let mut heads: Vec<String> = document.read().get_heads().iter().map(|head| hex(&head.0)).collect();
    heads.sort();
    let log = document.log();
    let mut accepted: Vec<String> = log.accepted().map(|envelope| hex(envelope.id().as_bytes())).collect();
    accepted.sort();
    let vector = log.vector().into_iter().map(|(actor, (seq, id))| {
        json!({ "actor": hex(actor.as_bytes()), "seq": seq.to_string(), "id": hex(id.as_bytes()) })
    });
    let chat = room.chat.iter().map(|message| {
        json!({ "author": hex(message.author.as_bytes()), "text": message.text, "at": message.at_ms.to_string() })
    });
    json!({
        "heads": heads,
        "accepted": accepted,
        "vector": vector.collect::<Vec<_>>(),
        "chat": chat.collect::<Vec<_>>(),
        "title": room.title,
        "pending": log.pending().0,
        "counters": log.counters().iter().collect::<std::collections::BTreeMap<_, _>>(),
    })
}

pub fn cut_at(envelope: &Envelope) -> Cut {
    Cut { doc: envelope.doc(), actor: envelope.actor(), seq: envelope.seq(), id: envelope.id() }
}

/// A conversation of expert and operator, as a start.
pub fn conversation() -> (Scene, Author, Author) {
    let mut scene = Scene::room();
    let (mut expert, mut operator) = (scene.expert_author(), scene.operator_author());
    let hello = expert.say("hello", 1_700_000_000_000);
    operator.hear(&hello);
    let answer = operator.say("good day 👋 שלום", 1_700_000_001_000);
    expert.hear(&answer);
    scene.give(&hello);
    scene.give(&answer);
    (scene, expert, operator)
}

/// Replays a case of a fixture, ours or the page's.
pub fn replay(case: &Value) {
    let name = &case["name"];
    let doc = DocId {
        kind: DocKind::from_code(case["doc"]["kind"].as_u64().unwrap() as u8).unwrap(),
        id: unhex(&case["doc"]["id"]).try_into().unwrap(),
    };
    let mut document = Document::new(doc);
    let mut roster: Option<Roster> = None;
    for (i, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let verdict = match step["do"].as_str().unwrap() {
            "entry" => {
                let entry = Entry::decode(&unhex(&step["entry"])).unwrap();
                match &mut roster {
                    Some(roster) => {
                        roster.apply_entry(entry).unwrap();
                    }
                    None => roster = Some(Roster::new(entry).unwrap()),
                }
                document.on_roster(roster.as_ref().unwrap());
                continue;
            }
            "envelope" => document.insert_bytes(&unhex(&step["envelope"]), roster.as_ref().unwrap()).0,
            "proof" => {
                let proof = Proof::decode(&unhex(&step["a"]), &unhex(&step["b"])).unwrap();
                document.insert_proof(proof, roster.as_ref().unwrap()).0
            }
            other => panic!("unknown step {other}"),
        };
        assert_eq!(step["verdict"], verdict.name(), "{name}, step {i}");
        if let Verdict::Refused(reason) = verdict {
            assert_eq!(step["reason"], reason.name(), "{name}, step {i}");
        }
    }
    assert_eq!(after(&mut document), case["after"], "{name}");
    assert!(roster.is_some_and(|roster| roster.epoch() >= Epoch(1)));
}

/// The roster of a case, and its envelopes.
pub fn parts_of(case: &Value) -> (Roster, Vec<Vec<u8>>) {
    let steps = case["steps"].as_array().unwrap();
    let of = |kind: &'static str| steps.iter().filter(move |step| step["do"] == kind);
    let mut entries = of("entry").map(|step| Entry::decode(&unhex(&step["entry"])).unwrap());
    let mut roster = Roster::new(entries.next().unwrap()).unwrap();
    entries.for_each(|entry| {
        roster.apply_entry(entry).unwrap();
    });
    (roster, of("envelope").map(|step| unhex(&step["envelope"])).collect())
}

/// What becomes of a case's envelopes when they come in another order, all under the last roster, and three times.
pub fn shuffled(case: &Value, rng: &mut FixedRng) -> Value {
    let (roster, mut envelopes) = parts_of(case);
    for i in (1..envelopes.len()).rev() {
        envelopes.swap(i, rng.next_u32() as usize % (i + 1));
    }
    let mut document = Document::new(Envelope::decode(&envelopes[0]).unwrap().doc());
    document.on_roster(&roster);
    for _ in 0..3 {
        envelopes.iter().for_each(|bytes| drop(document.insert_bytes(bytes, &roster)));
    }
    after(&mut document)
}
