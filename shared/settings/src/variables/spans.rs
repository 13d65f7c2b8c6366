//! Variables: the export of spans, in OpenTelemetry's own names.

use super::{LIST, PEM, Variable, used};

const FOR_TRACES: &str = "the same, over the one of its name for all signals";

pub(super) const SPANS: &[Variable] = &[
    used(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        "",
        "the collector that spans of requests are sent to, at /v1/traces below this URL: https, or \
         http on this machine or in a private network",
    ),
    used(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "",
        "",
        "the same with the path as it is, in the place of the one before",
    ),
    used(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "",
        LIST,
        "headers sent along, name=value, percent-encoded; over https or to this machine alone",
    ),
    used("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "", LIST, FOR_TRACES),
    used("OTEL_EXPORTER_OTLP_TIMEOUT", "1000", "milliseconds", "the collector has so long"),
    used("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "", "milliseconds", FOR_TRACES),
    used("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "", "no other is spoken"),
    used("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "", "", FOR_TRACES),
    used(
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "",
        PEM,
        "an authority besides the web's, for the collector",
    ),
    used("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "", PEM, FOR_TRACES),
    used("OTEL_SERVICE_NAME", "tessera", "", "what spans call this service"),
    used(
        "OTEL_RESOURCE_ATTRIBUTES",
        "",
        LIST,
        "what else spans say of it, name=value, percent-encoded",
    ),
    used(
        "OTEL_TRACES_SAMPLER",
        "parentbased_always_on",
        "",
        "which requests become spans where their caller does not decide; also \
         parentbased_traceidratio, always_off",
    ),
    used("OTEL_TRACES_SAMPLER_ARG", "1", "", "the share of parentbased_traceidratio, from 0 to 1"),
];
