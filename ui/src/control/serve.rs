//! Answers lines until told to quit.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use sightline_node::{InviteSpec, Node, SessionHandle, SessionId};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _},
    sync::{broadcast, oneshot},
};

use super::{
    Output,
    command::{self, Do, Hex},
    files::{self, FileLine},
    frames::{peer_meant, save},
    show::{self, ShowLine},
    window::{Port, Wish},
};
use crate::{settings::tidy_address, stage::PaintTimes, widgets::qr};

/// What lines are answered with.
pub struct Surroundings {
    /// The node.
    pub node: Node,
    /// Where answers and events go.
    pub output: Output,
    /// The window, where there is one.
    pub window: Option<Port>,
    /// Times of drawing, where there is a window.
    pub times: Option<Arc<PaintTimes>>,
}

/// Why serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `quit`.
    Quit,
    /// No more lines come.
    NoMoreLines,
}

/// A command that failed: a stable code and an English sentence.
pub(super) struct Failure {
    code: String,
    message: String,
}

impl Failure {
    pub(super) fn new(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned() }
    }
}

macro_rules! failure_from {
    ($($error:ident),+) => {
        $(impl From<sightline_node::error::$error> for Failure {
            fn from(error: sightline_node::error::$error) -> Self {
                Self::new(error.code(), &error.to_string())
            }
        })+
    };
}

failure_from!(
    NewSessionError,
    InviteError,
    RevokeError,
    DecideError,
    SayError,
    TitleError,
    AskError,
    CloseError,
    SettingError,
    BoardError,
    DeskError,
    FileError
);

/// Reads lines and answers each, in order. Events are written meanwhile by a task that ends with this future.
pub async fn serve(surroundings: Surroundings, mut lines: impl AsyncBufRead + Unpin) -> End {
    // Dropped with this future, the set ends its task: nobody else may hold the output up.
    let mut events = tokio::task::JoinSet::new();
    events.spawn(forward_events(surroundings.node.events(), surroundings.output.clone()));
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return End::NoMoreLines,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let (id, outcome, quit) = match command::read(text.trim()) {
            Ok(read) => {
                let quit = read.command == Do::Quit;
                (read.id, surroundings.carry_out(read.command).await, quit)
            }
            Err(misread) => (misread.id, Err(Failure::new(misread.code, &misread.message)), false),
        };
        let mut answer = match outcome {
            Ok(mut fields) => {
                fields["ok"] = json!(true);
                fields
            }
            Err(failure) => json!({ "ok": false, "error": failure.code, "message": failure.message }),
        };
        answer["event"] = json!("reply");
        answer["id"] = id;
        surroundings.output.answer(answer).await;
        if quit {
            return End::Quit;
        }
    }
}

