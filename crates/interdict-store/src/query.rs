//! From a bound query to one statement. Every value is a parameter and every name comes from the table below, so
//! nothing that a client wrote is ever SQL text; both engines take the same statement.

use std::borrow::Cow;

use interdict_model::ActionId;
use interdict_odata::query::{Filter, Literal, Path};

use crate::value::Value;
use crate::{ListRequest, StoreError};

/// Where each scalar property of a `securityAction` is kept. A complex value is flat: each of its members has its own
/// column.
const COLUMNS: [(&str, &str); 18] = [
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

/// A statement and its parameters, `$1` first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement<'a> {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value<'a>>,
}

/// The statement that reads `rows` rows of a list: those columns of a tenant's actions, in the list's order, from
/// the row after the last page on.
pub(crate) fn select<'a>(
    columns: &'static str,
    tenant: i64,
    request: &ListRequest<'a>,
    rows: u32,
) -> Result<Statement<'a>, StoreError> {
    let mut statement = Statement::new(&format!("SELECT {columns}"), tenant);
    if let Some((created, id)) = request.after {
        let at = statement.parameter(created.ticks().into());
        let id = statement.parameter(id.0.into());
        // The first half bounds the scan of the index, the second drops what the last page held of the same instant.
        let (from, past) = if request.descending { ("<=", "<") } else { (">=", ">") };
        statement.push(&format!(" AND created {from} {at} AND (created {past} {at} OR id > {id})"));
    }
    statement.filter(request.filter)?;
    let direction = if request.descending { "DESC" } else { "ASC" };
    let rows = statement.parameter(i64::from(rows).into());
    statement.push(&format!(" ORDER BY created {direction}, id ASC LIMIT {rows}"));
    Ok(statement)
}

/// The statement that counts what the filter selects.
pub(crate) fn count(tenant: i64, filter: Option<&Filter>) -> Result<Statement<'_>, StoreError> {
    let mut statement = Statement::new("SELECT count(*)", tenant);
    statement.filter(filter)?;
    Ok(statement)
}

