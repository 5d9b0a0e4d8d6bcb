//! The world outside: what providers were given, what they did, and what is really in force. They never say what is not
//! so, but may say nothing, too late, twice, or with another's fence.

use std::collections::HashSet;

use interdict_model::action::{ResultInfo, Status};
use interdict_model::command::{Operation, Report, ReportKind};
use interdict_model::effect::EffectState;
use interdict_model::execution::{Lease, LeaseId, Member, MemberState, Work};
use interdict_model::provider::Provider;
use interdict_model::raw_json::RawJson;
use interdict_model::settings::{Setting, SettingKey};
use interdict_model::view::Answer;
use interdict_model::{ActionId, Actor, Command, Execution, ProviderId, Refusal, Timestamp};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::steps::is_patch;
use super::{Machine, refused};
use crate::world::carried::{app, command};
use crate::world::{TENANT, writer};

/// Name, the app that it is bound to, how many actions it may have at once. Of the last one every member acts.
pub(super) const PROVIDERS: &[(&str, Option<&str>, u32)] =
    &[("One", None, 2), ("Two", Some("two"), 3), ("Each", None, 2)];
/// The one that is a fleet, and its members.
pub(super) const FLEET: usize = 2;
pub(super) const MEMBERS: &[&str] = &["m1", "m2"];

/// What is in force or not: a provider, what lifts it there, and at which of its members.
pub(super) type Thing = (ProviderId, String, Option<String>);

#[derive(Debug, Default)]
pub(super) struct Outside {
    pub(super) claims: Vec<Claim>,
    /// What is really in force.
    pub(super) truth: HashSet<Thing>,
    /// Actions of which a provider said that they are done.
    pub(super) completed: HashSet<ActionId>,
    /// Fences of claims that were spoken of in this batch.
    pub(super) spoken: HashSet<i64>,
}

/// A lease as its holder knows it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) lease: LeaseId,
    app: Actor,
    thing: Thing,
    lifts: bool,
    /// Whether a renewal was granted, so that it may act.
    started: bool,
    /// What was in force before it acted.
    acted: Option<bool>,
    /// Whether it has said how it ended.
    ended: bool,
    /// Whether that was believed.
    believed: bool,
}

impl Claim {
    /// The part of the action that it is about, where each member has one.
    fn part_in<'a>(&self, execution: &'a Execution) -> Option<&'a Member> {
        execution.fleet.as_ref()?.members.get(self.thing.2.as_ref()?)
    }

    /// The newest lease of what it is about.
    fn lease_in<'a>(&self, execution: &'a Execution) -> Option<&'a Lease> {
        match (&self.thing.2, self.part_in(execution)) {
            (Some(_), part) => {
                part?.lease.as_ref().filter(|_| part.is_some_and(|it| it.state.is_in_flight()))
            }
            (None, _) => execution.lease.as_ref(),
        }
    }
}

/// What a provider may say of a claim.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word {
    Renew { seconds: Option<i64>, progress: Option<u8> },
    Complete(bool),
    Fail { retryable: bool, after: Option<i64>, cancelled: bool, uncertain: bool },
    Release(Option<i64>),
}

pub(super) fn thing(provider: ProviderId, work: &Work, member: Option<&str>) -> Thing {
    let (name, parameters) = match &work.undo {
        Some(undo) => (&undo.name, &undo.parameters),
        None => (&work.name, &work.parameters),
    };
    let mut parameters: Vec<_> =
        parameters.iter().map(|pair| format!("{:?}", (&pair.name, &pair.value))).collect();
    parameters.sort_unstable();
    (provider, format!("{name} {parameters:?}"), member.map(str::to_owned))
}

impl Machine {
    pub(super) fn app_of(provider: usize) -> Actor {
        app(PROVIDERS[provider].1.unwrap_or("app-1"))
    }

