//! `live`: messages, what is shown of them, and what is sent of a person's doing.

use crate::{golden, hex, judged, kebab};
use serde_json::{Value, json};
use sightline_proto::id::{DocumentId, PeerId};
use sightline_proto::limits::{LIVE_BURST, MAX_LIVE, MAX_PREVIEWS, MAX_STROKE_POINTS};
use sightline_proto::live::{Act, LiveMessage, Making, Say, Seen, Sender, Target, Unseen};

const TOOLS: [&str; 7] = ["pen", "arrow", "rectangle", "ellipse", "text", "mark", "dot"];
const INKS: [&str; 5] = ["red", "yellow", "green", "blue", "white"];

const ADA: PeerId = PeerId([0xad; 32]);
const BO: PeerId = PeerId([0xb0; 32]);
const BOARD: DocumentId = DocumentId([3; 16]);
const TEXT: DocumentId = DocumentId([4; 16]);

#[test]
fn live() {
    let mut cases: Vec<Value> = messages().into_iter().map(decoded).collect();
    cases.extend(seen());
    cases.extend(sent());
    golden("live", "The live channel: messages; what others' messages show; what goes out of one's own doing.", cases);
}

fn pen(points: Vec<(u16, u16)>) -> Making {
    Making { tool: 0, ink: 1, width: 300, points }
}

fn pointer(seq: u32, x: u16, act: Act) -> LiveMessage {
    LiveMessage::Pointer { seq, target: Target::Board(BOARD), x, y: 7, act }
}

fn preview(seq: u32, first: u32, points: Vec<(u16, u16)>) -> LiveMessage {
    LiveMessage::Preview { board: BOARD, id: 1, seq, first, making: pen(points) }
}

/// A line that curls, so that its differences have every length.
fn curl(count: u32) -> Vec<(u16, u16)> {
    (0..count).map(|i| ((i * i % 65_536) as u16, (i * 411 % 65_536) as u16)).collect()
}

fn messages() -> Vec<(String, Vec<u8>)> {
    let arrow = Making { tool: 1, ink: 4, width: 65_535, points: vec![(0, 0), (65_535, 65_535)] };
    let good = [
        (
            "pointer on video",
            LiveMessage::Pointer { seq: 1, target: Target::Video(ADA), x: 0, y: 65_535, act: Act::Move },
        ),
        ("click on a board", pointer(u32::MAX, 513, Act::Click)),
        ("pointer gone", pointer(3, 1, Act::Gone)),
        ("a short line", preview(4, 0, vec![(10, 20), (11, 19), (300, 5)])),
        ("a tail", preview(5, 700, curl(200))),
        ("an arrow", LiveMessage::Preview { board: BOARD, id: u32::MAX, seq: 6, first: 0, making: arrow }),
        ("preview gone", LiveMessage::PreviewGone { board: BOARD, id: 9 }),
        ("cursor", LiveMessage::Cursor { text: TEXT, at: 70_000 }),
        ("to the last point", preview(7, MAX_STROKE_POINTS as u32 - 1, vec![(1, 1)])),
        ("beyond the last point", preview(7, MAX_STROKE_POINTS as u32, vec![(1, 1)])),
        ("no points", preview(8, 0, vec![])),
    ];
    let mut all: Vec<(String, Vec<u8>)> = good.iter().map(|(name, m)| ((*name).to_owned(), m.encode())).collect();
    let change = |name: &str, message: &LiveMessage, at: usize, byte: u8| {
        let mut bytes = message.encode();
        bytes[at] = byte;
        (name.to_owned(), bytes)
    };
    let (point, line) = (&good[0].1, &good[3].1);
    all.extend([
        ("empty".to_owned(), vec![]),
        ("unknown kind".to_owned(), vec![9, 0, 0]),
        change("unknown target", point, 5, 2),
        change("unknown act", point, point.encode().len() - 1, 3),
        change("unknown tool", line, 25, 7),
        change("unknown ink", line, 26, 5),
        change(
            "no width",
            &LiveMessage::Preview {
                board: BOARD,
                id: 1,
                seq: 1,
                first: 0,
                making: Making { width: 1, ..pen(vec![(1, 1)]) },
            },
            28,
            0,
        ),
        change("count of another length", line, 33, 0x83),
        ("pointer and more".to_owned(), [point.encode(), vec![0]].concat()),
        ("line and more".to_owned(), [line.encode(), vec![0]].concat()),
        ("pointer cut".to_owned(), point.encode()[..20].to_vec()),
        ("line cut".to_owned(), line.encode()[..line.encode().len() - 1].to_vec()),
        ("line without points".to_owned(), line.encode()[..33].to_vec()),
        ("too large".to_owned(), vec![1; MAX_LIVE + 1]),
    ]);
    let points = |name: &str, tail: &[u8]| (name.to_owned(), [&line.encode()[..33], tail].concat());
    all.extend([
        points("a point left of the picture", &[1, 1, 0]),
        points("a point right of the picture", &[1, 0x80, 0x80, 0x08, 0]),
        points("a long zero", &[1, 0x80, 0x00, 0]),
        points("a number of four bytes", &[1, 0x80, 0x80, 0x80, 0x01, 0]),
        points("more points said than sent", &[0xff, 0x7f, 0, 0]),
    ]);
    all
}

