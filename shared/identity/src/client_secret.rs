//! What an application of a user pool proves itself with.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// The secret of an application. Shows nothing of itself.
#[derive(Debug, Clone)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// This text.
    pub fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    /// `SECRET_HASH` of a request about `user`: the HMAC of SHA-256 over the user's name and the
    /// application's id, in base64 (Amazon Cognito Developer Guide, "Computing secret hash values").
    pub(crate) fn hash(&self, user: &str, client_id: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret().as_bytes());
        let mut context = hmac::Context::with_key(&key);
        context.update(user.as_bytes());
        context.update(client_id.as_bytes());
        STANDARD.encode(context.sign())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_over_user_and_application() {
        // printf 'what do ya want for nothing?' | openssl dgst -sha256 -hmac Jefe -binary | base64
        // (RFC 4231 §4.3)
        let expected = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
        let secret = ClientSecret::new("Jefe".into());
        assert_eq!(secret.hash("what do ya want ", "for nothing?"), expected);
        assert_ne!(secret.hash("what do ya want", "for nothing?"), expected);
        assert!(!format!("{secret:?}").contains("Jefe"));
    }
}
