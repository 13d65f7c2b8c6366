//! Variables as programs are started with them.

/// One variable.
pub fn variable(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Several of them.
pub fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| variable(name, value)).collect()
}
