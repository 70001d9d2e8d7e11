//! Every path against every kind of bad request: its own code, and nothing changed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use handrail_wire::account::{
    CloseAccount, LoginStart, NewMailboxes, RemoveStaff, RevokeDevice, SetupRequest,
};
use handrail_wire::id::{InviteId, MailboxId, PartyId, SubjectId};
use handrail_wire::invite::RevokeInvite;
use handrail_wire::path::Route;
use handrail_wire::problem::Code;
use handrail_wire::{encode, limits, path};

use crate::harness::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Nobody,
    Known,
    Staff,
    Admin,
    Phone,
}

/// Everyone who may knock.
struct Callers {
    clinic: Clinic,
    colleague: Staff,
    phone: Phone,
    revoked: Phone,
}

impl Callers {
    fn new() -> Self {
        let clinic = Clinic::start();
        let mailbox = clinic.mailbox();
        let colleague = clinic.staff("omar", false);
        let phone = clinic.phone(mailbox);
        let revoked = clinic.phone(mailbox);
        let revoke = RevokeDevice {
            party: revoked.party(),
            notice: None,
        };
        clinic
            .send(&Ask::post(path::DEVICES_REVOKE, &revoke).by(&clinic.admin))
            .done();
        Self {
            clinic,
            colleague,
            phone,
            revoked,
        }
    }

    /// Path, who may, a message that is in order.
    fn messages(&self) -> Vec<(&'static str, Door, Vec<u8>)> {
        let subject = SubjectId(fresh());
        let (invite, proof) = self.clinic.invite(subject, &[]);
        let setup = SetupRequest {
            code: "ABCD".into(),
            staff: new_staff("lena", true).account,
            mailboxes: Vec::new().into(),
        };
        let mailboxes = NewMailboxes {
            mailboxes: vec![MailboxId(fresh())].into(),
        };
        let party = PartyId(fresh());
        let start = LoginStart {
            login: "maya".into(),
        };
        let redeem = Phone::new(subject).redeem(InviteId(fresh()), proof);
        let revoke = RevokeDevice {
            party: self.phone.party(),
            notice: None,
        };
        let take_back = RevokeInvite {
            invite: InviteId(fresh()),
        };
        let sync = sync_ask(vec![nothing(self.clinic.library)]).body;
        vec![
            (path::SYNC, Door::Known, sync),
            (path::SETUP, Door::Nobody, encode(&setup)),
            (path::LOGIN_START, Door::Nobody, encode(&start)),
            (
                path::LOGIN,
                Door::Nobody,
                encode(&self.colleague.login_request()),
            ),
            (path::REDEEM, Door::Nobody, encode(&redeem)),
            (
                path::STAFF,
                Door::Admin,
                encode(&new_staff("lena", false).account),
            ),
            (
                path::STAFF_REMOVE,
                Door::Admin,
                encode(&RemoveStaff { party }),
            ),
            (path::MAILBOXES, Door::Staff, encode(&mailboxes)),
            (
                path::GRANTS,
                Door::Staff,
                encode(&grant(subject, self.clinic.library, true)),
            ),
            (path::DEVICES_REVOKE, Door::Staff, encode(&revoke)),
            (
                path::ACCOUNTS_CLOSE,
                Door::Staff,
                encode(&CloseAccount {
                    subject,
                    at: Some(0),
                }),
            ),
            (path::INVITES, Door::Staff, encode(&invite)),
            (path::INVITES_REVOKE, Door::Staff, encode(&take_back)),
        ]
    }

    fn knocks(&self) -> Vec<(Ask, Door)> {
        let messages = self.messages().into_iter();
        let mut all: Vec<(Ask, Door)> = messages
            .map(|(path, door, body)| (Ask::bytes(path, body), door))
            .collect();
        all.push((Ask::bytes(path::LOGOUT, Vec::new()), Door::Staff));
        all.push((Ask::bytes(path::REDEEM_CONFIRM, Vec::new()), Door::Phone));
        all.push((Ask::get(path::WATCH), Door::Staff));
        all.push((Ask::get(path::DEVICES), Door::Staff));
        all.push((Ask::get(path::INVITES), Door::Staff));
        // A new endpoint must be knocked at here, too.
        let open = [Route::Health, Route::SetupState, Route::EnrolPage];
        for route in Route::ALL {
            let at = (route.method().as_str(), route.path());
            let knocked = all
                .iter()
                .any(|(ask, _)| (ask.method, ask.path.as_str()) == at);
            assert!(
                knocked || open.contains(route) || *route == Route::Notice,
                "{route:?}"
            );
        }
        all
    }

    fn enter(&self, ask: Ask, door: Door) -> Ask {
        match door {
            Door::Nobody => ask,
            Door::Phone => ask.by(&self.phone),
            _ => ask.by(&self.clinic.admin),
        }
    }
}