async fn forward_events(mut events: broadcast::Receiver<sightline_node::view::NodeEvent>, output: Output) {
    loop {
        match events.recv().await {
            Ok(event) => output.event(&event),
            Err(broadcast::error::RecvError::Lagged(count)) => {
                output.event(&json!({ "event": "missed", "count": count }))
            }
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

impl Surroundings {
    async fn carry_out(&self, command: Do) -> Result<Value, Failure> {
        match command {
            Do::NewSession { title } => {
                let session = self.node.new_session(title).await?;
                Ok(json!({ "session": session.id() }))
            }
            Do::Sessions => {
                let view = self.node.sessions().borrow().clone();
                Ok(json!({ "sessions": view.sessions, "node": *view }))
            }
            Do::View { session } => {
                let view = self.session(session)?.view().borrow().clone();
                Ok(json!({ "view": *view }))
            }
            Do::Invite { session, role, uses, minutes, auto, base } => {
                let spec = InviteSpec {
                    role: role.into(),
                    uses,
                    valid_for_secs: minutes.saturating_mul(60),
                    admit_automatically: auto,
                };
                self.invite(session, spec, base).await
            }
            Do::Revoke { session, invite } => {
                self.session(session)?.revoke(invite.0).await?;
                Ok(json!({}))
            }
            Do::Admit { session, knock } => {
                let peer = self.session(session)?.admit(knock.0).await?;
                Ok(json!({ "peer": peer }))
            }
            Do::Refuse { session, knock } => {
                self.session(session)?.refuse(knock.0).await?;
                Ok(json!({}))
            }
            Do::Say { session, text, knock } => {
                let session = self.session(session)?;
                match knock {
                    Some(knock) => session.say_waiting(knock.0, text).await?,
                    None => session.say(text).await?,
                }
                Ok(json!({}))
            }
            Do::AskVideo { session, peer } => {
                let session = self.session(session)?;
                let peer = self.meant(&session, peer)?;
                session.ask_video(peer).await?;
                Ok(json!({ "peer": peer }))
            }
            Do::Stats { session, peer } => self.stats(session, peer),
            Do::SaveFrame { session, peer, path } => {
                let session = self.session(session)?;
                let peer = self.meant(&session, peer)?;
                let picture = session.frames(peer).newest().ok_or_else(no_picture)?;
                let sequence = picture.sequence;
                let (width, height) = save(picture, path).await.map_err(|error| Failure::new("error-file", &error))?;
                Ok(json!({ "width": width, "height": height, "sequence": sequence, "peer": peer }))
            }
            Do::Title { session, title } => {
                self.session(session)?.set_title(title).await?;
                Ok(json!({}))
            }
            Do::MarkRead { session } => {
                self.session(session)?.mark_read();
                Ok(json!({}))
            }
            Do::CloseSession { session } => {
                self.session(session)?.close_session().await?;
                Ok(json!({}))
            }
            Do::TrustCertificate { host, sha256 } => {
                self.node.trust_certificate(&host, &sha256).await?;
                Ok(json!({}))
            }
            Do::Files(FileLine { session, command }) => files::carry_out(&self.session(session)?, command).await,
            Do::Show(ShowLine { session, command }) => {
                let session = self.session(session)?;
                show::carry_out(&session, command, |peer| self.meant(&session, peer)).await
            }
            Do::Quit => {
                if let Some(window) = &self.window {
                    window.wish(Wish::Close).await;
                }
                Ok(json!({}))
            }
            Do::Screenshot { path } => {
                let (width, height) = self
                    .ask_window(|answer| Wish::Screenshot(path, answer))
                    .await?
                    .map_err(|error| Failure::new("error-file", &error))?;
                Ok(json!({ "width": width, "height": height }))
            }
            Do::Select { session } => {
                let session = self.session(session)?;
                self.ask_window(|answer| Wish::Select(session.id(), answer)).await?;
                Ok(json!({}))
            }
            Do::Focus { panel } => {
                self.ask_window(|answer| Wish::Focus(panel, answer)).await?;
                Ok(json!({}))
            }
        }
    }

    fn session(&self, id: Hex<SessionId>) -> Result<SessionHandle, Failure> {
        self.node.session(&id.0).ok_or_else(|| Failure::new("error-unknown-session", "no such session"))
    }

    fn meant(
        &self,
        session: &SessionHandle,
        peer: Option<Hex<sightline_node::PeerId>>,
    ) -> Result<sightline_node::PeerId, Failure> {
        let view = session.view().borrow().clone();
        peer_meant(session, &view, peer.map(|peer| peer.0))
            .ok_or_else(|| Failure::new("error-unknown-peer", "nobody else is in the session"))
    }

    async fn invite(&self, session: Hex<SessionId>, spec: InviteSpec, base: Option<String>) -> Result<Value, Failure> {
        let base = match base {
            Some(base) => {
                let wrong = || Failure::new("bad-field", "base is no address such as https://host:port");
                Some(tidy_address(&base).ok_or_else(wrong)?)
            }
            None => None,
        };
        let invite = self.session(session)?.invite(spec).await?;
        let link = match (base, invite.link.split_once("/#")) {
            (Some(base), Some((_, secret))) => format!("{base}/#{secret}"),
            _ => invite.link.clone(),
        };
        Ok(json!({ "invite": invite.id, "link": link, "qr": qr::terminal(&link), "details": invite }))
    }

    fn stats(&self, session: Hex<SessionId>, peer: Option<Hex<sightline_node::PeerId>>) -> Result<Value, Failure> {
        let session = self.session(session)?;
        let peer = self.meant(&session, peer)?;
        let stats =
            session.stats(&peer).ok_or_else(|| Failure::new("error-not-here", "there is no link to this member"))?;
        let mut stats = json!(stats);
        let times = self.times.as_ref();
        let averages = times.map(|times| times.averages()).unwrap_or_default();
        stats["convert_ms"] = json!(averages.convert_ms);
        stats["upload_ms"] = json!(averages.upload_ms);
        stats["painted"] = json!(times.map_or(0, |times| times.pictures()));
        Ok(json!({ "stats": stats, "peer": peer }))
    }

    /// Passes a wish to the window and waits for its answer, but not for ever: a hidden window may not draw.
    async fn ask_window<T>(&self, wish: impl FnOnce(oneshot::Sender<T>) -> Wish) -> Result<T, Failure> {
        let Some(window) = &self.window else {
            return Err(Failure::new("no-window", "this needs the windowed app: start with --control"));
        };
        let (answer, answered) = oneshot::channel();
        let gone = || Failure::new("no-window", "the window is gone or does not draw");
        if !window.wish(wish(answer)).await {
            return Err(gone());
        }
        match tokio::time::timeout(WINDOW_PATIENCE, answered).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) | Err(_) => Err(gone()),
        }
    }
}

fn no_picture() -> Failure {
    Failure::new("error-no-picture", "no picture was decoded yet")
}

/// A screenshot takes two passes; software drawing on a loaded machine takes its time.
const WINDOW_PATIENCE: Duration = Duration::from_secs(15);
