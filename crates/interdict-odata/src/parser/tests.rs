#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::ast::{Segment, SegmentKind};

/// Parses, prints with all parentheses that show the tree's shape, and compares.
fn check(text: &str, expected: &str) {
    let expr = parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    assert_eq!(shape(&expr), expected, "{text}");
}

fn shape(expr: &Expr) -> String {
    let list = |parts: &[Expr], by: &str| parts.iter().map(shape).collect::<Vec<_>>().join(by);
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Path(_) => expr.to_string(),
        ExprKind::And(parts) => format!("[{}]", list(parts, " and ")),
        ExprKind::Or(parts) => format!("[{}]", list(parts, " or ")),
        ExprKind::Not(operand) => format!("[not {}]", shape(operand)),
        ExprKind::Negate(operand) => format!("[- {}]", shape(operand)),
        ExprKind::Binary(operator, left, right) => {
            format!("[{} {} {}]", shape(left), operator.keyword(), shape(right))
        }
        ExprKind::InList(left, items) => format!("[{} in ({})]", shape(left), list(items, ",")),
    }
}

fn fails(text: &str, position: usize) {
    let fault = parse(text).expect_err(text);
    assert_eq!(
        (fault.code.name(), fault.position),
        ("syntaxError", Some(position)),
        "{text}: {}",
        fault.message
    );
}

#[test]
fn operators_bind_as_the_standard_orders_them() {
    check("a or b and c eq d", "[a or [b and [c eq d]]]");
    check("a eq b gt c add d mul e", "[a eq [b gt [c add [d mul e]]]]");
    check("a mul b add c gt d eq e", "[[[[a mul b] add c] gt d] eq e]");
    check("a sub b sub c", "[[a sub b] sub c]");
    check("a sub (b sub c)", "[a sub [b sub c]]");
    check("not a has b and c", "[[not [a has b]] and c]");
    check("NOT(a eq b)", "[not [a eq b]]");
    check("-a mul - 5 add -5", "[[[- a] mul [- 5]] add -5]");
    check("a EQ 1 AND b eq 2 anD c eq 3", "[[a eq 1] and [b eq 2] and [c eq 3]]");
    check("a or (b or c) or d", "[a or b or c or d]");
    check("  ( ( a ) )  ", "a");
    check("a in ('x','y') eq true", "[[a in ('x','y')] eq true]");
    check("a in('x' , 'y')", "[a in ('x','y')]");
    check("a in (b)", "[a in b]");
    check("a in b/c", "[a in b/c]");
}

#[test]
fn paths_functions_and_lambdas_are_read() {
    check("a/b/$count", "a/b/$count");
    check("a/$COUNT( Filter = b eq 1 ) gt 1", "[a/$count($filter=b eq 1) gt 1]");
    check("$it/a/$count($filter=$this eq 1) gt 1", "[$it/a/$count($filter=$this eq 1) gt 1]");
    check("$it/a eq @p", "[$it/a eq @p]");
    check("a/@Core.Term#Qualifier eq 'x'", "[a/@Core.Term#Qualifier eq 'x']");
    check("contains( a , 'x' )", "contains(a,'x')");
    check("now( ) gt a/ns.f(p=1)", "[now() gt a/ns.f(p=1)]");
    check("a/any( )", "a/any()");
    check("a/any( x : x/b eq 1 and true )", "a/any(x:x/b eq 1 and true)");
    check("a/ALL(x:x/c/any(y:y eq x))", "a/all(x:x/c/any(y:y eq x))");
    check("null eq NULL", "[null eq null]");
    check("null/a eq not", "[null/a eq not]");
    check("a eq Sales.Pattern'Yellow'", "[a eq Sales.Pattern'Yellow']");
}

#[test]
fn broken_expressions_fail_where_they_break() {
    fails("", 0);
    fails("  ", 2);
    fails("a eq", 4);
    fails("a eq ", 5);
    fails("eq 'x'", 3);
    fails("a b", 2);
    fails("a = 'x'", 2);
    fails("(a = 'x')", 3);
    fails("(a eq 1", 7);
    fails("a eq 1)", 6);
    fails("()", 1);
    fails("a eq ()", 6);
    fails("(a eq 1)and (b eq 2)", 8);
    fails("(a eq 1) and(b eq 2)", 12);
    fails("a eq 1 and", 10);
    fails("and a", 4);
    fails("a eq 'x' 'y'", 9);
    fails("a / b", 2);
    fails("a/ b", 3);
    fails("a/", 2);
    fails("a//b", 2);
    fails("a/'x'", 2);
    fails("any()", 3);
    fails("a/all()", 6);
    fails("a/any(x)", 7);
    fails("a/any(n.x:true)", 6);
    fails("f(a,)", 4);
    fails("f(a b)", 4);
    fails("f (a)", 2);
    fails("(a eq ('x','y'))", 10);
    fails("a in (b,c)", 7);
    fails("a in ('x',c)", 10);
    fails("a in ('x' 'y')", 10);
    fails("a has -b", 6);
    fails("a,b", 1);
    fails("a;b", 1);
    fails("a == 'x'", 2);
    fails("a/$count(b)", 10);
    fails("a/$count($filter)", 16);
    fails("a/$count()", 9);
}

