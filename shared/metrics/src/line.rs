//! The line: a JSON document that CloudWatch reads metrics from.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{Measure, NAMESPACE};

/// The dimension that every metric has.
const FUNCTION: &str = "function";

/// What was measured at once.
#[derive(Debug, Clone, Default)]
pub struct Line<'a> {
    /// Names and values that metrics are told apart by, besides the function.
    pub dimensions: Vec<(&'static str, &'a str)>,
    /// The metrics; their names differ from each other and from those of dimensions and properties.
    pub measures: Vec<Measure>,
    /// What else the line says.
    pub properties: Vec<(&'static str, &'a str)>,
}

impl Line<'_> {
    /// Metrics are summed up for the function, and apart for the dimensions.
    pub(crate) fn document(&self, function: &str, now: Duration) -> Value {
        let names: Vec<&str> = std::iter::once(FUNCTION)
            .chain(self.dimensions.iter().map(|(name, _)| *name))
            .collect();
        let mut sets = vec![json!([FUNCTION])];
        if names.len() > 1 {
            sets.push(json!(names));
        }
        let metrics: Vec<Value> = self
            .measures
            .iter()
            .map(|measure| json!({ "Name": measure.name, "Unit": measure.unit.as_str() }))
            .collect();
        let mut document = Map::new();
        document.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
                "CloudWatchMetrics": [
                    { "Namespace": NAMESPACE, "Dimensions": sets, "Metrics": metrics },
                ],
            }),
        );
        document.insert(FUNCTION.to_owned(), json!(function));
        for (name, value) in self.dimensions.iter().chain(&self.properties) {
            document.insert((*name).to_owned(), json!(value));
        }
        for measure in &self.measures {
            document.insert(measure.name.to_owned(), json!(measure.value));
        }
        Value::Object(document)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::Metrics;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn metrics(sink: &Sink) -> Metrics {
        Metrics::new("load".to_owned(), || Duration::from_millis(1_800_000_000_123), sink.clone())
    }

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let sink = Sink::default();
        let line = Line {
            dimensions: vec![("route", "load")],
            measures: vec![
                Measure::count("Rows", 3),
                Measure::milliseconds("Duration", Duration::from_nanos(1_234_567)),
            ],
            properties: vec![("request.id", "a\"b\n")],
        };
        metrics(&sink).write(&line).unwrap();
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert!(text.ends_with('\n') && text.lines().count() == 1, "{text:?}");
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "_aws": {
                    "Timestamp": 1_800_000_000_123_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Tessera",
                        "Dimensions": [["function"], ["function", "route"]],
                        "Metrics": [
                            { "Name": "Rows", "Unit": "Count" },
                            { "Name": "Duration", "Unit": "Milliseconds" },
                        ],
                    }],
                },
                "function": "load",
                "route": "load",
                "request.id": "a\"b\n",
                "Rows": 3.0,
                "Duration": 1.235,
            })
        );
    }

    #[test]
    fn nothing_measured_is_no_line() {
        let sink = Sink::default();
        metrics(&sink).write(&Line::default()).unwrap();
        assert!(sink.0.lock().unwrap().is_empty());
    }
}
