//! The one writer: load what a batch must see, write what was decided, in one durable transaction.

use interdict_model::View;
use interdict_model::view::{ReadSet, WriteSet};

use crate::StoreError;

/// The write side of the store. There is one; the committer's thread owns it.
#[derive(Debug)]
pub struct Writer {}

impl Writer {
    /// Begins a transaction and loads what the batch must see.
    ///
    /// # Errors
    /// The transaction is rolled back; nothing happened.
    pub fn load(&mut self, _reads: &ReadSet) -> Result<View, StoreError> {
        todo!()
    }

    /// Writes and commits, durably.
    ///
    /// # Errors
    /// The transaction is rolled back; nothing happened.
    pub fn commit(&mut self, _writes: &WriteSet) -> Result<(), StoreError> {
        todo!()
    }

    /// Ends a transaction in which nothing is to be written.
    pub fn abandon(&mut self) {
        todo!()
    }
}
