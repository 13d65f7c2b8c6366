//! The calls of a renewal that rotations have no use for, each with a checkpoint after it.

use vault::{Destinations, Import, Object};

use super::Trust;
use crate::Error;
use crate::outside::{Call, Checkpoint, checked};

/// The places that certificates are brought to.
pub(super) struct Places<'r> {
    pub(super) destinations: &'r Destinations,
    pub(super) checkpoint: &'r Checkpoint,
}

impl Places<'_> {
    pub(super) async fn imported(&self, arn: &str) -> Result<String, Error> {
        self.call(Call::ReadImported, self.destinations.imported(arn)).await
    }

    pub(super) async fn import(&self, arn: &str, pair: &Import) -> Result<(), Error> {
        self.call(Call::Import, self.destinations.import(arn, pair)).await
    }

    pub(super) async fn bundle(&self, trust: &Trust) -> Result<Option<Object>, Error> {
        let object = self.destinations.object(&trust.bucket, &trust.key);
        self.call(Call::ReadBundle, object).await
    }

    pub(super) async fn put_bundle(
        &self,
        trust: &Trust,
        text: String,
    ) -> Result<Option<String>, Error> {
        let put = self.destinations.put_object(&trust.bucket, &trust.key, text.into_bytes());
        self.call(Call::WriteBundle, put).await
    }

    pub(super) async fn bundle_version(&self, domain: &str) -> Result<Option<String>, Error> {
        self.call(Call::ReadDomain, self.destinations.bundle_version(domain)).await
    }

    pub(super) async fn use_bundle(
        &self,
        trust: &Trust,
        domain: &str,
        version: &str,
    ) -> Result<(), Error> {
        let uri = format!("s3://{}/{}", trust.bucket, trust.key);
        self.call(Call::ChangeDomain, self.destinations.use_bundle(domain, &uri, version)).await
    }

    async fn call<T>(
        &self,
        call: Call,
        outcome: impl Future<Output = Result<T, vault::Error>>,
    ) -> Result<T, Error> {
        checked(self.checkpoint, call, outcome).await
    }
}
