//! Statements that run on every press, prepared once a connection.
//!
//! diesel prepares `sql_query` and an insert of a `Vec` anew each time, which costs PostgreSQL more than running them.
//! A statement whose text never changes can say so by a static `QueryId`: then it is cached by its type alone.

/// A struct that is a statement with a fixed text: pieces of SQL between binds, in their order. It runs on the engine
/// named, by `.execute(c)`, and is prepared once a connection. Arrays with `unnest` make one statement of many rows:
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
