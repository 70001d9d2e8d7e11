//! Drives a clinician over blocking HTTP, as the console's worker does over `fetch`.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use handrail_clinician::{Clinician, Joining, Login, Outgoing, Problem, Setup};
use handrail_mailbox::invite::parse_origin;
use handrail_wire::path;
use reqwest::blocking::Client;
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};

/// How long one stream of changes is read.
const STREAM: Duration = Duration::from_secs(15 * 60);

/// TLS by rustls on ring, trusting Mozilla's roots.
fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring's provider has the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// One session with one server.
pub struct Driver {
    http: Client,
    origin: String,
    cookie: Option<String>,
}

fn unreachable_server() -> Problem {
    Problem {
        code: "server-unreachable".to_owned(),
    }
}

impl Driver {
    /// Of a server's origin, such as `http://127.0.0.1:8080`.
    pub fn new(origin: &str) -> Result<Self, Problem> {
        let origin = parse_origin(origin).ok_or_else(|| Problem {
            code: "origin-invalid".to_owned(),
        })?;
        let http = Client::builder()
            .tls_backend_preconfigured(tls())
            .timeout(Duration::from_secs(60))
            // A login page of the network is no answer of the server's.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| unreachable_server())?;
        Ok(Self {
            http,
            origin,
            cookie: None,
        })
    }

    /// The server's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// One request: status and body.
    pub fn send(&mut self, outgoing: &Outgoing) -> Result<(u16, Vec<u8>), Problem> {
        let url = format!("{}{}", self.origin, outgoing.path);
        let mut request = match &outgoing.body {
            Some(body) => self
                .http
                .post(url)
                .header(CONTENT_TYPE, path::CBOR)
                .body(body.clone()),
            None => self.http.get(url),
        };
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let answer = request.send().map_err(|_| unreachable_server())?;
        if let Some(set) = answer
            .headers()
            .get(SET_COOKIE)
            .and_then(|value| value.to_str().ok())
        {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        let status = answer.status().as_u16();
        let body = answer.bytes().map_err(|_| unreachable_server())?;
        Ok((status, body.to_vec()))
    }

    /// The server's stream of changes: `event: change` lines and signs of life. It ends with the session, and
    /// after a quarter of an hour.
    pub fn changes(&self) -> Result<impl Read + Send + 'static, Problem> {
        let mut request = self.http.get(format!("{}{}", self.origin, path::WATCH));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let answer = request.timeout(STREAM).send();
        let answer = answer.map_err(|_| unreachable_server())?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(Problem::new("stream-refused"))
        }
    }

    /// Asks and answers until the clinician has nothing more to ask. The first refusal is told after
    /// everything else has gone out.
    pub fn pump(&mut self, clinician: &mut Clinician, now: i64) -> Result<(), Problem> {
        let mut refused = None;
        while let Some(outgoing) = clinician.ask() {
            let (status, body) = self.send(&outgoing)?;
            let absorbed = clinician.absorb(status, &body, now)?;
            refused = refused.or(absorbed.refused);
        }
        refused.map_or(Ok(()), |code| Err(Problem { code }))
    }

    /// Sets a clinic up; the recovery sheet is typed back as printed.
    pub fn set_up(&mut self, mut setup: Setup, code: &str, now: i64) -> Result<Clinician, Problem> {
        let sheet = setup.recovery_sheet();
        setup.confirm_recovery(&sheet);
        let (status, body) = self.send(&setup.request(code)?)?;
        let mut clinician = setup.finish(status, &body, now)?;
        self.pump(&mut clinician, now)?;
        Ok(clinician)
    }

    /// Logs in and fetches everything.
    pub fn log_in(
        &mut self,
        login: &str,
        passphrase: &str,
        account_secret: &str,
        zone: &str,
        now: i64,
    ) -> Result<Clinician, Problem> {
        let mut clinician = self.enter(login, passphrase, account_secret, zone)?;
        self.pump(&mut clinician, now)?;
        Ok(clinician)
    }

    /// Logs in and asks for nothing yet: for [`Clinician::go_on`] with what a session before kept.
    pub fn enter(
        &mut self,
        login: &str,
        passphrase: &str,
        account_secret: &str,
        zone: &str,
    ) -> Result<Clinician, Problem> {
        let mut entrance = Login::new(login);
        let (status, body) = self.send(&entrance.start())?;
        let proof = entrance.proof(status, &body, passphrase, account_secret)?;
        let (status, body) = self.send(&proof)?;
        entrance.finish(status, &body, zone)
    }

    /// Admits a colleague who made keys of their own; returns their account secret.
    pub fn admit(
        &mut self,
        administrator: &mut Clinician,
        colleague: &Joining,
        role: handrail_care::library::Role,
        now: i64,
    ) -> Result<String, Problem> {
        administrator
            .admit(&colleague.applicant(), role, now)
            .map_err(|error| Problem {
                code: error.to_string(),
            })?;
        self.pump(administrator, now)?;
        Ok(colleague.account_secret())
    }
}
