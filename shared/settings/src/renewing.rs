//! Variables of the renewal of a certificate.

use std::sync::Arc;
use std::time::Duration;

use acme::{Proof, Zone};
use certificate::{KeyType, Profile, Usage};
use rotation::{Issuer, Plan, Public, Trust};

use crate::auth::or_report;
use crate::public::{self, DIRECTORY, KEY, NAMES};
use crate::value::{duration, text, word};
use crate::{Environment, Error, Errors};

const SECRET: &str = "TESSERA_CERTIFICATE_SECRET_ARN";
const USAGE: &str = "TESSERA_CERTIFICATE_USAGE";
const LIFE: &str = "TESSERA_CERTIFICATE_LIFE";
const AUTHORITY: &str = "TESSERA_CERTIFICATE_AUTHORITY_SECRET_ARN";
const ACM: &str = "TESSERA_CERTIFICATE_ACM_ARN";
const BUNDLE: &str = "TESSERA_CERTIFICATE_TRUST_BUNDLE";
const TRUSTED: &str = "TESSERA_CERTIFICATE_TRUST_SECRET_ARN";
const OVERLAP: &str = "TESSERA_CERTIFICATE_TRUST_OVERLAP";
const DOMAIN: &str = "TESSERA_CERTIFICATE_DOMAIN";
const TOPIC: &str = "TESSERA_CERTIFICATE_ALARM_TOPIC_ARN";

const ACCOUNT: &str = "TESSERA_CERTIFICATE_ACME_ACCOUNT_SECRET_ARN";
const ZONE: &str = "TESSERA_CERTIFICATE_ACME_ZONE_ID";

const DAY: Duration = Duration::from_hours(24);
const USUAL_LIFE: Duration = DAY.saturating_mul(90);
const LIFE_MAX: Duration = DAY.saturating_mul(3_650);
/// Shorter than that, and it would have to be renewed more often than once an hour.
const LIFE_MIN: Duration = Duration::from_hours(6);

/// The certificate that the function renews, and where it goes.
///
/// # Errors
/// Everything that is unsafe, incomplete or unreadable, at once.
pub fn read_renewal(environment: &dyn Environment) -> Result<Plan, Errors> {
    let mut errors = Vec::new();
    let reason = "the certificate and its key are kept in this secret";
    let secret = text(environment, SECRET).ok_or(Error::Missing { variable: SECRET, reason });
    let secret = or_report(secret, &mut errors);
    let profile = profile(environment, &mut errors);
    let issuer = or_report(issuer(environment), &mut errors);
    let acm = or_report(arn(environment, ACM, ":acm:"), &mut errors).flatten();
    let topic = or_report(arn(environment, TOPIC, ":sns:"), &mut errors).flatten();
    let trust = or_report(trust(environment), &mut errors).flatten();
    if acm.is_some() && profile.as_ref().is_some_and(|profile| profile.key == KeyType::Ed25519) {
        let reason = "AWS Certificate Manager takes no Ed25519: use P-256, or drop the ARN";
        errors.push(Error::Unsafe { variable: KEY, reason });
    }
    match (secret, profile, issuer) {
        (Some(secret), Some(profile), Some(issuer)) if errors.is_empty() => {
            Ok(Plan { secret, profile, issuer, acm, trust, topic })
        }
        _ => Err(Errors(errors)),
    }
}

fn issuer(environment: &dyn Environment) -> Result<Issuer, Error> {
    match (text(environment, DIRECTORY), text(environment, AUTHORITY)) {
        (None, None) => Ok(Issuer::Itself),
        (None, Some(secret)) => Ok(Issuer::Authority { secret }),
        (Some(url), None) => by_zone(environment, url).map(Issuer::Public),
        (Some(_), Some(_)) => {
            let reason = "one authority issues: drop this, or TESSERA_CERTIFICATE_ACME_DIRECTORY";
            Err(Error::Unsafe { variable: AUTHORITY, reason })
        }
    }
}

/// A public authority that is shown records of a zone.
fn by_zone(environment: &dyn Environment, url: String) -> Result<Public, Error> {
    let directory = public::directory(environment, url)?;
    let reason = "the account at the public authority is kept in this secret";
    let account = text(environment, ACCOUNT);
    let account = account.ok_or(Error::Missing { variable: ACCOUNT, reason })?;
    let reason = "names are proven by records of this zone of Amazon Route 53";
    let zone = text(environment, ZONE).ok_or(Error::Missing { variable: ZONE, reason })?;
    Ok(Public { directory, account, proof: Proof::Dns(Arc::new(Zone::new(zone))) })
}

