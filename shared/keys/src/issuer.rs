//! Who is trusted to issue tokens.

use auth::{Error, Policy, Token};

use crate::KeySource;

/// One issuer: the rules for its tokens, and its keys. Keys of one never verify for another.
#[derive(Debug)]
pub struct Issuer {
    /// What its tokens must say besides being signed.
    pub policy: Policy,
    /// What verifies them.
    pub keys: KeySource,
}

impl Issuer {
    /// Whether its tokens are somebody else's beyond doubt: their issuer's name is looked at, no
    /// secret that others share verifies them, and the keys are not kept with ours.
    pub fn is_provider(&self) -> bool {
        !self.policy.issuers.is_empty()
            && !self.policy.algorithms.need_secret()
            && !matches!(self.keys, KeySource::SecretsManager(_))
    }

    /// Whether the token could be one of its: the algorithm is allowed, and the issuer that the
    /// token names, if that is looked at, is the one.
    fn may_have_issued(&self, token: &Token<'_>, named: Option<&str>) -> bool {
        let issuers = &self.policy.issuers;
        self.policy.algorithms.allow(token.algorithm())
            && (issuers.is_empty() || issuers.iter().any(|issuer| Some(&**issuer) == named))
    }
}

/// All who are trusted, in the order in which those are asked whom a token does not name.
#[derive(Debug)]
pub struct Issuers(Vec<Issuer>);

impl Issuers {
    /// These.
    pub fn new(issuers: Vec<Issuer>) -> Self {
        Self(issuers)
    }

    /// The same without providers of this name: whoever signs its tokens needs nobody to verify them.
    #[must_use]
    pub fn without_provider(self, name: &str) -> Self {
        let without = |mut issuer: Issuer| {
            if !issuer.is_provider() || !issuer.policy.issuers.iter().any(|known| known == name) {
                return Some(issuer);
            }
            issuer.policy.issuers.retain(|known| known != name);
            (!issuer.policy.issuers.is_empty()).then_some(issuer)
        };
        Self(self.0.into_iter().filter_map(without).collect())
    }

