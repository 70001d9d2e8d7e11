//! How the library that a phone loads is linked.
//!
//! Android's NDK always links with lld. `HANDRAIL_LINKED_AS=phone` links the same way on Linux, to measure it
//! (`cargo xtask bindings --sizes`). Nothing here changes what is compiled; docs/adr/0022 says what each is worth.

use std::env;

/// Functions of one and the same code are one: nothing here compares their addresses, and Chromium links its
/// SQLite so too.
const FOLD: &str = "-Wl,--icf=all";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=HANDRAIL_LINKED_AS");
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let measured = env::var("HANDRAIL_LINKED_AS").is_ok_and(|said| said == "phone");
    let packed = match system.as_str() {
        // Understood from Android 6 on; RELR only from 9 on, and we support 8.
        "android" => "-Wl,--pack-dyn-relocs=android",
        "linux" if measured => "-Wl,-z,pack-relative-relocs",
        _ => return,
    };
    // An unoptimised library is for tests: its symbols and addresses may stay as they are.
    let small = env::var("OPT_LEVEL").is_ok_and(|level| matches!(level.as_str(), "s" | "z"));
    if !small {
        return;
    }
    if system == "linux" {
        println!("cargo::rustc-cdylib-link-arg=-fuse-ld=lld");
    }
    for flag in [FOLD, packed] {
        println!("cargo::rustc-cdylib-link-arg={flag}");
    }
}
