//! Actions that nobody will finish: one provider hangs, another never asks for work. None may be unfinished long after its
//! deadline, though the server is killed meanwhile: what it was down for counts as well.

use interdict_testkit::process::Process;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::agent::scene::{Scene, filing};

/// So long after its deadline an action may be unfinished.
const GRACE: SignedDuration = SignedDuration::from_secs(10);
const HANGS: &str = "Hangs";
const SLEEPS: &str = "Sleeps";

/// Registers both providers, and starts the agent of the one that hangs.
pub(super) async fn providers(scene: &Scene) -> Process {
    for provider in [HANGS, SLEEPS] {
        let registration = json!({"vendor": "Microsoft", "provider": provider, "actions": ["RunScan"]});
        scene.done(Method::POST, "/api/v1/providers", registration).await;
    }
    let hang =
        "lease_seconds = 3\nparallel = 32\n[[program]]\naction = 'RunScan'\nadd = ['/bin/sleep', '600']";
    scene.agent(&scene.agent_file_of(HANGS, "hangs", hang))
}

/// The filing of that number, of those that nobody finishes.
pub(super) fn hopeless(number: usize) -> Value {
    let (provider, request) = match number % 4 {
        0 => (SLEEPS, json!({"startBy": "PT2S"})),
        1 => (SLEEPS, json!({"finishBy": in_seconds(6)})),
        2 => (HANGS, json!({"startBy": "PT5S", "runFor": "PT2S"})),
        _ => (HANGS, json!({"startBy": "PT5S", "finishBy": in_seconds(6)})),
    };
    let mut body = filing("RunScan", &[("machineId", &format!("hopeless-{number}"))], request);
    body["vendorInformation"]["provider"] = provider.into();
    body
}

fn in_seconds(seconds: i64) -> String {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).to_string()
}

/// What the journal says about the deadlines of one action.
#[derive(Default)]
pub(super) struct Deadlines {
    /// The one that is next, as the last entry leaves it.
    next: Option<Timestamp>,
    /// How long after one something was entered, at the most.
    pub(super) late: SignedDuration,
}

impl Deadlines {
    /// Takes an entry that says how the action is carried out from then on.
    pub(super) fn take(&mut self, entry: &Value) {
        let execution = &entry["changes"]["execution"];
        let at = instant(&entry["dateTime"]).unwrap();
        if let Some(deadline) = self.next {
            let late = at.duration_since(deadline);
            assert!(late <= GRACE, "unfinished {late:#} after its deadline: {entry}");
            self.late = self.late.max(late);
        }
        let of = |name: &str| instant(&execution["deadlines"][name]);
        let begun = !execution["begun"].is_null();
        let all = if begun { [of("runUntil"), of("finishBy")] } else { [of("startBy"), of("finishBy")] };
        let phase = execution["phase"].as_str().unwrap();
        let is_final = ["succeeded", "failed", "expired", "timedOut", "unknown"].contains(&phase);
        // An undo is tried until it is done.
        let has = !is_final && execution["undoOf"].is_null();
        self.next = all.into_iter().flatten().min().filter(|_| has);
    }
}

fn instant(value: &Value) -> Option<Timestamp> {
    Some(value.as_str()?.parse().unwrap())
}
