//! Every wrong link, refusal and missing camera ends in a clear sentence on the page.

use serde_json::json;
use sightline_tests::{BrowserSetup, Camera, Lab};

#[test]
fn each_bad_link_says_what_is_wrong_with_it() {
    let mut lab = Lab::start("links");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let good = expert.invite(&session);
    let (host, secret) = good.split_once("/#").expect("a link has a fragment");

    let mut operator = lab.browser("mihai", BrowserSetup::default());
    // Cut by a mail program.
    operator.open(&format!("{host}/#{}", &secret[..17]));
    operator.wait("error-title", 10);
    let cut = operator.text("error-title");

    // Never made by anybody.
    let mut operator = lab.browser("other", BrowserSetup::default());
    operator.join(&format!("{host}/#AAAAAAAAAAAAAAAAAAAAAA"), "Mihai");
    operator.wait("error-title", 10);
    assert_ne!(operator.text("error-title"), cut, "a cut link and an unknown one are two different things");

    // Revoked.
    let revoked = expert.invite(&session);
    let view = expert.view(&session);
    let invite = view["invites"].as_array().and_then(|all| {
        let fragment = revoked.split_once('#').map(|(_, fragment)| fragment.to_owned())?;
        all.iter().find(|invite| invite["link"].as_str().is_some_and(|link| link.ends_with(&fragment))).cloned()
    });
    let invite = invite.expect("the invite is in the view");
    expert.lines.must(json!({ "do": "revoke", "session": session, "invite": invite["id"] }));
    let mut operator = lab.browser("third", BrowserSetup::default());
    operator.join(&revoked, "Mihai");
    operator.wait("error-title", 10);
    assert!(!operator.text("error-title").is_empty());
}

#[test]
fn a_link_used_up_lets_nobody_else_in() {
    let mut lab = Lab::start("used-up");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    let mut first = lab.browser("mihai", BrowserSetup::default());
    first.join(&link, "Mihai");
    first.wait_phase(&["linked"], 15);
    let mut second = lab.browser("ion", BrowserSetup::default());
    second.join(&link, "Ion");
    second.wait("error-title", 10);
    assert_eq!(expert.view(&session)["people"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_denied_or_missing_camera_leaves_the_chat_alive() {
    for (name, camera) in [("denied", Camera::Denied), ("missing", Camera::Missing)] {
        let mut lab = Lab::start(name);
        let mut expert = lab.expert("Ana");
        let session = expert.new_session("Pump 7");
        let link = expert.invite_with(&session, json!({ "auto": true }));
        let mut operator = lab.browser("mihai", BrowserSetup { camera, ..BrowserSetup::default() });
        operator.join(&link, "Mihai");
        operator.wait_phase(&["linked"], 15);
        operator.click("show-button");
        operator.wait("error-title", 10);
        operator.screenshot(&lab.shot(&format!("operator-camera-{name}")));
        expert.say(&session, "Can you see this?");
        operator.click("camera-without");
        operator.wait_chat("Can you see this?", 10);
    }
}

#[test]
fn a_rendezvous_that_is_down_is_said_and_joining_goes_on_when_it_is_back() {
    let mut lab = Lab::start("down");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    let mut operator = lab.browser("mihai", BrowserSetup::default());
    operator.open(&link);
    operator.wait("join-button", 10);
    lab.rendezvous.kill();
    operator.fill("join-name", "Mihai");
    operator.click("join-button");
    operator.wait_text("Trying again", 15);
    lab.rendezvous.start_again();
    operator.wait_phase(&["linked"], 20);
    expert.wait_view(&session, "two people", 10, |view| {
        view["people"].as_array().is_some_and(|people| people.len() == 2)
    });
}
