//! The public keys of an issuer, fetched from its key server.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use auth::{JwkSet, JwkSetError, KeySet, MAX_DEPTH, read_object};
use futures_util::FutureExt;
use serde_json::Value;

use crate::refreshed::{Fetch, Fetched, Held, Refreshed};
use crate::web::{UnsafeAddress, Web, WebAddress};
use crate::{Clock, Intervals, KeyError, Moment};

/// An issuer that really has withdrawn all its keys still has none after this long; one that was
/// seen without keys for a moment has most likely made a mistake.
const EMPTY_FOR: Duration = Duration::from_mins(1);

/// Where a key set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySetLocation {
    /// At this address.
    At(WebAddress),
    /// Where the issuer's discovery document says (OpenID Connect Discovery 1.0 §4).
    Discovered {
        /// As tokens name it in `iss`.
        issuer: String,
        /// `<issuer>/.well-known/openid-configuration`
        document: WebAddress,
    },
}

impl KeySetLocation {
    /// The one that the discovery document of `issuer` says.
    ///
    /// # Errors
    /// [`UnsafeAddress`] when the issuer is no URL that anything may be fetched from.
    pub fn discovered(issuer: &str) -> Result<Self, UnsafeAddress> {
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let document = WebAddress::parse(&format!("{base}/.well-known/openid-configuration"))?;
        Ok(Self::Discovered { issuer: issuer.to_owned(), document })
    }
}

/// How long what a key server says of freshness is believed: no shorter, no longer.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// A set is not fetched more often.
    pub shortest: Duration,
    /// A key that was withdrawn is used no longer.
    pub longest: Duration,
}

impl Freshness {
    /// One minute to one hour.
    pub const DEFAULT: Self =
        Self { shortest: Duration::from_mins(1), longest: Duration::from_hours(1) };
}

/// The key server of one issuer.
pub struct KeyServer {
    keys: Refreshed<KeySet>,
}

impl KeyServer {
    /// The one at `location`. Nothing is fetched yet.
    pub fn new(
        location: KeySetLocation,
        web: Web,
        every: Intervals,
        freshness: Freshness,
        clock: Clock,
    ) -> Self {
        let server = Arc::new(Server {
            location,
            web,
            freshness,
            clock: Arc::clone(&clock),
            seen: Mutex::new(Seen::default()),
        });
        let fetch: Fetch<KeySet> = Arc::new(move |_reason| {
            let server = Arc::clone(&server);
            async move { server.fetch().await }.boxed()
        });
        Self { keys: Refreshed::new("key set", every, clock, fetch) }
    }

    pub(crate) async fn get(&self) -> Result<Held<KeySet>, KeyError> {
        self.keys.get().await
    }

    pub(crate) async fn newer_than(&self, seen: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        self.keys.newer_than(seen).await
    }
}

impl fmt::Debug for KeyServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyServer").finish_non_exhaustive()
    }
}

struct Server {
    location: KeySetLocation,
    web: Web,
    freshness: Freshness,
    clock: Clock,
    seen: Mutex<Seen>,
}

/// What earlier fetches saw.
#[derive(Default)]
struct Seen {
    /// Where the discovery document said that the set is, until that fails.
    discovered: Option<WebAddress>,
    /// Since when the set has had no usable key.
    empty_since: Option<Moment>,
}

impl Server {
    /// A caller waits for discovery and key set alike, so there is one time for both.
    async fn fetch(&self) -> Result<Fetched<KeySet>, KeyError> {
        let fetched = self.web.in_time(self.fetch_set()).await;
        if fetched.is_err() {
            self.seen().discovered = None;
        }
        fetched
    }

    async fn fetch_set(&self) -> Result<Fetched<KeySet>, KeyError> {
        let address = self.address().await?;
        let answer = self.web.get(&address).await?;
        let set = JwkSet::read(&answer.body).map_err(|error| KeyError::KeySet {
            reason: match error {
                JwkSetError::Json(_) => "it is no JSON object of unique members",
                JwkSetError::NoKeys => "it has no list `keys`",
                JwkSetError::TooManyKeys => "it has more than 100 keys",
            },
        })?;
        for reason in &set.left_out {
            tracing::debug!(%reason, "key left out of a set");
        }
        self.check_emptiness(set.keys.is_empty())?;
        let fresh_for =
            answer.max_age.map(|age| age.clamp(self.freshness.shortest, self.freshness.longest));
        Ok(Fetched { value: KeySet::of_public_keys(set.keys), fresh_for })
    }

    async fn address(&self) -> Result<WebAddress, KeyError> {
        let (issuer, document) = match &self.location {
            KeySetLocation::At(address) => return Ok(address.clone()),
            KeySetLocation::Discovered { issuer, document } => (issuer, document),
        };
        if let Some(known) = self.seen().discovered.clone() {
            return Ok(known);
        }
        let answer = self.web.get(document).await?;
        let address = discovered(&answer.body, issuer, document)?;
        self.seen().discovered = Some(address.clone());
        Ok(address)
    }

    /// A set without usable keys is believed when it has been like that for a minute.
    fn check_emptiness(&self, is_empty: bool) -> Result<(), KeyError> {
        let mut seen = self.seen();
        if !is_empty {
            seen.empty_since = None;
            return Ok(());
        }
        let now = (self.clock)();
        let since = *seen.empty_since.get_or_insert(now);
        if now.since(since) >= EMPTY_FOR {
            return Ok(());
        }
        Err(KeyError::KeySet { reason: "it has no usable key" })
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        // Nothing in the sections under this lock can panic.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `jwks_uri` of a discovery document: of this very issuer (OpenID Connect Discovery 1.0 §4.3), and
/// on its own server. An issuer whose keys are elsewhere is configured with that address.
fn discovered(document: &[u8], issuer: &str, address: &WebAddress) -> Result<WebAddress, KeyError> {
    let refused = |reason| KeyError::KeySet { reason };
    let members = read_object(document, MAX_DEPTH)
        .map_err(|_| refused("the discovery document is no JSON object of unique members"))?;
    if members.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err(refused("the discovery document is of another issuer"));
    }
    let found = members.get("jwks_uri").and_then(Value::as_str);
    let found = found.ok_or(refused("the discovery document has no `jwks_uri`"))?;
    let found = WebAddress::parse(found)
        .map_err(|_| refused("`jwks_uri` of the discovery document is no https URL"))?;
    if !found.has_server_of(address) {
        return Err(refused("`jwks_uri` of the discovery document is on another server"));
    }
    Ok(found)
}

#[cfg(test)]
#[path = "key_server_tests.rs"]
mod tests;
