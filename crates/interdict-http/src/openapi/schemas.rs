//! The schemas: the entity's from the model, the others beside what they describe.

mod native;

use interdict_model::edm::SECURITY_ACTION;
use interdict_model::edm::service::{complex_types, enum_types, short};
use interdict_model::limits;
use interdict_odata::edm::{Kind, Property, StructuredType};
use serde_json::{Map, Value, json};

use super::operation::reference;

/// Every schema by its name.
pub(super) fn all() -> Value {
    let mut schemas = Map::new();
    for of in enum_types() {
        let members: Vec<_> = of.members.iter().map(|(member, _)| *member).collect();
        schemas.insert(short(of.name).to_owned(), json!({"type": "string", "enum": members}));
    }
    for of in complex_types() {
        schemas.insert(short(of.name).to_owned(), structured(of, false));
    }
    let action = short(SECURITY_ACTION.name);
    schemas.insert(action.to_owned(), structured(&SECURITY_ACTION, true));
    for others in native::all(action).into_iter().chain([others(action)]) {
        if let Value::Object(others) = others {
            schemas.extend(others);
        }
    }
    schemas.into()
}

/// A type with its declared properties; others are let through where it is open, and annotations everywhere.
fn structured(of: &StructuredType, open: bool) -> Value {
    let properties = of.properties.iter().map(|declared| (declared.name.to_owned(), property(of, declared)));
    let properties: Map<_, _> = properties.collect();
    if open {
        json!({"type": "object", "properties": properties})
    } else {
        json!({"type": "object", "properties": properties, "patternProperties": {"@": {}}, "additionalProperties": false})
    }
}

fn property(of: &StructuredType, declared: &Property) -> Value {
    let kind = |name: &str| if declared.nullable { json!([name, "null"]) } else { json!(name) };
    let formatted = |name: &str, format: &str| json!({"type": kind(name), "format": format});
    match declared.kind {
        Kind::String => match longest(of, declared) {
            Some(most) => json!({"type": kind("string"), "maxLength": most}),
            None => json!({"type": kind("string")}),
        },
        Kind::GuidText | Kind::Guid => formatted("string", "uuid"),
        Kind::Boolean => json!({"type": kind("boolean")}),
        Kind::Int32 => formatted("integer", "int32"),
        Kind::Int64 => formatted("integer", "int64"),
        Kind::Decimal => formatted("number", "decimal"),
        Kind::Date => formatted("string", "date"),
        Kind::TimeOfDay => formatted("string", "time"),
        Kind::DateTimeOffset => formatted("string", "date-time"),
        Kind::Duration => formatted("string", "duration"),
        Kind::Binary => formatted("string", "base64url"),
        Kind::Enum(inner) => or_null(declared.nullable, inner.name),
        Kind::Complex(inner) => or_null(declared.nullable, inner.name),
        Kind::Collection(inner) => json!({"type": "array", "items": reference("schemas", short(inner.name))}),
        Kind::Values(inner) => {
            let element = Property::required(declared.name, *inner);
            json!({"type": "array", "items": property(of, &element)})
        }
    }
}

fn or_null(nullable: bool, name: &'static str) -> Value {
    let named = reference("schemas", short(name));
    if nullable { json!({"anyOf": [named, {"type": "null"}]}) } else { named }
}

/// Characters of a text at the most, where a limit is its own.
fn longest(of: &StructuredType, declared: &Property) -> Option<usize> {
    Some(match (short(of.name), declared.name) {
        ("securityAction", "name") => limits::NAME,
        ("securityAction", "clientContext") => limits::CLIENT_CONTEXT,
        ("securityAction", "actionReason") => limits::ACTION_REASON,
        ("keyValuePair", "name") => limits::PARAMETER_NAME,
        ("resultInfo", "message") => limits::ERROR_MESSAGE,
        ("securityVendorInformation", _) => limits::SHORT_TEXT,
        _ => return None,
    })
}

