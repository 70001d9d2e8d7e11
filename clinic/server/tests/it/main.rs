//! The server from outside: HTTP over loopback, a real SQLite file in a folder of its own.

mod bad_input;
mod harness;
mod invites;
mod login;
mod pages;
mod process;
mod staff;
mod sync;
mod tls;
mod watch;
