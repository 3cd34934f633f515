//! How sessions begin: founded here, joined from elsewhere, or brought back from the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use sightline_crdt::session::{Output, Session};
use sightline_crdt::storage::{RecordKind, scan};
use sightline_proto::admission::{Admission, Input as AdmissionInput};
use sightline_proto::id::{InviteId, KnockId, SlotAddress};
use sightline_proto::invite::InviteState;
use sightline_proto::keys::SessionKeys;
use sightline_proto::session::{Kept, Me, Session as Machine};
use tokio::task::spawn_blocking;

use super::actor::{Actor, Parts};
use super::convert::{doc_time, me};
use super::doors::standing;
use super::files::KeptFiles;
use super::guest::{about, boards_of};
use super::handle::SessionHandle;
use super::mailbox::Mailbox;
use super::mailbox_records;
use super::records::{Head, NodeRecord, ReadMarks, decode};
use super::rooms::{OutItem, Room};
use super::way_in::{WayIn, membership};
use crate::context::Context;
use crate::error::{NewSessionError, StartError};
use crate::hub::Sessions;
use crate::ids::SessionId;
use crate::runtime::{now_ms, rng, steady_ms};
use crate::store::home::private_options;
use crate::store::writer::{LogFile, Writer};
use crate::view::Problem;

/// The largest session file that is read: hundreds of thousands of messages.
const MAX_FILE: u64 = 2 * 1024 * 1024 * 1024;

/// Founds a session with this device as lead. It is on the disk when this returns.
pub(crate) async fn found(ctx: &Context, title: &str) -> Result<SessionHandle, NewSessionError> {
    let mut rng = rng();
    let keys = SessionKeys::generate(&mut rng);
    let created_ms = now_ms();
    let name = ctx.settings.current().name;
    let slot = sightline_crdt::id::SlotKey(keys.slot.public().0);
    let founded = Session::found(me(&ctx.peer, &keys), slot, &name, false, &mut rng);
    let (mut session, mut outputs) = founded.map_err(|error| {
        tracing::error!(%error, "a session can't be founded");
        NewSessionError::NotStored
    })?;
    let titled = session.set_title(title, doc_time(created_ms), &mut rng).map_err(|_| NewSessionError::Title)?;
    outputs.extend(titled);
    let head = NodeRecord::Head(Head { created_ms, keys: keys.clone() });
    let log = create(ctx, super::convert::to_sid(session.sid()), &[&head], &outputs)
        .await
        .ok_or(NewSessionError::NotStored)?;
    let parts = Parts {
        created_ms,
        admission: Admission::new(keys.slot.address()),
        keys,
        session,
        rooms: BTreeMap::new(),
        outbox: BTreeMap::new(),
        files: KeptFiles::default(),
        read: ReadMarks::new(),
        log,
        problems: BTreeSet::new(),
        way_in: None,
        mailbox: Mailbox::default(),
        own_switchboards: None,
        restored: false,
    };
    Ok(Actor::start(ctx.clone(), parts))
}

