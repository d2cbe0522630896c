//! `/c/{slug}/account`: Personal details.

use domain::Key;
use domain::view::PersonalDetails;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::email::{EmailPanel, managed};
use super::picture;
use crate::data::page_data;
use crate::easel::Easel;
use crate::form::{Form, form};
use crate::pages::signed_in::slug;
use crate::parts::{AccountPage, Button, ButtonKind, FormRefusal, NameFields, Notice, NoticeKind, Status, loaded};
use crate::refused::Answer;
use crate::words::t;

/// What the page shows.
#[server(prefix = "/do", endpoint = "load_personal")]
pub async fn load_personal(slug: String) -> Answer<PersonalDetails> {
    let member = crate::place::member(&slug).await?;
    Ok(domain::flows::personal::view(&crate::place::backend()?, member.actor()).await?)
}

/// Saves first and last name.
#[server(prefix = "/do", endpoint = "save_names")]
pub async fn save_names(
    slug: String,
    #[server(default)] first_name: String,
    #[server(default)] last_name: String,
) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    domain::flows::personal::save_names(&crate::place::backend()?, member.actor(), &first_name, &last_name).await?;
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    personal(false)
}

/// The same page with the change of the e-mail address in front of it.
#[component]
pub fn EmailPage() -> impl IntoView {
    personal(true)
}

fn personal(dialog: bool) -> AnyView {
    let state = form("/do/save_names");
    let slug = slug();
    let details = page_data("/do/load_personal", ("slug", slug), load_personal);
    let query = use_query_map();
    let notice = Memo::new(move |_| query.with(|query| query.get("notice").and_then(|notice| arrival(&notice))));
    let (easel, email) = (Easel::new(), EmailPanel::new());
    loaded(details, move |details: PersonalDetails| {
        let slug = slug.get_untracked();
        let (tab_slug, form_slug) = (slug.clone(), slug.clone());
        let PersonalDetails { person, first_name, last_name, email_change, provider } = details;
        let address = match provider {
            Some(provider) => managed(&person.email, &provider),
            None => email.view(&slug, &person.email, &email_change, dialog),
        };
        view! {
            <AccountPage slug=tab_slug tab=Key::TabsPersonalDetails>
                {move || {
                    notice
                        .get()
                        .map(|(kind, text)| {
                            view! {
                                <Notice kind=kind>
                                    <p>{t(text)}</p>
                                </Notice>
                            }
                        })
                }}
                {picture::panel(easel, &slug, &person)}
                <section class="panel" aria-labelledby="name">
                    <div class="panel-head">
                        <h2 id="name">{t(Key::PersonalNameHeading)}</h2>
                        <p>{t(Key::PersonalNameHint)}</p>
                    </div>
                    <div class="stack">
                        <FormRefusal state=state />
                        <Form state=state>
                            <input type="hidden" name="slug" value=form_slug />
                            <NameFields state=state names=(first_name, last_name) own=true />
                            <div class="actions">
                                <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                                <Status state=state done=Key::PersonalNameSaved />
                            </div>
                        </Form>
                    </div>
                </section>
                {address}
            </AccountPage>
        }
        .into_any()
    })
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<(NoticeKind, Key)> {
    match notice {
        "email-changed" => Some((NoticeKind::Success, Key::PersonalEmailChanged)),
        "email-change-over" => Some((NoticeKind::Error, Key::EmailChangeExpired)),
        "email-change-cancelled" => Some((NoticeKind::Info, Key::PersonalPendingCancelled)),
        _ => None,
    }
}
