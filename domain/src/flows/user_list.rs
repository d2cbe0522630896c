//! The page Users: everybody who belongs to a client, found among very many.

use std::time::Duration;

use tokio::sync::SemaphorePermit;
use tokio::time::timeout;

use super::{paging, rights};
use crate::actor::{Member, person};
use crate::backend::{Backend, Settings};
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::secrets::token;
use crate::store::tenants::Kind;
use crate::store::user_list::{self, Listed, Place, SortKey};
use crate::store::user_pages::{self, Asked};
use crate::text::Language;
use crate::view::{
    BuiltinGroup, Client, ListedUser, Moment, Permission, SecondFactor, SignedInBy, UserPage, UserQuery, UserSort,
    UserState,
};
use crate::visitor::Visitor;
use crate::words;

/// Users on a page.
pub const SHOWN: usize = 50;
/// Where no more than so many have a word, they are looked at one by one; else the list is walked along until the page
/// is full. So the most that a page looks at grows with the root of how many users there are.
const FEW: i64 = 2_000;
/// Searches at a time for which a list may be walked along from its beginning to its end: those for words that very
/// many have, and nobody together.
pub const WALKS: usize = 2;
/// So long a search waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// A page of the users of the member's client.
///
/// # Errors
/// [`Error::NotPermitted`]; [`Error::Busy`] while others search among words that very many have; or the database's.
pub async fn page(backend: &Backend, member: &Member, query: &UserQuery) -> Result<UserPage> {
    rights::need(member, Permission::UsersView)?;
    let words = words::asked(&query.search);
    if words.is_empty() && !query.search.trim().is_empty() {
        return Ok(UserPage { users: Vec::new(), query: query.clone(), next: None });
    }
    let (terms, few) = terms(backend, member, query, words).await?;
    let after = query.after.as_deref().and_then(|after| read_place(after, query.sort));
    let after = after.unwrap_or_else(|| Place::start(query.sort, query.descending));
    let (sort, descending, most) = (query.sort, query.descending, paging::most(SHOWN));
    let asked = Asked { sort, descending, after: &after, terms: &terms, few, most };
    let _walk = if few || terms.is_empty() { None } else { Some(walk(backend).await?) };
    let mut rows = user_pages::page(&backend.db, member.tenant_id(), &asked).await?;
    let more = paging::cut(&mut rows, SHOWN);
    let next = rows.last().filter(|_| more).map(|row| query.after(&write_place(&row.place(query.sort))));
    let reader = member.actor().visitor();
    let users = rows.iter().map(|row| listed(row, reader, &backend.settings)).collect();
    Ok(UserPage { users, query: query.clone(), next })
}

/// The turn of a search that may look at the whole client: everybody else is served meanwhile.
async fn walk(backend: &Backend) -> Result<SemaphorePermit<'_>> {
    match timeout(PATIENCE, backend.walks.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(_)) | Err(_) => Err(Error::Busy),
    }
}

/// What everybody on the page has, the rarest first, and whether few have that.
async fn terms(
    backend: &Backend,
    member: &Member,
    query: &UserQuery,
    words: Vec<String>,
) -> Result<(Vec<String>, bool)> {
    let mark = query.filter.map(|filter| user_list::mark(filter).to_owned());
    let terms: Vec<String> = words.into_iter().chain(mark).collect();
    if terms.is_empty() {
        return Ok((terms, false));
    }
    let sizes = user_list::sizes(&backend.db, member.tenant_id(), &terms, FEW + 1).await?;
    let mut sized: Vec<(i64, String)> = sizes.into_iter().zip(terms).collect();
    sized.sort_by_key(|(size, _)| *size);
    let few = sized.first().is_some_and(|(size, _)| *size <= FEW);
    Ok((sized.into_iter().map(|(_, term)| term).collect(), few))
}

/// A place as it stands in a URL.
fn write_place(place: &Place) -> String {
    let key = match &place.key {
        SortKey::Text(key) => token::encode(key),
        SortKey::Moment(at) => at.to_string(),
    };
    format!("{key}.{}", place.user_id)
}

/// A place of a URL; what is none is no reason to refuse the page.
fn read_place(typed: &str, sort: UserSort) -> Option<Place> {
    let (key, user_id) = typed.rsplit_once('.')?;
    let key = match sort {
        UserSort::Name | UserSort::Email => SortKey::Text(token::decode(key)?),
        UserSort::LastSignIn | UserSort::Created => SortKey::Moment(key.parse().ok()?),
    };
    let fits =
        (1..=64).contains(&user_id.len()) && user_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then(|| Place { key, user_id: user_id.to_owned() })
}

/// A user as the list shows them. Of guests nothing is told that is their home's.
pub(super) fn listed(row: &Listed, reader: &Visitor, settings: &Settings) -> ListedUser {
    let guest = row.kind() == Kind::Guest;
    let state = match (guest, row.disabled, row.activated) {
        (true, ..) => UserState::Guest,
        (false, true, _) => UserState::Disabled,
        (false, false, true) => UserState::Active,
        (false, false, false) => UserState::NotActivated,
    };
    let home = Client { slug: row.home_slug.clone(), name: row.home_name.clone(), colour: row.home_colour.clone() };
    let (signs_in, provider) = (!guest && row.activated, row.provider.as_deref().filter(|_| !guest));
    ListedUser {
        id: row.id.clone(),
        person: person(&row.id, &row.first_name, &row.last_name, &row.email, row.picture.as_deref()),
        state,
        home: (!row.home_is_personal).then_some(home),
        groups: groups(row, reader.language),
        method: signs_in.then(|| if provider.is_some() { SignedInBy::Provider } else { method(row.factor()) }),
        factor: (!guest && provider.is_none()).then(|| row.factor()),
        provider: provider.map(|id| settings.provider_name(id)),
        api_access: !guest && row.api_access,
        last_sign_in: moment(reader, row.last_sign_in_at),
        created: reader.moment(row.joined_at),
    }
}

fn moment(reader: &Visitor, at: Millis) -> Option<Moment> {
    (at > 0).then(|| reader.moment(at))
}

/// How somebody signs in who has a password and this factor.
const fn method(factor: SecondFactor) -> SignedInBy {
    match factor {
        SecondFactor::Off => SignedInBy::Password,
        SecondFactor::Email => SignedInBy::Email,
        SecondFactor::App => SignedInBy::App,
    }
}

fn groups(row: &Listed, language: Language) -> Vec<String> {
    let name = |stored: &str| match stored.strip_prefix('=') {
        Some(own) => own.to_owned(),
        None => BuiltinGroup::name_of(BuiltinGroup::from_code(stored), stored, language),
    };
    let mut names: Vec<_> = row.groups().map(name).collect();
    names.sort_by_cached_key(|name| words::fold(name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written_and_nothing_else_is_one() {
        let text = Place { key: SortKey::Text(vec![0, 0xC3, 0xBC, 46]), user_id: "0193-a".into() };
        assert_eq!(read_place(&write_place(&text), UserSort::Email), Some(text.clone()));
        let moment = Place { key: SortKey::Moment(-5), user_id: "0193-a".into() };
        assert_eq!(read_place(&write_place(&moment), UserSort::Created), Some(moment.clone()));
        assert_eq!(read_place(&write_place(&text), UserSort::Created), None);
        for odd in ["", ".", "a", "!.x", "YQ.a'b", "YQ.a\u{e4}", &format!("YQ.{}", "a".repeat(65))] {
            assert_eq!(read_place(odd, UserSort::Name), None, "{odd}");
        }
        assert_eq!(read_place("99999999999999999999.a", UserSort::LastSignIn), None);
    }
}
