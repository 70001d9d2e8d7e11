//! The staff core as WebAssembly for the console.
//!
//! One thin method for each call of `handrail-clinician`: JSON in, JSON out, codes as exceptions.
//! Owns no logic. Lives in a Web Worker; `now` and the zone come from the page, since there is no
//! clock here.

use handrail_clinician as core;
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Names that the view structs use for plain texts.
#[wasm_bindgen(typescript_custom_section)]
const PLAIN_TYPES: &str = "
export type Id = string;
export type NaiveDate = string;
export type NaiveTime = string;
";

fn code(error: impl std::fmt::Display) -> JsValue {
    JsValue::from_str(&error.to_string())
}

fn json<T: Serialize>(value: &T) -> Result<String, JsValue> {
    serde_json::to_string(value).map_err(|_| JsValue::from_str("unexpected-shape"))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "Date.now() is a whole number of milliseconds"
)]
fn ms(now: f64) -> i64 {
    now as i64
}

fn id(text: &str) -> Result<handrail_care::id::Id, JsValue> {
    text.parse().map_err(|_| JsValue::from_str("not-found"))
}

/// One HTTP request to the page's own origin.
#[wasm_bindgen]
pub struct Outgoing(core::Outgoing);

#[wasm_bindgen]
impl Outgoing {
    /// `GET` or `POST`.
    #[wasm_bindgen(getter)]
    pub fn method(&self) -> String {
        self.0.method.to_owned()
    }

    /// Path.
    #[wasm_bindgen(getter)]
    pub fn path(&self) -> String {
        self.0.path.to_owned()
    }

    /// CBOR body of a `POST`.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Option<Vec<u8>> {
        self.0.body.clone()
    }
}

/// Setting up a clinic.
#[wasm_bindgen]
pub struct Setup(core::Setup);

#[wasm_bindgen]
impl Setup {
    /// `form`: JSON of `SetupForm`. Makes all keys.
    #[wasm_bindgen(constructor)]
    pub fn new(form: &str, zone: &str) -> Result<Setup, JsValue> {
        let form = serde_json::from_str(form).map_err(|_| JsValue::from_str("unexpected-shape"))?;
        core::Setup::new(form, zone).map(Setup).map_err(code)
    }

    /// To be printed.
    pub fn recovery_sheet(&self) -> String {
        self.0.recovery_sheet()
    }

    /// To be kept in this browser and on a card.
    pub fn account_secret(&self) -> String {
        self.0.account_secret()
    }

    /// The sheet, typed back.
    pub fn confirm_recovery(&mut self, typed: &str) -> bool {
        self.0.confirm_recovery(typed)
    }

    /// Asks the server to make the clinic.
    pub fn request(&self, setup_code: &str) -> Result<Outgoing, JsValue> {
        self.0.request(setup_code).map(Outgoing).map_err(code)
    }

    /// Takes the answer.
    pub fn finish(self, status: u16, body: &[u8], now: f64) -> Result<Clinician, JsValue> {
        self.0
            .finish(status, body, ms(now))
            .map(Clinician)
            .map_err(code)
    }
}

/// Logging in.
#[wasm_bindgen]
pub struct Login(core::Login);

#[wasm_bindgen]
impl Login {
    /// Of a login name.
    #[wasm_bindgen(constructor)]
    pub fn new(login: &str) -> Login {
        Login(core::Login::new(login))
    }

    /// Asks how the passphrase is to be derived.
    pub fn start(&self) -> Outgoing {
        Outgoing(self.0.start())
    }

    /// Takes the answer and asks to be let in.
    pub fn proof(
        &mut self,
        status: u16,
        body: &[u8],
        passphrase: &str,
        account_secret: &str,
    ) -> Result<Outgoing, JsValue> {
        self.0
            .proof(status, body, passphrase, account_secret)
            .map(Outgoing)
            .map_err(code)
    }

    /// Takes the answer.
    pub fn finish(self, status: u16, body: &[u8], zone: &str) -> Result<Clinician, JsValue> {
        self.0
            .finish(status, body, zone)
            .map(Clinician)
            .map_err(code)
    }
}

