//! Whose files are compiled, when, and who shares what comes of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use project::{Given, SourceFile};
use serde_json::{Value, json};

use super::{tests::parts, *};

/// `repositoryFactory` of a project with this body; what it is given is `context`.
fn project(body: &str) -> Models {
    let text = format!(
        "let calls = 0;
         const yml = (table) => [{{ fileName: 'orders.yml',
           content: `cubes: [{{ name: orders, sql_table: ${{table}}, measures: [{{ name: count, type: count }}] }}]` }}];
         module.exports = {{ repositoryFactory: (context) => {{ {body} }} }};"
    );
    let files = vec![SourceFile { path: "cube.js".to_owned(), text }];
    let (project, _) = Project::load(files, "cube.js", Given::default()).unwrap();
    Models::of_project(Arc::new(project), Arc::default())
}

fn caller(app_id: Option<&str>, version: Option<&str>, claims: Value) -> Caller {
    let known = project::Caller {
        app_id: app_id.map(str::to_owned),
        schema_version: version.map(str::to_owned),
        ..project::Caller::default()
    };
    Caller::new(auth::SecurityContext::for_test(claims), known)
}

async fn serving(models: &Models, caller: Caller) -> Result<Arc<Served>, Error> {
    models.serving(&parts(), &caller).await
}

/// The table of the model for an application id.
async fn table(models: &Models, app_id: &str, version: &str, claims: Value) -> String {
    let served = serving(models, caller(Some(app_id), Some(version), claims)).await.unwrap();
    let (_, cube) = served.model.cubes().next().unwrap();
    format!("{:?}", cube.source)
}

#[tokio::test]
async fn an_application_id_is_asked_about_once_for_each_version() {
    let models = project("calls++; return { dataSchemaFiles: async () => yml(`t_${calls}`) };");
    for (app_id, version, expected) in [
        ("a", "1", "t_1"),
        ("a", "1", "t_1"),
        ("b", "1", "t_2"),
        ("a", "2", "t_3"),
        ("b", "1", "t_2"),
        ("a", "1", "t_1"),
    ] {
        let table = table(&models, app_id, version, json!({"user": 1})).await;
        assert!(table.contains(expected), "{app_id} {version}: {table}");
    }
}

#[tokio::test]
async fn tenants_whose_files_are_equal_share_a_model() {
    let models = project("return { dataSchemaFiles: () => yml(context.securityContext.plan) };");
    let of = |app_id: &str, plan: &str| caller(Some(app_id), None, json!({"plan": plan}));
    let one = serving(&models, of("a", "free")).await.unwrap();
    let same = serving(&models, of("b", "free")).await.unwrap();
    let other = serving(&models, of("c", "paid")).await.unwrap();
    assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
    for tenant in 0..2_000 {
        serving(&models, of(&tenant.to_string(), "free")).await.unwrap();
    }
    let Source::ByTenant(repositories) = &models.0 else { panic!("one model") };
    assert_eq!(repositories.models(), 2);
}

#[tokio::test]
async fn without_an_application_id_nobody_is_put_together() {
    let models =
        project("return { dataSchemaFiles: () => yml(context.authInfo.tenant + '_orders') };");
    for tenant in ["acme", "other", "acme"] {
        let caller = caller(None, None, json!({"tenant": tenant}));
        let served = serving(&models, caller).await.unwrap();
        let (_, cube) = served.model.cubes().next().unwrap();
        assert!(format!("{:?}", cube.source).contains(&format!("{tenant}_orders")));
    }
}

#[tokio::test]
async fn requests_at_once_ask_once() {
    let models = project("calls++; return { dataSchemaFiles: async () => yml(`t_${calls}`) };");
    let requests = (0..20).map(|_| table(&models, "a", "1", json!({})));
    let tables = futures_util::future::join_all(requests).await;
    assert!(tables.iter().all(|table| table.contains("t_1")), "{tables:?}");
    assert!(table(&models, "b", "1", json!({})).await.contains("t_2"));
}

#[tokio::test]
async fn what_the_files_read_of_the_compile_context_is_the_callers() {
    let models = project(
        "return { dataSchemaFiles: () => yml('{{ COMPILE_CONTEXT.securityContext.plan }}') };",
    );
    for plan in ["free", "paid", "free"] {
        let table = table(&models, "a", "1", json!({"plan": plan})).await;
        assert!(table.contains(plan), "{table}");
    }
    let refused = serving(&models, caller(Some("a"), Some("1"), json!({"plan": "a; --"}))).await;
    assert!(matches!(refused, Err(Error::UnsafeCompileContext { .. })));
}

#[tokio::test]
async fn what_gives_no_model_gives_no_answer() {
    for (body, is_refusal) in [
        ("throw new Error('no such tenant');", true),
        ("return null;", false),
        ("return { dataSchemaFiles: () => null };", false),
        ("return { dataSchemaFiles: () => new Promise(() => {}) };", false),
        ("return new (require('@cubejs-backend/server-core').FileRepository)('model');", false),
    ] {
        let refused = serving(&project(body), caller(Some("a"), None, json!({}))).await.err();
        let Some(Error::Hook(error)) = refused else { panic!("{body}") };
        let refuses = matches!(error, project::HookError::Refused { .. });
        assert_eq!(refuses, is_refusal, "{body}: {error}");
    }
    for files in [
        "[{ fileName: 'a.yml', content: 'cubes: [{}]' }]",
        "[{ fileName: 'a.py', content: '' }]",
        "[...yml('a'), ...yml('a')]",
    ] {
        let models = project(&format!("return {{ dataSchemaFiles: () => {files} }};"));
        let refused = serving(&models, caller(Some("a"), None, json!({}))).await;
        assert!(matches!(refused, Err(Error::Model { .. })), "{files}");
    }
}

#[tokio::test]
async fn a_folder_is_read_again_for_every_version() {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let file = |table: usize| compiler::ModelFile {
        path: "model/orders.yml".to_owned(),
        text: format!("cubes: [{{ name: orders, sql_table: t_{} }}]", table.max(2)),
    };
    let read: ReadFolder =
        Arc::new(move || Ok(vec![file(counted.fetch_add(1, Ordering::SeqCst) + 1)]));
    let opened = Opened::ForAll {
        compiled: compiler::compile_with_warnings(&[file(0)]).unwrap(),
        sources: compiler::sources_digest(&[file(0)]),
        is_packed: false,
    };
    let models = Models::of_versions(opened, Arc::default(), read).unwrap();
    for (app_id, version, expected) in [
        ("a", "1", "t_2"),
        ("b", "1", "t_2"),
        ("a", "2", "t_2"),
        ("a", "3", "t_3"),
        ("b", "1", "t_2"),
    ] {
        let table = table(&models, app_id, version, json!({})).await;
        assert!(table.contains(expected), "{version}: {table}");
    }
    assert_eq!(reads.load(Ordering::SeqCst), 3, "once for each version, whoever asks");
}
