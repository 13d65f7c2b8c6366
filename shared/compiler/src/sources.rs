//! The files of a model, whatever their language, as nodes.

use crate::context::{CompileContext, Reads};
use crate::report::{Place, Report};
use crate::yaml::{self, Node};

/// The root of every file; nothing for one that is empty or could not be read.
pub(crate) fn read(
    context: &CompileContext,
    reads: &Reads,
    report: &mut Report<'_>,
) -> Vec<Option<Node>> {
    let files = report.files();
    let mut roots = Vec::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        if is_script(file) {
            roots.push(None);
            continue;
        }
        let mut mistakes = Vec::new();
        let (root, is_complete) = yaml::read(&file.text, &mut mistakes);
        for (at, error) in mistakes {
            report.error(Place { file: index, at }, error);
        }
        if !is_complete {
            report.set_incomplete();
        }
        roots.push(root);
    }
    scripts(&mut roots, context, reads, report);
    roots
}

#[cfg(feature = "javascript")]
use crate::script::is_script;

/// Without the feature no file is a script to this crate.
#[cfg(not(feature = "javascript"))]
fn is_script(file: &crate::ModelFile) -> bool {
    matches!(file.path.rsplit('.').next(), Some("js" | "mjs" | "cjs" | "ts" | "mts" | "cts"))
}

#[cfg(feature = "javascript")]
fn scripts(
    roots: &mut [Option<Node>],
    context: &CompileContext,
    reads: &Reads,
    report: &mut Report<'_>,
) {
    let names = names::of(roots);
    let files = report.files();
    for (index, root) in crate::script::evaluate(files, names, context, reads, report) {
        if let Some(place) = roots.get_mut(index) {
            *place = Some(root);
        }
    }
}

/// Without the engine, a script is refused by name.
#[cfg(not(feature = "javascript"))]
fn scripts(_: &mut [Option<Node>], _: &CompileContext, _: &Reads, report: &mut Report<'_>) {
    let at = crate::report::Position { line: 1, column: 1 };
    for (file, _) in report.files().iter().enumerate().filter(|(_, file)| is_script(file)) {
        let feature = "JavaScript model files are (in a build without `javascript`)";
        report.error(Place { file, at }, crate::Error::Unsupported(feature));
    }
}

/// What scripts have to know of the other files.
#[cfg(feature = "javascript")]
mod names {
    use std::collections::BTreeMap;

    use crate::spelling::snake;
    use crate::yaml::{Node, Value};

    /// The cubes and views of YAML files with the names of their members.
    pub(super) fn of(roots: &[Option<Node>]) -> BTreeMap<String, Vec<String>> {
        let mut names = BTreeMap::new();
        for root in roots.iter().flatten() {
            for item in items(root, "cubes").into_iter().chain(items(root, "views")) {
                let Some(name) = name_of(item.node).or(item.key) else { continue };
                let members = ["measures", "dimensions", "segments"]
                    .into_iter()
                    .flat_map(|key| items(item.node, key))
                    .filter_map(|member| name_of(member.node).or(member.key))
                    .map(str::to_owned)
                    .collect();
                names.insert(name.to_owned(), members);
            }
        }
        names
    }

    struct Item<'n> {
        key: Option<&'n str>,
        node: &'n Node,
    }

    fn items<'n>(node: &'n Node, key: &str) -> Vec<Item<'n>> {
        let Value::Map(entries) = &node.value else { return Vec::new() };
        let Some(entry) = entries.iter().find(|entry| snake(&entry.key) == key) else {
            return Vec::new();
        };
        match &entry.value.value {
            Value::List(nodes) => nodes.iter().map(|node| Item { key: None, node }).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| Item { key: Some(&entry.key), node: &entry.value })
                .collect(),
            Value::Scalar { .. } => Vec::new(),
        }
    }

    fn name_of(node: &Node) -> Option<&str> {
        let Value::Map(entries) = &node.value else { return None };
        let entry = entries.iter().find(|entry| entry.key == "name")?;
        match &entry.value.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }
}
