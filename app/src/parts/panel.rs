//! Panels.

use domain::Key;
use leptos::prelude::*;

use crate::words::t;

/// One matter of a page: what it is about, and what one does about it.
pub fn panel(id: &'static str, title: Key, lead: Option<Key>, content: AnyView) -> AnyView {
    view! {
        <section class="panel" aria-labelledby=id>
            <div class="panel-head">
                <h2 id=id>{t(title)}</h2>
                {lead.map(|lead| view! { <p>{t(lead)}</p> })}
            </div>
            <div class="stack">{content}</div>
        </section>
    }
    .into_any()
}
