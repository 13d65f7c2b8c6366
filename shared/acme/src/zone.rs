//! The records of a zone of Amazon Route 53.

use std::collections::BTreeMap;
use std::time::Duration;

use aws::{Failure, Patience};
use aws_config::SdkConfig;
use aws_sdk_route53::Client;
use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecord, ResourceRecordSet, RrType,
};
use tokio::sync::OnceCell;
use tokio::time::sleep;

use crate::Error;

/// Records are asked for rarely, and a stale one is a proof that fails.
const TTL_S: i64 = 10;

/// Route 53 brings a change to its servers within a minute.
const ASKED_EVERY: Duration = Duration::from_secs(2);
const ASKED_TIMES: usize = 60;

/// A hosted zone.
#[derive(Debug)]
pub struct Zone {
    id: String,
    client: OnceCell<Client>,
}

/// Texts by the name of their record.
pub(crate) type Records = BTreeMap<String, Vec<String>>;

impl Zone {
    /// The zone of this id. Region, credentials and endpoint are the SDK's to find.
    pub fn new(id: String) -> Self {
        Self { id, client: OnceCell::new() }
    }

    /// The same, reached as this configuration says.
    pub fn with_config(id: String, config: &SdkConfig) -> Self {
        Self { id, client: OnceCell::new_with(Some(Client::new(config))) }
    }

    /// Writes these records in the place of those of their names, and waits until all servers of the
    /// zone have them.
    pub(crate) async fn put(&self, records: &Records) -> Result<(), Error> {
        let change = self.change(&ChangeAction::Upsert, records).await?;
        for _ in 0..ASKED_TIMES {
            let request = self.client().await.get_change().id(&change);
            let answer = Box::pin(request.send()).await.map_err(|error| failed(&error))?;
            let status = answer.change_info.map(|info| info.status);
            if status == Some(ChangeStatus::Insync) {
                return Ok(());
            }
            sleep(ASKED_EVERY).await;
        }
        Err(Error::Zone { code: "the records did not reach its servers".to_owned() })
    }

    /// Takes these records away.
    pub(crate) async fn remove(&self, records: &Records) -> Result<(), Error> {
        self.change(&ChangeAction::Delete, records).await.map(drop)
    }

    async fn change(&self, action: &ChangeAction, records: &Records) -> Result<String, Error> {
        let changes = records.iter().map(|(name, texts)| change(action, name, texts));
        let changes = changes.collect::<Result<Vec<_>, Error>>()?;
        let batch = ChangeBatch::builder().set_changes(Some(changes)).build().map_err(unbuilt)?;
        let request = self.client().await.change_resource_record_sets();
        let request = request.hosted_zone_id(&self.id).change_batch(batch);
        let answer = Box::pin(request.send()).await.map_err(|error| failed(&error))?;
        Ok(answer.change_info.map(|info| info.id).unwrap_or_default())
    }

    async fn client(&self) -> &Client {
        let client = async || {
            let config = Box::pin(Patience::PATIENT.loader().load()).await;
            Client::new(&config)
        };
        self.client.get_or_init(client).await
    }
}

fn change(action: &ChangeAction, name: &str, texts: &[String]) -> Result<Change, Error> {
    let record = |text: &String| {
        ResourceRecord::builder().value(format!("\"{text}\"")).build().map_err(unbuilt)
    };
    let records = texts.iter().map(record).collect::<Result<Vec<_>, Error>>()?;
    let set = ResourceRecordSet::builder().name(name).r#type(RrType::Txt).ttl(TTL_S);
    let set = set.set_resource_records(Some(records)).build().map_err(unbuilt)?;
    let change = Change::builder().action(action.clone()).resource_record_set(set);
    change.build().map_err(unbuilt)
}

fn unbuilt(_: aws_sdk_route53::error::BuildError) -> Error {
    Error::Zone { code: Failure::NotBuilt.to_string() }
}

fn failed<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Error {
    Error::Zone { code: Failure::from(error).to_string() }
}
