//! Renewals at a public authority (Pebble) that break off, are killed, or lose it in mid-sentence.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use acme::{Directory, Proof, Zone};
use certificate::Pair;
use harness::aws::{Aws, Refusal};
use harness::fault_proxy::{Direction, Fault, FaultProxy};
use harness::pebble::{NO_WEB_SERVER, Pebble};
use rotation::{Issuer, Public, RenewalOutcome};

use crate::crashes::{breaking_after, is_broken_off};
use crate::state::{LONG, State, at, config, due, event, now};

/// What a run asks the outside for that finds no account, orders, and imports.
const CALLS: usize = 17;

/// An authority orders at most so often for a run that broke off and those that make it good.
const ORDERS_MAX: usize = 2;

/// A little more than the time after which another may be ordered.
const LATER: Duration = Duration::from_mins(61);

/// Pebble behind a proxy, and the zone whose records it looks at.
struct Outside {
    aws: Aws,
    zone: String,
    pebble: Pebble,
    proxy: FaultProxy,
}

/// When runs that broke off were made good.
#[derive(Debug, Default)]
struct Counts {
    at_once: usize,
    an_hour_later: usize,
}

impl Outside {
    fn start() -> Self {
        let aws = Aws::without_dates();
        let zone = aws.moto.create_zone("shop.example");
        let pebble = Pebble::start(NO_WEB_SERVER, aws.moto.name_server(&zone));
        let proxy = FaultProxy::start(pebble.port);
        Self { aws, zone, pebble, proxy }
    }

    /// A certificate that is due, and no account yet.
    fn state(&self, name: &str) -> State<'_> {
        let mut state = State::new(&self.aws, name, &due());
        state.plan.issuer = Issuer::Public(Public {
            directory: Directory {
                url: format!("https://localhost:{}/dir", self.proxy.port),
                root: Some(self.pebble.root()),
                contacts: vec![],
            },
            account: self.aws.moto.create_empty_secret(&format!("{name}-account")),
            proof: self.proof(),
        });
        state
    }

    fn proof(&self) -> Proof {
        Proof::Dns(Arc::new(Zone::with_config(self.zone.clone(), &config(&self.aws))))
    }

    /// A run broke off: what it left is legal, and the next ones make it good without pressing the
    /// authority. `before` is what that had done before the run.
    async fn make_good(
        &self,
        state: &State<'_>,
        old: &Pair,
        before: (usize, usize),
        counts: &mut Counts,
    ) {
        state.assert_legal(old);
        let is_stored = is_stored(&self.aws.moto.labels(&state.plan.secret), &state.before);
        let outcome = state.good_run().await;
        if matches!(outcome, RenewalOutcome::Waits { .. }) {
            state.assert_legal(old);
            let later = state.renewal_by(at(now() + LATER)).answer(&event(), LONG).await;
            let outcome = later.outcome.unwrap();
            assert!(matches!(outcome, RenewalOutcome::Renewed(_)), "{outcome:?}");
            counts.an_hour_later += 1;
        } else {
            counts.at_once += 1;
        }
        state.assert_ended(old);
        let (ordered, issued) = self.asked();
        assert!(ordered - before.0 <= ORDERS_MAX && issued - before.1 <= ORDERS_MAX);
        if is_stored {
            assert_eq!(issued - before.1, 1, "what was stored is used");
        }
        // Once more: there is nothing left to do.
        let ended = state.current().0;
        assert!(matches!(state.good_run().await, RenewalOutcome::Kept { .. }));
        assert_eq!((state.current().0, self.asked()), (ended, (ordered, issued)));
    }

    /// How many orders it has taken, and how many certificates issued.
    fn asked(&self) -> (usize, usize) {
        (self.pebble.ordered(), self.pebble.issued())
    }

    fn assert_zone_is_clean(&self) {
        let records = self.aws.moto.records(&self.zone);
        assert!(!records.contains("_acme-challenge"), "{records}");
    }
}

/// Whether a run has left a certificate behind, in force or not.
fn is_stored(labels: &BTreeMap<String, Vec<String>>, before: &str) -> bool {
    let is_next = |label: &String| label == "AWSPENDING" || label == "AWSCURRENT";
    labels.iter().any(|(id, labels)| id != before && labels.iter().any(is_next))
}

