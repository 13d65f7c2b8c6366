//! Variables of the export of spans, in OpenTelemetry's own names (OpenTelemetry Specification, "OpenTelemetry Protocol
//! Exporter" and "Environment Variable Specification").

use std::sync::Arc;
use std::time::Duration;

use ::keys::{Clock, Web, WebAddress, WebHeaders};
use percent_encoding::percent_decode_str;
use traces::{Attribute, Options, Posted, Sampler, Traces};

use crate::auth::or_report;
use crate::pem::pem;
use crate::value::{number, text};
use crate::{Environment, Error};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const CERTIFICATE: Pair =
    Pair("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE");
const HEADERS: Pair = Pair("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS");
const PROTOCOL: Pair = Pair("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
const TIMEOUT: Pair = Pair("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT");
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// The standard says ten seconds; here somebody waits.
const DEFAULT_TIMEOUT_MS: u32 = 1000;

/// What AWS Lambda says of a function, by the names that OpenTelemetry has for it.
const OF_LAMBDA: &[(&str, &str)] = &[
    ("faas.name", "AWS_LAMBDA_FUNCTION_NAME"),
    ("faas.version", "AWS_LAMBDA_FUNCTION_VERSION"),
    ("cloud.region", "AWS_REGION"),
];

/// A variable for traces alone, and the one for everything that is exported, which it stands over.
struct Pair(&'static str, &'static str);

impl Pair {
    /// The one that is set, if any is.
    fn name(&self, environment: &dyn Environment) -> &'static str {
        if text(environment, self.0).is_some() { self.0 } else { self.1 }
    }
}

/// Where spans go, if an endpoint is set and something may be sampled. Without one no other of these variables is looked
/// at.
pub(crate) fn traces(
    environment: &dyn Environment,
    clock: &Clock,
    errors: &mut Vec<Error>,
) -> Option<Arc<Traces>> {
    let (variable, url) = endpoint(environment)?;
    let before = errors.len();
    or_report(protocol(environment), errors);
    let address = WebAddress::parse_private(&url).map_err(|_| Error::Invalid {
        variable,
        expected: "an https URL without query, or one of http on this machine or in a private network",
    });
    let address = or_report(address, errors);
    let headers = or_report(headers(environment, address.as_ref()), errors);
    let timeout = or_report(timeout(environment), errors);
    let web = or_report(web(environment, timeout.unwrap_or_default()), errors);
    let sampler = or_report(sampler(environment), errors);
    let resource = or_report(resource(environment), errors);
    if errors.len() > before {
        return None;
    }
    let options = Options { resource: resource?, sampler: sampler??, timeout: timeout? };
    let to = Arc::new((web?, address?, headers?));
    let post = move |document| -> Posted {
        let to = Arc::clone(&to);
        Box::pin(async move {
            let (web, address, headers) = &*to;
            web.post(address, headers, document).await
        })
    };
    let clock = Arc::clone(clock);
    Some(Arc::new(Traces::new(options, move || clock().wall, random, Box::new(post))))
}

fn random() -> Option<u128> {
    u128::from_str_radix(&::auth::random_id().ok()?, 16).ok()
}

/// The variable, and the URL that spans are posted to: the one for traces as it is, the other with the standard's path.
fn endpoint(environment: &dyn Environment) -> Option<(&'static str, String)> {
    if let Some(url) = text(environment, TRACES_ENDPOINT) {
        return Some((TRACES_ENDPOINT, url));
    }
    let base = text(environment, ENDPOINT)?;
    // Behind a query no path can follow: what stands there then is no URL.
    let base = if base.contains('?') { String::new() } else { base };
    Some((ENDPOINT, format!("{}/v1/traces", base.trim_end_matches('/'))))
}

fn protocol(environment: &dyn Environment) -> Result<(), Error> {
    let variable = PROTOCOL.name(environment);
    match text(environment, variable).as_deref() {
        None | Some("http/json") => Ok(()),
        Some(_) => Err(Error::Invalid {
            variable,
            expected: "http/json: spans are sent as JSON, which collectors take at the port of HTTP, 4318",
        }),
    }
}

