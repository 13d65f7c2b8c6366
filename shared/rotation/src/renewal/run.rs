//! One run.

use std::time::Duration;

use certificate::{
    CertificateDer, Decision, Facts, Pair, Reason, Stored, decide, importable, is_renewal_id,
    next_hour, read_certificates, renewal_id,
};
use vault::{Import, Label, Labels, Version};

use super::places::Places;
use super::signer::Signer;
use super::{Renewal, Trust};
use crate::Error;
use crate::outside::Outside;

/// What AWS tells and what our clock says may differ by so much: more than it takes to answer, less
/// than AWS lets pass in a signature.
const CLOCKS_DIFFER_MAX: Duration = Duration::from_mins(5);

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new certificate is in force.
    Renewed(Reason),
    /// The one in force is good until it is due.
    Kept {
        /// When, since 1970-01-01 UTC.
        until: Duration,
    },
    /// There is a reason to renew it, but the last one was issued a moment ago.
    Waits {
        /// What for.
        reason: Reason,
        /// Until when, since 1970-01-01 UTC.
        until: Duration,
    },
}

/// What the secret holds.
struct Held {
    labels: Labels,
    current: Option<(Version, Result<Pair, certificate::Error>)>,
    pending: Option<(Version, Result<Pair, certificate::Error>)>,
}

impl Renewal {
    /// Does one run, however long it takes. `served` becomes what is in force.
    pub(super) async fn run(&self, served: &mut Option<Facts>) -> Result<Outcome, Error> {
        let outside =
            Outside { vault: &self.vault, secret: &self.plan.secret, checkpoint: &self.checkpoint };
        let places = Places { destinations: &self.destinations, checkpoint: &self.checkpoint };
        let held = self.held(&outside).await?;
        *served = held.facts();
        let imported = self.imported(&places).await?;
        // What is about to end first is what there is to worry about.
        let ends_first = |facts: &&Facts| {
            served.as_ref().is_none_or(|served| facts.not_after < served.not_after)
        };
        if let Some(imported) = imported.as_ref().filter(ends_first) {
            *served = Some(imported.clone());
        }
        self.publish(&outside, &places).await?;
        let signer = self.signer(&outside).await?;
        let (pair, outcome) = self.settle(&outside, held, &signer, imported.as_ref()).await?;
        if let Some(pair) = pair {
            self.import(&places, signer.roots(), imported.as_ref(), &pair).await?;
            *served = pair.facts().first().cloned();
        }
        Ok(outcome)
    }

    async fn held(&self, outside: &Outside<'_>) -> Result<Held, Error> {
        let labels = outside.labels().await?;
        let (ours, theirs) = (self.now(), labels.told_at.unwrap_or_else(|| self.now()));
        if ours.abs_diff(theirs) > CLOCKS_DIFFER_MAX {
            return Err(Error::Clock { ours, theirs });
        }
        let parsed = |version: Version| {
            let pair = Pair::from_secret(&version.value);
            (version, pair)
        };
        let current = outside.labelled(Label::Current).await?.map(parsed);
        let in_force = current.as_ref().map(|(version, _)| version.id.as_str());
        let pending = labels.version(Label::Pending).filter(|id| Some(*id) != in_force);
        let pending = match pending {
            Some(id) => outside.version(id).await?.map(parsed),
            None => None,
        };
        Ok(Held { labels, current, pending })
    }

    /// Sees to it that a good pair is in force: the pair, if there is one, and what was done.
    async fn settle(
        &self,
        outside: &Outside<'_>,
        held: Held,
        signer: &Signer<'_>,
        imported: Option<&Facts>,
    ) -> Result<(Option<Pair>, Outcome), Error> {
        let stored = match &held.current {
            None => Stored::Missing,
            Some((_, Ok(pair))) if self.is_recalled(outside, signer, pair).await? => {
                Stored::Recalled(pair)
            }
            Some((_, Ok(pair))) => Stored::Pair(pair),
            Some((_, Err(error))) => Stored::Unreadable(error),
        };
        let reason = match self.decide(stored, signer, held.issued()) {
            Decision::Keep { until } => {
                if let Some(id) = held.labels.version(Label::Pending) {
                    outside.end_pending(id).await?;
                }
                return Ok((held.into_pair(), Outcome::Kept { until }));
            }
            Decision::Wait { reason, until } if !self.has_next(&held, signer) => {
                return Ok((held.into_pair(), Outcome::Waits { reason, until }));
            }
            Decision::Wait { reason, .. } | Decision::Renew(reason) => reason,
        };
        let Some(next) = self.next(outside, &held, signer, imported).await? else {
            let until = next_hour(self.now());
            return Ok((held.into_pair(), Outcome::Waits { reason, until }));
        };
        let pair = self.put_into_force(outside, &held, next, signer).await?;
        Ok((Some(pair), Outcome::Renewed(reason)))
    }

    fn decide(
        &self,
        stored: Stored<'_>,
        signer: &Signer<'_>,
        issued: Option<Duration>,
    ) -> Decision {
        decide(stored, &self.plan.profile, signer.roots(), self.now(), issued)
    }

    /// Whether a run before this one has left a good pair.
    fn has_next(&self, held: &Held, signer: &Signer<'_>) -> bool {
        let Some((_, Ok(pair))) = &held.pending else { return false };
        matches!(self.decide(Stored::Pair(pair), signer, None), Decision::Keep { .. })
    }

