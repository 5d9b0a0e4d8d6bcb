#![allow(clippy::unwrap_used, reason = "tests")]

use std::future::pending;
use std::time::Instant;

use super::*;

/// A script without an agent's own habits: `sh` is a program like any other here.
async fn script(text: &str, input: &str) -> Finished {
    limited(text, input, Duration::from_secs(30), pending()).await
}

async fn limited(text: &str, input: &str, limit: Duration, stop: impl Future<Output = Stopped>) -> Finished {
    let command = ["/bin/sh", "-c", text].map(str::to_owned);
    run(&command, input.as_bytes().to_vec(), limit, stop).await
}

#[tokio::test]
async fn a_program_reads_its_input_and_its_outputs_and_status_are_kept_apart() {
    let finished = script("cat; echo warned >&2; exit 3", "hello").await;
    assert_eq!(finished.end, End::Exited(3));
    assert_eq!(finished.stopped, None);
    assert_eq!((finished.stdout.text(), finished.stderr.text()), ("hello".to_owned(), "warned\n".to_owned()));
}

#[tokio::test]
async fn arguments_are_words_and_not_a_shells() {
    let hostile = "$(touch /tmp/x); `id` && * \" ' \n";
    let command = ["/usr/bin/printf", "%s|", hostile, ""].map(str::to_owned);
    let finished = run(&command, Vec::new(), Duration::from_secs(30), pending()).await;
    assert_eq!(finished.stdout.text(), format!("{hostile}||"));
}

#[tokio::test]
async fn a_program_has_hardly_any_environment_and_a_group_of_its_own() {
    let finished = run(&["/usr/bin/env".to_owned()], Vec::new(), Duration::from_secs(30), pending()).await;
    let text = finished.stdout.text();
    let names: Vec<_> = text.lines().filter_map(|line| line.split('=').next()).collect();
    assert!(names.contains(&"PATH"), "{text}");
    assert!(names.iter().all(|name| ["PATH", "LANG"].contains(name)), "{text}");
    let finished = script("pwd; read -r _ _ _ _ group _ < /proc/$$/stat; echo $group; echo $$", "").await;
    let text = finished.stdout.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(matches!(lines.as_slice(), ["/", group, own] if group == own), "{text}");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_said_so() {
    let finished = run(&["/nowhere".to_owned()], Vec::new(), Duration::from_secs(1), pending()).await;
    assert!(matches!(&finished.end, End::NotStarted(why) if why.contains("No such file")), "{finished:?}");
}

#[tokio::test]
async fn of_a_long_output_the_last_is_kept_and_the_program_never_waits_for_a_reader() {
    let finished = script("head -c 300000 /dev/zero | tr '\\0' a; echo end", "").await;
    assert_eq!(finished.end, End::Exited(0));
    let text = finished.stdout.text();
    assert!(finished.stdout.is_cut && text.len() == OUTPUT_LIMIT && text.ends_with("aend\n"));
}

#[tokio::test]
async fn an_input_that_nobody_reads_holds_nothing_up() {
    assert_eq!(script("exit 0", &"x".repeat(1_000_000)).await.end, End::Exited(0));
}

#[tokio::test]
async fn control_characters_and_broken_text_are_replaced() {
    let finished = script("printf 'a\\000b\\033c\\377d\\r\\n\\te'", "").await;
    assert_eq!(finished.stdout.text(), "a\u{fffd}b\u{fffd}c\u{fffd}d\n\te");
}

#[tokio::test]
async fn at_its_time_limit_a_program_may_tidy_up() {
    let begun = Instant::now();
    let text = "trap 'echo tidied; exit 75' TERM; while :; do sleep 0.05; done";
    let finished = limited(text, "", Duration::from_millis(300), pending()).await;
    assert_eq!(finished.stopped, Some(Stopped::TimeLimit));
    assert_eq!((finished.end, finished.stdout.text().as_str()), (End::Exited(75), "tidied\n"));
    assert!(begun.elapsed() < PATIENCE);
}

#[tokio::test]
async fn what_does_not_end_when_told_is_killed_with_all_that_it_started() {
    let begun = Instant::now();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Stopped::Cancelled
    };
    // The child ignores the signal as well, and holds the pipe open.
    let text = "trap '' TERM; (while :; do sleep 0.1; done) & echo $!; wait";
    let finished = limited(text, "", Duration::from_secs(30), stop).await;
    assert_eq!((finished.end, finished.stopped), (End::Signalled(9), Some(Stopped::Cancelled)));
    assert!(begun.elapsed() >= PATIENCE, "{:?}", begun.elapsed());
    let child: i32 = finished.stdout.text().trim().parse().unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    // A zombie until whoever inherited it has looked.
    let is_alive = || {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
    };
    while is_alive() {
        assert!(Instant::now() < deadline, "the child {child} goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_process_that_left_the_group_does_not_keep_a_finished_program_waiting() {
    let begun = Instant::now();
    let finished = script("setsid sleep 8 & sleep 0.5; echo done", "").await;
    assert_eq!((finished.end, finished.stdout.text().as_str()), (End::Exited(0), "done\n"));
    assert!((1..6).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}
