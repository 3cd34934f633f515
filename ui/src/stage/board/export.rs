//! A board as a PNG file with everything drawn on it, painted in the picture's own pixels on a thread of its own.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sightline_node::{
    paint::{decode::decode_file, draw_over},
    view::BoardView,
};
use sightline_proto::label;

use crate::rgb::write_png;

/// What became of exports, filled by their threads.
#[derive(Clone, Debug, Default)]
pub struct Exports(Arc<Mutex<Vec<Result<PathBuf, &'static str>>>>);

impl Exports {
    /// What became of exports since the last call.
    pub fn take(&self) -> Vec<Result<PathBuf, &'static str>> {
        std::mem::take(&mut *self.lock())
    }

    /// Begins an export. An existing file is never written over: the new one gets a number.
    pub fn begin(&self, ctx: &egui::Context, board: Arc<BoardView>, folder: PathBuf, title: String) {
        let (own, ctx) = (self.clone(), ctx.clone());
        let spawned = std::thread::Builder::new().name("sightline-export".to_owned()).spawn(move || {
            let result = export(&board, &folder, &title);
            own.lock().push(result);
            ctx.request_repaint();
        });
        if spawned.is_err() {
            self.lock().push(Err("error-not-exported"));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Result<PathBuf, &'static str>>> {
        // Nothing panics while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a board into a folder, under its title, and gives where it is. Blocks.
pub fn export(board: &BoardView, folder: &Path, title: &str) -> Result<PathBuf, &'static str> {
    let still = board.summary.still.path.as_deref().ok_or("error-picture-not-here")?;
    let mut still = decode_file(still).map_err(|_| "error-not-a-picture")?;
    draw_over(&mut still, board.strokes.iter().map(|stroke| &stroke.stroke));
    let path = free(folder, title).ok_or("error-not-exported")?;
    write_png(&path, still.width, still.height, &still.rgba).map_err(|error| {
        tracing::info!(%error, "a board was not exported");
        "error-not-exported"
    })?;
    Ok(path)
}

/// A path at which there is nothing yet.
fn free(folder: &Path, title: &str) -> Option<PathBuf> {
    let name = file_name(title);
    let mut paths = (1..=NUMBERS).map(|number| folder.join(label::numbered(&name, number)));
    paths.find(|path| path.symlink_metadata().is_err())
}

/// A title as the name of a picture on any system.
fn file_name(title: &str) -> String {
    let flat: String = title.chars().map(|c| if matches!(c, '/' | '\\') { '-' } else { c }).collect();
    label::safe(&format!("{}.png", label::safe(&flat)))
}

/// Files of the same name that get numbers.
const NUMBERS: u32 = 999;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::boards::{arrow, board};

    #[test]
    fn a_board_is_written_with_its_strokes_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut view = board(3, "Valve");
        view.strokes = Arc::new(vec![arrow(1, 2, (32_768, 32_768))]);
        let path = folder.path().join("Valve.png");
        assert_eq!(export(&view, folder.path(), "Valve"), Ok(path.clone()));
        let second = export(&view, folder.path(), "Valve").unwrap();
        assert_eq!(second, folder.path().join("Valve (2).png"));
        let still = decode_file(&path).unwrap();
        let tip = ((still.height / 2 - 3) * still.width + still.width / 2 - 3) as usize * 4;
        assert_eq!(&still.rgba[tip..tip + 3], &[0xFF, 0x45, 0x3A], "the arrow's tip is where it points");
        let original = decode_file(view.summary.still.path.as_deref().unwrap()).unwrap();
        assert_eq!((still.width, still.height), (original.width, original.height));
    }

    #[test]
    fn a_picture_that_is_not_here_is_said() {
        let mut view = board(3, "Valve");
        view.summary.still.path = None;
        assert_eq!(export(&view, Path::new("/nowhere"), "x"), Err("error-picture-not-here"));
    }

    #[test]
    fn titles_become_harmless_names() {
        for (title, name) in [
            ("Pump 7: valve", "Pump 7_ valve.png"),
            ("../../etc/passwd", "-..-etc-passwd.png"),
            ("C:\\x\u{202e}gnp", "C_-xgnp.png"),
            ("CON", "_CON.png"),
            ("lpt1", "_lpt1.png"),
            ("...", "file.png"),
        ] {
            assert_eq!(file_name(title), name);
        }
        let long = file_name(&"é".repeat(500));
        assert!(long.len() <= 255 && long.ends_with("é.png"), "{long}");
    }
}
