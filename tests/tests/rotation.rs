//! The rotation function itself, behind cargo-lambda's emulation of the Lambda service.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::lambda::Emulator;
use harness::moto::Moto;
use harness::soak::STEPS;
use harness::{http, leak, token, variables};
use serde_json::json;

const VERSION: &str = "4f1b2c3d-0a1b-4c2d-8e3f-405060708090";
const OTHER: &str = "5f1b2c3d-0a1b-4c2d-8e3f-405060708090";

fn start(moto: &Moto, arn: &str, more: &[(&str, &str)]) -> Emulator {
    let mut environment = moto.environment();
    let fixed = [
        ("CUBEJS_DB_NAME", "shop"),
        ("CUBEJS_DB_USER", "me"),
        ("TESSERA_API_SECRET_ARN", arn),
        ("TESSERA_MAX_TOKEN_LIFE", "1h"),
        ("TESSERA_SECRET_COOLDOWN", "500ms"),
    ];
    environment.extend(variables(&[&fixed, more].concat()));
    Emulator::start(&environment)
}

fn step(emulator: &Emulator, step: &str, arn: &str, version: &str) -> Result<String, String> {
    let event = json!({ "Step": step, "SecretId": arn, "ClientRequestToken": version });
    let answered = emulator.send("rotate-secret", &event);
    let said = format!("{answered:?}");
    assert!(!said.contains(arn) && !said.contains(token::SECRET), "{said}");
    answered.map(|answer| answer.as_str().unwrap().to_owned())
}

/// C-02, C-03
#[test]
fn every_step_may_come_twice_and_after_the_end() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    let emulator = start(&moto, &arn, &[("TESSERA_ROTATE", "keys")]);
    let first = moto.labelled(&arn, "AWSCURRENT").0;
    moto.begin_rotation(&arn, VERSION);
    assert_eq!(step(&emulator, "createSecret", &arn, VERSION).unwrap(), "Done");
    let pending = moto.labelled(&arn, "AWSPENDING");
    assert_ne!(pending.1, token::SECRET);
    assert_eq!(step(&emulator, "createSecret", &arn, VERSION).unwrap(), "NothingToDo");
    assert_eq!(moto.labelled(&arn, "AWSPENDING"), pending, "the same bytes");
    for name in ["setSecret", "setSecret", "testSecret", "testSecret", "finishSecret"] {
        assert_eq!(step(&emulator, name, &arn, VERSION).unwrap(), "Done", "{name}");
    }
    let labels = moto.labels(&arn);
    assert_eq!(
        (&labels[VERSION], &labels[&first]),
        (&vec!["AWSCURRENT".to_owned()], &vec!["AWSPREVIOUS".to_owned()])
    );
    assert_eq!(labels.len(), 2);
    for name in STEPS {
        assert_eq!(step(&emulator, name, &arn, VERSION).unwrap(), "NothingToDo", "{name}");
    }
    assert_eq!(moto.labels(&arn), labels);
    assert_eq!(moto.labelled(&arn, "AWSCURRENT"), pending);
    // Both verify now: the new one, and tokens that the old one signed.
    let claims = json!({ "iat": token::now(), "exp": token::now() + 60 });
    for secret in [token::SECRET, pending.1.as_str()] {
        let url = emulator.url("/cubejs-api/v1/meta");
        let answer =
            http::send("GET", &url, &[("authorization", &token::hs256(&claims, secret))], "");
        assert_eq!(answer.status, 200, "{}", answer.body);
        leak::check(&answer);
    }
    let log = emulator.log("rotate-secret");
    for canary in [token::SECRET, pending.1.as_str(), arn.as_str()] {
        assert!(!log.contains(canary), "{log}");
    }
    assert!(log.contains(r#""step":"finishSecret""#), "{log}");
}

/// C-03
#[test]
fn steps_out_of_order_and_of_other_rotations_change_nothing() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    let emulator = start(&moto, &arn, &[("TESSERA_ROTATE", "keys")]);
    let refused = |name: &str, version: &str, part: &str| {
        let before = moto.labels(&arn);
        let said = step(&emulator, name, &arn, version).unwrap_err();
        assert!(said.contains(part), "{name}: {said}");
        assert_eq!(moto.labels(&arn), before, "{name}");
    };
    for name in STEPS {
        refused(name, VERSION, "rotation is not enabled");
    }
    moto.begin_rotation(&arn, VERSION);
    for name in ["setSecret", "testSecret", "finishSecret"] {
        refused(name, VERSION, "createSecret comes first");
    }
    for name in STEPS {
        refused(name, OTHER, "no version of this rotation");
    }
    refused("deleteSecret", VERSION, "`Step`");
    refused("createSecret", "short", "`ClientRequestToken`");
    assert_eq!(step(&emulator, "createSecret", &arn, VERSION).unwrap(), "Done");
    moto.cancel_rotation(&arn);
    for name in STEPS {
        refused(name, VERSION, "rotation is not enabled");
    }
    let missing = arn.replace("rotated", "missing");
    let said = step(&emulator, "createSecret", &missing, VERSION).unwrap_err();
    assert_eq!(said, "AWS Secrets Manager did not do what it was asked: ResourceNotFoundException");
    for event in [json!({}), json!([]), json!("createSecret"), json!({ "Records": [] })] {
        let said = emulator.send("rotate-secret", &event).unwrap_err();
        assert!(said.starts_with("the event is no step of a rotation"), "{said}");
    }
}

#[test]
fn a_secret_is_not_rotated_before_its_last_tokens_have_ended() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    moto.put_secret(&arn, &token::SECRET.replace("canary", "second"), "second");
    let emulator = start(&moto, &arn, &[("TESSERA_ROTATE", "keys")]);
    moto.begin_rotation(&arn, VERSION);
    let said = step(&emulator, "createSecret", &arn, VERSION).unwrap_err();
    assert!(said.contains("was rotated too short a time ago"), "{said}");
    assert!(step(&emulator, "setSecret", &arn, VERSION).unwrap_err().contains("no value yet"));
}

#[test]
fn a_function_that_is_not_configured_rotates_nothing_and_says_so() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    let emulator = start(&moto, &arn, &[]);
    moto.begin_rotation(&arn, VERSION);
    let said = step(&emulator, "createSecret", &arn, VERSION).unwrap_err();
    assert_eq!(said, "the function is not configured: its log says which variable is wrong");
    let log = emulator.log("rotate-secret");
    assert!(log.contains("TESSERA_ROTATE is required"), "{log}");
}
