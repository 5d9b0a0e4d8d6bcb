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

/// Aliases of one definition of the catalog.
pub const ALIASES: usize = 20;
/// Characters in a definition's title.
pub const TITLE: usize = 256;
/// Characters in the description of a definition or a parameter.
pub const DESCRIPTION: usize = 4_096;
/// Words that one parameter of a definition may be.
pub const WORDS: usize = 100;
/// Groups of parameters of a definition of which one must be given.
pub const GROUPS: usize = 20;
/// Bytes of what a definition says of OpenC2.
pub const OPENC2: usize = 16 * 1024;
/// Approvers of a definition or an approval rule, and requesters of a rule.
pub const PEOPLE: usize = 50;
/// Seconds of the longest `startBy`, `runFor` and `ttl`: 366 days.
pub const DEADLINE_SECONDS: i64 = 366 * 86_400;
/// Seconds of the longest `heartbeat`, which is that of a lease.
pub const HEARTBEAT_SECONDS: i64 = 3_600;
/// Actions that a protected target or an approval rule names.
pub const GUARDED_ACTIONS: usize = 100;
/// Characters in the value of a guarded target.
pub const GUARDED_VALUE: usize = 4_096;
/// Targets that one approval rule names.
pub const GUARDED_TARGETS: usize = 100;
/// Characters in an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY: usize = 255;
/// How long the answer to a filing with an `Idempotency-Key` is kept, in seconds.
pub const IDEMPOTENCY_SECONDS: i64 = 86_400;
