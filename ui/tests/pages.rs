//! Documents that mean harm, given to the real program that renders pages.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sightline_node::pages::{PageError, Rendered, Renderer, limits};

struct Bench {
    folder: tempfile::TempDir,
    renderer: Renderer,
}

impl Bench {
    fn new() -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_sightline"));
        Self { folder: tempfile::tempdir().expect("a folder"), renderer: Renderer::with_program(program) }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    async fn render(&self, name: &str, bytes: &[u8], pages: &[u32]) -> Result<Rendered, PageError> {
        let path = self.file(name, bytes);
        self.renderer.render(&path, name, 600, pages).await
    }
}

/// A PDF of these objects, numbered from 1; the first is the catalogue.
fn pdf(objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).into_bytes());
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    let size = objects.len() + 1;
    out.extend(format!("trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").into_bytes());
    out
}

/// One page with this content and these resources; further objects follow as number 5 and on.
fn one_page(content: &str, resources: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << {resources} >> >>"),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    objects.extend_from_slice(more);
    pdf(&objects)
}

fn dark(bytes: &[u8]) -> usize {
    let image = image::load_from_memory(bytes).expect("a picture").to_rgb8();
    image.pixels().filter(|pixel| pixel[0] < 128).count()
}

#[tokio::test]
async fn honest_documents_of_each_kind_become_pages() {
    let bench = Bench::new();
    let rendered =
        bench.render("a.pdf", &one_page("0 0 0 rg 0 0 150 200 re f", "", &[]), &[0, 1]).await.expect("pages");
    assert_eq!((rendered.pages, rendered.images.len()), (1, 1));
    let page = &rendered.images[0];
    assert_eq!((page.width, page.height), (600, 400));
    let half = 600 * 400 / 2;
    assert!(dark(&page.bytes).abs_diff(half) < 1_500, "the left half is black");

    let rendered = bench.render("notes.md", b"# Pump\n\n- [ ] Close the **valve**\n", &[0]).await.expect("pages");
    assert!(dark(&rendered.images[0].bytes) > 200, "words leave ink");
    let rendered = bench.render("log.txt", "línea 1\nسطر\n第三行\n".as_bytes(), &[0]).await.expect("pages");
    assert!(dark(&rendered.images[0].bytes) > 100);
    let rendered = bench.render("photo", &png(900, 300), &[0]).await.expect("a page");
    assert_eq!((rendered.images[0].width, rendered.images[0].height), (600, 200));
}

#[tokio::test]
async fn what_is_no_document_is_refused() {
    let bench = Bench::new();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let refused: [(&str, &[u8]); 7] = [
        ("x.svg", svg),
        ("x.txt", svg),
        ("x.pdf", b"%PDF-1.7\nnonsense"),
        ("x.zip", b"PK\x03\x04\0\0\0\0"),
        ("x.txt", b"a\0b"),
        ("x.txt", b" \n "),
        ("x.png", b"\x89PNG\r\n\x1a\n cut short"),
    ];
    for (name, bytes) in refused {
        assert_eq!(bench.render(name, bytes, &[0]).await, Err(PageError::NotADocument), "{name}");
    }
}

#[tokio::test]
async fn bombs_are_refused_and_the_program_that_asked_goes_on() {
    let bench = Bench::new();
    let mut bomb = png(8, 8);
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(bench.render("bomb.png", &bomb, &[0]).await, Err(PageError::Limits));

    // A page of a kilometre, and one without any size.
    for media in ["[0 0 2834645 2834645]", "[0 0 0 0]", "[0 0 -5 1e30]"] {
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        ];
        objects.push(format!("<< /Type /Page /Parent 2 0 R /MediaBox {media} /Contents 4 0 R >>"));
        objects.push("<< /Length 0 >>\nstream\n\nendstream".to_owned());
        let rendered = bench.render("large.pdf", &pdf(&objects), &[0]).await;
        if let Ok(rendered) = rendered {
            let page = &rendered.images[0];
            assert!(u64::from(page.width) * u64::from(page.height) <= 2 * limits::MAX_PIXELS, "{media}");
        }
    }
    let rendered = bench.render("ok.txt", b"still here", &[0]).await.expect("the next document is rendered");
    assert_eq!(rendered.pages, 1);
}

