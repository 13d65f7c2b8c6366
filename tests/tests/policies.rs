//! Access policies over real rows, in both languages of a data model: who sees which rows, which members, which masks.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use harness::command::Folder;
use harness::http::Answer;
use harness::postgres::Cluster;
use harness::server::Server;
use harness::token;
use serde_json::{Value, json};

const SEED: &str = "
CREATE TABLE orders (id int PRIMARY KEY, tenant int, city text, status text, amount numeric, email text, user_id int);
INSERT INTO orders VALUES
  (1, 7, 'Oslo', 'paid', 10, 'ann@x', 1), (2, 7, 'Oslo', 'open', 20, 'bob@x', 1), (3, 7, 'Rome', 'paid', 30, 'cid@x', 2),
  (4, 8, 'Oslo', 'paid', 40, 'dan@x', 2), (5, 8, 'Rome', 'open', 50, 'eve@x', 3), (6, 8, 'Bern', 'open', 60, 'fay@x', 3);
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'u1'), (2, 'u2'), (3, 'u3');
";

const YAML: &str = r#"
cubes:
  - name: orders
    sql_table: orders
    joins:
      - { name: users, relationship: many_to_one, sql: "{CUBE}.user_id = {users.id}" }
    measures:
      - { name: count, type: count }
      - { name: total, type: sum, sql: amount, mask: -1 }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true, public: true }
      - { name: tenant, type: number, sql: tenant }
      - { name: city, type: string, sql: city }
      - { name: status, type: string, sql: status }
      - { name: amount, type: number, sql: amount }
      - { name: email, type: string, sql: email, mask: { sql: "LEFT({CUBE}.email, 1) || '***'" } }
    access_policy:
      - group: "*"
        conditions: [{ if: "{ securityContext.is_auditor }" }]
      - group: sales
        member_level: { excludes: [email] }
        row_level:
          filters: [{ member: tenant, operator: equals, values: ["{ securityContext.tenant }"] }]
      - groups: [north, south]
        row_level:
          filters:
            - or:
                - and:
                    - { member: city, operator: equals, values: [Oslo] }
                    - { member: status, operator: notEquals, values: [open] }
                - { member: city, operator: equals, values: "{ securityContext.cities }" }
      - role: support
        member_level: { includes: [count, id, status] }
        member_masking: { includes: [email, amount, total] }
        row_level: { allow_all: true }
  - name: users
    sql_table: users
    measures:
      - { name: count, type: count }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: name, type: string, sql: name }
views:
  - name: sold
    cubes: [{ join_path: orders, includes: [count, city, email] }]
    access_policy:
      - group: viewers
        member_level: { includes: [count, city] }
"#;

const JAVASCRIPT: &str = r"
cube(`orders`, {
  sql_table: `orders`,
  joins: { users: { relationship: `many_to_one`, sql: `${CUBE}.user_id = ${users.id}` } },
  measures: {
    count: { type: `count` },
    total: { type: `sum`, sql: `amount`, mask: -1 },
  },
  dimensions: {
    id: { type: `number`, sql: `id`, primary_key: true, public: true },
    tenant: { type: `number`, sql: `tenant` },
    city: { type: `string`, sql: `city` },
    status: { type: `string`, sql: `status` },
    amount: { type: `number`, sql: `amount` },
    email: { type: `string`, sql: `email`, mask: { sql: `LEFT(${CUBE}.email, 1) || '***'` } },
  },
  accessPolicy: [
    { group: `*`, conditions: [{ if: securityContext.is_auditor }] },
    {
      group: `sales`,
      memberLevel: { excludes: [`email`] },
      rowLevel: { filters: [{ member: `tenant`, operator: `equals`, values: [securityContext.tenant] }] },
    },
    {
      groups: [`north`, `south`],
      rowLevel: {
        filters: [{
          or: [
            {
              and: [
                { member: `city`, operator: `equals`, values: [`Oslo`] },
                { member: `status`, operator: `notEquals`, values: [`open`] },
              ],
            },
            { member: `city`, operator: `equals`, values: securityContext.cities },
          ],
        }],
      },
    },
    {
      role: `support`,
      memberLevel: { includes: [`count`, `id`, `status`] },
      memberMasking: { includes: [`email`, `amount`, `total`] },
      rowLevel: { allowAll: true },
    },
  ],
});

