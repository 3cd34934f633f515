//! Peers for tests: sessions with secrets, a file, and links that are plain queues.
#![allow(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]
#![allow(dead_code, unreachable_pub)]

pub mod author;
pub mod chunk;
pub mod fixture;
pub mod scene;
pub mod views;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_core::{CryptoRng, Rng};
use sha2::{Digest, Sha256};
use sightline_crdt::id::{DocId, KnockId, PeerId, Role, SlotKey};
use sightline_crdt::keys::SealSecret;
use sightline_crdt::roster::Newcomer;
use sightline_crdt::session::{Input, LinkId, Me, Output, Session};
use sightline_crdt::storage;

pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Bytes that stay the same for ever: fixtures depend on them.
pub struct FixedRng {
    seed: [u8; 32],
    counter: u64,
}

impl FixedRng {
    pub fn new(name: &str) -> Self {
        FixedRng { seed: Sha256::digest(name.as_bytes()).into(), counter: 0 }
    }

    fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        Sha256::new().chain_update(self.seed).chain_update(self.counter.to_be_bytes()).finalize().into()
    }
}

impl rand_core::TryRng for FixedRng {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.try_next_u64()? as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let block = self.block();
        Ok(u64::from_be_bytes(block[..8].try_into().unwrap()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for part in out.chunks_mut(32) {
            let block = self.block();
            part.copy_from_slice(&block[..part.len()]);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for FixedRng {}

/// The secrets of a device, and its slot key.
#[derive(Clone)]
pub struct Secrets {
    pub me: Me,
    pub slot: SlotKey,
}

impl Secrets {
    pub fn peer(&self) -> PeerId {
        PeerId(self.me.key.verifying_key().to_bytes())
    }

    pub fn newcomer(&self, name: &str) -> Newcomer {
        Newcomer { peer: self.peer(), seal: self.me.seal.public(), slot: self.slot, name: name.into() }
    }
}

pub fn secrets(rng: &mut impl CryptoRng) -> Secrets {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    rng.fill_bytes(&mut seed);
    let slot = SlotKey(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes());
    Secrets { me: Me { key, seal: SealSecret::generate(rng) }, slot }
}

/// A peer with its session, its file, and what it has to send.
pub struct Node {
    pub me: Me,
    pub slot: SlotKey,
    pub session: Session,
    pub file: Vec<u8>,
    pub outbox: Vec<(LinkId, Vec<u8>)>,
    pub vectors_due: bool,
    pub changed: bool,
    pub refused: Vec<&'static str>,
    pub rng: StdRng,
}

impl Node {
    pub fn found(rng: &mut StdRng) -> Self {
        let secrets = secrets(rng);
        let (session, outputs) = Session::found(secrets.me.clone(), secrets.slot, "Ann Expert", true, rng).unwrap();
        Node::around(secrets, session, outputs, rng)
    }

    pub fn join(secrets: Secrets, host: &Node) -> Self {
        let chain: Vec<Vec<u8>> = host.session.roster().entries().map(|entry| entry.encode().to_vec()).collect();
        let (session, outputs) = Session::join(secrets.me.clone(), host.session.sid(), &chain).unwrap();
        let mut own = StdRng::from_seed(secrets.peer().0);
        Node::around(secrets, session, outputs, &mut own)
    }

    fn around(secrets: Secrets, session: Session, outputs: Vec<Output>, rng: &mut StdRng) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        seed.iter_mut().zip(secrets.peer().0).for_each(|(a, b)| *a ^= b);
        let mut node = Node {
            me: secrets.me,
            slot: secrets.slot,
            session,
            file: Vec::new(),
            outbox: Vec::new(),
            vectors_due: false,
            changed: false,
            refused: Vec::new(),
            rng: StdRng::from_seed(seed),
        };
        node.carry_out(outputs);
        node
    }

    pub fn peer(&self) -> PeerId {
        self.session.peer()
    }

    pub fn carry_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Persist(record) => self.file.extend_from_slice(&record),
                Output::Send { link, message } => self.outbox.push((link, message)),
                Output::VectorsDue => self.vectors_due = true,
                Output::DocumentChanged(_) => self.changed = true,
                Output::Refused { reason, .. } => self.refused.push(reason),
                _ => {}
            }
        }
    }

