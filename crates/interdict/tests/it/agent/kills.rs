//! Kill -9 of agents and server while they carry actions out: every action ends, never two have it, and what was in
//! force is undone, and nothing is unfinished long after its deadline.

mod deadlines;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use interdict_testkit::process::Process;
use reqwest::Method;
use serde_json::{Value, json};

use self::deadlines::Deadlines;
use super::scene::{Scene, filing, text};
use crate::http::{ACTIONS, Http};
use crate::program_with_store;

const FILINGS: usize = 500;
const AGENTS: usize = 4;
/// Of so many filings one is about what nobody will finish.
const HOPELESS: usize = 5;
/// Every third kill is the server's.
const KILLS: usize = 15;
/// Between two kills: long enough that work is under way again.
const CALM: Duration = Duration::from_millis(900);
/// Between two filings.
const PACE: Duration = Duration::from_millis(25);
/// For all that is left at the end: leases run out, and what was interrupted is tried again later each time.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every program does: it notes its fence when it begins and when it ends.
const PROGRAM: &str = r#"fence=$(sed 's/.*"fence":\([0-9]*\).*/\1/')
# Its agent died before it said anything.
[ -n "$fence" ] || exit 1
echo "start $fence" >> "$1"
sleep "0.$((fence % 5))"
echo "end $fence" >> "$1"
"#;

/// Files actions one after the other; the server may be away meanwhile. A context makes sure that each is there once.
async fn file_all(http: Http) {
    for number in 0..FILINGS {
        let request = json!({"duration": format!("PT{}S", 1 + number % 3)});
        let mut body = if number % HOPELESS == 0 {
            deadlines::hopeless(number / HOPELESS)
        } else if number % 2 == 0 {
            filing("BlockIp", &[("IP", &format!("198.51.100.{}", number % 120))], request)
        } else {
            filing("RunScan", &[("machineId", &format!("pc-{}", number % 90))], Value::Null)
        };
        body["clientContext"] = format!("filing {number}").into();
        loop {
            match http.call(Method::POST, ACTIONS, Some(body.clone())).await {
                Ok(answer) if answer.status == 201 => break,
                Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.body),
                Err(_) => {}
            }
            tokio::time::sleep(PACE).await;
        }
        tokio::time::sleep(PACE).await;
    }
}

fn files(scene: &Scene, log: &Path) -> Vec<String> {
    let script = scene.folder.path().join("program.sh");
    std::fs::write(&script, PROGRAM).unwrap();
    let words = format!("['/bin/sh', '{}', '{}']", script.display(), log.display());
    let mut more = "lease_seconds = 3\n".to_owned();
    write!(more, "[[program]]\naction = 'BlockIp'\nundo = 'UnblockIp'\nadd = {words}\ndelete = {words}\n")
        .unwrap();
    write!(more, "[[program]]\naction = 'RunScan'\nadd = {words}\n").unwrap();
    (0..AGENTS).map(|number| scene.agent_file(&format!("agent-{number}"), &more)).collect()
}