/// A logged-in clinician.
#[wasm_bindgen]
pub struct Clinician(core::Clinician);

#[wasm_bindgen]
impl Clinician {
    /// What to ask of the server now.
    #[wasm_bindgen(js_name = next)]
    pub fn ask(&mut self) -> Option<Outgoing> {
        self.0.ask().map(Outgoing)
    }

    /// What to ask beside that, at first.
    pub fn ahead(&mut self) -> Option<Outgoing> {
        self.0.ask_ahead().map(Outgoing)
    }

    /// Takes the answer: JSON of `Absorbed`.
    pub fn absorb(&mut self, status: u16, body: &[u8], now: f64) -> Result<String, JsValue> {
        json(&self.0.absorb(status, body, ms(now)).map_err(code)?)
    }

    /// Asks for a synchronisation.
    pub fn refresh(&mut self) {
        self.0.refresh();
    }

    /// What to hand to `go_on` of the next session when this one has ended: sealed bytes, no key.
    pub fn keep(&self) -> Vec<u8> {
        self.0.keep()
    }

    /// Goes on where the session before ended; false when these bytes are somebody else's.
    pub fn go_on(&mut self, kept: &[u8]) -> bool {
        self.0.go_on(kept)
    }

    /// What ends the session at the server; then `free()` this.
    pub fn logout(&self) -> Outgoing {
        Outgoing(self.0.logout())
    }

    /// JSON of `Me`.
    pub fn me(&self) -> Result<String, JsValue> {
        json(&self.0.me_view())
    }

    /// JSON of `Status`.
    pub fn status(&self) -> Result<String, JsValue> {
        json(&self.0.status())
    }

    /// JSON of `CaseloadRow[]`.
    pub fn caseload(&self, now: f64) -> Result<String, JsValue> {
        json(&self.0.caseload(ms(now)))
    }

    /// JSON of `GroupPage[]`.
    pub fn groups(&self, now: f64) -> Result<String, JsValue> {
        json(&self.0.groups(ms(now)))
    }

    /// JSON of `PatientPage`, or `null`.
    pub fn patient(&self, patient: &str, now: f64) -> Result<String, JsValue> {
        json(&self.0.patient(id(patient)?, ms(now)))
    }

    /// JSON of `PlansPage`, or `null`: all plans of a patient, goals, the way out of the program.
    pub fn plans(&self, patient: &str, now: f64) -> Result<String, JsValue> {
        json(&self.0.plans(id(patient)?, ms(now)))
    }

    /// JSON of `ClinicView`: clinic, programs, tracks, staff, education.
    pub fn clinic(&self) -> Result<String, JsValue> {
        json(&self.0.clinic_view())
    }

    /// JSON of `SkillLine[]`.
    pub fn skills(&self) -> Result<String, JsValue> {
        json(&self.0.skills())
    }

    /// JSON of `Skill`, or `null`.
    pub fn skill(&self, id: &str) -> Result<String, JsValue> {
        json(&self.0.skill(id))
    }

    /// JSON of `InviteView[]`.
    pub fn invites(&self) -> Result<String, JsValue> {
        json(&self.0.invite_views())
    }

    /// Performs an act (JSON of `Act`): JSON of `Done`. `origin` is the page's own.
    pub fn act(&mut self, act: &str, origin: &str, now: f64) -> Result<String, JsValue> {
        let act = serde_json::from_str(act).map_err(|_| JsValue::from_str("unexpected-shape"))?;
        json(&self.0.act(act, origin, ms(now)).map_err(code)?)
    }
}

/// Replays one file of tests/vectors through this build's back end; the number of vectors replayed.
#[cfg(feature = "vectors")]
#[wasm_bindgen]
pub fn check_vectors(json: &str) -> Result<u32, JsValue> {
    let count = handrail_mailbox::vectors::check(json).map_err(code)?;
    u32::try_from(count).map_err(code)
}
