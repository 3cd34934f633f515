//! A member that turns on the others: what it sends over its own link is refused and counted, and the call goes on.

use serde_json::json;
use sightline_tests::{Browser, BrowserSetup, Expert, Lab};

/// Keeps the page's own channel for documents and what it sent there.
const TAP: &str = "(() => {
  globalThis.__sent = [];
  const own = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (label, init) {
    const channel = own.call(this, label, init);
    if (label === 'live' || label === 'control') globalThis[`__${label}`] = channel;
    if (label === 'sync') {
      const send = channel.send.bind(channel);
      globalThis.__raw = { send, channel };
      channel.send = (data) => {
        globalThis.__sent.push(new Uint8Array(data.slice(0)));
        send(data);
      };
    }
    return channel;
  };
})()";

/// Altered, cut, repeated, random and tiny messages: some 30,000 of them, as fast as the channel takes them. Each is one whole
/// fragment: what a fragment is not ends the link, see below.
const ATTACK: &str = "(async () => {
  const { send, channel } = globalThis.__raw;
  let seed = 7;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const put = async (data) => {
    while (channel.bufferedAmount > 1 << 20) await new Promise((done) => setTimeout(done, 5));
    send(data);
  };
  const sent = globalThis.__sent.filter((message) => message[0] === 1 && message.length > 2);
  for (const message of sent) {
    for (let n = 0; n < 100; n++) {
      const altered = message.slice();
      altered[1 + random(altered.length - 1)] ^= 1 << random(8);
      await put(altered);
      await put(message.slice(0, 1 + random(message.length - 1)));
      await put(message);
    }
  }
  for (let n = 0; n < 300; n++) await put(Uint8Array.from({ length: 16000 }, (_, at) => (at === 0 ? 1 : random(256))));
  for (let n = 0; n < 20000; n++) await put(new Uint8Array([1, random(256)]));
  return sent.length;
})()";

/// A member whose channels can be written on from outside the page's own code.
fn linked(lab: &mut Lab, role: &str) -> (Expert, String, Browser) {
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let link = expert.invite_with(&session, json!({ "auto": true, "role": role }));
    let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
    operator.lines.must(json!({ "do": "open", "url": "about:blank", "script": TAP }));
    operator.join(&link, "Mihai");
    operator.wait_phase(&["linked"], 15);
    (expert, session, operator)
}

#[test]
fn a_member_that_forges_replays_and_floods_does_not_disturb_the_call() {
    let mut lab = Lab::start("hostile-member");
    let (mut expert, session, mut operator) = linked(&mut lab, "operator");
    operator.say("An honest word.");
    expert.wait_chat(&session, "An honest word.", 10);
    operator.click("show-button");
    expert.wait_live(&session, 20);
    let before = expert.view(&session);

    let messages = operator.eval(ATTACK);
    assert!(messages.as_u64().is_some_and(|count| count >= 2), "there was something to forge: {messages}");

    // The picture goes on, and so does the chat.
    expert.wait_live(&session, 10);
    let after = expert.view(&session);
    let refused = |view: &serde_json::Value| -> u64 {
        view["refused"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum()
    };
    assert!(refused(&after) > refused(&before) + 100, "what was refused is counted: {}", after["refused"]);
    assert_eq!(after["chat"], before["chat"], "the chat is as it was");
    assert_eq!(after["people"], before["people"], "and so is the roster");
    expert.say(&session, "Still here.");
    operator.click("chat-button");
    operator.wait_chat("Still here.", 10);
    // A link that is out of step ends; the page calls by itself, and honest again it is heard again.
    operator.eval("globalThis.__raw.send(new Uint8Array([7]))");
    operator.wait_phase(&["interrupted", "reconnecting"], 10);
    expert.wait_live(&session, 20);
    operator.say("Sorry.");
    expert.wait_chat(&session, "Sorry.", 10);
}

/// Live messages that no honest page sends: of every length and first byte, altered ones, and good ones by the thousand.
const LIVE_ATTACK: &str = "(async () => {
  const live = globalThis.__live;
  let seed = 11;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const put = async (data) => {
    while (live.bufferedAmount > 1 << 14) await new Promise((done) => setTimeout(done, 2));
    live.send(data);
  };
  const pointer = (seq) => {
    const message = new Uint8Array(27);
    message.set([1, seq >>> 24, seq >>> 16, seq >>> 8, seq, 1]);
    return message;
  };
  for (let n = 0; n < 200; n++) {
    await put(Uint8Array.from({ length: 1 + random(1300) }, () => random(256)));
    const altered = pointer(n);
    altered[random(6)] = 9;
    await put(altered);
  }
  for (let n = 0; n < 5000; n++) await put(pointer(n));
  return live.readyState;
})()";

#[test]
fn live_messages_that_are_malformed_or_too_many_are_counted_and_dropped() {
    let mut lab = Lab::start("hostile-live");
    let (mut expert, session, mut operator) = linked(&mut lab, "operator");
    operator.click("show-button");
    expert.wait_live(&session, 20);

    assert_eq!(operator.eval(LIVE_ATTACK), "open");

    let view = expert.view(&session);
    for reason in ["live-malformed", "live-flood"] {
        assert!(view["refused"][reason].as_u64().is_some_and(|count| count > 10), "{reason}: {}", view["refused"]);
    }
    let live = expert.lines.must(json!({ "do": "live", "session": session }))["live"].clone();
    assert_eq!(live["previews"], json!([]), "nothing was drawn");
    assert!(live["pointers"].as_array().is_some_and(|pointers| pointers.len() <= 1), "{live}");
    // The picture goes on, and so does the chat.
    expert.wait_live(&session, 10);
    operator.click("chat-button");
    operator.say("Still here.");
    expert.wait_chat(&session, "Still here.", 10);
}

/// What only experts ask for, and a pointer.
const ABOVE_ITS_ROLE: &str = "(() => {
  for (const wish of [{ t: 'look', look: { look: 'live' } }, { t: 'photo' }]) __control.send(JSON.stringify(wish));
  const pointer = new Uint8Array(27);
  pointer.set([1, 0, 0, 0, 9, 1]);
  for (let n = 0; n < 10; n++) __live.send(pointer);
  return __live.readyState;
})()";

#[test]
fn a_viewer_that_points_or_asks_like_an_expert_is_refused() {
    let mut lab = Lab::start("hostile-viewer");
    let (mut expert, session, mut viewer) = linked(&mut lab, "viewer");
    assert_eq!(viewer.eval(ABOVE_ITS_ROLE), "open");
    let reasons = ["look-not-allowed", "photo-not-allowed", "live-not-allowed"];
    let view = expert.wait_view(&session, "each to be refused", 10, |view| {
        reasons.iter().all(|reason| view["refused"][reason].as_u64().is_some_and(|count| count > 0))
    });
    assert_eq!(view["links"][0]["verified"], true, "the link goes on");
    let live = expert.lines.must(json!({ "do": "live", "session": session }))["live"].clone();
    assert_eq!(live["pointers"], json!([]), "nothing is shown");
}
