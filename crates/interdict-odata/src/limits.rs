//! How much a query may ask for. Every limit is tested at its value and one past it.

/// Bytes of one decoded option value.
pub const OPTION_BYTES: usize = 32 * 1024;
/// How deep an expression may nest, in parentheses and in the tree that they make.
pub const DEPTH: usize = 64;
/// Nodes of one expression; path segments count.
pub const NODES: usize = 2_000;
/// Values in one list behind `in`.
pub const LIST: usize = 500;
/// How deep `any`, `all` and `$count` may nest: each level costs the number of elements once more.
pub const COLLECTIONS: usize = 3;
/// Keys of `$orderby`.
pub const ORDER_KEYS: usize = 10;
/// Regular expressions of one query.
pub const PATTERNS: usize = 10;
/// Characters of one regular expression.
pub const PATTERN_CHARS: usize = 1_000;
/// Bytes that one regular expression may take when it is compiled.
pub const PATTERN_BYTES: usize = 256 * 1024;
/// Words of one `$search`.
pub const SEARCH_WORDS: usize = 100;
/// Characters of one literal.
pub const LITERAL_CHARS: usize = 16 * 1024;
/// The largest `$top`: Graph's largest page of the security API.
pub const TOP: u32 = 1_000;
/// Faults reported for one request.
pub const ERRORS: usize = 10;