    /// They, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Issuer> {
        self.0.iter()
    }

    /// The one of this number, as [`Issuers::candidates`] counts.
    pub fn get(&self, number: usize) -> Option<&Issuer> {
        self.0.get(number)
    }

    /// The longest token that any of them may have issued, in bytes.
    pub fn max_token_bytes(&self) -> usize {
        self.iter().map(|issuer| issuer.policy.max_token_bytes).max().unwrap_or(0)
    }

    /// Those who could have issued the token, by its algorithm and the issuer that it names, each
    /// with its number; the named one first.
    ///
    /// # Errors
    /// [`Error::AlgorithmNotAllowed`] when nobody may use the algorithm, [`Error::WrongIssuer`] when
    /// the issuer is nobody's, [`Error::BadPayload`] when it cannot be read.
    pub fn candidates(&self, token: &Token<'_>) -> Result<Vec<(usize, &Issuer)>, Error> {
        let allowed = |issuer: &&Issuer| issuer.policy.algorithms.allow(token.algorithm());
        if !self.iter().any(|issuer| allowed(&issuer)) {
            return Err(Error::AlgorithmNotAllowed);
        }
        let looks_at_names =
            self.iter().filter(allowed).any(|issuer| !issuer.policy.issuers.is_empty());
        let named = if looks_at_names { token.unverified_issuer()? } else { None };
        let numbered = self.iter().enumerate();
        let mut found: Vec<(usize, &Issuer)> = numbered
            .filter(|(_, issuer)| issuer.may_have_issued(token, named.as_deref()))
            .collect();
        // Whoever the token names is no guess; keys of the others would be fetched in vain.
        found.sort_by_key(|(_, issuer)| issuer.policy.issuers.is_empty());
        if found.is_empty() { Err(Error::WrongIssuer) } else { Ok(found) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use auth::{Algorithms, KeySet};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn issuer(names: &[&str], algorithms: &[&str]) -> Issuer {
        let algorithms = Algorithms::from_names(algorithms.iter().copied()).unwrap();
        Issuer {
            policy: Policy {
                issuers: names.iter().map(|name| (*name).to_owned()).collect(),
                ..Policy::new(algorithms)
            },
            keys: KeySource::Environment(Arc::new(KeySet::of_public_keys(Vec::new()))),
        }
    }

    /// Which of `issuers` could have issued a token of this algorithm and payload.
    fn found(issuers: &Issuers, algorithm: &str, payload: &str) -> Result<Vec<usize>, Error> {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let header = encode(&format!(r#"{{"alg":"{algorithm}"}}"#));
        let text = format!("{header}.{}.AA", encode(payload));
        let token = Token::read(&text, 8192).unwrap();
        let candidates = issuers.candidates(&token)?.into_iter();
        Ok(candidates
            .map(|(number, issuer)| {
                assert!(std::ptr::eq(issuers.get(number).unwrap(), issuer));
                number
            })
            .collect())
    }

    #[test]
    fn the_issuer_is_the_one_that_the_token_names() {
        let issuers = Issuers::new(vec![
            issuer(&[], &["HS256"]),
            issuer(&["https://a/", "https://aa/"], &["RS256"]),
            issuer(&["https://b/"], &["RS256", "ES256"]),
        ]);
        assert_eq!(found(&issuers, "HS256", r#"{"iss":"https://a/"}"#), Ok(vec![0]));
        assert_eq!(found(&issuers, "RS256", r#"{"iss":"https://a/"}"#), Ok(vec![1]));
        assert_eq!(found(&issuers, "RS256", r#"{"iss":"https://aa/"}"#), Ok(vec![1]));
        assert_eq!(found(&issuers, "RS256", r#"{"iss":"https://b/"}"#), Ok(vec![2]));
        assert_eq!(found(&issuers, "ES256", r#"{"iss":"https://b/"}"#), Ok(vec![2]));
        let wrong = Err(Error::WrongIssuer);
        for payload in [
            "{}",
            r#"{"iss":"https://a"}"#,
            r#"{"iss":["https://a/"]}"#,
            r#"{"iss":null}"#,
            r#"{"iss":"https://c/"}"#,
        ] {
            assert_eq!(found(&issuers, "RS256", payload), wrong, "{payload}");
        }
        assert_eq!(found(&issuers, "ES256", r#"{"iss":"https://a/"}"#), wrong);
        assert_eq!(found(&issuers, "PS256", "{}"), Err(Error::AlgorithmNotAllowed));
        assert_eq!(found(&issuers, "RS256", "[]"), Err(Error::BadPayload));
        let twice = r#"{"iss":"https://a/","iss":"https://b/"}"#;
        assert_eq!(found(&issuers, "RS256", twice), Err(Error::BadPayload));
    }

    #[test]
    fn a_provider_has_a_name_and_no_secret() {
        let issuers = Issuers::new(vec![
            issuer(&[], &["RS256"]),
            issuer(&["https://us/"], &["HS256"]),
            issuer(&["https://us/", "https://a/"], &["RS256"]),
            issuer(&["https://us/"], &["ES256"]),
        ]);
        let names = |issuers: &Issuers| {
            let issuers = issuers.iter();
            issuers.map(|one| (one.is_provider(), one.policy.issuers.len())).collect::<Vec<_>>()
        };
        assert_eq!(names(&issuers), [(false, 0), (false, 1), (true, 2), (true, 1)]);
        let mut stored = issuer(&["https://us/"], &["ES256"]);
        let clock: crate::Clock =
            Arc::new(|| crate::Moment { wall: Duration::ZERO, monotonic: Duration::ZERO });
        let every = crate::Intervals::OF_SECRETS;
        stored.keys =
            KeySource::secrets_manager("arn".to_owned(), None, stored.policy.clone(), every, clock);
        assert!(!stored.is_provider(), "that is our own key pair");
        let others = issuers.without_provider("https://us/");
        assert_eq!(names(&others), [(false, 0), (false, 1), (true, 1)]);
    }

    #[test]
    fn whoever_a_token_names_is_asked_first() {
        let issuers =
            Issuers::new(vec![issuer(&[], &["RS256"]), issuer(&["https://a/"], &["RS256"])]);
        assert_eq!(found(&issuers, "RS256", r#"{"iss":"https://a/"}"#), Ok(vec![1, 0]));
        assert_eq!(found(&issuers, "RS256", r#"{"iss":"https://b/"}"#), Ok(vec![0]));
    }

    #[test]
    fn several_may_have_issued_a_token_that_names_nobody() {
        let issuers = Issuers::new(vec![issuer(&[], &["HS256"]), issuer(&[], &["HS256", "HS384"])]);
        assert_eq!(found(&issuers, "HS256", "not even read"), Ok(vec![0, 1]));
        assert_eq!(found(&issuers, "HS384", "{}"), Ok(vec![1]));
    }
}
