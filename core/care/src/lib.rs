//! What an Intensive Outpatient Program is.
//!
//! Owns programs, sessions, check-ins, questionnaires, homework, plans, education and the fold
//! from entries to a [`chart::Chart`]. Pure: `now`, the phone's zone and every random number are
//! arguments; nothing here reads a clock, a file, a socket or a key.
#![warn(missing_docs)]

pub mod calendar;
pub mod checkin;
pub mod id;
pub mod program;
