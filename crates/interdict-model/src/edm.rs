//! `securityAction` as the query language sees it: every declared property, its type, and whether it may be null.

pub mod service;

use interdict_odata::edm::{EnumType, Kind, Property, StructuredType};

/// `microsoft.graph.securityAction`
pub static SECURITY_ACTION: StructuredType =
    StructuredType { name: "microsoft.graph.securityAction", properties: &DECLARED };

const DECLARED: [Property; 15] = [
    Property::required("id", Kind::GuidText),
    Property::nullable("actionReason", Kind::String).searched(),
    Property::nullable("appId", Kind::String),
    Property::nullable("azureTenantId", Kind::String),
    Property::nullable("clientContext", Kind::String).searched(),
    Property::nullable("completedDateTime", Kind::DateTimeOffset),
    Property::nullable("createdDateTime", Kind::DateTimeOffset),
    Property::nullable("errorInfo", Kind::Complex(&RESULT_INFO)),
    Property::nullable("lastActionDateTime", Kind::DateTimeOffset),
    Property::nullable("name", Kind::String).searched(),
    Property::nullable("parameters", Kind::Collection(&KEY_VALUE_PAIR)).searched(),
    Property::nullable("states", Kind::Collection(&SECURITY_ACTION_STATE)),
    Property::nullable("status", Kind::Enum(&OPERATION_STATUS)),
    Property::nullable("user", Kind::String).searched(),
    Property::nullable("vendorInformation", Kind::Complex(&SECURITY_VENDOR_INFORMATION)),
];

/// The same as the native face lists it, with how it is carried out. Of an action that is only recorded these are null.
#[expect(clippy::indexing_slicing, reason = "a place that is not there would not compile")]
pub static CARRIED_OUT_ACTION: StructuredType = StructuredType {
    name: "microsoft.graph.securityAction",
    properties: &{
        let mut all = [Property::nullable(CARRIED_OUT[0], Kind::Enum(&PHASE)); 18];
        let mut at = 0;
        while at < DECLARED.len() {
            all[at] = DECLARED[at];
            at += 1;
        }
        all[at] = Property::nullable(CARRIED_OUT[0], Kind::Enum(&PHASE));
        all[at + 1] = Property::nullable(CARRIED_OUT[1], Kind::Enum(&EFFECT_STATE));
        all[at + 2] = Property::nullable(CARRIED_OUT[2], Kind::DateTimeOffset);
        all
    },
};

/// The properties that the native face has more.
pub const CARRIED_OUT: [&str; 3] = ["phase", "effectState", "deadline"];

/// Phases; see [`crate::execution::Phase`].
pub static PHASE: EnumType = EnumType {
    name: "interdict.phase",
    members: &[
        ("awaitingApproval", 0),
        ("scheduled", 1),
        ("queued", 2),
        ("delivered", 3),
        ("executing", 4),
        ("retrying", 5),
        ("cancelling", 6),
        ("succeeded", 7),
        ("failed", 8),
        ("rejected", 9),
        ("cancelled", 10),
        ("expired", 11),
        ("timedOut", 12),
        ("unknown", 13),
    ],
};

/// How an action holds its effect; see [`crate::effect::EffectState`].
pub static EFFECT_STATE: EnumType = EnumType {
    name: "interdict.effectState",
    members: &[
        ("pending", 0),
        ("active", 1),
        ("unconfirmed", 2),
        ("ending", 3),
        ("undoFailed", 4),
        ("ended", 5),
        ("released", 6),
    ],
};

/// `microsoft.graph.keyValuePair`
pub static KEY_VALUE_PAIR: StructuredType = StructuredType {
    name: "microsoft.graph.keyValuePair",
    properties: &[Property::required("name", Kind::String), Property::nullable("value", Kind::String)],
};

