//! Where the values of a `securityAction` are: columns, and members of the collections in its document.

use interdict_odata::query::{Collection, Expr, ExprKind, Path, Place, Root, Type};

use super::{Dialect, Statement};
use crate::StoreError;

/// The column of each single value. A complex value is flat: each of its members has its own column.
pub(super) const COLUMNS: [(&str, &str); 18] = [
    ("id", "id"),
    ("actionReason", "action_reason"),
    ("appId", "app_id"),
    ("azureTenantId", "azure_tenant_id"),
    ("clientContext", "client_context"),
    ("completedDateTime", "completed"),
    ("createdDateTime", "created"),
    ("errorInfo/code", "error_code"),
    ("errorInfo/message", "error_message"),
    ("errorInfo/subcode", "error_subcode"),
    ("lastActionDateTime", "last_action"),
    ("name", "name"),
    ("status", "status"),
    ("user", "user_name"),
    ("vendorInformation/provider", "vendor_provider"),
    ("vendorInformation/providerVersion", "vendor_provider_version"),
    ("vendorInformation/subProvider", "vendor_sub_provider"),
    ("vendorInformation/vendor", "vendor_vendor"),
];

/// The column of a single value of the row; a test holds the table to the entity. Complex values have none.
pub(super) fn column(path: &Path) -> Option<&'static str> {
    let path = path.to_string();
    COLUMNS.iter().find(|(property, _)| *property == path).map(|(_, column)| *column)
}

/// The column of an action's execution that the native face lists by.
pub(super) fn carried_out(path: &Path) -> Option<&'static str> {
    match path.to_string().as_str() {
        "phase" => Some("phase"),
        "effectState" => Some("effect_state"),
        "deadline" => Some("deadline"),
        _ => None,
    }
}

/// The first place in it that is about how an action is carried out.
pub(super) fn asks_how_carried_out(expr: &Expr) -> Option<&Expr> {
    if expr.property().and_then(carried_out).is_some() {
        return Some(expr);
    }
    expr.operands().into_iter().find_map(asks_how_carried_out)
}

/// The column, where the expression is one.
pub(super) fn column_of(expr: &Expr) -> Option<&'static str> {
    expr.property().and_then(column)
}

/// Whether it may be null; of what is declared to be, these never are.
pub(super) fn is_nullable(expr: &Expr) -> bool {
    let never = |column| matches!(column, "id" | "created" | "last_action" | "name" | "status");
    expr.nullable && !column_of(expr).is_some_and(never)
}

/// Whether it is the key: the one column that is no text, though its property is.
pub(super) fn is_id(expr: &Expr) -> bool {
    column_of(expr) == Some("id")
}

impl Statement<'_> {
    /// A value at a place.
    pub(super) fn place(&mut self, place: &Place, ty: Type) -> Result<(), StoreError> {
        match place.root {
            Root::Row => match column(&place.path) {
                Some("id") => self.push("odata_guid(action.id)"),
                Some(column) => {
                    self.push("action.");
                    self.push(column);
                }
                None => {
                    let column = carried_out(&place.path).ok_or_else(|| unknown(place))?;
                    self.push(&format!(
                        "(SELECT execution.{column} FROM execution \
                         WHERE execution.tenant = action.tenant AND execution.action = action.id)"
                    ));
                }
            },
            Root::Element(variable) => {
                let [member] = place.path.0.as_slice() else { return Err(unknown(place)) };
                let member = format!("e{variable}.value ->> '{}'", member.name);
                match ty {
                    Type::String if self.dialect == Dialect::Postgres => {
                        self.push(&format!("(({member}) COLLATE \"C\")"));
                    }
                    Type::String => self.push(&format!("({member})")),
                    Type::DateTimeOffset => self.push(&format!("odata_ticks({member})")),
                    Type::Enum(of) => {
                        self.push(&format!("CASE {member}"));
                        for (name, number) in of.members {
                            self.push(&format!(" WHEN '{name}' THEN {number}"));
                        }
                        self.push(" END");
                    }
                    _ => return Err(unknown(place)),
                }
            }
        }
        Ok(())
    }

    /// The elements of a collection, as rows of one column `value`.
    pub(super) fn elements(&mut self, collection: &Collection) -> Result<(), StoreError> {
        let Collection { place, variable } = collection;
        let (Root::Row, [property]) = (place.root, place.path.0.as_slice()) else {
            return Err(unknown(place));
        };
        let name = property.name;
        self.push(&match self.dialect {
            Dialect::Sqlite => format!("json_each(action.doc, '$.{name}') AS e{variable}"),
            Dialect::Postgres => {
                format!("json_array_elements(CAST(action.doc AS json) -> '{name}') AS e{variable}(value)")
            }
        });
        Ok(())
    }

    /// The key itself, not as text.
    pub(super) fn id(&mut self) {
        self.push("action.id");
    }

    /// Texts that are no column are compared by code point too.
    pub(super) fn collate(&mut self, expr: &Expr) {
        let is_column = matches!(&expr.kind, ExprKind::Value(_));
        if self.dialect == Dialect::Postgres && expr.ty == Type::String && !is_column {
            self.push(" COLLATE \"C\"");
        }
    }
}

fn unknown(place: &Place) -> StoreError {
    StoreError::Refused(format!("the store does not keep `{}`", place.path))
}
