//! An authority of ours: a root, authorities below it, and what they issue.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, GeneralSubtree, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, NameConstraints,
};
use rustls_pki_types::CertificateDer;

use crate::issue::{dated, new_key, not_issued, params, subject};
use crate::{Error, Expected, KeyType, Name, Pair, Profile, check};

/// An authority is not made for longer.
const LIFE_MAX: Duration = Duration::from_hours(24 * 365 * 30);

/// The longest name of an authority (RFC 5280 appendix A, `ub-common-name`).
const NAME_MAX: usize = 64;

/// What an authority is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charter {
    /// Its name, which people read.
    pub name: String,
    /// What its key is.
    pub key: KeyType,
    /// From now to its end.
    pub life: Duration,
    /// What it and all below it may issue for; anything when there is none.
    pub scopes: Vec<Scope>,
    /// How many authorities may stand below it, one below the other; any number when `None`.
    pub path_length: Option<u8>,
}

/// What an authority may issue for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A host and all below it.
    Domain(String),
    /// The addresses with these first bits.
    Network(IpAddr, u8),
}

/// A pair that may issue others. Its chain leads up to its root, if that is known.
#[derive(Debug)]
pub struct Authority {
    pair: Pair,
}

impl Authority {
    /// A new root.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Clock`], [`Error::NotIssued`]
    pub fn root(charter: &Charter, now: Duration) -> Result<Self, Error> {
        let key = new_key(charter.key)?;
        let params = charter.params(now, now.saturating_add(charter.life))?;
        let certificate = params.self_signed(&key).map_err(not_issued)?;
        Ok(Self { pair: Pair::issued(vec![certificate.into()], key)? })
    }

    /// The authority that a stored pair is.
    ///
    /// # Errors
    /// [`Error::Authority`]
    pub fn from_pair(pair: Pair) -> Result<Self, Error> {
        let is_authority = pair.facts().first().is_some_and(|facts| facts.is_authority);
        let reason = match (is_authority, pair.is_matched()) {
            (true, true) => return Ok(Self { pair }),
            (false, _) => "its first certificate is none of an authority",
            (true, false) => "its key is not that of its first certificate",
        };
        Err(Error::Authority { reason })
    }

    /// Its certificates and its key.
    pub fn pair(&self) -> &Pair {
        &self.pair
    }

    /// Whom those trust who trust it: its root, or as far up as its chain leads.
    pub fn root_certificate(&self) -> Option<&CertificateDer<'static>> {
        self.pair.chain().last()
    }

    /// A new authority below this one, which ends with it.
    ///
    /// # Errors
    /// [`Error::Authority`] when it may have none below it; else as [`Authority::root`].
    pub fn intermediate(&self, charter: &Charter, now: Duration) -> Result<Self, Error> {
        if self.pair.facts().first().is_some_and(|facts| facts.path_length == Some(0)) {
            return Err(Error::Authority { reason: "it may have no authority below it" });
        }
        let key = new_key(charter.key)?;
        let params = charter.params(now, self.end(now, charter.life)?)?;
        let own = self.pair.facts().first().map(|facts| facts.subject.as_str());
        if own == Some(&format!("CN={}", charter.name)) {
            // Who has the name of its issuer is taken for a root.
            let reason = "an authority below another has a name of its own";
            return Err(Error::Profile { reason });
        }
        let certificate = self.sign(&params, &key)?;
        let chain = [certificate].into_iter().chain(self.pair.chain().iter().cloned());
        Ok(Self { pair: Pair::issued(chain.collect(), key)? })
    }

    /// A new key and its certificate, which ends with the authority if not before. The chain leads
    /// up to the root, which is left out: who trusts it has it.
    ///
    /// # Errors
    /// [`Error::Unfit`] when the authority may not issue this; else as [`Authority::root`].
    pub fn issue(&self, profile: &Profile, now: Duration) -> Result<Pair, Error> {
        let key = new_key(profile.key)?;
        let certificate = self.sign(&params(profile, now, self.end(now, profile.life)?)?, &key)?;
        let above = self.pair.chain().iter().zip(self.pair.facts());
        let above = above.filter(|(_, facts)| !facts.is_self_issued());
        let chain = [certificate].into_iter().chain(above.map(|(der, _)| der.clone()));
        let pair = Pair::issued(chain.collect(), key)?;
        let roots: Vec<_> = self.root_certificate().cloned().into_iter().collect();
        let expected =
            Expected { names: &profile.names, usage: Some(profile.usage), roots: &roots };
        check(&pair, &expected, now).map_err(Error::Unfit)?;
        Ok(pair)
    }

    fn sign(
        &self,
        params: &CertificateParams,
        key: &KeyPair,
    ) -> Result<CertificateDer<'static>, Error> {
        let own = self.pair.chain().first().ok_or(Error::Authority { reason: "it is empty" })?;
        let issuer = Issuer::from_ca_cert_der(own, self.pair.signer()).map_err(not_issued)?;
        Ok(params.signed_by(key, &issuer).map_err(not_issued)?.into())
    }

    /// Nothing outlives who issued it.
    fn end(&self, now: Duration, life: Duration) -> Result<Duration, Error> {
        let ends = self.pair.facts().iter().map(|facts| facts.not_after).min();
        let ends = ends.filter(|ends| now < *ends);
        let ends = ends.ok_or(Error::Authority { reason: "it has expired" })?;
        Ok(now.saturating_add(life).min(ends))
    }
}

