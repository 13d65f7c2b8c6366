//! Tokens that a private key signs, in Secrets Manager or in AWS KMS: `load` and Cube's own gateway verify them with the key
//! set that `token` publishes, and so can anybody.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::command::{Folder, tessera};
use harness::cube_gateway::CubeGateway;
use harness::lambda::Emulator;
use harness::moto::Moto;
use harness::{form, http, leak, token};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const US: &str = "https://tokens.example.com";
const SHOP: [(&str, &str); 2] =
    [("client_id", "shop"), ("client_secret", "client-secret-canary-0123456789")];
const OPS: [(&str, &str); 2] =
    [("client_id", "ops"), ("client_secret", "another-secret-canary-0123456789")];
const POLICY: &str = "
clients:
- id: shop
  secret: client-secret-canary-0123456789
  claims: {tenant_id: 7}
  allowed: {note: ['LONG']}
- {id: ops, secret: another-secret-canary-0123456789, rights: [introspect]}
";

/// A claim that makes a token longer than what KMS hashes itself.
fn long() -> String {
    "x".repeat(4000)
}

/// The functions without a database; `load` takes tokens of the key set that `token` publishes.
struct World {
    emulator: Emulator,
    jwk_url: String,
    _moto: Moto,
}

impl World {
    /// What signs is the value of a variable.
    fn start(moto: Moto, variable: &str, value: &str) -> Self {
        let port = harness::free_port();
        let jwk_url = format!("http://127.0.0.1:{port}/.well-known/jwks.json");
        let issuers = json!([{ "issuer": US, "audience": "api", "jwks_url": jwk_url }]);
        let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut environment = moto.environment();
        environment.extend([
            set("CUBEJS_DB_NAME", "shop"),
            set("CUBEJS_DB_USER", "me"),
            set(variable, value),
            set("TESSERA_TOKEN_ISSUER", US),
            set("TESSERA_ISSUERS", &issuers.to_string()),
            set("CUBEJS_JWT_AUDIENCE", "api"),
            set("TESSERA_CLIENTS", &POLICY.replace("LONG", &long())),
            set("TESSERA_SECRET_REFRESH", "200ms"),
        ]);
        Self { emulator: Emulator::start_at(port, &environment), jwk_url, _moto: moto }
    }

