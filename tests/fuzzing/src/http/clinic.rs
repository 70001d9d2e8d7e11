//! The clinic behind the router, the same in each run: accounts, phones, mailboxes and an open invite
//! with fixed names, made once through the store and copied for each input.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, Request, header};
use data_encoding::BASE64URL_NOPAD;
use handrail_mailbox::chain::first_head;
use handrail_mailbox::invite::{AccessToken, parse_link, redeem_request};
use handrail_mailbox::{DeviceIdentity, StaffIdentity};
use handrail_server::store::{Answer, Credential, DATABASE, Redemption, SqliteStore, Store};
use handrail_server::{Clock, Config, Shared, app};
use handrail_wire::account::{
    Argon2Params, CloseAccount, Grant, LoginRequest, LoginStart, NewMailboxes, NewStaff, Notice,
    RemoveStaff, RevokeDevice, SetupRequest,
};
use handrail_wire::id::{
    Digest, EntryId, Identity, InviteId, MailboxId, PartyId, Signature, SubjectId,
};
use handrail_wire::invite::{NewInvite, RedeemRequest, RevokeInvite};
use handrail_wire::sync::{KeyBox, MailboxRequest, Offer, SyncRequest, VERSION};
use handrail_wire::{encode, limits, path};
use rusqlite::Connection;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tower::ServiceExt;

use super::Reply;
use crate::outside::sha256;

/// The server's clock stands still.
pub const NOW: i64 = 1_795_269_600_000;
const SETUP_CODE: &str = "0123456789ABCDEFGHJK";
const LIBRARY: MailboxId = MailboxId([0x11; 16]);
const CARE: MailboxId = MailboxId([0xca; 16]);
const OTHER: MailboxId = MailboxId([0x0a; 16]);
/// A subject whose phone has yet to redeem.
const NEW_SUBJECT: SubjectId = SubjectId([0x5f; 16]);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Nobody known.
    Nobody,
    /// A token that was never given out.
    Stranger,
    /// The administrator's browser.
    Admin,
    /// A clinician's browser.
    Colleague,
    /// A phone that may write into its care mailbox.
    Phone,
    /// Another patient's phone, which may only read its own.
    OtherPhone,
    /// A phone that staff has cut off.
    CutOffPhone,
    /// A phone whose owner's account is closed.
    ClosedPhone,
}

impl Caller {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Nobody,
        Self::Stranger,
        Self::Admin,
        Self::Colleague,
        Self::Phone,
        Self::OtherPhone,
        Self::CutOffPhone,
        Self::ClosedPhone,
    ];

    fn secret(self) -> [u8; 32] {
        [0x80 | self as u8; 32]
    }

    fn digest(self) -> Digest {
        Digest(sha256(&[&self.secret()]))
    }

    fn subject(self) -> SubjectId {
        SubjectId([0x50 | self as u8; 16])
    }

    fn device(self) -> DeviceIdentity {
        DeviceIdentity::from_bytes(&[0xd0 | self as u8; 64])
    }

    /// The header that shows it.
    pub fn shows(self) -> Option<(HeaderName, String)> {
        let secret = BASE64URL_NOPAD.encode(&self.secret());
        match self {
            Self::Nobody => None,
            Self::Admin | Self::Colleague => {
                Some((header::COOKIE, format!("{}={secret}", path::COOKIE)))
            }
            _ => Some((header::AUTHORIZATION, format!("Bearer {secret}"))),
        }
    }
}

/// Every row of every table but what notes last uses.
pub type Dump = BTreeMap<String, Vec<String>>;

/// Files of a data folder.
type Files = Vec<(String, Vec<u8>)>;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
});
/// A clinic that is set up, and a server that waits for its code.
static SET_UP: LazyLock<Files> = LazyLock::new(|| template(true));
static WAITING: LazyLock<Files> = LazyLock::new(|| template(false));

/// A server of one input.
pub struct Server {
    router: Router,
    store: Arc<dyn Store>,
    look: Connection,
    set_up: bool,
    _stopping: watch::Sender<bool>,
    folder: tempfile::TempDir,
}

fn folder() -> tempfile::TempDir {
    // In memory where there is such a place: durability is not what is asked here.
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.expect("a temporary folder")
}

fn open(folder: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(folder, 1, 16).expect("a store"))
}