fn profile(environment: &dyn Environment, errors: &mut Vec<Error>) -> Option<Profile> {
    let names = or_report(public::names(environment), errors);
    let key = or_report(public::key(environment), errors);
    let usage = word(environment, USAGE, Usage::Server, "server, client or both");
    let usage = or_report(usage, errors);
    let life =
        duration(environment, LIFE, USUAL_LIFE, LIFE_MIN..=LIFE_MAX, "a duration from 6h to 3650d");
    let life = or_report(life, errors);
    let profile = Profile { names: names?, key: key?, usage: usage?, life: life? };
    let expected = "1 to 100 names: hosts, *.DOMAIN, addresses or URIs";
    or_report(profile.validated().map_err(|_| Error::Invalid { variable: NAMES, expected }), errors)
}

/// The ARN of something of this service: whoever mistakes one for another is told at once.
fn arn(
    environment: &dyn Environment,
    variable: &'static str,
    service: &str,
) -> Result<Option<String>, Error> {
    let Some(value) = text(environment, variable) else { return Ok(None) };
    if value.starts_with("arn:") && value.contains(service) {
        return Ok(Some(value));
    }
    let expected = match service {
        ":acm:" => "the ARN of a certificate in AWS Certificate Manager",
        _ => "the ARN of a topic of Amazon SNS",
    };
    Err(Error::Invalid { variable, expected })
}

