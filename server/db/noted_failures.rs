//! Failures that diesel keeps from the connection's witness.
//!
//! diesel 2.3 tells an `Instrumentation` of each statement's end, and on SQLite it says "no error"
//! when a statement that returns rows fails at a step: an `INSERT … RETURNING` that breaks a rule,
//! a disk that is full. So a failure is noted at two more places that every statement passes: where
//! [`on!`](crate::on) hands its result back, and where diesel's error becomes a [`DbError`]. What
//! is left is a failure swallowed *inside* one `on!` expression, on SQLite, of a statement that
//! returns rows; there, too, a transaction that SQLite itself gave up is found out at its RELEASE.

use std::cell::RefCell;

use diesel::result::Error;

use super::DbError;

thread_local! {
    static FIRST: RefCell<Option<DbError>> = const { RefCell::new(None) };
}

/// Keeps the first failure on this thread since [`take`].
pub(super) fn note(error: &Error) {
    if matches!(error, Error::DatabaseError(..)) {
        FIRST.with_borrow_mut(|first| {
            first.get_or_insert_with(|| DbError::of(error));
        });
    }
}

pub(super) fn take() -> Option<DbError> {
    FIRST.take()
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        note(&error);
        Self::of(&error)
    }
}

/// What an expression in [`on!`](crate::on) came to.
#[derive(Debug)]
pub struct Outcome<'a, T>(pub &'a T);

impl<T> Outcome<'_, Result<T, Error>> {
    /// Takes note of a failed statement.
    #[must_use]
    pub fn note(&self) -> &Self {
        if let Err(error) = self.0 {
            note(error);
        }
        self
    }
}

/// For expressions that come to something else: there is nothing to note.
pub trait NothingToNote {
    /// Does nothing: a method of the type itself goes before it.
    #[must_use]
    fn note(&self) -> &Self {
        self
    }

    /// Ends the sentence. Every outcome uses it, so the trait is never an unused import.
    fn go_on(&self) {}
}

impl<T> NothingToNote for Outcome<'_, T> {}
