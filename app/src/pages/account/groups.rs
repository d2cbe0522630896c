//! `/c/{slug}/account/groups`: User groups.

use domain::view::{Client, GroupsTab, MyGroup, OpenGroup, Permission};
use domain::{Error, Field, Key};
use leptos::prelude::*;

use crate::data::page_data;
use crate::form::{Form, FormState, form, sentence_at};
use crate::pages::signed_in::slug;
use crate::parts::{AccountPage, FormRefusal, Notice, NoticeKind, Status, When, arrived, list, loaded, panel, permits};
use crate::refused::Answer;
use crate::words::{fill, language, t};

/// What the page shows.
#[server(prefix = "/do", endpoint = "load_groups")]
pub async fn load_groups(slug: String) -> Answer<(Client, GroupsTab)> {
    let (member, backend) = (crate::place::member(&slug).await?, crate::place::backend()?);
    let tab = domain::flows::groups::tab(&backend, &member).await?;
    Ok((member.client(), tab))
}

/// Joins a group that is open to it.
#[server(prefix = "/do", endpoint = "join_group")]
pub async fn join_group(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    Ok(domain::flows::groups::join(&crate::place::backend()?, &member, &id).await?)
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (slug, join) = (slug(), form("/do/join_group"));
    let groups = page_data("/do/load_groups", ("slug", slug), load_groups);
    loaded(groups, move |(client, tab): (Client, GroupsTab)| {
        let GroupsTab { mine, others, may_join } = tab;
        let mine = own(&client, mine);
        let others = if may_join { open(&client, join, others) } else { closed() };
        let others = panel("others", Key::GroupsOthersHeading, may_join.then_some(Key::GroupsOthersLead), others);
        view! {
            <AccountPage slug=slug.get_untracked() tab=Key::TabsUserGroups>
                {arrived(arrival)}
                {mine}
                {others}
            </AccountPage>
        }
        .into_any()
    })
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<(NoticeKind, Key)> {
    (notice == "left").then_some((NoticeKind::Success, Key::GroupsLeft))
}

/// The groups one is in.
fn own(client: &Client, groups: Vec<MyGroup>) -> AnyView {
    let here = [("client", client.name.as_str())];
    let lead = fill(Key::GroupsLead, &here);
    let content = if groups.is_empty() {
        let nothing = fill(Key::GroupsEmptyText, &here);
        view! {
            <div class="empty">
                <h3>{t(Key::GroupsEmptyTitle)}</h3>
                <p>{nothing}</p>
            </div>
        }
        .into_any()
    } else {
        list(groups.into_iter().map(|group| own_row(&client.slug, group)).collect())
    };
    view! {
        <section class="panel" aria-labelledby="groups">
            <div class="panel-head">
                <h2 id="groups">{t(Key::GroupsHeading)}</h2>
                <p>{lead}</p>
            </div>
            <div class="stack">{content}</div>
        </section>
    }
    .into_any()
}

fn own_row(slug: &str, group: MyGroup) -> AnyView {
    let MyGroup { id, name, description, permissions, since, may_leave } = group;
    let (heading, leave) = (format!("group-{id}"), format!("/c/{slug}/account/groups/{id}/leave"));
    let about = about(heading.clone(), name, description, &permissions);
    let fixed = (!may_leave).then(|| view! { <p class="help">{t(Key::GroupsFixed)}</p> });
    let leave = may_leave.then(|| {
        view! {
            <div class="actions">
                <a class="button" data-size="small" href=leave rel="external" aria-describedby=heading>
                    {t(Key::CommonLeave)}
                </a>
            </div>
        }
    });
    view! {
        <li>
            <div class="list-text">
                {about}
                <p class="help">{t(Key::GroupsMemberSince)} " " <When at=since /></p>
                {fixed}
            </div>
            {leave}
        </li>
    }
    .into_any()
}

/// What a group is called and for, and what it permits.
fn about(heading: String, name: String, description: String, permissions: &[Permission]) -> AnyView {
    view! {
        <h3 id=heading>{name}</h3>
        {(!description.is_empty()).then(|| view! { <p>{description}</p> })}
        {permits(permissions)}
    }
    .into_any()
}

/// The other groups that one can join by oneself.
fn open(client: &Client, join: FormState, groups: Vec<OpenGroup>) -> AnyView {
    let not_open = sentence_at(join, Field::Group);
    let content = if groups.is_empty() {
        let nothing = fill(Key::GroupsOthersEmpty, &[("client", &client.name)]);
        view! {
            <div class="empty">
                <p>{nothing}</p>
            </div>
        }
        .into_any()
    } else {
        list(groups.into_iter().map(|group| open_row(&client.slug, join, group)).collect())
    };
    view! {
        <FormRefusal state=join />
        {move || {
            not_open
                .get()
                .map(|text| {
                    view! {
                        <Notice kind=NoticeKind::Error>
                            <p>{text}</p>
                        </Notice>
                    }
                })
        }}
        {content}
        <Status state=join done=Key::GroupsJoined />
    }
    .into_any()
}

fn open_row(slug: &str, join: FormState, group: OpenGroup) -> AnyView {
    let OpenGroup { id, name, description, permissions, lacks } = group;
    let heading = format!("group-{id}");
    let about = about(heading.clone(), name, description, &permissions);
    let (why, action) = match lacks {
        None => (None, join_form(slug.to_owned(), join, id, heading)),
        Some(permission) => {
            let why = format!("locked-{id}");
            (Some((why.clone(), lacking(permission))), locked(why))
        }
    };
    view! {
        <li>
            <div class="list-text">
                {about} {why.map(|(id, text)| view! { <p class="locked" id=id>{text}</p> })}
            </div>
            <div class="actions">{action}</div>
        </li>
    }
    .into_any()
}

fn join_form(slug: String, state: FormState, id: String, described_by: String) -> AnyView {
    view! {
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <input type="hidden" name="id" value=id />
            <button class="button" data-size="small" aria-describedby=described_by>
                {t(Key::GroupsJoin)}
            </button>
        </Form>
    }
    .into_any()
}

/// What would join, were it allowed; why it is not, another element says.
fn locked(described_by: String) -> AnyView {
    view! {
        <button class="button" data-size="small" disabled aria-describedby=described_by>
            {t(Key::GroupsJoin)}
        </button>
    }
    .into_any()
}

/// Why there is no more, for those who may join no group.
fn closed() -> AnyView {
    view! { <p class="locked">{lacking(Permission::GroupsJoin)}</p> }.into_any()
}

/// Which permission is missing, and who can give it.
fn lacking(permission: Permission) -> Option<String> {
    Error::NotPermitted(permission).sentence(language())
}
