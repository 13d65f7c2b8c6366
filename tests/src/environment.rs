//! Variables as programs are started with them.

/// One variable.
pub fn variable(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Several of them.
pub fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| variable(name, value)).collect()
}

/// Whether expected files are to be written anew.
#[expect(clippy::disallowed_methods, reason = "the switch of `make golden`, not a setting")]
pub fn is_rewriting() -> bool {
    std::env::var_os("GOLDEN").is_some()
}
