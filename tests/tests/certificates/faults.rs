//! What is there and should not be, clocks that are wrong, and services that refuse.

use std::time::Duration;

use certificate::{Fault, KeyType, Pair, Profile, Reason, Unimportable, self_signed};
use harness::aws::{Aws, Refusal};
use rotation::{Error, RenewalOutcome};
use secrecy::ExposeSecret as _;

use crate::state::{BUCKET, DAY, LONG, State, at, due, event, now, profile, root};

fn age(days: u32) -> Pair {
    self_signed(&profile(), now().saturating_sub(DAY * days)).unwrap()
}

/// C-10
#[tokio::test]
async fn a_clock_that_is_wrong_changes_nothing() {
    let aws = Aws::start();
    let state = State::new(&aws, "clock", &due());
    let (_, old) = state.current();
    let minutes = Duration::from_mins;
    let years = DAY * 365;
    for clock in [
        now().saturating_sub(minutes(6)),
        now() + minutes(6),
        Duration::ZERO,
        years * 70,
        now() + years,
    ] {
        let answer = state.renewal_by(at(clock)).answer(&event(), LONG).await;
        let error = answer.outcome.unwrap_err();
        assert!(matches!(error, Error::Clock { .. }), "{error}");
        assert_eq!(aws.moto.labels(&state.plan.secret).len(), 1);
        state.assert_legal(&old);
    }
    for clock in [now().saturating_sub(minutes(4)), now() + minutes(4)] {
        let answer = state.renewal_by(at(clock)).answer(&event(), LONG).await;
        answer.outcome.unwrap();
    }
    state.assert_ended(&old);
}

/// C-12
#[tokio::test]
async fn a_renewal_that_fails_all_the_time_is_told_until_the_last_day_and_the_old_one_serves() {
    let aws = Aws::start();
    let mut alarms = Vec::new();
    for days in [61, 76, 84, 90] {
        let pair = age(days);
        let mut state = State::new(&aws, &format!("failing-{days}"), &age(0));
        aws.moto.put_secret(&state.plan.secret, pair.to_secret().expose_secret(), "aged");
        state.before = format!("{:-<32}", "aged");
        // Nobody is there to issue.
        state.plan.issuer = rotation::Issuer::Authority { secret: "none".to_owned() };
        let answer = state.run().await;
        let measures: Vec<_> =
            answer.line().measures.iter().map(|one| (one.name, one.value.round())).collect();
        let left = ("CertificateDaysLeft", f64::from(90 - days));
        assert_eq!(measures, [("CertificateRenewed", 0.0), ("CertificateFailed", 1.0), left]);
        assert!(answer.outcome.is_err());
        assert_eq!(state.current().0, state.before);
        alarms.push(aws.messages().pop().unwrap());
    }
    for (alarm, part) in alarms.iter().zip([
        "a third of its life is left",
        "a sixth of its life is left",
        "seven days are left",
        "it has expired",
    ]) {
        assert!(
            alarm.contains("it was not renewed: no version of the secret is in force"),
            "{alarm}"
        );
        assert!(alarm.contains(part), "{part}: {alarm}");
        assert!(alarm.contains("The certificate for shop.example"), "{alarm}");
    }
    // When all is well, nobody is told.
    State::new(&aws, "well", &age(0)).good_run().await;
    assert_eq!(aws.messages().len(), alarms.len());
}

/// C-13
#[tokio::test]
async fn another_type_of_key_is_not_brought_under_the_same_arn() {
    let aws = Aws::start();
    let mut state = State::new(&aws, "key", &due());
    let (_, old) = state.current();
    state.plan.profile.key = KeyType::P384;
    let error = state.run().await.outcome.unwrap_err();
    let changed = Error::NotImported(Unimportable::KeyChanged {
        imported: "P-256".to_owned(),
        key: "P-384".to_owned(),
    });
    assert_eq!(error.to_string(), changed.to_string());
    assert_eq!(aws.moto.labels(&state.plan.secret).len(), 1, "nothing was written");
    assert_eq!(state.imported_serial(), old.facts()[0].serial);
    // Under an ARN of its own.
    let other = self_signed(&state.plan.profile, now()).unwrap();
    let (certificate, key) = (other.parts_pem().0, other.key_pem());
    state.plan.acm = Some(aws.moto.import_certificate(&certificate, key.expose_secret()));
    assert_eq!(state.good_run().await, RenewalOutcome::Renewed(Reason::KeyChanged));
    state.assert_ended(&old);
}

