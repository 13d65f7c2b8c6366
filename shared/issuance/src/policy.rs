//! Clients and providers, and what each may have.

use auth::Fingerprint;

use crate::Grant;

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
    pub(crate) rights: Vec<Right>,
    /// What they get.
    pub grant: Grant,
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

    /// The issuers whose tokens are exchanged.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().map(|provider| provider.issuer.as_str())
    }
}

impl Client {
    /// Whether it has this right.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

impl Provider {
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
