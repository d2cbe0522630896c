//! `/c/{slug}/account/security/factor`: choosing another second factor, and showing the one in use (TOTP-4, TOTP-6).

use domain::view::{FactorChange, FactorOptions, SecondFactor};
use domain::{Error, Key};
use leptos::prelude::*;

use super::around::{BehindSecurity, Panel, security};
use super::code::SendAgain;
use super::factor_app::{SetUp, set_up_view};
use super::managed::{self, OrProvider};
use super::unlock::PasswordFirst;
use super::{notice, own_data, part, proof};
use crate::cookies::Kind;
use crate::form::{Form, FormState, form};
use crate::parts::{Badge, BadgeKind, Button, ButtonKind, FormRefusal, Notice, NoticeKind, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

const PATH: &str = "/factor";
/// Where an attempt that is over leads, behind the tab Security.
pub(super) const OVER: &str = "/factor?notice=over";

/// The factor in use, the change of it, and whose it is.
type Shown = (FactorOptions, FactorChange, String);

/// What the page shows.
async fn state(slug: String) -> Answer<OrProvider<Shown>> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let actor = member.actor();
    if let Some(provider) = managed::provider(&backend, actor) {
        return Ok(Err(provider));
    }
    let options = domain::flows::second_factor::options(&backend, actor).await?;
    let change = domain::flows::second_factor::state(&backend, actor).await?;
    Ok(Ok((options, change, actor.session().email.clone())))
}

