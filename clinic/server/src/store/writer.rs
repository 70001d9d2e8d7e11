//! The one writer: a thread that commits pending writes together.
//!
//! It takes what is queued, opens one transaction, runs each job in a savepoint of its own (a job
//! that fails takes back only itself), commits, and only then answers each. When a commit fails, or
//! the transaction is lost, nothing is known about the disk any more: the process ends with
//! [`EXIT_STORE`] and nobody is told that anything was stored.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use handrail_wire::problem::Code;
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::problem::Refusal;

/// Exit code of a process whose store has failed (`EX_SOFTWARE` of sysexits.h).
pub const EXIT_STORE: i32 = 70;

/// Most jobs in one transaction.
const GROUP: usize = 256;
/// Bytes written after which the log is moved into the database at the next pause.
const CHECKPOINT_IDLE: usize = 1024 * 1024;
/// The same without waiting for a pause.
const CHECKPOINT_BUSY: usize = 32 * 1024 * 1024;
/// Time without a write that counts as a pause.
const PAUSE: Duration = Duration::from_millis(100);
/// What a commit costs in the log beside its data.
const COMMIT_COST: usize = 16 * 1024;

/// Why a job did not do its work.
#[derive(Debug)]
pub enum Fault {
    /// The caller is refused.
    Refused(Code),
    /// The database said no.
    Sqlite(rusqlite::Error),
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(code) => code.into(),
            Fault::Sqlite(error) => {
                // SQLite's texts name tables and columns, never values.
                tracing::error!(%error, "store-failed");
                Code::Internal.into()
            }
        }
    }
}

type Reply = Box<dyn FnOnce() + Send>;

struct Job {
    /// Bytes it will write, about.
    weight: usize,
    /// A change that watchers hear of.
    loud: bool,
    run: Box<dyn FnOnce(&Connection) -> Ran + Send>,
}

/// A job has run: whether its changes stand, and how to tell.
struct Ran {
    keep: bool,
    reply: Reply,
}

enum Message {
    Job(Job),
    Stop,
}

/// What a write is like, beside what it does.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Bytes it will write, about.
    pub weight: usize,
    /// Watchers hear of it when it changes a row.
    pub loud: bool,
}

/// The queue's end that takes jobs.
pub struct Writer {
    queue: SyncSender<Message>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
    changes: watch::Sender<u64>,
}

impl Writer {
    /// Starts the thread. `waiting` bounds the queue.
    pub fn start(conn: Connection, waiting: usize, probe: Probe) -> std::io::Result<Self> {
        let (queue, inbox) = sync_channel(waiting);
        let changes = watch::Sender::new(0);
        let state = Thread {
            conn,
            changes: changes.clone(),
            unmoved: 0,
            probe,
        };
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || state.run(&inbox))?;
        Ok(Self {
            queue,
            thread: std::sync::Mutex::new(Some(thread)),
            changes,
        })
    }

    /// Counts commits that changed something.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Queues `act` and waits for its commit.
    pub async fn submit<T: Send + 'static>(
        &self,
        kind: Kind,
        act: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let run = move |conn: &Connection| {
            // A panic is a bug; the others in the group shall not pay for it.
            let result = catch_unwind(AssertUnwindSafe(|| act(conn)))
                .unwrap_or(Err(Fault::Refused(Code::Internal)));
            Ran {
                keep: result.is_ok(),
                reply: Box::new(move || {
                    // A caller that has gone away needs no answer.
                    let _ = answer.send(result);
                }),
            }
        };
        let job = Job {
            weight: kind.weight,
            loud: kind.loud,
            run: Box::new(run),
        };
        self.queue
            .try_send(Message::Job(job))
            .map_err(|error| match error {
                TrySendError::Full(_) => Refusal::from(Code::Busy),
                TrySendError::Disconnected(_) => Refusal::from(Code::Stopping),
            })?;
        match answered.await {
            Ok(result) => Ok(result?),
            Err(_) => Err(Code::Stopping.into()),
        }
    }

    /// Runs what is queued, moves the log into the database and ends the thread.
    pub fn stop(&self) {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = self.queue.send(Message::Stop);
            let _ = thread.join();
        }
    }
}

/// Lets a test stand between work and commit, and break the promise on purpose. Nothing in production.
#[derive(Default)]
pub struct Probe {
    #[cfg(test)]
    pub(crate) before_commit: Option<Box<dyn FnMut() + Send>>,
    #[cfg(test)]
    pub(crate) answer_early: bool,
}

