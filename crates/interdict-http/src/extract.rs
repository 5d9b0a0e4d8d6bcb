//! What requests carry beside their bodies, read once and strictly.

pub(crate) mod address;
pub(crate) mod caller;
pub(crate) mod content;
pub(crate) mod media;
pub(crate) mod origin;
pub(crate) mod precondition;
pub(crate) mod prefer;
