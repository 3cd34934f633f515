//! Golden fixtures: bytes and decisions that every implementation shares. Each is made anew in memory, from fixed keys and
//! fixed randomness, and must equal the file; `SIGHTLINE_WRITE_FIXTURES=1` writes the files instead.

#![allow(clippy::unwrap_used, reason = "a test program")]

#[path = "../common/mod.rs"]
mod common;

mod blobs;
mod checks;
mod ed25519;
mod frames;
mod knocks;
mod live;
mod mail;
mod records;
mod replies;
mod sealing;
mod texts;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use std::fmt::Debug;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/proto").join(format!("{name}.json"))
}

/// Compares a fixture with its file, or writes it.
fn golden(name: &str, note: &str, cases: Vec<Value>) {
    let fresh = json!({ "note": note, "cases": cases });
    let path = path(name);
    if std::env::var_os("SIGHTLINE_WRITE_FIXTURES").is_some() {
        let text = serde_json::to_string_pretty(&fresh).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
        return;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let kept: Value = serde_json::from_str(&text).unwrap();
    let names = |v: &Value| v["cases"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&kept), names(&fresh), "{name}: other cases");
    for (kept, fresh) in kept["cases"].as_array().unwrap().iter().zip(fresh["cases"].as_array().unwrap()) {
        assert_eq!(kept, fresh, "{name}");
    }
    assert_eq!(kept["note"], fresh["note"]);
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

/// The kebab-case name of an enum variant.
fn kebab(reason: &impl Debug) -> String {
    let name: String = format!("{reason:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
    name.char_indices().fold(String::new(), |mut out, (at, c)| {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
        out
    })
}

/// Adds the verdict to a case; the fields of an accepted one beside it.
fn judged<T, E: Debug>(mut case: Value, result: Result<T, E>, accepted: impl FnOnce(T) -> Value) -> Value {
    let map = case.as_object_mut().unwrap();
    match result {
        Ok(value) => {
            map.insert("verdict".into(), json!("accepted"));
            if let Value::Object(fields) = accepted(value) {
                map.extend(fields);
            }
        }
        Err(error) => {
            map.insert("verdict".into(), json!("refused"));
            map.insert("reason".into(), json!(kebab(&error)));
        }
    }
    case
}

/// What an attacker or a bad line does to bytes: each must be refused, and says how it came to be.
fn damaged(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut out = vec![
        ("empty".to_owned(), vec![]),
        ("cut by one byte".to_owned(), bytes[..bytes.len() - 1].to_vec()),
        ("one byte more".to_owned(), [bytes, &[0]].concat()),
    ];
    for at in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 1;
        out.push((format!("bit flipped in byte {at}"), flipped));
    }
    out
}
