//! `/c/{slug}/account/security/recovery`: new recovery codes in place of the old (REC-1).

use domain::view::{FactorOptions, RecoveryChange, SecondFactor};
use domain::{Error, Field, Key};
use leptos::prelude::*;

use super::around::{BehindSecurity, Panel, security};
use super::kept::{RecoveryCodes, Tick};
use super::managed::{self, OrProvider};
use super::unlock::PasswordFirst;
use super::{notice, own_data, part, proof};
use crate::cookies::Kind;
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, FormRefusal, Notice, NoticeKind, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

const PATH: &str = "/recovery";
const OVER: &str = "/recovery?notice=over";

/// The factor in use, the way to new codes, and whose they are.
type Shown = (FactorOptions, RecoveryChange, String);

/// What the page shows; whoever has no app has no recovery codes.
async fn state(slug: String) -> Answer<OrProvider<Shown>> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let actor = member.actor();
    if let Some(provider) = managed::provider(&backend, actor) {
        return Ok(Err(provider));
    }
    let options = domain::flows::second_factor::options(&backend, actor).await?;
    if options.factor != SecondFactor::App {
        return Err(Error::NotFound.into());
    }
    let change = domain::flows::recovery_codes::state(&backend, actor).await?;
    Ok(Ok((options, change, actor.session().email.clone())))
}

/// Begins the way to new codes.
#[server(prefix = "/do", endpoint = "begin_recovery_codes")]
pub async fn begin_recovery_codes(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    match domain::flows::recovery_codes::begin(&place::backend()?, member.actor()).await {
        Ok(()) | Err(Error::ReauthenticationNeeded) => {
            place::go_to(&security(&slug, PATH));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// A code of the app, or one of the recovery codes of before: the new ones are shown next.
#[server(prefix = "/do", endpoint = "prove_for_recovery")]
#[allow(unused_variables, reason = "`with` is what the page finds again after a refusal")]
pub async fn prove_for_recovery(
    slug: String,
    #[server(default)] code: String,
    #[server(default)] with: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    match domain::flows::recovery_codes::prove(&place::backend()?, member.actor(), &code).await {
        Ok(token) => {
            place::set_cookie(Kind::Session, token.reveal())?;
            place::go_to(&security(&slug, PATH));
            Ok(())
        }
        Err(error) => place::over_or(&security(&slug, OVER), Err(error)),
    }
}

/// The new codes are kept: from now on they hold.
#[server(prefix = "/do", endpoint = "keep_recovery_codes")]
pub async fn keep_recovery_codes(
    slug: String,
    #[server(default)] id: String,
    #[server(default)] kept: bool,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    let done = domain::flows::recovery_codes::keep(&place::backend()?, member.actor(), &id, kept).await;
    if done.is_ok() {
        place::go_to(&security(&slug, "?notice=recovery-renewed"));
    }
    place::over_or(&security(&slug, OVER), done)
}

/// Gives new codes up that are not kept yet.
#[server(prefix = "/do", endpoint = "cancel_recovery_codes")]
pub async fn cancel_recovery_codes(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::recovery_codes::cancel(&place::backend()?, member.actor()).await?;
    place::go_to(&security(&slug, "?notice=recovery-kept"));
    Ok(())
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Forms {
    unlock: FormState,
    begin: FormState,
    prove: FormState,
    keep: FormState,
    cancel: FormState,
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let forms = Forms {
        unlock: form("/do/unlock_for"),
        begin: form("/do/begin_recovery_codes"),
        prove: form("/do/prove_for_recovery"),
        keep: form("/do/keep_recovery_codes"),
        cancel: form("/do/cancel_recovery_codes"),
    };
    let (slug, over) = (part("slug"), notice() == "over");
    let data = own_data(slug.clone(), state);
    loaded(data, move |shown: OrProvider<Shown>| {
        let (options, change, email) = match shown {
            Ok(shown) => shown,
            Err(provider) => return managed::instead(&slug, Key::PlainRecoveryTitle, &provider),
        };
        let step = forms.step(&slug, &options, change, email);
        let cancel_slug = slug.clone();
        view! {
            <BehindSecurity slug=slug.clone() title=Key::PlainRecoveryTitle>
                {over.then(proof::over)}
                {step}
                <Form state=forms.cancel id="cancel" hidden=true>
                    <input type="hidden" name="slug" value=cancel_slug />
                </Form>
            </BehindSecurity>
        }
        .into_any()
    })
}

impl Forms {
    fn step(self, slug: &str, options: &FactorOptions, change: RecoveryChange, email: String) -> AnyView {
        let slug = slug.to_owned();
        match change {
            RecoveryChange::Idle => self.left(slug, options),
            RecoveryChange::PasswordFirst => {
                view! { <PasswordFirst state=self.unlock slug=slug page="recovery" email=email /> }.into_any()
            }
            RecoveryChange::AwaitsCode => proof::by_app(self.prove, slug, None),
            RecoveryChange::Shown { id, codes } => self.shown(slug, id, codes, email),
        }
    }

    fn left(self, slug: String, options: &FactorOptions) -> AnyView {
        let (state, back) = (self.begin, security(&slug, ""));
        let left = options.recovery_left.unwrap_or(0).to_string();
        let left = fill(Key::PlainRecoveryLeft, &[("left", &left)]);
        let text = if options.recovery_low {
            view! {
                <Notice kind=NoticeKind::Warning>
                    <p>{left} " " {t(Key::PlainRecoveryLow)}</p>
                </Notice>
            }
            .into_any()
        } else {
            view! { <p>{left}</p> }.into_any()
        };
        view! {
            <Panel id="renew" title=Key::PlainRecoveryHeading lead=t(Key::PlainRecoveryLead)>
                {text}
                <p>{t(Key::PlainRecoveryText)}</p>
                <FormRefusal state=state />
                <FormRefusal state=self.prove />
                <FormRefusal state=self.keep />
                <Form state=state>
                    <input type="hidden" name="slug" value=slug />
                    <div class="actions">
                        <Button label=Key::PlainRecoveryButton kind=ButtonKind::Primary pending=state.pending />
                        <a class="button" data-kind="quiet" href=back>
                            {t(Key::CommonCancel)}
                        </a>
                    </div>
                </Form>
            </Panel>
        }
        .into_any()
    }

    fn shown(self, slug: String, id: String, codes: Vec<String>, email: String) -> AnyView {
        let state = self.keep;
        let wrong = state.refused.with_untracked(Option::is_some);
        view! {
            <Panel id="keep" title=Key::PlainKeptHeading lead=t(Key::PlainKeptText)>
                <RecoveryCodes codes=codes email=email />
                <FormRefusal state=state />
                <Form state=state>
                    <input type="hidden" name="slug" value=slug />
                    <input type="hidden" name="id" value=id />
                    <Tick state=state field=Field::Kept label=Key::PlainKeptLabel autofocus=wrong />
                    <div class="actions">
                        <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                        <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
                    </div>
                </Form>
            </Panel>
        }
        .into_any()
    }
}
