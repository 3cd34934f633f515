//! First light: an expert sees an operator's camera and they chat. Real Chromium, the real rendezvous, the real expert app.

use std::path::Path;

use serde_json::json;
use sightline_tests::{Browser, BrowserSetup, Expert, ExpertSetup, Lab, picture::Shot};

/// What people write: emoji of several code points, right-to-left with digits, and a whole report.
fn hard_messages() -> Vec<String> {
    let report: String =
        "Die Pumpe läuft seit 7:30 Uhr heiß – Ventil №4 öffnet nicht. ".chars().cycle().take(4_000).collect();
    vec!["👩🏽‍🔧🔧 läuft? ✅".to_owned(), "المضخة رقم ٧ لا تعمل، השסתום סגור 123".to_owned(), report]
}

/// From a link to a live picture and a chat, whatever the expert app's face.
fn first_light(lab: &mut Lab, expert: &mut Expert, name: &str) -> (String, Browser) {
    let session = expert.new_session("Pump 7");
    let link = expert.invite(&session);
    let mut operator = lab.browser(&format!("mihai-{name}"), BrowserSetup::with_camera(lab.camera()));
    operator.join(&link, "Mihai");

    // In the chat at once: what is written before anybody let him in reaches the expert.
    operator.wait("composer", 10);
    operator.say("Hello, is somebody there?");
    let knock = expert.knock(10);
    assert_eq!(knock["name"], "Mihai");
    expert.wait_chat(&session, "Hello, is somebody there?", 10);

    // The four words are the same on both sides.
    let words: Vec<String> = serde_json::from_value(knock["words"].clone()).expect("four words");
    let shown = operator.text("words").to_lowercase();
    for word in &words {
        assert!(shown.contains(&word.to_lowercase()), "the page shows {shown:?}, the expert {words:?}");
    }

    expert.admit(&session, &knock);
    expert.wait_view(&session, "a verified link", 15, |view| view["links"][0]["verified"] == true);
    operator.wait_phase(&["linked"], 15);

    for text in hard_messages() {
        expert.say(&session, &text);
        operator.wait_chat(&text, 10);
    }
    for text in hard_messages().iter().map(|text| format!("Re: {text}").chars().take(4_000).collect::<String>()) {
        operator.say(&text);
        expert.wait_chat(&session, &text, 10);
    }

    // The expert asks, the operator shows.
    expert.ask_video(&session);
    operator.wait("ask-card", 10);
    operator.click("ask-show");
    operator.wait_phase(&["live"], 10);
    expert.wait_live(&session, 20);
    (session, operator)
}

#[test]
fn in_a_window_the_expert_sees_the_operators_camera_and_they_chat() {
    let mut lab = Lab::start("window");
    let mut expert = lab.windowed_expert("Ana");
    let (session, mut operator) = first_light(&mut lab, &mut expert, "window");

    // The window's own pixels show the camera's picture.
    expert.lines.must(json!({ "do": "select", "session": session }));
    let path = lab.shot("expert-live");
    wait_for_camera_in_window(&mut expert, &path);
    operator.screenshot(&lab.shot("operator-live"));

    operator.click("stop-button");
    expert.wait_view(&session, "the camera to be off", 15, |view| view["links"][0]["video"] != "live");
}

fn wait_for_camera_in_window(expert: &mut Expert, path: &Path) {
    let mut last = String::new();
    for _ in 0..50 {
        expert.screenshot(path);
        match Shot::read(path).find_camera() {
            Ok(_) => return,
            Err(error) => last = error,
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the window does not show the camera: {last}; see {}", path.display());
}

#[test]
fn without_a_window_it_is_the_same() {
    let mut lab = Lab::start("headless");
    let mut expert = lab.expert("Ana");
    first_light(&mut lab, &mut expert, "headless");
}

#[test]
fn h264_and_vp9_are_decoded_too() {
    for codec in ["h264", "vp9"] {
        let mut lab = Lab::start(codec);
        let mut expert =
            lab.expert_with("Ana", ExpertSetup { codecs: vec![codec.to_owned()], ..ExpertSetup::default() });
        let (session, _operator) = first_light(&mut lab, &mut expert, codec);
        let view = expert
            .wait_view(&session, "the codec in the figures", 10, |view| view["links"][0]["stats"]["codec"].is_string());
        assert_eq!(view["links"][0]["stats"]["codec"].as_str().unwrap_or_default().to_lowercase(), codec);
    }
}

#[test]
fn what_is_written_while_the_expert_is_away_is_there_when_she_returns() {
    let mut lab = Lab::start("away");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let link = expert.invite(&session);
    expert.wait_view(&session, "the invite to be stored", 10, |view| view["invites"][0]["state"] == "open");
    assert!(expert.lines.quit(10), "the app ends when asked");
    drop(expert);

    let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
    operator.join(&link, "Mihai");
    operator.wait("composer", 10);
    operator.say("The pump is hot.");
    operator.say("I am at gate 3.");
    operator.wait_phase(&["away", "waiting", "knocking"], 15);
    // Stored sealed is the rendezvous' word, and it is enough to close the page.
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(15);
    while operator.chat().iter().any(|item| item["delivery"] == "waiting") {
        assert!(std::time::Instant::now() < limit, "not stored: {:?}", operator.chat());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }

    let mut expert = lab.expert("Ana");
    let knock = expert.knock(15);
    expert.wait_chat(&session, "The pump is hot.", 10);
    expert.wait_chat(&session, "I am at gate 3.", 10);
    expert.admit(&session, &knock);
    operator.wait_phase(&["linked"], 20);
    expert.say(&session, "I am here now.");
    operator.wait_chat("I am here now.", 10);
    operator.click("show-button");
    expert.wait_live(&session, 20);
}

#[test]
fn a_refused_knock_is_told_so_and_the_next_operator_still_comes_in() {
    let mut lab = Lab::start("refused");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let link = expert.invite_with(&session, json!({ "uses": 2 }));

    let mut stranger = lab.browser("stranger", BrowserSetup::default());
    stranger.join(&link, "Nobody");
    let first = expert.knock(10);
    let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
    operator.join(&link, "Mihai");
    let second = expert.knock(10);
    assert_ne!(first["id"], second["id"]);

    expert.refuse(&session, &first);
    stranger.wait_phase(&["refused"], 10);
    expert.admit(&session, &second);
    operator.wait_phase(&["linked"], 15);
    operator.click("show-button");
    expert.wait_live(&session, 20);
}
