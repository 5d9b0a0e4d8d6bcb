//! Examples, by target. Those of the query language are the cases of its grammar's tests.

use crate::Target;

const FILTERS: &str = include_str!("../../../crates/interdict-odata/tests/abnf/filter.txt");
const LITERALS: &str = include_str!("../../../crates/interdict-odata/tests/abnf/literals.txt");
const LISTS: &str = include_str!("../../../crates/interdict-odata/tests/abnf/lists.txt");
const OPTIONS: &str = include_str!("../../../crates/interdict-odata/tests/abnf/options.txt");
const SEARCHES: &str = include_str!("../../../crates/interdict-odata/tests/abnf/search.txt");

pub(super) fn of(target: Target) -> Vec<&'static str> {
    match target {
        Target::Filter => cases(FILTERS).chain(cases(LITERALS)).collect(),
        Target::OrderBy => cases(LISTS).collect(),
        Target::Search => cases(SEARCHES).collect(),
        Target::Query => cases(OPTIONS).chain(QUERIES).collect(),
        Target::Path => PATHS.to_vec(),
        Target::SkipToken => PLACES.to_vec(),
        Target::Batch => BATCHES.to_vec(),
        Target::Body => BODIES.to_vec(),
        Target::Date => cases(LITERALS).chain(DATES).collect(),
        Target::Guid => GUIDS.to_vec(),
    }
}

/// The inputs of a file of cases, `rule | input | …`.
fn cases(file: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(" | ").nth(1))
}

const QUERIES: [&str; 3] = [
    "$select=id,name,vendorInformation/provider,parameters/name,*&$search=%22block%20ip%22%20AND%20name:a",
    "filter=status%20eq%20@s&@s='Running'&%24top=10&$skip=5&$count=true&custom=1",
    "$skiptoken=AgAAAAE&$orderby=createdDateTime+desc",
];
const PATHS: [&str; 9] = [
    "/v1.0/security/securityActions",
    "/beta//security/securityActions('0f8fad5b-d9cb-469f-a165-70867728950e')",
    "/Security/securityActions/0f8fad5b-d9cb-469f-a165-70867728950e/cancelSecurityAction",
    "/docs%5Capi/v1.0/security/securityActions/$count",
    "/beta/security/securityActions/$query",
    "/beta/$metadata",
    "/v1.0/$batch",
    "/v1.0/security/securityActions/x%2Fy/vendorInformation/provider/$value",
    "/security/securityActions(%27x%27)/states/$count",
];
/// An instant, an id, and keys, as a token has them.
const PLACES: [&str; 4] = [
    "AgAAAAEAAAAAAAAAAAAAAAA",
    "\0\0\0\0\0\0\0\x01aaaaaaaaaaaaaaaa",
    "\0\0\0\0\0\0\0\x01aaaaaaaaaaaaaaaa\x01\0\0\0\0\0\0\0\x05\0\x02\0\0\0\x04text",
    "\0\0\0\0\0\0\0\x01aaaaaaaaaaaaaaaa\x03bbbbbbbbbbbbbbbb\x02\0\0\0\0",
];
const BATCHES: [&str; 4] = [
    r#"{"requests":[{"id":"1","method":"GET","url":"/security/securityActions?$top=1"}]}"#,
    r#"{"requests":[{"id":"a","method":"POST","url":"http://h/beta/security/securityActions","headers":{"Content-Type":"application/json"},"body":{"name":"x"}},{"id":"b","method":"GET","url":"$metadata","dependsOn":["a"]}]}"#,
    r#"{"requests":[{"id":"1","method":"PATCH","url":"v1.0/security/securityActions/x#y","body":"e30=","depends_on":["1"],"atomicityGroup":null}]}"#,
    r#"{"Requests":[{"id":"1"},{"id":"1"}]}"#,
];
const BODIES: [&str; 4] = [
    r#"{"name":"BlockIp","actionReason":"r","parameters":[{"name":"IP","value":"1.2.3.4"}],"vendorInformation":{"provider":"p","vendor":"v"}}"#,
    r##"{"@odata.type":"#microsoft.graph.securityAction","status":"Running","errorInfo":{"code":1,"subcode":null,"message":"m"},"completedDateTime":"2024-01-01T00:00:00Z"}"##,
    r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","states":[{"appId":"a","status":"1","updatedDateTime":"2024-01-01","user":null}],"status":"null","error_info":{}}"#,
    r#"{"own":{"deep":[1,2.5e3,"A",true,null,{"a":{"b":[]}}]},"clientContext":null}"#,
];
const DATES: [&str; 7] = [
    "2024-01-01",
    "2024-02-29T23:59:59.1234567Z",
    "2024-01-01 00:00",
    "2024-01-01t03:00:00.5+03:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.9999999-14:00",
    "2024-01-01T00:00:00.123456789012z",
];
const GUIDS: [&str; 4] = [
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "0F8FAD5B-D9CB-469F-A165-70867728950E",
    "{0f8fad5b-d9cb-469f-a165-70867728950e}",
    "0f8fad5bd9cb469fa16570867728950e",
];