cube(`users`, {
  sql_table: `users`,
  measures: { count: { type: `count` } },
  dimensions: {
    id: { type: `number`, sql: `id`, primary_key: true },
    name: { type: `string`, sql: `name` },
  },
});

view(`sold`, {
  cubes: [{ join_path: orders, includes: [`count`, `city`, `email`] }],
  access_policy: [{ group: `viewers`, member_level: { includes: [`count`, `city`] } }],
});
";

const GROUPS: &str =
    "module.exports = { contextToGroups: ({ securityContext }) => securityContext.groups || [] };";

/// A server whose model is in one language.
struct World<'c> {
    server: Server,
    language: &'static str,
    _project: Folder,
    _cluster: &'c Cluster,
}

impl<'c> World<'c> {
    fn new(cluster: &'c Cluster, language: &'static str, code: &str) -> Self {
        let project = Folder::new();
        let model = if language == "yml" { YAML } else { JAVASCRIPT };
        project.write(&format!("model/shop.{language}"), model);
        project.write("cube.js", code);
        let server = Server::start(project.path(), cluster.environment());
        Self { server, language, _project: project, _cluster: cluster }
    }

    fn answer(&self, claims: &Value, query: &Value) -> Answer {
        self.server.load(query, claims)
    }

    /// The rows, each with its cells in the order of the query's members; `-` for null.
    fn rows(&self, claims: &Value, query: &Value) -> Vec<String> {
        let answer = self.answer(claims, query);
        let shown = format!("{} {claims} {query}: {}", self.language, answer.body);
        assert_eq!(answer.status, 200, "{shown}\n{}", self.server.log());
        let list = |key: &str| query[key].as_array().cloned().unwrap_or_default();
        let members = [list("dimensions"), list("measures")].concat();
        let cell = |row: &Value, member: &Value| {
            let cell = &row[member.as_str().unwrap()];
            cell.as_str().unwrap_or("-").to_owned()
        };
        let rows = answer.json()["data"].as_array().unwrap().clone();
        let cells = |row| members.iter().map(|member| cell(row, member)).collect::<Vec<_>>();
        rows.iter().map(|row| cells(row).join(" ")).collect()
    }

    /// The ids of the orders that a caller sees.
    fn ids(&self, claims: &Value) -> Vec<String> {
        self.rows(claims, &by(&["orders.id"]))
    }
}

/// A query by dimensions of `orders`, in order of the first.
fn by(dimensions: &[&str]) -> Value {
    json!({ "dimensions": dimensions, "order": [[dimensions[0], "asc"]] })
}

