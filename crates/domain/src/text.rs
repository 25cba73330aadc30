//! How a domain word is kept in a text column. Only `store` turns the `sea-orm` feature on.

/// Implements the conversions a database needs for types that are `Display + FromStr`.
macro_rules! text_column {
    ($($type:ty),+ $(,)?) => { $(
        #[cfg(feature = "sea-orm")]
        const _: () = {
            use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable, sea_query::Value};
            impl From<$type> for Value {
                fn from(value: $type) -> Value { Value::from(value.to_string()) }
            }
            impl From<&$type> for Value {
                fn from(value: &$type) -> Value { Value::from(value.to_string()) }
            }
            impl TryGetable for $type {
                fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                    let text = String::try_get_by(row, index)?;
                    text.parse().map_err(|_| {
                        TryGetError::DbErr(DbErr::Type(format!("{text:?} is not a {}", stringify!($type))))
                    })
                }
            }
            impl sea_orm::sea_query::Nullable for $type {
                fn null() -> Value { Value::String(None) }
            }
        };
    )+ };
}

/// Declares an enum whose spelling is the same in the database, in JSON and in the documentation.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The one spelling, as stored and as sent.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok($name::$variant),)+
                    _ => Err($crate::UnknownWord { kind: stringify!($name), text: text.to_owned() }),
                }
            }
        }

        $crate::text::text_column!($name);
    };
}

pub(crate) use {text_column, words};
