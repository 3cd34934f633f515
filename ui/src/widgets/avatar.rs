//! A round sign for a person or session: initials on a colour of its own.

use egui::{Align2, Color32, Painter, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::{
    text::bidi,
    theme::{
        Theme, Tokens,
        fonts::{Weight, font},
    },
};

/// Draws a person's sign at the cursor.
pub fn avatar_ui(ui: &mut Ui, tokens: &Tokens, name: &str, size: f32) -> Rect {
    let (rect, _) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    paint(ui.painter(), tokens, rect.center(), size, name);
    rect
}

/// Draws a person's sign around a centre.
pub fn paint(painter: &Painter, tokens: &Tokens, center: Pos2, size: f32, name: &str) {
    painter.circle_filled(center, size / 2.0, ground(tokens, name));
    let ink = if tokens.theme == Theme::Dark { Color32::from_gray(245) } else { Color32::WHITE };
    painter.text(center, Align2::CENTER_CENTER, initials(name), font((size * 0.36).round(), Weight::Strong), ink);
}

/// A small dot at a sign's lower right, cut out from it: present, reaching, away.
pub fn presence_dot(painter: &Painter, sign: Rect, colour: Color32, ground: Color32, hollow: bool) {
    let center = pos2(sign.right() - sign.width() * 0.12, sign.bottom() - sign.width() * 0.12);
    painter.circle_filled(center, 6.0, ground);
    if hollow {
        painter.circle_stroke(center, 3.5, Stroke::new(1.5, colour));
    } else {
        painter.circle_filled(center, 4.0, colour);
    }
}

/// At most two letters: of the first two words that hold any, or the two first digits of a leading number.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '-' | '/' | '(' | ')' | ':' | '.'))
        .map(|word| word.trim_start_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return "·".to_owned() };
    let digits: String = first.chars().take_while(char::is_ascii_digit).take(2).collect();
    if digits.len() == 2 {
        return digits;
    }
    let letters = first.chars().take(1).chain(words.next().and_then(|word| word.chars().next()));
    let initials: String = letters.flat_map(char::to_uppercase).collect();
    if bidi::starts_rtl(&initials) { initials.chars().take(1).collect() } else { initials }
}

/// A calm colour that belongs to a name.
fn ground(tokens: &Tokens, name: &str) -> Color32 {
    const HUES: [[u8; 3]; 8] = [
        [38, 110, 122],
        [74, 96, 150],
        [120, 84, 140],
        [148, 80, 96],
        [140, 98, 56],
        [92, 112, 58],
        [52, 116, 86],
        [92, 96, 112],
    ];
    // FNV-1a: stable over runs and machines, unlike the standard hasher.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let [r, g, b] = HUES[(hash % HUES.len() as u64) as usize];
    let colour = Color32::from_rgb(r, g, b);
    if tokens.theme == Theme::Dark { colour } else { colour.lerp_to_gamma(Color32::WHITE, 0.08) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_two_words() {
        assert_eq!(initials("Pump 7, Mihai"), "P7");
        assert_eq!(initials("Ana"), "A");
        assert_eq!(initials("ángel de la o"), "ÁD");
        assert_eq!(initials("…"), "·");
        assert_eq!(initials("16:18, 20 November"), "16");
        assert_eq!(initials("שלום עולם"), "ש");
    }
}
