//! What happened in a client, for those who may see it: to itself and its groups, and to its people as far as it was
//! done there (LOG-1).

mod download;
mod words;

use super::activity::Kind;
use super::{paging, rights};
use crate::actor::Member;
use crate::backend::Backend;
use crate::clock::Millis;
use crate::error::Result;
use crate::store::Tx;
use crate::store::tenant_activity::{self, NewEntry, Place, Shown};
use crate::text::Key;
use crate::view::{ActivityFilter, ClientActivity, ClientFilter, Permission};

pub use download::{MOST, csv};

/// Entries on a page.
pub const SHOWN: usize = 25;

/// What happened to a client itself. What happened to people has [`Kind`]s; no code stands in both lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A group was made. Detail: which, and what it permits.
    GroupCreated,
    /// A group was changed. Detail: which, and what became another.
    GroupEdited,
    /// A group was deleted. Detail: which.
    GroupDeleted,
    /// The client has another name. Detail: from and to.
    Renamed,
    /// The client has another colour. Detail: from and to.
    Recoloured,
    /// A second factor is required of everybody from now on.
    FactorRequired,
    /// A second factor is no longer required.
    FactorFreed,
}

impl Event {
    /// The whole closed list.
    pub const ALL: [Self; 7] = [
        Self::GroupCreated,
        Self::GroupEdited,
        Self::GroupDeleted,
        Self::Renamed,
        Self::Recoloured,
        Self::FactorRequired,
        Self::FactorFreed,
    ];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::GroupCreated => "group_created",
            Self::GroupEdited => "group_edited",
            Self::GroupDeleted => "group_deleted",
            Self::Renamed => "client_renamed",
            Self::Recoloured => "client_recoloured",
            Self::FactorRequired => "factor_required",
            Self::FactorFreed => "factor_freed",
        }
    }

    /// Of a stored code, if it is on the list.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.code() == code)
    }

    /// The sentence that says it.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::GroupCreated => Key::PlainClientActivityGroupCreated,
            Self::GroupEdited => Key::PlainClientActivityGroupEdited,
            Self::GroupDeleted => Key::PlainClientActivityGroupDeleted,
            Self::Renamed => Key::PlainClientActivityRenamed,
            Self::Recoloured => Key::PlainClientActivityRecoloured,
            Self::FactorRequired => Key::PlainClientActivityFactorRequired,
            Self::FactorFreed => Key::PlainClientActivityFactorFreed,
        }
    }

    /// Under which part of the activity it is shown.
    #[must_use]
    pub const fn filter(self) -> ClientFilter {
        match self {
            Self::GroupCreated | Self::GroupEdited | Self::GroupDeleted => ClientFilter::Groups,
            Self::Renamed | Self::Recoloured | Self::FactorRequired | Self::FactorFreed => ClientFilter::Client,
        }
    }
}

/// Under which part of a client's activity something that happened to a person is shown.
const fn part_of(kind: Kind) -> ClientFilter {
    match kind.filter() {
        ActivityFilter::Groups => ClientFilter::Groups,
        ActivityFilter::Clients => ClientFilter::Guests,
        _ => ClientFilter::Users,
    }
}

/// Records what the member did to their client; `detail` is small JSON, or nothing, and never a secret.
///
/// # Errors
/// The database's.
pub(super) async fn record(tx: &mut Tx, backend: &Backend, member: &Member, event: Event, detail: &str) -> Result<()> {
    let (now, visitor) = (backend.clock.now(), member.actor().visitor());
    let entry = NewEntry {
        tenant_id: member.tenant_id(),
        id: &backend.rng.id(now),
        kind: event.code(),
        actor_id: member.actor().user_id(),
        address: &visitor.address.to_canonical().to_string(),
        browser: &visitor.browser,
        detail,
    };
    tenant_activity::insert(tx, &entry, now).await
}

