//! Texts of an operator's that may stand in the environment, in a file of the package, or in Secrets
//! Manager.

use std::sync::Arc;

use keys::{Clock, Document, Intervals, SecretsExtension};
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// Where a text is. Nothing of it is understood yet.
#[derive(Debug)]
pub enum TextSource {
    /// Here it is.
    Here {
        /// The variable, and the file that it names.
        origin: String,
        /// The text, which may hold secrets.
        text: SecretString,
    },
    /// In Secrets Manager.
    SecretsManager {
        /// ARN or name.
        arn: String,
        /// Through which it is read, where there is one.
        extension: Option<Box<SecretsExtension>>,
        /// How often.
        every: Intervals,
    },
}

impl TextSource {
    /// What `read` makes of the text; `what` says what that is, for the log. What is in Secrets
    /// Manager is read when it is first needed.
    ///
    /// # Errors
    /// [`Error::Text`] with what `read` says, which is nothing secret.
    pub fn document<T: Send + Sync + 'static>(
        self,
        what: &'static str,
        clock: &Clock,
        read: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Document<T>, Error> {
        match self {
            Self::Here { origin, text } => match read(text.expose_secret()) {
                Ok(value) => Ok(Document::fixed(value)),
                Err(reason) => Err(Error::Text { origin, reason }),
            },
            Self::SecretsManager { arn, extension, every } => {
                let clock = Arc::clone(clock);
                let extension = extension.map(|extension| *extension);
                Ok(Document::secrets_manager(what, arn, extension, every, clock, read))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_text_that_is_here_is_understood_at_once() {
        let source = |text: &str| TextSource::Here {
            origin: "TESSERA_X (x.yml)".to_owned(),
            text: text.into(),
        };
        assert!(!format!("{:?}", source("hunter2")).contains("hunter2"));
        let read = |text: &str| text.parse::<u8>().map_err(|_| "1:1: no number".to_owned());
        let Ok(Document::Fixed(value)) = source("7").document("number", &clock(), read) else {
            panic!("not read")
        };
        assert_eq!(*value, 7);
        let refused = source("hunter2").document("number", &clock(), read).unwrap_err();
        assert_eq!(refused.to_string(), "TESSERA_X (x.yml): 1:1: no number");
    }
}