/// Waits until nothing is left to do.
async fn settles(scene: &Scene) {
    let open = format!("{ACTIONS}/$count?$filter=status eq 'NotStarted' or status eq 'Running'");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (open, effects) = (scene.http.get(&open).await.body, scene.effects().await);
        if open == 0 && effects.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{open} actions are not final; in force: {effects:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the journal says about one action.
#[derive(Default)]
struct Story {
    /// The fences of its leases, in order.
    fences: Vec<i64>,
    phase: String,
    target: String,
    /// Whether it was completed by an effect that was in force already.
    joined: bool,
    deadlines: Deadlines,
}

/// Reads the whole journal: whoever is handed an action has it alone.
async fn stories(scene: &Scene) -> HashMap<String, Story> {
    let mut stories: HashMap<String, Story> = HashMap::new();
    let mut after = 0;
    loop {
        let page = scene.http.get(&format!("/api/v1/audit?top=1000&after={after}")).await.body;
        let entries = page["value"].as_array().unwrap();
        let Some(last) = entries.last() else { return stories };
        after = last["sequence"].as_i64().unwrap();
        for entry in entries {
            let execution = &entry["changes"]["execution"];
            if execution.is_null() {
                continue;
            }
            let story = stories.entry(text(&entry["subject"])).or_default();
            let live = ["delivered", "executing", "cancelling"].contains(&story.phase.as_str());
            if entry["kind"] == "handedOut" {
                assert!(!live, "handed out while somebody has it: {entry}");
                let fence = execution["lease"]["fence"].as_i64().unwrap();
                assert!(story.fences.last().is_none_or(|last| *last < fence), "{entry}");
                story.fences.push(fence);
            }
            story.deadlines.take(entry);
            story.joined |= entry["kind"] == "joined";
            story.phase = text(&execution["phase"]);
            story.target = text(&execution["work"]["target"]["text"]);
        }
    }
}

/// Holds what the programs noted against the journal; how many began and did not end.
fn check_runs(stories: &HashMap<String, Story>, log: &str) -> usize {
    let fences = stories.values().flat_map(|story| story.fences.iter().map(move |fence| (*fence, story)));
    let by_fence: HashMap<i64, &Story> = fences.collect();
    let mut running: HashMap<&str, i64> = HashMap::new();
    let mut latest: HashMap<&str, i64> = HashMap::new();
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for line in log.lines() {
        let (word, fence) = line.split_once(' ').unwrap();
        let fence: i64 = fence.parse().unwrap();
        let target = by_fence[&fence].target.as_str();
        if word == "start" {
            assert_eq!(running.insert(target, fence), None, "two programs are at `{target}`");
            assert!(latest.insert(target, fence).is_none_or(|last| last < fence), "{fence} at `{target}`");
            begun.push(fence);
        } else {
            assert_eq!(running.remove(target), Some(fence), "`{target}`");
            ended.push(fence);
        }
    }
    for story in stories.values().filter(|story| story.phase == "succeeded" && !story.joined) {
        let last = story.fences.last().unwrap();
        assert!(ended.contains(last), "a success of {last} that no program had");
    }
    begun.len() - ended.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_ends_and_nothing_is_done_twice_at_once_whoever_is_killed() {
    let begun = Instant::now();
    let mut scene = Scene::on(program_with_store(), &["BlockIp", "UnblockIp", "RunScan"]).await;
    let log = scene.folder.path().join("runs");
    let files = files(&scene, &log);
    let mut agents: Vec<Process> = files.iter().map(|file| scene.agent(file)).collect();
    let _hanging = deadlines::providers(&scene).await;
    let filer = tokio::spawn(file_all(scene.http.clone()));
    let mut longest_down = Duration::ZERO;
    for kill in 0..KILLS {
        tokio::time::sleep(CALM).await;
        if kill % 3 == 2 {
            let down = Instant::now();
            scene.crash_server();
            longest_down = longest_down.max(down.elapsed());
        } else {
            // Replacing it drops it, which kills it.
            agents[kill % AGENTS] = scene.agent(&files[kill % AGENTS]);
        }
    }
    filer.await.unwrap();
    let filed = begun.elapsed();
    settles(&scene).await;

    let stories = stories(&scene).await;
    let verified = scene.server().run(&["audit", "verify"]);
    assert!(verified.status.success(), "{}", verified.stderr);
    let unfinished = check_runs(&stories, &std::fs::read_to_string(&log).unwrap());
    let again = stories.values().filter(|story| story.fences.len() > 1).count();
    let of = |phase: &str| stories.values().filter(|story| story.phase == phase).count();
    let joined = stories.values().filter(|story| story.joined).count();
    let hopeless = of("expired") + of("timedOut");
    let latest = stories.values().map(|story| story.deadlines.late).max().unwrap();
    eprintln!(
        "{hopeless} that nobody finished, {latest:#} after their deadlines; the server was down for {longest_down:?}"
    );
    eprintln!(
        "{KILLS} kills, {} actions: {} succeeded ({joined} joined), {} unknown, {} failed; {again} handed out again, \
         {unfinished} programs unfinished; filed within {filed:?}, settled within {:?}",
        stories.len(),
        of("succeeded"),
        of("unknown"),
        of("failed"),
        begun.elapsed()
    );
    assert!(stories.len() > FILINGS, "undo actions are among them");
    assert_eq!(of("succeeded") + of("unknown") + of("failed") + hopeless, stories.len());
    assert_eq!(hopeless, FILINGS / HOPELESS);
    assert!(of("expired") > 0 && of("timedOut") > 0, "both kinds");
    assert!(again > 0, "no kill hit anything");
}
