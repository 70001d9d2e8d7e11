//! The key of the database at rest: kept by the OS key store, or by a file on a desktop.
//!
//! Owns the file form. Refuses to guess: "there is no key" and "the key store does not answer now"
//! (a phone before its first unlock) are two things.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// Why a key store did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// Not now, as before the first unlock: try again later.
    #[error("key-store-unavailable")]
    Unavailable,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

/// The key in a file that only its owner may read.
#[derive(Debug, Clone)]
pub struct FileKeyStore {
    path: PathBuf,
}

impl FileKeyStore {
    /// The key lies at `path`; its folder must exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut fresh = self.path.clone().into_os_string();
        fresh.push(".new");
        let fresh = PathBuf::from(fresh);
        let mut options = File::options();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(fresh, &self.path)?;
        if let Some(folder) = self.path.parent() {
            crate::store::sync_dir(folder);
        }
        Ok(())
    }
}

impl crate::api::KeyStore for FileKeyStore {
    fn load(&self) -> Result<Option<Vec<u8>>, KeyStoreError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(_) => Err(KeyStoreError::Unavailable),
        }
    }

    fn save(&self, bytes: Vec<u8>) -> Result<(), KeyStoreError> {
        self.write(&bytes).map_err(|_| KeyStoreError::Unavailable)
    }

    fn delete(&self) -> Result<(), KeyStoreError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(_) => Err(KeyStoreError::Unavailable),
            Ok(()) => {
                // Forgotten means that no loss of power brings it back.
                if let Some(folder) = self.path.parent() {
                    crate::store::sync_dir(folder);
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::KeyStore;

    #[test]
    fn a_key_is_kept_replaced_and_forgotten() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = FileKeyStore::new(dir.path().join("key"));
        assert_eq!(store.load(), Ok(None));
        store.save(vec![1; 32]).expect("saved");
        store.save(vec![2; 32]).expect("saved");
        assert_eq!(store.load(), Ok(Some(vec![2; 32])));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(dir.path().join("key"))
                .expect("there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0, "nobody else reads it");
        }
        store.delete().expect("deleted");
        store.delete().expect("again");
        assert_eq!(store.load(), Ok(None));
        let nowhere = FileKeyStore::new(dir.path().join("missing/key"));
        assert_eq!(nowhere.save(vec![0]), Err(KeyStoreError::Unavailable));
    }
}
