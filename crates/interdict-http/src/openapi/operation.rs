//! One operation, and how it is described.

use interdict_model::Permission;
use serde_json::{Map, Value, json};

/// A body, of a request or of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// None.
    Empty,
    /// JSON of a named schema.
    Json(&'static str),
    /// JSON of an action, of which nothing is required but what the rules ask for.
    OptionalJson(&'static str),
    /// A text of another type.
    Text(&'static str),
    /// A form.
    Form,
    /// XML, or JSON of any shape.
    Description,
    /// JSON of any shape, or plain text.
    Property,
}

/// One operation of a table.
#[derive(Debug)]
pub(super) struct Operation {
    /// Its addresses; the first is the table's own.
    pub(super) forms: &'static [&'static str],
    pub(super) method: &'static str,
    /// A name for generated code.
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) permissions: &'static [Permission],
    /// Names of shared parameters, beside those of the address.
    pub(super) parameters: &'static [&'static str],
    pub(super) body: Content,
    /// Statuses of success, what they mean, and their bodies.
    pub(super) answers: &'static [(u16, &'static str, Content)],
    /// The schema of errors.
    pub(super) error: &'static str,
}

/// The schema of errors but at the token endpoint.
pub(super) const ERROR: &str = "error";

impl Operation {
    /// The Operation Object of the form at this place.
    pub(super) fn describe(&self, form: &str, at: usize) -> Value {
        let name = if at == 0 { self.name.to_owned() } else { format!("{}{}", self.name, at + 1) };
        let mut described = json!({
            "operationId": name,
            "summary": self.summary,
            "security": super::security(self.permissions),
            "responses": self.responses(),
        });
        let parameters: Vec<_> = self.parameters.iter().map(|name| reference("parameters", name)).collect();
        let parameters: Vec<_> = in_path(form).chain(parameters).collect();
        if let Value::Object(members) = &mut described {
            if !parameters.is_empty() {
                members.insert("parameters".to_owned(), parameters.into());
            }
            if let Some(content) = self.body.media() {
                let required = !matches!(self.body, Content::OptionalJson(_));
                members.insert("requestBody".to_owned(), json!({"required": required, "content": content}));
            }
        }
        described
    }

    fn responses(&self) -> Value {
        let mut responses = Map::new();
        for (status, meaning, content) in self.answers {
            let response = match content.media() {
                Some(content) => json!({"description": meaning, "content": content}),
                None => json!({"description": meaning}),
            };
            responses.insert(status.to_string(), response);
        }
        let error = json!({"application/json": {"schema": reference("schemas", self.error)}});
        responses.insert("default".to_owned(), json!({"description": "What went wrong.", "content": error}));
        responses.into()
    }
}

impl Content {
    fn media(self) -> Option<Value> {
        let text = json!({"type": "string"});
        Some(match self {
            Self::Empty => return None,
            Self::Json(schema) | Self::OptionalJson(schema) => {
                json!({"application/json": {"schema": reference("schemas", schema)}})
            }
            Self::Text(kind) => json!({kind: {"schema": text}}),
            Self::Form => {
                json!({"application/x-www-form-urlencoded": {"schema": reference("schemas", "tokenRequest")}})
            }
            Self::Property => json!({"application/json": {"schema": {}}, "text/plain": {"schema": text}}),
            Self::Description => {
                json!({"application/xml": {"schema": text}, "application/json": {"schema": {"type": "object"}}})
            }
        })
    }
}

pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// The parameters of an address, by the names in its braces.
fn in_path(form: &str) -> impl Iterator<Item = Value> {
    form.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
}

/// Every parameter that operations name.
pub(super) fn shared_parameters() -> Value {
    let query = |name: &str, schema: Value, meaning: &str| json!({"name": name, "in": "query", "schema": schema, "description": meaning});
    let header = |name: &str, meaning: &str| json!({"name": name, "in": "header", "schema": {"type": "string"}, "description": meaning});
    json!({
        "filter": query("$filter", json!({"type": "string"}), "Which actions."),
        "search": query("$search", json!({"type": "string"}), "Words that the actions have."),
        "select": query("$select", json!({"type": "string"}), "Which properties, between commas."),
        "orderby": query("$orderby", json!({"type": "string"}), "In which order."),
        "top": query("$top", json!({"type": "integer", "minimum": 1, "maximum": 1000}), "Rows of a page."),
        "skip": query("$skip", json!({"type": "integer", "minimum": 0}), "Actions to leave out before the first."),
        "count": query("$count", json!({"type": "boolean"}), "Whether to count all that the filter selects."),
        "skiptoken": query("$skiptoken", json!({"type": "string"}), "What a next link holds."),
        "deltatoken": query("$deltatoken", json!({"type": "string"}), "What a delta link holds, or `latest`."),
        "jsonFormat": query("$format", json!({"type": "string"}), "`json` or `application/json`, with `odata.metadata` and \
                            `IEEE754Compatible` where you like; goes before `Accept`. Not where the answer is plain text."),
        "format": query("$format", json!({"enum": ["xml", "json"]}), "In which form."),
        "after": query("after", json!({"type": "integer", "minimum": 0}), "Begins behind this sequence."),
        "pageSize": query("top", json!({"type": "integer", "minimum": 1, "maximum": 1000}), "Rows of a page."),
        "target": query("target", json!({"type": "string"}), "An address or range, a domain, a URL, a hash, a device or a user."),
        "cursor": query("cursor", json!({"type": "string"}), "What an earlier answer had as `cursor`."),
        "subject": query("subject", json!({"type": "string", "format": "uuid"}), "Of this action or app alone."),
        "prefer": header("Prefer", "`return=minimal`, `return=representation`, `handling=strict`, `odata.maxpagesize=n`; for \
                          a batch `interdict.batch-body=base64`."),
        "ifMatch": header("If-Match", "Only if the action still has one of these versions."),
        "ifNoneMatch": header("If-None-Match", "Only if the action has none of these versions."),
        "clientRequestId": header("client-request-id", "Given back with the answer."),
    })
}