#[test]
fn nobody_passes_a_door_that_is_not_theirs() {
    let all = Callers::new();
    let server = &all.clinic.server;
    for (ask, door) in all.knocks() {
        if door == Door::Nobody {
            continue;
        }
        server.refuses(&ask, Code::NotAuthenticated);
        for token in ["x", "AAAA", &"A".repeat(43), &"A".repeat(100), "\"; --"] {
            let wrong = ask
                .clone()
                .header("Authorization", &format!("Bearer {token}"));
            server.refuses(&wrong, Code::NotAuthenticated);
            let cookie = format!("{}={token}", path::COOKIE);
            let wrong = ask.clone().header("Cookie", &cookie);
            server.refuses(&wrong, Code::NotAuthenticated);
        }
        server.refuses(&ask.clone().by(&all.revoked), Code::DeviceRevoked);
        match door {
            Door::Staff => server.refuses(&ask.by(&all.phone), Code::NotAllowed),
            Door::Admin => {
                server.refuses(&ask.clone().by(&all.phone), Code::NotAllowed);
                server.refuses(&ask.by(&all.colleague), Code::NotAllowed);
            }
            Door::Phone => server.refuses(&ask.by(&all.colleague), Code::NotAllowed),
            Door::Known | Door::Nobody => {}
        }
    }
    server.refuses(&Ask::get(path::NOTICE), Code::NotAuthenticated);
    server.refuses(&Ask::get(path::NOTICE).by(&all.colleague), Code::NotAllowed);
    assert_eq!(
        server.send(&Ask::get(path::NOTICE).by(&all.revoked)).status,
        200
    );
}

#[test]
fn sessions_expire_by_idling_and_by_age() {
    let all = Callers::new();
    let server = &all.clinic.server;
    let devices = Ask::get(path::DEVICES).by(&all.clinic.admin);
    // Used every ten minutes it stays open past fifteen.
    for _ in 0..3 {
        server.later(10 * MINUTE);
        assert_eq!(server.send(&devices).status, 200);
    }
    server.later(16 * MINUTE);
    for (ask, door) in all.knocks() {
        if matches!(door, Door::Staff | Door::Admin | Door::Known) {
            server.refuses(&ask.by(&all.clinic.admin), Code::SessionExpired);
        }
    }
    // Twelve hours are the most, however busy.
    let cookie = all.clinic.log_in(&all.colleague);
    let fresh_session = Staff {
        cookie,
        ..all.colleague.clone()
    };
    let ask = Ask::get(path::DEVICES).by(&fresh_session);
    for _ in 0..71 {
        server.later(10 * MINUTE);
        assert_eq!(server.send(&ask).status, 200);
    }
    server.later(11 * MINUTE);
    server.refuses(&ask, Code::SessionExpired);
}

#[test]
fn bodies_that_are_not_the_message_are_refused() {
    let all = Callers::new();
    let server = &all.clinic.server;
    for (path, door, body) in all.messages() {
        let ask = |body: Vec<u8>| all.enter(Ask::bytes(path, body), door);
        let trailing = [&body[..], &[0]].concat();
        server.refuses(&ask(trailing), Code::TrailingBytes);
        server.refuses(&ask(body[..body.len() - 1].to_vec()), Code::MalformedCbor);
        server.refuses(&ask(Vec::new()), Code::MalformedCbor);
        server.refuses(&ask(vec![0x9f, 0xff]), Code::MalformedCbor);
        server.refuses(&ask(vec![0xa0]), Code::UnexpectedShape);
        server.refuses(&ask(b"{}".to_vec()), Code::MalformedCbor);
        let mut deep = vec![0x81; limits::DEPTH + 1];
        deep.push(0);
        server.refuses(&ask(deep), Code::MalformedCbor);

        let bare = ask(body.clone()).without("Content-Type");
        server.refuses(&bare, Code::NotCbor);
        for kind in [
            "application/json",
            "text/plain",
            "application/x-www-form-urlencoded",
        ] {
            server.refuses(&bare.clone().header("Content-Type", kind), Code::NotCbor);
        }

        let most = if door == Door::Nobody {
            16 * 1024
        } else {
            limits::BODY
        };
        server.refuses(&ask(vec![0; most + 1]), Code::BodyTooLarge);
        // The length is said in pieces.
        let mut chunked = ask(Vec::new())
            .header("Transfer-Encoding", "chunked")
            .header("Content-Length", "");
        chunked.headers.retain(|(name, _)| name != "Content-Length");
        let mut raw = String::from_utf8(head_of(&chunked)).expect("ASCII");
        raw = raw.replace("Content-Length: 0\r\n", "");
        let before = server.dump();
        let mut stream = TcpStream::connect(server.address).expect("listens");
        stream.write_all(raw.as_bytes()).expect("head");
        let piece = [
            format!("{most:x}\r\n").into_bytes(),
            vec![0; most],
            b"\r\n1\r\n0\r\n0\r\n\r\n".to_vec(),
        ];
        stream.write_all(&piece.concat()).expect("body");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(
            answer.contains("\"code\":\"body-too-large\""),
            "{path}: {answer}"
        );
        assert!(server.dump() == before);
    }
    // Requests that say nothing must say nothing.
    let logout = Ask::bytes(path::LOGOUT, vec![0]).by(&all.clinic.admin);
    server.refuses(&logout, Code::TrailingBytes);
    let confirm = Ask::bytes(path::REDEEM_CONFIRM, vec![0]).by(&all.phone);
    server.refuses(&confirm, Code::TrailingBytes);
    let logout = Ask::bytes(path::LOGOUT, Vec::new()).by(&all.clinic.admin);
    server.refuses(&logout.without("Content-Type"), Code::NotCbor);
    let confirm = Ask::bytes(path::REDEEM_CONFIRM, Vec::new()).by(&all.phone);
    server.send(&confirm.without("Content-Type")).done();
}

