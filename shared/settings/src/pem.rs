//! PEM texts, in a variable or in the file that it names.

use database::Pem;
use secrecy::ExposeSecret;

use crate::{Environment, Error, value::text};

/// PEM text that stands in `variable`, or in the file it names.
///
/// # Errors
/// [`Error::Invalid`] for a file that cannot be read or holds no PEM text.
pub(crate) fn pem(
    environment: &dyn Environment,
    variable: &'static str,
) -> Result<Option<String>, Error> {
    match pem_source(environment, variable)? {
        None => Ok(None),
        Some(Pem::Text(text)) => Ok(Some(text.expose_secret().to_owned())),
        Some(Pem::File(path)) => match std::fs::read_to_string(path) {
            Ok(content) => Ok(Some(content)),
            Err(_) => Err(no_pem(variable)),
        },
    }
}

/// The same where a file may be replaced while the process runs: the file must hold PEM text now,
/// and is read again by whoever uses it.
///
/// # Errors
/// As [`pem`].
pub(crate) fn pem_source(
    environment: &dyn Environment,
    variable: &'static str,
) -> Result<Option<Pem>, Error> {
    let Some(value) = text(environment, variable) else {
        return Ok(None);
    };
    if is_pem(&value) {
        return Ok(Some(Pem::from(value)));
    }
    if std::fs::read_to_string(&value).is_ok_and(|content| is_pem(&content)) {
        return Ok(Some(Pem::File(value.into())));
    }
    Err(no_pem(variable))
}

fn is_pem(text: &str) -> bool {
    text.contains("-----BEGIN ")
}

fn no_pem(variable: &'static str) -> Error {
    Error::Invalid { variable, expected: "PEM text, or the path of a readable PEM file" }
}
