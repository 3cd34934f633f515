//! How a WebRTC link is set up.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::Rtc;
use str0m::config::DtlsVersion;
use str0m::format::{Codec as RtpCodec, FormatParams};
use str0m::media::Frequency;

use crate::media::Codec;
use crate::path::Interfaces;

/// Buffer for what channels send, in bytes: it also caps their throughput per round trip. Four channels share it, see
/// [`super::channels`].
pub(super) const SCTP_BUFFER: usize = 4 * 1024 * 1024;

/// The largest message that is sent, in bytes: what every implementation takes.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// The largest message that is taken, in bytes. Browsers announce the same.
const MAX_RECEIVED_MESSAGE: u32 = 256 * 1024;

/// Frames that wait for packets in front of them. A frame is given up by time (lost packets and three round trips), so
/// this only has to be out of the way: two seconds at 60 frames per second.
const REORDER_FRAMES: usize = 120;

/// Options of one link.
#[derive(Debug, Clone)]
pub struct RtcConfig {
    /// Peer key of this side, the origin of what it sends.
    pub local_origin: [u8; 32],
    /// Peer key of the other side, the origin of what arrives.
    pub remote_origin: [u8; 32],
    /// Video codecs that are offered or answered, the preferred one first.
    pub codecs: Vec<Codec>,
    /// Whose addresses are used.
    pub interfaces: Interfaces,
    /// Whether the other side's loopback addresses are used.
    pub allow_loopback: bool,
    /// Where to ask for the outside address.
    pub stun_servers: Vec<SocketAddr>,
    /// Set to send media: the bit rate to begin with. Without it nothing is estimated.
    pub sending_bitrate: Option<u32>,
    /// Without a path for so long the link ends.
    pub connect_within: Duration,
    /// Without a sign of life for so long the link ends. Until then its path can be restarted.
    pub vanish_after: Duration,
    /// Events that may wait for their reader before the policy of [`crate::link`] applies.
    pub event_queue: usize,
}

impl Default for RtcConfig {
    fn default() -> Self {
        RtcConfig {
            local_origin: [0; 32],
            remote_origin: [0; 32],
            codecs: Codec::ALL.to_vec(),
            interfaces: Interfaces::Reachable,
            allow_loopback: false,
            stun_servers: Vec::new(),
            sending_bitrate: None,
            connect_within: Duration::from_secs(30),
            vanish_after: Duration::from_secs(60),
            event_queue: 256,
        }
    }
}

impl RtcConfig {
    /// For peers on one machine: uses loopback too, on both sides.
    pub fn with_loopback(mut self) -> RtcConfig {
        self.interfaces = Interfaces::ReachableAndLoopback;
        self.allow_loopback = true;
        self
    }

    /// Uses 127.0.0.1 and nothing else: no packet leaves this machine.
    pub fn loopback_only(mut self) -> RtcConfig {
        self.interfaces = Interfaces::Loopback;
        self.allow_loopback = true;
        self
    }

    pub(super) fn build(&self, now: Instant) -> Rtc {
        let mut config = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            .set_dtls_version(DtlsVersion::Auto)
            .set_stats_interval(Some(Duration::from_secs(1)))
            .set_sctp_max_buffered_amount(SCTP_BUFFER)
            .set_sctp_max_message_size(MAX_RECEIVED_MESSAGE)
            .set_reordering_size_video(REORDER_FRAMES);
        if let Some(bps) = self.sending_bitrate {
            config = config.enable_bwe(Some(str0m::bwe::Bitrate::bps(u64::from(bps))));
        }
        for codec in &self.codecs {
            match codec {
                Codec::Vp8 => config = config.enable_vp8(true),
                // Profile 0 only: the others have ten bits or more colours than are decoded here.
                Codec::Vp9 => config.codec_config().add_config(
                    98.into(),
                    Some(99.into()),
                    RtpCodec::Vp9,
                    Frequency::NINETY_KHZ,
                    None,
                    FormatParams { profile_id: Some(0), ..FormatParams::default() },
                ),
                Codec::H264 => config = config.enable_h264(true),
            }
        }
        config.build(now)
    }
}

/// The codec of a payload type, if it is one that can be decoded.
pub(super) fn codec_of(codec: RtpCodec) -> Option<Codec> {
    match codec {
        RtpCodec::Vp8 => Some(Codec::Vp8),
        RtpCodec::Vp9 => Some(Codec::Vp9),
        RtpCodec::H264 => Some(Codec::H264),
        _ => None,
    }
}

pub(super) fn rtp_codec(codec: Codec) -> RtpCodec {
    match codec {
        Codec::Vp8 => RtpCodec::Vp8,
        Codec::Vp9 => RtpCodec::Vp9,
        Codec::H264 => RtpCodec::H264,
    }
}
