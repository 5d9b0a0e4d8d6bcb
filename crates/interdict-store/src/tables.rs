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

/// What changes as an action goes on. Two of the columns are in an index, by status and by change; to name others would
/// cost more writes.
const PROGRESS: &[Column] = &[
    ("sequence", Integer),
    ("cancelled", Integer),
    ("render", Integer),
    ("status", Integer),
    ("last_action", Integer),
    ("completed", Integer),
    ("error_code", Integer),
    ("error_subcode", Integer),
    ("error_message", Text),
    ("doc", Text),
];

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
pub(crate) static RECORD: Lookup =
    lookup("action", ACTION_KEY, "action.sequence, action.cancelled, action.doc", "");
/// A filing, and the action that it names.
pub(crate) static FILING: Lookup = lookup(
    "filing",
    FILING_KEY,
    "filing.action, filing.digest, action.sequence, action.cancelled, action.doc",
    "LEFT JOIN action ON action.tenant = filing.tenant AND action.id = filing.action",
);
pub(crate) static APP: Lookup = lookup("app", APP_KEY, "app.doc", "");

/// A journal is to be sealed; see `duty` in the schema.
pub(crate) const SEALING: i64 = 1;

pub(crate) static SEALED_HEAD: Write =
    write(Verb::Update, "head", &[&[("sealed", Integer)]], &[("tenant", Integer)]);
pub(crate) static PUT_SEAL: Write = write(Verb::Put, "seal", &[SEAL], PLACE_KEY);
pub(crate) static PUT_PRUNING: Write = write(Verb::Put, "pruning", &[PRUNING], PLACE_KEY);
pub(crate) static CLEAR_ENTRY: Write = write(Verb::Clear, "journal", &[], PLACE_KEY);
pub(crate) static CLEAR_SEAL: Write = write(Verb::Clear, "seal", &[], PLACE_KEY);
pub(crate) static PUT_DUTY: Write = write(Verb::Put, "duty", &[&[("due", Integer)]], DUTY_KEY);
pub(crate) static CLEAR_DUTY: Write = write(Verb::Clear, "duty", &[], DUTY_KEY);
pub(crate) static UPDATE_HEAD: Write = write(Verb::Update, "head", &[CHAIN], &[("tenant", Integer)]);
pub(crate) static INSERT_ACTION: Write = write(Verb::Insert, "action", &[PROGRESS, FILED], ACTION_KEY);
pub(crate) static UPDATE_PROGRESS: Write = write(Verb::Update, "action", &[PROGRESS], ACTION_KEY);
pub(crate) static UPDATE_ACTION: Write = write(Verb::Update, "action", &[PROGRESS, FILED], ACTION_KEY);
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
