//! The six digits that prove a phone number: how they are drawn, kept and compared. Pure.

use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::ids::random;
use crate::seal::Keyring;

/// Six digits, each as likely as another.
pub(super) fn draw() -> Zeroizing<String> {
    loop {
        let number = u32::from_le_bytes(random::<4>());
        // The last partial run of a million would make low codes likelier.
        if number < u32::MAX - u32::MAX % 1_000_000 {
            return Zeroizing::new(format!("{:06}", number % 1_000_000));
        }
    }
}

/// Whether `text` has the form of a code.
pub(super) fn is_well_formed(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

/// What is stored of a code: keyed, so that a million guesses against a stolen table tell nothing,
/// and bound to its row.
pub(super) fn hmac(keys: &Keyring, id: Uuid, code: &str) -> Vec<u8> {
    keys.lookup("sign-in-code", &format!("{id}/{code}"))
}

/// Compares in constant time.
pub(super) fn is_right(keys: &Keyring, id: Uuid, code: &str, stored: &[u8]) -> bool {
    hmac(keys, id, code).ct_eq(stored).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits() {
        for _ in 0..200 {
            assert!(is_well_formed(&draw()));
        }
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６", " 12345"] {
            assert!(!is_well_formed(bad), "{bad} is no code");
        }
    }
}
