//! What signs new tokens: the API secret, a private key in Secrets Manager, or a key of KMS.

use std::sync::Arc;

use auth::{Algorithms, Policy};
use keys::{Clock, KeySource, KmsKey, TokenSigner};

use crate::{
    Environment, Error,
    auth::{Authentication, or_report},
    intervals::of_secrets,
    keys::{extension, has_api_secret, read_keys},
    value::{list, text},
};

const KEY_ARN: &str = "TESSERA_SIGNING_KEY_ARN";
const KMS_KEY: &str = "TESSERA_SIGNING_KMS_KEY_ID";
const ALGORITHMS: &str = "TESSERA_SIGNING_ALGS";

/// What signs; `None` when the configuration names nothing that may.
pub(crate) fn read_signer(
    environment: &dyn Environment,
    authentication: &Authentication,
    clock: &Clock,
    errors: &mut Vec<Error>,
) -> Option<TokenSigner> {
    match (text(environment, KEY_ARN), text(environment, KMS_KEY)) {
        (Some(_), Some(_)) => {
            errors.push(Error::Conflict {
                first: KEY_ARN,
                second: KMS_KEY,
                reason: "drop one, so that it is clear which key signs",
            });
            None
        }
        (Some(_), None) | (None, Some(_)) if has_api_secret(environment) => {
            errors.push(Error::Conflict {
                first: if text(environment, KEY_ARN).is_some() { KEY_ARN } else { KMS_KEY },
                second: "CUBEJS_API_SECRET",
                reason: "drop one (TESSERA_API_SECRET_ARN and CUBEJS_JWT_KEY count as well), so \
                         that it is clear which key signs",
            });
            None
        }
        (Some(arn), None) => {
            let algorithms = or_report(signing_algorithms(environment), errors)?;
            let policy = Policy { algorithms, ..authentication.policy.clone() };
            let (every, extension) = (of_secrets(environment, errors), extension(environment));
            let clock = Arc::clone(clock);
            let source = KeySource::secrets_manager(arn, extension, policy.clone(), every, clock);
            Some(TokenSigner::Keys { source, policy: Box::new(policy) })
        }
        (None, Some(key)) => {
            let every = of_secrets(environment, errors);
            Some(TokenSigner::Kms(KmsKey::new(key, every, Arc::clone(clock))))
        }
        (None, None) => {
            let source = read_keys(environment, authentication, Arc::clone(clock), errors)?;
            let policy = Box::new(authentication.policy.clone());
            Some(TokenSigner::Keys { source, policy })
        }
    }
}

/// A private key signs with the first of these that it is for.
pub(crate) fn signing_algorithms(environment: &dyn Environment) -> Result<Algorithms, Error> {
    let Some(names) = list(environment, ALGORITHMS) else {
        return Ok(Algorithms::of_public_keys());
    };
    Algorithms::from_names(names.iter().map(String::as_str))
        .ok()
        .filter(|algorithms| !algorithms.need_secret())
        .ok_or(Error::Invalid {
            variable: ALGORITHMS,
            expected: "a list of algorithms of private keys: ES256, EdDSA, RS256 or the like",
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Map, clock};

    const SECRET: (&str, &str) = ("CUBEJS_API_SECRET", "a-secret-of-more-than-32-bytes-a-secret");

    fn read(pairs: &[(&str, &str)]) -> (Option<TokenSigner>, Vec<Error>) {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (map, mut errors) = (pairs.collect::<Map>(), Vec::new());
        let authentication = Authentication::read(&map, &mut errors);
        (read_signer(&map, &authentication, &clock(), &mut errors), errors)
    }

    #[test]
    fn a_secret_a_private_key_or_a_key_of_kms_signs() {
        let (signer, errors) = read(&[SECRET]);
        assert!(matches!(signer, Some(TokenSigner::Keys { .. })) && errors.is_empty());
        let (signer, errors) = read(&[(KEY_ARN, "arn"), (ALGORITHMS, "EdDSA")]);
        let Some(TokenSigner::Keys { policy, .. }) = signer else { panic!("{errors:?}") };
        assert_eq!(policy.algorithms, Algorithms::from_names(["EdDSA"]).unwrap());
        let (signer, errors) = read(&[(KMS_KEY, "alias/tokens")]);
        assert!(matches!(signer, Some(TokenSigner::Kms(_))) && errors.is_empty());
    }

    #[test]
    fn two_signers_or_a_bad_list_are_refused_by_name() {
        for (variable, pairs) in [
            (KEY_ARN, vec![(KEY_ARN, "arn"), (KMS_KEY, "key")]),
            (KEY_ARN, vec![(KEY_ARN, "arn"), SECRET]),
            (KMS_KEY, vec![(KMS_KEY, "key"), SECRET]),
            (ALGORITHMS, vec![(KEY_ARN, "arn"), (ALGORITHMS, "HS256")]),
            (ALGORITHMS, vec![(KEY_ARN, "arn"), (ALGORITHMS, "none")]),
            ("CUBEJS_API_SECRET", vec![]),
        ] {
            let (signer, errors) = read(&pairs);
            assert!(signer.is_none() && errors.len() == 1, "{pairs:?} {errors:?}");
            assert!(errors[0].to_string().starts_with(variable), "{}", errors[0]);
        }
    }
}