/// C-06
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_around_any_call_of_an_order_is_made_good_and_presses_nobody() {
    let outside = Outside::start();
    let mut counts = Counts::default();
    for number in 1.. {
        let state = outside.state(&format!("ordered-{number}"));
        let ((_, old), before) = (state.current(), outside.asked());
        let (broken, made) = breaking_after(state.renewal(), number);
        let is_broken = is_broken_off(broken.answer(&event(), LONG).await.outcome);
        outside.make_good(&state, &old, before, &mut counts).await;
        outside.assert_zone_is_clean();
        if !is_broken {
            println!("{} crash points: {counts:?}; {:?}", number - 1, outside.asked());
            assert_eq!(made.load(Ordering::Relaxed), CALLS);
            return;
        }
    }
}

/// C-15: the connection to the authority ends after so many bytes, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_lost_at_any_byte_costs_an_hour_at_most() {
    const STEP: u64 = 500;
    let outside = Outside::start();
    let mut counts = Counts::default();
    let mut failures = 0;
    for number in 0.. {
        let state = outside.state(&format!("lost-{number}"));
        let ((_, old), before) = (state.current(), outside.asked());
        outside.proxy.set(Fault::Cut(Direction::ToClient, number * STEP));
        let outcome = state.run().await.outcome;
        outside.proxy.set(Fault::None);
        failures += usize::from(outcome.is_err());
        outside.assert_zone_is_clean();
        outside.make_good(&state, &old, before, &mut counts).await;
        if outcome.is_ok() {
            break;
        }
    }
    println!("{failures} places: {counts:?}; {:?}", outside.asked());
    assert!(failures > 5, "{failures}");
}

/// C-17
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_killed_at_any_moment_is_made_good() {
    const MOMENTS: u64 = 8;
    let outside = Outside::start();
    let mut counts = Counts::default();
    for number in 0..MOMENTS {
        let state = outside.state(&format!("killed-{number}"));
        let ((_, old), before) = (state.current(), outside.asked());
        let moment = Duration::from_millis(20 + 250 * number);
        let renewal = state.renewal();
        let _ = tokio::time::timeout(moment, renewal.answer(&event(), LONG)).await;
        outside.make_good(&state, &old, before, &mut counts).await;
    }
    println!("{MOMENTS} moments: {counts:?}; {:?}", outside.asked());
}

/// C-15
#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_refuses_leaves_the_old_certificate_and_says_so() {
    let outside = Outside::start();
    let mut state = outside.state("refused");
    let ((_, old), before) = (state.current(), outside.asked());
    outside.aws.refuse(Some(Refusal { of: "/rrset", status: 403, code: "AccessDenied" }));
    let error = state.run().await.outcome.unwrap_err().to_string();
    assert!(error.contains("Amazon Route 53 did not do"), "{error}");
    assert!(!error.contains("secret-name"), "{error}");
    outside.aws.refuse(None);
    // Over another connection: that one was for refusals.
    let Issuer::Public(public) = &mut state.plan.issuer else { panic!() };
    public.proof = outside.proof();
    outside.make_good(&state, &old, before, &mut Counts::default()).await;
}

/// C-07
#[tokio::test(flavor = "multi_thread")]
async fn an_account_or_a_version_that_is_torn_orders_nothing_and_is_made_good() {
    let outside = Outside::start();
    let account_of = |state: &State<'_>| {
        let Issuer::Public(public) = &state.plan.issuer else { panic!() };
        outside.aws.moto.labelled(&public.account, "AWSCURRENT").1
    };
    let whole = outside.state("whole");
    whole.good_run().await;
    let account = account_of(&whole);
    for (number, end) in [1, account.len() / 2, account.len() - 1].into_iter().enumerate() {
        let mut state = outside.state(&format!("torn-{number}"));
        let ((_, old), before) = (state.current(), outside.asked());
        let torn = outside.aws.moto.create_secret(&format!("account-{number}"), &account[..end]);
        let Issuer::Public(public) = &mut state.plan.issuer else { panic!() };
        public.account.clone_from(&torn);
        outside.aws.moto.put_pending(&state.plan.secret, "{", &"x".repeat(32));
        let error = state.run().await.outcome.unwrap_err().to_string();
        assert!(error.contains("the account is malformed"), "{error}");
        assert_eq!(outside.asked(), before);
        state.assert_legal(&old);
        outside.aws.moto.put_secret(&torn, &account, "whole");
        outside.make_good(&state, &old, before, &mut Counts::default()).await;
    }
}
