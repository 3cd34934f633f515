//! Takes a picture of every state of the window, made of views by hand: `gallery FOLDER [WIDTHxHEIGHT] [dark|light]
//! [en|es] [SCENE]…`.
//!
//! It needs a display (Xvfb will do) and draws with the app's real shell, fonts and shaders.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use eframe::egui;
use sightline_ui::{
    fixtures::{
        self,
        scenes::{NAMES, scene},
    },
    i18n::Lang,
    rgb::write_png,
    settings::Settings,
    shell::Shell,
    stage::PictureView,
    theme::{Theme, style},
};

fn main() -> eframe::Result {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "gallery".to_owned()));
    let (mut size, mut theme, mut lang, mut names) = ([1280.0, 800.0], Theme::Dark, Lang::En, Vec::new());
    for argument in arguments {
        match argument.as_str() {
            "dark" => theme = Theme::Dark,
            "light" => theme = Theme::Light,
            "en" => lang = Lang::En,
            "es" => lang = Lang::Es,
            other => match other.split_once('x').map(|(w, h)| (w.parse(), h.parse())) {
                Some((Ok(width), Ok(height))) => size = [width, height],
                _ => names.push(other.to_owned()),
            },
        }
    }
    if names.is_empty() {
        names = NAMES.into_iter().chain(fixtures::shared::NAMES).map(str::to_owned).collect();
    }
    std::fs::create_dir_all(&folder).map_err(|error| eframe::Error::AppCreation(Box::new(error)))?;
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size(size),
        persist_window: false,
        ..Default::default()
    };
    eframe::run_native(
        "Sightline gallery",
        options,
        Box::new(move |context| {
            style::install_fonts(&context.egui_ctx);
            let settings = Settings { theme, lang: Some(lang), ..Settings::default() };
            Ok(Box::new(Gallery { folder, settings, left: names.into(), now: None, taken: Arc::default() }))
        }),
    )
}

struct Gallery {
    folder: PathBuf,
    settings: Settings,
    left: VecDeque<String>,
    now: Option<Showing>,
    taken: Arc<Mutex<Option<Arc<egui::ColorImage>>>>,
}

struct Showing {
    name: String,
    shell: Shell,
    passes: u32,
    since: Instant,
    asked: bool,
}

/// Enough for fades to end and fonts of other scripts to be found.
const SETTLE: u32 = 24;
/// Enough for pictures to be decoded and strokes to be painted on their threads.
const PICTURES: Duration = Duration::from_millis(900);

impl eframe::App for Gallery {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        if let Some(image) = self.taken.lock().unwrap_or_else(PoisonError::into_inner).take()
            && let Some(showing) = self.now.take()
        {
            let [width, height] = image.size;
            let rgba: Vec<u8> = image.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
            let path = self.folder.join(format!("{}.png", showing.name));
            if let Err(error) = write_png(&path, width as u32, height as u32, &rgba) {
                eprintln!("{}: {error}", path.display());
            }
        }
        if self.now.is_none() {
            let Some(name) = self.left.pop_front() else {
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                return;
            };
            let Some(scene) = scene(&name) else {
                eprintln!("there is no scene {name}; there are: {}", NAMES.join(", "));
                return;
            };
            let picture = scene.picture;
            let (still, prepare) = scene.still();
            if picture {
                still.frame_slot().publish(fixtures::picture(1280, 720, 1));
            }
            let mut picture = PictureView::new(frame.gl().map(|gl| &**gl));
            picture.take(still.frame_slot().newest());
            let mut shell =
                Shell::new(Box::new(still), self.settings.clone(), None, picture, Box::new(|| fixtures::NOW_MS))
                    .with_utc_offset(0);
            prepare(shell.state());
            self.now = Some(Showing { name, shell, passes: 0, since: Instant::now(), asked: false });
        }
        let Some(showing) = &mut self.now else { return };
        showing.shell.ui(ui);
        showing.passes += 1;
        if showing.passes >= SETTLE && showing.since.elapsed() > PICTURES && !showing.asked {
            showing.asked = true;
            let taken = self.taken.clone();
            let done = ctx.clone();
            ctx.request_screenshot(move |image| {
                *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(image);
                done.request_repaint();
            });
        }
        ctx.request_repaint();
    }
}
