//! `/c/{slug}/account/security/password`: changing the password, in front of Security (PW-4).

use domain::view::{CodePrompt, Security};
use domain::{Field, Key, Language, validate};
use leptos::prelude::*;

use super::dialog::{modal, step_buttons};
use super::security;
use crate::data::page_data;
use crate::form::{Form, FormState, form};
use crate::pages::sign_in_code::SentAgain;
use crate::pages::signed_in::slug;
use crate::parts::{Button, ButtonKind, CodeInput, FormRefusal, NewPassword, TextInput, UserNameForManagers};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, language, t};

/// What the page shows.
#[server(prefix = "/do", endpoint = "load_password")]
pub async fn load_password(slug: String) -> Answer<Security> {
    let member = place::member(&slug).await?;
    Ok(domain::flows::security::with_password(&place::backend()?, member.actor()).await?)
}

/// The password that holds, and the one to be, twice; the code that is mailed then comes next.
#[server(prefix = "/do", endpoint = "request_password_change")]
pub async fn request_password_change(
    slug: String,
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
    #[server(default)] repeat_password: String,
) -> Answer<()> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let (current, new, repeated) = (&current_password, &new_password, &repeat_password);
    Ok(domain::flows::change_password::request(&backend, member.actor(), current, new, repeated).await?)
}

/// The code: from now on the new password holds.
#[server(prefix = "/do", endpoint = "confirm_password_change")]
pub async fn confirm_password_change(slug: String, #[server(default)] code: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    match domain::flows::change_password::confirm(&place::backend()?, member.actor(), &code).await {
        Ok(token) => {
            place::set_cookie(crate::cookies::Kind::Session, token.reveal())?;
            place::go_to(&security::path(&slug, "?notice=password-changed"));
            Ok(())
        }
        Err(error) => place::over_or(&security::path(&slug, "?notice=password-over"), Err(error)),
    }
}

/// Has the code sent again.
#[server(prefix = "/do", endpoint = "resend_password_code")]
pub async fn resend_password_code(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    let done = domain::flows::change_password::resend(&place::backend()?, member.actor()).await;
    place::over_or(&security::path(&slug, "?notice=password-over"), done)
}

/// Gives the change up.
#[server(prefix = "/do", endpoint = "cancel_password_change")]
pub async fn cancel_password_change(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::change_password::cancel(&place::backend()?, member.actor()).await?;
    place::go_to(&security::path(&slug, "?notice=password-kept"));
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let slug = slug();
    security::tab(slug, page_data("/do/load_password", ("slug", slug), load_password))
}

/// The forms of the change.
#[derive(Clone, Copy)]
pub(super) struct PasswordForms {
    request: FormState,
    confirm: FormState,
    again: FormState,
    cancel: FormState,
}

impl PasswordForms {
    pub(super) fn new() -> Self {
        Self {
            request: form("/do/request_password_change"),
            confirm: form("/do/confirm_password_change"),
            again: form("/do/resend_password_code"),
            cancel: form("/do/cancel_password_change"),
        }
    }

    /// The dialog, if it is to stand in front of the tab: first the passwords, and then the code.
    pub(super) fn dialog(self, slug: &str, security: &Security) -> Option<AnyView> {
        let min = security.min_password?;
        let (lead, content) = match &security.password_code {
            None => {
                let lead = fill(Key::PasswordLead, &[("email", &security.email)]);
                (lead, self.passwords(slug.to_owned(), security.email.clone(), min))
            }
            Some(CodePrompt { sent_to, sent, resend_in_s, .. }) => {
                let key = if *sent { Key::PasswordCodeLead } else { Key::EmailChangeCodeWaits };
                (fill(key, &[("email", sent_to)]), self.code(slug.to_owned(), *resend_in_s))
            }
        };
        Some(modal(security::path(slug, ""), Key::PasswordTitle, lead, content))
    }

    fn passwords(self, slug: String, email: String, min: u32) -> AnyView {
        let (state, back) = (self.request, security::path(&slug, ""));
        view! {
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <UserNameForManagers email=email />
                <TextInput
                    state=state
                    field=Field::CurrentPassword
                    label=Key::EmailChangeCurrentPassword
                    kind="password"
                    autocomplete="current-password"
                    autofocus=true
                />
                {new_password(state, min)}
                <div class="actions">
                    <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                    <a class="button" data-kind="quiet" href=back>
                        {t(Key::CommonCancel)}
                    </a>
                </div>
            </Form>
        }
        .into_any()
    }

    fn code(self, slug: String, wait: u32) -> AnyView {
        let (state, again) = (self.confirm, self.again);
        let (again_slug, cancel_slug) = (slug.clone(), slug.clone());
        view! {
            <SentAgain state=again />
            <FormRefusal state=again />
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <CodeInput state=state label=Key::EmailChangeCode autofocus=true />
                {step_buttons(Key::CommonSubmit, state, again, wait)}
            </Form>
            <Form state=again id="send-again" hidden=true>
                <input type="hidden" name="slug" value=again_slug />
            </Form>
            <Form state=self.cancel id="cancel" hidden=true>
                <input type="hidden" name="slug" value=cancel_slug />
            </Form>
        }
        .into_any()
    }
}

/// The new password, twice, and below it how far it fits, as somebody types.
fn new_password(state: FormState, min: u32) -> AnyView {
    let (changes, language) = (RwSignal::new(0_u32), language());
    view! {
        <div class="stack" on:input=move |_| changes.update(|changes| *changes += 1)>
            <NewPassword state=state min=min />
            <p class="help verdict" role="status">
                {move || if changes.get() > 0 { verdict(min, language) } else { String::new() }}
            </p>
        </div>
    }
    .into_any()
}

/// About what stands in the two fields now.
fn verdict(min: u32, language: Language) -> String {
    let [new, repeated] = [Field::NewPassword, Field::RepeatPassword].map(|field| place::typed(field.name()));
    judged(&new, &repeated, min, language)
}

/// Whether the length fits and both are the same: of the rules, what a browser can tell (PW-1).
fn judged(new: &str, repeated: &str, min: u32, language: Language) -> String {
    if new.is_empty() {
        return String::new();
    }
    match validate::new_password(new, repeated, min) {
        Ok(()) => language.text(Key::PasswordFits).to_owned(),
        // Who has not typed the second one to its end yet has done nothing wrong.
        Err(error) => error
            .sentence_at(Field::NewPassword, language)
            .unwrap_or_else(|| language.text(Key::PasswordDiffers).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_judged_in_code_points_and_both_are_to_be_the_same() {
        let judged = |new: &str, repeated: &str| judged(new, repeated, 12, Language::En);
        assert_eq!(judged("", "x"), "");
        assert_eq!(judged(&"\u{1f511}".repeat(11), ""), "Please use at least 12 characters.");
        let shortest = "\u{1f511}".repeat(12);
        assert_eq!(judged(&shortest, "\u{1f511}"), "Long enough. The repetition does not match yet.");
        let longest = "\u{fc}".repeat(128);
        for fits in [shortest, longest] {
            assert_eq!(judged(&fits, &fits), "Long enough, and both are the same.");
        }
        assert_eq!(judged(&"\u{fc}".repeat(129), ""), "Please use at most 128 characters.");
    }
}
