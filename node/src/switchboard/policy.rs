//! What the organisation decided, as far as this peer goes by it.

use serde::Deserialize;
use sightline_proto::limits::DEFAULT_FILE_BYTES;

#[derive(Deserialize)]
struct Answer {
    policy: String,
}

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    limits: Limits,
}

#[derive(Default, Deserialize)]
struct Limits {
    file_bytes: Option<u64>,
}

/// Bytes of one shared file in a policy's answer; the usual limit where it says nothing usable.
pub(super) fn max_file_bytes(answer: &[u8]) -> u64 {
    let limit = || {
        let answer: Answer = serde_json::from_slice(answer).ok()?;
        let text: Text = serde_json::from_str(&answer.policy).ok()?;
        text.limits.file_bytes
    };
    limit().unwrap_or(DEFAULT_FILE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_and_anything_else_leaves_the_usual_one() {
        let answer = |policy: &str| serde_json::json!({ "v": 1, "policy": policy, "key": null }).to_string();
        assert_eq!(max_file_bytes(answer(r#"{"limits":{"file_bytes":77,"later":1}}"#).as_bytes()), 77);
        for other in [
            answer("{}"),
            answer(r#"{"limits":{}}"#),
            answer(r#"{"limits":{"file_bytes":-1}}"#),
            answer(r#"{"limits":{"file_bytes":"big"}}"#),
            answer("no json"),
            "{}".to_owned(),
            String::new(),
        ] {
            assert_eq!(max_file_bytes(other.as_bytes()), DEFAULT_FILE_BYTES, "{other}");
        }
    }
}
