//! Gives the compiler a fingerprint of its own sources and of the model's.
//!
//! A compiled model is only read by a program built from the sources that wrote it: whatever changes
//! in the types or in what the compiler makes of a file, nobody has to remember to raise a number.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for folder in ["src", "../model/src"] {
        println!("cargo::rerun-if-changed={folder}");
        collect(Path::new(folder), &mut files)?;
    }
    files.sort();
    let mut hash = Fnv::new();
    for file in files {
        hash.update(file.to_string_lossy().as_bytes());
        hash.update(&fs::read(file)?);
    }
    println!("cargo::rustc-env=TESSERA_FINGERPRINT={}", hash.0);
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// FNV-1a, 64 bits: tells builds apart, keeps nobody out.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn update(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).to_le_bytes();
        for byte in length.iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
