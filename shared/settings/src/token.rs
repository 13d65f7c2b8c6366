//! Variables of the token function.

use std::sync::Arc;

use ::auth::Policy;
use ::keys::{ClientSource, Clock, KeyError, TokenSigner, parse_clients};

use crate::intervals::of_secrets;
use crate::keys::extension;
use crate::signer::read_signer;
use crate::{Authentication, Environment, Error, Errors, Http, value::text};

const CLIENTS: &str = "TESSERA_CLIENTS";
const CLIENTS_ARN: &str = "TESSERA_CLIENTS_ARN";

/// The settings of a process that issues tokens.
#[derive(Debug)]
pub struct Issuing {
    /// What `load` demands of a token.
    pub policy: Policy,
    /// What signs.
    pub signer: TokenSigner,
    /// Who may ask.
    pub clients: ClientSource,
    /// The only origins that may read answers; `None` for any.
    pub cors_origins: Option<Vec<String>>,
}

impl Issuing {
    /// Reads every variable.
    ///
    /// # Errors
    /// Everything that is unsafe, incomplete or unreadable, at once.
    pub fn read(environment: &dyn Environment, clock: &Clock) -> Result<Self, Errors> {
        let mut errors = Vec::new();
        let authentication = Authentication::read(environment, &mut errors);
        let signer = read_signer(environment, &authentication, clock, &mut errors);
        let clients = read_clients(environment, Arc::clone(clock), &mut errors);
        let cors_origins = Http::read(environment, &mut errors).cors_origins;
        match (signer, clients) {
            (Some(signer), Some(clients)) if errors.is_empty() => {
                Ok(Self { policy: authentication.policy, signer, clients, cors_origins })
            }
            _ => Err(Errors(errors)),
        }
    }
}

/// Where the list of clients comes from; `None` when the configuration has no good one.
pub fn read_clients(
    environment: &dyn Environment,
    clock: Clock,
    errors: &mut Vec<Error>,
) -> Option<ClientSource> {
    let refused = match (text(environment, CLIENTS), text(environment, CLIENTS_ARN)) {
        (Some(_), Some(_)) => Error::Conflict {
            first: CLIENTS,
            second: CLIENTS_ARN,
            reason: "drop one, so that it is clear who is a client",
        },
        (None, Some(arn)) => {
            let (every, extension) = (of_secrets(environment, errors), extension(environment));
            return Some(ClientSource::secrets_manager(arn, extension, every, clock));
        }
        (Some(json), None) => match parse_clients(&json) {
            Ok(clients) => return Some(ClientSource::Environment(Arc::new(clients))),
            Err(KeyError::Clients { reason }) => Error::Unsafe { variable: CLIENTS, reason },
            Err(_) => Error::Invalid { variable: CLIENTS, expected: "a list of clients" },
        },
        (None, None) => Error::Missing {
            variable: CLIENTS_ARN,
            reason: "without a list of clients nobody can be given a token (or set TESSERA_CLIENTS)",
        },
    };
    errors.push(refused);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Map, clock};

    fn read<const N: usize>(pairs: [(&str, &str); N]) -> (Option<ClientSource>, Vec<Error>) {
        let mut errors = Vec::new();
        let source = read_clients(&Map::from(pairs), clock(), &mut errors);
        (source, errors)
    }

    #[test]
    fn clients_come_from_the_environment_or_from_secrets_manager() {
        let json = r#"{"clients":[{"id":"shop","secret":"0123456789abcdef"}]}"#;
        let (source, errors) = read([("TESSERA_CLIENTS", json)]);
        let Some(ClientSource::Environment(clients)) = source else { unreachable!() };
        assert_eq!(clients[0].id, "shop");
        assert!(errors.is_empty());
        let (source, errors) = read([("TESSERA_CLIENTS_ARN", "arn")]);
        assert!(matches!(source, Some(ClientSource::SecretsManager(_))) && errors.is_empty());
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let said = Issuing::read(&Map::from([("CUBEJS_JWT_ALGS", "none")]), &clock()).unwrap_err();
        let said = said.to_string();
        for variable in ["CUBEJS_JWT_ALGS", "CUBEJS_API_SECRET", "TESSERA_CLIENTS_ARN"] {
            assert!(said.contains(variable), "{said}");
        }
        let whole = Issuing::read(
            &Map::from([
                ("CUBEJS_API_SECRET", "a-secret-of-more-than-32-bytes-a-secret"),
                ("TESSERA_CLIENTS_ARN", "arn"),
                ("TESSERA_CORS_ORIGINS", "https://shop.example"),
            ]),
            &clock(),
        );
        assert_eq!(whole.unwrap().cors_origins.unwrap(), ["https://shop.example"]);
    }

    #[test]
    fn no_list_two_lists_and_a_bad_list_are_refused() {
        assert!(matches!(read([]).1.as_slice(), [Error::Missing { .. }]));
        let both = [("TESSERA_CLIENTS", "{}"), ("TESSERA_CLIENTS_ARN", "arn")];
        assert!(matches!(read(both).1.as_slice(), [Error::Conflict { .. }]));
        let (source, errors) = read([("TESSERA_CLIENTS", r#"{"clients":[{"id":"hunter2"}]}"#)]);
        assert!(source.is_none());
        assert!(!errors[0].to_string().contains("hunter2"), "{}", errors[0]);
    }
}
