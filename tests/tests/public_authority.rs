//! Certificates from a public authority: Pebble, and a server that says what Pebble does not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use acme::{Account, Answers, Directory, Error, Proof, Window, Zone};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Credentials, SharedCredentialsProvider};
use certificate::{Expected, KeyType, Pair, Profile, Reason, Usage, check, self_signed};
use harness::authority::Authority;
use harness::key_server::KeyServer;
use harness::moto::{Moto, REGION};
use harness::pebble::{NO_WEB_SERVER, Pebble};
use harness::tired_authority;
use harness::web_server::WebServer;
use rotation::{Issuer, Plan, Public, Renewal, RenewalOutcome};
use serde_json::json;
use vault::{Destinations, Vault};

const LIFE: Duration = Duration::from_hours(24 * 90);

fn now() -> Duration {
    settings::clock()().wall
}

fn profile(names: &[&str], key: KeyType) -> Profile {
    let names = names.iter().map(|name| name.parse().unwrap()).collect();
    Profile { names, key, usage: Usage::Server, life: LIFE }.validated().unwrap()
}

/// Pebble before a web server with these answers.
fn pebble_before(answers: &Answers) -> (Pebble, WebServer) {
    let answers = answers.clone();
    let web = WebServer::start(move |path| answers.at(path));
    (Pebble::start(web.port, |_| Vec::new()), web)
}

fn config(moto: &Moto) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "test", "test", None, None, "test",
        )))
        .endpoint_url(moto.url(""))
        .build()
}

