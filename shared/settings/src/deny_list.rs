//! Where tokens that were taken back are written down: a secret, or the table of the ledger.

use std::sync::Arc;

use futures_util::FutureExt;
use keys::{Clock, DenyListSource, KeyError};
use ledger::Ledger;

use crate::{Environment, Error, intervals::of_secrets, keys::extension, value::text};

const SECRET: &str = "TESSERA_DENY_LIST_ARN";
const TABLE: &str = "TESSERA_LEDGER_TABLE";

/// The deny-list, if any is configured. Nothing is fetched.
pub(crate) fn deny_list(
    environment: &dyn Environment,
    clock: Clock,
    errors: &mut Vec<Error>,
) -> Option<DenyListSource> {
    match (text(environment, SECRET), text(environment, TABLE)) {
        (Some(_), Some(_)) => {
            errors.push(Error::Conflict {
                first: SECRET,
                second: TABLE,
                reason: "drop one, so that it is clear where tokens are taken back",
            });
            None
        }
        (Some(arn), None) => {
            let (every, extension) = (of_secrets(environment, errors), extension(environment));
            Some(DenyListSource::secrets_manager(arn, extension, every, clock))
        }
        (None, Some(table)) => {
            let every = of_secrets(environment, errors);
            let ledger = Arc::new(Ledger::new(table));
            Some(DenyListSource::new(every, clock, move || {
                let ledger = Arc::clone(&ledger);
                async move { ledger.deny_list().await.map_err(of_ledger) }.boxed()
            }))
        }
        (None, None) => None,
    }
}

/// The table that is written to, if any is configured. Nothing is connected to.
pub(crate) fn ledger(environment: &dyn Environment) -> Option<Arc<Ledger>> {
    text(environment, TABLE).map(|table| Arc::new(Ledger::new(table)))
}

fn of_ledger(error: ledger::Error) -> KeyError {
    match error {
        ledger::Error::Unavailable { code } => KeyError::Unavailable { code },
        ledger::Error::Malformed { reason } => KeyError::DenyList { reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Map, clock};

    #[test]
    fn it_is_off_unless_it_is_configured_in_one_place() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let mut errors = Vec::new();
            (deny_list(&pairs.collect::<Map>(), clock(), &mut errors).is_some(), errors.len())
        };
        assert_eq!(read(&[]), (false, 0));
        assert_eq!(read(&[(SECRET, "arn")]), (true, 0));
        assert_eq!(read(&[(TABLE, "tessera")]), (true, 0));
        assert_eq!(read(&[(SECRET, "arn"), (TABLE, "tessera")]), (false, 1));
    }
}
