//! `/c/{slug}/account/security/offer`: the app, offered to somebody who has signed in for the first time.

use domain::Key;
use leptos::prelude::*;

use super::around::{BehindSecurity, Panel};
use super::managed::{self, OrProvider};
use super::{own_data, part};
use crate::form::{Form, form};
use crate::parts::{Button, ButtonKind, FormRefusal, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::t;

/// Not now: the app is not offered again.
#[server(prefix = "/do", endpoint = "not_now")]
pub async fn not_now(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::second_factor::not_now(&place::backend()?, member.actor()).await?;
    place::go_to(&format!("/c/{slug}/account"));
    Ok(())
}

/// There is nothing to know but that it is for a member who signs in by password.
async fn member(slug: String) -> Answer<OrProvider<()>> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    Ok(managed::provider(&backend, member.actor()).map_or(Ok(()), Err))
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (begin, later) = (form("/do/begin_factor_change"), form("/do/not_now"));
    let slug = part("slug");
    let data = own_data(slug.clone(), member);
    loaded(data, move |shown: OrProvider<()>| {
        if let Err(provider) = shown {
            return managed::instead(&slug, Key::PlainOfferTitle, &provider);
        }
        let (begin_slug, later_slug) = (slug.clone(), slug.clone());
        view! {
            <BehindSecurity slug=slug.clone() title=Key::PlainOfferTitle>
                <Panel id="offer" title=Key::SecurityFactorApp lead=t(Key::SecurityFactorHint)>
                    <p>{t(Key::PlainOfferText)}</p>
                    <FormRefusal state=begin />
                    <FormRefusal state=later />
                    <div class="actions">
                        <Form state=begin>
                            <input type="hidden" name="slug" value=begin_slug />
                            <input type="hidden" name="factor" value="app" />
                            <Button label=Key::PlainOfferButton kind=ButtonKind::Primary pending=begin.pending />
                        </Form>
                        <Form state=later>
                            <input type="hidden" name="slug" value=later_slug />
                            <Button label=Key::PlainOfferLater kind=ButtonKind::Quiet pending=later.pending />
                        </Form>
                    </div>
                </Panel>
            </BehindSecurity>
        }
        .into_any()
    })
}
