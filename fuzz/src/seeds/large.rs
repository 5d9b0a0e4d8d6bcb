//! Texts as long as an address may be, of what could take more than its share: depth, length, and faults by the thousand.

use crate::Target;

/// As long as an address may be.
const LONGEST: usize = 32 * 1024;

pub(super) fn of(target: Target) -> Vec<String> {
    match target {
        Target::Filter => {
            FILTERS.into_iter().map(|text| long(text, "", "")).chain(framed_filters()).collect()
        }
        Target::OrderBy => ["name,", "name desc,", "(", "a/", "concat(name,", "nam eq 1,"]
            .into_iter()
            .map(|text| long(text, "", "name"))
            .collect(),
        Target::Search => ["a ", "a OR ", "NOT ", "(", "name:", "\"", "ä", "a.", "NOT a OR ("]
            .into_iter()
            .map(|text| long(text, "", "a"))
            .collect(),
        Target::Query => queries(),
        Target::Path => {
            ["/", "/a", "/%41", "%2F", "('", "\\"].into_iter().map(|text| long(text, "", "")).collect()
        }
        Target::SkipToken => vec![
            long("A", "", ""),
            long("\u{1}\0\0\0\0\0\0\0\u{5}", "\0\0\0\0\0\0\0\u{1}aaaaaaaaaaaaaaaa", ""),
        ],
        Target::Batch => batches(),
        Target::Body => bodies(),
        Target::Date => vec![long("1", "2024-01-01T00:00:00.", "Z"), long(" ", "2024-01-01", "")],
        Target::Guid => vec![long("0f8fad5b-", "", "")],
    }
}

/// The text, repeated up to that length between two others.
fn long(text: &str, before: &str, behind: &str) -> String {
    let times = (LONGEST - before.len() - behind.len()) / text.len().max(1);
    format!("{before}{}{behind}", text.repeat(times))
}

const FILTERS: [&str; 16] = [
    "(",
    "not ",
    "-",
    "1",
    "'",
    "''",
    "a/",
    "x",
    "name eq 'a' or ",
    "name eq 'a' and (",
    "nme eq 1 or ",
    "concat(name,",
    "parameters/any(p:",
    "1 add ",
    "name eq name eq ",
    "matchesPattern(name,'(\\pL{9}){9}') or ",
];

fn framed_filters() -> impl Iterator<Item = String> {
    let frames = [
        ("'a',", "name in (", "'b')"),
        ("0f8fad5b-d9cb-469f-a165-70867728950e,", "id in (", "0f8fad5b-d9cb-469f-a165-70867728950e)"),
        ("x", "name eq '", "'"),
        ("9", "errorInfo/code eq ", ""),
        ("9", "errorInfo/code eq 1e", ""),
        ("0", "errorInfo/code lt 0.", "1"),
        ("a|", "matchesPattern(name,'", "b')"),
        ("parameters/any(q:q/name eq 'a') and ", "parameters/any(p:states/all(s:", "true))"),
        ("1D", "createdDateTime gt now() sub duration'P", "'"),
    ];
    frames.into_iter().map(|(text, before, behind)| long(text, before, behind))
}

fn queries() -> Vec<String> {
    let frames = [
        ("&", "", ""),
        ("=", "", ""),
        ("%24", "", ""),
        ("a=b&", "", ""),
        ("$top=1&", "", ""),
        ("id,", "$select=", "id"),
        ("nme,", "$select=", "id"),
        ("@a or ", "$filter=", "@a&@a=name eq 'a'"),
        ("@a,", "$filter=name in (", "@a)&@a='x'"),
        ("%F0%9F%98%80", "$search=", ""),
    ];
    let mut texts: Vec<String> =
        frames.into_iter().map(|(text, before, behind)| long(text, before, behind)).collect();
    // Within the limits, and as much as they let through: an alias of half the length, joined five hundred times.
    let text = format!("'{}'", "x".repeat(16_000));
    texts.push(format!("$filter=length({}) gt 1&@a={text}", joined("@a", 9)));
    texts.push(format!("$filter={}&@a={text}", ["contains(concat(@a,name),@a)"; 300].join(" or ")));
    texts.push(format!("$filter={}", ["matchesPattern(name,'(\\pL{9}){9}')"; 10].join(" or ")));
    texts.push(format!("$search={}", ["name:a"; 100].join(" OR ")));
    texts.push((0..2_500).map(|number| format!("@p{number}=1&")).collect());
    texts.push(
        (0..1_000).map(|number| format!("@p{number}=@p{}&", number + 1)).collect::<String>() + "$filter=@p0",
    );
    texts
}

/// A balanced tree of `concat` with two to that power of leaves.
fn joined(leaf: &str, levels: u32) -> String {
    if levels == 0 {
        return leaf.to_owned();
    }
    let inner = joined(leaf, levels - 1);
    format!("concat({inner},{inner})")
}

fn batches() -> Vec<String> {
    let item = |text: &str, before: &str, behind: &str| {
        long(text, &format!(r#"{{"requests":[{{"id":"1","method":"GET",{before}"#), &format!("{behind}}}]}}"))
    };
    vec![
        long("[", r#"{"requests":"#, ""),
        long("{},", r#"{"requests":["#, "{}]}"),
        long(r#"{"id":"1"},"#, r#"{"requests":["#, r#"{"id":"1"}]}"#),
        item("/", r#""url":""#, "\""),
        item("ä", r#""url":""#, "\""),
        item("\\u0000", r#""url":""#, "\""),
        item(r#""a":"b","#, r#""url":"/x","headers":{"#, r#""c":"d"}"#),
        item(r#""1","#, r#""url":"/x","dependsOn":["#, r#""1"]"#),
        item(r#"{"a":"#, r#""url":"/x","body":"#, ""),
    ]
}

fn bodies() -> Vec<String> {
    let members: String = (0..2_500).map(|number| format!(r#""m{number}":1,"#)).collect();
    vec![
        long(r#"{"a":"#, "", ""),
        long("[", r#"{"a":"#, ""),
        long(r#"{"name":"a","value":"b"},"#, r#"{"parameters":["#, r#"{"name":"c"}]}"#),
        long(r#"{"status":"x"},"#, r#"{"states":["#, r#"{}]}"#),
        long(r#""name":"a","#, "{", r#""name":"b"}"#),
        long("\\u0000", r#"{"name":""#, r#""}"#),
        long("9", r#"{"own":"#, "}"),
        format!(r#"{{{members}"name":"a"}}"#),
    ]
}
