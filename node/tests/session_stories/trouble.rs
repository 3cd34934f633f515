//! Bad certificates, damaged files, two apps on one home.

use crate::lab::{Lab, has_message, see, see_node};
use sightline_node::error::{SettingError, StartError};
use sightline_node::view::{Problem, RendezvousState};
use sightline_node::{Node, NodeConfig, Trust};

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_is_believed_only_when_a_person_says_so() {
    let mut lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    see_node(&expert, "online", |view| view.rendezvous == RendezvousState::Online).await;
    lab.stop_rendezvous().await;
    lab.lose_certificate();
    lab.start_rendezvous().await;
    let changed =
        see_node(&expert, "the change", |view| matches!(view.rendezvous, RendezvousState::CertificateChanged { .. }));
    let RendezvousState::CertificateChanged { host, sha256 } = changed.await.rendezvous.clone() else {
        unreachable!("just seen")
    };
    assert_eq!(sha256, data_encoding::HEXLOWER.encode(&lab.certificate()));
    assert_eq!(expert.trust_certificate(&host, "nonsense").await, Err(SettingError::Malformed));
    expert.trust_certificate(&host, &sha256).await.expect("stored");
    see_node(&expert, "online again", |view| view.rendezvous == RendezvousState::Online).await;
    // The word holds after a restart.
    expert.shutdown().await;
    let expert = lab.node("Ada").await;
    see_node(&expert, "online", |view| view.rendezvous == RendezvousState::Online).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_node_believes_only_what_it_was_given() {
    let lab = Lab::start().await;
    let strict = Node::start(NodeConfig { trust: Trust::System, ..lab.config("Strict") }).await.expect("a node");
    see_node(&strict, "unknown", |view| matches!(view.rendezvous, RendezvousState::CertificateUnknown { .. })).await;
    let pinned = NodeConfig { trust: Trust::Pinned(lab.certificate()), ..lab.config("Pinned") };
    let pinned = Node::start(pinned).await.expect("a node");
    see_node(&pinned, "online", |view| view.rendezvous == RendezvousState::Online).await;
    let wrong = NodeConfig { trust: Trust::Pinned([7; 32]), ..lab.config("Wrong") };
    let wrong = Node::start(wrong).await.expect("a node");
    see_node(&wrong, "changed", |view| matches!(view.rendezvous, RendezvousState::CertificateChanged { .. })).await;
    let file = lab.folder.path().join("rendezvous/cert.pem");
    let by_file = NodeConfig { trust: Trust::CertificateFile(file), ..lab.config("File") };
    let by_file = Node::start(by_file).await.expect("a node");
    see_node(&by_file, "online", |view| view.rendezvous == RendezvousState::Online).await;
    let missing = NodeConfig { trust: Trust::CertificateFile("/nowhere.pem".into()), ..lab.config("Missing") };
    assert!(matches!(Node::start(missing).await, Err(StartError::Certificate(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_middle_is_told_and_the_rest_is_there() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    let session = expert.new_session("Pump").await.expect("a session");
    let id = session.id();
    for text in ["first", "second", "third"] {
        session.say(text).await.expect("said");
    }
    let file = lab.session_file("Ada", &session);
    expert.shutdown().await;
    let mut content = std::fs::read(&file).expect("the file");
    // The envelope of the last message stays whole; one in the middle loses a byte, and the end is torn.
    let at = content.windows(6).position(|window| window == b"second").expect("its text");
    content[at] ^= 0xff;
    content.extend_from_slice(b"SLr1\x02half a record");
    std::fs::write(&file, &content).expect("written");

    let expert = lab.node("Ada").await;
    let session = expert.session(&id).expect("it is back");
    let view = see(&session, "told", |view| !view.problems.is_empty()).await;
    assert!(matches!(view.problems[0], Problem::StoreDamaged { session, lost } if session == id && lost > 0));
    assert!(has_message(&view, "first"));
    assert!(!has_message(&view, "second"));
    see_node(&expert, "told by the node", |view| !view.problems.is_empty()).await;
    session.say("fourth").await.expect("said");
    expert.shutdown().await;
    let expert = lab.node("Ada").await;
    let session = expert.session(&id).expect("it is back");
    see(&session, "what was said after the damage", |view| has_message(view, "fourth")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_beginning_is_kept_and_told() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    let session = expert.new_session("Pump").await.expect("a session");
    let (id, file) = (session.id(), lab.session_file("Ada", &session));
    expert.shutdown().await;
    std::fs::write(&file, b"nothing like a session").expect("written");
    let expert = lab.node("Ada").await;
    assert!(expert.session(&id).is_none());
    let view = expert.sessions().borrow().clone();
    assert_eq!(view.problems, [Problem::SessionUnreadable { file: id.to_string() }]);
    assert_eq!(std::fs::read(&file).expect("kept"), b"nothing like a session");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_home_is_for_one_app() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    assert!(matches!(Node::start(lab.config("Ada")).await, Err(StartError::HomeInUse)));
    expert.shutdown().await;
    lab.node("Ada").await;
}
