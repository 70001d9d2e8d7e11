//! A blind server in a few lines: appends, answers, and on demand hangs, cuts, refuses or lies.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use handrail_mailbox::chain::{digest, first_head, next_head};
use handrail_wire::account::{Notice, NoticeResponse};
use handrail_wire::id::{Digest, EntryId, GenerationId, InviteId, MailboxId};
use handrail_wire::invite::{RedeemRequest, RedeemResponse};
use handrail_wire::path;
use handrail_wire::problem::{Code, Problem};
use handrail_wire::sync::{
    Body, KeyBox, Logged, MailboxRequest, MailboxResponse, Outcome, SyncRequest, SyncResponse,
    Verdict,
};

/// What the server does instead of its work.
#[derive(Clone)]
pub enum Act {
    /// Answers this.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Takes the request and never answers.
    Hang,
    /// Closes the connection without an answer, the request not done.
    Cut,
    /// Does the request, then closes the connection without an answer.
    DoAndCut,
    /// Refuses with a problem.
    Refuse(Code),
}

#[derive(Clone)]
pub struct Log {
    pub generation: GenerationId,
    pub entries: Vec<(EntryId, i64, Option<Vec<u8>>, Digest)>,
    pub boxes: Vec<KeyBox>,
    pub read_only: bool,
}

impl Log {
    fn new() -> Self {
        Self {
            generation: GenerationId([1; 16]),
            entries: Vec::new(),
            boxes: Vec::new(),
            read_only: false,
        }
    }
}

pub struct Invite {
    pub proof_digest: Digest,
    pub bundle: Vec<u8>,
    pub bound: Option<Digest>,
    pub confirmed: bool,
}

#[derive(Default)]
pub struct World {
    pub logs: BTreeMap<MailboxId, Log>,
    pub invites: BTreeMap<InviteId, Invite>,
    pub notice: Option<Notice>,
    pub now: i64,
    /// Entries in one answer at most.
    pub page: usize,
}

type Script = Arc<dyn Fn(usize, &str) -> Option<Act> + Send + Sync>;
type Tamper = Arc<dyn Fn(&mut SyncResponse) + Send + Sync>;

