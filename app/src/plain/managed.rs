//! What stands in place of the pages on how one signs in, for somebody whose sign-in a provider manages (OIDC-3).

use domain::actor::Actor;
use domain::backend::Backend;
use domain::{Error, Key};
use leptos::prelude::*;

use super::around::{BehindSecurity, Panel, security};
use crate::place;
use crate::words::{fill, t};

/// What a page shows, or the name of the provider whose matter it is.
pub type OrProvider<T> = Result<T, String>;

/// The name of the provider that manages the person's sign-in, where one does.
#[must_use]
pub fn provider(backend: &Backend, actor: &Actor) -> Option<String> {
    actor.provider().map(|id| backend.settings.provider_name(id))
}

/// The page in place of the one with this heading: where to go instead.
#[must_use]
pub fn instead(slug: &str, title: Key, provider: &str) -> AnyView {
    place::set_status(Error::ManagedByProvider.status());
    let (slug, back) = (slug.to_owned(), security(slug, ""));
    let about = [("provider", provider)];
    let (lead, text) = (fill(Key::SecurityManaged, &about), fill(Key::PlainManagedText, &about));
    view! {
        <BehindSecurity slug=slug title=title>
            <Panel id="managed" title=Key::DevicesByProvider lead=lead>
                <p>{text}</p>
                <div class="actions">
                    <a class="button" href=back>
                        {t(Key::TabsSecurity)}
                    </a>
                </div>
            </Panel>
        </BehindSecurity>
    }
    .into_any()
}
