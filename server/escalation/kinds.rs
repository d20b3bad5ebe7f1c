//! Kinds of event, by their five-digit codes in Mexico's catalogue of incidents (CNIE 3.0, June
//! 2024). The codes are data in `kinds.csv`; the catalogue has none for "panic button, nature
//! unknown", so a record is born as [`DEFAULT`] and an operator gives it its right code.

use std::sync::LazyLock;

use super::model::Priority;

/// Violence against women: what a press is until an operator knows better.
pub const DEFAULT: &str = "30903";

/// A drill: what a training record is.
pub const TRAINING: &str = "60210";

/// A kind of event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Five digits.
    pub code: &'static str,
    /// The priority the catalogue gives it.
    pub priority: Priority,
    /// Its name in Spanish.
    pub es: &'static str,
    /// Its name in English.
    pub en: &'static str,
}

static KINDS: LazyLock<Vec<Kind>> =
    LazyLock::new(|| include_str!("kinds.csv").lines().filter_map(line).collect());

fn line(text: &'static str) -> Option<Kind> {
    let mut cells = text.split(';');
    let code = cells.next()?;
    let priority = Priority::parse(cells.next()?)?;
    Some(Kind {
        code,
        priority,
        es: cells.next()?,
        en: cells.next()?,
    })
}

/// The kind of that code.
#[must_use]
pub fn of(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_kind_and_no_code_stands_twice() {
        assert_eq!(KINDS.len(), include_str!("kinds.csv").lines().count());
        for kind in KINDS.iter() {
            assert!(
                kind.code.len() == 5 && kind.code.bytes().all(|b| b.is_ascii_digit()),
                "{kind:?}"
            );
            assert_eq!(
                KINDS.iter().filter(|k| k.code == kind.code).count(),
                1,
                "{kind:?}"
            );
        }
    }

    #[test]
    fn a_press_is_urgent_and_training_is_not() {
        assert_eq!(of(DEFAULT).unwrap().priority, Priority::High);
        assert_eq!(of(TRAINING).unwrap().priority, Priority::Low);
        assert_eq!(of("00000"), None);
    }
}