    /// Who asks for work of a provider.
    pub(super) fn members(provider: usize) -> Vec<Option<&'static str>> {
        if provider == FLEET { MEMBERS.iter().copied().map(Some).collect() } else { vec![None] }
    }

    /// Members that had no part in an undo, or fell silent at it, learn from the ledger what is not wanted any more.
    pub(super) fn converge(&mut self) {
        let over = |it: &Thing| {
            let effect = self.ledger(it).next().filter(|effect| effect.state == EffectState::Ended)?;
            let undo = self.execution(effect.undone_by?)?;
            let part = undo.fleet.as_ref()?.members.get(it.2.as_ref()?);
            Some(undo.cancel.is_some() || part.is_none_or(|part| part.state == MemberState::Silent))
        };
        let learnt: Vec<_> = self.outside.truth.iter().filter(|it| over(it) == Some(true)).cloned().collect();
        self.outside.truth.retain(|it| !learnt.contains(it));
    }

    pub(super) fn provider(&self, at: usize) -> &Provider {
        let id = ProviderId(Uuid::from_u128(0xb0 + u128::try_from(at).unwrap()));
        &self.world.view.settings(TENANT).providers[&id]
    }

    pub(super) fn provider_of(&self, id: ActionId) -> Option<usize> {
        let provider = self.execution(id)?.provider;
        (0..PROVIDERS.len()).find(|at| self.provider(*at).id == provider)
    }

    pub(super) fn execution(&self, id: ActionId) -> Option<&Execution> {
        self.world.view.action(TENANT, id)?.execution.as_deref()
    }

    fn now(&self) -> Timestamp {
        self.world.view.next_instant(TENANT, self.world.clock)
    }

    /// Whether the claim is the newest of its action.
    fn is_newest(&self, claim: &Claim) -> bool {
        let lease = self.execution(claim.lease.action).and_then(|execution| claim.lease_in(execution));
        claim.lease.epoch == self.world.view.epoch
            && lease.is_some_and(|lease| lease.fence == claim.lease.fence && lease.app == claim.app.app)
    }

    /// Whether its holder may do what it is about.
    fn may_act(&self, claim: &Claim) -> bool {
        let execution = self.execution(claim.lease.action);
        let live = execution.filter(|it| it.is_in_flight()).and_then(|it| claim.lease_in(it));
        let now = self.now();
        !claim.ended && claim.started && self.is_newest(claim) && live.is_some_and(|it| it.expires > now)
    }

    fn claim(&self, back: usize) -> Option<usize> {
        self.outside.claims.len().checked_sub(back + 1)
    }

    /// Whether it may act, or has already, and has not spoken in this batch.
    pub(super) fn is_in_order(&mut self, back: usize) -> bool {
        let Some(claim) = self.claim(back).map(|at| &self.outside.claims[at]) else { return false };
        let (may, lease) = (claim.ended || self.may_act(claim), claim.lease.fence);
        may && self.outside.spoken.insert(lease)
    }

    pub(super) fn act(&mut self, back: usize) {
        if let Some(at) = self.claim(back)
            && self.may_act(&self.outside.claims[at])
        {
            self.do_it(at);
        }
    }

    /// It begins, does it, and then cannot say what it did.
    pub(super) fn doubt(&mut self, back: usize, retryable: bool, cancelled: bool) {
        let begun = Word::Renew { seconds: None, progress: None };
        let told = Word::Fail { retryable, after: None, cancelled, uncertain: true };
        for word in [begun, told] {
            let report = self.report(back, word, 0, false);
            self.commit(report.as_slice());
            if matches!(word, Word::Renew { .. }) {
                self.act(back);
            }
        }
    }

    fn do_it(&mut self, at: usize) {
        let claim = &mut self.outside.claims[at];
        if claim.acted.is_none() {
            claim.acted = Some(self.outside.truth.contains(&claim.thing));
            toggle(&mut self.outside.truth, &claim.thing, !claim.lifts);
        }
    }

    /// A report on a claim, where an honest provider could make it.
    pub(super) fn report(&mut self, back: usize, word: Word, lie: i64, stranger: bool) -> Option<Command> {
        let at = self.claim(back)?;
        let claim = self.outside.claims[at].clone();
        let actor = if stranger { app("stranger") } else { claim.app.clone() };
        let (own, may_act) = (actor.app == claim.app.app && lie == 0, self.may_act(&claim));
        let open = |execution: &Execution| match claim.part_in(execution) {
            Some(part) => !execution.phase.is_final() && !part.state.is_final(),
            None => !execution.phase.is_final() || execution.phase.is_open_to_truth(),
        };
        let heard = self.is_newest(&claim) && self.execution(claim.lease.action).is_some_and(open);
        let kind = match word {
            Word::Renew { seconds, progress } => {
                let progress = progress.map(|it| json(&format!("{it}")));
                ReportKind::Renew { seconds, progress }
            }
            Word::Complete(handle) => {
                if own && !claim.ended {
                    if claim.acted.is_none() && !heard {
                        return None;
                    }
                    self.do_it(at);
                    self.outside.claims[at].ended = true;
                }
                ReportKind::Complete { result: None, undo: handle.then(|| json("{}")) }
            }
            Word::Fail { .. } | Word::Release(_) => {
                if own && !claim.ended {
                    match claim.acted {
                        // What it did stays done.
                        _ if matches!(word, Word::Fail { uncertain: true, .. }) => {}
                        Some(before) if may_act => toggle(&mut self.outside.truth, &claim.thing, before),
                        // It did it, and cannot take it back any more: it is silent.
                        Some(_) => return None,
                        None => {}
                    }
                    self.outside.claims[at].ended = true;
                }
                match word {
                    Word::Fail { retryable, after, cancelled, uncertain } => ReportKind::Fail {
                        error_info: ResultInfo { code: 7, message: None, subcode: 0 },
                        result: None,
                        retryable,
                        retry_after: after,
                        cancelled,
                        uncertain,
                    },
                    Word::Release(delay) => ReportKind::Release { delay },
                    Word::Renew { .. } | Word::Complete(_) => unreachable!(),
                }
            }
        };
        let report = Box::new(Report { fence: claim.lease.fence + lie, kind });
        Some(command(&actor, Operation::Report { lease: claim.lease, report }))
    }

    /// Whether an honest provider could say so by PATCH.
    pub(super) fn may_say(&self, id: ActionId, becomes: Status) -> bool {
        let Some(execution) = self.execution(id) else { return false };
        let did = |claim: &Claim| claim.lease.action == id && claim.acted.is_some() && self.is_newest(claim);
        let took_back = becomes == Status::Failed && self.outside.claims.iter().any(did);
        !execution.phase.is_final() && !took_back
    }

    /// What everybody outside learns of an answer.
    pub(super) fn learn(&mut self, command: &Command, outcome: &Result<Answer, Refusal>) {
        match (&command.operation, outcome) {
            (Operation::Lease { provider, instance: member, .. }, Ok(Answer::Leases(leases))) => {
                for handed in leases {
                    let execution = handed.record.execution.as_deref().unwrap();
                    self.check_handed(*provider, &command.actor, handed);
                    self.outside.claims.push(Claim {
                        lease: handed.lease,
                        app: command.actor.clone(),
                        thing: thing(*provider, &execution.work, member.as_deref()),
                        lifts: execution.work.undo.is_none(),
                        started: false,
                        acted: None,
                        ended: false,
                        believed: false,
                    });
                }
            }
            (Operation::Report { lease, report }, Ok(_)) if !refused(outcome) => {
                let claim = self.outside.claims.iter_mut().find(|claim| claim.lease == *lease).unwrap();
                assert_eq!(report.fence, lease.fence, "a lie was believed");
                assert_eq!(command.actor.app, claim.app.app, "a stranger was believed");
                claim.started |= matches!(report.kind, ReportKind::Renew { .. });
                claim.believed |= !matches!(report.kind, ReportKind::Renew { .. });
                if matches!(report.kind, ReportKind::Complete { .. }) {
                    self.outside.completed.insert(lease.action);
                }
            }
            // It still has it, or had lost it before: it has not given it back.
            (Operation::Report { lease, report }, Err(_))
                if matches!(report.kind, ReportKind::Release { .. }) =>
            {
                let own = |claim: &&mut Claim| claim.lease == *lease && claim.app.app == command.actor.app;
                if let Some(claim) =
                    self.outside.claims.iter_mut().find(own).filter(|_| report.fence == lease.fence)
                {
                    claim.ended = claim.believed || claim.acted.is_some();
                }
            }
            (Operation::Update { .. }, Ok(_)) => {
                let Some((id, Status::Completed)) = is_patch(&command.operation) else { return };
                let bound = self.provider_of(id).and_then(|of| PROVIDERS[of].1);
                // From anybody else it is an echo of what is so already.
                if bound.is_some_and(|bound| command.actor.app == app(bound).app)
                    && self.outside.completed.insert(id)
                    && let Some(execution) = self.execution(id)
                {
                    let thing = thing(execution.provider, &execution.work, None);
                    let has = execution.work.undo.is_some();
                    toggle(&mut self.outside.truth, &thing, has);
                }
            }
            _ => {}
        }
    }

    /// Everything that may be handed out is.
    pub(super) fn open_everything(&mut self) {
        let mut commands = vec![command(&writer(), Operation::PauseTenant(false))];
        commands.push(command(
            &writer(),
            Operation::RemoveSetting(SettingKey::ProtectedTarget(Uuid::from_u128(0xdead))),
        ));
        for at in 0..PROVIDERS.len() {
            let provider = Provider { enabled: true, ..self.provider(at).clone() };
            commands.push(command(&writer(), Operation::PauseProvider(provider.id, false)));
            let setting = Box::new(Setting::Provider(provider));
            commands.push(command(&writer(), Operation::PutSetting { setting, exists: None }));
        }
        self.commit(&commands);
    }

    /// Every provider does what it is given; whether any was given something.
    pub(super) fn carry_out(&mut self) -> bool {
        let known = self.outside.claims.len();
        for at in 0..PROVIDERS.len() {
            for member in Self::members(at) {
                let (provider, instance) = (self.provider(at).id, member.map(str::to_owned));
                let operation = Operation::Lease {
                    provider,
                    max: 10,
                    seconds: None,
                    noted: instance.is_some(),
                    instance,
                };
                self.commit(&[command(&Self::app_of(at), operation)]);
            }
        }
        let given = self.outside.claims.len() - known;
        for back in (0..given).rev() {
            for word in [Word::Renew { seconds: None, progress: None }, Word::Complete(true)] {
                let report = self.report(back, word, 0, false).expect("it can be said");
                self.commit(&[report]);
            }
        }
        given > 0
    }
}

fn toggle(truth: &mut HashSet<Thing>, thing: &Thing, on: bool) {
    if on {
        truth.insert(thing.clone());
    } else {
        truth.remove(thing);
    }
}

fn json(text: &str) -> RawJson {
    RawJson(RawValue::from_string(text.to_owned()).unwrap())
}