fn directory(pebble: &Pebble) -> Directory {
    Directory {
        url: pebble.directory(),
        root: Some(pebble.root()),
        contacts: vec!["mailto:operator@shop.example".to_owned()],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_proves_its_names_and_gets_a_certificate_and_the_next_one() {
    let answers = Answers::default();
    let (pebble, _web) = pebble_before(&answers);
    let (account, stored) = Account::create(&directory(&pebble)).await.unwrap();
    let proof = Proof::Http(answers.clone());
    let first = profile(&["shop.example", "www.shop.example"], KeyType::P256);
    let pair = account.issue(&first, &proof, None).await.unwrap();
    let expected = Expected { names: &first.names, usage: Some(Usage::Server), roots: &[] };
    check(&pair, &expected, now()).unwrap();
    assert_eq!(pair.facts()[0].names, first.names);
    assert!(pair.chain().len() > 1, "with the authority above it");
    // The same account, as it was stored, renews.
    let account = Account::open(&directory(&pebble), &stored).await.unwrap();
    let next = profile(&["shop.example", "www.shop.example"], KeyType::Rsa2048);
    let renewed = account.issue(&next, &proof, Some(&pair.chain()[0])).await.unwrap();
    check(&renewed, &expected, now()).unwrap();
    assert_ne!(renewed.facts()[0].serial, pair.facts()[0].serial);
    // Debian's Pebble is older than RFC 9773.
    assert_eq!(account.window(&pair.chain()[0]).await.unwrap(), None);
    assert!(!format!("{account:?}").contains("key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_proven_is_refused_with_the_words_of_the_authority() {
    // The web server of others.
    let (pebble, _web) = pebble_before(&Answers::default());
    let (account, _) = Account::create(&directory(&pebble)).await.unwrap();
    let issue = async |names: &[&str], proof: &Proof| {
        account.issue(&profile(names, KeyType::P256), proof, None).await.unwrap_err()
    };
    let http = Proof::Http(Answers::default());
    let error = issue(&["shop.example"], &http).await;
    let is_refused = matches!(&error, Error::Refused { kind, .. } if kind.contains("acme:error"));
    assert!(is_refused, "{error}");
    let error = issue(&["*.shop.example"], &http).await;
    assert!(matches!(error, Error::NoProof { way: "http-01", .. }), "{error}");
    let error = issue(&["spiffe://shop/load"], &http).await;
    assert!(matches!(error, Error::Name { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_a_zone_are_there_while_the_authority_looks() {
    let moto = Moto::start();
    let (id, config) = (moto.create_zone("shop.example"), config(&moto));
    let proof = |id: String| Proof::Dns(Arc::new(Zone::with_config(id, &config)));
    let pebble = Pebble::start(NO_WEB_SERVER, moto.name_server(&id));
    let (account, _) = Account::create(&directory(&pebble)).await.unwrap();
    let profile = profile(&["shop.example", "*.shop.example"], KeyType::P256);
    let pair = account.issue(&profile, &proof(id.clone()), None).await.unwrap();
    assert_eq!(pair.facts()[0].names, profile.names);
    assert!(!moto.records(&id).contains("_acme-challenge"), "{}", moto.records(&id));
    // Records of another zone than the one that is asked prove nothing.
    let elsewhere = moto.create_zone("shop.example");
    let unproven = self::profile(&["www.shop.example"], KeyType::P256);
    let error = account.issue(&unproven, &proof(elsewhere), None).await.unwrap_err();
    let is_refused = matches!(&error, Error::Refused { kind, .. } if kind.contains("acme:error"));
    assert!(is_refused, "{error}");
    // A zone of nobody; names that are not proven yet.
    let other = self::profile(&["pay.shop.example"], KeyType::P256);
    let error = account.issue(&other, &proof("NONE".to_owned()), None).await.unwrap_err();
    assert!(matches!(&error, Error::Zone { code } if code == "NoSuchHostedZone"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_an_account_or_named_as_none() {
    let directory =
        Directory { url: "https://localhost:1/dir".to_owned(), root: None, contacts: vec![] };
    for stored in ["", "hunter2", "{}", r#"{"id": 1}"#] {
        let error = Account::open(&directory, &stored.into()).await.unwrap_err();
        assert!(matches!(error, Error::Account), "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }
    let error = Account::create(&directory).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_says_when_it_would_renew_and_when_it_has_had_enough() {
    let authority = Authority::new();
    let server = KeyServer::over_tls(&authority.issue(&["localhost", "127.0.0.1"]));
    let folder = harness::command::Folder::new();
    let root = folder.write("root.pem", authority.pem());
    tired_authority::answer_as_one(&server);
    let url = server.url("/dir");
    let directory = Directory { url, root: Some(root), contacts: vec![] };
    let (account, _) = Account::create(&directory).await.unwrap();
    let profile = profile(&["shop.example"], KeyType::P256);
    let proof = Proof::Http(Answers::default());
    let error = account.issue(&profile, &proof, None).await.unwrap_err();
    assert!(matches!(&error, Error::RateLimited { detail } if detail == "5 of this week"));
    assert_eq!(server.requests("/order"), 1, "it is not asked again");
    // Its word on a certificate.
    let pair = self_signed(&profile, now()).unwrap();
    let der = &pair.chain()[0];
    account.issue(&profile, &proof, Some(der)).await.unwrap_err();
    assert_eq!(server.requests("/order"), 2, "whatever is replaced");
    // What is not taken together with what it replaces is ordered without.
    tired_authority::refuse_orders(&server, 409, "alreadyReplaced", "by another");
    let error = account.issue(&profile, &proof, Some(der)).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { kind, .. } if kind.contains("alreadyReplaced")));
    assert_eq!(server.requests("/order"), 4, "with and without");
    account.window(der).await.unwrap_err();
    let path = server.paths().into_iter().find(|path| path.starts_with("/renewal/")).unwrap();
    tired_authority::advise(&server, &path, "2027-01-15T08:00:00Z", "2027-01-16T08:00:00Z");
    let start = Duration::from_hours(500_000);
    let expected = Window { start, end: start + Duration::from_hours(24) };
    assert_eq!(account.window(der).await.unwrap(), Some(expected));
    tired_authority::advise(&server, &path, "2027-01-16T08:00:00Z", "2027-01-15T08:00:00Z");
    assert_eq!(account.window(der).await.unwrap(), None, "it ends before it begins");
}

/// C-09, C-11
#[tokio::test(flavor = "multi_thread")]
async fn of_renewals_at_once_one_orders_and_what_it_got_is_kept() {
    let moto = Moto::start();
    let (id, config) = (moto.create_zone("shop.example"), config(&moto));
    let pebble = Pebble::start(NO_WEB_SERVER, moto.name_server(&id));
    let account = moto.create_empty_secret("account");
    let plan = Plan {
        secret: moto.create_empty_secret("certificate"),
        profile: profile(&["shop.example", "*.shop.example"], KeyType::P256),
        issuer: Issuer::Public(Public {
            directory: directory(&pebble),
            account: account.clone(),
            proof: Proof::Dns(Arc::new(Zone::with_config(id, &config))),
        }),
        acm: None,
        trust: None,
        topic: None,
    };
    let renewal = || {
        let vault = Vault::with_client(Client::new(&config));
        let places = Destinations::with_config(config.clone());
        Renewal::new(plan.clone(), vault, places, settings::clock())
    };
    let event = json!({ "source": "aws.scheduler" });
    let (one, two) = (renewal(), renewal());
    let minute = Duration::from_mins(1);
    let (one, two) = tokio::join!(one.answer(&event, minute), two.answer(&event, minute));
    let outcomes = [one.outcome.unwrap(), two.outcome.unwrap()];
    let renewed = RenewalOutcome::Renewed(Reason::Missing);
    assert_eq!(outcomes.iter().filter(|one| **one == renewed).count(), 1, "{outcomes:?}");
    let pair = || {
        let (_, value) = moto.labelled(&plan.secret, "AWSCURRENT");
        Pair::from_secret(&value.into()).unwrap()
    };
    let first = pair();
    let expected = Expected { names: &plan.profile.names, usage: Some(Usage::Server), roots: &[] };
    check(&first, &expected, now()).unwrap();
    let stored = moto.labelled(&account, "AWSCURRENT").1;
    Account::open(&directory(&pebble), &stored.into()).await.unwrap();
    let kept = renewal().answer(&event, minute).await.outcome.unwrap();
    assert!(matches!(kept, RenewalOutcome::Kept { .. }), "{kept:?}");
    assert_eq!(pair().chain(), first.chain());
}
