//! Against a server that answers as Secrets Manager does, in the order that a test says.

use std::sync::{Arc, Mutex};

use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// What it was asked, one after the other: the action and the body.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// A vault in front of a server with these answers; the last one goes on for ever.
async fn vault(answers: &[(u16, Value)]) -> (Vault, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Asked::default();
    let (seen, answers) = (Arc::clone(&asked), answers.to_vec());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream, &seen, &answers).await;
        }
    });
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("t", "t", None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .retry_config(Patience::PATIENT.retries())
        .build();
    (Vault::with_client(Client::from_conf(config)), asked)
}

async fn serve(mut stream: TcpStream, seen: &Asked, answers: &[(u16, Value)]) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.ends_with(b"}") {
        let Ok(read @ 1..) = stream.read(&mut buffer).await else { return };
        request.extend_from_slice(&buffer[..read]);
    }
    let request = String::from_utf8(request).unwrap();
    let action = request.split("secretsmanager.").nth(1).unwrap().split("\r\n").next().unwrap();
    let body = request.split("\r\n\r\n").nth(1).unwrap();
    let index = {
        let mut seen = seen.lock().unwrap();
        seen.push((action.to_owned(), serde_json::from_str(body).unwrap()));
        seen.len() - 1
    };
    let (status, body) = answers.get(index).or(answers.last()).unwrap();
    let body = body.to_string();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).await;
}

fn error(code: &str) -> (u16, Value) {
    (400, json!({ "__type": code, "message": "arn:aws:secretsmanager:secret-name" }))
}

fn code(error: Error) -> String {
    let Error::Unavailable { code, .. } = error else { panic!("{error}") };
    assert!(!code.contains("arn:"), "{code}");
    code
}

/// C-15
#[tokio::test]
async fn throttled_calls_are_made_again_and_refused_ones_not() {
    let labels = json!({ "RotationEnabled": true, "VersionIdsToStages": { "a": ["AWSCURRENT"] } });
    let throttled = error("ThrottlingException");
    let (vault, asked) = vault(&[throttled.clone(), throttled, (200, labels)]).await;
    let labels = vault.labels("arn").await.unwrap();
    assert!(labels.is_rotated && labels.has("a", Label::Current));
    assert_eq!(asked.lock().unwrap().len(), 3);
    for refused in ["AccessDeniedException", "DecryptionFailure"] {
        let (vault, asked) = self::vault(&[error(refused)]).await;
        assert_eq!(code(vault.labels("arn").await.unwrap_err()), refused);
        assert_eq!(code(vault.make_current("arn", "b", "a").await.unwrap_err()), refused);
        assert_eq!(code(vault.put_pending("arn", "b", &"x".into()).await.unwrap_err()), refused);
        assert_eq!(asked.lock().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn a_version_is_read_by_its_id_or_its_label() {
    let version =
        json!({ "VersionId": "b", "SecretString": "hunter2", "CreatedDate": 1_795_874_400.5 });
    let (vault, asked) = vault(&[(200, version)]).await;
    let version = vault.version("arn", "b").await.unwrap().unwrap();
    assert_eq!((version.id.as_str(), version.written.as_millis()), ("b", 1_795_874_400_500));
    assert!(!format!("{version:?}").contains("hunter2"));
    assert!(vault.labelled("arn", Label::Previous).await.unwrap().is_some());
    let asked = asked.lock().unwrap();
    assert_eq!(asked[0].1, json!({ "SecretId": "arn", "VersionId": "b" }));
    assert_eq!(asked[1].1, json!({ "SecretId": "arn", "VersionStage": "AWSPREVIOUS" }));
}

#[tokio::test]
async fn a_version_that_is_absent_or_has_no_value_is_none_and_a_binary_one_a_mistake() {
    for absent in ["ResourceNotFoundException", "InvalidRequestException"] {
        let (vault, _) = vault(&[error(absent)]).await;
        assert!(vault.version("arn", "b").await.unwrap().is_none(), "{absent}");
    }
    let binary = json!({ "VersionId": "b", "SecretBinary": "AAAA", "CreatedDate": 1 });
    let (vault, _) = vault(&[(200, binary)]).await;
    assert!(matches!(vault.version("arn", "b").await, Err(Error::Malformed { .. })));
}

/// C-02
#[tokio::test]
async fn what_was_done_already_is_no_failure() {
    let (vault, asked) = vault(&[error("ResourceExistsException")]).await;
    vault.put_pending("arn", "b", &"value".into()).await.unwrap();
    let expected = json!({ "SecretId": "arn", "ClientRequestToken": "b", "SecretString": "value",
        "VersionStages": ["AWSPENDING"] });
    assert_eq!(asked.lock().unwrap()[0], ("PutSecretValue".to_owned(), expected));
    let (vault, asked) = self::vault(&[error("InvalidParameterException")]).await;
    vault.end_pending("arn", "b").await.unwrap();
    let expected =
        json!({ "SecretId": "arn", "VersionStage": "AWSPENDING", "RemoveFromVersionId": "b" });
    assert_eq!(asked.lock().unwrap()[0].1, expected);
    // The version before is in force no more: somebody else has ended a rotation.
    let code = code(vault.make_current("arn", "b", "a").await.unwrap_err());
    assert_eq!(code, "InvalidParameterException");
}
