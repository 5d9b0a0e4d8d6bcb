//! Every endpoint of the Graph face: its method, its address, and who may call it.

use http::{HeaderValue, Method, header};
use interdict_model::Permission;

use super::path::Resource;
use crate::{ErrorKind, GraphError, GraphResult};

/// One endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `GET …/securityActions`
    List,
    /// `GET …/securityActions/$count`
    Count,
    /// `POST …/securityActions/$query`: a list whose options are the body.
    Query,
    /// `GET …/securityActions/delta`
    Delta,
    /// `GET …/securityActions/{id}`
    Get,
    /// `GET …/securityActions/{id}/{property}[/{sub}][/$value or /$count]`
    Property,
    /// `POST …/securityActions`
    Create,
    /// `PATCH …/securityActions/{id}`
    Update,
    /// `DELETE …/securityActions/{id}`
    Delete,
    /// `POST …/securityActions/{id}/cancelSecurityAction`
    Cancel,
    /// `POST …/$batch`
    Batch,
    /// `GET …/`: the service document.
    Service,
    /// `GET …/$metadata`
    Metadata,
    /// `GET …/security`: what the collection is in.
    Security,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 14] = [
        Self::List,
        Self::Count,
        Self::Query,
        Self::Delta,
        Self::Get,
        Self::Property,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Cancel,
        Self::Batch,
        Self::Service,
        Self::Metadata,
        Self::Security,
    ];

    /// The method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::List
            | Self::Count
            | Self::Delta
            | Self::Get
            | Self::Property
            | Self::Service
            | Self::Metadata
            | Self::Security => "GET",
            Self::Query | Self::Create | Self::Cancel | Self::Batch => "POST",
            Self::Update => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The address below the version, with names for what varies; metrics and logs name the route by it.
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
            Self::List | Self::Create => &["/security/securityActions"],
            Self::Count => &["/security/securityActions/$count"],
            Self::Query => &["/security/securityActions/$query"],
            Self::Delta => &["/security/securityActions/delta"],
            Self::Get | Self::Update | Self::Delete => &["/security/securityActions/{id}"],
            Self::Property => &[
                "/security/securityActions/{id}/{property}",
                "/security/securityActions/{id}/{property}/$value",
                "/security/securityActions/{id}/{property}/$count",
                "/security/securityActions/{id}/{property}/{sub}",
                "/security/securityActions/{id}/{property}/{sub}/$value",
            ],
            Self::Cancel => &["/security/securityActions/{id}/cancelSecurityAction"],
            Self::Batch => &["/$batch"],
            Self::Service => &["/"],
            Self::Metadata => &["/$metadata"],
            Self::Security => &["/security"],
        }
    }

    /// The permissions of which any one opens the endpoint; without any, no token is asked for. The use cases check
    /// them; the coverage test holds them to this.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::List
            | Self::Count
            | Self::Query
            | Self::Delta
            | Self::Get
            | Self::Property
            | Self::Security => &[Permission::ActionsRead, Permission::ActionsReadWrite],
            Self::Create | Self::Update | Self::Delete | Self::Cancel => &[Permission::ActionsReadWrite],
            // Each of its requests asks for its own.
            Self::Batch => &Permission::ALL,
            Self::Service | Self::Metadata => &[],
        }
    }

    /// The endpoint of a method on a resource.
    ///
    /// # Errors
    /// 405 with `Allow`.
    pub(super) fn of(resource: &Resource, method: &Method) -> GraphResult<Self> {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let (found, allow) = match resource {
            Resource::Collection => {
                let create = (*method == Method::POST).then_some(Self::Create);
                (create.or(reads.then_some(Self::List)), "GET, HEAD, POST, OPTIONS")
            }
            Resource::Count => (reads.then_some(Self::Count), "GET, HEAD, OPTIONS"),
            Resource::Item(_) => {
                let found = match *method {
                    Method::PATCH => Some(Self::Update),
                    Method::DELETE => Some(Self::Delete),
                    _ => reads.then_some(Self::Get),
                };
                (found, "GET, HEAD, PATCH, DELETE, OPTIONS")
            }
            Resource::Property { .. } => (reads.then_some(Self::Property), "GET, HEAD, OPTIONS"),
            Resource::Query => ((*method == Method::POST).then_some(Self::Query), "POST, OPTIONS"),
            Resource::Delta => (reads.then_some(Self::Delta), "GET, HEAD, OPTIONS"),
            Resource::Service => (reads.then_some(Self::Service), "GET, HEAD, OPTIONS"),
            Resource::Metadata => (reads.then_some(Self::Metadata), "GET, HEAD, OPTIONS"),
            Resource::Security => (reads.then_some(Self::Security), "GET, HEAD, OPTIONS"),
            Resource::Batch => ((*method == Method::POST).then_some(Self::Batch), "POST, OPTIONS"),
            Resource::Cancel(_) => ((*method == Method::POST).then_some(Self::Cancel), "POST, OPTIONS"),
        };
        found.ok_or_else(|| {
            GraphError::new(
                ErrorKind::MethodNotAllowed,
                format!("Specified HTTP method is not allowed for the request target. It takes {allow}."),
            )
            .with_header(header::ALLOW, HeaderValue::from_static(allow))
        })
    }
}