/// Forms that draw each other twice, 60 deep: 2^60 rectangles in four kilobytes.
#[tokio::test]
async fn a_page_that_never_ends_is_ended() {
    let bench = Bench::new();
    let forms: Vec<String> = (0..60)
        .map(|depth| {
            let content = if depth < 59 { "/F Do /F Do" } else { "0 0 1 1 re f" };
            let next = 5 + depth + 1;
            let resources = format!("/Resources << /XObject << /F {next} 0 R >> >>");
            let length = content.len();
            format!(
                "<< /Type /XObject /Subtype /Form /BBox [0 0 300 200] {resources} /Length {length} >>\nstream\n{content}\nendstream"
            )
        })
        .collect();
    let bytes = one_page("/F Do /F Do", "/XObject << /F 5 0 R >>", &forms);
    let since = Instant::now();
    let rendered = bench.render("loop.pdf", &bytes, &[0]).await;
    let took = since.elapsed();
    assert!(took < limits::DEADLINE + Duration::from_secs(5), "{took:?}");
    assert_eq!(rendered, Err(PageError::Limits));
    // It was killed; the system takes a moment to clear its memory.
    let until = Instant::now() + Duration::from_secs(5);
    while left_running() > 0 {
        assert!(Instant::now() < until, "no process is left behind");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(bench.render("ok.txt", b"still here", &[0]).await.is_ok());
}

/// A form that draws itself, pages that are their own parents, arrays a hundred thousand deep.
#[tokio::test]
async fn what_refers_to_itself_is_survived() {
    let bench = Bench::new();
    let own = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >> /Length 5 >>\nstream\n/F Do\nendstream";
    let cases = [
        one_page("/F Do", "/XObject << /F 5 0 R >>", &[own.to_owned()]),
        pdf(&[
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>".to_owned(),
        ]),
        one_page(&format!("{}{} Do", "[".repeat(100_000), "]".repeat(100_000)), "", &[]),
        one_page(&"q ".repeat(500_000), "", &[]),
    ];
    for (index, bytes) in cases.iter().enumerate() {
        // Rendered or refused: what counts is that it ends and nothing else does.
        let since = Instant::now();
        let rendered = bench.render("self.pdf", bytes, &[0]).await;
        assert!(since.elapsed() < limits::DEADLINE + Duration::from_secs(5), "case {index}");
        assert!(!matches!(rendered, Err(PageError::System)), "case {index}");
    }
    assert!(bench.render("ok.txt", b"still here", &[0]).await.is_ok());
}

#[tokio::test]
async fn markdown_with_html_is_only_ink() {
    let bench = Bench::new();
    let text = "# Hi <img src=x onerror=alert(1)>\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![y](file:///etc/passwd)";
    let rendered = bench.render("x.md", text.as_bytes(), &[0]).await.expect("a page");
    assert_eq!(rendered.pages, 1);
    assert!(dark(&rendered.images[0].bytes) > 300);
}

/// Children of this process that render.
fn left_running() -> usize {
    let me = std::process::id().to_string();
    let Ok(entries) = std::fs::read_dir("/proc") else { return 0 };
    let is_left = |path: &Path| {
        let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)).unwrap_or_default();
        let command = std::fs::read(path.join("cmdline")).unwrap_or_default();
        parent == me && String::from_utf8_lossy(&command).contains("--render-pages\0x.pdf")
    };
    entries.flatten().filter(|entry| is_left(&entry.path())).count()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(width, height).write_to(&mut bytes, image::ImageFormat::Png).expect("encoded");
    bytes.into_inner()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}
