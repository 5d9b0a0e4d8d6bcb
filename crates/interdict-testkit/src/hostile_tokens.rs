//! A table of tokens that must be refused, each differing from a genuine one in what its name says, and of genuine
//! ones beside them. Most carry the issuer's own signature, so that only the check in question can refuse them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

use aws_lc_rs::{hmac, signature};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

#[path = "hostile_tokens/forge.rs"]
pub mod forge;

pub use forge::Forge;
use forge::{join, message};

/// A token that must be refused.
#[derive(Clone, Debug)]
pub struct HostileToken {
    /// What is wrong with it.
    pub name: String,
    /// The token.
    pub token: String,
    /// The HTTP status that refuses it: 401 or 403.
    pub status: u16,
}

impl HostileToken {
    /// Whether the token can stand in an `Authorization` header as it is: HTTP trims white space, forbids control
    /// characters, and the server's limit of header sections comes first for the longest.
    #[must_use]
    pub fn fits_a_header(&self) -> bool {
        self.token.len() < 32 * 1024 && self.token.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

/// Tokens that are accepted: what the hostile ones differ from.
#[must_use]
pub fn genuine_tokens(forge: &Forge) -> Vec<(&'static str, String)> {
    let header = |changes: Value| forge.signed(&forge.header(&changes), &forge.claims(&json!({})));
    let claims = |changes: Value| forge.signed(&forge.header(&json!({})), &forge.claims(&changes));
    let user = json!({ "idtyp": null, "roles": null, "scp": "SecurityActions.Read.All x", "preferred_username": "ann" });
    vec![
        ("app-only", claims(json!({}))),
        ("delegated", claims(user)),
        ("`typ` in lower case", header(json!({ "typ": "jwt" }))),
        ("`typ` of RFC 9068", header(json!({ "typ": "at+jwt" }))),
        ("no `typ`", header(json!({ "typ": null }))),
        ("a thumbprint in the header", header(json!({ "x5t": "aGVsbG8" }))),
        ("no `kid` where there is one key", header(json!({ "kid": null }))),
        ("`aud` as a list with ours", claims(json!({ "aud": ["other", "api://interdict"] }))),
        ("no `nbf` and no `iat`", claims(json!({ "nbf": null, "iat": null }))),
        ("expired within the skew", claims(json!({ "exp": forge.now - 30 }))),
        ("`nbf` within the skew", claims(json!({ "nbf": forge.now + 30 }))),
        ("roles that nobody knows", claims(json!({ "roles": ["Other.All"] }))),
        ("a v1.0 `appid` in place of `azp`", claims(json!({ "azp": null, "appid": "app" }))),
        ("a header `jku` that is not looked at", header(json!({ "jku": forge.trap }))),
    ]
}

/// Tokens that must be refused.
#[must_use]
pub fn hostile_tokens(forge: &Forge) -> Vec<HostileToken> {
    let mut table = Table { forge, rows: Vec::new() };
    algorithms(&mut table);
    signatures(&mut table);
    forms(&mut table);
    headers(&mut table);
    lifetimes(&mut table);
    parties(&mut table);
    grants(&mut table);
    table.rows
}

struct Table<'a> {
    forge: &'a Forge,
    rows: Vec<HostileToken>,
}

impl Table<'_> {
    fn add(&mut self, name: impl Into<String>, token: impl Into<String>) {
        self.rows.push(HostileToken { name: name.into(), token: token.into(), status: 401 });
    }

    /// A genuine token with another header, properly signed.
    fn header(&mut self, name: &str, changes: &Value) {
        let token = self.forge.signed(&self.forge.header(changes), &self.forge.claims(&json!({})));
        self.add(name, token);
    }

    /// A genuine token with other claims, properly signed.
    fn claims(&mut self, name: &str, changes: &Value) {
        let token = self.forge.signed(&self.forge.header(&json!({})), &self.forge.claims(changes));
        self.add(name, token);
    }

