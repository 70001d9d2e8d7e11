use std::io::Cursor;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use proptest::prelude::*;

use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig, ServerConnection};

use super::*;

fn answer(bytes: &[u8], bound: usize) -> io::Result<(Answer, bool)> {
    // As small pieces as a network can make of it.
    let mut from = BufReader::with_capacity(3, Cursor::new(bytes));
    let head = read_head(&mut from)?;
    read_answer(&mut from, head, &|_| bound)
}

fn told(bytes: &[u8]) -> Result<(u16, String, bool), ErrorKind> {
    let (answer, stays) = answer(bytes, 100).map_err(|error| error.kind())?;
    assert!(!answer.too_large);
    let body = String::from_utf8(answer.body).expect("plain");
    Ok((answer.status, body, stays))
}

#[test]
fn answers_by_table() {
    let ok = |status, body: &str, stays| Ok((status, body.to_owned(), stays));
    let bad = |kind| Err(kind);
    let cases: &[(&str, Result<(u16, String, bool), ErrorKind>)] = &[
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            ok(200, "hello", true),
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length:5\r\n\r\nhello and more",
            ok(200, "hello", true),
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", ok(204, "", true)),
        (
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx",
            ok(200, "x", false),
        ),
        (
            "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx",
            ok(200, "x", false),
        ),
        (
            "HTTP/1.1 200 OK\r\n\r\nto the end",
            ok(200, "to the end", false),
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n4\r\nwiki\r\n6;x=y\r\npedia \r\n0\r\n\r\n",
            ok(200, "wikipedia ", true),
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\ntrailer: y\r\n\r\n",
            ok(200, "x", true),
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            ok(200, "", true),
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell",
            bad(ErrorKind::UnexpectedEof),
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-le",
            bad(ErrorKind::UnexpectedEof),
        ),
        ("", bad(ErrorKind::UnexpectedEof)),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nwiki\r\n",
            bad(ErrorKind::UnexpectedEof),
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nwikis\r\n0\r\n\r\n",
            bad(ErrorKind::InvalidData),
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            bad(ErrorKind::InvalidData),
        ),
        // Somebody in between could read another body than we do.
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
            bad(ErrorKind::InvalidData),
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello",
            bad(ErrorKind::InvalidData),
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            bad(ErrorKind::InvalidData),
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            bad(ErrorKind::InvalidData),
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx",
            bad(ErrorKind::InvalidData),
        ),
        (
            "HTTP/1.1 101 Switching\r\n\r\n",
            bad(ErrorKind::InvalidData),
        ),
        ("SSH-2.0-OpenSSH\r\n\r\n", bad(ErrorKind::InvalidData)),
    ];
    for (bytes, expected) in cases {
        assert_eq!(&told(bytes.as_bytes()), expected, "{bytes:?}");
    }
}

#[test]
fn what_is_larger_than_its_bound_is_cut_and_the_connection_not_used_again() {
    for bytes in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n123456789",
    ] {
        let (cut, stays) = answer(bytes.as_bytes(), 8).expect("an answer");
        assert_eq!(
            (cut.body.as_slice(), cut.too_large, stays),
            (&b"12345678"[..], true, false)
        );
        let (whole, _) = answer(bytes.as_bytes(), 9).expect("an answer");
        assert_eq!(
            (whole.body.as_slice(), whole.too_large),
            (&b"123456789"[..], false)
        );
    }
}

#[test]
fn a_head_without_an_end_is_given_up() {
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(2 * HEAD));
    assert_eq!(told(endless.as_bytes()), Err(ErrorKind::UnexpectedEof));
    let fields: String = (0..2 * FIELDS).map(|at| format!("x{at}: y\r\n")).collect();
    let many = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
    assert_eq!(told(many.as_bytes()), Err(ErrorKind::InvalidData));
}

#[test]
fn origins_are_taken_apart() {
    for (origin, host, port, secure) in [
        ("https://clinic.example", "clinic.example", 443, true),
        ("https://clinic.example:8443", "clinic.example", 8443, true),
        ("http://localhost", "localhost", 80, false),
        ("http://[::1]", "::1", 80, false),
        ("http://[::1]:8080", "::1", 8080, false),
        ("https://[2001:db8::1]", "2001:db8::1", 443, true),
    ] {
        let place = Place::of(origin).expect("an origin");
        assert_eq!(
            (place.host, place.port, place.secure),
            (host, port, secure),
            "{origin}"
        );
        assert!(origin.ends_with(place.authority));
    }
}

