//! The fonts: Inter in three cuts, Lucide's icons, and egui's own as fallback.
//!
//! What none of them covers (Arabic, Hebrew, Chinese, …) is taken from the system's fonts on demand by eframe's
//! provider.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId, epaint::text::VariationCoords};

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
    let fallback: Vec<String> = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();

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

const REGULAR: &str = "inter";
const MEDIUM: &str = "inter-medium";
const STRONG: &str = "inter-strong";
