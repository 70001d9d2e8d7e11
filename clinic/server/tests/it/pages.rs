//! What a browser is given: files, the invite page, headers.

use handrail_wire::path;
use handrail_wire::problem::Code;

use crate::harness::*;

fn console() -> (tempfile::TempDir, Clinic) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let built = folder.path().join("built");
    std::fs::create_dir_all(built.join("assets")).expect("folder");
    let write = |name: &str, text: &str| std::fs::write(built.join(name), text).expect("file");
    write("index.html", "<!doctype html><title>Handrail</title>");
    write("assets/app-1a2b.js", "export {};");
    write("assets/core-3c4d.wasm", "\0asm");
    std::fs::write(folder.path().join("secret"), "not for you").expect("file");
    let clinic = Clinic::start_with(|config| config.console = Some(built));
    (folder, clinic)
}

#[test]
fn the_console_is_served_with_its_types_and_caching() {
    let (_folder, clinic) = console();
    let cases = [
        ("/", "text/html", "no-cache"),
        ("/index.html", "text/html", "no-cache"),
        (
            "/assets/app-1a2b.js",
            "text/javascript",
            "public, max-age=31536000, immutable",
        ),
        (
            "/assets/core-3c4d.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
    ];
    for (path, kind, caching) in cases {
        let reply = clinic.send(&Ask::get(path));
        assert_eq!(reply.status, 200, "{path}");
        let found = reply.header("content-type").expect("a type");
        assert_eq!(found.split(';').next(), Some(kind));
        assert_eq!(reply.header("cache-control"), Some(caching));
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline"));
    }
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let (_folder, clinic) = console();
    let paths = [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/assets/../../secret",
        "/assets/..%5c..%5csecret",
        "//secret",
        "/secret%00.html",
        "/nothing.html",
        "/assets/",
    ];
    for path in paths {
        let reply = clinic.send(&Ask::get(path));
        assert_eq!(reply.code(), Some(Code::NotFound), "{path}");
    }
    let mut post = Ask::get("/index.html");
    post.method = "POST";
    clinic.server.refuses(&post, Code::MethodNotAllowed);
}

#[test]
fn the_invite_page_has_no_script_and_may_have_none() {
    let clinic = Clinic::start();
    let reply = clinic.send(&Ask::get(path::ENROL_PAGE));
    assert_eq!(reply.status, 200);
    let page = String::from_utf8(reply.body.clone()).expect("text");
    assert!(!page.contains("<script") && !page.contains("http"));
    let policy = reply.header("content-security-policy").expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(!policy.contains("script-src"));
    // The policy allows exactly the style that is there.
    let style = page
        .split("<style>")
        .nth(1)
        .and_then(|rest| rest.split("</style>").next());
    let digest = sha256(style.expect("a style").as_bytes());
    let allowed = data_encoding::BASE64.encode(&digest.0);
    assert!(policy.contains(&format!("'sha256-{allowed}'")));
}

#[test]
fn every_answer_is_protected() {
    let (_folder, clinic) = console();
    let asks = [
        Ask::get("/"),
        Ask::get(path::ENROL_PAGE),
        Ask::get(path::HEALTH),
        Ask::get("/nothing"),
        Ask::get(path::DEVICES),
        Ask::get(path::DEVICES).by(&clinic.admin),
    ];
    for ask in asks {
        let reply = clinic.send(&ask);
        let has = |name: &str, value: &str| {
            assert_eq!(reply.header(name), Some(value), "{} {name}", ask.path);
        };
        has("x-content-type-options", "nosniff");
        has("referrer-policy", "no-referrer");
        has("cross-origin-opener-policy", "same-origin");
        has("cross-origin-resource-policy", "same-origin");
        assert!(reply.header("permissions-policy").is_some());
        assert!(reply.header("x-request-id").is_some());
        let policy = reply.header("content-security-policy").expect("a policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{}: {policy}", ask.path);
        }
        if ask.path.starts_with("/v1") {
            has("cache-control", "no-store");
        }
        assert_eq!(reply.header("strict-transport-security"), None);
    }
}

#[test]
fn health_answers_ok() {
    let clinic = Clinic::start();
    let reply = clinic.send(&Ask::get(path::HEALTH));
    assert_eq!((reply.status, &reply.body[..]), (200, &b"ok"[..]));
}
