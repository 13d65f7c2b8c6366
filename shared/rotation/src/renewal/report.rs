//! What is told of a run: to the log, as metrics, and to a topic.

use std::time::Duration;

use certificate::{Alarm, Facts, text_of};
use metrics::{Line, Measure, Unit};

use super::{Outcome, Plan};
use crate::Error;

/// The subject of what a topic hears.
pub(super) const SUBJECT: &str = "Tessera: a certificate needs a look";

const DAY_S: f64 = 86_400.0;

/// What a run came to, and what is told of it.
#[derive(Debug)]
pub struct Answer {
    /// What was done, or why nothing was.
    pub outcome: Result<Outcome, Error>,
    /// The first name of the certificate.
    name: String,
    /// The end of the one in force that ends first, if there is one.
    not_after: Option<Duration>,
    alarm: Option<Alarm>,
    now: Duration,
}

impl Answer {
    pub(super) fn new(
        plan: &Plan,
        served: Option<&Facts>,
        outcome: Result<Outcome, Error>,
        now: Duration,
    ) -> Self {
        Self {
            outcome,
            name: plan.profile.names.first().map(ToString::to_string).unwrap_or_default(),
            not_after: served.map(|facts| facts.not_after),
            alarm: served.and_then(|facts| Alarm::of(facts, now)),
            now,
        }
    }

    /// What CloudWatch counts: how many days the certificate in force still lives, whether it was
    /// renewed, and whether it should have been.
    pub fn line(&self) -> Line<'_> {
        let is_renewed = matches!(self.outcome, Ok(Outcome::Renewed(_)));
        let mut measures = vec![
            Measure::count("CertificateRenewed", u64::from(is_renewed)),
            Measure::count("CertificateFailed", u64::from(self.outcome.is_err())),
        ];
        // Of a certificate that is not there, no number says how long it lives.
        let left = self.left().map(|value| Measure {
            name: "CertificateDaysLeft",
            unit: Unit::None,
            value,
        });
        measures.extend(left);
        Line { dimensions: vec![("certificate", &self.name)], measures, properties: vec![] }
    }

    /// What a topic hears: nothing while all is well.
    pub(super) fn message(&self) -> Option<String> {
        let (what, alarm) = match (&self.outcome, self.alarm) {
            (Err(error), alarm) => (format!("it was not renewed: {error}"), alarm),
            (Ok(Outcome::Waits { reason, until }), Some(alarm)) => {
                (format!("it is renewed at {}: {reason}", text_of(*until)), Some(alarm))
            }
            (Ok(_), Some(alarm)) => (alarm.text().to_owned(), None),
            (Ok(_), None) => return None,
        };
        let alarm = alarm.map(|alarm| format!("\nAlarm: {}.", alarm.text())).unwrap_or_default();
        let end = match self.not_after {
            Some(end) => format!("The one in force ends at {}.", text_of(end)),
            None => "There is none in force.".to_owned(),
        };
        Some(format!("The certificate for {}: {what}.\n{end}{alarm}", self.name))
    }

    pub(super) fn log(&self) {
        let (certificate, days_left) = (&self.name, self.left());
        let alarm = self.alarm.map(Alarm::text);
        match &self.outcome {
            Ok(Outcome::Renewed(reason)) => {
                tracing::info!(certificate, days_left, %reason, "certificate renewed");
            }
            Ok(Outcome::Kept { until }) => {
                let until = text_of(*until);
                tracing::info!(certificate, days_left, until, alarm, "certificate kept");
            }
            Ok(Outcome::Waits { reason, until }) => {
                let until = text_of(*until);
                tracing::warn!(certificate, days_left, until, %reason, alarm, "renewal waits");
            }
            Err(error) => {
                tracing::error!(certificate, days_left, %error, alarm, "certificate not renewed");
            }
        }
    }

    /// Days, with what is left of one.
    fn left(&self) -> Option<f64> {
        let left = self.not_after?.saturating_sub(self.now).as_secs_f64() / DAY_S;
        Some((left * 100.0).round() / 100.0)
    }
}
