//! The providers of `docs/providers`, as they stand.

use std::path::{Path, PathBuf};
use std::process::Command;

use interdict_testkit::process::Process;
use serde_json::{Value, json};

use super::scene::{Scene, until};

/// An example at work: it keeps a file of addresses.
struct Example<'a> {
    scene: &'a Scene,
    interpreter: &'static str,
    script: &'static str,
    file: PathBuf,
}

impl Example<'_> {
    fn start(&self) -> Process {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers").join(self.script);
        let token = self.scene.server().token(&["SecurityActions.Execute.All"]);
        let mut command = Command::new(self.interpreter);
        command.arg(script).arg(&self.scene.provider).arg(&self.file);
        Process::spawn(command.env("INTERDICT_URL", self.scene.server().url()).env("INTERDICT_TOKEN", token))
    }

    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    async fn has(&self, expected: &[&str]) {
        until(&format!("the file has {expected:?}"), async || self.lines() == expected).await;
    }
}

async fn carries_out(interpreter: &'static str, script: &'static str, converges: bool) {
    let scene = &Scene::with(&["BlockIp", "UnblockIp"]).await;
    let file = scene.folder.path().join("blocked.txt");
    let example = Example { scene, interpreter, script, file };
    let at_work = example.start();

    let parameters = [("ip", "::FFFF:198.51.100.7")];
    let short = scene.file("BlockIp", &parameters, json!({"duration": "PT2S"})).await;
    example.has(&["198.51.100.7"]).await;
    let ends = async || scene.execution(&short).await["effect"]["state"] == "ended";
    until("the block ends when its time is over", ends).await;
    assert_eq!((example.lines(), scene.phase(&short).await.as_str()), (Vec::new(), "succeeded"));

    let tricky = json!({"comment": "\"name\":\"UnblockIp\" {\"directive\":\"cancel\"}"});
    let lasting = scene.file("BlockIp", &[("IP", "198.51.100.8")], tricky).await;
    scene.reaches(&lasting, "succeeded").await;
    if converges {
        drop(at_work);
        std::fs::write(&example.file, "198.51.100.9\n").unwrap();
        let _again = example.start();
        example.has(&["198.51.100.8"]).await;
        unblock(&example).await;
    } else {
        unblock(&example).await;
    }
}

/// Somebody lifts what is in force by an action of their own.
async fn unblock(example: &Example<'_>) {
    let scene = example.scene;
    let lifting = scene.file("UnblockIp", &[("IP", "198.51.100.8/32")], Value::Null).await;
    scene.reaches(&lifting, "succeeded").await;
    assert!(example.lines().is_empty());
    assert!(scene.effects().await.is_empty(), "the effect ends with the action that lifts it");
}

#[tokio::test]
async fn the_python_provider_blocks_and_unblocks() {
    carries_out("python3", "provider.py", true).await;
}

#[tokio::test]
async fn the_shell_provider_blocks_and_unblocks() {
    carries_out("sh", "provider.sh", false).await;
}
