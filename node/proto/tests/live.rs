//! The live channel between two people: what is drawn here is seen there, whatever gets lost, and never too often.
#![allow(clippy::unwrap_used, reason = "a test program")]

use proptest::collection::vec;
use proptest::prelude::*;
use sightline_proto::id::{DocumentId, PeerId};
use sightline_proto::limits::{LIVE_PER_SEC, MAX_LIVE, MAX_STROKE_POINTS};
use sightline_proto::live::{Act, LiveMessage, Making, Say, Seen, Sender, Target, decode_points, encode_points};

const PEER: PeerId = PeerId([1; 32]);
const BOARD: DocumentId = DocumentId([2; 16]);

fn making() -> impl Strategy<Value = Making> {
    (0..7u8, 0..5u8, 1..=u16::MAX, vec(any::<(u16, u16)>(), 1..180)).prop_map(|(tool, ink, width, points)| Making {
        tool,
        ink,
        width,
        points,
    })
}

fn message() -> impl Strategy<Value = LiveMessage> {
    let act = prop_oneof![Just(Act::Move), Just(Act::Click), Just(Act::Gone)];
    let target = prop_oneof![
        any::<[u8; 32]>().prop_map(|peer| Target::Video(PeerId(peer))),
        any::<[u8; 16]>().prop_map(|board| Target::Board(DocumentId(board))),
    ];
    prop_oneof![
        (any::<(u32, u16, u16)>(), target, act).prop_map(|((seq, x, y), target, act)| LiveMessage::Pointer {
            seq,
            target,
            x,
            y,
            act
        }),
        (any::<(u32, u32)>(), 0..19_000u32, making()).prop_map(|((id, seq), first, making)| LiveMessage::Preview {
            board: BOARD,
            id,
            seq,
            first,
            making
        }),
        any::<u32>().prop_map(|id| LiveMessage::PreviewGone { board: BOARD, id }),
        any::<u32>().prop_map(|at| LiveMessage::Cursor { text: BOARD, at }),
    ]
}

proptest! {
    #[test]
    fn messages_round_trip(message in message()) {
        prop_assert_eq!(LiveMessage::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn a_message_has_one_spelling(message in message(), at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = message.encode();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(read) = LiveMessage::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn nothing_panics(bytes in vec(any::<u8>(), 0..1400)) {
        let _ = LiveMessage::decode(&bytes);
        let _ = Seen::new().take(PEER, &bytes, 0);
    }

    #[test]
    fn points_round_trip(points in vec(any::<(u16, u16)>(), 1..400)) {
        prop_assert_eq!(decode_points(&encode_points(&points)), Ok(points));
    }

    /// A line grows by leaps; of the messages never two in a row get lost. What is seen is what was drawn.
    #[test]
    fn a_line_is_seen_whole_when_single_messages_get_lost(
        leaps in vec((1..400usize, 0..50u64), 1..12),
        lost in vec(any::<bool>(), 64),
        steps in vec(any::<(i8, i8)>(), 64),
    ) {
        let (mut sender, mut seen) = (Sender::default(), Seen::new());
        let (mut points, mut now, mut at) = (vec![(30_000_u16, 30_000_u16)], 0, 0);
        let mut before_lost = false;
        let mut run = |sender: &mut Sender, seen: &mut Seen, from: u64, to: u64| {
            for now in from..to {
                while let Some(message) = sender.poll(now) {
                    let bytes = message.encode();
                    assert!(bytes.len() <= MAX_LIVE);
                    at += 1;
                    before_lost = lost[at % lost.len()] && !before_lost;
                    if !before_lost {
                        seen.take(PEER, &bytes, now).unwrap();
                    }
                }
            }
        };
        for (leap, wait) in leaps {
            for _ in 0..leap {
                let (x, y) = *points.last().unwrap();
                let (dx, dy) = steps[points.len() % steps.len()];
                points.push((x.saturating_add_signed(dx.into()), y.saturating_add_signed(dy.into())));
            }
            let making = Making { tool: 0, ink: 0, width: 9, points: points.clone() };
            sender.say(Say::Preview { board: BOARD, id: 1, making });
            run(&mut sender, &mut seen, now, now + wait);
            now += wait;
        }
        // Time for all of it, and for the repetition by which the last loss heals.
        run(&mut sender, &mut seen, now, now + 4_000);
        let (_, preview) = seen.previews().next().unwrap();
        prop_assert_eq!(&preview.making.points, &points);
    }

    #[test]
    fn nobody_sends_more_often_than_a_screen_shows(says in vec((0..30u64, any::<(u16, bool)>()), 1..200)) {
        let mut sender = Sender::default();
        let (mut now, mut sent) = (0, Vec::new());
        for (wait, (x, click)) in says {
            let act = if click { Act::Click } else { Act::Move };
            sender.say(Say::Pointer { target: Target::Board(BOARD), x, y: 0, act });
            sender.say(Say::Preview { board: BOARD, id: 1, making: Making { tool: 1, ink: 0, width: 1, points: vec![(x, 0)] } });
            for _ in 0..=wait {
                sent.extend(std::iter::from_fn(|| sender.poll(now)).map(|_| now));
                now += 1;
            }
        }
        for from in &sent {
            let within = sent.iter().filter(|at| (*from..from + 1000).contains(*at)).count() as u64;
            prop_assert!(within <= LIVE_PER_SEC, "{within} from {from}");
        }
    }
}

#[test]
fn the_longest_line_goes_through() {
    let points: Vec<(u16, u16)> =
        (0..MAX_STROKE_POINTS as u32).map(|i| ((i * 3) as u16, (i * 7 % 60_000) as u16)).collect();
    let (mut sender, mut seen) = (Sender::default(), Seen::new());
    let making = Making { tool: 0, ink: 0, width: 9, points: points.clone() };
    sender.say(Say::Preview { board: BOARD, id: 1, making });
    for now in 0..6_000 {
        while let Some(message) = sender.poll(now) {
            seen.take(PEER, &message.encode(), now).unwrap();
        }
    }
    assert_eq!(seen.previews().next().unwrap().1.making.points, points);
}

#[test]
fn a_click_is_shown_for_a_moment_before_what_follows_it() {
    let mut seen = Seen::new();
    let point = |seq, x, act| LiveMessage::Pointer { seq, target: Target::Board(BOARD), x, y: 0, act }.encode();
    seen.take(PEER, &point(1, 5, Act::Click), 0).unwrap();
    seen.take(PEER, &point(2, 9, Act::Move), 10).unwrap();
    let shown = |seen: &Seen| seen.pointers_to_show().map(|(_, pointed)| (pointed.x, pointed.act)).next();
    assert_eq!(shown(&seen), Some((5, Act::Click)));
    let until = seen.next_wake().unwrap();
    assert!(seen.tick(until));
    assert_eq!(shown(&seen), Some((9, Act::Move)));
}
