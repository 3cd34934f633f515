//! Whole items to a mailbox and from it, piece by piece, no faster than the rendezvous wants.

use sightline_proto::id::{MailName, MailboxId};
use sightline_proto::keys::SlotKey;
use sightline_proto::limits::{MAX_MAIL, MAX_MAIL_PART};
use sightline_proto::mailbox::MailLabel;
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{
    Ask, Mail, OpenBox, PutPart, ReadMail, Refused, RefusedReason, SetAccess, UploadState,
};

use super::jobs::PACED;
use crate::switchboard::client::Switchboard;

/// How often something is asked again that was asked too fast: a minute of others who share the address being busy.
const MAX_TRIES: usize = 60;

/// How often an upload is begun that conflicts with something: a second time is all that an honest rendezvous needs.
const MAX_BEGINS: usize = 2;

/// Which item a piece belongs to.
#[derive(Clone, Copy)]
pub(super) struct Item {
    pub(super) mailbox: MailboxId,
    pub(super) name: MailName,
    pub(super) label: MailLabel,
}

/// Where things are asked.
pub(super) trait Asked: Sync {
    /// Asks once.
    fn ask(&self, ask: Ask) -> impl Future<Output = Result<Answer, Refused>> + Send;

    /// Waits until it is not too fast any more to ask.
    fn pause(&self) -> impl Future<Output = ()> + Send;
}

impl Asked for Switchboard {
    fn ask(&self, ask: Ask) -> impl Future<Output = Result<Answer, Refused>> + Send {
        self.ask_now(ask)
    }

    fn pause(&self) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(PACED)
    }
}

/// Asks, and asks again after a pause while that was too fast: a large file is thousands of questions, and none of them may
/// be the last.
pub(super) async fn ask_paced(board: &impl Asked, ask: Ask) -> Result<Answer, Refused> {
    for _ in 1..MAX_TRIES {
        match board.ask(ask.clone()).await {
            Err(Refused::Because(RefusedReason::RateLimited) | Refused::TooManyAsked) => board.pause().await,
            answer => return answer,
        }
    }
    board.ask(ask).await
}

/// Makes the box, and sets its list. If the box is another's, the lead's that was, whoever may edit its list takes it over.
pub(super) async fn set_list(board: &impl Asked, set: SetAccess, key: &SlotKey) -> Result<Answer, Refused> {
    let open = OpenBox { mailbox: set.mailbox, owner: set.owner };
    match ask_paced(board, Ask::OpenBox(open, key.clone())).await {
        Ok(_) | Err(Refused::Because(RefusedReason::Conflict)) => {
            ask_paced(board, Ask::SetAccess(set, key.clone())).await
        }
        refused => refused,
    }
}

/// Puts an item, piece by piece.
pub(super) async fn put_whole(board: &impl Asked, item: Item, sealed: &[u8], key: &SlotKey) -> Result<(), Refused> {
    let Item { mailbox, name, label } = item;
    let size = u32::try_from(sealed.len()).map_err(|_| Refused::Because(RefusedReason::TooLarge))?;
    let mut offset = 0;
    while offset < size {
        let end = sealed.len().min(offset as usize + MAX_MAIL_PART);
        let bytes = sealed[offset as usize..end].to_vec();
        let put = PutPart { mailbox, name, label, size, offset, bytes, writer: key.public() };
        match ask_paced(board, Ask::PutPart(put, key.clone())).await? {
            Answer::Upload { whole: true, .. } => return Ok(()),
            Answer::Upload { offset: there, .. } if there > offset && there < size => offset = there,
            _ => return Err(Refused::Because(RefusedReason::Conflict)),
        }
    }
    Err(Refused::Because(RefusedReason::Malformed))
}

