//! From a bound query to one statement. Every value is a parameter and every name comes from the table below, so
//! nothing that a client wrote is ever SQL text; both engines take the same statement.

use std::borrow::Cow;

use interdict_model::ActionId;
use interdict_odata::query::{Comparison, Expr, ExprKind, Path, Scalar};
use interdict_odata::{BoundQuery, QueryError, QueryErrorCode};

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
pub(crate) fn count(tenant: i64, filter: Option<&Expr>) -> Result<Statement<'_>, StoreError> {
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

    fn filter(&mut self, filter: Option<&'a Expr>) -> Result<(), StoreError> {
        let Some(filter) = filter else { return Ok(()) };
        if let ExprKind::And(parts) = &filter.kind {
            return parts.iter().try_for_each(|part| self.filter(Some(part)));
        }
        // What has no such form was refused before it came here.
        let condition = Condition::of(filter)
            .ok_or_else(|| StoreError::Refused(format!("the store cannot evaluate `{filter}`")))?;
        match condition {
            Condition::Constant(true) => {}
            Condition::Constant(false) => self.push(" AND FALSE"),
            Condition::Null(column) => self.push(&format!(" AND {column} IS NULL")),
            Condition::Equal(column, value) => {
                self.push(" AND ");
                self.equal(column, value);
            }
        }
        Ok(())
    }

    fn equal(&mut self, column: &'static str, literal: &'a Scalar<'static>) {
        let value = match literal {
            Scalar::Text(text) if column == "id" => match ActionId::parse(text) {
                Some(id) => id.0.into(),
                // Every id is a GUID, so no other text is any action's.
                None => return self.push("FALSE"),
            },
            // No text that is kept has this character, and PostgreSQL takes none that has.
            Scalar::Text(text) if text.contains('\0') => return self.push("FALSE"),
            Scalar::Text(text) => Value::Text(Some(Cow::Borrowed(text))),
            Scalar::Integer(number) | Scalar::Ticks(number) => Value::from(*number),
            // No column has values of these types.
            _ => return self.push("FALSE"),
        };
        let parameter = self.parameter(value);
        self.push(&format!("{column} = {parameter}"));
    }
}

/// The column of a single value that is declared; a test holds the table to that. Complex values have none.
fn column(path: &Path) -> Option<&'static str> {
    let path = path.to_string();
    COLUMNS.iter().find(|(property, _)| *property == path).map(|(_, column)| *column)
}

/// A condition that can be rendered.
enum Condition<'a> {
    Constant(bool),
    Null(&'static str),
    Equal(&'static str, &'a Scalar<'static>),
}

impl<'a> Condition<'a> {
    fn of(expr: &'a Expr) -> Option<Self> {
        match &expr.kind {
            ExprKind::Literal(Scalar::Boolean(value)) => Some(Self::Constant(*value)),
            ExprKind::IsNull(operand) => operand.property().and_then(column).map(Self::Null),
            ExprKind::Compare(Comparison::Equal, left, right) => {
                Some(Self::Equal(left.property().and_then(column)?, right.literal()?))
            }
            _ => None,
        }
    }
}

/// What of a query lists do not evaluate; each is named where it stands.
#[must_use]
pub fn unsupported(query: &BoundQuery) -> Vec<QueryError> {
    let parts = match query.filter.as_ref().map(|filter| &filter.kind) {
        Some(ExprKind::And(parts)) => parts.as_slice(),
        Some(_) => query.filter.as_slice(),
        None => &[],
    };
    let options = [("$search", query.search.is_some()), ("$skip", query.skip.is_some())];
    let fault = |option: &str, position, message: String| QueryError {
        option: option.to_owned(),
        code: QueryErrorCode::Unsupported,
        position,
        message,
    };
    let message = "this is not supported; `$filter` takes `eq` and `and`";
    let filter = parts
        .iter()
        .filter(|part| Condition::of(part).is_none())
        .map(|part| fault("$filter", Some(part.at), message.to_owned()));
    let options = options.into_iter().filter(|(_, given)| *given);
    filter.chain(options.map(|(name, _)| fault(name, None, format!("`{name}` is not supported")))).collect()
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

    fn filter(text: &str) -> Option<Expr> {
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
    fn what_lists_do_not_evaluate_is_named_where_it_stands() {
        let named = |query: &str| {
            let faults = unsupported(&bind_query(query, &SECURITY_ACTION).unwrap());
            faults.into_iter().map(|fault| (fault.option, fault.position)).collect::<Vec<_>>()
        };
        assert_eq!(named("$filter=name eq 'x' and status eq 'Running' and errorInfo eq null and 1 eq 1"), []);
        let filter = "$filter=name eq 'x' and status ne 'Running' and parameters/any() and name eq user";
        let found = [23, 51, 66].map(|position| ("$filter".to_owned(), Some(position)));
        assert_eq!(named(filter), found);
        assert_eq!(named("$filter=status eq 'Running' or user eq null"), [("$filter".to_owned(), Some(20))]);
        let options = ["$search", "$skip"].map(|option| (option.to_owned(), None));
        assert_eq!(named("$search=x&$skip=1"), options);
    }

    #[test]
    fn every_declared_scalar_property_has_a_column_of_the_table() {
        fn scalars(of: &StructuredType, prefix: &str, found: &mut Vec<String>) {
            for property in of.properties {
                match property.kind {
                    Kind::Complex(inner) => scalars(inner, &format!("{prefix}{}/", property.name), found),
                    Kind::Collection(_) | Kind::Values(_) => {}
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
