//! Tokens that were taken back.

use std::collections::HashMap;

use auth::DenyList;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::{Error, Ledger};

const KIND: &str = "deny";
/// As many as a deny-list may have; an operator who denies more rotates the key.
const MAX_ITEMS: usize = 20_000;

impl Ledger {
    /// Everything that is denied, as it is at this moment.
    ///
    /// # Errors
    /// [`Error`]: an item that is not understood may be the one that matters.
    pub async fn deny_list(&self) -> Result<DenyList, Error> {
        let mut pages = self
            .client()
            .await
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("kind = :kind")
            .expression_attribute_values(":kind", text(KIND))
            .into_paginator()
            .send();
        let (mut list, mut seen) = (DenyList::default(), 0);
        while let Some(page) = pages.next().await {
            for item in page?.items.unwrap_or_default() {
                seen += 1;
                read(&item, &mut list)?;
            }
            if seen > MAX_ITEMS {
                return Err(Error::Malformed { reason: "it denies more than 20000 tokens" });
            }
        }
        Ok(list)
    }

    /// Denies the token with this `jti`, until it would have ended (`expires`, unix seconds).
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn deny_id(&self, id: &str, expires: u64) -> Result<(), Error> {
        self.put(format!("jti#{id}"), expires, None).await
    }

    /// Denies the tokens of this `sub` that were issued before that moment, until the last of them
    /// would have ended (all unix seconds).
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn deny_subject(
        &self,
        subject: &str,
        issued_before: u64,
        expires: u64,
    ) -> Result<(), Error> {
        self.put(format!("sub#{subject}"), expires, Some(issued_before)).await
    }

    async fn put(&self, id: String, expires: u64, before: Option<u64>) -> Result<(), Error> {
        let client = self.client().await;
        let request = client
            .put_item()
            .table_name(&self.table)
            .item("kind", text(KIND))
            .item("id", AttributeValue::S(id))
            .item("expires", number(expires));
        let request = match before {
            Some(before) => request.item("issued_before", number(before)),
            None => request,
        };
        request.send().await?;
        Ok(())
    }
}

fn read(item: &HashMap<String, AttributeValue>, list: &mut DenyList) -> Result<(), Error> {
    let id = item.get("id").and_then(|id| id.as_s().ok());
    let id = id.ok_or(Error::Malformed { reason: "an item has no text `id`" })?;
    if let Some(id) = id.strip_prefix("jti#") {
        list.deny_id(id.to_owned());
        return Ok(());
    }
    let subject = id.strip_prefix("sub#");
    let subject = subject.ok_or(Error::Malformed { reason: "`id` is of no known form" })?;
    let before = item.get("issued_before").and_then(|value| value.as_n().ok());
    let before = before.and_then(|digits| digits.parse().ok());
    let reason = "an item for a `sub` has no number `issued_before`";
    list.deny_subject(subject.to_owned(), before.ok_or(Error::Malformed { reason })?);
    Ok(())
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(pairs: &[(&str, AttributeValue)]) -> HashMap<String, AttributeValue> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn items_are_entries_of_the_list() {
        let mut list = DenyList::default();
        read(&item(&[("id", text("jti#a"))]), &mut list).unwrap();
        let of_subject = [("id", text("sub#me")), ("issued_before", number(7))];
        read(&item(&of_subject), &mut list).unwrap();
        let mut expected = DenyList::default();
        expected.deny_id("a".to_owned());
        expected.deny_subject("me".to_owned(), 7);
        assert_eq!(format!("{list:?}"), format!("{expected:?}"));
    }

    #[test]
    fn an_item_that_is_not_understood_is_an_error() {
        for pairs in [
            vec![],
            vec![("id", number(7))],
            vec![("id", text("a"))],
            vec![("id", text("sub#me"))],
            vec![("id", text("sub#me")), ("issued_before", text("7"))],
            vec![("id", text("sub#me")), ("issued_before", AttributeValue::N("-7".to_owned()))],
        ] {
            assert!(read(&item(&pairs), &mut DenyList::default()).is_err(), "{pairs:?}");
        }
    }
}