    /// A genuine token whose header has `more` written behind its members.
    fn header_text(&mut self, name: &str, more: &str) {
        let token = self
            .forge
            .signed(&extended(&self.forge.header(&json!({})), more), &self.forge.claims(&json!({})));
        self.add(name, token);
    }

    /// A genuine token whose claims lack `without` and have `more` written behind them.
    fn claims_text(&mut self, name: &str, without: &str, more: &str) {
        let claims = self.forge.claims(&json!({ without: null }));
        let token = self.forge.signed(&self.forge.header(&json!({})), &extended(&claims, more));
        self.add(name, token);
    }

    fn forbidden(&mut self, name: &str, changes: &Value) {
        self.claims(name, changes);
        self.rows.last_mut().unwrap().status = 403;
    }
}

fn extended(object: &str, more: &str) -> String {
    format!("{},{more}}}", object.strip_suffix('}').unwrap())
}

fn algorithms(table: &mut Table<'_>) {
    let forge = table.forge;
    let claims = forge.claims(&json!({}));
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = forge.header(&json!({ "alg": alg }));
        let unsigned = message(header.as_bytes(), claims.as_bytes());
        table.add(format!("`alg` is `{alg}`, unsigned"), format!("{unsigned}."));
        table.add(format!("`alg` is `{alg}`, signed"), forge.signed(&header, &claims));
    }
    for (name, alg) in [
        ("`alg` is missing", json!(null)),
        ("`alg` is a number", json!(256)),
        ("`alg` is a list", json!(["RS256"])),
        ("`alg` is an object", json!({ "RS256": 1 })),
        ("`alg` in lower case", json!("rs256")),
        ("`alg` with a space", json!("RS256 ")),
        ("`alg` that nobody knows", json!("RS257")),
    ] {
        table.header(name, &json!({ "alg": alg }));
    }
    table.header_text("`alg` is null beside itself", r#""alg":null"#);
    let hs256 = forge.header(&json!({ "alg": "HS256" }));
    for (name, secret) in forge.public_key_texts() {
        table.add(name, forge.hmac(hmac::HMAC_SHA256, &secret, &hs256, &claims));
    }
    let pem = &forge.public_key_texts()[0].1;
    for (name, algorithm) in [("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
        let header = forge.header(&json!({ "alg": name }));
        table.add(format!("{name} with the public key"), forge.hmac(algorithm, pem, &header, &claims));
    }
    let others: [(&str, &'static dyn signature::RsaEncoding); 5] = [
        ("PS256", &signature::RSA_PSS_SHA256),
        ("PS384", &signature::RSA_PSS_SHA384),
        ("PS512", &signature::RSA_PSS_SHA512),
        ("RS384", &signature::RSA_PKCS1_SHA384),
        ("RS512", &signature::RSA_PKCS1_SHA512),
    ];
    for (name, encoding) in others {
        let header = forge.header(&json!({ "alg": name }));
        table.add(format!("{name}, not allowed"), forge.signed_as(encoding, &header, &claims));
    }
    let rs256 = forge.header(&json!({}));
    table.add("PS256 said to be RS256", forge.signed_as(&signature::RSA_PSS_SHA256, &rs256, &claims));
    table.add("RS512 said to be RS256", forge.signed_as(&signature::RSA_PKCS1_SHA512, &rs256, &claims));
    let es256 = forge.header(&json!({ "alg": "ES256" }));
    table.add("ES256 by an attacker", forge.on_p256(&es256, &claims));
    table.add("ES256 said to be RS256", forge.on_p256(&rs256, &claims));
    table.add("ES256 of zeros", join(&message(es256.as_bytes(), claims.as_bytes()), &[0; 64]));
    let es384 = forge.header(&json!({ "alg": "ES384" }));
    table.add("ES384 of zeros", join(&message(es384.as_bytes(), claims.as_bytes()), &[0; 96]));
    table.add("EdDSA by an attacker", forge.on_ed25519(&forge.header(&json!({ "alg": "EdDSA" })), &claims));
}

fn signatures(table: &mut Table<'_>) {
    let forge = table.forge;
    let header = forge.header(&json!({}));
    let genuine = forge.signed(&header, &forge.claims(&json!({})));
    let (signed, signature) = genuine.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    table.add("no signature", format!("{signed}."));
    table.add("a signature cut by a byte", join(signed, &bytes[..bytes.len() - 1]));
    table.add("a signature with a byte more", join(signed, &[bytes.as_slice(), &[0]].concat()));
    table.add("a signature with a zero before it", join(signed, &[&[0], bytes.as_slice()].concat()));
    table.add("a signature of zeros", join(signed, &vec![0; bytes.len()]));
    table.add("a signature of ones", join(signed, &vec![255; bytes.len()]));
    let other = forge.claims(&json!({ "roles": ["SecurityActions.Provenance.All"] }));
    let (swapped, _) =
        forge.signed(&header, &other).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.len())).unwrap();
    table.add("the signature of another token", format!("{swapped}.{signature}"));
    table.add("signed by an attacker with our `kid`", forge.by_attacker(&header, &forge.claims(&json!({}))));
    table.add("a signature with spare bits set", with_spare_bits(&genuine));
    table.add("a signature with padding", format!("{genuine}=="));
    table.add("a signature with one `=`", format!("{genuine}="));
    // A signature that has a letter of the URL alphabet, spelt in the other one.
    let uti = (0..).map(|uti| forge.signed(&header, &forge.claims(&json!({ "uti": uti.to_string() }))));
    let token = uti.into_iter().find(|token| token.rsplit('.').next().unwrap().contains(['-', '_'])).unwrap();
    table.add("the standard base64 alphabet", token.replace('-', "+").replace('_', "/"));
}

