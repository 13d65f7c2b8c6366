//! Against a server that answers as Secrets Manager does, with the answers a test gives it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use auth::{Algorithms, Error, HmacKey, Lifetime, mint, verify};
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{Config, Credentials, Region};
use aws_sdk_secretsmanager::{Client, config::BehaviorVersion};
use serde_json::{Map, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::{Backoff, Moment};

const NOW: u64 = 1_800_000_000;
const OLD: &str = "the-old-secret-the-old-secret-the-old-secret-the-old-secret-the-old-secret";
const NEW: &str = "the-new-secret-the-new-secret-the-new-secret-the-new-secret-the-new-secret";

type Labels = HashMap<&'static str, (u16, String)>;

/// A Secrets Manager with one secret, whose answers are set label by label.
#[derive(Clone, Default)]
struct Store {
    labels: Arc<Mutex<Labels>>,
    /// Labels as they are after so many answers.
    then: Arc<Mutex<Option<(usize, Labels)>>>,
    answers: Arc<Mutex<usize>>,
}

impl Store {
    fn set(&self, label: &'static str, version: &str, value: &str) {
        self.labels.lock().unwrap().insert(label, text(version, value));
    }

    fn fail(&self, status: u16, code: &str) {
        let body = json!({ "__type": code, "message": "arn:aws:secretsmanager:secret-name" });
        for label in ["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"] {
            self.labels.lock().unwrap().insert(label, (status, body.to_string()));
        }
    }

    fn answers(&self) -> usize {
        *self.answers.lock().unwrap()
    }

    fn answer(&self, request: &str) -> (u16, String) {
        let mut answers = self.answers.lock().unwrap();
        let mut labels = self.labels.lock().unwrap();
        if let Some((_, later)) = self.then.lock().unwrap().take_if(|(after, _)| *answers >= *after)
        {
            *labels = later;
        }
        *answers += 1;
        let label = labels.iter().find(|(label, _)| request.contains(*label));
        label.map_or_else(
            || (400, json!({ "__type": "ResourceNotFoundException" }).to_string()),
            |(_, answer)| answer.clone(),
        )
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&request).ends_with('}') {
            let Ok(read @ 1..) = stream.read(&mut buffer).await else { return };
            request.extend_from_slice(&buffer[..read]);
        }
        let (status, body) = self.answer(&String::from_utf8_lossy(&request));
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all((head + &body).as_bytes()).await;
    }

    /// Starts it, and returns the key source that reads it.
    async fn start(&self) -> KeySource {
        self.start_beside(None).await
    }

    async fn start_beside(&self, extension: Option<SecretsExtension>) -> KeySource {
        self.start_with(extension, policy()).await
    }

    async fn start_with(&self, extension: Option<SecretsExtension>, policy: Policy) -> KeySource {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let store = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(store.clone().serve(stream));
            }
        });
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("t", "t", None, None, "test"))
            .endpoint_url(format!("http://{address}"))
            .retry_config(RetryConfig::disabled())
            .build();
        let secret = StoredSecret::with_client("name", extension, Client::from_conf(config));
        let clock = || Moment { wall: Duration::from_secs(NOW), monotonic: Duration::ZERO };
        // Forced reads have no cool-down here: `refreshed` tests it.
        let (forced, retry) = (Duration::ZERO, Backoff::constant(Duration::ZERO));
        let every = Intervals { forced, retry, ..Intervals::OF_SECRETS };
        KeySource::stored(secret, policy, every, Arc::new(clock))
    }
}

fn text(version: &str, value: &str) -> (u16, String) {
    let body = json!({ "VersionId": version, "SecretString": value, "CreatedDate": 1_799_000_000 });
    (200, body.to_string())
}

fn policy() -> Policy {
    Policy::new(Algorithms::of_shared_secrets())
}

/// A token that an issuer made which knows no versions.
fn token(secret: &str) -> String {
    let key = SigningKey::new(secret.as_bytes(), auth::Algorithm::Hs256, None);
    mint(Map::new(), &key, NOW, Lifetime::Seconds(60)).unwrap()
}

