//! Pictures of members as files.

use std::path::PathBuf;

use sightline_node::{PeerId, SessionHandle, media::Picture, view::SessionView};

use crate::{
    rgb::{to_rgba, write_png},
    stage::scene::on_stage,
};

/// Whom a command without `peer` means: who shows a picture, else who is on stage.
pub(super) fn peer_meant(session: &SessionHandle, view: &SessionView, asked: Option<PeerId>) -> Option<PeerId> {
    asked.or_else(|| {
        let others = view.people.iter().filter(|person| !person.me).map(|person| person.peer);
        let showing = others.clone().find(|peer| session.frames(*peer).newest().is_some());
        showing.or_else(|| on_stage(view, None).map(|person| person.peer))
    })
}

/// Writes a picture as PNG; conversion and compression happen off the async threads.
pub(super) async fn save(picture: std::sync::Arc<Picture>, path: PathBuf) -> Result<(u32, u32), String> {
    let size = (picture.width, picture.height);
    let written =
        tokio::task::spawn_blocking(move || write_png(&path, picture.width, picture.height, &to_rgba(&picture))).await;
    match written {
        Ok(Ok(())) => Ok(size),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the app is closing".to_owned()),
    }
}
