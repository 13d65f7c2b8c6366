//! Masks: what stands in the place of a value that a caller may not see.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`, `MaskSchema`.

use super::only_sql;
use super::policy::expected;
use crate::fields::Fields;
use crate::report::{Report, Sourced};
use crate::yaml::Value;

#[derive(Debug, Clone)]
pub(crate) enum Mask {
    Sql(Sourced),
    Number(String),
    Boolean(bool),
    Text(String),
}

/// Reads `mask` of a measure or dimension.
pub(super) fn mask(fields: &Fields<'_>, file: usize, report: &mut Report<'_>) -> Option<Mask> {
    let entry = fields.entry("mask")?;
    match &entry.value.value {
        Value::Map(_) => {
            let owner = format!("the mask of {}", fields.owner);
            only_sql(&entry.value, file, owner, report).map(Mask::Sql)
        }
        Value::Scalar { text, is_plain, .. } if !entry.value.is_null() => {
            Some(match (is_plain, entry.value.describe()) {
                (true, "true or false") => Mask::Boolean(text.eq_ignore_ascii_case("true")),
                (true, _) if is_number(text) => Mask::Number(text.clone()),
                _ => Mask::Text(text.clone()),
            })
        }
        Value::Scalar { .. } | Value::List(_) => {
            let found = entry.value.describe();
            expected(fields, "mask", "a number, a text, true or false, or `sql`", found, report);
            None
        }
    }
}

/// A plain decimal number, which stands in SQL as it is written.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_mask_can_stand_in_sql() {
        for number in ["0", "-1", "12345", "0.5", "+2"] {
            assert!(is_number(number), "{number}");
        }
        for other in ["", "-", ".5", "1.", "1e3", "0x1", "1;", "NaN", "--1", "1_0"] {
            assert!(!is_number(other), "{other}");
        }
    }
}
