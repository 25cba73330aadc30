//! Changes that begin again when they met somebody else's work: of two transactions that waited for each other, the
//! database ends one.

use crate::error::{Error, Kind, Result};

/// How often.
const MOST: u32 = 5;

/// The outcome of the first `attempt` that did not end so. Each is a transaction of its own; `what` it is, for the log.
pub async fn in_tries<T, F: Future<Output = Result<T>>>(
    what: &str,
    mut attempt: impl FnMut() -> F,
) -> Result<T> {
    for _ in 1..MOST {
        match attempt().await {
            Err(error) if may_pass(&error) => {
                tracing::info!(%error, "{what} met other work and begins again");
            }
            done => return done,
        }
    }
    attempt().await
}

fn may_pass(error: &Error) -> bool {
    error.kind == Kind::Internal
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// How often it was attempted that fails so many times with an error of this kind.
    async fn attempts(failures: u32, kind: Kind) -> (u32, bool) {
        let made = Cell::new(0);
        let done = in_tries("a test", || async {
            made.set(made.get() + 1);
            match made.get() > failures {
                true => Ok(()),
                false => Err(Error::new(kind, "test", "not yet")),
            }
        });
        let is_done = done.await.is_ok();
        (made.get(), is_done)
    }

    #[tokio::test]
    async fn only_what_may_pass_is_tried_again_and_not_for_ever() {
        assert_eq!(attempts(0, Kind::Internal).await, (1, true));
        assert_eq!(attempts(4, Kind::Internal).await, (5, true));
        assert_eq!(attempts(5, Kind::Internal).await, (5, false));
        assert_eq!(attempts(1, Kind::Conflict).await, (1, false));
    }
}
