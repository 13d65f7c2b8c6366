//! `POST` of a document to a server that only takes.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING,
    USER_AGENT,
};
use hyper::{HeaderMap, Request};

use super::{Web, WebAddress, no_answer};

/// Headers that an operator wants sent along: a key, mostly, so that no value is shown.
#[derive(Debug, Clone, Default)]
pub struct WebHeaders(HeaderMap);

/// Why a header cannot be sent along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no header that can be sent along")]
pub struct UnusableHeader;

impl WebHeaders {
    /// Adds a header.
    ///
    /// # Errors
    /// [`UnusableHeader`] for what is no header, and for those that say where a message ends or leads.
    pub fn add(&mut self, name: &str, value: &str) -> Result<(), UnusableHeader> {
        let name = HeaderName::try_from(name).map_err(|_| UnusableHeader)?;
        let mut value = HeaderValue::try_from(value).map_err(|_| UnusableHeader)?;
        if [CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING].contains(&name) {
            return Err(UnusableHeader);
        }
        value.set_sensitive(true);
        self.0.append(name, value);
        Ok(())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Web {
    /// The status of the answer to `POST` of this JSON; the rest of it is left unread.
    ///
    /// # Errors
    /// Why there is no answer in time, in a word.
    pub async fn post(
        &self,
        address: &WebAddress,
        headers: &WebHeaders,
        json: Vec<u8>,
    ) -> Result<u16, &'static str> {
        let mut request = Request::new(Full::new(Bytes::from(json)));
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = address.uri();
        let sent = request.headers_mut();
        sent.insert(USER_AGENT, HeaderValue::from_static("tessera"));
        sent.extend(headers.0.clone());
        sent.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = tokio::time::timeout(self.timeout, self.client.request(request)).await;
        let answer = answer.map_err(|_| "timeout")?.map_err(|error| no_answer(&error))?;
        Ok(answer.status().as_u16())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_sent_along_unless_they_bend_the_message_and_no_value_is_shown() {
        let mut headers = WebHeaders::default();
        headers.add("x-api-key", "canary").unwrap();
        headers.add("Authorization", "Bearer canary").unwrap();
        assert!(!headers.is_empty());
        assert!(!format!("{headers:?}").contains("canary"));
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a", "x\r\nb: y"),
            ("host", "x"),
            ("Content-Length", "1"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
        ] {
            assert_eq!(headers.add(name, value), Err(UnusableHeader), "{name}");
        }
    }
}
