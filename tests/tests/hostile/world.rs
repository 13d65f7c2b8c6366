//! The servers, and how a case goes with them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::http::{self, Answer};
use harness::lambda::Emulator;
use harness::postgres::Cluster;
use harness::server::Server;
use harness::{leak, root, token};
use serde_json::{Value, json};

use crate::case::{self, Case};
use crate::{class, send};

const CLIENT_SECRET: &str = "client-secret-canary-of-the-hostile-0123456789";

/// The servers that the cases are sent to.
pub(crate) struct World {
    /// On the conformance model.
    server: Server,
    /// On a model with a raw value of the context, readable for `https://good.example` alone.
    fenced: Server,
    /// The function `token`.
    functions: Emulator,
    cities: BTreeSet<String>,
    /// Every token that was sent: none may be in a log.
    tokens: RefCell<Vec<String>>,
    _cluster: Cluster,
}

impl World {
    pub(crate) fn start() -> Self {
        let cluster = Cluster::start(&root().join("tests/conformance/seed.sql"), &[]);
        let with = |name: &str, value: &str| {
            let mut environment = cluster.environment();
            environment.push((name.to_owned(), value.to_owned()));
            environment
        };
        let server = Server::start(&root().join("tests/conformance"), cluster.environment());
        let fenced = Server::start(
            &root().join("tests/vectors"),
            with("TESSERA_CORS_ORIGINS", "https://good.example"),
        );
        let clients = json!({ "clients": [
            { "id": "shop", "secret": CLIENT_SECRET, "claims": { "tenant_id": 7 }, "allowed": { "user_id": [42, 43] } },
        ] });
        let functions = Emulator::start(&with("TESSERA_CLIENTS", &clients.to_string()));
        let mut world = Self {
            server,
            fenced,
            functions,
            cities: BTreeSet::new(),
            tokens: RefCell::default(),
            _cluster: cluster,
        };
        world.cities = world.cities_of(&json!({ "dimensions": ["Users.city"] }));
        world.works_without_an_attack();
        world
    }

