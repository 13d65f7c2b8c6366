//! Clients and providers, and what each may have.

use auth::Fingerprint;

use crate::Grant;
use crate::mistake::{Mistakes, Place, Report};

/// Who may have which claims. Nobody else gets any.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    pub(crate) clients: Vec<Client>,
    pub(crate) providers: Vec<Provider>,
}

/// One who shows a secret of its own. The secret is held as a hash only.
#[derive(Debug, Clone)]
pub struct Client {
    /// The name it gives.
    pub id: String,
    pub(crate) secret: Fingerprint,
    pub(crate) rights: Vec<Right>,
    /// What it gets.
    pub grant: Grant,
}

/// Everybody who shows a token of one issuer.
#[derive(Debug, Clone)]
pub struct Provider {
    /// As its tokens name it in `iss`.
    pub issuer: String,
    pub(crate) at: Place,
    pub(crate) rights: Vec<Right>,
    /// What they get.
    pub grant: Grant,
}

/// Whose tokens are verified, whatever a policy says.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// Providers, as their tokens name them in `iss`.
    pub issuers: Vec<String>,
    /// The one of them that is a user pool.
    pub user_pool: Option<UserPool>,
}

/// The user pool whose tokens are verified.
#[derive(Debug, Clone)]
pub struct UserPool {
    /// As its tokens name it in `iss`.
    pub issuer: String,
    /// Whether ID tokens are verified, and not access tokens.
    pub has_id_tokens: bool,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// A client: have tokens for its secret.
    Issue,
    /// A client: take tokens back (RFC 7009).
    Revoke,
    /// A client: ask about tokens (RFC 7662).
    Introspect,
    /// Users of a provider: have a token for one of the provider's.
    Exchange,
    /// Users of a user pool: have one for name and password.
    Password,
    /// Users of a user pool: have one for a refresh token.
    Refresh,
}

impl Policy {
    /// The client of this name and secret.
    ///
    /// A name that nobody has takes as long as a wrong secret: both compare two hashes, in constant
    /// time.
    pub fn client(&self, id: &str, secret: Fingerprint) -> Option<&Client> {
        let named = self.clients.iter().find(|client| client.id == id);
        let expected = named.map_or_else(|| Fingerprint::of(b""), |client| client.secret);
        let is_equal = expected == secret;
        named.filter(|_| is_equal)
    }

    /// The provider whose tokens have this `iss`.
    pub fn provider(&self, issuer: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.issuer == issuer)
    }

    /// Whether the users of any provider have this right.
    pub fn anybody_may(&self, right: Right) -> bool {
        self.providers.iter().any(|provider| provider.may(right))
    }

    /// Checks that what the policy gives can be had where these are verified.
    ///
    /// # Errors
    /// An issuer that is not verified, and what only a user pool has.
    pub fn check(&self, verified: &Verified) -> Result<(), Mistakes> {
        let mut report = Report::default();
        for provider in &self.providers {
            if let Some(reason) = provider.mistake(verified) {
                report.mistake(provider.at, reason);
            }
        }
        report.conclude(())
    }
}

impl Client {
    /// Whether it has this right.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

impl Provider {
    fn mistake(&self, verified: &Verified) -> Option<&'static str> {
        let pool = verified.user_pool.as_ref().filter(|pool| pool.issuer == self.issuer);
        let needs_pool = self.grant.needs_attributes()
            || self.grant.needs_groups()
            || self.may(Right::Password)
            || self.may(Right::Refresh);
        if !verified.issuers.contains(&self.issuer) {
            return Some(
                "nobody verifies tokens of this issuer: list it in TESSERA_ISSUERS, or set \
                 TESSERA_COGNITO_USER_POOL_ID",
            );
        }
        if needs_pool && pool.is_none() {
            return Some(
                "this issuer is not the user pool of TESSERA_COGNITO_USER_POOL_ID, which alone has \
                 the rights `password` and `refresh`, `from_attribute` and `from_groups`",
            );
        }
        if self.grant.needs_attributes() && pool.is_some_and(|pool| pool.has_id_tokens) {
            return Some(
                "TESSERA_COGNITO_TOKEN_USE is id, and an ID token has the attributes itself: write \
                 `from_token` for `from_attribute`",
            );
        }
        None
    }

    /// Whether its users have this right.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

impl Right {
    pub(crate) const OF_CLIENTS: &[(&str, Self)] =
        &[("issue", Self::Issue), ("revoke", Self::Revoke), ("introspect", Self::Introspect)];
    pub(crate) const OF_PROVIDERS: &[(&str, Self)] =
        &[("exchange", Self::Exchange), ("password", Self::Password), ("refresh", Self::Refresh)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_gives_can_be_had() {
        let verified = |has_id_tokens| Verified {
            issuers: vec!["https://a/".to_owned(), "https://pool/".to_owned()],
            user_pool: Some(UserPool { issuer: "https://pool/".to_owned(), has_id_tokens }),
        };
        let checked = |issuer: &str, more: &str, has_id_tokens| {
            let text = format!("issuers:\n  - issuer: {issuer}\n    {more}\n");
            let checked = Policy::read(&text).unwrap().check(&verified(has_id_tokens));
            checked.map_err(|mistakes| mistakes.to_string())
        };
        for more in ["rights: [password, refresh]", "claims: {a: {from_groups: true}}"] {
            assert_eq!(checked("https://pool/", more, true), Ok(()));
            let refused = checked("https://a/", more, true).unwrap_err();
            assert!(refused.starts_with("2:5: this issuer is not the user pool"), "{refused}");
        }
        let attribute = "claims: {u: {a: {from_attribute: email}}}";
        assert_eq!(checked("https://pool/", attribute, false), Ok(()));
        let refused = checked("https://pool/", attribute, true).unwrap_err();
        assert!(refused.contains("write `from_token`"), "{refused}");
        let refused = checked("https://a", "claims: {}", true).unwrap_err();
        assert!(refused.starts_with("2:5: nobody verifies tokens of this issuer"), "{refused}");
    }

    #[test]
    fn name_and_secret_must_both_be_right() {
        let text = r#"{"clients":[{"id":"a","secret":"0123456789abcdef"},
                                  {"id":"b","secret":"fedcba9876543210","rights":["revoke"]}]}"#;
        let policy = Policy::read(text).unwrap();
        let found = |id: &str, secret: &str| {
            policy.client(id, Fingerprint::of(secret.as_bytes())).map(|client| client.id.as_str())
        };
        assert_eq!(found("b", "fedcba9876543210"), Some("b"));
        for (id, secret) in [
            ("a", "fedcba9876543210"),
            ("A", "0123456789abcdef"),
            ("c", ""),
            ("", ""),
            ("a", ""),
            ("a", "0123456789abcdef "),
        ] {
            assert_eq!(found(id, secret), None, "{id}");
        }
        let rights = |id: &str| {
            let client = policy.clients.iter().find(|client| client.id == id).unwrap();
            [Right::Issue, Right::Revoke, Right::Introspect].map(|right| client.may(right))
        };
        assert_eq!(rights("a"), [true, false, false]);
        assert_eq!(rights("b"), [false, true, false]);
    }
}