impl Server {
    /// A copy of the clinic, or of a server that is `waiting` to be set up.
    pub fn start(waiting: bool) -> Self {
        let files = if waiting { &*WAITING } else { &*SET_UP };
        let folder = folder();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).expect("a temporary file");
        }
        let store = open(folder.path());
        let mut config = Config::new(folder.path());
        config.clock = Clock::from_fn(|| NOW);
        let (stopping, stopped) = watch::channel(false);
        let shared = Shared::new(&config, Arc::clone(&store), stopped);
        Self {
            router: app(shared),
            store,
            look: Connection::open(folder.path().join(DATABASE)).expect("the database"),
            set_up: !waiting,
            _stopping: stopping,
            folder,
        }
    }

    pub fn is_set_up(&self) -> bool {
        self.set_up
    }

    /// The answer to a request; not the body of one that `streams`.
    pub fn answer(&self, request: Request<Body>, streams: bool) -> Reply {
        RUNTIME.block_on(async {
            let Ok(response) = self.router.clone().oneshot(request).await;
            let (parts, body) = response.into_parts();
            let whole = !(streams && parts.status.is_success());
            let body = if whole {
                let read = to_bytes(body, 2 * limits::BODY).await;
                read.expect("a body within its bounds").to_vec()
            } else {
                Vec::new()
            };
            Reply {
                status: parts.status,
                headers: parts.headers,
                body,
            }
        })
    }

    pub fn dump(&self) -> Dump {
        let mut tables = self
            .look
            .prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .expect("schema");
        let names = tables.query_map([], |row| row.get(0)).expect("tables");
        let names: Vec<String> = names.collect::<Result<_, _>>().expect("names");
        let mut all = Dump::new();
        for name in names {
            let select = format!("SELECT * FROM {name} ORDER BY 1, 2");
            let mut rows = self.look.prepare_cached(&select).expect("our own names");
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
                .expect("rows");
            all.insert(
                name.clone(),
                rows.collect::<Result<_, _>>().expect("values"),
            );
        }
        all
    }

    pub fn stop(self) {
        drop(self.router);
        wait(self.store.close());
        drop(self.look);
        self.folder.close().expect("a folder of our own");
    }
}

fn wait<T>(answer: Answer<'_, T>) -> T {
    RUNTIME
        .block_on(answer)
        .unwrap_or_else(|refusal| panic!("the clinic is not made: {}", refusal.code.as_str()))
}

fn template(set_up: bool) -> Files {
    let folder = folder();
    let store = open(folder.path());
    wait(store.offer_setup_code(setup_digest(), false));
    if set_up {
        fill(store.as_ref());
    }
    wait(store.close());
    let files = fs::read_dir(folder.path()).expect("our own folder");
    files
        .map(|file| {
            let file = file.expect("our own folder");
            let name = file.file_name().to_string_lossy().into_owned();
            (name, fs::read(file.path()).expect("our own file"))
        })
        .collect()
}

/// `SHA-256("handrail/setup/v1" || code)`.
fn setup_digest() -> Digest {
    Digest(sha256(&[b"handrail/setup/v1", SETUP_CODE.as_bytes()]))
}

fn staff(login: &str, seed: u8, admin: bool) -> NewStaff {
    NewStaff {
        login: login.into(),
        identity: StaffIdentity::from_bytes(&[seed; 64]).identity(),
        salt: [seed; 16],
        params: Argon2Params {
            memory_kib: 64 * 1024,
            passes: 3,
            lanes: 1,
        },
        proof_digest: Digest(sha256(&[&proof(seed)])),
        wrapped: vec![seed; 96].into(),
        admin,
    }
}

fn proof(seed: u8) -> [u8; 32] {
    [seed ^ 0xff; 32]
}

fn party(seed: u8) -> PartyId {
    StaffIdentity::from_bytes(&[seed; 64]).party()
}

fn grant(subject: SubjectId, mailbox: MailboxId, append: bool) -> Grant {
    Grant {
        subject,
        mailbox,
        append,
        withdrawn: false,
    }
}

const MAYA: u8 = 0x1d;
const BO: u8 = 0xb0;

fn fill(store: &dyn Store) {
    let (admin, colleague) = (Caller::Admin.digest(), Caller::Colleague.digest());
    let maya = staff("maya", MAYA, true);
    wait(store.set_up(setup_digest(), maya, vec![LIBRARY], admin, NOW));
    let who = wait(store.principal(Credential::Session(admin))).expect("just opened");
    wait(store.add_staff(who, staff("bo", BO, false), NOW));
    wait(store.open_session(party(BO), colleague, NOW));
    wait(store.make_mailboxes(who, vec![CARE, OTHER], NOW));

    for (caller, mailbox, append) in [
        (Caller::Phone, CARE, true),
        (Caller::OtherPhone, OTHER, false),
        (Caller::CutOffPhone, CARE, true),
        (Caller::ClosedPhone, OTHER, true),
    ] {
        let invite = InviteId([0x30 | caller as u8; 16]);
        let subject = caller.subject();
        let proof_digest = Digest(sha256(&[&[caller as u8]]));
        let new = NewInvite {
            invite,
            subject,
            proof_digest,
            bundle: vec![7; 64].into(),
            expires_at: NOW + 1000,
            grants: vec![grant(subject, mailbox, append)].into(),
        };
        wait(store.new_invite(who, new, NOW));
        let device = caller.device();
        let redemption = Redemption {
            invite,
            proof_digest,
            identity: device.identity(),
            party: device.party(),
            token_digest: caller.digest(),
            signature_fits: true,
        };
        wait(store.redeem(redemption, NOW));
        if caller != Caller::OtherPhone {
            let phone = wait(store.principal(Credential::Phone(caller.digest())));
            wait(store.confirm(phone.expect("just redeemed"), NOW));
        }
    }
    let notice = Notice {
        mailbox: CARE,
        entry: offer(9),
    };
    wait(store.revoke_device(who, Caller::CutOffPhone.device().party(), Some(notice), NOW));
    wait(store.close_account(who, Caller::ClosedPhone.subject(), Some(NOW - 1)));
    wait(store.new_invite(who, new_invite(redeem().invite), NOW));
    wait(store.sync(who, sync(vec![offer(1), offer(2)]), NOW));
}

