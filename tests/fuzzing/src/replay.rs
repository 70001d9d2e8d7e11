//! Inputs from a folder, through a target, without a fuzzer.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::Target;
use crate::input::Choices;
use crate::mutate::mutated;

/// What became of the inputs of a folder.
#[derive(Debug, Default)]
pub struct Replayed {
    /// How many there were.
    pub inputs: usize,
    /// Names of the files that broke a promise; the panic itself stands on standard error.
    pub broken: Vec<String>,
}

/// Every file of a folder, in the order of their names. A folder that is not there has none.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn replay(target: Target, folder: &Path) -> std::io::Result<Replayed> {
    let mut replayed = Replayed::default();
    if !folder.is_dir() {
        return Ok(replayed);
    }
    for file in files(folder)? {
        let input = fs::read(&file)?;
        replayed.inputs += 1;
        if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
            let name = file.file_name().unwrap_or_default();
            replayed.broken.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(replayed)
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?
        .map(|file| file.map(|file| file.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    Ok(files)
}

/// Inputs near those of a folder: `count` changes of each, the same in each run of the same `round`. What
/// broke a promise is written into `findings` and named.
///
/// # Errors
/// When a folder or a file cannot be read or written.
pub fn near(
    target: Target,
    folder: &Path,
    (round, count): (u64, usize),
    findings: &Path,
) -> std::io::Result<Replayed> {
    let mut replayed = Replayed::default();
    let seeds = files(folder)?
        .iter()
        .map(fs::read)
        .collect::<Result<Vec<_>, _>>()?;
    let mut choices = Choices::of(&round.to_be_bytes());
    for seed in &seeds {
        for _ in 0..count {
            let other = &seeds[choices.below(seeds.len())];
            let input = mutated(seed, other, &mut choices);
            replayed.inputs += 1;
            if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
                fs::create_dir_all(findings)?;
                let file = findings.join(format!("near-{round}-{}", replayed.inputs));
                fs::write(&file, &input)?;
                replayed.broken.push(file.to_string_lossy().into_owned());
            }
        }
    }
    Ok(replayed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::{SHOWS, planted};

    /// The control: a replay over an input that breaks something says so.
    #[test]
    fn a_planted_defect_fails_the_replay() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("good"), b"HR\x02ab").expect("written");
        fs::write(folder.path().join("short"), SHOWS).expect("written");
        let replayed = replay(planted, folder.path()).expect("readable");
        assert_eq!(replayed.inputs, 2);
        assert_eq!(replayed.broken, ["short"]);
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_inputs() {
        let replayed = replay(planted, Path::new("/nowhere/at/all")).expect("nothing to read");
        assert_eq!(replayed.inputs, 0);
    }
}