#[test]
fn other_sites_pages_change_nothing() {
    let all = Callers::new();
    let server = &all.clinic.server;
    for (ask, door) in all.knocks() {
        if ask.method == "GET" {
            continue;
        }
        let ask = all.enter(ask, door);
        let from = [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Origin", "https://clinic.example.evil.example"),
        ];
        for (name, value) in from {
            server.refuses(&ask.clone().header(name, value), Code::CrossSite);
        }
    }
    let own = Ask::post(path::LOGIN, &all.colleague.login_request())
        .header("Sec-Fetch-Site", "same-origin")
        .header("Origin", "http://clinic.example");
    assert_eq!(server.send(&own).status, 200);
}

#[test]
fn wrong_methods_and_unknown_paths() {
    let all = Callers::new();
    let server = &all.clinic.server;
    for (ask, door) in all.knocks() {
        let mut wrong = all.enter(ask, door);
        wrong.method = "DELETE";
        server.refuses(&wrong, Code::MethodNotAllowed);
        assert!(server.send(&wrong).header("allow").is_some());
        wrong.method = "PUT";
        server.refuses(&wrong, Code::MethodNotAllowed);
    }
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v2/sync",
        "/v1/sync/",
        "/V1/SYNC",
        "/",
    ] {
        server.refuses(&Ask::get(path).by(&all.clinic.admin), Code::NotFound);
        server.refuses(
            &Ask::bytes(path, vec![0x80]).by(&all.clinic.admin),
            Code::NotFound,
        );
    }
}

#[test]
fn a_refusal_is_heard_although_the_body_was_large() {
    let all = Callers::new();
    let server = &all.clinic.server;
    let large = vec![0; limits::BODY];
    server.refuses(
        &Ask::bytes(path::SYNC, large.clone()),
        Code::NotAuthenticated,
    );
    server.refuses(
        &Ask::bytes(path::SYNC, large).by(&all.revoked),
        Code::DeviceRevoked,
    );
}

#[test]
fn slow_callers_are_cut_off() {
    let clinic = Clinic::start_with(|config| {
        config.bounds.head_time = Duration::from_millis(300);
        config.bounds.body_pause = Duration::from_millis(300);
        config.bounds.body_time = Duration::from_millis(600);
    });
    let address = clinic.server.address;
    let phone = clinic.phone(clinic.library);
    let full = sync_ask(vec![nothing(clinic.library)]).by(&phone);

    // A head that never ends, and silence: closed without an answer.
    for start in [&b"POST /v1/sync HTTP/1.1\r\nHost: x\r\n"[..], b""] {
        let mut stream = TcpStream::connect(address).expect("listens");
        stream.write_all(start).expect("open");
        let mut answer = Vec::new();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .expect("a time");
        stream
            .read_to_end(&mut answer)
            .expect("closed, not waiting");
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
    }

    // A body that stops, and one that drips: told so.
    for drip in [false, true] {
        let mut stream = TcpStream::connect(address).expect("listens");
        stream.write_all(&head_of(&full)).expect("head");
        stream.write_all(&full.body[..4]).expect("a little");
        let reader = {
            let mut stream = stream.try_clone().expect("a second handle");
            std::thread::spawn(move || {
                let mut answer = String::new();
                let _ = stream.read_to_string(&mut answer);
                answer
            })
        };
        for byte in &full.body[4..] {
            if !drip || reader.is_finished() || stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let answer = reader.join().expect("no panic");
        assert!(answer.contains("\"code\":\"request-timeout\""), "{answer}");
    }
    assert_eq!(clinic.send(&full).status, 200);
}

#[test]
fn too_much_at_once_is_told_to_wait() {
    let clinic = Clinic::start_with(|config| {
        config.bounds.body_memory = 64 * 1024;
        config.bounds.watchers = 1;
    });
    let large = sync_ask(vec![handrail_wire::sync::MailboxRequest {
        entries: vec![offer(100_000)].into(),
        ..nothing(clinic.library)
    }]);
    clinic
        .server
        .refuses(&large.clone().by(&clinic.admin), Code::Busy);
    let reply = clinic.send(&large.by(&clinic.admin));
    assert_eq!(reply.header("retry-after"), Some("2"));

    let watch = Ask::get(path::WATCH).by(&clinic.admin);
    let mut first = TcpStream::connect(clinic.server.address).expect("listens");
    first.write_all(&head_of(&watch)).expect("open");
    first.read_exact(&mut [0; 12]).expect("it begins");
    clinic.server.refuses(&watch, Code::Busy);
    drop(first);
}
