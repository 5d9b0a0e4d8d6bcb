//! Migrations: numbered texts, twins for the two engines, each applied once, in one transaction, its SHA-256 recorded.

use aws_lc_rs::digest::{SHA256, digest};

use crate::StoreError;
use crate::birth::{self, Compatible};
use crate::engine::Session;

/// A change of the schema.
struct Migration {
    sqlite: &'static str,
    postgres: &'static str,
    /// The oldest schema number whose programs may go on with the store after this change: nodes are replaced one
    /// after the other, and the older ones still serve.
    compatible: i64,
}

/// Every migration in order; the position, from 1, is the schema number. Texts are never changed, only added.
const MIGRATIONS: [Migration; 8] = [
    Migration {
        sqlite: include_str!("../migrations/sqlite/0001_actions.sql"),
        postgres: include_str!("../migrations/postgres/0001_actions.sql"),
        compatible: 1,
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0002_seals.sql"),
        postgres: include_str!("../migrations/postgres/0002_seals.sql"),
        // Who does not know of duties notes none; they are made up for at the next start of a program that does.
        compatible: 1,
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0003_shared_keys.sql"),
        postgres: include_str!("../migrations/postgres/0003_shared_keys.sql"),
        // Older programs remove apps without a word here, and go on signing with the first key.
        compatible: 1,
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0004_pruning.sql"),
        postgres: include_str!("../migrations/postgres/0004_pruning.sql"),
        // Older programs append to a pruned journal as to any; they cannot verify it.
        compatible: 1,
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0005_queries.sql"),
        postgres: include_str!("../migrations/postgres/0005_queries.sql"),
        // Older programs file actions without what their parameters are looked up by.
        compatible: 5,
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0006_execution.sql"),
        postgres: include_str!("../migrations/postgres/0006_execution.sql"),
        // Older programs would take a routed action's status from anybody, and cancel what a provider is at.
        compatible: 6,
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0007_hand_out.sql"),
        postgres: include_str!("../migrations/postgres/0007_hand_out.sql"),
        // Older programs do not say who waits for what.
        compatible: 7,
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0008_change_periods.sql"),
        postgres: include_str!("../migrations/postgres/0008_change_periods.sql"),
        // On SQLite, older programs file actions into the period 0, and leave those that they change where they are.
        compatible: 8,
    },
];

/// The schema number that this program knows.
const NEWEST: i64 = MIGRATIONS.len() as i64;

impl Migration {
    fn text(&self, session: &Session<'_>) -> &'static str {
        match session {
            Session::Sqlite(_) => self.sqlite,
            Session::Postgres(_) => self.postgres,
        }
    }
}

/// Brings the schema to the newest number.
///
/// # Errors
/// [`StoreError::Unfit`] where the schema is newer than this program can use, or a migration that was applied is
/// not the one that this program knows.
pub(crate) async fn migrate(session: &mut Session<'_>) -> Result<(), StoreError> {
    // A look without the lock: most starts find the newest schema.
    if checked(session).await? >= NEWEST {
        return Ok(());
    }
    session.begin_founding().await?;
    let outcome = apply_all(session).await;
    session.end(outcome).await
}

/// Looks at the schema as it is, and at what was applied.
///
/// # Errors
/// As [`migrate`].
pub(crate) async fn checked(session: &mut Session<'_>) -> Result<i64, StoreError> {
    let applied = session.schema().await?;
    if applied == 0 {
        return Ok(0);
    }
    let recorded = session
        .all("SELECT number, sha256 FROM migration ORDER BY number", &[], |row| {
            Ok((row.integer(0)?, row.bytes(1)?.to_vec()))
        })
        .await?;
    let known = (1_i64..).zip(&MIGRATIONS).take_while(|(number, _)| *number <= applied);
    let known: Vec<_> = known.map(|(number, migration)| (number, hash(migration.text(session)))).collect();
    if !recorded.starts_with(&known) {
        return Err(StoreError::Unfit(
            "the database was migrated by another build of this program; use the version that wrote it"
                .to_owned(),
        ));
    }
    refuse_newer(applied, birth::compatible(session).await?)?;
    Ok(applied)
}

/// Refuses a schema that this program cannot use, by what was said of that schema.
pub(crate) fn refuse_newer(applied: i64, compatible: Option<Compatible>) -> Result<(), StoreError> {
    let is_admitted = |said: Compatible| said.schema == applied && said.oldest <= NEWEST;
    if applied <= NEWEST || compatible.is_some_and(is_admitted) {
        return Ok(());
    }
    Err(StoreError::Unfit(format!(
        "the database has schema {applied}, this program knows up to {NEWEST}; use the version that wrote it, or a newer one"
    )))
}

async fn apply_all(session: &mut Session<'_>) -> Result<(), StoreError> {
    // Another node may have migrated since the look.
    let applied = checked(session).await?;
    for (number, migration) in (1_i64..).zip(&MIGRATIONS).filter(|(number, _)| *number > applied) {
        let text = migration.text(session);
        session.prepare_migrations().await?;
        session.script(text).await?;
        let recorded = "INSERT INTO migration (number, sha256) VALUES ($1, $2)";
        session.execute(recorded, &[number.into(), hash(text).as_slice().into()]).await?;
        birth::set_compatible(session, Compatible { schema: number, oldest: migration.compatible }).await?;
        session.mark_schema(number).await?;
        tracing::info!(schema = number, "the store's schema was migrated");
    }
    Ok(())
}

fn hash(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}
