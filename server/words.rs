//! Choices that are stored and sent as words.
//!
//! What: the macro [`words!`](crate::words), which makes an enum of a list of variants and their
//! words. Invariant: a variant has one word, the same in a text column, in JSON and in the
//! specification, so that a row can be read by a person and no number has to be looked up. On
//! failure: `parse` of a word that is not on the list is `None`; the caller says whether that is a
//! bad request or a row that a newer binary wrote.

/// An enum whose variants are words: `as_str`, `parse`, `ALL`, `Display`, serde and the schema all
/// say the same. Each can be written to a text column. One that is read from a column as well names
/// what a word that this binary does not know, since a newer one wrote it, is read as: the loudest
/// there is (`pub enum AlertState, unknown Open { … }`). No other place says so.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident $(, unknown $loudest:ident)? { $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name {
            // Said twice: utoipa does not read a literal that a macro hands to serde.
            $($(#[$about])* #[serde(rename = $word)] #[schema(rename = $word)] $variant,)+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that is stored and sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The variant of that word, or `None` if there is no such word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        $(impl<DB: diesel::backend::Backend>
            diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(raw: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                Ok(Self::parse(&String::from_sql(raw)?).unwrap_or(Self::$loudest))
            }
        })?

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                <str as diesel::serialize::ToSql<diesel::sql_types::Text, DB>>::to_sql(self.as_str(), out)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    crate::words! {
        /// For the test.
        pub enum Colour {
            /// Like the sky.
            Blue = "blue",
            /// Like a rose.
            DarkRed = "dark_red",
        }
    }

    #[test]
    fn a_word_is_the_same_in_the_specification() {
        let schema = serde_json::to_value(<Colour as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["blue", "dark_red"]));
    }

    #[test]
    fn a_word_is_the_same_in_a_column_and_in_json() {
        for colour in Colour::ALL {
            assert_eq!(Colour::parse(colour.as_str()), Some(*colour));
            assert_eq!(
                serde_json::to_string(colour).unwrap(),
                format!("\"{colour}\"")
            );
        }
        assert_eq!(Colour::parse("DarkRed"), None);
    }
}
