//! Moments, formatted on the server.

use domain::view::Moment;
use leptos::prelude::*;

/// A moment.
#[component]
pub fn When(
    /// Which.
    at: Moment,
) -> impl IntoView {
    view! { <time datetime=at.machine>{at.human}</time> }
}
