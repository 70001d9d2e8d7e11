//! Clients without manners: they speak the protocol by hand, hold real keys and write whatever they like.
//!
//! Owns HTTP, sealing and signing of its own, so that nothing that the product's clients refuse to do
//! stands in the way of an attack. Decides nothing: what comes of it is for the test to say.

mod actor;
pub mod seal;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use handrail_wire::path;
use handrail_wire::problem::{Code, Problem};
use minicbor::{Decode, Encode};

pub use actor::{Account, Actor};

/// What a caller shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// Nothing.
    Nothing,
    /// A phone's token.
    Token(String),
    /// A session cookie.
    Cookie(String),
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Head lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body; empty for a stream, which is left alone.
    pub body: Vec<u8>,
}

impl Answer {
    /// The stable code of a refusal.
    pub fn code(&self) -> Option<Code> {
        let problem: Problem = serde_json::from_slice(&self.body).ok()?;
        Code::parse(&problem.code)
    }

    /// The message.
    ///
    /// # Panics
    ///
    /// When it is a refusal, or no such message.
    pub fn message<T: for<'b> Decode<'b, ()>>(&self) -> T {
        assert_eq!(self.status, 200, "{:?}", self.code());
        handrail_wire::decode(&self.body).expect("a message of the protocol")
    }

    /// A cookie that was set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.iter().filter(|(key, _)| key == "set-cookie");
        lines
            .filter_map(|(_, value)| value.split(';').next()?.split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.to_owned())
    }
}

/// One request to the server on this port, over a connection of its own.
///
/// # Panics
///
/// When no answer comes.
pub fn send(port: u16, method: &str, path: &str, shows: &Shows, body: Option<&[u8]>) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    let patience = Some(Duration::from_secs(30));
    stream.set_read_timeout(patience).expect("a time");
    let credential = match shows {
        Shows::Nothing => String::new(),
        Shows::Token(token) => format!("Authorization: Bearer {token}\r\n"),
        Shows::Cookie(cookie) => format!("Cookie: {}={cookie}\r\n", path::COOKIE),
    };
    let length = body.map_or(String::new(), |body| {
        format!(
            "Content-Type: {}\r\nContent-Length: {}\r\n",
            path::CBOR,
            body.len()
        )
    });
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{credential}{length}\r\n"
    );
    stream
        .write_all(head.as_bytes())
        .expect("the head is taken");
    stream
        .write_all(body.unwrap_or_default())
        .expect("the body is taken");
    read(&mut stream).expect("an answer")
}

/// A message by a caller.
pub fn post<T: Encode<()>>(port: u16, path: &str, shows: &Shows, message: &T) -> Answer {
    let body = handrail_wire::encode(message);
    send(port, "POST", path, shows, Some(&body))
}

fn read(stream: &mut TcpStream) -> Option<Answer> {
    let mut all = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    let end = loop {
        if let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut chunk).ok()? {
            0 => return None,
            read => all.extend_from_slice(&chunk[..read]),
        }
    };
    let head = std::str::from_utf8(&all[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let is_stream = headers
        .iter()
        .any(|(name, value)| name == "content-type" && value == "text/event-stream");
    let mut body = all.split_off(end + 4);
    if is_stream {
        body.clear();
    } else {
        stream.read_to_end(&mut body).ok()?;
    }
    Some(Answer {
        status,
        headers,
        body,
    })
}
