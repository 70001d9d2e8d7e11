//! HTTP/1.1 messages with lengths, as bytes.

use std::io::{BufRead, Read};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// Path below the origin.
    pub path: String,
    /// Its header fields, names in small letters.
    pub fields: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Header fields but for the length.
    pub fields: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with header fields.
    pub fn new(status: u16, fields: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            status,
            fields: fields.collect(),
            body: body.into(),
        }
    }

    /// A page of somebody in between.
    pub fn page(status: u16) -> Self {
        let page = "<!doctype html><title>Welcome to our Wi-Fi</title><p>Please sign in.</p>";
        Self::new(status, &[("content-type", "text/html")], page)
    }

    /// As it travels.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {} X\r\n", self.status).into_bytes();
        write_fields(&mut bytes, &self.fields);
        if self.status != 204 {
            let length = format!("content-length: {}\r\n", self.body.len());
            bytes.extend_from_slice(length.as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl Request {
    /// As it travels, on a connection of its own.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        write_fields(&mut bytes, &self.fields);
        let length = format!(
            "content-length: {}\r\nconnection: close\r\n\r\n",
            self.body.len()
        );
        bytes.extend_from_slice(length.as_bytes());
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

fn write_fields(bytes: &mut Vec<u8>, fields: &[(String, String)]) {
    for (name, value) in fields {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
}

/// Fields that belong to one connection, or are written anew.
fn is_of_connection(name: &str) -> bool {
    matches!(name, "connection" | "content-length" | "keep-alive")
}

/// Names in small letters, and values.
type Fields = Vec<(String, String)>;

/// Start line, fields and body length of a message.
fn read_head(reader: &mut impl BufRead) -> Option<(String, Fields, usize)> {
    let line = read_line(reader)?;
    let mut fields = Vec::new();
    let mut length = 0;
    loop {
        let field = read_line(reader)?;
        if field.is_empty() {
            return Some((line, fields, length));
        }
        let (name, value) = field.split_once(':')?;
        let (name, value) = (name.trim().to_lowercase(), value.trim().to_owned());
        if name == "content-length" {
            length = value.parse().ok()?;
        }
        assert_ne!(name, "transfer-encoding", "messages of ours have lengths");
        if !is_of_connection(&name) {
            fields.push((name, value));
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

fn read_body(reader: &mut impl Read, length: usize) -> Option<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

/// The next request of a connection; `None` when it ended.
pub fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let (line, fields, length) = read_head(reader)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some(Request {
        method,
        path,
        fields,
        body: read_body(reader, length)?,
    })
}

/// The answer to a request.
pub fn read_answer(reader: &mut impl BufRead) -> Option<Answer> {
    let (line, fields, length) = read_head(reader)?;
    let status = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(Answer {
        status,
        fields,
        body: read_body(reader, length)?,
    })
}
