//! The operator page: its files in memory, each with its precompressed forms, entity tag and caching rule.
//!
//! The page's build writes `X.br` and `X.gz` beside `X`; nothing is compressed while serving. Requests are looked up in
//! a map, so that no request path ever reaches the file system.

mod embedded;
mod negotiate;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hyper::header::HeaderValue;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::limits::{PAGE_BYTES, PAGE_FILES};
pub(crate) use negotiate::Encoding;
use negotiate::acceptable;

/// All files of the page.
#[derive(Debug)]
pub(crate) struct Page {
    files: HashMap<String, PageFile>,
}

/// One file of the page.
#[derive(Debug)]
pub(crate) struct PageFile {
    /// Media type.
    pub(crate) media_type: HeaderValue,
    /// Whether the name carries a hash of the content, so that the file never changes.
    pub(crate) immutable: bool,
    plain: Form,
    brotli: Option<Form>,
    gzip: Option<Form>,
}

/// One encoding of a file.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// What goes over the wire.
    pub(crate) body: Bytes,
    /// Strong entity tag, different for each encoding.
    pub(crate) tag: HeaderValue,
}

/// Why a folder cannot be the page.
#[derive(Debug, Error)]
pub enum PageError {
    /// The folder or a file of it cannot be read.
    #[error("the page folder {path} cannot be read: {source}")]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no page in the folder.
    #[error("the page folder {0} has no index.html: give the folder that the page's build wrote")]
    NoIndex(PathBuf),
    /// The folder holds far more than a page.
    #[error("the page folder {0} holds more than a page can be: is it the right folder?")]
    TooLarge(PathBuf),
}

impl Page {
    /// The page compiled into the program, or a page that says that it was not built.
    pub(crate) fn embedded() -> Self {
        let files = embedded::files();
        if files.is_empty() { Self::new(embedded::missing()) } else { Self::new(files) }
    }

    /// Reads the page from a folder.
    pub(crate) fn from_folder(folder: &Path) -> Result<Self, PageError> {
        let mut files = Vec::new();
        let mut bytes = 0;
        read_folder(folder, folder, &mut files, &mut bytes)?;
        if !files.iter().any(|(name, _)| name == "index.html") {
            return Err(PageError::NoIndex(folder.to_owned()));
        }
        Ok(Self::new(files))
    }

    /// The file at a request's path; `/` is the page itself.
    pub(crate) fn find(&self, path: &str) -> Option<&PageFile> {
        let name = path.strip_prefix('/')?;
        self.files.get(if name.is_empty() { "index.html" } else { name })
    }

    fn new(files: Vec<(String, Bytes)>) -> Self {
        let all: HashMap<&str, &Bytes> = files.iter().map(|(name, body)| (name.as_str(), body)).collect();
        let form = |name: &str| all.get(name).map(|body| Form::new((*body).clone()));
        let is_form_of_another = |name: &str| {
            [".br", ".gz"].iter().any(|end| name.strip_suffix(end).is_some_and(|plain| all.contains_key(plain)))
        };
        let mut page = HashMap::new();
        for (name, body) in &files {
            if is_form_of_another(name) {
                continue;
            }
            let file = PageFile {
                media_type: media_type(name),
                immutable: is_immutable(name),
                plain: Form::new(body.clone()),
                brotli: form(&format!("{name}.br")),
                gzip: form(&format!("{name}.gz")),
            };
            page.insert(name.clone(), file);
        }
        Self { files: page }
    }
}

impl PageFile {
    /// The smallest form that a request with this `Accept-Encoding` takes.
    pub(crate) fn form(&self, accept_encoding: Option<&str>) -> (Encoding, &Form) {
        let accepted = acceptable(accept_encoding);
        match (&self.brotli, &self.gzip) {
            (Some(form), _) if accepted.brotli => (Encoding::Brotli, form),
            (_, Some(form)) if accepted.gzip => (Encoding::Gzip, form),
            _ => (Encoding::Identity, &self.plain),
        }
    }
}

impl Form {
    fn new(body: Bytes) -> Self {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&body)[..12]);
        // Hexadecimal digits between quotes are a valid header value.
        let tag = HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { body, tag }
    }
}

fn read_folder(root: &Path, folder: &Path, files: &mut Vec<(String, Bytes)>, bytes: &mut u64) -> Result<(), PageError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| PageError::Unreadable { path, source }
    };
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        // The type of the entry itself: symbolic links are neither followed nor served.
        let kind = entry.file_type().map_err(unreadable(&path))?;
        if kind.is_dir() {
            read_folder(root, &path, files, bytes)?;
        } else if kind.is_file() {
            *bytes += entry.metadata().map_err(unreadable(&path))?.len();
            if *bytes > PAGE_BYTES || files.len() >= PAGE_FILES {
                return Err(PageError::TooLarge(root.to_owned()));
            }
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push((name, fs::read(&path).map_err(unreadable(&path))?.into()));
        }
    }
    Ok(())
}

/// Whether the build put a content hash of at least eight characters into the name: `assets/NAME-HASH.EXT`.
fn is_immutable(name: &str) -> bool {
    let Some(file) = name.strip_prefix("assets/") else { return false };
    let stem = file.split('.').next().unwrap_or_default();
    let hash_char = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    // The hash's own alphabet has `-`, so it is taken by length from the end.
    stem.len() > 9 && stem.as_bytes()[stem.len() - 9] == b'-' && stem.bytes().rev().take(8).all(hash_char)
}

fn media_type(name: &str) -> HeaderValue {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    HeaderValue::from_static(match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_assets_are_immutable() {
        for name in ["assets/main-Bx3_9aZq.js", "assets/a-b-Bx3-9aZq.css", "assets/inter-DiVDrmQJ.woff2"] {
            assert!(is_immutable(name), "{name}");
        }
        for name in ["index.html", "main-Bx3_9aZq.js", "assets/main.js", "assets/icon.svg", "assets/-short.js"] {
            assert!(!is_immutable(name), "{name}");
        }
    }

    #[test]
    fn the_smallest_accepted_form_is_served() {
        let file = |name: &str, body: &'static str| (name.to_owned(), Bytes::from_static(body.as_bytes()));
        let page =
            Page::new(vec![file("index.html", "plain"), file("index.html.br", "b"), file("index.html.gz", "gz")]);
        let index = page.find("/").unwrap();
        assert_eq!(index.form(Some("gzip, deflate, br")).1.body, "b");
        assert_eq!(index.form(Some("gzip")).1.body, "gz");
        assert_eq!(index.form(Some("br;q=0, gzip;q=0")).1.body, "plain");
        assert_eq!(index.form(None).1.body, "plain");
        assert!(page.find("/index.html.br").is_none());
        assert!(page.find("/../etc/passwd").is_none());
    }

    #[test]
    fn a_folder_without_a_page_is_refused_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Page::from_folder(folder.path()).unwrap_err();
        assert!(refused.to_string().contains("has no index.html"), "{refused}");
        let refused = Page::from_folder(&folder.path().join("absent")).unwrap_err();
        assert!(refused.to_string().contains("cannot be read"), "{refused}");
    }
}
