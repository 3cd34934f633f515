//! Everything that goes away in a call comes back: the expert app, the rendezvous, the page.

use std::time::Duration;

use sightline_tests::{Browser, BrowserSetup, Expert, Lab};

/// An operator whose camera is live.
fn call(lab: &mut Lab, expert: &mut Expert) -> (String, Browser) {
    let session = expert.new_session("Pump 7");
    let link = expert.invite(&session);
    let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
    operator.join(&link, "Mihai");
    let knock = expert.knock(10);
    expert.admit(&session, &knock);
    operator.wait_phase(&["linked"], 15);
    operator.say("Before.");
    expert.wait_chat(&session, "Before.", 10);
    operator.click("show-button");
    expert.wait_live(&session, 20);
    // The chat beside the picture, so that what is said can be read there.
    operator.click("chat-button");
    operator.wait("composer", 10);
    (session, operator)
}

#[test]
fn the_expert_app_is_killed_and_the_call_resumes() {
    let mut lab = Lab::start("killed");
    let mut expert = lab.windowed_expert("Ana");
    let (session, mut operator) = call(&mut lab, &mut expert);
    expert.kill();
    // The limit is the promise: the person is told within two seconds.
    operator.wait_phase(&["interrupted", "reconnecting", "away"], 2);
    operator.screenshot(&lab.shot("operator-interrupted"));

    let mut expert = lab.windowed_expert("Ana");
    expert.wait_chat(&session, "Before.", 10);
    expert.wait_live(&session, 30);
    expert.say(&session, "Back again.");
    operator.wait_chat("Back again.", 10);
}

#[test]
fn a_running_call_does_not_notice_that_the_rendezvous_is_killed() {
    let mut lab = Lab::start("rendezvous-killed");
    let mut expert = lab.expert("Ana");
    let (session, mut operator) = call(&mut lab, &mut expert);
    let other = expert.invite(&session);
    // The invite's record is on the disk before the crash.
    expert.wait_view(&session, "the invite to be stored", 10, |view| {
        view["invites"].as_array().is_some_and(|all| all.iter().all(|invite| invite["state"] != "not-yet-stored"))
    });

    lab.rendezvous.kill();
    expert.say(&session, "Still here?");
    operator.wait_chat("Still here?", 10);
    operator.say("Yes.");
    expert.wait_chat(&session, "Yes.", 10);
    expert.wait_live(&session, 10);

    lab.rendezvous.start_again();
    let mut second = lab.browser("ion", BrowserSetup::default());
    second.join(&other, "Ion");
    let knock = expert.knock(10);
    assert_eq!(knock["name"], "Ion");
    expert.admit(&session, &knock);
    second.wait_phase(&["linked"], 15);
    expert.wait_live(&session, 10);
}

#[test]
fn a_reloaded_page_is_the_same_person_in_the_same_place() {
    let mut lab = Lab::start("reload");
    let mut expert = lab.expert("Ana");
    let (session, mut operator) = call(&mut lab, &mut expert);
    let people = expert.view(&session)["people"].as_array().map(Vec::len);
    expert.lines.forget();

    operator.reload();
    operator.wait_phase(&["linked"], 15);
    operator.wait_chat("Before.", 10);
    expert.say(&session, "Welcome back.");
    operator.wait_chat("Welcome back.", 10);
    assert!(
        expert.lines.event_within(Duration::from_millis(300), |event| event["event"] == "knock").is_none(),
        "nobody is asked to admit a member again"
    );
    assert_eq!(expert.view(&session)["people"].as_array().map(Vec::len), people, "the same person, not a second one");
    operator.click("show-button");
    expert.wait_live(&session, 20);
}

#[test]
fn a_page_reloaded_before_it_was_admitted_waits_with_the_same_knock() {
    let mut lab = Lab::start("reload-waiting");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Pump 7");
    let link = expert.invite(&session);
    let mut operator = lab.browser("mihai", BrowserSetup::default());
    operator.join(&link, "Mihai");
    let knock = expert.knock(10);
    operator.say("I am waiting.");
    expert.wait_chat(&session, "I am waiting.", 10);
    operator.reload();
    operator.wait_chat("I am waiting.", 10);
    operator.wait_phase(&["waiting", "knocking"], 10);
    assert_eq!(expert.view(&session)["knocks"].as_array().map(Vec::len), Some(1), "one person, one knock");
    expert.admit(&session, &knock);
    operator.wait_phase(&["linked"], 20);
}
