//! Inputs from a folder, through a target, without a fuzzer.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::Target;

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
    let mut files = fs::read_dir(folder)?
        .map(|file| file.map(|file| file.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    for file in files.into_iter().filter(|file| file.is_file()) {
        let input = fs::read(&file)?;
        replayed.inputs += 1;
        if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
            let name = file.file_name().unwrap_or_default();
            replayed.broken.push(name.to_string_lossy().into_owned());
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
