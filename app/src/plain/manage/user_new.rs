//! `/c/{slug}/manage/users/new`: making a user, in the client that the page names and colours.

use domain::flows::user_create::{self, NewUser};
use domain::flows::{inviting, rights};
use domain::view::{
    BuiltinGroup, Client, Created, Frame, InviteGroup, ManagePage, NewUserChoices, Permission, Provider, SignedInBy,
};
use domain::{Error, Field, Key, Language, Problem};
use leptos::prelude::*;

use super::user_fields::{PROVIDER, group_choice, language_choice, provider_choice};
use super::{Choice, Managing, Pick, locked, path};
use crate::form::{Form, FormState, form, sentence_at};
use crate::parts::{FormRefusal, NameFields, Notice, NoticeKind, TextInput, loaded};
use crate::place;
use crate::plain::around::Panel;
use crate::plain::{own_data, part};
use crate::refused::Answer;
use crate::words::{fill, t};

/// The group into which a guest would be invited, or the permission that is missing for it.
type GuestGroup = Result<String, Permission>;

/// What there is to choose, and what there is for somebody who would have to be invited.
async fn state(slug: String) -> Answer<(Frame, NewUserChoices, GuestGroup)> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let choices = user_create::choices(&backend, &member).await?;
    let guests = match inviting::groups_to_choose(&backend, &member).await {
        Ok(groups) => guest_group(groups)?,
        Err(Error::NotPermitted(lacks)) => Err(lacks),
        Err(error) => return Err(error.into()),
    };
    Ok((member.frame(), choices, guests))
}

/// The group Guest, which stands in every client.
fn guest_group(groups: Vec<InviteGroup>) -> domain::Result<GuestGroup> {
    let is_it = |group: &InviteGroup| group.builtin == Some(BuiltinGroup::Guest);
    let group = groups.into_iter().find(is_it).ok_or_else(Error::internal)?;
    Ok(group.lacks.map_or(Ok(group.id), Err))
}

/// Makes a user, and leads to their page. An address that has an account elsewhere is refused at its field; the page
/// then offers to invite its owner.
#[server(prefix = "/do", endpoint = "create_user")]
#[allow(clippy::too_many_arguments, reason = "a form has as many fields as it has")]
pub async fn create_user(
    slug: String,
    #[server(default)] email: String,
    #[server(default)] first_name: String,
    #[server(default)] last_name: String,
    #[server(default)] language: String,
    #[server(default)] group: Vec<String>,
    #[server(default)] method: String,
    #[server(default)] send: bool,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    rights::need(&member, Permission::UsersEdit)?;
    let provider = method.strip_prefix(PROVIDER);
    let own = if provider.is_some() { Some(SignedInBy::Provider) } else { SignedInBy::read(&method) };
    let new = NewUser {
        email: &email,
        first_name: &first_name,
        last_name: &last_name,
        language: Language::from_tag(&language),
        groups: &group,
        method: own.ok_or(Error::at(Field::Method, Problem::NotOffered))?,
        send,
    };
    match user_create::create_by(&place::backend()?, &member, &new, provider).await? {
        Created::User { id, sent } => {
            let notice = if sent { "created-sent" } else { "created" };
            place::go_to(&path(&slug, ManagePage::Users, &format!("/{id}?notice={notice}")));
            Ok(())
        }
        Created::OfferInvitation { .. } => Err(Error::at(Field::Email, Problem::Elsewhere).into()),
    }
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (state, invite, slug) = (form("/do/create_user"), form("/do/invite_guest"), part("slug"));
    let data = own_data(slug.clone(), self::state);
    loaded(data, move |(frame, choices, guests): (Frame, NewUserChoices, GuestGroup)| {
        let here = [("client", choices.client.name.as_str())];
        let (heading, lead) = (fill(Key::PlainUserNewHeading, &here), fill(Key::PlainUserNewLead, &here));
        let offer = offer(state, invite, &choices.client, guests);
        let (colour, fields) = (choices.client.colour.clone(), fields(state, choices));
        view! {
            <Managing frame=frame tab=ManagePage::Users title=heading>
                {offer}
                <div class="coloured" data-colour=colour>
                    <Panel id="user" title=Key::PlainUserNewTitle lead=lead>
                        <FormRefusal state=state />
                        {fields}
                    </Panel>
                </div>
            </Managing>
        }
        .into_any()
    })
}

