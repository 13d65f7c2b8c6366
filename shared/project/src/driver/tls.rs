//! The option `ssl`, as Node's `tls.connect` has it.

use secrecy::SecretString;
use serde_json::Value;

use crate::driver::DriverFault;
use crate::options::nearest;
use crate::project::Held;

/// Whether and how a connection is encrypted. Shows nothing of itself.
#[derive(Clone)]
pub enum DriverTls {
    /// `ssl: false`
    Off,
    /// The server's certificate is verified, its name included.
    On {
        /// PEM text of the authorities to trust, in place of the public ones.
        ca: Option<String>,
        /// PEM text of our certificate chain.
        cert: Option<String>,
        /// PEM text of its private key.
        key: Option<SecretString>,
        /// The name that the server's certificate must carry, in place of the host.
        server_name: Option<String>,
    },
}

impl std::fmt::Debug for DriverTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Off) { "Off" } else { "On" })
    }
}

const PLAIN: DriverTls = DriverTls::On { ca: None, cert: None, key: None, server_name: None };
const UNVERIFIED: &str = "`ssl.rejectUnauthorized: false` has no effect: the server's certificate \
                          is always verified (`ssl.ca` names another authority)";

const KNOWN: &[&str] = &[
    "ca",
    "cert",
    "key",
    "servername",
    "rejectUnauthorized",
    "ciphers",
    "minVersion",
    "maxVersion",
    "passphrase",
    "pfx",
    "checkServerIdentity",
];

impl DriverTls {
    /// What `ssl` says; `notices` receives what has no effect.
    pub(super) fn read(held: Held, notices: &mut Vec<&'static str>) -> Result<Self, DriverFault> {
        let expected = "true, false or an object with `ca`, `cert`, `key`, `servername`";
        let Held::Object(members) = held else {
            return match (&held, held.text()) {
                // `pg` takes the words that environments hold.
                (Held::Value(Value::Bool(true)), _) | (_, Some("true")) => Ok(PLAIN),
                (Held::Value(Value::Bool(false)), _) => Ok(Self::Off),
                (_, Some("no-verify")) => {
                    notices.push(UNVERIFIED);
                    Ok(PLAIN)
                }
                _ => Err(DriverFault::Form { name: "ssl", expected }),
            };
        };
        let (mut ca, mut cert, mut key, mut server_name) = (None, None, None, None);
        for (name, held) in members {
            if held == Held::Value(Value::Null) {
                continue;
            }
            match name.as_str() {
                "ca" => ca = Some(pem("ssl.ca", &held)?),
                "cert" => cert = Some(pem("ssl.cert", &held)?),
                "key" => key = Some(pem("ssl.key", &held)?.into()),
                "servername" => server_name = Some(super::text("ssl.servername", &held)?),
                "rejectUnauthorized" if held == Held::Value(Value::Bool(true)) => {}
                "rejectUnauthorized" => notices.push(UNVERIFIED),
                // TLS 1.2 and 1.3 with safe cipher suites only.
                "ciphers" | "minVersion" | "maxVersion" => {}
                "passphrase" | "pfx" => {
                    let reason = "give `ssl.cert` and `ssl.key` as PEM texts without a passphrase";
                    return Err(DriverFault::Refused { name: "ssl", reason });
                }
                "checkServerIdentity" => {
                    let reason =
                        "the name in a certificate is always checked: give `ssl.servername`";
                    return Err(DriverFault::Refused { name: "ssl", reason });
                }
                _ => {
                    let nearest = nearest(&name, KNOWN.iter().copied());
                    return Err(DriverFault::Unknown { name: format!("ssl.{name}"), nearest });
                }
            }
        }
        Ok(Self::On { ca, cert, key, server_name })
    }
}

/// A PEM text, or several that follow one another.
fn pem(name: &'static str, held: &Held) -> Result<String, DriverFault> {
    let items = if let Held::List(items) = held { items } else { std::slice::from_ref(held) };
    let texts: Option<Vec<&str>> = items.iter().map(Held::text).collect();
    let is_pem = |text: &&str| text.contains("-----BEGIN ");
    let texts = texts.filter(|texts| !texts.is_empty() && texts.iter().all(is_pem));
    let expected = "PEM text";
    texts.map(|texts| texts.join("\n")).ok_or(DriverFault::Form { name, expected })
}
