//! The templates of `infra/` as `CloudFormation` reads them.

use std::process::Command;

use serde_json::Value;

use crate::tools::{Tools, root};

/// A template by its file name. `!Ref x` is `{"Ref": "x"}`, and so on.
pub fn read(name: &str) -> Value {
    let tools = Tools::get();
    let moto = tools.moto.as_ref().unwrap_or_else(|| tools.absent("moto"));
    let output = Command::new(moto.with_file_name("python"))
        .args(["-B", "infra/local/templates.py"])
        .arg(format!("infra/{name}"))
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The resources of one type: logical name and properties.
pub fn resources<'t>(
    template: &'t Value,
    kind: &'t str,
) -> impl Iterator<Item = (&'t str, &'t Value)> {
    let resources = template["Resources"].as_object().unwrap().iter();
    resources
        .filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
}

/// The statements of a role's policies, those of features included.
pub fn statements(role: &Value) -> Vec<&Value> {
    let policies = role["Policies"].as_array().into_iter().flatten();
    let mut found = Vec::new();
    for policy in policies {
        for statement in policy["PolicyDocument"]["Statement"].as_array().unwrap() {
            found.extend(either(statement).into_iter().filter(|way| way.get("Effect").is_some()));
        }
    }
    found
}

/// What a value may be: both ways of `Fn::If`.
fn either(value: &Value) -> Vec<&Value> {
    match value.get("Fn::If").and_then(Value::as_array) {
        Some(ways) => ways.iter().skip(1).flat_map(either).collect(),
        None => vec![value],
    }
}

/// The actions of a statement.
pub fn actions(statement: &Value) -> Vec<&str> {
    let stated = &statement["Action"];
    match stated.as_array() {
        Some(actions) => actions.iter().map(|action| action.as_str().unwrap()).collect(),
        None => vec![stated.as_str().unwrap()],
    }
}
