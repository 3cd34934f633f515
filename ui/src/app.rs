//! Opens the window: eframe around the [`Shell`], and lines from outside where asked for.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use egui::{ViewportBuilder, ViewportCommand};
use sightline_node::Node;
use tokio::{runtime::Handle, sync::mpsc};

use crate::{
    bridge::{Live, Wake},
    command::Command,
    control::{
        Output, Surroundings,
        command::Panel,
        serve,
        window::{Port, Wish},
    },
    launch::{first_session, greet, told_to_stop},
    rgb::write_png,
    settings::Settings,
    shell::{Shell, TITLE},
    stage::PictureView,
    state::{Screen, Tab},
    theme::style,
    widgets::sign::sign_pixels,
};

/// What the window is opened with.
pub(crate) struct Window {
    pub(crate) node: Node,
    pub(crate) runtime: Handle,
    pub(crate) settings: Settings,
    pub(crate) home: PathBuf,
    /// Title of a session to begin with.
    pub(crate) title: Option<String>,
    /// Lines are taken, and answered here.
    pub(crate) output: Option<Output>,
}

/// Whether there is a screen at all.
pub(crate) fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET")
}

/// Opens the window and returns when it is closed.
pub(crate) fn open(window: Window) -> eframe::Result {
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title(TITLE)
            .with_app_id("sightline")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([800.0, 520.0])
            .with_icon(egui::IconData { rgba: sign_pixels(64), width: 64, height: 64 }),
        // Size and place are kept beside everything else that belongs to this home.
        persistence_path: Some(window.home.join("window.ron")),
        persist_window: window.output.is_none(),
        ..Default::default()
    };
    eframe::run_native("sightline", options, Box::new(move |context| Ok(Box::new(App::new(context, window)))))
}

struct App {
    shell: Shell,
    wishes: Option<mpsc::Receiver<Wish>>,
}

impl App {
    fn new(context: &eframe::CreationContext<'_>, window: Window) -> Self {
        let ctx = context.egui_ctx.clone();
        style::install_fonts(&ctx);
        let wake: Wake = {
            let ctx = ctx.clone();
            Arc::new(move || ctx.request_repaint())
        };
        let backend = Live::connect(&window.runtime, window.node.clone(), wake.clone());
        let picture = PictureView::new(context.gl.as_deref());
        let mut shell = Shell::new(Box::new(backend), window.settings, Some(window.home), picture, Box::new(now_ms));
        let close = ctx.clone();
        window.runtime.spawn(async move {
            told_to_stop().await;
            close.send_viewport_cmd(ViewportCommand::Close);
        });
        if let (None, Some(title)) = (&window.output, &window.title) {
            shell.start_session(title.clone());
        }
        let wishes = window.output.map(|output| {
            let (port, wishes) = Port::new(wake);
            let surroundings = Surroundings {
                node: window.node.clone(),
                output: output.clone(),
                window: Some(port),
                times: Some(shell.paint_times()),
            };
            window.runtime.spawn(async move {
                greet(&surroundings.node, &output);
                if let Some(title) = window.title {
                    first_session(&surroundings.node, &output, &title).await;
                }
                serve(surroundings, tokio::io::BufReader::new(tokio::io::stdin())).await;
            });
            wishes
        });
        Self { shell, wishes }
    }

    /// Carries out what lines asked of the window.
    fn wishes(&mut self, ctx: &egui::Context) {
        let mut due = Vec::new();
        while let Some(Ok(wish)) = self.wishes.as_mut().map(mpsc::Receiver::try_recv) {
            due.push(wish);
        }
        for wish in due {
            match wish {
                Wish::Screenshot(path, answer) => screenshot(ctx, path, answer),
                Wish::Select(session, done) => {
                    self.shell.command(ctx, Command::Select(session));
                    // Who asked may have gone.
                    let _ = done.send(());
                }
                Wish::Focus(panel, done) => {
                    self.focus(ctx, panel);
                    let _ = done.send(());
                }
                Wish::Close => ctx.send_viewport_cmd(ViewportCommand::Close),
            }
        }
    }

    fn focus(&mut self, ctx: &egui::Context, panel: Panel) {
        let full = self.shell.state().stage.full_screen;
        if full != (panel == Panel::FullScreen) {
            self.shell.command(ctx, Command::ToggleFullScreen);
        }
        if panel != Panel::Settings {
            self.shell.command(ctx, Command::Show(Screen::Session));
        }
        match panel {
            Panel::Chat => self.shell.command(ctx, Command::OpenTab(Tab::Chat)),
            Panel::People => self.shell.command(ctx, Command::OpenTab(Tab::People)),
            Panel::Files => self.shell.command(ctx, Command::OpenTab(Tab::Files)),
            Panel::Steps => self.shell.command(ctx, Command::OpenTab(Tab::Steps)),
            Panel::Notes => self.shell.command(ctx, Command::OpenTab(Tab::Notes)),
            Panel::Settings => self.shell.command(ctx, Command::Show(Screen::Settings)),
            Panel::Stage => self.shell.state().panel_open = false,
            Panel::FullScreen => {}
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.wishes(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.shell.ui(ui);
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.shell.background().to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn on_exit(&mut self, gl: Option<&eframe::glow::Context>) {
        self.shell.remember();
        if let Some(gl) = gl {
            self.shell.destroy(gl);
        }
    }
}

/// Takes a picture of the window's real pixels and writes it on a thread of its own.
fn screenshot(ctx: &egui::Context, path: PathBuf, answer: tokio::sync::oneshot::Sender<Result<(u32, u32), String>>) {
    let answer = Mutex::new(Some(answer));
    ctx.request_screenshot(move |image| {
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::thread::spawn(move || {
            let [width, height] = image.size.map(|side| side as u32);
            let rgba: Vec<u8> = image.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
            let written =
                write_png(&path, width, height, &rgba).map(|()| (width, height)).map_err(|error| error.to_string());
            if let Some(answer) = answer {
                // Who asked may have stopped waiting; the file is there all the same.
                let _ = answer.send(written);
            }
        });
    });
    ctx.request_repaint();
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
