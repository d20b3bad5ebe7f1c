//! Codes that make a record stand out. Stored in one column, parted by spaces, each once, in the
//! order they came.

/// She named an officer of one of the record's centres: kept from most eyes there (see `sight`).
/// Never shown.
pub const CONFLICT: &str = "conflict";
/// No unlisted supervisor was there in time: the centre's other operators see it too. Never shown.
pub const CONFLICT_OPEN: &str = "conflict_open";
/// She pressed again.
pub const PRESSED_AGAIN: &str = "pressed_again";
/// It was closed before, and queues again.
pub const REOPENED: &str = "reopened";
/// A unit had been sent when it went back to the queue.
pub const UNIT_SENT: &str = "unit_sent";
/// It was brought back by a restore, and may have gone further since.
pub const RESTORED: &str = "restored";
/// Her place is outside every polygon.
pub const OUTSIDE: &str = "outside";

/// Whether the column holds that code.
#[must_use]
pub fn has(column: &str, flag: &str) -> bool {
    column.split(' ').any(|f| f == flag)
}

/// Adds a code; `false` if it was there.
pub fn raise(column: &mut String, flag: &str) -> bool {
    if has(column, flag) {
        return false;
    }
    if !column.is_empty() {
        column.push(' ');
    }
    column.push_str(flag);
    true
}

/// Takes a code away; `false` if it was not there.
pub fn lower(column: &mut String, flag: &str) -> bool {
    let there = has(column, flag);
    if there {
        *column = column
            .split(' ')
            .filter(|f| *f != flag)
            .collect::<Vec<_>>()
            .join(" ");
    }
    there
}

/// All codes.
#[must_use]
pub fn all(column: &str) -> Vec<String> {
    column
        .split(' ')
        .filter(|f| !f.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The codes that an operator is shown: one who sees a record in conflict must not learn that it is
/// one.
#[must_use]
pub fn shown(column: &str) -> Vec<String> {
    column
        .split(' ')
        .filter(|f| !f.is_empty() && *f != CONFLICT && *f != CONFLICT_OPEN)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_stands_once_and_can_be_taken_away() {
        let mut column = String::new();
        assert!(raise(&mut column, PRESSED_AGAIN));
        assert!(!raise(&mut column, PRESSED_AGAIN));
        assert!(raise(&mut column, CONFLICT));
        assert_eq!(column, "pressed_again conflict");
        assert!(
            !has(&column, CONFLICT_OPEN),
            "a code is not found inside a longer one"
        );
        assert_eq!(shown(&column), ["pressed_again"]);
        assert!(lower(&mut column, PRESSED_AGAIN));
        assert!(!lower(&mut column, PRESSED_AGAIN));
        assert_eq!(all(&column), ["conflict"]);
    }
}
