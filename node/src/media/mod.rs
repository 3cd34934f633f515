//! Pictures: from whole encoded frames to something that can be shown, and back.
//!
//! The way of a received picture: a link delivers an [`EncodedFrame`]; [`VideoDecoder`] hands it to a named operating
//! system thread behind a bounded queue; the decoded [`Picture`] goes into a [`FrameSlot`] where only the newest one
//! stays; whoever draws takes it from there and never waits. Codec work never runs on an asynchronous worker.

pub mod convert;
pub mod decoder;
pub mod encoder;
pub mod frame;
pub mod h264;
pub mod pattern;
pub mod slot;
pub mod sniff;
pub mod still;
pub mod thread;
pub mod vpx;
pub mod y4m;

pub use decoder::{DecodeError, PictureDecoder};
pub use encoder::{EncodeError, EncodedPicture, EncoderSettings, PictureEncoder};
pub use frame::{Codec, Colour, EncodedFrame, Picture};
pub use slot::FrameSlot;
pub use still::StillFile;
pub use thread::{DecoderStats, VideoDecoder};
