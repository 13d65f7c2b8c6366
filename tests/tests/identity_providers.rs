//! People sign in at an `OpenID` provider or at Amazon Cognito, and their tokens get them their rows, and nobody else's,
//! while the provider changes its keys.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use harness::cognito::UserPool;
use harness::command::Folder;
use harness::key_server::{KEYS, KeyServer, Reply};
use harness::moto::{Moto, REGION};
use harness::oidc_provider::OidcProvider;
use harness::postgres::Cluster;
use harness::server::Server;
use harness::signing_key::SigningKey;
use harness::{http, leak, token, wait_until};
use serde_json::{Value, json};

/// The orders of whoever asks: who that is stands in another claim at each provider.
const MODEL: &str = "
cube('MyOrders', {
  sql: `SELECT * FROM orders WHERE ${SECURITY_CONTEXT.user_id.filter('user_id')}`,
  measures: { count: { type: 'count' } },
  dimensions: { buyer: { sql: 'user_id', type: 'number' } },
});
cube('TenantOrders', {
  sql: `SELECT * FROM orders WHERE ${SECURITY_CONTEXT['custom:tenant'].filter('user_id')}`,
  measures: { count: { type: 'count' } },
  dimensions: { buyer: { sql: 'user_id', type: 'number' } },
});
cube('NamedOrders', {
  sql: `SELECT * FROM orders WHERE ${SECURITY_CONTEXT.username.filter('user_id')}`,
  measures: { count: { type: 'count' } },
  dimensions: { buyer: { sql: 'user_id', type: 'number' } },
});
";

/// A hundred orders of each of three buyers.
const ROWS: &str = "CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL);

INSERT INTO orders SELECT id, 42 + id % 3 FROM generate_series(1, 300) AS id;

";

const SOON: Duration = Duration::from_secs(20);
/// More than a set is fresh here, and more than the pause before an unknown key makes the server look again.
const LOOK_AGAIN: Duration = Duration::from_millis(800);

/// A database, and a server before it with these variables.
struct World {
    server: Server,
    _cluster: Cluster,
    _project: Folder,
}

impl World {
    fn start(variables: &[(&str, &str)]) -> Self {
        let project = Folder::new();
        project.write("model/orders.js", MODEL);
        let cluster = Cluster::start(&project.write("orders.sql", ROWS), &[]);
        let mut environment = cluster.environment();
        let every = ["FRESH", "FRESH_MIN", "FRESH_MAX", "COOLDOWN"]
            .map(|name| (format!("TESSERA_JWKS_{name}"), "500ms".to_owned()));
        environment.extend(every);
        let named = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        environment.extend(variables.iter().map(named));
        let server = Server::start(project.path(), environment);
        Self { server, _cluster: cluster, _project: project }
    }

    /// Who bought what a token lets see in a cube; the status when it is refused.
    fn buyers(&self, cube: &str, token: &str) -> Result<Vec<Value>, u16> {
        let buyer = format!("{cube}.buyer");
        let query = json!({ "measures": [format!("{cube}.count")], "dimensions": [buyer] });
        let answer = self.server.get("load", &query, &format!("Bearer {token}"));
        leak::check(&answer);
        if answer.status != 200 {
            return Err(answer.status);
        }
        let rows = answer.json()["data"].as_array().unwrap().clone();
        Ok(rows.into_iter().map(|row| row[&buyer].clone()).collect())
    }

    /// Asks without a pause for the rows of `buyer` with the token that is current, while `meanwhile` runs, which may
    /// replace it; fails when any request is refused or sees other rows.
    fn while_asking(
        &self,
        cube: &str,
        buyer: &str,
        current: &Mutex<String>,
        meanwhile: impl FnOnce(),
    ) {
        let (is_over, answers) = (AtomicBool::new(false), AtomicU32::new(0));
        let ask = || {
            while !is_over.load(Ordering::SeqCst) {
                let token = current.lock().unwrap().clone();
                assert_eq!(self.buyers(cube, &token), Ok(vec![json!(buyer)]));
                answers.fetch_add(1, Ordering::SeqCst);
            }
        };
        std::thread::scope(|scope| {
            let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            // A panic in here must not leave the others asking for ever.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(meanwhile));
            is_over.store(true, Ordering::SeqCst);
            let asked = asking.into_iter().map(std::thread::ScopedJoinHandle::join);
            assert!(asked.collect::<Vec<_>>().iter().all(Result::is_ok), "a request was refused");
            done.unwrap();
        });
        leak::check_log(&self.server.log(), &[&current.lock().unwrap()]);
        assert!(answers.load(Ordering::SeqCst) > 100, "{answers:?} requests only");
    }
}

