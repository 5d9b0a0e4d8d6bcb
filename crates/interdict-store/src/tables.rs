//! What is read by key and what is written, described once. Each engine renders it in its own form (`dialect.rs`): one
//! statement for each row where a statement costs nothing but its work, one for all rows where it costs a round trip.

use std::sync::OnceLock;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Uuid,
    Bytes,
}

use Kind::{Bytes, Integer, Text, Uuid};

/// A column and its type.
pub(crate) type Column = (&'static str, Kind);

/// Rows that are read by their key.
#[derive(Debug)]
pub(crate) struct Lookup {
    /// What is read.
    pub(crate) columns: &'static str,
    /// The table that has the key.
    pub(crate) table: &'static str,
    /// What is joined to it.
    pub(crate) joined: &'static str,
    /// The key.
    pub(crate) key: &'static [Column],
    pub(crate) texts: Texts,
}

/// What a write does to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Adds them.
    Insert,
    /// Adds them, or replaces the rest of those that are there.
    Put,
    /// Changes those that are there, exactly one for each key.
    Update,
    /// Removes one for each key.
    Remove,
    /// Removes what there is, if there is anything.
    Clear,
}

/// Rows that are written. A row's values are those of `columns`, then those of `key`.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) verb: Verb,
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static [Column]],
    pub(crate) key: &'static [Column],
    pub(crate) texts: Texts,
}

/// The rendered statement, once it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) each_row: OnceLock<String>,
    pub(crate) all_rows: OnceLock<String>,
}

impl Texts {
    const fn new() -> Self {
        Self { each_row: OnceLock::new(), all_rows: OnceLock::new() }
    }
}

impl Write {
    /// Every value of a row, in order.
    pub(crate) fn values(&self) -> impl Iterator<Item = Column> + Clone {
        self.columns.iter().copied().flatten().chain(self.key).copied()
    }

    /// Whether a row may be written that changes nothing: what is removed is not there, or what is put is its key alone.
    pub(crate) fn may_change_nothing(&self) -> bool {
        self.verb == Verb::Clear
            || self.verb == Verb::Put && self.columns.iter().all(|columns| columns.is_empty())
    }
}

const fn lookup(
    table: &'static str,
    key: &'static [Column],
    columns: &'static str,
    joined: &'static str,
) -> Lookup {
    Lookup { columns, table, joined, key, texts: Texts::new() }
}

const fn write(
    verb: Verb,
    table: &'static str,
    columns: &'static [&'static [Column]],
    key: &'static [Column],
) -> Write {
    Write { verb, table, columns, key, texts: Texts::new() }
}

/// The columns of a whole action, behind others.
macro_rules! record {
    ($before:literal) => {
        concat!(
            $before,
            "action.sequence, action.cancelled, action.doc, execution.doc, execution.expires, execution.renewed, effect.doc"
        )
    };
}

/// What is joined for them. Nothing that is joined is compared with a parameter, nor with what a planner takes for one: it
/// would find the tenant alone as good a way as the whole key, while its tables are empty, and keep to it.
macro_rules! execution {
    ($before:literal) => {
        concat!(
            $before,
            "LEFT JOIN execution ON execution.tenant = action.tenant AND execution.action = action.id \
             LEFT JOIN effect ON effect.tenant = execution.tenant + 0 AND effect.provider = execution.provider \
             AND effect.key = execution.effect"
        )
    };
}

const EXECUTION: &[Column] = &[
    ("provider", Uuid),
    ("phase", Integer),
    ("effect_state", Integer),
    ("deadline", Integer),
    ("effect", Text),
    ("lifts", Integer),
    ("target", Integer),
    ("rank", Integer),
    ("filed", Integer),
    ("hold", Integer),
    ("awaits", Text),
    ("doc", Text),
    ("expires", Integer),
    ("renewed", Text),
    ("timer", Integer),
];
const EXECUTION_KEY: &[Column] = &[("tenant", Integer), ("action", Uuid)];

const EFFECT: &[Column] =
    &[("state", Integer), ("sequence", Integer), ("timer", Integer), ("lifting", Integer), ("doc", Text)];
const EFFECT_KEY: &[Column] = &[("tenant", Integer), ("provider", Uuid), ("key", Text)];
const SETTING_KEY: &[Column] = &[("tenant", Integer), ("kind", Integer), ("id", Text)];