    /// The version that is to take over: what a run before this one has left, or a new one; `None`
    /// when another was ordered a moment ago. Nothing is written that would not be taken everywhere.
    async fn next(
        &self,
        outside: &Outside<'_>,
        held: &Held,
        signer: &Signer<'_>,
        imported: Option<&Facts>,
    ) -> Result<Option<String>, Error> {
        if let (true, Some((version, _))) = (self.has_next(held, signer), &held.pending) {
            return Ok(Some(version.id.clone()));
        }
        let parts = held.parts(&self.plan.secret);
        let replaced = held.current.as_ref().and_then(|(_, pair)| pair.as_ref().ok());
        let Some(pair) = self.issue(outside, signer, replaced, &parts).await? else {
            return Ok(None);
        };
        let now = self.now();
        if let Decision::Renew(because) | Decision::Wait { reason: because, .. } =
            self.decide(Stored::Pair(&pair), signer, None)
        {
            return Err(Error::NotFit { because });
        }
        if self.plan.acm.is_some() {
            importable(&pair, signer.roots(), imported, now)?;
        }
        let id = renewal_id(&parts, now);
        let label = if held.current.is_some() { Label::Pending } else { Label::Current };
        outside.put(&id, &pair.to_secret(), label).await?;
        Ok(Some(id))
    }

    /// Moves the label to a version that was written whole. What is in force afterwards is read
    /// again: of two runs at once, one has written it.
    async fn put_into_force(
        &self,
        outside: &Outside<'_>,
        held: &Held,
        next: String,
        signer: &Signer<'_>,
    ) -> Result<Pair, Error> {
        let version = outside.version(&next).await?.ok_or(Error::NoValue)?;
        let pair = Pair::from_secret(&version.value)?;
        let decision = self.decide(Stored::Pair(&pair), signer, None);
        if let Decision::Renew(because) | Decision::Wait { reason: because, .. } = decision {
            return Err(Error::NotFit { because });
        }
        let Some((current, _)) = &held.current else { return Ok(pair) };
        if let Err(error) = outside.make_current(&next, &current.id).await {
            let in_force = outside.labelled(Label::Current).await?.ok_or(Error::NoCurrent)?;
            if in_force.id == current.id || matches!(error, Error::BrokenOff) {
                return Err(error);
            }
            // Another run was faster.
            return Ok(Pair::from_secret(&in_force.value)?);
        }
        outside.end_pending(&next).await?;
        Ok(pair)
    }

    /// Sees to it that clients of the authority in force are trusted, and those of the one before it.
    async fn publish(&self, outside: &Outside<'_>, places: &Places<'_>) -> Result<(), Error> {
        let Some(trust) = &self.plan.trust else { return Ok(()) };
        let trusted = self.trusted(outside, &trust.secret, trust.overlap).await?;
        let object = places.bundle(trust).await?;
        let published = object.as_ref().map_or(&[][..], |object| &object.bytes);
        let mut before = read_certificates(published).unwrap_or_default();
        before.extend(trusted.roots.iter().cloned());
        let wanted = self.bundle(&trusted, &before)?;
        let version = match object {
            Some(object) if object.bytes == wanted.as_bytes() => object.version,
            _ => places.put_bundle(trust, wanted).await?,
        };
        self.point(places, trust, version).await
    }

    async fn point(
        &self,
        places: &Places<'_>,
        trust: &Trust,
        version: Option<String>,
    ) -> Result<(), Error> {
        let Some(domain) = &trust.domain else { return Ok(()) };
        // A bucket whose versions were never enabled says nothing, or `null`.
        let version = version.filter(|version| version != "null").ok_or(Error::NoVersions)?;
        if places.bundle_version(domain).await?.as_deref() == Some(version.as_str()) {
            return Ok(());
        }
        places.use_bundle(trust, domain, &version).await
    }

    async fn imported(&self, places: &Places<'_>) -> Result<Option<Facts>, Error> {
        let Some(arn) = &self.plan.acm else { return Ok(None) };
        let text = places.imported(arn).await?;
        let certificates = read_certificates(text.as_bytes())?;
        let first = certificates.first().map(|der| certificate::facts(der, 1)).transpose()?;
        Ok(first)
    }

    /// Sees to it that AWS Certificate Manager has the pair in force.
    async fn import(
        &self,
        places: &Places<'_>,
        roots: &[CertificateDer<'_>],
        imported: Option<&Facts>,
        pair: &Pair,
    ) -> Result<(), Error> {
        let Some(arn) = &self.plan.acm else { return Ok(()) };
        let is_there = imported.zip(pair.facts().first());
        if is_there.is_some_and(|(imported, facts)| imported.fingerprint == facts.fingerprint) {
            return Ok(());
        }
        importable(pair, roots, imported, self.now())?;
        let (certificate, above) = pair.parts_pem();
        let chain = Some(above).filter(|above| !above.is_empty());
        places.import(arn, &Import { certificate, chain, key: pair.key_pem() }).await
    }
}

impl Held {
    fn facts(&self) -> Option<Facts> {
        let pair = self.current.as_ref().and_then(|(_, pair)| pair.as_ref().ok());
        pair.and_then(|pair| pair.facts().first().cloned())
    }

    /// When the last one was issued, by whoever runs this.
    fn issued(&self) -> Option<Duration> {
        let versions = [&self.current, &self.pending].into_iter().flatten();
        let ours = versions.filter(|(version, _)| is_renewal_id(&version.id));
        ours.map(|(version, _)| version.written).max()
    }

    /// What is there, by the names of versions.
    fn parts<'h>(&'h self, secret: &'h str) -> [&'h str; 3] {
        let id = |held: &'h Option<(Version, _)>| {
            held.as_ref().map_or("", |(version, _): &(Version, _)| version.id.as_str())
        };
        [secret, id(&self.current), id(&self.pending)]
    }

    fn into_pair(self) -> Option<Pair> {
        self.current.and_then(|(_, pair)| pair.ok())
    }
}