#[test]
fn what_has_no_tree_is_unsupported() {
    for (text, position) in [
        ("a eq [1]", 5),
        ("a in {\"x\":1}", 5),
        ("b/$count($search=c) eq 1", 9),
        ("b/$count($filter=c;$top=1) eq 1", 18),
        ("case(a:b,true:c)", 0),
    ] {
        let fault = parse(text).expect_err(text);
        assert_eq!((fault.code.name(), fault.position), ("unsupported", Some(position)), "{text}");
    }
}

#[test]
fn nodes_keep_where_they_stand_and_where_their_operator_is() {
    let expr = parse(" (é eq 1) or  b").unwrap();
    assert_eq!((expr.span, expr.at), (Span { start: 1, end: 15 }, 10));
    let ExprKind::Or(parts) = &expr.kind else { panic!("{expr:?}") };
    let spans: Vec<_> = parts.iter().map(|part| (part.span.start, part.span.end, part.at)).collect();
    assert_eq!(spans, [(1, 9, 4), (14, 15, 14)]);
}

#[test]
fn orders_and_selections_are_lists() {
    let keys = |text: &str| {
        parse_order(text)
            .map(|keys| keys.iter().map(|(key, desc)| format!("{key}:{desc}")).collect::<Vec<_>>().join(" "))
            .map_err(|fault| fault.position)
    };
    assert_eq!(keys("a\tasc,b/c DESC , d"), Ok("a:false b/c:true d:false".to_owned()));
    assert_eq!(keys("length(a) desc"), Ok("length(a):true".to_owned()));
    assert_eq!(keys("a up"), Err(Some(2)));
    assert_eq!(keys("a,"), Err(Some(2)));
    assert_eq!(keys(""), Err(Some(0)));
    assert_eq!(keys("a desc desc"), Err(Some(7)));
    let items = |text: &str| {
        parse_select(text).map(|items| items.len()).map_err(|fault| (fault.code.name(), fault.position))
    };
    assert_eq!(items("*,a, b/c,@x.y"), Ok(4));
    assert_eq!(items("a b"), Err(("syntaxError", Some(2))));
    assert_eq!(items("'a'"), Err(("syntaxError", Some(0))));
    assert_eq!(items(""), Err(("syntaxError", Some(0))));
    assert_eq!(items("a,b($select=c)"), Err(("unsupported", Some(3))));
    assert_eq!(items("@a.b($top=5)"), Err(("unsupported", Some(4))));
}

fn code(text: &str) -> &'static str {
    parse(text).map_or_else(|fault| fault.code.name(), |_| "parsed")
}

#[test]
fn an_expression_may_nest_as_deep_as_the_limit_and_no_deeper() {
    let parentheses = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(code(&parentheses(limits::DEPTH)), "parsed");
    assert_eq!(code(&parentheses(limits::DEPTH + 1)), "limitExceeded");
    // A path is two levels less one: the operand itself is the deepest node.
    let chain = |operators: usize| format!("a{}", " add b".repeat(operators));
    assert_eq!(code(&chain(limits::DEPTH - 1)), "parsed");
    assert_eq!(code(&chain(limits::DEPTH)), "limitExceeded");
    let nots = |depth: usize| format!("{}a", "not ".repeat(depth));
    assert_eq!(code(&nots(limits::DEPTH - 1)), "parsed");
    assert_eq!(code(&nots(limits::DEPTH)), "limitExceeded");
}

#[test]
fn an_expression_may_have_as_many_nodes_as_the_limit_and_no_more() {
    // Chains are flat, but each link is counted.
    let flat = |count: usize| vec!["a"; count].join(" and ");
    assert_eq!(code(&flat(limits::NODES / 2)), "parsed");
    assert_eq!(code(&flat(limits::NODES / 2 + 1)), "limitExceeded");
    assert_eq!(code(&vec!["a"; limits::NODES].join("/")), "parsed");
    assert_eq!(code(&vec!["a"; limits::NODES + 1].join("/")), "limitExceeded");
}

#[test]
fn a_list_may_have_as_many_values_as_the_limit_and_no_more() {
    let items = |count: usize| format!("a in ({})", vec!["1"; count].join(","));
    assert_eq!(code(&items(limits::LIST)), "parsed");
    assert_eq!(code(&items(limits::LIST + 1)), "limitExceeded");
}

#[test]
fn the_worst_nesting_fits_a_small_stack() {
    let level = "a or b and c eq d gt e add f mul (";
    let text = format!("{}a{}", level.repeat(200), ")".repeat(200));
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || assert_eq!(code(&text), "limitExceeded"))
        .unwrap()
        .join()
        .unwrap();
}

fn expr_of(kind: ExprKind) -> Expr {
    Expr { span: Span { start: 0, end: 0 }, at: 0, kind }
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-zé_][A-Za-z0-9_ü]{0,6}".prop_filter("words of the language", |name| {
        let words = [
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
        Infix::parse(name).is_none() && !words.iter().any(|word| word.eq_ignore_ascii_case(name))
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

fn expr() -> impl Strategy<Value = Expr> {
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn canonical_text_parses_to_the_same_tree(tree in expr()) {
        let text = tree.to_string();
        let parsed = parse(&text);
        prop_assert_eq!(parsed.as_ref(), Ok(&tree), "{}", text);
    }
}
