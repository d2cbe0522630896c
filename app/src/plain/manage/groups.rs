//! `/c/{slug}/manage/groups`: the user groups of a client.

use domain::Key;
use domain::flows::group_edit;
use domain::view::{Frame, GroupDetails, MANY, ManagePage, Permission};
use leptos::prelude::*;

use super::{Managing, done, locked, path};
use crate::parts::{Badge, list, loaded, permits};
use crate::place;
use crate::plain::{notice, own_data, part};
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the page shows, and whether its reader may make groups.
async fn state(slug: String) -> Answer<(Frame, bool, Vec<GroupDetails>)> {
    let member = place::member(&slug).await?;
    let groups = group_edit::list(&place::backend()?, &member).await?;
    Ok((member.frame(), member.may(Permission::GroupsEdit), groups))
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (slug, deleted) = (part("slug"), notice() == "deleted");
    let data = own_data(slug.clone(), state);
    loaded(data, move |(frame, may_edit, groups): (Frame, bool, Vec<GroupDetails>)| {
        let new = path(&slug, ManagePage::Groups, "/new");
        let make = if may_edit {
            view! {
                <a class="button" data-kind="primary" href=new>
                    {t(Key::PlainGroupNew)}
                </a>
            }
            .into_any()
        } else {
            locked(Permission::GroupsEdit)
        };
        let lead = fill(Key::PlainGroupsLead, &[("client", &frame.client.name)]);
        let none_of_their_own = groups.iter().all(|group| group.builtin.is_some()).then(empty);
        let rows = list(groups.into_iter().map(|group| row(&slug, group)).collect());
        view! {
            <Managing frame=frame tab=ManagePage::Groups>
                {deleted.then(|| done(Key::PlainGroupDeleted))}
                <div class="split">
                    <p>{lead}</p>
                    {make}
                </div>
                <div class="card">
                    {rows}
                    {none_of_their_own}
                </div>
            </Managing>
        }
        .into_any()
    })
}

fn empty() -> AnyView {
    view! {
        <div class="empty">
            <h2>{t(Key::PlainGroupsEmptyTitle)}</h2>
            <p>{t(Key::PlainGroupsEmptyText)}</p>
        </div>
    }
    .into_any()
}

fn row(slug: &str, group: GroupDetails) -> AnyView {
    let here = path(slug, ManagePage::Groups, &format!("/{}", group.id));
    let members = members(group.members);
    let fixed = group.builtin.is_some().then(|| view! { <Badge text=t(Key::PlainGroupFixed) /> });
    let open = group.open.then(|| view! { <Badge text=t(Key::PlainGroupOpen) /> });
    let described = (!group.description.is_empty()).then(|| view! { <p>{group.description}</p> });
    view! {
        <li>
            <div class="list-text">
                <h2>
                    <a href=here>{group.name}</a>
                </h2>
                {described}
                <p class="help">{members} " " {fixed} " " {open}</p>
                {permits(&group.permissions)}
            </div>
        </li>
    }
    .into_any()
}

/// How many are in a group; from some number on, that they are as many or more.
#[must_use]
pub fn members(count: u32) -> String {
    let more = if count >= MANY { "+" } else { "" };
    fill(Key::PlainGroupMembers, &[("count", &format!("{count}{more}"))])
}
