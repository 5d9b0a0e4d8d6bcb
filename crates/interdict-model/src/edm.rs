//! `securityAction` as the query language sees it: every declared property, its type, and whether it may be null.

use interdict_odata::edm::{EnumType, Kind, Property, StructuredType};

/// `microsoft.graph.securityAction`
pub static SECURITY_ACTION: StructuredType = StructuredType {
    name: "microsoft.graph.securityAction",
    properties: &[
        required("id", Kind::String),
        nullable("actionReason", Kind::String),
        nullable("appId", Kind::String),
        nullable("azureTenantId", Kind::String),
        nullable("clientContext", Kind::String),
        nullable("completedDateTime", Kind::DateTimeOffset),
        nullable("createdDateTime", Kind::DateTimeOffset),
        nullable("errorInfo", Kind::Complex(&RESULT_INFO)),
        nullable("lastActionDateTime", Kind::DateTimeOffset),
        nullable("name", Kind::String),
        nullable("parameters", Kind::Collection(&KEY_VALUE_PAIR)),
        nullable("states", Kind::Collection(&SECURITY_ACTION_STATE)),
        nullable("status", Kind::Enum(&OPERATION_STATUS)),
        nullable("user", Kind::String),
        nullable("vendorInformation", Kind::Complex(&SECURITY_VENDOR_INFORMATION)),
    ],
};

/// `microsoft.graph.keyValuePair`
pub static KEY_VALUE_PAIR: StructuredType = StructuredType {
    name: "microsoft.graph.keyValuePair",
    properties: &[required("name", Kind::String), nullable("value", Kind::String)],
};

/// `microsoft.graph.securityActionState`
pub static SECURITY_ACTION_STATE: StructuredType = StructuredType {
    name: "microsoft.graph.securityActionState",
    properties: &[
        nullable("appId", Kind::String),
        nullable("status", Kind::Enum(&OPERATION_STATUS)),
        nullable("updatedDateTime", Kind::DateTimeOffset),
        nullable("user", Kind::String),
    ],
};

/// `microsoft.graph.securityVendorInformation`
pub static SECURITY_VENDOR_INFORMATION: StructuredType = StructuredType {
    name: "microsoft.graph.securityVendorInformation",
    properties: &[
        nullable("provider", Kind::String),
        nullable("providerVersion", Kind::String),
        nullable("subProvider", Kind::String),
        nullable("vendor", Kind::String),
    ],
};

/// `microsoft.graph.resultInfo`
pub static RESULT_INFO: StructuredType = StructuredType {
    name: "microsoft.graph.resultInfo",
    properties: &[
        required("code", Kind::Int32),
        nullable("message", Kind::String),
        required("subcode", Kind::Int32),
    ],
};

/// `microsoft.graph.operationStatus`
pub static OPERATION_STATUS: EnumType = EnumType {
    name: "microsoft.graph.operationStatus",
    members: &[("NotStarted", 0), ("Running", 1), ("Completed", 2), ("Failed", 3)],
};

const fn required(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, nullable: false }
}

const fn nullable(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, nullable: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Status;

    #[test]
    fn the_statuses_are_the_ones_of_the_entity() {
        let statuses: Vec<_> = Status::ALL.iter().map(|status| (status.name(), status.number())).collect();
        assert_eq!(OPERATION_STATUS.members, statuses);
    }
}
