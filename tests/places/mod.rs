//! Places, centres, help lines and stories, on both engines.

mod centres;
mod help_lines;
mod phones;
mod reads;
mod story;
mod track;

use ampara::clock::At;

/// A Tuesday at ten in the morning in Chihuahua.
fn ten_o_clock() -> At {
    At::parse("2026-11-24T10:00:00-06:00").unwrap()
}
