//! VP8 and VP9 by libvpx.
//!
//! The only file of this crate that calls C directly. A context is owned by one value, used by one thread at a time and
//! destroyed exactly once; nothing libvpx owns is lent out: pictures and frames are copied before the call returns.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;

use vpx_sys as vpx;

use super::decoder::{DecodeError, copy_plane, size_is_supported};
use super::encoder::{Content, EncodeError, EncodedPicture, EncoderSettings};
use super::{Codec, Colour, Picture};

/// A libvpx context that was initialised and is destroyed when dropped.
struct Context(Box<vpx::vpx_codec_ctx_t>);

// SAFETY: a libvpx context has no ties to the thread that made it (no thread-local state); it must only not be used by
// two threads at once, which `&mut self` on every use ensures.
unsafe impl Send for Context {}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the context was initialised successfully (only then is a `Context` made) and is not used afterwards.
        unsafe { vpx::vpx_codec_destroy(&mut *self.0) };
    }
}

/// Decodes VP8 or VP9.
pub struct VpxDecoder {
    context: Context,
}

impl VpxDecoder {
    /// Sets up a decoder for [`Codec::Vp8`] or [`Codec::Vp9`].
    pub fn open(codec: Codec) -> Result<VpxDecoder, DecodeError> {
        let config = vpx::vpx_codec_dec_cfg_t { threads: 1, w: 0, h: 0 };
        let mut context = Box::new(MaybeUninit::<vpx::vpx_codec_ctx_t>::zeroed());
        // SAFETY: the interface functions take no arguments and return pointers to statics. `context` is writable and
        // zeroed, which is a valid state for init; `config` outlives the call (libvpx copies it). On failure libvpx
        // leaves nothing to destroy.
        let result = unsafe {
            let interface = match codec {
                Codec::Vp8 => vpx::vpx_codec_vp8_dx(),
                Codec::Vp9 => vpx::vpx_codec_vp9_dx(),
                Codec::H264 => return Err(DecodeError::Start),
            };
            let version = vpx::VPX_DECODER_ABI_VERSION as i32;
            vpx::vpx_codec_dec_init_ver(context.as_mut_ptr(), interface, &config, 0, version)
        };
        if result != vpx::VPX_CODEC_OK {
            return Err(DecodeError::Start);
        }
        // SAFETY: zeroed bytes are valid for every field (pointers, integers, an enum whose 0 is VPX_CODEC_OK), and
        // init has succeeded.
        let context = unsafe { context.assume_init() };
        Ok(VpxDecoder { context: Context(context) })
    }

    /// Decodes one frame. `Ok(false)`: nothing to show.
    pub fn decode(&mut self, data: &[u8], into: &mut Picture) -> Result<bool, DecodeError> {
        let length = u32::try_from(data.len()).map_err(|_| DecodeError::Bytes)?;
        // SAFETY: the context is initialised; `data` is readable for `length` bytes and libvpx does not keep it.
        let result = unsafe { vpx::vpx_codec_decode(&mut *self.context.0, data.as_ptr(), length, ptr::null_mut(), 0) };
        let mut shown = Ok(false);
        let mut iterator: vpx::vpx_codec_iter_t = ptr::null();
        loop {
            // SAFETY: the context is initialised and `iterator` starts as null, as the interface asks. The image stays
            // valid until the next call on this context; it is copied inside this loop.
            let image = unsafe { vpx::vpx_codec_get_frame(&mut *self.context.0, &mut iterator).as_ref() };
            let Some(image) = image else { break };
            shown = copy_image(image, into).map(|()| true);
        }
        if result != vpx::VPX_CODEC_OK {
            return Err(DecodeError::Damaged);
        }
        shown
    }
}

fn copy_image(image: &vpx::vpx_image_t, into: &mut Picture) -> Result<(), DecodeError> {
    if image.fmt != vpx::vpx_img_fmt::VPX_IMG_FMT_I420 {
        return Err(DecodeError::Format);
    }
    if !size_is_supported(image.d_w, image.d_h) {
        return Err(DecodeError::Size);
    }
    into.reshape(image.d_w, image.d_h);
    into.colour = colour_of(image);
    let (width, height) = (into.width as usize, into.height as usize);
    let (chroma_width, chroma_height) = (into.chroma_width() as usize, into.chroma_height() as usize);
    let planes = [
        (0, width, height, &mut into.y),
        (1, chroma_width, chroma_height, &mut into.u),
        (2, chroma_width, chroma_height, &mut into.v),
    ];
    for (index, width, rows, target) in planes {
        let stride = usize::try_from(image.stride[index]).map_err(|_| DecodeError::Format)?;
        let pointer = image.planes[index];
        if pointer.is_null() || stride < width {
            return Err(DecodeError::Format);
        }
        // SAFETY: an I420 image of libvpx holds `rows` rows of at least `width` bytes, `stride` bytes apart, starting
        // at the plane's pointer; the last row is only read up to `width`.
        let source = unsafe { std::slice::from_raw_parts(pointer, stride * (rows - 1) + width) };
        if !copy_plane(source, stride, target, width, rows) {
            return Err(DecodeError::Format);
        }
    }
    Ok(())
}