impl<'a> Statement<'a> {
    /// Begins with what is common to all: one tenant's actions.
    fn new(head: &str, tenant: i64) -> Self {
        let mut statement = Self { sql: head.to_owned(), values: Vec::new() };
        let tenant = statement.parameter(tenant.into());
        statement.push(&format!(" FROM action WHERE tenant = {tenant}"));
        statement
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Adds a parameter and returns its placeholder. SQLite numbers them by first appearance, so they must be
    /// written in the order in which they are added.
    fn parameter(&mut self, value: Value<'a>) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn filter(&mut self, filter: Option<&'a Filter>) -> Result<(), StoreError> {
        match filter {
            None => Ok(()),
            Some(Filter::And(parts)) => parts.iter().try_for_each(|part| self.filter(Some(part))),
            Some(Filter::Equal(path, literal)) => {
                let column = column(path)?;
                self.push(" AND ");
                self.equal(column, literal);
                Ok(())
            }
        }
    }

    fn equal(&mut self, column: &'static str, literal: &'a Literal) {
        let value = match literal {
            Literal::Null => {
                self.push(column);
                return self.push(" IS NULL");
            }
            Literal::String(text) if column == "id" => match ActionId::parse(text) {
                Some(id) => id.0.into(),
                // Every id is a GUID, so no other text is any action's.
                None => return self.push("FALSE"),
            },
            // No text that is kept has this character, and PostgreSQL takes none that has.
            Literal::String(text) if text.contains('\0') => return self.push("FALSE"),
            Literal::String(text) => Value::Text(Some(Cow::Borrowed(text))),
            Literal::Integer(number) | Literal::Instant(number) => Value::from(*number),
        };
        let parameter = self.parameter(value);
        self.push(&format!("{column} = {parameter}"));
    }
}

/// The column of a path; the binder lets through no property that has none, and a test holds the table to that.
fn column(path: &Path) -> Result<&'static str, StoreError> {
    let path = path.to_string();
    COLUMNS
        .iter()
        .find(|(property, _)| *property == path)
        .map(|(_, column)| *column)
        .ok_or_else(|| StoreError::Refused(format!("the store keeps no column for `{path}`")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use interdict_model::Timestamp;
    use interdict_model::edm::SECURITY_ACTION;
    use interdict_odata::bind::bind_query;
    use interdict_odata::edm::{Kind, StructuredType};

    use super::*;
    use crate::Patience;

    fn filter(text: &str) -> Option<Filter> {
        bind_query(&format!("$filter={text}"), &SECURITY_ACTION).unwrap().filter
    }

    fn counted(text: &str) -> String {
        let filter = filter(text);
        let statement = count(7, filter.as_ref()).unwrap();
        format!("{}\n{:?}", statement.sql, statement.values)
    }

    fn listed(text: Option<&str>, descending: bool, after: Option<(i64, u128)>) -> String {
        let filter = text.and_then(filter);
        let after = after.map(|(at, id)| (Timestamp::from_ticks(at), ActionId(uuid::Uuid::from_u128(id))));
        let request =
            ListRequest { filter: filter.as_ref(), descending, after, limit: 50, patience: Patience::Brief };
        let statement = select("id, doc", 7, &request, 51).unwrap();
        format!("{}\n{:?}", statement.sql, statement.values)
    }

    #[test]
    fn a_list_reads_the_tenant_in_order() {
        insta::assert_snapshot!(listed(None, true, None), @r#"
        SELECT id, doc FROM action WHERE tenant = $1 ORDER BY created DESC, id ASC LIMIT $2
        [Integer(Some(7)), Integer(Some(51))]
        "#);
        insta::assert_snapshot!(listed(None, false, None), @r#"
        SELECT id, doc FROM action WHERE tenant = $1 ORDER BY created ASC, id ASC LIMIT $2
        [Integer(Some(7)), Integer(Some(51))]
        "#);
    }

    #[test]
    fn a_later_page_starts_after_the_last_row() {
        insta::assert_snapshot!(listed(Some("status eq 'Running'"), true, Some((99, 5))), @r#"
        SELECT id, doc FROM action WHERE tenant = $1 AND created <= $2 AND (created < $2 OR id > $3) AND status = $4 ORDER BY created DESC, id ASC LIMIT $5
        [Integer(Some(7)), Integer(Some(99)), Uuid(00000000-0000-0000-0000-000000000005), Integer(Some(1)), Integer(Some(51))]
        "#);
        insta::assert_snapshot!(listed(None, false, Some((99, 5))), @r#"
        SELECT id, doc FROM action WHERE tenant = $1 AND created >= $2 AND (created > $2 OR id > $3) ORDER BY created ASC, id ASC LIMIT $4
        [Integer(Some(7)), Integer(Some(99)), Uuid(00000000-0000-0000-0000-000000000005), Integer(Some(51))]
        "#);
    }

    #[test]
    fn comparisons_are_parameters_of_the_columns_type() {
        insta::assert_snapshot!(counted("name eq 'Robert'') --' and user eq null"), @r#"
        SELECT count(*) FROM action WHERE tenant = $1 AND name = $2 AND user_name IS NULL
        [Integer(Some(7)), Text(Some("Robert') --"))]
        "#);
        insta::assert_snapshot!(counted("status eq 'running' and (errorInfo/code eq -4 and errorInfo/message eq 'm')"), @r#"
        SELECT count(*) FROM action WHERE tenant = $1 AND status = $2 AND error_code = $3 AND error_message = $4
        [Integer(Some(7)), Integer(Some(1)), Integer(Some(-4)), Text(Some("m"))]
        "#);
        insta::assert_snapshot!(counted("createdDateTime eq 2024-01-01T00:00:00.1234567Z and completedDateTime eq null"), @r#"
        SELECT count(*) FROM action WHERE tenant = $1 AND created = $2 AND completed IS NULL
        [Integer(Some(7)), Integer(Some(17040672001234567))]
        "#);
        insta::assert_snapshot!(counted("vendorInformation/provider eq 'P' and errorInfo eq null"), @r#"
        SELECT count(*) FROM action WHERE tenant = $1 AND vendor_provider = $2 AND error_code IS NULL
        [Integer(Some(7)), Text(Some("P"))]
        "#);
    }

    #[test]
    fn ids_are_compared_as_guids_and_other_texts_select_nothing() {
        insta::assert_snapshot!(counted("id eq '0F8FAD5B-d9cb-469f-a165-70867728950e'"), @r#"
        SELECT count(*) FROM action WHERE tenant = $1 AND id = $2
        [Integer(Some(7)), Uuid(0f8fad5b-d9cb-469f-a165-70867728950e)]
        "#);
        insta::assert_snapshot!(counted("id eq 'x' and name eq 'n'"), @r#"
        SELECT count(*) FROM action WHERE tenant = $1 AND FALSE AND name = $2
        [Integer(Some(7)), Text(Some("n"))]
        "#);
    }

    #[test]
    fn every_declared_scalar_property_has_a_column_of_the_table() {
        fn scalars(of: &StructuredType, prefix: &str, found: &mut Vec<String>) {
            for property in of.properties {
                match property.kind {
                    Kind::Complex(inner) => scalars(inner, &format!("{prefix}{}/", property.name), found),
                    Kind::Collection(_) => {}
                    _ => found.push(format!("{prefix}{}", property.name)),
                }
            }
        }
        let mut declared = Vec::new();
        scalars(&SECURITY_ACTION, "", &mut declared);
        declared.sort();
        let mut mapped: Vec<_> = COLUMNS.iter().map(|(property, _)| (*property).to_owned()).collect();
        mapped.sort();
        assert_eq!(mapped, declared);
        let schema = include_str!("../migrations/sqlite/0001_actions.sql");
        let table = schema.split("CREATE TABLE action (").nth(1).unwrap().split(") STRICT").next().unwrap();
        for (_, column) in COLUMNS {
            assert!(table.contains(&format!("\n    {column} ")), "{column}");
        }
    }
}
