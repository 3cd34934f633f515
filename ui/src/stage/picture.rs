//! Puts the newest picture on screen: by shader where the graphics driver can, else converted on the processor.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use eframe::{egui_glow, glow};
use egui::{ColorImage, Rect, TextureHandle, TextureOptions, Ui};
use sightline_node::media::Picture;

use super::{i420::I420, timing::PaintTimes};
use crate::rgb::to_rgba;

/// How pictures get on screen.
pub struct PictureView {
    way: Way,
    times: Arc<PaintTimes>,
    newest: Option<Arc<Picture>>,
}

enum Way {
    Shader(Arc<Mutex<I420>>),
    Texture { texture: Option<TextureHandle>, shown: Option<(u64, Instant)> },
}

impl PictureView {
    /// Chooses the way by what the graphics driver can do.
    pub fn new(gl: Option<&glow::Context>) -> Self {
        let way = match gl {
            Some(gl) if super::i420::supported(gl) => Way::Shader(Arc::default()),
            _ => Way::Texture { texture: None, shown: None },
        };
        Self { way, times: Arc::default(), newest: None }
    }

    /// Times of drawing, shared with whoever reports them.
    pub fn times(&self) -> Arc<PaintTimes> {
        self.times.clone()
    }

    /// Remembers the picture to draw; `None` keeps the last one, so that a lost link still shows what was seen.
    pub fn take(&mut self, picture: Option<Arc<Picture>>) {
        if picture.is_some() {
            self.newest = picture;
        }
    }

    /// Forgets the picture: another peer comes on stage.
    pub fn forget(&mut self) {
        self.newest = None;
    }

    /// Size of the picture that would be drawn.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.newest.as_ref().map(|picture| (picture.width, picture.height))
    }

    /// Draws the picture at `place`, cut at the stage's edges. `dim` below 1 darkens it.
    pub fn paint(&mut self, ui: &Ui, stage: Rect, place: Rect, dim: f32) {
        let Some(picture) = self.newest.clone() else { return };
        let painter = ui.painter_at(stage);
        match &mut self.way {
            Way::Shader(shader) => {
                let (shader, times) = (shader.clone(), self.times.clone());
                let draw = egui_glow::CallbackFn::new(move |info, painter| {
                    let mut shader = shader.lock().unwrap_or_else(PoisonError::into_inner);
                    shader.paint(&info, painter, &picture, place, dim, &times);
                });
                painter.add(egui::PaintCallback { rect: stage, callback: Arc::new(draw) });
            }
            Way::Texture { texture, shown } => {
                let now = (picture.sequence, picture.decoded_at);
                if *shown != Some(now) {
                    let began = Instant::now();
                    let rgba = to_rgba(&picture);
                    let converted = Instant::now();
                    let size = [picture.width as usize, picture.height as usize];
                    let image = ColorImage::from_rgba_unmultiplied(size, &rgba);
                    match texture {
                        Some(texture) => texture.set(image, TextureOptions::LINEAR),
                        None => *texture = Some(ui.ctx().load_texture("stage", image, TextureOptions::LINEAR)),
                    }
                    self.times.count();
                    let ms = |from: Instant, to: Instant| (to - from).as_secs_f32() * 1000.0;
                    self.times.measured(ms(began, converted), ms(converted, Instant::now()));
                    *shown = Some(now);
                }
                if let Some(texture) = texture {
                    let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
                    painter.image(texture.id(), place, whole, egui::Color32::WHITE.gamma_multiply(dim));
                }
            }
        }
    }

    /// Frees what the graphics driver holds for it.
    pub fn destroy(&mut self, gl: &glow::Context) {
        if let Way::Shader(shader) = &self.way {
            shader.lock().unwrap_or_else(PoisonError::into_inner).destroy(gl);
        }
    }
}

impl std::fmt::Debug for PictureView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let way = if matches!(self.way, Way::Shader(_)) { "shader" } else { "texture" };
        f.debug_struct("PictureView").field("way", &way).field("size", &self.size()).finish_non_exhaustive()
    }
}