const ANSWER: &[Column] =
    &[("digest", Bytes), ("at", Integer), ("action", Uuid), ("sequence", Integer), ("doc", Text)];
const ANSWERED_KEY: &[Column] = &[("tenant", Integer), ("app", Text), ("key", Text)];

const ACTION_KEY: &[Column] = &[("tenant", Integer), ("id", Uuid)];
const FILING_KEY: &[Column] = &[("tenant", Integer), ("app", Text), ("context", Text)];
const APP_KEY: &[Column] = &[("tenant", Integer), ("app_id", Text)];

const PLACE_KEY: &[Column] = &[("tenant", Integer), ("sequence", Integer)];

const PARAMETER_KEY: &[Column] = &[("tenant", Integer), ("value", Integer), ("action", Uuid)];

const DUTY_KEY: &[Column] = &[("kind", Integer), ("tenant", Integer)];

const SEAL: &[Column] = &[("hash", Bytes), ("at", Integer), ("key", Text), ("signature", Bytes)];

const PRUNING: &[Column] = &[("hash", Bytes), ("at", Integer), ("kept", Integer), ("digest", Bytes)];

const SHARED_KEY: &[Column] =
    &[("created", Integer), ("public", Bytes), ("secret", Bytes), ("wrapped_by", Text), ("revoked", Integer)];

/// The end of a chain.
const CHAIN: &[Column] = &[("sequence", Integer), ("hash", Bytes), ("at", Integer)];

/// What changes as an action goes on. None of these is in an index; SQLite writes each index that has a column which is
/// named, whether its value changes or not.
const DETAIL: &[Column] = &[
    ("sequence", Integer),
    ("cancelled", Integer),
    ("render", Integer),
    ("last_action", Integer),
    ("completed", Integer),
    ("error_code", Integer),
    ("error_subcode", Integer),
    ("error_message", Text),
    ("doc", Text),
];

/// What lists by last change find actions by.
const PERIOD: &[Column] = &[(DERIVED, Integer)];
/// What lists by status find them by.
const STATUS: &[Column] = &[("status", Integer)];
/// PostgreSQL derives this column from others.
pub(crate) const DERIVED: &str = "change_period";

/// What was filed and seldom changes.
const FILED: &[Column] = &[
    ("action_reason", Text),
    ("app_id", Text),
    ("azure_tenant_id", Text),
    ("client_context", Text),
    ("created", Integer),
    ("name", Text),
    ("user_name", Text),
    ("vendor_provider", Text),
    ("vendor_provider_version", Text),
    ("vendor_sub_provider", Text),
    ("vendor_vendor", Text),
];

const ENTRY: &[Column] = &[
    ("sequence", Integer),
    ("at", Integer),
    ("subject", Uuid),
    ("request", Uuid),
    ("kind", Integer),
    ("actor", Text),
    ("change", Text),
    ("previous", Bytes),
    ("hash", Bytes),
];

/// An action as it is sent.
pub(crate) static DOCUMENT: Lookup = lookup("action", ACTION_KEY, "action.sequence, action.doc", "");
/// An action with its execution and effect, as [`crate::rows::loaded`] reads it.
pub(crate) static RECORD: Lookup = lookup("action", ACTION_KEY, record!(""), execution!(""));
/// A filing, and the action that it names.
pub(crate) static FILING: Lookup = lookup(
    "filing",
    FILING_KEY,
    record!("filing.action, filing.digest, "),
    execution!("LEFT JOIN action ON action.tenant = filing.tenant AND action.id = filing.action "),
);
/// Columns of [`RECORD`]; those of [`FILING`] are two more.
pub(crate) const RECORD_COLUMNS: usize = 7;

