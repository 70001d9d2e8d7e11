//! Compiles the watched disk (`disk/disk.c`) into a library that is loaded before libc. Linux only.

use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=disk/disk.c");
    let variable = |name| std::env::var(name).expect("cargo sets it");
    if variable("CARGO_CFG_TARGET_OS") != "linux" {
        println!("cargo::rustc-env=HANDRAIL_DISK_LIBRARY=");
        return;
    }
    let library = PathBuf::from(variable("OUT_DIR")).join("libhandrail_disk.so");
    let compiler = cc::Build::new().get_compiler();
    let done = std::process::Command::new(compiler.path())
        .args([
            "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o",
        ])
        .arg(&library)
        .args(["disk/disk.c", "-ldl"])
        .status();
    assert!(
        done.is_ok_and(|status| status.success()),
        "disk/disk.c does not compile"
    );
    println!(
        "cargo::rustc-env=HANDRAIL_DISK_LIBRARY={}",
        library.display()
    );
}
