//! The page and its headers, hosts and origins, plain HTTP, and the policy.
#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod common;

use std::fs;
use std::path::Path;

use common::{Server, http};
use sightline_rendezvous::{Config, PageSource};

fn with_page(folder: &Path) -> impl FnOnce(&mut Config) {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("index.html", "<!doctype html>page");
    file("index.html.br", "brotli");
    file("index.html.gz", "gzip");
    file("assets/main-Bx3_9aZq.js", "script");
    file("assets/inter-DiVDrmQJ.woff2", "font");
    file("icon.svg", "<svg/>");
    let folder = folder.to_owned();
    move |config| config.page = PageSource::Folder(folder)
}

#[tokio::test]
async fn the_page_comes_in_its_smallest_form_and_is_revalidated() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with(with_page(folder.path())).await;
    let host = server.host();
    let get = async |path: &str, more: &str| {
        http(server.tls().await, &format!("GET {path} HTTP/1.1\nhost: {host}\n{more}"), b"").await
    };
    let plain = get("/", "").await;
    assert_eq!((plain.status, plain.text().as_str()), (200, "<!doctype html>page"));
    assert_eq!(plain.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(plain.header("cache-control"), "no-cache");
    assert_eq!(plain.header("vary"), "accept-encoding");
    let brotli = get("/", "accept-encoding: gzip, br").await;
    assert_eq!((brotli.header("content-encoding"), brotli.text().as_str()), ("br", "brotli"));
    let gzip = get("/index.html", "accept-encoding: gzip, deflate").await;
    assert_eq!((gzip.header("content-encoding"), gzip.text().as_str()), ("gzip", "gzip"));
    assert_ne!(plain.header("etag"), brotli.header("etag"));

    let tag = plain.header("etag").to_owned();
    for tags in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let unchanged = get("/", &format!("if-none-match: {tags}")).await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{tags}");
        assert_eq!(unchanged.header("etag"), tag);
    }
    assert_eq!(get("/", "if-none-match: \"other\"").await.status, 200);

    let asset = get("/assets/main-Bx3_9aZq.js", "").await;
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(asset.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(get("/assets/inter-DiVDrmQJ.woff2", "").await.header("content-type"), "font/woff2");
    assert_eq!(get("/icon.svg", "").await.header("cache-control"), "no-cache");
    for path in ["/absent", "/index.html.br", "/../Cargo.toml", "/assets/", "/%2e%2e/x", "//etc/passwd"] {
        assert_eq!(get(path, "").await.status, 404, "{path}");
    }
    let head = http(server.tls().await, &format!("HEAD / HTTP/1.1\nhost: {host}"), b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(http(server.tls().await, &format!("DELETE / HTTP/1.1\nhost: {host}"), b"").await.status, 405);
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let server = Server::start().await;
    let host = server.host();
    let page = http(server.tls().await, &format!("GET / HTTP/1.1\nhost: {host}"), b"").await;
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval';",
        "require-trusted-types-for 'script'",
        "trusted-types sightline",
        "frame-ancestors 'none'",
        "worker-src 'self'",
        &format!("connect-src 'self' wss://{host};"),
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*'));
    let absent = http(server.tls().await, &format!("GET /absent HTTP/1.1\nhost: {host}"), b"").await;
    let foreign = http(server.tls().await, "GET / HTTP/1.1\nhost: evil.example", b"").await;
    for answer in [&page, &absent, &foreign] {
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert!(answer.header("permissions-policy").contains("camera=(self)"));
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(answer.header("strict-transport-security"), "", "nobody vouches for a self-made certificate");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn foreign_hosts_are_refused() {
    let server = Server::with(|config| config.names.push("help.example.org".to_owned())).await;
    let port = server.addr().port();
    let status = async |host: &str| http(server.tls().await, &format!("GET / HTTP/1.1\n{host}"), b"").await.status;
    for host in ["help.example.org", "HELP.example.org:443", "localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT"] {
        let host = host.replace("PORT", &port.to_string());
        assert_eq!(status(&format!("host: {host}")).await, 200, "{host}");
    }
    for host in ["evil.example", "help.example.org.evil.example", "localhost", "127.0.0.1:1", "192.0.2.1:PORT"] {
        let host = host.replace("PORT", &port.to_string());
        assert_eq!(status(&format!("host: {host}")).await, 421, "{host}");
    }
    assert_eq!(status("accept: */*").await, 400);
    assert_eq!(status("host: localhost\nhost: evil.example").await, 400);
    assert_eq!(http(server.tls().await, "GET /healthz HTTP/1.1\nhost: whatever", b"").await.text(), "ok");
}

#[tokio::test]
async fn plain_http_is_for_this_machine_and_by_its_own_names() {
    let server = Server::with(|config| {
        config.listen = "0.0.0.0:0".parse().unwrap();
        config.names.push("help.example.org".to_owned());
    })
    .await;
    let port = server.addr().port();
    let local = async |host: &str, more: &str| {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        http(stream, &format!("GET /x?y HTTP/1.1\nhost: {host}\n{more}"), b"").await
    };
    assert_eq!(local(&format!("localhost:{port}"), "").await.status, 404);
    let policy = local(&format!("localhost:{port}"), "").await;
    assert!(policy.header("content-security-policy").contains(&format!("connect-src 'self' ws://localhost:{port};")));
    let redirected = local(&format!("help.example.org:{port}"), "").await;
    assert_eq!(redirected.status, 308);
    assert_eq!(redirected.header("location"), format!("https://help.example.org:{port}/x?y"));
    let forwarded = local(&format!("localhost:{port}"), "x-forwarded-for: 192.0.2.9").await;
    assert_eq!(forwarded.status, 400, "an unknown proxy would make everybody local");

    let Some(own) =
        if_addrs::get_if_addrs().unwrap().into_iter().map(|i| i.ip()).find(|ip| ip.is_ipv4() && !ip.is_loopback())
    else {
        return;
    };
    let stream = tokio::net::TcpStream::connect((own, port)).await.unwrap();
    let remote = http(stream, &format!("GET / HTTP/1.1\nhost: {own}:{port}"), b"").await;
    assert_eq!((remote.status, remote.header("location")), (308, format!("https://{own}:{port}/").as_str()));
    let stream = tokio::net::TcpStream::connect((own, port)).await.unwrap();
    let disguised = http(stream, &format!("GET / HTTP/1.1\nhost: localhost:{port}"), b"").await;
    assert_eq!(disguised.status, 308, "the name says localhost, the connection does not");
}

#[tokio::test]
async fn a_configured_proxy_speaks_for_its_clients() {
    let server = Server::with(|config| {
        config.names.push("help.example.org".to_owned());
        config.proxies.push("127.0.0.0/8".to_owned());
        config.limits.source_burst = 5;
        config.limits.source_rate = 1;
    })
    .await;
    let ask = async |from: &str, more: &str| {
        let head = format!("GET /v1/policy HTTP/1.1\nhost: help.example.org\nx-forwarded-for: {from}\n{more}");
        server.http(&head, b"").await
    };
    let first = ask("192.0.2.1", "").await;
    assert_eq!(first.status, 200);
    assert!(first.header("content-security-policy").contains("wss://help.example.org"));
    assert_eq!(ask("192.0.2.1", "x-forwarded-proto: http").await.status, 308);
    let mut last = 200;
    for _ in 0..6 {
        last = ask("192.0.2.1", "").await.status;
    }
    assert_eq!(last, 429);
    assert_eq!(ask("192.0.2.2", "").await.status, 200, "each client has its own rate");
    assert_eq!(ask("192.0.2.2, 192.0.2.1", "").await.status, 429, "only the last entry is the proxy's own word");
}

#[tokio::test]
async fn nobody_else_may_claim_another_address() {
    let limits = sightline_rendezvous::Limits { source_burst: 5, source_rate: 1, ..Default::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut statuses = Vec::new();
    for n in 0..10 {
        let head = format!("GET /v1/policy HTTP/1.1\nhost: {}\nx-forwarded-for: 192.0.2.{n}", server.host());
        statuses.push(http(server.tls().await, &head, b"").await.status);
    }
    assert_eq!((statuses[0], statuses[9]), (200, 429));
}

#[tokio::test]
async fn only_own_and_configured_origins_reach_the_switchboard() {
    let server = Server::with(|config| config.page_origins.push("https://page.example.org".to_owned())).await;
    let host = server.host();
    let upgrade = |more: &str| {
        format!(
            "GET /v1/switchboard HTTP/1.1\nhost: {host}\nupgrade: websocket\nsec-websocket-version: 13\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\n{more}"
        )
    };
    // `connection: close` is added by the helper; a list of both is what counts.
    let status = async |more: &str| {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = server.tls().await;
        let request = format!("{}\nconnection: upgrade\n\n", upgrade(more)).replace('\n', "\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[9..]).into_owned()
    };
    let protocol = "sec-websocket-protocol: other, sightline.v1";
    assert_eq!(status(protocol).await, "101");
    assert_eq!(status(&format!("{protocol}\norigin: https://{host}")).await, "101");
    assert_eq!(status(&format!("{protocol}\norigin: https://page.example.org")).await, "101");
    for origin in ["https://evil.example", "null", &format!("http://{host}"), "https://page.example.org.evil.example"] {
        assert_eq!(status(&format!("{protocol}\norigin: {origin}")).await, "403", "{origin}");
    }
    let two = format!("{protocol}\norigin: https://{host}\norigin: https://evil.example");
    assert_eq!(status(&two).await, "403");
    assert_eq!(status("accept: */*").await, "400");
    let plain = server.http(&format!("GET /v1/switchboard HTTP/1.1\nhost: {host}"), b"").await;
    assert_eq!((plain.status, plain.header("upgrade")), (426, "websocket"));
    let old = upgrade(protocol).replace("version: 13", "version: 8");
    assert_eq!(server.http(&old, b"").await.status, 426);
    assert_eq!(server.http(&format!("POST /v1/switchboard HTTP/1.1\nhost: {host}"), b"").await.status, 405);
}

#[tokio::test]
async fn the_policy_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    fs::write(&path, "version = 4\n[limits]\nfile_bytes = 1000\n").unwrap();
    let policy_path = path.clone();
    let server = Server::with(move |config| config.policy = Some(policy_path)).await;
    let host = server.host();
    let published = async || {
        let reply = server.http(&format!("GET /v1/policy HTTP/1.1\nhost: {host}"), b"").await;
        let answer: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(answer["v"], 1);
        assert!(answer["signature"].is_null());
        serde_json::from_str::<serde_json::Value>(answer["policy"].as_str().unwrap()).unwrap()
    };
    let policy = published().await;
    assert_eq!((policy["version"].as_u64(), policy["limits"]["file_bytes"].as_u64()), (Some(4), Some(1000)));
    assert_eq!(server.client().await.policy_version, 4);

    fs::write(&path, "version = 5\n").unwrap();
    assert_eq!(server.running.reload(), Vec::<String>::new());
    assert_eq!(published().await["version"], 5);
    assert_eq!(server.client().await.policy_version, 5);
    fs::write(&path, "version = 3\n").unwrap();
    let failures = server.running.reload();
    assert!(failures.len() == 1 && failures[0].contains("older than version 5"), "{failures:?}");
    assert_eq!(published().await["version"], 5);
}

#[tokio::test]
async fn a_page_can_be_replaced_while_running() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with(with_page(folder.path())).await;
    let host = server.host();
    let page = async || server.http(&format!("GET / HTTP/1.1\nhost: {host}"), b"").await.text();
    assert_eq!(page().await, "<!doctype html>page");
    fs::write(folder.path().join("index.html"), "new page").unwrap();
    assert_eq!(page().await, "<!doctype html>page", "files are not read while serving");
    assert!(server.running.reload().is_empty());
    assert_eq!(page().await, "new page");
    fs::remove_file(folder.path().join("index.html")).unwrap();
    assert_eq!(server.running.reload().len(), 1);
    assert_eq!(page().await, "new page", "what cannot be read stays as it was");
}

#[tokio::test]
async fn heads_and_bodies_are_bounded() {
    let server = Server::start().await;
    let host = server.host();
    let long = format!("GET /{} HTTP/1.1\nhost: {host}", "x".repeat(20_000));
    assert!((400..500).contains(&server.http(&long, b"").await.status));
    let many: String = (0..200).map(|n| format!("\nx-{n}: y")).collect();
    assert!((400..500).contains(&server.http(&format!("GET / HTTP/1.1\nhost: {host}{many}"), b"").await.status));
    let token = "00".repeat(16);
    let body = vec![0; 70_000];
    let head = format!("POST /v1/send HTTP/1.1\nhost: {host}\nx-sightline-stream: {token}\ncontent-length: 70000");
    assert_eq!(server.http(&head, &body).await.status, 413);
}