/// C-14
#[tokio::test]
async fn what_is_missing_or_wrong_is_issued_anew() {
    let aws = Aws::start();
    // No version at all.
    let mut state = State::new(&aws, "missing", &age(0));
    state.plan.secret = aws.moto.create_empty_secret("empty");
    assert_eq!(state.good_run().await, RenewalOutcome::Renewed(Reason::Missing));
    assert_eq!(state.imported_serial(), state.current().1.facts()[0].serial);
    assert!(matches!(state.good_run().await, RenewalOutcome::Kept { .. }));
    // Nonsense.
    let state = State::new(&aws, "nonsense", &age(0));
    aws.moto.put_secret(&state.plan.secret, "hunter2", "no-pair");
    let outcome = state.good_run().await;
    assert!(matches!(outcome, RenewalOutcome::Renewed(Reason::Unreadable(_))), "{outcome:?}");
    // The key of another.
    let state = State::new(&aws, "mixed", &age(0));
    let (one, other) = (age(0), age(0));
    let mixed =
        Pair::read(one.chain_pem().as_bytes(), other.key_pem().expose_secret().as_bytes()).unwrap();
    aws.moto.put_secret(&state.plan.secret, mixed.to_secret().expose_secret(), "of-two");
    let RenewalOutcome::Renewed(Reason::Faulty(faults)) = state.good_run().await else { panic!() };
    assert!(faults.iter().eq(&[Fault::KeyMismatch]));
    // Other names.
    let mut state = State::new(&aws, "names", &age(0));
    state.plan.profile.names = vec!["pay.example".parse().unwrap()];
    assert_eq!(state.good_run().await, RenewalOutcome::Renewed(Reason::NamesChanged));
    assert_eq!(state.current().1.facts()[0].names, state.plan.profile.names);
    // AWS Certificate Manager has another than the secret.
    let state = State::new(&aws, "other", &age(0));
    aws.moto.put_secret(&state.plan.secret, age(1).to_secret().expose_secret(), "elsewhere");
    assert!(matches!(state.good_run().await, RenewalOutcome::Kept { .. }));
    assert_eq!(state.imported_serial(), state.current().1.facts()[0].serial);
}

/// C-15
#[tokio::test]
async fn a_service_that_refuses_leaves_the_old_certificate_and_says_which() {
    let aws = Aws::start();
    aws.moto.create_bucket(BUCKET);
    let denied = |of| Refusal { of, status: 400, code: "AccessDeniedException" };
    let forbidden = |of| Refusal { of, status: 403, code: "AccessDenied" };
    for (number, (refusal, part)) in [
        (denied("x-amz-target: secretsmanager."), "AWS Secrets Manager did not do"),
        (denied("x-amz-target: CertificateManager."), "AWS Certificate Manager did not do"),
        (forbidden("x-id=GetObject"), "Amazon S3 did not do"),
        (forbidden("x-id=PutObject"), "Amazon S3 did not do"),
        (denied("GET /v2/domainnames/"), "Amazon API Gateway did not do"),
    ]
    .into_iter()
    .enumerate()
    {
        let state = State::with_authority(&aws, &format!("refused-{number}"), &root("Shop root"));
        let (_, old) = state.current();
        let code = refusal.code;
        aws.refuse(Some(refusal));
        let error = state.run().await.outcome.unwrap_err().to_string();
        assert!(error.contains(part) && error.contains(code), "{error}");
        assert!(!error.contains("secret-name"), "{error}");
        let told = aws.messages().pop().unwrap();
        assert!(told.contains(part), "{told}");
        aws.refuse(None);
        state.assert_legal(&old);
        state.good_run().await;
        state.assert_ended(&old);
    }
}

/// C-15
#[tokio::test]
async fn a_service_that_throttles_is_asked_again_within_the_time_that_is_left() {
    let aws = Aws::start();
    let state = State::new(&aws, "throttled", &due());
    let (_, old) = state.current();
    let of = "x-amz-target: CertificateManager.";
    aws.refuse(Some(Refusal { of, status: 400, code: "ThrottlingException" }));
    let error = state.run().await.outcome.unwrap_err().to_string();
    assert!(error.contains("ThrottlingException"), "{error}");
    assert!(aws.refusals() >= 3, "{}", aws.refusals());
    // With less time, less often; and somebody is told in what is left.
    let messages = aws.messages().len();
    let answer = state.renewal().answer(&event(), Duration::from_millis(5_300)).await;
    assert!(matches!(answer.outcome, Err(Error::OutOfTime)), "{answer:?}");
    assert_eq!(aws.messages().len(), messages + 1);
    aws.refuse(None);
    state.assert_legal(&old);
    state.good_run().await;
    state.assert_ended(&old);
}

/// A topic that cannot be told is no reason to fail.
#[tokio::test]
async fn a_topic_that_refuses_changes_nothing() {
    let aws = Aws::start();
    let state = State::new(&aws, "topic", &age(84));
    aws.refuse(Some(Refusal {
        of: "application/x-www-form-urlencoded",
        status: 403,
        code: "AuthorizationError",
    }));
    let mut plan = state.plan.clone();
    plan.profile = Profile { key: KeyType::P384, ..plan.profile };
    let state = State { plan, ..state };
    let error = state.run().await.outcome.unwrap_err();
    assert!(matches!(error, Error::NotImported(_)), "{error}");
    assert!(aws.refusals() > 0);
}
