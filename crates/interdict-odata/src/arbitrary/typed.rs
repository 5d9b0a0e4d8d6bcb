//! Expressions in which types fit.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use super::texts;
use super::vocabulary::Vocabulary;
use crate::query::Type;

/// A condition whose parts nest up to `depth` times.
pub(super) fn condition(vocabulary: &Vocabulary, depth: u32) -> BoxedStrategy<String> {
    let mut choices = vec![(6, comparison(vocabulary, depth)), (2, text_test(vocabulary, depth))];
    choices.push((1, select(vec!["true", "false", "null"]).prop_map(str::to_owned).boxed()));
    let booleans = vocabulary.paths(Type::Boolean);
    if !booleans.is_empty() {
        choices.push((1, select(booleans).boxed()));
    }
    if depth > 0 {
        let inner = condition(vocabulary, depth - 1);
        let joined = (vec(inner.clone(), 2..4), select(vec![" and ", " or "]));
        choices.push((
            4,
            joined
                .prop_map(|(parts, by)| {
                    parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(by)
                })
                .boxed(),
        ));
        choices.push((2, inner.clone().prop_map(|operand| format!("not ({operand})")).boxed()));
        choices.push((
            1,
            (inner, select(vec!["eq true", "eq false", "ne null", "eq null"]))
                .prop_map(|(operand, test)| format!("({operand}) {test}"))
                .boxed(),
        ));
        if !vocabulary.collections.is_empty() {
            choices.push((3, over_collection(vocabulary, depth)));
        }
    }
    Union::new_weighted(choices).boxed()
}

/// An expression that has an order.
pub(super) fn sortable(vocabulary: &Vocabulary) -> BoxedStrategy<String> {
    let types: Vec<Type> = vocabulary.types().into_iter().filter(|ty| is_ordered(*ty)).collect();
    let vocabulary = vocabulary.clone();
    select(types).prop_flat_map(move |ty| value(&vocabulary, ty, 1)).boxed()
}

const fn is_ordered(ty: Type) -> bool {
    !matches!(ty, Type::Guid | Type::Binary | Type::Complex(_))
}

/// Two values of one type, computed up to `depth` times.
pub(super) fn comparison(vocabulary: &Vocabulary, depth: u32) -> BoxedStrategy<String> {
    let of_values = |ty: Type| {
        let (property, other) = (select(vocabulary.paths(ty)), value(vocabulary, ty, depth.min(2)));
        let operators =
            if is_ordered(ty) { vec!["eq", "ne", "lt", "le", "gt", "ge"] } else { vec!["eq", "ne"] };
        let nulls = select(if is_ordered(ty) { vec!["eq", "ne", "lt", "ge"] } else { vec!["eq", "ne"] });
        prop_oneof![
            4 => (value(vocabulary, ty, depth.min(2)), select(operators), other.clone(), property.clone())
                .prop_map(|(left, operator, right, property)| {
                    // A literal alone takes its type from a property.
                    let right = if left.starts_with(char::is_alphabetic) { right } else { property };
                    format!("{left} {operator} {right}")
                }),
            1 => (property.clone(), nulls)
                .prop_map(|(property, operator)| format!("{property} {operator} null")),
            1 => (property, vec(prop_oneof![4 => literal(ty), 1 => Just("null".to_owned())], 0..4))
                .prop_map(|(property, items)| format!("{property} in ({})", items.join(","))),
        ]
        .boxed()
    };
    let mut choices: Vec<BoxedStrategy<String>> = vocabulary.types().into_iter().map(of_values).collect();
    if !vocabulary.complex.is_empty() {
        let tests = (select(vocabulary.complex.clone()), select(vec!["eq", "ne"]));
        choices.push(tests.prop_map(|(path, operator)| format!("{path} {operator} null")).boxed());
    }
    Union::new(choices).boxed()
}

fn text_test(vocabulary: &Vocabulary, depth: u32) -> BoxedStrategy<String> {
    let text = value(vocabulary, Type::String, depth.min(1));
    prop_oneof![
        4 => (select(vec!["contains", "startswith", "endswith"]), text.clone(), text.clone())
            .prop_map(|(function, text, part)| format!("{function}({text},{part})")),
        1 => (text, select(vec!["^B", "a$", "[aä].*", "\\s", ""]))
            .prop_map(|(text, pattern)| format!("matchesPattern({text},'{pattern}')")),
    ]
    .boxed()
}