    pub fn absorb(&mut self, action: impl FnOnce(&mut Session) -> Vec<Output>) {
        let outputs = action(&mut self.session);
        self.carry_out(outputs);
    }

    pub fn do_(&mut self, action: impl FnOnce(&mut Session, &mut StdRng) -> Vec<Output>) {
        let outputs = action(&mut self.session, &mut self.rng);
        self.carry_out(outputs);
    }

    pub fn handle(&mut self, input: Input<'_>) {
        let outputs = self.session.handle(input);
        self.carry_out(outputs);
    }

    pub fn say(&mut self, text: &str, at: i64) {
        self.do_(|session, rng| session.say(text, at, rng).unwrap());
    }

    pub fn admit(&mut self, who: &Secrets, role: Role) {
        let newcomer = who.newcomer("Bob");
        self.do_(|session, rng| session.admit(newcomer, role, KnockId([7; 32]), rng).unwrap());
    }

    pub fn texts(&mut self) -> Vec<String> {
        self.session.room().chat.iter().map(|message| message.text.clone()).collect()
    }

    pub fn heads(&mut self) -> Vec<automerge::ChangeHash> {
        self.session.document(DocId::ROOM).unwrap().read().get_heads()
    }

    /// Drops everything but the secrets and the file.
    pub fn restart(&mut self) {
        let scan = storage::scan(&self.file);
        assert_eq!(scan.torn, 0);
        let restored = Session::restore(self.me.clone(), scan.records).unwrap();
        self.session = restored.session;
        self.outbox.clear();
        self.vectors_due = false;
    }
}

/// Two peers with one link.
pub struct Pair {
    pub expert: Node,
    pub operator: Node,
}

const LINK: LinkId = LinkId(1);

impl Pair {
    pub fn new(seed: u64) -> Self {
        let mut rng = rng(seed);
        let mut expert = Node::found(&mut rng);
        let secrets = secrets(&mut rng);
        expert.admit(&secrets, Role::Operator);
        let operator = Node::join(secrets, &expert);
        Pair::of(expert, operator)
    }

    pub fn of(expert: Node, operator: Node) -> Self {
        let mut pair = Pair { expert, operator };
        pair.relink();
        pair
    }

    pub fn relink(&mut self) {
        let (expert, operator) = (self.expert.peer(), self.operator.peer());
        self.expert.handle(Input::LinkClosed { link: LINK });
        self.operator.handle(Input::LinkClosed { link: LINK });
        self.expert.outbox.clear();
        self.operator.outbox.clear();
        self.expert.handle(Input::LinkOpened { link: LINK, peer: operator });
        self.operator.handle(Input::LinkOpened { link: LINK, peer: expert });
        self.run();
    }

    /// Carries messages until nothing is left to carry.
    pub fn run(&mut self) {
        for _ in 0..10_000 {
            let to_operator = std::mem::take(&mut self.expert.outbox);
            let to_expert = std::mem::take(&mut self.operator.outbox);
            let idle = to_operator.is_empty() && to_expert.is_empty();
            if idle && !self.expert.vectors_due && !self.operator.vectors_due {
                return;
            }
            for (link, bytes) in to_operator {
                self.operator.handle(Input::Message { link, bytes: &bytes });
            }
            for (link, bytes) in to_expert {
                self.expert.handle(Input::Message { link, bytes: &bytes });
            }
            for node in [&mut self.expert, &mut self.operator] {
                if std::mem::take(&mut node.vectors_due) {
                    node.handle(Input::VectorsDue);
                }
            }
        }
        panic!("two peers never come to rest");
    }
}