/// Begins a change to this factor; where the sign-in is too old, the page asks for the password first.
#[server(prefix = "/do", endpoint = "begin_factor_change")]
pub async fn begin_factor_change(slug: String, #[server(default)] factor: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    let target = SecondFactor::ALL.into_iter().find(|target| target.code() == factor).ok_or(Error::BadRequest)?;
    match domain::flows::second_factor::begin(&place::backend()?, member.actor(), target).await {
        Ok(()) | Err(Error::ReauthenticationNeeded) => {
            place::go_to(&security(&slug, PATH));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// A code of the factor in use: an app comes next, any other factor holds from now on.
#[server(prefix = "/do", endpoint = "prove_factor")]
#[allow(unused_variables, reason = "`with` is what the page finds again after a refusal")]
pub async fn prove_factor(
    slug: String,
    #[server(default)] code: String,
    #[server(default)] with: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    match domain::flows::second_factor::prove(&place::backend()?, member.actor(), &code).await {
        Ok(proved) => {
            place::set_cookie(Kind::Session, proved.token.reveal())?;
            place::go_to(&security(&slug, if proved.through { "?notice=factor-changed" } else { PATH }));
            Ok(())
        }
        Err(error) => place::over_or(&security(&slug, OVER), Err(error)),
    }
}

/// Has the code sent again.
#[server(prefix = "/do", endpoint = "resend_factor_code")]
pub async fn resend_factor_code(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    let done = domain::flows::second_factor::resend(&place::backend()?, member.actor()).await;
    place::over_or(&security(&slug, OVER), done)
}

/// Gives the change up.
#[server(prefix = "/do", endpoint = "cancel_factor_change")]
pub async fn cancel_factor_change(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::second_factor::cancel(&place::backend()?, member.actor()).await?;
    place::go_to(&security(&slug, "?notice=factor-kept"));
    Ok(())
}

/// The app is there after all: what somebody has said of it is over.
#[server(prefix = "/do", endpoint = "cancel_lost_app")]
pub async fn cancel_lost_app(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    Ok(domain::flows::lost_app::cancel(&place::backend()?, member.actor()).await?)
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Forms {
    unlock: FormState,
    begin: FormState,
    prove: FormState,
    again: FormState,
    cancel: FormState,
    finish: FormState,
    found: FormState,
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let forms = Forms {
        unlock: form("/do/unlock_for"),
        begin: form("/do/begin_factor_change"),
        prove: form("/do/prove_factor"),
        again: form("/do/resend_factor_code"),
        cancel: form("/do/cancel_factor_change"),
        finish: form("/do/set_up_app"),
        found: form("/do/cancel_lost_app"),
    };
    let (slug, over) = (part("slug"), notice() == "over");
    let data = own_data(slug.clone(), state);
    loaded(data, move |shown: OrProvider<Shown>| {
        let (options, change, email) = match shown {
            Ok(shown) => shown,
            Err(provider) => return managed::instead(&slug, Key::SecurityFactorHeading, &provider),
        };
        let step = forms.step(&slug, &options, change, email);
        let reset = options.reset_due.as_ref().map(|at| forms.reset_due(&slug, &at.human));
        let cancel_slug = slug.clone();
        view! {
            <BehindSecurity slug=slug.clone() title=Key::SecurityFactorHeading>
                {over.then(proof::over)}
                {reset}
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
    fn step(self, slug: &str, options: &FactorOptions, change: FactorChange, email: String) -> AnyView {
        let slug = slug.to_owned();
        match change {
            FactorChange::Idle => self.choice(slug, options, &email),
            FactorChange::PasswordFirst => {
                view! { <PasswordFirst state=self.unlock slug=slug page="factor" email=email /> }.into_any()
            }
            FactorChange::AwaitsCode { by: SecondFactor::App, target, .. } => {
                proof::by_app(self.prove, slug, Some(wanted(SecondFactor::App, target)))
            }
            FactorChange::AwaitsCode { by, sent_to, sent, resend_in_s, target } => {
                let key = if sent { Key::PlainFactorSent } else { Key::EmailChangeCodeWaits };
                let lead = format!("{} {}", t(wanted(by, target)), fill(key, &[("email", &sent_to)]));
                let again_slug = slug.clone();
                view! {
                    <Panel id="prove" title=Key::EmailChangePasswordTitle lead=lead>
                        {proof::by_mail(self.prove, slug)}
                        <SendAgain state=self.again wait=resend_in_s slug=again_slug />
                    </Panel>
                }
                .into_any()
            }
            FactorChange::SetUp { id, qr_svg, secret_groups, issuer, account, recovery_codes } => {
                let set_up = SetUp { slug, id, qr_svg, secret_groups, issuer, account, recovery_codes };
                set_up_view(self.finish, set_up)
            }
        }
    }

    /// The factors that may be chosen. The app comes first: it is the safer one.
    fn choice(self, slug: String, options: &FactorOptions, email: &str) -> AnyView {
        let (state, back, current) = (self.begin, security(&slug, ""), options.factor);
        let mail_text = fill(Key::SecurityFactorEmailText, &[("email", email)]);
        let off = options.may_be_off.then(|| {
            option(state, SecondFactor::Off, current, Key::SecurityFactorOff, t(Key::PlainFactorOffText).to_owned())
        });
        view! {
            <Panel id="choose" title=Key::PlainFactorChooseHeading lead=t(Key::SecurityFactorHint)>
                <FormRefusal state=state />
                <FormRefusal state=self.prove />
                <FormRefusal state=self.finish />
                <Form state=state>
                    <input type="hidden" name="slug" value=slug />
                    <fieldset class="options">
                        <legend class="visually-hidden">{t(Key::SecurityFactor)}</legend>
                        {option(state, SecondFactor::App, current, Key::SecurityFactorApp, app_text(current))}
                        {option(state, SecondFactor::Email, current, Key::SecurityFactorEmail, mail_text)}
                        {off}
                    </fieldset>
                    <div class="actions">
                        <Button label=Key::CommonContinue kind=ButtonKind::Primary pending=state.pending />
                        <a class="button" data-kind="quiet" href=back>
                            {t(Key::CommonCancel)}
                        </a>
                    </div>
                </Form>
            </Panel>
        }
        .into_any()
    }

    /// Somebody has said that the app is lost; whoever has it can stop that here.
    fn reset_due(self, slug: &str, at: &str) -> AnyView {
        let (state, slug) = (self.found, slug.to_owned());
        let text = fill(Key::PlainFactorResetDue, &[("until", at)]);
        view! {
            <Notice kind=NoticeKind::Warning>
                <div>
                    <p>{text}</p>
                    <FormRefusal state=state />
                    <Form state=state>
                        <input type="hidden" name="slug" value=slug />
                        <div class="actions">
                            <Button label=Key::PlainFactorFound pending=state.pending />
                        </div>
                    </Form>
                </div>
            </Notice>
        }
        .into_any()
    }
}

/// What a code of the factor in use confirms: the page says it as the letter does (CODE-9).
fn wanted(by: SecondFactor, target: SecondFactor) -> Key {
    match (by, target) {
        (_, SecondFactor::Off) => Key::PlainFactorToOff,
        (_, SecondFactor::Email) => Key::PlainFactorToEmail,
        (SecondFactor::App, SecondFactor::App) => Key::PlainFactorToAnotherApp,
        (_, SecondFactor::App) => Key::PlainFactorToApp,
    }
}

fn app_text(current: SecondFactor) -> String {
    let key = if current == SecondFactor::App { Key::PlainFactorAppAgain } else { Key::PlainFactorAppText };
    t(key).to_owned()
}

/// One factor of the choice. The one in use cannot be chosen again, but for another app.
fn option(state: FormState, factor: SecondFactor, current: SecondFactor, name: Key, text: String) -> AnyView {
    let (is_app, is_current) = (factor == SecondFactor::App, factor == current);
    let (id, help) = (format!("factor-{}", factor.code()), format!("factor-{}-help", factor.code()));
    let (label_for, described) = (id.clone(), help.clone());
    let badge = match (is_current, is_app) {
        (true, _) => Some((Key::AccountsCurrent, BadgeKind::Accent)),
        (false, true) => Some((Key::PlainFactorSafer, BadgeKind::Success)),
        (false, false) => None,
    };
    view! {
        <div class="option">
            <input
                type="radio"
                id=id
                name="factor"
                value=factor.code()
                checked=state.ticked("factor", factor.code(), is_app)
                disabled=is_current && !is_app
                aria-describedby=described
            />
            <div>
                <label for=label_for>{t(name)}</label>
                {badge.map(|(text, kind)| view! { <Badge text=t(text) kind=kind /> })}
                <p class="help" id=help>
                    {text}
                </p>
            </div>
        </div>
    }
    .into_any()
}