/// Runs a test over the model in both languages.
fn in_both_languages(code: &str, test: impl Fn(&World<'_>)) {
    let seed = Folder::new();
    let cluster = Cluster::start(&seed.write("seed.sql", SEED), &[]);
    for language in ["yml", "js"] {
        test(&World::new(&cluster, language, code));
    }
}

#[test]
fn the_rows_are_those_of_the_policies_that_apply() {
    in_both_languages(GROUPS, |world| {
        let sales = |tenant: Value| json!({ "groups": ["sales"], "tenant": tenant });
        assert_eq!(world.ids(&sales(json!(7))), ["1", "2", "3"]);
        assert_eq!(world.ids(&sales(json!("8"))), ["4", "5", "6"]);
        assert_eq!(world.ids(&sales(json!([7, 8]))).len(), 6);
        assert_eq!(world.ids(&sales(json!([]))), [""; 0]);
        assert_eq!(world.ids(&sales(json!(9))), [""; 0]);

        // (Oslo and not open) or one of the claim's cities.
        let north = |cities: Value| json!({ "groups": ["north"], "cities": cities });
        assert_eq!(world.ids(&north(json!(["Bern", "Rome"]))), ["1", "3", "4", "5", "6"]);
        assert_eq!(world.ids(&north(json!("Bern"))), ["1", "4", "6"]);
        assert_eq!(world.ids(&north(json!([]))), ["1", "4"]);
        assert_eq!(world.ids(&json!({ "groups": ["south"], "cities": "Bern" })), ["1", "4", "6"]);

        let both = json!({ "groups": ["sales", "north"], "tenant": 7, "cities": ["Bern"] });
        assert_eq!(world.ids(&both), ["1", "2", "3", "4", "6"]);
        let with_support = json!({ "groups": ["sales", "support"], "tenant": 7 });
        assert_eq!(world.ids(&with_support).len(), 6);

        // A claim is a value, whatever it says.
        assert_eq!(world.ids(&north(json!("' OR 1=1 --"))), ["1", "4"]);
        for claims in [json!({}), json!({ "tenant": null }), json!({ "tenant": { "a": 1 } })] {
            let mut claims = claims;
            claims["groups"] = json!(["sales"]);
            let answer = world.answer(&claims, &by(&["orders.id"]));
            assert_eq!(answer.status, 403, "{claims}: {}", answer.body);
        }
    });
}

#[test]
fn a_condition_holds_for_a_claim_that_is_true() {
    in_both_languages(GROUPS, |world| {
        let auditor = json!({ "is_auditor": true });
        assert_eq!(world.ids(&auditor).len(), 6);
        assert_eq!(world.rows(&auditor, &by(&["orders.email"]))[0], "ann@x");
        for claim in [json!(false), json!("true"), json!(1), json!(null), json!([true])] {
            assert_eq!(world.ids(&json!({ "is_auditor": claim })), [""; 0], "{claim}");
        }
        assert_eq!(world.ids(&json!({})), [""; 0]);
        let sales = json!({ "is_auditor": false, "groups": ["sales"], "tenant": 8 });
        assert_eq!(world.ids(&sales), ["4", "5", "6"]);
    });
}

#[test]
fn a_member_is_shown_by_the_policies_that_grant_it() {
    in_both_languages(GROUPS, |world| {
        let sales = json!({ "groups": ["sales"], "tenant": 7 });
        let counted = json!({ "measures": ["orders.count", "orders.total"] });
        assert_eq!(world.rows(&sales, &counted), ["3 60"]);
        // Not shown, not filtered by, not ordered by.
        assert_eq!(world.rows(&sales, &by(&["orders.email"])), [""; 0]);
        let mut filtered = by(&["orders.id"]);
        filtered["filters"] =
            json!([{ "member": "orders.email", "operator": "contains", "values": ["ann"] }]);
        assert_eq!(world.rows(&sales, &filtered), [""; 0]);

        // The other policy shows it, in its own rows.
        let both = json!({ "groups": ["sales", "north"], "tenant": 7, "cities": ["Bern"] });
        assert_eq!(world.rows(&both, &by(&["orders.email"])), ["ann@x", "dan@x", "fay@x"]);

        // `includes` is a list of what there is.
        let support = json!({ "groups": ["support"] });
        let by_status = json!({ "measures": ["orders.count"], "dimensions": ["orders.status"],
            "order": [["orders.status", "asc"]] });
        assert_eq!(world.rows(&support, &by_status), ["open 3", "paid 3"]);
        assert_eq!(world.rows(&support, &by(&["orders.city"])), [""; 0]);

        let hidden = world.answer(&json!({}), &counted);
        assert_eq!(hidden.status, 400);
        assert!(hidden.body.contains("You requested hidden member: 'orders."), "{}", hidden.body);
    });
}

#[test]
fn a_masked_member_is_its_mask() {
    in_both_languages(GROUPS, |world| {
        let support = json!({ "groups": ["support"] });
        let query = by(&["orders.id", "orders.email", "orders.amount"]);
        let rows = world.rows(&support, &query);
        assert_eq!(rows[..2], ["1 a*** -", "2 b*** -"]);
        let total = json!({ "measures": ["orders.total"] });
        assert_eq!(world.rows(&support, &total), ["-1"]);
        let by_user = json!({ "measures": ["users.count", "orders.total"] });
        assert_eq!(world.rows(&support, &by_user), ["3 -1"]);

        // Who filters by it compares the mask.
        let filtered = |value: &str| {
            json!({ "measures": ["orders.count"], "filters":
                [{ "member": "orders.email", "operator": "equals", "values": [value] }] })
        };
        assert_eq!(world.rows(&support, &filtered("ann@x")), ["0"]);
        assert_eq!(world.rows(&support, &filtered("a***")), ["1"]);

        // Lifted in the rows of a policy that shows it.
        let both = json!({ "groups": ["support", "north"], "cities": ["Bern"] });
        let rows = world.rows(&both, &query);
        assert_eq!(
            rows,
            ["1 ann@x 10", "2 b*** -", "3 c*** -", "4 dan@x 40", "5 e*** -", "6 fay@x 60"]
        );
    });
}

#[test]
fn a_view_has_members_of_its_own_and_the_rows_of_its_cubes() {
    in_both_languages(GROUPS, |world| {
        let query = json!({ "measures": ["sold.count"], "dimensions": ["sold.city"],
            "order": [["sold.city", "asc"]] });
        let viewer = |groups: Value| json!({ "groups": groups, "tenant": 7 });
        assert_eq!(world.rows(&viewer(json!(["viewers", "sales"])), &query), ["Oslo 2", "Rome 1"]);
        for groups in [json!(["viewers"]), json!(["sales"]), json!([])] {
            assert_eq!(world.rows(&viewer(groups.clone()), &query), [""; 0], "{groups}");
        }
        let email = by(&["sold.email"]);
        assert_eq!(world.rows(&viewer(json!(["viewers", "sales"])), &email), [""; 0]);
    });
}

#[test]
fn a_cube_that_is_joined_gives_its_rows_only() {
    in_both_languages(GROUPS, |world| {
        let query = json!({ "measures": ["orders.count"], "dimensions": ["users.name"],
            "order": [["users.name", "asc"]] });
        let sales = json!({ "groups": ["sales"], "tenant": 7 });
        assert_eq!(world.rows(&sales, &query), ["u1 2", "u2 1"]);
        assert_eq!(world.rows(&json!({}), &query), [""; 0]);
        // Where `orders` is not read its policies say nothing.
        assert_eq!(world.rows(&json!({}), &by(&["users.name"])), ["u1", "u2", "u3"]);
    });
}

#[test]
fn meta_lists_what_each_caller_may_see() {
    let members = |world: &World<'_>, claims: &Value| -> Vec<String> {
        let answer = world.server.get("meta", &json!({}), &token::good(claims)).json();
        let cubes = answer["cubes"].as_array().unwrap().clone();
        let kinds = ["measures", "dimensions"];
        let list = |cube: &Value| kinds.map(|kind| cube[kind].as_array().unwrap().clone()).concat();
        let name = |member: &Value| member["name"].as_str().unwrap().to_owned();
        let names = cubes.iter().flat_map(list).map(|member| name(&member));
        names.filter(|name| !name.starts_with("users.")).collect()
    };
    let of = |names: &[&str]| names.iter().map(|name| format!("orders.{name}")).collect::<Vec<_>>();
    let all = ["count", "total", "id", "tenant", "city", "status", "amount", "email"];
    in_both_languages(GROUPS, |world| {
        // Twice, in turns: what is kept for one caller is not shown to another.
        for _ in 0..2 {
            assert_eq!(members(world, &json!({})), [""; 0]);
            assert_eq!(members(world, &json!({ "is_auditor": true })), of(&all));
            assert_eq!(members(world, &json!({ "groups": ["sales"] })), of(&all[..7]));
            assert_eq!(members(world, &json!({ "groups": ["north"] })), of(&all));
            let shown = ["count", "total", "id", "status", "amount", "email"];
            assert_eq!(members(world, &json!({ "groups": ["support"] })), of(&shown));
            let viewer = members(world, &json!({ "groups": ["viewers"] }));
            assert_eq!(viewer, ["sold.count", "sold.city"]);
        }
    });
}