fn others(action: &str) -> Value {
    let text = json!({"type": "string"});
    let date = json!({"type": "string", "format": "date-time"});
    let hash = json!({"type": "string", "pattern": "^[0-9a-f]{64}$"});
    let object = |required: Value, properties: Value| json!({"type": "object", "required": required, "properties": properties});
    let page = |row: Value| {
        object(json!(["value"]), json!({"value": {"type": "array", "items": row}, "nextLink": text}))
    };
    let detail = object(
        json!(["code", "message", "target"]),
        json!({"code": text, "message": text, "target": text, "position": {"type": "integer"}}),
    );
    let inner = object(
        json!(["date", "request-id", "client-request-id"]),
        json!({"date": text, "request-id": text, "client-request-id": text}),
    );
    let error = json!({"code": text, "message": text, "details": {"type": "array", "items": detail}, "innerError": inner});
    let removed = object(json!(["reason"]), json!({"reason": {"enum": ["changed", "deleted"]}}));
    let item = json!({
        "id": {"type": "string", "minLength": 1, "maxLength": 256},
        "method": text,
        "url": text,
        "headers": {"type": "object", "additionalProperties": text},
        "body": {"description": "JSON, or bytes in base64."},
        "dependsOn": {"type": "array", "items": text},
    });
    let answer =
        json!({"id": text, "status": {"type": "integer"}, "headers": {"type": "object"}, "body": {}});
    let entry = json!({
        "sequence": {"type": "integer"}, "dateTime": date, "subject": {"type": "string", "format": "uuid"},
        "requestId": text, "kind": {"type": ["string", "integer"]}, "actor": {}, "changes": {},
        "previous": hash, "hash": hash,
    });
    let seal = json!({
        "sequence": {"type": "integer"}, "dateTime": date, "hash": hash, "key": text,
        "signature": {"type": "string", "pattern": "^[0-9a-f]{128}$"},
    });
    let named = |properties: Value| {
        let names: Vec<_> = properties.as_object().map(|of| of.keys().cloned().collect()).unwrap_or_default();
        object(names.into(), properties)
    };
    json!({
        "newSecurityAction": {
            "allOf": [reference("schemas", action), {"required": ["name", "parameters", "vendorInformation"]}],
        },
        "securityActionPage": object(json!(["value"]), json!({
            "@odata.count": {"type": "integer"},
            "@odata.nextLink": text,
            "value": {"type": "array", "items": reference("schemas", action)},
        })),
        "securityActionChanges": object(json!(["value"]), json!({
            "@odata.nextLink": text,
            "@odata.deltaLink": text,
            "value": {"type": "array", "items": {"allOf": [reference("schemas", action), {"properties": {"@removed": removed}}]}},
        })),
        "noParameters": {"type": "object", "patternProperties": {"@": {}}, "additionalProperties": false},
        "anything": {"type": "object"},
        "serviceDocument": object(json!(["value"]), json!({"value": {"type": "array", "items": {"type": "object"}}})),
        "batchRequest": object(json!(["requests"]), json!({"requests": {
            "type": "array", "minItems": 1, "maxItems": 20,
            "items": object(json!(["id", "method", "url"]), item),
        }})),
        "batchResponse": object(json!(["responses"]), json!({"responses": {
            "type": "array", "items": object(json!(["id", "status", "headers"]), answer),
        }})),
        "journalPage": page(named(entry)),
        "sealPage": page(named(seal)),
        "error": object(json!(["error"]), json!({"error": object(json!(["code", "message", "innerError"]), error)})),
        "oauthError": object(json!(["error", "error_description"]), json!({"error": text, "error_description": text})),
        "tokenRequest": object(json!(["grant_type", "scope"]), json!({
            "grant_type": {"const": "client_credentials"}, "scope": text, "client_id": text, "client_secret": text,
        })),
        "token": named(json!({
            "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"},
            "ext_expires_in": {"type": "integer"}, "access_token": text,
        })),
    })
}
