//! The folder in which a certificate is kept, its key with it, and what belongs to it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::fs::{self, DirBuilder, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use crate::error::Error;

/// Read, written and entered by their owner alone.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

const LOCK: &str = "lock";

/// A folder of ours, one for each authority: an account of one is of no use at another, and neither
/// is a certificate for trying things out where a real one is wanted.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The one below `path` for the authority at `url`; it is made when it is not there.
    ///
    /// # Errors
    /// [`Error::Unwritable`]
    pub(super) async fn open(path: &Path, url: &str) -> Result<Self, Error> {
        let folder = Self(path.join(name(url)));
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&folder.0).await;
        made.map_err(|source| Error::Unwritable { path: folder.0.clone(), source })?;
        // What cannot be written is to be known before an authority is asked for anything.
        folder.lock().await?;
        Ok(folder)
    }

    /// Nobody else writes while this is held; `None` when somebody does.
    ///
    /// # Errors
    /// [`Error::Unwritable`]
    pub(super) async fn lock(&self) -> Result<Option<File>, Error> {
        let path = self.0.join(LOCK);
        let locked = async {
            let mut options = OpenOptions::new();
            let file = options.create(true).append(true).mode(FILE_MODE).open(&path).await?;
            is_locked(file.into_std().await)
        };
        let locked = locked.await;
        locked.map_err(|source| Error::Unwritable { path, source })
    }

    /// # Errors
    /// [`Error::Unreadable`] for a file that is there.
    pub(super) async fn read(&self, file: &str) -> Result<Option<SecretString>, Error> {
        let path = self.0.join(file);
        match fs::read_to_string(&path).await {
            Ok(text) => Ok(Some(text.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Unreadable { path, source }),
        }
    }

    /// Writes a whole file, or leaves what was there.
    ///
    /// # Errors
    /// [`Error::Unwritable`]
    pub(super) async fn write(&self, file: &str, text: &SecretString) -> Result<(), Error> {
        let path = self.0.join(file);
        let written = replace(&path, text.expose_secret().as_bytes()).await;
        written.map_err(|source| Error::Unwritable { path, source })
    }
}

fn is_locked(file: File) -> io::Result<Option<File>> {
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

async fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    // A draft that was left may be readable by others.
    let _ = fs::remove_file(&draft).await;
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(FILE_MODE).open(&draft).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(&draft, path).await
}

/// `acme.example-directory` for `https://acme.example/directory`.
fn name(url: &str) -> String {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_');
    let plain = place.chars().map(|letter| if is_plain(letter) { letter } else { '-' });
    plain.collect::<String>().trim_matches(['.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn every_authority_has_a_folder_of_its_own_below_the_one_that_is_named() {
        for (url, expected) in [
            ("https://acme.example/directory", "acme.example-directory"),
            ("https://localhost:14000/dir", "localhost-14000-dir"),
            ("https://../../etc", "etc"),
            ("https://acme.example/..", "acme.example"),
        ] {
            assert_eq!(name(url), expected);
        }
    }

    /// A folder that is removed in the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("tessera-{name}-{}", std::process::id())))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn of_several_who_look_one_may_write_until_it_has_looked() {
        let scratch = Scratch::new("lock");
        let open = || Folder::open(&scratch.0, "https://acme.example/directory");
        let (one, other) = (open().await.unwrap(), open().await.unwrap());
        let held = one.lock().await.unwrap();
        assert!(held.is_some() && other.lock().await.unwrap().is_none());
        drop(held);
        assert!(other.lock().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn what_is_written_is_whole_and_its_owners_alone() {
        let scratch = Scratch::new("write");
        let folder = Folder::open(&scratch.0, "https://acme.example/directory").await.unwrap();
        let path = scratch.0.join("acme.example-directory");
        assert!(folder.read("a.json").await.unwrap().is_none());
        // What somebody has left.
        std::fs::write(path.join("a.new"), "draft").unwrap();
        for text in ["first", "second"] {
            folder.write("a.json", &text.into()).await.unwrap();
            let read = folder.read("a.json").await.unwrap().unwrap();
            assert_eq!(read.expose_secret(), text);
        }
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("a.json"))), (FOLDER_MODE, FILE_MODE));
        assert!(!path.join("a.new").exists());
        // A folder in the place of a file.
        std::fs::create_dir(path.join("b.json")).unwrap();
        assert!(matches!(folder.read("b.json").await, Err(Error::Unreadable { .. })));
        let written = folder.write("b.json", &"x".into()).await;
        assert!(matches!(written, Err(Error::Unwritable { .. })));
        let below = Folder::open(&path.join("a.json"), "https://acme.example").await;
        assert!(matches!(below, Err(Error::Unwritable { .. })));
    }
}
