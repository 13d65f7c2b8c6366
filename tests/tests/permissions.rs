//! Every flow against moto behind a proxy that writes down what is asked for: the role of a function in the template grants
//! exactly that, and on the resources that it is about.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use certificate::{Authority, Charter, KeyType, Profile, self_signed};
use harness::aws::{Aws, Refusal};
use harness::cognito::UserPool;
use harness::lambda::{Emulator, SELF};
use harness::moto::{Moto, REGION};
use harness::pebble::{NO_WEB_SERVER, Pebble};
use harness::postgres::{self, Cluster};
use harness::recorder::Recorder;
use harness::soak::STEPS;
use harness::{form, http, template, token, wait_until};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

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

const DAY: Duration = Duration::from_hours(24);
const VERSION: &str = "6f1b2c3d-0a1b-4c2d-8e3f-405060708090";
const POLICY: &str = "
clients:
- {id: shop, secret: client-secret-canary-0123456789, rights: [issue, revoke, introspect]}
";
const CLIENT: [(&str, &str); 2] =
    [("client_id", "shop"), ("client_secret", "client-secret-canary-0123456789")];
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgT5OHeMMJmCtDOlci\n\
    v9kgaVOeGIqClVdnGvV6SZADGqChRANCAAQp0yh8C1ckQw5vkOqVgZWHjAfJpB7i\n\
    Oat6r0Us9Yll50GxOqxIUraEASHup90L9nPzDrIcqXt3Mp2BhPSm5z88\n\
    -----END PRIVATE KEY-----\n";

/// What is asked for: role, action, and what of the template it is about.
type Asked = BTreeSet<(String, String, Option<String>)>;

/// AWS with a proxy before it, and what its resources are in the template.
struct Account {
    moto: Moto,
    recorder: Recorder,
    names: BTreeMap<String, &'static str>,
}

impl Account {
    fn new() -> Self {
        let moto = Moto::start();
        let recorder = Recorder::start(moto.port);
        Self { moto, recorder, names: BTreeMap::new() }
    }

    /// A secret that stands for this one of the template.
    fn secret(&mut self, name: &'static str, text: &str) -> String {
        let arn = self.moto.create_secret(name, text);
        self.names.insert(arn.clone(), name);
        arn
    }

