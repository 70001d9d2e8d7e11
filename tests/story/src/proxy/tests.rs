//! Each fault does what it says, in front of a server that writes down what reaches it.

use std::io::BufReader;

use super::*;

/// A server that answers each request with how many it had before; what reached it, whole or in part.
struct Recorder {
    port: u16,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
    broken: Arc<AtomicUsize>,
}

impl Recorder {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let recorder = Self {
            port: listener.local_addr().expect("bound").port(),
            bodies: Arc::default(),
            broken: Arc::default(),
        };
        let (bodies, broken) = (recorder.bodies.clone(), recorder.broken.clone());
        std::thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let mut reading = BufReader::new(client.try_clone().expect("a socket"));
                let Some(request) = message::read_request(&mut reading) else {
                    broken.fetch_add(1, Ordering::SeqCst);
                    continue;
                };
                let mut bodies = held(&bodies);
                let answer = Answer::new(200, &[], bodies.len().to_string());
                bodies.push(request.body);
                let _ = client.write_all(&answer.to_bytes());
            }
        });
        recorder
    }

    fn reached(&self) -> Vec<String> {
        let text = |body: &Vec<u8>| String::from_utf8_lossy(body).into_owned();
        held(&self.bodies).iter().map(text).collect()
    }
}

/// Sends one request; the answer's status and body.
fn send(proxy: &Proxy, body: &str) -> Option<(u16, String)> {
    let address = proxy.origin().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the proxy listens");
    let request = Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        fields: vec![("host".to_owned(), "here".to_owned())],
        body: body.as_bytes().to_vec(),
    };
    stream.write_all(&request.to_bytes()).expect("sent");
    let answer = message::read_answer(&mut BufReader::new(stream))?;
    Some((
        answer.status,
        String::from_utf8_lossy(&answer.body).into_owned(),
    ))
}

fn said(number: &str) -> (u16, String) {
    (200, number.to_owned())
}

#[test]
fn each_fault_does_what_it_says() {
    let recorder = Recorder::start();
    let proxy = Proxy::before(recorder.port);
    assert_eq!(send(&proxy, "a"), Some(said("0")));
    proxy.always(Fault::CutAsking(20));
    assert_eq!(send(&proxy, "b"), None);
    assert_eq!(recorder.broken.load(Ordering::SeqCst), 1, "a part of it");
    proxy.always(Fault::CutAsking(10_000));
    assert_eq!(send(&proxy, "c"), None);
    proxy.always(Fault::CutAnswer(30));
    assert_eq!(send(&proxy, "d"), None);
    proxy.always(Fault::Twice);
    assert_eq!(send(&proxy, "e"), Some(said("4")));
    assert_eq!(recorder.reached(), ["a", "c", "d", "e", "e"]);

    proxy.always(Fault::Overtaken);
    assert_eq!(send(&proxy, "late"), None);
    assert_eq!(recorder.reached().len(), 5, "not yet");
    proxy.always(Fault::Pass);
    assert_eq!(send(&proxy, "f"), Some(said("5")));
    proxy.always(Fault::Again);
    assert_eq!(send(&proxy, "g"), Some(said("7")));
    proxy.calm();
    assert_eq!(recorder.reached()[5..], ["f", "late", "g", "g"]);

    proxy.always(Fault::OldAnswer);
    assert_ne!(send(&proxy, "h"), None);
    proxy.always(Fault::Instead(Answer::page(503)));
    assert_eq!(send(&proxy, "i").map(|(status, _)| status), Some(503));
    assert_eq!(recorder.reached().len(), 9, "neither reached it");
    proxy.always(Fault::Change(Arc::new(
        |request: &Request, answer: &mut Answer| {
            answer.body.extend_from_slice(&request.body);
        },
    )));
    assert_eq!(send(&proxy, "j"), Some(said("9j")));
    proxy.always(Fault::Late(Duration::from_millis(1)));
    assert_eq!(send(&proxy, "k"), Some(said("10")));

    proxy.always(Fault::Hang);
    let waiting = {
        let proxy = proxy.clone();
        std::thread::spawn(move || send(&proxy, "l"))
    };
    while proxy.hanging() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(!waiting.is_finished());
    proxy.calm();
    assert_eq!(waiting.join().expect("no panic"), None);
    assert_eq!(recorder.reached().len(), 11, "it never reached it");
}
