//! What the native face takes and gives.

use serde_json::{Value, json};

use super::super::operation::reference;

/// Its schemas by name.
pub(super) fn all(action: &str) -> [Value; 2] {
    [set_up(action), carried_out()]
}

fn object(required: &Value, properties: &Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

fn page(row: &Value) -> Value {
    object(
        &json!(["value"]),
        &json!({"value": {"type": "array", "items": row}, "nextLink": {"type": "string"}}),
    )
}

fn set_up(action: &str) -> Value {
    let text = json!({"type": "string"});
    let date = json!({"type": "string", "format": "date-time"});
    let provider = json!({
        "id": {"type": "string", "format": "uuid"}, "vendor": text, "provider": text, "subProvider": text,
        "delivery": {"enum": ["pull"]}, "actions": {"type": "array", "items": text},
        "scope": {"enum": ["any", "all"]}, "maxConcurrent": {"type": "integer", "minimum": 1},
        "leaseSeconds": {"type": "integer", "minimum": 1, "maximum": 3600}, "enabled": {"type": "boolean"},
        "paused": {"type": "boolean"}, "appId": text, "lastSeen": {"type": ["string", "null"], "format": "date-time"},
    });
    let effect = object(
        &json!(["id", "key", "action", "state", "holders"]),
        &json!({
            "id": {"type": "string", "format": "uuid"}, "key": text,
            "provider": {"type": "string", "format": "uuid"}, "action": text, "target": {"type": ["string", "null"]}, "parameters": {"type": "array"},
            "state": {"enum": ["pending", "active", "unconfirmed", "ending", "undoFailed", "ended"]},
            "until": {"type": ["string", "null"], "format": "date-time"},
            "holders": {"type": "array", "items": {"type": "string", "format": "uuid"}}, "undo": {},
        }),
    );
    json!({
        "carriedOutAction": {
            "allOf": [reference("schemas", action), {"properties": {"@interdict.execution": {"type": ["object", "null"]}}}],
        },
        "carriedOutActionPage": page(&reference("schemas", "carriedOutAction")),
        "comment": {"type": "object", "properties": {"comment": text}, "additionalProperties": false},
        "lasting": {"type": "object", "properties": {"duration": text, "until": {"type": ["string", "null"]}}},
        "provider": {"type": "object", "properties": provider.clone()},
        "providerPage": page(&object(&json!(["id", "vendor", "provider", "actions"]), &provider)),
        "actionDefinition": object(&json!(["name"]), &json!({"name": text})),
        "actionDefinitionPage": page(&reference("schemas", "actionDefinition")),
        "protectedTarget": object(&json!(["kind", "value"]), &json!({
            "id": {"type": "string", "format": "uuid"},
            "kind": {"enum": ["ip", "domain", "url", "file", "device", "user"]},
            "value": text, "actions": {"type": "array", "items": text},
            "mode": {"enum": ["deny", "needsApproval"]}, "reason": text, "owner": text, "until": date,
        })),
        "guardedTarget": {"allOf": [reference("schemas", "protectedTarget"), {"properties": {"guarded": object(
            &json!(["rejected", "withheld", "running", "inForce", "more"]), &json!({
                "rejected": {"type": "integer"}, "withheld": {"type": "integer"},
                "running": {"type": "array", "items": {"type": "string", "format": "uuid"}},
                "inForce": {"type": "array", "items": {"type": "string", "format": "uuid"}},
                "more": {"type": "boolean"},
            })
        )}}]},
        "protectedTargetPage": page(&reference("schemas", "protectedTarget")),
        "verdict": object(&json!(["hash"]), &json!({"hash": text, "comment": text})),
        "approvalRule": object(&json!(["required", "ttl"]), &json!({
            "id": {"type": "string", "format": "uuid"}, "actions": {"type": "array", "items": text},
            "risk": {"enum": ["low", "medium", "high", "irreversible"]},
            "targets": {"type": "array", "items": {"type": "object"}},
            "requesters": {"type": "array", "items": text}, "required": {"type": "integer", "minimum": 1},
            "approvers": {"type": "array", "items": text}, "ttl": text,
        })),
        "approvalRulePage": page(&reference("schemas", "approvalRule")),
        "tenant": {"type": "object", "properties": {
            "catalogMode": {"enum": ["open", "strict"]}, "paused": {"type": "boolean"},
            "restored": {"type": "boolean"}, "confirmedEpoch": {"type": "integer"},
        }},
        "effect": effect.clone(),
        "effectPage": page(&reference("schemas", "effect")),
        "effectChanges": object(&json!(["value", "cursor"]), &json!({
            "value": {"type": "array", "items": reference("schemas", "effect")},
            "cursor": text, "hasMore": {"type": "boolean"}, "restored": {"type": "boolean"},
        })),
    })
}

fn carried_out() -> Value {
    let text = json!({"type": "string"});
    let date = json!({"type": "string", "format": "date-time"});
    json!({
        "bulk": object(&json!(["filter"]), &json!({
            "filter": text, "preview": {"type": "boolean"}, "comment": text,
        })),
        "bulkOutcome": object(&json!(["selected", "changed", "preview", "value"]), &json!({
            "selected": {"type": "integer"}, "changed": {"type": "integer"}, "preview": {"type": "boolean"},
            "value": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        })),
        "leaseRequest": {"type": "object", "additionalProperties": false, "properties": {
            "max": {"type": "integer", "minimum": 1, "maximum": 100},
            "waitSeconds": {"type": "integer", "minimum": 0, "maximum": 60},
            "leaseSeconds": {"type": "integer", "minimum": 1, "maximum": 3600}, "instanceId": text,
        }},
        "lease": object(&json!(["leaseId", "fence", "attempt", "expiresAt", "action"]), &json!({
            "leaseId": text, "fence": {"type": "integer"}, "attempt": {"type": "integer"}, "expiresAt": date,
            "action": reference("schemas", "carriedOutAction"), "undo": {},
        })),
        "leasePage": page(&reference("schemas", "lease")),
        "renewal": object(&json!(["fence"]), &json!({
            "fence": {"type": "integer"}, "progress": {}, "leaseSeconds": {"type": "integer"},
        })),
        "directive": object(&json!(["directive", "expiresAt"]), &json!({
            "directive": {"enum": ["continue", "cancel"]}, "expiresAt": date,
        })),
        "completion": object(&json!(["fence"]), &json!({"fence": {"type": "integer"}, "result": {}, "undo": {}})),
        "failure": object(&json!(["fence"]), &json!({
            "fence": {"type": "integer"}, "errorInfo": reference("schemas", "resultInfo"), "result": {},
            "retryable": {"type": "boolean"}, "retryAfter": {"type": "integer"}, "cancelled": {"type": "boolean"},
            "uncertain": {"type": "boolean"},
        })),
        "release": object(&json!(["fence"]), &json!({
            "fence": {"type": "integer"}, "delaySeconds": {"type": "integer"},
        })),
    })
}
