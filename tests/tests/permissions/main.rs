//! Every flow against moto behind a proxy that writes down what is asked for: the role of a function in the template grants
//! exactly that, and on the resources that it is about.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod account;
mod certificates;
mod credentials;

use std::collections::BTreeSet;

use harness::template;
use serde_json::Value;

use account::Asked;

/// What no flow asks for, and is granted all the same.
const GRANTED_WITHOUT_A_CALL: &[(&str, &str)] = &[
    ("logs:", "AWS Lambda writes what a function prints, with the function's role"),
    ("xray:", "AWS Lambda sends the traces, with the function's role"),
    ("ec2:", "AWS Lambda connects the function to its network, with the function's role"),
    ("kms:Decrypt", "Secrets Manager, DynamoDB and SNS decrypt in the name of whoever asks them"),
    ("s3:ListBucket", "who may not list a bucket is not told that an object is not there"),
    (
        "s3:GetObjectVersion",
        "API Gateway reads the version of the bundle with the rights of whoever points it there",
    ),
    ("kms:GenerateDataKey", "Secrets Manager and SNS encrypt in the name of whoever asks them"),
];

#[test]
fn a_role_grants_what_its_function_asks_for_and_nothing_else() {
    let flows = credentials::FLOWS.iter().chain(&certificates::FLOWS);
    let asked: Asked = flows.flat_map(|flow| flow()).collect();
    let template = template::read("template.yaml");
    let mut problems = Vec::new();
    for (name, role) in template::resources(&template, "AWS::IAM::Role") {
        if name == "ScheduleRole" {
            continue; // Amazon EventBridge acts in it, and no function.
        }
        let statements = template::statements(role);
        for (_, action, about) in asked.iter().filter(|(asking, ..)| asking == name) {
            let is_granted = statements.iter().any(|statement| {
                template::actions(statement).contains(&action.as_str())
                    && covers(statement, about.as_deref())
            });
            if !is_granted {
                problems.push(format!("{name} does not grant {action} on {about:?}"));
            }
        }
        for action in statements.iter().flat_map(|statement| template::actions(statement)) {
            let is_asked = asked.iter().any(|(asking, asked, _)| asking == name && asked == action);
            let is_known =
                GRANTED_WITHOUT_A_CALL.iter().any(|(start, _)| action.starts_with(start));
            if !is_asked && !is_known {
                problems.push(format!("{name} grants {action}, which no flow asks for"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let roles: BTreeSet<&str> = asked.iter().map(|(role, ..)| role.as_str()).collect();
    assert_eq!(roles.len(), 6, "{roles:?}");
}

/// Whether a statement is about what of the template is asked for.
fn covers(statement: &Value, about: Option<&str>) -> bool {
    about.is_none_or(|name| statement["Resource"].to_string().contains(name))
}