#[derive(Clone)]
pub struct Server {
    pub origin: String,
    pub world: Arc<Mutex<World>>,
    script: Arc<Mutex<Option<Script>>>,
    tamper: Arc<Mutex<Option<Tamper>>>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let server = Self {
            origin: format!("http://127.0.0.1:{port}"),
            world: Arc::new(Mutex::new(World {
                page: 500,
                now: super::NOW,
                ..World::default()
            })),
            script: Arc::default(),
            tamper: Arc::default(),
            requests: Arc::default(),
        };
        let serving = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                thread::spawn(move || serving.serve(&stream));
            }
        });
        server
    }

    /// Says what to do with a request by its number (from 0) and path; `None` is its work.
    pub fn script(&self, script: impl Fn(usize, &str) -> Option<Act> + Send + Sync + 'static) {
        self.requests.store(0, Ordering::SeqCst);
        *self.script.lock().expect("not poisoned") = Some(Arc::new(script));
    }

    /// Changes every sync answer.
    pub fn tamper(&self, tamper: impl Fn(&mut SyncResponse) + Send + Sync + 'static) {
        *self.tamper.lock().expect("not poisoned") = Some(Arc::new(tamper));
    }

    pub fn behave(&self) {
        *self.script.lock().expect("not poisoned") = None;
        *self.tamper.lock().expect("not poisoned") = None;
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.world.lock().expect("not poisoned"))
    }

    pub fn log<T>(&self, mailbox: MailboxId, work: impl FnOnce(&mut Log) -> T) -> T {
        self.with(|world| work(world.logs.entry(mailbox).or_insert_with(Log::new)))
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
        loop {
            let Some((method, path, body)) = request(&mut reader) else {
                return;
            };
            let number = self.requests.fetch_add(1, Ordering::SeqCst);
            let script = self.script.lock().expect("not poisoned").clone();
            let act = script.and_then(|script| script(number, &path));
            let mut out = stream;
            match act {
                Some(Act::Hang) => {
                    thread::sleep(Duration::from_secs(120));
                    return;
                }
                Some(Act::Cut) => return,
                Some(Act::DoAndCut) => {
                    let _ = self.work(&method, &path, &body);
                    return;
                }
                Some(Act::Refuse(code)) => {
                    let (status, kind, body) = problem(code);
                    answer(&mut out, status, &[("content-type", kind)], &body);
                }
                Some(Act::Answer(status, headers, body)) => {
                    answer(&mut out, status, &headers, &body);
                }
                None => {
                    let (status, kind, body) = self.work(&method, &path, &body);
                    answer(&mut out, status, &[("content-type", kind)], &body);
                }
            }
        }
    }

    fn work(&self, method: &str, path: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        let cbor = |body| (200, path::CBOR.to_owned(), body);
        match (method, path) {
            ("POST", path::SYNC) => {
                let Ok(request) = handrail_wire::decode::<SyncRequest>(body) else {
                    return problem(Code::MalformedCbor);
                };
                let mut response = self.with(|world| world.sync(&request));
                let tamper = self.tamper.lock().expect("not poisoned").clone();
                if let Some(tamper) = tamper {
                    tamper(&mut response);
                }
                cbor(handrail_wire::encode(&response))
            }
            ("POST", path::REDEEM) => {
                let request: RedeemRequest = handrail_wire::decode(body).expect("a redemption");
                match self.with(|world| world.redeem(&request)) {
                    Ok(response) => cbor(handrail_wire::encode(&response)),
                    Err(code) => problem(code),
                }
            }
            ("POST", path::REDEEM_CONFIRM) => {
                self.with(|world| {
                    let bound = world
                        .invites
                        .values_mut()
                        .filter(|invite| invite.bound.is_some());
                    bound.for_each(|invite| invite.confirmed = true);
                });
                (204, String::new(), Vec::new())
            }
            ("GET", path::NOTICE) => {
                let notice = self.with(|world| world.notice.clone());
                cbor(handrail_wire::encode(&NoticeResponse { notice }))
            }
            _ => problem(Code::NotFound),
        }
    }
}

impl World {
    fn redeem(&mut self, request: &RedeemRequest) -> Result<RedeemResponse, Code> {
        assert!(
            handrail_mailbox::invite::verify_redeem(request),
            "a signed redemption"
        );
        let invite = self
            .invites
            .get_mut(&request.invite)
            .ok_or(Code::InviteUnknown)?;
        if digest(&request.proof) != invite.proof_digest {
            return Err(Code::InviteWrongCode);
        }
        let phone = digest(&[&request.identity.0[..], &request.token_digest.0].concat());
        if invite.confirmed || invite.bound.is_some_and(|bound| bound != phone) {
            return Err(Code::InviteUsed);
        }
        invite.bound = Some(phone);
        Ok(RedeemResponse {
            bundle: invite.bundle.clone().into(),
        })
    }

    fn sync(&mut self, request: &SyncRequest) -> SyncResponse {
        let (now, page) = (self.now, self.page);
        let mailboxes = request.mailboxes.0.iter().map(|ask| {
            let log = self.logs.entry(ask.mailbox).or_insert_with(Log::new);
            log.sync(ask, now, page)
        });
        SyncResponse {
            version: 1,
            now,
            mailboxes: mailboxes.collect::<Vec<_>>().into(),
        }
    }
}

impl Log {
    pub fn head(&self, mailbox: MailboxId, seq: usize) -> Digest {
        let entries = self.entries.iter().take(seq);
        entries.fold(first_head(mailbox), |head, (id, _, _, digest)| {
            next_head(head, *id, *digest)
        })
    }

    pub fn append(&mut self, id: EntryId, at: i64, sealed: Vec<u8>) {
        let digest = digest(&sealed);
        self.entries.push((id, at, Some(sealed), digest));
    }

