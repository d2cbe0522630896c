//! Who manages the sign-in of a user: chosen by those who look after users, as long as there is no way in yet (OIDC-3).

use domain::flows::{rights, user_edit};
use domain::view::{ManagedUser, Permission, SignedInBy};
use domain::{Error, Field, Key, Problem};
use leptos::prelude::*;

use super::Pick;
use super::user::here;
use super::user_access::api_above;
use super::user_fields::{PROVIDER, provider_choice};
use crate::form::{Form, FormState, sentence_at};
use crate::parts::{Button, ButtonKind};
use crate::place;
use crate::plain::around::Panel;
use crate::refused::Answer;
use crate::words::{fill, t};

/// The one way to sign in that is no provider's.
const PASSWORD: &str = SignedInBy::Password.code();

/// Chooses who manages the sign-in of a user: the user, with a password, or a provider.
#[server(prefix = "/do", endpoint = "save_user_method")]
pub async fn save_user_method(
    slug: String,
    #[server(default)] id: String,
    #[server(default)] version: String,
    #[server(default)] method: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    rights::need(&member, Permission::UsersEdit)?;
    let provider = match method.strip_prefix(PROVIDER) {
        None if method != PASSWORD => return Err(Error::at(Field::Method, Problem::NotOffered).into()),
        provider => provider,
    };
    user_edit::set_method(&place::backend()?, &member, &id, &version, provider).await?;
    place::go_to(&here(&slug, &id, "?notice=method"));
    Ok(())
}

/// The choice while there is one, and then who it is. Nothing for guests, for whoever has a password, and where nobody
/// else manages sign-ins. Why it was refused stands at the head of the page: by then there may be no choice any more.
#[must_use]
pub fn panel(state: FormState, slug: &str, user: ManagedUser) -> Option<AnyView> {
    if user.method_open && user.can_change() && !(user.providers.is_empty() && user.provider.is_none()) {
        return Some(user.above_by_api().map_or_else(|| choice(state, slug, user), above));
    }
    let provider = user.listed.provider?;
    let text = fill(Key::PlainUserMethodManaged, &[("provider", &provider)]);
    Some(
        view! {
            <Panel id="way" title=Key::PlainUserMethod>
                <p>{text}</p>
            </Panel>
        }
        .into_any(),
    )
}

/// Why there is no choice for this reader.
fn above(lacks: Permission) -> AnyView {
    let why = api_above(lacks);
    view! {
        <Panel id="way" title=Key::PlainUserMethod>
            {why}
        </Panel>
    }
    .into_any()
}

fn choice(state: FormState, slug: &str, user: ManagedUser) -> AnyView {
    let ManagedUser { listed, provider, providers, version, .. } = user;
    let (slug, id) = (slug.to_owned(), listed.id);
    let now = provider.map_or_else(|| PASSWORD.to_owned(), |id| format!("{PROVIDER}{id}"));
    let chosen = state.typed(Field::Method.name(), &now);
    let options = options(state, &chosen, providers.into_iter().map(|each| provider_choice(each, &chosen)).collect());
    view! {
        <Panel id="way" title=Key::PlainUserMethod lead=t(Key::PlainUserMethodLead)>
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="version" value=version />
                {options}
                <div class="actions">
                    <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
        </Panel>
    }
    .into_any()
}

fn options(state: FormState, chosen: &str, providers: Vec<AnyView>) -> AnyView {
    let error = sentence_at(state, Field::Method).get_untracked();
    let described = error.is_some().then_some("method-error");
    let (name, picked) = (Field::Method.name(), chosen == PASSWORD);
    view! {
        <fieldset class="options" id="method" aria-describedby=described>
            <legend>{t(Key::PlainUserNewMethod)}</legend>
            <Pick kind="radio" id="method-password" name=name value=PASSWORD label=t(Key::SignInPassword) picked=picked>
                <p class="help">{t(Key::PlainUserNewMethodEmail)}</p>
            </Pick>
            {providers}
            {error.map(|text| view! { <p class="field-error" id="method-error">{text}</p> })}
        </fieldset>
    }
    .into_any()
}
