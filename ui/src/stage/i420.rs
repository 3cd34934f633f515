//! Draws a planar picture with a shader: three one-byte textures, uploaded once per picture.
//!
//! The only place of the app that calls OpenGL itself.
#![allow(unsafe_code, reason = "OpenGL calls are unsafe by signature; each block says why it is sound")]

use std::{sync::Arc, time::Instant};

use eframe::{
    egui_glow::{Painter, ShaderVersion},
    glow::{self, HasContext as _, PixelUnpackData},
};
use egui::{PaintCallbackInfo, Rect};
use sightline_node::media::{Colour, Picture};

use super::timing::PaintTimes;

/// Whether this OpenGL can do it: textures with one byte and rows longer than the picture.
pub(super) fn supported(gl: &glow::Context) -> bool {
    ShaderVersion::get(gl).is_new_shader_interface()
}

/// The GL objects, made at the first drawing and kept until the window closes.
#[derive(Default)]
pub(super) struct I420 {
    program: Option<Program>,
    broken: bool,
    textures: [Option<glow::Texture>; 3],
    sizes: [(u32, u32); 3],
    shown: Option<Shown>,
}

#[derive(Clone, Copy, PartialEq)]
struct Shown {
    sequence: u64,
    decoded_at: Instant,
}

struct Program {
    program: glow::Program,
    vertices: glow::VertexArray,
    place: Option<glow::UniformLocation>,
    matrix: Option<glow::UniformLocation>,
    offset: Option<glow::UniformLocation>,
    dim: Option<glow::UniformLocation>,
}

impl I420 {
    /// Uploads the picture if it is new and draws it at `place` (points), within egui's clip rectangle.
    pub(super) fn paint(
        &mut self,
        info: &PaintCallbackInfo,
        painter: &Painter,
        picture: &Picture,
        place: Rect,
        dim: f32,
        times: &PaintTimes,
    ) {
        let gl: &Arc<glow::Context> = painter.gl();
        if self.program.is_none() && !self.broken {
            match Program::new(gl) {
                Ok(program) => self.program = Some(program),
                Err(error) => {
                    tracing::error!(%error, "the picture can't be drawn by a shader");
                    self.broken = true;
                }
            }
        }
        let Some(program) = &self.program else { return };

        let now = Shown { sequence: picture.sequence, decoded_at: picture.decoded_at };
        let fresh = self.shown != Some(now);
        let measure = fresh && times.count();
        let finish = || {
            if measure {
                // SAFETY: the context is current: egui calls this while painting.
                unsafe { gl.finish() };
            }
        };
        finish();
        let began = Instant::now();
        if fresh {
            let chroma = (picture.chroma_width(), picture.chroma_height());
            let planes = [
                (&picture.y, (picture.width, picture.height), picture.y_stride),
                (&picture.u, chroma, picture.uv_stride),
                (&picture.v, chroma, picture.uv_stride),
            ];
            for (index, (bytes, size, stride)) in planes.into_iter().enumerate() {
                upload(gl, &mut self.textures[index], &mut self.sizes[index], bytes, size, stride);
            }
            self.shown = Some(now);
        }
        finish();
        let uploaded = Instant::now();
        if self.textures.iter().all(Option::is_some) {
            program.draw(gl, &self.textures, info, place, picture.colour, dim);
        }
        finish();
        if measure {
            let ms = |from: Instant, to: Instant| (to - from).as_secs_f32() * 1000.0;
            times.measured(ms(uploaded, Instant::now()), ms(began, uploaded));
        }
    }

    /// Frees the GL objects.
    pub(super) fn destroy(&mut self, gl: &glow::Context) {
        // SAFETY: the context is current (eframe calls this from `on_exit`), and the names were made by it.
        unsafe {
            for texture in self.textures.iter_mut().filter_map(Option::take) {
                gl.delete_texture(texture);
            }
            if let Some(program) = self.program.take() {
                gl.delete_vertex_array(program.vertices);
                gl.delete_program(program.program);
            }
        }
        self.shown = None;
    }
}