/// Makes a session's file with its first records.
pub(super) async fn create(
    ctx: &Context,
    id: SessionId,
    first: &[&NodeRecord<'_>],
    outputs: &[Output],
) -> Option<LogFile> {
    let mut content: Vec<u8> = first.iter().flat_map(|record| record.encode().to_vec()).collect();
    for output in outputs {
        if let Output::Persist(record) = output {
            content.extend_from_slice(record);
        }
    }
    let (writer, path) = (ctx.writer.clone(), ctx.sessions.join(id.to_string()));
    let made = spawn_blocking(move || writer.create(&path, &content)).await.ok()?;
    made.inspect_err(|error| tracing::error!(kind = ?error.kind(), "a session's file can't be made")).ok()
}

/// Brings back every session of the home. A file that can't be used stays where it is and is told as a problem.
pub(crate) async fn restore_all(ctx: &Context, sessions: &Sessions) -> Result<Vec<Problem>, StartError> {
    let folder = ctx.sessions.clone();
    let listed =
        spawn_blocking(move || files_of(&folder)).await.map_err(|error| StartError::System(error.to_string()))?;
    let files = listed.map_err(|source| StartError::Home { path: ctx.sessions.clone(), source })?;
    let mut problems = Vec::new();
    for path in files {
        let context = ctx.clone();
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match spawn_blocking(move || restore(&context, &path)).await {
            Ok(Some(parts)) => {
                let parts = with_way_in(ctx, parts).await;
                sessions.add(Actor::start(ctx.clone(), parts));
            }
            Ok(None) | Err(_) => {
                tracing::error!("a session's file can't be used; it is kept");
                problems.push(Problem::SessionUnreadable { file });
            }
        }
    }
    Ok(problems)
}

fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_session = path.file_name().is_some_and(|name| name.to_string_lossy().parse::<SessionId>().is_ok());
        if is_session && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A session's parts, and what its way in was when it was stored.
struct Found {
    parts: Parts,
    kept: Option<Vec<u8>>,
}

/// What a file says besides the documents.
#[derive(Default)]
struct Notes<'a> {
    admission: Vec<&'a [u8]>,
    envelopes: Vec<(KnockId, u64, &'a [u8])>,
    outbox: BTreeMap<(KnockId, u64), OutItem>,
    files: KeptFiles,
    read: ReadMarks,
    kept: Option<Vec<u8>>,
    unused: usize,
}

/// Reads a file and makes the session's parts. Blocking.
fn restore(ctx: &Context, path: &Path) -> Option<Found> {
    let file = private_options().read(true).write(true).open(path).ok()?;
    let content = read_whole(&file)?;
    let found = scan(&content);
    let mut head = None;
    let mut notes = Notes::default();
    let mut mailbox = Mailbox::default();
    for record in &found.records {
        if mailbox_records::is_mine(record.kind) {
            notes.unused += usize::from(!mailbox.restore(record.kind, record.payload));
            continue;
        }
        match decode(record.kind, record.payload) {
            Some(Ok(NodeRecord::Head(first))) => head = head.or(Some(first)),
            Some(Ok(record)) => notes.take(record),
            Some(Err(_)) => notes.unused += 1,
            None if record.kind >= RecordKind::FIRST_FOREIGN => notes.unused += 1,
            None => {}
        }
    }
    let Head { created_ms, keys } = head?;
    let restored = Session::restore(me(&ctx.peer, &keys), found.records.iter().copied()).ok()?;
    let session = restored.session;
    let id = super::convert::to_sid(session.sid());
    let mut lost = found.damaged + restored.unused + notes.unused;
    let admission = restore_admission(&session, keys.slot.address(), &notes.admission, &mut lost);
    let rooms = restore_rooms(id, &session, &admission, &notes.envelopes);
    let mut problems = BTreeSet::new();
    if lost > 0 {
        let lost = u32::try_from(lost).unwrap_or(u32::MAX);
        tracing::warn!(lost, "a session's file is damaged in places");
        problems.insert(Problem::StoreDamaged { session: id, lost });
    }
    let log = adopt(&ctx.writer, file, found.end);
    let parts = Parts {
        created_ms,
        keys,
        session,
        admission,
        rooms,
        outbox: notes.outbox,
        files: notes.files,
        read: notes.read,
        log,
        problems,
        way_in: None,
        mailbox,
        own_switchboards: None,
        restored: true,
    };
    Some(Found { parts, kept: notes.kept })
}

fn read_whole(mut file: &File) -> Option<Vec<u8>> {
    use std::io::Read;
    if file.metadata().ok()?.len() > MAX_FILE {
        return None;
    }
    let mut content = Vec::new();
    file.read_to_end(&mut content).ok()?;
    Some(content)
}

/// Hands the file to the writer, which cuts a torn end before it appends anything.
fn adopt(writer: &Writer, file: File, end: usize) -> LogFile {
    writer.adopt(file, end as u64)
}

impl<'a> Notes<'a> {
    fn take(&mut self, record: NodeRecord<'a>) {
        match record {
            NodeRecord::Head(_) => {}
            NodeRecord::Admission(bytes) => self.admission.push(bytes),
            NodeRecord::WaitingEnvelope { knock, n, envelope } => self.envelopes.push((knock, n, envelope)),
            NodeRecord::WaitingOut { knock, n, invite, slot, item } => {
                let (item, stored, under_way) = (item.to_vec(), false, false);
                self.outbox.insert((knock, n), OutItem { invite, slot, item, stored, under_way });
            }
            NodeRecord::WaitingPut { knock, n } => {
                if let Some(out) = self.outbox.get_mut(&(knock, n)) {
                    out.stored = true;
                }
            }
            NodeRecord::Read(marks) => self.read = marks,
            NodeRecord::WayIn(bytes) => self.kept = Some(bytes.to_vec()),
            NodeRecord::FileChoice { blob, choice } => drop(self.files.choices.insert(blob, choice)),
            NodeRecord::WaitingBlob { knock, n, out } => drop(self.files.outgoing.insert((knock, n), out)),
            NodeRecord::WaitingBlobPut { knock, n, stored } => {
                if let Some(out) = self.files.outgoing.get_mut(&(knock, n)) {
                    out.stored = stored;
                }
            }
        }
    }
}

fn restore_admission(session: &Session, address: SlotAddress, records: &[&[u8]], lost: &mut usize) -> Admission {
    use sightline_proto::admission::RestoreError;
    let mut admission = Admission::new(address);
    for record in records {
        match admission.restore(record, &|who| standing(session, who)) {
            // A knock whose invite is over is no loss.
            Ok(()) | Err(RestoreError::Over) => {}
            Err(RestoreError::Malformed(_)) => *lost += 1,
        }
    }
    admission
}

fn restore_rooms(
    id: SessionId,
    session: &Session,
    admission: &Admission,
    envelopes: &[(KnockId, u64, &[u8])],
) -> BTreeMap<KnockId, Room> {
    use sightline_crdt::id::Role;
    let experts: Vec<_> = session
        .roster()
        .members()
        .filter(|member| matches!(member.role, Role::Lead | Role::Expert))
        .map(|member| super::convert::to_peer(member.peer))
        .collect();
    let mut rooms: BTreeMap<KnockId, Room> =
        admission.waiting().map(|card| (card.id, Room::new(id, &card, experts.iter().copied()))).collect();
    for (knock, n, envelope) in envelopes {
        if let Some(room) = rooms.get_mut(knock) {
            room.restore(*n, envelope);
        }
    }
    rooms
}

/// A member that was invited goes on calling, over the rendezvous of its record.
async fn with_way_in(ctx: &Context, found: Found) -> Parts {
    let Found { mut parts, kept } = found;
    let Some(kept) = kept.and_then(|bytes| Kept::from_bytes(&bytes).ok()) else { return parts };
    let me = Me { peer: ctx.peer.clone(), keys: parts.keys.clone(), about: about(ctx) };
    let machine = Machine::resume(me, kept, membership(&parts.session), steady_ms());
    parts.own_switchboards = Some(boards_of(ctx, machine.record()).into_iter().map(|board| (board, None)).collect());
    parts.way_in = Some(WayIn { machine, offered: None, online: false });
    parts
}

impl Actor {
    /// After a restart the record of each open invite begins a new version: the bytes of the old one are not kept.
    pub(super) fn renew_records(&mut self) {
        let now = now_ms();
        let open: Vec<InviteId> = self
            .admission
            .invites()
            .filter(|owner| {
                matches!(owner.state(now), InviteState::Open | InviteState::NotYetValid | InviteState::UsedUp)
            })
            .map(|owner| owner.id())
            .collect();
        for id in open {
            if let Some(mut owner) = self.admission.invite(&id).cloned() {
                owner.renew();
                self.admission_input(AdmissionInput::Invite(owner));
            }
        }
    }
}
