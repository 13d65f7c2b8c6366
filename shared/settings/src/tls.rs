//! Variables of TLS in `tessera serve`: `CUBEJS_ENABLE_TLS`, `CUBEJS_TLS_*`, `TESSERA_TLS_*`; those
//! of a certificate from a public authority are in `public`.
//!
//! The names of Cube before 0.26, which had TLS of its own; ours where it had none.

use std::path::PathBuf;
use std::time::Duration;

use acme::Directory;
use certificate::Profile;

use crate::{
    Environment, Error, Errors,
    public::{DIRECTORY, FOLDER, of_a_server},
    value::{duration, flag, list, number, text},
};

const ENABLE: &str = "CUBEJS_ENABLE_TLS";
const CHAIN: &str = "CUBEJS_TLS_PRIVATE_FULLCHAIN_FILE";
const KEY: &str = "CUBEJS_TLS_PRIVATE_KEY_FILE";
const SECRET: &str = "TESSERA_TLS_SECRET_ARN";
const RELOAD: &str = "TESSERA_TLS_RELOAD";

/// How `tessera serve` is to be reached over TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// TCP port; 0 for any that is free. The plain one leads there.
    pub port: u16,
    /// Where the certificate is.
    pub certificate: CertificateSource,
    /// A PEM file of the authorities one of which every client needs a certificate of.
    pub client_authorities: Option<PathBuf>,
    /// How often the certificate is looked at again.
    pub reload: Duration,
}

/// Where a certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateSource {
    /// In two PEM files.
    Files {
        /// The certificate first, then those between it and its authority.
        chain: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// In AWS Secrets Manager.
    Secret {
        /// ARN or name.
        arn: String,
    },
    /// A public authority issues it to the process, which proves the names on its plain port.
    Public {
        /// Where the authority is.
        directory: Directory,
        /// What it is to be.
        profile: Profile,
        /// Where it is kept.
        folder: PathBuf,
    },
    /// It is made by the process itself.
    SelfSigned {
        /// Host names and addresses.
        names: Vec<String>,
    },
}

/// How TLS is to be served; `None` where it is not asked for.
///
/// # Errors
/// Everything that is wrong with the variables. No file is looked at.
pub fn read_tls(environment: &dyn Environment) -> Result<Option<Tls>, Errors> {
    if !flag(environment, ENABLE, false)? {
        return match [CHAIN, KEY, SECRET, FOLDER, DIRECTORY]
            .into_iter()
            .find(|name| is_set(environment, name))
        {
            // Whoever names a certificate means it to be served.
            Some(_) => Err(Error::Missing { variable: ENABLE, reason: NEEDED }.into()),
            None => Ok(None),
        };
    }
    let mut errors = Vec::new();
    let mut keep = |error| errors.push(error);
    let port = port(environment).map_err(&mut keep);
    let certificate = certificate(environment).map_err(&mut keep);
    let reload = match &certificate {
        Ok(source) => reload(environment, source).map_err(&mut keep),
        Err(()) => Err(()),
    };
    let client_authorities = text(environment, "TESSERA_TLS_CLIENT_CA_FILE").map(PathBuf::from);
    match (port, certificate, reload) {
        (Ok(port), Ok(certificate), Ok(reload)) => {
            Ok(Some(Tls { port, certificate, client_authorities, reload }))
        }
        _ => Err(Errors(errors)),
    }
}

const NEEDED: &str = "a certificate is named, and without true there nothing is encrypted";

const DROP_ONE: &str = "drop one, so that it is clear which certificate is served";

fn is_set(environment: &dyn Environment, variable: &str) -> bool {
    text(environment, variable).is_some()
}

fn port(environment: &dyn Environment) -> Result<u16, Error> {
    let invalid = Error::Invalid { variable: "TLS_PORT", expected: "a TCP port" };
    let port = number(environment, "TLS_PORT", 4433, 0..=65_535, "a TCP port")?;
    u16::try_from(port).map_err(|_| invalid)
}

fn certificate(environment: &dyn Environment) -> Result<CertificateSource, Error> {
    let Some(public) = of_a_server(environment)? else { return other(environment) };
    match [CHAIN, KEY, SECRET].into_iter().find(|name| is_set(environment, name)) {
        None => Ok(public),
        Some(second) => Err(Error::Conflict { first: DIRECTORY, second, reason: DROP_ONE }),
    }
}