/// Puts one plane into a texture, making or resizing it where needed.
fn upload(
    gl: &glow::Context,
    texture: &mut Option<glow::Texture>,
    size: &mut (u32, u32),
    bytes: &[u8],
    (width, height): (u32, u32),
    stride: u32,
) {
    // The driver reads `stride` bytes per row but only `width` of the last one; `Picture` promises that much.
    let needed = stride as usize * (height as usize - 1) + width as usize;
    if bytes.len() < needed || stride < width {
        tracing::error!("a picture's plane is shorter than it says");
        return;
    }
    // SAFETY: the context is current; the slice outlives the call and holds every byte that the driver reads with this
    // row length and alignment (checked above). Unpack state is put back to what egui expects.
    unsafe {
        let name = match texture {
            Some(name) => *name,
            None => {
                let Ok(name) = gl.create_texture() else { return };
                gl.bind_texture(glow::TEXTURE_2D, Some(name));
                for (key, value) in [
                    (glow::TEXTURE_MIN_FILTER, glow::LINEAR),
                    (glow::TEXTURE_MAG_FILTER, glow::LINEAR),
                    (glow::TEXTURE_WRAP_S, glow::CLAMP_TO_EDGE),
                    (glow::TEXTURE_WRAP_T, glow::CLAMP_TO_EDGE),
                ] {
                    gl.tex_parameter_i32(glow::TEXTURE_2D, key, value as i32);
                }
                *texture = Some(name);
                *size = (0, 0);
                name
            }
        };
        gl.bind_texture(glow::TEXTURE_2D, Some(name));
        gl.pixel_store_i32(glow::UNPACK_ALIGNMENT, 1);
        gl.pixel_store_i32(glow::UNPACK_ROW_LENGTH, stride as i32);
        let data = PixelUnpackData::Slice(Some(bytes));
        let (w, h) = (width as i32, height as i32);
        if *size == (width, height) {
            gl.tex_sub_image_2d(glow::TEXTURE_2D, 0, 0, 0, w, h, glow::RED, glow::UNSIGNED_BYTE, data);
        } else {
            gl.tex_image_2d(glow::TEXTURE_2D, 0, glow::R8 as i32, w, h, 0, glow::RED, glow::UNSIGNED_BYTE, data);
            *size = (width, height);
        }
        gl.pixel_store_i32(glow::UNPACK_ROW_LENGTH, 0);
        gl.bind_texture(glow::TEXTURE_2D, None);
    }
}

impl Program {
    fn new(gl: &glow::Context) -> Result<Self, String> {
        let version = ShaderVersion::get(gl).version_declaration();
        // SAFETY: the context is current; every name is used only after it was made, and freed on failure.
        unsafe {
            let program = gl.create_program()?;
            let mut shaders = Vec::new();
            for (kind, source) in [(glow::VERTEX_SHADER, VERTEX), (glow::FRAGMENT_SHADER, FRAGMENT)] {
                let shader = gl.create_shader(kind)?;
                gl.shader_source(shader, &format!("{version}{source}"));
                gl.compile_shader(shader);
                if !gl.get_shader_compile_status(shader) {
                    return Err(gl.get_shader_info_log(shader));
                }
                gl.attach_shader(program, shader);
                shaders.push(shader);
            }
            gl.link_program(program);
            if !gl.get_program_link_status(program) {
                return Err(gl.get_program_info_log(program));
            }
            for shader in shaders {
                gl.detach_shader(program, shader);
                gl.delete_shader(shader);
            }
            gl.use_program(Some(program));
            for (index, name) in ["plane_y", "plane_u", "plane_v"].into_iter().enumerate() {
                gl.uniform_1_i32(gl.get_uniform_location(program, name).as_ref(), index as i32);
            }
            Ok(Self {
                program,
                vertices: gl.create_vertex_array()?,
                place: gl.get_uniform_location(program, "place"),
                matrix: gl.get_uniform_location(program, "matrix"),
                offset: gl.get_uniform_location(program, "offset"),
                dim: gl.get_uniform_location(program, "dim"),
            })
        }
    }