fn trust(environment: &dyn Environment) -> Result<Option<Trust>, Error> {
    let domain = text(environment, DOMAIN);
    let Some(bundle) = text(environment, BUNDLE) else {
        let reason = "the domain reads its trust bundle there";
        let missing = Error::Missing { variable: BUNDLE, reason };
        return if domain.is_none() { Ok(None) } else { Err(missing) };
    };
    let place = bundle.strip_prefix("s3://").and_then(|place| place.split_once('/'));
    let place = place.filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
    let expected = "s3://BUCKET/KEY";
    let (bucket, key) = place.ok_or(Error::Invalid { variable: BUNDLE, expected })?;
    let secret = text(environment, TRUSTED).or_else(|| text(environment, AUTHORITY));
    let reason = "the authority of the clients is in this secret";
    let secret = secret.ok_or(Error::Missing { variable: TRUSTED, reason })?;
    let range = DAY..=LIFE_MAX;
    let overlap = duration(environment, OVERLAP, USUAL_LIFE, range, "a duration from 1d to 3650d")?;
    let (bucket, key) = (bucket.to_owned(), key.to_owned());
    Ok(Some(Trust { secret, bucket, key, overlap, domain }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;
    use crate::public::{CONTACTS, ROOT};

    const BASE: [(&str, &str); 2] = [(SECRET, "arn"), (NAMES, "shop.example, *.shop.example")];
    const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1";

    const ACME: (&str, &str) = (DIRECTORY, "https://acme.example/directory");

    fn read(pairs: &[(&str, &str)]) -> Result<Plan, String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        read_renewal(&pairs.collect::<Map>()).map_err(|errors| errors.to_string())
    }

    fn with(pairs: &[(&str, &str)]) -> Result<Plan, String> {
        read(&[&BASE, pairs].concat())
    }

    #[test]
    fn a_certificate_signs_itself_unless_an_authority_is_named() {
        let plan = with(&[]).unwrap();
        assert_eq!((plan.secret.as_str(), plan.profile.names.len()), ("arn", 2));
        assert_eq!((plan.profile.key, plan.profile.usage), (KeyType::P256, Usage::Server));
        assert_eq!(plan.profile.life, DAY * 90);
        assert!(matches!(plan.issuer, Issuer::Itself));
        assert!(plan.acm.is_none() && plan.trust.is_none() && plan.topic.is_none());
        let plan = with(&[
            (AUTHORITY, "ca"),
            (KEY, "rsa-2048"),
            (USAGE, "both"),
            (LIFE, "47d"),
            (ACM, ARN),
            (TOPIC, "arn:aws:sns:us-east-1:123456789012:alarms"),
        ]);
        let plan = plan.unwrap();
        assert!(matches!(plan.issuer, Issuer::Authority { secret } if secret == "ca"));
        assert_eq!((plan.profile.key, plan.profile.usage), (KeyType::Rsa2048, Usage::Both));
        assert_eq!((plan.profile.life, plan.acm.as_deref()), (DAY * 47, Some(ARN)));
    }

    #[test]
    fn a_public_authority_is_told_by_the_records_of_a_zone() {
        let contact = (CONTACTS, "mailto:operator@shop.example");
        let plan = with(&[ACME, (ACCOUNT, "account"), (ZONE, "Z1"), contact]).unwrap();
        let Issuer::Public(public) = plan.issuer else { panic!("{:?}", plan.issuer) };
        assert_eq!(public.directory.url, ACME.1);
        assert_eq!((public.account.as_str(), public.directory.contacts.len()), ("account", 1));
        assert!(matches!(public.proof, Proof::Dns(_)));
    }

    #[test]
    fn the_trust_bundle_has_the_roots_of_an_authority() {
        let bundle = (BUNDLE, "s3://trust/clients/roots.pem");
        let plan = with(&[bundle, (AUTHORITY, "ca"), (DOMAIN, "api.shop.example")]).unwrap();
        let trust = plan.trust.unwrap();
        assert_eq!((trust.bucket.as_str(), trust.key.as_str()), ("trust", "clients/roots.pem"));
        assert_eq!((trust.secret.as_str(), trust.overlap), ("ca", DAY * 90));
        assert_eq!(trust.domain.as_deref(), Some("api.shop.example"));
        let plan = with(&[bundle, (AUTHORITY, "ca"), (TRUSTED, "clients"), (OVERLAP, "30d")]);
        let trust = plan.unwrap().trust.unwrap();
        assert_eq!((trust.secret.as_str(), trust.overlap), ("clients", DAY * 30));
    }

    #[test]
    fn what_is_missing_wrong_or_contradictory_is_named() {
        let many =
            (0..101).map(|number| format!("h{number}.example")).collect::<Vec<_>>().join(",");
        for (pairs, named) in [
            (&[(NAMES, "shop.example")][..], SECRET),
            (&[(SECRET, "arn")], NAMES),
            (&[(SECRET, "arn"), (NAMES, " , ")], NAMES),
            (&[(SECRET, "arn"), (NAMES, "*.com")], NAMES),
            (&[(SECRET, "arn"), (NAMES, &many)], NAMES),
            (&[BASE[0], BASE[1], (KEY, "RSA-1024")], KEY),
            (&[BASE[0], BASE[1], (KEY, "Ed25519"), (ACM, ARN)], KEY),
            (&[BASE[0], BASE[1], (USAGE, "peer")], USAGE),
            (&[BASE[0], BASE[1], (LIFE, "1h")], LIFE),
            (&[BASE[0], BASE[1], (LIFE, "3651d")], LIFE),
            (&[BASE[0], BASE[1], (ACM, "arn:aws:sns:x")], ACM),
            (&[BASE[0], BASE[1], (ACM, "certificate")], ACM),
            (&[BASE[0], BASE[1], (TOPIC, ARN)], TOPIC),
            (&[BASE[0], BASE[1], (BUNDLE, "https://trust/roots.pem")], BUNDLE),
            (&[BASE[0], BASE[1], (BUNDLE, "s3://trust")], BUNDLE),
            (&[BASE[0], BASE[1], (BUNDLE, "s3://trust/")], BUNDLE),
            (&[BASE[0], BASE[1], (BUNDLE, "s3://trust/roots.pem")], TRUSTED),
            (&[BASE[0], BASE[1], (BUNDLE, "s3://a/b"), (TRUSTED, "ca"), (OVERLAP, "1h")], OVERLAP),
            (&[BASE[0], BASE[1], (DOMAIN, "api.shop.example")], BUNDLE),
            (&[BASE[0], BASE[1], ACME, (AUTHORITY, "ca")], AUTHORITY),
            (&[BASE[0], BASE[1], (DIRECTORY, "http://acme.example")], DIRECTORY),
            (&[BASE[0], BASE[1], ACME], ACCOUNT),
            (&[BASE[0], BASE[1], ACME, (ACCOUNT, "account")], ZONE),
            (&[BASE[0], BASE[1], ACME, (ACCOUNT, "a"), (ZONE, "Z1"), (CONTACTS, "me")], CONTACTS),
            (&[BASE[0], BASE[1], ACME, (ACCOUNT, "a"), (ZONE, "Z1"), (ROOT, "/none")], ROOT),
        ] {
            let said = read(pairs).unwrap_err();
            assert!(said.starts_with(named) && !said.contains("; "), "{named}: {said}");
        }
    }
}
