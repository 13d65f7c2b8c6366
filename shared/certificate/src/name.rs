//! What a certificate is for: host names, addresses and URIs.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::Error;

/// The longest host name (RFC 1035 §2.3.4) and URI that are taken.
const HOST_BYTES_MAX: usize = 253;
const URI_BYTES_MAX: usize = 2048;

/// A name of a certificate, in the form in which two of them are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A host, or `*.` and a domain: every host one label below it. In lower case.
    Host(String),
    /// An address, version 4 or 6.
    Address(IpAddr),
    /// A URI, as SPIFFE names workloads.
    Uri(String),
}

impl Name {
    /// Whether a certificate with this name is one for `asked` (RFC 9525 §6.3): a wildcard stands
    /// for one whole label, and never for another wildcard.
    pub fn covers(&self, asked: &Self) -> bool {
        match (self, asked) {
            (Self::Host(mine), Self::Host(asked)) if mine != asked => {
                let domain = mine.strip_prefix("*.");
                let below = asked.split_once('.').filter(|(first, _)| *first != "*");
                domain.is_some() && domain == below.map(|(_, domain)| domain)
            }
            _ => self == asked,
        }
    }
}

impl FromStr for Name {
    type Err = Error;

    /// Reads an address, a URI (`spiffe://domain/path`), or else a host name.
    fn from_str(text: &str) -> Result<Self, Error> {
        let named = |reason| Error::Name { name: text.chars().take(80).collect(), reason };
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return uri(scheme, rest).map(Self::Uri).map_err(named);
        }
        host(text).map(Self::Host).map_err(named)
    }
}

fn host(text: &str) -> Result<String, &'static str> {
    let lower = text.to_ascii_lowercase();
    if lower.is_empty() || lower.len() > HOST_BYTES_MAX {
        return Err("a host name has 1 to 253 letters");
    }
    let domain = lower.strip_prefix("*.").unwrap_or(&lower);
    if domain.contains('*') {
        return Err("a `*` can only be the whole first label");
    }
    let is_label = |label: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !domain.split('.').all(is_label) {
        return Err("its labels must be letters, digits and inner hyphens, with a dot between; \
                    write names in other scripts as `xn--...`");
    }
    let last = domain.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it looks like an address and is none");
    }
    if lower.len() > domain.len() && !domain.contains('.') {
        return Err("a wildcard stands below a domain of two labels at least");
    }
    Ok(lower)
}

/// A URI with an authority (RFC 3986); for SPIFFE what its standard asks for (SPIFFE-ID §2).
fn uri(scheme: &str, rest: &str) -> Result<String, &'static str> {
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        || !scheme.bytes().all(is_scheme)
    {
        return Err("what stands before `://` is no scheme");
    }
    let scheme = scheme.to_ascii_lowercase();
    let is_printable = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
    if rest.is_empty()
        || scheme.len() + rest.len() > URI_BYTES_MAX
        || !rest.bytes().all(is_printable)
    {
        return Err("a URI has up to 2048 printable letters of ASCII");
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.is_empty() {
        return Err("it has no authority after `://`");
    }
    let is_domain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    let is_segment = |segment: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        !["", ".", ".."].contains(&segment) && segment.bytes().all(is_letter)
    };
    if scheme == "spiffe"
        && !(authority.bytes().all(is_domain) && path.split('/').skip(1).all(is_segment))
    {
        return Err("a SPIFFE id is `spiffe://`, a trust domain in lower case, and a path of \
                    letters, digits, dots, dashes and underscores");
    }
    Ok(format!("{scheme}://{rest}"))
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(text) | Self::Uri(text) => formatter.write_str(text),
            Self::Address(address) => address.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_read_by_their_form() {
        assert_eq!(name("Shop.Example.com"), Name::Host("shop.example.com".into()));
        assert_eq!(name("*.example.com"), Name::Host("*.example.com".into()));
        assert_eq!(name("localhost"), Name::Host("localhost".into()));
        assert_eq!(name("127.0.0.1"), Name::Address([127, 0, 0, 1].into()));
        assert_eq!(name("2001:DB8::1").to_string(), "2001:db8::1");
        let id = "spiffe://example.org/ns/shop/sa/load";
        assert_eq!(name(id), Name::Uri(id.into()));
        assert_eq!(name("HTTPS://example.org"), Name::Uri("https://example.org".into()));
    }

    #[test]
    fn what_is_no_name_says_why() {
        let long = format!("{}.example", "a".repeat(64));
        for (text, part) in [
            ("", "1 to 253"),
            ("shop.example.", "labels"),
            (long.as_str(), "labels"),
            ("-shop.example", "labels"),
            ("shop_1.example", "labels"),
            ("shop example", "labels"),
            ("shöp.example", "xn--"),
            ("shop.example\0", "labels"),
            ("shop.example\n", "labels"),
            ("a.*.example", "first label"),
            ("s*.example.com", "first label"),
            ("*.com", "two labels"),
            ("*", "first label"),
            ("256.1.1.1", "looks like an address"),
            ("10.0.0.0/8", "labels"),
            ("://x", "scheme"),
            ("1x://x", "scheme"),
            ("spiffe://", "printable"),
            ("spiffe:///path", "authority"),
            ("spiffe://Example.org/a", "SPIFFE"),
            ("spiffe://example.org/a//b", "SPIFFE"),
            ("spiffe://example.org/../b", "SPIFFE"),
            ("spiffe://example.org/a?b", "SPIFFE"),
            ("spiffe://example.org:80/a", "SPIFFE"),
            ("https://exa mple", "printable"),
        ] {
            let said = text.parse::<Name>().unwrap_err().to_string();
            assert!(said.contains(part), "{text}: {said}");
        }
    }

    #[test]
    fn a_wildcard_covers_one_label() {
        let wildcard = name("*.example.com");
        assert!(wildcard.covers(&name("shop.example.com")));
        assert!(wildcard.covers(&wildcard));
        for other in ["example.com", "a.b.example.com", "shop.example.org", "127.0.0.1"] {
            assert!(!wildcard.covers(&name(other)), "{other}");
        }
        assert!(!name("shop.example.com").covers(&wildcard));
        assert!(!name("*.b.example.com").covers(&name("*.example.com")));
    }
}
