//! Every endpoint of the native face: its method, its address, and who may call it.

use interdict_model::Permission;

/// One endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `GET /api/v1/audit`
    Audit,
    /// `GET /api/v1/audit/seals`
    Seals,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 2] = [Self::Audit, Self::Seals];

    /// The method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Audit | Self::Seals => "GET",
        }
    }

    /// The address, with names for what varies; metrics and logs name the route by it.
    #[must_use]
    pub const fn template(self) -> &'static str {
        match self.forms() {
            [first, ..] => first,
            [] => "",
        }
    }

    /// Every form of the address, the template first.
    #[must_use]
    pub const fn forms(self) -> &'static [&'static str] {
        match self {
            Self::Audit => &["/api/v1/audit"],
            Self::Seals => &["/api/v1/audit/seals"],
        }
    }

    /// The permissions of which any one opens the endpoint. The use cases check them; the coverage test holds
    /// them to this.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Audit | Self::Seals => &[Permission::AuditRead],
        }
    }
}
