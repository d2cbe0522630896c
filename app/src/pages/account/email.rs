//! `/c/{slug}/account/email`: changing the e-mail address, in front of Personal details.

use domain::view::EmailChange;
use domain::{Field, Key};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::dialog::{modal, step_buttons};
use crate::form::{Form, FormState, form};
use crate::pages::sign_in_code::{SendAgain, SentAgain, Wait};
use crate::parts::{
    Button, ButtonKind, CodeInput, FormRefusal, Notice, NoticeKind, TextInput, UserNameForManagers, panel,
};
use crate::refused::Answer;
use crate::words::{fill, t};

fn account(slug: &str, rest: &str) -> String {
    format!("/c/{slug}/account{rest}")
}

/// Mails a code to the address that holds, and opens the dialog; where the sign-in is too old, the dialog asks for
/// the password first.
#[server(prefix = "/do", endpoint = "begin_email_change")]
pub async fn begin_email_change(slug: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    match domain::flows::change_email::begin(&crate::place::backend()?, member.actor()).await {
        Ok(()) | Err(domain::Error::ReauthenticationNeeded) => {
            crate::place::go_to(&account(&slug, "/email"));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The password, and then as [`begin_email_change`].
#[server(prefix = "/do", endpoint = "begin_email_change_with_password")]
pub async fn begin_email_change_with_password(slug: String, #[server(default)] current_password: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    let token =
        domain::flows::change_email::begin_with_password(&crate::place::backend()?, member.actor(), &current_password)
            .await?;
    crate::place::set_cookie(crate::cookies::Kind::Session, token.reveal())?;
    crate::place::go_to(&account(&slug, "/email"));
    Ok(())
}

/// New address and the first code.
#[server(prefix = "/do", endpoint = "request_email_change")]
pub async fn request_email_change(
    slug: String,
    #[server(default)] new_email: String,
    #[server(default)] code: String,
) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    let backend = crate::place::backend()?;
    crate::place::over_or(
        &account(&slug, "?notice=email-change-over"),
        domain::flows::change_email::request(&backend, member.actor(), &new_email, &code).await,
    )
}

/// The second code.
#[server(prefix = "/do", endpoint = "confirm_email_change")]
pub async fn confirm_email_change(slug: String, #[server(default)] code: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    match domain::flows::change_email::finish(&crate::place::backend()?, member.actor(), &code).await {
        Ok(token) => {
            crate::place::set_cookie(crate::cookies::Kind::Session, token.reveal())?;
            crate::place::go_to(&account(&slug, "?notice=email-changed"));
            Ok(())
        }
        Err(error) => crate::place::over_or(&account(&slug, "?notice=email-change-over"), Err(error)),
    }
}

/// Has the code of the present step sent again.
#[server(prefix = "/do", endpoint = "resend_email_code")]
pub async fn resend_email_code(slug: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    crate::place::over_or(
        &account(&slug, "?notice=email-change-over"),
        domain::flows::change_email::resend(&crate::place::backend()?, member.actor()).await,
    )
}

/// Gives the change up.
#[server(prefix = "/do", endpoint = "cancel_email_change")]
pub async fn cancel_email_change(slug: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    domain::flows::change_email::cancel(&crate::place::backend()?, member.actor()).await?;
    crate::place::go_to(&account(&slug, "?notice=email-change-cancelled"));
    Ok(())
}

/// The panel of an address that is the provider's to change (OIDC-3).
pub fn managed(email: &str, provider: &str) -> AnyView {
    let text = fill(Key::PersonalEmailManaged, &[("provider", provider)]);
    let content = view! {
        <p>
            <strong>{email.to_owned()}</strong>
        </p>
        <p class="help">{text}</p>
    };
    panel("email-heading", Key::PersonalEmailHeading, None, content.into_any())
}

/// The panel of the address, with the forms of its change.
#[derive(Clone, Copy)]
pub struct EmailPanel {
    begin: FormState,
    password: FormState,
    request: FormState,
    confirm: FormState,
    again: FormState,
    cancel: FormState,
}

impl EmailPanel {
    /// Call it inside a route's view.
    #[must_use]
    pub fn new() -> Self {
        Self {
            begin: form("/do/begin_email_change"),
            password: form("/do/begin_email_change_with_password"),
            request: form("/do/request_email_change"),
            confirm: form("/do/confirm_email_change"),
            again: form("/do/resend_email_code"),
            cancel: form("/do/cancel_email_change"),
        }
    }

    /// The panel; with `dialog` the change stands in front.
    pub fn view(self, slug: &str, email: &str, change: &EmailChange, dialog: bool) -> AnyView {
        let (slug, begin_slug, cancel_slug) = (slug.to_owned(), slug.to_owned(), slug.to_owned());
        let begin = self.begin;
        let front = dialog.then(|| self.dialog(&slug, email, change));
        let pending = (!dialog).then(|| self.pending(&slug, email, change));
        view! {
            <section class="panel" aria-labelledby="email-heading">
                <div class="panel-head">
                    <h2 id="email-heading">{t(Key::PersonalEmailHeading)}</h2>
                    <p>{t(Key::PersonalEmailHint)}</p>
                </div>
                <div class="stack">
                    <div class="split">
                        <p>
                            <strong>{email.to_owned()}</strong>
                        </p>
                        <Form state=begin>
                            <input type="hidden" name="slug" value=begin_slug />
                            <Button label=Key::PersonalChangeEmail pending=begin.pending />
                        </Form>
                    </div>
                    <FormRefusal state=begin />
                    {pending}
                    {front}
                    <Form state=self.again id="send-again" hidden=true>
                        <input type="hidden" name="slug" value=slug />
                    </Form>
                    <Form state=self.cancel id="cancel" hidden=true>
                        <input type="hidden" name="slug" value=cancel_slug />
                    </Form>
                </div>
            </section>
        }
        .into_any()
    }

    /// A change that waits for the code to the new address.
    fn pending(self, slug: &str, old: &str, change: &EmailChange) -> Option<AnyView> {
        let EmailChange::AwaitsProof { new_email, resend_in_s, .. } = change else { return None };
        let (again, wait, enter) = (self.again, *resend_in_s, account(slug, "/email"));
        let (title, text) =
            (fill(Key::PersonalPendingTitle, &[("email", new_email)]), fill(Key::PersonalPendingText, &[("old", old)]));
        Some(
            view! {
                <SentAgain state=again />
                <FormRefusal state=again />
                <Notice kind=NoticeKind::Info>
                    <div>
                        <p>
                            <strong>{title}</strong>
                        </p>
                        <p>{text}</p>
                        <div class="actions">
                            <a class="button" href=enter>
                                {t(Key::PersonalPendingEnter)}
                            </a>
                            <SendAgain wait=wait pending=again.pending />
                            <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
                        </div>
                        <Wait seconds=wait />
                    </div>
                </Notice>
            }
            .into_any(),
        )
    }

    fn dialog(self, slug: &str, email: &str, change: &EmailChange) -> AnyView {
        let (back, slug) = (account(slug, ""), slug.to_owned());
        match change {
            EmailChange::Idle => view! { <Redirect path=back /> }.into_any(),
            EmailChange::PasswordFirst => {
                let lead = t(Key::EmailChangePasswordLead).to_owned();
                modal(back, Key::EmailChangePasswordTitle, lead, self.password_form(slug, email.to_owned()))
            }
            EmailChange::AwaitsAddress { sent_to, sent, resend_in_s } => {
                let key = if *sent { Key::EmailChangeAddressLead } else { Key::EmailChangeCodeWaits };
                let lead = fill(key, &[("email", sent_to)]);
                modal(back, Key::EmailChangeTitle, lead, self.address_form(slug, *resend_in_s))
            }
            EmailChange::AwaitsProof { new_email, sent, resend_in_s } => {
                let key = if *sent { Key::EmailChangeNewCodeLead } else { Key::EmailChangeCodeWaits };
                let lead = fill(key, &[("email", new_email)]);
                modal(back, Key::EmailChangeNewCodeTitle, lead, self.proof_form(slug, *resend_in_s))
            }
        }
    }

    fn password_form(self, slug: String, email: String) -> AnyView {
        let state = self.password;
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
                <div class="actions">
                    <Button label=Key::CommonContinue kind=ButtonKind::Primary pending=state.pending />
                    <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
                </div>
            </Form>
        }
        .into_any()
    }

    fn address_form(self, slug: String, wait: u32) -> AnyView {
        let (state, again) = (self.request, self.again);
        view! {
            <SentAgain state=again />
            <FormRefusal state=again />
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <TextInput
                    state=state
                    field=Field::NewEmail
                    label=Key::EmailChangeNewEmail
                    kind="email"
                    autocomplete="email"
                    autofocus=true
                />
                <CodeInput state=state label=Key::EmailChangeCode />
                {step_buttons(Key::PersonalChangeEmail, state, again, wait)}
            </Form>
        }
        .into_any()
    }

    fn proof_form(self, slug: String, wait: u32) -> AnyView {
        let (state, again) = (self.confirm, self.again);
        view! {
            <SentAgain state=again />
            <FormRefusal state=again />
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <CodeInput state=state label=Key::EmailChangeNewCode autofocus=true />
                {step_buttons(Key::CommonConfirm, state, again, wait)}
            </Form>
        }
        .into_any()
    }
}

impl Default for EmailPanel {
    fn default() -> Self {
        Self::new()
    }
}
