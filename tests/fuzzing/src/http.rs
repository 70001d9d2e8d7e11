//! The server's real router over a real SQLite database, driven without a network: every route, every
//! kind of caller, any body.
//!
//! Input: one byte (odd: a server that is not set up yet), then requests. Each is a route (place in
//! [`ROUTES`]), a caller (place in [`Caller`]'s list), flags, a length (2 bytes) and so many bytes of body.
//!
//! The server begins anew with each input: what it answers depends on nothing else.

mod clinic;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use handrail_wire::account::{Devices, LoginParams, LoginResponse, NoticeResponse, SetupState};
use handrail_wire::invite::{Invites, RedeemResponse};
use handrail_wire::path;
use handrail_wire::problem::{Code, Problem};
use handrail_wire::sync::SyncResponse;
use handrail_wire::{decode, limits};

use crate::input::Input;
pub use clinic::{Caller, sample};
use clinic::{Dump, Server};

/// Requests of one input.
const REQUESTS: usize = 6;

/// Every route, and some that are none.
pub const ROUTES: &[(&str, &str)] = &[
    ("POST", path::SYNC),
    ("GET", path::WATCH),
    ("GET", path::HEALTH),
    ("GET", path::SETUP),
    ("POST", path::SETUP),
    ("POST", path::LOGIN_START),
    ("POST", path::LOGIN),
    ("POST", path::LOGOUT),
    ("POST", path::STAFF),
    ("POST", path::STAFF_REMOVE),
    ("POST", path::MAILBOXES),
    ("POST", path::GRANTS),
    ("GET", path::DEVICES),
    ("POST", path::DEVICES_REVOKE),
    ("POST", path::ACCOUNTS_CLOSE),
    ("GET", path::NOTICE),
    ("GET", path::INVITES),
    ("POST", path::INVITES),
    ("POST", path::INVITES_REVOKE),
    ("POST", path::REDEEM),
    ("POST", path::REDEEM_CONFIRM),
    ("GET", path::ENROL_PAGE),
    ("GET", "/v1/nothing"),
    ("GET", "/"),
    ("PUT", path::SYNC),
    ("DELETE", path::DEVICES),
    ("OPTIONS", path::LOGIN),
];

/// See the module.
pub fn http(input: &[u8]) {
    let mut input = Input::new(input);
    let server = Server::start(input.byte() % 2 == 1);
    for _ in 0..REQUESTS {
        if input.is_empty() {
            break;
        }
        let ask = Ask {
            route: input.one_of(ROUTES),
            caller: input.one_of(Caller::ALL),
            flags: input.byte(),
            body: {
                let length = usize::from(input.short());
                input.take(length)
            },
        };
        ask.check(&server);
    }
    server.stop();
}

/// One request.
#[derive(Debug, Clone, Copy)]
struct Ask<'a> {
    route: (&'static str, &'static str),
    caller: Caller,
    flags: u8,
    body: &'a [u8],
}

/// An answer.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    /// Empty for the stream of `watch`, which does not end.
    body: Vec<u8>,
}

impl Ask<'_> {
    fn request(&self) -> Request<Body> {
        let (method, path) = self.route;
        let method: Method = method.parse().expect("a method of the table");
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::HOST, "clinic.example");
        if let Some((name, value)) = self.caller.shows() {
            request = request.header(name, value);
        }
        // Most callers say what they send; some lie.
        match self.flags & 0b11 {
            3 => {}
            2 => request = request.header(header::CONTENT_TYPE, "text/plain"),
            _ => request = request.header(header::CONTENT_TYPE, path::CBOR),
        }
        match self.flags >> 2 & 0b11 {
            3 => request = request.header("sec-fetch-site", "cross-site"),
            2 => request = request.header(header::ORIGIN, "https://evil.example"),
            1 => request = request.header(header::ORIGIN, "https://clinic.example"),
            _ => {}
        }
        if self.flags & 0x10 != 0 {
            request = request.header(header::CONTENT_LENGTH, u64::MAX.to_string());
        }
        if self.flags & 0x20 != 0 {
            request = request.header(header::COOKIE, "handrail_browser=x; handrail_session=\"");
        }
        let body = Body::from(self.body.to_vec());
        request.body(body).expect("a request that can be sent")
    }

    fn send(&self, server: &Server) -> Reply {
        let watches = self.route.1 == path::WATCH;
        server.answer(self.request(), watches)
    }

    fn check(&self, server: &Server) {
        let before = server.dump();
        let reply = self.send(server);
        reply.check(self);
        let after = server.dump();
        if reply.status.is_client_error() && !self.counts_tries() {
            assert!(before == after, "refused, and something changed");
        }
        if self.route.0 != "POST" {
            assert!(before == after, "a question changed something");
        }
        assert!(
            !reply.status.is_success() || may(self.route.1, self.caller, server.is_set_up()),
            "{:?} was let in at {:?}",
            self.caller,
            self.route
        );
        self.repeat(server, &reply, &after);
    }

    /// The same request again: the same state, and no worse an answer.
    fn repeat(&self, server: &Server, first: &Reply, state: &Dump) {
        let again = self.send(server);
        again.check(self);
        // Each login has a session of its own, and each wrong code counts.
        let makes_anew = [path::LOGIN, path::SETUP].contains(&self.route.1);
        if !makes_anew && !self.counts_tries() {
            assert!(server.dump() == *state, "two equal requests, another state");
        }
        if first.status.is_success() && self.idempotent() {
            assert!(again.status.is_success(), "what was taken once is refused");
        }
    }

    /// A wrong code at an invite is counted, and the fifth revokes it.
    fn counts_tries(&self) -> bool {
        self.route.1 == path::REDEEM
    }

    /// What the protocol says may be repeated. A session ends once, staff is removed once, and an invite
    /// that exists is refused (`invite-invalid`).
    fn idempotent(&self) -> bool {
        let once = [
            path::LOGOUT,
            path::STAFF_REMOVE,
            path::SETUP,
            path::REDEEM_CONFIRM,
            path::INVITES,
        ];
        self.route.0 == "GET" || !once.contains(&self.route.1)
    }
}

