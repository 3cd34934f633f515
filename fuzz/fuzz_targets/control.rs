//! Messages of the `control` channel, also as a verified and an unverified link takes them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_proto::control::ControlMessage;
use sightline_proto::id::{Fingerprint, KnockId, SessionId};
use sightline_proto::keys::{PeerKey, Secret};
use sightline_proto::negotiation::{Input, LinkPlan, Negotiation, Output};
use sightline_proto::sdp::Setup;
use sightline_proto::trickle::Side;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(message)) = ControlMessage::decode(bytes) {
        assert_eq!(ControlMessage::decode(message.encode().as_bytes()), Ok(Some(message)));
    }
    let me = PeerKey::from_seed(&Secret::new([1; 32]));
    let other = PeerKey::from_seed(&Secret::new([2; 32]));
    let (own, remote) = (Fingerprint([3; 32]), Fingerprint([4; 32]));
    let plan = LinkPlan {
        sid: SessionId([5; 16]),
        id: KnockId([6; 32]),
        side: Side::Answerer,
        peer: other.public(),
        pinned: remote,
        remote_setup: Setup::Passive,
        polite: false,
    };
    let mut link = Negotiation::new(plan, 0);
    link.handle(Input::Connected { own, remote }, &me, 1);
    link.handle(Input::Control(bytes), &me, 2);
    while let Some(output) = link.poll() {
        assert!(!matches!(output, Output::Verified | Output::Received(_)), "nothing without a hello");
    }
});
