//! What a client shows: its name and its secret.

use auth::Fingerprint;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keys::Client;

use crate::token::error::Error;

/// A name and the hash of a secret, as a caller showed them.
#[derive(Debug)]
pub(super) struct Credential {
    pub(super) id: String,
    secret: Fingerprint,
}

impl Credential {
    pub(super) fn new(id: String, secret: &str) -> Self {
        Self { id, secret: Fingerprint::of(secret.as_bytes()) }
    }

    /// Reads `Authorization: Basic <base64 of id:secret>` (RFC 7617); `None` without the header.
    ///
    /// # Errors
    /// [`Error::NotAClient`] for another scheme, a bearer token of `load` included, for two headers,
    /// and for what is not base64 of UTF-8.
    pub(super) fn of_header(headers: &HeaderMap) -> Result<Option<Self>, Error> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Error::NotAClient);
        }
        let credential = value.to_str().ok().and_then(Self::of_basic);
        credential.map(Some).ok_or(Error::NotAClient)
    }

    fn of_basic(value: &str) -> Option<Self> {
        let (scheme, encoded) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        Some(Self::new(id.to_owned(), secret))
    }

    /// The client whose name and secret these are.
    ///
    /// A name that nobody has takes as long as a wrong secret: both compare two hashes.
    ///
    /// # Errors
    /// [`Error::NotAClient`], whichever of the two is wrong.
    pub(super) fn client<'c>(&self, clients: &'c [Client]) -> Result<&'c Client, Error> {
        let named = clients.iter().find(|client| client.id == self.id);
        let nobody = Fingerprint::of(b"");
        let expected = named.map_or(nobody, |client| client.secret);
        let is_equal = expected == self.secret;
        named.filter(|_| is_equal).ok_or(Error::NotAClient)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(value: &str) -> Result<Option<Credential>, Error> {
        let value = HeaderValue::from_str(value).unwrap();
        Credential::of_header(&HeaderMap::from_iter([(AUTHORIZATION, value)]))
    }

    #[test]
    fn basic_is_read_in_any_case_and_a_secret_may_have_colons() {
        for scheme in ["Basic", "basic", "BASIC"] {
            let credential =
                read(&format!("{scheme} {}", STANDARD.encode("shop:a:b"))).unwrap().unwrap();
            assert_eq!(credential.id, "shop");
            assert!(credential.secret == Fingerprint::of(b"a:b"));
        }
        assert!(Credential::of_header(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn anything_but_one_basic_credential_is_not_a_client() {
        let good = STANDARD.encode("shop:secret");
        for value in [
            "",
            "Basic",
            "Basic ",
            "Basic !!!",
            "eyJhbGciOiJIUzI1NiJ9.e30.AA",
            "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AA",
            &format!("Basic  {good}"),
            &format!("Bearer {good}"),
            &format!("Basic {}", STANDARD.encode("no-colon")),
            &format!("Basic {}", STANDARD.encode(b"\xff:\xff")),
        ] {
            assert!(matches!(read(value), Err(Error::NotAClient)), "{value}");
        }
        let mut two = HeaderMap::new();
        for _ in 0..2 {
            let value = HeaderValue::from_str(&format!("Basic {good}")).unwrap();
            two.append(AUTHORIZATION, value);
        }
        assert!(matches!(Credential::of_header(&two), Err(Error::NotAClient)));
    }

    #[test]
    fn name_and_secret_must_both_be_right() {
        let clients = keys::parse_clients(
            r#"{"clients":[{"id":"a","secret":"0123456789abcdef"},
                           {"id":"b","secret":"fedcba9876543210"}]}"#,
        )
        .unwrap();
        let found = |id: &str, secret: &str| {
            let credential = Credential::new(id.to_owned(), secret);
            credential.client(&clients).map(|client| client.id.clone()).ok()
        };
        assert_eq!(found("b", "fedcba9876543210").as_deref(), Some("b"));
        for (id, secret) in
            [("a", "fedcba9876543210"), ("A", "0123456789abcdef"), ("c", ""), ("", ""), ("a", "")]
        {
            assert_eq!(found(id, secret), None, "{id}");
        }
    }
}
