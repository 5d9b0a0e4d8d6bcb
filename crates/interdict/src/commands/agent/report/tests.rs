#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::commands::agent::program::{Captured, OUTPUT_LIMIT};

fn finished(end: End, stopped: Option<Stopped>, stdout: &str, stderr: &str) -> Finished {
    Finished { end, stopped, stdout: Captured::of(stdout), stderr: Captured::of(stderr) }
}

fn report(end: End, stopped: Option<Stopped>, stdout: &str, stderr: &str) -> Report {
    of("nft", &finished(end, stopped, stdout, stderr), Mending::Undo).unwrap()
}

#[test]
fn status_0_completes_with_what_the_program_said() {
    let done = report(End::Exited(0), None, "blocked\n", "warned\n");
    assert_eq!(
        (done.verb, Value::from(done.members)),
        ("complete", json!({"result": {"output": "blocked\nwarned"}}))
    );
    let silent = report(End::Exited(0), None, "", "");
    assert_eq!(Value::from(silent.members), json!({"result": {}}));
}

#[test]
fn a_json_object_on_stdout_brings_result_and_handle() {
    for (stdout, stderr, expected) in [
        (r#"{"result": {"rule": 4}, "undo": [4]}"#, "", json!({"result": {"rule": 4}, "undo": [4]})),
        (r#"{"result": {"rule": 4}}"#, "slow", json!({"result": {"rule": 4, "output": "slow"}})),
        (r#"{"result": 4, "undo": null}"#, "slow", json!({"result": 4})),
        (r#"{"undo": "h"}"#, "", json!({"undo": "h", "result": {}})),
        ("[1]", "", json!({"result": {"output": "[1]"}})),
    ] {
        assert_eq!(Value::from(report(End::Exited(0), None, stdout, stderr).members), expected, "{stdout}");
    }
}

#[test]
fn what_is_too_large_is_left_out_and_the_action_is_done_all_the_same() {
    let large = "x".repeat(LARGEST);
    let done = report(End::Exited(0), None, &json!({"result": large, "undo": large}).to_string(), "");
    assert_eq!((done.verb, done.members.contains_key("undo")), ("complete", false));
    let output = done.members["result"]["output"].as_str().unwrap().to_owned();
    assert!(output.contains("handle") && output.contains("result"), "{output}");
    for text in ["a".repeat(OUTPUT_LIMIT), "\"\n".repeat(OUTPUT_LIMIT / 2), "ü".repeat(OUTPUT_LIMIT / 2)] {
        let done = report(End::Exited(0), None, &text, "the end");
        let result = &done.members["result"];
        assert!((LARGEST / 3..=LARGEST).contains(&size(result)), "{}", size(result));
        assert!(result["output"].as_str().unwrap().ends_with("the end"));
    }
}

#[test]
fn a_failure_has_its_number_and_the_tail_of_the_output() {
    let failed = |end, stopped| {
        let report = report(end, stopped, "", "no such table\n");
        assert_eq!(report.verb, "fail");
        let error = report.members["errorInfo"].clone();
        let message = error["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("`nft` ") && message.ends_with(": no such table"), "{message}");
        (error["code"].as_u64().unwrap(), error["subcode"].as_i64().unwrap(), flags(&report))
    };
    assert_eq!(failed(End::Exited(1), None), (1, 1, ""));
    assert_eq!(failed(End::Exited(75), None), (1, 75, "retryable"));
    assert_eq!(failed(End::NotStarted("gone".to_owned()), None), (3, 0, "retryable"));
    assert_eq!(failed(End::Exited(75), Some(Stopped::TimeLimit)), (2, 75, "retryable"));
    assert_eq!(failed(End::Exited(75), Some(Stopped::Cancelled)), (5, 75, "cancelled"));
    assert_eq!(failed(End::Exited(75), Some(Stopped::Shutdown)), (6, 75, "retryable"));
    // It did not say that it left nothing.
    assert_eq!(failed(End::Exited(70), None), (1, 70, "uncertain"));
    assert_eq!(failed(End::Exited(137), None), (1, 137, "uncertain"));
    assert_eq!(failed(End::Signalled(11), None), (4, 11, "uncertain"));
    assert_eq!(failed(End::Signalled(9), Some(Stopped::TimeLimit)), (2, 9, "uncertain"));
    assert_eq!(failed(End::Exited(1), Some(Stopped::TimeLimit)), (2, 1, "uncertain"));
    assert_eq!(failed(End::Signalled(15), Some(Stopped::Cancelled)), (5, 15, "uncertain"));
    assert_eq!(failed(End::Signalled(15), Some(Stopped::Shutdown)), (6, 15, "retryable uncertain"));
}

/// The flags that are set.
fn flags(report: &Report) -> &'static str {
    match ["retryable", "cancelled", "uncertain"].map(|name| report.members.get(name) == Some(&true.into())) {
        [false, false, false] => "",
        [true, false, false] => "retryable",
        [false, true, false] => "cancelled",
        [false, false, true] => "uncertain",
        [true, false, true] => "retryable uncertain",
        _ => "more than one",
    }
}

#[test]
fn what_another_run_mends_is_in_no_doubt() {
    let ended = |stopped, mending| {
        flags(&of("nft", &finished(End::Signalled(15), Some(stopped), "", ""), mending).unwrap())
    };
    for (stopped, itself, converger) in [
        (Stopped::Cancelled, "cancelled", "cancelled"),
        (Stopped::TimeLimit, "", ""),
        (Stopped::Shutdown, "retryable", ""),
    ] {
        assert_eq!(ended(stopped, Mending::Itself), itself);
        assert_eq!(ended(stopped, Mending::Converger), converger);
    }
}

#[test]
fn a_program_that_ended_well_is_done_though_it_was_told_to_end() {
    for why in [Stopped::Cancelled, Stopped::Shutdown, Stopped::TimeLimit] {
        assert_eq!(report(End::Exited(0), Some(why), "", "").verb, "complete");
    }
}

#[test]
fn nothing_is_said_about_a_lost_lease() {
    assert_eq!(of("nft", &finished(End::Exited(0), Some(Stopped::LeaseLost), "", ""), Mending::Itself), None);
}

#[test]
fn a_message_stays_within_what_the_server_takes() {
    let failed = report(End::Exited(1), None, &"ü".repeat(OUTPUT_LIMIT), "");
    let message = failed.members["errorInfo"]["message"].as_str().unwrap().to_owned();
    assert!(message.chars().count() < 2100 && message.contains(": …ü"), "{}", message.len());
}
