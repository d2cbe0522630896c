//! `/c/{slug}/manage/activity`: what happened in a client, and the same as a file.

use domain::view::{ClientActivity, ClientEntry, ClientFilter, Frame, ManagePage};
use domain::{Key, flows::client_activity};
use leptos::prelude::*;

use super::{Managing, link, pages, path};
use crate::parts::{Button, When, list, loaded};
use crate::place;
use crate::plain::{asked, own_data, part};
use crate::refused::Answer;
use crate::words::{fill, t};

async fn state(slug: String, part: Option<ClientFilter>, before: String) -> Answer<(Frame, ClientActivity)> {
    let member = place::member(&slug).await?;
    let before = Some(before.as_str()).filter(|before| !before.is_empty());
    let activity = client_activity::page(&place::backend()?, &member, part, before).await?;
    Ok((member.frame(), activity))
}

/// The page. What cannot be read in its URL is as if it were not there.
#[component]
pub fn Page() -> impl IntoView {
    let (slug, shown, before) = (part("slug"), ClientFilter::read(&asked("kind")), asked("before"));
    let is_later = !before.is_empty();
    let data = own_data(slug.clone(), move |slug| state(slug, shown, before.clone()));
    loaded(data, move |(frame, activity): (Frame, ClientActivity)| {
        let here = here(&slug, shown);
        let older = activity.older.map(|before| {
            let and = if shown.is_some() { '&' } else { '?' };
            link(format!("{here}{and}before={before}"), Key::ActivityOlder)
        });
        let newest = is_later.then(|| link(here, Key::ActivityNewest));
        let pages = pages(newest, older);
        let (filters, download) = (filters(&slug, shown), download(&slug, shown));
        let lead = fill(Key::PlainClientActivityLead, &[("client", &frame.client.name)]);
        view! {
            <Managing frame=frame tab=ManagePage::Activity>
                <div class="split">
                    <p>{lead}</p>
                    {download}
                </div>
                <div class="card">
                    {filters}
                    {entries(activity.entries)}
                    {pages}
                </div>
            </Managing>
        }
        .into_any()
    })
}

/// The path of a part, or of all of it.
fn here(slug: &str, part: Option<ClientFilter>) -> String {
    let kind = part.map(|part| format!("?kind={}", part.code())).unwrap_or_default();
    path(slug, ManagePage::Activity, &kind)
}

/// The parts, each as a link.
fn filters(slug: &str, shown: Option<ClientFilter>) -> AnyView {
    let parts = [None].into_iter().chain(ClientFilter::ALL.map(Some));
    let links = parts.map(|part| {
        view! {
            <li>
                <a href=here(slug, part) aria-current=(part == shown).then_some("page")>
                    {t(part.map_or(Key::ActivityShowAll, ClientFilter::key))}
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

/// What is shown as a file. A form, because a link could be followed from anywhere.
fn download(slug: &str, shown: Option<ClientFilter>) -> AnyView {
    let action = path(slug, ManagePage::Activity, ".csv");
    view! {
        <form method="post" action=action>
            <input type="hidden" name="kind" value=shown.map_or("", ClientFilter::code) />
            <Button label=Key::PlainClientActivityDownload described_by="download-help" />
            <p class="help" id="download-help">
                {t(Key::PlainClientActivityDownloadText)}
            </p>
        </form>
    }
    .into_any()
}

fn entries(entries: Vec<ClientEntry>) -> AnyView {
    if entries.is_empty() {
        return view! {
            <div class="empty">
                <p>{t(Key::ActivityEmpty)}</p>
            </div>
        }
        .into_any();
    }
    list(entries.into_iter().map(row).collect())
}

fn row(entry: ClientEntry) -> AnyView {
    let ClientEntry { what, detail, at, person, by, browser, address } = entry;
    let by = if by.is_empty() { by } else { fill(Key::ActivityBy, &[("name", &by)]) };
    let parts = [browser, address, by].into_iter().filter(|part| !part.is_empty());
    let more: String = parts.map(|part| format!(" · {part}")).collect();
    let about = [person.unwrap_or_default(), detail].into_iter().filter(|part| !part.is_empty());
    let about = about.collect::<Vec<_>>().join(" · ");
    view! {
        <li>
            <div class="list-text">
                <h2>{what}</h2>
                {(!about.is_empty()).then(|| view! { <p>{about}</p> })}
                <p class="help">
                    <When at=at />
                    {more}
                </p>
            </div>
        </li>
    }
    .into_any()
}
