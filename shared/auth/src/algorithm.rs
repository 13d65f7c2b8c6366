//! Which signature algorithms a policy allows: a list that is never empty and never "what the
//! token says" (RFC 8725 §3.1).

use std::fmt;
use std::str::FromStr;

/// A signature algorithm (RFC 7518 §3.1). Shared secrets only: key sets bring the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl Algorithm {
    /// Its name in a JOSE header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// The fewest bytes its secret may have: those of the hash (RFC 7518 §3.2).
    pub fn min_secret_bytes(self) -> usize {
        match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Hs512 => 64,
        }
    }

    pub(crate) fn of_library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
            Self::Hs384 => jsonwebtoken::Algorithm::HS384,
            Self::Hs512 => jsonwebtoken::Algorithm::HS512,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnsafeAlgorithms;

    /// Names are compared exactly, as RFC 7518 §3.1 writes them.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "HS256" => Ok(Self::Hs256),
            "HS384" => Ok(Self::Hs384),
            "HS512" => Ok(Self::Hs512),
            "none" => Err(UnsafeAlgorithms::Unsigned),
            "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384"
            | "ES512" | "EdDSA" => Err(UnsafeAlgorithms::NeedsKeySet(name.to_owned())),
            _ => Err(UnsafeAlgorithms::Unknown(name.to_owned())),
        }
    }
}

/// The algorithms a policy allows: one at least, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithms(Vec<Algorithm>);

impl Algorithms {
    /// The three algorithms of a shared secret, as Cube accepts when none is configured.
    ///
    /// A secret that is too short for one of them does not verify with that one.
    pub fn of_shared_secrets() -> Self {
        Self(vec![Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512])
    }

    /// The list of these names.
    ///
    /// # Errors
    /// [`UnsafeAlgorithms`] for an empty list, `none`, or a name that is not (yet) supported.
    pub fn from_names<'a>(
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, UnsafeAlgorithms> {
        let mut list = Vec::new();
        for name in names {
            let algorithm = name.parse()?;
            if !list.contains(&algorithm) {
                list.push(algorithm);
            }
        }
        if list.is_empty() {
            return Err(UnsafeAlgorithms::Empty);
        }
        Ok(Self(list))
    }

    /// They, in the order in which they were configured.
    pub fn iter(&self) -> impl Iterator<Item = Algorithm> + '_ {
        self.0.iter().copied()
    }

    /// The fewest bytes with which a secret can serve any of them.
    pub fn min_secret_bytes(&self) -> usize {
        let shortest = self.iter().map(Algorithm::min_secret_bytes).min();
        shortest.unwrap_or(usize::MAX)
    }
}

/// Why a list of algorithms is not a safe configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeAlgorithms {
    /// No name at all.
    #[error("the list of algorithms is empty")]
    Empty,
    /// `none` (RFC 7518 §3.6) would accept unsigned tokens.
    #[error("`none` would accept tokens that nobody signed")]
    Unsigned,
    /// An asymmetric algorithm: it needs a key set or a public key.
    #[error("`{0}` needs a public key, which is not supported yet")]
    NeedsKeySet(String),
    /// No such name (names are case-sensitive).
    #[error("`{0}` is not a signature algorithm")]
    Unknown(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_never_empty_and_never_none() {
        assert_eq!(Algorithms::from_names([]), Err(UnsafeAlgorithms::Empty));
        assert_eq!(Algorithms::from_names(["none", "HS256"]), Err(UnsafeAlgorithms::Unsigned));
        assert_eq!(
            Algorithms::from_names(["hs256"]),
            Err(UnsafeAlgorithms::Unknown("hs256".to_owned()))
        );
        assert_eq!(
            Algorithms::from_names(["RS256"]),
            Err(UnsafeAlgorithms::NeedsKeySet("RS256".to_owned()))
        );
    }

    #[test]
    fn a_repeated_name_counts_once() {
        let list = Algorithms::from_names(["HS512", "HS512"]).unwrap();
        assert_eq!(list.iter().collect::<Vec<_>>(), [Algorithm::Hs512]);
        assert_eq!(list.min_secret_bytes(), 64);
    }
}
