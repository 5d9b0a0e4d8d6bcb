//! What went wrong is counted, once each.

use serde_json::{Value, json};

use super::provider::{Scene, filing};

impl Scene {
    /// What is counted under a name by now.
    fn counted(&self, name: &str) -> u64 {
        let text = self.server.state.metrics.text((0, 0));
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    fn phases(&self, phase: &str) -> u64 {
        self.counted(&format!("interdict_action_phases_total{{phase=\"{phase}\"}}"))
    }
}

#[tokio::test]
async fn what_ended_badly_is_counted_once() {
    let scene = Scene::with(&["BlockIp", "UnblockIp", "RunScan"]).await;
    assert_eq!((scene.phases("unknown"), scene.counted("interdict_dead_letters_total")), (0, 0));
    let scan = filing("RunScan", &[("machineId", "pc-1")], &Value::Null);
    scene.file(&scan).await;
    let lease = scene.lease_one().await;
    assert_eq!(scene.report(&lease, "renew", Value::Null).await.status, 200);
    scene.pass(61).await;
    scene.pass(61).await;
    assert_eq!((scene.phases("queued"), scene.phases("executing"), scene.phases("unknown")), (1, 1, 1));
    assert_eq!(scene.report(&lease, "complete", Value::Null).await.status, 200);
    assert_eq!((scene.phases("unknown"), scene.phases("succeeded")), (1, 1), "the truth came late");

    scene.block("192.0.2.1", json!({ "startBy": "PT1M" })).await;
    scene.pass(61).await;
    assert_eq!(scene.phases("expired"), 1);

    scene.block("192.0.2.2", Value::Null).await;
    for _ in 0..5 {
        let lease = scene.lease_one().await;
        assert_eq!(scene.report(&lease, "renew", Value::Null).await.status, 200);
        assert_eq!(scene.report(&lease, "fail", json!({ "retryable": true })).await.status, 200);
        scene.pass(100).await;
    }
    assert_eq!((scene.phases("failed"), scene.counted("interdict_dead_letters_total")), (1, 1));
    assert_eq!(scene.counted("interdict_undo_failures_total"), 0);

    let id = scene.block("192.0.2.3", Value::Null).await;
    scene.carry_out().await;
    scene.done("POST", &format!("/api/v1/actions/{id}/undo"), &Value::Null).await;
    for _ in 0..5 {
        let lease = scene.lease_one().await;
        assert_eq!(scene.report(&lease, "renew", Value::Null).await.status, 200);
        assert_eq!(scene.report(&lease, "fail", json!({ "retryable": true })).await.status, 200);
        scene.pass(100).await;
    }
    assert_eq!(scene.counted("interdict_undo_failures_total"), 1, "it is tried on, and told once");
    assert_eq!(scene.counted("interdict_dead_letters_total"), 1);
}
