//! What a caller shows: a client's name and secret, or a token of a provider.

use auth::{Fingerprint, bearer_token};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::token::error::Error;
use crate::token::same_origin::is_same_origin;

/// What a caller showed. Nothing of it is believed yet.
#[derive(Debug)]
pub(super) enum Credential {
    /// A client's.
    Client(ClientCredential),
    /// A token, perhaps of a provider. Not for logs.
    Token(ShownToken),
}

/// A name and the hash of a secret, in the ways in which they may be read, likelier ones first.
#[derive(Debug)]
pub(super) struct ClientCredential(pub(super) Vec<(String, Fingerprint)>);

/// A token as it was shown.
pub(super) struct ShownToken(pub(super) String);

impl ClientCredential {
    pub(super) fn new(id: &str, secret: &str) -> Self {
        Self(vec![(id.to_owned(), Fingerprint::of(secret.as_bytes()))])
    }

    /// Reads `Basic <base64 of id:secret>` (RFC 7617). Name and secret may be encoded like a form's
    /// fields, as RFC 6749 §2.3.1 wants and few clients do.
    fn of_basic(encoded: &str) -> Option<Self> {
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        let mut readings = Self::new(id, secret);
        let form_decoded = (unescaped(id), unescaped(secret));
        if (form_decoded.0.as_str(), form_decoded.1.as_str()) != (id, secret) {
            readings.0.extend(Self::new(&form_decoded.0, &form_decoded.1).0);
        }
        Some(readings)
    }
}

/// A field of a form without its escapes.
fn unescaped(text: &str) -> String {
    let field = format!("={}", text.replace('&', "%26"));
    let mut values = form_urlencoded::parse(field.as_bytes()).map(|(_, value)| value.into_owned());
    values.next().unwrap_or_default()
}

impl Credential {
    /// What `Authorization` shows: `Basic` for a client, `Bearer` or nothing before it for a token.
    /// `None` without the header.
    ///
    /// # Errors
    /// [`Error::NotAClient`] for another scheme, for two headers, and for what cannot be read.
    pub(super) fn of_header(headers: &HeaderMap) -> Result<Option<Self>, Error> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Error::NotAClient);
        }
        let text = value.to_str().map_err(|_| Error::NotAClient)?;
        if let Some((scheme, encoded)) = text.split_once(' ')
            && scheme.eq_ignore_ascii_case("basic")
        {
            let client = ClientCredential::of_basic(encoded).map(Self::Client);
            return client.map(Some).ok_or(Error::NotAClient);
        }
        let token = bearer_token(Some(value.as_bytes())).map_err(|_| Error::NotAClient)?;
        Ok(Some(Self::Token(ShownToken(token.to_owned()))))
    }

    /// What a browser shows in the cookie of this name, on a page of our own origin. `None` without
    /// the cookie.
    ///
    /// # Errors
    /// [`Error::CrossSite`] when another site may have sent the request, [`Error::NotAClient`] for
    /// two cookies of the name.
    pub(super) fn of_cookie(headers: &HeaderMap, name: &str) -> Result<Option<Self>, Error> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
        let mut values =
            pairs.filter(|(found, _)| found.trim() == name).map(|(_, value)| value.trim());
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Error::NotAClient);
        }
        if !is_same_origin(headers) {
            return Err(Error::CrossSite);
        }
        // A value may stand in quotes (RFC 6265 §4.1.1).
        let value =
            value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        Ok((!value.is_empty()).then(|| Self::Token(ShownToken(value.to_owned()))))
    }
}

impl std::fmt::Debug for ShownToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ShownToken").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn read(value: &str) -> Result<Option<Credential>, Error> {
        let value = HeaderValue::from_str(value).unwrap();
        Credential::of_header(&HeaderMap::from_iter([(AUTHORIZATION, value)]))
    }

    fn client(value: &str) -> Vec<(String, Fingerprint)> {
        let Some(Credential::Client(client)) = read(value).unwrap() else { panic!("{value}") };
        client.0
    }

    #[test]
    fn basic_is_read_in_any_case_and_a_secret_may_have_colons() {
        for scheme in ["Basic", "basic", "BASIC"] {
            let shown = client(&format!("{scheme} {}", STANDARD.encode("shop:a:b")));
            assert_eq!(shown, [("shop".to_owned(), Fingerprint::of(b"a:b"))]);
        }
        assert!(Credential::of_header(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn name_and_secret_may_be_escaped_like_a_form() {
        let shown = client(&format!("Basic {}", STANDARD.encode("my+shop:100%25+%C3%A9&")));
        let expected = [
            ("my+shop".to_owned(), Fingerprint::of("100%25+%C3%A9&".as_bytes())),
            ("my shop".to_owned(), Fingerprint::of("100% é&".as_bytes())),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_token_is_shown_as_load_takes_it() {
        for value in ["a.b.c", "Bearer a.b.c", "bearer a.b.c"] {
            let Some(Credential::Token(token)) = read(value).unwrap() else { panic!("{value}") };
            assert_eq!(token.0, "a.b.c");
            assert!(!format!("{token:?}").contains("a.b.c"));
        }
    }

    #[test]
    fn anything_else_is_no_credential() {
        let good = STANDARD.encode("shop:secret");
        for value in [
            "",
            "Basic",
            "Basic ",
            "Basic !!!",
            "Digest x",
            "Bearer",
            "Bearer  a.b.c",
            "Bearer a.b.c x",
            &format!("Basic  {good}"),
            &format!("Basic {}", STANDARD.encode("no-colon")),
            &format!("Basic {}", STANDARD.encode(b"\xff:\xff")),
        ] {
            assert!(!matches!(read(value), Ok(None | Some(Credential::Client(_)))), "{value}");
        }
        let mut two = HeaderMap::new();
        for _ in 0..2 {
            let value = HeaderValue::from_str(&format!("Basic {good}")).unwrap();
            two.append(AUTHORIZATION, value);
        }
        assert!(matches!(Credential::of_header(&two), Err(Error::NotAClient)));
    }

    fn cookie(lines: &[&str]) -> Result<Option<String>, Error> {
        let mut headers = HeaderMap::new();
        let site = HeaderName::from_static("sec-fetch-site");
        headers.insert(site, HeaderValue::from_static("same-origin"));
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_str(line).unwrap());
        }
        let shown = Credential::of_cookie(&headers, "session")?;
        Ok(shown.map(|shown| match shown {
            Credential::Token(token) => token.0,
            Credential::Client(client) => panic!("{client:?}"),
        }))
    }

    #[test]
    fn a_session_is_the_value_of_its_cookie() {
        for lines in [
            &["session=a.b.c"][..],
            &["a=1; session=a.b.c; b=2"],
            &["a=1;session=\"a.b.c\""],
            &["a=1", "session=a.b.c"],
        ] {
            assert_eq!(cookie(lines).unwrap().as_deref(), Some("a.b.c"), "{lines:?}");
        }
        for lines in [&[][..], &["sessions=a"], &["Session=a"], &["a=session=b"], &["session="]] {
            assert_eq!(cookie(lines).unwrap(), None, "{lines:?}");
        }
        let two = cookie(&["session=a; session=b"]);
        assert!(matches!(two, Err(Error::NotAClient)), "nobody knows which is meant");
    }
}
