use interdict_testkit::process::Process;

use crate::program;

/// Runs a command: its status, stdout and stderr.
fn ran(arguments: &[&str]) -> (Option<i32>, String, String) {
    let finished = Process::spawn(&mut program().command(arguments)).wait();
    (finished.status.code(), finished.stdout, finished.stderr)
}

fn explained(query: &str) -> (Option<i32>, String, String) {
    ran(&["query", "explain", query])
}

#[test]
fn a_fault_is_shown_with_a_caret_under_it_and_what_may_have_been_meant() {
    let (status, out, error) = explained("$filter=status eq 'Runing'");
    assert_eq!(status, Some(1));
    let mut lines = out.lines();
    assert_eq!(lines.next(), Some("$filter=status eq 'Runing'"));
    assert_eq!(lines.next(), Some("                  ^"));
    assert!(lines.next().is_some_and(|line| line.ends_with("did you mean `Running`?")), "{out}");
    assert!(error.starts_with("error: `$filter`: `Runing` is no member of "), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn every_fault_is_shown_as_a_server_would_name_it() {
    let (status, out, error) = explained("%24filter=nme+eq+%27a%27+and+status+gt+5&$top=5000&$expand=x&@a=1");
    assert_eq!(status, Some(1));
    let carets: Vec<_> = out.lines().filter(|line| line.trim() == "^").map(|line| line.len() - 1).collect();
    assert_eq!(carets, [8, 8 + 25, 5], "{out}");
    for said in ["unknownProperty: ", "typeMismatch: ", "limitExceeded: ", "$expand=x\nunsupported: "] {
        assert!(out.contains(said), "{said}: {out}");
    }
    assert!(error.contains("hint: there are 4 faults"), "{error}");
    let (status, out, _) = explained("$orderby=matchesPattern(name,'a')");
    assert_eq!(
        (status, out.lines().nth(1)),
        (Some(1), Some("         ^")),
        "what only the store refuses: {out}"
    );
}

#[test]
fn the_meaning_the_statements_and_the_plan_are_shown() {
    let query = "$filter=STATUS eq 'running' or parameters/any(p:p/value eq '1+1')&$orderby=name desc&$count=true&$top=5";
    let (status, out, error) = explained(query);
    assert_eq!((status, &*error), (Some(0), ""));
    for line in [
        "  $filter=STATUS eq 'running' or parameters/any(p:p/value eq '1+1')",
        "  or                      Edm.Boolean, or null",
        "      'Running'           microsoft.graph.operationStatus",
        "  $2 = 1",
        "  $3 = '1+1'",
        "  $4 = 6",
        "SQLite",
        "PostgreSQL",
        "  ORDER BY action.name DESC, action.id ASC",
        "  SELECT count(*)",
    ] {
        assert!(out.lines().any(|found| found == line), "{line}: {out}");
    }
    assert!(out.contains("json_each(") && out.contains("json_array_elements("), "{out}");
    let plan = out.split("SQLite's plan\n").nth(1).unwrap();
    assert!(plan.contains("SEARCH action USING "), "{out}");
    assert!(!out.contains("looked at again"), "{out}");
}

#[test]
fn rows_that_are_looked_at_again_are_said_to_be() {
    for query in ["$search=a", "$filter=matchesPattern(name,'a') and status eq 'Running'"] {
        let (status, out, _) = explained(query);
        assert_eq!(status, Some(0), "{query}");
        assert!(out.contains("Each row is looked at again"), "{query}: {out}");
        assert!(!out.contains("matchesPattern(action"), "{query}: {out}");
    }
}

#[test]
fn what_is_typed_and_what_stands_in_an_address_mean_the_same() {
    let (_, typed, _) = explained("$filter=name eq 'a+b 50% R&D'");
    for query in [
        "$filter=name+eq+'a%2Bb+50%25+R%26D'",
        "https://host/v1.0/security/securityActions?%24filter=name%20eq%20%27a%2Bb%2050%25%20R%26D%27",
    ] {
        assert_eq!(explained(query), (Some(0), typed.clone(), String::new()), "{query}");
    }
}

#[test]
fn options_that_mean_nothing_are_warned_about() {
    // What a shell makes of "$filter=…" in double quotes.
    let (status, _, error) = explained("=status eq 'Running'");
    assert_eq!(status, Some(0));
    assert!(error.contains("use single quotes"), "{error}");
    let (_, _, error) = explained("status eq 'Running'");
    assert!(error.contains("options look like `$filter=…`"), "{error}");
}

#[test]
fn help_shows_the_page_of_the_language_as_it_is() {
    let (status, out, _) = ran(&["help", "filter"]);
    assert_eq!((status, &*out), (Some(0), include_str!("../../../../docs/reference/filter.md")));
    let (_, out, _) = ran(&["help", "query", "explain"]);
    assert!(out.contains("Usage: interdict query explain"), "{out}");
}
