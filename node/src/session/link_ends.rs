//! Why links and videos end, in the words of the view.

use sightline_proto::control::{ByeReason, StopReason};
use sightline_proto::negotiation::CloseReason as NegotiationEnd;

use crate::link::CloseReason;
use crate::view::{LinkEnd, VideoEnd};

pub(super) fn video_end(why: Option<StopReason>) -> VideoEnd {
    match why {
        None | Some(StopReason::Stopped) => VideoEnd::Stopped,
        Some(StopReason::Denied) => VideoEnd::Denied,
        Some(StopReason::Missing) => VideoEnd::Missing,
        Some(StopReason::Busy) => VideoEnd::Busy,
        Some(StopReason::Lost) => VideoEnd::Lost,
    }
}

pub(super) fn negotiation_end(why: NegotiationEnd) -> (LinkEnd, CloseReason) {
    match why {
        NegotiationEnd::Ours(ByeReason::Left) => (LinkEnd::ShuttingDown, CloseReason::Left),
        NegotiationEnd::Theirs(ByeReason::Left) => (LinkEnd::Left, CloseReason::RemoteClosed),
        NegotiationEnd::Ours(ByeReason::Closed) => (LinkEnd::Closed, CloseReason::Ended),
        NegotiationEnd::Theirs(ByeReason::Closed) => (LinkEnd::Closed, CloseReason::RemoteClosed),
        NegotiationEnd::Ours(ByeReason::Replaced) | NegotiationEnd::Theirs(ByeReason::Replaced) => {
            (LinkEnd::Replaced, CloseReason::Replaced)
        }
        NegotiationEnd::NeverConnected => (LinkEnd::NoPath, CloseReason::NeverConnected),
        NegotiationEnd::NoHello | NegotiationEnd::BadHello => (LinkEnd::NotVerified, CloseReason::Unverified),
        NegotiationEnd::OtherFingerprint => (LinkEnd::NotVerified, CloseReason::ChangedFingerprint),
        NegotiationEnd::BadDescription | NegotiationEnd::BadControl => (LinkEnd::Misbehaved, CloseReason::Transport),
        NegotiationEnd::Dead => (LinkEnd::Silent, CloseReason::Vanished),
        NegotiationEnd::Gone => (LinkEnd::NoPath, CloseReason::Transport),
    }
}

pub(super) fn link_end(why: CloseReason) -> LinkEnd {
    match why {
        CloseReason::Left => LinkEnd::ShuttingDown,
        CloseReason::RemoteClosed => LinkEnd::Left,
        CloseReason::Ended => LinkEnd::Closed,
        CloseReason::Replaced => LinkEnd::Replaced,
        CloseReason::Unverified | CloseReason::WrongFingerprint | CloseReason::ChangedFingerprint => {
            LinkEnd::NotVerified
        }
        CloseReason::Vanished => LinkEnd::Silent,
        CloseReason::NeverConnected | CloseReason::Transport => LinkEnd::NoPath,
        CloseReason::Overrun => LinkEnd::Misbehaved,
    }
}
