//! Who may do what: one rule a use case. Permissions add up; any one of a rule's is enough.

use interdict_model::Permission;

use crate::{Caller, Error};

/// Get, list, count.
const READ_ACTIONS: &[Permission] = &[Permission::ActionsRead, Permission::ActionsReadWrite];
/// Create, update, cancel, delete. Provenance widens what a body may set; it does not stand in for this.
const WRITE_ACTIONS: &[Permission] = &[Permission::ActionsReadWrite];
/// Journal and seals.
const READ_JOURNAL: &[Permission] = &[Permission::AuditRead];

impl Caller {
    /// Whether the caller may get, list and count. Each use case asks by itself; what is around them asks here.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub fn may_read_actions(&self) -> Result<(), Error> {
        self.holds(READ_ACTIONS)
    }

    /// Whether the caller may create, update, cancel and delete. Each use case asks by itself; asking before a body is
    /// read spares the work of reading it.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub fn may_write_actions(&self) -> Result<(), Error> {
        self.holds(WRITE_ACTIONS)
    }

    pub(crate) fn may_read_journal(&self) -> Result<(), Error> {
        self.holds(READ_JOURNAL)
    }

    fn holds(&self, any_of: &'static [Permission]) -> Result<(), Error> {
        if self.actor.permissions.has_any(any_of) { Ok(()) } else { Err(Error::Denied(any_of)) }
    }
}
