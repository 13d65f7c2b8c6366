//! Which URLs are asked: those over which nobody else reads along.

use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::Uri;

/// A URL that keys may be fetched from: `https`, or `http` on this machine alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(Uri);

/// Why a text is no such URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no https URL (http is allowed for localhost, 127.0.0.1 and [::1])")]
pub struct UnsafeAddress;

impl WebAddress {
    /// Reads an absolute URL without user name, password and fragment.
    ///
    /// # Errors
    /// [`UnsafeAddress`]
    pub fn parse(text: &str) -> Result<Self, UnsafeAddress> {
        Some(Self::read(text)?).filter(Self::is_confidential).ok_or(UnsafeAddress)
    }

    /// The same for what is neither secret nor believed: `http` is also allowed within a private network, to an address
    /// of one (RFC 1918, RFC 4193), a name without a dot, and names below `.internal` and `.local`.
    ///
    /// # Errors
    /// [`UnsafeAddress`]
    pub fn parse_private(text: &str) -> Result<Self, UnsafeAddress> {
        let address = Self::read(text)?;
        let is_safe = address.is_confidential() || is_private(address.0.host().unwrap_or_default());
        Some(address).filter(|_| is_safe).ok_or(UnsafeAddress)
    }

    /// Whether nobody on the way can read what is sent.
    pub fn is_confidential(&self) -> bool {
        match self.0.scheme_str() {
            Some("https") => true,
            _ => matches!(self.0.host(), Some("localhost" | "127.0.0.1" | "[::1]")),
        }
    }

    /// Without regard to who reads along.
    fn read(text: &str) -> Result<Self, UnsafeAddress> {
        let uri: Uri = text.parse().map_err(|_| UnsafeAddress)?;
        let authority = uri.authority().ok_or(UnsafeAddress)?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        let is_plain = !authority.as_str().contains('@') && !text.contains('#');
        if is_web && is_plain && !authority.host().is_empty() {
            Ok(Self(uri))
        } else {
            Err(UnsafeAddress)
        }
    }

    pub(super) fn uri(&self) -> Uri {
        self.0.clone()
    }

    /// Whether another address leads to the same server.
    pub(crate) fn has_server_of(&self, other: &Self) -> bool {
        let server = |address: &Self| {
            let authority = address.0.authority().map(|authority| {
                let port = authority.port_u16().unwrap_or(match address.0.scheme_str() {
                    Some("http") => 80,
                    _ => 443,
                });
                (authority.host().to_ascii_lowercase(), port)
            });
            (address.0.scheme_str().map(str::to_owned), authority)
        };
        server(self) == server(other)
    }
}

fn is_private(host: &str) -> bool {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return address.is_private() || address.is_loopback();
    }
    if let Some(address) = host.strip_prefix('[') {
        let address = address.trim_end_matches(']').parse::<Ipv6Addr>();
        return address.is_ok_and(|address| address.is_unique_local());
    }
    // Systems read some texts of digits and `x` as addresses.
    let is_name = host.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_below =
        |top: &str| host.rsplit_once('.').is_some_and(|(_, last)| last.eq_ignore_ascii_case(top));
    is_name && (!host.contains('.') || is_below("internal") || is_below("local"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for good in [
            "https://a.example/jwks.json",
            "https://a.example:8443",
            "https://127.0.0.1/x?y=z",
            "http://localhost:9000/x",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/x",
        ] {
            assert!(WebAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/jwks.json",
            "a.example/jwks.json",
            "http://a.example/jwks.json",
            "http://localhost.evil.example/x",
            "http://127.0.0.1.evil.example/x",
            "http://127.0.0.1@evil.example/x",
            "https://user:password@a.example/",
            "https://a.example/#x",
            "https://",
            "ftp://a.example/x",
            "file:///etc/passwd",
            "https://a example/",
        ] {
            assert_eq!(WebAddress::parse(bad), Err(UnsafeAddress), "{bad}");
        }
    }

    #[test]
    fn servers_are_told_apart_by_scheme_name_and_port() {
        let of = |text: &str| WebAddress::parse(text).unwrap();
        let one = of("https://a.example/x");
        assert!(one.has_server_of(&of("https://A.example:443/y")));
        for other in ["https://b.a.example/x", "https://a.example:444/x", "http://localhost/x"] {
            assert!(!one.has_server_of(&of(other)), "{other}");
        }
    }

    #[test]
    fn what_is_no_secret_may_be_sent_in_a_private_network() {
        for (good, is_confidential) in [
            ("https://collector.example/v1/traces", true),
            ("http://localhost:4318/v1/traces", true),
            ("http://collector:4318", false),
            ("http://10.1.2.3:4318", false),
            ("http://172.16.0.9", false),
            ("http://192.168.1.1", false),
            ("http://[fd00::1]:4318", false),
            ("http://otel.tracing.svc.cluster.local:4318", false),
            ("http://ip-10-0-0-1.ec2.INTERNAL", false),
        ] {
            let address = WebAddress::parse_private(good);
            let said = address.map(|address| address.is_confidential());
            assert_eq!(said, Ok(is_confidential), "{good}");
        }
        for bad in [
            "",
            "collector:4318",
            "http://collector.example:4318",
            "http://internal.example",
            "http://8.8.8.8",
            "http://172.32.0.1",
            "http://[2001:db8::1]",
            "http://2130706433",
            "http://0x08080808",
            "http://a:b@collector/",
            "http://collector/#x",
            "grpc://collector:4317",
        ] {
            assert_eq!(WebAddress::parse_private(bad), Err(UnsafeAddress), "{bad}");
        }
    }
}
