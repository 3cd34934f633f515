//! A board as a PNG file with everything drawn on it, painted in the picture's own pixels on a thread of its own.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sightline_node::{
    paint::{decode::decode_file, draw_over},
    view::BoardView,
};

use crate::rgb::write_png;

/// Where a board is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The file, as the person types it.
    pub path: String,
}

impl Form {
    /// A file of the board's title in the folder for downloads.
    pub fn new(title: &str) -> Self {
        Self { path: folder().join(format!("{}.png", file_name(title))).to_string_lossy().into_owned() }
    }
}

/// What became of exports, filled by their threads.
#[derive(Clone, Debug, Default)]
pub struct Exports(Arc<Mutex<Vec<Result<PathBuf, &'static str>>>>);

impl Exports {
    /// What became of exports since the last call.
    pub fn take(&self) -> Vec<Result<PathBuf, &'static str>> {
        std::mem::take(&mut *self.lock())
    }

    /// Begins an export. An existing file is never written over: the new one gets a number.
    pub fn begin(&self, ctx: &egui::Context, board: Arc<BoardView>, path: PathBuf) {
        let (own, ctx) = (self.clone(), ctx.clone());
        let spawned = std::thread::Builder::new().name("sightline-export".to_owned()).spawn(move || {
            let result = export(&board, &path);
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

/// Writes a board and gives where it is. Blocks.
pub fn export(board: &BoardView, path: &Path) -> Result<PathBuf, &'static str> {
    let still = board.summary.still.path.as_deref().ok_or("error-picture-not-here")?;
    let mut still = decode_file(still).map_err(|_| "error-not-a-picture")?;
    draw_over(&mut still, board.strokes.iter().map(|stroke| &stroke.stroke));
    let path = free(path).ok_or("error-not-exported")?;
    write_png(&path, still.width, still.height, &still.rgba).map_err(|error| {
        tracing::info!(%error, "a board was not exported");
        "error-not-exported"
    })?;
    Ok(path)
}

/// What the person typed as a path: `~` is the home, and the end is `.png`.
pub fn typed(path: &str) -> Option<PathBuf> {
    let path = path.trim();
    let mut out = match path.strip_prefix("~/") {
        Some(rest) => home()?.join(rest),
        None => PathBuf::from(path),
    };
    out.file_name()?;
    if out.is_relative() {
        out = folder().join(out);
    }
    if out.extension().is_none_or(|end| !end.eq_ignore_ascii_case("png")) {
        let mut name = out.file_name()?.to_owned();
        name.push(".png");
        out.set_file_name(name);
    }
    Some(out)
}

/// A path at which there is nothing yet.
fn free(path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let numbered = (2..=NUMBERS).map(|number| path.with_file_name(format!("{stem} ({number}).png")));
    std::iter::once(path.to_owned()).chain(numbered).find(|path| path.symlink_metadata().is_err())
}

/// A title as the name of a file on any system.
fn file_name(title: &str) -> String {
    let clean: String = title
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | ',' | '(' | ')') { c } else { '-' })
        .take(80)
        .collect();
    let clean = clean.trim_matches([' ', '-', '.']).to_owned();
    let reserved = ["con", "prn", "aux", "nul"].contains(&clean.to_ascii_lowercase().as_str())
        || clean.len() == 4
            && (clean.to_ascii_lowercase().starts_with("com") || clean.to_ascii_lowercase().starts_with("lpt"));
    if clean.is_empty() || reserved { format!("board {clean}").trim_end().to_owned() } else { clean }
}

fn folder() -> PathBuf {
    let Some(home) = home() else { return PathBuf::from(".") };
    ["Downloads", "Descargas", "Desktop"]
        .map(|name| home.join(name))
        .into_iter()
        .find(|path| path.is_dir())
        .unwrap_or(home)
}

fn home() -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
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
        assert_eq!(export(&view, &path), Ok(path.clone()));
        let second = export(&view, &path).unwrap();
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
        assert_eq!(export(&view, Path::new("/nowhere/x.png")), Err("error-picture-not-here"));
    }

    #[test]
    fn titles_become_harmless_names() {
        for (title, name) in [
            ("Pump 7: valve", "Pump 7- valve"),
            ("../../etc/passwd", "etc-passwd"),
            ("C:\\x\u{202e}gnp", "C--x-gnp"),
            ("CON", "board CON"),
            ("lpt1", "board lpt1"),
            ("…", "board"),
        ] {
            assert_eq!(file_name(title), name);
        }
        assert!(file_name(&"é".repeat(500)).len() <= 160);
        assert_eq!(typed("/tmp/x"), Some(PathBuf::from("/tmp/x.png")));
        assert_eq!(typed("/tmp/x.PNG"), Some(PathBuf::from("/tmp/x.PNG")));
        assert_eq!(typed("  "), None);
    }
}
