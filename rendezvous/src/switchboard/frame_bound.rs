//! Reads of a WebSocket's stream that stop at frame boundaries.
//!
//! The WebSocket's read buffer grows to the largest message it met. Only if a message ends exactly where the buffer ends
//! does the socket take a new, small buffer for the next one and let the large one go. So no read may bring the start of
//! the next frame along with the end of this one: an expert's app that once sent 60 kB would otherwise cost 60 kB for as
//! long as it is connected.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of WebSocket frames (RFC 6455 section 5.2) of which no read crosses the end of a frame's head or payload.
/// It only counts; what is malformed is for the socket to refuse.
#[derive(Debug)]
pub(super) struct FrameBound<T> {
    io: T,
    part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// So many bytes of a head have been read, of which the second is known from two on.
    Head { bytes: [u8; HEAD], read: usize },
    /// So many bytes of the payload are still to come.
    Payload { left: u64 },
}

/// The longest head: two bytes, a length of eight, a mask of four.
const HEAD: usize = 14;

impl Part {
    const START: Self = Self::Head { bytes: [0; HEAD], read: 0 };

    /// How many bytes may be read before looking again.
    fn wanted(&self) -> usize {
        match self {
            Self::Head { bytes, read } => head_length(bytes, *read) - read,
            Self::Payload { left } => usize::try_from(*left).unwrap_or(usize::MAX),
        }
    }

    /// Notes what was read, which is never more than wanted.
    fn advance(&mut self, piece: &[u8]) {
        match self {
            Self::Head { bytes, read } => {
                bytes[*read..*read + piece.len()].copy_from_slice(piece);
                *read += piece.len();
                if *read >= 2 && *read == head_length(bytes, *read) {
                    *self = Self::Payload { left: payload_length(bytes) };
                }
            }
            Self::Payload { left } => *left -= piece.len() as u64,
        }
        if *self == (Self::Payload { left: 0 }) {
            *self = Self::START;
        }
    }
}

fn head_length(bytes: &[u8; HEAD], read: usize) -> usize {
    if read < 2 {
        return 2;
    }
    let length = match bytes[1] & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mask = if bytes[1] & 0x80 == 0 { 0 } else { 4 };
    2 + length + mask
}

fn payload_length(bytes: &[u8; HEAD]) -> u64 {
    match bytes[1] & 0x7f {
        126 => u64::from(u16::from_be_bytes([bytes[2], bytes[3]])),
        127 => bytes[2..10].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
        length => u64::from(length),
    }
}

impl<T> FrameBound<T> {
    /// Begins at the first byte of a frame.
    pub(super) fn new(io: T) -> Self {
        Self { io, part: Part::START }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for FrameBound<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let wanted = this.part.wanted().min(buf.remaining());
        let mut bound = ReadBuf::new(buf.initialize_unfilled_to(wanted));
        ready!(Pin::new(&mut this.io).poll_read(cx, &mut bound))?;
        this.part.advance(bound.filled());
        let read = bound.filled().len();
        buf.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for FrameBound<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    fn frame(length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut frame = match length {
            0..126 => vec![0x82, mask | length as u8],
            126..65_536 => [vec![0x82, mask | 126], (length as u16).to_be_bytes().to_vec()].concat(),
            _ => [vec![0x82, mask | 127], (length as u64).to_be_bytes().to_vec()].concat(),
        };
        frame.extend_from_slice(if masked { &[1, 2, 3, 4] } else { &[] });
        frame.extend((0..length).map(|n| n as u8));
        frame
    }

    #[tokio::test]
    async fn no_read_crosses_a_frame_and_nothing_is_changed() {
        let lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000, 0, 5];
        let mut stream = Vec::new();
        let mut ends = Vec::new();
        for (n, length) in lengths.iter().enumerate() {
            stream.extend(frame(*length, n % 3 != 0));
            ends.push(stream.len());
        }
        for buffer in [1, 3, 1_024, 100_000] {
            let mut bound = FrameBound::new(&stream[..]);
            let mut read = Vec::new();
            let mut piece = vec![0; buffer];
            loop {
                let before = read.len();
                let length = bound.read(&mut piece).await.unwrap();
                if length == 0 {
                    break;
                }
                read.extend_from_slice(&piece[..length]);
                assert!(!ends.iter().any(|end| before < *end && *end < read.len()), "{before}..{}", read.len());
            }
            assert_eq!(read, stream);
        }
    }

    #[tokio::test]
    async fn an_absurd_length_is_only_counted() {
        let stream = [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 9, 9];
        let mut read = Vec::new();
        FrameBound::new(&stream[..]).read_to_end(&mut read).await.unwrap();
        assert_eq!(read, stream);
    }
}
