//! The event of a step.

use serde_json::Value;

use crate::Error;

/// The steps of a rotation, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make the next value.
    Create,
    /// Make it known where it is to be accepted.
    Set,
    /// Try it.
    Test,
    /// Put it into force.
    Finish,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Create, Self::Set, Self::Test, Self::Finish];

    /// As AWS writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "createSecret",
            Self::Set => "setSecret",
            Self::Test => "testSecret",
            Self::Finish => "finishSecret",
        }
    }
}

/// What AWS Secrets Manager asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The step.
    pub step: Step,
    /// The secret: its ARN.
    pub secret: String,
    /// The version that is to take over: the token of the rotation.
    pub version: String,
}

impl Request {
    /// Reads `{"Step", "SecretId", "ClientRequestToken"}`; other members are left alone.
    ///
    /// # Errors
    /// [`Error::Request`]
    pub fn read(event: &Value) -> Result<Self, Error> {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let step =
            text("Step").and_then(|name| Step::ALL.into_iter().find(|step| step.name() == name));
        let reason = "its `Step` is not createSecret, setSecret, testSecret or finishSecret";
        let step = step.ok_or(Error::Request { reason })?;
        // The length that AWS allows of an ARN.
        let secret = text("SecretId").filter(|id| (1..=2048).contains(&id.len()));
        let secret = secret.ok_or(Error::Request { reason: "it has no `SecretId`" })?;
        let is_token = |token: &&str| {
            (32..=64).contains(&token.len())
                && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let version = text("ClientRequestToken").filter(is_token);
        let reason = "its `ClientRequestToken` is no token of 32 to 64 letters, digits and hyphens";
        let version = version.ok_or(Error::Request { reason })?;
        Ok(Self { step, secret: secret.to_owned(), version: version.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "4f1b2c3d-0a1b-4c2d-8e3f-405060708090";

    #[test]
    fn every_step_is_read() {
        for step in Step::ALL {
            let event = json!({ "Step": step.name(), "SecretId": "arn", "ClientRequestToken": TOKEN,
                "RotationToken": "x" });
            let request = Request::read(&event).unwrap();
            assert_eq!((request.step, request.version.as_str()), (step, TOKEN));
        }
    }

    #[test]
    fn what_is_no_step_says_what_is_wrong() {
        let good = json!({ "Step": "setSecret", "SecretId": "arn", "ClientRequestToken": TOKEN });
        for (member, value, named) in [
            ("Step", json!("deleteSecret"), "`Step`"),
            ("Step", json!("CreateSecret"), "`Step`"),
            ("Step", json!(1), "`Step`"),
            ("SecretId", json!(""), "`SecretId`"),
            ("SecretId", json!("x".repeat(2049)), "`SecretId`"),
            ("ClientRequestToken", json!("short"), "`ClientRequestToken`"),
            ("ClientRequestToken", json!("x".repeat(65)), "`ClientRequestToken`"),
            ("ClientRequestToken", json!(format!("{TOKEN}\n")), "`ClientRequestToken`"),
            ("ClientRequestToken", Value::Null, "`ClientRequestToken`"),
        ] {
            let mut event = good.clone();
            event[member] = value;
            let said = Request::read(&event).unwrap_err().to_string();
            assert!(said.contains(named), "{said}");
        }
        for event in [json!(null), json!([]), json!("createSecret")] {
            assert!(Request::read(&event).is_err());
        }
    }
}
