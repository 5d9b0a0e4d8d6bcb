#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::arbitrary::syntax::expr;

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn canonical_text_parses_to_the_same_tree(tree in expr()) {
        let text = tree.to_string();
        let parsed = parse(&text);
        prop_assert_eq!(parsed.as_ref(), Ok(&tree), "{}", text);
    }
}
