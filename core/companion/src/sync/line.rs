//! One HTTP/1.1 connection to the clinic's server.
//!
//! Owns sockets, TLS, and the framing of one request and its answer: all that a phone asks of HTTP, in a twentieth
//! of the code of a general client (docs/adr/0022). Refuses what it need not understand: redirects, proxies,
//! encodings, upgrades, two answers under way.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use httparse::Status;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// Bytes of an answer's status line and fields, and of a line of a chunked body.
const HEAD: usize = 64 * 1024;
/// Fields of an answer.
const FIELDS: usize = 64;
/// What one read of a body takes.
const PIECE: usize = 64 * 1024;

/// How long things may take.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// Until connected, to all addresses together.
    pub connect: Duration,
    /// Until the answer's head is there, and between two pieces of its body.
    pub silence: Duration,
    /// For the whole body.
    pub body: Duration,
}

/// A request.
pub(super) struct Request<'a> {
    pub path: &'a str,
    pub bearer: Option<&'a str>,
    /// Type and bytes of what is posted; `None` gets.
    pub post: Option<(&'a str, &'a [u8])>,
}

/// An answer.
pub(super) struct Answer {
    pub status: u16,
    pub content_type: String,
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
    /// Cut at the bound.
    pub too_large: bool,
}

/// Where a server is: `https://HOST[:PORT]` taken apart.
struct Place<'a> {
    secure: bool,
    /// As the `Host` field has it.
    authority: &'a str,
    host: &'a str,
    port: u16,
}

impl<'a> Place<'a> {
    /// Of an origin that `parse_origin` has checked.
    fn of(origin: &'a str) -> Option<Self> {
        let (scheme, authority) = origin.split_once("://")?;
        let secure = scheme == "https";
        let usual = if secure { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            // The colon of an IPv6 address stands inside its brackets.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some(Self {
            secure,
            authority,
            host,
            port,
        })
    }
}

enum Stream {
    Plain(TcpStream),
    Secure(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Secure(stream) => &stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Secure(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Secure(stream) => stream.flush(),
        }
    }
}

/// A connection that stays open from one request to the next.
pub(super) struct Line {
    tls: Arc<ClientConfig>,
    patience: Patience,
    /// To which origin, and what is read ahead.
    open: Option<(String, BufReader<Stream>)>,
}

impl Line {
    pub fn new(tls: Arc<ClientConfig>, patience: Patience) -> Self {
        Self {
            tls,
            patience,
            open: None,
        }
    }

    /// Asks and waits for the answer; at most `bound` bytes of its body, by its status.
    pub fn ask(
        &mut self,
        origin: &str,
        request: &Request<'_>,
        bound: impl Fn(u16) -> usize,
    ) -> io::Result<Answer> {
        let kept = self.open.take().filter(|(known, _)| known == origin);
        if let Some((_, stream)) = kept {
            match self.exchange(origin, stream, request, &bound) {
                // A connection that the server has closed since: nothing was asked yet.
                Err(error) if is_stale(&error) => {}
                done => return done,
            }
        }
        let stream = BufReader::new(self.connect(origin)?);
        self.exchange(origin, stream, request, &bound)
    }

