//! Media lines of the stack and the tracks they carry.

use std::time::{Duration, Instant};

use bytes::Bytes;
use str0m::Rtc;
use str0m::format::PayloadParams;
use str0m::media::{KeyframeRequestKind, MediaData, MediaKind, MediaTime, Mid, Pt};

use super::config::{codec_of, rtp_codec};
use crate::link::StreamKind;
use crate::media::{Codec, EncodedFrame};

/// Requests for a key frame are sent at most this often; the sender needs about as long to answer one.
const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(200);

/// A request that the stack can't send yet (the sender has never sent) is kept for so long.
const KEY_FRAME_PATIENCE: Duration = Duration::from_secs(5);

/// The media lines of one link: one for each [`StreamKind`].
#[derive(Debug, Default)]
pub(super) struct Tracks {
    all: Vec<Track>,
}

#[derive(Debug)]
pub(super) struct Track {
    mid: Mid,
    pub(super) stream: StreamKind,
    key_frame: KeyFrameRequests,
    /// A frame was dropped on the way to the reader: the next one is not contiguous for it.
    gap: bool,
    received: bool,
    clock: Clock,
}

impl Tracks {
    /// Adds a media line. Only the first of each kind is used.
    pub(super) fn add(&mut self, mid: Mid, kind: MediaKind) {
        let stream = match kind {
            MediaKind::Audio => StreamKind::Voice,
            MediaKind::Video => StreamKind::Camera,
        };
        if self.by_stream(stream).is_none() {
            let (key_frame, clock) = (KeyFrameRequests::default(), Clock::default());
            self.all.push(Track { mid, stream, key_frame, gap: false, received: false, clock });
        }
    }

    pub(super) fn by_mid(&mut self, mid: Mid) -> Option<&mut Track> {
        self.all.iter_mut().find(|track| track.mid == mid)
    }

    pub(super) fn by_stream(&mut self, stream: StreamKind) -> Option<&mut Track> {
        self.all.iter_mut().find(|track| track.stream == stream)
    }

    /// The next track whose key frame request is due.
    pub(super) fn due_key_frame(&mut self, now: Instant) -> Option<&mut Track> {
        self.all.iter_mut().find(|track| track.key_frame.is_due(now))
    }

    /// When [`Tracks::due_key_frame`] is to be asked again.
    pub(super) fn next_key_frame(&self) -> Option<Instant> {
        self.all.iter().filter_map(|track| track.key_frame.due()).min()
    }

    /// Video codecs of the camera's line that both sides know, the preferred one first.
    pub(super) fn codecs(&mut self, rtc: &mut Rtc) -> Vec<Codec> {
        let Some(mid) = self.by_stream(StreamKind::Camera).map(|track| track.mid) else { return Vec::new() };
        let Some(writer) = rtc.writer(mid) else { return Vec::new() };
        let mut codecs = Vec::new();
        for codec in writer.payload_params().filter_map(|params| codec_of(params.spec().codec)) {
            if !codecs.contains(&codec) {
                codecs.push(codec);
            }
        }
        codecs
    }
}

impl Track {
    /// What the stack delivered, as a frame. `None` for what is not video of a known codec.
    pub(super) fn receive(&mut self, data: MediaData) -> Option<EncodedFrame> {
        let codec = codec_of(data.params.spec().codec)?;
        let key = data.is_keyframe();
        let contiguous = data.contiguous && !self.gap;
        let is_first = !std::mem::replace(&mut self.received, true);
        if !key && (!contiguous || is_first) {
            self.key_frame.want(data.network_time);
        }
        if key {
            self.key_frame.satisfied();
        }
        Some(EncodedFrame {
            codec,
            rtp_time: data.time.numer() as u32,
            key,
            contiguous,
            received: data.network_time,
            data: Bytes::from_owner(data.data),
        })
    }

    /// Tells how the frame given by [`Track::receive`] fared on the way to the reader.
    pub(super) fn delivered(&mut self, kept: bool, now: Instant) {
        self.gap = !kept;
        if !kept {
            self.key_frame.want(now);
        }
    }

