//! The bytes of a knock, from outside and, after the seal, from inside; and what replies, trickle and waiting-room items
//! are made of. A fuzzer can't seal, so the inside is sealed here around its bytes.
#![no_main]

mod fixed;

use fixed::Fixed;
use libfuzzer_sys::fuzz_target;
use sightline_proto::exports::{Exports, Purpose};
use sightline_proto::id::{InviteId, KnockId, SessionId, SlotAddress};
use sightline_proto::keys::{SealKey, Secret};
use sightline_proto::knock::{self, KnockKeys};
use sightline_proto::message::Message;
use sightline_proto::trickle::{Side, Trickler};
use sightline_proto::{reply, seal, waiting};

fuzz_target!(|bytes: &[u8]| {
    let keys = KnockKeys {
        sid: SessionId([1; 16]),
        invite: InviteId([2; 16]),
        psk: Secret::new([3; 32]),
        key: SealKey::from_bytes(&Secret::new([4; 32])),
        address: SlotAddress([5; 16]),
    };
    let _ = knock::open(bytes, &keys);
    if let Ok(message) = Message::decode(bytes) {
        assert_eq!(message.encode(), bytes);
    }
    if let Ok(item) = waiting::WaitingItem::decode(bytes) {
        assert_eq!(item.encode(), bytes);
    }
    if let Ok(exports) = Exports::from_bytes(bytes) {
        assert!(exports.words.iter().all(|index| *index < 2048));
    }
    let secret = |n| Secret::new([n; 32]);
    let exports = Exports {
        purpose: Purpose::Knock,
        id: KnockId([6; 32]),
        reply: secret(1),
        waiting: secret(2),
        trickle_offerer: secret(3),
        trickle_answerer: secret(4),
        words: [0; 4],
    };
    let sealed = seal::seal(&[1; 32], "reply", &[6; 32], bytes, &mut Fixed);
    let _ = reply::open(&Message::Reply { id: exports.id, sealed }.encode(), &exports, |_, _| true);
    let aad = [&[6; 32][..], &1u32.to_be_bytes()].concat();
    let sealed = seal::seal(&[3; 32], "trickle", &aad, bytes, &mut Fixed);
    let _ = Trickler::new(&exports, Side::Answerer).open(&Message::Trickle { id: exports.id, n: 1, sealed }.encode());
});
