//! Login: what it tells, what it sets, whom it slows.

use std::io::Read;
use std::net::SocketAddr;

use handrail_wire::account::{LoginParams, LoginRequest, LoginResponse, LoginStart};
use handrail_wire::path;
use handrail_wire::problem::Code;

use crate::harness::*;

fn start(clinic: &Clinic, login: &str) -> LoginParams {
    let start = LoginStart {
        login: login.into(),
    };
    clinic.send(&Ask::post(path::LOGIN_START, &start)).message()
}

fn wrong(staff: &Staff) -> Ask {
    let request = LoginRequest {
        proof: [9; 32],
        ..staff.login_request()
    };
    Ask::post(path::LOGIN, &request)
}

/// From another address of this machine.
fn from(clinic: &Clinic, last: u8, ask: &Ask) -> Reply {
    let forwarded = ask
        .clone()
        .header("X-Forwarded-For", &format!("203.0.113.1, 192.0.2.{last}"));
    clinic.send(&forwarded)
}

fn behind_proxy() -> Clinic {
    Clinic::start_with(|config| config.behind_proxy = true)
}

#[test]
fn the_right_proof_opens_a_session() {
    let clinic = Clinic::start();
    assert_eq!(start(&clinic, "maya").salt, clinic.admin.account.salt);
    assert_eq!(start(&clinic, "maya").params, clinic.admin.account.params);
    let reply = clinic.send(&Ask::post(path::LOGIN, &clinic.admin.login_request()));
    let cookies: Vec<&str> = reply
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    let session = cookies[0];
    for part in ["HttpOnly", "SameSite=Strict", "Path=/;"] {
        assert!(session.contains(part), "{session}");
    }
    assert!(!session.contains("Secure"), "plain http on loopback");
    let answer: LoginResponse = reply.message();
    assert_eq!(answer.party, clinic.admin.party());
    assert_eq!(answer.wrapped, clinic.admin.account.wrapped);
    assert_eq!(answer.idle_ms, 15 * 60 * 1000);
}

#[test]
fn cookies_are_secure_behind_a_proxy() {
    let clinic = behind_proxy();
    let reply = clinic.send(&Ask::post(path::LOGIN, &clinic.admin.login_request()));
    let cookies = reply
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    assert!(cookies.clone().count() == 2);
    assert!(
        cookies
            .map(|(_, value)| value)
            .all(|value| value.contains("; Secure"))
    );
}

#[test]
fn a_name_that_does_not_exist_looks_like_one_that_does() {
    let clinic = Clinic::start();
    let stranger = start(&clinic, "nobody-here");
    assert_eq!(
        stranger,
        start(&clinic, "nobody-here"),
        "the same each time"
    );
    assert_eq!(stranger.params, clinic.admin.account.params);
    assert_ne!(stranger.salt, start(&clinic, "nobody-else").salt);
    let unknown = LoginRequest {
        login: "nobody-here".into(),
        proof: [9; 32],
    };
    let unknown = Ask::post(path::LOGIN, &unknown);
    let (known, unknown) = (wrong(&clinic.admin), unknown);
    for _ in 0..5 {
        clinic.server.refuses(&known, Code::LoginFailed);
        clinic.server.refuses(&unknown, Code::LoginFailed);
    }
    clinic.server.refuses(&known, Code::TooManyTries);
    clinic.server.refuses(&unknown, Code::TooManyTries);
}

#[test]
fn hammering_slows_the_hammerer_alone() {
    let clinic = behind_proxy();
    let omar = clinic.staff("omar", false);
    let maya = Ask::post(path::LOGIN, &clinic.admin.login_request());
    // Maya has used this browser before.
    let browser = from(&clinic, 1, &maya)
        .cookie("handrail_browser")
        .expect("it is remembered");
    for _ in 0..30 {
        from(&clinic, 1, &wrong(&clinic.admin));
    }
    let reply = from(&clinic, 1, &maya);
    assert_eq!(
        reply.code(),
        Some(Code::TooManyTries),
        "not even the right proof is looked at"
    );
    let wait: u64 = reply
        .header("retry-after")
        .and_then(|seconds| seconds.parse().ok())
        .expect("how long");
    assert!((1..=300).contains(&wait));

    let elsewhere = from(&clinic, 2, &maya);
    assert_eq!(elsewhere.status, 200, "the owner elsewhere");
    let colleague = from(&clinic, 1, &Ask::post(path::LOGIN, &omar.login_request()));
    assert_eq!(colleague.status, 200, "a colleague behind the same address");
    let own = maya
        .clone()
        .header("Cookie", &format!("handrail_browser={browser}"));
    assert_eq!(
        from(&clinic, 1, &own).status,
        200,
        "the owner's own browser"
    );
    // A mark of somebody else, or made up, is no mark.
    let made_up = maya.header("Cookie", &format!("handrail_browser={}", "A".repeat(64)));
    assert_eq!(from(&clinic, 1, &made_up).code(), Some(Code::TooManyTries));
    let other = wrong(&omar).header("Cookie", &format!("handrail_browser={browser}"));
    for _ in 0..6 {
        from(&clinic, 3, &other);
    }
    let omar_there = from(&clinic, 3, &Ask::post(path::LOGIN, &omar.login_request()));
    assert_eq!(
        omar_there.code(),
        Some(Code::TooManyTries),
        "Maya's mark does not open Omar's wait"
    );
}

#[test]
fn without_a_proxy_nobody_may_claim_an_address() {
    let clinic = Clinic::start();
    for last in 0..6 {
        from(&clinic, last, &wrong(&clinic.admin));
    }
    let maya = Ask::post(path::LOGIN, &clinic.admin.login_request());
    assert_eq!(from(&clinic, 9, &maya).code(), Some(Code::TooManyTries));
}

#[test]
fn a_connection_from_another_address_is_another_source() {
    // Any 127.x.y.z is this machine: the listener on 127.0.0.1 sees the address we bind.
    let clinic = Clinic::start();
    for _ in 0..6 {
        clinic.send(&wrong(&clinic.admin));
    }
    let maya = Ask::post(path::LOGIN, &clinic.admin.login_request());
    assert_eq!(clinic.send(&maya).code(), Some(Code::TooManyTries));
    let near: SocketAddr = "127.0.0.2:0".parse().expect("an address");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind(near).expect("loopback");
        let stream = socket
            .connect(clinic.server.address)
            .await
            .expect("listens");
        stream.into_std().expect("a plain socket")
    });
    stream.set_nonblocking(false).expect("blocking again");
    assert_eq!(send_over(stream, &maya).expect("an answer").status, 200);
}

#[test]
fn the_store_holds_no_secret_of_a_login() {
    let clinic = Clinic::start();
    let cookie = clinic.log_in(&clinic.admin);
    let raw = data_encoding::BASE64URL_NOPAD
        .decode(cookie.as_bytes())
        .expect("base64url");
    assert_eq!(raw.len(), 32);
    let mut bytes = Vec::new();
    for file in ["handrail.sqlite", "handrail.sqlite-wal"] {
        let path = clinic.server.data.join(file);
        let mut file = std::fs::File::open(path).expect("a file");
        file.read_to_end(&mut bytes).expect("readable");
    }
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(!holds(&raw) && !holds(cookie.as_bytes()) && !holds(&clinic.admin.proof));
    // The search itself works: the digest is there.
    assert!(holds(&sha256(&raw).0));
}
