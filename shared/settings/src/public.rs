//! Variables of certificates from public authorities: what `tessera serve` and the function
//! `renew-certificate` have in common, and what the first needs besides.

use std::path::PathBuf;
use std::time::Duration;

use acme::Directory;
use certificate::{KeyType, Name, Profile, Usage};

use crate::value::{list, text, word};
use crate::{CertificateSource, Environment, Error};

pub(crate) const NAMES: &str = "TESSERA_CERTIFICATE_NAMES";
pub(crate) const KEY: &str = "TESSERA_CERTIFICATE_KEY";
pub(crate) const DIRECTORY: &str = "TESSERA_CERTIFICATE_ACME_DIRECTORY";
pub(crate) const CONTACTS: &str = "TESSERA_CERTIFICATE_ACME_CONTACTS";
pub(crate) const ROOT: &str = "TESSERA_CERTIFICATE_ACME_CA";
pub(crate) const FOLDER: &str = "TESSERA_CERTIFICATE_FOLDER";

/// How long a certificate lives is its authority's to say; a profile needs some life.
const LIFE: Duration = Duration::from_hours(24 * 90);

/// The authority at this address.
///
/// # Errors
/// [`Error::Invalid`]
pub(crate) fn directory(environment: &dyn Environment, url: String) -> Result<Directory, Error> {
    if url.strip_prefix("https://").is_none_or(str::is_empty) {
        return Err(Error::Invalid { variable: DIRECTORY, expected: "an https URL" });
    }
    let contacts = list(environment, CONTACTS).unwrap_or_default();
    if !contacts.iter().all(|contact| contact.starts_with("mailto:")) {
        let expected = "comma-separated mailto: addresses";
        return Err(Error::Invalid { variable: CONTACTS, expected });
    }
    let root = text(environment, ROOT).map(PathBuf::from);
    if root.as_ref().is_some_and(|root| !root.is_file()) {
        return Err(Error::Invalid { variable: ROOT, expected: "the path of a PEM file" });
    }
    Ok(Directory { url, root, contacts })
}

/// What a certificate is for.
///
/// # Errors
/// [`Error::Missing`], [`Error::Invalid`]
pub(crate) fn names(environment: &dyn Environment) -> Result<Vec<Name>, Error> {
    let reason = "a certificate is for somebody: name hosts, *.DOMAIN, addresses or URIs";
    let names = list(environment, NAMES).ok_or(Error::Missing { variable: NAMES, reason })?;
    let expected = "comma-separated hosts, *.DOMAIN, addresses or URIs";
    let invalid = |_| Error::Invalid { variable: NAMES, expected };
    names.iter().map(|name| name.parse().map_err(invalid)).collect()
}

/// What its key is.
///
/// # Errors
/// [`Error::Invalid`]
pub(crate) fn key(environment: &dyn Environment) -> Result<KeyType, Error> {
    let expected = "P-256, P-384, RSA-2048, RSA-3072, RSA-4096 or Ed25519";
    word(environment, KEY, KeyType::P256, expected)
}

/// The certificate that a server gets for itself; `None` where it is to get none.
///
/// # Errors
/// What is missing, or cannot be read, or cannot be proven by a server.
pub(crate) fn of_a_server(
    environment: &dyn Environment,
) -> Result<Option<CertificateSource>, Error> {
    let (url, folder) = match (text(environment, DIRECTORY), text(environment, FOLDER)) {
        (None, None) => return Ok(None),
        (Some(url), Some(folder)) => (url, PathBuf::from(folder)),
        (Some(_), None) => {
            let reason = "the certificate is kept in this folder: a start does not order another";
            return Err(Error::Missing { variable: FOLDER, reason });
        }
        (None, Some(_)) => {
            let reason = "the certificate in TESSERA_CERTIFICATE_FOLDER comes from there";
            return Err(Error::Missing { variable: DIRECTORY, reason });
        }
    };
    let directory = directory(environment, url)?;
    let names = names(environment)?;
    let is_provable = |name: &Name| match name {
        Name::Host(host) => !host.starts_with("*."),
        Name::Address(_) => true,
        Name::Uri(_) => false,
    };
    let expected = "1 to 100 hosts or addresses: a server cannot prove a wildcard";
    let invalid = Error::Invalid { variable: NAMES, expected };
    if !names.iter().all(is_provable) {
        return Err(invalid);
    }
    let key = key(environment)?;
    let profile = Profile { names, key, usage: Usage::Server, life: LIFE };
    let profile = profile.validated().map_err(|_| invalid)?;
    Ok(Some(CertificateSource::Public { directory, profile, folder }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    const BASE: [(&str, &str); 3] = [
        (DIRECTORY, "https://acme.example/directory"),
        (FOLDER, "/var/lib/tessera"),
        (NAMES, "shop.example, 192.0.2.1"),
    ];

    fn read(pairs: &[(&str, &str)]) -> Result<Option<CertificateSource>, String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        of_a_server(&pairs.collect::<Map>()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_gets_its_certificate_where_it_is_told_to() {
        assert_eq!(read(&[BASE[2]]), Ok(None));
        let read =
            read(&[&BASE[..], &[(CONTACTS, "mailto:a@shop.example"), (KEY, "P-384")]].concat());
        let Ok(Some(CertificateSource::Public { directory, profile, folder })) = read else {
            panic!("{read:?}")
        };
        assert_eq!((directory.url.as_str(), directory.root), (BASE[0].1, None));
        assert_eq!(directory.contacts, ["mailto:a@shop.example"]);
        assert_eq!(folder, PathBuf::from(BASE[1].1));
        assert_eq!((profile.names.len(), profile.key), (2, KeyType::P384));
        assert_eq!(profile.usage, Usage::Server);
    }

    #[test]
    fn what_a_server_cannot_get_is_refused_by_name() {
        let many =
            (0..101).map(|number| format!("h{number}.example")).collect::<Vec<_>>().join(",");
        for (pairs, named) in [
            (&[BASE[0], BASE[2]][..], FOLDER),
            (&[BASE[0], BASE[2], (FOLDER, " ")], FOLDER),
            (&[BASE[1], BASE[2]], DIRECTORY),
            (&[BASE[1], BASE[2], (DIRECTORY, "http://acme.example")], DIRECTORY),
            (&[BASE[1], BASE[2], (DIRECTORY, "https://")], DIRECTORY),
            (&[BASE[1], BASE[2], (DIRECTORY, "acme.example")], DIRECTORY),
            (&[BASE[0], BASE[1]], NAMES),
            (&[BASE[0], BASE[1], (NAMES, "*.shop.example")], NAMES),
            (&[BASE[0], BASE[1], (NAMES, "spiffe://shop/load")], NAMES),
            (&[BASE[0], BASE[1], (NAMES, "no host name")], NAMES),
            (&[BASE[0], BASE[1], (NAMES, &many)], NAMES),
            (&[BASE[0], BASE[1], BASE[2], (KEY, "RSA-1024")], KEY),
            (&[BASE[0], BASE[1], BASE[2], (CONTACTS, "me@shop.example")], CONTACTS),
            (&[BASE[0], BASE[1], BASE[2], (ROOT, "/nonexistent.pem")], ROOT),
        ] {
            let said = read(pairs).unwrap_err();
            assert!(said.starts_with(named), "{named}: {said}");
        }
    }
}
