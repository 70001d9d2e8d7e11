//! What a running process holds in memory: what a core dump of it would have, read while it stands still.
//!
//! Owns reading `/proc/PID/maps` and `/proc/PID/mem` of a child of ours. Changes nothing there.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::Command;

/// A part of a process's memory.
pub struct Region {
    /// As the system calls it: `[heap]`, a file, or nothing.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Everything that the process can write to, as it stands.
///
/// # Panics
///
/// When the process is not there, or we may not look.
pub fn of(pid: u32) -> Vec<Region> {
    signal(pid, "-STOP");
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("the process is there");
    let memory = File::open(format!("/proc/{pid}/mem")).expect("a child of ours");
    let regions: Vec<Region> = maps
        .lines()
        .filter_map(|line| region(line, &memory))
        .collect();
    signal(pid, "-CONT");
    regions
}

fn signal(pid: u32, which: &str) {
    let sent = Command::new("kill")
        .args([which, &pid.to_string()])
        .status();
    assert!(sent.is_ok_and(|status| status.success()), "{which}");
}

/// `55d0c0a00000-55d0c0a21000 rw-p 00000000 00:00 0   [heap]`
fn region(line: &str, memory: &File) -> Option<Region> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let start = u64::from_str_radix(start, 16).ok()?;
    let end = u64::from_str_radix(end, 16).ok()?;
    if !words.next()?.starts_with("rw") {
        return None;
    }
    let name = words.nth(3).unwrap_or_default().to_owned();
    let mut bytes = vec![0; usize::try_from(end.checked_sub(start)?).ok()?];
    let mut read = 0;
    while read < bytes.len() {
        // A page that the process itself could not read ends the region.
        match memory.read_at(&mut bytes[read..], start + read as u64) {
            Ok(more) if more > 0 => read += more,
            _ => break,
        }
    }
    bytes.truncate(read);
    Some(Region { name, bytes })
}
