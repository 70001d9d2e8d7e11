//! The staff side of Handrail without I/O.
//!
//! Owns one clinician's keys, mailboxes, charts and acts. Refuses to do I/O: it says what to ask of
//! the server ([`Clinician::ask`]) and takes the answer ([`Clinician::absorb`]). The desk drives it
//! over blocking HTTP, the console as WebAssembly in a worker; both judge alike because there is
//! only this. Keys leave memory when it is dropped.
#![warn(missing_docs)]

mod accounts;
mod acts;
mod clinician;
mod export;
mod family;
mod fold;
mod homework;
mod kept;
mod plans;
mod pump;
mod replica;
mod visits;
mod watch;

pub mod act;
pub mod entrance;
pub mod outgoing;
pub mod view;

pub use act::{Act, ActError, Done};
pub use clinician::Clinician;
pub use entrance::{Joining, Login, Setup, SetupForm};
pub use outgoing::{Absorbed, Outgoing, Problem, Status};
pub use watch::AlertDue;
