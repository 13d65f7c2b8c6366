//! Good and bad texts.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::*;
use crate::{KeyType, Profile, Usage, self_signed};

const NOW: Duration = Duration::from_hours(500_000);

fn made(key: KeyType) -> (String, String) {
    let names = vec!["shop.example".parse().unwrap()];
    let life = Duration::from_hours(48);
    let pair = self_signed(&Profile { names, key, usage: Usage::Both, life }, NOW).unwrap();
    (pair.chain_pem(), pair.key_pem().expose_secret().to_owned())
}

fn read(chain: &str, key: &str) -> Result<Pair, Error> {
    Pair::read(chain.as_bytes(), key.as_bytes())
}

#[test]
fn a_pair_is_read_as_it_was_written() {
    for key in KeyType::ALL {
        let (chain, key) = made(key);
        let pair = read(&chain, &key).unwrap();
        assert!(pair.is_matched());
        assert_eq!((pair.chain_pem(), pair.key_pem().expose_secret()), (chain, key.as_str()));
        assert!(!format!("{pair:?}").contains(key.lines().nth(1).unwrap()));
    }
}

/// C-07
#[test]
fn a_text_that_is_cut_off_anywhere_is_refused_or_the_same() {
    let (chain, key) = made(KeyType::P256);
    let (other, _) = made(KeyType::P256);
    let chain = format!("{chain}{other}");
    let first = chain.len() - other.len();
    let whole = read(&chain, &key).unwrap();
    for end in 0..chain.len() {
        match read(&chain[..end], &key) {
            Ok(cut) if cut.chain() == whole.chain() => assert_eq!(end, chain.len() - 1),
            // A chain that lost its end: `check` says what is missing.
            Ok(cut) => {
                assert_eq!(cut.chain(), &whole.chain()[..1]);
                assert!((first - 1..first + 11).contains(&end), "{end} of {first}");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    for end in 0..key.len() - 1 {
        assert!(read(&chain, &key[..end]).is_err(), "{end}");
    }
}

#[test]
fn what_stands_around_the_sections_is_left_alone() {
    let (chain, key) = made(KeyType::P256);
    let (note, end) = ("Bag Attributes\n    friendlyName: shöp\n", "\r\n\0trailing -- - \n");
    let mark = "\u{feff}";
    for both in [format!("{note}{key}{note}{chain}{end}"), format!("{mark}{key}{chain}")] {
        for both in [both.replace('\n', "\r\n"), both] {
            assert_eq!(read(&both, &both).unwrap().chain_pem(), chain);
        }
    }
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    assert!(read(&chain, &format!("{parameters}{key}")).unwrap().is_matched());
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let (chain, key) = made(KeyType::P256);
    let pkcs8 =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\
                  DEK-Info: AES-128-CBC,00\n\nMIIB\n-----END RSA PRIVATE KEY-----\n";
    let damaged = chain.replacen('M', "!", 1);
    let wrong = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let long = chain.repeat(11);
    let two = format!("{key}{key}");
    let large = format!("{chain}{}", " ".repeat(CHAIN_BYTES_MAX));
    let large_key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        "AAAA".repeat(KEY_BYTES_MAX / 3 + 1)
    );
    for (chain, key, part) in [
        ("", key.as_str(), "the certificate is empty"),
        (chain.as_str(), "", "the key is empty"),
        (key.as_str(), chain.as_str(), "are certificate and key swapped"),
        (&chain, &chain, "no key in it, but a certificate"),
        (pkcs8, &key, "are certificate and key swapped"),
        (&chain, pkcs8, "the key is encrypted"),
        (&chain, legacy, "the key is encrypted"),
        (&damaged, &key, "something else than base64"),
        ("no PEM at all", &key, "there is no certificate in it"),
        (&chain, "no PEM at all", "there is no key in it"),
        (no_certificate, &key, "certificate 1 is malformed"),
        (&chain, wrong, "the key is malformed"),
        (&long, &key, "11 certificates"),
        (&chain, &two, "2 keys"),
        (&large, &key, "more than the 1048576"),
        (&chain, &large_key, "more than the 16384"),
    ] {
        let said = read(chain, key).unwrap_err().to_string();
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_binary_form_is_known_and_refused() {
    let (chain, key) = made(KeyType::P256);
    let pair = read(&chain, &key).unwrap();
    let said = Pair::read(&pair.chain()[0], key.as_bytes()).unwrap_err();
    assert_eq!(said, Error::Der { what: "certificate" });
    let said = Pair::read(chain.as_bytes(), pair.key().secret_der()).unwrap_err();
    assert_eq!(said, Error::Der { what: "key" });
}

/// Every byte of a certificate turned over: it is refused, or says something else.
#[test]
fn a_damaged_certificate_does_no_harm() {
    let (chain, key) = made(KeyType::P256);
    let pair = read(&chain, &key).unwrap();
    let der = &pair.chain()[0];
    for index in 0..der.len() {
        let mut damaged = der.to_vec();
        damaged[index] ^= 0xff;
        let damaged = section("CERTIFICATE", &damaged);
        if let Ok(damaged) = read(&damaged, &key) {
            assert_ne!(damaged.facts(), pair.facts());
        }
    }
}
