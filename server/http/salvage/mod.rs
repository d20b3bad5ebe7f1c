//! Reads the JSON of an alert's own routes, and keeps what can be read of one that is broken.
//!
//! **What.** [`salvage`] takes any bytes: a document that was cut off, has a byte-order mark, is
//! UTF-16, or is written as no JSON should be (`NaN`, single quotes, bare keys, trailing commas,
//! comments, a key twice). It gives the [`Value`](serde_json::Value) of all that came whole, and a [`Flaw`] for each
//! part that did not.
//!
//! **Invariant.** A part that is broken costs itself and not its neighbours. A number, word or text
//! that ends where the body ends is dropped, since the rest of it may be missing: `28.6` could have
//! been `28.6353`, and half a PIN would be a wrong one. JSON without a fault gives what `serde_json`
//! gives, and no flaw.
//!
//! **Path.** `text` makes the bytes text → `Reader` walks it once, with a bounded depth → the
//! caller judges each field by itself.
//!
//! **On failure.** It cannot fail: bytes without an object or list are `null` and the flaw
//! `bad-json`. A flaw's path holds only what looks like a field's name, never a value.

mod model;
mod reader;

use std::borrow::Cow;

pub use model::{Flaw, Salvaged, is_within};
use reader::Reader;

/// Reads a body; of more than `depth` levels of objects and lists the inner ones are left out.
#[must_use]
pub fn salvage(bytes: &[u8], depth: usize) -> Salvaged {
    let (text, whole) = text(bytes);
    Reader::read(&text, whole, depth)
}

/// The bytes as text, and whether they were UTF-8 without a mark, as JSON is.
fn text(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let units = |of: fn([u8; 2]) -> u16, from: &[u8]| {
        let (pairs, _) = from.as_chunks::<2>();
        let units = pairs.iter().map(|pair| of(*pair));
        let text: String = char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            // Of UTF-32 every second unit is none.
            .filter(|c| *c != '\0')
            .collect();
        (Cow::Owned(text), false)
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (String::from_utf8_lossy(rest), false),
        [0xFF, 0xFE, rest @ ..] => units(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => units(u16::from_be_bytes, rest),
        [0, ..] => units(u16::from_be_bytes, bytes),
        [_, 0, ..] => units(u16::from_le_bytes, bytes),
        _ => {
            let text = String::from_utf8_lossy(bytes);
            let whole = matches!(text, Cow::Borrowed(_));
            (text, whole)
        }
    }
}

#[cfg(test)]
mod tests;
