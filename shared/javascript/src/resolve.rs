//! Which file an `import` means.

/// Endings that may be left out.
const ENDINGS: &[&str] =
    &["", ".js", ".ts", ".mjs", ".cjs", ".json", "/index.js", "/index.ts", "/index.json"];

/// The path of the file that `wanted` names in the file `from`.
///
/// Relative to the importing file first, then, as in Cube, to the folder of all files (Cube 1.7.25,
/// `packages/cubejs-schema-compiler/src/compiler/DataSchemaCompiler.ts`, `resolveModuleFile`).
pub(crate) fn resolve(from: &str, wanted: &str, is_file: impl Fn(&str) -> bool) -> Option<String> {
    if !wanted.starts_with('.') {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let root = from.split_once('/').map_or("", |(root, _)| root);
    [folder, root].into_iter().find_map(|folder| {
        let path = join(folder, wanted)?;
        ENDINGS.iter().map(|ending| format!("{path}{ending}")).find(|path| is_file(path))
    })
}

/// A relative path below a folder; nothing when it leaves all folders.
fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_beside_below_and_above() {
        let files = ["model/a.js", "model/cubes/b.ts", "model/lib/index.js", "cube.js"];
        let found = |from, wanted| resolve(from, wanted, |path| files.contains(&path));
        assert_eq!(found("model/cubes/b.ts", "../a").as_deref(), Some("model/a.js"));
        assert_eq!(found("model/a.js", "./cubes/b.ts").as_deref(), Some("model/cubes/b.ts"));
        assert_eq!(found("model/a.js", "./lib").as_deref(), Some("model/lib/index.js"));
        assert_eq!(found("model/cubes/b.ts", "./a").as_deref(), Some("model/a.js"));
        assert_eq!(found("cube.js", "./model/a").as_deref(), Some("model/a.js"));
        assert_eq!(found("cube.js", "../x"), None);
        assert_eq!(found("cube.js", "lodash"), None);
    }
}
