//! An empty project: its settings, its code, a sample cube, its verbs.

use crate::Error;

/// A file of a new project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Relative to the project's folder.
    pub path: &'static str,
    /// What it says.
    pub text: String,
    /// Whether nobody but its owner may read it.
    pub is_secret: bool,
}

/// The files of a new project. `secret` becomes its `CUBEJS_API_SECRET`.
pub fn project(name: &str, secret: &str) -> Vec<ProjectFile> {
    let file = |path, template: &str| ProjectFile {
        path,
        text: template.replace("<name>", name).replace("<secret>", secret),
        is_secret: template.contains("<secret>"),
    };
    vec![
        file(".env", include_str!("project/env")),
        file(".gitignore", include_str!("project/gitignore")),
        file("Makefile", include_str!("project/makefile")),
        file("README.md", include_str!("project/readme.md")),
        file("cube.js", include_str!("project/cube.js")),
        file("model/cubes/example_orders.yml", include_str!("project/example_orders.yml")),
    ]
}

/// The longest name of a folder that every tool takes.
const MAX_NAME: usize = 64;

/// Whether `name` can be the name of a project and of its folder.
///
/// # Errors
/// [`Error::BadProjectName`].
pub fn check_name(name: &str) -> Result<(), Error> {
    let mut bytes = name.bytes();
    let is_name = name.len() <= MAX_NAME
        && bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_name { Ok(()) } else { Err(Error::BadProjectName(name.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_settings_hold_the_secret() {
        let files = project("shop", "5ec2e7");
        let holders: Vec<&str> = files
            .iter()
            .filter(|file| file.text.contains("5ec2e7"))
            .map(|file| file.path)
            .collect();
        assert_eq!(holders, [".env"]);
        assert!(files.iter().all(|file| file.is_secret == (file.path == ".env")));
        assert!(files.iter().all(|file| !file.text.contains('<') || !file.text.contains("<name>")));
    }

    #[test]
    fn the_sample_compiles() {
        let files = project("shop", "5ec2e7");
        let models = files.iter().filter(|file| file.path.starts_with("model/"));
        let models: Vec<compiler::ModelFile> = models
            .map(|file| compiler::ModelFile { path: file.path.to_owned(), text: file.text.clone() })
            .collect();
        let compiled = compiler::compile_with_warnings(&models).unwrap();
        assert_eq!((compiled.model.len(), compiled.warnings.len()), (1, 0));
    }

    #[test]
    fn a_name_is_one_folder() {
        for good in ["a", "my-shop_2", &"x".repeat(64)] {
            check_name(good).unwrap();
        }
        let long = "x".repeat(65);
        for bad in ["", ".", "..", "a/b", "../a", "-x", "1a", "a b", "ä", "a\n", "a\0", &long] {
            assert_eq!(check_name(bad), Err(Error::BadProjectName(bad.to_owned())));
        }
    }
}