fn colour_of(image: &vpx::vpx_image_t) -> Colour {
    let full = image.range == vpx::vpx_color_range::VPX_CR_FULL_RANGE;
    match (image.cs == vpx::vpx_color_space::VPX_CS_BT_709, full) {
        (false, false) => Colour::Bt601,
        (false, true) => Colour::Bt601Full,
        (true, false) => Colour::Bt709,
        (true, true) => Colour::Bt709Full,
    }
}

/// Encodes VP8 or VP9 in real time: one picture in, one frame out, no look-ahead.
pub struct VpxEncoder {
    context: Context,
    config: Box<vpx::vpx_codec_enc_cfg_t>,
    codec: Codec,
    /// Time of the next picture, in 1/90,000 s. libvpx only uses it for its rate control.
    clock: i64,
    frame_ticks: u64,
}

// SAFETY: as for `Context`; the configuration holds only numbers and two null buffers.
unsafe impl Send for VpxEncoder {}

impl VpxEncoder {
    /// Sets up an encoder for [`Codec::Vp8`] or [`Codec::Vp9`].
    pub fn open(settings: &EncoderSettings) -> Result<VpxEncoder, EncodeError> {
        // SAFETY: the interface functions take no arguments and return pointers to statics.
        let interface = unsafe {
            match settings.codec {
                Codec::Vp8 => vpx::vpx_codec_vp8_cx(),
                Codec::Vp9 => vpx::vpx_codec_vp9_cx(),
                Codec::H264 => return Err(EncodeError::Start),
            }
        };
        let mut config = MaybeUninit::<vpx::vpx_codec_enc_cfg_t>::zeroed();
        // SAFETY: `config` is writable; usage 0 exists for both codecs.
        if unsafe { vpx::vpx_codec_enc_config_default(interface, config.as_mut_ptr(), 0) } != vpx::VPX_CODEC_OK {
            return Err(EncodeError::Start);
        }
        // SAFETY: libvpx has filled in every field.
        let mut config = unsafe { config.assume_init() };
        configure(&mut config, settings);
        let mut context = Box::new(MaybeUninit::<vpx::vpx_codec_ctx_t>::zeroed());
        // SAFETY: as in `VpxDecoder::open`; libvpx copies the configuration.
        let result = unsafe {
            let version = vpx::VPX_ENCODER_ABI_VERSION as i32;
            vpx::vpx_codec_enc_init_ver(context.as_mut_ptr(), interface, &config, 0, version)
        };
        if result != vpx::VPX_CODEC_OK {
            return Err(EncodeError::Start);
        }
        // SAFETY: as in `VpxDecoder::open`.
        let context = Context(unsafe { context.assume_init() });
        let mut encoder = VpxEncoder {
            context,
            config: Box::new(config),
            codec: settings.codec,
            clock: 0,
            frame_ticks: u64::from(90_000 / settings.fps.clamp(1, 240)),
        };
        encoder.tune(settings)?;
        Ok(encoder)
    }

    fn tune(&mut self, settings: &EncoderSettings) -> Result<(), EncodeError> {
        use vpx::vp8e_enc_control_id as id;
        let screen = i32::from(settings.content == Content::Screen);
        match self.codec {
            Codec::Vp8 => {
                self.control(id::VP8E_SET_CPUUSED, -8)?;
                self.control(id::VP8E_SET_STATIC_THRESHOLD, 1)?;
                self.control(id::VP8E_SET_SCREEN_CONTENT_MODE, screen)
            }
            _ => {
                self.control(id::VP8E_SET_CPUUSED, 8)?;
                self.control(id::VP9E_SET_AQ_MODE, 3)?;
                self.control(id::VP9E_SET_TUNE_CONTENT, screen)
            }
        }
    }

    fn control(&mut self, id: vpx::vp8e_enc_control_id, value: i32) -> Result<(), EncodeError> {
        // SAFETY: the context is initialised, and each control used here takes one C int.
        let result = unsafe { vpx::vpx_codec_control_(&mut *self.context.0, id as i32, value) };
        if result == vpx::VPX_CODEC_OK { Ok(()) } else { Err(EncodeError::Start) }
    }

    /// Changes the bit rate from the next picture on.
    pub fn set_bitrate(&mut self, bps: u32) -> Result<(), EncodeError> {
        self.config.rc_target_bitrate = (bps / 1000).max(1);
        // SAFETY: the context is initialised and the configuration was accepted before, but for the bit rate.
        let result = unsafe { vpx::vpx_codec_enc_config_set(&mut *self.context.0, &*self.config) };
        if result == vpx::VPX_CODEC_OK { Ok(()) } else { Err(EncodeError::Start) }
    }

