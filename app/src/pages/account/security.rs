//! `/c/{slug}/account/security`: Security.

use domain::view::{DeviceSession, SecondFactor, Security};
use domain::{Error, Field, Key};
use leptos::prelude::*;

use super::password::PasswordForms;
use crate::data::{PageData, page_data};
use crate::form::{Form, FormState, form};
use crate::pages::signed_in::slug;
use crate::parts::{
    AccountPage, Badge, BadgeKind, Button, FormRefusal, Notice, NoticeKind, Status, TextInput, UserNameForManagers,
    When, arrived, loaded, panel,
};
use crate::refused::Answer;
use crate::words::{fill, t};

/// The path of the tab, or of what is behind it.
pub(super) fn path(slug: &str, rest: &str) -> String {
    format!("/c/{slug}/account/security{rest}")
}

/// What the page shows.
#[server(prefix = "/do", endpoint = "load_security")]
pub async fn load_security(slug: String) -> Answer<Security> {
    let member = crate::place::member(&slug).await?;
    Ok(domain::flows::security::view(&crate::place::backend()?, member.actor()).await?)
}

/// The password: for five minutes it is not asked for again. The session has a new token then (SESS-3, SESS-9).
#[server(prefix = "/do", endpoint = "unlock")]
pub async fn unlock(slug: String, #[server(default)] current_password: String) -> Answer<()> {
    let (member, backend) = (crate::place::member(&slug).await?, crate::place::backend()?);
    let token = domain::flows::reauthenticate::with_password(&backend, member.actor(), &current_password).await?;
    crate::place::set_cookie(crate::cookies::Kind::Session, token.reveal())
}

/// Ends one other sign-in of the person.
#[server(prefix = "/do", endpoint = "end_session")]
pub async fn end_session(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    Ok(domain::flows::devices::end(&crate::place::backend()?, member.actor(), &id).await?)
}

/// Ends all other sign-ins of the person.
#[server(prefix = "/do", endpoint = "end_other_sessions")]
pub async fn end_other_sessions(slug: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    Ok(domain::flows::devices::end_others(&crate::place::backend()?, member.actor()).await?)
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let slug = slug();
    tab(slug, page_data("/do/load_security", ("slug", slug), load_security))
}

