//! The Lambda function that AWS Secrets Manager asks to rotate a secret: settings, parts, run.

use std::time::Duration;

use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent, service_fn};
use rotation::Rotation;
use serde_json::Value;
use settings::{Process, Sink};
use vault::Vault;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    settings::start_log(settings::log_level(&Process), Sink::Stdout);
    settings::log_notices(&Process);
    let rotation = settings::read_rotation(&Process)
        .inspect_err(|reason| tracing::error!(%reason, "nothing is rotated"))
        .map(|subject| Rotation::new(subject, Vault::patient(), settings::clock()));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let rotation = rotation.as_ref().map_err(|_| refused("Misconfigured", MISCONFIGURED))?;
        let outcome = rotation.answer(&event.payload, time_left(&event.context)).await;
        let outcome = outcome.map_err(|error| refused("NotRotated", &error.to_string()))?;
        Ok::<_, Diagnostic>(format!("{outcome:?}"))
    }))
    .await
}

const MISCONFIGURED: &str = "the function is not configured: its log says which variable is wrong";

/// No function of AWS Lambda runs for longer.
const LONGEST: Duration = Duration::from_mins(15);

/// What AWS Secrets Manager hears, and counts as a failed invocation.
fn refused(kind: &str, message: &str) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: message.to_owned() }
}

/// Until AWS Lambda ends the function; its emulator tells a moment that is long past.
fn time_left(context: &Context) -> Duration {
    context.deadline().duration_since(settings::now()).unwrap_or(LONGEST)
}
