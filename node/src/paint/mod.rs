//! Pictures and what is drawn on them, without a screen: decoding, geometry, painting into pixels.
//!
//! The window takes its geometry and its picture of a board from here, and so does every export: what is exported is
//! what was seen. Nothing here waits or talks; decoding and painting belong on threads that may be busy for a while.

pub mod decode;
mod hit;
pub mod limits;
mod raster;
mod shape;
mod words;

pub use decode::{Still, StillError, decode, png};
pub use hit::touches;
pub use raster::{draw_over, draw_stroke};
pub use shape::{HALO, Part, Path, Placed, colour, extent, letters, on_colour, parts};
pub use tiny_skia::{Pixmap, PixmapMut};
