//! Which requests become spans (OpenTelemetry Specification, "Tracing SDK", sections "`ParentBased`" and
//! "`TraceIdRatioBased`").

use crate::TraceId;

/// 2^63: what half of an id is compared with.
const ALL: f64 = 9_223_372_036_854_775_808.0;

/// What decides for requests whose caller does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sampler {
    /// All of them.
    AlwaysOn,
    /// This share of them, from 0 to 1. Of one trace everybody takes all or nothing.
    Ratio(f64),
}

impl Sampler {
    pub(crate) fn takes(self, trace: TraceId, decided: Option<bool>) -> bool {
        decided.unwrap_or_else(|| match self {
            Self::AlwaysOn => true,
            Self::Ratio(share) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a share is from 0 to 1"
                )]
                let end = (share * ALL) as u64;
                trace.random_half() >> 1 < end
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(half: u64) -> TraceId {
        TraceId::new((1 << 64) | u128::from(half)).unwrap()
    }

    #[test]
    fn the_caller_decides_if_it_has_decided() {
        for sampler in [Sampler::AlwaysOn, Sampler::Ratio(0.0), Sampler::Ratio(1.0)] {
            assert!(sampler.takes(trace(u64::MAX), Some(true)), "{sampler:?}");
            assert!(!sampler.takes(trace(0), Some(false)), "{sampler:?}");
        }
        assert!(Sampler::AlwaysOn.takes(trace(u64::MAX), None));
    }

    #[test]
    fn a_ratio_takes_its_share_by_the_id() {
        let takes = |share, half| Sampler::Ratio(share).takes(trace(half), None);
        assert!(!takes(0.0, 0));
        assert!(takes(0.5, 0) && takes(0.5, u64::MAX / 2));
        assert!(!takes(0.5, u64::MAX / 2 + 1) && !takes(0.5, u64::MAX));
        assert!(takes(0.1, u64::MAX / 11) && !takes(0.1, u64::MAX / 9));
        for half in [0, 1 << 63, u64::MAX] {
            assert!(takes(1.0, half), "{half}");
        }
    }
}
