//! Pages of PDF files.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render as rasterise};
use image::RgbaImage;

use super::{PageError, Rendered, limits, picture};

/// Renders some pages at a width. Nothing in the file is executed: there is no scripting in the renderer.
pub(super) fn render(bytes: Vec<u8>, width: u32, wanted: &[u32]) -> Result<Rendered, PageError> {
    let pdf = Pdf::new(bytes).map_err(|_| PageError::NotADocument)?;
    let all = pdf.pages();
    let pages = u32::try_from(all.len()).unwrap_or(u32::MAX).min(limits::MAX_PAGES);
    if pages == 0 {
        return Err(PageError::NotADocument);
    }
    let (cache, settings) = (RenderCache::new(), InterpreterSettings::default());
    let mut images = Vec::new();
    for number in wanted.iter().copied().filter(|number| *number < pages) {
        let page = &all[number as usize];
        let scale = scale(page.render_dimensions(), width).ok_or(PageError::NotADocument)?;
        let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let pixmap = rasterise(page, &cache, &settings, &RenderSettings::default(), &size);
        let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
        // The ground is white and opaque, so premultiplied is the same as not.
        let rgba: Vec<u8> = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b, 255]).collect();
        let image = RgbaImage::from_raw(width, height, rgba).ok_or(PageError::NotADocument)?;
        images.push(picture::encode(number, image)?);
    }
    Ok(Rendered { pages, images })
}

/// How much larger a page is drawn than it says it is: as wide as wanted, unless that has too many pixels.
fn scale((across, down): (f32, f32), width: u32) -> Option<f32> {
    let sound = |side: f32| side.is_finite() && (1.0..=1_000_000.0).contains(&side);
    if !sound(across) || !sound(down) {
        return None;
    }
    let by_width = width as f32 / across;
    let by_pixels = (limits::MAX_PIXELS as f32 / (across * down)).sqrt();
    // Sides are counted in 16 bits by the rasteriser.
    let by_side = 16_000.0 / across.max(down);
    let scale = by_width.min(by_pixels).min(by_side);
    (across.min(down) * scale >= 1.0).then_some(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_wide_as_wanted_within_its_pixels() {
        assert_eq!(scale((700.0, 1000.0), 1400), Some(2.0));
        let long = scale((100.0, 100_000.0), 1400).unwrap();
        assert!(100_000.0 * long <= 16_000.5, "a long strip is drawn smaller");
        let large = scale((10_000.0, 10_000.0), 4096).unwrap();
        assert!(f64::from(10_000.0 * large).powi(2) <= 16_000_000.0 * 1.01);
    }

    #[test]
    fn senseless_sizes_are_refused() {
        for size in [(0.0, 10.0), (f32::NAN, 1.0), (1e9, 1.0), (-5.0, 5.0), (1.0, 100_000.0)] {
            assert_eq!(scale(size, 1400), None, "{size:?}");
        }
    }
}
