//! Reading a model folder.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

use compiler::{ReadError, named_files, read_folder};

/// An empty folder called `model` for one test.
fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("folder").join(test).join("model");
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn paths(folder: &Path) -> Vec<String> {
    read_folder(folder).unwrap().into_iter().map(|file| file.path).collect()
}

#[test]
fn yaml_files_are_read_in_the_order_of_their_paths() {
    let folder = folder("order");
    for name in ["users.yml", "cubes/orders.yaml", "cubes/deep/a.YML", "b.yml", "m.jinja"] {
        write(&folder, name, format!("# {name}\n"));
    }
    for name in ["README.md", "seed.sql", ".hidden.yml", ".git/x.yml", "node_modules/x/y.js"] {
        write(&folder, name, "not a model");
    }
    let files = read_folder(&folder).unwrap();
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    let expected = [
        "model/b.yml",
        "model/cubes/deep/a.YML",
        "model/cubes/orders.yaml",
        "model/m.jinja",
        "model/users.yml",
    ];
    assert_eq!(paths, expected);
    assert_eq!(files[4].text, "# users.yml\n");
}

#[test]
fn an_empty_folder_has_no_files() {
    assert!(paths(&folder("empty")).is_empty());
}

#[test]
fn files_whose_rules_would_be_lost_are_refused_by_name() {
    let folder = folder("refused");
    for name in ["a.yml", "globals.py", "views.yml.jinja2"] {
        write(&folder, name, "");
    }
    let error = read_folder(&folder).unwrap_err();
    assert_eq!(
        error.to_string(),
        "these files are not served yet, and serving the model without them would leave out what \
         they say: model/globals.py, model/views.yml.jinja2"
    );
}

#[test]
fn scripts_are_read_where_there_is_an_engine_and_refused_where_not() {
    let folder = folder("scripts");
    for name in ["cubes/orders.js", "x.ts", "types.d.ts"] {
        write(&folder, name, "");
    }
    let found = read_folder(&folder);
    if cfg!(feature = "javascript") {
        let paths: Vec<String> = found.unwrap().into_iter().map(|file| file.path).collect();
        assert_eq!(paths, ["model/cubes/orders.js", "model/x.ts"]);
    } else {
        let error = found.unwrap_err().to_string();
        assert!(error.ends_with("they say: model/cubes/orders.js, model/x.ts"), "{error}");
    }
}

#[test]
fn a_missing_folder_is_named() {
    let error = read_folder(&folder("missing").join("nowhere")).unwrap_err();
    assert!(matches!(error, ReadError::Io { .. }), "{error:?}");
    assert_eq!(error.to_string(), "cannot read nowhere");
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_refused() {
    let latin = folder("latin");
    write(&latin, "a.yml", b"cubes: \xe9");
    assert!(
        matches!(read_folder(&latin), Err(ReadError::NotText { path }) if path == "model/a.yml")
    );
    let large = folder("large");
    write(&large, "a.yml", vec![b'#'; 4 * 1024 * 1024 + 1]);
    assert!(matches!(read_folder(&large), Err(ReadError::TooLarge { .. })));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_a_circle_of_them_ends() {
    use std::os::unix::fs::symlink;
    let folder = folder("links");
    write(&folder, "..data/orders.yml", "cubes:\n");
    symlink("..data/orders.yml", folder.join("orders.yml")).unwrap();
    write(&folder, "cubes/users.yml", "cubes:\n");
    symlink("..", folder.join("cubes/up")).unwrap();
    assert_eq!(paths(&folder), ["model/cubes/users.yml", "model/orders.yml"]);
    symlink("nowhere", folder.join("broken.yml")).unwrap();
    assert!(matches!(read_folder(&folder), Err(ReadError::Io { .. })));
}

#[test]
fn folders_nested_without_end_are_refused() {
    let folder = folder("deep");
    write(&folder, &format!("{}a.yml", "d/".repeat(33)), "");
    assert!(matches!(read_folder(&folder), Err(ReadError::TooDeep { .. })));
}

#[test]
fn files_that_stand_in_no_folder_are_sorted_and_told_apart() {
    let named = |names: &[&str]| {
        named_files(names.iter().map(|name| ((*name).to_owned(), format!("# {name}"))))
    };
    let files = named(&["./users.yml", "cubes/orders.YAML", "/a.jinja", "README.md", "types.d.ts"]);
    let paths: Vec<String> = files.unwrap().into_iter().map(|file| file.path).collect();
    assert_eq!(paths, ["model/a.jinja", "model/cubes/orders.YAML", "model/users.yml"]);
    assert!(named(&[]).unwrap().is_empty());
    let twice = named(&["a.yml", "./a.yml"]).unwrap_err().to_string();
    assert_eq!(twice, "model/a.yml is there twice: keep one");
    let python = named(&["globals.py", "a.yml"]).unwrap_err();
    assert!(matches!(python, ReadError::NotServedYet { .. }), "{python}");
    let large = named_files([("a.yml".to_owned(), " ".repeat(5 << 20))]);
    assert!(matches!(large, Err(ReadError::TooLarge { .. })));
}
