//! An operator without a browser: opens a link, asks in, chats, and shows a generated picture when asked.
//!
//! ```text
//! cargo run -p sightline-node --example join -- HOME LINK [NAME]
//! ```

use std::error::Error;
use std::time::{Duration, Instant};

use sightline_node::command::OwnVideo;
use sightline_node::media::{EncodedFrame, EncoderSettings, PictureEncoder, pattern};
use sightline_node::session::guest::GuestStage;
use sightline_node::session::video_out::VideoOut;
use sightline_node::view::NodeEvent;
use sightline_node::{Codec, Node, NodeConfig};
use tokio::io::{AsyncBufReadExt, BufReader};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
const FPS: u32 = 30;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(home), Some(link)) = (arguments.next(), arguments.next()) else {
        return Err("usage: join HOME LINK [NAME]".into());
    };
    let mut config = NodeConfig::new(home);
    config.name = arguments.next().unwrap_or_else(|| "Operator".to_owned());
    config.allow_loopback = true;
    let node = Node::start(config).await?;
    let mut events = node.events();

    let guest = node.join(link).await?;
    let waiting = guest.view().wait_for(|view| view.words.is_some() || is_over(&view.stage)).await?.clone();
    if let Some(words) = &waiting.words {
        println!("asking {} in; the words are: {}", waiting.expert, words.join(" "));
    }
    let session = guest.admitted().await.map_err(|why| format!("{} ({})", why, why.code()))?;
    println!("in");
    session.say("Hello from a native operator").await?;

    let out = session.video_out();
    std::thread::Builder::new().name("camera".to_owned()).spawn(move || film(&out))?;
    session.own_video(OwnVideo::Live);

    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut typing = true;
    loop {
        tokio::select! {
            event = events.recv() => match event? {
                NodeEvent::Chat { item, .. } => println!("{}: {}", item.name, item.text),
                NodeEvent::VideoWanted { .. } => session.answer_video(true),
                other => println!("{}", serde_json::to_string(&other)?),
            },
            line = lines.next_line(), if typing => match line? {
                Some(line) if line.is_empty() => {}
                Some(line) => session.say(line).await?,
                None => typing = false,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    node.shutdown().await;
    Ok(())
}

fn is_over(stage: &GuestStage) -> bool {
    matches!(stage, GuestStage::Ended { .. })
}

/// Encodes numbered colour bars for as long as the program runs. On a thread of its own: encoding takes milliseconds.
fn film(out: &VideoOut) {
    let settings = EncoderSettings::camera(Codec::Vp8, WIDTH, HEIGHT);
    let Ok(mut encoder) = PictureEncoder::open(&settings) else { return eprintln!("no encoder") };
    let began = Instant::now();
    for number in 0u32.. {
        let mut picture = pattern::colour_bars(WIDTH, HEIGHT, (number % 1000) as u16);
        picture.rtp_time = number.wrapping_mul(90_000 / FPS);
        match encoder.encode(&picture, out.take_key_frame_wish()) {
            Ok(Some(encoded)) => {
                let frame = EncodedFrame {
                    codec: Codec::Vp8,
                    data: encoded.data,
                    rtp_time: picture.rtp_time,
                    key: encoded.key,
                    contiguous: true,
                    received: Instant::now(),
                };
                // While there is no link, nobody misses it; a new link begins with a key frame.
                let _ = out.send(frame);
            }
            Ok(None) => {}
            Err(error) => return eprintln!("{error}"),
        }
        let due = Duration::from_secs(u64::from(number) + 1) / FPS;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
}
