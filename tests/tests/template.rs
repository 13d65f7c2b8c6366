//! The template of the installation against what it installs.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use harness::lambda::FUNCTIONS;
use harness::template::{self, resources};
use harness::tools::root;
use serde_json::Value;

/// Path and function of each route of `cargo lambda watch`.
fn watched() -> BTreeMap<String, String> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    let router = &metadata.workspace_metadata["lambda"]["watch"]["router"];
    let router: BTreeMap<String, String> = serde_json::from_value(router.clone()).unwrap();
    router.into_iter().map(|(path, name)| (path.replace("{*rest}", "{proxy+}"), name)).collect()
}

/// Path and function of each route of the HTTP API.
fn deployed(template: &Value) -> BTreeMap<String, String> {
    let integrations: BTreeMap<&str, String> =
        resources(template, "AWS::ApiGatewayV2::Integration")
            .map(|(name, properties)| {
                let alias = properties["IntegrationUri"]["Ref"].as_str().unwrap();
                (name, alias.strip_suffix(".Alias").unwrap().to_lowercase())
            })
            .collect();
    resources(template, "AWS::ApiGatewayV2::Route")
        .filter(|(name, _)| !name.ends_with("PreflightRoute"))
        .map(|(name, route)| {
            let target = route["Target"]["Fn::Sub"].as_str().unwrap();
            let target = target.strip_prefix("integrations/${").unwrap().trim_end_matches('}');
            let path = route["RouteKey"].as_str().unwrap().strip_prefix("ANY ");
            let path = path.unwrap_or_else(|| panic!("{name} takes some methods only"));
            (path.to_owned(), integrations[target].clone())
        })
        .collect()
}

#[test]
fn the_gateway_has_the_routes_of_cargo_lambda_watch() {
    assert_eq!(deployed(&template::read("template.yaml")), watched());
}

#[test]
fn every_route_of_the_api_has_a_way_through_the_gateway() {
    let routes = deployed(&template::read("template.yaml"));
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = text.lines().skip_while(|line| !line.starts_with("| route ")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let function = cells[3].trim_matches('`').strip_prefix("functions/");
        let paths = cells[1].split(['`', ' ', ',']).filter(|piece| piece.starts_with('/'));
        for path in paths {
            let path =
                if path.starts_with("/v1") { format!("/cubejs-api{path}") } else { path.into() };
            let leads_to = routes.iter().find(|(route, _)| match route.strip_suffix("{proxy+}") {
                Some(start) => path.starts_with(start),
                None => **route == path,
            });
            assert_eq!(leads_to.map(|(_, name)| name.as_str()), function, "{path}");
            count += 1;
        }
    }
    assert!(count > 10, "the table of routes was not found");
}

#[test]
fn every_function_is_in_the_template_and_has_a_role_and_a_log_of_its_own() {
    let template = template::read("template.yaml");
    let functions: Vec<_> = resources(&template, "AWS::Serverless::Function").collect();
    let packages: BTreeSet<&str> = functions
        .iter()
        .map(|(_, function)| {
            let uri = function["CodeUri"].as_str().unwrap();
            let folder = uri.strip_suffix("/bootstrap.zip").unwrap();
            folder.strip_prefix("../target/arm64/lambda/").unwrap()
        })
        .collect();
    assert_eq!(packages, BTreeSet::from(FUNCTIONS));
    for part in ["Role", "LoggingConfig"] {
        let own: BTreeSet<String> =
            functions.iter().map(|(_, function)| function[part].to_string()).collect();
        assert_eq!(own.len(), functions.len(), "two functions share a {part}");
    }
    let globals = &template["Globals"]["Function"];
    assert_eq!(globals["Runtime"], "provided.al2023");
    assert_eq!(globals["Architectures"][0], "arm64");
}

#[test]
fn every_variable_of_the_template_is_one_that_is_read() {
    let template = template::read("template.yaml");
    let mut count = 0;
    for (name, function) in resources(&template, "AWS::Serverless::Function") {
        for variable in function["Environment"]["Variables"].as_object().unwrap().keys() {
            let known = settings::variables().find(|known| known.name == variable);
            assert!(known.is_some_and(|known| known.has_effect), "{name}: {variable}");
            count += 1;
        }
    }
    assert!(count > 40);
}

