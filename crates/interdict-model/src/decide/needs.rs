//! Why others must agree to an action, who of them may, and to what.

use aws_lc_rs::digest;
use uuid::Uuid;

use super::Rules;
use crate::ProviderId;
use crate::catalog::{self, Definition};
use crate::execution::{Approval, Need, Work};
use crate::guard;
use crate::request::Request;
use crate::settings::Settings;
use crate::view::Record;

/// How long there is to agree where only the target asks for it, in seconds.
const APPROVAL_TTL: i64 = 86_400;

impl Rules<'_> {
    /// Everybody who asks for what is to be done: whoever did before, and the caller.
    pub(super) fn requesters(&self, before: Option<&Record>) -> Vec<String> {
        let mut requesters = match before.map(|record| (&record.execution, &record.action)) {
            None => Vec::new(),
            Some((Some(execution), _)) => execution.requesters.clone(),
            // Of what was only recorded no more is known than what is shown.
            Some((None, action)) => action.app_id.iter().chain(&action.user).cloned().collect(),
        };
        let user = self.actor.user.as_ref().map(|user| &*user.id);
        let app = self.actor.app.as_ref().map(|app| &*app.0);
        for id in user.into_iter().chain(app) {
            if !requesters.iter().any(|known| known.eq_ignore_ascii_case(id)) {
                requesters.push(id.to_owned());
            }
        }
        requesters
    }

    /// Why others must agree to a work.
    pub(super) fn needs(
        &self,
        settings: &Settings,
        definition: &Definition,
        work: &Work,
        requesters: &[String],
    ) -> Vec<Need> {
        let mut needs = Vec::new();
        if let Some(catalog::Approval { required, ttl, approvers }) = &definition.approval {
            needs.push(Need { rule: None, required: *required, approvers: approvers.clone(), ttl: *ttl });
        }
        for rule in settings.rules.values() {
            if rule.applies(definition, &work.touched, requesters) {
                let approvers = rule.approvers.clone().unwrap_or_default();
                let (required, ttl) = (rule.required, rule.ttl);
                needs.push(Need { rule: Some(rule.id), required, approvers, ttl });
            }
        }
        if let Some(protection) = self.protection(work) {
            needs.extend(protection.entries.into_iter().map(|entry| one_approval(Some(entry))));
        }
        if definition.undo.is_some() && work.touched.iter().any(|it| guard::blast_radius(it).is_some()) {
            needs.push(one_approval(None));
        }
        needs
    }

    /// The approval of a work for which there are needs.
    pub(super) fn to_approve(
        &self,
        needs: Vec<Need>,
        provider: ProviderId,
        work: &Work,
        request: &Request,
    ) -> Option<Approval> {
        let ttl = needs.iter().map(|need| need.ttl).min()?;
        // By whom, what is to be done, to whom, for how long, and why others are asked: a change of any of these is
        // something else to agree to. A secret could be guessed by the hash; the instant stands for it, since each change
        // of it is decided at another one.
        let frozen = if work.has_secrets() {
            let mut shown = work.clone();
            shown.forget();
            serde_json::to_vec(&(provider, shown, request, &needs, self.now)).unwrap_or_default()
        } else {
            serde_json::to_vec(&(provider, work, request, &needs)).unwrap_or_default()
        };
        Some(Approval {
            needs,
            hash: hex::encode(digest::digest(&digest::SHA256, &frozen)),
            expires_at: self.now.plus_seconds(ttl),
            decisions: Vec::new(),
        })
    }
}

/// One person must agree.
pub(super) const fn one_approval(rule: Option<Uuid>) -> Need {
    Need { rule, required: 1, approvers: Vec::new(), ttl: APPROVAL_TTL }
}
