//! Servers with certificates that are not the clinic's: not one byte of a request reaches them, and the
//! phone's user is told something else than "offline".

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use handrail_wire::path;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivatePkcs8KeyDer;
use zeroize::Zeroizing;

use super::http::{Ask, Trouble, carry, client, runtime};

fn authority() -> (Issuer<'static, KeyPair>, rcgen::Certificate) {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("signed");
    (Issuer::new(params, key), certificate)
}

fn config(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> rustls::ServerConfig {
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, issuer).expect("signed");
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring's provider has the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .expect("its key")
}

/// Serves one connection; the port, and how many bytes of a request it was told.
fn serve(config: rustls::ServerConfig) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let talk = rustls::ServerConnection::new(Arc::new(config)).expect("a server");
        let mut stream = rustls::StreamOwned::new(talk, stream);
        if let Ok(read) = stream.read(&mut [0; 4096]) {
            count.store(read, Ordering::SeqCst);
            let _ = stream.write_all(b"HTTP/1.1 204 X\r\n\r\n");
        }
    });
    (port, told)
}

fn ask(port: u16) -> Ask {
    Ask {
        origin: format!("https://127.0.0.1:{port}"),
        path: path::SYNC,
        bearer: Some(Zeroizing::new("a token".to_owned())),
        post: Some(b"an entry".to_vec()),
    }
}

#[test]
fn only_the_clinics_own_certificate_is_told_anything() {
    let ((issuer, root), (stranger, _)) = (authority(), authority());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root.der().clone()).expect("a root");
    let named = |name: &str| CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let mut expired = named("127.0.0.1");
    expired.not_before = date_time_ymd(2020, 1, 1);
    expired.not_after = date_time_ymd(2021, 1, 1);
    // As every certificate looks to a phone whose clock was set back by years.
    let mut not_yet = named("127.0.0.1");
    not_yet.not_before = date_time_ymd(2080, 1, 1);
    not_yet.not_after = date_time_ymd(2081, 1, 1);
    let own = named("127.0.0.1");
    let runtime = runtime().expect("a runtime");
    let wrong = Err(Trouble::Odd("certificate-not-trusted"));
    for (what, served, expected) in [
        ("the clinic's", config(&own, &issuer), Ok(Vec::new())),
        ("another authority", config(&own, &stranger), wrong.clone()),
        (
            "another name",
            config(&named("a.example"), &issuer),
            wrong.clone(),
        ),
        ("expired", config(&expired, &issuer), wrong.clone()),
        ("not yet valid", config(&not_yet, &issuer), wrong),
    ] {
        let client = client(roots.clone()).expect("a client");
        let (port, told) = serve(served);
        assert_eq!(
            runtime.block_on(carry(&client, ask(port))),
            expected,
            "{what}"
        );
        let told = told.load(Ordering::SeqCst);
        assert_eq!(told > 0, expected.is_ok(), "{what}: {told} bytes");
    }
    // Nobody there at all is just offline.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let client = client(roots).expect("a client");
    assert_eq!(
        runtime.block_on(carry(&client, ask(port))),
        Err(Trouble::Offline)
    );
}