/// Code that takes the caller's filters away and, when the token says so, asks for something else.
const REWRITES: &str = "module.exports = {
  contextToGroups: ({ securityContext }) => securityContext.groups || [],
  queryRewrite: (query, { securityContext }) => {
    query.filters = [];
    query.dimensions = securityContext.wanted || query.dimensions;
    return query;
  },
};";

#[test]
fn policies_are_asked_after_the_query_was_rewritten() {
    in_both_languages(REWRITES, |world| {
        let sales = json!({ "groups": ["sales"], "tenant": 7 });
        assert_eq!(world.ids(&sales), ["1", "2", "3"]);
        let mut wanted = sales;
        wanted["wanted"] = json!(["orders.email"]);
        let query = json!({ "dimensions": ["orders.id"] });
        assert_eq!(world.rows(&wanted, &query), [""; 0]);
        wanted["wanted"] = json!(["orders.city"]);
        assert_eq!(world.rows(&wanted, &query).len(), 2);
    });
}

#[test]
fn without_code_a_caller_is_in_no_group_but_everybodys() {
    in_both_languages("module.exports = {};", |world| {
        for groups in ["sales", "support", "*"] {
            let claims = json!({ "groups": [groups], "role": groups, "tenant": 7 });
            assert_eq!(world.ids(&claims), [""; 0], "{groups}");
        }
        assert_eq!(world.ids(&json!({ "is_auditor": true })).len(), 6);
    });
}
