//! Change chunks made by hand, sound or not: Automerge's own encoder refuses to make what a hostile peer would send.

use sha2::{Digest, Sha256};
use sightline_crdt::prescan::ChangeHash;

pub fn unsigned(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

pub fn signed(mut value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

/// An operation id: index of the actor in the chunk, counter.
pub type Id = (u64, u64);

#[derive(Clone)]
pub enum Key {
    Prop(&'static str),
    Head,
    Elem(Id),
}

#[derive(Clone)]
pub enum Val {
    Null,
    Int(i64),
    Str(&'static str),
}

#[derive(Clone)]
pub struct Op {
    pub obj: Option<Id>,
    pub key: Key,
    pub insert: bool,
    pub action: u64,
    pub val: Val,
    pub pred: Vec<Id>,
}

impl Op {
    pub fn insert_map(obj: Id, after: Key) -> Op {
        Op { obj: Some(obj), key: after, insert: true, action: 0, val: Val::Null, pred: vec![] }
    }

    pub fn set(obj: Id, key: Key, val: Val) -> Op {
        Op { obj: Some(obj), key, insert: false, action: 1, val, pred: vec![] }
    }

    pub fn delete(obj: Id, key: Key, pred: Vec<Id>) -> Op {
        Op { obj: Some(obj), key, insert: false, action: 3, val: Val::Null, pred }
    }

    fn ids(&self) -> impl Iterator<Item = Id> {
        let elem = match self.key {
            Key::Elem(id) => Some(id),
            _ => None,
        };
        self.obj.into_iter().chain(elem).chain(self.pred.iter().copied())
    }

    pub fn with_pred(mut self, pred: Vec<Id>) -> Op {
        self.pred = pred;
        self
    }
}

/// A change chunk in its parts.
#[derive(Clone)]
pub struct Chunk {
    pub kind: u8,
    pub deps: Vec<ChangeHash>,
    pub actor: Vec<u8>,
    pub seq: u64,
    pub start_op: u64,
    pub time: i64,
    pub message: &'static str,
    pub others: Vec<Vec<u8>>,
    pub columns: Vec<(u64, Vec<u8>)>,
    pub extra: Vec<u8>,
}

impl Chunk {
    /// A chunk whose operations name actors by index: 0 is the writer, the others follow as given. In the chunk they
    /// are sorted, and those that no operation names are left out.
    pub fn new(actor: &[u8], seq: u64, start_op: u64, deps: &[ChangeHash], ops: &[Op], others: &[&[u8]]) -> Chunk {
        let mut deps = deps.to_vec();
        deps.sort_unstable();
        let named = |index: u64| ops.iter().any(|op| op.ids().any(|id| id.0 == index));
        let mut used: Vec<(&[u8], u64)> =
            others.iter().zip(1..).filter(|(_, index)| named(*index)).map(|(actor, index)| (*actor, index)).collect();
        used.sort_unstable();
        let renamed = |id: Id| match used.iter().position(|(_, index)| *index == id.0) {
            Some(position) => (position as u64 + 1, id.1),
            None => id,
        };
        let ops: Vec<Op> = ops
            .iter()
            .map(|op| Op {
                obj: op.obj.map(renamed),
                key: match &op.key {
                    Key::Elem(id) => Key::Elem(renamed(*id)),
                    other => other.clone(),
                },
                pred: op.pred.iter().copied().map(renamed).collect(),
                ..op.clone()
            })
            .collect();
        Chunk {
            kind: 1,
            deps,
            actor: actor.to_vec(),
            seq,
            start_op,
            time: 0,
            message: "",
            others: used.into_iter().map(|(actor, _)| actor.to_vec()).collect(),
            columns: columns(&ops),
            extra: vec![],
        }
    }

    pub fn column(&mut self, spec: u64) -> &mut Vec<u8> {
        &mut self.columns.iter_mut().find(|column| column.0 == spec).unwrap().1
    }

    pub fn contents(&self) -> Vec<u8> {
        let mut out = unsigned(self.deps.len() as u64);
        self.deps.iter().for_each(|dep| out.extend_from_slice(dep));
        out.extend(prefixed(&self.actor));
        out.extend(unsigned(self.seq));
        out.extend(unsigned(self.start_op));
        out.extend(signed(self.time));
        out.extend(prefixed(self.message.as_bytes()));
        out.extend(unsigned(self.others.len() as u64));
        self.others.iter().for_each(|other| out.extend(prefixed(other)));
        out.extend(unsigned(self.columns.len() as u64));
        for (spec, data) in &self.columns {
            out.extend(unsigned(*spec));
            out.extend(unsigned(data.len() as u64));
        }
        self.columns.iter().for_each(|(_, data)| out.extend_from_slice(data));
        out.extend_from_slice(&self.extra);
        out
    }

    pub fn encode(&self) -> Vec<u8> {
        wrap(self.kind, &self.contents())
    }
}

/// Contents with header and checksum.
pub fn wrap(kind: u8, contents: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    hashed.extend(unsigned(contents.len() as u64));
    hashed.extend_from_slice(contents);
    let mut out = vec![0x85, 0x6f, 0x4a, 0x83];
    out.extend_from_slice(&Sha256::digest(&hashed)[..4]);
    out.extend(hashed);
    out
}

pub fn hash(chunk: &[u8]) -> ChangeHash {
    Sha256::digest(&chunk[8..]).into()
}

fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let mut out = unsigned(bytes.len() as u64);
    out.extend_from_slice(bytes);
    out
}

/// Encodes a column as Automerge does: nulls, repeated values, and everything else in literal runs.
pub fn runs(rows: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut out = Vec::new();
    if rows.iter().all(Option::is_none) {
        return out;
    }
    let mut at = 0;
    while at < rows.len() {
        let same = rows[at..].iter().take_while(|row| **row == rows[at]).count();
        match &rows[at] {
            None => {
                out.extend(signed(0));
                out.extend(unsigned(same as u64));
                at += same;
            }
            Some(value) if same > 1 => {
                out.extend(signed(same as i64));
                out.extend_from_slice(value);
                at += same;
            }
            Some(_) => {
                let len =
                    (at..rows.len()).take_while(|i| rows[*i].is_some() && rows.get(*i + 1) != Some(&rows[*i])).count();
                out.extend(signed(-(len as i64)));
                rows[at..at + len].iter().flatten().for_each(|row| out.extend_from_slice(row));
                at += len;
            }
        }
    }
    out
}

fn numbers(rows: impl Iterator<Item = Option<u64>>) -> Vec<u8> {
    runs(&rows.map(|row| row.map(unsigned)).collect::<Vec<_>>())
}

fn deltas(rows: impl Iterator<Item = Option<u64>>) -> Vec<u8> {
    let mut last = 0;
    let rows = rows.map(|row| {
        row.map(|value| {
            let delta = value as i64 - last;
            last = value as i64;
            signed(delta)
        })
    });
    runs(&rows.collect::<Vec<_>>())
}

pub fn flags(rows: &[bool]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut value, mut count) = (false, 0);
    for row in rows {
        if *row != value {
            out.extend(unsigned(count));
            (value, count) = (*row, 0);
        }
        count += 1;
    }
    out.extend(unsigned(count));
    out
}

fn columns(ops: &[Op]) -> Vec<(u64, Vec<u8>)> {
    let mut meta = Vec::new();
    let mut raw = Vec::new();
    for op in ops {
        let (kind, bytes) = match &op.val {
            Val::Null => (0, vec![]),
            Val::Int(n) => (4, signed(*n)),
            Val::Str(text) => (6, text.as_bytes().to_vec()),
        };
        meta.push(Some(unsigned((bytes.len() as u64) << 4 | kind)));
        raw.extend(bytes);
    }
    let elem = |op: &Op| match &op.key {
        Key::Elem(id) => Some(*id),
        _ => None,
    };
    let counter = |op: &Op| match &op.key {
        Key::Elem(id) => Some(id.1),
        Key::Head => Some(0),
        Key::Prop(_) => None,
    };
    let prop = |op: &Op| match &op.key {
        Key::Prop(prop) => Some(prefixed(prop.as_bytes())),
        _ => None,
    };
    let preds: Vec<Id> = ops.iter().flat_map(|op| op.pred.iter().copied()).collect();
    let all = [
        (0x01, numbers(ops.iter().map(|op| op.obj.map(|id| id.0)))),
        (0x02, numbers(ops.iter().map(|op| op.obj.map(|id| id.1)))),
        (0x11, numbers(ops.iter().map(|op| elem(op).map(|id| id.0)))),
        (0x13, deltas(ops.iter().map(counter))),
        (0x15, runs(&ops.iter().map(prop).collect::<Vec<_>>())),
        (0x34, flags(&ops.iter().map(|op| op.insert).collect::<Vec<_>>())),
        (0x42, numbers(ops.iter().map(|op| Some(op.action)))),
        (0x56, runs(&meta)),
        (0x57, raw),
        (0x70, numbers(ops.iter().map(|op| Some(op.pred.len() as u64)))),
        (0x71, numbers(preds.iter().map(|id| Some(id.0)))),
        (0x73, deltas(preds.iter().map(|id| Some(id.1)))),
    ];
    all.into_iter().filter(|(_, data)| !data.is_empty()).collect()
}
