//! The audit holds journals against their seals, and against what was noted elsewhere.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use interdict_model::command::Operation;
use interdict_model::key::{KeyKind, SharedKey};
use interdict_model::line::SealingKey;
use interdict_model::seal::{Seal, Signer};
use interdict_model::{TenantId, Timestamp};
use interdict_store::{Anchor, Audit, Report, Store, Writer};
use uuid::Uuid;

use crate::support::{Home, batch, command, create, scope};

#[derive(Debug)]
struct Key(Ed25519KeyPair, &'static str);

impl Key {
    fn new(name: &'static str, seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(), name)
    }

    fn public(&self) -> [u8; 32] {
        self.0.public_key().as_ref().try_into().unwrap()
    }

    fn line(&self) -> SealingKey {
        SealingKey { id: self.1.to_owned(), public_key: self.public(), revoked: None }
    }

    fn shared(&self, revoked: Option<Timestamp>) -> SharedKey {
        SharedKey {
            kind: KeyKind::Seal,
            id: self.1.to_owned(),
            created: Timestamp::from_ticks(0),
            public: self.public().to_vec(),
            secret: Vec::new(),
            wrapped_by: None,
            revoked,
        }
    }
}

impl Signer for Key {
    fn key_id(&self) -> &str {
        self.1
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().unwrap()
    }
}

fn holds(key: &SealingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ED25519, &key.public_key).verify(message, signature).is_ok()
}

fn audit(keys: Vec<SealingKey>, anchors: Vec<Anchor>) -> Audit {
    Audit { signatures: Some(holds), keys, trusted: Vec::new(), anchors }
}

/// Seals the journal as it is, at the instant 100.
async fn seal(store: &Store, writer: &mut Writer, key: &Key) {
    let journal = store.journal(scope(1), 0, 100).await.unwrap();
    let seal = Seal::sign(tenant(), &journal.last().unwrap().head(), Timestamp::from_ticks(100), key);
    batch(writer, &[command(1, Operation::Seal(Box::new(seal)))]).await.remove(0).unwrap();
}

fn tenant() -> TenantId {
    TenantId(Uuid::from_u128(1))
}

/// A store whose journal has three entries, sealed after the first and the second.
async fn sealed(key: &Key) -> (Home, Store, Writer) {
    let home = Home::new();
    let (store, mut writer) = home.open().await;
    batch(&mut writer, &[create(1, 1, None)]).await;
    seal(&store, &mut writer, key).await;
    batch(&mut writer, &[create(1, 2, None)]).await;
    seal(&store, &mut writer, key).await;
    batch(&mut writer, &[create(1, 3, None)]).await;
    (home, store, writer)
}

fn fault(report: Report, what: &str) -> (i64, String) {
    let fault = report.fault.unwrap_or_else(|| panic!("{what}: the audit found nothing"));
    assert_eq!(fault.tenant, Some(tenant()), "{what}");
    (fault.sequence, fault.reason)
}

const CUT: &str = "DELETE FROM journal WHERE sequence = 3; \
     DELETE FROM parameter WHERE action IN (SELECT id FROM action WHERE sequence = 3); \
     DELETE FROM action WHERE sequence = 3; \
     UPDATE head SET sequence = 2, hash = (SELECT hash FROM journal WHERE sequence = 2), \
     at = (SELECT at FROM journal WHERE sequence = 2)";