fn decoded((name, bytes): (String, Vec<u8>)) -> Value {
    let case = json!({ "kind": "message", "name": name, "bytes": hex(&bytes) });
    judged(case, LiveMessage::decode(&bytes), |message| json!({ "message": told(&message) }))
}

fn told(message: &LiveMessage) -> Value {
    match message {
        LiveMessage::Pointer { seq, target, x, y, act } => {
            json!({ "t": "pointer", "seq": seq, "target": on(target), "x": x, "y": y, "act": kebab(act) })
        }
        LiveMessage::Preview { board, id, seq, first, making } => {
            json!({ "t": "preview", "board": board, "id": id, "seq": seq, "first": first, "stroke": stroke(making) })
        }
        LiveMessage::PreviewGone { board, id } => json!({ "t": "preview-gone", "board": board, "id": id }),
        LiveMessage::Cursor { text, at } => json!({ "t": "cursor", "text": text, "at": at }),
    }
}

fn on(target: &Target) -> Value {
    match target {
        Target::Video(peer) => json!({ "on": "video", "peer": peer }),
        Target::Board(board) => json!({ "on": "board", "board": board }),
    }
}

/// Points as one text, `x,y x,y`: a line of the file instead of thousands.
fn stroke(making: &Making) -> Value {
    let points: Vec<String> = making.points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    json!({ "tool": TOOLS[usize::from(making.tool)], "ink": INKS[usize::from(making.ink)], "width": making.width,
        "points": points.join(" ") })
}

fn state(seen: &Seen) -> Value {
    let pointers: Vec<Value> = seen
        .pointers()
        .map(|(peer, p)| json!({ "peer": peer, "target": on(&p.target), "x": p.x, "y": p.y, "act": kebab(&p.act) }))
        .collect();
    let previews: Vec<Value> = seen
        .previews()
        .map(|(peer, p)| json!({ "peer": peer, "board": p.board, "id": p.id, "stroke": stroke(&p.making) }))
        .collect();
    let cursors: Vec<Value> =
        seen.cursors().map(|(peer, text, at)| json!({ "peer": peer, "text": text, "at": at })).collect();
    json!({ "pointers": pointers, "previews": previews, "cursors": cursors })
}

/// What happens to what is shown.
enum Step {
    Take(PeerId, Vec<u8>),
    Finished(PeerId, u8, (u16, u16)),
    Forget(PeerId),
    Tick,
}

