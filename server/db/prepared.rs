//! Statements that run on every press, prepared once a connection.
//!
//! diesel 2.3 prepares anew, each time: every UPDATE, every upsert, `sql_query`, an insert of a
//! `Vec`, and on SQLite `eq_any`. Preparing costs either engine more than running.
//! [`prepared`] keeps such a statement by its text, which diesel still has to build each time to
//! look it up. [`prepared!`](crate::prepared) keeps it by the place in the code where it is
//! written, for statements whose text never changes there: then nothing is built. A struct can say
//! the same of itself ([`hot_statement!`](crate::hot_statement)).
//!
//! SQLite has a trap of its own: it looks at bound values when it plans, as at the one in diesel's
//! `LIMIT ?`, and then prepares again whenever one is bound anew. It is built without that
//! (`SQLITE_ENABLE_QPSG`), which also means that a partial index serves only a query that writes
//! its condition out.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::LoadQuery;
use diesel::sql_types::Integer;
use diesel::{Connection, QueryResult, RunQueryDsl};

/// A statement kept prepared by its text: for texts of which there are few.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<Q>(Q);

/// Keeps a statement that diesel would prepare anew.
#[must_use]
pub const fn prepared<Q>(statement: Q) -> Prepared<Q> {
    Prepared(statement)
}

/// Keeps a statement that diesel would prepare anew, by the place in the code: the text must be the
/// same each time. Not for a changeset of `Option`s, nor `eq_any` on SQLite, nor a query that is put
/// together at run time. A debug build panics where one place has two texts.
#[macro_export]
macro_rules! prepared {
    ($statement:expr $(,)?) => {{
        #[derive(Debug, Clone, Copy)]
        struct Here;
        $crate::db::prepared::prepared($crate::db::prepared::placed(Here, $statement))
    }};
}

/// A statement whose text is known by where it is written.
#[derive(Debug, Clone, Copy)]
pub struct Placed<P, Q>(P, Q);

/// What [`prepared!`](crate::prepared) makes. One `P` must stand for one text.
#[must_use]
pub const fn placed<P: 'static, Q>(place: P, statement: Q) -> Placed<P, Q> {
    Placed(place, statement)
}

impl<P: 'static, Q, DB> QueryFragment<DB> for Placed<P, Q>
where
    DB: Backend + Default,
    DB::QueryBuilder: Default,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        #[cfg(debug_assertions)]
        one_text::check::<P, DB, Q>(&self.1);
        self.1.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<P: 'static, Q> QueryId for Placed<P, Q> {
    type QueryId = Placed<P, ()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<P, Q: Query> Query for Placed<P, Q> {
    type SqlType = Q::SqlType;
}

impl<P, Q, C: Connection> RunQueryDsl<C> for Placed<P, Q> {}

/// Each place in the code with the text that it had first.
#[cfg(debug_assertions)]
mod one_text {
    use std::any::{TypeId, type_name};
    use std::collections::HashMap;
    use std::sync::{Mutex, PoisonError};

    use diesel::backend::Backend;
    use diesel::query_builder::QueryFragment;

    static TEXTS: Mutex<Option<HashMap<(TypeId, &'static str), String>>> = Mutex::new(None);

    pub(super) fn check<P: 'static, DB, Q>(statement: &Q)
    where
        DB: Backend + Default,
        DB::QueryBuilder: Default,
        Q: QueryFragment<DB>,
    {
        let shown = diesel::debug_query::<DB, _>(statement).to_string();
        let text = shown.split(" -- binds: ").next().unwrap_or_default();
        let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
        let first = texts
            .get_or_insert_default()
            .entry((TypeId::of::<P>(), type_name::<DB>()))
            .or_insert_with(|| text.to_owned());
        assert_eq!(first, text, "one place has two statements");
    }
}

impl<Q, DB> QueryFragment<DB> for Prepared<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: QueryId> QueryId for Prepared<Q> {
    type QueryId = Prepared<Q::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C: Connection> RunQueryDsl<C> for Prepared<Q> {}

impl<Q> Prepared<Q> {
    /// Runs a statement that returns nothing; the number of rows that it touched. Not by diesel's
    /// own `execute`, which asks a reference whether to keep the statement, and a reference knows
    /// nothing of [`Prepared`]: it returns a row each, and they are counted.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute<'query, C>(self, conn: &mut C) -> QueryResult<usize>
    where
        Loaded<Q, true>: LoadQuery<'query, C, i32>,
    {
        Ok(RunQueryDsl::load::<i32>(Loaded::<Q, true>(self.0), conn)?.len())
    }

    /// Runs a statement that returns nothing, where the number of rows does not matter.
    ///
    /// # Errors
    /// What the database says.
    pub fn run<'query, C>(self, conn: &mut C) -> QueryResult<()>
    where
        Loaded<Q, false>: LoadQuery<'query, C, i32>,
    {
        RunQueryDsl::load::<i32>(Loaded::<Q, false>(self.0), conn).map(drop)
    }
}

/// A statement that is loaded from: `COUNTED` with a row for each that it touches, else with none.
#[derive(Debug, Clone, Copy)]
pub struct Loaded<Q, const COUNTED: bool>(Q);

impl<Q, DB, const COUNTED: bool> QueryFragment<DB> for Loaded<Q, COUNTED>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        if COUNTED {
            out.push_sql(" RETURNING 1");
        }
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: QueryId, const COUNTED: bool> QueryId for Loaded<Q, COUNTED> {
    type QueryId = Loaded<Q::QueryId, COUNTED>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q, const COUNTED: bool> Query for Loaded<Q, COUNTED> {
    type SqlType = Integer;
}

impl<Q, C: Connection, const COUNTED: bool> RunQueryDsl<C> for Loaded<Q, COUNTED> {}

/// A struct that is a statement with a fixed text: pieces of SQL between binds, in their order. It
/// runs on the engine named, by `.execute(c)`, and is prepared once a connection. Arrays with
/// `unnest` make one statement of many rows:
///
/// ```ignore
/// ampara::hot_statement! {
///     /// Marks for many topics at once.
///     pub struct FirstMarks on diesel::pg::Pg {
///         "insert into change_marks (topic, version) select unnest(", topics: diesel::sql_types::Array<diesel::sql_types::Text> as Vec<String>,
///         "), ", version: diesel::sql_types::BigInt as i64,
///     } " on conflict do nothing"
/// }
/// ```
#[macro_export]
macro_rules! hot_statement {
    ($(#[$about:meta])* $vis:vis struct $name:ident on $engine:ty {
        $($text:literal, $bind:ident: $sql:ty as $rust:ty),+ $(,)?
    } $($rest:literal)?) => {
        $(#[$about])*
        #[derive(Debug)]
        $vis struct $name {
            $(#[doc = "A bind, in the order of the text."] pub $bind: $rust,)+
        }

        impl diesel::query_builder::QueryId for $name {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::QueryFragment<$engine> for $name {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, $engine>,
            ) -> diesel::QueryResult<()> {
                $(
                    out.push_sql($text);
                    out.push_bind_param::<$sql, _>(&self.$bind)?;
                )+
                $(out.push_sql($rest);)?
                Ok(())
            }
        }

        impl<C: diesel::Connection<Backend = $engine>> diesel::RunQueryDsl<C> for $name {}
    };
}
