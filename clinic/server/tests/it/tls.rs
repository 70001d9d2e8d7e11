//! TLS by our own hands.

use std::net::TcpStream;
use std::sync::Arc;

use handrail_server::{Config, ServeError, TlsFiles};
use handrail_wire::path;
use rustls::pki_types::ServerName;

use crate::harness::*;

fn files(folder: &std::path::Path) -> (TlsFiles, rcgen::CertifiedKey<rcgen::KeyPair>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("made");
    let files = TlsFiles {
        cert: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    };
    std::fs::write(&files.cert, made.cert.pem()).expect("file");
    std::fs::write(&files.key, made.signing_key.serialize_pem()).expect("file");
    (files, made)
}

#[test]
fn a_client_that_trusts_the_certificate_is_served() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (files, made) = files(folder.path());
    let clinic_server = Server::start_with(|config| config.tls = Some(files));
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(made.cert.der().clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let talk = rustls::ClientConnection::new(Arc::new(client), name).expect("a client");
    let stream = TcpStream::connect(clinic_server.address).expect("listens");
    let stream = rustls::StreamOwned::new(talk, stream);
    let reply = send_over(stream, &Ask::get(path::HEALTH)).expect("an answer");
    assert_eq!((reply.status, &reply.body[..]), (200, &b"ok"[..]));
    assert_eq!(
        reply.header("strict-transport-security"),
        Some("max-age=31536000")
    );

    // Plain words to a TLS port get no answer.
    let stream = TcpStream::connect(clinic_server.address).expect("listens");
    assert!(send_over(stream, &Ask::get(path::HEALTH)).is_err());
}

fn start_fails(change: impl FnOnce(&mut Config)) -> ServeError {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut config = Config::new(folder.path());
    config.listen.set_port(0);
    change(&mut config);
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let never = std::future::pending::<()>();
    runtime
        .block_on(handrail_server::serve(
            config,
            |_| panic!("must not listen"),
            never,
        ))
        .expect_err("must not run")
}

#[test]
fn unusable_files_and_public_addresses_are_refused() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (good, _) = files(folder.path());
    let bad = folder.path().join("bad.pem");
    std::fs::write(&bad, "no certificate").expect("file");
    let missing = folder.path().join("missing.pem");
    for wrong in [bad, missing] {
        let cert = TlsFiles {
            cert: wrong.clone(),
            key: good.key.clone(),
        };
        let key = TlsFiles {
            cert: good.cert.clone(),
            key: wrong,
        };
        for files in [cert, key] {
            let error = start_fails(|config| config.tls = Some(files));
            assert!(matches!(error, ServeError::Tls), "{error}");
        }
    }
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = start_fails(|config| config.listen = address.parse().expect("an address"));
        assert!(matches!(error, ServeError::NeedsTls), "{address}: {error}");
    }
    // With TLS, or told that a proxy stands in front, it listens.
    let public = || "0.0.0.0:0".parse().expect("an address");
    drop(Server::start_with(|config| {
        config.listen = public();
        config.tls = Some(good);
    }));
    drop(Server::start_with(|config| {
        config.listen = public();
        config.behind_proxy = true;
    }));
}