impl Charter {
    fn params(&self, now: Duration, not_after: Duration) -> Result<CertificateParams, Error> {
        let is_name = |name: &str| !name.trim().is_empty() && name.chars().count() <= NAME_MAX;
        if !is_name(&self.name) || self.name.chars().any(char::is_control) {
            let reason = "the name of an authority has 1 to 64 printable letters";
            return Err(Error::Profile { reason });
        }
        if self.life.is_zero() || self.life > LIFE_MAX {
            return Err(Error::Profile { reason: "an authority lives for up to 30 years" });
        }
        if self.key == KeyType::Rsa2048 && self.life > LIFE_MAX / 3 {
            let reason = "RSA-2048 is too weak for an authority of more than ten years";
            return Err(Error::Profile { reason });
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(&self.name);
        params.is_ca = IsCa::Ca(match self.path_length {
            Some(length) => BasicConstraints::Constrained(length),
            None => BasicConstraints::Unconstrained,
        });
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = self.constraints();
        dated(params, now, not_after)
    }

    /// A constraint holds for names of its own kind alone: so the other kind is closed as a whole.
    fn constraints(&self) -> Option<NameConstraints> {
        let domain = |scope: &Scope| matches!(scope, Scope::Domain(_));
        let mut excluded_subtrees = Vec::new();
        if !self.scopes.iter().any(domain) {
            excluded_subtrees.push(GeneralSubtree::DnsName(String::new()));
        }
        if self.scopes.iter().all(domain) {
            let all =
                [CidrSubnet::from_v4_prefix([0; 4], 0), CidrSubnet::from_v6_prefix([0; 16], 0)];
            excluded_subtrees.extend(all.map(GeneralSubtree::IpAddress));
        }
        let permitted_subtrees = self.scopes.iter().map(|scope| match scope {
            Scope::Domain(domain) => GeneralSubtree::DnsName(domain.clone()),
            Scope::Network(address, bits) => {
                GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, *bits))
            }
        });
        let permitted_subtrees: Vec<_> = permitted_subtrees.collect();
        let is_limited = !permitted_subtrees.is_empty();
        is_limited.then_some(NameConstraints { permitted_subtrees, excluded_subtrees })
    }
}

impl FromStr for Scope {
    type Err = Error;

    /// Reads a domain (`example.com`), or a network (`10.0.0.0/8`).
    fn from_str(text: &str) -> Result<Self, Error> {
        let named = |reason| Error::Name { name: text.chars().take(80).collect(), reason };
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr =
                address.parse().map_err(|_| named("a network is an address, `/` and a number"))?;
            let width = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.parse().ok().filter(|bits| *bits <= width);
            let reason = "a network has 0 to 32 bits, or 128 for version 6";
            return Ok(Self::Network(address, bits.ok_or_else(|| named(reason))?));
        }
        match text.parse()? {
            Name::Host(host) if !host.starts_with("*.") => Ok(Self::Domain(host)),
            Name::Host(_) => Err(named("a domain stands for all below it: leave the `*.` out")),
            Name::Address(_) | Name::Uri(_) => Err(named("it is no domain and no network")),
        }
    }
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
