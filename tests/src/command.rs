//! `tessera` run to its end, and folders for it to work in.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Scratch, path};
use crate::tools::binary;

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs `tessera` in a folder with these variables and nothing else from the environment.
pub fn tessera(folder: &Path, arguments: &[&str], environment: &[(String, String)]) -> Said {
    let output = Command::new(binary("tessera"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", path())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// An empty folder that is removed when the test ends.
#[derive(Debug)]
pub struct Folder(Scratch);

impl Folder {
    /// A new one.
    #[expect(clippy::new_without_default, reason = "it is made on disk")]
    pub fn new() -> Self {
        Self(Scratch::new(None))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file in it, and the folders above the file; returns where it is.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }

    /// The text of a file in it.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Every file in it, by its path from here, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(self.path(), "", &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, shown: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{shown}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}