#[test]
fn no_field_ends_before_it_should() {
    let place = Place::of("https://clinic.example").expect("an origin");
    let request = Request {
        path: "/v1/sync\r\nx: y",
        bearer: Some("token\r\n\r\nGET / HTTP/1.1"),
        post: Some(("application/cbor", b"\r\n\r\nbody")),
    };
    let bytes = frame(&place, &request);
    let text = String::from_utf8(bytes).expect("plain");
    let (head, body) = text.split_once("\r\n\r\n").expect("an end");
    assert_eq!((head.lines().count(), body), (6, "\r\n\r\nbody"), "{head}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = answer(&bytes, 50);
        let _ = answer(&[b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", &bytes[..]].concat(), 50);
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut(body in prop::collection::vec(any::<u8>(), 0..300), size in 1_usize..50) {
        let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for chunk in body.chunks(size) {
            chunked.extend(format!("{:x}\r\n", chunk.len()).bytes());
            chunked.extend_from_slice(chunk);
            chunked.extend(b"\r\n");
        }
        chunked.extend(b"0\r\n\r\n");
        let (read, stays) = answer(&chunked, 1000).expect("an answer");
        prop_assert_eq!((read.body, stays), (body, true));
    }
}

/// Answers one request for each list of words on one connection, then closes it; tells how many it took.
fn server(connections: Vec<Vec<&'static str>>) -> (String, mpsc::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("bound"));
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for answers in connections {
            let (socket, _) = listener.accept().expect("a client");
            let mut reader = BufReader::new(socket);
            let mut taken = 0;
            for answer in answers {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    if reader.read_until(b'\n', &mut head).unwrap_or(0) == 0 {
                        break;
                    }
                }
                taken += 1;
                reader.get_mut().write_all(answer.as_bytes()).expect("read");
            }
            let _ = tell.send(taken);
        }
    });
    (origin, told)
}

fn line(silence: u64) -> Line {
    let tls = super::super::http::tls().expect("ring's provider");
    let patience = Patience {
        connect: Duration::from_secs(5),
        silence: Duration::from_millis(silence),
        body: Duration::from_secs(5),
    };
    Line::new(Arc::new(tls), patience)
}

const GET: Request<'static> = Request {
    path: "/v1/notice",
    bearer: None,
    post: None,
};
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx";

#[test]
fn a_connection_is_used_again_and_made_again_when_the_server_has_closed_it() {
    let (origin, told) = server(vec![vec![OK, OK], vec![OK]]);
    let mut line = line(5_000);
    for _ in 0..2 {
        assert_eq!(
            line.ask(&origin, &GET, |_| 10).expect("an answer").body,
            b"x"
        );
    }
    // The server has closed the first one by now: nobody notices.
    assert_eq!(told.recv_timeout(Duration::from_secs(5)), Ok(2));
    assert_eq!(
        line.ask(&origin, &GET, |_| 10).expect("an answer").body,
        b"x"
    );
    assert_eq!(told.recv_timeout(Duration::from_secs(5)), Ok(1));
}

#[test]
fn a_server_that_says_nothing_or_stops_in_the_middle_is_not_waited_for() {
    let (origin, _told) = server(vec![vec!["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"]]);
    let error = line(5_000).ask(&origin, &GET, |_| 10).err().expect("cut");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", silent.local_addr().expect("bound"));
    let error = line(50).ask(&origin, &GET, |_| 10).err().expect("silence");
    assert!(
        matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{error}"
    );
    drop(silent);
    assert!(
        line(50).ask(&origin, &GET, |_| 10).is_err(),
        "nobody listens"
    );
}

/// A server with a certificate of its own for `localhost` that answers each connection once, and that
/// certificate's root.
fn secure_server(connections: usize) -> (String, RootCertStore) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("made");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("its own key");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    thread::spawn(move || {
        for _ in 0..connections {
            let (socket, _) = listener.accept().expect("a client");
            let connection = ServerConnection::new(config.clone()).expect("a connection");
            let mut reader = BufReader::new(StreamOwned::new(connection, socket));
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                // A client that does not believe the certificate goes away.
                if reader.read_until(b'\n', &mut head).unwrap_or(0) == 0 {
                    break;
                }
            }
            let _ = reader.get_mut().write_all(OK.as_bytes());
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a certificate");
    (format!("https://localhost:{port}"), roots)
}

fn trusting(roots: RootCertStore) -> Line {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut line = line(5_000);
    line.tls = Arc::new(tls);
    line
}

#[test]
fn a_server_is_believed_by_its_certificate_and_name_alone() {
    let (origin, roots) = secure_server(3);
    let believed = trusting(roots.clone()).ask(&origin, &GET, |_| 10);
    assert_eq!(believed.expect("the certificate is trusted").body, b"x");
    // Not by the web's roots.
    let refused = line(5_000).ask(&origin, &GET, |_| 10);
    assert_eq!(
        refused.err().map(|error| error.kind()),
        Some(ErrorKind::InvalidData)
    );
    // Not under another name.
    let other = origin.replace("localhost", "127.0.0.1");
    let refused = trusting(roots).ask(&other, &GET, |_| 10);
    assert_eq!(
        refused.err().map(|error| error.kind()),
        Some(ErrorKind::InvalidData)
    );
}
