//! The design tokens: colours, spacing, radii and type sizes.
//!
//! The page has the same tokens as CSS variables under the same names, so that both sides look like one thing. The
//! neutral scales are shared as they are; what each step is used for is named by meaning, so that a rule such as "body
//! text on a card" holds in both themes.

use egui::Color32;
use serde::{Deserialize, Serialize};

/// Distance inside a group of things that belong together.
pub const SPACE_1: f32 = 4.0;
/// Distance between neighbours.
pub const SPACE_2: f32 = 8.0;
/// Distance between a thing and its frame.
pub const SPACE_3: f32 = 12.0;
/// Distance between groups.
pub const SPACE_4: f32 = 16.0;
/// Distance between blocks.
pub const SPACE_5: f32 = 24.0;
/// Distance between a block and its surroundings.
pub const SPACE_6: f32 = 32.0;

/// Corner of controls.
pub const RADIUS_1: u8 = 6;
/// Corner of cards.
pub const RADIUS_2: u8 = 12;
/// Corner of pills and round buttons.
pub const RADIUS_FULL: u8 = 255;

/// Small print: times, captions.
pub const TEXT_1: f32 = 12.0;
/// Body of the desktop app.
pub const TEXT_2: f32 = 14.0;
/// Emphasised body, fields.
pub const TEXT_3: f32 = 16.0;
/// Titles of cards.
pub const TEXT_4: f32 = 20.0;
/// Titles of screens.
pub const TEXT_5: f32 = 28.0;

/// How long a state takes to fade into another, in seconds.
pub const MOTION: f32 = 0.12;

/// Dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Light ink on dark paper: the default, because pictures read best on it.
    #[default]
    Dark,
    /// Dark ink on light paper.
    Light,
}

/// All colours of one theme: the shared scales and accents, and what each is used for here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Which theme these are.
    pub theme: Theme,
    paper: [Color32; 9],
    ink: [Color32; 9],

    /// Furthest back: behind pictures and cards.
    pub stage: Color32,
    /// The rail.
    pub ground: Color32,
    /// The panel and the line above the stage.
    pub panel: Color32,
    /// Cards.
    pub card: Color32,
    /// Controls, and bubbles of others.
    pub control: Color32,
    /// Controls under the pointer, and lines between areas.
    pub line: Color32,
    /// The line around a field.
    pub line_strong: Color32,

    /// Text of what can't be used now.
    pub ink_disabled: Color32,
    /// Icons that rest.
    pub ink_rest: Color32,
    /// Text that matters less.
    pub ink_weak: Color32,
    /// Text of second rank.
    pub ink_second: Color32,
    /// Running text.
    pub ink_body: Color32,
    /// Titles and names.
    pub ink_title: Color32,

    /// What leads on: the one highlighted next step, links, selections.
    pub accent: Color32,
    /// The accent under the pointer.
    pub accent_strong: Color32,
    /// Ground tinted by the accent.
    pub accent_soft: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Something is being shown right now.
    pub live: Color32,
    /// All is well.
    pub ok: Color32,
    /// Needs attention.
    pub warn: Color32,
    /// Ground tinted by `warn`.
    pub warn_soft: Color32,
    /// Ground of an act that can't be undone.
    pub danger: Color32,
    /// `danger` under the pointer.
    pub danger_strong: Color32,
    /// Ground tinted by `danger`.
    pub danger_soft: Color32,
    /// Text on `danger`.
    pub on_danger: Color32,
    /// Text that speaks of danger on ordinary paper. Only here: on the dark theme `danger` itself is too dark for text.
    pub danger_ink: Color32,
    /// The ring around what has the keyboard's focus.
    pub focus: Color32,
}

impl Tokens {
    /// The colours of a theme.
    pub const fn of(theme: Theme) -> Self {
        match theme {
            Theme::Dark => DARK,
            Theme::Light => LIGHT,
        }
    }

