//! The operations of the native face.

use super::operation::{Content, ERROR, Operation};
use crate::native::Endpoint;

/// Every operation, in the order of the table.
pub(super) fn operations() -> Vec<Operation> {
    Endpoint::ALL.into_iter().map(describe).collect()
}

const TAG: &str = "clientRequestId";

/// What an endpoint is called and does, its parameters, its body and its answers.
type Row = (&'static str, &'static str, &'static [&'static str], Content, Answers);
type Answers = &'static [(u16, &'static str, Content)];

const ACTION: Answers =
    &[(200, "The action, with how it is carried out.", Content::Json("carriedOutAction"))];
const GONE: Answers = &[(204, "It is removed.", Content::Empty)];
const PROVIDER: Answers = &[(200, "The provider.", Content::Json("provider"))];
const DEFINITION: Answers = &[(200, "The definition.", Content::Json("actionDefinition"))];
const TARGET: Answers = &[(200, "The entry.", Content::Json("protectedTarget"))];
const BULK: Answers =
    &[(200, "Which actions, and how many of them were changed.", Content::Json("bulkOutcome"))];
const RULE: Answers = &[(200, "The rule.", Content::Json("approvalRule"))];
const TENANT: Answers = &[(200, "The tenant.", Content::Json("tenant"))];

