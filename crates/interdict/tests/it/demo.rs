use interdict_testkit::process::{Process, Signal};

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

#[tokio::test]
async fn the_demonstration_stays_up_with_a_line_to_copy_and_cleans_up_when_told_to_end() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut process = Process::spawn(&mut program().command(&["demo"]));
        let (mut data, mut curl) = (String::new(), String::new());
        loop {
            let line = process.line();
            if let Some(rest) = line.trim_start().strip_prefix("data ") {
                data = rest.split_whitespace().next().unwrap().to_owned();
            }
            if line.starts_with("curl ") {
                curl = line;
            } else if line.starts_with("The server stays up") {
                break;
            }
        }
        let (header, url) = curl.strip_prefix("curl -H '").unwrap().split_once("' ").unwrap();
        let token = header.strip_prefix("Authorization: Bearer ").unwrap();
        let request = crate::http::builder().build().unwrap().get(url).bearer_auth(token);
        let list = request.send().await.unwrap().text().await.unwrap();
        assert!(list.contains("IsolateHost"), "{curl}: {list}");
        assert!(std::path::Path::new(&data).is_dir(), "{data}");
        process.signal(signal);
        assert_eq!(process.wait().status.code(), Some(0));
        assert!(!std::path::Path::new(&data).exists(), "{data} was left behind");
    }
}