/// A page of the client's activity, newest first: all of it or one part, from the newest entry or from before `before`
/// on, as the page before said it.
///
/// # Errors
/// [`crate::Error::NotPermitted`], or the database's.
pub async fn page(
    backend: &Backend,
    member: &Member,
    filter: Option<ClientFilter>,
    before: Option<&str>,
) -> Result<ClientActivity> {
    rights::need(member, Permission::ActivityView)?;
    let before = before.and_then(read_place).unwrap_or_else(after_all);
    let mut rows = rows(backend, member, filter, &before, SHOWN + 1).await?;
    let more = paging::cut(&mut rows, SHOWN);
    let older = rows.last().filter(|_| more).map(|row| write_place(&row.place));
    let reader = member.actor().visitor();
    Ok(ClientActivity { entries: rows.iter().map(|row| words::entry(row, reader)).collect(), older })
}

/// Up to `most` entries before a place, newest first, of both kinds in the order in which they came.
async fn rows(
    backend: &Backend,
    member: &Member,
    filter: Option<ClientFilter>,
    before: &Place,
    most: usize,
) -> Result<Vec<Shown>> {
    let (db, tenant_id) = (&backend.db, member.tenant_id());
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = Vec::new();
    if let Some(kinds) = codes(filter, &Kind::ALL.map(|kind| (kind.code(), part_of(kind)))) {
        rows.extend(tenant_activity::of_people(db, tenant_id, before, &kinds, limit).await?);
    }
    if let Some(events) = codes(filter, &Event::ALL.map(|event| (event.code(), event.filter()))) {
        rows.extend(tenant_activity::of_client(db, tenant_id, before, &events, limit).await?);
    }
    rows.sort_by(|a, b| b.place.cmp(&a.place));
    rows.truncate(most);
    Ok(rows)
}

/// The codes of a part, with a blank around each; nothing for all of them, and `None` where there are none.
fn codes(filter: Option<ClientFilter>, all: &[(&str, ClientFilter)]) -> Option<String> {
    let Some(filter) = filter else { return Some(String::new()) };
    let codes: Vec<_> = all.iter().filter(|(_, part)| *part == filter).map(|(code, _)| *code).collect();
    (!codes.is_empty()).then(|| format!(" {} ", codes.join(" ")))
}

const fn after_all() -> Place {
    Place { at: Millis::MAX, id: String::new(), seq: 0 }
}

fn read_place(text: &str) -> Option<Place> {
    let mut parts = text.splitn(3, '.');
    let (at, seq, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    Some(Place { at, id: id.to_owned(), seq })
}

fn write_place(place: &Place) -> String {
    format!("{}.{}.{}", place.at, place.seq, place.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_stands_in_both_lists_and_each_reads_back() {
        for event in Event::ALL {
            assert_eq!(Event::read(event.code()), Some(event));
            assert_eq!(Kind::read(event.code()), None, "{event:?}");
        }
        assert_eq!(Event::read("group created"), None);
    }

    #[test]
    fn each_part_has_something_to_show() {
        for filter in ClientFilter::ALL {
            let people = Kind::ALL.into_iter().filter(|kind| part_of(*kind) == filter).count();
            let client = Event::ALL.into_iter().filter(|event| event.filter() == filter).count();
            assert!(people + client > 0, "{filter:?}");
        }
        assert_eq!(codes(None, &[]).as_deref(), Some(""));
        let listed = [("a", ClientFilter::Users), ("b", ClientFilter::Client), ("c", ClientFilter::Users)];
        assert_eq!(codes(Some(ClientFilter::Users), &listed).as_deref(), Some(" a c "));
        assert_eq!(codes(Some(ClientFilter::Guests), &listed), None);
    }

    #[test]
    fn places_read_back_and_nothing_else_is_one() {
        let place = Place { at: 17, id: "0197-a.b".to_owned(), seq: 4 };
        assert_eq!(read_place(&write_place(&place)), Some(place));
        for text in ["", ".", "1.2", "x.1.a", "1.x.a", "1,2,a"] {
            assert_eq!(read_place(text), None, "{text}");
        }
    }
}
