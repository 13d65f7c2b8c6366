//! A key that signs tokens: `load` verifies with it before it takes over.

use std::time::Duration;

use auth::{Lifetime, SigningKey, mint};
use keys::{Overlap, Web, WebAddress};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep};
use vault::{Label, Labels, Version};

use crate::Error;
use crate::outside::Outside;

/// A test token lives no longer: nobody else gets it.
const TOKEN_LIFE_S: u64 = 60;

/// How long `load` may go on refusing, beyond the time after which it finds the key.
const PATIENCE: Duration = Duration::from_secs(10);

/// The shortest and the longest time between two questions to `load`.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The rotation of a secret, a key pair or a key ring; the value says which it is.
#[derive(Debug)]
pub struct KeyRotation {
    /// What verifiers demand of tokens, and how they read secrets.
    pub overlap: Overlap,
    /// The verifier that is asked.
    pub load: Load,
}

/// A `load` that verifies tokens.
#[derive(Debug)]
pub struct Load {
    /// The client that asks it.
    pub web: Web,
    /// Its route `/v1/meta`.
    pub address: WebAddress,
    /// What a token says besides what the policy demands, for a model that needs claims.
    pub claims: Map<String, Value>,
}

impl KeyRotation {
    pub(crate) fn next(
        &self,
        labels: &Labels,
        current: &Version,
        version: &str,
        now: Duration,
    ) -> Result<SecretString, Error> {
        let took_over = current.written.max(labels.rotated.unwrap_or_default());
        // The first version has replaced nobody.
        let since = labels.version(Label::Previous).map(|_| took_over);
        Ok(self.overlap.renewed(current.value.expose_secret(), since, version, now)?)
    }

    /// Asks `load` until it accepts what the pending key signs; then once with a signature that
    /// nobody made, which it must refuse.
    pub(crate) async fn test(
        &self,
        outside: &Outside<'_>,
        pending: &Version,
        now: impl Fn() -> Duration,
    ) -> Result<(), Error> {
        let key = self.overlap.pending_key(pending.value.expose_secret(), &pending.id)?;
        let found_within = self.overlap.found_within;
        let pause = (found_within / 60).clamp(PAUSES.0, PAUSES.1);
        let patience = Instant::now() + found_within + PATIENCE;
        loop {
            let token = self.token(&key, now())?;
            let answer = match outside.ask(&self.load, &token).await? {
                Ok(200) => return self.test_that_it_verifies(outside, &token).await,
                Ok(status) if may_change(status) => format!("status {status}"),
                Ok(status) => return Err(Error::NotLoad { answer: format!("status {status}") }),
                Err(answer) => answer.to_owned(),
            };
            if Instant::now() >= patience {
                return Err(Error::NotAccepted { answer });
            }
            sleep(pause).await;
        }
    }

