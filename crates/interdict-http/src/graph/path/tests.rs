use super::*;

fn check(path: &str, expected: Result<(ApiVersion, Resource), &str>) {
    let expected = expected.map(|(version, resource)| Address { version, resource }).map_err(str::to_owned);
    assert_eq!(read(path), expected, "{path}");
}

fn item(key: &str) -> Resource {
    Resource::Item(key.to_owned())
}

fn property(path: &[&str], part: Part) -> Resource {
    let path = path.iter().map(ToString::to_string).collect();
    Resource::Property { key: "k".to_owned(), path, part }
}

#[test]
fn an_address_as_sdks_write_it_is_read_as_any() {
    use ApiVersion::{Beta, Unversioned, V1};
    const GUID: &str = "01a22c20-45a7-73d6-8fab-99401e53b92A";
    for (prefix, version) in [("/beta", Beta), ("/v1.0", V1)] {
        let address = format!("{prefix}/security/securityActions/{GUID}");
        assert_eq!(plain(&address).map(|it| (it.version, it.resource)), Some((version, item(GUID))));
        check(&address, Ok((version, item(GUID))));
        for other in
            [format!("/{address}"), format!("{address}/"), address.to_uppercase(), format!("{address}0")]
        {
            assert_eq!(plain(&other), None, "{other}");
        }
        check(&format!("{address}/"), Ok((version, item(GUID))));
    }
    // As long as a GUID, and none: what it is is said by those who look closer.
    for key in ["cancelSecurityActioncancelSecurityAc", "%24count4567-89ab-cdef-0123-456789ab"] {
        assert_eq!(plain(&format!("/beta/security/securityActions/{key}")), None);
    }
    let unversioned = format!("/security/securityActions/{GUID}");
    assert_eq!(plain(&unversioned), None);
    check(&unversioned, Ok((Unversioned, item(GUID))));
}

#[test]
fn versions_cases_and_slashes_are_alike() {
    use ApiVersion::{Beta, Unversioned, V1};
    check("/beta/security/securityActions", Ok((Beta, Resource::Collection)));
    check("/v1.0/security/securityActions", Ok((V1, Resource::Collection)));
    check("/Security/securityActions", Ok((Unversioned, Resource::Collection)));
    check("//BETA///SECURITY/SECURITYACTIONS//", Ok((Beta, Resource::Collection)));
    check("/%62eta/security/security%41ctions", Ok((Beta, Resource::Collection)));
    check(r"/docs\api/Security/securityActions/k", Ok((Unversioned, item("k"))));
    check("/docs%5Capi/Security/securityActions/k", Ok((Unversioned, item("k"))));
    check("/docs%5capi/Security/securityActions/k", Ok((Unversioned, item("k"))));
    check("/docs/api/Security/securityActions/k", Ok((Unversioned, item("k"))));
    check("/beta/security/securityActions/$count", Ok((Beta, Resource::Count)));
    check("/beta/security/securityActions/%24count/", Ok((Beta, Resource::Count)));
    check("/beta/security/securityActions/$Query", Ok((Beta, Resource::Query)));
    check("/", Ok((Unversioned, Resource::Service)));
    check("/BETA//", Ok((Beta, Resource::Service)));
    check("/v1.0/$Metadata", Ok((V1, Resource::Metadata)));
    check("/beta/Security/", Ok((Beta, Resource::Security)));
    check("/v1.0/$batch", Ok((V1, Resource::Batch)));
    check("//%24BATCH/", Ok((Unversioned, Resource::Batch)));
}

#[test]
fn keys_come_as_a_segment_or_in_parentheses() {
    let v = ApiVersion::Unversioned;
    check("/security/securityActions/k", Ok((v, item("k"))));
    check("/security/securityActions('k')", Ok((v, item("k"))));
    check("/security/SecurityActions(%27k%27)", Ok((v, item("k"))));
    check("/security/securityActions(id='k')", Ok((v, item("k"))));
    check("/security/securityActions('a''b')", Ok((v, item("a'b"))));
    check("/security/securityActions('a=b')", Ok((v, item("a=b"))));
    check("/security/securityActions('')", Ok((v, item(""))));
    check("/security/securityActions/a%2Fb%20c", Ok((v, item("a/b c"))));
    for wrong in ["securityActions('a'b')", "securityActions(k)", "securityActions('k'", "securityActions()"]
    {
        check(&format!("/security/{wrong}"), Err(wrong));
    }
}

#[test]
fn actions_and_properties_follow_the_key() {
    let v = ApiVersion::Beta;
    let cancel = || Resource::Cancel("k".to_owned());
    for form in [
        "cancelSecurityAction",
        "CANCELSECURITYACTION",
        "cancelSecurityAction()",
        "microsoft.graph.cancelSecurityAction",
        "graph.cancelSecurityAction()",
    ] {
        check(&format!("/beta/security/securityActions/k/{form}"), Ok((v, cancel())));
        check(&format!("/beta/security/securityActions('k')/{form}"), Ok((v, cancel())));
    }
    check("/beta/security/securityActions/k/status", Ok((v, property(&["status"], Part::Whole))));
    check("/beta/security/securityActions/k/status/$value", Ok((v, property(&["status"], Part::Value))));
    check("/beta/security/securityActions/k/a/b/$value", Ok((v, property(&["a", "b"], Part::Value))));
    check("/beta/security/securityActions('k')/a/%24Count", Ok((v, property(&["a"], Part::Count))));
}

#[test]
fn changes_are_named_by_their_function() {
    let v = ApiVersion::V1;
    for form in ["delta", "Delta()", "microsoft.graph.delta", "MICROSOFT.GRAPH.delta()", "graph.delta()"] {
        check(&format!("/v1.0/security/securityActions/{form}"), Ok((v, Resource::Delta)));
    }
    for key in ["microsoft.delta", ".delta", "delta(x)", "graph.x.delta", "xdelta", "a", "()", "éelta"] {
        check(&format!("/v1.0/security/securityActions/{key}"), Ok((v, item(key))));
    }
    check("/v1.0/security/securityActions('delta')", Ok((v, item("delta"))));
}

#[test]
fn what_is_nothing_here_is_named() {
    check("/beta/$batch/security", Err("$batch"));
    check("/beta/security/alerts", Err("alerts"));
    check("/v2.0/security/securityActions", Err("v2.0"));
    check("/beta/beta/security/securityActions", Err("beta"));
    check("/beta/security/securityActions/$ref", Err("$ref"));
    check("/beta/security/securityActions/k/$value", Err("$value"));
    check("/beta/security/securityActions/k/$count", Err("$count"));
    check("/beta/security/securityActions/$query/k", Err("$query"));
    check("/beta/security/securityActions/k/@odata.type", Err("@odata.type"));
    check("/beta/security/securityActions/k/a/b/c", Err("c"));
    check("/../beta/security/securityActions", Err(".."));
}
