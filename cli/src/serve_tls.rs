//! Where `tessera serve` finds its certificate.

use std::error::Error;
use std::sync::Arc;

use futures_util::FutureExt as _;
use server::{PairSource, Renewed, Source};
use settings::{CertificateSource, Tls};
use vault::{Label, Vault};

/// Reads, or makes, the first certificate.
///
/// # Errors
/// A sentence that says which setting leads to no certificate that can be served, and why.
pub(crate) async fn start(tls: &Tls) -> Result<Renewed, Box<dyn Error>> {
    let (setting, pair) = pair(&tls.certificate)?;
    let source = Source { pair, client_authorities: tls.client_authorities.clone() };
    let clock = settings::clock();
    let renewed = Renewed::start(source, Arc::new(move || clock().wall)).await;
    renewed.map_err(|error| format!("{setting}: {error}").into())
}

/// Where the pair is, and the variables that say so.
fn pair(source: &CertificateSource) -> Result<(&'static str, PairSource), Box<dyn Error>> {
    Ok(match source {
        CertificateSource::Files { chain, key } => (
            "CUBEJS_TLS_PRIVATE_FULLCHAIN_FILE and CUBEJS_TLS_PRIVATE_KEY_FILE cannot be served",
            PairSource::Files { chain: chain.clone(), key: key.clone() },
        ),
        CertificateSource::Secret { arn } => {
            ("TESSERA_TLS_SECRET_ARN cannot be served", stored(arn.clone()))
        }
        CertificateSource::SelfSigned { names } => {
            let names: Result<Vec<_>, _> = names.iter().map(|name| name.parse()).collect();
            let names = names.map_err(|error| format!("TESSERA_TLS_NAMES: {error}"))?;
            ("a certificate cannot be made", PairSource::SelfSigned(names))
        }
    })
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