    /// Every shared colour with its name, as the page's CSS variables spell it.
    pub fn shared(&self) -> Vec<(String, Color32)> {
        let steps = |name: &str, scale: &[Color32; 9]| -> Vec<(String, Color32)> {
            scale.iter().enumerate().map(|(index, colour)| (format!("{name}-{}", index + 1), *colour)).collect()
        };
        let mut named = steps("paper", &self.paper);
        named.extend(steps("ink", &self.ink));
        let single = [
            ("accent", self.accent),
            ("accent-strong", self.accent_strong),
            ("accent-soft", self.accent_soft),
            ("on-accent", self.on_accent),
            ("live", self.live),
            ("ok", self.ok),
            ("warn", self.warn),
            ("warn-soft", self.warn_soft),
            ("danger", self.danger),
            ("danger-strong", self.danger_strong),
            ("danger-soft", self.danger_soft),
            ("on-danger", self.on_danger),
            ("focus", self.focus),
        ];
        named.extend(single.map(|(name, colour)| (name.to_owned(), colour)));
        named
    }
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn scale(hex: [u32; 9]) -> [Color32; 9] {
    let mut out = [Color32::BLACK; 9];
    let mut index = 0;
    while index < 9 {
        out[index] = rgb(hex[index]);
        index += 1;
    }
    out
}

const DARK_PAPER: [Color32; 9] =
    scale([0x0B1112, 0x12191A, 0x1A2324, 0x233031, 0x2E3D3E, 0x3C4E4F, 0x506465, 0x667B7C, 0x7F9495]);
const DARK_INK: [Color32; 9] =
    scale([0x1E2829, 0x364445, 0x526263, 0x6F8081, 0x879899, 0x9AAAAB, 0xB0BFBF, 0xD3DDDD, 0xF1F6F6]);
const LIGHT_PAPER: [Color32; 9] =
    scale([0xFAFCFC, 0xF2F6F6, 0xE8EEEE, 0xDDE5E5, 0xCED8D8, 0xB9C6C6, 0x9FAFAF, 0x849696, 0x6B7D7D]);
const LIGHT_INK: [Color32; 9] =
    scale([0xE3E9E9, 0xC6D0D0, 0xA3B0B0, 0x869595, 0x6F7F7F, 0x5A6A6A, 0x475656, 0x2A3737, 0x0E1818]);

/// On dark paper what is nearer is lighter.
const DARK: Tokens = Tokens {
    theme: Theme::Dark,
    paper: DARK_PAPER,
    ink: DARK_INK,
    stage: DARK_PAPER[0],
    ground: DARK_PAPER[1],
    panel: DARK_PAPER[1],
    card: DARK_PAPER[2],
    control: DARK_PAPER[3],
    line: DARK_PAPER[4],
    line_strong: DARK_PAPER[5],
    ink_disabled: DARK_INK[3],
    ink_rest: DARK_INK[4],
    ink_weak: DARK_INK[5],
    ink_second: DARK_INK[6],
    ink_body: DARK_INK[7],
    ink_title: DARK_INK[8],
    accent: rgb(0x3CC9B7),
    accent_strong: rgb(0x63DCCC),
    accent_soft: rgb(0x123F3B),
    on_accent: rgb(0x02201D),
    live: rgb(0xFF5F64),
    ok: rgb(0x4CD08A),
    warn: rgb(0xF3B453),
    warn_soft: rgb(0x33270F),
    danger: rgb(0xD3394A),
    danger_strong: rgb(0xE25563),
    danger_soft: rgb(0x3B161B),
    on_danger: rgb(0xFFFFFF),
    danger_ink: rgb(0xFF9AA2),
    focus: rgb(0x8AB4F8),
};

/// On light paper what is nearer is lighter too, so the scale runs the other way.
const LIGHT: Tokens = Tokens {
    theme: Theme::Light,
    paper: LIGHT_PAPER,
    ink: LIGHT_INK,
    stage: LIGHT_PAPER[2],
    ground: LIGHT_PAPER[1],
    panel: LIGHT_PAPER[0],
    card: LIGHT_PAPER[0],
    control: LIGHT_PAPER[2],
    line: LIGHT_PAPER[3],
    line_strong: LIGHT_PAPER[5],
    ink_disabled: LIGHT_INK[3],
    ink_rest: LIGHT_INK[4],
    ink_weak: LIGHT_INK[5],
    ink_second: LIGHT_INK[6],
    ink_body: LIGHT_INK[7],
    ink_title: LIGHT_INK[8],
    accent: rgb(0x08756C),
    accent_strong: rgb(0x065F58),
    accent_soft: rgb(0xD3EEEA),
    on_accent: rgb(0xFFFFFF),
    live: rgb(0xE0343C),
    ok: rgb(0x14804A),
    warn: rgb(0x96540A),
    warn_soft: rgb(0xFDF0D8),
    danger: rgb(0xB4182B),
    danger_strong: rgb(0x961022),
    danger_soft: rgb(0xFBE4E6),
    on_danger: rgb(0xFFFFFF),
    danger_ink: rgb(0xB4182B),
    focus: rgb(0x0B57D0),
};

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color32) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(colour.r()) + 0.7152 * part(colour.g()) + 0.0722 * part(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_reads_on_the_surfaces_it_is_used_on() {
        for theme in [Theme::Dark, Theme::Light] {
            let t = Tokens::of(theme);
            for (surface, paper) in [("ground", t.ground), ("panel", t.panel), ("card", t.card), ("control", t.control)]
            {
                for (name, ink) in
                    [("weak", t.ink_weak), ("second", t.ink_second), ("body", t.ink_body), ("title", t.ink_title)]
                {
                    let ratio = contrast(ink, paper);
                    assert!(ratio >= 4.5, "{theme:?}: {name} text on {surface} is {ratio:.2}");
                }
                let ratio = contrast(t.ink_rest, paper);
                assert!(ratio >= 3.0, "{theme:?}: resting icons on {surface} are {ratio:.2}");
            }
            for (name, ink, paper) in [
                ("on accent", t.on_accent, t.accent),
                ("on danger", t.on_danger, t.danger),
                ("accent on its soft ground", t.accent, t.accent_soft),
                ("second text on the accent's soft ground", t.ink_second, t.accent_soft),
                ("warn on its soft ground", t.warn, t.warn_soft),
                ("danger ink on its soft ground", t.danger_ink, t.danger_soft),
                ("accent on cards", t.accent, t.card),
                ("danger ink on cards", t.danger_ink, t.card),
            ] {
                let ratio = contrast(ink, paper);
                assert!(ratio >= 4.5, "{theme:?}: {name} is {ratio:.2}");
            }
        }
    }

    #[test]
    fn the_page_has_the_same_colours_under_the_same_names() {
        let css = include_str!("../../../web-operator/src/styles/tokens.css");
        let (light, dark) = css.split_once("prefers-color-scheme: dark").expect("a dark part");
        for (theme, part) in [(Theme::Light, light), (Theme::Dark, dark)] {
            for (name, colour) in Tokens::of(theme).shared() {
                let line = format!("--{name}: #{:02x}{:02x}{:02x};", colour.r(), colour.g(), colour.b());
                assert!(part.contains(&line), "{theme:?}: the page lacks {line}");
            }
        }
        let sizes = [
            ("space-1", SPACE_1),
            ("space-2", SPACE_2),
            ("space-3", SPACE_3),
            ("space-4", SPACE_4),
            ("space-5", SPACE_5),
        ];
        let types =
            [("type-1", TEXT_1), ("type-2", TEXT_2), ("type-3", TEXT_3), ("type-4", TEXT_4), ("type-5", TEXT_5)];
        for (name, size) in sizes.into_iter().chain(types) {
            assert!(css.contains(&format!("--{name}: {size}px;")), "the page lacks --{name}: {size}px");
        }
    }
}
