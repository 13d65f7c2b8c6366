//! Who issues: the key itself, an authority of ours, or a public one.

use std::time::Duration;

use acme::Account;
use auth::generate_secret;
use certificate::{
    Authority, CertificateDer, Pair, bundle, moment_between, read_certificates, renewal_id,
    self_signed,
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use vault::Label;

use super::{Issuer, Public, Renewal};
use crate::Error;
use crate::outside::{Call, Outside, checked};

/// Who issues, as it was found for a run.
pub(super) enum Signer<'r> {
    /// The key itself.
    Itself,
    /// An authority of ours.
    Authority(Box<Trusted>),
    /// A public one.
    Public(&'r Public),
}

/// An authority of ours, and whom those trust who trust it.
pub(super) struct Trusted {
    pub(super) authority: Authority,
    /// Its root, and the one before it while that is trusted.
    pub(super) roots: Vec<CertificateDer<'static>>,
    /// Since when it is in force.
    pub(super) since: Duration,
    /// How long what was issued before that may still live.
    pub(super) overlap: Duration,
}

impl Signer<'_> {
    /// Who is trusted; nobody in particular for what others issue.
    pub(super) fn roots(&self) -> &[CertificateDer<'static>] {
        match self {
            Self::Authority(trusted) => &trusted.roots,
            Self::Itself | Self::Public(_) => &[],
        }
    }
}

impl Renewal {
    pub(super) async fn signer<'r>(&'r self, outside: &Outside<'_>) -> Result<Signer<'r>, Error> {
        Ok(match &self.plan.issuer {
            Issuer::Itself => Signer::Itself,
            Issuer::Authority { secret } => {
                let trusted = self.trusted(outside, secret, self.plan.profile.life).await?;
                Signer::Authority(Box::new(trusted))
            }
            Issuer::Public(public) => Signer::Public(public),
        })
    }

    /// A new pair in the place of the one in force; `None` when one was ordered within the hour.
    /// `parts` say what is there.
    pub(super) async fn issue(
        &self,
        outside: &Outside<'_>,
        signer: &Signer<'_>,
        replaced: Option<&Pair>,
        parts: &[&str],
    ) -> Result<Option<Pair>, Error> {
        let (profile, now) = (&self.plan.profile, self.now());
        Ok(Some(match signer {
            Signer::Itself => self_signed(profile, now)?,
            Signer::Authority(trusted) => trusted.authority.issue(profile, now)?,
            Signer::Public(public) => {
                let account = self.account(outside, public).await?;
                if !self.may_order(outside, parts).await? {
                    return Ok(None);
                }
                let replaced = replaced.and_then(|pair| pair.chain().first());
                let issued = account.issue(profile, &public.proof, replaced);
                checked(&self.checkpoint, Call::Order, Box::pin(issued)).await?
            }
        }))
    }

    /// Whether the authority would have this pair renewed by now. One that does not say so, or does
    /// not answer, would not.
    pub(super) async fn is_recalled(
        &self,
        outside: &Outside<'_>,
        signer: &Signer<'_>,
        pair: &Pair,
    ) -> Result<bool, Error> {
        let (Signer::Public(public), Some((der, facts))) =
            (signer, pair.chain().first().zip(pair.facts().first()))
        else {
            return Ok(false);
        };
        let asked =
            async { self.account(outside, public).await?.window(der).await.map_err(Error::from) };
        match checked(&self.checkpoint, Call::AskAuthority, Box::pin(asked)).await {
            Ok(window) => {
                Ok(window
                    .is_some_and(|one| moment_between(facts, one.start, one.end) <= self.now()))
            }
            Err(error @ Error::BrokenOff) => Err(error),
            Err(error) => {
                tracing::warn!(%error, "nobody knows whether the authority would renew");
                Ok(false)
            }
        }
    }

    /// Our account: the one that is stored, or a new one, which is stored before it is used.
    async fn account(&self, outside: &Outside<'_>, public: &Public) -> Result<Account, Error> {
        let secret = Outside { secret: &public.account, ..*outside };
        if let Some(stored) = secret.labelled(Label::Current).await? {
            return Ok(Account::open(&public.directory, &stored.value).await?);
        }
        let made = Box::pin(Account::create(&public.directory));
        let (_, stored) = checked(&self.checkpoint, Call::AskAuthority, made).await?;
        let id = renewal_id(&[&public.account], self.now());
        secret.put(&id, &stored, Label::Current).await?;
        let stored = secret.labelled(Label::Current).await?.ok_or(Error::NoValue)?;
        Ok(Account::open(&public.directory, &stored.value).await?)
    }

    /// Whether nobody has ordered within this hour: who orders says so first, in a version that is
    /// called the same for all. So nothing is ordered that could not be stored, and of two runs at
    /// once one orders.
    async fn may_order(&self, outside: &Outside<'_>, parts: &[&str]) -> Result<bool, Error> {
        let id = renewal_id(&[parts, &["order"]].concat(), self.now());
        let value = json!({ "Ordered": generate_secret()?.expose_secret() }).to_string();
        outside.put(&id, &value.clone().into(), Label::Ordered).await?;
        let written = outside.version(&id).await?;
        Ok(written.is_some_and(|written| written.value.expose_secret() == value))
    }

    /// The authority in a secret, and the roots of those who were there before it.
    pub(super) async fn trusted(
        &self,
        outside: &Outside<'_>,
        secret: &str,
        overlap: Duration,
    ) -> Result<Trusted, Error> {
        let current = outside.labelled_of(secret, Label::Current).await?;
        let current = current.ok_or(Error::NoCurrent)?;
        let authority = Authority::from_pair(Pair::from_secret(&current.value)?)?;
        let previous = outside.labelled_of(secret, Label::Previous).await?;
        // One that cannot be read is of no use to anybody.
        let previous = previous.and_then(|version| Pair::from_secret(&version.value).ok());
        let previous = previous.and_then(|pair| pair.chain().last().cloned());
        let mut trusted = Trusted { authority, roots: Vec::new(), since: current.written, overlap };
        let roots = self.bundle(&trusted, previous.as_slice())?;
        trusted.roots = read_certificates(roots.as_bytes())?;
        Ok(trusted)
    }

    pub(super) fn bundle(
        &self,
        trusted: &Trusted,
        before: &[CertificateDer<'static>],
    ) -> Result<String, Error> {
        let root = trusted.authority.root_certificate().ok_or(Error::NoCurrent)?;
        Ok(bundle(root, before, trusted.since, trusted.overlap, self.now())?)
    }
}
