//! The query of a request, from its URL or its body.

use std::time::Duration;

use axum::{
    body::Body,
    http::{
        Method,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
        request::Parts,
    },
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use query::{CacheMode, Request, Rule, json};

use crate::{error::Error, unserved::Unserved};

/// How long a body may take to arrive. API Gateway hands it over whole; a server is sent it slowly.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What a request asks for, and in which form it understands an answer.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) request: Request,
    /// `queryType=multi`: several results may come.
    pub(crate) is_multi: bool,
}

/// Reads `query`, `queryType` and `cache`: parameters of the URL of a `GET`, keys of the JSON body
/// of a `POST`, whose `query` may be JSON or the text of it. Every other parameter and key is left
/// alone: none of them says who is asking.
pub(crate) async fn read(parts: &Parts, body: Body, max_bytes: usize) -> Result<Incoming, Error> {
    read_as(parts, body, max_bytes, Languages::Json).await
}

/// The same where `format=sql` says that `query` is SQL, which is refused.
pub(crate) async fn read_unless_sql(
    parts: &Parts,
    body: Body,
    max_bytes: usize,
) -> Result<Incoming, Error> {
    read_as(parts, body, max_bytes, Languages::JsonAndSql).await
}

/// What a query of a route may be written in. A `format` that is not `sql` is JSON, as in Cube.
#[derive(Debug, Clone, Copy)]
enum Languages {
    Json,
    JsonAndSql,
}

impl Languages {
    fn check(self, format: Option<&str>) -> Result<(), Error> {
        match (self, format) {
            (Self::JsonAndSql, Some("sql")) => Err(Error::NotServed(Unserved::SqlText)),
            (Self::JsonAndSql | Self::Json, _) => Ok(()),
        }
    }
}

async fn read_as(
    parts: &Parts,
    body: Body,
    max_bytes: usize,
    languages: Languages,
) -> Result<Incoming, Error> {
    if parts.method == Method::POST {
        check_media_type(parts)?;
        let body = read_body(parts, body, max_bytes).await?;
        from_body(&body, languages)
    } else {
        from_url(parts.uri.query().unwrap_or_default(), languages)
    }
}

fn from_url(query_string: &str, languages: Languages) -> Result<Incoming, Error> {
    let parameter = |name: &str| {
        form_urlencoded::parse(query_string.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    languages.check(parameter("format").as_deref())?;
    let query = parameter("query").unwrap_or_default();
    let query_type = parameter("queryType");
    assemble(query::parse(query.as_bytes())?, query_type.as_deref(), parameter("cache").as_deref())
}

fn from_body(body: &Bytes, languages: Languages) -> Result<Incoming, Error> {
    if body.is_empty() {
        return Err(query::Error::Missing.into());
    }
    let body = json::read(body)?;
    let text_of = |key: &str| body.get(key).and_then(json::Value::as_text);
    languages.check(text_of("format"))?;
    let request = match body.get("query") {
        None | Some(json::Value::Null) => return Err(query::Error::Missing.into()),
        Some(json::Value::Text(text)) => query::parse(text.as_bytes())?,
        Some(value) => Request::from_value(value.clone())?,
    };
    assemble(request, text_of("queryType"), text_of("cache"))
}

fn assemble(
    mut request: Request,
    query_type: Option<&str>,
    cache: Option<&str>,
) -> Result<Incoming, Error> {
    if let Some(word) = cache {
        let mode = CacheMode::parse(word).ok_or(query::Error::Malformed {
            path: "cache".to_owned(),
            rule: Rule::OneOf(&[
                "stale-if-slow",
                "stale-while-revalidate",
                "must-revalidate",
                "no-cache",
            ]),
        })?;
        let queries = std::mem::take(&mut request.queries);
        request.queries = queries.into_iter().map(|query| query.with_cache_mode(mode)).collect();
    }
    Ok(Incoming { request, is_multi: query_type == Some("multi") })
}

/// JSON in UTF-8 (RFC 8259 section 8.1), not compressed.
fn check_media_type(parts: &Parts) -> Result<(), Error> {
    let mut types = parts.headers.get_all(CONTENT_TYPE).iter();
    let (Some(media_type), None) = (types.next(), types.next()) else {
        return Err(Error::NotJson);
    };
    let media_type = media_type.to_str().unwrap_or_default();
    let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    let is_utf8 = parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"));
    let is_plain = parts
        .headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if essence.trim().eq_ignore_ascii_case("application/json") && is_utf8 && is_plain {
        Ok(())
    } else {
        Err(Error::NotJson)
    }
}

/// The whole body, unless it is too long or too slow.
async fn read_body(parts: &Parts, body: Body, max_bytes: usize) -> Result<Bytes, Error> {
    let announced: Option<usize> =
        parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes| bytes > max_bytes) {
        return Err(Error::BodyTooLarge { max_bytes });
    }
    let collected = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, max_bytes).collect());
    match collected.await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Error::BodyTooLarge { max_bytes }),
        Ok(Err(_)) => Err(Error::BrokenBody),
        Err(_elapsed) => Err(Error::SlowBody),
    }
}
