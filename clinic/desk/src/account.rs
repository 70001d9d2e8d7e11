//! The account that the desk works with: a file with login name, passphrase and account secret.
//!
//! Owns reading it. Refuses a file that others on the machine may read, and never says what it held.

use std::path::Path;

use serde::Deserialize;

/// A staff account, as its file holds it: JSON with these three texts.
#[derive(Deserialize)]
pub struct Account {
    /// Login name.
    pub login: String,
    /// Passphrase.
    pub passphrase: String,
    /// Account secret, as on the printed card.
    pub account_secret: String,
}

/// Why an account file is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// It cannot be read.
    #[error("account-file-unreadable")]
    Unreadable,
    /// Its group or everyone on this machine may read it: `chmod 600`.
    #[error("account-file-open-to-others")]
    OpenToOthers,
    /// It is no JSON object with the three texts.
    #[error("account-file-malformed")]
    Malformed,
}

impl Account {
    /// Reads an account file.
    pub fn read(file: &Path) -> Result<Self, AccountError> {
        let about = std::fs::metadata(file).map_err(|_| AccountError::Unreadable)?;
        if open_to_others(&about) {
            return Err(AccountError::OpenToOthers);
        }
        let bytes = std::fs::read(file).map_err(|_| AccountError::Unreadable)?;
        serde_json::from_slice(&bytes).map_err(|_| AccountError::Malformed)
    }
}

#[cfg(unix)]
fn open_to_others(about: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    about.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_a_file_that_its_owner_alone_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("account.json");
        let text = r#"{"login":"watch","passphrase":"p","account_secret":"s"}"#;
        let write = |text: &str, mode: u32| {
            std::fs::write(&file, text).expect("a file");
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&file, mode).expect("our own file");
            Account::read(&file).map(|account| account.login)
        };
        assert_eq!(write(text, 0o600), Ok("watch".to_owned()));
        assert_eq!(write(text, 0o640), Err(AccountError::OpenToOthers));
        assert_eq!(write(text, 0o604), Err(AccountError::OpenToOthers));
        assert_eq!(write("{}", 0o600), Err(AccountError::Malformed));
        let none = Account::read(&folder.path().join("none"));
        assert_eq!(none.err(), Some(AccountError::Unreadable));
    }
}