impl Reply {
    fn check(&self, ask: &Ask<'_>) {
        assert!(!self.status.is_server_error(), "{} to {ask:?}", self.status);
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
        ] {
            assert!(self.headers.contains_key(name), "{name} is missing");
        }
        if ask.route.1.starts_with("/v1/") || self.status.is_client_error() {
            assert_eq!(self.headers[header::CACHE_CONTROL], "no-store");
        }
        assert!(self.body.len() <= limits::BODY);
        if self.status.is_client_error() {
            self.check_problem();
        } else {
            assert!(self.status.is_success(), "neither done nor refused");
            self.check_message(ask);
        }
    }

    fn kind(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// RFC 9457, with a code of ours and nothing else.
    fn check_problem(&self) {
        assert_eq!(self.kind(), Some(path::PROBLEM));
        let problem: Problem = serde_json::from_slice(&self.body).expect("a problem document");
        let code = Code::parse(&problem.code).expect("a code of the protocol");
        assert_eq!(code.status(), self.status.as_u16());
        let mut expected = Problem::new(code);
        expected.retry_after = problem.retry_after;
        assert_eq!(problem, expected, "more than a code");
        assert_eq!(
            self.headers.contains_key(header::RETRY_AFTER),
            problem.retry_after.is_some()
        );
    }

    fn check_message(&self, ask: &Ask<'_>) {
        if self.status == StatusCode::NO_CONTENT {
            assert!(self.body.is_empty());
            return;
        }
        let read = match ask.route {
            (_, path::SYNC) => decode::<SyncResponse>(&self.body).err(),
            ("GET", path::SETUP) => decode::<SetupState>(&self.body).err(),
            (_, path::SETUP | path::LOGIN) => decode::<LoginResponse>(&self.body).err(),
            (_, path::LOGIN_START) => decode::<LoginParams>(&self.body).err(),
            (_, path::DEVICES) => decode::<Devices>(&self.body).err(),
            (_, path::NOTICE) => decode::<NoticeResponse>(&self.body).err(),
            (_, path::INVITES) => decode::<Invites>(&self.body).err(),
            (_, path::REDEEM) => decode::<RedeemResponse>(&self.body).err(),
            (_, path::HEALTH | path::WATCH | path::ENROL_PAGE) => return,
            route => panic!("{route:?} answers with a message"),
        };
        assert_eq!(self.kind(), Some(path::CBOR));
        assert_eq!(read, None, "not the message of this path");
    }
}

/// Who may be let in where. Everything else is refused, whatever the body.
fn may(route: &str, caller: Caller, set_up: bool) -> bool {
    use Caller::{Admin, ClosedPhone, Colleague, CutOffPhone, OtherPhone, Phone};
    let phone = matches!(caller, Phone | OtherPhone);
    let staff = set_up && matches!(caller, Admin | Colleague);
    match route {
        path::HEALTH
        | path::SETUP
        | path::LOGIN_START
        | path::LOGIN
        | path::REDEEM
        | path::ENROL_PAGE => true,
        path::SYNC => staff || (set_up && phone),
        path::REDEEM_CONFIRM => set_up && phone,
        path::NOTICE => set_up && (phone || matches!(caller, CutOffPhone | ClosedPhone)),
        path::STAFF | path::STAFF_REMOVE => set_up && caller == Admin,
        path::WATCH
        | path::LOGOUT
        | path::MAILBOXES
        | path::GRANTS
        | path::DEVICES
        | path::DEVICES_REVOKE
        | path::ACCOUNTS_CLOSE
        | path::INVITES
        | path::INVITES_REVOKE => staff,
        _ => false,
    }
}
