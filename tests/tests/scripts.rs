//! The security examples of Cube's own guides, in JavaScript models served by `tessera serve`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::command::Folder;
use harness::http::{self, Answer};
use harness::postgres::Cluster;
use harness::server::Server;
use harness::{root, token};
use serde_json::{Value, json};

const MODEL: &str = r"
const members = {
  measures: { count: { type: `count` } },
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
};

cube(`UserContextFilter`, {
  sql: `SELECT * FROM public.orders WHERE ${USER_CONTEXT.id.filter('user_id')}`,
  ...members,
});

cube(`Sampled`, {
  sql: `SELECT * FROM public.orders ${SECURITY_CONTEXT.role.unsafeValue() !== 'admin' ? 'WHERE id % 10 = FLOOR(RANDOM() * 10)' : ''}`,
  ...members,
});

cube(`Fenced`, {
  sql: `SELECT * FROM public.orders ${SECURITY_CONTEXT.role.unsafeValue() !== 'admin' ? 'WHERE id <= 10' : ''}`,
  ...members,
});

cube(`Required`, {
  sql: `SELECT * FROM public.orders WHERE ${SECURITY_CONTEXT.id.requiredFilter('user_id')}`,
  ...members,
});

cube(`Nested`, {
  sql: `SELECT * FROM public.orders WHERE ${SECURITY_CONTEXT.tenant.owner.id.filter('user_id')}`,
  ...members,
});

cube(`Listed`, {
  sql: `SELECT * FROM public.orders WHERE ${SECURITY_CONTEXT.ids.filter((ids) => `user_id IN (SELECT unnest(ARRAY[${ids}])::int)`)}`,
  ...members,
});

cube(`AnyOf`, {
  sql: `SELECT * FROM public.orders ${SECURITY_CONTEXT.roles.unsafeValue().includes('admin') ? '' : 'WHERE id <= 10'}`,
  ...members,
});

cube(`Table`, {
  sql: `SELECT * FROM ${`public.${SECURITY_CONTEXT.table.unsafeValue().toLowerCase()}`}`,
  ...members,
});

cube(`Branches`, {
  sql: `SELECT * FROM public.orders WHERE ${SECURITY_CONTEXT.role.unsafeValue() === 'admin'
    ? '1 = 1'
    : `${SECURITY_CONTEXT.id.filter('user_id')} AND ${FILTER_PARAMS.Branches.id.filter('id')}`}`,
  ...members,
});

cube(`Statements`, {
  sql: () => {
    const role = SECURITY_CONTEXT.role.unsafeValue();
    const conditions = [];
    if (role !== 'admin') conditions.push(SECURITY_CONTEXT.id.filter('user_id'));
    if (role === 'trainee') conditions.push('id <= 10');
    return `SELECT * FROM public.orders${conditions.length ? ` WHERE ${conditions.join(' AND ')}` : ''}`;
  },
  ...members,
});

const fence = (context) => {
  if (context.roles.unsafeValue().includes('admin')) return '1 = 1';
  return context.id.filter('user_id');
};

cube(`Helper`, {
  sql: `SELECT * FROM public.${SECURITY_CONTEXT.table.unsafeValue()} WHERE ${fence(SECURITY_CONTEXT)}`,
  ...members,
});

const schemas = { acme: 'public', globex: 'nowhere' };

cube(`Switched`, {
  sql: () => {
    const schema = schemas[SECURITY_CONTEXT.tenant.unsafeValue()];
    if (!schema) throw new Error('Unknown tenant');
    switch (SECURITY_CONTEXT.role.unsafeValue()) {
      case 'admin': return `SELECT * FROM ${schema}.orders`;
      case 'trainee': return `SELECT * FROM ${schema}.orders WHERE id <= 10`;
      default: throw new Error(`No orders for ${SECURITY_CONTEXT.role.unsafeValue()}`);
    }
  },
  ...members,
});
";

/// Who ran what is logged for admins, all others see the rows of their own.
const TRANSFORMER: &str = "
module.exports = {
  queryTransformer: (query, { securityContext }) => {
    const user = securityContext;
    if (user.role === 'admin') {
      console.log(`${user.name} runs ${JSON.stringify(query.measures)}`);
      return query;
    }
    query.filters.push({ member: 'Orders.userId', operator: 'equals', values: [`${user.id}`] });
    return query;
  },
};
";

