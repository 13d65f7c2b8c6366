//! A PostgreSQL connection URL.

/// The parts of `postgres://user:password@host:port/name?sslmode=require`.
///
/// Has no `Debug`: it holds a password.
pub(crate) struct Url {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) name: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    /// `sslmode` is `require`, `verify-ca` or `verify-full`.
    pub(crate) requires_tls: bool,
}

impl Url {
    /// The parts of `url`, percent-decoded; `None` when it is no PostgreSQL URL with one host.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"))?;
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
        // The last `@`: a password written without encoding may hold one.
        let (who, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = who.split_once(':').unwrap_or((who, ""));
        let (host, port) = split_port(place)?;
        if host.is_empty() || host.contains(',') || name.contains('/') {
            return None;
        }
        let mode = parameters.split('&').find_map(|parameter| parameter.strip_prefix("sslmode="));
        Some(Self {
            host: decode(host)?,
            port,
            name: part(name)?,
            user: part(user)?,
            password: part(password)?,
            requires_tls: matches!(mode, Some("require" | "verify-ca" | "verify-full")),
        })
    }
}

/// Host and port; an IPv6 address stands in brackets, which are dropped.
fn split_port(place: &str) -> Option<(&str, Option<u16>)> {
    if let Some(bracketed) = place.strip_prefix('[') {
        let (address, after) = bracketed.split_once(']')?;
        return match after.strip_prefix(':') {
            Some(port) => Some((address, Some(port.parse().ok()?))),
            None if after.is_empty() => Some((address, None)),
            None => None,
        };
    }
    match place.split_once(':') {
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((place, None)),
    }
}

/// The decoded part, `None` inside when it is empty; `None` outside when it cannot be decoded.
#[expect(
    clippy::option_option,
    reason = "the outer one is for `?`: bad encoding makes the whole URL bad"
)]
fn part(text: &str) -> Option<Option<String>> {
    let decoded = decode(text)?;
    Some((!decoded.is_empty()).then_some(decoded))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_url_has_all_its_parts() {
        let url = Url::parse("postgres://me:s%3Acret@db:6432/shop?sslmode=verify-full").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("db", Some(6432)));
        assert_eq!(url.user.as_deref(), Some("me"));
        assert_eq!(url.password.as_deref(), Some("s:cret"));
        assert_eq!(url.name.as_deref(), Some("shop"));
        assert!(url.requires_tls);
    }

    #[test]
    fn parts_may_be_missing() {
        let url = Url::parse("postgresql://[::1]").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.name), ("::1", None, None));
        assert!(!url.requires_tls);
        let url = Url::parse("postgres://me:p@ss@db/shop").unwrap();
        assert_eq!(url.password.as_deref(), Some("p@ss"));
    }

    #[test]
    fn what_is_no_url_of_one_server_is_refused() {
        for url in [
            "http://db/shop",
            "postgres://",
            "postgres:///shop",
            "postgres://a,b/shop",
            "postgres://db:port/shop",
            "postgres://db/a/b",
            "postgres://u:%zz@db/shop",
            "postgres://[::1/shop",
        ] {
            assert!(Url::parse(url).is_none(), "{url}");
        }
    }
}