/// One that is not asked for at a public authority.
fn other(environment: &dyn Environment) -> Result<CertificateSource, Error> {
    let (chain, key) = (text(environment, CHAIN), text(environment, KEY));
    let arn = text(environment, SECRET);
    match (chain, key, arn) {
        (None, None, Some(arn)) => Ok(CertificateSource::Secret { arn }),
        (Some(chain), Some(key), None) => {
            Ok(CertificateSource::Files { chain: chain.into(), key: key.into() })
        }
        (None, None, None) => {
            let names = list(environment, "TESSERA_TLS_NAMES")
                .unwrap_or_else(|| ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec());
            Ok(CertificateSource::SelfSigned { names })
        }
        (Some(_), None, None) => Err(Error::Missing {
            variable: KEY,
            reason: "CUBEJS_TLS_PRIVATE_FULLCHAIN_FILE is set",
        }),
        (None, Some(_), None) => {
            Err(Error::Missing { variable: CHAIN, reason: "CUBEJS_TLS_PRIVATE_KEY_FILE is set" })
        }
        (chain, _, Some(_)) => {
            let second = if chain.is_some() { CHAIN } else { KEY };
            Err(Error::Conflict { first: SECRET, second, reason: DROP_ONE })
        }
    }
}

/// Files are looked at every second, what is in AWS every minute, unless it is said otherwise.
fn reload(environment: &dyn Environment, source: &CertificateSource) -> Result<Duration, Error> {
    let default = match source {
        CertificateSource::Files { .. } | CertificateSource::Public { .. } => {
            Duration::from_secs(1)
        }
        CertificateSource::Secret { .. } | CertificateSource::SelfSigned { .. } => {
            Duration::from_mins(1)
        }
    };
    let range = Duration::from_millis(100)..=Duration::from_hours(1);
    duration(environment, RELOAD, default, range, "a duration from 100ms to 1h")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Tls>, String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        read_tls(&pairs.collect::<Map>()).map_err(|errors| errors.to_string())
    }

    #[test]
    fn nothing_is_encrypted_unless_it_is_asked_for() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[(ENABLE, "false"), ("TLS_PORT", "x")]), Ok(None));
        for variable in [CHAIN, KEY, SECRET, FOLDER, DIRECTORY] {
            let refused = read(&[(variable, "x")]).unwrap_err();
            assert!(refused.starts_with("CUBEJS_ENABLE_TLS is required"), "{refused}");
        }
    }

    #[test]
    fn cubes_variables_name_port_and_files() {
        let tls = read(&[(ENABLE, "true"), (CHAIN, "/a"), (KEY, "/b")]).unwrap().unwrap();
        assert_eq!((tls.port, tls.reload), (4433, Duration::from_secs(1)));
        let files = CertificateSource::Files { chain: "/a".into(), key: "/b".into() };
        assert_eq!((tls.certificate, tls.client_authorities), (files, None));
    }

    #[test]
    fn without_a_certificate_one_is_made() {
        let tls = read(&[(ENABLE, "true"), ("TESSERA_TLS_NAMES", "a.example, 10.0.0.1")]);
        let names = vec!["a.example".to_owned(), "10.0.0.1".to_owned()];
        let tls = tls.unwrap().unwrap();
        assert_eq!(tls.certificate, CertificateSource::SelfSigned { names });
        assert_eq!(tls.reload, Duration::from_mins(1));
    }

    #[test]
    fn what_a_public_authority_issues_is_looked_at_like_files() {
        let tls = read(&[
            (ENABLE, "true"),
            (DIRECTORY, "https://acme.example/directory"),
            (FOLDER, "/a"),
            ("TESSERA_CERTIFICATE_NAMES", "shop.example"),
        ]);
        let tls = tls.unwrap().unwrap();
        assert!(matches!(tls.certificate, CertificateSource::Public { .. }));
        assert_eq!(tls.reload, Duration::from_secs(1));
    }

    #[test]
    fn a_secret_is_looked_at_as_often_as_it_is_said() {
        let tls = read(&[(ENABLE, "true"), (SECRET, "arn"), (RELOAD, "5m")]).unwrap().unwrap();
        assert_eq!(tls.certificate, CertificateSource::Secret { arn: "arn".to_owned() });
        assert_eq!(tls.reload, Duration::from_mins(5));
    }

    #[test]
    fn halves_and_bad_values_are_refused_by_name() {
        let public = [
            (DIRECTORY, "https://acme.example/directory"),
            (FOLDER, "/a"),
            ("TESSERA_CERTIFICATE_NAMES", "shop.example"),
        ];
        for (pairs, start) in [
            (&[(CHAIN, "/a")][..], KEY),
            (&[(KEY, "/b")], CHAIN),
            (&[(SECRET, "arn"), (KEY, "/b")], SECRET),
            (&[public[0], public[1], public[2], (SECRET, "arn")], DIRECTORY),
            (&[public[0], public[1], public[2], (CHAIN, "/a"), (KEY, "/b")], DIRECTORY),
            (&public[1..], DIRECTORY),
            (&[("TLS_PORT", "65536")], "TLS_PORT"),
            (&[(RELOAD, "1ms")], RELOAD),
            (&[(ENABLE, "yes")], ENABLE),
        ] {
            let refused = read(&[&[(ENABLE, "true")], pairs].concat()).unwrap_err();
            assert!(refused.starts_with(start), "{refused}");
        }
    }
}