const ORDERS: &str = r"
cube(`Orders`, {
  sql: `SELECT * FROM public.orders`,
  measures: { count: { type: `count` } },
  dimensions: {
    id: { sql: `id`, type: `number`, primaryKey: true },
    userId: { sql: `user_id`, type: `number` },
  },
});
";

const COMPANIES: &str = r"
const { securityContext: { company_id } } = COMPILE_CONTEXT;

cube(`Orders`, {
  sql: `SELECT * FROM public.orders WHERE user_id = ${company_id}`,
  measures: { count: { type: `count` } },
  dimensions: { id: { sql: `id`, type: `number`, primaryKey: true } },
});
";

struct Asked {
    server: Server,
    _project: Folder,
    _cluster: Cluster,
}

impl Asked {
    /// Serves a model that is one file, and the project's code if it has some.
    fn of(model: &str, code: Option<&str>) -> Self {
        let project = Folder::new();
        project.write("model/model.js", model);
        if let Some(code) = code {
            project.write("cube.js", code);
        }
        let cluster = Cluster::start(&root().join("tests/conformance/seed.sql"), &[]);
        let server = Server::start(project.path(), cluster.environment());
        Self { server, _project: project, _cluster: cluster }
    }

    fn answer(&self, cube: &str, claims: &Value) -> Answer {
        let query = json!({ "measures": [format!("{cube}.count")] }).to_string();
        let url = self.server.url(&format!("/cubejs-api/v1/load?query={}", http::encode(&query)));
        let token = token::good(claims);
        for _ in 0..60 {
            let answer = http::send("GET", &url, &[("authorization", &token)], "");
            if answer.json()["error"] != "Continue wait" {
                return answer;
            }
        }
        panic!("{cube} waits for ever")
    }

    fn count(&self, cube: &str, claims: &Value) -> u64 {
        let answer = self.answer(cube, claims);
        assert_eq!(answer.status, 200, "{cube} {claims}: {}", answer.body);
        let count = &answer.json()["data"][0][format!("{cube}.count")];
        count.as_str().unwrap().parse().unwrap()
    }

    fn refused(&self, cube: &str, claims: &Value) {
        let answer = self.answer(cube, claims);
        assert_eq!(answer.status, 403, "{cube} {claims}: {}", answer.body);
    }
}

#[test]
fn the_security_examples_of_the_guides_hold() {
    let asked = Asked::of(MODEL, None);
    user_context_filters_by_the_u_claim(&asked);
    unsafe_value_decides_who_sees_a_sample(&asked);
    required_filter_is_required(&asked);
    nested_claims_and_lists_filter(&asked);
    what_becomes_sql_is_plain(&asked);
    statements_decide_by_claims(&asked);
    an_author_refuses_by_throwing(&asked);
}

