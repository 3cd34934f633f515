//! The words on screen: every language has the same messages, all that the code uses exist, and none is left over.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

/// Message ids of a file with the values each uses.
fn messages(lang: &str, file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(folder("../locales").join(lang).join(file)).expect("the file is there");
    fluent_bundle::FluentResource::try_new(text.clone()).map_err(|(_, errors)| errors).expect("the file parses");
    let mut messages = BTreeMap::new();
    let mut id = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" =")
            && !line.starts_with(' ')
        {
            id = name.to_owned();
            assert!(messages.insert(id.clone(), BTreeSet::new()).is_none(), "{lang}/{file} has {id} twice");
        }
        for part in line.split('$').skip(1) {
            let value: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
            messages.get_mut(&id).expect("a value stands inside a message").insert(value);
        }
    }
    messages
}

/// All sources of the app, and the node's error codes.
fn sources() -> String {
    fn read(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("its entry").path();
            if path.is_dir() {
                read(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                into.push_str(&fs::read_to_string(path).expect("a source in UTF-8"));
            }
        }
    }
    let mut text = String::new();
    read(&folder("src"), &mut text);
    text
}

#[test]
fn all_languages_say_the_same_things() {
    for file in ["common.ftl", "expert.ftl"] {
        let english = messages("en", file);
        let spanish = messages("es", file);
        for (id, values) in &english {
            assert_eq!(spanish.get(id), Some(values), "{file}: {id} in Spanish");
        }
        assert_eq!(english.len(), spanish.len(), "{file}: Spanish has messages of its own");
    }
}

#[test]
fn every_message_that_is_used_exists_and_every_one_is_used() {
    let mut known: BTreeSet<String> = messages("en", "expert.ftl").into_keys().collect();
    known.extend(messages("en", "common.ftl").into_keys());
    let source = sources();
    for call in ["text(\"", "text_with(\"", "label_ui(ui, cx, \"", "note_ui(ui, cx, \""] {
        for part in source.split(call).skip(1) {
            let id = part.split('"').next().unwrap();
            if id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') && id != "no-such-message" {
                assert!(known.contains(id), "the message {id} is used and missing");
            }
        }
    }
    let made_up = ["month-", "start-step-"];
    for id in &known {
        let used = source.contains(&format!("\"{id}\"")) || made_up.iter().any(|start| id.starts_with(start));
        assert!(used || id.starts_with("error-"), "the message {id} is never used");
    }
}

#[test]
fn every_error_of_the_node_has_a_sentence() {
    let known = messages("en", "expert.ftl");
    let errors = fs::read_to_string(folder("../node/src/error.rs")).unwrap();
    // What a guest meets when opening a link belongs to the operator's side.
    let (before, rest) = errors.split_once("\n    JoinError {").expect("the guest's errors");
    let after = rest.split_once("\n    }\n}").expect("their end").1;
    let app = format!("{before}{after}");
    for part in app.split("\"error-").skip(1) {
        let id = format!("error-{}", part.split('"').next().unwrap());
        assert!(known.contains_key(&id), "the error {id} has no sentence");
    }
}
