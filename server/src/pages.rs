//! The two kinds of pages: those that wake in the browser, and plain ones.

use std::pin::Pin;
use std::sync::LazyLock;

use app::app::App;
use app::plain::PlainApp;
use app::shell::{plain_shell, shell};
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use futures::stream::{Stream, StreamExt as _, once};
use leptos::prelude::{RenderHtml as _, provide_context};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes as _, generate_route_list, handle_response_inner, render_app_async_with_context,
};

use crate::{House, guard, site};

/// The routes of either kind, made once: while the framework makes such a list, no page anywhere gets its data.
static ROUTES: LazyLock<Routes> = LazyLock::new(|| Routes {
    waking: generate_route_list(App),
    plain: generate_route_list(PlainApp).iter().map(|page| page.path().to_owned()).collect(),
});

struct Routes {
    waking: Vec<AxumRouteListing>,
    plain: Vec<String>,
}

/// The paths of all pages, of either kind.
#[must_use]
pub fn paths() -> Vec<String> {
    let waking = ROUTES.waking.iter().map(|page| page.path().to_owned());
    waking.chain(ROUTES.plain.iter().cloned()).collect()
}

/// Adds every page, every server function, and what is said where there is neither.
pub fn add(router: Router<House>, house: &House) -> Router<House> {
    let waking = context(house, true);
    let not_found = render_app_async_with_context(waking.clone(), shell);
    let demo = house.backend.settings.demo;
    ROUTES
        .plain
        .iter()
        .filter(|path| demo || !path.starts_with("/dev"))
        .fold(router, |router, path| {
            let context = context(house, false);
            router.route(path, get(move |request: Request| render_plain(context.clone(), request)))
        })
        .leptos_routes_with_context(house, ROUTES.waking.clone(), waking, shell)
        .fallback(move |request| site::file_or(request, not_found.clone()))
}

/// What a page finds while it is rendered, beside the request.
fn context(house: &House, wakes: bool) -> impl Fn() + Clone + Send + Sync + use<> {
    let (backend, assets, providers) = (house.backend.clone(), house.assets.clone(), house.providers.clone());
    move || {
        provide_context(backend.clone());
        provide_context(assets.clone());
        guard::content_policy(wakes, &providers.origins());
    }
}

/// As the framework renders, less the scripts behind the page that bring it the data to wake with: there is nothing
/// to wake, and what some plain pages show is not to stand there twice.
fn render_plain(
    context: impl Fn() + Clone + Send + 'static,
    request: Request,
) -> Pin<Box<dyn Future<Output = Response> + Send>> {
    handle_response_inner(context, plain_shell, request, |page, _data, _| {
        Box::pin(async move {
            let html = page.to_html_stream_in_order().collect::<String>().await;
            Box::pin(once(async move { html })) as Pin<Box<dyn Stream<Item = String> + Send>>
        })
    })
}
