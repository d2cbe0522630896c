//! What is shown while data is on its way, and when it does not come.

use domain::{Error, Key};
use leptos::prelude::*;
use leptos_router::components::Redirect;
use serde::de::DeserializeOwned;

use crate::data::{Data, PageData};
use crate::place;
use crate::words::{fill, language, t};

/// Shows what a resource brings, or why it brings nothing.
pub fn loaded<T: DeserializeOwned + 'static>(
    data: PageData,
    show: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> AnyView {
    shown(data, move |data| match data.read() {
        Ok(data) => show(data),
        Err(error) => view! { <Refusal error=error /> }.into_any(),
    })
}

fn shown(data: PageData, show: impl Fn(Data) -> AnyView + Clone + Send + Sync + 'static) -> AnyView {
    let show = std::sync::Arc::new(show) as std::sync::Arc<dyn Fn(Data) -> AnyView + Send + Sync>;
    view! {
        <Transition fallback=move || {
            view! {
                <div class="skeleton" role="status" aria-label=t(Key::CommonLoading)>
                    <i></i>
                    <i></i>
                    <i></i>
                </div>
            }
        }>
            {move || {
                let show = show.clone();
                Suspend::new(async move { show(data.await) })
            }}
        </Transition>
    }
    .into_any()
}

/// Why there is nothing to see. Who is signed out is led to the sign-in, and back here afterwards; so is who asks for
/// the second step of a sign-in that is not under way.
#[component]
pub fn Refusal(
    /// The reason.
    error: Error,
) -> impl IntoView {
    if error == Error::AttemptOver {
        return view! { <Redirect path="/sign-in" /> }.into_any();
    }
    if error == Error::SignedOut {
        Effect::new(|_| {
            let here = leptos_router::hooks::use_location().pathname.get_untracked();
            place::leave_for(&format!("/sign-in?next={here}&notice=ended"));
        });
    }
    let error = match error {
        Error::Internal { id } if id.is_empty() => Error::Internal { id: place::number() },
        error => error,
    };
    let status = error.status();
    place::set_status(status);
    let title = match error {
        Error::NotFound => Key::ErrorNotFoundTitle,
        Error::NotPermitted(_) | Error::ManagedByProvider => Key::ErrorRefusedTitle,
        Error::Unavailable | Error::Busy | Error::Offline => Key::ErrorUnavailableTitle,
        _ => Key::ErrorInternalTitle,
    };
    view! {
        <div class="card">
            <header>
                <p class="help">{fill(Key::ErrorNumber, &[("number", &status.to_string())])}</p>
                <h1 tabindex="-1">{t(title)}</h1>
                <p>{error.sentence(language())}</p>
            </header>
            <div class="actions">
                <a class="button" data-kind="primary" href="/" rel="external">
                    {t(Key::ErrorHome)}
                </a>
            </div>
        </div>
    }
    .into_any()
}