fn seen() -> Vec<Value> {
    use Step::{Finished, Forget, Take, Tick};
    let take = |message: LiveMessage| Take(ADA, message.encode());
    let gone = |id| take(LiveMessage::PreviewGone { board: BOARD, id });
    let another = |id: u32| LiveMessage::Preview { board: BOARD, id, seq: id, first: 0, making: pen(vec![(1, 1)]) };
    let stories: Vec<(&str, Vec<(u64, Step)>)> = vec![
        (
            "an older pointer is ignored",
            vec![
                (0, take(pointer(2, 20, Act::Move))),
                (1, take(pointer(1, 10, Act::Move))),
                (2, take(pointer(2, 21, Act::Move))),
                (3, take(pointer(3, 30, Act::Click))),
                (4, Take(BO, pointer(1, 40, Act::Move).encode())),
            ],
        ),
        (
            "a pointer fades after three seconds",
            vec![(0, take(pointer(1, 20, Act::Move))), (2_999, Tick), (3_000, Tick)],
        ),
        (
            "a pointer that is gone",
            vec![
                (0, take(pointer(1, 20, Act::Move))),
                (10, take(pointer(2, 20, Act::Gone))),
                (11, take(pointer(1, 20, Act::Move))),
                (1_010, Tick),
            ],
        ),
        (
            "tails join",
            vec![
                (0, take(preview(1, 0, vec![(0, 0), (10, 10)]))),
                (16, take(preview(2, 1, vec![(10, 10), (20, 20), (30, 30)]))),
                (32, take(preview(3, 2, vec![(20, 20), (30, 30), (40, 40)]))),
            ],
        ),
        (
            "one lost message heals, two are drawn straight",
            vec![
                (0, take(preview(1, 0, vec![(0, 0), (10, 100)]))),
                (32, take(preview(3, 5, vec![(50, 200), (60, 0)]))),
                (33, take(preview(2, 1, vec![(10, 100), (20, 20)]))),
            ],
        ),
        (
            "a corner moves",
            vec![(0, take(preview(1, 0, vec![(0, 0), (10, 10)]))), (16, take(preview(2, 1, vec![(500, 400)])))],
        ),
        ("the beginning is missing", vec![(0, take(preview(9, 3, vec![(7, 8), (9, 10)])))]),
        (
            "a preview ends and does not come back",
            vec![
                (0, take(preview(1, 0, vec![(0, 0)]))),
                (16, gone(1)),
                (17, take(preview(2, 0, vec![(0, 0), (1, 1)]))),
            ],
        ),
        (
            "a preview fades after five seconds",
            vec![(0, take(preview(1, 0, vec![(0, 0)]))), (4_999, Tick), (5_000, Tick)],
        ),
        (
            "the finished stroke takes its preview's place",
            vec![
                (0, take(preview(1, 0, vec![(5, 6), (7, 8)]))),
                (1, take(LiveMessage::Preview { board: BOARD, id: 2, seq: 2, first: 0, making: pen(vec![(9, 9)]) })),
                (2, Finished(BO, 0, (5, 6))),
                (3, Finished(ADA, 1, (5, 6))),
                (4, Finished(ADA, 0, (5, 6))),
                (5, take(preview(3, 0, vec![(5, 6), (7, 8)]))),
            ],
        ),
        ("no more previews than fingers", (1..=MAX_PREVIEWS as u32 + 1).map(|id| (0, take(another(id)))).collect()),
        (
            "a cursor",
            vec![
                (0, take(LiveMessage::Cursor { text: TEXT, at: 5 })),
                (1, take(LiveMessage::Cursor { text: TEXT, at: 6 })),
                (30_001, Tick),
            ],
        ),
        (
            "who leaves takes everything along",
            vec![
                (0, take(pointer(1, 20, Act::Move))),
                (0, take(preview(1, 0, vec![(0, 0)]))),
                (0, Take(BO, pointer(1, 9, Act::Move).encode())),
                (1, Forget(ADA)),
                (2, take(pointer(1, 5, Act::Move))),
            ],
        ),
        (
            "malformed ones change nothing",
            vec![(0, take(pointer(1, 20, Act::Move))), (1, Take(ADA, vec![9])), (2, Take(ADA, vec![]))],
        ),
    ];
    let mut cases: Vec<Value> = stories.into_iter().map(|(name, steps)| story(name, steps)).collect();
    let mut flood: Vec<(u64, Step)> =
        (1..=LIVE_BURST as u32 + 1).map(|seq| (0, take(pointer(seq, seq as u16, Act::Move)))).collect();
    flood.push((9, take(pointer(1_000, 1, Act::Move))));
    flood.push((10, take(pointer(1_001, 2, Act::Move))));
    cases.push(story("a flood is cut off", flood));
    cases
}

