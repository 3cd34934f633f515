//! Reads `Accept-Encoding` (RFC 9110 section 12.5.3) as far as our two encodings need.

/// How a body is encoded on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As it is.
    Identity,
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Encoding {
    /// The `Content-Encoding` value, if one is sent.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
        }
    }
}

/// Which of our encodings the client takes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) brotli: bool,
    pub(super) gzip: bool,
}

/// Reads the header. `*` is not taken as an invitation to compress: every browser names what it knows.
pub(super) fn acceptable(header: Option<&str>) -> Accepted {
    let mut accepted = Accepted::default();
    for entry in header.unwrap_or_default().split(',') {
        let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let quality = parameters.trim().strip_prefix("q=").unwrap_or("1");
        let wanted = quality.trim().parse::<f32>().is_ok_and(|q| q > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("br") => accepted.brotli = wanted,
            name if name.eq_ignore_ascii_case("gzip") => accepted.gzip = wanted,
            _ => {}
        }
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_zero_means_no() {
        assert_eq!(acceptable(Some("br;q=0.5, gzip;q=0")), Accepted { brotli: true, gzip: false });
        assert_eq!(acceptable(Some(" GZIP , BR ")), Accepted { brotli: true, gzip: true });
        assert_eq!(acceptable(Some("*, identity")), Accepted::default());
        assert_eq!(acceptable(Some("br;q=x")), Accepted::default());
        assert_eq!(acceptable(None), Accepted::default());
    }
}
