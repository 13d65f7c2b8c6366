//! The bodies of `/v1/meta`, `/v1/sql` and `/v1/dry-run`, and the sentences about queries, held
//! against recorded answers of Cube 1.7.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(
    unreachable_pub,
    dead_code,
    missing_docs,
    reason = "the helper module serves several tests"
)]

mod shop;

use axum::http::StatusCode;
use serde_json::{Value, json};
use shop::{ask, get, options, router};

async fn cube(name: &str) -> Value {
    let answer = get(&router(options()), "/v1/meta").await;
    assert_eq!(answer.status, StatusCode::OK);
    let cubes = answer.json()["cubes"].as_array().unwrap().clone();
    cubes.into_iter().find(|cube| cube["name"] == name).unwrap()
}

#[tokio::test]
async fn meta_describes_a_cube() {
    let mut orders = cube("Orders").await;
    let members = orders.as_object_mut().unwrap();
    for key in ["measures", "dimensions", "segments"] {
        members.remove(key);
    }
    assert_eq!(
        orders,
        json!({
            "name": "Orders", "type": "cube", "title": "Customer Orders", "isVisible": true,
            "public": true, "description": "All orders", "connectedComponent": 1,
            "hierarchies": [], "folders": [], "nestedFolders": []
        })
    );
    assert_eq!(cube("SecureOrders").await.get("connectedComponent"), None);
}