    async fn test_that_it_verifies(&self, outside: &Outside<'_>, token: &str) -> Result<(), Error> {
        match outside.ask(&self.load, &with_another_signature(token)).await? {
            Ok(200) => Err(Error::AcceptsAnything),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn token(&self, key: &SigningKey, now: Duration) -> Result<String, Error> {
        let policy = &self.overlap.policy;
        let mut claims = match &policy.claims_namespace {
            None => self.load.claims.clone(),
            Some(namespace) => {
                Map::from_iter([(namespace.clone(), Value::Object(self.load.claims.clone()))])
            }
        };
        let demanded = [
            ("iss", policy.issuers.first().map(String::as_str)),
            ("aud", policy.audiences.first().map(String::as_str)),
            ("sub", policy.subject.as_deref()),
            ("scope", policy.scope),
        ];
        for (name, value) in demanded {
            claims.extend(value.map(|value| (name.to_owned(), Value::from(value))));
        }
        let life_s = policy.max_token_life_s.unwrap_or(TOKEN_LIFE_S).min(TOKEN_LIFE_S);
        Ok(mint(claims, key, now.as_secs(), Lifetime::Seconds(life_s))?)
    }
}

/// Whether another answer may come later: the key is not known yet, or there is too much to do.
fn may_change(status: u16) -> bool {
    matches!(status, 403 | 429 | 500..=599)
}

/// The same token with one letter of its signature changed.
fn with_another_signature(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap_or_default();
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    let rest: String = signature.chars().skip(1).collect();
    format!("{message}.{other}{rest}")
}

#[cfg(test)]
mod tests {
    use auth::{Algorithm, Algorithms, HmacKey, KeySet, Policy, Stage, verify};
    use keys::Intervals;
    use serde_json::json;

    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_001);
    const SECRET: &[u8] = b"a-secret-of-more-than-32-bytes-a-secret";

    fn rotation(policy: Policy, claims: &Value) -> KeyRotation {
        let address = WebAddress::parse("https://api.example/cubejs-api/v1/meta").unwrap();
        let web = Web::new(None, Duration::from_secs(5)).unwrap();
        let claims = claims.as_object().unwrap().clone();
        let every = Intervals::OF_SECRETS;
        let overlap = Overlap { policy, every, found_within: every.forced };
        KeyRotation { overlap, load: Load { web, address, claims } }
    }

    #[test]
    fn a_test_token_says_what_the_policy_demands() {
        for namespace in [None, Some("https://app/claims".to_owned())] {
            let policy = Policy {
                issuers: vec!["https://a/".to_owned(), "https://b/".to_owned()],
                audiences: vec!["api".to_owned()],
                subject: Some("me".to_owned()),
                claims_namespace: namespace,
                max_token_life_s: Some(5),
                ..Policy::new(Algorithms::of_shared_secrets())
            };
            let rotation = rotation(policy.clone(), &json!({ "tenant_id": 7, "aud": "other" }));
            let key = SigningKey::new(SECRET, Algorithm::Hs256, Some("v".to_owned()));
            let token = rotation.token(&key, NOW).unwrap();
            let keys = HmacKey::new(SECRET, Stage::Pending).with_kid("v".to_owned());
            let keys = KeySet::new(vec![keys], &policy.algorithms).unwrap();
            let claims = verify(&token, &keys, &policy, NOW.as_secs()).unwrap();
            assert_eq!(claims.get("iss"), Some(&json!("https://a/")));
            let forged = with_another_signature(&token);
            assert_ne!(forged, token);
            assert!(verify(&forged, &keys, &policy, NOW.as_secs()).is_err());
        }
    }

    #[test]
    fn the_first_version_may_be_replaced_at_once_and_the_next_not() {
        let rotation = rotation(Policy::new(Algorithms::of_shared_secrets()), &json!({}));
        let text = std::str::from_utf8(SECRET).unwrap();
        let current = Version { id: "a".to_owned(), value: text.into(), written: NOW };
        let mut labels = Labels { is_rotated: true, ..Labels::default() };
        labels.versions.insert("a".to_owned(), vec!["AWSCURRENT".to_owned()]);
        assert!(rotation.next(&labels, &current, "c", NOW).is_ok());
        labels.versions.insert("b".to_owned(), vec!["AWSPREVIOUS".to_owned()]);
        let refused = rotation.next(&labels, &current, "c", NOW).unwrap_err().to_string();
        assert!(refused.contains("may be again"), "{refused}");
        // It may have been written long before it took over.
        let old = Version { written: Duration::from_secs(1), ..current };
        assert!(rotation.next(&labels, &old, "c", NOW).is_ok());
        labels.rotated = Some(NOW);
        assert!(rotation.next(&labels, &old, "c", NOW).is_err());
    }

    #[test]
    fn an_answer_that_may_change_is_waited_for() {
        assert!([403, 429, 500, 503].into_iter().all(may_change));
        assert!(![201, 301, 400, 401, 404, 405].into_iter().any(may_change));
    }
}
