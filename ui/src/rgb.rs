//! Decoded pictures as red, green, blue and alpha, and as PNG files.

use std::path::Path;

use sightline_node::{
    media::{Picture, convert},
    paint::{StillError, png},
};

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
    std::fs::write(&partial, png(width, height, rgba)?)?;
    std::fs::rename(partial, path)?;
    Ok(())
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
    Encoding(#[from] StillError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_node::paint::decode::decode_file;

    #[test]
    fn a_picture_becomes_a_png_of_its_colours() {
        let mut picture = Picture::black(6, 4);
        picture.y.fill(235);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("white.png");
        write_png(&path, 6, 4, &to_rgba(&picture)).unwrap();
        let still = decode_file(&path).unwrap();
        assert_eq!((still.width, still.height), (6, 4));
        assert_eq!(&still.rgba[..4], &[255, 255, 255, 255]);
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
