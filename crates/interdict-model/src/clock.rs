//! The two things that the pure floors never take for themselves: the time and fresh ids.

use crate::{ActionId, RequestId, Timestamp};

/// The one clock. The binary holds the real one, tests a fixed one.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Where new ids come from.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// An id for a new action: a version 7 UUID, so that new rows land at one edge of the indexes.
    fn action(&self) -> ActionId;
    /// An id for a request.
    fn request(&self) -> RequestId;
}
