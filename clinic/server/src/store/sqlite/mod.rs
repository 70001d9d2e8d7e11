//! The store in one SQLite file: one writer connection, a few for reading.
//!
//! Write-ahead log, `synchronous=FULL`, foreign keys. Migrations are numbered files, applied in one
//! transaction under `user_version`. One process opens a folder. Refuses a database that a newer
//! server has written, and files that are not ours.

pub mod backup;
mod boxes;
mod devices;
mod entries;
mod invites;
mod log;
mod mailboxes;
mod people;
mod room;
mod schema;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use handrail_wire::account::{Argon2Params, Device, Grant, LoginParams, NewStaff, Notice};
use handrail_wire::id::{Digest, InviteId, MailboxId, PartyId, SubjectId};
use handrail_wire::invite::{InviteStatus, NewInvite, RedeemResponse};
use handrail_wire::problem::Code;
use handrail_wire::sync::{SyncRequest, SyncResponse};
use rusqlite::Connection;
use tokio::sync::{Semaphore, watch};

use super::writer::{Fault, Kind, Probe, Writer};
use super::{Account, Answer, Credential, Principal, Redemption, Store};
use crate::problem::Refusal;

/// Name of the database in the data folder.
pub const DATABASE: &str = "handrail.sqlite";
const LOCK: &str = "handrail.lock";

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has this folder.
    #[error("data-in-use")]
    InUse,
    /// The file is not a database of ours.
    #[error("not-our-database")]
    NotOurs,
    /// A newer server has written it.
    #[error("data-too-new")]
    TooNew,
    /// The folder or file cannot be read or written.
    #[error("data-not-accessible: {0}")]
    Io(#[from] std::io::Error),
    /// SQLite refuses.
    #[error("database-failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// A row that changes nothing watchers could see.
const QUIET: Kind = Kind {
    weight: 1024,
    loud: false,
};
/// A row or a few that staff can see.
const LOUD: Kind = Kind {
    weight: 4096,
    loud: true,
};

/// The store in one SQLite file.
pub struct SqliteStore {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    secret: [u8; 32],
    /// Held while this process has the folder.
    _lock: File,
}

struct Readers {
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

impl SqliteStore {
    /// Opens or makes the database in `folder`, migrating it.
    pub fn open(folder: &Path, readers: usize, waiting: usize) -> Result<Self, OpenError> {
        Self::open_probed(folder, readers, waiting, Probe::default())
    }

    pub(crate) fn open_probed(
        folder: &Path,
        readers: usize,
        waiting: usize,
        probe: Probe,
    ) -> Result<Self, OpenError> {
        let lock = lock_folder(folder)?;
        let file = folder.join(DATABASE);
        private_file(&file)?;
        let writer = schema::open(&file)?;
        let secret = people::secret(&writer)?;
        let idle = (0..readers)
            .map(|_| schema::open_reader(&file))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            writer: Arc::new(Writer::start(writer, waiting, probe)?),
            readers: Arc::new(Readers {
                idle: Mutex::new(idle),
                free: Arc::new(Semaphore::new(readers)),
            }),
            secret,
            _lock: lock,
        })
    }

    fn write<T: Send + 'static>(
        &self,
        kind: Kind,
        act: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(self.writer.submit(kind, act))
    }

    /// Runs `act` on a reading connection, off the async threads, in one snapshot.
    fn read<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Answer<'_, T> {
        let readers = Arc::clone(&self.readers);
        Box::pin(async move {
            let permit = Arc::clone(&readers.free)
                .acquire_owned()
                .await
                .map_err(|_| Refusal::from(Code::Stopping))?;
            let result = tokio::task::spawn_blocking(move || {
                // Held here, so that a caller who gave up does not free a connection still in use.
                let _permit = permit;
                readers.run(act)
            })
            .await
            .map_err(|_| Refusal::from(Code::Internal))?;
            Ok(result?)
        })
    }

    /// Looks up a row or two by their keys on the caller's own thread, which costs less than handing over;
    /// like [`SqliteStore::read`] while all connections are in use.
    fn look<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Answer<'_, T> {
        match Arc::clone(&self.readers.free).try_acquire_owned() {
            Ok(_permit) => {
                let result = self.readers.run(act).map_err(Refusal::from);
                Box::pin(std::future::ready(result))
            }
            Err(_) => self.read(act),
        }
    }
}

