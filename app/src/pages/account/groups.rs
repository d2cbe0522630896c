//! `/c/{slug}/account/groups`: User groups.

use domain::Key;
use domain::view::{Client, Group};
use leptos::prelude::*;

use crate::data::page_data;
use crate::pages::signed_in::slug;
use crate::parts::{AccountPage, Badge, When, loaded};
use crate::refused::Answer;
use crate::words::{fill, language, t};

/// What the page shows.
#[server(prefix = "/do", endpoint = "load_groups")]
pub async fn load_groups(slug: String) -> Answer<(Client, Vec<Group>)> {
    let member = crate::place::member(&slug).await?;
    let groups = domain::flows::groups::view(&crate::place::backend()?, &member).await?;
    Ok((member.client(), groups))
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let slug = slug();
    let groups = page_data("/do/load_groups", ("slug", slug), load_groups);
    loaded(groups, move |(client, groups): (Client, Vec<Group>)| {
        let here = [("client", client.name.as_str())];
        let nothing = fill(Key::GroupsEmptyText, &here);
        let lead = fill(Key::GroupsLead, &here);
        let content = if groups.is_empty() {
            view! {
                <div class="empty">
                    <h3>{t(Key::GroupsEmptyTitle)}</h3>
                    <p>{nothing}</p>
                </div>
            }
            .into_any()
        } else {
            view! {
                <ul class="list" role="list">
                    {groups.into_iter().map(row).collect_view()}
                </ul>
            }
            .into_any()
        };
        view! {
            <AccountPage slug=slug.get_untracked() tab=Key::TabsUserGroups>
                <section class="panel" aria-labelledby="groups">
                    <div class="panel-head">
                        <h2 id="groups">{t(Key::GroupsHeading)}</h2>
                        <p>{lead}</p>
                    </div>
                    <div class="stack">{content}</div>
                </section>
            </AccountPage>
        }
        .into_any()
    })
}

fn row(group: Group) -> impl IntoView {
    let (name, description) = group.titles(language());
    let permissions = if group.permissions.is_empty() {
        view! { <p class="help">{t(Key::GroupsNothingPermitted)}</p> }.into_any()
    } else {
        let tags = group.permissions.iter().map(|permission| {
            view! {
                <li>
                    <Badge text=t(permission.key()) />
                </li>
            }
        });
        view! {
            <ul class="tags" role="list" aria-label=t(Key::GroupsPermits)>
                {tags.collect_view()}
            </ul>
        }
        .into_any()
    };
    view! {
        <li>
            <div class="list-text">
                <h3>{name}</h3>
                <p>{description}</p>
                {permissions}
            </div>
            <p class="help">{t(Key::GroupsMemberSince)} " " <When at=group.since /></p>
        </li>
    }
}
