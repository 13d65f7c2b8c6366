//! What a certificate is to be.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::{Error, Name};

const DAY: Duration = Duration::from_hours(24);

/// A certificate for a server or a client is not made for longer.
const LIFE_MAX: Duration = DAY.saturating_mul(3_650);
/// Nor for shorter: it would be over before anybody has it.
const LIFE_MIN: Duration = Duration::from_secs(1);

/// More names than one certificate needs; ACM takes ten unless asked for more.
const NAMES_MAX: usize = 100;

/// What a certificate is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What it is for, without repetition.
    pub names: Vec<Name>,
    /// What its key is.
    pub key: KeyType,
    /// Who shows it.
    pub usage: Usage,
    /// From now to its end.
    pub life: Duration,
}

impl Profile {
    /// A server's, with a key on P-256.
    ///
    /// # Errors
    /// As [`Profile::validated`].
    pub fn server(names: Vec<Name>, life: Duration) -> Result<Self, Error> {
        Self { names, key: KeyType::P256, usage: Usage::Server, life }.validated()
    }

    /// The same, if a certificate can be so; names in their order, each once.
    ///
    /// # Errors
    /// [`Error::Profile`]
    pub fn validated(mut self) -> Result<Self, Error> {
        self.names.sort();
        self.names.dedup();
        if !(1..=NAMES_MAX).contains(&self.names.len()) {
            return Err(Error::Profile { reason: "it needs 1 to 100 names" });
        }
        if !(LIFE_MIN..=LIFE_MAX).contains(&self.life) {
            return Err(Error::Profile { reason: "its life must be a second to 3650 days" });
        }
        Ok(self)
    }
}

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// An elliptic curve of 256 bits: what nearly everybody wants.
    P256,
    /// One of 384 bits.
    P384,
    /// RSA with 2048 bits, for old clients.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits.
    Rsa4096,
    /// A curve that browsers and AWS Certificate Manager do not take.
    Ed25519,
}

impl KeyType {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::P256, Self::P384, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096, Self::Ed25519];

    pub(crate) const NAMES: &str = "P-256, P-384, RSA-2048, RSA-3072, RSA-4096, Ed25519";

    /// `P-256`, `RSA-2048`, ...
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::Rsa2048 => "RSA-2048",
            Self::Rsa3072 => "RSA-3072",
            Self::Rsa4096 => "RSA-4096",
            Self::Ed25519 => "Ed25519",
        }
    }
}

impl FromStr for KeyType {
    type Err = Error;

    /// Reads its name, in any case.
    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|key| key.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| Error::Unknown { word: cut(text), known: Self::NAMES })
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Who shows a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Who listens.
    Server,
    /// Who connects.
    Client,
    /// Either.
    Both,
}

impl Usage {
    /// Of a certificate that has these purposes; `None` when it has neither.
    pub(crate) fn of(is_server: bool, is_client: bool) -> Option<Self> {
        match (is_server, is_client) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Server),
            (false, true) => Some(Self::Client),
            (false, false) => None,
        }
    }

    /// Whether a server shows it.
    pub fn is_server(self) -> bool {
        matches!(self, Self::Server | Self::Both)
    }

    /// Whether a client shows it.
    pub fn is_client(self) -> bool {
        matches!(self, Self::Client | Self::Both)
    }

    /// Whether one of this usage may be used as `asked`.
    pub fn covers(self, asked: Self) -> bool {
        self == Self::Both || self == asked
    }
}

impl FromStr for Usage {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "server" => Ok(Self::Server),
            "client" => Ok(Self::Client),
            "both" => Ok(Self::Both),
            _ => Err(Error::Unknown { word: cut(text), known: "server, client, both" }),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
        })
    }
}

/// Enough of a word to know it again.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for key in KeyType::ALL {
            assert_eq!(key.to_string().to_lowercase().parse(), Ok(key));
            assert!(KeyType::NAMES.contains(key.name()));
        }
        for usage in [Usage::Server, Usage::Client, Usage::Both] {
            assert_eq!(usage.to_string().parse(), Ok(usage));
        }
        for (said, part) in [
            ("RSA-1024".parse::<KeyType>().unwrap_err().to_string(), "`RSA-1024` is none of P-256"),
            ("peer".parse::<Usage>().unwrap_err().to_string(), "`peer` is none of server"),
        ] {
            assert!(said.starts_with(part), "{said}");
        }
    }

    #[test]
    fn a_profile_has_names_and_a_life() {
        let host: Name = "shop.example".parse().unwrap();
        let profile = Profile::server(vec![host.clone(), host.clone()], DAY).unwrap();
        assert_eq!(profile.names, std::slice::from_ref(&host));
        let many = (0..101).map(|number| Name::Host(format!("h{number}.example"))).collect();
        for (names, life) in [
            (vec![], DAY),
            (many, DAY),
            (vec![host.clone()], Duration::ZERO),
            (vec![host], DAY * 3_651),
        ] {
            assert!(matches!(Profile::server(names, life), Err(Error::Profile { .. })));
        }
    }
}
