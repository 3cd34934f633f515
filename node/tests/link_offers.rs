//! A real browser's offer, as it is and damaged in many ways.

use sightline_node::link::rtc::{RtcConfig, RtcLink};
use sightline_node::media::Codec;

/// What Chromium 156 offers with an audio and a video transceiver without tracks and a negotiated data channel.
const OFFER: &str = include_str!("common/chromium_offer.sdp");

fn answer(offer: &str, codecs: &[Codec]) -> Option<(RtcLink, String)> {
    let config = RtcConfig { codecs: codecs.to_vec(), ..RtcConfig::default() }.loopback_only();
    RtcLink::answer(offer, config).ok().map(|started| (started.link, started.sdp))
}

#[tokio::test]
async fn a_browsers_offer_is_answered_with_the_preferred_codecs_only() {
    for codecs in [&[Codec::Vp8][..], &[Codec::H264], &[Codec::Vp9, Codec::Vp8], &Codec::ALL] {
        let (link, sdp) = answer(OFFER, codecs).expect("answered");
        assert_eq!(link.codecs(), codecs, "the order is the answer's");
        for codec in Codec::ALL {
            let name = format!(" {}/90000", codec.name().to_uppercase());
            assert_eq!(sdp.contains(&name), codecs.contains(&codec), "{name}");
        }
        assert_eq!(sdp.matches("m=").count(), 3);
        assert_eq!(sdp.matches("a=sendrecv").count(), 2, "both media lines stay open in both directions");
        assert!(sdp.contains("a=setup:passive"));
        assert!(!sdp.contains("profile-id=2"), "no ten-bit video");
    }
}

#[tokio::test]
async fn damaged_offers_never_bring_anything_down() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below
    };
    let lines: Vec<&str> = OFFER.lines().collect();
    let (mut answered, mut refused) = (0, 0);
    for round in 0..300 {
        let mut damaged: Vec<String> = lines.iter().map(|line| format!("{line}\r\n")).collect();
        for _ in 0..=random(3) {
            let at = random(damaged.len());
            match round % 6 {
                0 => drop(damaged.remove(at)),
                1 => damaged[at] = lines[random(lines.len())].to_owned() + "\r\n",
                2 => damaged.insert(at, lines[random(lines.len())].to_owned() + "\r\n"),
                3 => {
                    let cut = random(damaged[at].len());
                    damaged[at].truncate(cut);
                }
                4 => {
                    let replaced = damaged[at].replace(|c: char| c.is_ascii_digit(), "9");
                    damaged[at] = replaced;
                }
                _ => {
                    let position = random(damaged[at].len());
                    let symbol = ["é", "\0", ":", " ", "99999999999999999999", "-1", "a="][random(7)];
                    damaged[at].insert_str(position, symbol);
                }
            }
        }
        match answer(&damaged.concat(), &Codec::ALL) {
            Some(_) => answered += 1,
            None => refused += 1,
        }
    }
    assert!(answered > 20 && refused > 20, "{answered} answered, {refused} refused");
}
