//! The other options, and several faults at once.

use super::*;
use crate::query::Path;

#[test]
fn conditions_joined_by_and_are_one_flat_list() {
    check(
        "name eq 'a' and (amount eq 1 and colour eq 'Red')",
        r#"(and (eq name "a") (eq amount 1) (eq colour 0))"#,
    );
    check("sold and true", "sold");
    check("sold or true", "true");
    check("sold and (1 eq 2)", "false");
    check("not not sold", "(not (not sold))");
}

#[test]
fn all_faults_of_a_request_are_named_up_to_a_cap() {
    check(
        "nome eq 'x' and amount eq 'y' and frob(name) and contains(nume,5)",
        "unknownProperty@0 typeMismatch@26 unsupported@34 unknownProperty@58 typeMismatch@63",
    );
    check("nome eq nume", "unknownProperty@0 unknownProperty@8");
    let capped: Vec<_> = (0..limits::ERRORS).map(|index| format!("unknownProperty@{}", index * 11)).collect();
    check(&vec!["x eq 1"; 30].join(" and "), &capped.join(" "));
    let errors = bind_query("$filter=a%20eq&$top=0&$expand=x&$foo=1", &ITEM).unwrap_err();
    let named: Vec<_> = errors.iter().map(|error| (error.option.as_str(), error.code.name())).collect();
    assert_eq!(
        named,
        [
            ("$foo", "unsupported"),
            ("$filter", "syntaxError"),
            ("$top", "limitExceeded"),
            ("$expand", "unsupported")
        ]
    );
}

#[test]
fn messages_name_what_may_have_been_meant() {
    for (query, hint) in [
        ("$filter=addAt eq null", "did you mean `addedAt`?"),
        ("$filter=nmae eq null", "did you mean `name`?"),
        ("$filter=colour eq DarkBlue", "a text is written in single quotes"),
        ("$filter=parts/any(part:prt/width eq 1)", "did you mean `part`?"),
        ("$filter=colour eq 'Rad'", "did you mean `Red`?"),
        ("$filter=contain(name,'x')", "did you mean `contains`?"),
        ("$filter=substringof('x',name)", "write `contains(name,'text')`"),
        ("$filter=name = 'x'", "`=` is no operator; write `eq`"),
        ("$filter=name == 'x'", "`==` is no operator; write `eq`"),
        ("$filter=name != 'x'", "write `ne`"),
        ("$filter=amount < 5", "write `lt`"),
        ("$filter=amount > 5", "write `gt`"),
        ("$filter=sold %26%26 sold", "write `and`"),
        ("$filter=sold || sold", "write `or`"),
        ("$filter=name eq \"x\"", "single quotes"),
        ("$filter=name like 'x'", "contains(name,'text')"),
        ("$filter=tags eq 'x'", "`any`"),
        ("$fliter=name", "did you mean `filter`?"),
        ("$orderby=nmae", "did you mean `name`?"),
        ("$select=nmae", "did you mean `name`?"),
    ] {
        let errors = bind_query(query, &ITEM).unwrap_err();
        assert!(errors[0].message.contains(hint), "{query}: {}", errors[0].message);
    }
}

#[test]
fn the_other_options_are_bound() {
    let query = bind_query(
        "$top=25&$skip=007&$count=True&$skiptoken=abc&$deltaToken=latest&$orderby=addedAt%20desc,MAKER/city&$select=NAME,size/unit,name,parts/WIDTH&search=a",
        &ITEM,
    )
    .unwrap();
    assert_eq!((query.top, query.skip, query.count), (Some(25), Some(7), true));
    assert_eq!((query.skip_token.as_deref(), query.search.is_some()), (Some("abc"), true));
    assert_eq!(query.delta_token.as_deref(), Some("latest"));
    let select: Vec<_> = query.select.unwrap().iter().map(Path::to_string).collect();
    assert_eq!(select, ["name", "size/unit", "parts/width"]);
    assert_eq!(bind_query("$select=name,*&custom=1", &ITEM), Ok(BoundQuery::default()));
    assert_eq!(bind_query("$count=false", &ITEM), Ok(BoundQuery::default()));
}

#[test]
fn orders_are_expressions() {
    let keys = |text: &str| {
        let query = bind_query(&format!("$orderby={}", encoded(text)), &ITEM);
        query.map_or_else(
            |errors| faults(&errors),
            |query| {
                let shown = |key: &crate::query::OrderKey| {
                    format!("{}{}", key.expr, if key.descending { " desc" } else { "" })
                };
                query.order_by.iter().map(shown).collect::<Vec<_>>().join(", ")
            },
        )
    };
    assert_eq!(keys("addedAt desc,MAKER/city asc"), "addedAt desc, maker/city");
    assert_eq!(
        keys("length(name) desc,amount add 1,parts/$count"),
        "(length name) desc, (add amount 1), (count v0 in parts true)"
    );
    assert_eq!(keys("name eq 'x',sold"), r#"(true? (eq name "x")), sold"#);
    assert_eq!(keys("5,name,null"), "name");
    assert_eq!(keys("size,raw,tags,nome"), "typeMismatch@0 typeMismatch@5 typeMismatch@9 unknownProperty@14");
    assert_eq!(keys(&["name"; limits::ORDER_KEYS].join(",")).split(", ").count(), limits::ORDER_KEYS);
    assert_eq!(keys(&["name"; limits::ORDER_KEYS + 1].join(",")), "limitExceeded@50");
}

#[test]
fn faults_of_the_other_options_are_named() {
    for (query, expected) in [
        ("$top=0", "limitExceeded@0"),
        ("$top=1001", "limitExceeded@0"),
        ("$top=99999999999999999999", "limitExceeded@0"),
        ("$top=", "syntaxError@0"),
        ("$top=-1", "syntaxError@0"),
        ("$top=5x", "syntaxError@1"),
        ("$skip=", "syntaxError@0"),
        ("$skip=-1", "syntaxError@0"),
        ("skip=5x", "syntaxError@1"),
        ("$count=yes", "syntaxError@0"),
        ("$skiptoken=", "syntaxError@0"),
        ("$deltatoken=", "syntaxError@0"),
        ("$orderby=name,nome%20desc,parts", "unknownProperty@5 typeMismatch@15"),
        ("$orderby=name%20up", "syntaxError@5"),
        ("$select=nome,name,size/x", "unknownProperty@0 unknownProperty@15"),
        ("$select=parts/depth", "unknownProperty@6"),
        ("$select=tags/x", "unknownProperty@5"),
        ("$select=parts/$count", "unsupported@6"),
        ("$select=length(name)", "unsupported@6"),
        ("$select=name,", "syntaxError@5"),
        ("$select=@a.b", "unsupported@0"),
        ("$search=", "syntaxError@0"),
        ("$format=", "syntaxError@0"),
        ("$format=json&format=json", "syntaxError"),
        ("$filter", "syntaxError@0"),
    ] {
        let errors = bind_query(query, &ITEM).unwrap_err();
        assert_eq!(faults(&errors), expected, "{query}");
    }
    assert_eq!(bind_query("$top=1000", &ITEM).unwrap().top, Some(1000));
    assert_eq!(bind_query("$top=1", &ITEM).unwrap().top, Some(1));
    assert_eq!(bind_query("$skip=0", &ITEM).unwrap().skip, Some(0));
    assert_eq!(bind_query("$skip=99999999999999999999", &ITEM).unwrap().skip, Some(u64::MAX));
}
