//! Who is in a user group.

use domain::view::{BuiltinGroup, GroupDetails, GroupMember, GroupMembers, ManagePage, Permission};
use domain::{Field, Key};
use leptos::prelude::*;

use super::groups::members as count;
use super::{guest, link, locked, pages, path};
use crate::form::{Form, FormState};
use crate::parts::{Avatar, Button, FormRefusal, TextInput, When, list};
use crate::place;
use crate::plain::around::Panel;
use crate::refused::Answer;
use crate::words::t;

/// Puts whoever has this address into a group.
#[server(prefix = "/do", endpoint = "add_group_member")]
pub async fn add_group_member(
    slug: String,
    #[server(default)] id: String,
    #[server(default)] email: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::group_edit::add_member(&place::backend()?, &member, &id, &email).await?;
    place::go_to(&path(&slug, ManagePage::Groups, &format!("/{id}?notice=added")));
    Ok(())
}

/// Takes somebody out of a group.
#[server(prefix = "/do", endpoint = "remove_group_member")]
pub async fn remove_group_member(
    slug: String,
    #[server(default)] id: String,
    #[server(default)] user: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::group_edit::remove_member(&place::backend()?, &member, &id, &user).await?;
    place::go_to(&path(&slug, ManagePage::Groups, &format!("/{id}?notice=removed")));
    Ok(())
}

/// The forms of those who may change who is in it.
#[derive(Clone, Copy)]
pub struct MemberForms {
    /// Adds somebody.
    pub add: FormState,
    /// Takes somebody out.
    pub remove: FormState,
}

/// The panel. `in_it` is `None` for those who may not see who it is.
pub fn members(
    slug: &str,
    forms: MemberForms,
    group: &GroupDetails,
    in_it: Option<GroupMembers>,
    is_later: bool,
) -> AnyView {
    let may_change = group.lacks.is_none();
    // Of other groups the panel above says it.
    let why = group.lacks.filter(|_| group.builtin.is_some()).map(locked);
    let add = may_change.then(|| forms.adding(slug, group));
    let people = match in_it {
        None => locked(Permission::UsersView),
        Some(in_it) => forms.list(slug, group, in_it, is_later),
    };
    let none_is_left = may_change.then(|| view! { <p class="help">{t(Key::PlainGroupTakenOut)}</p> });
    view! {
        <Panel id="members" title=Key::PlainGroupMembersHeading lead=count(group.members)>
            {why}
            {add}
            {none_is_left}
            {people}
        </Panel>
    }
    .into_any()
}

impl MemberForms {
    fn adding(self, slug: &str, group: &GroupDetails) -> AnyView {
        let (state, slug, id) = (self.add, slug.to_owned(), group.id.clone());
        // Everybody who has it may do everything.
        let warned = (group.builtin == Some(BuiltinGroup::FullAccess))
            .then(|| view! { <p class="help">{t(Key::PlainGroupAddFullAccess)}</p> });
        view! {
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <TextInput
                    state=state
                    field=Field::Email
                    label=Key::SignInEmail
                    kind="email"
                    autocomplete="off"
                />
                {warned}
                <div class="actions">
                    <Button label=Key::PlainGroupAdd pending=state.pending />
                </div>
            </Form>
        }
        .into_any()
    }

    fn list(self, slug: &str, group: &GroupDetails, in_it: GroupMembers, is_later: bool) -> AnyView {
        if in_it.members.is_empty() && !is_later {
            return view! {
                <div class="empty">
                    <h3>{t(Key::PlainGroupNobodyTitle)}</h3>
                    <p>{t(Key::PlainGroupNobodyText)}</p>
                </div>
            }
            .into_any();
        }
        let here = path(slug, ManagePage::Groups, &format!("/{}", group.id));
        let older = in_it.older.map(|after| link(format!("{here}?after={after}"), Key::PlainGroupOlder));
        let newest = is_later.then(|| link(here, Key::PlainGroupNewest));
        let pages = pages(newest, older);
        let rows = list(in_it.members.into_iter().map(|member| self.row(slug, group, member)).collect());
        view! {
            {rows}
            {pages}
        }
        .into_any()
    }

    fn row(self, slug: &str, group: &GroupDetails, member: GroupMember) -> AnyView {
        let GroupMember { id, person, guest: is_guest, since } = member;
        let heading = format!("member-{id}");
        let (name, email) = (person.name.clone(), person.email.clone());
        let removal = group.lacks.is_none().then(|| self.removal(slug, &group.id, id, heading.clone()));
        view! {
            <li>
                <Avatar person=person />
                <div class="list-text">
                    <h3 id=heading>{name}</h3>
                    <p>{email}</p>
                    <p class="help">{t(Key::GroupsMemberSince)} " " <When at=since /> " " {guest(is_guest)}</p>
                </div>
                {removal}
            </li>
        }
        .into_any()
    }

    /// Takes out the person that another element names.
    fn removal(self, slug: &str, group_id: &str, user_id: String, described_by: String) -> AnyView {
        let (slug, group_id) = (slug.to_owned(), group_id.to_owned());
        view! {
            <Form state=self.remove>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=group_id />
                <input type="hidden" name="user" value=user_id />
                <button class="button" data-size="small" aria-describedby=described_by>
                    {t(Key::PlainGroupRemove)}
                </button>
            </Form>
        }
        .into_any()
    }
}
