//! The house on the network: `router` is the same for `main` and for the tests.

pub mod api;
pub mod asked;
pub mod bench_data;
pub mod config;
pub mod doctor;
pub mod fields;
pub mod forms;
pub mod guard;
pub mod http;
pub mod oidc;
pub mod operator;
pub mod pages;
pub mod pictures;
pub mod plain;
pub mod routes;
pub mod serve;
pub mod site;
pub mod start;

use std::sync::Arc;

use app::place::Assets;
use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use domain::backend::Backend;
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use tokio::sync::Semaphore;

/// What every handler and layer may ask for.
#[derive(Clone)]
pub struct House {
    /// The flows' side.
    pub backend: Backend,
    /// Proxies whose word on the client's address is taken (RATE-2).
    pub trusted_proxies: Vec<IpNet>,
    /// The hashed names of the assets.
    pub assets: Assets,
    /// Who else may manage the sign-in of users.
    pub providers: oidc::Providers,
    /// Origins whose pages may call the API; none unless the operator named them.
    pub api_origins: Arc<[String]>,
    uploads: Arc<Semaphore>,
    options: LeptosOptions,
}

impl House {
    /// A house around a backend. It has no providers, and no page of another origin may call its API.
    #[must_use]
    pub fn new(backend: Backend, trusted_proxies: Vec<IpNet>) -> Self {
        let options = LeptosOptions::builder().output_name("selfsame").build();
        let uploads = Arc::new(Semaphore::new(pictures::AT_ONCE));
        let (providers, api_origins) = (oidc::Providers::none(), Arc::from([]));
        Self { backend, trusted_proxies, assets: site::assets(), providers, api_origins, uploads, options }
    }

    /// The same with providers.
    #[must_use]
    pub fn with_providers(self, providers: oidc::Providers) -> Self {
        Self { providers, ..self }
    }

    /// The same with origins whose pages may call the API.
    #[must_use]
    pub fn with_api_origins(self, origins: Vec<String>) -> Self {
        Self { api_origins: origins.into(), ..self }
    }
}

impl axum::extract::FromRef<House> for LeptosOptions {
    fn from_ref(house: &House) -> Self {
        house.options.clone()
    }
}

/// Every route with every guard around it.
///
/// # Panics
/// Where a server function is one of which [`fields`] does not know what it takes: a fault of the build.
pub fn router(house: &House) -> Router {
    fields::assert_complete(&server_function_paths());
    let small = Router::new()
        .route("/", get(routes::home))
        .route("/account", get(routes::home))
        .route("/welcome", get(routes::welcome))
        .route("/preferences", post(routes::preferences))
        .route("/sign-out", post(routes::sign_out))
        .route("/recovery-codes", post(routes::recovery_codes))
        .route("/oidc/begin", post(oidc::begin))
        .route("/oidc/{provider}/callback", get(oidc::callback))
        .route("/api", get(api::page::show))
        .route("/c/{slug}/manage/activity.csv", post(routes::activity_file))
        .route("/health/live", get(routes::live))
        .route("/health/ready", get(routes::ready))
        .route("/pictures/{id}/{side}", get(pictures::show));
    let small = pages::add(small, house).layer(from_fn_with_state(house.clone(), forms::without_javascript));
    let uploads: Router<House> = Router::new().route(pictures::UPLOAD, post(pictures::upload));
    // Whatever is no upload is small, and is refused before anybody is asked who sends it.
    let small = guard::small_bodies(known(small, house).merge(api::router(house)));
    let router = small.merge(known(uploads, house));
    guard::around(router.with_state(house.clone()), house)
}

fn known(router: Router<House>, house: &House) -> Router<House> {
    router.layer(from_fn_with_state(house.clone(), asked::find_out))
}

/// The paths of all pages, with `{…}` where something is filled in, for the tests that open each one.
#[must_use]
pub fn page_paths() -> Vec<String> {
    pages::paths()
}

/// The paths of all server functions, for the tests that call each one as a stranger.
#[must_use]
pub fn server_function_paths() -> Vec<&'static str> {
    leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect()
}

/// The methods and paths of all operations of the API, with `{…}` where something is filled in, for the tests that call
/// each one.
#[must_use]
pub fn api_operations() -> Vec<(Method, String)> {
    api::openapi::operations()
}