/// The tab, and in front of it the dialog that its data tells of.
pub(super) fn tab(slug: Memo<String>, data: PageData) -> AnyView {
    let forms = Forms {
        unlock: form("/do/unlock"),
        end: form("/do/end_session"),
        others: form("/do/end_other_sessions"),
        password: PasswordForms::new(),
    };
    loaded(data, move |security: Security| {
        let slug = slug.get_untracked();
        let ((way, factor), dialog) = (way(&slug, &security), forms.password.dialog(&slug, &security));
        let (unlocking, devices) = (forms.unlocking(&slug, &security), forms.devices(&slug, &security));
        let (api, activity) = (security.api_access.then(|| api(&slug)), activity(&slug));
        view! {
            <AccountPage slug=slug tab=Key::TabsSecurity>
                {arrived(arrival)}
                {way}
                {dialog}
                {factor}
                {unlocking}
                {devices}
                {api}
                {activity}
            </AccountPage>
        }
        .into_any()
    })
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<(NoticeKind, Key)> {
    match notice {
        "factor-changed" => Some((NoticeKind::Success, Key::SecurityFactorChanged)),
        "factor-kept" => Some((NoticeKind::Info, Key::SecurityFactorKept)),
        "recovery-renewed" => Some((NoticeKind::Success, Key::SecurityRecoveryRenewed)),
        "recovery-kept" => Some((NoticeKind::Info, Key::SecurityRecoveryKept)),
        "password-changed" => Some((NoticeKind::Success, Key::PasswordChanged)),
        "password-kept" => Some((NoticeKind::Info, Key::PasswordKept)),
        "password-over" => Some((NoticeKind::Error, Key::EmailChangeExpired)),
        _ => None,
    }
}

/// How the person signs in: what there is to change of it, or who else manages it (OIDC-3).
fn way(slug: &str, security: &Security) -> (AnyView, Option<AnyView>) {
    let Some(provider) = &security.provider else {
        return (toolbar(slug, security), Some(factor(slug, security)));
    };
    let text = fill(Key::SecurityManaged, &[("provider", provider)]);
    (panel("managed", Key::DevicesByProvider, None, view! { <p>{text}</p> }.into_any()), None)
}

fn toolbar(slug: &str, security: &Security) -> AnyView {
    let since = security.password_since.as_ref();
    let since = since.map(|at| fill(Key::SecurityPasswordText, &[("date", &at.human)]));
    let change = path(slug, "/password");
    view! {
        <div class="split">
            <p>{since}</p>
            <a class="button" href=change>
                {t(Key::PasswordTitle)}
            </a>
        </div>
    }
    .into_any()
}

fn factor(slug: &str, security: &Security) -> AnyView {
    let (kind, state, method) = match security.factor {
        SecondFactor::Off => (BadgeKind::Warning, Key::SecurityFactorOff, None),
        SecondFactor::Email => (BadgeKind::Success, Key::SecurityOn, Some(Key::SecurityFactorEmail)),
        SecondFactor::App => (BadgeKind::Success, Key::SecurityOn, Some(Key::SecurityFactorApp)),
    };
    let safer = t(Key::SecurityAppSafer);
    let text = match security.factor {
        SecondFactor::Off => Some(safer.to_owned()),
        SecondFactor::Email => {
            let text = fill(Key::SecurityFactorEmailText, &[("email", &security.email)]);
            Some(format!("{text} {safer}"))
        }
        SecondFactor::App => None,
    };
    let (since, change) = (security.factor_since.clone(), path(slug, "/factor"));
    let content = view! {
        <dl class="facts">
            {fact(Key::SecurityStatus, view! { <Badge text=t(state) kind=kind /> }.into_any())}
            {method.map(|method| fact(Key::SecurityFactor, t(method).into_any()))}
            {fact(Key::SecuritySince, view! { <When at=since /> }.into_any())}
            {recovery(slug, security)}
        </dl>
        {security
            .recovery_low
            .then(|| {
                view! {
                    <Notice kind=NoticeKind::Warning>
                        <p>{t(Key::SecurityRecoveryLow)}</p>
                    </Notice>
                }
            })}
        {text.map(|text| view! { <p class="help">{text}</p> })}
        <div class="actions">
            <a class="button" href=change rel="external" aria-describedby="factor">
                {t(Key::SecurityChange)}
            </a>
        </div>
    };
    panel("factor", Key::SecurityFactorHeading, Some(Key::SecurityFactorHint), content.into_any())
}

/// How many recovery codes are left, where there are any to have.
fn recovery(slug: &str, security: &Security) -> Option<AnyView> {
    let left = security.recovery_left?.to_string();
    let (text, renew) = (fill(Key::SecurityRecoveryLeft, &[("left", &left)]), path(slug, "/recovery"));
    let content = view! {
        <p>
            {text} " "
            <a href=renew rel="external">
                {t(Key::SecurityRecoveryRenew)}
            </a>
        </p>
    };
    Some(fact(Key::SecurityRecovery, content.into_any()))
}

fn fact(name: Key, value: AnyView) -> AnyView {
    view! {
        <div>
            <dt>{t(name)}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

fn activity(slug: &str) -> AnyView {
    let content = leading(Key::ActivityLead, path(slug, "/activity"), None, Key::ActivityOpen);
    panel("activity", Key::ActivityTitle, None, content)
}

/// The keys of programs, on a page of their own.
fn api(slug: &str) -> AnyView {
    let content = leading(Key::SecurityApiText, path(slug, "/keys"), Some("external"), Key::SecurityApiKeys);
    panel("api", Key::ActivityShowApi, None, content)
}

/// A few words, and a link that leads on.
fn leading(text: Key, to: String, rel: Option<&'static str>, name: Key) -> AnyView {
    view! {
        <div class="split">
            <p>{t(text)}</p>
            <a class="button" href=to rel=rel>
                {t(name)}
            </a>
        </div>
    }
    .into_any()
}

/// The forms of the tab.
#[derive(Clone, Copy)]
struct Forms {
    unlock: FormState,
    end: FormState,
    others: FormState,
    password: PasswordForms,
}

impl Forms {
    /// Whether what is sensitive may be done, and until when (SESS-9).
    fn unlocking(self, slug: &str, security: &Security) -> AnyView {
        let content = match &security.unlocked_until {
            Some(until) => {
                let text = fill(Key::SecurityUnlockedUntil, &[("time", &until.human)]);
                view! { <p>{text}</p> }.into_any()
            }
            None => self.proof_where(false, slug, security),
        };
        let asks_here = security.unlocked_until.is_none() && security.provider.is_none();
        let hint = asks_here.then_some(Key::SecurityUnlockHint);
        panel("unlock", Key::SecurityUnlockHeading, hint, content)
    }

    /// What proves who somebody is: in the panel of its own, or where something was `refused` for the lack of it. Not
    /// behind a dialog, which has such a field itself.
    fn proof_where(self, refused: bool, slug: &str, security: &Security) -> AnyView {
        let (slug, email, provider) = (slug.to_owned(), security.email.clone(), security.provider.clone());
        let behind = security.min_password.is_some();
        view! {
            {move || {
                let lacking = self.end.refused.with(lacks_password) || self.others.refused.with(lacks_password);
                (lacking == refused && !behind)
                    .then(|| match &provider {
                        Some(provider) => way_to_provider(&slug, provider),
                        None => password_field(self.unlock, slug.clone(), email.clone()),
                    })
            }}
        }
        .into_any()
    }

    /// Where one is signed in (SESS-7).
    fn devices(self, slug: &str, security: &Security) -> AnyView {
        let (end, others) = (self.end, self.others);
        let locked = security.unlocked_until.is_none();
        let proof = locked.then(|| self.proof_where(true, slug, security));
        let (end_refusal, others_refusal) = (refusal(end, security), refusal(others, security));
        let rows = security.devices.iter().map(|device| self.device(slug, device, security)).collect_view();
        let end_others = (security.devices.len() > 1).then(|| self.others_form(slug.to_owned()));
        let content = view! {
            {end_refusal}
            {others_refusal}
            {proof}
            <ul class="list" role="list">
                {rows}
            </ul>
            <div class="actions">
                {end_others}
                <Status state=end done=Key::DevicesEnded />
                <Status state=others done=Key::DevicesOthersEnded />
            </div>
        };
        panel("devices", Key::DevicesHeading, Some(Key::DevicesHint), content.into_any())
    }

    fn device(self, slug: &str, device: &DeviceSession, security: &Security) -> AnyView {
        let DeviceSession { id, browser, address, first_seen, last_seen, how, this } = device;
        let heading = format!("device-{id}");
        let how = how.map(|how| format!(" · {}", t(how.key()))).unwrap_or_default();
        let place = format!("{}: {address}{how}", t(Key::SecuritySessionAddress));
        let (first, last) = (t(Key::DevicesFirstSeen), t(Key::DevicesLastSeen));
        let seen = format!("{first}: {} · {last}: {}", first_seen.human, last_seen.human);
        let ends = this.then(|| format!(" · {}: {}", t(Key::SecurityEnds), security.ends_at.human));
        let action = if *this {
            view! { <Badge text=t(Key::DevicesThis) kind=BadgeKind::Accent /> }.into_any()
        } else {
            self.end_form(slug.to_owned(), id.clone(), heading.clone())
        };
        view! {
            <li>
                <div class="list-text">
                    <h3 id=heading>{browser.clone()}</h3>
                    <p>{place}</p>
                    <p class="help">{seen} {ends}</p>
                </div>
                {action}
            </li>
        }
        .into_any()
    }

    fn others_form(self, slug: String) -> AnyView {
        let state = self.others;
        view! {
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <Button label=Key::DevicesEndOthers pending=state.pending />
            </Form>
        }
        .into_any()
    }

    /// Ends the sign-in with this `id`; which one it is, another element says.
    fn end_form(self, slug: String, id: String, described_by: String) -> AnyView {
        view! {
            <Form state=self.end>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <button class="button" data-size="small" aria-describedby=described_by>
                    {t(Key::DevicesEnd)}
                </button>
            </Form>
        }
        .into_any()
    }
}

/// Why something was refused, unless it was for the lack of the password, and that has come since or there is none. The
/// reason is not taken back: what stood here before still listens while this is made.
fn refusal(state: FormState, security: &Security) -> AnyView {
    let has_come = security.unlocked_until.is_some() && state.refused.with_untracked(lacks_password);
    let over = has_come || security.provider.is_some();
    view! { {move || (!over || !state.refused.with(lacks_password)).then(|| view! { <FormRefusal state=state /> })} }
        .into_any()
}

fn lacks_password(refused: &Option<Error>) -> bool {
    matches!(refused, Some(Error::ReauthenticationNeeded))
}

fn password_field(state: FormState, slug: String, email: String) -> AnyView {
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
            />
            <div class="actions">
                <Button label=Key::SecurityUnlock pending=state.pending />
            </div>
        </Form>
    }
    .into_any()
}

/// The provider asks the person once more, and leads back here. The browser sends the form by itself.
fn way_to_provider(slug: &str, provider: &str) -> AnyView {
    let (text, back) = (fill(Key::SecurityUnlockElsewhere, &[("provider", provider)]), path(slug, ""));
    view! {
        <p>{text}</p>
        <form class="actions" method="post" action="/oidc/begin">
            <input type="hidden" name="purpose" value="unlock" />
            <input type="hidden" name="back" value=back />
            <button class="button">{t(Key::SecurityUnlock)}</button>
        </form>
    }
    .into_any()
}