    fn issue(&self, more: &[(&str, &str)]) -> String {
        let fields = [&[("grant_type", "client_credentials")], &SHOP[..], more].concat();
        let answer = form::post(&self.emulator.url("/oauth/token"), &fields);
        leak::check(&answer);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    fn meta(&self, token: &str) -> u16 {
        let url = self.emulator.url("/cubejs-api/v1/meta");
        http::send("GET", &url, &[("authorization", token)], "").status
    }

    fn key_set(&self) -> Value {
        let set = http::send("GET", &self.jwk_url, &[], "").json();
        for key in set["keys"].as_array().unwrap() {
            for private in ["d", "p", "q", "k"] {
                assert!(key.get(private).is_none(), "{key}");
            }
        }
        set
    }

    fn gateway(&self) -> CubeGateway {
        CubeGateway::start(&self.jwk_url, US, "api")
    }
}

/// One character of the payload is another one.
fn tampered(token: &str) -> String {
    let at = token.find('.').unwrap() + 10;
    let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

/// A new private key as `tessera secret new` prints it.
fn new_key(algorithm: &str) -> String {
    let folder = Folder::new();
    let said = tessera(folder.path(), &["secret", "new", "--pair", algorithm], &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.out
}

#[test]
fn a_real_cube_accepts_tokens_of_a_stored_key_by_our_key_set() {
    for algorithm in ["ES256", "RS256"] {
        let moto = Moto::start();
        let key = new_key(algorithm);
        let arn = moto.create_secret("signing-key", &key);
        let world = World::start(moto, "TESSERA_SIGNING_KEY_ARN", &arn);
        let ours = world.issue(&[]);
        assert_eq!(world.key_set()["keys"][0]["alg"], algorithm);
        let gateway = world.gateway();
        assert_eq!(gateway.meta(&ours), 200, "{}", gateway.log());
        assert_eq!(gateway.meta(&tampered(&ours)), 403);
        assert_eq!(world.meta(&ours), 200, "load fetches the key");
        assert_eq!(world.meta(&tampered(&ours)), 403);
        leak::check_log(&world.emulator.log("token"), &[&ours, key.lines().nth(1).unwrap()]);
    }
}

#[test]
fn a_real_cube_accepts_no_token_of_another_issuer_audience_or_key() {
    let moto = Moto::start();
    let arn = moto.create_secret("signing-key", &new_key("ES256"));
    let world = World::start(moto, "TESSERA_SIGNING_KEY_ARN", &arn);
    let ours = world.issue(&[]);
    for (issuer, audience) in [("https://other.example.com", "api"), (US, "other")] {
        let gateway = CubeGateway::start(&world.jwk_url, issuer, audience);
        assert_eq!(gateway.meta(&ours), 403, "{issuer} {audience}");
    }
}

#[test]
fn the_published_metadata_leads_to_the_key_set_and_our_tokens_are_no_credential() {
    let moto = Moto::start();
    let arn = moto.create_secret("signing-key", &new_key("ES256"));
    let world = World::start(moto, "TESSERA_SIGNING_KEY_ARN", &arn);
    let ours = world.issue(&[]);
    let configuration = world.emulator.url("/.well-known/openid-configuration");
    let configuration = http::send("GET", &configuration, &[], "").json();
    assert_eq!(configuration["jwks_uri"], format!("{US}/.well-known/jwks.json"));
    let asked = [&OPS[..], &[("token", &ours)]].concat();
    let told = form::post(&world.emulator.url("/oauth/introspect"), &asked).json();
    assert_eq!(
        (&told["active"], &told["iss"], &told["aud"]),
        (&Value::Bool(true), &json!(US), &json!("api"))
    );
    // T-07: a key of ours verifies it, and so it is no credential.
    let bearer = format!("Bearer {ours}");
    let url = world.emulator.url("/auth/cubejs-token");
    assert_eq!(http::send("GET", &url, &[("authorization", &bearer)], "").status, 403);
}

#[test]
fn a_key_that_never_leaves_kms_signs() {
    for (spec, algorithm) in
        [("ECC_NIST_P256", "ES256"), ("RSA_2048", "RS256"), ("ECC_NIST_P384", "ES384")]
    {
        let moto = Moto::start();
        moto.create_signing_key(spec, "alias/tokens");
        let world = World::start(moto, "TESSERA_SIGNING_KMS_KEY_ID", "alias/tokens");
        let ours = world.issue(&[]);
        assert_eq!(token::header(&ours)["alg"], algorithm);
        assert_eq!(token::payload(&ours)["tenant_id"], 7);
        assert_eq!(world.key_set()["keys"][0]["kid"], token::header(&ours)["kid"]);
        assert_eq!(world.meta(&ours), 200, "load fetches the key");
        assert_eq!(world.meta(&tampered(&ours)), 403);
        let gateway = world.gateway();
        assert_eq!(gateway.meta(&ours), 200, "{}", gateway.log());
        assert_eq!(gateway.meta(&tampered(&ours)), 403);
    }
}

/// moto takes a digest for a message of that content: the signature of what we send as a digest must be one over it.
#[test]
fn of_a_long_token_kms_gets_the_digest() {
    let moto = Moto::start();
    moto.create_signing_key("ECC_NIST_P256", "alias/tokens");
    let world = World::start(moto, "TESSERA_SIGNING_KMS_KEY_ID", "alias/tokens");
    let claims = json!({ "note": long() }).to_string();
    let ours = world.issue(&[("claims", &claims)]);
    assert!(ours.len() > 4096);
    let (input, signature) = ours.rsplit_once('.').unwrap();
    let digest = Sha256::digest(input);
    let coordinate = |name: &str| {
        let key = &world.key_set()["keys"][0];
        URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap()
    };
    let point = [&[4][..], &coordinate("x"), &coordinate("y")].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(key.verify(&digest, &signature).is_ok());
    assert!(key.verify(input.as_bytes(), &signature).is_err());
}