    fn exchange(
        &mut self,
        origin: &str,
        mut stream: BufReader<Stream>,
        request: &Request<'_>,
        bound: &impl Fn(u16) -> usize,
    ) -> io::Result<Answer> {
        let place = Place::of(origin).ok_or(ErrorKind::InvalidInput)?;
        let written = frame(&place, request);
        let socket = stream.get_ref().socket();
        socket.set_write_timeout(Some(self.patience.silence))?;
        socket.set_read_timeout(Some(self.patience.silence))?;
        stream.get_mut().write_all(&written)?;
        stream.get_mut().flush()?;
        let mut timed = Timed {
            stream: &mut stream,
            until: Instant::now() + self.patience.silence,
        };
        match timed.fill_buf() {
            // Closed before a byte of an answer.
            Ok([]) => return Err(ErrorKind::ConnectionAborted.into()),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(ErrorKind::ConnectionAborted.into());
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        let head = read_head(&mut timed)?;
        timed.until = Instant::now() + self.patience.body;
        let (answer, whole) = read_answer(&mut timed, head, bound)?;
        if whole {
            self.open = Some((origin.to_owned(), stream));
        }
        Ok(answer)
    }

    /// Tries each address of the host. The first ones may not use up all the time.
    fn connect(&self, origin: &str) -> io::Result<Stream> {
        let place = Place::of(origin).ok_or(ErrorKind::InvalidInput)?;
        let until = Instant::now() + self.patience.connect;
        let addresses: Vec<_> = (place.host, place.port).to_socket_addrs()?.collect();
        let mut last = io::Error::from(ErrorKind::NotFound);
        for (tried, address) in addresses.iter().enumerate() {
            let left = until.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(addresses.len() - tried).unwrap_or(1);
            if share.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            match TcpStream::connect_timeout(address, share) {
                Ok(socket) => return self.secured(&place, socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn secured(&self, place: &Place<'_>, socket: TcpStream) -> io::Result<Stream> {
        socket.set_nodelay(true)?;
        if !place.secure {
            return Ok(Stream::Plain(socket));
        }
        let name = ServerName::try_from(place.host.to_owned()).map_err(io::Error::other)?;
        let connection = ClientConnection::new(self.tls.clone(), name).map_err(io::Error::other)?;
        Ok(Stream::Secure(Box::new(StreamOwned::new(
            connection, socket,
        ))))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some((_, stream)) = &self.open {
            // It may be closed already.
            let _ = stream.get_ref().socket().shutdown(Shutdown::Both);
        }
    }
}

/// The connection was gone before a byte of an answer came.
fn is_stale(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BrokenPipe
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
    )
}

/// Reads until a moment, and each time no longer than the socket waits.
struct Timed<'a> {
    stream: &'a mut BufReader<Stream>,
    until: Instant,
}

impl Timed<'_> {
    fn in_time(&self) -> io::Result<()> {
        if Instant::now() >= self.until {
            return Err(ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.in_time()?;
        self.stream.read(buffer)
    }
}

impl BufRead for Timed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.in_time()?;
        self.stream.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.stream.consume(count);
    }
}

/// The bytes of a request. What goes into its fields was checked or made by us; a line break in one would
/// end it, so there is none.
fn frame(place: &Place<'_>, request: &Request<'_>) -> Vec<u8> {
    let plain = |text: &str| -> String { text.chars().filter(|sign| !sign.is_control()).collect() };
    let method = if request.post.is_some() {
        "POST"
    } else {
        "GET"
    };
    let (path, host) = (plain(request.path), plain(place.authority));
    let bearer = request.bearer.map_or_else(String::new, |bearer| {
        format!("authorization: Bearer {}\r\n", plain(bearer))
    });
    let (kind, body) = request.post.map_or_else(Default::default, |(kind, body)| {
        let (kind, length) = (plain(kind), body.len());
        let fields = format!("content-type: {kind}\r\ncontent-length: {length}\r\n");
        (fields, body)
    });
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\naccept: */*\r\n{bearer}{kind}\r\n");
    [head.as_bytes(), body].concat()
}

/// How an answer's body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Empty,
    Length(u64),
    Chunked,
    /// It ends with the connection.
    ToTheEnd,
}

/// An answer's head.
#[derive(Debug)]
struct Head {
    status: u16,
    content_type: String,
    retry_after: Option<String>,
    framing: Framing,
    /// The server keeps the connection.
    stays: bool,
}

fn malformed() -> io::Error {
    ErrorKind::InvalidData.into()
}

/// One line with its end, of at most [`HEAD`] bytes.
fn read_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    let begun = line.len();
    let room = HEAD.saturating_sub(begun) as u64;
    Read::by_ref(from).take(room).read_until(b'\n', line)?;
    if line.len() > begun && line.ends_with(b"\n") {
        return Ok(());
    }
    Err(ErrorKind::UnexpectedEof.into())
}

/// The head of the final answer; those that only say "go on" are passed over.
fn read_head(from: &mut impl BufRead) -> io::Result<Head> {
    loop {
        let mut head = Vec::new();
        loop {
            let begun = head.len();
            read_line(from, &mut head)?;
            if matches!(&head[begun..], b"\r\n" | b"\n") {
                break;
            }
        }
        let head = parse_head(&head)?;
        if !(100..200).contains(&head.status) {
            return Ok(head);
        }
        if head.status == 101 {
            return Err(malformed());
        }
    }
}

fn parse_head(bytes: &[u8]) -> io::Result<Head> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    if !matches!(parsed.parse(bytes), Ok(Status::Complete(_))) {
        return Err(malformed());
    }
    let (Some(status), Some(version)) = (parsed.code, parsed.version) else {
        return Err(malformed());
    };
    let fields = &*parsed.headers;
    let all = |name: &'static str| {
        let named = fields.iter();
        named
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| std::str::from_utf8(field.value).map_or("", str::trim))
    };
    let first = |name| all(name).next().map(str::to_owned);
    let says = |name, word: &str| {
        let mut words = all(name).flat_map(|value| value.split(','));
        words.any(|said| said.trim().eq_ignore_ascii_case(word))
    };
    let framing = if matches!(status, 100..200 | 204 | 304) {
        Framing::Empty
    } else if all("transfer-encoding").next().is_some() {
        // Any other encoding was not asked for.
        match all("transfer-encoding").collect::<Vec<_>>().as_slice() {
            [one] if one.eq_ignore_ascii_case("chunked") => Framing::Chunked,
            _ => return Err(malformed()),
        }
    } else {
        let mut lengths = all("content-length");
        match lengths.next() {
            None => Framing::ToTheEnd,
            Some(length) => {
                let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
                // Two that differ: somebody in between reads another body than we do.
                if !digits || lengths.any(|other| other != length) {
                    return Err(malformed());
                }
                Framing::Length(length.parse().map_err(|_| malformed())?)
            }
        }
    };
    if all("content-encoding").any(|value| !value.eq_ignore_ascii_case("identity")) {
        return Err(malformed());
    }
    Ok(Head {
        status,
        content_type: first("content-type").unwrap_or_default(),
        retry_after: first("retry-after"),
        framing,
        stays: version == 1 && !says("connection", "close") && framing != Framing::ToTheEnd,
    })
}

/// Reads the body behind a head. Also says whether another request can follow on this connection.
fn read_answer(
    from: &mut impl BufRead,
    head: Head,
    bound: &impl Fn(u16) -> usize,
) -> io::Result<(Answer, bool)> {
    let bound = bound(head.status);
    let mut body = Body {
        bytes: Vec::new(),
        bound,
    };
    let whole = match head.framing {
        Framing::Empty => true,
        Framing::Length(length) => body.take(from, length)?,
        Framing::Chunked => body.take_chunks(from)?,
        Framing::ToTheEnd => body.take_all(from)?,
    };
    let answer = Answer {
        status: head.status,
        content_type: head.content_type,
        retry_after: head.retry_after,
        body: body.bytes,
        too_large: !whole,
    };
    Ok((answer, whole && head.stays))
}

struct Body {
    bytes: Vec<u8>,
    bound: usize,
}

impl Body {
    /// Takes what is there of `most` bytes; how many, and false when there is no room for more.
    fn piece(&mut self, from: &mut impl BufRead, most: u64) -> io::Result<(u64, bool)> {
        let there = from.fill_buf()?;
        let count = there.len().min(PIECE);
        let count = usize::try_from(most).map_or(count, |most| count.min(most));
        let fits = count.min(self.bound - self.bytes.len());
        self.bytes.extend_from_slice(&there[..fits]);
        from.consume(count);
        Ok((count as u64, fits == count))
    }

    /// So many bytes; false when they do not fit.
    fn take(&mut self, from: &mut impl BufRead, mut left: u64) -> io::Result<bool> {
        while left > 0 {
            let (count, fits) = self.piece(from, left)?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if !fits {
                return Ok(false);
            }
            left -= count;
        }
        Ok(true)
    }

    fn take_all(&mut self, from: &mut impl BufRead) -> io::Result<bool> {
        loop {
            match self.piece(from, u64::MAX)? {
                (0, _) => return Ok(true),
                (_, false) => return Ok(false),
                (_, true) => {}
            }
        }
    }

    fn take_chunks(&mut self, from: &mut impl BufRead) -> io::Result<bool> {
        let mut line = Vec::new();
        loop {
            line.clear();
            read_line(from, &mut line)?;
            let Ok(Status::Complete((_, size))) = httparse::parse_chunk_size(&line) else {
                return Err(malformed());
            };
            if size == 0 {
                break;
            }
            if !self.take(from, size)? {
                return Ok(false);
            }
            line.clear();
            read_line(from, &mut line)?;
            if line != b"\r\n" {
                return Err(malformed());
            }
        }
        // What follows the last chunk, up to an empty line, is of no use here.
        let mut trailer = Vec::new();
        loop {
            let begun = trailer.len();
            read_line(from, &mut trailer)?;
            if &trailer[begun..] == b"\r\n" {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests;