#[tokio::test]
async fn a_seal_that_does_not_hold_is_found() {
    let key = Key::new("known", 7);
    let cut_to_one = CUT.replace('2', "1").replace("= 3", "> 1");
    for (sql, sequence, reason) in [
        ("UPDATE seal SET at = at + 1 WHERE sequence = 2", 2, "signature is not"),
        (
            "UPDATE seal SET hash = (SELECT hash FROM journal WHERE sequence = 1) WHERE sequence = 2",
            2,
            "of another entry",
        ),
        ("UPDATE seal SET sequence = 3 WHERE sequence = 2", 3, "of another entry"),
        ("UPDATE seal SET key = 'other' WHERE sequence = 1", 1, "unknown key `other`"),
        ("DELETE FROM seal WHERE sequence = 2", 2, "a seal was removed"),
        ("UPDATE head SET sealed = 3", 3, "a seal was removed or added"),
        (&cut_to_one, 2, "it is sealed but not there"),
    ] {
        let (home, store, _writer) = sealed(&key).await;
        let audit = audit(vec![key.line()], Vec::new());
        let before = store.audit(&audit).await.unwrap();
        assert_eq!((before.fault, before.seals), (None, 2));
        home.tamper(sql);
        let (at, why) = fault(store.audit(&audit).await.unwrap(), sql);
        assert_eq!(at, sequence, "{sql}: {why}");
        assert!(why.contains(reason), "{sql}: {why}");
    }
}

#[tokio::test]
async fn a_key_must_be_known_be_the_one_that_signed_and_not_be_revoked_before() {
    let key = Key::new("known", 7);
    let (_home, store, mut writer) = sealed(&key).await;
    let nothing = audit(Vec::new(), Vec::new());
    let (sequence, reason) = fault(store.audit(&nothing).await.unwrap(), "an unknown key");
    assert_eq!(sequence, 1);
    assert!(reason.contains("unknown key `known`"), "{reason}");
    let of_the_same_name = audit(vec![Key::new("known", 8).line()], Vec::new());
    let (_, reason) = fault(store.audit(&of_the_same_name).await.unwrap(), "another key");
    assert!(reason.contains("signature is not"), "{reason}");
    for (revoked, is_fault) in [(None, false), (Some(101), false), (Some(100), true), (Some(50), true)] {
        let keys = vec![key.shared(revoked.map(Timestamp::from_ticks))];
        batch(&mut writer, &[command(1, Operation::Keys(keys))]).await.remove(0).unwrap();
        for audit in [&nothing, &audit(vec![key.line()], Vec::new())] {
            let fault = store.audit(audit).await.unwrap().fault;
            assert_eq!(fault.is_some(), is_fault, "{revoked:?}: {fault:?}");
            assert!(fault.is_none_or(|fault| fault.reason.contains("was revoked at")));
        }
    }
}

#[tokio::test]
async fn a_cut_or_another_history_is_found_by_what_was_noted_elsewhere() {
    let key = Key::new("known", 7);
    let (home, store, _writer) = sealed(&key).await;
    let journal = store.journal(scope(1), 0, 100).await.unwrap();
    let anchors: Vec<_> = journal
        .iter()
        .map(|entry| Anchor { tenant: tenant(), sequence: entry.sequence, hash: entry.hash })
        .collect();
    let with = |anchors: &[Anchor]| audit(vec![key.line()], anchors.to_vec());
    let report = store.audit(&with(&anchors)).await.unwrap();
    assert_eq!((report.fault, report.anchors), (None, 3));

    let other = Anchor { hash: [1; 32], ..anchors[1] };
    let (sequence, reason) = fault(store.audit(&with(&[anchors[1], other])).await.unwrap(), "another hash");
    assert!(sequence == 2 && reason.contains("cut or rewritten before"), "{sequence}: {reason}");
    let stranger = Anchor { tenant: TenantId(Uuid::from_u128(9)), ..anchors[0] };
    let report = store.audit(&with(&[stranger])).await.unwrap();
    assert_eq!(report.fault.unwrap().tenant, Some(stranger.tenant));

    home.tamper(CUT);
    // The head was changed with it, and nothing was sealed there.
    assert_eq!(store.audit(&with(&anchors[..2])).await.unwrap().fault, None);
    let (sequence, reason) = fault(store.audit(&with(&anchors)).await.unwrap(), "cut");
    assert!(sequence == 3 && reason.contains("cut or rewritten before"), "{sequence}: {reason}");
}
