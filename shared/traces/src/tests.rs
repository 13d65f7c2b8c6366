use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Wire;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span as WireSpan;
use tokio::time::Instant;

use super::*;
use crate::queue::{BATCH, CAPACITY};

/// What the collector is to answer, in turn, then 200; `None` for nothing at all.
type Answers = Arc<Mutex<VecDeque<Option<u16>>>>;

/// Spans, and the collector that they are sent to.
struct Bench {
    traces: Arc<Traces>,
    documents: Arc<Mutex<Vec<String>>>,
    answers: Answers,
}

impl Bench {
    fn new() -> Self {
        let documents: Arc<Mutex<Vec<String>>> = Arc::default();
        let answers = Answers::default();
        let post: Post = {
            let (documents, answers) = (Arc::clone(&documents), Arc::clone(&answers));
            Box::new(move |document| {
                documents.lock().unwrap().push(String::from_utf8(document).unwrap());
                let answer = answers.lock().unwrap().pop_front().unwrap_or(Some(200));
                Box::pin(async move {
                    match answer {
                        Some(status) => Ok(status),
                        None => std::future::pending().await,
                    }
                })
            })
        };
        let count = AtomicU64::new(1);
        let options = Options {
            resource: vec![Attribute::new("service.name", "tessera")],
            sampler: Sampler::AlwaysOn,
            timeout: Duration::from_secs(1),
        };
        let traces = Traces::new(
            options,
            || Duration::from_nanos(1_800_000_000_123_456_789),
            move || Some(count.fetch_add(1, Ordering::Relaxed).into()),
            post,
        );
        Self { traces: Arc::new(traces), documents, answers }
    }

