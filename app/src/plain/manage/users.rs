//! `/c/{slug}/manage/users`: everybody who belongs to a client. What is searched for stands in the URL.

use domain::Key;
use domain::view::{
    Frame, ListedUser, ManagePage, Permission, SEARCH_MAX, UserFilter, UserPage, UserQuery, UserSort, UserState,
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{Managing, link, locked, pages, path};
use crate::parts::{Avatar, Badge, BadgeKind, Button, When, loaded};
use crate::place;
use crate::plain::{own_data, part};
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the page shows, and whether its reader may make users.
async fn state(slug: String, query: UserQuery) -> Answer<(Frame, bool, UserPage)> {
    let member = place::member(&slug).await?;
    let page = domain::flows::user_list::page(&place::backend()?, &member, &query).await?;
    Ok((member.frame(), member.may(Permission::UsersEdit), page))
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (slug, query) = (part("slug"), UserQuery::read(&use_location().search.get_untracked()));
    let data = own_data(slug.clone(), move |slug| state(slug, query.clone()));
    loaded(data, move |(frame, may_edit, page): (Frame, bool, UserPage)| {
        let lead = fill(Key::PlainUsersLead, &[("client", &frame.client.name)]);
        let create = if may_edit { create(&frame) } else { locked(Permission::UsersEdit) };
        let (search, sorts, content) = (search(&slug, &page.query), sorts(&slug, &page.query), content(&frame, page));
        view! {
            <Managing frame=frame tab=ManagePage::Users>
                <div class="split">
                    <p>{lead}</p>
                    {create}
                </div>
                <div class="card">
                    {search}
                    {sorts}
                    {content}
                </div>
            </Managing>
        }
        .into_any()
    })
}

/// Names and colours the client: a user in the wrong one is the mistake to prevent.
fn create(frame: &Frame) -> AnyView {
    let new = path(&frame.client.slug, ManagePage::Users, "/new");
    let name = fill(Key::PlainUsersCreate, &[("client", &frame.client.name)]);
    let colour = frame.client.colour.clone();
    view! {
        <a class="button" data-colour=colour href=new>
            {name}
        </a>
    }
    .into_any()
}

/// The path of the list as it is asked for.
fn asked_for(slug: &str, query: &UserQuery) -> String {
    let query = query.write();
    path(slug, ManagePage::Users, &if query.is_empty() { query } else { format!("?{query}") })
}

/// Search and filter. How the list is sorted stays.
fn search(slug: &str, query: &UserQuery) -> AnyView {
    let kept = |name: &'static str, value: &'static str| view! { <input type="hidden" name=name value=value /> };
    let sort = (query.sort != UserSort::default()).then(|| kept("sort", query.sort.code()));
    let order = query.descending.then(|| kept("order", "desc"));
    let filters = [None].into_iter().chain(UserFilter::ALL.map(Some)).map(|filter| {
        let (code, name) =
            filter.map_or(("", Key::PlainUsersEverybody), |filter: UserFilter| (filter.code(), filter.key()));
        let is_chosen = filter == query.filter;
        view! {
            <option value=code selected=is_chosen>
                {t(name)}
            </option>
        }
    });
    let (here, typed) = (path(slug, ManagePage::Users, ""), query.search.clone());
    view! {
        <form class="search" method="get" action=here role="search">
            {sort}
            {order}
            <div class="field">
                <label for="search">{t(Key::PlainUsersSearch)}</label>
                <input
                    type="search"
                    id="search"
                    name="search"
                    value=typed
                    maxlength=SEARCH_MAX.to_string()
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                />
            </div>
            <div class="field">
                <label for="filter">{t(Key::PlainUsersShow)}</label>
                <select id="filter" name="filter">
                    {filters.collect::<Vec<_>>()}
                </select>
            </div>
            <Button label=Key::PlainUsersButton />
        </form>
    }
    .into_any()
}

/// What the list is sorted by, each as a link; the one it is sorted by turns it round.
fn sorts(slug: &str, query: &UserQuery) -> AnyView {
    let (arrow, order) =
        if query.descending { ("↓", Key::PlainUsersDescending) } else { ("↑", Key::PlainUsersAscending) };
    let links = UserSort::ALL.map(|sort| {
        let order = (sort == query.sort).then(|| {
            view! {
                " "
                <span aria-hidden="true">{arrow}</span>
                <span class="visually-hidden">{t(order)}</span>
            }
        });
        let current = order.is_some().then_some("true");
        view! {
            <li>
                <a href=asked_for(slug, &query.sorted_by(sort)) aria-current=current>
                    {t(sort.key())}
                    {order}
                </a>
            </li>
        }
    });
    view! {
        <nav class="filters" aria-labelledby="sorted-by">
            <p id="sorted-by">{t(Key::PlainUsersSort)}</p>
            <ul role="list">{links}</ul>
        </nav>
    }
    .into_any()
}

fn content(frame: &Frame, page: UserPage) -> AnyView {
    let (slug, UserPage { users, query, next }) = (frame.client.slug.as_str(), page);
    let first = UserQuery { after: None, ..query.clone() };
    let first = query.after.is_some().then(|| link(asked_for(slug, &first), Key::PlainUsersFirst));
    let next = next.map(|next| link(asked_for(slug, &next), Key::PlainUsersNext));
    let pages = pages(first, next);
    let list = if users.is_empty() {
        nobody(frame, &query)
    } else {
        let rows = users.into_iter().map(|user| row(slug, user)).collect::<Vec<_>>();
        view! {
            <ul class="list people" role="list">
                {rows}
            </ul>
        }
        .into_any()
    };
    view! {
        {list}
        {pages}
    }
    .into_any()
}

/// Nobody matches, or the page is one behind the last.
fn nobody(frame: &Frame, query: &UserQuery) -> AnyView {
    let (title, text) = if query.after.is_some() || !query.is_narrow() {
        (Key::PlainUsersEndTitle, t(Key::PlainUsersEndText).to_owned())
    } else {
        (Key::PlainUsersNoMatchTitle, fill(Key::PlainUsersNoMatch, &[("client", &frame.client.name)]))
    };
    let everybody = path(&frame.client.slug, ManagePage::Users, "");
    let everybody = query.is_narrow().then(|| link(everybody, Key::PlainUsersShowAll));
    view! {
        <div class="empty">
            <h2>{t(title)}</h2>
            <p>{text}</p>
            {everybody}
        </div>
    }
    .into_any()
}

fn row(slug: &str, user: ListedUser) -> AnyView {
    let here = path(slug, ManagePage::Users, &format!("/{}", user.id));
    let (name, email) = (user.person.name.clone(), user.person.email.clone());
    let (badges, facts) = (badges(&user), facts(&user));
    view! {
        <li>
            <Avatar person=user.person />
            <div class="list-text">
                <h2>
                    <a href=here>{name}</a>
                    " "
                    {badges}
                </h2>
                <p>{email}</p>
            </div>
            <dl>{facts}</dl>
        </li>
    }
    .into_any()
}

/// How it stands with a user, as far as that is not as usual.
#[must_use]
pub fn badges(user: &ListedUser) -> AnyView {
    let kind = match user.state {
        UserState::Active => None,
        UserState::NotActivated => Some(BadgeKind::Warning),
        UserState::Disabled => Some(BadgeKind::Error),
        UserState::Guest => Some(BadgeKind::Accent),
    };
    let state = kind.map(|kind| view! { <Badge text=t(user.state.key()) kind=kind /> });
    let api = user.api_access.then(|| view! { <Badge text=t(Key::PlainUserApi) /> });
    let provider = user.provider.clone().map(|provider| view! { <Badge text=provider /> });
    view! {
        {state}
        " "
        {api}
        " "
        {provider}
    }
    .into_any()
}

/// What there is to know of a user in the list and on their page: groups, home, how and when they sign in.
#[must_use]
pub fn facts(user: &ListedUser) -> Vec<AnyView> {
    let is_guest = user.state == UserState::Guest;
    let groups = if user.groups.is_empty() { t(Key::GroupsEmptyTitle).to_owned() } else { user.groups.join(", ") };
    let home = user.home.clone().filter(|_| is_guest);
    let last = match user.last_sign_in.clone() {
        Some(at) => Some(view! { <When at=at /> }.into_any()),
        None => (!is_guest).then(|| t(Key::AccountsNever).into_any()),
    };
    [
        Some(fact(Key::GroupsTitle, groups.into_any())),
        home.map(|home| fact(Key::AccountsKindHome, home.name.into_any())),
        user.method.map(|method| fact(Key::PlainUsersMethod, t(method.key()).into_any())),
        last.map(|last| fact(Key::UsersSortLastSignIn, last)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One fact of a list of them.
#[must_use]
pub fn fact(name: Key, what: AnyView) -> AnyView {
    view! {
        <div>
            <dt>{t(name)}</dt>
            <dd>{what}</dd>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_a_path_for_whatever_is_asked_for() {
        let everybody = UserQuery::default();
        assert_eq!(asked_for("acme", &everybody), "/c/acme/manage/users");
        let turned = everybody.sorted_by(UserSort::Name);
        assert_eq!(asked_for("acme", &turned), "/c/acme/manage/users?order=desc");
        let query = UserQuery { search: "a b&c".to_owned(), ..turned };
        assert_eq!(asked_for("acme", &query), "/c/acme/manage/users?search=a+b%26c&order=desc");
    }
}
