//! Which signature algorithms a policy allows: a list that is never empty and never "what the
//! token says" (RFC 8725 §3.1).

use std::fmt;
use std::str::FromStr;

/// A signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
    /// RSA PKCS #1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS #1 v1.5 with SHA-512.
    Rs512,
    /// RSA PSS with SHA-256.
    Ps256,
    /// RSA PSS with SHA-384.
    Ps384,
    /// RSA PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// `EdDSA` on Ed25519.
    EdDsa,
}

/// What kind of key an algorithm takes. A key of one kind never verifies for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A shared secret.
    Secret,
    /// An RSA key.
    Rsa,
    /// A point on P-256.
    P256,
    /// A point on P-384.
    P384,
    /// A point on Ed25519.
    Ed25519,
}

impl Algorithm {
    /// All there are, each once.
    pub const ALL: [Self; 12] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Its name in a JOSE header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The kind of key it takes.
    pub fn key_kind(self) -> KeyKind {
        match self {
            Self::Hs256 | Self::Hs384 | Self::Hs512 => KeyKind::Secret,
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => {
                KeyKind::Rsa
            }
            Self::Es256 => KeyKind::P256,
            Self::Es384 => KeyKind::P384,
            Self::EdDsa => KeyKind::Ed25519,
        }
    }

    /// The fewest bytes a secret for it may have: those of the hash (RFC 7518 §3.2). No secret is
    /// long enough for an algorithm of public keys.
    pub fn min_secret_bytes(self) -> usize {
        match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Hs512 => 64,
            Self::Rs256
            | Self::Rs384
            | Self::Rs512
            | Self::Ps256
            | Self::Ps384
            | Self::Ps512
            | Self::Es256
            | Self::Es384
            | Self::EdDsa => usize::MAX,
        }
    }

    /// The most bytes that a signature of it has: for RSA those of the largest modulus.
    pub(crate) fn max_signature_bytes(self) -> usize {
        match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Hs512 | Self::Es256 | Self::EdDsa => 64,
            Self::Es384 => 96,
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => {
                1024
            }
        }
    }

    pub(crate) fn of_library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
            Self::Hs384 => jsonwebtoken::Algorithm::HS384,
            Self::Hs512 => jsonwebtoken::Algorithm::HS512,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Rs384 => jsonwebtoken::Algorithm::RS384,
            Self::Rs512 => jsonwebtoken::Algorithm::RS512,
            Self::Ps256 => jsonwebtoken::Algorithm::PS256,
            Self::Ps384 => jsonwebtoken::Algorithm::PS384,
            Self::Ps512 => jsonwebtoken::Algorithm::PS512,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Es384 => jsonwebtoken::Algorithm::ES384,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
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
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        found.ok_or_else(|| match name {
            "none" => UnsafeAlgorithms::Unsigned,
            "ES512" => UnsafeAlgorithms::Unsupported,
            _ => UnsafeAlgorithms::Unknown(name.to_owned()),
        })
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
        Self::all_of(|kind| kind == KeyKind::Secret)
    }

    /// Every algorithm of public keys: what a key set is trusted for when none is configured.
    pub fn of_public_keys() -> Self {
        Self::all_of(|kind| kind != KeyKind::Secret)
    }

    fn all_of(wanted: impl Fn(KeyKind) -> bool) -> Self {
        let all = Algorithm::ALL.into_iter();
        Self(all.filter(|algorithm| wanted(algorithm.key_kind())).collect())
    }

    /// The list of these names.
    ///
    /// # Errors
    /// [`UnsafeAlgorithms`] for an empty list, `none`, or a name that is not supported.
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

    /// Whether `algorithm` is one of them.
    pub fn allow(&self, algorithm: Algorithm) -> bool {
        self.0.contains(&algorithm)
    }

    /// Whether any of them takes a shared secret.
    pub fn need_secret(&self) -> bool {
        self.iter().any(|algorithm| algorithm.key_kind() == KeyKind::Secret)
    }

    /// Whether any of them takes a public key.
    pub fn need_public_key(&self) -> bool {
        self.iter().any(|algorithm| algorithm.key_kind() != KeyKind::Secret)
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
    /// ES512: `jsonwebtoken` does not have it, and no identity provider that we know signs with it.
    #[error("`ES512` is not supported: use ES256, ES384 or EdDSA")]
    Unsupported,
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
        assert_eq!(Algorithms::from_names(["ES512"]), Err(UnsafeAlgorithms::Unsupported));
        for name in ["hs256", "RS256 ", "", "None", "HS1", "eddsa", "ES256K"] {
            let unknown = UnsafeAlgorithms::Unknown(name.to_owned());
            assert_eq!(Algorithms::from_names([name]), Err(unknown));
        }
    }

    #[test]
    fn every_algorithm_is_found_by_its_name() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
            assert_eq!(algorithm.to_string(), algorithm.name());
        }
    }

    #[test]
    fn a_repeated_name_counts_once() {
        let list = Algorithms::from_names(["HS512", "HS512"]).unwrap();
        assert_eq!(list.iter().collect::<Vec<_>>(), [Algorithm::Hs512]);
        assert_eq!(list.min_secret_bytes(), 64);
    }

    #[test]
    fn a_list_says_which_keys_it_needs() {
        let (shared, public) = (Algorithms::of_shared_secrets(), Algorithms::of_public_keys());
        assert_eq!(shared.iter().count() + public.iter().count(), Algorithm::ALL.len());
        assert!(shared.need_secret() && !shared.need_public_key());
        assert!(public.need_public_key() && !public.need_secret());
        assert_eq!(public.min_secret_bytes(), usize::MAX);
        let both = Algorithms::from_names(["RS256", "HS256"]).unwrap();
        assert!(both.need_secret() && both.need_public_key());
        assert!(both.allow(Algorithm::Rs256) && !both.allow(Algorithm::Rs384));
    }
}
