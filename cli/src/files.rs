//! Files that the commands write.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Read and written by their owner, read by everybody else.
pub(crate) const SHARED: u32 = 0o644;
/// Read and written by their owner alone.
pub(crate) const SECRET: u32 = 0o600;

/// Writes a whole file, or leaves what was there: a reader never sees half of it.
///
/// # Errors
/// A sentence with the file's name.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), String> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = Path::new(&draft);
    // A draft that somebody left may be readable by others.
    let _ = fs::remove_file(draft);
    let written = write(draft, bytes, mode, OpenOptions::new().create_new(true))
        .and_then(|()| fs::rename(draft, path));
    written.map_err(|error| {
        // There may be no draft; what matters is said.
        let _ = fs::remove_file(draft);
        format!("cannot write {}: {error}", path.display())
    })
}

/// Writes a file that must not be there yet, with the folders above it.
///
/// # Errors
/// A sentence with the file's name.
pub(crate) fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| write(path, bytes, mode, OpenOptions::new().create_new(true)))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8], mode: u32, options: &mut OpenOptions) -> io::Result<()> {
    let mut file = options.write(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
