//! What is renewed, and where it goes.

use std::time::Duration;

use certificate::Profile;

/// What is renewed, and where it goes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The secret that holds the certificate with its key: its ARN or name.
    pub secret: String,
    /// What the certificate is to be.
    pub profile: Profile,
    /// Who issues it.
    pub issuer: Issuer,
    /// Under which ARN AWS Certificate Manager has it.
    pub acm: Option<String>,
    /// Which clients are trusted, and who is told.
    pub trust: Option<Trust>,
    /// The topic of Amazon SNS that hears of failures.
    pub topic: Option<String>,
}

/// Who issues a certificate.
#[derive(Debug, Clone)]
pub enum Issuer {
    /// It signs itself.
    Itself,
    /// The authority in this secret.
    Authority {
        /// Its ARN or name.
        secret: String,
    },
    /// A public authority.
    Public(Public),
}

/// A public authority (ACME), and what we are to it.
#[derive(Debug, Clone)]
pub struct Public {
    /// Where it is.
    pub directory: acme::Directory,
    /// The secret with our account; one is made when it is empty.
    pub account: String,
    /// How names are proven.
    pub proof: acme::Proof,
}

/// The trust bundle: the roots of which clients may have certificates.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The secret with the authority of the clients.
    pub secret: String,
    /// The bucket of the bundle.
    pub bucket: String,
    /// Its key there.
    pub key: String,
    /// How long the root before the one in force stays trusted: as long as certificates live that it
    /// has issued.
    pub overlap: Duration,
    /// The custom domain of API Gateway that reads it.
    pub domain: Option<String>,
}
