//! What a link is asked that takes time: offers and answers after the first.

use crate::link::rtc::RtcLink;

/// What a link has to be asked and takes time.
#[derive(Clone, Debug)]
pub(super) enum LinkJob {
    /// Apply an offer and bring the answer.
    Answer { offer: String, way: Way },
    /// Apply an answer.
    Accept { answer: String },
    /// Make an offer for a new path.
    Offer { way: Way },
}

/// How descriptions travel: over the link itself, or sealed through the switchboard when it is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Control,
    Trickle,
}

/// What came of a [`LinkJob`].
#[derive(Debug)]
pub(super) enum JobDone {
    Answered { answer: String, way: Way },
    Accepted,
    Offered { offer: String, way: Way },
    Failed,
}

/// Carries out a job. Cancel safe: what was begun goes on.
pub(super) async fn carry_out(link: RtcLink, job: LinkJob) -> JobDone {
    let done = match job {
        LinkJob::Answer { offer, way } => {
            link.accept_offer(offer).await.map(|answer| JobDone::Answered { answer, way })
        }
        LinkJob::Accept { answer } => link.accept_answer(answer).await.map(|()| JobDone::Accepted),
        LinkJob::Offer { way } => link.restart_path().await.map(|offer| JobDone::Offered { offer, way }),
    };
    done.unwrap_or(JobDone::Failed)
}
