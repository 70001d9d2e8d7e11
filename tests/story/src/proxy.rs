//! A bad network between phones or consoles and a real server: an HTTP proxy on the loopback that does to
//! each request what a test asks of it.
//!
//! Owns delivering, losing, cutting, repeating and putting off messages, and answering in the server's
//! place. Knows HTTP/1.1 with lengths, which is what clients and server of ours speak on these paths, and
//! nothing of what the messages say: [`Proxy::tamper`] decodes them for tests of a hostile server.

mod message;

use std::collections::HashMap;
use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use handrail_wire::path;
use handrail_wire::sync::{SyncRequest, SyncResponse};

pub use message::{Answer, Request};

/// The longest that a test may let a client hang.
const LONGEST_HANG: Duration = Duration::from_secs(120);

/// What happens to one request.
#[derive(Clone)]
pub enum Fault {
    /// Nothing: delivered, answered.
    Pass,
    /// Delivered; the answer comes after so long. The client may have given up by then.
    Late(Duration),
    /// Only the first so many bytes of the request reach the server; then both connections break.
    CutAsking(usize),
    /// Delivered and done; only the first so many bytes of the answer reach the client.
    CutAnswer(usize),
    /// Delivered twice; the client gets the second answer.
    Twice,
    /// The client's connection breaks. The request reaches the server all the same, after the next one.
    Overtaken,
    /// Answered; the same request reaches the server once more, after the next one.
    Again,
    /// Not delivered: answered with an earlier answer on this path. Passed while there is none.
    OldAnswer,
    /// Not delivered: answered so.
    Instead(Answer),
    /// Accepted and never answered, until [`Proxy::let_go`].
    Hang,
    /// Delivered; the answer is changed.
    Change(Change),
}

impl Fault {
    /// This, when so; otherwise the request just passes.
    #[must_use]
    pub fn only(self, when: bool) -> Self {
        if when { self } else { Self::Pass }
    }
}

/// Changes the answer to a request.
pub type Change = Arc<dyn Fn(&Request, &mut Answer) + Send + Sync>;
type Plan = Box<dyn FnMut(&Request) -> Fault + Send>;

