//! What a renewal starts from, and what it must never leave.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Credentials, SharedCredentialsProvider};
use certificate::{
    Authority, Charter, Expected, KeyType, Pair, Profile, Usage, check, facts, read_certificates,
    self_signed,
};
use harness::aws::Aws;
use harness::moto::REGION;
use keys::Clock;
use rotation::{Answer, Issuer, Plan, Renewal, RenewalOutcome, Trust};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use settings::clock;
use vault::{Destinations, Vault};

pub(crate) const DAY: Duration = Duration::from_hours(24);
pub(crate) const BUCKET: &str = "trust";
pub(crate) const DOMAIN: &str = "api.shop.example";
pub(crate) const LONG: Duration = Duration::from_mins(1);

pub(crate) fn now() -> Duration {
    clock()().wall
}

pub(crate) fn profile() -> Profile {
    Profile::server(vec!["shop.example".parse().unwrap()], DAY * 90).unwrap()
}

/// One that two thirds of its life ago was new, and a moment.
pub(crate) fn due() -> Pair {
    self_signed(&profile(), now().saturating_sub(DAY * 61)).unwrap()
}

pub(crate) fn root(name: &str) -> Authority {
    let charter = Charter {
        name: name.to_owned(),
        key: KeyType::P256,
        life: DAY * 3_650,
        scopes: vec![],
        path_length: None,
    };
    Authority::root(&charter, now()).unwrap()
}

/// What leads an AWS SDK there.
pub(crate) fn config(aws: &Aws) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "test", "test", None, None, "test",
        )))
        .endpoint_url(aws.url(""))
        .build()
}

/// A certificate in a secret, and under an ARN.
pub(crate) struct State<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) plan: Plan,
    /// The name of its version.
    pub(crate) before: String,
}

impl<'a> State<'a> {
    pub(crate) fn new(aws: &'a Aws, name: &str, pair: &Pair) -> Self {
        let secret = aws.moto.create_secret(name, pair.to_secret().expose_secret());
        let acm = aws.moto.import_certificate(&pair.parts_pem().0, pair.key_pem().expose_secret());
        let plan = Plan {
            secret,
            profile: profile(),
            issuer: Issuer::Itself,
            acm: Some(acm),
            trust: None,
            topic: Some("arn:aws:sns:us-east-1:123456789012:alarms".to_owned()),
        };
        Self { aws, plan, before: format!("{name:-<32}") }
    }

    /// With an authority of ours, whose root is published.
    pub(crate) fn with_authority(aws: &'a Aws, name: &str, authority: &Authority) -> Self {
        let mut state = Self::new(aws, name, &due());
        let value = authority.pair().to_secret();
        let secret = aws.moto.create_secret(&format!("{name}-ca"), value.expose_secret());
        state.plan.issuer = Issuer::Authority { secret: secret.clone() };
        state.plan.trust = Some(Trust {
            secret,
            bucket: BUCKET.to_owned(),
            key: format!("{name}.pem"),
            overlap: DAY * 90,
            domain: Some(DOMAIN.to_owned()),
        });
        state
    }

    pub(crate) fn renewal(&self) -> Renewal {
        self.renewal_by(clock())
    }

    pub(crate) fn renewal_by(&self, clock: Clock) -> Renewal {
        let config = config(self.aws);
        let vault = Vault::with_client(Client::new(&config));
        Renewal::new(self.plan.clone(), vault, Destinations::with_config(config), clock)
    }

    pub(crate) async fn run(&self) -> Answer {
        self.renewal().answer(&event(), LONG).await
    }

    /// A run that must be done.
    pub(crate) async fn good_run(&self) -> RenewalOutcome {
        self.run().await.outcome.unwrap()
    }

    pub(crate) fn current(&self) -> (String, Pair) {
        let (id, text) = self.aws.moto.labelled(&self.plan.secret, "AWSCURRENT");
        (id, Pair::from_secret(&SecretString::from(text)).unwrap())
    }

