//! `/c/{slug}/manage/groups/new`: making a user group.

use domain::Key;
use domain::flows::{group_edit, rights};
use domain::view::{Frame, ManagePage, Permission};
use leptos::prelude::*;

use super::group_form::GroupFields;
use super::{Managing, path, tree};
use crate::form::{Form, form};
use crate::parts::{Button, ButtonKind, FormRefusal, loaded};
use crate::place;
use crate::plain::around::Panel;
use crate::plain::{own_data, part};
use crate::refused::Answer;
use crate::words::t;

/// Who makes it, and what they may not do themselves.
async fn state(slug: String) -> Answer<(Frame, Vec<Permission>)> {
    let member = place::member(&slug).await?;
    rights::need(&member, Permission::GroupsEdit)?;
    Ok((member.frame(), member.lacks()))
}

/// Makes a group, and leads to its page.
#[server(prefix = "/do", endpoint = "create_group")]
pub async fn create_group(
    slug: String,
    #[server(default)] group_name: String,
    #[server(default)] description: String,
    #[server(default)] open: bool,
    #[server(default)] permissions: Vec<String>,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    rights::need(&member, Permission::GroupsEdit)?;
    let permissions = tree::read(&permissions)?;
    let new = group_edit::NewGroup { name: &group_name, description: &description, open, permissions: &permissions };
    let id = group_edit::create(&place::backend()?, &member, &new).await?;
    place::go_to(&path(&slug, ManagePage::Groups, &format!("/{id}?notice=created")));
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (state, slug) = (form("/do/create_group"), part("slug"));
    let data = own_data(slug.clone(), self::state);
    loaded(data, move |(frame, lacks): (Frame, Vec<Permission>)| {
        let (form_slug, back) = (slug.clone(), path(&slug, ManagePage::Groups, ""));
        view! {
            <Managing frame=frame tab=ManagePage::Groups title=t(Key::PlainGroupNew)>
                <Panel id="group" title=Key::GroupsGroup lead=t(Key::PlainGroupNewLead)>
                    <FormRefusal state=state />
                    <Form state=state>
                        <input type="hidden" name="slug" value=form_slug />
                        <GroupFields state=state lacks=lacks />
                        <div class="actions">
                            <Button label=Key::PlainGroupCreate kind=ButtonKind::Primary pending=state.pending />
                            <a class="button" data-kind="quiet" href=back>
                                {t(Key::CommonCancel)}
                            </a>
                        </div>
                    </Form>
                </Panel>
            </Managing>
        }
        .into_any()
    })
}
