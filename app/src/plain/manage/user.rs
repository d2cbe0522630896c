//! `/c/{slug}/manage/users/{id}`: a user of a client, and what those may change who look after users (ADM-1).

use domain::flows::user_edit::{self, Edit};
use domain::view::{Frame, ManagePage, ManagedUser, Permission, UserState};
use domain::{Key, Language};
use leptos::prelude::*;

use super::user_fields::{group_choice, kept, language_choice};
use super::users::{badges, fact, facts};
use super::{Choice, Managing, done, guests, locked, path};
use super::{user_access, user_method};
use crate::form::{Form, FormState, form};
use crate::parts::{Avatar, Button, ButtonKind, FormRefusal, NameFields, When, list, loaded, permits};
use crate::place;
use crate::plain::around::Panel;
use crate::plain::{notice, own_data, part};
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the page shows, and whether its reader may remove guests.
async fn state(slug: String, id: String) -> Answer<(Frame, ManagedUser, bool)> {
    let member = place::member(&slug).await?;
    let user = user_edit::one(&place::backend()?, &member, &id).await?;
    Ok((member.frame(), user, member.may(Permission::GuestsInvite)))
}

/// Saves everything that is changed of a user who is at home in the client.
#[server(prefix = "/do", endpoint = "save_user")]
#[allow(clippy::too_many_arguments, reason = "a form has as many fields as it has")]
pub async fn save_user(
    slug: String,
    #[server(default)] id: String,
    #[server(default)] version: String,
    #[server(default)] first_name: String,
    #[server(default)] last_name: String,
    #[server(default)] language: String,
    #[server(default)] group: Vec<String>,
    #[server(default)] api_access: bool,
    #[server(default)] requires_second_factor: bool,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    let edit = Edit {
        first_name: &first_name,
        last_name: &last_name,
        language: Language::from_tag(&language),
        groups: &group,
        api_access,
        requires_second_factor,
    };
    user_edit::save(&place::backend()?, &member, &id, &version, &edit).await?;
    place::go_to(&here(&slug, &id, "?notice=saved"));
    Ok(())
}

/// Saves the groups of a guest: nothing else of them is this client's.
#[server(prefix = "/do", endpoint = "save_user_groups")]
pub async fn save_user_groups(
    slug: String,
    #[server(default)] id: String,
    #[server(default)] version: String,
    #[server(default)] group: Vec<String>,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    user_edit::save_groups(&place::backend()?, &member, &id, &version, &group).await?;
    place::go_to(&here(&slug, &id, "?notice=saved"));
    Ok(())
}

