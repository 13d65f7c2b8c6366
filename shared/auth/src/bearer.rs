//! The bearer token of an `Authorization` header (RFC 6750 §2.1, and Cube's bare form).

/// Why a header holds no bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// No header, an empty one, or a scheme without a token.
    #[error("the authorization header is not set")]
    NotSet,
    /// Another scheme, more than one token, or bytes that no token has.
    #[error("the authorization header is not a bearer token")]
    Invalid,
}

/// Returns the token of `Authorization: <token>` or `Authorization: Bearer <token>`.
///
/// `header` is the value of the one header there was. The scheme may be in any case and is followed
/// by one blank; blanks around the value are no part of it (RFC 9110 §5.5).
///
/// # Errors
/// [`HeaderError::NotSet`] when there is no token to judge, [`HeaderError::Invalid`] for anything
/// that is not one bearer token.
pub fn bearer_token(header: Option<&[u8]>) -> Result<&str, HeaderError> {
    let value = header.unwrap_or_default();
    let value = str::from_utf8(value).map_err(|_| HeaderError::Invalid)?;
    let value = value.trim_matches([' ', '\t']);
    if value.is_empty() || value.eq_ignore_ascii_case("bearer") {
        return Err(HeaderError::NotSet);
    }
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
        Some(_) => return Err(HeaderError::Invalid),
        None => value,
    };
    if token.is_empty() || !token.bytes().all(is_token_byte) {
        return Err(HeaderError::Invalid);
    }
    Ok(token)
}

/// The alphabet of RFC 6750's `b64token`.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Result<&str, HeaderError> {
        bearer_token(Some(value.as_bytes()))
    }

    #[test]
    fn a_bare_token_and_bearer_in_any_case_are_accepted() {
        for value in ["a.b.c", "Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", " Bearer a.b.c\t"] {
            assert_eq!(of(value), Ok("a.b.c"), "{value}");
        }
    }

    #[test]
    fn nothing_to_judge_is_not_set() {
        assert_eq!(bearer_token(None), Err(HeaderError::NotSet));
        for value in ["", " ", "Bearer", "bearer ", "Bearer \t"] {
            assert_eq!(of(value), Err(HeaderError::NotSet), "{value:?}");
        }
    }

    #[test]
    fn anything_but_one_bearer_token_is_invalid() {
        for value in [
            "Bearer  a.b.c",
            "Bearer\ta.b.c",
            "Basic a.b.c",
            "Negotiate a.b.c",
            "Bearer a.b.c x",
            "Bearer a.b.c, Bearer a.b.c",
            "a.b.c,a.b.c",
            "Bearer \"a.b.c\"",
            "Bearer Bearer a.b.c",
            "Bearer a.b.cé",
            "Bearer: a.b.c",
            "Bearer a.b\0.c",
        ] {
            assert_eq!(of(value), Err(HeaderError::Invalid), "{value:?}");
        }
        assert_eq!(bearer_token(Some(b"Bearer \xff")), Err(HeaderError::Invalid));
    }
}
