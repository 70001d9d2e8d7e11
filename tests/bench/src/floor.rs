//! The floor: only what physics asks of a record that must be sealed, kept and sent.
//!
//! Seals with the same cipher, one durable SQLite transaction on the phone, one HTTP POST over the
//! loopback, one durable SQLite transaction on the server. Each record has a random identifier that
//! the server takes once: without it nothing arrives exactly once. No padding, no chain, no HTTP
//! library, no protocol. A PHQ-9 is two records here too: one at its safety item and one at the end,
//! of one size, is what the product promises and not what a protocol costs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;

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
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Over a fresh database file.
    pub fn start(path: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let mut database = database(path);
        database
            .execute_batch("CREATE UNIQUE INDEX IF NOT EXISTS record_id ON record (id)")
            .expect("an index");
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                match request(&mut stream) {
                    Some(("POST", body)) => {
                        insert(&mut database, frames(&body));
                        answer(&mut stream, &[]);
                    }
                    Some(("GET", _)) => answer(&mut stream, &everything(&database)),
                    _ => break,
                }
            }
        });
        Self {
            address,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(self.address) {
            let _ = stream.write_all(b"QUIT / HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
        }
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

fn request(stream: &mut TcpStream) -> Option<(&'static str, Vec<u8>)> {
    let (head, body) = message(stream)?;
    let method = if head.starts_with("POST") {
        "POST"
    } else if head.starts_with("GET") {
        "GET"
    } else {
        return None;
    };
    Some((method, body))
}

/// Head and body of one HTTP/1.1 message with a content length.
fn message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(1 << 20);
    let mut chunk = vec![0; 1 << 16];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let read = stream.read(&mut chunk).ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&chunk[..read]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?
        .parse()
        .ok()?;
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let read = stream.read(&mut chunk).ok()?;
        if read == 0 {
            return None;
        }
        body.extend_from_slice(&chunk[..read]);
    }
    Some((head, body))
}

fn answer(stream: &mut TcpStream, body: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
}

fn ask(address: SocketAddr, method: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the floor's server");
    let head = format!(
        "{method} / HTTP/1.1\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    message(&mut stream).expect("an answer").1
}

/// Seals `count` records, keeps them durably, sends them in one POST.
pub fn push(server: &Server, phone: &mut Connection, count: usize) {
    let key = key();
    let record = vec![b'x'; RECORD];
    let random = SystemRandom::new();
    let sealed: Vec<([u8; ID], Vec<u8>)> = (0..count)
        .map(|number| {
            let mut id = [0; ID];
            random.fill(&mut id).expect("random numbers");
            let mut bytes = record.clone();
            key.seal_in_place_append_tag(nonce(number), Aad::empty(), &mut bytes)
                .expect("sealed");
            (id, bytes)
        })
        .collect();
    let records = || sealed.iter().map(|(id, sealed)| (&id[..], &sealed[..]));
    insert(phone, records());
    ask(server.address, "POST", &framed(records()));
}

/// Fetches everything in one GET, keeps it durably, opens each record. Returns how many.
pub fn pull(server: &Server, phone: &mut Connection) -> usize {
    let key = key();
    let body = ask(server.address, "GET", &[]);
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
