//! An expert without a window: founds a session, prints its link, admits whoever knocks, and tells what happens.
//!
//! ```text
//! cargo run -p sightline-node --example host -- HOME https://RENDEZVOUS[:PORT] [TITLE]
//! ```
//!
//! Lines typed are said in the session; an empty line asks everybody for their video.

use std::error::Error;

use sightline_node::view::{InviteState, NodeEvent};
use sightline_node::{InviteSpec, Node, NodeConfig, SessionHandle};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(home), Some(rendezvous)) = (arguments.next(), arguments.next()) else {
        return Err("usage: host HOME https://RENDEZVOUS[:PORT] [TITLE]".into());
    };
    let mut config = NodeConfig::new(home);
    config.rendezvous = vec![rendezvous];
    config.allow_loopback = true;
    let node = Node::start(config).await?;
    let mut events = node.events();
    let session = node.new_session(arguments.next().unwrap_or_else(|| "Example".to_owned())).await?;
    let invite = session.invite(InviteSpec { uses: 0, ..InviteSpec::default() }).await?;
    session
        .view()
        .wait_for(|view| view.invites.iter().any(|seen| seen.id == invite.id && seen.state == InviteState::Open))
        .await?;
    println!("invite: {}", invite.link);

    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut typing = true;
    loop {
        tokio::select! {
            event = events.recv() => tell(&session, event?).await,
            line = lines.next_line(), if typing => match line? {
                Some(line) if line.is_empty() => ask_everybody(&session).await,
                Some(line) => session.say(line).await?,
                // Without a keyboard it goes on until it is interrupted.
                None => typing = false,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    node.shutdown().await;
    Ok(())
}

async fn tell(session: &SessionHandle, event: NodeEvent) {
    match event {
        NodeEvent::Knock { knock, .. } => {
            println!("{} knocks: {}", knock.name, knock.words.join(" "));
            if let Err(error) = session.admit(knock.id).await {
                println!("not admitted: {error}");
            }
        }
        NodeEvent::Chat { item, .. } => println!("{}: {}", item.name, item.text),
        NodeEvent::VideoStarted { width, height, codec, .. } => println!("video: {width}x{height} {codec}"),
        other => println!("{}", serde_json::to_string(&other).unwrap_or_default()),
    }
}

async fn ask_everybody(session: &SessionHandle) {
    let people = session.view().borrow().people.clone();
    for person in people.iter().filter(|person| !person.me) {
        if let Err(error) = session.ask_video(person.peer).await {
            println!("{}: {error}", person.name);
        }
    }
}
