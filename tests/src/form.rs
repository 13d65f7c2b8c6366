//! Forms, as OAuth sends them.

use crate::http::{self, Answer};

/// Posts these fields as `application/x-www-form-urlencoded`.
pub fn post(url: &str, fields: &[(&str, &str)]) -> Answer {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", http::encode(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    http::send("POST", url, &[("content-type", "application/x-www-form-urlencoded")], &body)
}

/// The value of a field in such a form.
pub fn value(body: &str, name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(body.as_bytes());
    fields.find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}
