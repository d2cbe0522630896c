//! `/c/{slug}/account/groups/{id}/leave` and `/c/{slug}/account/accounts/{client}/leave`: what somebody loses who
//! leaves a user group, or a client as its guest, before they do.

use domain::view::{AccountLoss, Client, GroupLoss, Permission};
use domain::{Field, Key};
use leptos::prelude::*;

use super::around::{Behind, Panel};
use super::{own_data, part};
use crate::form::{Form, FormState, form, sentence_at};
use crate::parts::{Button, ButtonKind, FormRefusal, Notice, NoticeKind, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

/// The path of a tab.
fn tab(slug: &str, rest: &str) -> String {
    format!("/c/{slug}/account/{rest}")
}

async fn group_loss(slug: String, id: String) -> Answer<(Client, GroupLoss)> {
    let member = place::member(&slug).await?;
    let loss = domain::flows::groups::loss(&place::backend()?, &member, &id).await?;
    Ok((member.client(), loss))
}

async fn account_loss(slug: String, client: String) -> Answer<AccountLoss> {
    let member = place::member(&slug).await?;
    Ok(domain::flows::accounts::loss(&place::backend()?, member.actor(), &client).await?)
}

/// Leaves a user group.
#[server(prefix = "/do", endpoint = "leave_group")]
pub async fn leave_group(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::groups::leave(&place::backend()?, &member, &id).await?;
    place::go_to(&tab(&slug, "groups?notice=left"));
    Ok(())
}

/// Leaves a client as its guest. Whoever was in it goes on where `/` leads them now.
#[server(prefix = "/do", endpoint = "leave_client")]
pub async fn leave_client(slug: String, #[server(default)] client: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    let current = domain::flows::accounts::leave(&place::backend()?, member.actor(), &client).await?;
    let on = if client == slug { current } else { slug };
    place::go_to(&tab(&on, "accounts?notice=left"));
    Ok(())
}

/// The page about a user group.
#[component]
pub fn GroupPage() -> impl IntoView {
    let (state, id) = (form("/do/leave_group"), part("id"));
    let data = own_data(part("slug"), move |slug| group_loss(slug, id.clone()));
    loaded(data, move |(client, loss): (Client, GroupLoss)| {
        let back = tab(&client.slug, "groups");
        let panel = if loss.open { leaving(state, &client, &loss) } else { staying(&client, loss) };
        view! {
            <Behind path=back name=Key::TabsUserGroups title=Key::PlainLeaveGroupTitle>
                {panel}
            </Behind>
        }
        .into_any()
    })
}

/// What goes with a user group, and the way out.
fn leaving(state: FormState, client: &Client, loss: &GroupLoss) -> AnyView {
    let about = [("group", loss.name.as_str()), ("client", client.name.as_str())];
    let (lead, back) = (fill(Key::PlainLeaveGroupLead, &about), tab(&client.slug, "groups"));
    let way_back = if loss.loses.is_empty() { Key::PlainLeaveAgain } else { Key::PlainLeaveNotAgain };
    let last = loss.last.then(|| view! { <p>{fill(Key::PlainLeaveLast, &about[1..])}</p> });
    let losses = losses(&loss.loses, Key::PlainLeaveNothing);
    let form = ask(state, &client.slug, ("id", &loss.id), back);
    view! {
        <Panel id="loss" title=Key::PlainLeaveLoses lead=lead>
            {losses}
            {last}
            <p class="help">{t(way_back)}</p>
            {form}
        </Panel>
    }
    .into_any()
}

/// Why nobody leaves this user group by themselves.
fn staying(client: &Client, loss: GroupLoss) -> AnyView {
    let back = tab(&client.slug, "groups");
    view! {
        <Panel id="loss" title=Key::GroupsGroup lead=loss.name>
            <p class="locked">{t(Key::ProblemNotOpen)}</p>
            <div class="actions">
                <a class="button" href=back>
                    {t(Key::TabsUserGroups)}
                </a>
            </div>
        </Panel>
    }
    .into_any()
}

/// The page about a client.
#[component]
pub fn ClientPage() -> impl IntoView {
    let (state, slug, client) = (form("/do/leave_client"), part("slug"), part("client"));
    let data = own_data(slug.clone(), move |slug| account_loss(slug, client.clone()));
    loaded(data, move |AccountLoss { client, groups, permissions }: AccountLoss| {
        let lead = fill(Key::PlainLeaveClientLead, &[("client", &client.name)]);
        let (back, losses) = (tab(&slug, "accounts"), losses(&permissions, Key::GroupsNothingPermitted));
        let form = ask(state, &slug, ("client", &client.slug), back.clone());
        let groups = (!groups.is_empty()).then(|| format!("{}: {}", t(Key::GroupsTitle), groups.join(", ")));
        view! {
            <Behind path=back name=Key::TabsAccounts title=Key::PlainLeaveClientTitle>
                <Panel id="loss" title=Key::PlainLeaveLoses lead=lead>
                    {groups.map(|groups| view! { <p>{groups}</p> })}
                    {losses}
                    <p class="help">{t(Key::PlainLeaveInvitedAgain)}</p>
                    {form}
                </Panel>
            </Behind>
        }
        .into_any()
    })
}

/// What somebody may no longer do afterwards; `nothing` where that is nothing.
fn losses(permissions: &[Permission], nothing: Key) -> AnyView {
    if permissions.is_empty() {
        return view! { <p>{t(nothing)}</p> }.into_any();
    }
    let row = |permission: &Permission| {
        view! {
            <div>
                <dt>{t(permission.key())}</dt>
                <dd>{t(permission.sentence())}</dd>
            </div>
        }
    };
    view! { <dl class="facts">{permissions.iter().map(row).collect_view()}</dl> }.into_any()
}

/// Why it was refused: for the whole form, or because the group is not one of those that are left by oneself.
fn refusals(state: FormState) -> AnyView {
    let not_open = sentence_at(state, Field::Group).get_untracked();
    let not_open = not_open.map(|text| {
        view! {
            <Notice kind=NoticeKind::Error>
                <p>{text}</p>
            </Notice>
        }
    });
    view! {
        <FormRefusal state=state />
        {not_open}
    }
    .into_any()
}

/// The way out of what `(name, value)` says, and the way back.
fn ask(state: FormState, slug: &str, (name, value): (&'static str, &str), back: String) -> AnyView {
    let (refusals, slug, value) = (refusals(state), slug.to_owned(), value.to_owned());
    view! {
        {refusals}
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <input type="hidden" name=name value=value />
            <div class="actions">
                <Button label=Key::CommonLeave kind=ButtonKind::Danger pending=state.pending />
                <a class="button" data-kind="quiet" href=back>
                    {t(Key::CommonCancel)}
                </a>
            </div>
        </Form>
    }
    .into_any()
}
