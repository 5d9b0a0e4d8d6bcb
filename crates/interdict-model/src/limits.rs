//! Limits on what a body may hold; documented in `docs/reference/limits.md`.

/// Characters in `name`.
pub const NAME: usize = 256;
/// Characters in `clientContext` (Graph's own limit).
pub const CLIENT_CONTEXT: usize = 256;
/// Characters in `actionReason`.
pub const ACTION_REASON: usize = 4_096;
/// Characters in `errorInfo/message`.
pub const ERROR_MESSAGE: usize = 4_096;
/// Parameters of one action.
pub const PARAMETERS: usize = 100;
/// Characters in a parameter's name.
pub const PARAMETER_NAME: usize = 256;
/// Bytes in a parameter's value.
pub const PARAMETER_VALUE: usize = 16 * 1024;
/// Characters in each member of `vendorInformation`, and in `user`, `appId` and `azureTenantId`.
pub const SHORT_TEXT: usize = 256;
/// Entries of `states` that one body may write.
pub const STATES: usize = 1_000;
/// Undeclared members of one action.
pub const OPEN_MEMBERS: usize = 64;
/// Bytes of all undeclared members of one action together, names included.
pub const OPEN_BYTES: usize = 16 * 1024;
/// How far ahead of the server's clock a client's `completedDateTime` may be, in seconds.
pub const CLOCK_AHEAD_SECONDS: i64 = 300;