#[derive(Default)]
struct Shared {
    plan: Mutex<Option<Plan>>,
    /// Requests that the server is to get after the next one.
    put_off: Mutex<Vec<Request>>,
    /// The first answers on each path, and the newest.
    old: Mutex<HashMap<String, Vec<Answer>>>,
    requests: AtomicUsize,
    /// Clients that wait for an answer that never comes; the count of releases ends their wait.
    hanging: AtomicUsize,
    releases: Mutex<usize>,
    released: Condvar,
    faults: AtomicUsize,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A proxy in front of a server. Its threads end with the process.
#[derive(Clone)]
pub struct Proxy {
    origin: String,
    server: Arc<AtomicU16>,
    shared: Arc<Shared>,
}

impl Proxy {
    /// In front of the server on this port; passes everything until told otherwise.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let proxy = Self {
            origin: format!("http://{address}"),
            server: Arc::new(AtomicU16::new(server)),
            shared: Arc::default(),
        };
        let serving = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(&client));
            }
        });
        proxy
    }

    /// What clients connect to.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Leads to another server from here on.
    pub fn lead_to(&self, server: u16) {
        self.server.store(server, Ordering::SeqCst);
    }

    /// Requests since the last plan was set.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Requests that did not just pass, ever.
    pub fn faults(&self) -> usize {
        self.shared.faults.load(Ordering::SeqCst)
    }

    /// Clients that hang now.
    pub fn hanging(&self) -> usize {
        self.shared.hanging.load(Ordering::SeqCst)
    }

    /// What to do with each request from here on.
    pub fn plan(&self, plan: impl FnMut(&Request) -> Fault + Send + 'static) {
        self.shared.requests.store(0, Ordering::SeqCst);
        *held(&self.shared.plan) = Some(Box::new(plan));
    }

    /// The same for all.
    pub fn always(&self, fault: Fault) {
        self.plan(move |_| fault.clone());
    }

    /// Changes every answer to a sync, knowing what was asked.
    pub fn tamper(&self, change: impl Fn(&SyncRequest, &mut SyncResponse) + Send + Sync + 'static) {
        let change: Change = Arc::new(move |request, answer| {
            let asked = handrail_wire::decode(&request.body);
            let answered = handrail_wire::decode(&answer.body);
            let (Ok(asked), Ok(mut answered)) = (asked, answered) else {
                return;
            };
            change(&asked, &mut answered);
            answer.body = handrail_wire::encode(&answered);
        });
        self.plan(move |request| {
            if request.path == path::SYNC {
                Fault::Change(change.clone())
            } else {
                Fault::Pass
            }
        });
    }

    /// Passes everything again, lets hanging clients go and delivers what was put off.
    pub fn calm(&self) {
        *held(&self.shared.plan) = None;
        self.let_go();
        self.deliver_put_off();
    }

    /// Breaks the connections that hang, and waits until none does.
    pub fn let_go(&self) {
        for _ in 0..1000 {
            *held(&self.shared.releases) += 1;
            self.shared.released.notify_all();
            if self.hanging() == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn serve(&self, client: &TcpStream) {
        let Ok(reading) = client.try_clone() else {
            return;
        };
        let mut reading = BufReader::new(reading);
        while let Some(request) = message::read_request(&mut reading) {
            if !self.handle(client, &request) {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    /// Answers one request; false when the client's connection is to break.
    fn handle(&self, client: &TcpStream, request: &Request) -> bool {
        self.shared.requests.fetch_add(1, Ordering::SeqCst);
        let fault = match &mut *held(&self.shared.plan) {
            Some(plan) => plan(request),
            None => Fault::Pass,
        };
        if !matches!(fault, Fault::Pass) {
            self.shared.faults.fetch_add(1, Ordering::SeqCst);
        }
        let answer = match fault {
            Fault::Pass => self.pass(request),
            Fault::Late(wait) => {
                let answer = self.pass(request);
                std::thread::sleep(wait);
                answer
            }
            Fault::CutAsking(bytes) => {
                self.deliver_start(request, bytes);
                None
            }
            Fault::CutAnswer(bytes) => {
                if let Some(answer) = self.pass(request) {
                    let whole = answer.to_bytes();
                    let mut out = client;
                    let _ = out.write_all(&whole[..bytes.min(whole.len())]);
                }
                None
            }
            Fault::Twice => {
                let _ = self.pass(request);
                self.pass(request)
            }
            Fault::Overtaken => {
                held(&self.shared.put_off).push(request.clone());
                None
            }
            Fault::Again => {
                let answer = self.pass(request);
                held(&self.shared.put_off).push(request.clone());
                answer
            }
            Fault::OldAnswer => match self.old_answer(request) {
                Some(old) => Some(old),
                None => self.pass(request),
            },
            Fault::Instead(answer) => Some(answer),
            Fault::Hang => {
                self.hang();
                None
            }
            Fault::Change(change) => self.pass(request).map(|mut answer| {
                change(request, &mut answer);
                answer
            }),
        };
        let Some(answer) = answer else {
            return false;
        };
        let mut out = client;
        out.write_all(&answer.to_bytes()).is_ok()
    }

    /// Delivers a request, then what was put off before it.
    fn pass(&self, request: &Request) -> Option<Answer> {
        let answer = self.deliver(request);
        if let Some(answer) = &answer {
            let mut old = held(&self.shared.old);
            let old = old.entry(request.path.clone()).or_default();
            if old.len() > 8 {
                old.pop();
            }
            old.push(answer.clone());
        }
        self.deliver_put_off();
        answer
    }

    fn deliver_put_off(&self) {
        let late = std::mem::take(&mut *held(&self.shared.put_off));
        for request in late {
            let _ = self.deliver(&request);
        }
    }

    fn connect(&self) -> Option<TcpStream> {
        let server = self.server.load(Ordering::SeqCst);
        TcpStream::connect(("127.0.0.1", server)).ok()
    }

    fn deliver(&self, request: &Request) -> Option<Answer> {
        let mut server = self.connect()?;
        server.write_all(&request.to_bytes()).ok()?;
        message::read_answer(&mut BufReader::new(server))
    }

    /// Delivers the start of a request and breaks the connection; a whole one is answered to nobody.
    fn deliver_start(&self, request: &Request, bytes: usize) {
        let whole = request.to_bytes();
        let Some(mut server) = self.connect() else {
            return;
        };
        let _ = server.write_all(&whole[..bytes.min(whole.len())]);
        if bytes < whole.len() {
            let _ = server.shutdown(Shutdown::Write);
        }
        // The server ends the connection: what it does with the part is done by then.
        let _ = server.set_read_timeout(Some(Duration::from_secs(5)));
        let _ = server.read(&mut [0; 1024]);
    }

    fn old_answer(&self, request: &Request) -> Option<Answer> {
        let old = held(&self.shared.old);
        let old = old.get(&request.path)?;
        let which = self.requests() % old.len().max(1);
        old.get(which).cloned()
    }

    fn hang(&self) {
        self.shared.hanging.fetch_add(1, Ordering::SeqCst);
        let releases = held(&self.shared.releases);
        let before = *releases;
        let waited = self
            .shared
            .released
            .wait_timeout_while(releases, LONGEST_HANG, |now| *now == before);
        drop(waited);
        self.shared.hanging.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests;
