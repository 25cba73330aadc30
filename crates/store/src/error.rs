//! The one error of this crate.

/// What can go wrong between us and the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row with the same key exists.
    #[error("already exists")]
    Exists,
    /// The row is not there, or not in this workspace.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The row changed in between, or is in a state that does not allow this.
    #[error("{0}")]
    Conflict(String),
    /// A list cursor that we did not make.
    #[error("the cursor is not one of this list's")]
    BadCursor,
    /// The data folder or database cannot be used; the text says what to do.
    #[error("{0}")]
    Unusable(String),
    /// Anything else the database said.
    #[error("database: {0}")]
    Database(#[source] sea_orm::DbErr),
}

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Error::Exists,
            _ => Error::Database(error),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Database(sea_orm::DbErr::Json(error.to_string()))
    }
}
