//! Power loss, a disk that fails, damaged stores, stores of a newer app: with the real programs.
//!
//! `HANDRAIL_POWER_IMAGES` (losses of power for each life that was recorded), `HANDRAIL_DAMAGES` and
//! `HANDRAIL_DISK_STEPS` make a run longer. Where the watched disk cannot be had (no Linux), the suites that
//! need it say that they are skipped.

#[cfg(target_os = "linux")]
mod disk_phone;
#[cfg(target_os = "linux")]
mod disk_server;
#[cfg(target_os = "linux")]
mod power_phone;
#[cfg(target_os = "linux")]
mod power_server;

#[cfg(target_os = "linux")]
mod common;
#[cfg(target_os = "linux")]
mod damage;
#[cfg(target_os = "linux")]
mod newer;

#[cfg(not(target_os = "linux"))]
#[test]
fn power_loss_and_failing_disks() {
    println!("skipped: the watched disk is for Linux");
}
