//! A server on a thread, a plain HTTP client, a clinic that is set up, and phones enrolled in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use handrail_server::{Clock, Config, serve};
use handrail_wire::account::{
    Argon2Params, Device, Devices, Grant, LoginRequest, NewMailboxes, NewStaff, SetupRequest,
};
use handrail_wire::id::{
    Digest, EntryId, GenerationId, Identity, InviteId, MailboxId, PartyId, Signature, SubjectId,
};
use handrail_wire::invite::{NewInvite, RedeemRequest};
use handrail_wire::path;
use handrail_wire::problem::{Code, Problem};
use handrail_wire::sync::{MailboxRequest, Offer, SyncRequest, SyncResponse, VERSION};
use minicbor::{Decode, Encode};
use ring::digest;
use ring::signature::{Ed25519KeyPair, KeyPair};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// Different bytes at each call, the same in each run.
pub fn fresh<const N: usize>() -> [u8; N] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut out = [0; N];
    for (place, chunk) in out.chunks_mut(32).enumerate() {
        let seed = [number.to_be_bytes(), (place as u64).to_be_bytes()].concat();
        chunk.copy_from_slice(&sha256(&seed).0[..chunk.len()]);
    }
    out
}

pub fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    Digest(out)
}

pub fn party_of(identity: &Identity) -> PartyId {
    let all = sha256(&[&b"handrail/identity/v1"[..], &identity.0].concat());
    PartyId(all.0[..16].try_into().expect("16 of 32 bytes"))
}

