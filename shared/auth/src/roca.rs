//! Keys whose primes were made by a broken library of Infineon's (CVE-2017-15361, "ROCA"): their
//! private halves can be computed from their public ones.
//!
//! Source: M. Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 2: the primes
//! are `k * M + (65537^a mod M)` with `M` a product of small primes, so the modulus of such a key is
//! a power of 65537 modulo each of them. Another modulus is that by chance once in 2^27 at most.

/// The small primes of `M` for every size of key.
const PRIMES: [u16; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether the modulus of these bytes, the most significant one first, has the fingerprint.
pub(crate) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power_of_generator(remainder(modulus, *prime), *prime))
}

fn remainder(modulus: &[u8], prime: u16) -> u16 {
    let step = |rest: u32, byte: &u8| (rest * 256 + u32::from(*byte)) % u32::from(prime);
    // Smaller than `prime`, so it fits.
    u16::try_from(modulus.iter().fold(0, step)).unwrap_or_default()
}

fn is_power_of_generator(number: u16, prime: u16) -> bool {
    let (prime, number) = (u32::from(prime), u32::from(number));
    let generator = 65537 % prime;
    let mut power = 1;
    for _ in 0..prime {
        if power == number {
            return true;
        }
        power = power * generator % prime;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `65537^a mod M` is a power of 65537 modulo every prime of `M`; so is 65537 itself, and 1.
    #[test]
    fn powers_of_the_generator_have_the_fingerprint() {
        assert!(has_fingerprint(&[1]));
        assert!(has_fingerprint(&[1, 0, 1]));
        // 65537^2 and 65537^3
        assert!(has_fingerprint(&[1, 0, 2, 0, 1]));
        assert!(has_fingerprint(&[1, 0, 3, 0, 3, 0, 1]));
    }

    #[test]
    fn other_numbers_do_not() {
        for number in [[0_u8, 0], [0, 3], [1, 0], [255, 253], [2, 3]] {
            assert!(!has_fingerprint(&number), "{number:?}");
        }
    }

    #[test]
    fn remainders_are_those_of_long_division() {
        assert_eq!(remainder(&[1, 0, 1], 167), 73);
        assert_eq!(remainder(&[0, 0, 7], 5), 2);
        assert_eq!(remainder(&[], 5), 0);
    }
}
