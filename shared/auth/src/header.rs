//! The JOSE header (RFC 7515 §4): what it may say, and the two members that are believed.

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::{Error, encoding, json};

/// The longest `kid` that is looked up.
const MAX_KID_BYTES: usize = 256;

/// The two members of a header that decide anything: which algorithm, which key.
///
/// `jwk`, `jku`, `x5c`, `x5t` and `x5u` are never read: a token does not bring its own key
/// (RFC 8725 §3.10).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
}

impl Header {
    /// Reads the first segment of a compact JWS.
    pub(crate) fn read(segment: &str) -> Result<Self, Error> {
        let bytes = encoding::decode(segment).ok_or(Error::NotCompact)?;
        let mut members =
            json::read_object(&bytes, json::MAX_DEPTH).map_err(|_| Error::BadHeader)?;
        let algorithm = match members.get("alg") {
            Some(Value::String(name)) => name.parse().map_err(|_| Error::AlgorithmNotAllowed)?,
            _ => return Err(Error::AlgorithmNotAllowed),
        };
        refuse_extensions(&members)?;
        check_type(&members)?;
        let kid = match members.remove("kid") {
            None => None,
            Some(Value::String(kid)) if is_kid(&kid) => Some(kid),
            Some(_) => return Err(Error::HeaderMember("kid")),
        };
        Ok(Self { algorithm, kid })
    }
}

/// `crit` (RFC 7515 §4.1.11) and `b64` (RFC 7797) change what a signature means, `zip` what a
/// payload means, `cty: JWT` nests another token: none of it is understood here.
fn refuse_extensions(members: &Map<String, Value>) -> Result<(), Error> {
    for name in ["crit", "b64", "zip"] {
        if members.contains_key(name) {
            return Err(Error::HeaderMember(name));
        }
    }
    match members.get("cty").and_then(Value::as_str) {
        Some(kind) if kind.eq_ignore_ascii_case("jwt") => Err(Error::HeaderMember("cty")),
        _ => Ok(()),
    }
}

/// A token of another kind (logout, `DPoP` proof) is not an access token (RFC 8725 §3.11).
fn check_type(members: &Map<String, Value>) -> Result<(), Error> {
    let accepted = match members.get("typ") {
        None => true,
        Some(Value::String(kind)) => ["jwt", "at+jwt", "application/at+jwt"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known)),
        Some(_) => false,
    };
    if accepted { Ok(()) } else { Err(Error::HeaderMember("typ")) }
}

/// Whether a text may name a key: printable ASCII, 256 bytes at most.
pub(crate) fn is_kid(kid: &str) -> bool {
    (1..=MAX_KID_BYTES).contains(&kid.len()) && kid.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Header, Error> {
        Header::read(&encoding::encode(header.as_bytes()))
    }

    #[test]
    fn algorithm_and_kid_are_read() {
        assert_eq!(
            read(r#"{"alg":"HS384","typ":"JWT","kid":"k 1"}"#),
            Ok(Header { algorithm: Algorithm::Hs384, kid: Some("k 1".to_owned()) })
        );
    }

    #[test]
    fn a_kid_is_printable_ascii_of_bounded_length() {
        let long = format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "k".repeat(MAX_KID_BYTES + 1));
        for header in [long.as_str(), r#"{"alg":"HS256","kid":""}"#, r#"{"alg":"HS256","kid":7}"#] {
            assert_eq!(read(header), Err(Error::HeaderMember("kid")), "{header}");
        }
    }

    /// RFC 7519 section 5.2.
    #[test]
    fn a_token_in_a_token_is_refused_and_no_other_content() {
        for kind in ["JWT", "jwt"] {
            let header = format!(r#"{{"alg":"HS256","cty":"{kind}"}}"#);
            assert_eq!(read(&header), Err(Error::HeaderMember("cty")));
        }
        let header = read(r#"{"alg":"HS256","cty":"application/json"}"#);
        assert_eq!(header, Ok(Header { algorithm: Algorithm::Hs256, kid: None }));
    }

    #[test]
    fn a_key_in_the_header_is_not_even_read() {
        let header = r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"},"jku":"https://a.example"}"#;
        assert_eq!(read(header), Ok(Header { algorithm: Algorithm::Hs256, kid: None }));
    }
}
