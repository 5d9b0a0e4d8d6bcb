//! What providers, operators and time do to actions.

use interdict_model::action::KeyValuePair;
use interdict_model::body::{ActionBody, Field, VendorBody};
use interdict_model::command::{Due, Operation};
use interdict_model::provider::{Delivery, Provider, Scope};
use interdict_model::settings::Setting;
use interdict_model::{ActionId, Actor, AppId, Command, ProviderId, RequestId};
use uuid::Uuid;

use super::{TENANT, World, actor, text};

/// Rounds of doing what is due after which something is due for ever.
const ROUNDS: usize = 12;
/// Holders of one effect that one command is about, as [`World::fire`] names them.
const HOLDERS: usize = 100;

/// A provider `Acme/{name}`.
pub(crate) fn provider(id: u128, name: &str, app: Option<&str>, actions: &[&str], most: u32) -> Provider {
    Provider {
        id: ProviderId(Uuid::from_u128(id)),
        vendor: "Acme".to_owned(),
        provider: name.to_owned(),
        sub_provider: None,
        delivery: Delivery::Pull,
        actions: actions.iter().map(|&it| it.to_owned()).collect(),
        scope: Scope::Any,
        max_concurrent: most,
        lease_seconds: 60,
        enabled: true,
        paused: false,
        app_id: app.map(|app| AppId(app.into())),
    }
}

/// A filing for the provider of that name.
pub(crate) fn filing(provider: &str, name: &str, parameters: &[(&str, &str)]) -> ActionBody {
    let pair = |(name, value): &(&str, &str)| KeyValuePair {
        name: Some((*name).to_owned()),
        value: Some((*value).to_owned()),
    };
    ActionBody {
        name: text(name),
        parameters: Field::Value(parameters.iter().map(pair).collect()),
        vendor_information: Field::Value(VendorBody {
            provider: text(provider),
            vendor: text("Acme"),
            ..VendorBody::default()
        }),
        ..ActionBody::default()
    }
}

/// Somebody with that app id.
pub(crate) fn app(id: &str) -> Actor {
    Actor { app: Some(AppId(id.into())), ..actor(&[]) }
}

impl World {
    pub(crate) fn set(&mut self, setting: Setting) {
        let operation = Operation::PutSetting { setting: Box::new(setting), exists: None };
        self.commit(&[command(&app("admin"), operation)]).remove(0).unwrap();
    }

    /// What is due, as the service finds it and asks for it.
    pub(crate) fn due(&mut self) -> Vec<Due> {
        let now = self.clock;
        let mut actions: Vec<_> = self
            .timers
            .iter()
            .filter(|(_, timer)| timer.is_some_and(|it| it <= now))
            .map(|(id, _)| *id)
            .collect();
        actions.sort_unstable();
        let effects = self.view.effects.values().filter(|it| it.timer().is_some_and(|it| it <= now));
        let mut effects: Vec<_> = effects.cloned().collect();
        effects.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        let actions = actions.into_iter().map(|id| (Some(id), None));
        let effects = effects.into_iter().map(|effect| (None, Some(effect)));
        let mut due = Vec::new();
        for (action, effect) in actions.chain(effects) {
            let fresh = self.fresh();
            due.extend(action.map(|id| Due::Action { id, fresh }));
            due.extend(effect.map(|effect| Due::Effect {
                holders: effect.due(now, HOLDERS),
                key: effect.key,
                fresh,
            }));
        }
        due
    }

    /// Does what is due, until nothing is.
    pub(crate) fn fire(&mut self) {
        for _ in 0..ROUNDS {
            let due = self.due();
            if due.is_empty() {
                return;
            }
            self.commit(&[command(&Actor { app: None, ..actor(&[]) }, Operation::Fire(due))])
                .remove(0)
                .unwrap();
        }
        panic!("something is due for ever: {:?} at {}", self.due(), self.clock);
    }

    /// Whether the action is there.
    pub(crate) fn has(&self, id: ActionId) -> bool {
        self.view.action(TENANT, id).is_some()
    }
}

pub(crate) fn command(actor: &Actor, operation: Operation) -> Command {
    Command { actor: actor.clone(), request: RequestId(Uuid::from_u128(9)), operation }
}