#[tokio::test]
async fn meta_describes_members_and_hides_what_is_not_public() {
    let orders = cube("Orders").await;
    let drill = json!(["Orders.id", "Orders.status", "Users.city", "Orders.createdAt"]);
    assert_eq!(
        orders["measures"],
        json!([
            {"name": "Orders.count", "title": "Customer Orders Count", "shortTitle": "Count",
             "formatDescription": {"name": "number", "specifier": ",.2~f"},
             "cumulativeTotal": false, "cumulative": false, "type": "number", "aggType": "count",
             "drillMembers": drill,
             "drillMembersGrouped": {"measures": [], "dimensions": drill},
             "isVisible": true, "public": true},
            {"name": "Orders.totalNumber", "title": "Customer Orders Total Of Number",
             "description": "Sum of order number", "shortTitle": "Total Of Number",
             "format": "currency",
             "formatDescription": {"name": "currency", "specifier": "$,.2~f"},
             "cumulativeTotal": false, "cumulative": false, "type": "number", "aggType": "sum",
             "drillMembers": [], "drillMembersGrouped": {"measures": [], "dimensions": []},
             "meta": {"tag": "sum"}, "isVisible": true, "public": true},
            {"name": "Orders.runningCount", "title": "Customer Orders Running Count",
             "shortTitle": "Running Count",
             "formatDescription": {"name": "number", "specifier": ",.2~f"},
             "cumulativeTotal": true, "cumulative": true, "type": "number", "aggType": "count",
             "drillMembers": [], "drillMembersGrouped": {"measures": [], "dimensions": []},
             "isVisible": true, "public": true},
        ])
    );
    assert_eq!(
        orders["dimensions"][1],
        json!({"name": "Orders.status", "title": "Customer Orders Order Status", "type": "string",
               "description": "The status", "shortTitle": "Order Status",
               "suggestFilterValues": true, "meta": {"color": "red"}, "isVisible": true,
               "public": true, "primaryKey": false})
    );
    assert_eq!(orders["dimensions"][0]["primaryKey"], true);
    assert_eq!(orders["dimensions"][3]["aliasMember"], "Users.city");
    assert_eq!(
        orders["segments"],
        json!([{"name": "Orders.completed", "title": "Customer Orders Completed",
                "shortTitle": "Completed", "isVisible": true, "public": true}])
    );
    // A primary key is not public unless its author says so.
    let users = cube("Users").await;
    assert_eq!(users["dimensions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn there_are_no_views() {
    let answer = get(&router(options()), "/v1/meta?onlyViews=true").await;
    assert_eq!(answer.json(), json!({"cubes": []}));
}

#[tokio::test]
async fn extended_meta_adds_joins_and_no_sql() {
    let router = router(options());
    // The value of the parameter does not matter, as in Cube.
    for parameters in ["extended", "extended=true", "onlyViews=false&extended=false"] {
        let answer = get(&router, &format!("/v1/meta?{parameters}")).await;
        let body = answer.json();
        let cubes = body["cubes"].as_array().unwrap();
        let orders = cubes.iter().find(|cube| cube["name"] == "Orders").unwrap();
        assert_eq!(orders["joins"], json!([{"name": "Users", "relationship": "belongsTo"}]));
        assert_eq!(orders["title"], "Customer Orders");
        for internal in ["\"sql\"", "user_id", "fileName", "select", "SELECT"] {
            assert!(!answer.text.contains(internal), "{internal}: {}", answer.text);
        }
    }
    let plain = get(&router, "/v1/meta?extend=true").await.json();
    assert_eq!(plain, get(&router, "/v1/meta").await.json());
    assert_eq!(plain["cubes"][0].get("joins"), None);
    let views = get(&router, "/v1/meta?extended&onlyViews=true").await;
    assert_eq!(views.json(), json!({"cubes": []}));
}

#[tokio::test]
async fn meta_tells_how_to_show_a_member() {
    let shown = cube("Shown").await;
    let measure = &shown["measures"][0];
    assert_eq!(
        measure["format"],
        json!({"type": "custom-numeric", "value": ".1~%", "alias": "percent_1"})
    );
    assert_eq!(
        measure["formatDescription"],
        json!({"name": "percent_1", "specifier": ".1~%", "currency": "EUR"})
    );
    assert_eq!((&measure["cumulative"], &measure["currency"]), (&json!(true), &json!("EUR")));
    let dimensions = shown["dimensions"].as_array().unwrap();
    assert_eq!(dimensions[0]["format"], json!({"type": "custom-time", "value": "%Y"}));
    assert_eq!(dimensions[0].get("formatDescription"), None);
    assert_eq!(dimensions[1]["format"], json!({"type": "custom-numeric", "value": ".3f"}));
    assert_eq!(dimensions[1]["formatDescription"], json!({"name": "custom", "specifier": ".3f"}));
    assert_eq!(
        (&dimensions[1]["order"], &dimensions[1]["key"]),
        (&json!("desc"), &json!("Shown.at"))
    );
    assert_eq!(dimensions[0].get("order").or(dimensions[0].get("key")), None);
}

#[tokio::test]
async fn meta_leaves_out_cubes_without_a_public_member() {
    let body = get(&router(options()), "/v1/meta").await.json();
    let names: Vec<&str> = body["cubes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cube| cube["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"Orders") && !names.contains(&"Hidden"), "{names:?}");
}

#[tokio::test]
async fn sql_gives_statement_parameters_and_names() {
    let query = json!({
        "measures": ["Orders.count"],
        "dimensions": ["Users.city"],
        "filters": [{"member": "Orders.status", "operator": "equals", "values": ["completed"]}]
    });
    let answer = ask(&router(options()), "sql", &query).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!(body["dataSource"], "default");
    let sql = &body["sql"];
    let text = sql["sql"][0].as_str().unwrap();
    assert!(text.starts_with("SELECT") && !text.contains("completed"), "{text}");
    assert!(sql["sql"][1].as_array().unwrap().contains(&json!("completed")));
    assert_eq!(sql["order"], json!({"Orders.count": "desc"}));
    assert_eq!(
        sql["aliasNameToMember"],
        json!({"orders__count": "Orders.count", "users__city": "Users.city"})
    );
    assert_eq!(sql["external"], false);
    assert_eq!(sql["preAggregations"], json!([]));
}

#[tokio::test]
async fn dry_run_says_how_a_query_is_understood() {
    let query = json!({
        "measures": ["Orders.count"],
        "timeDimensions": [{
            "dimension": "Orders.createdAt",
            "granularity": "day",
            "dateRange": ["2020-01-01", "2020-01-31"]
        }]
    });
    let answer = ask(&router(options()), "dry-run", &query).await;
    // Recorded: `dry-run`, but for `transformedQueries`.
    let normalized = json!({
        "measures": ["Orders.count"],
        "timeDimensions": [{
            "dimension": "Orders.createdAt",
            "granularity": "day",
            "dateRange": ["2020-01-01T00:00:00.000", "2020-01-31T23:59:59.999"]
        }],
        "cacheMode": "stale-if-slow", "timezone": "UTC", "limit": 10000, "filters": [],
        "dimensions": [], "rowLimit": 10000, "queryType": "regularQuery"
    });
    assert_eq!(
        answer.json(),
        json!({
            "queryType": "regularQuery",
            "normalizedQueries": [normalized],
            "queryOrder": [{"Orders.createdAt": "asc"}],
            "transformedQueries": [],
            "pivotQuery": normalized
        })
    );
}

#[tokio::test]
async fn mistakes_in_a_query_are_named_in_cubes_words() {
    let router = router(options());
    for (query, error, is_user_error) in [
        (json!({"measures": ["Nope.count"]}), "Cube 'Nope' not found for path 'Nope.count'", true),
        (json!({"measures": ["Orders.nope"]}), "'nope' not found for path 'Orders.nope'", true),
        (
            json!({"measures": ["Orders.secret"]}),
            "You requested hidden member: 'Orders.secret'. Please make it visible using \
             `public: true`. Please note primaryKey fields are `public: false` by default.",
            true,
        ),
        (
            json!({"measures": ["Orders.count"], "limit": 50001}),
            "The query limit has been exceeded.",
            false,
        ),
        (
            json!({"measures": ["Orders.count"], "timezone": "Mars/X"}),
            "Invalid query format: \"timezone\" must be a valid IANA time zone, got \"Mars/X\"",
            false,
        ),
        (
            json!([{"measures": ["Orders.count"]}]),
            "Data blending query without granularity is not supported",
            false,
        ),
    ] {
        for route in ["load", "sql", "dry-run"] {
            let answer = ask(&router, route, &query).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
            assert_eq!(answer.error(), error);
            assert_eq!(
                answer.json().get("type"),
                is_user_error.then(|| json!("UserError")).as_ref()
            );
        }
    }
}

#[tokio::test]
async fn several_results_need_a_client_that_understands_them() {
    let query = json!({"measures": ["Orders.count"], "timeDimensions": [{
        "dimension": "Orders.createdAt",
        "compareDateRange": ["this week", "last week"]
    }]});
    let answer = ask(&router(options()), "load", &query).await;
    assert_eq!(
        answer.json(),
        json!({"error": "'compareDateRangeQuery' query type is not supported by the client.\
                         Please update the client."})
    );
}

#[tokio::test]
async fn a_data_source_without_a_database_is_refused() {
    let query = json!({"measures": ["Archived.count"]});
    let answer = ask(&router(options()), "load", &query).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", answer.text);
    assert_eq!(answer.error(), "Internal error");
    // What it is planned as is known all the same.
    let sql = ask(&router(options()), "sql", &query).await.json();
    assert_eq!(
        (&sql["dataSource"], &sql["sql"]["dataSource"]),
        (&json!("archive"), &json!("archive"))
    );
}

#[test]
fn a_model_is_held_against_the_databases() {
    let model = |source: &str| {
        let text = format!(
            "cubes:\n- name: a\n  sql_table: t\n  data_source: {source}\n  measures:\n  - {{name: count, type: count}}\n"
        );
        let file = compiler::ModelFile { path: "a.yml".to_owned(), text };
        compiler::compile(&[file]).unwrap()
    };
    let options = database::Options {
        name: "shop".to_owned(),
        user: "me".to_owned(),
        ..database::Options::default()
    };
    let databases =
        database::Databases::new([("default", &options), ("archive", &options)]).unwrap();
    for known in ["default", "archive"] {
        assert_eq!(api::check_data_sources(&model(known), &databases), Ok(()));
    }
    let refused = api::check_data_sources(&model("other"), &databases).unwrap_err().to_string();
    assert!(refused.contains("`other`") && refused.contains("CUBEJS_DATASOURCES"), "{refused}");
}
