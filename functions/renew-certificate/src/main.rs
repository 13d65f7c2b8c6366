//! The Lambda function that a schedule asks to renew a certificate: settings, parts, run.

use std::time::Duration;

use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent, service_fn};
use metrics::Metrics;
use rotation::Renewal;
use serde_json::Value;
use settings::{Process, Sink};
use vault::{Destinations, Vault};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    settings::start_log(settings::log_level(&Process), Sink::Stdout);
    settings::log_notices(&Process);
    let parts = parts().inspect_err(|reason| tracing::error!(%reason, "nothing is renewed"));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let parts = parts.as_ref().map_err(|_| refused("Misconfigured", MISCONFIGURED))?;
        let (renewal, metrics) = parts;
        let answer = Box::pin(renewal.answer(&event.payload, time_left(&event.context))).await;
        if let Some(Err(error)) = metrics.as_ref().map(|metrics| metrics.write(&answer.line())) {
            tracing::error!(%error, "nothing was measured");
        }
        let outcome = answer.outcome.map_err(|error| refused("NotRenewed", &error.to_string()))?;
        Ok::<_, Diagnostic>(format!("{outcome:?}"))
    }))
    .await
}

fn parts() -> Result<(Renewal, Option<Metrics>), settings::Errors> {
    let (plan, clock) = (settings::read_renewal(&Process)?, settings::clock());
    let metrics = settings::metrics(&Process, "renew-certificate", &clock, Sink::Stdout);
    let metrics = metrics.map_err(|error| settings::Errors(vec![error]))?;
    Ok((Renewal::new(plan, Vault::patient(), Destinations::new(), clock), metrics))
}

const MISCONFIGURED: &str = "the function is not configured: its log says which variable is wrong";

/// No function of AWS Lambda runs for longer.
const LONGEST: Duration = Duration::from_mins(15);

/// What AWS hears, and counts as a failed invocation.
fn refused(kind: &str, message: &str) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: message.to_owned() }
}

/// Until AWS Lambda ends the function; its emulator tells a moment that is long past.
fn time_left(context: &Context) -> Duration {
    context.deadline().duration_since(settings::now()).unwrap_or(LONGEST)
}