async fn keys_of(source: &KeySource) -> Result<Arc<KeySet>, KeyError> {
    source.get().await.map(|held| held.value)
}

fn verifies(keys: &KeySet, secret: &str) -> bool {
    verify(&token(secret), keys, &policy(), NOW).is_ok()
}

#[tokio::test]
async fn current_previous_and_pending_verify_and_current_signs() {
    let store = Store::default();
    store.set("AWSCURRENT", "v2", NEW);
    store.set("AWSPREVIOUS", "v1", &json!({ "secret": OLD }).to_string());
    store.set("AWSPENDING", "v3", &NEW.replace("new", "nxt"));
    let source = store.start().await;
    let keys = keys_of(&source).await.unwrap();
    assert!(verifies(&keys, NEW) && verifies(&keys, OLD));
    assert!(verifies(&keys, &NEW.replace("new", "nxt")));
    assert!(!verifies(&keys, &NEW.replace("new", "odd")));
    let key = source.signing_key(&policy(), NOW).await.unwrap();
    let signed = mint(Map::new(), &key, NOW, Lifetime::Seconds(60)).unwrap();
    let only_current = HmacKey::new(NEW.as_bytes(), Stage::Current).with_kid("v2".to_owned());
    let only_current = KeySet::new(vec![only_current], &policy().algorithms).unwrap();
    assert!(verify(&signed, &only_current, &policy(), NOW).is_ok());
    assert_eq!(store.answers(), 3);
}

#[tokio::test]
async fn labels_that_are_absent_or_on_one_version_are_fine() {
    let store = Store::default();
    store.set("AWSCURRENT", "v1", OLD);
    store.set("AWSPENDING", "v1", OLD);
    let keys = keys_of(&store.start().await).await.unwrap();
    assert!(verifies(&keys, OLD));
}

#[tokio::test]
async fn a_rotation_between_two_reads_is_read_again() {
    let store = Store::default();
    store.set("AWSCURRENT", "v1", OLD);
    let rotated = [("AWSCURRENT", text("v2", NEW)), ("AWSPREVIOUS", text("v1", OLD))];
    *store.then.lock().unwrap() = Some((1, rotated.into()));
    let keys = keys_of(&store.start().await).await.unwrap();
    assert!(verifies(&keys, NEW) && verifies(&keys, OLD));
}

#[tokio::test]
async fn a_signature_that_is_unknown_after_a_rotation_is_known_after_a_refresh() {
    let store = Store::default();
    store.set("AWSCURRENT", "v1", OLD);
    let source = store.start().await;
    let seen = keys_of(&source).await.unwrap();
    store.set("AWSCURRENT", "v2", NEW);
    store.set("AWSPREVIOUS", "v1", OLD);
    let refused = verify(&token(NEW), &seen, &policy(), NOW).unwrap_err();
    assert_eq!(refused, Error::UnknownSignature);
    assert!(refused.may_be_a_newer_key());
    let newer = source.newer_than(&seen).await.unwrap();
    assert!(verifies(&newer, NEW) && verifies(&newer, OLD));
}