const fn row(endpoint: Endpoint) -> Row {
    use Content::{Empty, Json, OptionalJson};
    const NONE: &[&str] = &[TAG];
    match endpoint {
        Endpoint::Audit => (
            "listJournal",
            "The journal of the token's tenant, by sequence.",
            &["after", "pageSize", "subject", TAG],
            Empty,
            &[(200, "A page.", Json("journalPage"))],
        ),
        Endpoint::Seals => (
            "listSeals",
            "The seals of the token's tenant, by sequence.",
            &["after", "pageSize", TAG],
            Empty,
            &[(200, "A page.", Json("sealPage"))],
        ),
        Endpoint::Actions => (
            "listActionsCarriedOut",
            "Actions with how each is carried out; options know `phase`, `effectState` and `deadline` too.",
            &["filter", "search", "orderby", "top", "skip", "count", "skiptoken", TAG],
            Empty,
            &[(200, "A page.", Json("carriedOutActionPage"))],
        ),
        Endpoint::Action => ("getAction", "An action, and how it is carried out.", NONE, Empty, ACTION),
        Endpoint::Timeline => (
            "getTimeline",
            "The entries of the journal about one action.",
            NONE,
            Empty,
            &[(200, "The entries, the oldest first.", Json("journalPage"))],
        ),
        Endpoint::Cancel => ("cancelAction", "Cancels an action.", NONE, OptionalJson("comment"), ACTION),
        Endpoint::Undo => {
            ("undoAction", "Has an action let go of its effect.", NONE, OptionalJson("comment"), ACTION)
        }
        Endpoint::Extend => (
            "extendAction",
            "Has the effect of an action last longer or shorter.",
            NONE,
            Json("lasting"),
            ACTION,
        ),
        Endpoint::Approve => {
            ("approveAction", "Agrees to an action; a person does.", NONE, Json("verdict"), ACTION)
        }
        Endpoint::Reject => {
            ("rejectAction", "Refuses an action; a person does.", NONE, Json("verdict"), ACTION)
        }
        Endpoint::ApprovalRules => (
            "listApprovalRules",
            "Who must agree to what.",
            NONE,
            Empty,
            &[(200, "The rules.", Json("approvalRulePage"))],
        ),
        Endpoint::CreateApprovalRule => (
            "createApprovalRule",
            "Adds a rule about approval.",
            NONE,
            Json("approvalRule"),
            &[(201, "The rule.", Json("approvalRule"))],
        ),
        Endpoint::ApprovalRule => ("getApprovalRule", "One rule.", NONE, Empty, RULE),
        Endpoint::UpdateApprovalRule => {
            ("updateApprovalRule", "Replaces a rule.", NONE, Json("approvalRule"), RULE)
        }
        Endpoint::DeleteApprovalRule => ("deleteApprovalRule", "Removes a rule.", NONE, Empty, GONE),
        Endpoint::BulkCancel => (
            "cancelActions",
            "Cancels every action that a filter selects, by one decision.",
            NONE,
            Json("bulk"),
            BULK,
        ),
        Endpoint::BulkUndo => (
            "undoActions",
            "Has every action that a filter selects let go of its effect, by one decision.",
            NONE,
            Json("bulk"),
            BULK,
        ),
        Endpoint::Effects => (
            "listEffectsOnTarget",
            "What is in force on a target, over all providers.",
            &["target", TAG],
            Empty,
            &[(200, "The effects.", Json("effectPage"))],
        ),
        Endpoint::Catalog => (
            "listCatalog",
            "Which actions there are, what each takes, and who carries it out.",
            NONE,
            Empty,
            &[(200, "The definitions.", Json("actionDefinitionPage"))],
        ),
        Endpoint::CreateDefinition => (
            "createDefinition",
            "Adds a definition of the tenant's own.",
            NONE,
            Json("actionDefinition"),
            &[(201, "The definition.", Json("actionDefinition"))],
        ),
        Endpoint::Definition => ("getDefinition", "One definition.", NONE, Empty, DEFINITION),
        Endpoint::UpdateDefinition => {
            ("updateDefinition", "Replaces a definition.", NONE, Json("actionDefinition"), DEFINITION)
        }
        Endpoint::DeleteDefinition => {
            ("deleteDefinition", "Removes a definition of the tenant's own.", NONE, Empty, GONE)
        }
        Endpoint::Providers => (
            "listProviders",
            "The registered providers.",
            NONE,
            Empty,
            &[(200, "The providers.", Json("providerPage"))],
        ),
        Endpoint::CreateProvider => (
            "createProvider",
            "Registers a provider.",
            NONE,
            Json("provider"),
            &[(201, "The provider.", Json("provider"))],
        ),
        Endpoint::Provider => ("getProvider", "One provider.", NONE, Empty, PROVIDER),
        Endpoint::UpdateProvider => {
            ("updateProvider", "Changes members of a registration.", NONE, Json("provider"), PROVIDER)
        }
        Endpoint::DeleteProvider => ("deleteProvider", "Removes a provider.", NONE, Empty, GONE),
        Endpoint::PauseProvider => {
            ("pauseProvider", "Hands out nothing but undo work from now on.", NONE, Empty, PROVIDER)
        }
        Endpoint::ResumeProvider => ("resumeProvider", "Hands out work again.", NONE, Empty, PROVIDER),
        Endpoint::ProviderEffects => (
            "listEffects",
            "What should be in force at a provider; with a cursor, what changed since.",
            &["cursor", TAG],
            Empty,
            &[(200, "The effects.", Json("effectChanges"))],
        ),
        Endpoint::Lease => (
            "leaseActions",
            "Claims work, waiting for it as long as is asked.",
            NONE,
            OptionalJson("leaseRequest"),
            &[(200, "The leases, none where there was no work.", Json("leasePage"))],
        ),
        Endpoint::Renew => (
            "renewLease",
            "Holds on to a lease; the first renewal is the start.",
            NONE,
            Json("renewal"),
            &[(200, "Whether to go on.", Json("directive"))],
        ),
        Endpoint::Complete => ("completeLease", "Reports that it is done.", NONE, Json("completion"), ACTION),
        Endpoint::Fail => ("failLease", "Reports that it is not done.", NONE, Json("failure"), ACTION),
        Endpoint::Release => ("releaseLease", "Gives the action back.", NONE, Json("release"), ACTION),
        Endpoint::ProtectedTargets => (
            "listProtectedTargets",
            "What no action may touch, or only after approval.",
            NONE,
            Empty,
            &[(200, "The entries.", Json("protectedTargetPage"))],
        ),
        Endpoint::CreateProtectedTarget => (
            "createProtectedTarget",
            "Protects a target.",
            NONE,
            Json("protectedTarget"),
            &[(201, "The entry, and what became of the actions that touch it.", Json("guardedTarget"))],
        ),
        Endpoint::ProtectedTarget => ("getProtectedTarget", "One entry.", NONE, Empty, TARGET),
        Endpoint::UpdateProtectedTarget => (
            "updateProtectedTarget",
            "Replaces an entry.",
            NONE,
            Json("protectedTarget"),
            &[(200, "The entry, and what became of the actions that touch it.", Json("guardedTarget"))],
        ),
        Endpoint::DeleteProtectedTarget => ("deleteProtectedTarget", "Removes an entry.", NONE, Empty, GONE),
        Endpoint::Tenant => ("getTenant", "What holds for the tenant as a whole.", NONE, Empty, TENANT),
        Endpoint::UpdateTenant => ("updateTenant", "Sets the catalog's mode.", NONE, Json("tenant"), TENANT),
        Endpoint::PauseTenant => {
            ("pauseTenant", "Hands out nothing but undo work, over all providers.", NONE, Empty, TENANT)
        }
        Endpoint::ResumeTenant => ("resumeTenant", "Hands out work again.", NONE, Empty, TENANT),
        Endpoint::ConfirmRestore => (
            "confirmRestore",
            "Says that what was restored is right: effects may end again.",
            NONE,
            Empty,
            TENANT,
        ),
    }
}

fn describe(endpoint: Endpoint) -> Operation {
    let (name, summary, parameters, body, answers) = row(endpoint);
    Operation {
        forms: endpoint.forms(),
        method: endpoint.method(),
        name,
        summary,
        permissions: endpoint.permissions(),
        parameters,
        body,
        answers,
        error: ERROR,
    }
}
