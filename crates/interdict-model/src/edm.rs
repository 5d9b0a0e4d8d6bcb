//! The entity's type as the query language sees it. Placeholder until the language's floor is there.
