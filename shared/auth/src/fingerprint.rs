//! SHA-256 of something that must not be kept or shown.

use std::fmt;

use aws_lc_rs::{constant_time, digest};

/// The SHA-256 of a secret or an identity. Compared in constant time, shown as eight hex digits.
#[derive(Clone, Copy)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// That of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(hash)
    }

    /// The one these 64 hex digits write, as `sha256sum` prints it; `None` for any other text.
    pub fn from_hex(text: &str) -> Option<Self> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return None;
        };
        let mut hash = [0; 32];
        if pairs.len() != hash.len() {
            return None;
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            let digit = |character: u8| char::from(character).to_digit(16);
            *byte = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
        }
        Some(Self(hash))
    }

    /// All 64 hex digits, for a key in a table.
    pub fn hex(&self) -> String {
        self.0.into_iter().map(format_byte).collect()
    }

    /// The first eight hex digits: enough to find a line in a log, not enough to be a secret.
    pub fn short(&self) -> String {
        let mut text = String::with_capacity(8);
        for byte in self.0.iter().take(4) {
            text.push_str(&format_byte(*byte));
        }
        text
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Fingerprint {}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({}…)", self.short())
    }
}

fn format_byte(byte: u8) -> String {
    format!("{byte:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    // `printf abc | sha256sum` (FIPS 180-2, appendix B.1).
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn it_is_the_sha_256_of_the_bytes() {
        let fingerprint = Fingerprint::of(b"abc");
        assert_eq!(Some(fingerprint), Fingerprint::from_hex(OF_ABC));
        assert_ne!(fingerprint, Fingerprint::of(b"abd"));
        assert_eq!(fingerprint.short(), "ba7816bf");
        assert_eq!(fingerprint.hex(), OF_ABC);
        assert_eq!(format!("{fingerprint:?}"), "Fingerprint(ba7816bf…)");
    }

    #[test]
    fn only_64_hex_digits_are_a_fingerprint() {
        for text in ["", "ba78", &OF_ABC[1..], &format!("{OF_ABC}00"), &OF_ABC.replace('f', "g")] {
            assert_eq!(Fingerprint::from_hex(text), None, "{text}");
        }
    }
}
