//! Uncompressed video files (YUV4MPEG2, 4:2:0), the simplest thing that can play a camera.

use std::io::{self, BufRead, Read};

use super::decoder::size_is_supported;
use super::{Colour, Picture};

/// The longest header line that is read.
const MAX_LINE: u64 = 1024;

/// Reads pictures from a YUV4MPEG2 stream.
pub struct Reader<R> {
    input: R,
    width: u32,
    height: u32,
    fps: u32,
}

impl<R: BufRead> Reader<R> {
    /// Reads the stream's head.
    ///
    /// # Errors
    /// `InvalidData` if it is not such a stream, or not 4:2:0 with eight bits.
    pub fn open(mut input: R) -> io::Result<Reader<R>> {
        let head = read_line(&mut input)?;
        let mut fields = head.split(' ');
        if fields.next() != Some("YUV4MPEG2") {
            return Err(invalid("not a YUV4MPEG2 stream"));
        }
        let (mut width, mut height, mut fps) = (0, 0, 30);
        for field in fields {
            let Some((tag, value)) = field.split_at_checked(1) else { continue };
            match tag {
                "W" => width = value.parse().map_err(|_| invalid("width"))?,
                "H" => height = value.parse().map_err(|_| invalid("height"))?,
                "F" => {
                    let (count, seconds) = value.split_once(':').ok_or_else(|| invalid("frame rate"))?;
                    let count: u32 = count.parse().map_err(|_| invalid("frame rate"))?;
                    let seconds: u32 = seconds.parse().map_err(|_| invalid("frame rate"))?;
                    fps = (count.checked_div(seconds).unwrap_or(30)).clamp(1, 120);
                }
                "C" if !value.starts_with("420") || value.starts_with("420p1") => {
                    return Err(invalid("only 4:2:0 with eight bits is read"));
                }
                _ => {}
            }
        }
        if !size_is_supported(width, height) {
            return Err(invalid("picture size"));
        }
        Ok(Reader { input, width, height, fps })
    }

    /// Pixels in a row and rows.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Pictures per second, rounded down.
    pub fn fps(&self) -> u32 {
        self.fps
    }

    /// The next picture; `None` at the end.
    pub fn next_picture(&mut self) -> io::Result<Option<Picture>> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        if !read_line(&mut self.input)?.starts_with("FRAME") {
            return Err(invalid("a picture does not begin where it should"));
        }
        let mut picture = Picture::black(self.width, self.height);
        picture.colour = Colour::Bt601;
        self.input.read_exact(&mut picture.y)?;
        self.input.read_exact(&mut picture.u)?;
        self.input.read_exact(&mut picture.v)?;
        Ok(Some(picture))
    }
}

fn read_line(input: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    input.take(MAX_LINE).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(invalid("a head line does not end"));
    }
    String::from_utf8(line).map_err(|_| invalid("a head line is not text"))
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_read_in_order() {
        let mut stream = b"YUV4MPEG2 W4 H2 F30:1 Ip C420jpeg\n".to_vec();
        for luma in [50u8, 60] {
            stream.extend(b"FRAME\n");
            stream.extend([luma; 8]);
            stream.extend([100, 100, 200, 200]);
        }
        let mut reader = Reader::open(stream.as_slice()).expect("a valid head");
        assert_eq!((reader.size(), reader.fps()), ((4, 2), 30));
        for luma in [50, 60] {
            let picture = reader.next_picture().expect("readable").expect("a picture");
            assert_eq!((picture.y[7], picture.u[0], picture.v[1]), (luma, 100, 200));
        }
        assert!(reader.next_picture().expect("readable").is_none());
    }

    #[test]
    fn other_streams_are_refused() {
        for head in ["RIFF\n", "YUV4MPEG2 W4 H2 C444\n", "YUV4MPEG2 W99999 H2\n", "YUV4MPEG2 W4"] {
            assert!(Reader::open(head.as_bytes()).is_err(), "{head}");
        }
    }
}