#[test]
fn no_action_is_a_wildcard_and_none_on_everything_but_what_has_no_resources() {
    // AWS, "Actions, resources, and condition keys": neither service knows resources for these.
    let without_resources = ["xray:", "ec2:"];
    for file in ["template.yaml", "database.yaml"] {
        let template = template::read(file);
        for (name, role) in resources(&template, "AWS::IAM::Role") {
            for statement in template::statements(role) {
                for action in template::actions(statement) {
                    assert!(!action.contains('*'), "{file} {name}: {action}");
                    let is_broad = statement["Resource"] == "*";
                    let may_be = without_resources.iter().any(|start| action.starts_with(start));
                    assert!(!is_broad || may_be, "{file} {name}: {action} on everything");
                }
            }
        }
    }
}

#[test]
fn the_dashboard_shows_metrics_that_are_written() {
    let template = template::read("alarms.yaml");
    let (_, dashboard) = resources(&template, "AWS::CloudWatch::Dashboard").next().unwrap();
    let body: Value = serde_json::from_str(dashboard["DashboardBody"]["Fn::Sub"].as_str().unwrap())
        .expect("the body of the dashboard is JSON");
    let code: String = ["audit/mod.rs", "audit/record.rs", "audit/timing.rs"]
        .map(|file| std::fs::read_to_string(root().join("shared/api/src").join(file)).unwrap())
        .concat();
    let mut count = 0;
    for widget in body["widgets"].as_array().unwrap() {
        let mut namespace = "";
        for metric in widget["properties"]["metrics"].as_array().into_iter().flatten() {
            let first = metric[0].as_str().unwrap();
            namespace = if first.starts_with('.') { namespace } else { first };
            if namespace == "Tessera" && first != "..." {
                let name = format!("\"{}\"", metric[1].as_str().unwrap());
                assert!(code.contains(&name), "nobody writes {name}");
                count += 1;
            }
        }
    }
    assert_eq!(count, 6);
}

/// What a script of this folder prints.
fn printed(arguments: &[&str]) -> String {
    let output =
        std::process::Command::new("python3").args(arguments).current_dir(root()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[test]
fn the_guide_has_the_figures_that_its_scripts_compute() {
    let guide = std::fs::read_to_string(root().join("infra/README.md")).unwrap();
    assert!(guide.contains(&printed(&["-B", "infra/cost.py"])), "run infra/cost.py");
    assert!(!printed(&["-B", "infra/scaling.py", "--check"]).contains("WRONG"));
}

/// Commands are `sh` blocks; those that need an account say so.
#[test]
fn the_commands_of_the_guide_run_or_say_that_they_need_an_account() {
    let guide = std::fs::read_to_string(root().join("infra/README.md")).unwrap();
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let folder = harness::command::Folder::new();
    let mut count = 0;
    for block in guide.split("```sh\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let ["make", verb, ..] = words[..] {
                assert!(makefile.contains(&format!("\n{verb}: ")), "no verb: {line}");
            }
            if line.ends_with("  # needs AWS") {
                continue;
            }
            match words[..] {
                ["python3", script, ref rest @ ..] => {
                    printed(&[&["-B", script], rest].concat());
                }
                ["tessera", ref rest @ ..] => {
                    let said = harness::command::tessera(folder.path(), rest, &[]);
                    assert_eq!(said.code, 0, "{line}: {}", said.err);
                }
                _ => panic!("nobody runs this, and it does not say that it needs AWS: {line}"),
            }
            count += 1;
        }
    }
    assert!(count >= 5, "the commands were not found");
}

/// A function that may write into a zone could lead everybody elsewhere.
#[test]
fn of_the_zone_only_the_record_that_proves_the_name_may_be_written() {
    let template = template::read("template.yaml");
    let mut roles = resources(&template, "AWS::IAM::Role");
    let (_, role) = roles.find(|(name, _)| *name == "RenewCertificateRole").unwrap();
    let writes = "route53:ChangeResourceRecordSets";
    let statements = template::statements(role);
    let statements: Vec<&Value> = statements
        .into_iter()
        .filter(|statement| template::actions(statement).contains(&writes))
        .collect();
    let [statement] = statements[..] else { panic!("{statements:?}") };
    let condition = &statement["Condition"]["ForAllValues:StringEquals"];
    let name = &condition["route53:ChangeResourceRecordSetsNormalizedRecordNames"];
    assert_eq!(name[0]["Fn::Sub"], "_acme-challenge.${DomainName}");
    assert_eq!(name.as_array().unwrap().len(), 1);
    let kinds = &condition["route53:ChangeResourceRecordSetsRecordTypes"];
    assert_eq!((&kinds[0], kinds.as_array().unwrap().len()), (&Value::from("TXT"), 1));
}
