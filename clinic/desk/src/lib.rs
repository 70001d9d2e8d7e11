//! A clinician without a screen.
//!
//! Owns the blocking HTTP driver of `handrail-clinician`, watching for safety flags, and the seeding of the
//! demo clinic through real phone cores. The command line is in `main.rs`. Refuses to judge: every rule is in the core.

pub mod account;
pub mod driver;
pub mod seed;
pub mod watch;
