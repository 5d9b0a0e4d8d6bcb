use crate::program;

#[test]
fn the_demonstration_holds_and_is_plain_text_where_nobody_looks() {
    let finished = program().run(&["demo", "--exit"]);
    assert_eq!(finished.status.code(), Some(0), "{}\n{}", finished.stdout, finished.stderr);
    for expected in ["BlockIp", "NotStarted", "Running", "Completed", "cancelled by", "Timeline", "checks of"]
    {
        assert!(finished.stdout.contains(expected), "{expected} is not in:\n{}", finished.stdout);
    }
    assert!(!finished.stdout.contains('\x1b') && !finished.stdout.contains('✗'), "{}", finished.stdout);
    assert_eq!(finished.stderr, "");
}