#[tokio::test]
async fn a_previous_version_verifies_no_longer_than_its_last_token_lives() {
    let store = Store::default();
    store.set("AWSCURRENT", "v2", NEW);
    store.set("AWSPREVIOUS", "v1", OLD);
    let keys = keys_of(&store.start().await).await.unwrap();
    let at = |now: u64| {
        let key = SigningKey::new(OLD.as_bytes(), auth::Algorithm::Hs256, None);
        let token = mint(Map::new(), &key, now, Lifetime::Seconds(60)).unwrap();
        verify(&token, &keys, &policy(), now).is_ok()
    };
    let last = 1_799_000_000 + 60 * 60 + 30 * 24 * 60 * 60 + 30;
    assert!(at(last));
    assert!(!at(last + 1));
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_is_unavailable_and_says_why_in_a_word() {
    for (status, code) in [
        (400, "ThrottlingException"),
        (400, "AccessDeniedException"),
        (400, "DecryptionFailure"),
        (500, "InternalServiceError"),
    ] {
        let store = Store::default();
        store.fail(status, code);
        let error = keys_of(&store.start().await).await.unwrap_err();
        assert_eq!(error.to_string(), format!("the store of the keys is unavailable: {code}"));
        assert!(!format!("{error:?}").contains("arn:"));
    }
}

#[tokio::test]
async fn a_malformed_or_unsafe_value_is_no_key_and_the_last_good_one_is_kept() {
    let broken = [
        text("v2", ""),
        text("v2", "short"),
        text("v2", &format!("{NEW}\n")),
        text("v2", r#"{"password":"x"}"#),
        text("v2", &format!("-----BEGIN PUBLIC KEY-----{NEW}")),
        (200, json!({ "VersionId": "v2", "SecretBinary": "AAAA" }).to_string()),
    ];
    for answer in broken {
        let store = Store::default();
        store.labels.lock().unwrap().insert("AWSCURRENT", answer.clone());
        let source = store.start().await;
        assert!(keys_of(&source).await.is_err(), "{answer:?}");
        store.set("AWSCURRENT", "v1", OLD);
        let good = keys_of(&source).await.unwrap();
        store.labels.lock().unwrap().insert("AWSCURRENT", answer);
        assert!(source.newer_than(&good).await.is_none());
        assert!(verifies(&keys_of(&source).await.unwrap(), OLD));
    }
}

#[tokio::test]
async fn a_broken_previous_or_pending_version_is_left_out() {
    let store = Store::default();
    store.set("AWSCURRENT", "v2", NEW);
    store.set("AWSPREVIOUS", "v1", "short");
    let binary = json!({ "VersionId": "v3", "SecretBinary": "AAAA" }).to_string();
    store.labels.lock().unwrap().insert("AWSPENDING", (200, binary));
    let keys = keys_of(&store.start().await).await.unwrap();
    assert!(verifies(&keys, NEW));
}

#[tokio::test]
async fn a_key_ring_is_read_with_the_one_that_is_pending() {
    let store = Store::default();
    let key = |kid: &str, secret: &str, sign_from: u64| {
        let k = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, secret);
        json!({"kid": kid, "alg": "HS256", "k": k, "sign_from": sign_from})
    };
    let ring = json!({"keys": [key("a", OLD, 1), key("b", NEW, NOW + 60)]});
    store.set("AWSCURRENT", "v2", &ring.to_string());
    store.set("AWSPREVIOUS", "v1", "short");
    let next = NEW.replace("new", "nxt");
    let pending = json!({"keys": [key("b", NEW, NOW + 60), key("c", &next, NOW)]});
    store.set("AWSPENDING", "v3", &pending.to_string());
    let source = store.start().await;
    let keys = keys_of(&source).await.unwrap();
    assert_eq!(store.answers(), 2);
    assert!(verifies(&keys, &next), "the pending key verifies");
    assert!(
        verifies(&keys, OLD) && verifies(&keys, NEW),
        "a token without `kid` is tried with all"
    );
    assert_eq!(source.signing_key(&policy(), NOW).await.unwrap().kid(), Some("a"));
    assert_eq!(source.signing_key(&policy(), NOW + 60).await.unwrap().kid(), Some("b"));
    store.set("AWSPENDING", "v3", NEW);
    let newer = source.newer_than(&keys).await.unwrap();
    assert!(verifies(&newer, OLD) && !verifies(&newer, &next), "what is no ring is left out");
}

/// What was pending is in force, and its label gone, when the pending version is asked for.
#[tokio::test]
async fn a_version_that_takes_over_while_the_secret_is_read_is_not_lost() {
    for after in 0..=3 {
        let store = Store::default();
        store.set("AWSCURRENT", "v1", OLD);
        store.set("AWSPENDING", "v2", NEW);
        let rotated = [("AWSCURRENT", text("v2", NEW)), ("AWSPREVIOUS", text("v1", OLD))];
        *store.then.lock().unwrap() = Some((after, rotated.into()));
        let keys = keys_of(&store.start().await).await.unwrap();
        assert!(verifies(&keys, NEW) && verifies(&keys, OLD), "after {after} answers");
    }
}

#[tokio::test]
async fn a_plain_secret_may_follow_a_key_ring() {
    let store = Store::default();
    store.set("AWSCURRENT", "v2", NEW);
    store.set("AWSPREVIOUS", "v1", r#"{"keys":[]}"#);
    assert!(verifies(&keys_of(&store.start().await).await.unwrap(), NEW));
}

/// An extension that answers the one question it knows, if it is asked by the function.
async fn extension(secret: &'static str) -> SecretsExtension {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            let path = "GET /secretsmanager/get?secretId=name&versionStage=AWSCURRENT ";
            let is_asked = request.starts_with(path)
                && request.contains("x-aws-parameters-secrets-token: the-session-token\r\n");
            let (status, body) = if is_asked { text("v1", secret) } else { (400, String::new()) };
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n");
            let answer = format!("{head}connection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    SecretsExtension::new(port, "the-session-token".into())
}

#[tokio::test]
async fn the_extension_is_asked_first_and_passed_by_when_a_read_is_forced() {
    let store = Store::default();
    store.set("AWSCURRENT", "v2", NEW);
    let source = store.start_beside(Some(extension(OLD).await)).await;
    let seen = keys_of(&source).await.unwrap();
    assert!(verifies(&seen, OLD) && !verifies(&seen, NEW), "what the extension still had");
    assert_eq!(store.answers(), 2, "the SDK was asked for the labels that it has not");
    let newer = source.newer_than(&seen).await.unwrap();
    assert!(verifies(&newer, NEW));
    assert_eq!(store.answers(), 5);
}

/// RFC 8032 §7.1, test 1, as PKCS #8 (RFC 8410 §7).
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

/// A source whose rules allow public keys.
async fn pairs(store: &Store) -> KeySource {
    store.start_with(None, Policy::new(Algorithms::of_public_keys())).await
}

#[tokio::test]
async fn a_private_key_signs_as_current_and_its_public_half_verifies() {
    let store = Store::default();
    store.set("AWSCURRENT", "v2", PRIVATE);
    store.set("AWSPREVIOUS", "v1", NEW);
    let source = pairs(&store).await;
    let policy = Policy::new(Algorithms::of_public_keys());
    let key = source.signing_key(&policy, NOW).await.unwrap();
    assert_eq!((key.algorithm(), key.kid()), (auth::Algorithm::EdDsa, Some("v2")));
    let token = mint(Map::new(), &key, NOW, Lifetime::Seconds(60)).unwrap();
    let keys = keys_of(&source).await.unwrap();
    assert!(verify(&token, &keys, &policy, NOW).is_ok());
    assert_eq!(keys.public_keys().len(), 1, "a secret beside it is left out");
    // As AWSPENDING it verifies and does not sign.
    let store = Store::default();
    store.set("AWSCURRENT", "v1", PRIVATE);
    store.set("AWSPENDING", "v2", PRIVATE);
    let source = pairs(&store).await;
    assert_eq!(source.signing_key(&policy, NOW).await.unwrap().kid(), Some("v1"));
    assert!(verify(&token, &keys_of(&source).await.unwrap(), &policy, NOW).is_ok());
}

#[tokio::test]
async fn a_private_key_is_no_secret_and_a_ring_may_hold_it() {
    let store = Store::default();
    store.set("AWSCURRENT", "v1", PRIVATE);
    assert!(keys_of(&store.start().await).await.is_err(), "HS256 to HS512 alone are allowed");
    let key = json!({"kid": "a", "alg": "EdDSA", "pem": PRIVATE, "sign_from": NOW});
    store.set("AWSCURRENT", "v2", &json!({"keys": [key]}).to_string());
    let source = pairs(&store).await;
    let policy = Policy::new(Algorithms::of_public_keys());
    assert!(source.signing_key(&policy, NOW - 1).await.is_err());
    let key = source.signing_key(&policy, NOW).await.unwrap();
    assert_eq!(key.kid(), Some("a"));
    assert!(!format!("{source:?} {key:?}").contains("nWGx"));
}
