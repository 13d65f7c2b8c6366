//! base64url without padding, canonical only (RFC 7515 §2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The bytes of `text`, or `None` for padding, another alphabet, blanks, or unused bits that are
/// not zero: two texts never mean the same bytes.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// How long the text of so many bytes is.
pub(crate) fn encoded_len(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// The text of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        assert_eq!(decode("QQ").as_deref(), Some(b"A".as_slice()));
        for text in ["QR", "QQ==", "QQ=", "Q", "Q Q", "QQ\n", "+/", "ＱＱ"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
        for length in 0..9 {
            assert_eq!(encode(&vec![7; length]).len(), encoded_len(length));
        }
    }
}
