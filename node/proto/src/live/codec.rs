//! The bytes of a live message.

use super::points::{decode_points, encode_points};
use super::{Act, Making, Target};
use crate::id::{DocumentId, PeerId};
use crate::limits::{INKS, MAX_LIVE, MAX_STROKE_POINTS, TOOLS};
use crate::wire::{Reader, WireError, Writer};
use thiserror::Error;

/// One message of the `live` channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveMessage {
    /// Where the sender points.
    Pointer {
        /// Rises with each of the sender's messages.
        seq: u32,
        /// On what.
        target: Target,
        /// 0..=65535 across.
        x: u16,
        /// 0..=65535 down.
        y: u16,
        /// What it does.
        act: Act,
    },
    /// A stroke in the making, or the end of one.
    Preview {
        /// On which board.
        board: DocumentId,
        /// The sender's number of the stroke.
        id: u32,
        /// Rises with each of the sender's messages.
        seq: u32,
        /// Index of the first point that is here.
        first: u32,
        /// The stroke, with the points from there to its end as it is now.
        making: Making,
    },
    /// The pen was lifted without a stroke.
    PreviewGone {
        /// On which board.
        board: DocumentId,
        /// The sender's number of the stroke.
        id: u32,
    },
    /// Where the sender's cursor is in a shared text.
    Cursor {
        /// Which text.
        text: DocumentId,
        /// In characters.
        at: u32,
    },
}

/// Why bytes are no live message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LiveError {
    /// Above the cap.
    #[error("the live message is too large")]
    TooLarge,
    /// The bytes end inside a field.
    #[error("the live message is cut short")]
    Truncated,
    /// Bytes follow the last field.
    #[error("bytes trail the live message")]
    Trailing,
    /// A kind, target, act, tool or ink that this version doesn't know.
    #[error("the live message has an unknown code")]
    UnknownCode,
    /// Points that are not exactly spelled or outside the picture, too many of them, or a line without width.
    #[error("the stroke of the live message is malformed")]
    BadStroke,
}

impl From<WireError> for LiveError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Trailing => Self::Trailing,
            WireError::TooLarge => Self::TooLarge,
            WireError::UnknownCode | WireError::NotText | WireError::UnsupportedVersion => Self::UnknownCode,
            WireError::Truncated => Self::Truncated,
        }
    }
}

const POINTER: u8 = 1;
const PREVIEW: u8 = 2;
const PREVIEW_GONE: u8 = 3;
const CURSOR: u8 = 4;

/// Bytes of a preview before its points.
pub(super) const PREVIEW_HEAD: usize = 1 + DocumentId::LEN + 4 + 4 + 1 + 1 + 2 + 4;

impl LiveMessage {
    /// The message's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        match self {
            Self::Pointer { seq, target, x, y, act } => {
                out.u8(POINTER).u32(*seq);
                match target {
                    Target::Video(peer) => out.u8(0).raw(&peer.0),
                    Target::Board(board) => out.u8(1).raw(&board.0),
                };
                let act = match act {
                    Act::Move => 0,
                    Act::Click => 1,
                    Act::Gone => 2,
                };
                out.raw(&x.to_be_bytes()).raw(&y.to_be_bytes()).u8(act);
            }
            Self::Preview { board, id, seq, first, making } => {
                out.u8(PREVIEW).raw(&board.0).u32(*id).u32(*seq).u8(making.tool).u8(making.ink);
                out.raw(&making.width.to_be_bytes()).u32(*first).raw(&encode_points(&making.points));
            }
            Self::PreviewGone { board, id } => {
                out.u8(PREVIEW_GONE).raw(&board.0).u32(*id);
            }
            Self::Cursor { text, at } => {
                out.u8(CURSOR).raw(&text.0).u32(*at);
            }
        }
        out.finish()
    }

    /// Reads a message.
    pub fn decode(bytes: &[u8]) -> Result<Self, LiveError> {
        if bytes.len() > MAX_LIVE {
            return Err(LiveError::TooLarge);
        }
        let mut reader = Reader::new(bytes);
        let message = match reader.u8()? {
            POINTER => Self::Pointer {
                seq: reader.u32()?,
                target: match reader.u8()? {
                    0 => Target::Video(PeerId(reader.array()?)),
                    1 => Target::Board(DocumentId(reader.array()?)),
                    _ => return Err(LiveError::UnknownCode),
                },
                x: number(&mut reader)?,
                y: number(&mut reader)?,
                act: match reader.u8()? {
                    0 => Act::Move,
                    1 => Act::Click,
                    2 => Act::Gone,
                    _ => return Err(LiveError::UnknownCode),
                },
            },
            PREVIEW => preview(&mut reader)?,
            PREVIEW_GONE => Self::PreviewGone { board: DocumentId(reader.array()?), id: reader.u32()? },
            CURSOR => Self::Cursor { text: DocumentId(reader.array()?), at: reader.u32()? },
            _ => return Err(LiveError::UnknownCode),
        };
        reader.end()?;
        Ok(message)
    }
}

fn preview(reader: &mut Reader<'_>) -> Result<LiveMessage, LiveError> {
    let (board, id, seq) = (DocumentId(reader.array()?), reader.u32()?, reader.u32()?);
    let (tool, ink, width, first) = (reader.u8()?, reader.u8()?, number(reader)?, reader.u32()?);
    if tool >= TOOLS || ink >= INKS {
        return Err(LiveError::UnknownCode);
    }
    let points = decode_points(reader.rest())?;
    let end = usize::try_from(first).unwrap_or(usize::MAX).saturating_add(points.len());
    if width == 0 || end > MAX_STROKE_POINTS {
        return Err(LiveError::BadStroke);
    }
    Ok(LiveMessage::Preview { board, id, seq, first, making: Making { tool, ink, width, points } })
}

fn number(reader: &mut Reader<'_>) -> Result<u16, LiveError> {
    Ok(u16::from_be_bytes(reader.array()?))
}
