//! What the functions find: a model, a PostgreSQL and a Secrets Manager, both with TLS.

use std::path::Path;
use std::process::{Command, Stdio};

use harness::authority::Authority;
use harness::command::Folder;
use harness::instance::get;
use harness::postgres::Cluster;
use harness::secret_store::SecretStore;
use harness::{binary, http, root, token, variable, variables};
use serde_json::{Value, json};

use crate::start::Subject;

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:api";
const CLIENTS: &str =
    r#"{"clients": [{"id": "shop", "secret": "client-secret-canary-0123456789"}]}"#;
/// Its id and secret (RFC 7617).
const BASIC: &str = "Basic c2hvcDpjbGllbnQtc2VjcmV0LWNhbmFyeS0wMTIzNDU2Nzg5";
const TLS: &[(&str, &str)] =
    &[("ssl", "on"), ("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")];
/// Where systems keep whom they trust.
const TRUSTED: &[&str] =
    &["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

pub(crate) struct World {
    cluster: Cluster,
    authority: Authority,
    secrets: SecretStore,
    folder: Folder,
}

impl World {
    pub(crate) fn new() -> Self {
        let authority = Authority::new();
        let identity = authority.issue(&["127.0.0.1"]);
        let files = [("server.crt", identity.pem()), ("server.key", identity.key_pem())];
        let cluster = Cluster::start_with(&root().join("examples/ecommerce/seed.sql"), TLS, &files);
        let secrets = SecretStore::start(&identity, token::SECRET);
        let folder = Folder::new();
        // As many as on AWS: who trusts one authority has read its certificate sooner.
        let trusted = TRUSTED.iter().find_map(|file| std::fs::read_to_string(file).ok());
        folder.write("trusted.pem", &(trusted.unwrap() + authority.pem()));
        compile(&root().join("examples/ecommerce/model"), &folder.path().join("model"));
        Self { cluster, authority, secrets, folder }
    }

    /// The functions, after the hello-world.
    pub(crate) fn subjects(&self) -> Vec<Subject> {
        let subject = |name, program, environment, question| Subject {
            name,
            program: binary(program),
            environment,
            question,
        };
        let (packed, sources) =
            (self.folder.path().join("model"), root().join("examples/ecommerce/model"));
        let (here, stored) =
            (variables(&[("CUBEJS_API_SECRET", token::SECRET)]), self.secret_store());
        let load = |model: &Path, secret: &[(String, String)]| {
            let model = variable("CUBEJS_SCHEMA_PATH", &model.to_string_lossy());
            [self.database().as_slice(), &[model], secret].concat()
        };
        let with = |more: &[(&str, &str)], secret: &[(String, String)]| {
            [secret, &variables(more)].concat()
        };
        let clients = &[("TESSERA_CLIENTS", CLIENTS)];
        let rotation =
            &[("TESSERA_ROTATE", "keys"), ("TESSERA_TEST_URL", "https://api.example.com")];
        let renewal = &[
            ("TESSERA_CERTIFICATE_NAMES", "shop.example"),
            ("TESSERA_CERTIFICATE_SECRET_ARN", ARN),
        ];
        let (rows, issued) = (Some((rows(), "31958")), Some((grant(), "access_token")));
        vec![
            subject("hello", "hello", Vec::new(), None),
            subject("load", "load", load(&packed, &here), rows.clone()),
            subject("load, model not compiled before", "load", load(&sources, &here), rows.clone()),
            subject("load, secret in Secrets Manager", "load", load(&packed, &stored), rows),
            subject("token", "token", with(clients, &here), issued.clone()),
            subject("token, secret in Secrets Manager", "token", with(clients, &stored), issued),
            subject("rotate-secret", "rotate-secret", with(rotation, &stored), None),
            subject("renew-certificate", "renew-certificate", with(renewal, &stored), None),
        ]
    }

    fn database(&self) -> Vec<(String, String)> {
        let tls = [("CUBEJS_DB_SSL", "true"), ("CUBEJS_DB_SSL_CA", self.authority.pem())];
        [self.cluster.environment(), variables(&tls)].concat()
    }

    fn secret_store(&self) -> Vec<(String, String)> {
        variables(&[
            ("TESSERA_API_SECRET_ARN", ARN),
            ("AWS_ENDPOINT_URL", self.secrets.url().as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("SSL_CERT_FILE", self.folder.path().join("trusted.pem").to_string_lossy().as_ref()),
        ])
    }
}

/// A query of four rows.
fn rows() -> Value {
    let query = json!({ "measures": ["orders.count"], "dimensions": ["orders.status"] });
    let query = format!("query={}", http::encode(&query.to_string()));
    get("/cubejs-api/v1/load", &query, &token::good(&json!({})))
}

/// The sample event of a client that asks for a token.
fn grant() -> Value {
    let file = root().join("events/token-oauth-client-credentials.json");
    let text = std::fs::read_to_string(file).unwrap();
    serde_json::from_str(&text.replace("Basic {{basic}}", BASIC)).unwrap()
}

/// `tessera compile`, into a folder of its own as in the function's package.
fn compile(sources: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let status = Command::new(binary("tessera"))
        .arg("compile")
        .arg("--schema-path")
        .arg(sources)
        .arg("--output")
        .arg(folder.join("model.tessera"))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}
