//! What a Handrail client and its blind server say to each other.
//!
//! Owns the CBOR message types, the paths, the limits and the problem codes. Does no I/O and knows
//! neither keys nor care: to this crate an entry is bytes with an identifier.
//!
//! Requests and answers are `application/cbor` (RFC 8949, definite lengths only); a refusal is
//! `application/problem+json` (RFC 9457). [`codec::decode`] is the one way in.
#![warn(missing_docs)]

pub mod account;
pub mod codec;
pub mod id;
pub mod invite;
pub mod limits;
pub mod path;
pub mod problem;
pub mod sync;

pub use codec::{Blob, List, Text, decode, encode, encode_about};
pub use problem::Problem;