fn offer(number: u8) -> Offer {
    Offer {
        id: EntryId([number; 16]),
        sealed: vec![number; 545].into(),
    }
}

fn new_invite(invite: InviteId) -> NewInvite {
    NewInvite {
        invite,
        subject: NEW_SUBJECT,
        proof_digest: Digest(sha256(&[&redeem().proof])),
        bundle: vec![8; 64].into(),
        expires_at: NOW + limits::INVITE_LINK_MS,
        grants: vec![grant(NEW_SUBJECT, CARE, true)].into(),
    }
}

fn redeem() -> RedeemRequest {
    let bytes = [&[1][..], &[0x17; 16], &[0x5e; 32], &[0xf1; 16]].concat();
    let link = format!(
        "https://riverbend.example/e#{}",
        BASE64URL_NOPAD.encode(&bytes)
    );
    let link = parse_link(&link).expect("a link");
    let device = DeviceIdentity::from_bytes(&[0xdd; 64]);
    let token = AccessToken::from_bytes(&[0x7e; 32]);
    redeem_request(&link, "004217", &device, &token).expect("a code")
}

fn sync(entries: Vec<Offer>) -> SyncRequest {
    SyncRequest {
        version: VERSION,
        mailboxes: vec![ask(CARE, entries)].into(),
    }
}

fn ask(mailbox: MailboxId, entries: Vec<Offer>) -> MailboxRequest {
    MailboxRequest {
        mailbox,
        generation: None,
        seq: 0,
        head: first_head(mailbox),
        probes: Vec::new().into(),
        entries: entries.into(),
        boxes_seen: 0,
        boxes: Vec::new().into(),
    }
}

/// Bodies that a route takes: where a fuzzer starts. `None` when it takes an empty one.
pub fn sample(method: &str, route: &str) -> Vec<Vec<u8>> {
    let identity = Identity([0x77; 64]);
    if method != "POST" {
        return vec![Vec::new()];
    }
    match route {
        path::SYNC => {
            let mut boxes = sync(vec![offer(3)]);
            boxes.mailboxes.0[0].boxes = vec![KeyBox {
                epoch: 1,
                recipient: party(BO),
                signer: party(MAYA),
                sealed: vec![1; 80].into(),
                signature: Signature([2; 64]),
            }]
            .into();
            let mut both = sync(vec![offer(1), offer(4)]);
            both.mailboxes.0.push(ask(OTHER, vec![offer(5)]));
            [sync(vec![offer(3)]), boxes, both, sync(Vec::new())]
                .iter()
                .map(encode)
                .collect()
        }
        path::SETUP => vec![encode(&SetupRequest {
            code: SETUP_CODE.into(),
            staff: staff("maya", MAYA, true),
            mailboxes: vec![LIBRARY].into(),
        })],
        path::LOGIN_START => ["maya", "nobody"]
            .map(|login| {
                encode(&LoginStart {
                    login: login.into(),
                })
            })
            .to_vec(),
        path::LOGIN => [proof(BO), [0; 32]]
            .map(|proof| {
                encode(&LoginRequest {
                    login: "bo".into(),
                    proof,
                })
            })
            .to_vec(),
        path::STAFF => [staff("ida", 0x33, false), staff("bo", 0x34, true)]
            .iter()
            .map(encode)
            .collect(),
        path::STAFF_REMOVE => [party(BO), party(MAYA)]
            .map(|party| encode(&RemoveStaff { party }))
            .to_vec(),
        path::MAILBOXES => vec![encode(&NewMailboxes {
            mailboxes: vec![MailboxId([0x66; 16]), CARE].into(),
        })],
        path::GRANTS => [(CARE, false), (LIBRARY, true)]
            .map(|(mailbox, append)| encode(&grant(Caller::Phone.subject(), mailbox, append)))
            .to_vec(),
        path::DEVICES_REVOKE => vec![encode(&RevokeDevice {
            party: Caller::Phone.device().party(),
            notice: Some(Notice {
                mailbox: CARE,
                entry: offer(9),
            }),
        })],
        path::ACCOUNTS_CLOSE => [Some(NOW - 1), None]
            .map(|at| {
                encode(&CloseAccount {
                    subject: Caller::Phone.subject(),
                    at,
                })
            })
            .to_vec(),
        path::INVITES => vec![encode(&new_invite(InviteId([0x18; 16])))],
        path::INVITES_REVOKE => vec![encode(&RevokeInvite {
            invite: redeem().invite,
        })],
        path::REDEEM => {
            let mut other = redeem();
            other.identity = identity;
            vec![encode(&redeem()), encode(&other)]
        }
        _ => vec![Vec::new()],
    }
}