/// The next actions of a provider's queue, `$4` at the most: each that may go out now, as far as its target and its effect
/// let it. What a fleet is at is for members alone that its `awaits` names; `$3` is the name of who asks, between two line
/// ends as there. The first column is the action's id, the others are as in [`RECORD`].
///
/// They are picked before anything is joined, in the order of an index; what each must not meet is looked up by key, by
/// subqueries that no engine turns into a join over all that wait.
pub(crate) const QUEUE: &str = concat!(
    "SELECT action.id, ",
    record!(""),
    " FROM (SELECT waiting.tenant, waiting.action, waiting.rank, waiting.filed FROM execution AS waiting \
         WHERE waiting.tenant = $1 AND waiting.provider = $2 AND waiting.rank IS NOT NULL \
         AND (waiting.awaits IS NULL OR replace(waiting.awaits, $3, '') <> waiting.awaits) \
         AND (waiting.lifts = 1 OR waiting.effect IS NULL OR (SELECT ending.lifting FROM effect AS ending \
             WHERE ending.tenant = $1 AND ending.provider = $2 AND ending.key = waiting.effect \
             AND ending.lifting = 1) IS NULL) \
         AND (SELECT held.hold FROM execution AS held WHERE held.tenant = $1 AND held.provider = $2 \
             AND held.target = waiting.target AND held.hold > 0 AND held.action <> waiting.action \
             AND (held.hold = 2 OR waiting.rank >= 10) LIMIT 1) IS NULL \
         ORDER BY waiting.rank, waiting.filed LIMIT $4) AS queued \
     JOIN action ON action.tenant = queued.tenant AND action.id = queued.action ",
    execution!(""),
    " ORDER BY queued.rank, queued.filed"
);
/// Actions of the same provider that hold the target of an action, those in work first. Columns as in [`QUEUE`].
pub(crate) const IN_THE_WAY: &str = concat!(
    "SELECT action.id, ",
    record!(""),
    " FROM (SELECT held.tenant, held.action, held.hold FROM execution AS mine \
         JOIN execution AS held ON held.tenant = mine.tenant + 0 AND held.provider = mine.provider \
         AND held.target = mine.target AND held.hold > 0 AND held.action <> mine.action \
         WHERE mine.tenant = $1 AND mine.action = $2 ORDER BY held.hold DESC LIMIT 8) AS held \
     JOIN action ON action.tenant = held.tenant AND action.id = held.action ",
    execution!(""),
    " ORDER BY held.hold DESC"
);
/// How many actions a provider is at.
pub(crate) const IN_FLIGHT: &str =
    "SELECT count(*) FROM execution WHERE tenant = $1 AND provider = $2 AND hold > 0 AND hold = 2";
/// A provider's programs that have a name, and when each asked for work last.
pub(crate) const MEMBERS: &str = "SELECT instance, at FROM seen WHERE tenant = $1 AND provider = $2 AND instance <> '' \
     ORDER BY at DESC LIMIT 1000";
/// Whether anything is unfinished or in force at a provider: phases before the final ones, states before `ended`.
pub(crate) const OCCUPIED: &str = "SELECT CASE WHEN \
     EXISTS (SELECT 1 FROM execution WHERE tenant = $1 AND provider = $2 AND phase >= 0 AND phase < 7) \
     OR EXISTS (SELECT 1 FROM effect WHERE tenant = $1 AND provider = $2 AND state < 5) THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END";
/// A tenant's settings, for [`crate::rows::setting`].
pub(crate) const SETTINGS: &str = "SELECT doc FROM setting WHERE tenant = $1";
/// An effect by its key.
pub(crate) static EFFECT_BY_KEY: Lookup = lookup("effect", EFFECT_KEY, "effect.doc", "");
pub(crate) static ANSWERED: Lookup = lookup(
    "answered",
    ANSWERED_KEY,
    "answered.digest, answered.at, answered.action, answered.sequence, answered.doc",
    "",
);
pub(crate) static APP: Lookup = lookup("app", APP_KEY, "app.doc", "");

/// A journal is to be sealed; see `duty` in the schema.
pub(crate) const SEALING: i64 = 1;

pub(crate) static SEALED_HEAD: Write =
    write(Verb::Update, "head", &[&[("sealed", Integer)]], &[("tenant", Integer)]);
pub(crate) static SETTINGS_HEAD: Write =
    write(Verb::Update, "head", &[&[("settings", Integer)]], &[("tenant", Integer)]);
