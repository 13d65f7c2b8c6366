//! Why there is no certificate. The sentences are read by operators; they hold no key.

use crate::{Faults, KeyType};

/// Why something cannot be read as a certificate or key, or cannot be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing is there.
    #[error("the {what} is empty")]
    Empty {
        /// `certificate` or `key`.
        what: &'static str,
    },
    /// More than anybody needs.
    #[error("the {what} has {bytes} bytes, more than the {max} that are read")]
    TooLarge {
        /// `certificate` or `key`.
        what: &'static str,
        /// How many.
        bytes: usize,
        /// How many are read.
        max: usize,
    },
    /// The binary form.
    #[error(
        "the {what} is binary (DER), not PEM: convert it with \
         `openssl x509 -inform der` or `openssl pkey -inform der`"
    )]
    Der {
        /// `certificate` or `key`.
        what: &'static str,
    },
    /// The text is no PEM, or is cut off.
    #[error("the {what} is no whole PEM text: {reason}")]
    Pem {
        /// `certificate` or `key`.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A key where certificates should be.
    #[error("there is no certificate in it, but a key: are certificate and key swapped?")]
    KeyForCertificate,
    /// Certificates where a key should be.
    #[error("there is no key in it, but a certificate: are certificate and key swapped?")]
    CertificateForKey,
    /// Other sections, or none.
    #[error("there is no {what} in it: one begins with `-----BEGIN {label}-----`")]
    Absent {
        /// `certificate`, `key` or `request`.
        what: &'static str,
        /// How its section is called.
        label: &'static str,
    },
    /// A key behind a password.
    #[error(
        "the key is encrypted: store it without a password, `openssl pkey -in KEY` writes it so"
    )]
    Encrypted,
    /// Nobody can say which.
    #[error("there are {count} keys in it: keep the one of the certificate")]
    ManyKeys {
        /// How many.
        count: usize,
    },
    /// More than any chain has.
    #[error("there are {count} certificates in it, more than the {max} that a chain may have")]
    LongChain {
        /// How many.
        count: usize,
        /// How many may be.
        max: usize,
    },
    /// Not what a certificate looks like.
    #[error("certificate {position} is malformed: {reason}")]
    MalformedCertificate {
        /// The first is 1.
        position: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Not what a key looks like, or of a kind that is not known here.
    #[error("the key is malformed, or not one of {}", KeyType::NAMES)]
    MalformedKey,
    /// The value of a secret that holds no pair.
    #[error(
        "the secret is no certificate with its key,          `{{\"Certificate\", \"CertificateChain\", \"PrivateKey\"}}`: {reason}"
    )]
    Secret {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A name that no certificate has.
    #[error("`{name}` cannot be a name of a certificate: {reason}")]
    Name {
        /// As it was given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A word that means nothing.
    #[error("`{word}` is none of {known}")]
    Unknown {
        /// As it was given.
        word: String,
        /// What would be.
        known: &'static str,
    },
    /// A certificate that cannot be asked for.
    #[error("no such certificate can be issued: {reason}")]
    Profile {
        /// What to change.
        reason: &'static str,
    },
    /// An authority that cannot issue.
    #[error("the authority cannot issue it: {reason}")]
    Authority {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// What an authority made is not good: it may not issue this.
    #[error("the authority may not issue it: {0}")]
    Unfit(Faults),
    /// A time that no certificate can say.
    #[error("the clock says {text}, which no certificate can be issued at")]
    Clock {
        /// The time.
        text: String,
    },
    /// The cryptography library refused.
    #[error("the certificate was not made: {reason}")]
    NotIssued {
        /// In the library's words, which are about the certificate, not the key.
        reason: String,
    },
}
