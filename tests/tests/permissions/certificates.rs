//! The certificate of the domain.

use std::collections::BTreeMap;
use std::time::Duration;

use certificate::{Authority, Charter, KeyType, Profile, self_signed};
use harness::aws::{Aws, Refusal};
use harness::pebble::{NO_WEB_SERVER, Pebble};
use harness::recorder::Recorder;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::account::{Asked, asked_of, start_behind};

pub(crate) const FLOWS: [fn() -> Asked; 2] = [issued_by_ours, ordered];

const DAY: Duration = Duration::from_hours(24);

/// AWS with a domain: its certificate, the authority of its clients, and where that is published.
struct Domain {
    aws: Aws,
    /// Before what stands before moto.
    recorder: Recorder,
    names: BTreeMap<String, &'static str>,
    /// The secrets of certificate and authority.
    secret: String,
    authority: String,
    arn: String,
}

impl Domain {
    /// With a certificate for ninety days that is this old.
    fn new(age: Duration) -> Self {
        let aws = Aws::start();
        aws.moto.create_bucket("trust");
        let now = settings::clock()().wall;
        let profile = Profile::server(vec!["shop.example".parse().unwrap()], DAY * 90).unwrap();
        let pair = self_signed(&profile, now.saturating_sub(age)).unwrap();
        let arn = aws.moto.import_certificate(&pair.parts_pem().0, pair.key_pem().expose_secret());
        let secret = aws.moto.create_secret("certificate", pair.to_secret().expose_secret());
        let authority = aws.moto.create_secret("authority", authority_of_ours(now).expose_secret());
        let names = BTreeMap::from([
            (arn.clone(), "CertificateArn"),
            (secret.clone(), "CertificateSecret"),
            (authority.clone(), "AuthoritySecretArn"),
        ]);
        let recorder = Recorder::start(aws.port);
        Self { aws, recorder, names, secret, authority, arn }
    }

    /// One run of `renew-certificate`, in a process of its own: connections that were refused once are not used again.
    fn renew(&self, variables: &[(&str, &str)]) -> Result<Value, String> {
        let event =
            std::fs::read_to_string(harness::root().join("events/renew-certificate-1-due.json"));
        let event: Value = serde_json::from_str(&event.unwrap()).unwrap();
        let of_all = [
            ("CUBEJS_DB_NAME", "shop"),
            ("CUBEJS_DB_USER", "me"),
            ("TESSERA_CERTIFICATE_NAMES", "shop.example"),
            ("TESSERA_CERTIFICATE_SECRET_ARN", &self.secret),
            ("TESSERA_CERTIFICATE_ACM_ARN", &self.arn),
            ("TESSERA_CERTIFICATE_TRUST_BUNDLE", "s3://trust/clients.pem"),
            ("TESSERA_CERTIFICATE_TRUST_SECRET_ARN", &self.authority),
            ("TESSERA_CERTIFICATE_DOMAIN", "shop.example"),
            ("TESSERA_CERTIFICATE_ALARM_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:alarms"),
        ];
        let variables = [&of_all, variables].concat();
        start_behind(&self.recorder, &variables).send("renew-certificate", &event)
    }

    fn asked(&self) -> Asked {
        asked_of(&self.recorder, &self.names, "nobody")
    }
}

/// An authority of ours issues; the first time ACM refuses it, and somebody is told.
fn issued_by_ours() -> Asked {
    let domain = Domain::new(DAY * 61);
    let run = || domain.renew(&[("TESSERA_CERTIFICATE_AUTHORITY_SECRET_ARN", &domain.authority)]);
    let of = "x-amz-target: CertificateManager.ImportCertificate";
    domain.aws.refuse(Some(Refusal { of, status: 400, code: "AccessDeniedException" }));
    assert!(run().is_err());
    domain.aws.refuse(None);
    let renewed = run();
    assert!(renewed.is_ok(), "{renewed:?}");
    domain.asked()
}

/// A public authority does, on the proof of records in a zone.
fn ordered() -> Asked {
    let mut domain = Domain::new(DAY * 61);
    let zone = domain.aws.moto.create_zone("shop.example");
    let account = domain.aws.moto.create_empty_secret("account");
    domain.names.insert(zone.clone(), "HostedZoneId");
    domain.names.insert(account.clone(), "AcmeAccountSecret");
    let pebble = Pebble::start(NO_WEB_SERVER, domain.aws.moto.name_server(&zone));
    let renewed = domain.renew(&[
        ("TESSERA_CERTIFICATE_ACME_DIRECTORY", &pebble.directory()),
        ("TESSERA_CERTIFICATE_ACME_CA", &pebble.root().to_string_lossy()),
        ("TESSERA_CERTIFICATE_ACME_ACCOUNT_SECRET_ARN", &account),
        ("TESSERA_CERTIFICATE_ACME_ZONE_ID", &zone),
    ]);
    assert!(renewed.is_ok(), "{renewed:?}");
    domain.asked()
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
