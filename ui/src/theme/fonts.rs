//! The fonts: Inter in three cuts, Lucide's icons, and on demand what the system has for other scripts and emoji.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use egui::{FontData, FontDefinitions, FontFamily, FontId};
use egui_system_font_provider::SystemFontProvider;
use epaint::text::{FallbackRequest, FontInsert, FontProvider, VariationCoords};

use super::icons;

/// Weight of a piece of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Running text.
    #[default]
    Regular,
    /// Labels of controls.
    Medium,
    /// Names and titles.
    Strong,
}

/// A font of the interface.
pub fn font(size: f32, weight: Weight) -> FontId {
    match weight {
        Weight::Regular => FontId::proportional(size),
        Weight::Medium => FontId::new(size, FontFamily::Name(MEDIUM.into())),
        Weight::Strong => FontId::new(size, FontFamily::Name(STRONG.into())),
    }
}

/// All fonts of the app.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    // egui's monochrome emoji are asked for last, by a provider below, so that the system's colour emoji come first.
    let fallback: Vec<String> = fonts
        .families
        .get(&FontFamily::Proportional)
        .into_iter()
        .flatten()
        .filter(|name| !EGUI_EMOJI.contains(&name.as_str()))
        .cloned()
        .collect();

    let cuts = [(REGULAR, 400.0), (MEDIUM, 520.0), (STRONG, 620.0)];
    for (name, weight) in cuts {
        let mut data = FontData::from_static(damascene_fonts_inter::INTER_VARIABLE);
        data.tweak.coords = VariationCoords::new([(b"wght", weight)]);
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
        let mut family = vec![name.to_owned()];
        family.extend(fallback.iter().cloned());
        let key = if name == REGULAR { FontFamily::Proportional } else { FontFamily::Name(name.into()) };
        fonts.families.insert(key, family);
    }

    let mut data = FontData::from_static(lucide_icons::LUCIDE_FONT_BYTES);
    // Lucide's font sits on a line of its own height; without hinting its even strokes stay even.
    data.tweak.hinting = Some(false);
    fonts.font_data.insert(icons::FAMILY.to_owned(), Arc::new(data));
    fonts.families.insert(FontFamily::Name(icons::FAMILY.into()), vec![icons::FAMILY.to_owned()]);
    fonts
}

/// Where characters come from that no font above has, in the order they are asked: the system's colour emoji, the
/// system's fonts for other scripts, egui's monochrome emoji.
pub fn providers() -> Vec<Arc<dyn FontProvider>> {
    vec![Arc::new(SystemEmoji::default()), Arc::new(SystemFontProvider::new()), Arc::new(plain_emoji)]
}

/// The system's colour emoji font, found and read when the first emoji is drawn.
#[derive(Default)]
struct SystemEmoji {
    font: OnceLock<Option<FontData>>,
}

impl FontProvider for SystemEmoji {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        if !is_emoji(request.cluster) {
            return None;
        }
        let font = self.font.get_or_init(|| {
            let path = folders().iter().find_map(|folder| find_emoji_font(folder, 4))?;
            std::fs::read(path).ok().map(FontData::from_owned)
        });
        Some(FontInsert::new("system-emoji", font.clone()?, Vec::new()))
    }
}

fn plain_emoji(request: &FallbackRequest<'_>) -> Option<FontInsert> {
    if !is_emoji(request.cluster) {
        return None;
    }
    let first = request.cluster.chars().next()?;
    // The two fonts share the work: one has what the standard names, the other what apps draw.
    let name = if first >= '\u{1f000}' { EGUI_EMOJI[0] } else { EGUI_EMOJI[1] };
    let data = FontDefinitions::default().font_data.get(name)?.as_ref().clone();
    Some(FontInsert::new(name, data, Vec::new()))
}

/// Whether a cluster is in the planes where emoji live; fonts without a glyph for it are passed over by egui.
fn is_emoji(cluster: &str) -> bool {
    let symbol = |c: char| matches!(c, '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}');
    cluster.chars().any(|c| matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '\u{20e3}') || symbol(c))
}

fn folders() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let of_home = ["Library/Fonts", ".local/share/fonts", ".fonts"];
    let mut folders: Vec<PathBuf> = home.iter().flat_map(|home| of_home.map(|folder| home.join(folder))).collect();
    folders.extend(
        ["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "C:\\Windows\\Fonts"]
            .map(PathBuf::from),
    );
    folders
}

/// Looks for a colour emoji font in a folder, at most `depth` folders down.
fn find_emoji_font(folder: &Path, depth: u32) -> Option<PathBuf> {
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if EMOJI_FONTS.iter().any(|font| name.eq_ignore_ascii_case(font)) {
            return Some(path);
        }
        if path.is_dir() {
            inside.push(path);
        }
    }
    if depth == 0 { None } else { inside.iter().find_map(|folder| find_emoji_font(folder, depth - 1)) }
}

const REGULAR: &str = "inter";
const MEDIUM: &str = "inter-medium";
const STRONG: &str = "inter-strong";
/// egui's own monochrome emoji fonts.
const EGUI_EMOJI: [&str; 2] = ["NotoEmoji-Regular", "emoji-icon-font"];
/// File names of the colour emoji fonts of Linux, macOS and Windows.
const EMOJI_FONTS: [&str; 4] = ["NotoColorEmoji.ttf", "Noto-COLRv1.ttf", "Apple Color Emoji.ttc", "seguiemj.ttf"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_told_from_words() {
        assert!(is_emoji("👍🏽") && is_emoji("✔\u{fe0f}") && is_emoji("⚙"));
        assert!(!is_emoji("é") && !is_emoji("日") && !is_emoji("ש"));
    }

    #[test]
    fn a_colour_font_is_found_by_name_some_folders_down() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("truetype/noto");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(find_emoji_font(root.path(), 4), None);
        std::fs::write(deep.join("notocoloremoji.ttf"), b"").unwrap();
        assert_eq!(find_emoji_font(root.path(), 4), Some(deep.join("notocoloremoji.ttf")));
        assert_eq!(find_emoji_font(root.path(), 1), None);
    }
}
