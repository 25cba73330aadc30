//! The messages that this node has claimed and may still send.
//!
//! Others may sweep a claim whose lease is over, but they do not send its messages again while this node lives:
//! it may stand still between the last question and the bytes. So the node says which of its claims it is done
//! with. Mostly the recorded outcome says it; this list says it for a claim whose outcome never came to be.

use domain::ids::MessageId;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{RwLock, RwLockReadGuard};

type Ids = Arc<Mutex<HashSet<MessageId>>>;

/// All that is under way on this node.
#[derive(Default)]
pub struct Flights {
    claiming: RwLock<()>,
    ids: Ids,
}

/// One message under way, until this is dropped.
pub struct Flight {
    id: MessageId,
    ids: Ids,
}

impl Flights {
    /// A claim begins, and its messages are not known yet: hold this until [`Flights::take_off`].
    pub async fn claiming(&self) -> RwLockReadGuard<'_, ()> {
        self.claiming.read().await
    }

    /// A claimed message is under way.
    pub fn take_off(&self, id: &MessageId) -> Flight {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        Flight { id: id.clone(), ids: self.ids.clone() }
    }

    /// Calls `work` with everything that is under way; nothing is claimed meanwhile.
    pub async fn with_all<T>(&self, work: impl AsyncFnOnce(Vec<MessageId>) -> T) -> T {
        let _nobody_claims = self.claiming.write().await;
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        work(ids).await
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
