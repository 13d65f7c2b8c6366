//! The Lambda function that a schedule asks to renew a certificate: settings, parts, run.

use std::io::Write as _;
use std::time::Duration;

use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent, service_fn};
use rotation::Renewal;
use serde_json::Value;
use settings::{Process, Sink};
use vault::{Destinations, Vault};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    settings::start_log(settings::log_level(&Process), Sink::Stdout);
    settings::log_notices(&Process);
    let renewal = settings::read_renewal(&Process)
        .inspect_err(|reason| tracing::error!(%reason, "nothing is renewed"))
        .map(|plan| Renewal::new(plan, Vault::patient(), Destinations::new(), settings::clock()));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let renewal = renewal.as_ref().map_err(|_| refused("Misconfigured", MISCONFIGURED))?;
        let answer = Box::pin(renewal.answer(&event.payload, time_left(&event.context))).await;
        // A line of its own, whatever the log level: CloudWatch reads metrics from the log.
        let _ = writeln!(std::io::stdout(), "{}", answer.metrics());
        let outcome = answer.outcome.map_err(|error| refused("NotRenewed", &error.to_string()))?;
        Ok::<_, Diagnostic>(format!("{outcome:?}"))
    }))
    .await
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
