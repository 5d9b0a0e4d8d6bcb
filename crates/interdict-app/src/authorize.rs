//! Who may do what: one rule a use case.
