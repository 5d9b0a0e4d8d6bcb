//! Skip tokens: opaque, authenticated, bound to the query.
