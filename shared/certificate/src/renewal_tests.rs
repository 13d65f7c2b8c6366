//! The whole life of certificates.

use super::*;
use crate::{KeyType, Name, Usage, self_signed};

const NOW: Duration = Duration::from_hours(500_000);
const HOUR: Duration = Duration::from_hours(1);

fn profile(life: Duration) -> Profile {
    Profile::server(vec!["shop.example".parse().unwrap()], life).unwrap()
}

fn at(pair: &Pair, profile: &Profile, now: Duration) -> Decision {
    decide(Stored::Pair(pair), profile, &[], now, None)
}

#[test]
fn two_thirds_of_the_life_it_really_has_are_waited_for() {
    // What was asked for does not count: whoever issued it may have given less (C-11).
    let asked = profile(DAY * 365);
    for life in [HOUR, DAY * 2, DAY * 47, DAY * 365] {
        let pair = self_signed(&profile(life), NOW).unwrap();
        let facts = &pair.facts()[0];
        let due = due(facts);
        let share = due.saturating_sub(facts.not_before).as_secs_f64() / facts.life().as_secs_f64();
        assert!((0.616..=0.667).contains(&share), "{share}");
        assert_eq!(at(&pair, &asked, NOW), Decision::Keep { until: due });
        let second = Duration::from_secs(1);
        assert!(matches!(at(&pair, &asked, due.saturating_sub(second)), Decision::Keep { .. }));
        assert_eq!(at(&pair, &asked, due), Decision::Renew(Reason::Due));
        let over = facts.not_after + second;
        assert_eq!(at(&pair, &asked, over), Decision::Renew(Reason::Expired));
    }
}

#[test]
fn certificates_of_one_moment_are_not_renewed_at_one() {
    let dues = (0..20).map(|_| due(&self_signed(&profile(DAY * 90), NOW).unwrap().facts()[0]));
    let dues: BTreeSet<_> = dues.collect();
    assert!(dues.len() > 15, "{dues:?}");
    assert!(dues.last().unwrap().saturating_sub(*dues.first().unwrap()) > DAY, "{dues:?}");
}

/// C-14
#[test]
fn what_is_missing_or_not_as_asked_for_is_renewed() {
    let wanted = profile(DAY * 90);
    let of = |stored: Stored<'_>| decide(stored, &wanted, &[], NOW, None);
    assert_eq!(of(Stored::Missing), Decision::Renew(Reason::Missing));
    let error = Pair::read(b"", b"").unwrap_err();
    let unreadable = Reason::Unreadable(error.clone());
    assert_eq!(of(Stored::Unreadable(&error)), Decision::Renew(unreadable));
    let host = |name: &str| -> Name { name.parse().unwrap() };
    let more = vec![host("shop.example"), host("pay.example")];
    for (profile, reason) in [
        (Profile { names: more, ..wanted.clone() }, Reason::NamesChanged),
        (Profile { names: vec![host("*.example.com")], ..wanted.clone() }, Reason::NamesChanged),
        (Profile { key: KeyType::P384, ..wanted.clone() }, Reason::KeyChanged),
        (Profile { usage: Usage::Client, ..wanted.clone() }, Reason::UsageChanged),
    ] {
        let stored = self_signed(&profile, NOW).unwrap();
        assert_eq!(of(Stored::Pair(&stored)), Decision::Renew(reason));
    }
    let more = self_signed(&Profile { usage: Usage::Both, ..wanted.clone() }, NOW).unwrap();
    assert!(matches!(of(Stored::Pair(&more)), Decision::Keep { .. }));
    let pair = self_signed(&wanted, NOW).unwrap();
    assert_eq!(of(Stored::Recalled(&pair)), Decision::Renew(Reason::Recalled));
    let other = self_signed(&wanted, NOW).unwrap();
    let decision = decide(Stored::Pair(&pair), &wanted, other.chain(), NOW, None);
    assert!(matches!(decision, Decision::Renew(Reason::Faulty(_))), "{decision:?}");
    let mixed = Pair::read(
        pair.chain_pem().as_bytes(),
        secrecy::ExposeSecret::expose_secret(&other.key_pem()).as_bytes(),
    );
    let mixed = mixed.unwrap();
    let Decision::Renew(Reason::Faulty(faults)) = of(Stored::Pair(&mixed)) else { panic!() };
    assert!(faults.iter().eq(&[Fault::KeyMismatch]));
}

/// C-11
#[test]
fn a_thousand_calls_in_a_minute_issue_once() {
    let wanted = profile(DAY * 90);
    let (mut issued, mut count) = (None, 0);
    for call in 0..1_000 {
        let now = NOW + Duration::from_millis(60 * call);
        // Nothing is ever stored: the worst that can happen.
        match decide(Stored::Missing, &wanted, &[], now, issued) {
            Decision::Renew(_) => (issued, count) = (Some(now), count + 1),
            Decision::Wait { until, .. } => assert_eq!(until, NOW + HOUR),
            Decision::Keep { .. } => panic!("there is nothing to keep"),
        }
    }
    assert_eq!(count, 1);
    let later = decide(Stored::Missing, &wanted, &[], NOW + HOUR, issued);
    assert_eq!(later, Decision::Renew(Reason::Missing));
}

/// C-12
#[test]
fn alarms_come_at_a_third_a_sixth_seven_days_and_one() {
    let alarms = |life: Duration| {
        let facts = self_signed(&profile(life), NOW).unwrap().facts()[0].clone();
        let mut seen = vec![(None, Duration::ZERO)];
        let mut now = NOW;
        while now < facts.not_after + HOUR {
            let alarm = Alarm::of(&facts, now);
            if seen.last().unwrap().0 != alarm {
                seen.push((alarm, facts.not_after.saturating_sub(now)));
            }
            now += Duration::from_mins(10);
        }
        seen.into_iter()
            .filter_map(|(alarm, left)| Some((alarm?, left.as_secs() / 3_600)))
            .collect::<Vec<_>>()
    };
    let (third, sixth, week, day, over) =
        (Alarm::Third, Alarm::Sixth, Alarm::SevenDays, Alarm::OneDay, Alarm::Expired);
    assert_eq!(alarms(DAY * 90), [(third, 720), (sixth, 360), (week, 168), (day, 24), (over, 0)]);
    // For shorter lives a week is before a sixth, or no alarm at all.
    assert_eq!(alarms(DAY * 30), [(third, 240), (week, 168), (sixth, 120), (day, 24), (over, 0)]);
    assert_eq!(alarms(DAY * 2), [(third, 16), (sixth, 8), (over, 0)]);
}

/// C-09
#[test]
fn two_who_renew_the_same_in_the_same_hour_call_it_the_same() {
    let id = renewal_id(&["arn", "a"], NOW);
    assert_eq!(id, renewal_id(&["arn", "a"], NOW + Duration::from_mins(59)));
    assert_eq!(next_hour(NOW + Duration::from_mins(59)), NOW + HOUR);
    assert_ne!(id, renewal_id(&["arn", "a"], NOW + HOUR));
    for other in [&["arn", "b"][..], &["arna"], &["arn", "a", ""], &["ar", "na"]] {
        assert_ne!(id, renewal_id(other, NOW));
    }
    // What AWS Secrets Manager takes as a token.
    assert!((32..=64).contains(&id.len()) && is_renewal_id(&id));
    assert!(!is_renewal_id("4f1b2c3d-0a1b-4c2d-8e3f-405060708090"));
}
