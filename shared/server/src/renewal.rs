//! When certificates are read or made again, and when the new ones count.

use std::mem::{Discriminant, discriminant};
use std::sync::Arc;
use std::time::Duration;

use certificate::{
    Alarm, Decision, Expected, Facts, Fault, Faults, Pair, Profile, Stored, Usage, check, decide,
    read_certificates, self_signed, text_of,
};
use rustls::pki_types::CertificateDer;

use crate::error::Error;
use crate::source::{PairSource, PairText, Source, Texts};
use crate::tls::Tls;

/// The life of a certificate that is made here, as in Cube's guide.
pub(crate) const SELF_SIGNED_LIFE: Duration = Duration::from_hours(48);

/// The time since 1970-01-01 UTC.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// TLS that follows its source: what is there now is read or made again at every look, and
/// replaces what is served as soon as all of it is good. What is half-written, does not fit or is
/// past its time leaves the old one in use. Files count when two looks in a row find the same: one
/// that is cut off between two certificates looks whole.
pub struct Renewed {
    tls: Arc<Tls>,
    source: Source,
    clock: Clock,
    served: Served,
    /// What is served, as it was read.
    seen: Texts,
    /// What was there at the last look instead.
    arriving: Option<Texts>,
    /// What was said to be wrong with it. Its words may hold the time, and change.
    complaint: Option<Discriminant<Error>>,
    alarm: Option<Alarm>,
}

/// What is served, and since when.
struct Served {
    pair: Pair,
    since: Duration,
}

impl Renewed {
    /// Reads, or makes, the first certificate.
    ///
    /// # Errors
    /// [`Error`]: there is none that a client could take.
    pub async fn start(source: Source, clock: Clock) -> Result<Self, Error> {
        let seen = source.read().await?;
        let now = clock();
        let pair = match seen.pair.read()? {
            Some(pair) => checked(pair, now)?,
            None => self_signed(&profile(&source)?, now)?,
        };
        let tls = Arc::new(Tls::new(&pair, authorities(&seen)?.as_deref())?);
        let served = Served { pair, since: now };
        log("certificate is served", served.facts());
        Ok(Self { tls, source, clock, served, seen, arriving: None, complaint: None, alarm: None })
    }

    /// What handshakes are to be made with.
    pub fn tls(&self) -> Arc<Tls> {
        Arc::clone(&self.tls)
    }

    /// Looks at the source again and again, for ever.
    pub async fn follow(mut self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            match self.look().await {
                Ok(()) => self.complaint = None,
                Err(error) => self.complain(&error),
            }
            self.raise_alarm();
        }
    }

    /// # Errors
    /// [`Error`], and what is served stays.
    async fn look(&mut self) -> Result<(), Error> {
        let texts = self.source.read().await?;
        let now = (self.clock)();
        let is_changed = texts != self.seen;
        if is_changed && self.arriving.as_ref() != Some(&texts) {
            self.complaint = None;
            self.arriving = Some(texts.clone());
            if matches!(self.source.pair, PairSource::Files { .. }) {
                return Ok(());
            }
        }
        let renewed = match texts.pair {
            PairText::Made => self.made_anew(now)?,
            PairText::Files { .. } | PairText::Secret(_) if is_changed => {
                texts.pair.read()?.map(|pair| checked(pair, now)).transpose()?
            }
            PairText::Files { .. } | PairText::Secret(_) => None,
        };
        if is_changed || renewed.is_some() {
            let authorities = authorities(&texts)?;
            let pair = renewed.as_ref().unwrap_or(&self.served.pair);
            self.tls.replace(pair, authorities.as_deref())?;
        }
        if let Some(pair) = renewed {
            self.served = Served { pair, since: now };
            log("another certificate is served from now on", self.served.facts());
        } else if is_changed {
            tracing::info!("other authorities of clients hold from now on");
        }
        self.seen = texts;
        Ok(())
    }

    /// The next certificate of those that are made here, when it is time for it.
    fn made_anew(&self, now: Duration) -> Result<Option<Pair>, Error> {
        let profile = profile(&self.source)?;
        let Served { pair, since } = &self.served;
        match decide(Stored::Pair(pair), &profile, &[], now, Some(*since)) {
            Decision::Keep { .. } | Decision::Wait { .. } => Ok(None),
            Decision::Renew(reason) => {
                tracing::info!(%reason, "certificate is made again");
                Ok(Some(self_signed(&profile, now)?))
            }
        }
    }

    /// Says once what is wrong, for as long as it is of one kind.
    fn complain(&mut self, error: &Error) {
        let complaint = Some(discriminant(error));
        if self.complaint != complaint {
            tracing::warn!(%error, "a new certificate is not used, the old one serves on");
            self.complaint = complaint;
        }
    }

    fn raise_alarm(&mut self) {
        let Some(facts) = self.served.facts() else { return };
        let alarm = Alarm::of(facts, (self.clock)());
        if alarm != self.alarm
            && let Some(alarm) = alarm
        {
            let not_after = text_of(facts.not_after);
            tracing::error!(alarm = alarm.text(), not_after, "certificate was not renewed in time");
        }
        self.alarm = alarm;
    }
}

impl Served {
    fn facts(&self) -> Option<&Facts> {
        self.pair.facts().first()
    }
}

fn log(message: &'static str, facts: Option<&Facts>) {
    if let Some(facts) = facts {
        let not_after = text_of(facts.not_after);
        tracing::info!(serial = facts.serial, not_after, "{message}");
    }
}

/// The pair, if clients would take it.
pub(crate) fn checked(pair: Pair, now: Duration) -> Result<Pair, Faults> {
    let expected = Expected { usage: Some(Usage::Server), ..Expected::default() };
    match check(&pair, &expected, now) {
        Err(faults) if !is_served_all_the_same(&faults) => Err(faults),
        Err(_) | Ok(()) => Ok(pair),
    }
}

/// A chain may end below its root: a certificate that the root itself issued stands alone.
fn is_served_all_the_same(faults: &Faults) -> bool {
    faults.iter().all(|fault| matches!(fault, Fault::Incomplete))
}

fn authorities(texts: &Texts) -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
    let read = |text: &String| read_certificates(text.as_bytes());
    texts.client_authorities.as_ref().map(read).transpose().map_err(Error::ClientAuthorities)
}

/// What is made here is to be.
fn profile(source: &Source) -> Result<Profile, Error> {
    let names = match &source.pair {
        PairSource::SelfSigned(names) => names.clone(),
        PairSource::Files { .. } | PairSource::Stored(_) => Vec::new(),
    };
    Ok(Profile::server(names, SELF_SIGNED_LIFE)?)
}

#[cfg(test)]
#[path = "renewal_tests.rs"]
mod tests;
