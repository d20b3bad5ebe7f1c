//! A column whose value may be none of its type's, so that reading it costs no other row.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};

/// What a column holds, or `None` where that cannot be read as a `T`: for instance an id that is not
/// 16 bytes. One such value fails a whole statement where its column is read as a plain `T`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow)]
pub struct Lenient<T>(pub Option<T>);

impl<T, ST, DB> FromSql<ST, DB> for Lenient<T>
where
    DB: Backend,
    T: FromSql<ST, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(T::from_sql(raw).ok()))
    }
}
