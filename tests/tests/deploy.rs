//! What a deployment breaks off at before anything is built: each with what to do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use harness::command::Folder;
use harness::moto::Moto;
use harness::tools::{Tools, root};
use serde_json::json;

/// Checks a deployment; what stands in the way is the last line. `state` stands for what `CloudFormation` says of an earlier
/// deployment, `free` for the instances that AWS Lambda has left, `code` for an error of AWS.
const SCRIPT: &str = "
import json, sys
import aws
from tools import Missing
case, parameters = json.loads(sys.argv[1]), json.loads(sys.argv[2])
def fail(*_):
    raise aws.errors.ClientError({'Error': {'Code': case['code'], 'Message': 'not you'}}, 'DescribeStacks')
try:
    with aws.explained():
        cloud = aws.connect()
        cloud.find = lambda stack: {'StackStatus': case['state']} if 'state' in case else None
        if 'code' in case:
            cloud.find = fail
        if 'free' in case:
            class Lambda:
                def get_account_settings(self):
                    return {'AccountLimit': {'UnreservedConcurrentExecutions': case['free']}}
            real = cloud.client
            cloud.client = lambda name: Lambda() if name == 'lambda' else real(name)
        cloud.check('shop', parameters)
        print('nothing')
except Missing as reason:
    print(reason)
";

struct Account {
    moto: Moto,
    secret: String,
    home: Folder,
}

impl Account {
    fn new() -> Self {
        let moto = Moto::start();
        let secret = moto.create_secret("login", r#"{"username": "a", "password": "b"}"#);
        Self { moto, secret, home: Folder::new() }
    }

    fn check(&self, case: &str, changes: &[(&str, &str)], environment: &[(&str, &str)]) -> String {
        let mut parameters = json!({
            "DatabaseHost": "db.example.com",
            "DatabaseSecretArn": self.secret,
            "ReserveConcurrency": "false",
        });
        for (name, value) in changes {
            parameters[*name] = json!(value);
        }
        let moto = Tools::get().moto.as_ref().unwrap_or_else(|| Tools::get().absent("moto"));
        let output = Command::new(moto.with_file_name("python"))
            .args(["-B", "-c", SCRIPT, case, &parameters.to_string()])
            .current_dir(root().join("infra/local"))
            .env_clear()
            .env("HOME", self.home.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.moto.environment())
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

#[test]
fn parameters_that_are_missing_wrong_or_misspelt_are_named() {
    let account = Account::new();
    let check = |changes: &[(&str, &str)]| account.check("{}", changes, &[]);
    assert_eq!(check(&[]), "nothing");
    assert_eq!(check(&[("DomainName", "api.example.com")]), "nothing", "a certificate is imported");
    for (changes, part) in [
        (&[("DatabaseHost", "")][..], "Database=existing needs DatabaseHost"),
        (&[("DatabaseSecretArn", "")], "Database=existing needs DatabaseSecretArn"),
        (&[("DatabaseHots", "x")], "DatabaseHots is no parameter; did you mean DatabaseHost?"),
        (&[("Size", "XL")], "Size is one of S, M, L"),
        (&[("DatabasePort", "postgres")], "DatabasePort is a number"),
        (&[("DatabasePort", "70000")], "DatabasePort is from 1 to 65535"),
        (&[("DatabaseSecretArn", "hunter2")], "has to be the ARN of a secret"),
        (&[("Signing", "key")], "Signing=key needs SigningKeyArn"),
        (&[("RenewCertificate", "true")], "need DomainName"),
        (
            &[("ClientCertificates", "true"), ("DomainName", "api.example.com")],
            "ClientCertificates needs RenewCertificate=true",
        ),
        (
            &[
                ("ClientCertificates", "true"),
                ("DomainName", "api.example.com"),
                ("RenewCertificate", "true"),
                ("AuthoritySecretArn", "arn:aws:secretsmanager:us-east-1:123456789012:secret:ca"),
            ],
            "ClientCertificates needs HostedZoneId or OwnershipCertificateArn",
        ),
        (
            &[
                ("AcmeDirectory", "https://acme.example.com/directory"),
                ("RenewCertificate", "true"),
                ("DomainName", "api.example.com"),
            ],
            "AcmeDirectory needs RenewCertificate=true, and HostedZoneId",
        ),
        (&[("AcmeDirectory", "acme.example.com")], "the https URL of the directory"),
        (&[("AcmeContacts", "ops@example.com")], "comma-separated mailto addresses"),
        (&[("Database", "new"), ("RotateDatabase", "true")], "RotateDatabase needs DatabaseCa"),
        (&[("Issuers", "https://login.example.com")], "JSON objects with commas between"),
    ] {
        let said = check(changes);
        assert!(said.contains(part), "{changes:?}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_wrong_region_is_told_before_anything_is_built() {
    let account = Account::new();
    let region = |name: &str, case: &str| {
        account.check(case, &[], &[("AWS_REGION", name), ("AWS_DEFAULT_REGION", name)])
    };
    assert!(region("", "{}").contains("no region is named: set AWS_REGION"));
    assert!(region("eu-centrall-1", "{}").contains("eu-centrall-1 is no region of AWS Lambda"));
    let other = region("eu-central-1", "{}");
    assert!(
        other.contains("DatabaseSecretArn is in us-east-1, and the deployment in eu-central-1")
    );
    let edge = account.check(
        "{}",
        &[
            ("Edge", "true"),
            ("DatabaseSecretArn", &account.secret.replace("us-east-1", "eu-central-1")),
        ],
        &[("AWS_REGION", "eu-central-1"), ("AWS_DEFAULT_REGION", "eu-central-1")],
    );
    assert!(edge.contains("Edge=true outside us-east-1 needs WebAclArn"), "{edge}");
}

#[test]
fn missing_credentials_permissions_secrets_and_quotas_are_told() {
    let account = Account::new();
    let nobody = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    assert!(account.check("{}", &[], &nobody).contains("no credentials of AWS"));
    for (code, part) in [
        ("AccessDenied", "permission is missing for DescribeStacks: not you"),
        ("ExpiredToken", "Log in again"),
        ("Throttling", "DescribeStacks: Throttling not you"),
    ] {
        let said = account.check(&json!({ "code": code }).to_string(), &[], &[]);
        assert!(said.contains(part), "{said}");
    }
    let missing = account.secret.replace("login", "nologin");
    let said = account.check("{}", &[("DatabaseSecretArn", &missing)], &[]);
    assert!(said.contains("DatabaseSecretArn names no secret"), "{said}");
    let reserve = [("ReserveConcurrency", "true")];
    let said = account.check(r#"{"free": 110}"#, &reserve, &[]);
    assert!(said.contains("Size=S reserves 29 instances, of 110 that are free"), "{said}");
    assert_eq!(account.check(r#"{"free": 1000}"#, &reserve, &[]), "nothing");
}

#[test]
fn a_half_finished_deployment_is_told_with_the_way_out() {
    let account = Account::new();
    for (state, part) in [
        ("ROLLBACK_COMPLETE", "`make destroy STACK=shop`, then again"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name shop"),
        ("DELETE_FAILED", "describe-stack-events --stack-name shop"),
        ("UPDATE_IN_PROGRESS", "somebody deploys it at this moment"),
        ("UPDATE_ROLLBACK_COMPLETE", "nothing"),
        ("CREATE_COMPLETE", "nothing"),
    ] {
        let said = account.check(&json!({ "state": state }).to_string(), &[], &[]);
        assert!(said.contains(part), "{state}: {said}");
    }
}
