//! A small clinic on a real server, driven by lines: for stories told in Kotlin and Swift.
//!
//! JSON Lines in, one JSON line out for each, and before them `{"origin":"http://127.0.0.1:PORT"}`.
//! Owns its server (killed by its own process id) and a temporary folder; ends when its input ends, when
//! it is asked to (SIGTERM), or after ten minutes, so that no test run leaves anything behind. Refuses
//! other addresses than the loopback.
//!
//! | `do` | with | answers |
//! |---|---|---|
//! | `add-patient` | `name` | `id` |
//! | `add-family` | `patient`, `name` | `id` |
//! | `invite` | `subject` (an `id` of the two above) | `link`, `code` |
//! | `assign-homework` | `patient`, `title` | `id` |
//! | `write-plan` | `patient`, `helps` (what helps, one line) | `id` |
//! | `check-ins` | `patient` | `check_ins`: `form`, `total`, `answers` (how many), `note`, newest first |
//! | `homework` | `patient` | `homework`: `title`, `done`; `tries`: `completion`, `note`, newest first |
//! | `plans` | `patient` | `plans`: `id`, `current`, `acknowledged`, newest first |
//! | `revoke` | `patient` | nothing; every phone of the patient is cut off |
//! | `act` | `act`: any act of the console, as its JSON | what it made |
//! | `hang` | | nothing; the port accepts and never answers |
//! | `refuse` | | nothing; nobody listens on the port |
//! | `resume` | | nothing; the server is back on its port and data |
//!
//! `check-ins` opens what it shows, as a clinician does who reads it. An error is `{"error":"code"}`.