pub(crate) static PUT_SETTING: Write = write(Verb::Put, "setting", &[&[("doc", Text)]], SETTING_KEY);
pub(crate) static CLEAR_SETTING: Write = write(Verb::Clear, "setting", &[], SETTING_KEY);
pub(crate) static PUT_EXECUTION: Write = write(Verb::Put, "execution", &[EXECUTION], EXECUTION_KEY);
pub(crate) static CLEAR_EXECUTION: Write = write(Verb::Clear, "execution", &[], EXECUTION_KEY);
pub(crate) static EXTEND_LEASE: Write = write(
    Verb::Update,
    "execution",
    &[&[("expires", Integer), ("renewed", Text), ("timer", Integer)]],
    EXECUTION_KEY,
);
pub(crate) static PUT_EFFECT: Write = write(Verb::Put, "effect", &[EFFECT], EFFECT_KEY);
pub(crate) static PUT_ANSWERED: Write = write(Verb::Put, "answered", &[ANSWER], ANSWERED_KEY);
pub(crate) static CLEAR_ANSWERED: Write = write(Verb::Clear, "answered", &[], ANSWERED_KEY);
pub(crate) static PUT_SEEN: Write = write(
    Verb::Put,
    "seen",
    &[&[("at", Integer)]],
    &[("tenant", Integer), ("provider", Uuid), ("instance", Text)],
);
pub(crate) static PUT_SEAL: Write = write(Verb::Put, "seal", &[SEAL], PLACE_KEY);
pub(crate) static PUT_PRUNING: Write = write(Verb::Put, "pruning", &[PRUNING], PLACE_KEY);
pub(crate) static CLEAR_ENTRY: Write = write(Verb::Clear, "journal", &[], PLACE_KEY);
pub(crate) static CLEAR_SEAL: Write = write(Verb::Clear, "seal", &[], PLACE_KEY);
pub(crate) static PUT_DUTY: Write = write(Verb::Put, "duty", &[&[("due", Integer)]], DUTY_KEY);
pub(crate) static CLEAR_DUTY: Write = write(Verb::Clear, "duty", &[], DUTY_KEY);
pub(crate) static UPDATE_HEAD: Write = write(Verb::Update, "head", &[CHAIN], &[("tenant", Integer)]);
pub(crate) static INSERT_ACTION: Write =
    write(Verb::Insert, "action", &[DETAIL, PERIOD, STATUS, FILED], ACTION_KEY);
pub(crate) static UPDATE_DETAIL: Write = write(Verb::Update, "action", &[DETAIL], ACTION_KEY);
pub(crate) static UPDATE_PERIOD: Write = write(Verb::Update, "action", &[DETAIL, PERIOD], ACTION_KEY);
pub(crate) static UPDATE_PROGRESS: Write =
    write(Verb::Update, "action", &[DETAIL, PERIOD, STATUS], ACTION_KEY);
pub(crate) static UPDATE_ACTION: Write =
    write(Verb::Update, "action", &[DETAIL, PERIOD, STATUS, FILED], ACTION_KEY);
pub(crate) static REMOVE_ACTION: Write = write(Verb::Remove, "action", &[], ACTION_KEY);
pub(crate) static CLEAR_FILINGS: Write =
    write(Verb::Clear, "filing", &[], &[("tenant", Integer), ("action", Uuid)]);
pub(crate) static PUT_FILING: Write =
    write(Verb::Put, "filing", &[&[("action", Uuid), ("digest", Bytes)]], FILING_KEY);
pub(crate) static PUT_PARAMETER: Write = write(Verb::Put, "parameter", &[], PARAMETER_KEY);
pub(crate) static CLEAR_PARAMETER: Write = write(Verb::Clear, "parameter", &[], PARAMETER_KEY);
pub(crate) static PUT_APP: Write = write(Verb::Put, "app", &[&[("doc", Text)]], APP_KEY);
pub(crate) static CLEAR_APP: Write = write(Verb::Clear, "app", &[], APP_KEY);
pub(crate) static PUT_REVOCATION: Write = write(Verb::Put, "revocation", &[&[("at", Integer)]], APP_KEY);
pub(crate) static PUT_KEY: Write =
    write(Verb::Put, "shared_key", &[SHARED_KEY], &[("kind", Integer), ("id", Text)]);
pub(crate) static INSERT_ENTRY: Write = write(Verb::Insert, "journal", &[ENTRY], &[("tenant", Integer)]);