    fn will_answer(&self, answers: impl IntoIterator<Item = Option<u16>>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// So many requests of one span begin and end.
    fn serve(&self, requests: usize) {
        for _ in 0..requests {
            let begun = self.traces.begin(None).unwrap();
            self.traces.end(&begun, request(Vec::new()));
        }
    }

    async fn flush(&self) {
        self.traces.flush(Instant::now() + Duration::from_millis(500)).await;
    }

    /// How many spans each document had.
    fn sent(&self) -> Vec<usize> {
        self.documents.lock().unwrap().iter().map(|document| read(document).len()).collect()
    }
}

fn request(stages: Vec<Stage>) -> Request {
    Request {
        name: "GET /v1/load".to_owned(),
        took: Duration::from_millis(30),
        attributes: Vec::new(),
        has_failed: false,
        stages,
    }
}

/// The spans of a document, read with the protocol's own types.
fn read(document: &str) -> Vec<WireSpan> {
    let document: ExportTraceServiceRequest = serde_json::from_str(document).unwrap();
    let resource = document.resource_spans.into_iter().next().unwrap();
    assert_eq!(
        resource.resource.unwrap().attributes,
        [attribute("service.name", Wire::StringValue("tessera".to_owned()))]
    );
    let scope = resource.scope_spans.into_iter().next().unwrap();
    assert_eq!(scope.scope.unwrap().name, "tessera");
    scope.spans
}

fn attribute(key: &str, value: Wire) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

#[tokio::test]
async fn what_is_sent_is_read_by_the_protocols_own_types() {
    let bench = Bench::new();
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let begun = bench.traces.begin(Caller::of_w3c(header).as_ref()).unwrap();
    assert_eq!(begun.trace().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    let stage = Stage {
        name: "database",
        kind: Kind::Client,
        after: Duration::from_millis(10),
        took: Duration::from_nanos(5),
        attributes: vec![Attribute::new("db.system.name", "postgresql")],
        has_failed: true,
    };
    let attributes = vec![
        Attribute::new("http.response.status_code", 503),
        Attribute::new("faas.coldstart", true),
        Attribute::new("tessera.request.id", "a\"b\n".to_owned()),
        Attribute::new("tessera.bytes", u64::MAX),
    ];
    let request = Request { attributes, has_failed: true, ..request(vec![stage]) };
    bench.traces.end(&begun, request);
    bench.flush().await;

    let text = bench.documents.lock().unwrap().join("");
    // Where readers of the protocol are laxer than its text: hex ids, 64 bits as text, enums as numbers.
    for part in [
        "\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\"",
        "\"parentSpanId\":\"00f067aa0ba902b7\"",
        "\"startTimeUnixNano\":\"1800000000123456789\"",
        "\"kind\":2",
        "\"intValue\":\"503\"",
        "\"status\":{\"code\":2}",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let spans = read(&text);
    let [database, server] = spans.as_slice() else { panic!("{text}") };
    assert_eq!(server.trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());
    assert_eq!(server.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    assert_eq!((server.name.as_str(), server.kind, server.flags), ("GET /v1/load", 2, 0x301));
    assert_eq!(server.end_time_unix_nano - server.start_time_unix_nano, 30_000_000);
    assert_eq!(server.status.as_ref().unwrap().code, 2);
    assert_eq!(
        server.attributes,
        [
            attribute("http.response.status_code", Wire::IntValue(503)),
            attribute("faas.coldstart", Wire::BoolValue(true)),
            attribute("tessera.request.id", Wire::StringValue("a\"b\n".to_owned())),
            attribute("tessera.bytes", Wire::IntValue(i64::MAX)),
        ]
    );
    assert_eq!(database.trace_id, server.trace_id);
    assert_eq!(database.parent_span_id, server.span_id);
    assert_ne!(database.span_id, server.span_id);
    assert_eq!((database.name.as_str(), database.kind, database.flags), ("database", 3, 0x101));
    assert_eq!(database.start_time_unix_nano, server.start_time_unix_nano + 10_000_000);
    assert_eq!(database.end_time_unix_nano, database.start_time_unix_nano + 5);
}

#[tokio::test]
async fn a_request_of_no_trace_begins_one_unless_it_is_not_sampled() {
    let bench = Bench::new();
    bench.serve(1);
    bench.flush().await;
    let spans = read(&bench.documents.lock().unwrap().join(""));
    assert_eq!(spans[0].trace_id, 1_u128.to_be_bytes());
    assert_eq!((spans[0].parent_span_id.as_slice(), spans[0].flags), (&[][..], 0x101));
    assert!(spans[0].status.is_none());

    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    assert!(bench.traces.begin(Caller::of_w3c(header).as_ref()).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_silent_collector_costs_its_bound_now_and_then() {
    let bench = Bench::new();
    bench.will_answer([None, None]);
    let flush = async || {
        bench.serve(1);
        let started = Instant::now();
        bench.flush().await;
        started.elapsed()
    };
    assert_eq!(flush().await, Duration::from_millis(500));
    assert_eq!(flush().await, Duration::ZERO, "it is left alone for a second");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(flush().await, Duration::from_millis(500));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(flush().await, Duration::ZERO, "then for two");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(flush().await, Duration::ZERO, "it answers now");
    assert_eq!(bench.sent(), [1, 3, 5], "and nothing was lost");
    assert_eq!(flush().await, Duration::ZERO);
    assert_eq!(bench.sent(), [1, 3, 5, 1], "no pause is left");
}

#[tokio::test(start_paused = true)]
async fn a_pause_has_a_greatest_length() {
    let mut pause = Pause::default();
    for _ in 0..20 {
        pause.begin();
    }
    assert!(pause.is_on());
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(!pause.is_on());
}

#[tokio::test(start_paused = true)]
async fn what_the_collector_refuses_is_not_sent_again_and_what_it_puts_off_is() {
    for (status, sent) in
        [(400, vec![3]), (404, vec![3]), (500, vec![3]), (429, vec![3, 3]), (503, vec![3, 3])]
    {
        let bench = Bench::new();
        bench.will_answer([Some(status)]);
        bench.serve(3);
        bench.flush().await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        bench.flush().await;
        assert_eq!(bench.sent(), sent, "{status}");
    }
}

#[tokio::test]
async fn the_newest_are_dropped_and_counted_when_too_many_wait() {
    let bench = Bench::new();
    bench.serve(CAPACITY);
    bench.serve(7);
    assert_eq!((bench.traces.queue.len(), bench.traces.queue.take_dropped()), (CAPACITY, 7));
    // Of a request of two spans none is kept when one has no room.
    let oldest = bench.traces.queue.take();
    bench.serve(BATCH - 1);
    let stage = Stage {
        name: "plan",
        kind: Kind::Internal,
        after: Duration::ZERO,
        took: Duration::ZERO,
        attributes: Vec::new(),
        has_failed: false,
    };
    bench.traces.end(&bench.traces.begin(None).unwrap(), request(vec![stage]));
    assert_eq!((bench.traces.queue.len(), bench.traces.queue.take_dropped()), (CAPACITY - 1, 2));
    // What was taken out is older than what came since.
    bench.traces.queue.put_back(oldest);
    assert_eq!(bench.traces.queue.len(), CAPACITY);
    assert_eq!(bench.traces.queue.take_dropped(), BATCH - 1);
}

#[tokio::test(start_paused = true)]
async fn spans_are_sent_each_second_and_when_a_batch_is_complete() {
    let bench = Bench::new();
    let following = tokio::spawn(Arc::clone(&bench.traces).follow());
    bench.serve(3);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(bench.sent(), [3]);
    bench.serve(2 * BATCH + 1);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(bench.sent(), [3, BATCH, BATCH], "the rest waits for others");
    bench.traces.finish().await;
    assert_eq!(bench.sent(), [3, BATCH, BATCH, 1]);
    following.abort();
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_process_waits_for_a_silent_collector_once() {
    let bench = Bench::new();
    bench.will_answer(vec![None; 9]);
    bench.serve(CAPACITY);
    let started = Instant::now();
    bench.traces.finish().await;
    assert_eq!(started.elapsed(), Duration::from_secs(1));
    assert_eq!((bench.sent(), bench.traces.queue.len()), (vec![BATCH], 0));
}
