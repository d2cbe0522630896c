//! `/c/{slug}/manage/groups/{id}`: a user group, what it permits, and who is in it.

use domain::flows::{group_edit, rights};
use domain::view::{Frame, GroupDetails, GroupMembers, ManagePage, Permission};
use domain::{Error, Key};
use leptos::prelude::*;

use super::group_form::GroupFields;
use super::group_members::{MemberForms, members};
use super::{Managing, done, locked, path, tree};
use crate::form::{Form, FormState, form};
use crate::parts::{Badge, Button, ButtonKind, FormRefusal, loaded};
use crate::place;
use crate::plain::around::Panel;
use crate::plain::{asked, notice, own_data, part};
use crate::refused::Answer;
use crate::words::t;

/// What the page shows: the group and which version of it that is, who is in it for those who may see that, and what
/// the reader may not do.
type Shown = (Frame, GroupDetails, String, Option<GroupMembers>, Vec<Permission>);

async fn state(slug: String, id: String, after: String) -> Answer<Shown> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let group = group_edit::one(&backend, &member, &id).await?;
    let version = group_edit::version(&backend, &group);
    let after = Some(after.as_str()).filter(|after| !after.is_empty());
    let members = match group_edit::members(&backend, &member, &id, after).await {
        Ok(members) => Some(members),
        Err(Error::NotPermitted(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let lacks = member.lacks();
    Ok((member.frame(), group, version, members, lacks))
}

/// Saves what a group is.
#[server(prefix = "/do", endpoint = "save_group")]
pub async fn save_group(
    slug: String,
    #[server(default)] id: String,
    #[server(default)] version: String,
    #[server(default)] group_name: String,
    #[server(default)] description: String,
    #[server(default)] open: bool,
    #[server(default)] permissions: Vec<String>,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    rights::need(&member, Permission::GroupsEdit)?;
    let permissions = tree::read(&permissions)?;
    let new = group_edit::NewGroup { name: &group_name, description: &description, open, permissions: &permissions };
    group_edit::save(&place::backend()?, &member, &id, &version, &new).await?;
    place::go_to(&path(&slug, ManagePage::Groups, &format!("/{id}?notice=saved")));
    Ok(())
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<Key> {
    match notice {
        "created" => Some(Key::PlainGroupCreated),
        "saved" => Some(Key::PlainGroupSaved),
        "added" => Some(Key::PlainGroupAdded),
        "removed" => Some(Key::PlainGroupRemoved),
        _ => None,
    }
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let save = form("/do/save_group");
    let forms = MemberForms { add: form("/do/add_group_member"), remove: form("/do/remove_group_member") };
    let (slug, id, after, arrived) = (part("slug"), part("id"), asked("after"), arrival(&notice()));
    let is_later = !after.is_empty();
    let data = own_data(slug.clone(), move |slug| state(slug, id.clone(), after.clone()));
    loaded(data, move |(frame, group, version, in_it, lacks): Shown| {
        let name = group.name.clone();
        let (what, who) = (what(&slug, save, &group, version, lacks), members(&slug, forms, &group, in_it, is_later));
        let end = (group.builtin.is_none() && group.lacks.is_none()).then(|| end(&slug, &group.id));
        view! {
            <Managing frame=frame tab=ManagePage::Groups title=name>
                {arrived.map(done)}
                <FormRefusal state=forms.remove />
                {what}
                {who}
                {end}
            </Managing>
        }
        .into_any()
    })
}

/// What the group is: a form for those who may change it, else the same to read, and why no more.
fn what(slug: &str, state: FormState, group: &GroupDetails, version: String, lacks: Vec<Permission>) -> AnyView {
    if group.builtin.is_some() || group.lacks.is_some() {
        return to_read(group);
    }
    let (slug, id, group) = (slug.to_owned(), group.id.clone(), group.clone());
    view! {
        <Panel id="group" title=Key::GroupsGroup lead=t(Key::PlainGroupLead)>
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="version" value=version />
                <GroupFields state=state group=group lacks=lacks />
                <div class="actions">
                    <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
        </Panel>
    }
    .into_any()
}

fn to_read(group: &GroupDetails) -> AnyView {
    let why = match (group.builtin, group.lacks) {
        (Some(_), _) => view! { <p class="locked">{t(Key::ProblemBuiltin)}</p> }.into_any(),
        (None, Some(lacks)) => locked(lacks),
        (None, None) => ().into_any(),
    };
    let open = group.open.then(|| {
        view! {
            <p>
                <Badge text=t(Key::PlainGroupOpen) />
            </p>
        }
    });
    let lead = if group.description.is_empty() { t(Key::PlainGroupLead) } else { &group.description };
    let (lead, permitted) = (lead.to_owned(), tree::shown(&group.permissions));
    view! {
        <Panel id="group" title=Key::GroupsGroup lead=lead>
            {why}
            {open}
            {permitted}
        </Panel>
    }
    .into_any()
}

fn end(slug: &str, id: &str) -> AnyView {
    let delete = path(slug, ManagePage::Groups, &format!("/{id}/delete"));
    view! {
        <Panel id="delete" title=Key::PlainGroupDelete lead=t(Key::PlainGroupDeleteLead)>
            <div class="actions">
                <a class="button" data-kind="danger" href=delete>
                    {t(Key::PlainGroupDelete)}
                </a>
            </div>
        </Panel>
    }
    .into_any()
}