fn over_collection(vocabulary: &Vocabulary, depth: u32) -> BoxedStrategy<String> {
    let vocabulary = vocabulary.clone();
    select(vocabulary.collections.clone())
        .prop_flat_map(move |(element, path)| {
            let variable = format!("x{depth}");
            let inner = condition(&vocabulary.with(&variable, element), depth - 1);
            (inner, select(vec!["any", "all"]), 0..3_u8).prop_map(move |(predicate, quantifier, count)| {
                match count {
                    0 => format!("{path}/$count ge 1"),
                    _ => format!("{path}/{quantifier}({variable}:{predicate})"),
                }
            })
        })
        .boxed()
}

/// A value of a type: a property, a literal, or something computed.
fn value(vocabulary: &Vocabulary, ty: Type, depth: u32) -> BoxedStrategy<String> {
    let mut choices = vec![(2, literal(ty))];
    let paths = vocabulary.paths(ty);
    if !paths.is_empty() {
        choices.push((4, select(paths).boxed()));
    }
    if depth > 0 {
        choices.extend(computed(vocabulary, ty, depth).map(|computed| (2, computed)));
    }
    Union::new_weighted(choices).boxed()
}

fn computed(vocabulary: &Vocabulary, ty: Type, depth: u32) -> Option<BoxedStrategy<String>> {
    let of = |ty: Type| value(vocabulary, ty, depth - 1);
    Some(match ty {
        Type::String => prop_oneof![
            (select(vec!["tolower", "toupper", "trim"]), of(Type::String))
                .prop_map(|(function, text)| format!("{function}({text})")),
            (of(Type::String), of(Type::String)).prop_map(|(left, right)| format!("concat({left},{right})")),
            (of(Type::String), -3..4_i32, 0..3_i32)
                .prop_map(|(text, start, length)| format!("substring({text},{start},{length})")),
        ]
        .boxed(),
        Type::Int32 | Type::Int64 => prop_oneof![
            (of(ty), select(vec!["add", "sub", "mul"]), of(ty))
                .prop_map(|(left, operator, right)| format!("({left} {operator} ({right}))")),
            (of(ty), select(vec!["div 3", "mod -4", "div -1"]))
                .prop_map(|(left, divided)| format!("({left} {divided})")),
            of(ty).prop_map(|operand| format!("(- ({operand}))")),
            of(Type::String).prop_map(|text| format!("length({text})")),
            (of(Type::String), of(Type::String)).prop_map(|(text, part)| format!("indexof({text},{part})")),
        ]
        .boxed(),
        Type::Decimal => (of(Type::Int32), select(vec!["divby 2", "mul 1.5", "sub 0.25"]))
            .prop_map(|(left, computed)| format!("({left} {computed})"))
            .boxed(),
        Type::DateTimeOffset => prop_oneof![
            Just("now()".to_owned()),
            (of(ty), select(vec!["add duration'P1D'", "sub duration'PT1H'"]))
                .prop_map(|(left, moved)| format!("({left} {moved})")),
        ]
        .boxed(),
        _ => return None,
    })
}

fn literal(ty: Type) -> BoxedStrategy<String> {
    let of = |literals: &[&'static str]| select(literals.to_vec()).prop_map(str::to_owned).boxed();
    match ty {
        Type::Boolean => of(&["true", "false"]),
        Type::String => select(texts()).prop_map(|text| format!("'{}'", text.replace('\'', "''"))).boxed(),
        Type::Int32 | Type::Int64 => prop_oneof![6 => (-4..8_i64).prop_map(|number| number.to_string()),
                1 => of(&["2147483647", "-2147483648", "9223372036854775807"])]
        .boxed(),
        Type::Decimal => of(&["0.5", "-1.25", "3.0", "2.0000001"]),
        Type::Guid => of(&["00000000-0000-0000-0000-000000000001", "0f8fad5b-d9cb-469f-a165-70867728950e"]),
        Type::Date => of(&["1969-12-31", "2024-02-29"]),
        Type::TimeOfDay => of(&["00:00:00", "12:30:00.5"]),
        Type::DateTimeOffset => {
            of(&["2024-01-01T00:00:00Z", "2024-01-01T03:00:00.1234567+03:00", "1969-12-31T23:59:59.9Z"])
        }
        Type::Duration => of(&["duration'PT0S'", "duration'-P1DT0.5S'"]),
        Type::Binary => of(&["binary''", "binary'AQI'"]),
        Type::Enum(of_type) => {
            let members: Vec<&'static str> = of_type.members.iter().map(|(name, _)| *name).collect();
            select(members).prop_map(|member| format!("'{member}'")).boxed()
        }
        Type::Complex(_) => Just("null".to_owned()).boxed(),
    }
}
