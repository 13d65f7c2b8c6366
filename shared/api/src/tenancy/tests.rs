//! Who shares a model, and who has one of their own.

use std::sync::atomic::{AtomicUsize, Ordering};

use compiler::{Extent, ModelFile, Read};
use serde_json::{Value, json};

use super::*;
use crate::request_id::RequestId;

/// A compiler of models without cubes that reads `paths` of its context, and counts its runs. It
/// refuses a company called `broken`.
fn compiler(paths: &[&[&str]]) -> (Compile, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let reads: Vec<Read> = paths
        .iter()
        .map(|path| Read {
            path: path.iter().map(|&step| step.to_owned()).collect(),
            extent: Extent::Value,
        })
        .collect();
    let counted = Arc::clone(&runs);
    let compile = move |context: &Map<String, Value>| {
        counted.fetch_add(1, Ordering::SeqCst);
        let company = context.get("securityContext").and_then(|claims| claims.get("company"));
        let model = match company {
            Some(name) if name == "broken" => Err("orders.js:3:1: company is broken".to_owned()),
            _ => Ok(DataModel::new(Vec::new()).unwrap()),
        };
        Attempt { reads: reads.clone(), model }
    };
    (Arc::new(compile), runs)
}

/// A request that nothing is read of.
pub(super) fn parts() -> Parts {
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    parts.extensions.insert(RequestId::of(&parts.headers));
    parts
}

async fn serving(models: &Models, claims: Value) -> Result<Arc<Served>, Error> {
    let context = auth::SecurityContext::for_test(claims);
    let caller = Caller::new(context, project::Caller::default());
    models.serving(&parts(), &caller).await
}

#[tokio::test]
async fn a_model_that_reads_nothing_is_compiled_once_for_all() {
    let (compile, runs) = compiler(&[]);
    let models = Models::compile(compile).unwrap();
    let one = serving(&models, json!({"company": 1})).await.unwrap();
    let other = serving(&models, json!({"company": 2})).await.unwrap();
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn callers_who_differ_in_nothing_that_is_read_share_a_model() {
    let (compile, runs) = compiler(&[&["securityContext", "company"]]);
    let models = Models::compile(compile).unwrap();
    let one = serving(&models, json!({"company": 1, "user": "a"})).await.unwrap();
    let same = serving(&models, json!({"company": 1, "user": "b"})).await.unwrap();
    let other = serving(&models, json!({"company": 2, "user": "a"})).await.unwrap();
    assert!(Arc::ptr_eq(&one, &same));
    assert!(!Arc::ptr_eq(&one, &other));
    assert_eq!(runs.load(Ordering::SeqCst), 3, "with an empty context, for 1 and for 2");
}

#[tokio::test]
async fn values_that_only_look_alike_are_told_apart() {
    let (compile, _) = compiler(&[&["securityContext", "a"], &["securityContext", "b"]]);
    let models = Models::compile(compile).unwrap();
    let contexts = [
        json!({"a": 1}),
        json!({"a": "1"}),
        json!({"b": 1}),
        json!({"a": null}),
        json!({}),
        json!({"a": ""}),
        json!({"a": "1", "b": 2}),
        json!({"a": 12}),
        json!({"a": [1, 2]}),
        json!({"a": {"b": 1}}),
    ];
    let mut seen: Vec<Arc<Served>> = Vec::new();
    for claims in contexts {
        let served = serving(&models, claims.clone()).await.unwrap();
        assert!(!seen.iter().any(|known| Arc::ptr_eq(known, &served)), "{claims}");
        seen.push(served);
    }
}

#[tokio::test]
async fn reading_the_whole_context_gives_every_caller_a_model() {
    let (compile, _) = compiler(&[&[]]);
    let models = Models::compile(compile).unwrap();
    let one = serving(&models, json!({"company": 1, "user": "a"})).await.unwrap();
    let other = serving(&models, json!({"company": 1, "user": "b"})).await.unwrap();
    assert!(!Arc::ptr_eq(&one, &other));
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let (compile, runs) = compiler(&[&["securityContext", "company"]]);
    let models = Models::by_context(compile, 1, Room { models: 3, ..Room::default() }).unwrap();
    for company in 0..50 {
        serving(&models, json!({ "company": company })).await.unwrap();
    }
    let Source::ByContext(_, kept) = &models.0 else { panic!("one model") };
    assert_eq!(kept.len(), 3);
    serving(&models, json!({"company": 49})).await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 51, "the last one is still there");
}

#[tokio::test]
async fn models_have_room_by_the_length_of_their_files() {
    let (compile, _) = compiler(&[&["securityContext", "company"]]);
    let room = Room { models: 1_000, source_bytes: 10_000 };
    let models = Models::by_context(compile, 3_000, room).unwrap();
    for company in 0..20 {
        serving(&models, json!({ "company": company })).await.unwrap();
    }
    let Source::ByContext(_, kept) = &models.0 else { panic!("one model") };
    assert_eq!(kept.len(), 3, "and what does not fit is served all the same");
}