use std::io::{BufRead, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_care::patient_page::PatientPage;
use handrail_care::plan::TransitionPlan;
use handrail_clinician::{Act, Done};
use handrail_story::clinic::TestClinic;
use handrail_story::{Server, now};
use serde_json::{Value, json};

/// No story takes this long.
const LIFE: Duration = Duration::from_secs(600);
/// How often the wish to end is looked at.
const TICK: Duration = Duration::from_millis(50);

/// An answer, or a code.
type Answer = Result<Value, String>;

fn main() {
    let place = handrail_story::folder();
    let asked_to_end = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, asked_to_end.clone()).expect("a signal to listen for");
    }
    let server = Server::start(&place.path().join("server"));
    let clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let mut desk = Desk {
        data: server.data().to_owned(),
        port: server.port(),
        behind: Behind::Server(server),
        clinic,
    };
    say(&json!({"origin": desk.clinic.driver.origin()}));

    let (send, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    let end = Instant::now() + LIFE;
    while Instant::now() < end && !asked_to_end.load(Ordering::Relaxed) {
        match lines.recv_timeout(TICK) {
            Ok(line) => say(&desk
                .answer(&line)
                .unwrap_or_else(|code| json!({"error": code}))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// One line; when nobody reads any more the end of the input comes next.
fn say(answer: &Value) {
    let mut output = std::io::stdout().lock();
    let _closed_pipe = writeln!(output, "{answer}").and_then(|()| output.flush());
}

/// What is behind the port.
#[expect(dead_code, reason = "held until it is dropped")]
enum Behind {
    Server(Server),
    Silence(Silence),
    Nothing,
}

struct Desk {
    clinic: TestClinic,
    behind: Behind,
    data: PathBuf,
    port: u16,
}

impl Desk {
    fn answer(&mut self, line: &str) -> Answer {
        let call: Value = serde_json::from_str(line).map_err(|_| "not-json")?;
        match text(&call, "do")? {
            "hang" => return self.put(|desk| Silence::on(desk.port).map(Behind::Silence)),
            "refuse" => return self.put(|_| Ok(Behind::Nothing)),
            "resume" => {
                return self
                    .put(|desk| Ok(Behind::Server(Server::start_on(&desk.data, desk.port))));
            }
            _ => {}
        }
        if !matches!(self.behind, Behind::Server(_)) {
            return Err("no-server".to_owned());
        }
        match text(&call, "do")? {
            "add-patient" => {
                let name = text(&call, "name")?;
                Ok(json!({"id": self.clinic.add_patient(name)}))
            }
            "add-family" => self.act(Act::AddFamilyMember {
                patient: id(&call, "patient")?,
                name: text(&call, "name")?.to_owned(),
                relation: "Sister".to_owned(),
                consented_at: Some(now()),
                how: handrail_care::family::ConsentHow::Spoken,
                guardian: false,
            }),
            "invite" => self.act(Act::Invite {
                subject: id(&call, "subject")?,
                on_screen: true,
            }),
            "assign-homework" => self.act(Act::AssignHomework {
                patient: id(&call, "patient")?,
                homework: Assigned {
                    title: text(&call, "title")?.to_owned(),
                    instructions: "As we did it in group.".to_owned(),
                    due: handrail_care::due::date_at(now(), "UTC") + chrono::Days::new(3),
                    times: 1,
                    ..Assigned::default()
                },
            }),
            "write-plan" => self.act(Act::RevisePlan {
                patient: id(&call, "patient")?,
                plan: TransitionPlan {
                    warning_signs: vec!["I stop answering messages".to_owned()],
                    what_helps: vec![text(&call, "helps")?.to_owned()],
                    ..TransitionPlan::default()
                },
            }),
            "check-ins" => self.check_ins(id(&call, "patient")?),
            "homework" => self.page(id(&call, "patient")?).map(|page| homework(&page)),
            "plans" => self.page(id(&call, "patient")?).map(|page| plans(&page)),
            "revoke" => self.revoke(id(&call, "patient")?),
            "act" => {
                let act = call.get("act").cloned().ok_or("act-missing")?;
                self.act(serde_json::from_value(act).map_err(|_| "act-unknown")?)
            }
            _ => Err("do-unknown".to_owned()),
        }
    }

    /// Takes what is behind the port away and puts something else there.
    fn put(&mut self, next: impl FnOnce(&Self) -> std::io::Result<Behind>) -> Answer {
        self.behind = Behind::Nothing;
        self.behind = next(self).map_err(|_| "port-taken")?;
        Ok(json!({}))
    }

    fn act(&mut self, act: Act) -> Answer {
        let Done {
            id,
            link,
            code,
            expires_at,
        } = self.clinic.act(act).map_err(|error| error.to_string())?;
        let mut made = serde_json::Map::new();
        let mut note = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                made.insert(name.to_owned(), value);
            }
        };
        note("id", id.map(|id| json!(id)));
        note("link", link.map(Value::String));
        note("code", code.map(Value::String));
        note("expires_at", expires_at.map(Value::from));
        Ok(Value::Object(made))
    }

    /// The patient as the clinician sees them, after fetching what is new.
    fn page(&mut self, patient: Id) -> Result<PatientPage, String> {
        self.clinic.refresh();
        let page = self.clinic.clinician.patient(patient, now());
        page.ok_or_else(|| "patient-unknown".to_owned())
    }

    fn check_ins(&mut self, patient: Id) -> Answer {
        let page = self.page(patient)?;
        let unread = page
            .check_ins
            .iter()
            .filter(|check_in| check_in.opened_at.is_none());
        let check_ins: Vec<_> = unread.map(|check_in| check_in.id).collect();
        if !check_ins.is_empty() {
            self.act(Act::Open { patient, check_ins })?;
        }
        let shown: Vec<_> = page
            .check_ins
            .iter()
            .map(|check_in| {
                let answered = check_in.answers.iter().filter(|line| line.answer.is_some());
                json!({
                    "form": check_in.form, "total": check_in.total,
                    "answers": answered.count(), "note": check_in.note,
                })
            })
            .collect();
        Ok(json!({"check_ins": shown}))
    }

    fn revoke(&mut self, patient: Id) -> Answer {
        for phone in self.page(patient)?.devices {
            self.act(Act::LoseDevice {
                subject: patient,
                device: phone.device,
            })?;
        }
        Ok(json!({}))
    }
}

fn homework(page: &PatientPage) -> Value {
    let homework: Vec<_> = page
        .homework
        .iter()
        .map(|one| json!({"title": one.title, "done": one.done}))
        .collect();
    let tries: Vec<_> = page
        .logs
        .iter()
        .map(|one| json!({"completion": one.completion, "note": one.note}))
        .collect();
    json!({"homework": homework, "tries": tries})
}

fn plans(page: &PatientPage) -> Value {
    let plans: Vec<_> = page
        .plans
        .iter()
        .map(|plan| {
            let acknowledged = plan.acknowledged_at.is_some();
            json!({"id": plan.id, "current": plan.current, "acknowledged": acknowledged})
        })
        .collect();
    json!({"plans": plans})
}

fn text<'a>(call: &'a Value, name: &str) -> Result<&'a str, String> {
    let value = call.get(name).and_then(Value::as_str);
    value.ok_or_else(|| format!("{name}-missing"))
}

fn id(call: &Value, name: &str) -> Result<Id, String> {
    text(call, name)?
        .parse()
        .map_err(|_| format!("{name}-unknown"))
}

/// Accepts every connection and never answers, until dropped.
struct Silence {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Silence {
    fn on(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let over = Arc::new(AtomicBool::new(false));
        let until = over.clone();
        let thread = std::thread::spawn(move || {
            let mut held: Vec<TcpStream> = Vec::new();
            while !until.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => held.push(stream),
                    Err(_) => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        Ok(Self {
            over,
            thread: Some(thread),
        })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _no_panic = thread.join();
        }
    }
}