/// They hold keys: nobody may read along.
fn headers(
    environment: &dyn Environment,
    address: Option<&WebAddress>,
) -> Result<WebHeaders, Error> {
    let variable = HEADERS.name(environment);
    let mut headers = WebHeaders::default();
    for (name, value) in pairs(environment, variable)? {
        headers.add(&name, &value).map_err(|_| Error::Invalid {
            variable,
            expected: "headers as name=value with commas between, percent-encoded, and none that \
                       says where a message ends or leads",
        })?;
    }
    if !headers.is_empty() && address.is_some_and(|address| !address.is_confidential()) {
        return Err(Error::Unsafe {
            variable,
            reason: "headers hold keys, and are sent over https or to this machine alone",
        });
    }
    Ok(headers)
}

fn timeout(environment: &dyn Environment) -> Result<Duration, Error> {
    let milliseconds = number(
        environment,
        TIMEOUT.name(environment),
        DEFAULT_TIMEOUT_MS,
        1..=60_000,
        "a whole number of milliseconds from 1 to 60000",
    )?;
    Ok(Duration::from_millis(milliseconds.into()))
}

fn web(environment: &dyn Environment, timeout: Duration) -> Result<Web, Error> {
    let variable = CERTIFICATE.name(environment);
    let roots = pem(environment, variable)?;
    Web::new(roots.as_deref(), timeout).map_err(|_| Error::Invalid {
        variable,
        expected: "PEM text with a certificate, or the path of such a file",
    })
}

/// Nothing for none at all.
fn sampler(environment: &dyn Environment) -> Result<Option<Sampler>, Error> {
    match text(environment, SAMPLER).as_deref() {
        None | Some("parentbased_always_on") => Ok(Some(Sampler::AlwaysOn)),
        Some("always_off") => Ok(None),
        Some("parentbased_traceidratio") => {
            let share = text(environment, SAMPLER_ARGUMENT).map_or(Ok(1.0), |share| share.parse());
            let share = share.ok().filter(|share: &f64| (0.0..=1.0).contains(share));
            let expected = "a number from 0 to 1";
            let share = share.ok_or(Error::Invalid { variable: SAMPLER_ARGUMENT, expected })?;
            Ok(Some(Sampler::Ratio(share)))
        }
        Some(_) => Err(Error::Invalid {
            variable: SAMPLER,
            expected: "parentbased_always_on, parentbased_traceidratio or always_off",
        }),
    }
}

fn resource(environment: &dyn Environment) -> Result<Vec<Attribute>, Error> {
    let mut known = pairs(environment, RESOURCE_ATTRIBUTES)?;
    let mut name = |key: &str, value: Option<String>| {
        if let Some(value) = value
            && known.iter().all(|(known, _)| known != key)
        {
            known.push((key.to_owned(), value));
        }
    };
    for (key, variable) in OF_LAMBDA {
        name(key, text(environment, variable));
    }
    if text(environment, "AWS_LAMBDA_FUNCTION_NAME").is_some() {
        name("cloud.provider", Some("aws".to_owned()));
        name("cloud.platform", Some("aws_lambda".to_owned()));
    }
    name("service.version", Some(env!("CARGO_PKG_VERSION").to_owned()));
    let service = text(environment, SERVICE_NAME);
    if service.is_some() {
        known.retain(|(key, _)| key != "service.name");
    }
    let mut attributes: Vec<Attribute> = Vec::with_capacity(known.len() + 1);
    if known.iter().all(|(key, _)| key != "service.name") {
        let service = service.unwrap_or_else(|| "tessera".to_owned());
        attributes.push(Attribute::new("service.name", service));
    }
    attributes.extend(known.into_iter().map(|(key, value)| Attribute::new(key, value)));
    Ok(attributes)
}

/// `name=value` with commas between, both percent-encoded (W3C Baggage, section 3.3.1).
fn pairs(
    environment: &dyn Environment,
    variable: &'static str,
) -> Result<Vec<(String, String)>, Error> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text.trim()).decode_utf8().ok()?;
        Some(text.into_owned()).filter(|text| !text.is_empty())
    };
    let pair = |item: &str| {
        let (name, value) = item.split_once('=')?;
        Some((decoded(name)?, decoded(value)?))
    };
    let items = crate::value::list(environment, variable).unwrap_or_default();
    items.iter().map(|item| pair(item)).collect::<Option<_>>().ok_or(Error::Invalid {
        variable,
        expected: "name=value with commas between, percent-encoded",
    })
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
