//! From a request to a chain.

use std::time::Duration;

use certificate::{CertificateDer, Name, Pair, Profile, Request};
use instant_acme::{
    AuthorizationStatus, CertificateIdentifier, Identifier, NewOrder, Order, OrderStatus,
    RetryPolicy,
};

use crate::zone::Records;
use crate::{Account, Error, Proof};

/// How the authority is asked whether it has looked: at once, and then less and less often.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(500))
    .backoff(1.5)
    .timeout(Duration::from_secs(90));

/// What was made known for an order, to be taken away after it.
#[derive(Default)]
struct Shown {
    tokens: Vec<String>,
    records: Records,
}

impl Account {
    /// A new pair of this profile, issued for names that are proven so. `replaced` is the
    /// certificate that it takes over from: authorities count it less if they are told.
    ///
    /// Nothing is tried again here: what an authority refuses counts against its limits.
    ///
    /// # Errors
    /// [`Error`]
    pub async fn issue(
        &self,
        profile: &Profile,
        proof: &Proof,
        replaced: Option<&CertificateDer<'_>>,
    ) -> Result<Pair, Error> {
        let request = Request::new(profile)?;
        let identifiers = profile.names.iter().map(identifier).collect::<Result<Vec<_>, _>>()?;
        let mut order = self.order(&identifiers, replaced).await?;
        let mut shown = Shown::default();
        let proven = Box::pin(prove(&mut order, proof, &mut shown)).await;
        take_away(proof, &shown).await;
        proven?;
        Box::pin(order.finalize_csr(&request.der)).await?;
        let chain = Box::pin(order.poll_certificate(&PATIENCE)).await?;
        Ok(request.answered(chain.as_bytes())?)
    }

    async fn order(
        &self,
        identifiers: &[Identifier],
        replaced: Option<&CertificateDer<'_>>,
    ) -> Result<Order, Error> {
        let id = replaced.and_then(|replaced| CertificateIdentifier::try_from(replaced).ok());
        if let Some(id) = id {
            let order = NewOrder::new(identifiers).replaces(id.into_owned());
            match Box::pin(self.account.new_order(&order)).await {
                // An authority that does not know of replacements.
                Err(instant_acme::Error::Unsupported(_)) => {}
                other => match other.map_err(Error::from) {
                    // One for which it was replaced before, by an order whose certificate was lost,
                    // or which another account has ordered (RFC 9773 §5).
                    Err(Error::Refused { .. }) => {}
                    other => return other,
                },
            }
        }
        Ok(Box::pin(self.account.new_order(&NewOrder::new(identifiers))).await?)
    }
}

fn identifier(name: &Name) -> Result<Identifier, Error> {
    match name {
        Name::Host(host) => Ok(Identifier::Dns(host.clone())),
        Name::Address(address) => Ok(Identifier::Ip(*address)),
        Name::Uri(uri) => Err(Error::Name { name: uri.clone() }),
    }
}

/// Shows the authority what it asks for, for all names at once, and waits until it has looked.
async fn prove(order: &mut Order, proof: &Proof, shown: &mut Shown) -> Result<(), Error> {
    show(order, proof, shown).await?;
    if let Proof::Dns(zone) = proof
        && !shown.records.is_empty()
    {
        zone.put(&shown.records).await?;
    }
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Pending
            && let Some(mut challenge) = authorization.challenge(proof.challenge())
        {
            Box::pin(challenge.set_ready()).await?;
        }
    }
    match Box::pin(order.poll_ready(&PATIENCE)).await? {
        OrderStatus::Ready | OrderStatus::Valid => Ok(()),
        OrderStatus::Pending | OrderStatus::Processing => {
            Err(Error::Unavailable { reason: "it has not looked in time".to_owned() })
        }
        OrderStatus::Invalid => Err(why(order).await),
    }
}

/// What the order asks for.
async fn show(order: &mut Order, proof: &Proof, shown: &mut Shown) -> Result<(), Error> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let name = authorization.identifier().to_string();
        // What was proven a while ago need not be proven again.
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let no_proof = || Error::NoProof { name: name.clone(), way: proof.name() };
        let challenge = authorization.challenge(proof.challenge()).ok_or_else(no_proof)?;
        let key = challenge.key_authorization();
        match proof {
            Proof::Http(answers) => {
                answers.put(&challenge.token, key.as_str());
                shown.tokens.push(challenge.token.clone());
            }
            // A host and the wildcard below it share one record.
            Proof::Dns(_) => {
                let domain = name.strip_prefix("*.").unwrap_or(&name);
                let record = format!("_acme-challenge.{domain}.");
                shown.records.entry(record).or_default().push(key.dns_value());
            }
        }
    }
    Ok(())
}

/// The first thing that the authority found wrong.
async fn why(order: &mut Order) -> Error {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        if let Ok(state) = authorization.refresh().await {
            let mut problems = state.challenges.iter().filter_map(|one| one.error.clone());
            if let Some(problem) = problems.next() {
                return problem.into();
            }
        }
    }
    Error::Unavailable { reason: "the order is invalid, and it does not say why".to_owned() }
}

/// What was shown has no use any more. A record that stays does no harm, and the next one replaces
/// it.
async fn take_away(proof: &Proof, shown: &Shown) {
    match proof {
        Proof::Http(answers) => shown.tokens.iter().for_each(|token| answers.remove(token)),
        Proof::Dns(zone) if !shown.records.is_empty() => {
            if let Err(error) = zone.remove(&shown.records).await {
                tracing::warn!(%error, "a record of a proof was left in the zone");
            }
        }
        Proof::Dns(_) => {}
    }
}