    /// Encodes one picture of the size the encoder was opened for.
    pub fn encode(&mut self, picture: &Picture, key: bool) -> Result<Option<EncodedPicture>, EncodeError> {
        if (picture.width, picture.height) != (self.config.g_w, self.config.g_h) {
            return Err(EncodeError::Size);
        }
        let mut image = MaybeUninit::<vpx::vpx_image_t>::zeroed();
        // SAFETY: `image` is writable; wrapping only fills in the description and keeps the pointer without reading or
        // writing through it. Its planes are replaced below before libvpx sees them.
        let wrapped = unsafe {
            vpx::vpx_img_wrap(
                image.as_mut_ptr(),
                vpx::vpx_img_fmt::VPX_IMG_FMT_I420,
                picture.width,
                picture.height,
                1,
                picture.y.as_ptr().cast_mut(),
            )
        };
        if wrapped.is_null() {
            return Err(EncodeError::Size);
        }
        // SAFETY: wrapping succeeded, so every field is set.
        let mut image = unsafe { image.assume_init() };
        let planes = [&picture.y, &picture.u, &picture.v].map(|plane| plane.as_ptr().cast_mut());
        image.planes[..3].copy_from_slice(&planes);
        image.stride[..3].copy_from_slice(&[picture.y_stride, picture.uv_stride, picture.uv_stride].map(|s| s as i32));
        let flags = if key { i64::from(vpx::VPX_EFLAG_FORCE_KF) } else { 0 };
        // SAFETY: the context is initialised; the image describes planes of `picture`, which are readable for their
        // strides and rows by `Picture`'s invariant, and libvpx copies what it needs before returning. The casts above
        // only dropped `const`: encoding does not write to its input.
        let result = unsafe {
            vpx::vpx_codec_encode(&mut *self.context.0, &image, self.clock, self.frame_ticks, flags, REALTIME)
        };
        if result != vpx::VPX_CODEC_OK {
            return Err(EncodeError::Failed);
        }
        self.clock += self.frame_ticks as i64;
        Ok(self.take_packet())
    }

    fn take_packet(&mut self) -> Option<EncodedPicture> {
        let mut iterator: vpx::vpx_codec_iter_t = ptr::null();
        let mut taken = None;
        loop {
            // SAFETY: the context is initialised and `iterator` starts as null. A packet stays valid until the next
            // call that encodes; it is copied inside this loop.
            let packet = unsafe { vpx::vpx_codec_get_cx_data(&mut *self.context.0, &mut iterator).as_ref() };
            let Some(packet) = packet else { return taken };
            if packet.kind != vpx::vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: the kind says which member of the union is set, and `buf` holds `sz` bytes.
            let (frame, bytes) = unsafe {
                let frame = packet.data.frame;
                (frame, std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz as usize))
            };
            taken = Some(EncodedPicture { data: bytes.to_vec().into(), key: frame.flags & vpx::VPX_FRAME_IS_KEY != 0 });
        }
    }
}

/// Spend no more time on a picture than its duration (`VPX_DL_REALTIME`).
const REALTIME: u64 = 1;

/// Settings for conversation: constant bit rate, no look-ahead, key frames only when asked for.
fn configure(config: &mut vpx::vpx_codec_enc_cfg_t, settings: &EncoderSettings) {
    config.g_w = settings.width;
    config.g_h = settings.height;
    config.g_timebase = vpx::vpx_rational { num: 1, den: 90_000 };
    config.g_threads = 1;
    config.g_lag_in_frames = 0;
    config.g_error_resilient = 0;
    config.g_pass = vpx::vpx_enc_pass::VPX_RC_ONE_PASS;
    config.rc_end_usage = vpx::vpx_rc_mode::VPX_CBR;
    config.rc_target_bitrate = (settings.bitrate / 1000).max(1);
    config.rc_min_quantizer = 2;
    config.rc_max_quantizer = 56;
    config.rc_undershoot_pct = 100;
    config.rc_overshoot_pct = 15;
    config.rc_buf_initial_sz = 500;
    config.rc_buf_optimal_sz = 600;
    config.rc_buf_sz = 1000;
    config.rc_dropframe_thresh = 0;
    config.kf_mode = vpx::vpx_kf_mode::VPX_KF_AUTO;
    config.kf_max_dist = 3000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installed_library_is_the_one_the_bindings_describe() {
        for codec in [Codec::Vp8, Codec::Vp9] {
            assert!(VpxDecoder::open(codec).is_ok());
            assert!(VpxEncoder::open(&EncoderSettings::camera(codec, 64, 48)).is_ok());
        }
    }
}
