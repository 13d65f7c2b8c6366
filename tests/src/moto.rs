//! AWS as moto emulates it.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::http::{self, Answer};
use crate::process::{Child, Program, free_port};
use crate::tools::Tools;

/// The region of everything in it.
pub const REGION: &str = "us-east-1";

/// A running moto server.
#[derive(Debug)]
pub struct Moto {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    _process: Child,
}

impl Moto {
    /// Starts it, empty.
    pub fn start() -> Self {
        let tools = Tools::get();
        let program = tools.moto.as_ref().unwrap_or_else(|| tools.absent("moto"));
        let port = free_port();
        let mut process = Child::start(Program {
            name: "moto",
            command: vec![
                program.to_string_lossy().into_owned(),
                "-H".into(),
                "127.0.0.1".into(),
                "-p".into(),
                port.to_string(),
            ],
            environment: Vec::new(),
            folder: Path::new("/"),
            signal: "TERM",
            user: None,
            scratch: None,
        });
        let url = format!("http://127.0.0.1:{port}/moto-api/");
        process.wait_until(|| http::try_send("GET", &url, &[], "").is_ok());
        Self { port, _process: process }
    }

    /// The variables that lead an AWS SDK here.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", self.url("")),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Stores a secret under a name; its ARN.
    pub fn create_secret(&self, name: &str, text: &str) -> String {
        let token = format!("{name:-<32}");
        let answer = self.secrets_manager(
            "CreateSecret",
            &json!({ "Name": name, "SecretString": text, "ClientRequestToken": token }),
        );
        answer["ARN"].as_str().unwrap().to_owned()
    }

    /// Gives a secret a new current version; the one before becomes the previous one.
    pub fn put_secret(&self, arn: &str, text: &str, token: &str) {
        self.secrets_manager(
            "PutSecretValue",
            &json!({
                "SecretId": arn,
                "SecretString": text,
                "ClientRequestToken": format!("{token:-<32}"),
            }),
        );
    }

    /// Begins a rotation as AWS does: the version `token` is pending and has no value. Its steps are
    /// the test's to ask for: moto adds the version, does not find the function, and says so.
    pub fn begin_rotation(&self, arn: &str, token: &str) {
        let function =
            format!("arn:aws:lambda:{REGION}:123456789012:function:nobody-is-asked-here");
        let body = json!({
            "SecretId": arn,
            "ClientRequestToken": token,
            "RotationLambdaARN": function,
            "RotationRules": { "AutomaticallyAfterDays": 30 },
        });
        let ask = || self.call("secretsmanager", "secretsmanager.RotateSecret", &body);
        // moto walks through versions that others write at the same time, and then fails itself.
        let answer = (0..5).map(|_| ask()).find(|answer| answer.status != 500).unwrap_or_else(ask);
        assert!(answer.body.contains("nobody-is-asked-here"), "{}", answer.body);
        assert_eq!(self.labels(arn).get(token), Some(&vec!["AWSPENDING".to_owned()]));
    }

    /// Ends the rotation of a secret for good, as `CancelRotateSecret` does.
    pub fn cancel_rotation(&self, arn: &str) {
        self.secrets_manager("CancelRotateSecret", &json!({ "SecretId": arn }));
    }

    /// The labels of each version that has any.
    pub fn labels(&self, arn: &str) -> BTreeMap<String, Vec<String>> {
        let answer = self.secrets_manager("DescribeSecret", &json!({ "SecretId": arn }));
        let labels = answer["VersionIdsToStages"].clone();
        let mut labels: BTreeMap<String, Vec<String>> = serde_json::from_value(labels).unwrap();
        labels.retain(|_, labels| !labels.is_empty());
        labels
    }

    /// Id and text of the version with a label.
    pub fn labelled(&self, arn: &str, label: &str) -> (String, String) {
        let body = json!({ "SecretId": arn, "VersionStage": label });
        let answer = self.secrets_manager("GetSecretValue", &body);
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        (text("VersionId"), text("SecretString"))
    }

    /// A secret that has no version yet; its ARN.
    pub fn create_empty_secret(&self, name: &str) -> String {
        let answer = self.secrets_manager("CreateSecret", &json!({ "Name": name }));
        answer["ARN"].as_str().unwrap().to_owned()
    }

    /// Writes a pending version.
    pub fn put_pending(&self, arn: &str, text: &str, token: &str) {
        let body = json!({
            "SecretId": arn, "SecretString": text, "ClientRequestToken": token,
            "VersionStages": ["AWSPENDING"],
        });
        self.secrets_manager("PutSecretValue", &body);
    }

    /// Imports a certificate with its key into AWS Certificate Manager; its ARN.
    pub fn import_certificate(&self, certificate: &str, key: &str) -> String {
        let blob = |text: &str| STANDARD.encode(text);
        let body = json!({ "Certificate": blob(certificate), "PrivateKey": blob(key) });
        let answer = self.certificate_manager("ImportCertificate", &body);
        answer["CertificateArn"].as_str().unwrap().to_owned()
    }

