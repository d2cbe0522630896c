//! Lists, and what a user group permits.

use domain::Key;
use domain::view::Permission;
use leptos::prelude::*;

use super::Badge;
use crate::words::t;

/// A list of rows.
#[must_use]
pub fn list(rows: Vec<AnyView>) -> AnyView {
    view! {
        <ul class="list" role="list">
            {rows}
        </ul>
    }
    .into_any()
}

/// What a group permits, as a row of words.
#[must_use]
pub fn permits(permissions: &[Permission]) -> AnyView {
    if permissions.is_empty() {
        return view! { <p class="help">{t(Key::GroupsNothingPermitted)}</p> }.into_any();
    }
    let words = permissions.iter().map(|permission| {
        view! {
            <li>
                <Badge text=t(permission.key()) />
            </li>
        }
    });
    view! {
        <ul class="tags" role="list" aria-label=t(Key::GroupsPermits)>
            {words.collect_view()}
        </ul>
    }
    .into_any()
}
