//! Whether a user of a client may sign in, and how: what those do who look after users.

use domain::Key;
use domain::flows::{user_access, user_create};
use domain::view::{ManagedUser, Permission, SecondFactor, UserState};
use leptos::prelude::*;

use super::user::here;
use super::{confirmed, locked};
use crate::form::{Form, FormState, form};
use crate::parts::FormRefusal;
use crate::place;
use crate::plain::around::Panel;
use crate::refused::Answer;
use crate::words::{fill, t};

/// Mails a new activation link.
#[server(prefix = "/do", endpoint = "send_activation")]
pub async fn send_activation(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    user_create::send_activation(&place::backend()?, &member, &id).await?;
    place::go_to(&here(&slug, &id, "?notice=sent"));
    Ok(())
}

/// Has codes come by e-mail again for somebody who has lost the app, or opens them again after too many wrong ones.
#[server(prefix = "/do", endpoint = "reset_user_factor")]
pub async fn reset_user_factor(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    let is_other = user_access::reset_factor(&place::backend()?, &member, &id).await?;
    let notice = if is_other { "?notice=factor-reset" } else { "?notice=factor-opened" };
    place::go_to(&here(&slug, &id, notice));
    Ok(())
}

/// Ends all sign-ins of a user.
#[server(prefix = "/do", endpoint = "end_user_sessions")]
pub async fn end_user_sessions(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    let ended = user_access::end_sessions(&place::backend()?, &member, &id).await?;
    place::go_to(&here(&slug, &id, if ended > 0 { "?notice=ended" } else { "?notice=none-ended" }));
    Ok(())
}

/// Disables a user.
#[server(prefix = "/do", endpoint = "disable_user")]
pub async fn disable_user(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    user_access::disable(&place::backend()?, &member, &id).await?;
    place::go_to(&here(&slug, &id, "?notice=disabled"));
    Ok(())
}

/// Lets a disabled user sign in again.
#[server(prefix = "/do", endpoint = "enable_user")]
pub async fn enable_user(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    user_access::enable(&place::backend()?, &member, &id).await?;
    place::go_to(&here(&slug, &id, "?notice=enabled"));
    Ok(())
}

/// The forms, each of one button.
#[derive(Clone, Copy)]
pub struct AccessForms {
    send: FormState,
    reset: FormState,
    end: FormState,
    disable: FormState,
    enable: FormState,
}

/// The forms as the page finds them.
#[must_use]
pub fn forms() -> AccessForms {
    AccessForms {
        send: form("/do/send_activation"),
        reset: form("/do/reset_user_factor"),
        end: form("/do/end_user_sessions"),
        disable: form("/do/disable_user"),
        enable: form("/do/enable_user"),
    }
}

/// Why one of them was refused. It stands at the head of the page: its panel may be gone, because somebody else has
/// done the same meanwhile.
#[must_use]
pub fn refusals(forms: AccessForms) -> AnyView {
    view! {
        <FormRefusal state=forms.send />
        <FormRefusal state=forms.reset />
        <FormRefusal state=forms.end />
        <FormRefusal state=forms.disable />
        <FormRefusal state=forms.enable />
    }
    .into_any()
}

/// Whose page it is, for the forms on it.
struct Whose<'a> {
    slug: &'a str,
    id: &'a str,
    /// What the reader may not do and this user may, by the API.
    above: Option<Permission>,
}

impl Whose<'_> {
    /// A form of one button.
    fn form(&self, state: FormState, name: Key, kind: Option<&'static str>) -> AnyView {
        let (slug, id) = (self.slug.to_owned(), self.id.to_owned());
        view! {
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <div class="actions">
                    <button class="button" data-kind=kind>
                        {t(name)}
                    </button>
                </div>
            </Form>
        }
        .into_any()
    }

    /// What lets the user in, or changes how they come in; or why that is locked (GRP-1).
    fn letting_in(&self, form: impl FnOnce(&Self) -> AnyView) -> AnyView {
        self.above.map_or_else(|| form(self), api_above)
    }

    /// The same, asked once, because it takes something away.
    fn asked_once(&self, state: FormState, name: Key, text: Key) -> AnyView {
        confirmed(name, t(text).to_owned(), self.form(state, name, Some("danger")))
    }
}

