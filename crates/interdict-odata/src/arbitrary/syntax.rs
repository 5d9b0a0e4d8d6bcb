//! Trees of the syntax: names and types mean nothing here.

use proptest::prelude::*;

use crate::ast::{BinaryOperator, Expr, ExprKind, Literal, Segment, SegmentKind, Span};

fn expr_of(kind: ExprKind) -> Expr {
    Expr { span: Span { start: 0, end: 0 }, at: 0, kind }
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-zé_][A-Za-z0-9_ü]{0,6}".prop_filter("words of the language", |name| {
        let words = [
            "and",
            "or",
            "null",
            "true",
            "false",
            "not",
            "any",
            "all",
            "case",
            "inf",
            "nan",
            "duration",
            "binary",
            "geography",
            "geometry",
        ];
        !words.iter().any(|word| word.eq_ignore_ascii_case(name))
            && !BinaryOperator::ALL.iter().any(|(_, keyword)| keyword.eq_ignore_ascii_case(name))
    })
}

fn literal() -> impl Strategy<Value = Literal> {
    let text = |pattern: &'static str| pattern.prop_map(String::from);
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        "[^\0]{0,12}".prop_map(Literal::String),
        text("[-+]?[0-9]{1,3}(\\.[0-9]{1,3})?(e[-+]?[0-9]{1,2})?").prop_map(Literal::Number),
        text("-?INF|NaN").prop_map(Literal::Number),
        text("[0-9a-fA-F]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").prop_map(Literal::Guid),
        text("-?[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])").prop_map(Literal::Date),
        text("([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,12})?)?").prop_map(Literal::TimeOfDay),
        text("[1-9][0-9]{3,4}-(0[1-9]|1[0-2])-[12][0-9]T[01][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,12})?)?(Z|[-+]0[0-9]:00)")
            .prop_map(Literal::DateTimeOffset),
        text("-?P[0-9]{1,3}D(T[0-9]{1,2}H)?").prop_map(Literal::Duration),
        text("[A-Za-z0-9_-]{0,8}=?").prop_map(Literal::Binary),
        text("SRID=0;Point\\([0-9] [0-9]\\)").prop_map(|text| Literal::Geo("geometry".to_owned(), text)),
        (name(), name()).prop_map(|(of, member)| Literal::Enum(format!("ns.{of}"), member)),
    ]
}

fn segments(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Vec<Segment>> {
    let arguments = prop::collection::vec((prop::option::of(name()), inner.clone()), 0..3);
    let first = prop_oneof![
        4 => name().prop_map(SegmentKind::Name),
        1 => name().prop_map(|name| SegmentKind::System(format!("${name}"))),
        1 => name().prop_map(|name| SegmentKind::At(format!("@{name}"))),
        1 => (name(), arguments).prop_map(|(name, arguments)| SegmentKind::Call(name, arguments)),
    ];
    let body = prop::option::of((name(), inner.clone().prop_map(Box::new)));
    let later = prop_oneof![
        4 => name().prop_map(SegmentKind::Name),
        1 => (name(), name()).prop_map(|(a, b)| SegmentKind::Name(format!("{a}.{b}"))),
        1 => prop::option::of(inner.clone().prop_map(Box::new)).prop_map(SegmentKind::Count),
        1 => (name(), name()).prop_map(|(term, qualifier)| SegmentKind::At(format!("@ns.{term}#{qualifier}"))),
        1 => (any::<bool>(), body).prop_map(|(all, body)| SegmentKind::Lambda { all: all && body.is_some(), body }),
    ];
    (first, prop::collection::vec(later, 0..3)).prop_map(|(first, later)| {
        std::iter::once(first)
            .chain(later)
            .map(|kind| Segment { span: Span { start: 0, end: 0 }, kind })
            .collect()
    })
}

/// Chains as the parser makes them: at least two parts, none of the chain's own kind.
fn chain(parts: Vec<Expr>, and: bool) -> Expr {
    let mut flat = Vec::new();
    for part in parts {
        match part.kind {
            ExprKind::And(inner) if and => flat.extend(inner),
            ExprKind::Or(inner) if !and => flat.extend(inner),
            kind => flat.push(expr_of(kind)),
        }
    }
    expr_of(if and { ExprKind::And(flat) } else { ExprKind::Or(flat) })
}

/// Any tree that the parser can make.
pub(crate) fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        literal().prop_map(ExprKind::Literal),
        name().prop_map(|name| ExprKind::Path(vec![Segment {
            span: Span { start: 0, end: 0 },
            kind: SegmentKind::Name(name)
        }])),
    ]
    .prop_map(expr_of);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let operator = prop::sample::select(BinaryOperator::ALL.map(|(operator, _)| operator).to_vec());
        let literals =
            prop::collection::vec(literal().prop_map(|literal| expr_of(ExprKind::Literal(literal))), 0..4);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 2..4), any::<bool>())
                .prop_map(|(parts, and)| chain(parts, and)),
            inner.clone().prop_map(|operand| expr_of(ExprKind::Not(Box::new(operand)))),
            inner.clone().prop_map(|operand| expr_of(ExprKind::Negate(Box::new(operand)))),
            (operator, inner.clone(), inner.clone()).prop_map(|(operator, left, right)| expr_of(
                ExprKind::Binary(operator, Box::new(left), Box::new(right))
            )),
            (inner.clone(), literals)
                .prop_map(|(left, items)| expr_of(ExprKind::InList(Box::new(left), items))),
            segments(inner).prop_map(|segments| expr_of(ExprKind::Path(segments))),
        ]
    })
}