/// Puts an item whose name says what it holds, unless it lies there whole already, whoever put it.
pub(super) async fn put_named(board: &impl Asked, item: Item, sealed: &[u8], key: &SlotKey) -> Result<(), Refused> {
    for _ in 0..MAX_BEGINS {
        if is_whole(board, &item, key).await? {
            return Ok(());
        }
        match put_whole(board, item, sealed, key).await {
            // Another member put the same meanwhile, or the rendezvous lost what it had and it is to be begun anew.
            Err(Refused::Because(RefusedReason::Conflict)) => {}
            put => return put,
        }
    }
    if is_whole(board, &item, key).await? { Ok(()) } else { Err(Refused::Because(RefusedReason::Conflict)) }
}

async fn is_whole(board: &impl Asked, item: &Item, key: &SlotKey) -> Result<bool, Refused> {
    let state = UploadState { mailbox: item.mailbox, name: item.name, writer: key.public() };
    let answer = ask_paced(board, Ask::UploadState(state, key.clone())).await?;
    Ok(matches!(answer, Answer::Upload { whole: true, .. }))
}

/// Reads an item to its end.
pub(super) async fn read_whole(
    board: &impl Asked,
    mailbox: MailboxId,
    mail: &Mail,
    key: &SlotKey,
) -> Result<Vec<u8>, Refused> {
    if mail.size as usize > MAX_MAIL {
        return Err(Refused::Because(RefusedReason::TooLarge));
    }
    let mut sealed = Vec::new();
    while (sealed.len() as u64) < u64::from(mail.size) {
        let offset = u32::try_from(sealed.len()).map_err(|_| Refused::Because(RefusedReason::TooLarge))?;
        let read = ReadMail { mailbox, name: mail.name, offset, reader: key.public() };
        match ask_paced(board, Ask::ReadMail(read, key.clone())).await? {
            Answer::MailPart { size, bytes, .. } if size == mail.size && !bytes.is_empty() => sealed.extend(bytes),
            _ => return Err(Refused::Because(RefusedReason::Malformed)),
        }
    }
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use sightline_proto::mailbox::{Audience, MailKind};

    use super::*;
    use crate::runtime::rng;

    /// A rendezvous that keeps one item and refuses as it is told to, question by question.
    #[derive(Default)]
    struct Fake {
        there: Mutex<Vec<u8>>,
        whole: Mutex<bool>,
        refusals: Mutex<Vec<Option<RefusedReason>>>,
        asked: Mutex<usize>,
        pauses: Mutex<usize>,
    }

    impl Fake {
        fn refusing(refusals: &[Option<RefusedReason>]) -> Self {
            Self { refusals: Mutex::new(refusals.iter().rev().copied().collect()), ..Self::default() }
        }

        fn answer(&self, ask: Ask) -> Result<Answer, Refused> {
            *self.asked.lock().unwrap() += 1;
            let (mut there, mut whole) = (self.there.lock().unwrap(), self.whole.lock().unwrap());
            if let Some(Some(reason)) = self.refusals.lock().unwrap().pop() {
                if reason == RefusedReason::Conflict {
                    there.clear();
                }
                return Err(Refused::Because(reason));
            }
            match ask {
                Ask::PutPart(put, _) => {
                    there.truncate(put.offset as usize);
                    there.extend(&put.bytes);
                    *whole = there.len() == put.size as usize;
                }
                Ask::ReadMail(read, _) => {
                    let (size, offset) = (there.len() as u32, read.offset);
                    let bytes = there[offset as usize..].iter().take(MAX_MAIL_PART).copied().collect();
                    return Ok(Answer::MailPart { size, offset, bytes });
                }
                _ => {}
            }
            Ok(Answer::Upload { offset: there.len() as u32, whole: *whole })
        }
    }

    impl Asked for Fake {
        async fn ask(&self, ask: Ask) -> Result<Answer, Refused> {
            self.answer(ask)
        }

        async fn pause(&self) {
            *self.pauses.lock().unwrap() += 1;
        }
    }

    fn item() -> Item {
        let label = MailLabel { kind: MailKind::Blob, epoch: 0, audience: Audience::All };
        Item { mailbox: MailboxId([1; 16]), name: MailName([2; 16]), label }
    }

    fn sealed() -> Vec<u8> {
        (0..3 * MAX_MAIL_PART + 7).map(|at| at as u8).collect()
    }

    #[tokio::test]
    async fn a_chunk_whose_upload_the_rendezvous_lost_is_not_taken_for_stored() {
        let key = SlotKey::generate(&mut rng());
        // After the question how far it is and two parts, the third part finds the file gone.
        let fake = Fake::refusing(&[None, None, None, Some(RefusedReason::Conflict)]);
        assert_eq!(put_named(&fake, item(), &sealed(), &key).await, Ok(()));
        assert!(*fake.whole.lock().unwrap() && *fake.there.lock().unwrap() == sealed());
        let lost = [None, Some(RefusedReason::Conflict), None, Some(RefusedReason::Conflict)];
        let conflict = Err(Refused::Because(RefusedReason::Conflict));
        assert_eq!(put_named(&Fake::refusing(&lost), item(), &sealed(), &key).await, conflict);
    }

    #[tokio::test]
    async fn a_new_lead_sets_the_list_of_the_box_that_another_made() {
        let key = SlotKey::generate(&mut rng());
        let set = |key: &SlotKey| SetAccess {
            mailbox: item().mailbox,
            owner: key.public(),
            version: 7,
            others: Vec::new(),
            signer: key.public(),
        };
        let fake = Fake::refusing(&[Some(RefusedReason::Conflict)]);
        assert!(set_list(&fake, set(&key), &key).await.is_ok());
        assert_eq!(*fake.asked.lock().unwrap(), 2);
        let full = Fake::refusing(&[Some(RefusedReason::StorageFull)]);
        let refused = Err(Refused::Because(RefusedReason::StorageFull));
        assert_eq!(set_list(&full, set(&key), &key).await, refused);
        assert_eq!(*full.asked.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn what_another_member_put_meanwhile_is_stored() {
        let key = SlotKey::generate(&mut rng());
        let fake = Fake::default();
        put_whole(&fake, item(), &sealed(), &key).await.unwrap();
        let before = *fake.asked.lock().unwrap();
        assert_eq!(put_named(&fake, item(), &sealed(), &key).await, Ok(()));
        assert_eq!(*fake.asked.lock().unwrap(), before + 1, "it is not put twice");
    }

    #[tokio::test]
    async fn a_file_that_is_too_fast_for_the_rendezvous_goes_on_after_a_pause() {
        let key = SlotKey::generate(&mut rng());
        let slower = Some(RefusedReason::RateLimited);
        let fake = Fake::refusing(&[slower, None, None, slower, slower]);
        assert_eq!(put_named(&fake, item(), &sealed(), &key).await, Ok(()));
        assert_eq!(*fake.pauses.lock().unwrap(), 3);
        let [mailbox, name] = [item().mailbox.0, item().name.0];
        let mail = Mail {
            number: 1,
            name: MailName(name),
            label: item().label,
            size: sealed().len() as u32,
            writer: key.address(),
        };
        *fake.refusals.lock().unwrap() = vec![slower, None, slower];
        assert_eq!(read_whole(&fake, MailboxId(mailbox), &mail, &key).await, Ok(sealed()));
        let huge = Mail { size: u32::MAX, ..mail };
        let too_large = Err(Refused::Because(RefusedReason::TooLarge));
        assert_eq!(read_whole(&fake, MailboxId(mailbox), &huge, &key).await, too_large);
        *fake.refusals.lock().unwrap() = vec![slower; 1_000];
        let answer = put_named(&fake, item(), &sealed(), &key).await;
        assert_eq!(answer, Err(Refused::Because(RefusedReason::RateLimited)), "not for ever");
    }
}
