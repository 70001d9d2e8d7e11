//! The blind mailbox server.
//!
//! Owns the clinic's database and everything said over HTTP: synchronisation of sealed entries,
//! set-up, login of staff, phones, invites, a stream that says "something changed", and the console's
//! files. It knows `handrail-wire` alone: to this crate an entry is bytes with an identifier, and
//! there is no key here that opens one. Refuses whatever is not exactly the protocol, with a stable
//! code, changing nothing.
//!
//! [`serve()`] runs it; [`app()`] is the router for one [`Store`].
#![warn(missing_docs)]

mod app;
mod auth;
mod config;
mod devices;
mod intake;
mod invites;
mod login;
mod mailboxes;
mod pages;
mod problem;
mod quiet;
mod secret;
mod serve;
mod staff;
pub mod store;
mod sync;
mod throttle;
mod watch;

pub use app::{App, Shared, app};
pub use config::{Bounds, Clock, Config, SESSION_MS, TlsFiles};
pub use problem::Refusal;
pub use serve::{Ready, ServeError, serve};
pub use store::Store;
