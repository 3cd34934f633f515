//! Decoded pictures as red, green, blue and alpha, and as PNG files.

use std::{fs::File, io::BufWriter, path::Path};

use sightline_node::media::{Picture, convert};

/// The picture's pixels, four bytes each, rows from the top, no padding.
pub fn to_rgba(picture: &Picture) -> Vec<u8> {
    let mut rgba = Vec::new();
    convert::to_rgba(picture, &mut rgba);
    rgba
}

/// Writes pixels to a PNG file, whole or not at all.
pub fn write_png(path: &Path, width: u32, height: u32, rgba: &[u8]) -> Result<(), PngError> {
    let name = path.file_name().ok_or(PngError::NoName)?;
    let partial = path.with_file_name(format!("{}.part", name.to_string_lossy()));
    let file = File::create(&partial)?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgba)?;
    writer.finish()?;
    std::fs::rename(partial, path)?;
    Ok(())
}

/// The same as bytes in memory.
pub fn png_bytes(width: u32, height: u32, rgba: &[u8]) -> Result<Vec<u8>, PngError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgba)?;
    writer.finish()?;
    Ok(bytes)
}

/// A picture could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// The path names no file.
    #[error("the path names no file")]
    NoName,
    /// The system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The pixels don't fit the size.
    #[error(transparent)]
    Encoding(#[from] png::EncodingError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_becomes_a_png_of_its_colours() {
        let mut picture = Picture::black(6, 4);
        picture.y.fill(235);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("white.png");
        write_png(&path, 6, 4, &to_rgba(&picture)).unwrap();
        let mut reader = png::Decoder::new(std::io::BufReader::new(File::open(&path).unwrap())).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (6, 4));
        assert_eq!(&pixels[..4], &[255, 255, 255, 255]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no partial file is left");
    }

    #[test]
    fn pixels_of_another_size_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.png");
        assert!(write_png(&path, 6, 4, &[0; 12]).is_err());
        assert!(!path.exists());
    }
}
