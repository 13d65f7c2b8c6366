//! PEM texts, in a variable or in the file that it names.

use crate::{Environment, Error, value::text};

/// PEM text that stands in `variable`, or in the file it names.
///
/// # Errors
/// [`Error::Invalid`] for a file that cannot be read or holds no PEM text.
pub(crate) fn pem(
    environment: &dyn Environment,
    variable: &'static str,
) -> Result<Option<String>, Error> {
    let Some(value) = text(environment, variable) else {
        return Ok(None);
    };
    if value.contains("-----BEGIN ") {
        return Ok(Some(value));
    }
    std::fs::read_to_string(&value)
        .ok()
        .filter(|content| content.contains("-----BEGIN "))
        .map(Some)
        .ok_or(Error::Invalid {
            variable,
            expected: "PEM text, or the path of a readable PEM file",
        })
}