/// The last letter of a text whose length leaves spare bits, with one of these set.
fn with_spare_bits(token: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let at = ALPHABET.find(last).unwrap();
    format!("{rest}{}", &ALPHABET[at + 1..at + 2])
}

fn forms(table: &mut Table<'_>) {
    let forge = table.forge;
    let (header, claims) = (forge.header(&json!({})), forge.claims(&json!({})));
    let genuine = forge.signed(&header, &claims);
    let parts: Vec<&str> = genuine.split('.').collect();
    for (name, token) in [
        ("nothing but dots", "..".to_owned()),
        ("one part", parts[0].to_owned()),
        ("two parts", parts[..2].join(".")),
        ("four parts", format!("{genuine}.")),
        ("five parts, as of an encrypted token", format!("{genuine}.AA.AA")),
        ("a dot before it", format!(".{genuine}")),
        ("an empty header", format!(".{}.{}", parts[1], parts[2])),
        ("empty claims", format!("{}..{}", parts[0], parts[2])),
        ("white space before it", format!(" {genuine}")),
        ("white space behind it", format!("{genuine} ")),
        ("a newline behind it", format!("{genuine}\n")),
        ("white space inside", format!("{}. {}.{}", parts[0], parts[1], parts[2])),
        ("two tokens", format!("{genuine},{genuine}")),
        ("a NUL inside", genuine.replace('.', "\0.")),
        ("a letter outside ASCII", genuine.replacen('.', "é.", 1)),
        ("not a token at all", "secret".to_owned()),
    ] {
        table.add(name, token);
    }
    for spaces in 0..3 {
        // One of the three lengths needs padding of one, one of two.
        let header = format!("{header}{}", " ".repeat(spaces));
        let message = message(header.as_bytes(), claims.as_bytes());
        let (first, second) = message.split_once('.').unwrap();
        let missing = (4 - first.len() % 4) % 4;
        if missing > 0 {
            let padded = format!("{first}{}.{second}", "=".repeat(missing));
            table.add(format!("a header with {missing} of padding"), forge.signed_parts(&padded));
            let spare = format!("{}.{second}", with_spare_bits(first));
            table.add(format!("a header with spare bits, {missing} short"), forge.signed_parts(&spare));
        }
    }
    let signed = |header: &[u8], claims: &[u8]| forge.signed_parts(&message(header, claims));
    let listed = format!("[{header}]");
    for (name, token) in [
        ("a header that is a list", signed(listed.as_bytes(), claims.as_bytes())),
        ("a header that is no JSON", signed(b"header", claims.as_bytes())),
        ("a header with something behind it", signed(format!("{header}x").as_bytes(), claims.as_bytes())),
        (
            "a header behind a byte order mark",
            signed(format!("\u{feff}{header}").as_bytes(), claims.as_bytes()),
        ),
        ("a header that is not UTF-8", signed(&with_latin1(&header), claims.as_bytes())),
        ("claims that are a list", signed(header.as_bytes(), format!("[{claims}]").as_bytes())),
        ("claims that are text", signed(header.as_bytes(), b"\"claims\"")),
        ("claims that are null", signed(header.as_bytes(), b"null")),
        ("two objects of claims", signed(header.as_bytes(), format!("{claims}{claims}").as_bytes())),
        ("claims that are not UTF-8", signed(header.as_bytes(), &with_latin1(&claims))),
    ] {
        table.add(name, token);
    }
    table.claims("longer than 8 KiB", &json!({ "groups": "g".repeat(8 * 1024) }));
    table.claims("a megabyte", &json!({ "groups": "g".repeat(1024 * 1024) }));
}

