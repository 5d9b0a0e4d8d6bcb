//! The seals of one journal, each against its entry and its key.

use std::collections::{HashMap, VecDeque};

use interdict_model::journal::Entry;
use interdict_model::key::KeyKind;
use interdict_model::line::SealingKey;
use interdict_model::pruning::Pruning;
use interdict_model::seal::Seal;

use super::{Audit, Fault, SignatureCheck, Tenant};
use crate::engine::Session;
use crate::{StoreError, rows};

/// The keys that may have signed, by name.
pub(crate) struct KnownKeys {
    keys: HashMap<String, SealingKey>,
    check: Option<SignatureCheck>,
}

impl KnownKeys {
    pub(crate) async fn load(session: &mut Session<'_>, audit: &Audit) -> Result<Self, StoreError> {
        let mut keys: HashMap<_, _> = audit.keys.iter().map(|key| (key.id.clone(), key.clone())).collect();
        let stored = session.all(rows::SHARED_KEYS, &[], rows::shared_key).await?;
        for key in stored.into_iter().flatten().filter(|key| key.kind == KeyKind::Seal) {
            let damaged = |_| StoreError::Corrupt(format!("the public half of key `{}` is none", key.id));
            let public_key = key.public.try_into().map_err(damaged)?;
            let known = SealingKey { id: key.id.clone(), public_key, revoked: None };
            // What a file says of a key goes before what the store says; a file does not say that it was revoked.
            keys.entry(key.id).or_insert(known).revoked = key.revoked;
        }
        keys.retain(|id, _| audit.trusted.is_empty() || audit.trusted.contains(id));
        Ok(Self { keys, check: audit.signatures })
    }

    /// Why the seal's signature proves nothing.
    pub(crate) fn fault(&self, seal: &Seal) -> Option<String> {
        let check = self.check?;
        let key = &seal.key;
        match self.keys.get(key) {
            None => Some(format!("its seal is of the unknown key `{key}`")),
            Some(SealingKey { revoked: Some(revoked), .. }) if *revoked <= seal.at => Some(format!(
                "its seal was made at {} with the key `{key}`, which was revoked at {revoked}",
                seal.at
            )),
            Some(known) if !check(known, &seal.message(), &seal.signature) => {
                Some(format!("its seal's signature is not of the key `{key}`: the seal was altered"))
            }
            Some(_) => None,
        }
    }
}

/// The seals of one journal that are still to come.
pub(super) struct Seals<'a> {
    seals: VecDeque<Seal>,
    keys: &'a KnownKeys,
    /// The entry of the last seal that held.
    last: i64,
}

impl<'a> Seals<'a> {
    pub(super) async fn load(
        session: &mut Session<'_>,
        tenant: &Tenant,
        keys: &'a KnownKeys,
    ) -> Result<Self, StoreError> {
        // Those of before a pruning are being removed.
        let from = tenant.pruned.map_or(i64::MIN, |pruning| pruning.sequence - 1);
        let values = [tenant.key.into(), from.into(), i64::MAX.into()];
        let seals = session.all(rows::SEALS, &values, |row| rows::seal(row, tenant.id)).await?;
        Ok(Self { seals: seals.into(), keys, last: 0 })
    }

    /// Takes the seal of the entry up to which the journal was pruned.
    pub(super) fn pass_pruned(&mut self, pruning: &Pruning) -> Result<(), Fault> {
        let seal = self.seals.pop_front_if(|seal| seal.sequence == pruning.sequence);
        let Some(seal) = seal.filter(|seal| seal.hash == pruning.hash) else {
            let reason = "the journal was pruned up to it, but it is not sealed: row or seal were altered";
            return Err((pruning.sequence, reason.to_owned()));
        };
        if let Some(reason) = self.keys.fault(&seal) {
            return Err((seal.sequence, reason));
        }
        self.last = seal.sequence;
        Ok(())
    }

    /// Takes the seal of an entry. Whether there was one, or why it does not hold.
    pub(super) fn pass(&mut self, entry: &Entry) -> Result<bool, Fault> {
        let Some(seal) = self.seals.pop_front_if(|seal| seal.sequence <= entry.sequence) else {
            return Ok(false);
        };
        if (seal.sequence, seal.hash) != (entry.sequence, entry.hash) {
            return Err((
                seal.sequence,
                "its seal is of another entry: seal or journal were altered".to_owned(),
            ));
        }
        match self.keys.fault(&seal) {
            Some(reason) => Err((seal.sequence, reason)),
            None => {
                self.last = seal.sequence;
                Ok(true)
            }
        }
    }

    /// What does not hold where the journal ends.
    pub(super) fn end(&self, tenant: &Tenant) -> Option<Fault> {
        if let Some(seal) = self.seals.front() {
            let reason = "it is sealed but not there: the journal was cut".to_owned();
            return Some((seal.sequence, reason));
        }
        (self.last != tenant.sealed).then(|| {
            let (last, sealed) = (self.last, tenant.sealed);
            let reason = format!(
                "the last seal is of entry {last}, but the head names {sealed}: a seal was removed or added"
            );
            (last.max(sealed), reason)
        })
    }
}