impl Probe {
    #[cfg(test)]
    fn before_commit(&mut self, replies: &mut Vec<Reply>) {
        if self.answer_early {
            for reply in replies.drain(..) {
                reply();
            }
        }
        if let Some(act) = &mut self.before_commit {
            act();
        }
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the same face as in tests")]
    fn before_commit(&mut self, _: &mut Vec<Reply>) {}
}

struct Thread {
    conn: Connection,
    changes: watch::Sender<u64>,
    /// Bytes in the write-ahead log, about.
    unmoved: usize,
    probe: Probe,
}

impl Thread {
    fn run(mut self, inbox: &Receiver<Message>) {
        let mut group = Vec::with_capacity(GROUP);
        let mut stop = false;
        while !stop {
            match self.next(inbox) {
                Some(Message::Job(job)) => group.push(job),
                Some(Message::Stop) | None => break,
            }
            while group.len() < GROUP {
                match inbox.try_recv() {
                    Ok(Message::Job(job)) => group.push(job),
                    Ok(Message::Stop) => {
                        stop = true;
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.commit(&mut group);
            if self.unmoved > CHECKPOINT_BUSY {
                self.checkpoint("PASSIVE");
            }
        }
        self.checkpoint("TRUNCATE");
    }

    /// Waits for the next message; a pause is used to move the log, so that nobody waits for that.
    fn next(&mut self, inbox: &Receiver<Message>) -> Option<Message> {
        if self.unmoved > CHECKPOINT_IDLE {
            match inbox.recv_timeout(PAUSE) {
                Err(RecvTimeoutError::Timeout) => self.checkpoint("PASSIVE"),
                other => return other.ok(),
            }
        }
        inbox.recv().ok()
    }

    /// One transaction for the whole group; answers come after it.
    fn commit(&mut self, group: &mut Vec<Job>) {
        let mut replies: Vec<Reply> = Vec::with_capacity(group.len());
        let mut changed = false;
        self.must("begin", "BEGIN IMMEDIATE");
        for job in group.drain(..) {
            self.must("savepoint", "SAVEPOINT job");
            let before = self.conn.total_changes();
            let ran = (job.run)(&self.conn);
            // Some errors (a full disk, for one) end the whole transaction without a word.
            if self.conn.is_autocommit() {
                die("transaction-lost", "");
            }
            if ran.keep {
                self.must("release", "RELEASE job");
                if self.conn.total_changes() > before {
                    changed |= job.loud;
                    self.unmoved += job.weight;
                }
            } else {
                self.must("take-back", "ROLLBACK TO job");
                self.must("release", "RELEASE job");
            }
            replies.push(ran.reply);
        }
        self.probe.before_commit(&mut replies);
        self.must("commit", "COMMIT");
        self.unmoved += COMMIT_COST;
        // Before the answers: whoever has one can count on the watch having been told.
        if changed {
            self.changes.send_modify(|count| *count += 1);
        }
        for reply in replies {
            reply();
        }
    }

    /// Moves the write-ahead log into the database; readers that are in the way are left alone.
    fn checkpoint(&mut self, mode: &str) {
        let moved = self
            .conn
            .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
        if let Err(error) = moved {
            die("checkpoint", &error.to_string());
        }
        self.unmoved = 0;
    }

    fn must(&self, stage: &'static str, sql: &str) {
        let done = self
            .conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]));
        if let Err(error) = done {
            die(stage, &error.to_string());
        }
    }
}

/// What is on the disk is not known any more; going on would be a guess.
fn die(stage: &'static str, error: &str) -> ! {
    tracing::error!(stage, error, "store-lost");
    std::process::exit(EXIT_STORE)
}

/// Runs `act` in a savepoint of its own inside a job; an error takes back only what it did.
pub fn apart<T>(
    conn: &Connection,
    act: impl FnOnce() -> Result<T, Fault>,
) -> Result<Result<T, Fault>, Fault> {
    conn.prepare_cached("SAVEPOINT part")?.execute([])?;
    let result = act();
    if result.is_err() {
        conn.prepare_cached("ROLLBACK TO part")?.execute([])?;
    }
    conn.prepare_cached("RELEASE part")?.execute([])?;
    Ok(result)
}

/// The write-ahead log of a database file.
pub fn log_of(database: &Path) -> std::path::PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};

    const KIND: Kind = Kind {
        weight: 10,
        loud: true,
    };

    /// A writer that waits before each commit until it is let go, and tells when it waits.
    struct Gated {
        folder: tempfile::TempDir,
        writer: Arc<Writer>,
        waiting: Receiver<()>,
        go: Sender<()>,
        runtime: tokio::runtime::Runtime,
    }

    impl Gated {
        fn new(answer_early: bool, queue: usize) -> Self {
            let folder = tempfile::tempdir().expect("temporary folder");
            let conn = Connection::open(folder.path().join("db")).expect("a database");
            conn.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 CREATE TABLE t (n INTEGER PRIMARY KEY);",
            )
            .expect("a table");
            let (tell, waiting) = channel();
            let (go, gone) = channel();
            let probe = Probe {
                before_commit: Some(Box::new(move || {
                    let _ = tell.send(());
                    let _ = gone.recv();
                })),
                answer_early,
            };
            Self {
                folder,
                writer: Arc::new(Writer::start(conn, queue, probe).expect("a thread")),
                waiting,
                go,
                runtime: tokio::runtime::Runtime::new().expect("runtime"),
            }
        }

        fn submit(
            &self,
            act: impl FnOnce(&Connection) -> Result<(), Fault> + Send + 'static,
        ) -> tokio::task::JoinHandle<Result<(), Refusal>> {
            let writer = Arc::clone(&self.writer);
            self.runtime
                .spawn(async move { writer.submit(KIND, act).await })
        }

        fn insert(&self, n: i64) -> tokio::task::JoinHandle<Result<(), Refusal>> {
            self.submit(move |conn| {
                conn.execute("INSERT INTO t VALUES (?1)", [n])?;
                Ok(())
            })
        }

        fn wait(&self) {
            self.waiting
                .recv_timeout(Duration::from_secs(5))
                .expect("the writer comes to its commit");
        }

        fn let_go(&self) {
            self.go.send(()).expect("the writer waits");
        }

        /// What somebody else sees.
        fn rows(&self) -> Vec<i64> {
            let conn = Connection::open(self.folder.path().join("db")).expect("a database");
            let mut all = conn.prepare("SELECT n FROM t ORDER BY n").expect("a table");
            let rows = all.query_map([], |row| row.get(0)).expect("rows");
            rows.collect::<Result<_, _>>().expect("numbers")
        }

        /// Whether an answer came while the commit was still to do.
        fn answers_before_commit(&self) -> bool {
            let answer = self.insert(1);
            self.wait();
            std::thread::sleep(Duration::from_millis(200));
            assert!(self.rows().is_empty(), "not committed");
            let early = answer.is_finished();
            self.let_go();
            let late = self.runtime.block_on(answer).expect("no panic");
            assert_eq!(late, Ok(()));
            self.writer.stop();
            assert_eq!(self.rows(), [1]);
            early
        }
    }

    impl Drop for Gated {
        fn drop(&mut self) {
            // Enough for every group that may still come.
            for _ in 0..8 {
                let _ = self.go.send(());
            }
            self.writer.stop();
        }
    }

    #[test]
    fn no_answer_before_its_commit() {
        assert!(!Gated::new(false, 16).answers_before_commit());
    }

    #[test]
    fn the_test_above_can_fail() {
        assert!(Gated::new(true, 16).answers_before_commit());
    }

    #[test]
    fn one_bad_job_takes_back_only_itself() {
        let gated = Gated::new(false, 64);
        let changes = gated.writer.changes();
        let first = gated.insert(0);
        gated.wait();
        // All of these wait together and become one group.
        let good: Vec<_> = (1..=20).map(|n| gated.insert(n)).collect();
        let refused = gated.submit(|conn| {
            conn.execute("INSERT INTO t VALUES (100)", [])?;
            Err(Code::NotAllowed.into())
        });
        let twice = gated.insert(5);
        let broken = gated.submit(|conn| {
            conn.execute("INSERT INTO t VALUES (101)", [])?;
            panic!("a bug");
        });
        let more = gated.insert(21);
        std::thread::sleep(Duration::from_millis(200));
        gated.let_go();
        gated.wait();
        assert_eq!(gated.rows(), [0]);
        gated.let_go();

        let answer = |handle: tokio::task::JoinHandle<_>| {
            gated.runtime.block_on(handle).expect("the task runs")
        };
        assert_eq!(answer(first), Ok(()));
        let failed = good.into_iter().map(answer).filter(Result::is_err);
        // The number 5 is in twice: one of the two is refused, whichever came second.
        let failed = failed.count() + usize::from(answer(twice).is_err());
        assert_eq!(failed, 1);
        assert_eq!(answer(refused), Err(Code::NotAllowed.into()));
        assert_eq!(answer(broken), Err(Code::Internal.into()));
        assert_eq!(answer(more), Ok(()));
        assert_eq!(gated.rows(), (0..=21).collect::<Vec<_>>());
        assert_eq!(*changes.borrow(), 2, "two commits, two changes");
        assert!(gated.waiting.try_recv().is_err(), "and no third");
    }

    #[test]
    fn a_full_queue_is_busy_and_a_stopped_writer_says_so() {
        let gated = Gated::new(false, 2);
        let held = gated.insert(1);
        gated.wait();
        let queued = [gated.insert(2), gated.insert(3)];
        std::thread::sleep(Duration::from_millis(100));
        let refused = gated.runtime.block_on(gated.insert(4)).expect("runs");
        assert_eq!(refused, Err(Code::Busy.into()));
        gated.let_go();
        gated.let_go();
        assert_eq!(gated.runtime.block_on(held).expect("runs"), Ok(()));
        for answer in queued {
            assert_eq!(gated.runtime.block_on(answer).expect("runs"), Ok(()));
        }
        gated.writer.stop();
        let refused = gated.runtime.block_on(gated.insert(5)).expect("runs");
        assert_eq!(refused, Err(Code::Stopping.into()));
        assert_eq!(gated.rows(), [1, 2, 3]);
    }

    #[test]
    fn what_changes_nothing_is_no_change() {
        let gated = Gated::new(false, 4);
        let changes = gated.writer.changes();
        let nothing = gated.submit(|conn| {
            conn.execute("DELETE FROM t WHERE n = 7", [])?;
            Ok(())
        });
        gated.wait();
        gated.let_go();
        assert_eq!(gated.runtime.block_on(nothing).expect("runs"), Ok(()));
        assert_eq!(*changes.borrow(), 0);
    }
}
