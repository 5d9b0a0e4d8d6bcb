//! Who may do what: one rule a use case. Permissions add up; any one of a rule's is enough.

use interdict_model::Permission;
use interdict_model::settings::SettingKey;

use crate::{Caller, Error};

/// Get, list, count.
const READ_ACTIONS: &[Permission] = &[Permission::ActionsRead, Permission::ActionsReadWrite];
/// Create, update, cancel, delete. Provenance widens what a body may set; it does not stand in for this.
const WRITE_ACTIONS: &[Permission] = &[Permission::ActionsReadWrite];
/// Agreeing to actions, or not.
const APPROVE: &[Permission] = &[Permission::ActionsApprove];
/// Leases and reports.
const EXECUTE: &[Permission] = &[Permission::ActionsExecute];
/// Providers, catalog, effects: what is set up, for everybody who works with it.
const SEE_PROVIDERS: &[Permission] = &[
    Permission::ActionsRead,
    Permission::ActionsReadWrite,
    Permission::ActionsExecute,
    Permission::ProvidersReadWrite,
    Permission::GuardrailsReadWrite,
];
/// Making and changing providers and definitions.
const SET_PROVIDERS: &[Permission] = &[Permission::ProvidersReadWrite];
/// Making and changing guard rails, and pausing.
const GUARD: &[Permission] = &[Permission::GuardrailsReadWrite];
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

    pub(crate) fn may_approve(&self) -> Result<(), Error> {
        self.holds(APPROVE)
    }

    pub(crate) fn may_execute(&self) -> Result<(), Error> {
        self.holds(EXECUTE)
    }

    pub(crate) fn may_see_providers(&self) -> Result<(), Error> {
        self.holds(SEE_PROVIDERS)
    }

    pub(crate) fn may_guard(&self) -> Result<(), Error> {
        self.holds(GUARD)
    }

    pub(crate) fn may_set(&self, key: &SettingKey) -> Result<(), Error> {
        match key {
            SettingKey::Provider(_) | SettingKey::Definition(_) => self.holds(SET_PROVIDERS),
            SettingKey::ProtectedTarget(_) | SettingKey::ApprovalRule(_) | SettingKey::Tenant => {
                self.holds(GUARD)
            }
        }
    }

    pub(crate) fn may_read_journal(&self) -> Result<(), Error> {
        self.holds(READ_JOURNAL)
    }

    /// Whether the caller holds any one of these. Each use case asks by itself; asking before a body is read spares the
    /// work of reading it.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub fn holds(&self, any_of: &'static [Permission]) -> Result<(), Error> {
        if self.actor.permissions.has_any(any_of) { Ok(()) } else { Err(Error::Denied(any_of)) }
    }
}