    pub(super) fn want_key_frame(&mut self, now: Instant) {
        self.key_frame.want(now);
    }

    /// Asks the sender for a key frame: one mutation.
    pub(super) fn request_key_frame(&mut self, rtc: &mut Rtc, now: Instant) {
        let sent = rtc
            .writer(self.mid)
            .is_some_and(|mut writer| writer.request_keyframe(None, KeyframeRequestKind::Pli).is_ok());
        self.key_frame.tried(sent, now);
    }

    /// Hands a frame to the stack: one mutation. False if the codec was not agreed on or the stack refused.
    pub(super) fn send(&mut self, rtc: &mut Rtc, frame: EncodedFrame) -> bool {
        let Some(writer) = rtc.writer(self.mid) else { return false };
        let wanted = rtp_codec(frame.codec);
        let Some(payload) = best_payload(writer.payload_params().filter(|params| params.spec().codec == wanted)) else {
            return false;
        };
        let time = MediaTime::from_90khz(self.clock.extend(frame.rtp_time));
        writer.write(payload, frame.received, time, frame.data.as_ref()).is_ok()
    }
}

/// For H.264 several payload types differ in profile and packetization: the one that is cut into fragments (mode 1) is
/// needed for frames larger than a packet.
fn best_payload<'a>(candidates: impl Iterator<Item = &'a PayloadParams>) -> Option<Pt> {
    candidates
        .enumerate()
        .min_by_key(|(index, params)| {
            let whole_packets = matches!(params.spec().format.packetization_mode, None | Some(0));
            (params.spec().codec == str0m::format::Codec::H264 && whole_packets, *index)
        })
        .map(|(_, params)| params.pt())
}

/// Extends 32-bit times over their wrap-around.
#[derive(Debug, Default)]
struct Clock {
    last: Option<u64>,
}

impl Clock {
    fn extend(&mut self, time: u32) -> u64 {
        let extended = match self.last {
            // One round up, so that a first step back stays positive.
            None => (1 << 32) + u64::from(time),
            Some(last) => {
                let step = time.wrapping_sub(last as u32) as i32;
                last.saturating_add_signed(i64::from(step))
            }
        };
        self.last = Some(extended);
        extended
    }
}

/// Merges requests for key frames.
#[derive(Debug, Default)]
struct KeyFrameRequests {
    wanted_since: Option<Instant>,
    tried: Option<Instant>,
}

impl KeyFrameRequests {
    fn want(&mut self, now: Instant) {
        self.wanted_since.get_or_insert(now);
    }

    fn satisfied(&mut self) {
        self.wanted_since = None;
    }

    fn due(&self) -> Option<Instant> {
        let since = self.wanted_since?;
        Some(self.tried.map_or(since, |tried| tried + KEY_FRAME_INTERVAL))
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    fn tried(&mut self, sent: bool, now: Instant) {
        self.tried = Some(now);
        let too_old = self.wanted_since.is_some_and(|since| now.duration_since(since) > KEY_FRAME_PATIENCE);
        if sent || too_old {
            self.wanted_since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_on_over_the_wrap() {
        let mut clock = Clock::default();
        let first = clock.extend(u32::MAX - 10);
        assert_eq!(clock.extend(5), first + 16);
        assert_eq!(clock.extend(u32::MAX - 2), first + 8, "a small step back");
        let mut early = Clock::default();
        early.extend(3);
        assert!(early.extend(u32::MAX) > 0);
    }

    #[test]
    fn close_requests_are_merged_and_none_is_forgotten() {
        let start = Instant::now();
        let mut requests = KeyFrameRequests::default();
        requests.want(start);
        assert!(requests.is_due(start));
        requests.tried(true, start);
        requests.want(start + Duration::from_millis(10));
        assert!(!requests.is_due(start + Duration::from_millis(20)));
        assert!(requests.is_due(start + KEY_FRAME_INTERVAL));
        requests.tried(false, start + KEY_FRAME_INTERVAL);
        assert!(requests.due().is_some(), "the stack could not send it: again later");
        requests.tried(false, start + KEY_FRAME_PATIENCE * 2);
        assert!(requests.due().is_none(), "not forever");
    }
}
