//! A clinician without a screen.
//!
//! Owns the blocking HTTP driver of `handrail-clinician`, watching for safety flags, exports with their PDF,
//! and the seeding of the demo clinic through real phone cores. The command line is in `main.rs`. Refuses to
//! judge: every rule is in the core.

pub mod account;
pub mod driver;
pub mod export;
pub mod pdf;
pub mod seed;
pub mod watch;
