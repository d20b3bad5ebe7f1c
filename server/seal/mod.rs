//! Keys and sealed columns.
//!
//! What: [`Keyring`] opens and closes personal columns (XChaCha20-Poly1305), makes keyed hashes for
//! look-ups (HMAC-SHA256, RFC 2104), and gives each alert a key of its own, wrapped by the key of
//! its week (its epoch). Invariant: keys live in a directory outside the database and its backups,
//! 0700 with files of 0600, and nowhere else; a sealed value opens only in its own table, row and
//! column; when an epoch's file is destroyed, no copy of the database, however old, opens that
//! week's places any more. Path: a room seals while it writes and opens while it renders; nothing
//! sealed is ever compared or sorted. On failure: a missing directory, a loose permission or a
//! missing key is refused at start with what to do about it; a value that does not open is an
//! error, never an empty text. A view goes on without it ([`or_none`]) and raises an alarm. Only a press is not held up: where this week's key cannot be made,
//! an older living one wraps hers.

mod alert_key;
mod cipher;
mod directory;
mod epoch;
mod error;
mod keyring;
mod opened;
#[cfg(test)]
mod tests;
mod weeks;

pub use alert_key::{AlertKey, WrappedKey};
pub use epoch::Epoch;
pub use error::SealError;
pub use keyring::{Keyring, Made};
pub use opened::or_none;

/// `seal_text` and `open_text` of a key that seals and opens bytes.
macro_rules! seals_text {
    ($key:ty) => {
        impl $key {
            /// As `seal`, for text.
            #[must_use]
            pub fn seal_text(&self, table: &str, column: &str, row: &[u8], plain: &str) -> Vec<u8> {
                self.seal(table, column, row, plain.as_bytes())
            }

            /// As `open`, for text.
            ///
            /// # Errors
            /// As `open`; bytes that are no text are `Tampered`.
            pub fn open_text(
                &self,
                table: &str,
                column: &str,
                row: &[u8],
                sealed: &[u8],
            ) -> Result<zeroize::Zeroizing<String>, SealError> {
                cipher::text(&self.open(table, column, row, sealed)?)
            }
        }
    };
}
seals_text!(AlertKey);
seals_text!(Keyring);
