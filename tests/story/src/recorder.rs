//! A recorder on the wire: forwards between one client and a server, and keeps every round trip as somebody
//! on the network would see it who could look into TLS: lines, lengths, order, connections.
//!
//! Owns reading HTTP/1.1 with `Content-Length`, which is what our client and server speak. Alters nothing.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    /// A new connection was opened for it.
    pub new_connection: bool,
    /// Method and path.
    pub line: String,
    /// Bytes of the request's head, and its body.
    pub sent: (usize, Vec<u8>),
    /// Bytes of the answer's head and body.
    pub received: (usize, usize),
}

/// A recording listener on the loopback.
pub struct Recorder {
    origin: String,
    trips: Arc<Mutex<Vec<Trip>>>,
}

/// A message as it went over the wire.
struct Message {
    head: String,
    body: Vec<u8>,
}

impl Recorder {
    /// In front of a server on this port. Its threads end with the process.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let trips = Arc::new(Mutex::new(Vec::new()));
        let kept = trips.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let kept = kept.clone();
                std::thread::spawn(move || forward(&client, port, &kept));
            }
        });
        Self {
            origin: format!("http://{address}"),
            trips,
        }
    }

    /// What the client connects to.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The round trips since the last call.
    pub fn take(&self) -> Vec<Trip> {
        let mut trips = self.trips.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *trips)
    }
}

fn forward(client: &TcpStream, port: u16, trips: &Mutex<Vec<Trip>>) -> Option<()> {
    let server = TcpStream::connect(("127.0.0.1", port)).ok()?;
    for stream in [client, &server] {
        stream.set_nodelay(true).ok()?;
    }
    let mut from_client = BufReader::new(client);
    let mut from_server = BufReader::new(&server);
    let (mut to_client, mut to_server) = (client, &server);
    let mut new_connection = true;
    loop {
        let request = read(&mut from_client)?;
        to_server.write_all(request.head.as_bytes()).ok()?;
        to_server.write_all(&request.body).ok()?;
        let answer = read(&mut from_server)?;
        let line = request.head.lines().next().unwrap_or_default();
        let trip = Trip {
            new_connection,
            line: line.to_owned(),
            sent: (request.head.len(), request.body),
            received: (answer.head.len(), answer.body.len()),
        };
        // Kept before the client hears the answer: whoever asked then finds it here.
        trips
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(trip);
        to_client.write_all(answer.head.as_bytes()).ok()?;
        to_client.write_all(&answer.body).ok()?;
        new_connection = false;
    }
}

fn read(from: &mut impl BufRead) -> Option<Message> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let start = head.len();
        if from.read_line(&mut head).ok()? == 0 {
            return None;
        }
        let line = head[start..].trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    Some(Message { head, body })
}