fn fields(state: FormState, choices: NewUserChoices) -> AnyView {
    let NewUserChoices { client, groups, methods: ways, providers } = choices;
    let create = fill(Key::PlainUsersCreate, &[("client", &client.name)]);
    let (slug, back) = (client.slug.clone(), path(&client.slug, ManagePage::Users, ""));
    let (language, groups, methods) =
        (language_choice(state, None), group_choice(state, groups, false), methods(state, &ways, providers));
    view! {
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <NameFields state=state />
            <TextInput state=state field=Field::Email label=Key::SignInEmail kind="email" autocomplete="off" />
            {language}
            {groups}
            {methods}
            <Choice
                state=state
                name="send"
                label=Key::PlainUserNewSend
                help=t(Key::PlainUserNewSendText)
                ticked=true
            />
            <div class="actions">
                <button class="button" data-colour=client.colour>
                    {create}
                </button>
                <a class="button" data-kind="quiet" href=back>
                    {t(Key::CommonCancel)}
                </a>
            </div>
        </Form>
    }
    .into_any()
}

/// The ways to sign in, the first of them chosen.
fn methods(state: FormState, ways: &[SignedInBy], providers: Vec<Provider>) -> AnyView {
    let error = sentence_at(state, Field::Method).get_untracked();
    let first = ways.first().map_or("", |way| way.code());
    let chosen = state.typed(Field::Method.name(), first);
    let ways = ways.iter().map(|way| method(*way, way.code() == chosen)).collect::<Vec<_>>();
    let providers: Vec<_> = providers.into_iter().map(|provider| provider_choice(provider, &chosen)).collect();
    let described = error.is_some().then_some("method-error");
    view! {
        <fieldset class="options" id="method" aria-describedby=described>
            <legend>{t(Key::PlainUserNewMethod)}</legend>
            {ways}
            {providers}
            {error.map(|text| view! { <p class="field-error" id="method-error">{text}</p> })}
        </fieldset>
    }
    .into_any()
}

fn method(way: SignedInBy, chosen: bool) -> AnyView {
    let (id, text) = match way {
        SignedInBy::Password => ("method-password", Key::PlainUserNewMethodPassword),
        _ => ("method-email", Key::PlainUserNewMethodEmail),
    };
    view! {
        <Pick kind="radio" id=id name=Field::Method.name() value=way.code() label=t(way.key()) picked=chosen>
            <p class="help">{t(text)}</p>
        </Pick>
    }
    .into_any()
}

/// Offers to invite whoever has the address elsewhere, without telling more of them (ENUM-2).
fn offer(create: FormState, invite: FormState, client: &Client, group: GuestGroup) -> Option<AnyView> {
    let elsewhere = Some(Error::at(Field::Email, Problem::Elsewhere));
    let is_elsewhere = create.refused.with_untracked(|error| *error == elsewhere);
    let is_refused = invite.refused.with_untracked(Option::is_some);
    let from = if is_elsewhere { create } else { invite };
    let email = from.typed(Field::Email.name(), "");
    if !(is_elsewhere || is_refused) || email.is_empty() {
        return None;
    }
    let text = fill(Key::PlainUserNewOffer, &[("email", &email), ("client", &client.name)]);
    let action = match group {
        Err(lacks) => locked(lacks),
        Ok(group) => invitation(invite, client.slug.clone(), email, group),
    };
    Some(
        view! {
            <Notice kind=NoticeKind::Info>
                <div>
                    <p>{text}</p>
                    {action}
                </div>
            </Notice>
        }
        .into_any(),
    )
}

fn invitation(state: FormState, slug: String, email: String, group: String) -> AnyView {
    let error = sentence_at(state, Field::Email).get_untracked();
    view! {
        <FormRefusal state=state />
        {error.map(|text| view! { <p class="field-error">{text}</p> })}
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <input type="hidden" name="email" value=email />
            <input type="hidden" name="group" value=group />
            <div class="actions">
                <button class="button">{t(Key::PlainUserNewOfferButton)}</button>
            </div>
        </Form>
    }
    .into_any()
}
