//! What an Intensive Outpatient Program is.
//!
//! Owns programs, sessions, check-ins, questionnaires, homework, plans, education and the fold
//! from entries to a [`chart::Chart`]. Pure: `now`, the phone's zone and every random number are
//! arguments; nothing here reads a clock, a file, a socket or a key.
#![warn(missing_docs)]

pub mod alert;
pub mod calendar;
pub mod caseload;
pub mod chart;
pub mod checkin;
pub mod consent;
mod content;
pub mod document;
pub mod due;
pub mod education;
pub mod ends;
pub mod entry;
pub mod export;
mod facts;
pub mod family;
pub mod flag;
pub mod forms;
pub mod group;
pub mod help;
pub mod homework;
pub mod id;
pub mod library;
pub mod order;
pub mod packed;
pub mod patient;
pub mod patient_page;
pub mod plan;
pub mod program;
pub mod progress;
pub mod reminder;
pub mod roster;
pub mod sessions;
pub mod skill;
mod stay;
pub mod team;
#[cfg(test)]
mod testing;
pub mod today;
pub mod trend;
#[cfg(any(test, feature = "vectors"))]
pub mod vectors;
pub mod visits;
