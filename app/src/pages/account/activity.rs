//! `/c/{slug}/account/security/activity`: what happened to one's account.

use domain::Key;
use domain::view::{ActivityEntry, ActivityFilter, ActivityPage};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::security;
use crate::data::page_data;
use crate::pages::signed_in::slug;
use crate::parts::{AccountPage, When, loaded};
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the page shows: all of the activity or one part of it, from the newest entry on or from before another. What
/// cannot be read in a URL is as if it were not there.
#[server(prefix = "/do", endpoint = "load_activity")]
pub async fn load_activity(
    slug: String,
    #[server(default)] kind: String,
    #[server(default)] before: String,
) -> Answer<ActivityPage> {
    let (member, backend) = (crate::place::member(&slug).await?, crate::place::backend()?);
    let (filter, before) = (ActivityFilter::read(&kind), before.parse().ok());
    Ok(domain::flows::activity::page(&backend, member.actor(), filter, before).await?)
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (slug, query) = (slug(), use_query_map());
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let field = |name| query.get_str(name).unwrap_or_default();
            format!("{}&{}&{}", slug.get(), field("kind"), field("before"))
        })
    });
    let page = page_data("/do/load_activity", ("slug&kind&before", asked), |asked| {
        let mut fields = asked.splitn(3, '&').map(str::to_owned);
        let mut next = || fields.next().unwrap_or_default();
        load_activity(next(), next(), next())
    });
    loaded(page, move |page: ActivityPage| {
        let slug = slug.get_untracked();
        let (kind, is_later) = query.with_untracked(|query| {
            (query.get_str("kind").and_then(ActivityFilter::read), query.get_str("before").is_some())
        });
        let (filters, here) = (filters(&slug, kind), path(&slug, kind));
        let older = page.older.map(|before| {
            let and = if kind.is_some() { '&' } else { '?' };
            link(format!("{here}{and}before={before}"), Key::ActivityOlder)
        });
        let newest = is_later.then(|| link(here, Key::ActivityNewest));
        let pages = newest.into_iter().chain(older).collect::<Vec<_>>();
        let pages = (!pages.is_empty()).then(|| view! { <div class="actions">{pages}</div> });
        let entries = list(&slug, page.entries);
        view! {
            <AccountPage slug=slug tab=Key::TabsSecurity title=Key::ActivityTitle>
                <div class="card">
                    {filters}
                    {entries}
                    {pages}
                </div>
            </AccountPage>
        }
        .into_any()
    })
}

/// The path of a part, or of all of it.
fn path(slug: &str, kind: Option<ActivityFilter>) -> String {
    let kind = kind.map(|kind| format!("?kind={}", kind.code())).unwrap_or_default();
    security::path(slug, &format!("/activity{kind}"))
}

fn link(path: String, name: Key) -> AnyView {
    view! {
        <a class="button" href=path>
            {t(name)}
        </a>
    }
    .into_any()
}

/// The parts, each as a link.
fn filters(slug: &str, shown: Option<ActivityFilter>) -> AnyView {
    let parts = [None].into_iter().chain(ActivityFilter::ALL.map(Some));
    let links = parts.map(|part| {
        let name = part.map_or(Key::ActivityShowAll, ActivityFilter::key);
        view! {
            <li>
                <a href=path(slug, part) aria-current=(part == shown).then_some("page")>
                    {t(name)}
                </a>
            </li>
        }
    });
    view! {
        <nav class="filters" aria-label=t(Key::ActivityShown)>
            <ul role="list">{links.collect_view()}</ul>
        </nav>
    }
    .into_any()
}

fn list(slug: &str, entries: Vec<ActivityEntry>) -> AnyView {
    if entries.is_empty() {
        return view! {
            <div class="empty">
                <p>{t(Key::ActivityEmpty)}</p>
            </div>
        }
        .into_any();
    }
    let not_me = security::path(slug, "/not-me");
    view! {
        <ul class="list" role="list">
            {entries.into_iter().map(|entry| row(&not_me, entry)).collect_view()}
        </ul>
    }
    .into_any()
}

fn row(not_me: &str, entry: ActivityEntry) -> AnyView {
    let ActivityEntry { seq, what, detail, at, browser, address, by } = entry;
    let (id, not_me) = (format!("entry-{seq}"), not_me.to_owned());
    let by = by.map(|by| fill(Key::ActivityBy, &[("name", &by)])).unwrap_or_default();
    let parts = [browser, address, by].into_iter().filter(|part| !part.is_empty());
    let more: String = parts.map(|part| format!(" · {part}")).collect();
    view! {
        <li>
            <div class="list-text">
                <h2 id=id.clone()>{what}</h2>
                {(!detail.is_empty()).then(|| view! { <p>{detail}</p> })}
                <p class="help">
                    <When at=at />
                    {more}
                </p>
            </div>
            <a href=not_me rel="external" aria-describedby=id>
                {t(Key::ActivityThisWasNotMe)}
            </a>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_path_of_its_own_that_reads_back() {
        let activity = "/c/acme/account/security/activity";
        assert_eq!(path("acme", None), activity);
        for part in ActivityFilter::ALL {
            let path = path("acme", Some(part));
            let kind = path.strip_prefix(activity).and_then(|query| query.strip_prefix("?kind="));
            assert_eq!(kind.and_then(ActivityFilter::read), Some(part), "{path}");
        }
    }
}
