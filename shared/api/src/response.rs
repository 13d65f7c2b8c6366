//! The bodies of answers, written once into bytes.
//!
//! Cube 1.7.25, `packages/cubejs-api-gateway/src/gateway.ts`, `getResultInternal` and `load`.

use bytes::Bytes;
use model::DataModel;
use planner::Projection;
use query::{Echo, NormalizedRequest};
use serde::Serialize;

use crate::{App, annotation::Annotation, error::Error, execute::Data};

/// The rows of one query, and what they mean.
pub(crate) struct QueryResult<'a> {
    pub(crate) echo: &'a Echo,
    pub(crate) projection: &'a Projection,
    pub(crate) data: Data,
    /// Digits.
    pub(crate) total: Option<Bytes>,
}

/// Everything of a result before its rows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    query: &'a Echo,
    last_refresh_time: &'a str,
    annotation: Annotation<'a>,
    data_source: &'a str,
    db_type: &'static str,
    external: bool,
    slow_query: bool,
}

/// The body of `/v1/load`: one result, or the several that a client of `queryType=multi` expects.
pub(crate) fn write(
    app: &App,
    model: &DataModel,
    asked: &NormalizedRequest,
    results: &[QueryResult<'_>],
    is_multi: bool,
) -> Result<Bytes, Error> {
    let rows_bytes: usize = results.iter().map(|result| result.data.json.len()).sum();
    let mut out = Vec::with_capacity(rows_bytes + 2048 * results.len() + 1024);
    let refreshed = refresh_time(app);
    if is_multi {
        out.extend_from_slice(b"{\"queryType\":");
        append(&mut out, &asked.query_type)?;
        out.extend_from_slice(b",\"results\":[");
        for (index, result) in results.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_result(model, result, &refreshed, &mut out)?;
        }
        out.extend_from_slice(b"],\"pivotQuery\":");
        append(&mut out, &asked.pivot_query())?;
        out.extend_from_slice(b",\"slowQuery\":false}");
    } else {
        for result in results.iter().take(1) {
            write_result(model, result, &refreshed, &mut out)?;
        }
    }
    if app.options.answer_limit.allows(&out) {
        Ok(Bytes::from(out))
    } else {
        Err(Error::ResultTooLarge { max_bytes: app.options.answer_limit.bytes() })
    }
}

fn write_result(
    model: &DataModel,
    result: &QueryResult<'_>,
    refreshed: &str,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let projection = result.projection;
    append(
        out,
        &Head {
            query: result.echo,
            last_refresh_time: refreshed,
            annotation: Annotation::new(model, &projection.columns, &projection.segments),
            data_source: &projection.data_source,
            db_type: "postgres",
            external: false,
            slow_query: false,
        },
    )?;
    // The head is an object with members: what follows takes the place of its closing brace.
    out.pop();
    if let Some(total) = &result.total {
        out.extend_from_slice(b",\"total\":");
        out.extend_from_slice(total);
    }
    out.extend_from_slice(b",\"data\":");
    out.extend_from_slice(&result.data.json);
    out.push(b'}');
    Ok(())
}

/// The moment of the answer: nothing in it is older. `2026-11-22T03:59:57.521Z`.
fn refresh_time(app: &App) -> String {
    app.now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn append(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(out, value).map_err(Error::Unwritable)
}

/// JSON of `value`.
pub(crate) fn body(value: &impl Serialize) -> Result<Bytes, Error> {
    serde_json::to_vec(value).map(Bytes::from).map_err(Error::Unwritable)
}
