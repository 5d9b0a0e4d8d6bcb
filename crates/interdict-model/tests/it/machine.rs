//! The whole state machine: several providers, honest about what they do but silent, slow, repeating and late at will, and
//! people who file, cancel, undo and change their minds, in any order and at any time. What must hold after every step is
//! in [`checks`]; in the end a well-behaved provider carries out all that is left.

mod checks;
mod providers;
mod steps;

use interdict_model::effect::EffectState;
use interdict_model::provider::{Provider, Scope};
use interdict_model::settings::Setting;
use interdict_model::view::Answer;
use interdict_model::{ActionId, Command, Refusal};
use proptest::prelude::*;

use crate::world::World;
use crate::world::carried::{app, command, provider};
use providers::Outside;
use steps::{Step, Story, any_story};

/// What runs in one test: the tenant, and the world outside.
struct Machine {
    world: World,
    outside: Outside,
    /// Whether what is due is done after each step; else it is late.
    sweeping: bool,
    /// Whether several commands are decided together: what they meet is not what was there before.
    batched: bool,
    /// Every action there ever was, in the order of filing.
    ids: Vec<ActionId>,
    /// What is filed, and by which provider alone it is carried out.
    about: Vec<usize>,
    only: Option<usize>,
}

const ACTIONS: &[&str] = &[
    "BlockIp",
    "UnblockIp",
    "IsolateHost",
    "ReleaseHost",
    "RunScan",
    "QuarantineFile",
    "StopAndQuarantineFile",
    "RestoreFile",
    "LimitIp",
    "UnlimitIp",
];

/// What may be filed again while it is in force, and is done again then.
const DEFINITIONS: &[&str] = &[
    r#"{"name":"UnlimitIp","parameters":[{"name":"IP","type":"ipAddress","required":true}],"target":"IP","repeatSafe":true}"#,
    r#"{"name":"LimitIp","parameters":[{"name":"IP","type":"ipAddress","required":true}],"target":"IP","repeatSafe":true,
        "undo":{"action":"UnlimitIp","parameters":{"IP":"IP"}}}"#,
];

impl Machine {
    fn new(story: &Story) -> Self {
        let mut world = World::new();
        for definition in DEFINITIONS {
            world.set(Setting::Definition(serde_json::from_str(definition).unwrap()));
        }
        world.set(Setting::ApprovalRule(
            serde_json::from_value(serde_json::json!({
                "id": uuid::Uuid::from_u128(0xa9), "actions": ["IsolateHost"], "required": 1, "ttl": "PT10M",
            }))
            .unwrap(),
        ));
        for (at, (name, bound, most)) in providers::PROVIDERS.iter().enumerate() {
            let id = u128::try_from(at).unwrap() + 0xb0;
            let scope = if at == providers::FLEET { Scope::All } else { Scope::Any };
            world.set(Setting::Provider(Provider { scope, ..provider(id, name, *bound, ACTIONS, *most) }));
        }
        Self {
            world,
            outside: Outside::default(),
            sweeping: true,
            batched: false,
            ids: Vec::new(),
            about: story.about.clone(),
            only: story.only,
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Pass(seconds) => self.world.clock = self.world.clock.plus_seconds(*seconds),
            Step::Sweeping(sweeping) => self.sweeping = *sweeping,
            Step::Restored => self.world.view.epoch += 1,
            Step::Act(at) => self.act(*at),
            Step::Doubt { claim, retryable, cancelled } => self.doubt(*claim, *retryable, *cancelled),
            Step::Batch(steps) => {
                self.outside.spoken.clear();
                let commands: Vec<_> = steps.iter().filter_map(|step| self.command_in_batch(step)).collect();
                self.commit(&commands);
            }
            step => {
                let command = self.command(step);
                self.commit(command.as_slice());
            }
        }
        // Every step takes a little time.
        self.world.clock = self.world.clock.plus_seconds(1);
        self.converge();
        self.check();
        if self.sweeping {
            self.sweep();
        }
    }

    fn sweep(&mut self) {
        let before = self.world.view.clone();
        self.world.fire();
        self.note_new();
        self.check_step(&before);
        self.converge();
        self.check();
        self.check_settled();
    }

    fn commit(&mut self, commands: &[Command]) {
        let before = self.world.view.clone();
        self.batched = commands.len() > 1;
        let outcomes = self.world.commit(commands);
        for (command, outcome) in commands.iter().zip(&outcomes) {
            self.learn(command, outcome);
        }
        if outcomes.iter().all(|outcome| matches!(outcome, Err(_) | Ok(Answer::Refused(_)))) {
            assert_eq!(before.actions, self.world.view.actions, "what is refused changes nothing");
            assert_eq!(before.effects, self.world.view.effects);
        }
        self.note_new();
        self.check_step(&before);
    }

    /// Has a well-behaved provider carry out what is left, for as long as anything is to happen.
    fn finish(&mut self) {
        self.sweeping = true;
        self.open_everything();
        for _ in 0..1_000 {
            self.sweep();
            let worked = self.carry_out();
            if worked || self.undo_what_was_given_up() {
                continue;
            }
            let effects = self.world.view.effects.values().filter_map(interdict_model::effect::Effect::timer);
            let next = self.world.timers.values().flatten().copied().chain(effects).min();
            match next {
                Some(next) => self.world.clock = self.world.clock.max(next),
                None => return,
            }
        }
        panic!("there is no end of it");
    }

    /// An undo that a person gave up is asked for again.
    fn undo_what_was_given_up(&mut self) -> bool {
        let given_up = |state| state == EffectState::UndoFailed;
        let effects = self.world.view.effects.values();
        let Some(effect) = effects.into_iter().find(|it| given_up(it.state) && it.undone_by.is_none()) else {
            return false;
        };
        let id = *effect.untold.first().expect("somebody let go of it");
        let fresh = self.world.fresh();
        let operation = interdict_model::command::Operation::Undo { id, comment: None, fresh };
        self.commit(&[command(&app("app-1"), operation)]);
        true
    }
}

fn refused(outcome: &Result<Answer, Refusal>) -> bool {
    matches!(outcome, Err(_) | Ok(Answer::Refused(_)))
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(150)
    ) })]
    #[test]
    fn every_action_ends_and_every_effect_with_its_last_holder(story in any_story()) {
        let mut machine = Machine::new(&story);
        for step in &story.steps {
            machine.take(step);
        }
        machine.finish();
        machine.check_end();
        machine.world.assert_replay_gives_the_rows();
    }
}