fn with_latin1(object: &str) -> Vec<u8> {
    let mut bytes = extended(object, r#""x":"?""#).into_bytes();
    let at = bytes.iter().rposition(|byte| *byte == b'?').unwrap();
    bytes[at] = 0xe9;
    bytes
}

fn headers(table: &mut Table<'_>) {
    let forge = table.forge;
    for (name, changes) in [
        ("`kid` that climbs directories", json!({ "kid": "../../../../dev/null" })),
        ("`kid` with a quote", json!({ "kid": "x' OR '1'='1" })),
        ("`kid` with SQL", json!({ "kid": "x'; DROP TABLE actions; --" })),
        ("`kid` with a NUL", json!({ "kid": format!("{}\0", forge.kid) })),
        ("`kid` of 5 kB", json!({ "kid": "k".repeat(5_000) })),
        ("`kid` that is a list", json!({ "kid": [forge.kid] })),
        ("`kid` that is a number", json!({ "kid": 0 })),
        ("`kid` that is empty", json!({ "kid": "" })),
        ("`kid` in other case", json!({ "kid": swap_case(&forge.kid) })),
        ("`crit` with an unknown name", json!({ "crit": ["x"], "x": 1 })),
        ("`crit` that is empty", json!({ "crit": [] })),
        ("`b64` that is false", json!({ "b64": false, "crit": ["b64"] })),
        ("`b64` without `crit`", json!({ "b64": false })),
        ("`zip`", json!({ "zip": "DEF" })),
        ("`enc`, as of an encrypted token", json!({ "enc": "A256GCM" })),
        ("`nonce` in the header", json!({ "nonce": "n" })),
        ("`typ` of a logout token", json!({ "typ": "logout+jwt" })),
        ("`typ` of a DPoP proof", json!({ "typ": "dpop+jwt" })),
        ("`typ` of a security event", json!({ "typ": "secevent+jwt" })),
        ("`typ` of a bare signature", json!({ "typ": "JOSE" })),
        ("`typ` that is empty", json!({ "typ": "" })),
        ("`typ` that is a number", json!({ "typ": 1 })),
    ] {
        table.header(name, &changes);
    }
    table.header_text("`alg` twice", r#""alg":"RS256""#);
    table.header_text("`alg` twice, once behind an escape", r#""\u0061lg":"RS256""#);
    let kid = format!(r#""kid":"{}""#, forge.kid);
    table.header_text("`kid` twice", &kid);

    let jwk = forge.attacker_jwk();
    for (name, member, value) in [
        ("`jku` of the attacker", "jku", json!(format!("{}/keys", forge.trap))),
        ("`x5u` of the attacker", "x5u", json!(format!("{}/certificate", forge.trap))),
        ("`jwk` of the attacker", "jwk", jwk),
        ("`x5c` of the attacker", "x5c", json!(["MIIB"])),
    ] {
        for kid in [json!(forge.kid), json!("attacker"), json!(null)] {
            let header = forge.header(&json!({ member: value, "kid": kid }));
            let token = forge.by_attacker(&header, &forge.claims(&json!({})));
            table.add(format!("{name}, `kid` {kid}"), token);
        }
    }
}

fn swap_case(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect()
}

fn lifetimes(table: &mut Table<'_>) {
    let now = table.forge.now;
    for (name, changes) in [
        ("`exp` past", json!({ "exp": now - 61 })),
        ("`exp` at the end of the skew", json!({ "exp": now - 60 })),
        ("`exp` missing", json!({ "exp": null })),
        ("`exp` as text", json!({ "exp": (now + 3600).to_string() })),
        ("`exp` as a list", json!({ "exp": [now + 3600] })),
        ("`exp` as a truth value", json!({ "exp": true })),
        ("`exp` negative", json!({ "exp": -now })),
        ("`exp` zero", json!({ "exp": 0 })),
        ("`exp` beyond 64 bits signed", json!({ "exp": u64::MAX })),
        ("`nbf` in the future", json!({ "nbf": now + 61 })),
        ("`nbf` as text", json!({ "nbf": now.to_string() })),
        ("`nbf` behind `exp`", json!({ "nbf": now + 7200 })),
        ("`iat` far in the future", json!({ "iat": now + 86_400 })),
        ("`iat` as text", json!({ "iat": now.to_string() })),
    ] {
        table.claims(name, &changes);
    }
    table.claims_text("`exp` as 1e400", "exp", r#""exp":1e400"#);
    table.claims_text("`exp` as 1e18", "exp", r#""exp":1e18"#);
    table.claims_text("`exp` as a fraction", "exp", &format!(r#""exp":{}.5"#, now + 3600));
    table.claims_text("`exp` as a whole fraction", "exp", &format!(r#""exp":{}.0"#, now + 3600));
    table.claims_text("`exp` as null", "exp", r#""exp":null"#);
    table.claims_text("`exp` twice", "x", &format!(r#""exp":{}"#, now + 7200));
    table.claims_text("`exp` twice, once behind an escape", "x", &format!(r#""\u0065xp":{}"#, now + 7200));
    table.claims_text("`nbf` as a fraction", "nbf", &format!(r#""nbf":{now}.5"#));
    table.claims_text("`nbf` as null", "nbf", r#""nbf":null"#);
}

fn parties(table: &mut Table<'_>) {
    let forge = table.forge;
    let (base, tenant) = (&forge.base, &forge.tenant);
    let other = "cccccccc-1111-4222-8333-dddddddddddd";
    for (name, changes) in [
        ("`aud` missing", json!({ "aud": null })),
        ("`aud` empty", json!({ "aud": "" })),
        ("`aud` an empty list", json!({ "aud": [] })),
        ("`aud` a list without ours", json!({ "aud": ["a", "b"] })),
        ("`aud` a list in a list", json!({ "aud": [["api://interdict"]] })),
        ("`aud` an object", json!({ "aud": { "api://interdict": true } })),
        ("`aud` a prefix of ours", json!({ "aud": "api://inter" })),
        ("`aud` with more behind ours", json!({ "aud": "api://interdict/" })),
        ("`aud` in other case", json!({ "aud": "API://Interdict" })),
        ("`aud` of Graph", json!({ "aud": "https://graph.microsoft.com" })),
        ("`iss` missing", json!({ "iss": null })),
        ("`iss` a list", json!({ "iss": [format!("{base}/{tenant}/v2.0")] })),
        ("`iss` with a slash behind it", json!({ "iss": format!("{base}/{tenant}/v2.0/") })),
        ("`iss` of another version", json!({ "iss": format!("{base}/{tenant}/v1.0") })),
        ("`iss` of another tenant", json!({ "iss": format!("{base}/{other}/v2.0") })),
        ("`iss` in plain http", json!({ "iss": format!("{base}/{tenant}/v2.0").replace("https:", "http:") })),
        ("`iss` in other case", json!({ "iss": format!("{base}/{tenant}/V2.0") })),
        (
            "`iss` with the tenant in upper case",
            json!({ "iss": format!("{base}/{}/v2.0", tenant.to_uppercase()) }),
        ),
        ("`iss` with the mark of the tenant", json!({ "iss": format!("{base}/{{tenantid}}/v2.0") })),
        ("`iss` of Entra", json!({ "iss": format!("https://login.microsoftonline.com/{tenant}/v2.0") })),
        ("`iss` of a longer host", json!({ "iss": format!("{base}.example/{tenant}/v2.0") })),
        ("`tid` missing", json!({ "tid": null })),
        ("`tid` of another tenant", json!({ "tid": other })),
        ("`tid` no GUID", json!({ "tid": "contoso" })),
        ("`tid` in braces", json!({ "tid": format!("{{{tenant}}}") })),
        ("`tid` without hyphens", json!({ "tid": tenant.replace('-', "") })),
        ("`tid` a list", json!({ "tid": [tenant] })),
        ("`tid` a number", json!({ "tid": 1 })),
    ] {
        table.claims(name, &changes);
    }
    for (name, text) in [("`tid` twice", "tid"), ("`iss` twice", "iss"), ("`aud` twice", "aud")] {
        table.claims_text(name, "x", &format!(r#""{text}":"{other}""#));
    }
}

fn grants(table: &mut Table<'_>) {
    const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let base = &table.forge.base;
    let read = "SecurityActions.Read.All";
    for (name, changes) in [
        ("an ID token's `nonce`", json!({ "nonce": "n" })),
        ("an ID token's `at_hash`", json!({ "at_hash": "h" })),
        ("an ID token's `c_hash`", json!({ "c_hash": "h" })),
        ("roles without an app, as in an ID token", json!({ "azp": null })),
        ("an app that is empty", json!({ "azp": "" })),
        ("an app that is a number", json!({ "azp": 1 })),
        ("an app with a control character", json!({ "azp": "a\u{0}" })),
        ("roles of a user without scopes", json!({ "idtyp": "user" })),
        ("roles that are a number", json!({ "roles": 1 })),
        ("roles that are an object", json!({ "roles": { "SecurityActions.Read.All": true } })),
        ("roles with a number among them", json!({ "roles": ["SecurityActions.Read.All", 1] })),
        ("scopes of an app", json!({ "scp": "SecurityActions.Read.All" })),
        ("scopes that are a number", json!({ "idtyp": null, "scp": 1 })),
        ("scopes without a user", json!({ "idtyp": null, "scp": read, "oid": null, "sub": null })),
        ("scopes of a user that is a number", json!({ "idtyp": null, "scp": read, "oid": 1 })),
    ] {
        table.claims(name, &changes);
    }
    table.claims_text("`roles` twice", "x", r#""roles":["SecurityActions.Provenance.All"]"#);
    table.forbidden("neither scopes nor roles", &json!({ "roles": null }));
    table.forbidden(
        "a personal account",
        &json!({ "tid": PERSONAL, "iss": format!("{base}/{PERSONAL}/v2.0") }),
    );
}
