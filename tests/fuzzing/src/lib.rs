//! What must hold for any bytes that reach Handrail from outside.
//!
//! Owns one function for each place where such bytes are read: it takes bytes and panics when a promise
//! is broken. The fuzzer (`fuzz/` at the top of the repository) calls it millions of times; an ordinary
//! test calls it with every seed and with every input that ever broke something. Refuses to ask only
//! for "no panic": each function says what else must be so.

pub mod calendar;
pub mod chain;
pub mod chart;
pub mod entry;
pub mod http;
mod input;
pub mod invite;
pub mod keybox;
pub mod markdown;
mod mutate;
mod outside;
#[cfg(any(test, feature = "planted"))]
pub mod planted;
pub mod questionnaire;
mod replay;
pub mod score;
pub mod seal;
pub mod seeds;
pub mod wire;
mod world;
pub mod wrap;

pub use replay::{Replayed, near, replay};

/// A function that panics when bytes break a promise.
pub type Target = fn(&[u8]);

/// Every target by the name that its folders and its fuzzer have.
pub const TARGETS: &[(&str, Target)] = &[
    ("calendar", calendar::calendar),
    ("chain", chain::chain),
    ("chart", chart::chart),
    ("entry", entry::entry),
    ("http", http::http),
    ("invite", invite::invite),
    ("keybox", keybox::keybox),
    ("markdown", markdown::markdown),
    ("questionnaire", questionnaire::questionnaire),
    ("score", score::score),
    ("seal", seal::seal),
    ("wire", wire::wire),
    ("wrap", wrap::wrap),
];
