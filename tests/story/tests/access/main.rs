//! Forgery and access: everyone tries every endpoint, and writes every kind of entry into every mailbox.
//!
//! What may be was written down by hand, in the four tables beside this file, from design.md and
//! SECURITY.md. The tests find out what is, on a real server with real keys, and compare cell by cell. A
//! new endpoint or a new kind of entry without a row fails.

mod endpoints;
mod kinds;
mod table;
mod voices;
mod world;
mod writer;

/// Prints a table and keeps it in `tests/out`.
fn show(file: &str, text: &str) {
    println!("{text}");
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../out"));
    std::fs::create_dir_all(folder).expect("tests/out");
    std::fs::write(folder.join(file), text).expect("written");
}
