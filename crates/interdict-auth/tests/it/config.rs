//! `[[issuer]]` as it is read from a file.

use interdict_auth::{Algorithm, IssuerConfig};

const GOOD: &str = r#"
issuer = "https://login.microsoftonline.com/{tenantid}/v2.0"
audiences = ["api://interdict"]
algorithms = ["RS256"]
tenants = ["aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb"]
"#;

/// [`GOOD`] with lines of the same key replaced, the others added.
fn read(lines: &[&str]) -> Result<IssuerConfig, String> {
    let key = |line: &str| line.split('=').next().unwrap().trim().to_owned();
    let replaced: Vec<String> = lines.iter().map(|line| key(line)).collect();
    let kept = GOOD.lines().filter(|line| !replaced.contains(&key(line)));
    let text: Vec<&str> = kept.chain(lines.iter().copied().filter(|line| !line.ends_with("none"))).collect();
    toml::from_str(&text.join("\n")).map_err(|error| error.to_string())
}

#[test]
fn an_issuer_is_read_as_the_reference_shows_it() {
    let config = read(&[r#"claims = { user = ["upn"], scopes = "scope" }"#]).unwrap();
    assert_eq!(config.algorithms, [Algorithm::RS256]);
    assert_eq!(config.claims.scopes, "scope");
    assert_eq!(config.claims.subject, ["oid", "sub"]);
    for lines in [
        vec!["tenants = none", "any_tenant = true", r#"discovery = "https://a.example/d""#],
        vec!["tenants = none", r#"tenant = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb""#],
        vec![r#"jwks_uri = "http://127.0.0.1:9/keys""#],
        vec![r#"jwks_uri = "http://[::1]:9/keys""#],
        vec![r#"jwks_uri = "http://localhost/keys""#],
        vec![r#"issuer = "not-a-url""#, r#"jwks_uri = "https://a.example/keys""#],
    ] {
        read(&lines).unwrap_or_else(|error| panic!("{lines:?}: {error}"));
    }
}

#[test]
fn a_faulty_issuer_is_refused_and_the_key_is_named() {
    for (lines, key) in [
        (vec!["tenants = none"], "`tenants`"),
        (vec!["tenants = []"], "`tenants`"),
        (vec!["any_tenant = true"], "`tenants`"),
        (vec![r#"tenant = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb""#], "`tenants`"),
        (vec!["algorithms = []"], "`algorithms`"),
        (vec![r#"algorithms = ["none"]"#], "none"),
        (vec![r#"algorithms = ["HS256"]"#], "HS256"),
        (vec!["audiences = []"], "`audiences`"),
        (vec![r#"audiences = [""]"#], "`audiences`"),
        (vec![r#"issuer = """#], "`issuer`"),
        (vec![r#"issuer = "http://login.example/v2.0""#], "`issuer`"),
        (vec![r#"issuer = "not-a-url""#], "`issuer`"),
        (vec!["tenants = none", "any_tenant = true"], "`issuer`"),
        (vec![r#"jwks_uri = "http://keys.example/keys""#], "`jwks_uri`"),
        (vec![r#"jwks_uri = "http://127.0.0.1.example/keys""#], "`jwks_uri`"),
        (vec![r#"jwks_uri = "http://10.0.0.1/keys""#], "`jwks_uri`"),
        (vec![r#"jwks_uri = "file:///keys""#], "`jwks_uri`"),
        (vec![r#"jwks_uri = "https://user:secret@keys.example/keys""#], "`jwks_uri`"),
        (vec![r#"discovery = "http://keys.example/""#], "`discovery`"),
        (vec![r#"discovery = "https://a.example""#, r#"jwks_uri = "https://a.example""#], "`discovery`"),
        (vec!["claims = { subject = [] }"], "`claims`"),
        (vec![r#"claims = { sbject = ["x"] }"#], "sbject"),
        (vec![r#"audience = "x""#], "audience"),
        (vec!["issuer = none"], "issuer"),
    ] {
        let error = read(&lines).expect_err(&lines.join(";"));
        assert!(error.contains(key), "{lines:?}: {error}");
    }
}
