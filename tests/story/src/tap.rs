//! A tap on the wire: forwards between clients and a server and keeps every byte of both directions.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A forwarding listener on the loopback.
pub struct Tap {
    origin: String,
    port: u16,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// In front of a server on this port. Its threads end with the process.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = bytes.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else {
                        continue;
                    };
                    let kept = kept.clone();
                    std::thread::spawn(move || forward(from, to, &kept));
                }
            }
        });
        Self {
            origin: format!("http://{address}"),
            port: address.port(),
            bytes,
        }
    }

    /// What clients connect to.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The port that clients connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Everything so far.
    ///
    /// # Panics
    ///
    /// When a forwarding thread panicked.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().expect("no thread panics").clone()
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, kept: &Mutex<Vec<u8>>) {
    let mut chunk = vec![0; 1 << 16];
    while let Ok(read) = from.read(&mut chunk) {
        if read == 0 {
            break;
        }
        if let Ok(mut kept) = kept.lock() {
            kept.extend_from_slice(&chunk[..read]);
        }
        if to.write_all(&chunk[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
