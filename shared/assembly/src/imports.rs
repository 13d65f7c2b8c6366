//! The files that a file of code imports, found by the relative paths that stand in it.

use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use project::SourceFile;

use crate::error::Error;

/// Many times the largest file seen.
const MAX_BYTES: u64 = 4 << 20;

/// What may stand behind a path that is imported, as in Node.
const ENDINGS: &[&str] = &["", ".js", ".ts", ".mjs", ".cjs", ".json", "/index.js", "/index.ts"];

/// A file under `root` and every file it imports, directly or through others. A path that leads
/// nowhere, or out of the project, is left for the engine to report.
///
/// # Errors
/// [`Error::Read`], [`Error::TooLarge`]
pub(crate) fn read_with_imports(root: &Path, entry: &Path) -> Result<Vec<SourceFile>, Error> {
    let mut files: Vec<SourceFile> = Vec::new();
    let mut known = HashSet::from([entry.to_owned()]);
    let mut open = vec![entry.to_owned()];
    while let Some(path) = open.pop() {
        let text = read(&root.join(&path))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        for wanted in relative_paths(&text) {
            let found = ENDINGS
                .iter()
                .filter_map(|ending| inside(&folder, &format!("{wanted}{ending}")))
                .find(|candidate| root.join(candidate).is_file());
            if let Some(found) = found
                && known.insert(found.clone())
            {
                open.push(found);
            }
        }
        let path = path.to_string_lossy().replace('\\', "/");
        files.push(SourceFile { path, text });
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge { path: path.to_owned(), max_bytes: MAX_BYTES });
    }
    Ok(text)
}

/// Every `./...` and `../...` in quotes. One too many is harmless: a file that nobody imports is
/// not run.
fn relative_paths(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\'', '"', '`']).filter(|part| {
        (part.starts_with("./") || part.starts_with("../")) && !part.contains(['\n', '\0'])
    })
}

/// A path relative to a folder of the project as one relative to the project; nothing when it
/// leads out.
fn inside(folder: &Path, wanted: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for component in folder.join(wanted).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new folder of this process.
    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("assembly-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn imports_are_followed_and_stay_inside() {
        let parent = folder("imports");
        let root = parent.join("project");
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "cube.js",
            "const a = require('./lib/a'); require(\"./missing\"); require('../out');",
        );
        write("lib/a.ts", "import b from './b.js';\nexport * from `../data.json`;");
        write("lib/b.js", "require('./a'); require('../../out.js');");
        write("data.json", "{}");
        write("lib/unused.js", "");
        fs::write(parent.join("out.js"), "").unwrap();
        let files = read_with_imports(&root, Path::new("cube.js")).unwrap();
        let mut paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["cube.js", "data.json", "lib/a.ts", "lib/b.js"]);
        fs::remove_dir_all(parent).unwrap();
    }

    #[test]
    fn a_file_that_is_too_large_or_no_text_is_refused() {
        let root = folder("large");
        let large = " ".repeat(usize::try_from(MAX_BYTES).unwrap() + 1);
        fs::write(root.join("cube.js"), large).unwrap();
        let refused = read_with_imports(&root, Path::new("cube.js"));
        assert!(matches!(refused, Err(Error::TooLarge { .. })));
        fs::write(root.join("cube.js"), [0xff]).unwrap();
        let refused = read_with_imports(&root, Path::new("cube.js"));
        assert!(matches!(refused, Err(Error::Read { .. })));
        fs::remove_dir_all(root).unwrap();
    }
}
