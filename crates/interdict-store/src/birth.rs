//! Facts about the store itself, in its table `meta`: what it was born with, and which programs may use it.

use crate::StoreError;
use crate::engine::Session;
use crate::options::Birth;

/// The store's own facts.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) epoch: u32,
    pub(crate) skip_token_key: [u8; 32],
    /// The epoch that it got when it was restored, where it ever was.
    pub(crate) restored: Option<u32>,
}

const GET: &str = "SELECT value FROM meta WHERE key = $1";
/// The epoch of the store whose journals are being imported, as long as that is not finished.
pub(crate) const IMPORT: &str = "import";

/// The epoch that the store got when it was restored.
const RESTORED: &str = "restored";

const KEEP: &str = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
pub(crate) const DROP: &str = "DELETE FROM meta WHERE key = $1";
pub(crate) const PUT: &str = "INSERT INTO meta (key, value) VALUES ($1, $2) \
     ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// Writes the facts of a new store; an older one, or another node's, keeps its own.
pub(crate) async fn bear(session: &mut Session<'_>, birth: Birth) -> Result<(), StoreError> {
    session.begin_founding().await?;
    let outcome = async {
        session.execute(KEEP, &["epoch".into(), birth.epoch.to_be_bytes().as_slice().into()]).await?;
        session.execute(KEEP, &["skip_token_key".into(), birth.skip_token_key.as_slice().into()]).await
    }
    .await;
    session.end(outcome).await.map(drop)
}

/// Gives the store another epoch, and notes that it was restored.
pub(crate) async fn renew(session: &mut Session<'_>, epoch: u32) -> Result<(), StoreError> {
    // A mark too many is confirmed in vain; one too few would have what nobody knows of taken out of force.
    for key in [RESTORED, "epoch"] {
        session.execute(PUT, &[key.into(), epoch.to_be_bytes().as_slice().into()]).await?;
    }
    Ok(())
}

/// Reads the facts.
pub(crate) async fn facts(session: &mut Session<'_>) -> Result<Facts, StoreError> {
    let lost = |what: &str| StoreError::Corrupt(format!("the store lost its `{what}`"));
    let epoch = session.first(GET, &["epoch".into()], |row| row.array(0)).await?;
    let key = session.first(GET, &["skip_token_key".into()], |row| row.array(0)).await?;
    let restored = session.first(GET, &[RESTORED.into()], |row| row.array(0)).await?;
    Ok(Facts {
        restored: restored.map(u32::from_be_bytes),
        epoch: u32::from_be_bytes(epoch.ok_or_else(|| lost("epoch"))?),
        skip_token_key: key.ok_or_else(|| lost("skip_token_key"))?,
    })
}

/// Which programs may use the store with a schema: the oldest schema number that they may have been made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compatible {
    /// The schema of which this is said.
    pub(crate) schema: i64,
    pub(crate) oldest: i64,
}

/// Which programs may use the store, where that was ever said.
pub(crate) async fn compatible(session: &mut Session<'_>) -> Result<Option<Compatible>, StoreError> {
    let found = session.first(GET, &["compatible".into()], |row| row.array::<16>(0)).await?;
    Ok(found.and_then(|both| {
        let (schema, oldest) = both.split_first_chunk::<8>()?;
        let oldest = oldest.first_chunk::<8>()?;
        Some(Compatible { schema: i64::from_be_bytes(*schema), oldest: i64::from_be_bytes(*oldest) })
    }))
}

/// Says which programs may use the store from here on.
pub(crate) async fn set_compatible(session: &mut Session<'_>, said: Compatible) -> Result<(), StoreError> {
    let value = [said.schema.to_be_bytes(), said.oldest.to_be_bytes()].concat();
    session.execute(PUT, &["compatible".into(), value.as_slice().into()]).await.map(drop)
}

/// Registers a fact where there is none yet, and tells what is registered.
pub(crate) async fn register(
    session: &mut Session<'_>,
    key: &str,
    value: &[u8],
) -> Result<Vec<u8>, StoreError> {
    session.execute(KEEP, &[key.into(), value.into()]).await?;
    let found = registered(session, key).await?;
    found.ok_or_else(|| StoreError::Corrupt(format!("the store lost its `{key}`")))
}

/// A fact that was registered.
pub(crate) async fn registered(session: &mut Session<'_>, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    session.first(GET, &[key.into()], |row| row.bytes(0).map(<[u8]>::to_vec)).await
}
