//! The set-up of an app: the one page that shows its secret, until the first right code (TOTP-1 to TOTP-5, REC-1).

use domain::{Error, Field, Key};
use leptos::prelude::*;

use super::around::{Panel, security};
use super::factor::OVER;
use super::kept::{RecoveryCodes, Tick};
use crate::cookies::Kind;
use crate::form::{Form, FormState};
use crate::parts::{Button, ButtonKind, CodeInput, CodeKind, FormRefusal};
use crate::place;
use crate::refused::Answer;
use crate::words::t;

/// The first code of the app, and that the recovery codes are kept: from now on the app is the second factor.
#[server(prefix = "/do", endpoint = "set_up_app")]
pub async fn set_up_app(
    slug: String,
    #[server(default)] id: String,
    #[server(default)] code: String,
    #[server(default)] kept: bool,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    match domain::flows::second_factor::set_up(&place::backend()?, member.actor(), &id, &code, kept).await {
        Ok(token) => {
            place::set_cookie(Kind::Session, token.reveal())?;
            place::go_to(&security(&slug, "?notice=factor-changed"));
            Ok(())
        }
        Err(error) => place::over_or(&security(&slug, OVER), Err(error)),
    }
}

/// What is shown: as in [`domain::view::FactorChange::SetUp`], and where.
pub struct SetUp {
    /// The client's slug.
    pub slug: String,
    /// Which set-up.
    pub id: String,
    /// The QR code.
    pub qr_svg: String,
    /// The secret, in groups of four.
    pub secret_groups: Vec<String>,
    /// As the app names us.
    pub issuer: String,
    /// As the app names the account.
    pub account: String,
    /// The recovery codes.
    pub recovery_codes: Vec<String>,
}

/// Four steps, one after the other.
pub fn set_up_view(state: FormState, set_up: SetUp) -> AnyView {
    let SetUp { slug, id, qr_svg, secret_groups, issuer, account, recovery_codes } = set_up;
    let email = account.clone();
    view! {
        <ol class="steps" role="list">
            <li>
                <Panel id="app" title=Key::PlainAppInstall>
                    <p>{t(Key::PlainAppInstallText)}</p>
                </Panel>
            </li>
            <li>
                <Panel id="scan" title=Key::PlainAppScan lead=t(Key::PlainAppScanText)>
                    <div class="scan">
                        <img class="qr" src=data_url(&qr_svg) alt=t(Key::PlainAppQr) width="240" height="240" />
                        {secret(secret_groups, issuer, account)}
                    </div>
                </Panel>
            </li>
            <li>
                <Panel id="keep" title=Key::PlainKeptHeading lead=t(Key::PlainKeptText)>
                    <RecoveryCodes codes=recovery_codes email=email />
                </Panel>
            </li>
            <li>
                <Panel id="finish" title=Key::PlainAppFinish lead=t(Key::PlainAppFinishText)>
                    {finish(state, slug, id)}
                </Panel>
            </li>
        </ol>
    }
    .into_any()
}

/// For phones that cannot scan, and for apps on this same device.
fn secret(groups: Vec<String>, issuer: String, account: String) -> AnyView {
    let fact = |name: Key, value: String| {
        view! {
            <div>
                <dt>{t(name)}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let groups = groups.into_iter().map(|group| view! { <span>{group}</span> }).collect_view();
    view! {
        <div class="stack">
            <p>{t(Key::PlainAppByHand)}</p>
            <p class="secret" id="secret" translate="no">
                {groups}
            </p>
            <div class="actions">
                <button
                    class="button"
                    data-size="small"
                    type="button"
                    data-copy="#secret"
                    data-done=t(Key::PlainKeptCopied)
                    hidden
                >
                    {t(Key::PlainKeptCopy)}
                </button>
                <span class="status" role="status"></span>
            </div>
            <dl class="facts">
                {fact(Key::PlainAppIssuer, issuer)} {fact(Key::PlainAppAccount, account)}
                {fact(Key::PlainAppParameters, t(Key::PlainAppParametersText).to_owned())}
            </dl>
        </div>
    }
    .into_any()
}

/// An image that holds itself; everything but letters, digits and a few signs is escaped (RFC 2397, RFC 3986).
fn data_url(svg: &str) -> String {
    let mut url = String::from("data:image/svg+xml,");
    for byte in svg.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:=".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

/// Where a refusal leads back here, the page begins at what is wrong.
fn finish(state: FormState, slug: String, id: String) -> AnyView {
    let (kept_wrong, code_wrong) = state.refused.with_untracked(|error| {
        let code_wrong = matches!(error, Some(Error::CodeWrong { .. } | Error::ClockWrong { .. }));
        (matches!(error, Some(Error::Invalid(_))), code_wrong)
    });
    view! {
        <FormRefusal state=state />
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <input type="hidden" name="id" value=id />
            <Tick state=state field=Field::Kept label=Key::PlainKeptLabel autofocus=kept_wrong />
            <CodeInput state=state label=Key::SignInCodeAppField kind=CodeKind::App autofocus=code_wrong />
            <div class="actions">
                <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
            </div>
        </Form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::data_url;

    #[test]
    fn nothing_in_the_url_of_an_image_ends_it_early() {
        let url = data_url("<svg fill=\"#fff\" d='M0 0h5%'/>");
        assert_eq!(url, "data:image/svg+xml,%3Csvg%20fill=%22%23fff%22%20d=%27M0%200h5%25%27/%3E");
    }
}
