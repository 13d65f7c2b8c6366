use super::*;
use crate::{Map, clock};

const HERE: (&str, &str) = (ENDPOINT, "http://localhost:4318");

fn map(pairs: &[(&str, &str)]) -> Map {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Whether spans are sent, or what is wrong.
fn read(pairs: &[(&str, &str)]) -> Result<bool, String> {
    let mut errors = Vec::new();
    let traces = traces(&map(pairs), &clock(), &mut errors);
    if errors.is_empty() { Ok(traces.is_some()) } else { Err(crate::Errors(errors).to_string()) }
}

#[test]
fn nothing_is_sent_without_an_endpoint_or_with_a_sampler_that_takes_nothing() {
    assert_eq!(read(&[]), Ok(false));
    assert_eq!(read(&[(ENDPOINT, " ")]), Ok(false));
    assert_eq!(read(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), (SAMPLER, "x")]), Ok(false));
    assert_eq!(read(&[HERE]), Ok(true));
    assert_eq!(read(&[HERE, (SAMPLER, "always_off")]), Ok(false));
}

#[test]
fn the_endpoint_of_all_signals_gets_a_path_and_that_of_traces_none() {
    let of = |pairs: &[(&str, &str)]| endpoint(&map(pairs)).unwrap().1;
    assert_eq!(of(&[HERE]), "http://localhost:4318/v1/traces");
    assert_eq!(of(&[(ENDPOINT, "https://a.example/otlp/")]), "https://a.example/otlp/v1/traces");
    assert_eq!(of(&[HERE, (TRACES_ENDPOINT, "https://b.example/x/")]), "https://b.example/x/");
}

#[test]
fn a_bad_value_is_named_and_not_shown() {
    let bad = [
        (ENDPOINT, "localhost:4318"),
        (ENDPOINT, "http://collector.example:4318"),
        (ENDPOINT, "https://a.example/?canary=1"),
        (TRACES_ENDPOINT, "https://canary:canary@a.example/v1/traces"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "canary"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=%ff"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=canary%0a"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "host=canary"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "=canary"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1s"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "60001"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "canary"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nonexistent/canary.pem"),
        (RESOURCE_ATTRIBUTES, "canary"),
        (RESOURCE_ATTRIBUTES, "team="),
        (SAMPLER, "always_on"),
        (SAMPLER, "canary"),
    ];
    for (variable, value) in bad {
        let refused = read(&[HERE, (variable, value)]).unwrap_err();
        assert!(refused.starts_with(&format!("{variable} must be ")), "{value}: {refused}");
        assert!(!refused.contains("canary") && !refused.contains("; "), "{value}: {refused}");
    }
    for share in ["-0.1", "1.1", "NaN", "x"] {
        let refused =
            read(&[HERE, (SAMPLER, "parentbased_traceidratio"), (SAMPLER_ARGUMENT, share)]);
        let expected = "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1";
        assert_eq!(refused, Err(expected.to_owned()), "{share}");
    }
}

#[test]
fn headers_are_sent_where_nobody_reads_along() {
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=canary,x-team=a%20b");
    for url in ["http://127.0.0.1:4318", "https://collector.example"] {
        assert_eq!(read(&[(ENDPOINT, url), headers]), Ok(true), "{url}");
    }
    let collector = (ENDPOINT, "http://collector:4318");
    assert_eq!(read(&[collector]), Ok(true));
    let refused = read(&[collector, headers]).unwrap_err();
    assert!(refused.starts_with("OTEL_EXPORTER_OTLP_HEADERS is refused: "), "{refused}");
    assert!(!refused.contains("canary"), "{refused}");
}

#[test]
fn a_ratio_is_a_number_from_0_to_1_and_1_if_none_is_set() {
    let of = |pairs: &[(&str, &str)]| sampler(&map(pairs));
    assert_eq!(of(&[]), Ok(Some(Sampler::AlwaysOn)));
    assert_eq!(of(&[(SAMPLER, "parentbased_always_on")]), Ok(Some(Sampler::AlwaysOn)));
    let ratio = (SAMPLER, "parentbased_traceidratio");
    assert_eq!(of(&[ratio]), Ok(Some(Sampler::Ratio(1.0))));
    assert_eq!(of(&[ratio, (SAMPLER_ARGUMENT, "0.25")]), Ok(Some(Sampler::Ratio(0.25))));
}

#[test]
fn the_resource_says_who_sends() {
    let of = |pairs: &[(&str, &str)]| resource(&map(pairs)).unwrap();
    let is = |attributes: &[Attribute], key: &str, value: &str| {
        attributes.contains(&Attribute::new(key.to_owned(), value.to_owned()))
    };
    let plain = of(&[]);
    assert!(is(&plain, "service.name", "tessera"), "{plain:?}");
    assert_eq!(plain.len(), 2, "{plain:?}");
    let said = of(&[
        (RESOURCE_ATTRIBUTES, "service.name=a, deployment.environment.name=b%2Cc,cloud.region=x"),
        ("AWS_LAMBDA_FUNCTION_NAME", "shop-load"),
        ("AWS_REGION", "eu-central-1"),
    ]);
    for (key, value) in [
        ("service.name", "a"),
        ("deployment.environment.name", "b,c"),
        ("faas.name", "shop-load"),
        ("cloud.region", "x"),
        ("cloud.platform", "aws_lambda"),
    ] {
        assert!(is(&said, key, value), "{key}: {said:?}");
    }
    let named = of(&[(RESOURCE_ATTRIBUTES, "service.name=a"), (SERVICE_NAME, "b")]);
    assert!(is(&named, "service.name", "b") && !is(&named, "service.name", "a"), "{named:?}");
}