    /// The certificate under an ARN, as PEM.
    pub fn imported(&self, arn: &str) -> String {
        let answer = self.certificate_manager("GetCertificate", &json!({ "CertificateArn": arn }));
        answer["Certificate"].as_str().unwrap().to_owned()
    }

    fn certificate_manager(&self, action: &str, body: &Value) -> Value {
        let answer = self.call("acm", &format!("CertificateManager.{action}"), body);
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        answer.json()
    }

    /// Makes a bucket that keeps versions.
    pub fn create_bucket(&self, bucket: &str) {
        let versioning =
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        for (path, body) in [("", ""), ("?versioning", versioning)] {
            let answer = self.s3("PUT", &format!("/{bucket}{path}"), body);
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    }

    /// Makes a public zone of Route 53; its id.
    pub fn create_zone(&self, name: &str) -> String {
        let body = format!(
            "<CreateHostedZoneRequest><Name>{name}</Name><CallerReference>x</CallerReference>\
             </CreateHostedZoneRequest>"
        );
        let answer = self.route53("POST", "", &body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        let id = answer.body.split("<Id>/hostedzone/").nth(1).unwrap();
        id.split('<').next().unwrap().to_owned()
    }

    /// The records of a zone, as XML.
    pub fn records(&self, zone: &str) -> String {
        self.route53("GET", &format!("/{zone}/rrset"), "").body
    }

    /// The name server of a zone: the texts of the records of a name, as they are when it is asked.
    pub fn name_server(&self, zone: &str) -> impl Fn(&str) -> Vec<String> + Send + 'static + use<> {
        let url = self.url(&format!("/2013-04-01/hostedzone/{zone}/rrset"));
        let authorization = authorization("route53");
        move |name| {
            let answer = http::send("GET", &url, &[("authorization", &authorization)], "");
            texts(&answer.body, name)
        }
    }

    fn route53(&self, method: &str, path: &str, body: &str) -> Answer {
        let authorization = authorization("route53");
        let url = self.url(&format!("/2013-04-01/hostedzone{path}"));
        http::send(method, &url, &[("authorization", &authorization)], body)
    }

    /// One call of S3.
    pub fn s3(&self, method: &str, path: &str, body: &str) -> Answer {
        let authorization = authorization("s3");
        http::send(method, &self.url(path), &[("authorization", &authorization)], body)
    }

    fn secrets_manager(&self, action: &str, body: &Value) -> Value {
        let answer = self.call("secretsmanager", &format!("secretsmanager.{action}"), body);
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        answer.json()
    }

    /// Makes the table of the ledger under this name.
    pub fn create_ledger(&self, table: &str) {
        self.dynamodb(
            "CreateTable",
            &json!({
                "TableName": table,
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [
                    { "AttributeName": "kind", "KeyType": "HASH" },
                    { "AttributeName": "id", "KeyType": "RANGE" },
                ],
                "AttributeDefinitions": [
                    { "AttributeName": "kind", "AttributeType": "S" },
                    { "AttributeName": "id", "AttributeType": "S" },
                ],
            }),
        );
    }

    /// Makes a key of KMS for signatures, of a spec like `ECC_NIST_P256`, and points the alias at it.
    pub fn create_signing_key(&self, spec: &str, alias: &str) {
        let body = json!({ "KeyUsage": "SIGN_VERIFY", "KeySpec": spec });
        let key = self.kms("CreateKey", &body)["KeyMetadata"]["KeyId"].clone();
        let answer = self.call("kms", "TrentService.DeleteAlias", &json!({ "AliasName": alias }));
        assert!(answer.status == 200 || answer.body.contains("NotFound"), "{}", answer.body);
        self.kms("CreateAlias", &json!({ "AliasName": alias, "TargetKeyId": key }));
    }

    fn kms(&self, action: &str, body: &Value) -> Value {
        let answer = self.call("kms", &format!("TrentService.{action}"), body);
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// One call of DynamoDB; its answer.
    pub fn dynamodb(&self, action: &str, body: &Value) -> Value {
        let answer = self.call("dynamodb", &format!("DynamoDB_20120810.{action}"), body);
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        answer.json()
    }

    /// One call of AWS's JSON protocol to a service, by the name it signs with.
    pub(crate) fn call(&self, service: &str, target: &str, body: &Value) -> Answer {
        let authorization = authorization(service);
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
            ("authorization", &authorization),
        ];
        http::send("POST", &self.url("/"), &headers, &body.to_string())
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// The texts of a name among the records of a zone.
fn texts(records: &str, name: &str) -> Vec<String> {
    let sets = records.split("<ResourceRecordSet>");
    let sets = sets.filter(|set| set.contains(&format!("<Name>{name}</Name>")));
    let values = sets.flat_map(|set| set.split("<Value>").skip(1));
    values.filter_map(|value| value.split('"').nth(1)).map(str::to_owned).collect()
}

/// A signature that moto does not look at; it reads the service.
fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20200101/{REGION}/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    )
}
