//! `/c/{slug}/manage/groups/{id}/delete`: what goes with a user group, before it does.

use domain::flows::group_edit;
use domain::view::{Frame, GroupLosses, ManagePage, PersonLoss};
use domain::{Error, Key};
use leptos::prelude::*;

use super::{Managing, locked, path};
use crate::form::{Form, FormState, form};
use crate::parts::{Avatar, Button, ButtonKind, FormRefusal, list, loaded, permits};
use crate::place;
use crate::plain::around::Panel;
use crate::plain::{own_data, part};
use crate::refused::Answer;
use crate::words::{fill, t};

/// Who would lose what. Of the four, which cannot be deleted, there is no such page.
async fn state(slug: String, id: String) -> Answer<(Frame, GroupLosses)> {
    let member = place::member(&slug).await?;
    match group_edit::losses(&place::backend()?, &member, &id).await {
        Ok(losses) => Ok((member.frame(), losses)),
        Err(Error::Invalid(_)) => Err(Error::NotFound.into()),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a group, and leads to those that are left.
#[server(prefix = "/do", endpoint = "delete_group")]
pub async fn delete_group(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    group_edit::delete(&place::backend()?, &member, &id).await?;
    place::go_to(&path(&slug, ManagePage::Groups, "?notice=deleted"));
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (state, slug, id) = (form("/do/delete_group"), part("slug"), part("id"));
    let data = own_data(slug.clone(), move |slug| self::state(slug, id.clone()));
    loaded(data, move |(frame, losses): (Frame, GroupLosses)| {
        let (who, end) = (who(&losses), end(&slug, state, &losses));
        let title = fill(Key::PlainGroupDeleteTitle, &[("group", &losses.group.name)]);
        view! {
            <Managing frame=frame tab=ManagePage::Groups title=title>
                {who}
                {end}
            </Managing>
        }
        .into_any()
    })
}

fn who(losses: &GroupLosses) -> AnyView {
    let count = super::groups::members(losses.group.members);
    let shown = u32::try_from(losses.people.len()).unwrap_or(u32::MAX);
    let others = (losses.group.members > shown)
        .then(|| view! { <p class="help">{fill(Key::PlainGroupOnlySome, &[("shown", &shown.to_string())])}</p> });
    let people = if losses.people.is_empty() {
        view! { <p>{t(Key::PlainGroupNobodyLoses)}</p> }.into_any()
    } else {
        view! {
            {list(losses.people.iter().map(loss).collect())}
            <p class="help">{t(Key::PlainGroupInNone)}</p>
        }
        .into_any()
    };
    view! {
        <Panel id="losses" title=Key::PlainGroupLosses lead=count>
            {people}
            {others}
        </Panel>
    }
    .into_any()
}

fn loss(loss: &PersonLoss) -> AnyView {
    let PersonLoss { person, loses } = loss;
    let (name, email) = (person.name.clone(), person.email.clone());
    let what = if loses.is_empty() {
        view! { <p class="help">{t(Key::PlainGroupLosesNothing)}</p> }.into_any()
    } else {
        permits(loses)
    };
    view! {
        <li>
            <Avatar person=person.clone() />
            <div class="list-text">
                <h3>{name}</h3>
                <p>{email}</p>
                {what}
            </div>
        </li>
    }
    .into_any()
}

fn end(slug: &str, state: FormState, losses: &GroupLosses) -> AnyView {
    let back = path(slug, ManagePage::Groups, &format!("/{}", losses.group.id));
    let invitations = (losses.invitations > 0).then(|| {
        let text = fill(Key::PlainGroupInvitations, &[("count", &losses.invitations.to_string())]);
        view! { <p>{text}</p> }
    });
    let (slug, id) = (slug.to_owned(), losses.group.id.clone());
    let form = match losses.group.lacks {
        Some(lacks) => locked(lacks),
        None => view! {
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <div class="actions">
                    <Button label=Key::PlainGroupDelete kind=ButtonKind::Danger pending=state.pending />
                    <a class="button" data-kind="quiet" href=back>
                        {t(Key::CommonCancel)}
                    </a>
                </div>
            </Form>
        }
        .into_any(),
    };
    view! {
        <Panel id="delete" title=Key::PlainGroupDelete lead=t(Key::PlainGroupDeleteText)>
            {invitations}
            {form}
        </Panel>
    }
    .into_any()
}
