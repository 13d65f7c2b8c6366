//! A pair as the value of a secret: JSON with the names that AWS Certificate Manager has for its
//! parts, so that what `export-certificate` prints can be stored as it is.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::{Error, Pair};

impl Pair {
    /// Reads `{"Certificate", "CertificateChain", "PrivateKey"}`, each PEM; the chain may be absent,
    /// other members are left alone.
    ///
    /// # Errors
    /// [`Error::Secret`], else as [`Pair::read`].
    pub fn from_secret(value: &SecretString) -> Result<Self, Error> {
        let malformed = |reason| Error::Secret { reason };
        let value: Value = serde_json::from_str(value.expose_secret())
            .map_err(|_| malformed("it is no JSON, or is cut off"))?;
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let certificate =
            text("Certificate").ok_or_else(|| malformed("it has no `Certificate`"))?;
        let key = text("PrivateKey").ok_or_else(|| malformed("it has no `PrivateKey`"))?;
        let above = text("CertificateChain").unwrap_or_default();
        Self::read(format!("{certificate}\n{above}").as_bytes(), key.as_bytes())
    }

    /// The value of a secret that is this pair.
    pub fn to_secret(&self) -> SecretString {
        let (certificate, above) = self.parts_pem();
        let key = self.key_pem();
        let mut value = json!({ "Certificate": certificate, "PrivateKey": key.expose_secret() });
        if let (false, Some(members)) = (above.is_empty(), value.as_object_mut()) {
            members.insert("CertificateChain".to_owned(), above.into());
        }
        value.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Authority, Charter, KeyType, Profile, self_signed};

    const NOW: Duration = Duration::from_hours(500_000);
    const LIFE: Duration = Duration::from_hours(48);

    fn profile() -> Profile {
        Profile::server(vec!["shop.example".parse().unwrap()], LIFE).unwrap()
    }

    #[test]
    fn a_pair_comes_back_as_it_was_stored() {
        let charter = |name: &str| Charter {
            name: name.to_owned(),
            key: KeyType::P256,
            life: LIFE,
            scopes: vec![],
            path_length: None,
        };
        let root = Authority::root(&charter("root"), NOW).unwrap();
        let below = root.intermediate(&charter("below"), NOW).unwrap();
        for pair in [self_signed(&profile(), NOW), below.issue(&profile(), NOW)] {
            let pair = pair.unwrap();
            let stored = Pair::from_secret(&pair.to_secret()).unwrap();
            assert_eq!((stored.chain(), stored.is_matched()), (pair.chain(), true));
        }
    }

    /// C-07
    #[test]
    fn a_secret_that_is_torn_anywhere_is_no_pair() {
        let value = self_signed(&profile(), NOW).unwrap().to_secret();
        let value = value.expose_secret();
        for end in 0..value.len() {
            assert!(Pair::from_secret(&value[..end].into()).is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_missing_in_it_is_named() {
        for (value, part) in [
            ("hunter2", "no JSON"),
            ("[]", "no `Certificate`"),
            (r#"{ "Certificate": 1, "PrivateKey": "x" }"#, "no `Certificate`"),
            (r#"{ "Certificate": "x" }"#, "no `PrivateKey`"),
            (r#"{ "Certificate": "x", "PrivateKey": "x" }"#, "no certificate in it"),
        ] {
            let said = Pair::from_secret(&value.into()).unwrap_err().to_string();
            assert!(said.contains(part) && !said.contains("hunter2"), "{said}");
        }
    }
}
