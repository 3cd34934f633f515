//! The page compiled into the program.

use bytes::Bytes;

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Every file of the built page; none if it was not built when the program was.
pub(super) fn files() -> Vec<(String, Bytes)> {
    FILES.iter().map(|(name, body)| ((*name).to_owned(), Bytes::from_static(body))).collect()
}

/// What is served instead of a page that was not built.
pub(super) fn missing() -> Vec<(String, Bytes)> {
    let page = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Sightline</title>\n\
        <h1>The page was not built</h1>\n\
        <p>This rendezvous works, but it was compiled without the operator page. Build the page in web-operator and \
        compile again, or start with <code>--page FOLDER</code>.</p>\n</html>\n";
    vec![("index.html".to_owned(), Bytes::from_static(page.as_bytes()))]
}
