//! `securityAction` as the query language sees it.

use interdict_odata::edm::StructuredType;

/// `microsoft.graph.securityAction`
pub static SECURITY_ACTION: StructuredType =
    StructuredType { name: "microsoft.graph.securityAction", properties: &[] };
