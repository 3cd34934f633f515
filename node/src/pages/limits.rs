//! What a document may cost, with the reasons.

use std::time::Duration;

/// The largest document that is read: a scanned manual of a thousand pages.
pub const MAX_DOCUMENT_BYTES: u64 = 256 * 1024 * 1024;
/// The largest text: two thousand pages of it.
pub const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;
/// Pages beyond are not reachable: nobody turns further, and each published one is an entry of the shelf.
pub const MAX_PAGES: u32 = 2_000;
/// Pages rendered for one request: two on screen and two to come.
pub const MAX_PAGES_AT_ONCE: usize = 8;
/// Width of a page's picture where nobody says otherwise: sharp on a phone zoomed in twice.
pub const PAGE_WIDTH: u32 = 1_400;
/// Narrower can't be read.
pub const MIN_WIDTH: u32 = 200;
/// Wider is only for boards.
pub const MAX_WIDTH: u32 = 4_096;
/// Pixels of one page: a long receipt is scaled down instead of taking a gigabyte.
pub const MAX_PIXELS: u64 = 16_000_000;
/// Bytes of one page's picture.
pub const MAX_IMAGE_BYTES: usize = 12 * 1024 * 1024;
/// How long rendering may take before it is ended.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// Memory of the rendering process.
pub const MAX_MEMORY: u64 = 2 * 1024 * 1024 * 1024;
/// Rendering processes of one node at a time: one page in sight, one to come.
pub const MAX_AT_ONCE: usize = 2;
/// A photo-like page above this size is tried as JPEG too.
pub const PNG_IS_FINE_BYTES: usize = 400 * 1024;