impl Readers {
    fn take(&self) -> Option<Connection> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    /// Runs `act` in one snapshot; the caller has a permit.
    fn run<T>(&self, act: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let conn = self.take().ok_or(Fault::Refused(Code::Stopping))?;
        let result = conn
            .unchecked_transaction()
            .map_err(Fault::from)
            .and_then(|snapshot| act(&snapshot));
        self.give(conn);
        result
    }

    fn give(&self, conn: Connection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(conn);
    }
}

/// Takes the folder for this process, making it when it is not there.
fn lock_folder(folder: &Path) -> Result<File, OpenError> {
    let mut maker = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    make_folder(&maker, folder)?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Makes a folder and those above it, each durable in the one that holds it.
fn make_folder(maker: &std::fs::DirBuilder, folder: &Path) -> std::io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folder(maker, above)?;
    }
    match maker.create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(folder),
    }
}

/// A new name is durable only when the folder that holds it is synced.
fn sync_folder(name: &Path) -> std::io::Result<()> {
    match name.parent() {
        Some(parent) if parent.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Makes the file readable by its owner alone; SQLite gives its log the same mode.
fn private_file(file: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

impl Store for SqliteStore {
    fn health(&self) -> Answer<'_, ()> {
        self.read(|conn| Ok(conn.query_row("SELECT 1 FROM server", [], |_| Ok(()))?))
    }

    fn secret(&self) -> [u8; 32] {
        self.secret
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.writer.changes()
    }

    fn principal(&self, credential: Credential) -> Answer<'_, Option<Principal>> {
        self.look(move |conn| people::principal(conn, credential))
    }

    fn touch(&self, uses: Vec<(Credential, i64)>) -> Answer<'_, ()> {
        self.write(QUIET, move |conn| people::touch(conn, &uses))
    }

    fn sync(&self, who: Principal, request: SyncRequest, now: i64) -> Answer<'_, SyncResponse> {
        let weight = log::weight(&request);
        if weight == 0 {
            return self.read(move |conn| log::sync(conn, &who, request, now, log::Mode::Read));
        }
        let kind = Kind { weight, loud: true };
        self.write(kind, move |conn| {
            people::still(conn, &who)?;
            log::sync(conn, &who, request, now, log::Mode::Write)
        })
    }

    fn is_set_up(&self) -> Answer<'_, bool> {
        self.read(people::is_set_up)
    }

    fn offer_setup_code(&self, code: Digest, replace: bool) -> Answer<'_, bool> {
        self.write(QUIET, move |conn| {
            people::offer_setup_code(conn, &code, replace)
        })
    }

    fn set_up(
        &self,
        code: Digest,
        staff: NewStaff,
        mailboxes: Vec<MailboxId>,
        session: Digest,
        now: i64,
    ) -> Answer<'_, ()> {
        self.write(LOUD, move |conn| {
            people::set_up(conn, &code, &staff, now)?;
            mailboxes::make_mailboxes(conn, &mailboxes, now)?;
            let party = crate::secret::party_of(&staff.identity);
            people::open_session(conn, &party, &session, now)
        })
    }

    fn login_params(&self, login: String) -> Answer<'_, (Option<LoginParams>, Argon2Params)> {
        self.read(move |conn| people::login_params(conn, &login))
    }

    fn account(&self, login: String) -> Answer<'_, Option<Account>> {
        self.read(move |conn| people::account(conn, &login))
    }

    fn open_session(&self, party: PartyId, session: Digest, now: i64) -> Answer<'_, ()> {
        self.write(QUIET, move |conn| {
            people::open_session(conn, &party, &session, now)
        })
    }

    fn end_session(&self, session: Digest) -> Answer<'_, ()> {
        self.write(QUIET, move |conn| people::end_session(conn, &session))
    }

    fn add_staff(&self, who: Principal, staff: NewStaff, now: i64) -> Answer<'_, ()> {
        self.write(LOUD, move |conn| {
            people::still_admin(conn, &who)?;
            people::add_staff(conn, &staff, now)
        })
    }

    fn remove_staff(&self, who: Principal, party: PartyId) -> Answer<'_, ()> {
        self.write(LOUD, move |conn| {
            let own = people::still_admin(conn, &who)?;
            people::remove_staff(conn, &own, &party)
        })
    }

    fn make_mailboxes(
        &self,
        who: Principal,
        mailboxes: Vec<MailboxId>,
        now: i64,
    ) -> Answer<'_, ()> {
        let weight = mailboxes.len() * 256;
        self.write(Kind { weight, loud: true }, move |conn| {
            people::still(conn, &who)?;
            mailboxes::make_mailboxes(conn, &mailboxes, now)
        })
    }

    fn grant(&self, who: Principal, grant: Grant) -> Answer<'_, ()> {
        self.write(LOUD, move |conn| {
            people::still(conn, &who)?;
            mailboxes::grant(conn, &grant)
        })
    }

    fn devices(&self) -> Answer<'_, Vec<Device>> {
        self.read(devices::list)
    }

    fn revoke_device(
        &self,
        who: Principal,
        party: PartyId,
        notice: Option<Notice>,
        now: i64,
    ) -> Answer<'_, ()> {
        self.write(LOUD, move |conn| {
            people::still(conn, &who)?;
            devices::revoke(conn, &party, notice.as_ref(), now)
        })
    }

    fn close_account(&self, who: Principal, subject: SubjectId, at: Option<i64>) -> Answer<'_, ()> {
        self.write(LOUD, move |conn| {
            people::still(conn, &who)?;
            devices::close_account(conn, &subject, at)
        })
    }

    fn notice(&self, party: PartyId) -> Answer<'_, Option<Notice>> {
        self.read(move |conn| devices::notice(conn, &party))
    }

    fn new_invite(&self, who: Principal, invite: NewInvite, now: i64) -> Answer<'_, ()> {
        let weight = invite.bundle.0.len() + 4096;
        self.write(Kind { weight, loud: true }, move |conn| {
            people::still(conn, &who)?;
            invites::add(conn, &invite, now)
        })
    }

    fn invites(&self, now: i64) -> Answer<'_, Vec<InviteStatus>> {
        self.read(move |conn| invites::list(conn, now))
    }

    fn revoke_invite(&self, who: Principal, invite: InviteId, now: i64) -> Answer<'_, ()> {
        self.write(LOUD, move |conn| {
            people::still(conn, &who)?;
            invites::revoke(conn, &invite, now)
        })
    }

    fn redeem(&self, redemption: Redemption, now: i64) -> Answer<'_, RedeemResponse> {
        let done = self.write(LOUD, move |conn| invites::redeem(conn, &redemption, now));
        // A wrong try is refused and yet kept: its count must stand.
        Box::pin(async move { Ok(done.await??) })
    }

    fn confirm(&self, who: Principal, now: i64) -> Answer<'_, ()> {
        self.write(LOUD, move |conn| {
            people::still(conn, &who)?;
            invites::confirm(conn, &who, now)
        })
    }

    fn close(&self) -> Answer<'_, ()> {
        let writer = Arc::clone(&self.writer);
        let readers = Arc::clone(&self.readers);
        Box::pin(async move {
            self.readers.free.close();
            tokio::task::spawn_blocking(move || {
                // Readers first: the last checkpoint can then empty the log.
                while readers.take().is_some() {}
                writer.stop();
            })
            .await
            .map_err(|_| Refusal::from(Code::Internal))
        })
    }
}