#[test]
fn people_of_an_openid_provider_get_their_own_rows_while_its_keys_rotate() {
    const API: &str = "https://api.example";
    let provider =
        OidcProvider::start(&json!({ "ada": { "user_id": 42 }, "bob": { "user_id": 43 } }));
    let issuers = json!([{
        "issuer": provider.issuer(),
        "audience": [API, OidcProvider::client("ES256")],
        "algorithms": ["RS256", "ES256"],
    }]);
    let world = World::start(&[("TESSERA_ISSUERS", &issuers.to_string())]);
    for (algorithm, account, buyer) in
        [("RS256", "ada", "42"), ("ES256", "ada", "42"), ("ES256", "bob", "43")]
    {
        let tokens = provider.sign_in(account, algorithm, API);
        assert_eq!(world.buyers("MyOrders", &tokens.access), Ok(vec![json!(buyer)]));
    }
    let ada = provider.sign_in("ada", "ES256", API);
    assert_eq!(world.buyers("MyOrders", &ada.id), Ok(vec![json!("42")]), "for a client we know");
    let foreign = provider.sign_in("ada", "RS256", "https://other.example");
    assert_eq!(world.buyers("MyOrders", &foreign.access), Err(403), "for another API");
    assert_eq!(world.buyers("MyOrders", &foreign.id), Err(403), "for another client");

    let current = Mutex::new(ada.access.clone());
    world.while_asking("MyOrders", "42", &current, || {
        for (old, new) in [("a", "b"), ("b", "c")] {
            provider.use_keys(&[old, new]);
            // An issuer publishes a key before it signs with it.
            std::thread::sleep(LOOK_AGAIN);
            provider.use_keys(&[new, old]);
            *current.lock().unwrap() = provider.sign_in("ada", "ES256", API).access;
            // Requests with the token from before are under way.
            std::thread::sleep(LOOK_AGAIN);
            provider.use_keys(&[new]);
            std::thread::sleep(LOOK_AGAIN);
        }
    });
    wait_until("the first key to be gone", SOON, || {
        world.buyers("MyOrders", &ada.access) == Err(403)
    });
}

/// The variables for a user pool whose keys are published at this address.
fn pool_variables<'a>(pool: &'a UserPool<'_>, keys_url: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("TESSERA_COGNITO_USER_POOL_ID", &pool.id),
        ("TESSERA_COGNITO_REGION", REGION),
        ("TESSERA_COGNITO_CLIENT_IDS", &pool.client),
        ("TESSERA_COGNITO_JWKS_URL", keys_url),
    ]
}

#[test]
fn users_of_a_cognito_pool_get_their_own_rows() {
    let moto = Moto::start();
    let pool = UserPool::create(&moto);
    // The access token tells the name of a user and no attribute.
    for (name, tenant) in [("42", "44"), ("43", "42")] {
        pool.add_user(name, "Correct-horse-7", tenant);
    }
    let (ada, bob) = (pool.sign_in("42", "Correct-horse-7"), pool.sign_in("43", "Correct-horse-7"));
    let keys_url = pool.keys_url();
    let variables = pool_variables(&pool, &keys_url);

    let with_use =
        |token_use| [&variables[..], &[("TESSERA_COGNITO_TOKEN_USE", token_use)]].concat();
    let world = World::start(&with_use("id"));
    assert_eq!(world.buyers("TenantOrders", &ada.id), Ok(vec![json!("44")]));
    assert_eq!(world.buyers("TenantOrders", &bob.id), Ok(vec![json!("42")]));
    assert_eq!(world.buyers("NamedOrders", &ada.access), Err(403), "of the other use");
    drop(world);

    let world = World::start(&with_use("access"));
    assert_eq!(world.buyers("NamedOrders", &ada.access), Ok(vec![json!("42")]));
    assert_eq!(world.buyers("NamedOrders", &bob.access), Ok(vec![json!("43")]));
    assert_eq!(world.buyers("TenantOrders", &ada.access), Err(403), "no attribute, no rows");
    assert_eq!(world.buyers("TenantOrders", &ada.id), Err(403), "of the other use");
    // Every pool of moto's signs with one key; only what the tokens say tells them apart.
    let other = UserPool::create(&moto);
    other.add_user("42", "Correct-horse-7", "44");
    let foreign = other.sign_in("42", "Correct-horse-7");
    assert_eq!(world.buyers("NamedOrders", &foreign.access), Err(403), "of another pool");
}

/// moto's key never changes, so the pool's key set is served by a server of ours: moto's key first, a new one later.
#[test]
fn users_of_a_cognito_pool_are_not_refused_while_its_keys_rotate() {
    let moto = Moto::start();
    let pool = UserPool::create(&moto);
    pool.add_user("ada", "Correct-horse-7", "42");
    let old = pool.sign_in("ada", "Correct-horse-7").id;
    let new_key = SigningKey::rs256("new");
    let new = new_key.sign(&token::payload(&old));
    let old_key = http::send("GET", &pool.keys_url(), &[], "").json()["keys"][0].clone();
    let keys = KeyServer::plain();
    let publish = |list: &[&Value]| keys.answer(KEYS, Reply::json(&json!({ "keys": list })));
    publish(&[&old_key]);
    let keys_url = keys.url(KEYS);
    let variables = pool_variables(&pool, &keys_url);
    let world = World::start(&[&variables[..], &[("TESSERA_COGNITO_TOKEN_USE", "id")]].concat());

    let current = Mutex::new(old.clone());
    world.while_asking("TenantOrders", "42", &current, || {
        let new_jwk = new_key.jwk();
        publish(&[&old_key, &new_jwk]);
        std::thread::sleep(LOOK_AGAIN);
        current.lock().unwrap().clone_from(&new);
        std::thread::sleep(LOOK_AGAIN);
        publish(&[&new_jwk]);
        std::thread::sleep(LOOK_AGAIN);
    });
    wait_until("the old key to be gone", SOON, || world.buyers("TenantOrders", &old) == Err(403));
    assert_eq!(world.buyers("TenantOrders", &new), Ok(vec![json!("42")]));
}
