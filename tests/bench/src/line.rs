//! HTTP/1.1 over one connection that stays open, and nothing else: what a request costs at least.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A client's connection.
pub struct Line(TcpStream);

impl Line {
    /// Connects.
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a server");
        stream.set_nodelay(true).expect("a socket");
        Self(stream)
    }

    /// One request and the body of its answer. `first` is the request line, `fields` further lines of the
    /// head, each with its end.
    pub fn ask(&mut self, first: &str, fields: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("{first}\r\n{fields}content-length: {}\r\n\r\n", body.len());
        send(&mut self.0, &head, body);
        message(&mut self.0).expect("an answer").1
    }
}

/// A server's answer.
pub fn answer(stream: &mut TcpStream, body: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    send(stream, &head, body);
}

/// Small ones in one piece; large ones are not copied for that.
fn send(stream: &mut TcpStream, head: &str, body: &[u8]) {
    if body.len() < 16 * 1024 {
        let whole = [head.as_bytes(), body].concat();
        stream.write_all(&whole).expect("sent");
    } else {
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
    }
}

/// Head and body of one HTTP/1.1 message with a content length; `None` when the other side is done.
pub fn message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(4096);
    let mut chunk = [0; 1 << 14];
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
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let length: usize = length.unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    let there = body.len();
    body.resize(length.max(there), 0);
    stream.read_exact(&mut body[there..]).ok()?;
    Some((head, body))
}
