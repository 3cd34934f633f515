//! Golden fixtures: made in memory, compared with the file, and written to it when asked.
//!
//! `SIGHTLINE_WRITE_FIXTURES=1` writes the files. Numbers of 64 bits are decimal strings, bytes are hex.

use std::path::PathBuf;

use serde_json::{Value, json};

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
}

pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

pub fn unhex(value: &Value) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(value.as_str().expect("hex").as_bytes()).expect("hex")
}

pub fn number(value: &Value) -> u64 {
    value.as_str().expect("decimal string").parse().expect("decimal string")
}

/// Compares the cases with the file, or writes it.
pub fn golden(name: &str, note: &str, cases: Vec<Value>) {
    let path = folder("crdt").join(format!("{name}.json"));
    let names: std::collections::BTreeSet<_> = cases.iter().map(|case| case["name"].to_string()).collect();
    assert_eq!(names.len(), cases.len(), "case names repeat in {name}");
    let made = json!({ "note": note, "cases": cases });
    if std::env::var_os("SIGHTLINE_WRITE_FIXTURES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("{:#}\n", made)).unwrap();
        return;
    }
    let file = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: Value = serde_json::from_str(&file).unwrap();
    let read = file["cases"].as_array().unwrap();
    for (was, is) in read.iter().zip(made["cases"].as_array().unwrap()) {
        assert!(was == is, "case {} of {name} differs from its file", is["name"]);
    }
    assert!(file == made, "{name} differs from its file");
}

/// The cases of a file of the page's side, if it is there.
pub fn of_the_page(name: &str) -> Option<Vec<Value>> {
    let file = std::fs::read_to_string(folder("web").join(format!("{name}.json"))).ok()?;
    let file: Value = serde_json::from_str(&file).unwrap();
    Some(file["cases"].as_array().unwrap().clone())
}