    /// The functions without a database.
    fn start(&self, variables: &[(&str, &str)]) -> Emulator {
        let database = [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me")];
        self.start_with_database(&[&database, variables].concat())
    }

    /// The functions, each signing its calls with its name.
    fn start_with_database(&self, variables: &[(&str, &str)]) -> Emulator {
        start_behind(&self.recorder, variables)
    }

    /// All steps of a rotation.
    fn rotate(&self, emulator: &Emulator, arn: &str) {
        self.moto.begin_rotation(arn, VERSION);
        for step in STEPS {
            let event = json!({ "Step": step, "SecretId": arn, "ClientRequestToken": VERSION });
            let answered = emulator.send("rotate-secret", &event);
            assert_eq!(answered, Ok(json!("Done")), "{step}: {}", emulator.log("rotate-secret"));
        }
    }

    /// What was asked for, `rotate-secret` in this role.
    fn asked(&self, rotation: &str) -> Asked {
        asked_of(&self.recorder, &self.names, rotation)
    }
}

/// The functions, each signing its calls with its name, with the proxy for AWS.
fn start_behind(recorder: &Recorder, variables: &[(&str, &str)]) -> Emulator {
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
fn asked_of(recorder: &Recorder, names: &BTreeMap<String, &'static str>, rotation: &str) -> Asked {
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

/// The API secret, the ledger and the policy in the secret store; and the rotation of the API secret.
fn api_secret() -> Asked {
    let mut account = Account::new();
    let secret = account.secret("ApiSecret", token::SECRET);
    let policy = account.secret("TokenPolicyArn", POLICY);
    account.moto.create_ledger("ledger");
    account.names.insert("ledger".to_owned(), "LedgerTable");
    let emulator = account.start(&[
        ("TESSERA_API_SECRET_ARN", &secret),
        ("TESSERA_TOKEN_POLICY_ARN", &policy),
        ("TESSERA_LEDGER_TABLE", "ledger"),
        ("TESSERA_ROTATE", "keys"),
    ]);
    let issue = |client: &[(&str, &str)]| {
        let fields = [&[("grant_type", "client_credentials")], client].concat();
        form::post(&emulator.url("/oauth/token"), &fields)
    };
    let token = issue(&CLIENT).json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(meta(&emulator, &token), 200);
    assert_eq!(issue(&[("client_id", "shop"), ("client_secret", "guess")]).status, 401);
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let fields = [&CLIENT[..], &[("token", token.as_str())]].concat();
        assert_eq!(form::post(&emulator.url(path), &fields).status, 200, "{path}");
    }
    account.rotate(&emulator, &secret);
    // Counted after the answer is on its way.
    wait_until("the failure to be counted", Duration::from_secs(10), || {
        account.recorder.calls().iter().any(|call| call.action == "dynamodb:UpdateItem")
    });
    account.asked("RotateApiSecretRole")
}

/// A private key in the secret store signs, and is rotated.
fn signing_key() -> Asked {
    let mut account = Account::new();
    let key = account.secret("SigningKeyArn", PRIVATE_KEY);
    let us = "https://tokens.example.com";
    let jwks = format!("{}/.well-known/jwks.json", harness::lambda::HERE);
    let issuers = json!([{ "issuer": us, "audience": "api", "jwks_url": jwks }]).to_string();
    let emulator = account.start(&[
        ("TESSERA_SIGNING_KEY_ARN", &key),
        ("TESSERA_TOKEN_ISSUER", us),
        ("TESSERA_ISSUERS", &issuers),
        ("CUBEJS_JWT_AUDIENCE", "api"),
        ("TESSERA_CLIENTS", POLICY),
        ("TESSERA_ROTATE", "signing-key"),
        ("TESSERA_ROTATE_REST", "1s"),
        ("TESSERA_SECRET_REFRESH", "200ms"),
        ("TESSERA_SECRET_HARD_LIMIT", "30s"),
        ("TESSERA_JWKS_FRESH", "1s"),
        ("TESSERA_JWKS_FRESH_MIN", "1s"),
        ("TESSERA_JWKS_FRESH_MAX", "1s"),
        ("TESSERA_JWKS_COOLDOWN", "500ms"),
    ]);
    let fields = [&[("grant_type", "client_credentials")][..], &CLIENT].concat();
    let answer = form::post(&emulator.url("/oauth/token"), &fields);
    assert_eq!(answer.status, 200, "{}", answer.body);
    account.rotate(&emulator, &key);
    account.asked("RotateSigningKeyRole")
}

/// A key of KMS signs.
fn kms() -> Asked {
    let account = Account::new();
    let id = "alias/signing";
    account.moto.create_signing_key("ECC_NIST_P256", id);
    let us = "https://tokens.example.com";
    let emulator = account.start(&[
        ("TESSERA_SIGNING_KMS_KEY_ID", id),
        ("TESSERA_TOKEN_ISSUER", us),
        ("CUBEJS_JWT_AUDIENCE", "api"),
        ("TESSERA_CLIENTS", POLICY),
    ]);
    let fields = [&[("grant_type", "client_credentials")][..], &CLIENT].concat();
    let answer = form::post(&emulator.url("/oauth/token"), &fields);
    assert_eq!(answer.status, 200, "{} {}", answer.body, emulator.log("token"));
    account.asked("nobody")
}

/// Users of a pool sign in through an application that has a secret.
fn user_pool() -> Asked {
    let mut account = Account::new();
    let password = "Correct-horse-canary-7";
    let pool = UserPool::create_with_secret(&account.moto);
    pool.add_user("ada", password, "7");
    pool.add_to_group("ada", "analysts");
    let (id, client, keys) = (pool.id.clone(), pool.client.clone(), pool.keys_url());
    let policy = format!(
        "issuers:\n- issuer: {}\n  rights: [password]\n  claims:\n    u: {{groups: {{from_groups: true}}}}\n",
        pool.issuer()
    );
    let text = pool.client_secret.clone().unwrap();
    let secret = account.secret("UserPoolClientSecretArn", &text);
    account.names.insert(id.clone(), "UserPoolId");
    let emulator = account.start(&[
        ("TESSERA_COGNITO_USER_POOL_ID", &id),
        ("TESSERA_COGNITO_CLIENT_IDS", &client),
        ("TESSERA_COGNITO_JWKS_URL", &keys),
        ("TESSERA_COGNITO_CLIENT_SECRET_ARN", &secret),
        ("TESSERA_CLIENTS", &policy),
    ]);
    let fields = [("grant_type", "password"), ("username", "ada"), ("password", password)];
    let answer = form::post(&emulator.url("/oauth/token"), &fields);
    assert_eq!(answer.status, 200, "{} {}", answer.body, emulator.log("token"));
    account.asked("nobody")
}

/// The credentials of the warehouse are read and rotated.
fn database() -> Asked {
    let mut account = Account::new();
    let cluster = Cluster::start(&harness::root().join("examples/ecommerce/seed.sql"), &[]);
    let login = json!({
        "engine": "postgres", "host": "127.0.0.1", "port": cluster.port, "username": postgres::USER,
        "password": postgres::PASSWORD, "dbname": postgres::DATABASE,
    });
    let secret = account.secret("DatabaseSecretArn", &login.to_string());
    let variables = [("TESSERA_DB_SECRET_ARN", secret.as_str()), ("TESSERA_ROTATE", "database")];
    let emulator = account.start_with_database(&variables);
    let query = http::encode(r#"{"measures":["orders.count"]}"#);
    let url = emulator.url(&format!("/cubejs-api/v1/load?query={query}"));
    let token = token::good(&json!({}));
    let headers = [("authorization", token.as_str())];
    let answer = http::send("GET", &url, &headers, "");
    assert_eq!(answer.status, 200, "{} {}", answer.body, emulator.log("load"));
    account.rotate(&emulator, &secret);
    account.asked("RotateDatabasePasswordRole")
}

/// The certificate of the domain is renewed by an authority whose roots are published; the first time ACM refuses it, and
/// somebody is told.
fn certificate() -> Asked {
    let aws = Aws::start();
    aws.moto.create_bucket("trust");
    let now = settings::clock()().wall;
    let profile = Profile::server(vec!["shop.example".parse().unwrap()], DAY * 90).unwrap();
    let pair = self_signed(&profile, now.saturating_sub(DAY * 61)).unwrap();
    let arn = aws.moto.import_certificate(&pair.parts_pem().0, pair.key_pem().expose_secret());
    let secret = aws.moto.create_secret("certificate", pair.to_secret().expose_secret());
    let authority = aws.moto.create_secret("authority", authority_of_ours(now).expose_secret());
    let names = BTreeMap::from([
        (arn.clone(), "CertificateArn"),
        (secret.clone(), "CertificateSecret"),
        (authority.clone(), "AuthoritySecretArn"),
    ]);
    // The proxy stands before what stands before moto.
    let recorder = Recorder::start(aws.port);
    let variables = [
        ("CUBEJS_DB_NAME", "shop"),
        ("CUBEJS_DB_USER", "me"),
        ("TESSERA_CERTIFICATE_NAMES", "shop.example"),
        ("TESSERA_CERTIFICATE_SECRET_ARN", &secret),
        ("TESSERA_CERTIFICATE_ACM_ARN", &arn),
        ("TESSERA_CERTIFICATE_AUTHORITY_SECRET_ARN", &authority),
        ("TESSERA_CERTIFICATE_TRUST_BUNDLE", "s3://trust/clients.pem"),
        ("TESSERA_CERTIFICATE_DOMAIN", "shop.example"),
        ("TESSERA_CERTIFICATE_ALARM_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:alarms"),
    ];
    // Another process for each: connections that were refused once are not used again.
    let run = || renew(&recorder, &variables);
    let of = "x-amz-target: CertificateManager.ImportCertificate";
    aws.refuse(Some(Refusal { of, status: 400, code: "AccessDeniedException" }));
    assert!(run().is_err());
    aws.refuse(None);
    let renewed = run();
    assert!(renewed.is_ok(), "{renewed:?}");
    asked_of(&recorder, &names, "nobody")
}

/// The certificate is ordered of a public authority, on the proof of records in a zone; clients have an authority of ours.
fn ordered_certificate() -> Asked {
    let aws = Aws::start();
    aws.moto.create_bucket("trust");
    let now = settings::clock()().wall;
    let profile = Profile::server(vec!["shop.example".parse().unwrap()], DAY * 90).unwrap();
    let pair = self_signed(&profile, now).unwrap();
    let arn = aws.moto.import_certificate(&pair.parts_pem().0, pair.key_pem().expose_secret());
    let zone = aws.moto.create_zone("shop.example");
    let secret = aws.moto.create_empty_secret("certificate");
    let account = aws.moto.create_empty_secret("account");
    let authority = aws.moto.create_secret("authority", authority_of_ours(now).expose_secret());
    let names = BTreeMap::from([
        (arn.clone(), "CertificateArn"),
        (zone.clone(), "HostedZoneId"),
        (secret.clone(), "CertificateSecret"),
        (account.clone(), "AcmeAccountSecret"),
        (authority.clone(), "AuthoritySecretArn"),
    ]);
    let pebble = Pebble::start(NO_WEB_SERVER, aws.moto.name_server(&zone));
    let (directory, root) = (pebble.directory(), pebble.root().to_string_lossy().into_owned());
    let recorder = Recorder::start(aws.port);
    let renewed = renew(
        &recorder,
        &[
            ("CUBEJS_DB_NAME", "shop"),
            ("CUBEJS_DB_USER", "me"),
            ("TESSERA_CERTIFICATE_NAMES", "shop.example"),
            ("TESSERA_CERTIFICATE_SECRET_ARN", &secret),
            ("TESSERA_CERTIFICATE_ACM_ARN", &arn),
            ("TESSERA_CERTIFICATE_ACME_DIRECTORY", &directory),
            ("TESSERA_CERTIFICATE_ACME_CA", &root),
            ("TESSERA_CERTIFICATE_ACME_ACCOUNT_SECRET_ARN", &account),
            ("TESSERA_CERTIFICATE_ACME_ZONE_ID", &zone),
            ("TESSERA_CERTIFICATE_TRUST_BUNDLE", "s3://trust/clients.pem"),
            ("TESSERA_CERTIFICATE_TRUST_SECRET_ARN", &authority),
            ("TESSERA_CERTIFICATE_DOMAIN", "shop.example"),
        ],
    );
    assert!(renewed.is_ok(), "{renewed:?}");
    asked_of(&recorder, &names, "nobody")
}

/// The secret of an authority.
fn authority_of_ours(now: Duration) -> SecretString {
    let charter = Charter {
        name: "Shop root".to_owned(),
        key: KeyType::P256,
        life: DAY * 3_650,
        scopes: Vec::new(),
        path_length: None,
    };
    Authority::root(&charter, now).unwrap().pair().to_secret()
}

/// One run of `renew-certificate`.
fn renew(recorder: &Recorder, variables: &[(&str, &str)]) -> Result<Value, String> {
    let event =
        std::fs::read_to_string(harness::root().join("events/renew-certificate-1-due.json"));
    let event: Value = serde_json::from_str(&event.unwrap()).unwrap();
    start_behind(recorder, variables).send("renew-certificate", &event)
}

fn meta(emulator: &Emulator, token: &str) -> u16 {
    let headers = [("authorization", token)];
    http::send("GET", &emulator.url("/cubejs-api/v1/meta"), &headers, "").status
}

#[test]
fn a_role_grants_what_its_function_asks_for_and_nothing_else() {
    let flows =
        [api_secret, signing_key, kms, user_pool, database, certificate, ordered_certificate];
    let asked: Asked = flows.iter().flat_map(|flow| flow()).collect();
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
