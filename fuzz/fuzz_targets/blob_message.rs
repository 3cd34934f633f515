//! A message about a blob, and what the machines of both sides do with it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_proto::blob::{Feed, Fetch, Found, Input, Message, Serve, Size, SourceId, Why};
use sightline_proto::limits::{CHUNK, MAX_BLOB};

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = Message::decode(bytes) else { return };
    assert_eq!(message.encode(), bytes);
    let blob = message.blob();
    for size in [Size::AtMost(MAX_BLOB), Size::Exactly(CHUNK as u64)] {
        let mut fetch = Fetch::new(blob, size);
        fetch.handle(Input::Source(SourceId(1)), 1);
        fetch.handle(Input::Message(SourceId(1), message.clone()), 2);
        fetch.handle(Input::Message(SourceId(1), message.clone()), 100_000);
        while fetch.poll().is_some() {}
        let mut feed = Feed::new(blob, size, None);
        feed.take(&message);
        feed.take(&message);
    }
    let mut serve = Serve::new();
    serve.take(&message);
    while let Some(want) = serve.want() {
        serve.found(want, Found::Not(Why::Unknown));
    }
    while serve.front().is_some() {
        serve.sent();
    }
});
