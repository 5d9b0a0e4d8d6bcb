//! Typed ids: one type a thing, so that a tenant can never stand where an action belongs.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! guid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Reads the canonical form, 8-4-4-4-12 hexadecimal digits in either case.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
            }

            /// The 16 bytes, as they are stored and hashed.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

guid!(
    /// The isolation boundary: the `tid` of the caller's token.
    TenantId
);
guid!(
    /// One `securityAction`.
    ActionId
);
guid!(
    /// One request, as answered in the `request-id` header; kept in the journal.
    RequestId
);

guid!(
    /// A registered provider.
    ProviderId
);
guid!(
    /// One effect: the id of the action that first had it.
    EffectId
);

/// The client application of a token (`azp` or `appid`). A GUID with Entra and the built-in issuer; other issuers
/// may use any text, so it is opaque.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppId(pub Arc<str>);

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
