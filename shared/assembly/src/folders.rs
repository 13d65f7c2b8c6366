//! Folders of a project as its code may read them: `new FileRepository('folder')`.

use std::path::{Component, Path, PathBuf};

use compiler::ModelFile;
use serde_json::{Value, json};

/// The model files of a folder of the project at `root`: a JSON list of one text in, a JSON list of
/// `{fileName, content}` out, with names below the folder.
///
/// # Errors
/// A sentence for the author: the folder lies outside the project, or cannot be read.
pub(crate) fn read(root: &Path, arguments: &str) -> Result<String, String> {
    let arguments: Vec<Value> = serde_json::from_str(arguments).unwrap_or_default();
    let folder = arguments.first().and_then(Value::as_str).unwrap_or_default();
    let path = inside(root, folder)?;
    let files = compiler::read_folder(&path)
        .map_err(|error| format!("the folder `{folder}` of the project cannot be read: {error}"))?;
    let file = |ModelFile { path, text }: ModelFile| {
        let name = path.split_once('/').map_or(path.as_str(), |(_, name)| name);
        json!({ "fileName": name, "content": text })
    };
    Ok(Value::Array(files.into_iter().map(file).collect()).to_string())
}

/// A folder of the project. The name may be made of claims: `..` is refused wherever it leads, and
/// so is a link out of the project.
fn inside(root: &Path, folder: &str) -> Result<PathBuf, String> {
    let outside = || {
        format!(
            "the folder `{folder}` is not one of the project: write a path below it without `..`"
        )
    };
    let is_plain = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    if folder.is_empty() || folder.contains('\0') || !Path::new(folder).components().all(is_plain) {
        return Err(outside());
    }
    let real = |path: &Path| path.canonicalize().map_err(|_| outside());
    let path = real(&root.join(folder))?;
    if path.starts_with(real(root)?) { Ok(path) } else { Err(outside()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_folders_of_the_project_are_read() {
        let parent = std::env::temp_dir().join(format!("assembly-folders-{}", std::process::id()));
        let root = parent.join("project");
        fs::create_dir_all(root.join("model/acme/deep")).unwrap();
        fs::create_dir_all(parent.join("secret")).unwrap();
        fs::write(root.join("model/acme/deep/orders.yml"), "cubes: []").unwrap();
        fs::write(root.join("model/acme/users.yml"), "cubes: []").unwrap();
        fs::write(parent.join("secret/keys.yml"), "secret").unwrap();
        std::os::unix::fs::symlink(parent.join("secret"), root.join("link")).unwrap();
        let read = |folder: &str| read(&root, &json!([folder]).to_string());

        let files: Value = serde_json::from_str(&read("./model/acme").unwrap()).unwrap();
        let names: Vec<_> =
            files.as_array().unwrap().iter().map(|file| &file["fileName"]).collect();
        assert_eq!(names, ["deep/orders.yml", "users.yml"]);
        for outside in [
            "../secret",
            "model/../../secret",
            "model/acme/../other",
            "/etc",
            "link",
            "",
            "model/nobody",
            "model\0/acme",
        ] {
            let refused = read(outside).unwrap_err();
            assert!(refused.contains("is not one of the project"), "{outside}: {refused}");
            assert!(!refused.contains(&*parent.to_string_lossy()), "{refused}");
        }
        fs::remove_dir_all(parent).unwrap();
    }
}