    /// The serial number of what AWS Certificate Manager has under the ARN.
    pub(crate) fn imported_serial(&self) -> String {
        let text = self.aws.moto.imported(self.plan.acm.as_ref().unwrap());
        let certificates = read_certificates(text.as_bytes()).unwrap();
        facts(&certificates[0], 1).unwrap().serial
    }

    pub(crate) fn bundle(&self) -> Option<String> {
        let trust = self.plan.trust.as_ref()?;
        let path = format!("/{}/{}", trust.bucket, trust.key);
        let answer = self.aws.moto.s3("GET", &path, "");
        (answer.status == 200).then_some(answer.body)
    }

    /// What is in force is a whole pair and good.
    pub(crate) fn assert_in_force(&self) -> Pair {
        let (_, pair) = self.current();
        let expected = Expected { names: &self.plan.profile.names, ..no_roots(self) };
        check(&pair, &expected, now()).unwrap();
        pair
    }

    /// Whatever happened: what is in force is a whole pair and good, the old one or the new one, and
    /// so is what AWS Certificate Manager has.
    pub(crate) fn assert_legal(&self, old: &Pair) {
        let pair = self.assert_in_force();
        let mut known = vec![old.facts()[0].serial.clone(), pair.facts()[0].serial.clone()];
        known.dedup();
        assert!(known.contains(&self.imported_serial()));
        if let Some(bundle) = self.bundle() {
            read_certificates(bundle.as_bytes()).unwrap();
        }
    }

    /// A run was done to its end: one version in force, the one before, no other, and the same
    /// everywhere.
    pub(crate) fn assert_ended(&self, old: &Pair) {
        let (id, pair) = self.current();
        let mut labels = self.aws.moto.labels(&self.plan.secret);
        // That something was ordered is no version of the certificate.
        labels.retain(|_, labels| *labels != ["TESSERAORDERED"]);
        assert_eq!(labels[&id], ["AWSCURRENT"], "{labels:?}");
        assert_eq!(labels[&self.before], ["AWSPREVIOUS"], "{labels:?}");
        assert_eq!(labels.len(), 2, "{labels:?}");
        let (new, old) = (&pair.facts()[0], &old.facts()[0]);
        assert!(new.serial != old.serial && new.fingerprint != old.fingerprint);
        assert_eq!(self.imported_serial(), new.serial);
        if let Some(trust) = &self.plan.trust {
            assert!(self.bundle().is_some());
            let path = format!("/{}/{}", trust.bucket, trust.key);
            let latest = self.aws.moto.s3("HEAD", &path, "");
            let latest = latest.header("x-amz-version-id").unwrap();
            assert_eq!(self.aws.bundle_version().as_deref(), Some(latest));
        }
    }
}

/// The chain of one below a root ends before it: without the root it is of nobody.
fn no_roots<'e>(state: &State<'_>) -> Expected<'e> {
    let Issuer::Authority { secret } = &state.plan.issuer else { return Expected::default() };
    let roots = ["AWSCURRENT", "AWSPREVIOUS"].into_iter().filter_map(|label| {
        let labels = state.aws.moto.labels(secret);
        labels.values().flatten().any(|one| one == label).then(|| {
            let (_, text) = state.aws.moto.labelled(secret, label);
            Pair::from_secret(&text.into()).unwrap().chain()[0].clone()
        })
    });
    // The one that signed itself is there first.
    let roots: Vec<_> = roots.chain(state.current().1.chain().first().cloned()).collect();
    Expected { roots: roots.leak(), ..Expected::default() }
}

pub(crate) fn client(authority: &Authority, name: &str) -> Pair {
    let names = vec![name.parse().unwrap()];
    let (key, usage) = (KeyType::P256, Usage::Client);
    authority.issue(&Profile { names, key, usage, life: DAY * 30 }, now()).unwrap()
}

/// As AWS's scheduler sends it.
pub(crate) fn event() -> Value {
    json!({ "version": "0", "source": "aws.scheduler", "detail-type": "Scheduled Event" })
}

pub(crate) fn at(wall: Duration) -> Clock {
    let clock = clock();
    Arc::new(move || keys::Moment { wall, ..clock() })
}
