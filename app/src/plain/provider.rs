//! `/provider`: why the way to a provider has led nowhere. Nothing here is in the provider's words.

use domain::{Error, Key};
use leptos::prelude::*;

use super::{asked, notice};
use crate::parts::{Gate, Refusal};
use crate::place;
use crate::words::{fill, t};

/// What is the matter, from a closed list.
fn matter(notice: &str) -> Option<Key> {
    match notice {
        "cancelled" => Some(Key::PlainProviderCancelled),
        "down" => Some(Key::PlainProviderDown),
        "refused" => Some(Key::PlainProviderRefused),
        "clock" => Some(Key::PlainProviderClock),
        "unknown" => Some(Key::PlainProviderUnknown),
        "taken" => Some(Key::PlainProviderTaken),
        "expired" => Some(Key::PlainProviderExpired),
        "again" => Some(Key::PlainProviderAgain),
        "wait" => Some(Key::PlainProviderWait),
        _ => None,
    }
}

/// What a provider is called; what is none of ours has no name.
fn name(id: &str) -> String {
    let known = place::providers().into_iter().find(|provider| provider.id == id);
    known.map_or_else(|| t(Key::PlainProviderSome).to_owned(), |provider| provider.name)
}

/// The page. People who are signed in come here as well, from where they wanted to prove who they are.
#[component]
pub fn Page() -> impl IntoView {
    let notice = notice();
    let Some(text) = matter(&notice) else {
        return view! {
            <Gate>
                <Refusal error=Error::NotFound />
            </Gate>
        }
        .into_any();
    };
    if matches!(notice.as_str(), "down" | "clock") {
        place::set_status(Error::Unavailable.status());
    }
    let text = fill(text, &[("provider", &name(&asked("id")))]);
    let on = if place::actor().is_ok() { "/" } else { "/sign-in" };
    // What is said to be of no use is not offered.
    let (kind, label) = match (notice.as_str(), on) {
        ("clock", "/") => (None, Key::ErrorHome),
        ("clock", _) => (None, Key::PlainForgotBack),
        _ => (Some("primary"), Key::PlainProviderTryAgain),
    };
    view! {
        <Gate>
            <div class="card">
                <header>
                    <h1 tabindex="-1">{t(Key::PlainProviderTitle)}</h1>
                    <p>{text}</p>
                </header>
                <div class="actions">
                    <a class="button" data-kind=kind href=on>
                        {t(label)}
                    </a>
                </div>
            </div>
        </Gate>
    }
    .into_any()
}