    fn sync(&mut self, ask: &MailboxRequest, now: i64, page: usize) -> MailboxResponse {
        let seq = usize::try_from(ask.seq).expect("small");
        let mut response = MailboxResponse {
            mailbox: ask.mailbox,
            problem: None,
            generation: self.generation,
            seq: self.entries.len() as u64,
            head: self.head(ask.mailbox, self.entries.len()),
            common: None,
            from: ask.seq,
            entries: Vec::new().into(),
            more: false,
            verdicts: Vec::new().into(),
            boxes: Vec::new().into(),
            boxes_seen: ask.boxes_seen,
            appended: None,
        };
        let other = ask
            .generation
            .is_some_and(|generation| generation != self.generation);
        if other || self.head(ask.mailbox, seq) != ask.head {
            let agrees = |probe: &&handrail_wire::sync::Probe| {
                let at = usize::try_from(probe.seq).expect("small");
                at <= self.entries.len() && self.head(ask.mailbox, at) == probe.head
            };
            let common = ask
                .probes
                .0
                .iter()
                .filter(agrees)
                .map(|probe| probe.seq)
                .max();
            response.common = Some(common.unwrap_or(0));
            response.verdicts = verdicts(ask, |_| Outcome::NotYet);
            return response;
        }
        let mut outcomes = BTreeMap::new();
        for offer in &ask.entries.0 {
            let held = self.entries.iter().position(|(id, ..)| *id == offer.id);
            let same = held.is_some_and(|at| self.entries[at].3 == digest(&offer.sealed.0));
            let outcome = match held {
                Some(at) if same => Outcome::Stored(at as u64 + 1),
                Some(_) => Outcome::Conflict,
                None if self.read_only => Outcome::ReadOnly,
                None => {
                    self.append(offer.id, now, offer.sealed.0.clone());
                    Outcome::Stored(self.entries.len() as u64)
                }
            };
            outcomes.insert(offer.id, outcome);
        }
        let offered = |id: &EntryId| matches!(outcomes.get(id), Some(Outcome::Stored(_)));
        let new = self
            .entries
            .iter()
            .skip(seq)
            .take(page)
            .map(|(id, at, sealed, digest)| Logged {
                id: *id,
                at: *at,
                body: match sealed {
                    None => Body::Erased(*digest),
                    Some(_) if offered(id) => Body::Yours,
                    Some(sealed) => Body::Sealed(sealed.clone().into()),
                },
            });
        let new: Vec<_> = new.collect();
        response.more = seq + new.len() < self.entries.len();
        response.entries = new.into();
        response.verdicts = verdicts(ask, |id| outcomes[&id]);
        response.seq = self.entries.len() as u64;
        response.head = self.head(ask.mailbox, self.entries.len());
        let seen = usize::try_from(ask.boxes_seen).expect("small");
        response.boxes = self
            .boxes
            .iter()
            .skip(seen)
            .cloned()
            .collect::<Vec<_>>()
            .into();
        response.boxes_seen = self.boxes.len() as u64;
        response
    }
}

fn verdicts<const N: usize>(
    ask: &MailboxRequest,
    outcome: impl Fn(EntryId) -> Outcome,
) -> handrail_wire::List<Verdict, N> {
    let verdicts = ask.entries.0.iter().map(|offer| Verdict {
        id: offer.id,
        outcome: outcome(offer.id),
    });
    verdicts.collect::<Vec<_>>().into()
}

fn problem(code: Code) -> (u16, String, Vec<u8>) {
    let body = serde_json::to_vec(&Problem::new(code)).expect("plain");
    (code.status(), path::PROBLEM.to_owned(), body)
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, String, Vec<u8>)> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((method, path, body))
}

fn answer(out: &mut impl Write, status: u16, headers: &[(&'static str, String)], body: &[u8]) {
    let fields = headers.iter().filter(|(_, value)| !value.is_empty());
    let fields: Vec<_> = fields
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "HTTP/1.1 {status} X\r\n{}content-length: {}\r\n\r\n",
        fields.concat(),
        body.len()
    );
    let _ = out.write_all(head.as_bytes());
    let _ = out.write_all(body);
    let _ = out.flush();
}