    /// What the attacks are aimed at gives something to those who may have it.
    fn works_without_an_attack(&self) {
        assert!(self.cities.len() > 3, "{:?}", self.cities);
        for answer in [
            self.by_claim(&self.server, "SecureOrders", "id", &json!(1)),
            self.by_claim(&self.fenced, "SecureOrdersUnsafe", "unsafe", &json!("1")),
        ] {
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(!class::counts(&answer, "0"), "{}", answer.body);
        }
        let answer = self.issued("issue_payload", &json!({ "user_id": 42 }));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    fn token(&self, claims: &Value) -> String {
        let token = token::good(claims);
        self.tokens.borrow_mut().push(token.clone());
        token
    }

    /// What is wrong with the answer to a case, if anything.
    pub(crate) fn wrong(&self, case: &Case) -> Option<String> {
        let logged = self.server.log().len();
        let answer = self.answer(case);
        if matches!(answer.status, 0 | 500..) {
            return Some(format!("{} {}", answer.status, answer.body));
        }
        let checked = without_own_texts(&answer, case);
        if let Err(leak) = std::panic::catch_unwind(|| leak::check(&checked)) {
            return Some(format!("a leak: {:?}", leak.downcast_ref::<String>()));
        }
        if !class::holds(case, &answer, &self.server.log()[logged..]) {
            return Some(format!("{} {}", answer.status, answer.body));
        }
        if let Some(harmless) = case.harmless() {
            let (sent, expected) = (self.statement(&case.value), self.statement(&harmless));
            if sent != expected {
                return Some(format!("the statement is {sent}, and {expected} without the attack"));
            }
        }
        let filters_cities =
            case.expect == "OK" && matches!(case.area.as_str(), "sql-value" | "like");
        filters_cities.then(|| self.other_cities(case)).flatten()
    }

    fn answer(&self, case: &Case) -> Answer {
        let token = self.token(&json!({}));
        let value = &case.value;
        match case.place.as_str() {
            "body" => send::body(&self.server, "load", &value.to_string(), &token),
            "body_gen" => {
                let text = json!({ "query": { "measures": ["Orders.count"] } }).to_string();
                let bytes = usize::try_from(value["bytes"].as_u64().unwrap()).unwrap();
                let blanks = " ".repeat(bytes - text.len());
                send::body(&self.server, "load", &(text + &blanks), &token)
            }
            "claim:tenant_id" => self.by_claim(&self.server, "SecureOrders", "id", value),
            "claim:unsafe" => self.by_claim(&self.fenced, "SecureOrdersUnsafe", "unsafe", value),
            "claim:role" => self.by_claim(&self.server, "Orders", "role", value),
            place if place.starts_with("issue_") => self.issued(place, value),
            _ => match case.query_text() {
                Some(text) => send::query(&self.server, "load", &text, &token),
                None => self.by_header(case, &token),
            },
        }
    }

    /// What the function `token` says to a client that asks for this.
    fn issued(&self, place: &str, value: &Value) -> Answer {
        let basic = format!("Basic {}", STANDARD.encode(format!("shop:{CLIENT_SECRET}")));
        let headers = [("authorization", &*basic), ("content-type", "application/json")];
        let url = self.functions.url("/auth/token");
        http::send("POST", &url, &headers, &send::issue(place, value))
    }

    /// The count of a cube's rows for a token with one claim.
    fn by_claim(&self, server: &Server, cube: &str, claim: &str, value: &Value) -> Answer {
        let token = self.token(&match value.as_str() {
            Some("__ABSENT__") => json!({}),
            Some("__ARRAY_10001__") => json!({ claim: (0..10001).collect::<Vec<_>>() }),
            _ => json!({ claim: value }),
        });
        let query = json!({ "measures": [format!("{cube}.count")] });
        send::query(server, "load", &query.to_string(), &token)
    }

    /// The count of orders for what stands in a header, or in a place where a token should be in one.
    fn by_header(&self, case: &Case, token: &str) -> Answer {
        let (value, path) = (&case.value, send::count_path());
        let get = |headers: &[(&str, &[u8])]| send::headers(&self.server, &path, headers);
        let with_token =
            |name: &str, value: &[u8]| get(&[("authorization", token.as_bytes()), (name, value)]);
        let filled = |value: &Value| value.as_str().unwrap().replace("{TOKEN}", token);
        match case.place.as_str() {
            "header" => {
                let (name, value) = value.as_object().unwrap().iter().next().unwrap();
                with_token(name, value.as_str().unwrap().as_bytes())
            }
            "user_agent" => with_token("user-agent", case::text_of(value).as_bytes()),
            "request_id" => with_token("x-request-id", case::text_of(value).as_bytes()),
            "authorization" if value.is_null() => get(&[]),
            "authorization" => get(&[("authorization", filled(value).as_bytes())]),
            "authorization_gen" => get(&[("authorization", case::text_of(value).as_bytes())]),
            "authorization_list" => {
                let values: Vec<String> = value.as_array().unwrap().iter().map(filled).collect();
                let headers = values.iter().map(|value| ("authorization", value.as_bytes()));
                get(&headers.collect::<Vec<_>>())
            }
            "query_string" => {
                let path = format!("{path}&authorization={0}&token={0}", filled(value));
                send::headers(&self.server, &path, &[])
            }
            "cookie" => {
                let cookie = format!("authorization={0}; token={0}", filled(value));
                get(&[("cookie", cookie.as_bytes())])
            }
            "body_field" => {
                let body = json!({
                    "query": { "measures": ["Orders.count"] },
                    "authorization": filled(value), "token": filled(value),
                });
                let url = self.server.url("/cubejs-api/v1/load");
                let headers = [("content-type", "application/json")];
                http::send("POST", &url, &headers, &body.to_string())
            }
            "origin" => {
                let origin = value.as_str().unwrap().as_bytes();
                let headers = [("authorization", token.as_bytes()), ("origin", origin)];
                send::headers(&self.fenced, "/cubejs-api/v1/meta", &headers)
            }
            place => panic!("{place} is no place"),
        }
    }

    /// The text of the statement that a query becomes.
    fn statement(&self, query: &Value) -> String {
        let token = self.token(&json!({}));
        let answer = send::query(&self.server, "sql", &query.to_string(), &token);
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        answer.json()["sql"]["sql"][0].as_str().unwrap().to_owned()
    }

    fn cities_of(&self, query: &Value) -> BTreeSet<String> {
        let token = self.token(&json!({}));
        let answer = send::query(&self.server, "load", &query.to_string(), &token);
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let rows = answer.json();
        let rows = rows["data"].as_array().unwrap().iter();
        rows.filter_map(|row| row["Users.city"].as_str().map(str::to_owned)).collect()
    }

    /// Whether the filter finds other cities than those that literally match it.
    fn other_cities(&self, case: &Case) -> Option<String> {
        let filter = &case.value["filters"][0];
        let (operator, literal) = (filter["operator"].as_str()?, filter["values"][0].as_str()?);
        let matches = |city: &String| {
            let (city, sought) = (city.to_lowercase(), literal.to_lowercase());
            match operator {
                "equals" => city == sought,
                "contains" => city.contains(&sought),
                "startsWith" => city.starts_with(&sought),
                "endsWith" => city.ends_with(&sought),
                other => panic!("nobody knows what {other} matches"),
            }
        };
        let expected: BTreeSet<String> =
            self.cities.iter().filter(|city| matches(city)).cloned().collect();
        let query = json!({ "dimensions": ["Users.city"], "filters": case.value["filters"] });
        let found = self.cities_of(&query);
        (found != expected).then(|| format!("cities {found:?}, not {expected:?}"))
    }

    /// The servers still answer, and no log holds a secret.
    pub(crate) fn finish(self) {
        let answer = self.server.load(&json!({ "measures": ["Orders.count"] }), &json!({}));
        assert!(class::counts(&answer, class::ALL_ORDERS), "{}", answer.body);
        let tokens = self.tokens.into_inner();
        let mut secrets: Vec<&str> = tokens.iter().map(String::as_str).collect();
        secrets.push(CLIENT_SECRET);
        for log in [self.server.log(), self.fenced.log(), self.functions.log("token")] {
            leak::check_log(&log, &secrets);
        }
    }
}

/// The answer without what the caller wrote: a query is echoed, and an unknown name is named.
fn without_own_texts(answer: &Answer, case: &Case) -> Answer {
    let mut answer = answer.clone();
    for text in case.texts().iter().filter(|text| text.len() > 3) {
        let written = json!(text).to_string();
        answer.body = answer.body.replace(&written[1..written.len() - 1], "");
    }
    answer
}
