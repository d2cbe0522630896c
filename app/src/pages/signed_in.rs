//! `/c/{slug}`: what stands around every signed-in page.

use domain::view::Frame;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_params_map;

use crate::data::page_data;
use crate::parts::Header;
use crate::refused::Answer;

/// Who is signed in, and where.
#[server(prefix = "/do", endpoint = "load_frame")]
pub async fn load_frame(slug: String) -> Answer<Frame> {
    Ok(crate::place::member(&slug).await?.frame())
}

/// The slug of the client in the URL.
#[must_use]
pub fn slug() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("slug").unwrap_or_default()))
}

/// Header and page.
#[component]
pub fn Layout() -> impl IntoView {
    let slug = slug();
    let frame = page_data("/do/load_frame", ("slug", slug), load_frame);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                // Why there is no frame, the page itself says.
                frame.await.read::<Frame>().ok().map(|frame| view! { <Header frame=frame /> })
            })}
        </Transition>
        <main id="main" class="page">
            <Outlet />
        </main>
    }
}
