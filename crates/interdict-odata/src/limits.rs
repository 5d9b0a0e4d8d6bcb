//! How much a query may ask for. Every limit is tested at its value and one past it.

/// Bytes of one decoded option value.
pub const OPTION_BYTES: usize = 32 * 1024;
/// How deep an expression may nest, in parentheses and in the tree that they make.
pub const DEPTH: usize = 64;
/// Nodes of one expression; path segments count.
pub const NODES: usize = 2_000;
/// Characters of one literal.
pub const LITERAL_CHARS: usize = 16 * 1024;
/// The largest `$top`: Graph's largest page of the security API.
pub const TOP: u32 = 1_000;
/// Faults reported for one request.
pub const ERRORS: usize = 10;
