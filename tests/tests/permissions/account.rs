//! AWS behind a proxy that writes down what is asked of it.

use std::collections::{BTreeMap, BTreeSet};

use harness::lambda::{Emulator, SELF};
use harness::moto::{Moto, REGION};
use harness::recorder::Recorder;
use harness::soak::STEPS;
use serde_json::json;

const VERSION: &str = "6f1b2c3d-0a1b-4c2d-8e3f-405060708090";

/// What is asked for: role, action, and what of the template it is about.
pub(crate) type Asked = BTreeSet<(String, String, Option<String>)>;

/// AWS with a proxy before it, and what its resources are in the template.
pub(crate) struct Account {
    pub(crate) moto: Moto,
    pub(crate) recorder: Recorder,
    pub(crate) names: BTreeMap<String, &'static str>,
}

impl Account {
    pub(crate) fn new() -> Self {
        let moto = Moto::start();
        let recorder = Recorder::start(moto.port);
        Self { moto, recorder, names: BTreeMap::new() }
    }

    /// A secret that stands for this one of the template.
    pub(crate) fn secret(&mut self, name: &'static str, text: &str) -> String {
        let arn = self.moto.create_secret(name, text);
        self.names.insert(arn.clone(), name);
        arn
    }

    /// The functions without a database.
    pub(crate) fn start(&self, variables: &[(&str, &str)]) -> Emulator {
        let database = [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me")];
        self.start_with_database(&[&database, variables].concat())
    }

    /// The functions, each signing its calls with its name.
    pub(crate) fn start_with_database(&self, variables: &[(&str, &str)]) -> Emulator {
        start_behind(&self.recorder, variables)
    }

    /// All steps of a rotation.
    pub(crate) fn rotate(&self, emulator: &Emulator, arn: &str) {
        self.moto.begin_rotation(arn, VERSION);
        for step in STEPS {
            let event = json!({ "Step": step, "SecretId": arn, "ClientRequestToken": VERSION });
            let answered = emulator.send("rotate-secret", &event);
            assert_eq!(answered, Ok(json!("Done")), "{step}: {}", emulator.log("rotate-secret"));
        }
    }

    /// What was asked for, `rotate-secret` in this role.
    pub(crate) fn asked(&self, rotation: &str) -> Asked {
        asked_of(&self.recorder, &self.names, rotation)
    }
}

/// The functions, each signing its calls with its name, with the proxy for AWS.
pub(crate) fn start_behind(recorder: &Recorder, variables: &[(&str, &str)]) -> Emulator {
    let url = format!("http://127.0.0.1:{}", recorder.port);
    let fixed = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", SELF),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("TESSERA_MAX_TOKEN_LIFE", "1h"),
        ("TESSERA_SECRET_COOLDOWN", "500ms"),
    ];
    Emulator::start(&harness::variables(&[&fixed, variables].concat()))
}

/// What was asked for, by the names of the template; `rotate-secret` in the role `rotation`.
pub(crate) fn asked_of(
    recorder: &Recorder,
    names: &BTreeMap<String, &'static str>,
    rotation: &str,
) -> Asked {
    let role = |caller: &str| match caller {
        "load" => "LoadRole".to_owned(),
        "token" => "TokenRole".to_owned(),
        "rotate-secret" => rotation.to_owned(),
        "renew-certificate" => "RenewCertificateRole".to_owned(),
        other => panic!("{other} is no function"),
    };
    let calls = recorder.calls().into_iter();
    calls
        .map(|call| {
            let named = call.resource.map(|resource| {
                let known = names.get(&resource).copied();
                // There is one key, and KMS has several names for it.
                let known = known.or(call.action.starts_with("kms:").then_some("SigningKey"));
                known.unwrap_or_else(|| panic!("{} on {resource}", call.action)).to_owned()
            });
            (role(&call.caller), call.action, named)
        })
        .collect()
}