/// `microsoft.graph.securityActionState`
pub static SECURITY_ACTION_STATE: StructuredType = StructuredType {
    name: "microsoft.graph.securityActionState",
    properties: &[
        Property::nullable("appId", Kind::String),
        Property::nullable("status", Kind::Enum(&OPERATION_STATUS)),
        Property::nullable("updatedDateTime", Kind::DateTimeOffset),
        Property::nullable("user", Kind::String),
    ],
};

/// `microsoft.graph.securityVendorInformation`
pub static SECURITY_VENDOR_INFORMATION: StructuredType = StructuredType {
    name: "microsoft.graph.securityVendorInformation",
    properties: &[
        Property::nullable("provider", Kind::String),
        Property::nullable("providerVersion", Kind::String),
        Property::nullable("subProvider", Kind::String),
        Property::nullable("vendor", Kind::String),
    ],
};

/// `microsoft.graph.resultInfo`
pub static RESULT_INFO: StructuredType = StructuredType {
    name: "microsoft.graph.resultInfo",
    properties: &[
        Property::required("code", Kind::Int32),
        Property::nullable("message", Kind::String),
        Property::required("subcode", Kind::Int32),
    ],
};

/// `microsoft.graph.operationStatus`
pub static OPERATION_STATUS: EnumType = EnumType {
    name: "microsoft.graph.operationStatus",
    members: &[("NotStarted", 0), ("Running", 1), ("Completed", 2), ("Failed", 3)],
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use interdict_odata::bind::bind_query;

    use super::*;
    use crate::action::Status;
    use crate::effect::EffectState;
    use crate::execution::Phase;

    #[test]
    fn the_statuses_are_the_ones_of_the_entity() {
        let statuses: Vec<_> = Status::ALL.iter().map(|status| (status.name(), status.number())).collect();
        assert_eq!(OPERATION_STATUS.members, statuses);
    }

    #[test]
    fn the_phases_and_states_of_effects_are_the_ones_of_executions() {
        let phases: Vec<_> = Phase::ALL.iter().map(|phase| (phase.name(), phase.number())).collect();
        assert_eq!(PHASE.members, phases);
        let states: Vec<_> = EffectState::ALL.iter().map(|state| (state.name(), state.number())).collect();
        assert_eq!(EFFECT_STATE.members, states);
        assert!(CARRIED_OUT.iter().all(|name| CARRIED_OUT_ACTION.property(name).is_some()));
    }

    /// The text between the first pair of backticks.
    fn code(cell: &str) -> &str {
        cell.split('`').nth(1).unwrap()
    }

    #[test]
    fn the_faults_of_the_manual_are_answered_as_it_says() {
        let manual = include_str!("../../../docs/reference/query.md");
        let faults = manual.split("| code | means |").nth(1).unwrap();
        let rows: Vec<Vec<&str>> = faults
            .lines()
            .skip(2)
            .map_while(|line| line.strip_prefix('|').map(|row| row.split('|').map(str::trim).collect()))
            .collect();
        assert_eq!(rows.len(), 5);
        for row in rows {
            let fault = &bind_query(code(row[2]), &SECURITY_ACTION).unwrap_err()[0];
            assert_eq!((fault.code.name(), fault.position), (code(row[0]), row[3].parse().ok()), "{row:?}");
        }
    }

    #[test]
    fn the_filters_of_the_manual_are_accepted() {
        let manual = include_str!("../../../docs/reference/query.md");
        let indented = manual.lines().filter(|line| line.starts_with("    ") && line.contains(" eq "));
        let listed = manual
            .lines()
            .filter(|line| line.starts_with('|') && line.contains(" eq ") && !line.contains("$filter="));
        let quoted = listed.flat_map(|line| line.split('`').filter(|part| part.contains(" eq ")));
        let filters: Vec<_> =
            indented.chain(quoted).map(str::trim).filter(|line| !line.starts_with('{')).collect();
        assert!(filters.len() >= 6, "{filters:?}");
        for filter in filters {
            bind_query(&format!("$filter={filter}"), &SECURITY_ACTION)
                .map_err(|faults| format!("{filter}: {faults:?}"))
                .unwrap();
        }
    }
}
