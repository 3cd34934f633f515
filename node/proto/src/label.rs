//! Labels: what becomes of a file's name that came from elsewhere.
//!
//! A name from the network is not a path. What comes out of here is a safe file name on every system and reads as it is:
//! no folder, no device, no mark that reorders or hides text, nothing that a terminal takes for a command. The page has
//! the same rules; `tests/fixtures/proto/label.json` holds both to them.

use crate::limits::{MAX_ENDING, MAX_LABEL, MAX_MEDIA_TYPE};

/// What a file is called whose name has nothing left.
const NAMELESS: &str = "file";

/// What nothing better is known of.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// A label for what a sender called a file: never empty, at most [`MAX_LABEL`] bytes.
#[must_use]
pub fn safe(raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !is_misleading(*c)).map(tame).collect();
    let trimmed = plain.trim_start_matches([' ', '.']).trim_end_matches([' ', '.']);
    let named = if is_device(trimmed) { format!("_{trimmed}") } else { trimmed.to_owned() };
    let label = cut(&named);
    if label.is_empty() { NAMELESS.to_owned() } else { label }
}

/// A label for a file of a folder that is sent: the folder's name in front.
#[must_use]
pub fn in_folder(folder: &str, name: &str) -> String {
    safe(&format!("{} - {}", safe(folder), safe(name)))
}

/// The label that is tried when others have taken the first ones: `name (2).ext`. The first one is the label itself.
#[must_use]
pub fn numbered(label: &str, number: u32) -> String {
    if number < 2 {
        return label.to_owned();
    }
    let (stem, ending) = parts(label);
    let mark = format!(" ({number})");
    let room = MAX_LABEL - mark.len() - ending.len();
    format!("{}{mark}{ending}", &stem[..stem.floor_char_boundary(room)])
}

/// A media type as others get it: `type/subtype` in lower case without parameters, or nothing said.
#[must_use]
pub fn media_type(raw: &str) -> String {
    let plain = raw.split(';').next().unwrap_or_default().trim_matches(is_js_space).to_ascii_lowercase();
    let fine = plain.len() <= MAX_MEDIA_TYPE
        && plain.split_once('/').is_some_and(|(kind, sub)| is_token(kind, 50) && is_token(sub, 49));
    if fine { plain } else { UNKNOWN_TYPE.to_owned() }
}

fn is_token(text: &str, most: usize) -> bool {
    let mut bytes = text.bytes();
    text.len() <= most
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$&^_.+-".contains(&byte))
}

/// White space that may stand around a type.
fn is_js_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// Control characters, line separators, marks that reorder text or that nobody sees.
fn is_misleading(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}')
}

/// Signs that some file system forbids become `_`, all kinds of space become one kind.
fn tame(c: char) -> char {
    match c {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// Devices of Windows, also with an ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_lowercase();
    match stem.as_str() {
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$" | "clock$" => true,
        other => other.strip_prefix("com").or_else(|| other.strip_prefix("lpt")).is_some_and(|port| {
            let mut signs = port.chars();
            let digit = |c: char| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³');
            signs.next().is_some_and(digit) && signs.next().is_none()
        }),
    }
}

/// Cuts to the longest label, the ending kept.
fn cut(name: &str) -> String {
    if name.len() <= MAX_LABEL {
        return name.to_owned();
    }
    let (stem, ending) = parts(name);
    let stem = &stem[..stem.floor_char_boundary(MAX_LABEL - ending.len())];
    format!("{stem}{ending}").trim_end_matches([' ', '.']).to_owned()
}

/// What stands before the last dot, and a short ending with it.
fn parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= MAX_ENDING => name.split_at(dot),
        _ => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_do_harm_become_labels() {
        for (raw, label) in [
            ("../x", "x"),
            ("../../etc/passwd", "passwd"),
            ("C:\\x", "x"),
            ("C:x", "C_x"),
            ("\\\\server\\share\\y.txt", "y.txt"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("Com1 .log", "_Com1 .log"),
            ("LPT³", "_LPT³"),
            ("COM10", "COM10"),
            ("console", "console"),
            ("a\0b.txt", "ab.txt"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("\u{2066}a\u{2069}\u{200b}.txt", "a.txt"),
            ("\u{1b}[31mred\u{1b}[0m.txt", "[31mred[0m.txt"),
            ("line\r\nbreak", "linebreak"),
            ("a<b>c:\"d|e?f*.txt", "a_b_c__d_e_f_.txt"),
            ("trailing. . ", "trailing"),
            (".bashrc", "bashrc"),
            ("...", "file"),
            ("", "file"),
            ("   ", "file"),
            ("..", "file"),
            ("folder/", "file"),
            ("\u{3000}wide\u{a0}space", "wide space"),
            ("résumé 日本.pdf", "résumé 日本.pdf"),
        ] {
            assert_eq!(safe(raw), label, "{raw:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending_and_whole_characters() {
        let long = safe(&format!("{}.jpeg", "é".repeat(300)));
        assert!(long.len() <= MAX_LABEL && long.ends_with("é.jpeg"));
        let no_ending = safe(&format!("a.{}", "b".repeat(400)));
        assert_eq!(no_ending.len(), MAX_LABEL);
        assert_eq!(safe(&format!("{}. .txt", "x".repeat(249))).len(), MAX_LABEL);
    }

    #[test]
    fn the_same_name_again_gets_a_number() {
        assert_eq!(numbered("a.txt", 1), "a.txt");
        assert_eq!(numbered("a.txt", 2), "a (2).txt");
        assert_eq!(numbered("README", 12), "README (12)");
        assert_eq!(numbered("archive.tar.gz", 3), "archive.tar (3).gz");
        let long = safe(&format!("{}.txt", "é".repeat(300)));
        let second = numbered(&long, 2);
        assert!(second.len() <= MAX_LABEL && second.ends_with("é (2).txt"), "{second}");
    }

    #[test]
    fn a_folder_stands_in_front_of_its_files() {
        assert_eq!(in_folder("Photos", "a.jpg"), "Photos - a.jpg");
        assert_eq!(in_folder("../..", ".hidden"), "file - hidden");
    }

    #[test]
    fn media_types_are_plain_or_unknown() {
        for (raw, plain) in [
            ("image/PNG", "image/png"),
            ("text/html; charset=utf-8", "text/html"),
            ("", UNKNOWN_TYPE),
            ("image", UNKNOWN_TYPE),
            ("image/png\"><script>", UNKNOWN_TYPE),
            ("a/b/c", UNKNOWN_TYPE),
            ("image/svg+xml", "image/svg+xml"),
        ] {
            assert_eq!(media_type(raw), plain, "{raw:?}");
        }
        assert_eq!(media_type(&format!("a/{}", "b".repeat(60))), UNKNOWN_TYPE);
    }
}