/// A server that listens; its folder goes with it.
pub struct Server {
    pub address: SocketAddr,
    pub data: PathBuf,
    pub setup_code: Option<String>,
    folder: Option<tempfile::TempDir>,
    ahead: Arc<AtomicI64>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(|_| ())
    }

    pub fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut server = Self::start_in(folder.path().join("data"), change);
        server.folder = Some(folder);
        server
    }

    pub fn start_in(data: PathBuf, change: impl FnOnce(&mut Config)) -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let mut config = Config::new(&data);
        config.listen.set_port(0);
        let (real, shift) = (Clock::system(), Arc::clone(&ahead));
        config.clock = Clock::from_fn(move || real.now() + shift.load(Ordering::Relaxed));
        change(&mut config);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("runtime");
            let ready = |ready: &handrail_server::Ready| {
                tell.send(ready.clone()).expect("somebody waits");
            };
            let stop = async {
                let _ = stopped.await;
            };
            runtime
                .block_on(serve(config, ready, stop))
                .expect("the server runs");
        });
        let ready = told
            .recv_timeout(Duration::from_secs(20))
            .expect("the server listens");
        Self {
            address: ready.address,
            data,
            setup_code: ready.setup_code,
            folder: None,
            ahead,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Puts the server's clock forward.
    pub fn later(&self, ms: i64) {
        self.ahead.fetch_add(ms, Ordering::Relaxed);
    }

    pub fn now(&self) -> i64 {
        Clock::system().now() + self.ahead.load(Ordering::Relaxed)
    }

    /// Stops it and waits.
    pub fn stop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("stopped without a panic");
        }
    }

    pub fn send(&self, ask: &Ask) -> Reply {
        send_to(self.address, ask)
    }

    /// The whole database, without the two columns that note last uses: a refused request of a
    /// known caller is a use all the same.
    pub fn dump(&self) -> BTreeMap<String, Vec<String>> {
        dump(&self.data)
    }

    /// Sends what must be refused, and looks that nothing has changed.
    pub fn refuses(&self, ask: &Ask, code: Code) {
        let before = self.dump();
        let reply = self.send(ask);
        assert_eq!(
            reply.code(),
            Some(code),
            "{} {}: {reply:?}",
            ask.method,
            ask.path
        );
        assert_eq!(reply.status, code.status());
        assert_eq!(reply.header("content-type"), Some(path::PROBLEM));
        assert!(
            self.dump() == before,
            "{} {} changed something",
            ask.method,
            ask.path
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub fn database(data: &std::path::Path) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(data.join("handrail.sqlite")).expect("the database");
    conn.busy_timeout(Duration::from_secs(10))
        .expect("a number");
    conn
}

pub fn dump(data: &std::path::Path) -> BTreeMap<String, Vec<String>> {
    let conn = database(data);
    let mut tables = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .expect("schema");
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .expect("tables")
        .collect::<Result<_, _>>()
        .expect("names");
    let mut all = BTreeMap::new();
    for name in names {
        let mut rows = conn
            .prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2"))
            .expect("our own names");
        let columns: Vec<String> = rows.column_names().map(str::to_owned).collect();
        let rows = rows
            .query_map([], |row| {
                let mut line = String::new();
                for (place, column) in columns.iter().enumerate() {
                    if column != "seen_at" && column != "used_at" || name == "invites" {
                        let value: rusqlite::types::Value = row.get(place)?;
                        let _ = write!(line, "{column}={value:?};");
                    }
                }
                Ok(line)
            })
            .expect("rows")
            .collect::<Result<Vec<_>, _>>()
            .expect("values");
        all.insert(name, rows);
    }
    all
}

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    pub fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A message.
    pub fn post<T: Encode<()>>(path: &str, message: &T) -> Self {
        Self::bytes(path, handrail_wire::encode(message))
    }

    pub fn bytes(path: &str, body: Vec<u8>) -> Self {
        let mut ask = Self::get(path).header("Content-Type", path::CBOR);
        ask.method = "POST";
        ask.body = body;
        ask
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    pub fn by(self, who: &impl Shows) -> Self {
        let (name, value) = who.shows();
        self.header(name, &value)
    }
}

/// Who shows a credential.
pub trait Shows {
    fn shows(&self) -> (&'static str, String);
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self
            .headers
            .iter()
            .filter(|(found, _)| found == "set-cookie");
        lines
            .filter_map(|(_, value)| value.split(';').next()?.split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.to_owned())
    }

    pub fn code(&self) -> Option<Code> {
        let problem: Problem = serde_json::from_slice(&self.body).ok()?;
        assert_eq!(problem.status, self.status);
        Code::parse(&problem.code)
    }

    pub fn message<T: for<'b> Decode<'b, ()>>(&self) -> T {
        assert_eq!(self.status, 200, "{:?}", self.code());
        assert_eq!(self.header("content-type"), Some(path::CBOR));
        handrail_wire::decode(&self.body).expect("a message of the protocol")
    }

    pub fn done(&self) {
        assert_eq!(self.status, 204, "{:?}", self.code());
        assert!(self.body.is_empty());
    }
}

pub fn send_to(address: SocketAddr, ask: &Ask) -> Reply {
    let stream = TcpStream::connect(address).expect("the server listens");
    send_over(stream, ask).expect("an answer")
}

/// One request over a connection of its own.
pub fn send_over(mut stream: impl Read + Write, ask: &Ask) -> std::io::Result<Reply> {
    stream.write_all(&head_of(ask))?;
    stream.write_all(&ask.body)?;
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        // A TLS peer that hangs up without goodbye, after the answer.
        Err(error) if all.is_empty() => return Err(error),
        _ => {}
    }
    read_reply(&all).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}

