//! The floor: only what physics asks of a record that must be sealed, kept and sent.
//!
//! Seals with the same cipher, one durable SQLite transaction on the phone, one HTTP POST over the
//! loopback, one durable SQLite transaction on the server. Each record has a random identifier that
//! the server takes once: without it nothing arrives exactly once. No padding, no chain, no HTTP
//! library, no protocol. A PHQ-9 is two records here too: one at its safety item and one at the end,
//! of one size, is what the product promises and not what a protocol costs.
//!
//! The server has a thread for each connection and one database, into which it commits one request
//! after the other.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::line::{Line, answer, message};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::Connection;

/// Records of one check-in.
pub const EACH: usize = 2;
/// Bytes of one record: a PHQ-9 with its time and form, as JSON.
pub const RECORD: usize = 400;

/// Bytes of an identifier.
const ID: usize = 16;

/// A record as it is kept and sent.
type Record<'a> = (&'a [u8], &'a [u8]);

/// A database with the durability that both sides promise. Made before the clock starts, as
/// Handrail's own stores are.
pub fn database(path: &Path) -> Connection {
    let database = Connection::open(path).expect("a database");
    database
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
             CREATE TABLE IF NOT EXISTS record (
                 seq INTEGER PRIMARY KEY, id BLOB NOT NULL, sealed BLOB NOT NULL);",
        )
        .expect("a table");
    database
}

fn insert<'a>(database: &mut Connection, records: impl Iterator<Item = Record<'a>>) {
    let transaction = database.transaction().expect("a transaction");
    {
        let mut statement = transaction
            .prepare_cached(
                "INSERT INTO record (id, sealed) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )
            .expect("a statement");
        for record in records {
            statement.execute(record).expect("inserted");
        }
    }
    transaction.commit().expect("committed");
}

fn key() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[7; 32]).expect("32 bytes"))
}

fn nonce(number: usize) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// A server of one table: `POST` stores, `GET` returns everything.
pub struct Server {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Over a fresh database file.
    pub fn start(path: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let database = database(path);
        database
            .execute_batch("CREATE UNIQUE INDEX IF NOT EXISTS record_id ON record (id)")
            .expect("an index");
        let database = Arc::new(Mutex::new(database));
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    break;
                }
                let stream = stream.expect("a connection");
                stream.set_nodelay(true).expect("a socket");
                let database = Arc::clone(&database);
                std::thread::spawn(move || serve(stream, &database));
            }
        });
        Self {
            address,
            ended,
            thread: Some(thread),
        }
    }

    fn line(&self) -> Line {
        Line::to(self.address)
    }
}

/// Answers one connection until it is closed.
fn serve(mut stream: TcpStream, database: &Mutex<Connection>) {
    while let Some((head, body)) = message(&mut stream) {
        let mut database = database.lock().expect("no thread panics");
        let told = if head.starts_with("POST") {
            insert(&mut database, frames(&body));
            Vec::new()
        } else {
            everything(&database)
        };
        drop(database);
        answer(&mut stream, &told);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Each record behind its identifier and length.
fn frames(mut body: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (id, rest) = body.split_at_checked(ID)?;
        let (length, rest) = rest.split_at_checked(4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        let (sealed, rest) = rest.split_at_checked(length)?;
        body = rest;
        Some((id, sealed))
    })
}

fn framed<'a>(records: impl Iterator<Item = Record<'a>>) -> Vec<u8> {
    let mut body = Vec::new();
    for (id, sealed) in records {
        let length = u32::try_from(sealed.len()).expect("small records");
        body.extend_from_slice(id);
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(sealed);
    }
    body
}

fn everything(database: &Connection) -> Vec<u8> {
    let mut statement = database
        .prepare_cached("SELECT id, sealed FROM record ORDER BY seq")
        .expect("a statement");
    let rows: Vec<(Vec<u8>, Vec<u8>)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect();
    framed(rows.iter().map(|(id, sealed)| (&id[..], &sealed[..])))
}

/// So many records, sealed, each under a random identifier.
fn sealed(count: usize) -> Vec<([u8; ID], Vec<u8>)> {
    let key = key();
    let record = vec![b'x'; RECORD];
    let random = SystemRandom::new();
    (0..count)
        .map(|number| {
            let mut id = [0; ID];
            random.fill(&mut id).expect("random numbers");
            let mut bytes = record.clone();
            key.seal_in_place_append_tag(nonce(number), Aad::empty(), &mut bytes)
                .expect("sealed");
            (id, bytes)
        })
        .collect()
}

/// Seals `count` records, keeps them durably, sends them in one POST.
pub fn push(server: &Server, phone: &mut Connection, count: usize) {
    push_over(&mut server.line(), phone, count);
}

fn push_over(line: &mut Line, phone: &mut Connection, count: usize) {
    let sealed = sealed(count);
    let records = || sealed.iter().map(|(id, sealed)| (&id[..], &sealed[..]));
    insert(phone, records());
    line.ask("POST / HTTP/1.1", "", &framed(records()));
}

/// The same for `count` check-ins one by one, over one connection.
pub fn push_one_by_one(server: &Server, phone: &mut Connection, count: usize) -> Duration {
    let mut line = server.line();
    let begun = Instant::now();
    for _ in 0..count {
        push_over(&mut line, phone, EACH);
    }
    begun.elapsed()
}

/// `clients` connections at once, each sending `each` check-ins one by one. Only the server keeps them.
pub fn push_by_many(server: &Server, clients: usize, each: usize) -> Duration {
    let ready = Barrier::new(clients + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|_| {
                let mut line = server.line();
                let bodies: Vec<Vec<u8>> = (0..each)
                    .map(|_| {
                        let sealed = sealed(EACH);
                        framed(sealed.iter().map(|(id, sealed)| (&id[..], &sealed[..])))
                    })
                    .collect();
                let ready = &ready;
                scope.spawn(move || {
                    ready.wait();
                    for body in &bodies {
                        line.ask("POST / HTTP/1.1", "", body);
                    }
                })
            })
            .collect();
        ready.wait();
        let begun = Instant::now();
        for thread in threads {
            thread.join().expect("no client panics");
        }
        begun.elapsed()
    })
}

/// Fetches everything in one GET, keeps it durably, opens each record. Returns how many.
pub fn pull(server: &Server, phone: &mut Connection) -> usize {
    let key = key();
    let body = server.line().ask("GET / HTTP/1.1", "", &[]);
    insert(phone, frames(&body));
    let mut opened = 0;
    for (number, (_, sealed)) in frames(&body).enumerate() {
        let mut bytes = sealed.to_vec();
        let plain = key
            .open_in_place(nonce(number), Aad::empty(), &mut bytes)
            .expect("our own seal");
        opened += usize::from(plain.len() == RECORD);
    }
    opened
}
