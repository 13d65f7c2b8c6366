//! What stands in the place of values that a caller may not see.
//!
//! Cube 1.7.25, `packages/cubejs-backend-shared/src/env.ts`, `accessPolicyMask*`.

use crate::{Environment, Error, value::text};

const BOOLEAN: &str = "CUBEJS_ACCESS_POLICY_MASK_BOOLEAN";
const NUMBER: &str = "CUBEJS_ACCESS_POLICY_MASK_NUMBER";

/// The masks of members that have none of their own, by type; NULL where nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masks {
    /// `CUBEJS_ACCESS_POLICY_MASK_STRING`
    pub string: Option<String>,
    /// `CUBEJS_ACCESS_POLICY_MASK_TIME`
    pub time: Option<String>,
    /// `CUBEJS_ACCESS_POLICY_MASK_BOOLEAN`
    pub boolean: Option<bool>,
    /// `CUBEJS_ACCESS_POLICY_MASK_NUMBER`: a decimal number.
    pub number: Option<String>,
}

impl Masks {
    /// Reads them.
    pub(crate) fn read(environment: &dyn Environment, errors: &mut Vec<Error>) -> Self {
        let boolean = match text(environment, BOOLEAN) {
            None => None,
            Some(value) if value.eq_ignore_ascii_case("true") => Some(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Some(false),
            Some(_) => {
                errors.push(Error::Invalid { variable: BOOLEAN, expected: "true or false" });
                None
            }
        };
        let number = text(environment, NUMBER);
        if number.as_deref().is_some_and(|number| !is_decimal(number)) {
            let expected = "a decimal number such as -1 or 0.5";
            errors.push(Error::Invalid { variable: NUMBER, expected });
        }
        Self {
            string: text(environment, "CUBEJS_ACCESS_POLICY_MASK_STRING"),
            time: text(environment, "CUBEJS_ACCESS_POLICY_MASK_TIME"),
            boolean,
            number,
        }
    }
}

/// It stands in SQL as it is written.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_could_be_sql_is_no_mask() {
        for number in ["0", "-1", "0.5", "12345"] {
            assert!(is_decimal(number), "{number}");
        }
        for other in ["", "-", "1)", "1e3", "NULL", "1 OR 1", ".5", "1."] {
            assert!(!is_decimal(other), "{other}");
        }
    }
}