pub fn head_of(ask: &Ask) -> Vec<u8> {
    let mut head = format!(
        "{} {} HTTP/1.1\r\nConnection: close\r\n",
        ask.method, ask.path
    );
    if !ask.headers.iter().any(|(name, _)| name == "Host") {
        head.push_str("Host: clinic.example\r\n");
    }
    if ask.method != "GET" && !ask.headers.iter().any(|(name, _)| name == "Content-Length") {
        let _ = write!(head, "Content-Length: {}\r\n", ask.body.len());
    }
    for (name, value) in &ask.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

fn read_reply(all: &[u8]) -> Option<Reply> {
    let end = all.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&all[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let body = all[end + 4..].to_vec();
    let said = headers.iter().find(|(name, _)| name == "content-length");
    if let Some((_, length)) = said
        && length.parse() != Ok(body.len())
    {
        return None;
    }
    Some(Reply {
        status,
        headers,
        body,
    })
}

/// A staff member's browser.
#[derive(Debug, Clone)]
pub struct Staff {
    pub account: NewStaff,
    pub proof: [u8; 32],
    pub cookie: String,
}

impl Shows for Staff {
    fn shows(&self) -> (&'static str, String) {
        ("Cookie", format!("{}={}", path::COOKIE, self.cookie))
    }
}

impl Staff {
    pub fn login_request(&self) -> LoginRequest {
        LoginRequest {
            login: self.account.login.clone(),
            proof: self.proof,
        }
    }

    pub fn party(&self) -> PartyId {
        party_of(&self.account.identity)
    }
}

pub fn new_staff(login: &str, admin: bool) -> Staff {
    let proof = fresh();
    Staff {
        account: NewStaff {
            login: login.into(),
            identity: Identity(fresh()),
            salt: fresh(),
            params: Argon2Params {
                memory_kib: 64 * 1024,
                passes: 3,
                lanes: 1,
            },
            proof_digest: sha256(&proof),
            wrapped: fresh::<96>().to_vec().into(),
            admin,
        },
        proof,
        cookie: String::new(),
    }
}

/// A clinic that is set up.
pub struct Clinic {
    pub server: Server,
    pub admin: Staff,
    pub library: MailboxId,
}

impl Clinic {
    pub fn start() -> Self {
        Self::start_with(|_| ())
    }

    pub fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(Server::start_with(change))
    }

    pub fn over(server: Server) -> Self {
        let mut admin = new_staff("maya", true);
        let library = MailboxId(fresh());
        let setup = SetupRequest {
            code: server.setup_code.clone().expect("not set up").into(),
            staff: admin.account.clone(),
            mailboxes: vec![library].into(),
        };
        let reply = server.send(&Ask::post(path::SETUP, &setup));
        assert_eq!(reply.status, 200, "{:?}", reply.code());
        admin.cookie = reply.cookie(path::COOKIE).expect("a session");
        Self {
            server,
            admin,
            library,
        }
    }

    pub fn send(&self, ask: &Ask) -> Reply {
        self.server.send(ask)
    }

    pub fn mailbox(&self) -> MailboxId {
        let mailbox = MailboxId(fresh());
        let new = NewMailboxes {
            mailboxes: vec![mailbox].into(),
        };
        self.send(&Ask::post(path::MAILBOXES, &new).by(&self.admin))
            .done();
        mailbox
    }

    pub fn staff(&self, login: &str, admin: bool) -> Staff {
        let mut staff = new_staff(login, admin);
        self.send(&Ask::post(path::STAFF, &staff.account).by(&self.admin))
            .done();
        staff.cookie = self.log_in(&staff);
        staff
    }

    pub fn log_in(&self, staff: &Staff) -> String {
        let reply = self.send(&Ask::post(path::LOGIN, &staff.login_request()));
        assert_eq!(reply.status, 200, "{:?}", reply.code());
        reply.cookie(path::COOKIE).expect("a session")
    }

    pub fn invite(&self, subject: SubjectId, grants: &[Grant]) -> (NewInvite, [u8; 32]) {
        let proof = fresh();
        let invite = NewInvite {
            invite: InviteId(fresh()),
            subject,
            proof_digest: sha256(&proof),
            bundle: fresh::<200>().to_vec().into(),
            expires_at: self.server.now() + HOUR,
            grants: grants.to_vec().into(),
        };
        (invite, proof)
    }

    /// A phone of a new subject that may append to `mailbox`.
    pub fn phone(&self, mailbox: MailboxId) -> Phone {
        self.phone_with(mailbox, true)
    }

    pub fn phone_with(&self, mailbox: MailboxId, append: bool) -> Phone {
        let subject = SubjectId(fresh());
        let (invite, proof) = self.invite(subject, &[grant(subject, mailbox, append)]);
        self.send(&Ask::post(path::INVITES, &invite).by(&self.admin))
            .done();
        let phone = Phone::new(subject);
        let redeem = phone.redeem(invite.invite, proof);
        assert_eq!(self.send(&Ask::post(path::REDEEM, &redeem)).status, 200);
        self.send(&Ask::bytes(path::REDEEM_CONFIRM, Vec::new()).by(&phone))
            .done();
        phone
    }

    pub fn devices(&self) -> Vec<Device> {
        let reply = self.send(&Ask::get(path::DEVICES).by(&self.admin));
        reply.message::<Devices>().devices.0
    }

    /// One round of synchronisation.
    pub fn sync(&self, who: &impl Shows, asks: Vec<MailboxRequest>) -> SyncResponse {
        let request = SyncRequest {
            version: VERSION,
            mailboxes: asks.into(),
        };
        let reply = self.send(&Ask::post(path::SYNC, &request).by(who));
        let mut answer: SyncResponse = reply.message();
        answer.spell_out(&request.mailboxes.0);
        answer
    }
}

pub fn grant(subject: SubjectId, mailbox: MailboxId, append: bool) -> Grant {
    Grant {
        subject,
        mailbox,
        append,
        withdrawn: false,
    }
}

/// A phone.
pub struct Phone {
    pub subject: SubjectId,
    pub seed: [u8; 32],
    pub identity: Identity,
    pub token: [u8; 32],
}

impl Shows for Phone {
    fn shows(&self) -> (&'static str, String) {
        (
            "Authorization",
            format!("Bearer {}", BASE64URL_NOPAD.encode(&self.token)),
        )
    }
}

impl Phone {
    pub fn new(subject: SubjectId) -> Self {
        let seed = fresh();
        let keys = Ed25519KeyPair::from_seed_unchecked(&seed).expect("32 bytes");
        let mut identity = [0; 64];
        identity[..32].copy_from_slice(keys.public_key().as_ref());
        identity[32..].copy_from_slice(&fresh::<32>());
        Self {
            subject,
            seed,
            identity: Identity(identity),
            token: fresh(),
        }
    }

    /// The same keys with another token.
    pub fn renewed(&self) -> Self {
        Self {
            token: fresh(),
            ..*self
        }
    }

    pub fn party(&self) -> PartyId {
        party_of(&self.identity)
    }

    pub fn redeem(&self, invite: InviteId, proof: [u8; 32]) -> RedeemRequest {
        let token_digest = sha256(&self.token);
        let signed = [
            &b"handrail/redeem/v1"[..],
            &invite.0,
            &proof,
            &self.identity.0,
            &token_digest.0,
        ]
        .concat();
        let keys = Ed25519KeyPair::from_seed_unchecked(&self.seed).expect("32 bytes");
        let signature = keys.sign(&signed);
        RedeemRequest {
            invite,
            proof,
            identity: self.identity,
            token_digest,
            signature: Signature(signature.as_ref().try_into().expect("64 bytes")),
        }
    }
}

pub fn first_head(mailbox: MailboxId) -> Digest {
    sha256(&[&b"handrail/chain/v1"[..], &mailbox.0].concat())
}

pub fn next_head(head: Digest, id: EntryId, digest: Digest) -> Digest {
    sha256(&[&head.0[..], &id.0, &digest.0].concat())
}

/// A client that has nothing.
pub fn nothing(mailbox: MailboxId) -> MailboxRequest {
    MailboxRequest {
        mailbox,
        generation: None,
        seq: 0,
        head: first_head(mailbox),
        probes: Vec::new().into(),
        entries: Vec::new().into(),
        boxes_seen: 0,
        boxes: Vec::new().into(),
    }
}

/// A client that has the whole log.
pub fn having(
    mailbox: MailboxId,
    generation: GenerationId,
    seq: u64,
    head: Digest,
) -> MailboxRequest {
    MailboxRequest {
        generation: Some(generation),
        seq,
        head,
        ..nothing(mailbox)
    }
}

pub fn offer(size: usize) -> Offer {
    let mut sealed = vec![0; size];
    let seed = fresh::<32>();
    for (place, byte) in sealed.iter_mut().enumerate() {
        *byte = seed[place % 32];
    }
    Offer {
        id: EntryId(fresh()),
        sealed: sealed.into(),
    }
}

pub fn offers(count: usize) -> Vec<Offer> {
    (0..count).map(|_| offer(600)).collect()
}

pub fn sync_ask(asks: Vec<MailboxRequest>) -> Ask {
    let request = SyncRequest {
        version: VERSION,
        mailboxes: asks.into(),
    };
    Ask::post(path::SYNC, &request)
}