fn story(name: &str, steps: Vec<(u64, Step)>) -> Value {
    let mut seen = Seen::new();
    let count = steps.len();
    let told = steps.into_iter().enumerate().map(|(index, (at, step))| {
        let mut told = match step {
            Step::Take(peer, bytes) => {
                let verdict = match seen.take(peer, &bytes, at) {
                    Ok(true) => json!("changed"),
                    Ok(false) => json!("same"),
                    Err(Unseen::Flood) => json!("flood"),
                    Err(Unseen::Malformed(error)) => json!(kebab(&error)),
                };
                json!({ "take": hex(&bytes), "peer": peer, "verdict": verdict })
            }
            Step::Finished(peer, tool, first) => {
                seen.finished(peer, BOARD, tool, first);
                json!({ "finished": TOOLS[usize::from(tool)], "peer": peer, "board": BOARD, "first": first })
            }
            Step::Forget(peer) => {
                seen.forget(&peer);
                json!({ "forget": peer })
            }
            Step::Tick => json!({}),
        };
        seen.tick(at);
        let map = told.as_object_mut().unwrap();
        map.insert("at".into(), json!(at));
        // Of a long story its end says enough.
        if count < 20 || index + 4 > count {
            map.insert("state".into(), state(&seen));
        }
        told
    });
    json!({ "kind": "seen", "name": name, "steps": told.collect::<Vec<_>>() })
}

/// Its name, what is said when (milliseconds), and until when the sender is asked for messages.
type SenderStory = (&'static str, Vec<(u64, Say)>, u64);

fn sent() -> Vec<Value> {
    let point = |x, act| Say::Pointer { target: Target::Board(BOARD), x, y: 7, act };
    let line = |points| Say::Preview { board: BOARD, id: 1, making: pen(points) };
    let arrow = |end| Say::Preview { board: BOARD, id: 2, making: Making { tool: 1, ..pen(vec![(0, 0), end]) } };
    let stories: Vec<SenderStory> = vec![
        (
            "the newest position only",
            vec![
                (0, point(1, Act::Move)),
                (1, point(2, Act::Move)),
                (2, point(3, Act::Move)),
                (3, point(4, Act::Move)),
            ],
            100,
        ),
        (
            "clicks are kept",
            vec![
                (0, point(1, Act::Move)),
                (1, point(2, Act::Click)),
                (2, point(3, Act::Move)),
                (3, point(4, Act::Move)),
                (4, point(5, Act::Gone)),
            ],
            100,
        ),
        ("a growing line", (1..6).map(|n| (u64::from(n) * 20, line(curl(n * 3)))).collect(), 300),
        ("a long line in tails", (1..6).map(|n| (u64::from(n) * 20, line(curl(n * 300)))).collect(), 300),
        ("an arrow that turns", vec![(0, arrow((10, 10))), (20, arrow((20, 5))), (40, arrow((20, 5)))], 100),
        ("a resting pen repeats", vec![(0, line(curl(4)))], 3_300),
        ("gone is said twice", vec![(0, line(curl(4))), (5, Say::PreviewGone { board: BOARD, id: 1 })], 2_000),
        (
            "all kinds have their turn",
            vec![
                (0, point(1, Act::Move)),
                (0, line(curl(2))),
                (0, Say::Cursor { text: TEXT, at: 3 }),
                (0, Say::Cursor { text: TEXT, at: 4 }),
                (0, arrow((9, 9))),
            ],
            200,
        ),
    ];
    stories.into_iter().map(|(name, says, until)| sending(name, says, until)).collect()
}

fn sending(name: &str, says: Vec<(u64, Say)>, until: u64) -> Value {
    let mut sender = Sender::default();
    let (mut told, mut out) = (Vec::new(), Vec::new());
    let mut says = says.into_iter().peekable();
    for now in 0..=until {
        while let Some((at, say)) = says.next_if(|(at, _)| *at == now) {
            told.push(match &say {
                Say::Pointer { target, x, y, act } => {
                    json!({ "at": at, "t": "pointer", "target": on(target), "x": x, "y": y, "act": kebab(act) })
                }
                Say::Preview { board, id, making } => {
                    json!({ "at": at, "t": "preview", "board": board, "id": id, "stroke": stroke(making) })
                }
                Say::PreviewGone { board, id } => {
                    json!({ "at": at, "t": "preview", "board": board, "id": id, "stroke": null })
                }
                Say::Cursor { text, at: place } => json!({ "at": at, "t": "cursor", "text": text, "place": place }),
            });
            sender.say(say);
        }
        if sender.next_wake().is_some_and(|at| at <= now) {
            while let Some(message) = sender.poll(now) {
                out.push(json!({ "at": now, "bytes": hex(message.encode()) }));
            }
        }
    }
    json!({ "kind": "sent", "name": name, "says": told, "until": until, "out": out })
}
