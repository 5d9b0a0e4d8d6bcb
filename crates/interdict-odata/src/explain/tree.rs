//! The bound tree, a node a line.

use crate::calendar;
use crate::query::{Expr, ExprKind, Scalar, Type};

/// Ticks of a second and of a day.
const SECOND: i64 = 10_000_000;
const DAY: i64 = 86_400 * SECOND;

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// How many nodes are above it.
    pub depth: usize,
    /// The operator, function, path or constant.
    pub text: String,
    /// The name of its type.
    pub ty: String,
    /// Whether it may be null.
    pub nullable: bool,
}

/// The nodes of an expression, each before those below it. What the binder spelled out is there: `same` is equality with
/// null as a value, `is true` makes false of null, `as` converts to the type beside it.
#[must_use]
pub fn tree(expr: &Expr) -> Vec<Branch> {
    let mut branches = Vec::new();
    grow(&mut branches, expr, 0);
    branches
}

fn grow(branches: &mut Vec<Branch>, expr: &Expr, depth: usize) {
    let (text, below): (String, Vec<&Expr>) = match &expr.kind {
        ExprKind::Literal(value) => (constant(value, expr.ty), vec![]),
        ExprKind::Value(place) => (place.to_string(), vec![]),
        ExprKind::And(parts) => ("and".to_owned(), parts.iter().collect()),
        ExprKind::Or(parts) => ("or".to_owned(), parts.iter().collect()),
        ExprKind::Not(operand) => ("not".to_owned(), vec![operand]),
        ExprKind::Compare(comparison, left, right) => (comparison.name().to_owned(), vec![left, right]),
        ExprKind::Same(left, right) => ("same".to_owned(), vec![left, right]),
        ExprKind::IsNull(operand) => ("is null".to_owned(), vec![operand]),
        ExprKind::IsTrue(operand) => ("is true".to_owned(), vec![operand]),
        ExprKind::Arithmetic(operator, left, right) => (operator.name().to_owned(), vec![left, right]),
        ExprKind::Negate(operand) => ("-".to_owned(), vec![operand]),
        ExprKind::Convert(operand) => ("as".to_owned(), vec![operand]),
        ExprKind::Call(function, arguments) => (format!("{}()", function.name()), arguments.iter().collect()),
        ExprKind::Matches(operand, pattern) => {
            (format!("matchesPattern() {:?}", pattern.text()), vec![operand])
        }
        ExprKind::InList(operand, values) => {
            let values: Vec<_> = values.iter().map(|value| constant(value, operand.ty)).collect();
            (format!("in ({})", values.join(", ")), vec![operand])
        }
        ExprKind::Any(collection, predicate) => (format!("any {collection}"), vec![predicate]),
        ExprKind::All(collection, predicate) => (format!("all {collection}"), vec![predicate]),
        ExprKind::Count(collection, predicate) => (format!("count {collection}"), vec![predicate]),
    };
    branches.push(Branch { depth, text, ty: expr.ty.name().to_owned(), nullable: expr.nullable });
    for part in below {
        grow(branches, part, depth + 1);
    }
}

/// A constant as its type is written.
fn constant(value: &Scalar<'_>, ty: Type) -> String {
    match (value, ty) {
        (Scalar::Integer(number), Type::Enum(of)) => {
            of.name_of(*number).map_or_else(|| number.to_string(), |name| format!("'{name}'"))
        }
        (Scalar::Ticks(ticks), Type::DateTimeOffset) => format!("{}T{}Z", date(*ticks), time(*ticks)),
        (Scalar::Ticks(ticks), Type::Date) => date(*ticks),
        (Scalar::Ticks(ticks), Type::TimeOfDay) => time(*ticks),
        (Scalar::Ticks(ticks), Type::Duration) => {
            let (whole, rest) = (ticks.unsigned_abs() / 10_000_000, ticks.unsigned_abs() % 10_000_000);
            let sign = if *ticks < 0 { "-" } else { "" };
            let fraction = if rest == 0 { String::new() } else { format!(".{rest:07}") };
            format!("duration'{sign}PT{whole}{fraction}S'")
        }
        (Scalar::Text(text), _) => format!("'{}'", text.replace('\'', "''")),
        (other, _) => other.to_string(),
    }
}

fn date(ticks: i64) -> String {
    let (year, month, day) = calendar::date_from_days(ticks.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

fn time(ticks: i64) -> String {
    let of_day = ticks.rem_euclid(DAY);
    let seconds = of_day / SECOND;
    let fraction = match of_day % SECOND {
        0 => String::new(),
        rest => format!(".{rest:07}"),
    };
    format!("{:02}:{:02}:{:02}{fraction}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
