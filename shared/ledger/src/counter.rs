//! Counters of what happens in a window of time, over all instances.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::{Error, Ledger};

impl Ledger {
    /// Counts one more of `what` in the window of `window_s` seconds that `now` (unix seconds) is
    /// in, and says how many that makes.
    ///
    /// # Errors
    /// [`Error`] when it could not be counted.
    pub async fn count(&self, what: &str, window_s: u64, now: u64) -> Result<u64, Error> {
        let window = now / window_s.max(1);
        let expires = (window + 2) * window_s;
        let answer = self
            .client()
            .await
            .update_item()
            .table_name(&self.table)
            .key("kind", AttributeValue::S("count".to_owned()))
            .key("id", AttributeValue::S(format!("{what}#{window}")))
            .update_expression("ADD #count :one SET expires = :expires")
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .expression_attribute_values(":expires", AttributeValue::N(expires.to_string()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await?;
        let count = answer.attributes.as_ref().and_then(|attributes| attributes.get("count"));
        let count = count.and_then(|count| count.as_n().ok()).and_then(|count| count.parse().ok());
        count.ok_or(Error::Malformed { reason: "a counter is no number" })
    }
}
