//! The claims that audit lines show because the operator named them.

use auth::SecurityContext;
use serde_json::{Map, Value};

/// A claim that is shown: `email`, `tenant.id`, `https://example.com/role`.
#[derive(Debug)]
pub(super) struct ShownClaim {
    pub(super) name: String,
    steps: Vec<String>,
}

impl ShownClaim {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), steps: name.split('.').map(str::to_owned).collect() }
    }

    /// Its value: a text as it is, anything else as JSON. `None` for a caller without it.
    ///
    /// It is looked for in what the data model reads, then in the whole payload, because a claim of
    /// an identity (`email`) stands beside the namespace of the others.
    pub(super) fn of(&self, context: &SecurityContext) -> Option<String> {
        let value = [context.claims(), context.payload()]
            .into_iter()
            .find_map(|claims| claims.get(&self.name).or_else(|| at(claims, &self.steps)))?;
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Some(value.to_string())
            }
        }
    }
}

fn at<'c>(claims: &'c Map<String, Value>, steps: &[String]) -> Option<&'c Value> {
    let (first, rest) = steps.split_first()?;
    rest.iter().try_fold(claims.get(first)?, |value, step| value.as_object()?.get(step))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_found_by_its_name_or_its_path_and_shown_as_text() {
        let context = SecurityContext::for_test(json!({
            "email": "a@b.example",
            "roles": ["admin", "analyst"],
            "tenant": {"id": 7},
            "https://example.com/role": "owner",
            "active": true,
            "nothing": null,
        }));
        for (name, expected) in [
            ("email", Some("a@b.example")),
            ("roles", Some("[\"admin\",\"analyst\"]")),
            ("tenant.id", Some("7")),
            ("tenant", Some("{\"id\":7}")),
            ("https://example.com/role", Some("owner")),
            ("active", Some("true")),
            ("nothing", None),
            ("tenant.name", None),
            ("email.length", None),
            ("__proto__", None),
        ] {
            assert_eq!(ShownClaim::new(name).of(&context).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_claim_beside_the_namespace_is_found_and_one_within_it_wins() {
        let mut policy = auth::Policy::new(auth::Algorithms::of_shared_secrets());
        policy.claims_namespace = Some("ns".to_owned());
        let payload = json!({"email": "a@b.example", "role": "none", "ns": {"role": "admin"}});
        let context = SecurityContext::from_author(payload, &policy).unwrap();
        assert_eq!(ShownClaim::new("email").of(&context).as_deref(), Some("a@b.example"));
        assert_eq!(ShownClaim::new("role").of(&context).as_deref(), Some("admin"));
    }
}