#[test]
fn a_query_transformer_logs_admins_and_fences_all_others_in() {
    let asked = Asked::of(ORDERS, Some(TRANSFORMER));
    assert_eq!(asked.count("Orders", &json!({"role": "user", "name": "bob", "id": 42})), 15);
    assert!(!asked.server.log().contains("bob runs"), "{}", asked.server.log());
    assert_eq!(asked.count("Orders", &json!({"role": "admin", "name": "ann"})), 10_000);
    let log = asked.server.log();
    assert!(log.contains(r#"ann runs [\"Orders.count\"]"#), "{log}");
}

#[test]
fn the_compile_context_makes_a_model_for_each_company() {
    let asked = Asked::of(COMPANIES, None);
    for _ in 0..2 {
        assert_eq!(asked.count("Orders", &json!({"company_id": 42})), 15);
        assert_eq!(asked.count("Orders", &json!({"company_id": 0})), 0);
    }
    for company in [json!("42 OR 1=1"), json!("42--"), json!("user_id;")] {
        asked.refused("Orders", &json!({"company_id": company}));
    }
}

fn user_context_filters_by_the_u_claim(asked: &Asked) {
    assert_eq!(asked.count("UserContextFilter", &json!({"u": {"id": 42}})), 15);
    assert_eq!(asked.count("UserContextFilter", &json!({"id": 42})), 15);
    assert_eq!(asked.count("UserContextFilter", &json!({"u": {"id": 0}})), 0);
    for claims in [json!({}), json!({"u": {}}), json!({"u": {"id": null}}), json!({"u": 42})] {
        asked.refused("UserContextFilter", &claims);
    }
}

fn unsafe_value_decides_who_sees_a_sample(asked: &Asked) {
    assert_eq!(asked.count("Sampled", &json!({"role": "admin"})), 10_000);
    assert!(asked.count("Sampled", &json!({"role": "foobar"})) < 5_000);
    assert_eq!(asked.count("Fenced", &json!({"role": "admin"})), 10_000);
    // The claim only decides: whatever it says, none of it can become SQL.
    for role in [json!("foobar"), json!("' OR 1=1 --"), json!(""), json!(1), json!(["admin"])] {
        assert_eq!(asked.count("Fenced", &json!({"role": role})), 10, "{role}");
    }
    for claims in [json!({}), json!({"role": null})] {
        asked.refused("Fenced", &claims);
    }
}

fn required_filter_is_required(asked: &Asked) {
    assert_eq!(asked.count("Required", &json!({"id": 42})), 15);
    let answer = asked.answer("Required", &json!({}));
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["error"], "Filter for id is required");
}

fn nested_claims_and_lists_filter(asked: &Asked) {
    assert_eq!(asked.count("Nested", &json!({"tenant": {"owner": {"id": 42}}})), 15);
    assert_eq!(asked.count("Nested", &json!({"tenant": {"owner": {"id": [42, 43]}}})), 30);
    assert_eq!(asked.count("Nested", &json!({"tenant": {"owner": {"id": []}}})), 0);
    for claims in [json!({}), json!({"tenant": 1}), json!({"tenant": {"owner": {"id": {}}}})] {
        asked.refused("Nested", &claims);
    }
    assert_eq!(asked.count("Listed", &json!({"ids": [42, 43]})), 30);
    assert_eq!(asked.count("Listed", &json!({"ids": 42})), 15);
    assert_eq!(asked.count("Listed", &json!({"ids": []})), 0);
    asked.refused("Listed", &json!({}));
    assert_eq!(asked.count("AnyOf", &json!({"roles": ["user", "admin"]})), 10_000);
    assert_eq!(asked.count("AnyOf", &json!({"roles": ["user"]})), 10);
    asked.refused("AnyOf", &json!({"roles": 5}));
    assert_eq!(asked.count("Branches", &json!({"role": "admin", "id": 42})), 10_000);
    assert_eq!(asked.count("Branches", &json!({"role": "user", "id": 42})), 15);
    asked.refused("Branches", &json!({"role": "user"}));
}

fn what_becomes_sql_is_plain(asked: &Asked) {
    assert_eq!(asked.count("Table", &json!({"table": "Orders"})), 10_000);
    for table in [
        json!("orders WHERE 1 = 1"),
        json!("orders;--"),
        json!("a--b"),
        json!(["orders"]),
        json!({"a": 1}),
        json!(""),
        json!(1.5),
        json!("o".repeat(65)),
        Value::Null,
    ] {
        asked.refused("Table", &json!({ "table": table }));
    }
    asked.refused("Table", &json!({}));
}

fn statements_decide_by_claims(asked: &Asked) {
    let count = |role: &str| asked.count("Statements", &json!({ "role": role, "id": 42 }));
    assert_eq!((count("admin"), count("user")), (10_000, 15));
    assert!(count("trainee") <= 10);
    asked.refused("Statements", &json!({ "role": "user" }));
    asked.refused("Statements", &json!({ "id": 42 }));

    // A list that decides is a list still, beside a claim that is written.
    let helped = |roles: Value| json!({ "roles": roles, "id": 42, "table": "orders" });
    assert_eq!(asked.count("Helper", &helped(json!(["user", "admin"]))), 10_000);
    assert_eq!(asked.count("Helper", &helped(json!([]))), 15);
    for table in ["orders;--", "orders WHERE 1=1", ""] {
        let mut claims = helped(json!(["admin"]));
        claims["table"] = json!(table);
        asked.refused("Helper", &claims);
    }
    asked.refused("Helper", &json!({ "id": 42, "table": "orders" }));
}

fn an_author_refuses_by_throwing(asked: &Asked) {
    let claims = |tenant: &str, role: &str| json!({ "tenant": tenant, "role": role });
    assert_eq!(asked.count("Switched", &claims("acme", "admin")), 10_000);
    assert_eq!(asked.count("Switched", &claims("acme", "trainee")), 10);
    for (tenant, role, sentence) in [
        ("initech", "admin", "Error: Unknown tenant"),
        // A name that every object has is none of the author's.
        ("constructor", "admin", "Error: Unknown tenant"),
        ("acme", "secret-role", "Error: No orders for ..."),
    ] {
        let answer = asked.answer("Switched", &claims(tenant, role));
        assert_eq!((answer.status, &answer.json()["error"]), (403, &json!(sentence)), "{tenant}");
    }
}
