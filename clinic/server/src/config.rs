//! What an operator decides, and every bound of the process in one place.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How the server runs. [`Config::new`] has the defaults of the command line.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of the database; made when it is not there.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate and key; without them plain HTTP.
    pub tls: Option<TlsFiles>,
    /// A proxy in front ends TLS, keeps the `Host` header and appends the caller's address to
    /// `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Folder of the built console.
    pub console: Option<PathBuf>,
    /// Where to leave the set-up code, readable by the owner alone.
    pub setup_code_file: Option<PathBuf>,
    /// Makes another set-up code although one was printed before.
    pub new_setup_code: bool,
    /// A staff session ends after so long without a request.
    pub idle: Duration,
    /// Bounds.
    pub bounds: Bounds,
    /// The clock; tests put it forward.
    pub clock: Clock,
}

impl Config {
    /// Defaults: loopback port 7280, sessions of 15 idle minutes.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 7280)),
            tls: None,
            behind_proxy: false,
            console: None,
            setup_code_file: None,
            new_setup_code: false,
            idle: Duration::from_secs(15 * 60),
            bounds: Bounds::default(),
            clock: Clock::system(),
        }
    }
}

/// PEM files.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// A staff session ends this long after its login, used or not, in milliseconds.
pub const SESSION_MS: i64 = 12 * 60 * 60 * 1000;

/// Every bound of the process.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections at once; more wait in the kernel's queue.
    pub connections: usize,
    /// Streams of `/v1/watch` at once.
    pub watchers: usize,
    /// Writes that wait for the writer; more are refused with `busy`.
    pub queued_writes: usize,
    /// Connections to the database for reading.
    pub readers: usize,
    /// Bytes of request bodies in memory at once; more are refused with `busy`.
    pub body_memory: usize,
    /// A TLS handshake, and the head of a request, must arrive within this; also the longest pause
    /// between two requests of one connection.
    pub head_time: Duration,
    /// A body must arrive within this.
    pub body_time: Duration,
    /// Longest pause while a body arrives.
    pub body_pause: Duration,
    /// Longest time for the work itself.
    pub work_time: Duration,
    /// A connection on which not one byte moves for this long is closed.
    pub quiet_time: Duration,
    /// What is under way at the stop may take this long.
    pub stop_time: Duration,
    /// Least time between two events of one watcher.
    pub watch_gap: Duration,
    /// Time between two signs of life of a watch stream, and between two looks at its session.
    pub watch_beat: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 900,
            watchers: 256,
            queued_writes: 512,
            readers: 4,
            body_memory: 256 * 1024 * 1024,
            head_time: Duration::from_secs(20),
            body_time: Duration::from_secs(60),
            body_pause: Duration::from_secs(15),
            work_time: Duration::from_secs(30),
            quiet_time: Duration::from_secs(90),
            stop_time: Duration::from_secs(10),
            watch_gap: Duration::from_millis(200),
            watch_beat: Duration::from_secs(15),
        }
    }
}

/// Tells epoch milliseconds.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::from_fn(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| i64::try_from(since.as_millis()).ok())
                .unwrap_or(0)
        })
    }

    /// Another clock.
    pub fn from_fn(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Epoch milliseconds.
    pub fn now(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
