//! What happened to somebody's account. The entries of each user are a chain: each one's hash holds the one before
//! it, with a key from outside the database, so that an entry that somebody changed there is found (LOG-1).

use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::Result;
use crate::secrets::Keys;
use crate::store::Tx;
use crate::store::activity::{self, Chain, Entry};

/// So many rows are read at a time.
const PAGE: i64 = 500;

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name was changed.
    NameChanged,
    /// A profile picture was set.
    PictureSet,
    /// The profile picture was removed.
    PictureRemoved,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NameChanged => "name_changed",
            Self::PictureSet => "picture_set",
            Self::PictureRemoved => "picture_removed",
        }
    }
}

/// Records what somebody did to their own account. It is the last step of its transaction: whoever holds the end of
/// a chain waits for nothing else.
///
/// # Errors
/// The database's.
pub async fn record(tx: &mut Tx, backend: &Backend, actor: &Actor, kind: Kind) -> Result<()> {
    let (seq, former) = activity::hold(tx, actor.user_id()).await?;
    let visitor = actor.visitor();
    let mut entry = Entry {
        seq,
        at: backend.clock.now(),
        kind: kind.code().to_owned(),
        actor_id: None,
        tenant_id: None,
        address: visitor.address.to_canonical().to_string(),
        browser: visitor.browser.clone(),
        detail: String::new(),
        hash: Vec::new(),
    };
    entry.hash = hash(&backend.keys, actor.user_id(), &former.unwrap_or_default(), &entry);
    activity::append(tx, actor.user_id(), &entry).await
}

fn hash(keys: &Keys, user_id: &str, former: &[u8], entry: &Entry) -> Vec<u8> {
    let Entry { seq, at, kind, actor_id, tenant_id, address, browser, detail, hash: _ } = entry;
    let (actor, tenant) = (named(actor_id.as_deref()), named(tenant_id.as_deref()));
    keys.activity_mac(&[
        former,
        user_id.as_bytes(),
        &seq.to_be_bytes(),
        &at.to_be_bytes(),
        kind.as_bytes(),
        actor[0],
        actor[1],
        tenant[0],
        tenant[1],
        address.as_bytes(),
        browser.as_bytes(),
        detail.as_bytes(),
    ])
}

/// Tells nobody apart from somebody whose id is empty.
fn named(id: Option<&str>) -> [&[u8]; 2] {
    id.map_or([b"", b""], |id| [b"+", id.as_bytes()])
}

/// What became of looking through all entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many entries there are.
    pub entries: i64,
    /// The ids of those whose chain does not hold.
    pub broken: Vec<String>,
}

/// Looks through the entries of all users: changed, lost and foreign ones are found. What is not found is a chain
/// that was put back to what it once was, in both tables.
///
/// # Errors
/// The database's.
pub async fn verify(backend: &Backend) -> Result<Looked> {
    let mut looked = Looked::default();
    let mut after = String::new();
    loop {
        let chains = activity::chains(&backend.db, &after, PAGE).await?;
        let Some(last) = chains.last() else { return Ok(looked) };
        after.clone_from(&last.user_id);
        for chain in chains {
            looked.entries += chain.length;
            if !holds(backend, &chain).await? {
                looked.broken.push(chain.user_id);
            }
        }
    }
}

async fn holds(backend: &Backend, chain: &Chain) -> Result<bool> {
    let (mut seq, mut former, mut ends_right) = (0, Vec::new(), false);
    loop {
        let entries = activity::after(&backend.db, &chain.user_id, seq, PAGE).await?;
        if entries.is_empty() {
            return Ok(ends_right);
        }
        for entry in entries {
            seq += 1;
            if entry.seq != seq || entry.hash != hash(&backend.keys, &chain.user_id, &former, &entry) {
                return Ok(false);
            }
            // Entries that were appended meanwhile come after the end that the chain had.
            ends_right |= seq == chain.length && chain.head.as_ref() == Some(&entry.hash);
            former = entry.hash;
        }
    }
}