#[tokio::test]
async fn requests_at_once_compile_once() {
    let (compile, runs) = compiler(&[&["securityContext", "company"]]);
    let models = Models::compile(compile).unwrap();
    let requests = (0..20).map(|_| serving(&models, json!({"company": 1})));
    let served = futures_util::future::join_all(requests).await;
    assert!(served.iter().all(Result::is_ok));
    assert_eq!(runs.load(Ordering::SeqCst), 2, "with an empty context, and for 1");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_compile_is_tried_again_later() {
    let (compile, runs) = compiler(&[&["securityContext", "company"]]);
    let models = Models::compile(compile).unwrap();
    for _ in 0..3 {
        let refused = serving(&models, json!({"company": "broken"})).await;
        assert!(matches!(refused, Err(Error::Model { .. })));
    }
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    tokio::time::sleep(tokio::time::Duration::from_secs(31)).await;
    assert!(serving(&models, json!({"company": "broken"})).await.is_err());
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[test]
fn a_model_that_is_broken_for_all_is_refused_at_the_start() {
    let compile: Compile = Arc::new(|_: &Map<String, Value>| Attempt {
        reads: Vec::new(),
        model: Err("orders.yml:1: no".to_owned()),
    });
    assert_eq!(Models::compile(compile).err().as_deref(), Some("orders.yml:1: no"));
}

#[tokio::test]
async fn a_claim_that_could_be_more_than_a_value_in_sql_is_refused() {
    let (compile, _) = compiler(&[&["securityContext", "company"]]);
    let models = Models::compile(compile).unwrap();
    for company in [
        json!("1 OR true"),
        json!("x'"),
        json!("a--"),
        json!("1)"),
        json!("/*"),
        json!("\\"),
        json!("a;b"),
        json!("$$"),
        json!("ä"),
        json!("a".repeat(257)),
        json!(["1", "2'"]),
        json!({"a'": 1}),
    ] {
        let refused = serving(&models, json!({"company": company})).await;
        assert!(matches!(refused, Err(Error::UnsafeCompileContext { .. })), "{company}");
    }
    for company in [json!("acme_1"), json!("me@acme.org"), json!(7), json!(null), json!(["a", 1])] {
        assert!(serving(&models, json!({"company": company})).await.is_ok(), "{company}");
    }
    let unread = json!({"company": 1, "name": "O'Hara"});
    assert!(serving(&models, unread).await.is_ok());
}

/// The models of one file with Jinja.
fn templates(text: &str) -> Models {
    let files = vec![ModelFile { path: "model/a.yml".to_owned(), text: text.to_owned() }];
    Models::of(Opened::ByContext { files, environment: Arc::default() }).unwrap()
}

fn table(served: &Served) -> String {
    let (_, cube) = served.model.cubes().next().unwrap();
    format!("{:?}", cube.source)
}

#[tokio::test]
async fn a_template_is_rendered_once_per_value_of_what_it_reads() {
    let models = templates(
        "cubes:\n  - name: orders\n    sql_table: {{ COMPILE_CONTEXT.security_context.tenant }}",
    );
    let one = serving(&models, json!({"tenant": "a", "exp": 1})).await.unwrap();
    let same = serving(&models, json!({"tenant": "a", "exp": 2})).await.unwrap();
    let other = serving(&models, json!({"tenant": "b", "exp": 2})).await.unwrap();
    assert!(Arc::ptr_eq(&one, &same));
    assert!(table(&one).contains("\"a\"") && table(&other).contains("\"b\""));
    let refused = serving(&models, json!({"tenant": "a; DROP TABLE b"})).await.err().unwrap();
    assert!(matches!(refused, Error::UnsafeCompileContext { .. }), "{refused}");
}

#[tokio::test]
async fn whether_an_object_is_there_tells_callers_apart_and_what_is_in_it_does_not() {
    let models = templates(
        "{% set who = COMPILE_CONTEXT.securityContext.who %}
cubes:
  - name: orders
    sql_table: {{ 'mine' if who is mapping else 'nobodys' }}",
    );
    let object = serving(&models, json!({"who": {"name": "a"}})).await.unwrap();
    let another = serving(&models, json!({"who": {"name": "b; --"}})).await.unwrap();
    assert!(Arc::ptr_eq(&object, &another));
    for claims in [json!({}), json!({"who": null}), json!({"who": "a"})] {
        let none = serving(&models, claims.clone()).await.unwrap();
        assert!(table(&object).contains("mine") && table(&none).contains("nobodys"), "{claims}");
    }
}
