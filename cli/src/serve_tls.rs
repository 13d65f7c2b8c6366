//! Where `tessera serve` finds its certificate.

use std::error::Error;
use std::sync::Arc;

use futures_util::FutureExt as _;
use server::{Clock, Keeper, Order, PairSource, Renewed, Source};
use settings::{CertificateSource, Tls};
use vault::{Label, Vault};

/// The first certificate, and who sees to the next one.
pub(crate) struct Started {
    /// What is served.
    pub(crate) renewed: Renewed,
    /// Who asks a public authority for it, where one issues it.
    pub(crate) keeper: Option<Arc<Keeper>>,
}

/// Reads, or makes, the first certificate.
///
/// # Errors
/// A sentence that says which setting leads to no certificate that can be served, and why.
pub(crate) async fn start(tls: &Tls) -> Result<Started, Box<dyn Error>> {
    let clock = settings::clock();
    let clock: Clock = Arc::new(move || clock().wall);
    let Found { setting, pair, keeper } = find(&tls.certificate, &clock).await?;
    let source = Source { pair, client_authorities: tls.client_authorities.clone() };
    let renewed = Renewed::start(source, clock).await;
    let renewed = renewed.map_err(|error| format!("{setting}: {error}"))?;
    Ok(Started { renewed, keeper })
}

/// Where the pair is, and what is said when it cannot be served.
struct Found {
    setting: &'static str,
    pair: PairSource,
    keeper: Option<Arc<Keeper>>,
}

async fn find(source: &CertificateSource, clock: &Clock) -> Result<Found, Box<dyn Error>> {
    let (setting, pair) = match source {
        CertificateSource::Files { chain, key } => (
            "CUBEJS_TLS_PRIVATE_FULLCHAIN_FILE and CUBEJS_TLS_PRIVATE_KEY_FILE cannot be served",
            PairSource::Files { chain: chain.clone(), key: key.clone() },
        ),
        CertificateSource::Secret { arn } => {
            ("TESSERA_TLS_SECRET_ARN cannot be served", stored(arn.clone()))
        }
        CertificateSource::Public { directory, profile, folder } => {
            let (directory, profile) = (directory.clone(), profile.clone());
            let order = Order { directory, profile, folder: folder.clone() };
            let opened = Keeper::open(order, Arc::clone(clock)).await;
            let keeper = opened.map_err(|error| format!("TESSERA_CERTIFICATE_FOLDER: {error}"))?;
            let setting = "TESSERA_CERTIFICATE_FOLDER cannot be served";
            return Ok(Found { setting, pair: keeper.source(), keeper: Some(keeper) });
        }
        CertificateSource::SelfSigned { names } => {
            let names: Result<Vec<_>, _> = names.iter().map(|name| name.parse()).collect();
            let names = names.map_err(|error| format!("TESSERA_TLS_NAMES: {error}"))?;
            ("a certificate cannot be made", PairSource::SelfSigned(names))
        }
    };
    Ok(Found { setting, pair, keeper: None })
}

/// The version of the secret that is in force, whenever it is asked for.
fn stored(arn: String) -> PairSource {
    let secret = Arc::new((Vault::hurried(), arn));
    PairSource::Stored(Arc::new(move || {
        let secret = Arc::clone(&secret);
        async move {
            let (vault, arn) = &*secret;
            let version = vault.labelled(arn, Label::Current).await;
            let version = version.map_err(|error| error.to_string())?;
            Ok(version.ok_or("no version of the secret is in force")?.value)
        }
        .boxed()
    }))
}