/// Why it is locked who lets somebody in who may do everything by the API.
#[must_use]
pub fn api_above(lacks: Permission) -> AnyView {
    let lacks = locked(lacks);
    view! {
        <p>{t(Key::PlainUserApiAbove)}</p>
        {lacks}
    }
    .into_any()
}

/// The panels. One's own way in is changed under Security, with a proof.
#[must_use]
pub fn panels(forms: AccessForms, slug: &str, user: &ManagedUser) -> AnyView {
    if user.oneself {
        return view! {
            <Panel id="access" title=Key::PlainUserAccess>
                <p class="locked">{t(Key::ErrorOneself)}</p>
            </Panel>
        }
        .into_any();
    }
    let whose = Whose { slug, id: &user.listed.id, above: user.above_by_api() };
    let first = match user.listed.state {
        UserState::NotActivated => Some(activation(forms, &whose, user.listed.provider.as_deref())),
        UserState::Active => Some(sign_in(forms, &whose, user.listed.factor)),
        UserState::Disabled | UserState::Guest => None,
    };
    let access = access(forms, &whose, user.listed.state == UserState::Disabled);
    view! {
        {first}
        {access}
    }
    .into_any()
}

fn activation(forms: AccessForms, whose: &Whose<'_>, provider: Option<&str>) -> AnyView {
    let button = whose.letting_in(|whose| whose.form(forms.send, Key::PlainUserActivationSend, None));
    let text = match provider {
        Some(provider) => fill(Key::PlainUserActivationProvider, &[("provider", provider)]),
        None => t(Key::PlainUserActivationText).to_owned(),
    };
    view! {
        <Panel id="activation" title=Key::PlainUserActivation>
            <p>{text}</p>
            {button}
        </Panel>
    }
    .into_any()
}

/// The second factor and the sign-ins. Whoever has no factor here has nothing to lose.
fn sign_in(forms: AccessForms, whose: &Whose<'_>, factor: Option<SecondFactor>) -> AnyView {
    let reset = match factor {
        Some(SecondFactor::App) => {
            Some(whose.letting_in(|whose| whose.asked_once(forms.reset, Key::PlainUserReset, Key::PlainUserResetText)))
        }
        Some(SecondFactor::Email) => Some(whose.letting_in(|whose| opening(forms, whose))),
        Some(SecondFactor::Off) | None => None,
    };
    let end = whose.asked_once(forms.end, Key::PlainUserEnd, Key::PlainUserEndText);
    view! {
        <Panel id="sign-in" title=Key::PlainUserSignIn>
            {reset}
            {end}
        </Panel>
    }
    .into_any()
}

/// It takes nothing away, so it is not asked about.
fn opening(forms: AccessForms, whose: &Whose<'_>) -> AnyView {
    let button = whose.form(forms.reset, Key::PlainUserOpen, None);
    view! {
        <p>{t(Key::PlainUserOpenText)}</p>
        {button}
    }
    .into_any()
}

fn access(forms: AccessForms, whose: &Whose<'_>, is_disabled: bool) -> AnyView {
    let what = if is_disabled {
        let button = whose.letting_in(|whose| whose.form(forms.enable, Key::PlainUserEnable, None));
        view! {
            <p>{t(Key::PlainUserEnableText)}</p>
            {button}
        }
        .into_any()
    } else {
        whose.asked_once(forms.disable, Key::PlainUserDisable, Key::PlainUserDisableText)
    };
    view! {
        <Panel id="access" title=Key::PlainUserAccess>
            {what}
        </Panel>
    }
    .into_any()
}