    fn draw(
        &self,
        gl: &glow::Context,
        textures: &[Option<glow::Texture>; 3],
        info: &PaintCallbackInfo,
        place: Rect,
        colour: Colour,
        dim: f32,
    ) {
        // The viewport's borders are -1 and +1; y points up.
        let view = info.viewport;
        let x = |value: f32| (value - view.left()) / view.width() * 2.0 - 1.0;
        let y = |value: f32| 1.0 - (value - view.top()) / view.height() * 2.0;
        let (matrix, offset) = coefficients(colour);
        // SAFETY: the context is current, the names were made by it, and the draw call reads no buffers: the four
        // corners come from the vertex number. egui sets its own state again after the callback.
        unsafe {
            gl.use_program(Some(self.program));
            gl.disable(glow::BLEND);
            gl.uniform_4_f32(self.place.as_ref(), x(place.left()), y(place.bottom()), x(place.right()), y(place.top()));
            gl.uniform_matrix_3_f32_slice(self.matrix.as_ref(), false, &matrix);
            gl.uniform_3_f32(self.offset.as_ref(), offset[0], offset[1], offset[2]);
            gl.uniform_1_f32(self.dim.as_ref(), dim);
            for (index, texture) in textures.iter().enumerate() {
                gl.active_texture(glow::TEXTURE0 + index as u32);
                gl.bind_texture(glow::TEXTURE_2D, *texture);
            }
            gl.bind_vertex_array(Some(self.vertices));
            gl.draw_arrays(glow::TRIANGLE_STRIP, 0, 4);
            gl.bind_vertex_array(None);
            gl.active_texture(glow::TEXTURE0);
            gl.enable(glow::BLEND);
        }
    }
}

/// The matrix (by columns) and offset that turn Y, U, V into red, green, blue: ITU-R BT.601 and BT.709.
fn coefficients(colour: Colour) -> ([f32; 9], [f32; 3]) {
    let (kr, kb, full) = match colour {
        Colour::Bt601 => (0.299, 0.114, false),
        Colour::Bt601Full => (0.299, 0.114, true),
        Colour::Bt709 => (0.2126, 0.0722, false),
        Colour::Bt709Full => (0.2126, 0.0722, true),
    };
    let kg = 1.0 - kr - kb;
    let (luma, chroma, black) = if full { (1.0, 1.0, 0.0) } else { (255.0 / 219.0, 255.0 / 224.0, 16.0 / 255.0) };
    let red_v = 2.0 * (1.0 - kr) * chroma;
    let blue_u = 2.0 * (1.0 - kb) * chroma;
    let green_u = -2.0 * (1.0 - kb) * kb / kg * chroma;
    let green_v = -2.0 * (1.0 - kr) * kr / kg * chroma;
    ([luma, luma, luma, 0.0, green_u, blue_u, red_v, green_v, 0.0], [black, 128.0 / 255.0, 128.0 / 255.0])
}

const VERTEX: &str = "
    uniform vec4 place;
    out vec2 at;
    void main() {
        vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
        at = vec2(corner.x, 1.0 - corner.y);
        gl_Position = vec4(mix(place.xy, place.zw, corner), 0.0, 1.0);
    }
";

const FRAGMENT: &str = "
    #ifdef GL_ES
    precision mediump float;
    #endif
    uniform sampler2D plane_y;
    uniform sampler2D plane_u;
    uniform sampler2D plane_v;
    uniform mat3 matrix;
    uniform vec3 offset;
    uniform float dim;
    in vec2 at;
    out vec4 colour;
    void main() {
        vec3 yuv = vec3(texture(plane_y, at).r, texture(plane_u, at).r, texture(plane_v, at).r);
        colour = vec4(clamp(matrix * (yuv - offset), 0.0, 1.0) * dim, 1.0);
    }
";

#[cfg(test)]
mod tests {
    use super::*;

    fn to_rgb(colour: Colour, yuv: [u8; 3]) -> [i32; 3] {
        let (m, o) = coefficients(colour);
        let v: Vec<f32> = yuv.iter().zip(o).map(|(value, offset)| f32::from(*value) / 255.0 - offset).collect();
        [0, 1, 2].map(|row| ((m[row] * v[0] + m[3 + row] * v[1] + m[6 + row] * v[2]) * 255.0).round() as i32)
    }

    #[test]
    fn black_white_and_red_come_out_right() {
        assert_eq!(to_rgb(Colour::Bt601, [16, 128, 128]), [0, 0, 0]);
        assert_eq!(to_rgb(Colour::Bt601, [235, 128, 128]), [255, 255, 255]);
        assert_eq!(to_rgb(Colour::Bt709Full, [255, 128, 128]), [255, 255, 255]);
        let [r, g, b] = to_rgb(Colour::Bt601, [81, 90, 240]);
        assert!((r - 255).abs() <= 2 && g.abs() <= 2 && b.abs() <= 2, "{r} {g} {b}");
    }
}
