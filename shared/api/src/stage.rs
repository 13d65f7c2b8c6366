//! The stage of an API Gateway, which stands before every path under its own host name.

use axum::http::Uri;

/// The address without the stage in its path (`/prod/cubejs-api/v1/load`), or nothing when the path
/// does not begin with it: an API on a custom domain, or with the stage `$default`.
///
/// AWS, "Working with stages for HTTP APIs" and the `path` of the REST payload 1.0.
pub fn without_stage(uri: &Uri, stage: &str) -> Option<Uri> {
    let path = uri.path().strip_prefix('/')?.strip_prefix(stage)?;
    if stage.is_empty() || !path.starts_with('/') {
        return None;
    }
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(uri: &str, stage: &str) -> Option<String> {
        without_stage(&uri.parse().unwrap(), stage).map(|uri| uri.to_string())
    }

    #[test]
    fn a_stage_is_taken_off_the_path_and_nothing_else() {
        assert_eq!(
            stripped("https://h/prod/cubejs-api/v1/load?query=%7B%7D", "prod").as_deref(),
            Some("https://h/cubejs-api/v1/load?query=%7B%7D")
        );
        assert_eq!(stripped("https://h/prod/livez", "prod").as_deref(), Some("https://h/livez"));
    }

    #[test]
    fn a_path_without_the_stage_stays() {
        for (uri, stage) in [
            ("https://h/cubejs-api/v1/load", "$default"),
            ("https://h/cubejs-api/v1/load", "prod"),
            ("https://h/production/livez", "prod"),
            ("https://h/prod", "prod"),
            ("https://h//livez", ""),
        ] {
            assert_eq!(stripped(uri, stage), None, "{uri} {stage}");
        }
    }
}