/// The path of the page.
#[must_use]
pub fn here(slug: &str, id: &str, rest: &str) -> String {
    path(slug, ManagePage::Users, &format!("/{id}{rest}"))
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<Key> {
    match notice {
        "created" => Some(Key::PlainUserCreated),
        "created-sent" => Some(Key::PlainUserCreatedSent),
        "saved" => Some(Key::PlainUserSaved),
        "method" => Some(Key::PlainUserMethodSaved),
        "sent" => Some(Key::PlainUserSent),
        "factor-reset" => Some(Key::PlainUserFactorReset),
        "factor-opened" => Some(Key::PlainUserFactorOpened),
        "ended" => Some(Key::PlainUserEnded),
        "none-ended" => Some(Key::PlainUserNoneEnded),
        "disabled" => Some(Key::PlainUserDisabled),
        "enabled" => Some(Key::PlainUserEnabled),
        _ => None,
    }
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (save, save_groups) = (form("/do/save_user"), form("/do/save_user_groups"));
    let (forms, remove) = (user_access::forms(), form("/do/remove_guest"));
    let method = form("/do/save_user_method");
    let (slug, id, arrived) = (part("slug"), part("id"), arrival(&notice()));
    let data = own_data(slug.clone(), move |slug| state(slug, id.clone()));
    loaded(data, move |(frame, user, may_remove): (Frame, ManagedUser, bool)| {
        let (name, who) = (user.listed.person.name.clone(), who(&user));
        let is_guest = user.listed.state == UserState::Guest;
        let details = match user.lacks {
            Some(lacks) => to_read(&user, lacks),
            None if is_guest => guest_groups(save_groups, &slug, &user),
            None => details(save, &frame, &user),
        };
        let rest = if is_guest {
            Some(guest_access(remove, &frame, &user, may_remove))
        } else {
            user.can_change().then(|| user_access::panels(forms, &slug, &user))
        };
        let way = user_method::panel(method, &slug, user);
        view! {
            <Managing frame=frame tab=ManagePage::Users title=name>
                {arrived.map(done)}
                {user_access::refusals(forms)}
                <FormRefusal state=method />
                {who}
                {details}
                {way}
                {rest}
            </Managing>
        }
        .into_any()
    })
}

/// Who it is, and how it stands with them.
fn who(user: &ManagedUser) -> AnyView {
    let listed = &user.listed;
    let (person, email, since) = (listed.person.clone(), listed.person.email.clone(), listed.created.clone());
    let (badges, facts) = (badges(listed), facts(listed));
    let since = fact(Key::UsersSortCreated, view! { <When at=since /> }.into_any());
    view! {
        <div class="card">
            <div class="who">
                <Avatar person=person size="large" />
                <div>
                    <p>{email}</p>
                    <p>{badges}</p>
                </div>
            </div>
            <dl class="facts">{facts} {since}</dl>
        </div>
    }
    .into_any()
}

/// What the groups of somebody permit, and why no more can be done.
fn to_read(user: &ManagedUser, lacks: Permission) -> AnyView {
    let chosen = user.groups.iter().filter(|group| group.chosen);
    let groups = chosen.map(|group| {
        view! {
            <li>
                <div class="list-text">
                    <h3>{group.name.clone()}</h3>
                    {permits(&group.permissions)}
                </div>
            </li>
        }
        .into_any()
    });
    let groups = list(groups.collect());
    view! {
        <Panel id="details" title=Key::GroupsTitle>
            {locked(lacks)}
            {groups}
        </Panel>
    }
    .into_any()
}

fn guest_groups(state: FormState, slug: &str, user: &ManagedUser) -> AnyView {
    let (slug, id, version) = (slug.to_owned(), user.listed.id.clone(), user.version.clone());
    let groups = group_choice(state, user.groups.clone(), user.oneself);
    let oneself = oneself(user.oneself);
    view! {
        <Panel id="details" title=Key::GroupsTitle lead=t(Key::PlainUserGuestLead)>
            {oneself}
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="version" value=version />
                {groups}
                <div class="actions">
                    <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
        </Panel>
    }
    .into_any()
}

/// Ending that somebody is a guest.
fn guest_access(state: FormState, frame: &Frame, user: &ManagedUser, may_remove: bool) -> AnyView {
    let end = if may_remove {
        guests::removal(state, frame, &user.listed.id, &user.listed.person.name)
    } else {
        locked(Permission::GuestsInvite)
    };
    view! {
        <Panel id="access" title=Key::PlainUserAccess>
            <FormRefusal state=state />
            {end}
        </Panel>
    }
    .into_any()
}

/// Why one's own rights are locked.
fn oneself(is_oneself: bool) -> Option<AnyView> {
    is_oneself.then(|| view! { <p class="locked">{t(Key::ErrorOneself)}</p> }.into_any())
}

fn details(state: FormState, frame: &Frame, user: &ManagedUser) -> AnyView {
    let (slug, id, version) = (frame.client.slug.clone(), user.listed.id.clone(), user.version.clone());
    let names = (user.first_name.clone(), user.last_name.clone());
    let (language, groups) =
        (language_choice(state, user.language), group_choice(state, user.groups.clone(), user.oneself));
    let (rights, own) = (rights(state, frame, user), oneself(user.oneself));
    view! {
        <Panel id="details" title=Key::PlainUserDetails lead=t(Key::PlainUserDetailsLead)>
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="version" value=version />
                <NameFields state=state names=names />
                {language}
                {own}
                {groups}
                {rights}
                <div class="actions">
                    <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
        </Panel>
    }
    .into_any()
}

/// API access and the second factor.
fn rights(state: FormState, frame: &Frame, user: &ManagedUser) -> AnyView {
    let here = [("client", frame.client.name.as_str())];
    let api = api(state, &here, user);
    let (of_all, is_on) = (user.client_requires_second_factor, user.requires_second_factor);
    let (name, label) = ("requires_second_factor", Key::PlainUserFactor);
    let help = match &user.listed.provider {
        Some(provider) => fill(Key::PlainUserFactorProvider, &[("provider", provider)]),
        None if of_all => fill(Key::PlainUserFactorClient, &here),
        None => t(Key::PlainUserFactorText).to_owned(),
    };
    let factor = if user.listed.provider.is_some() {
        fixed(name, label, help, is_on, is_on)
    } else if of_all || user.oneself {
        fixed(name, label, help, of_all || is_on, is_on)
    } else {
        view! { <Choice state=state name=name label=label help=help ticked=is_on /> }.into_any()
    };
    view! {
        {api}
        {factor}
    }
    .into_any()
}

/// API access. Whoever may not do everything themselves can take it, and cannot give it (GRP-1).
fn api(state: FormState, here: &[(&str, &str)], user: &ManagedUser) -> AnyView {
    let (name, label, is_on) = ("api_access", Key::PlainUserApi, user.listed.api_access);
    let help = format!("{} {}", fill(Key::PlainUserApiText, here), t(Key::PlainUserApiAll));
    let above = user.api_above.filter(|_| !is_on && !user.oneself);
    if user.oneself || above.is_some() {
        let fixed = fixed(name, label, help, is_on, is_on);
        return view! {
            {fixed}
            {above.map(locked)}
        }
        .into_any();
    }
    view! { <Choice state=state name=name label=label help=help ticked=is_on /> }.into_any()
}

/// A box that cannot be changed: it shows `ticked` and sends what is so already.
fn fixed(name: &'static str, label: Key, help: String, ticked: bool, sent: bool) -> AnyView {
    let described = format!("{name}-help");
    let help_id = described.clone();
    let kept = sent.then(|| kept(name, "true".to_owned()));
    view! {
        <div class="field tick">
            <input type="checkbox" id=name checked=ticked disabled=true aria-describedby=described />
            <label for=name>{t(label)}</label>
            <p class="help" id=help_id>
                {help}
            </p>
            {kept}
        </div>
    }
    .into_any()
}
