//! H.264 by openh264.

use openh264::OpenH264API;
use openh264::decoder::Decoder;
use openh264::encoder::{
    BitRate, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, RateControlMode, SpsPpsStrategy, UsageType,
};
use openh264::formats::{YUVSlices, YUVSource};

use super::decoder::{DecodeError, copy_plane, size_is_supported};
use super::encoder::{Content, EncodeError, EncodedPicture, EncoderSettings};
use super::{Colour, Picture};

/// Decodes H.264 (Annex B).
pub struct H264Decoder {
    decoder: Decoder,
}

impl H264Decoder {
    /// Sets up a decoder.
    pub fn open() -> Result<H264Decoder, DecodeError> {
        let decoder = Decoder::new().map_err(|_| DecodeError::Start)?;
        Ok(H264Decoder { decoder })
    }

    /// Decodes one frame. `Ok(false)`: nothing to show yet.
    pub fn decode(&mut self, data: &[u8], into: &mut Picture) -> Result<bool, DecodeError> {
        let decoded = self.decoder.decode(data).map_err(|_| DecodeError::Damaged)?;
        let Some(image) = decoded else { return Ok(false) };
        let (width, height) = image.dimensions();
        let (Ok(width_px), Ok(height_px)) = (u32::try_from(width), u32::try_from(height)) else {
            return Err(DecodeError::Size);
        };
        if !size_is_supported(width_px, height_px) {
            return Err(DecodeError::Size);
        }
        into.reshape(width_px, height_px);
        into.colour = Colour::Bt601;
        let (y_stride, u_stride, v_stride) = image.strides();
        // openh264 only makes even sizes, and its colour planes hold half of them.
        let (chroma_width, chroma_height) = (into.chroma_width() as usize, into.chroma_height() as usize);
        let copied = copy_plane(image.y(), y_stride, &mut into.y, width, height)
            && copy_plane(image.u(), u_stride, &mut into.u, chroma_width, chroma_height)
            && copy_plane(image.v(), v_stride, &mut into.v, chroma_width, chroma_height);
        if copied { Ok(true) } else { Err(DecodeError::Format) }
    }
}

/// Encodes H.264 in real time.
pub struct H264Encoder {
    encoder: Encoder,
    settings: EncoderSettings,
    started: bool,
}

impl H264Encoder {
    /// Sets up an encoder.
    pub fn open(settings: &EncoderSettings) -> Result<H264Encoder, EncodeError> {
        let usage = match settings.content {
            Content::Camera => UsageType::CameraVideoRealTime,
            Content::Screen => UsageType::ScreenContentRealTime,
        };
        let config = EncoderConfig::new()
            .bitrate(BitRate::from_bps(settings.bitrate))
            .max_frame_rate(FrameRate::from_hz(settings.fps as f32))
            .rate_control_mode(RateControlMode::Bitrate)
            .sps_pps_strategy(SpsPpsStrategy::ConstantId)
            .intra_frame_period(IntraFramePeriod::from_num_frames(0))
            .usage_type(usage)
            .skip_frames(false)
            .num_threads(1);
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config).map_err(|_| EncodeError::Start)?;
        Ok(H264Encoder { encoder, settings: settings.clone(), started: false })
    }

    /// Encodes one picture of the size the encoder was opened for.
    pub fn encode(&mut self, picture: &Picture, key: bool) -> Result<Option<EncodedPicture>, EncodeError> {
        if (picture.width, picture.height) != (self.settings.width, self.settings.height) {
            return Err(EncodeError::Size);
        }
        // The first picture is a key frame anyway, and before it there is nothing to force.
        if key && self.started {
            self.encoder.force_intra_frame();
        }
        let source = YUVSlices::new(
            (&picture.y, &picture.u, &picture.v),
            (picture.width as usize, picture.height as usize),
            (picture.y_stride as usize, picture.uv_stride as usize, picture.uv_stride as usize),
        );
        let stream = self.encoder.encode(&source).map_err(|_| EncodeError::Failed)?;
        self.started = true;
        let key = matches!(stream.frame_type(), FrameType::IDR | FrameType::I);
        let data = stream.to_vec();
        Ok((!data.is_empty()).then(|| EncodedPicture { data: data.into(), key }))
    }

    /// Changes the bit rate. The library's safe interface can't do it while running: it starts again, with a key frame.
    pub fn set_bitrate(&mut self, bps: u32) -> Result<(), EncodeError> {
        let settings = EncoderSettings { bitrate: bps, ..self.settings.clone() };
        *self = H264Encoder::open(&settings)?;
        Ok(())
    }
}
